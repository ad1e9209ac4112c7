//! The client against a server that demands a certificate and answers whatever it is told.
#![expect(clippy::unwrap_used, reason = "a test may panic")]
#![expect(clippy::indexing_slicing, reason = "a test may panic")]

mod admission;
mod calls;
mod failures;
mod server;
