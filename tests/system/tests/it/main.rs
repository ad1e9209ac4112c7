//! Portner from outside: real browsers, real service providers, crashes. Each file tells a few stories;
//! `harness` holds the words they are told in.
#![expect(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test may panic, and lives in real time"
)]

mod harness;

mod crash;
mod erhverv;
mod every_own_page;
mod every_state;
mod identities;
mod judges;
mod keys;
mod levels;
mod load;
mod login;
mod network_password;
mod own_pages;
mod pages;
mod people;
mod refusals;
mod scim;
mod sessions;
mod setup;
mod single_logout;
mod single_sign_on;
mod terms;
mod third_stack;
mod welcome;
mod without_scripts;
mod xmlsec;
