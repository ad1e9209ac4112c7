-- The names that several service providers know a person by, where they are to know it is the same one.
CREATE TABLE shared_name_id (
    identity TEXT NOT NULL REFERENCES identity (id),
    circle TEXT NOT NULL,
    value TEXT NOT NULL UNIQUE,
    assigned_at BIGINT NOT NULL,
    PRIMARY KEY (identity, circle)
);
