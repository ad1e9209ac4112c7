//! The transaction through which everything is written, and the append-only log it feeds.
//!
//! Whoever changes something begins a [`Tx`], says what with [`Tx::write`], and gets the only kind of connection
//! that can write. Whoever only has something to report calls [`AuditLog::append`]. Either way the event is
//! durable on return, and within a second the [`Sealer`] has given it its place in a Merkle tree whose root is
//! signed; [`verify`] finds whatever was changed afterwards.
//!
//! Not here: a way to change or delete an event.

mod actor;
mod append;
pub mod changes;
mod checkpoint_file;
mod database;
mod engine;
pub mod envelope;
mod error;
mod event;
pub mod events;
pub mod gather;
mod log;
pub mod note;
pub mod outbox;
pub mod own;
mod proof;
mod recorded;
mod seal;
pub mod sealed;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
pub mod tree;
mod tx;
pub mod verify;
pub mod volatile;

pub use actor::Actor;
pub use append::QUEUE_EVENTS_MAX;
pub use database::{Database, Settings};
pub use engine::Engine;
pub use error::Error;
pub use event::{AssertionIssued, Event, KeyOrigin};
pub use gather::Gather;
pub use log::AuditLog;
pub use proof::Inclusion;
pub use recorded::{EVENT_BYTES_MAX, EventId, Recorded};
pub use seal::{Sealed, Sealer, run_sealer};
pub use tx::Tx;
