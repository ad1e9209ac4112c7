-- What else is known about people, who stopped them and when they may be used, who administers what, and what waits for
-- a second person.

-- A key of each person's own, sealed. Whatever is sealed with it, wherever it is copied to, is gone when the key is.
CREATE TABLE person_key (
    person TEXT PRIMARY KEY REFERENCES person (id),
    sealed TEXT NOT NULL
);

-- The key under which numbers are looked up: sealed, made at the first start, the same for as long as the tables live.
CREATE TABLE look_up_key (
    name TEXT PRIMARY KEY,
    sealed TEXT NOT NULL
);

ALTER TABLE person ADD COLUMN known_as TEXT;
ALTER TABLE person ADD COLUMN protected BIGINT NOT NULL DEFAULT 0;
ALTER TABLE person ADD COLUMN reopened_at BIGINT;
-- Sealed with the person's key; and a keyed hash of it, to find somebody by.
ALTER TABLE person ADD COLUMN cpr TEXT;
ALTER TABLE person ADD COLUMN cpr_index TEXT;
CREATE UNIQUE INDEX person_by_cpr ON person (cpr_index);

ALTER TABLE identity ADD COLUMN title TEXT;
ALTER TABLE identity ADD COLUMN unit TEXT;
ALTER TABLE identity ADD COLUMN production_unit TEXT;
ALTER TABLE identity ADD COLUMN valid_from BIGINT;
ALTER TABLE identity ADD COLUMN valid_until BIGINT;
ALTER TABLE identity ADD COLUMN admission TEXT NOT NULL DEFAULT 'permitted';
ALTER TABLE identity ADD COLUMN ended_at BIGINT;
-- Which feed it comes from, and what it is called there.
ALTER TABLE identity ADD COLUMN source TEXT;
ALTER TABLE identity ADD COLUMN source_key TEXT;
-- Counts the changes of person and identity: what a client saw is still true if this is the same.
ALTER TABLE identity ADD COLUMN version BIGINT NOT NULL DEFAULT 1;
ALTER TABLE identity ADD COLUMN changed_at BIGINT NOT NULL DEFAULT 0;
-- For lists: the name to sort by, and every word to find it by, both in small letters.
ALTER TABLE identity ADD COLUMN sort_name TEXT NOT NULL DEFAULT '';
ALTER TABLE identity ADD COLUMN words TEXT NOT NULL DEFAULT '';
ALTER TABLE identity ADD COLUMN unit_words TEXT NOT NULL DEFAULT '';
UPDATE identity SET
    changed_at = registered_at,
    sort_name = (SELECT lower(p.last_name || ' ' || p.first_name) FROM person p WHERE p.id = identity.person),
    words = (SELECT lower(' ' || p.first_name || ' ' || p.last_name || ' ' || identity.user_name)
             FROM person p WHERE p.id = identity.person);
CREATE INDEX identity_by_sort_name ON identity (sort_name, id);
CREATE INDEX identity_by_unit ON identity (unit_words);
CREATE UNIQUE INDEX identity_by_source ON identity (source, source_key);
CREATE INDEX identity_by_end ON identity (valid_until) WHERE valid_until IS NOT NULL;

-- Each party that stopped an identity has a lock of its own. The identity's state says whether there is any.
CREATE TABLE identity_lock (
    identity TEXT NOT NULL REFERENCES identity (id),
    locker TEXT NOT NULL,
    why TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (identity, locker)
);
INSERT INTO identity_lock (identity, locker, why, at)
SELECT id, 'administrator', '', sessions_ended FROM identity WHERE state = 'locked';

-- The unit is empty where a role is held everywhere.
CREATE TABLE role_held (
    identity TEXT NOT NULL REFERENCES identity (id),
    role TEXT NOT NULL,
    unit TEXT NOT NULL,
    until BIGINT,
    granted_at BIGINT NOT NULL,
    PRIMARY KEY (identity, role, unit)
);
INSERT INTO role_held (identity, role, unit, granted_at) SELECT identity, role, '', granted_at FROM role_grant;
DROP TABLE role_grant;

CREATE TABLE proposal (
    id TEXT PRIMARY KEY,
    proposal TEXT NOT NULL,
    why TEXT NOT NULL,
    -- The identity that asked, and its person; nobody if Portner did.
    asked_by TEXT,
    asked_by_person TEXT,
    about_person TEXT,
    asked_at BIGINT NOT NULL,
    -- agreed, declined, or nothing yet.
    decision TEXT,
    decided_by TEXT,
    decided_at BIGINT
);
CREATE INDEX proposal_open ON proposal (asked_at) WHERE decision IS NULL;

-- What was shown when somebody was proofed in person: sealed with the person's key, and for each paper a keyed hash of
-- its number, to find it again at another person.
CREATE TABLE meeting (
    proofing TEXT PRIMARY KEY REFERENCES proofing (id),
    officer TEXT NOT NULL,
    second_officer TEXT,
    sealed TEXT NOT NULL
);
CREATE TABLE paper_shown (
    paper_index TEXT NOT NULL,
    proofing TEXT NOT NULL REFERENCES proofing (id),
    PRIMARY KEY (paper_index, proofing)
);

DROP VIEW standing;
CREATE VIEW standing AS
SELECT
    i.id, i.person, i.user_name, p.first_name, p.last_name, i.email, i.cvr, o.name AS organisation,
    i.employment, i.state, i.sessions_ended, i.valid_from, i.valid_until, i.admission, p.reopened_at,
    f.id AS proofing, f.evidence, f.at, f.withdrawn_at,
    a.id AS authenticator, a.kind, a.registered,
    (SELECT string_agg(g.name, '
') FROM group_member g WHERE g.identity = i.id) AS member_of,
    (SELECT string_agg(r.privilege || ' ' || r.scope || ' ' || r.constraints, '
') FROM right_held r WHERE r.identity = i.id) AS rights_held
FROM identity i
JOIN person p ON p.id = i.person
JOIN organisation o ON o.cvr = i.cvr
LEFT JOIN proofing f ON f.person = i.person
LEFT JOIN authenticator a ON a.identity = i.id AND a.removed_at IS NULL;
