-- Who still has to agree to the terms of use, in the view that a login reads.
DROP VIEW standing;

-- The last three columns cost a look-up each, and nothing where they are not asked for. Neither a group's name nor a
-- right has a line break in it, and neither a privilege nor a scope a space.
CREATE VIEW standing AS
SELECT
    i.id, i.person, i.user_name, p.first_name, p.last_name, i.email, i.cvr, o.name AS organisation,
    i.employment, i.state, i.sessions_ended, i.valid_from, i.valid_until, i.admission, p.reopened_at,
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
