-- Invitations to a first password and a second factor: a code kept as a hash, used once, for one identity.
CREATE TABLE invitation (
    id TEXT PRIMARY KEY,
    identity TEXT NOT NULL REFERENCES identity (id),
    code_hash TEXT NOT NULL UNIQUE,
    proofing TEXT REFERENCES proofing (id),
    made_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    ended_at BIGINT
);

CREATE INDEX invitation_by_identity ON invitation (identity);
