//! The one binary: portner.
fn main() {}
