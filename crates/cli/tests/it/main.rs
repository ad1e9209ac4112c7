//! `portner` as an operator uses it: the built program, its files, its sentences.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod audit;
mod config;
mod directory;
mod import;
mod init;
mod installation;
mod key;
mod role;
mod sp;
mod token;
mod user;
