//! Service providers, sessions, the login flow driven, assertions issued and logged.
