//! MitID Erhverv: employees' identities there kept in step with the directory here.
//!
//! [`wire`] holds the words of its IdM API: exact where we write, tolerant where we read. [`plan`] is the pure heart: what
//! is desired, what is observed, and what has to happen. [`client`] talks to the other side. A [`Liaison`] holds the
//! directory against what was last read there, and does what follows; [`Follower`] has it do so by itself.

mod catalogue;
pub mod client;
mod error;
mod follow;
mod lease;
mod liaison;
mod mirror;
pub mod plan;
mod reading;
mod scheme;
mod settle;
mod status;
mod store;
mod suppose;
mod tying;
pub mod wire;

pub use error::Error;
pub use follow::Follower;
pub use liaison::{BRAKE_WINDOW, Liaison, Losing, Mode, PLANS_ON_A_PAGE, Parts, Plans};
pub use reading::{Depth, Done, Read};
pub use scheme::{BETWEEN_READINGS, DELETED_AFTER, Form, Given, Rule, Scheme, Whose};
pub use settle::{May, Settled};
pub use status::{CaughtUp, NotDone, ReadBy, STATUS_FAILURES_MAX, Status};
pub use tying::{Candidate, Looked, NotTied, Numbers};
