-- What people have yet to be told by e-mail: a line for what happened to an identity in one transaction, with it.
CREATE TABLE outbox (
    id TEXT PRIMARY KEY,
    identity TEXT NOT NULL,
    body TEXT NOT NULL,
    at BIGINT NOT NULL,
    due_at BIGINT NOT NULL,
    tries BIGINT NOT NULL
);

CREATE INDEX outbox_by_due ON outbox (due_at);
