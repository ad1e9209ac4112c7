-- The runs of the feeds that the directory is filled from: what each read and did, and which is held for a second person.
CREATE TABLE feed_run (
    id TEXT PRIMARY KEY,
    feed TEXT NOT NULL,
    -- SHA-256 of what the source said and of how it is understood.
    digest TEXT NOT NULL,
    -- running, held, finished or void. One that is running and has no lease was killed; the next one goes on.
    state TEXT NOT NULL,
    started_at BIGINT NOT NULL,
    finished_at BIGINT,
    records BIGINT NOT NULL,
    registered BIGINT NOT NULL,
    changed BIGINT NOT NULL,
    locked BIGINT NOT NULL,
    lifted BIGINT NOT NULL,
    ended BIGINT NOT NULL,
    failed BIGINT NOT NULL,
    -- From how many identities it takes login or level.
    losing BIGINT NOT NULL,
    -- The counts and the first keys of each kind, as JSON; neither names nor numbers of persons.
    plan TEXT NOT NULL,
    error_file TEXT,
    proposal TEXT REFERENCES proposal (id)
);
CREATE INDEX feed_run_by_feed ON feed_run (feed, started_at);
