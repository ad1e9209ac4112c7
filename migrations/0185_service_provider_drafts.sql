-- What an officer wrote of a service provider, under the hash of its text, until a second person has agreed to it.
CREATE TABLE service_provider_draft (
    sha256 TEXT PRIMARY KEY,
    draft TEXT NOT NULL,
    drafted_at BIGINT NOT NULL
);
