//! Persons, identities and the first administrator's link, on both engines.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

mod exports;
mod feeds;
mod identities;
mod lists;
mod lives;
mod meetings;
mod rights;
mod roles;
mod setup_link;
mod stage;
