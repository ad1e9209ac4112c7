//! What passwords and codes do in the world: on both engines, on several nodes, under attack.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod binding;
mod device;
mod directory;
mod elsewhere;
mod enumeration;
mod guessing;
mod network;
mod once;
mod passwords;
mod recovery;
mod stage;
