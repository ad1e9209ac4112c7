-- The networks that the organisation knows by name: what its own offices look like from outside, for instance.
CREATE TABLE known_network (
    cidr TEXT PRIMARY KEY, -- the first address and the length of the prefix
    name TEXT NOT NULL,
    added_at BIGINT NOT NULL
);
