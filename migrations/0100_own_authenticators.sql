-- What people call their authenticators, when each was last used, and which were reported lost. What was reported is
-- removed as well; the report is what a change has to make up for.
ALTER TABLE authenticator ADD COLUMN name TEXT;
ALTER TABLE authenticator ADD COLUMN used_at BIGINT;
ALTER TABLE authenticator ADD COLUMN lost_at BIGINT;
