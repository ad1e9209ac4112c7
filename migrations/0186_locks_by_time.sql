-- Who was stopped lately, read whenever somebody at the support desk begins.
CREATE INDEX identity_lock_by_time ON identity_lock (at);
