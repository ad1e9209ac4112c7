-- Codes on paper: a set of them is one authenticator. Each is kept as a hash and works once.
CREATE TABLE recovery_code (
    authenticator TEXT NOT NULL REFERENCES authenticator (id),
    number BIGINT NOT NULL,
    hash TEXT NOT NULL,
    used_at BIGINT,
    PRIMARY KEY (authenticator, number)
);
