-- The terms of use, version by version, in both languages; and who agreed to which, when. A version is never changed.
CREATE TABLE terms (
    version TEXT PRIMARY KEY,
    danish TEXT NOT NULL,
    english TEXT NOT NULL,
    danish_sha256 TEXT NOT NULL,
    english_sha256 TEXT NOT NULL,
    mandatory BIGINT NOT NULL,    -- 1: nobody may go without agreeing
    accept_again BIGINT NOT NULL, -- 1: also those who agreed to an earlier version
    published_at BIGINT NOT NULL
);

CREATE TABLE terms_accepted (
    identity TEXT NOT NULL REFERENCES identity (id),
    version TEXT NOT NULL REFERENCES terms (version),
    accepted_at BIGINT NOT NULL,
    PRIMARY KEY (identity, version)
);
