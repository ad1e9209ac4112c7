-- The programs that feed the directory by SCIM, what they said that has no other place, and what the brake counts.
CREATE TABLE scim_client (
    -- The name of its feed, too.
    name TEXT PRIMARY KEY,
    -- SHA-256 of 256 random bits.
    token_hash TEXT NOT NULL UNIQUE,
    cvr TEXT NOT NULL REFERENCES organisation (cvr),
    employment TEXT NOT NULL,
    added_at BIGINT NOT NULL,
    until BIGINT,
    revoked_at BIGINT
);

CREATE TABLE scim_user (
    identity TEXT PRIMARY KEY REFERENCES identity (id),
    client TEXT NOT NULL REFERENCES scim_client (name),
    external_id TEXT,
    -- JSON; gone when the identity is erased.
    kept TEXT NOT NULL
);
CREATE UNIQUE INDEX scim_user_by_external_id ON scim_user (client, external_id);

-- Its members are those of its name in group_member.
CREATE TABLE scim_group (
    id TEXT PRIMARY KEY,
    client TEXT NOT NULL REFERENCES scim_client (name),
    name TEXT NOT NULL UNIQUE,
    -- The name without the client's prefix, as it was written and in small letters.
    display TEXT NOT NULL,
    folded TEXT NOT NULL,
    external_id TEXT,
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    changed_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX scim_group_by_folded ON scim_group (client, folded);
CREATE INDEX scim_group_by_external_id ON scim_group (client, external_id);

-- Who lost login or level through a client lately (taken), who is to and waits (asked), and who may by now (allowed).
CREATE TABLE scim_loss (
    client TEXT NOT NULL,
    identity TEXT NOT NULL,
    state TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (client, identity)
);

-- Those of a feed are counted, and a page of them is chosen, without reading the table.
CREATE INDEX identity_of_source ON identity (source, id, state) WHERE state IN ('active', 'locked');
