-- What identities belong to and may do, and both in the view that a login reads: a line for each.
CREATE TABLE group_member (
    identity TEXT NOT NULL REFERENCES identity (id),
    name TEXT NOT NULL,
    joined_at BIGINT NOT NULL,
    PRIMARY KEY (identity, name)
);

CREATE INDEX group_member_by_name ON group_member (name);

-- The scope is written as kind and digits, `cvr:12345678`; the constraints as JSON, always the same way for the same
-- constraints, so that a right is held once.
CREATE TABLE right_held (
    identity TEXT NOT NULL REFERENCES identity (id),
    privilege TEXT NOT NULL,
    scope TEXT NOT NULL,
    constraints TEXT NOT NULL,
    granted_at BIGINT NOT NULL,
    PRIMARY KEY (identity, privilege, scope, constraints)
);

DROP VIEW standing;

-- The last two columns cost a look-up each, and nothing where they are not asked for. Neither a group's name nor a
-- right has a line break in it, and neither a privilege nor a scope a space.
CREATE VIEW standing AS
SELECT
    i.id, i.person, i.user_name, p.first_name, p.last_name, i.email, i.cvr, o.name AS organisation,
    i.employment, i.state, i.sessions_ended,
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
