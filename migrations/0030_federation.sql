-- Whom we answer, what they may know, and the names they know people by.
CREATE TABLE service_provider (
    id TEXT PRIMARY KEY,
    entity_id TEXT NOT NULL UNIQUE,
    metadata TEXT NOT NULL,
    policy TEXT NOT NULL,
    state TEXT NOT NULL,
    added_at BIGINT NOT NULL,
    changed_at BIGINT NOT NULL
);

CREATE TABLE name_id (
    identity TEXT NOT NULL REFERENCES identity (id),
    service_provider TEXT NOT NULL REFERENCES service_provider (id),
    value TEXT NOT NULL UNIQUE,
    assigned_at BIGINT NOT NULL,
    PRIMARY KEY (identity, service_provider)
);
