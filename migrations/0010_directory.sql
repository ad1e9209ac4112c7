-- Persons, their professional identities in an organisation, and how their identity was proofed.
CREATE TABLE organisation (
    cvr TEXT PRIMARY KEY,
    name TEXT NOT NULL
);

CREATE TABLE person (
    id TEXT PRIMARY KEY,
    first_name TEXT NOT NULL,
    last_name TEXT NOT NULL,
    registered_at BIGINT NOT NULL
);

CREATE TABLE identity (
    id TEXT PRIMARY KEY,
    person TEXT NOT NULL REFERENCES person (id),
    cvr TEXT NOT NULL REFERENCES organisation (cvr),
    user_name TEXT NOT NULL UNIQUE,
    email TEXT,
    employment TEXT NOT NULL,
    state TEXT NOT NULL,
    sessions_ended BIGINT NOT NULL,
    registered_at BIGINT NOT NULL
);

CREATE INDEX identity_by_person ON identity (person);

CREATE TABLE proofing (
    id TEXT PRIMARY KEY,
    person TEXT NOT NULL REFERENCES person (id),
    evidence TEXT NOT NULL,
    at BIGINT NOT NULL,
    withdrawn_at BIGINT
);

CREATE INDEX proofing_by_person ON proofing (person);

CREATE TABLE role_grant (
    identity TEXT NOT NULL REFERENCES identity (id),
    role TEXT NOT NULL,
    granted_at BIGINT NOT NULL,
    PRIMARY KEY (identity, role)
);

-- The link that makes the first administrator; kept as a hash, used once.
CREATE TABLE setup_link (
    token_hash TEXT PRIMARY KEY,
    expires_at BIGINT NOT NULL,
    used_at BIGINT
);
