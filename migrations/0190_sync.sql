-- MitID Erhverv: which identity there is which here, what was last read there, and what is done about it.

CREATE TABLE sync_bond (
    identity TEXT PRIMARY KEY REFERENCES identity (id),
    -- None while one was asked for and nobody heard the answer.
    employee TEXT UNIQUE,
    -- The last reading before it was asked for.
    unsure_since BIGINT,
    -- What was said of it, as JSON; the CPR number beside it, sealed.
    agreed TEXT NOT NULL,
    cpr TEXT,
    -- Something was asked for, and what became of it is not known: look before anything else is.
    look_first BIGINT NOT NULL DEFAULT 0
);

CREATE TABLE sync_mirror (
    employee TEXT PRIMARY KEY,
    -- What was seen, as JSON; the CPR number beside it, sealed, with the keyed hash that finds it.
    seen TEXT NOT NULL,
    cpr TEXT,
    cpr_index TEXT,
    -- The NameID in small letters.
    local_name TEXT
);
CREATE INDEX sync_mirror_by_cpr ON sync_mirror (cpr_index);
CREATE INDEX sync_mirror_by_name ON sync_mirror (local_name);

-- The roles that may be assigned.
CREATE TABLE sync_role (
    role TEXT PRIMARY KEY,
    name TEXT NOT NULL
);

-- Whose login there was taken, and since when that counts for the brake; or whom somebody let lose it.
CREATE TABLE sync_loss (
    identity TEXT PRIMARY KEY,
    is_approved BIGINT NOT NULL,
    at BIGINT NOT NULL
);

CREATE TABLE sync_state (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
);

-- Whose validity begins or ends is looked for by time.
CREATE INDEX identity_by_beginning ON identity (valid_from) WHERE valid_from IS NOT NULL;
