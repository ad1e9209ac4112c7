-- What is on record about FIDO credentials besides what every authenticator has. The public key is the sealed verifier
-- of the authenticator, and its last step is the last count of signatures. What was presented at the binding stands
-- here as it came, so that an auditor can verify it again.
CREATE TABLE fido_credential (
    authenticator TEXT PRIMARY KEY REFERENCES authenticator (id),
    credential_id TEXT NOT NULL UNIQUE,
    aaguid TEXT NOT NULL,
    attestation TEXT NOT NULL,
    attestation_object TEXT NOT NULL,
    client_data TEXT NOT NULL,
    transports TEXT NOT NULL,
    user_verified BIGINT NOT NULL,
    backup_eligible BIGINT NOT NULL,
    backed_up BIGINT NOT NULL
);
