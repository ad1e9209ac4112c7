//! Logins as service providers and people live through them: on both engines, over nodes, under attack.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

mod answers;
mod browser;
mod failures;
mod issue;
mod keys;
mod leaving;
mod levels;
mod logout;
mod mapping;
mod passive;
mod policy;
mod preview;
mod publication;
mod requests;
mod roll;
mod sessions;
mod slo;
mod stage;
mod tabs;
mod token;
