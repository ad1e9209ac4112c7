//! portner-sandbox: the outside world of a local IdP, simulated.
fn main() {}
