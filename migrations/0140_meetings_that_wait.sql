-- Meetings at which somebody was proofed and which a second officer has yet to agree to: one for each person, with all
-- that was shown sealed under the person's key.
CREATE TABLE meeting_waiting (
    person TEXT PRIMARY KEY REFERENCES person (id),
    identity TEXT NOT NULL REFERENCES identity (id),
    officer TEXT NOT NULL,
    officer_person TEXT NOT NULL,
    -- The level of the officer's session, and when they met.
    officer_level TEXT NOT NULL,
    at BIGINT NOT NULL,
    sealed TEXT NOT NULL
);
