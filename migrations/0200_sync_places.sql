-- MitID Erhverv: the organisation's places of work and tax numbers there, in which roles may be held.

CREATE TABLE sync_place (
    -- As it is called there: PU or SE.
    kind TEXT NOT NULL,
    number TEXT NOT NULL,
    name TEXT NOT NULL,
    PRIMARY KEY (kind, number)
);
