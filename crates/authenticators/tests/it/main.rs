//! What passwords, codes and keys do in the world: on both engines, on several nodes, under attack.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test may panic")]

mod binding;
mod claim;
mod device;
mod directory;
mod elsewhere;
mod enumeration;
mod guessing;
mod key_binding;
mod key_login;
mod key_models;
mod network;
mod once;
mod passwords;
mod recovery;
mod soft_key;
mod stage;
