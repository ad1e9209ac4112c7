//! MitID Erhverv: employees' identities there kept in step with the directory here.
//!
//! [`wire`] holds the words of its IdM API: exact where we write, tolerant where we read. Nothing here stores anything.

pub mod wire;
