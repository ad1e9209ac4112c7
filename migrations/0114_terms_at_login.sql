-- Terms of use at login: what waits for an agreement, and who still has to agree.
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
