-- Which events are about whom, for people who read their own log. Filled behind the sealer, from the first event on, so
-- that nobody waits for it; `audit_indexed` says how far it has come.
CREATE TABLE audit_by_identity (
    identity TEXT NOT NULL,
    seq BIGINT NOT NULL,
    PRIMARY KEY (identity, seq)
);

CREATE TABLE audit_indexed (
    name TEXT NOT NULL PRIMARY KEY,
    next_seq BIGINT NOT NULL
);
INSERT INTO audit_indexed (name, next_seq) VALUES ('by-identity', 0);
