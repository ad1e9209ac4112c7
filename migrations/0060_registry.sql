-- Where a service provider's metadata comes from, and a version of it that waits for somebody's word.
CREATE TABLE metadata_source (
    service_provider TEXT PRIMARY KEY REFERENCES service_provider (id),
    url TEXT,         -- absent: brought by hand
    certificate TEXT  -- base64 of the DER of what has to sign it; absent: nothing has to
);

CREATE TABLE metadata_held (
    service_provider TEXT PRIMARY KEY REFERENCES service_provider (id),
    metadata TEXT NOT NULL,
    url TEXT NOT NULL,
    verdict TEXT NOT NULL,
    found_at BIGINT NOT NULL
);
