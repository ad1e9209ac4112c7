-- What identities log in with. The verifier is a password hash or a sealed secret, by kind.
CREATE TABLE authenticator (
    id TEXT PRIMARY KEY,
    identity TEXT NOT NULL REFERENCES identity (id),
    kind TEXT NOT NULL,
    registered TEXT,
    verifier TEXT NOT NULL,
    last_step BIGINT NOT NULL,
    bound_at BIGINT NOT NULL,
    removed_at BIGINT
);

CREATE INDEX authenticator_by_identity ON authenticator (identity);
