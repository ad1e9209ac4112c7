//! The whole system from outside: browsers, service providers, crashes. Everything is in `tests/`.
