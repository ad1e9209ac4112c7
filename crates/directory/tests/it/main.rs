//! Persons, identities and the first administrator's link, on both engines.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod identities;
mod rights;
mod setup_link;
mod stage;
