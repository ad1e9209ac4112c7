//! Passwords and one-time codes: enrol, verify, throttle, and the level each carries.
