-- The keys that sign, from announced to retired; who is pinned to which; and which ends of certificates were told.
CREATE TABLE signing_key (
    id TEXT PRIMARY KEY,
    certificate TEXT NOT NULL,
    place TEXT NOT NULL,
    state TEXT NOT NULL,
    next_at BIGINT,
    active_at BIGINT,
    retiring_at BIGINT,
    retired_at BIGINT
);

CREATE UNIQUE INDEX signing_key_one_is_active ON signing_key (state) WHERE state = 'active';
CREATE UNIQUE INDEX signing_key_one_is_next ON signing_key (state) WHERE state = 'next';

CREATE TABLE signing_key_pin (
    service_provider TEXT PRIMARY KEY REFERENCES service_provider (id),
    signing_key TEXT NOT NULL REFERENCES signing_key (id),
    until BIGINT,
    pinned_at BIGINT NOT NULL
);

CREATE TABLE certificate_warning (
    certificate TEXT NOT NULL,
    within_days BIGINT NOT NULL,
    told_at BIGINT NOT NULL,
    PRIMARY KEY (certificate, within_days)
);
