-- What a login asks of an identity, in one statement: a row for each pair of proofing and authenticator. The
-- columns are read by the crates that own them.
CREATE VIEW standing AS
SELECT
    i.id, i.person, i.user_name, p.first_name, p.last_name, i.email, i.cvr, o.name AS organisation,
    i.employment, i.state, i.sessions_ended,
    f.id AS proofing, f.evidence, f.at, f.withdrawn_at,
    a.id AS authenticator, a.kind, a.registered
FROM identity i
JOIN person p ON p.id = i.person
JOIN organisation o ON o.cvr = i.cvr
LEFT JOIN proofing f ON f.person = i.person
LEFT JOIN authenticator a ON a.identity = i.id AND a.removed_at IS NULL;
