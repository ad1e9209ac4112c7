//! MitID Erhverv: employees' identities there kept in step with the directory here.
//!
//! [`wire`] holds the words of its IdM API: exact where we write, tolerant where we read.
//! [`plan`] is the pure heart: what is desired, what is observed, and what has to happen. [`client`]
//! talks to it. Nothing here stores anything.

pub mod client;
pub mod plan;
pub mod wire;
