-- Terms of use at login: what waits for an agreement, who still has to agree, and that in the view that a login reads.
ALTER TABLE terms ADD COLUMN hold_for TEXT NOT NULL DEFAULT 'levels';

-- All that says whether somebody has to agree, without the texts, which are long.
CREATE INDEX terms_by_time ON terms (published_at, version, mandatory, accept_again, hold_for);

-- Who has to agree to the version in force: it is mandatory, and they have agreed to none since the last one to which
-- everybody had to agree anew.
CREATE VIEW terms_due AS
SELECT i.id AS identity, t.version, t.hold_for
FROM identity i CROSS JOIN terms t
WHERE t.mandatory = 1
    AND NOT EXISTS (
        SELECT 1 FROM terms n WHERE (n.published_at, n.version) > (t.published_at, t.version)
    )
    AND NOT EXISTS (
        SELECT 1 FROM terms_accepted c JOIN terms v ON v.version = c.version
        WHERE c.identity = i.id AND NOT EXISTS (
            SELECT 1 FROM terms n
            WHERE n.accept_again = 1 AND (n.published_at, n.version) > (v.published_at, v.version)
        )
    );

DROP VIEW standing;

-- The last three columns cost a look-up each, and nothing where they are not asked for. Neither a group's name nor a
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
') FROM right_held r WHERE r.identity = i.id) AS rights_held,
    (SELECT d.hold_for FROM terms_due d WHERE d.identity = i.id) AS terms_due
FROM identity i
JOIN person p ON p.id = i.person
JOIN organisation o ON o.cvr = i.cvr
LEFT JOIN proofing f ON f.person = i.person
LEFT JOIN authenticator a ON a.identity = i.id AND a.removed_at IS NULL;
