-- Devices that show one-time codes, by serial number. The drift is how many steps their clock is ahead of ours: where
-- it was last set, and where it was last seen.
CREATE TABLE code_device (
    serial TEXT PRIMARY KEY,
    seed TEXT NOT NULL,
    digits BIGINT NOT NULL,
    period BIGINT NOT NULL,
    algorithm TEXT NOT NULL,
    state TEXT NOT NULL,
    authenticator TEXT REFERENCES authenticator (id),
    drift_set BIGINT NOT NULL,
    drift BIGINT NOT NULL,
    last_step BIGINT NOT NULL,
    added_at BIGINT NOT NULL
);

CREATE UNIQUE INDEX code_device_by_authenticator ON code_device (authenticator) WHERE authenticator IS NOT NULL;
