-- People are counted and listed by their production unit.
CREATE INDEX identity_by_production_unit ON identity (production_unit);
