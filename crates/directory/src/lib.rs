//! Persons, their professional identities, organisations and proofing.
