-- One network password an identity: of two that are bound in the same moment, one is.
CREATE UNIQUE INDEX authenticator_one_network_password ON authenticator (identity)
    WHERE kind = 'network-password' AND removed_at IS NULL;
