//! Logins by HTTP, from the service provider's request to the form that carries the answer.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

mod administration;
mod browser;
mod candidates;
#[expect(dead_code, reason = "the sandbox uses the rest")]
#[path = "../../../sandbox/src/mail/catcher.rs"]
mod catcher;
mod console;
mod cookies;
mod desk;
#[expect(dead_code, reason = "the authenticators' own tests use the rest")]
#[path = "../../../authenticators/tests/it/directory.rs"]
mod directory;
mod erhverv;
mod failures;
mod forms;
mod identities;
mod key;
mod letters;
mod lists;
mod login;
mod logout;
mod mail;
mod network;
mod networks;
mod office;
mod own_pages;
mod pages;
mod recovery;
mod refusals;
mod registrar;
mod rights;
#[expect(clippy::indexing_slicing, reason = "JSON that has no such part is null")]
mod scim;
mod secrets;
mod services;
mod setup;
#[expect(dead_code, reason = "the federation's own tests use the rest")]
#[path = "../../../federation/tests/it/slo.rs"]
mod slo;
#[expect(dead_code, clippy::indexing_slicing, reason = "the authenticators' own tests use the rest")]
#[path = "../../../authenticators/tests/it/soft_key.rs"]
mod soft_key;
#[expect(dead_code, reason = "the federation's own tests use the rest")]
#[path = "../../../federation/tests/it/stage.rs"]
mod stage;
mod stopped;
mod welcome;
