//! Logins as service providers and people live through them: on both engines, over nodes, under attack.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

mod agreement;
mod answers;
mod attacks;
mod browser;
mod choice;
mod failures;
mod fetch;
mod fido;
mod issue;
mod kept;
mod keys;
mod leaving;
mod levels;
mod logout;
mod logout_trust;
mod mapping;
mod off;
mod off_own;
mod office;
mod passive;
mod password_due;
mod policy;
mod preview;
mod publication;
mod reference;
mod refresh;
mod requests;
mod roll;
mod server;
mod sessions;
mod slo;
#[expect(dead_code, clippy::indexing_slicing, reason = "the authenticators' own tests use the rest")]
#[path = "../../../authenticators/tests/it/soft_key.rs"]
mod soft_key;
mod stage;
mod tabs;
mod token;
mod upkeep;
