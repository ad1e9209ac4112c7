-- The audit log: events wait in audit_pending until the sealer gives them their place in audit_event and
-- signs the tree over all of them in audit_checkpoint. Only audit_pending is written while somebody waits.
CREATE TABLE audit_pending (
    id   TEXT NOT NULL PRIMARY KEY, -- UUIDv7
    body TEXT NOT NULL              -- canonical JSON (RFC 8785)
);

CREATE TABLE audit_event (
    seq       BIGINT NOT NULL PRIMARY KEY, -- from 0, without gaps
    id        TEXT   NOT NULL UNIQUE,
    body      TEXT   NOT NULL,
    leaf_hash TEXT   NOT NULL              -- RFC 6962 leaf hash of body, base64
);

CREATE TABLE audit_checkpoint (
    number BIGINT NOT NULL PRIMARY KEY, -- from 0, without gaps
    size   BIGINT NOT NULL UNIQUE,      -- how many events it covers
    note   TEXT   NOT NULL              -- C2SP signed note
);

-- Who may seal until when, and the right edge of the tree. One row; its lock keeps two nodes from sealing at once.
CREATE TABLE audit_sealer (
    name        TEXT   NOT NULL PRIMARY KEY,
    holder      TEXT   NOT NULL,
    expires     BIGINT NOT NULL,
    checkpoints BIGINT NOT NULL,
    size        BIGINT NOT NULL,
    frontier    TEXT   NOT NULL
);
INSERT INTO audit_sealer (name, holder, expires, checkpoints, size, frontier) VALUES ('sealer', '', 0, 0, 0, '');
