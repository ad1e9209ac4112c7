//! Connections that are kept for the next check.

use std::sync::{Mutex, PoisonError};

use portner_domain::{Millis, Moment};
use portner_ldap::Connection;

use super::CHECKS_AT_ONCE_MAX;

/// How long a connection is kept unused: less than directories and firewalls keep it.
const IDLE_MAX: Millis = Millis::minutes(1);

/// Connections to one server that all are good for the same.
#[derive(Default)]
pub struct Pool(Mutex<Vec<(Connection, Moment)>>);

impl Pool {
    /// One that is still open, as far as is known.
    pub fn take(&self, now: Moment) -> Option<Connection> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain_mut(|(connection, since)| {
            !connection.is_closed() && now.since(*since).is_some_and(|idle| idle < IDLE_MAX)
        });
        kept.pop().map(|(connection, _)| connection)
    }

    /// Keep one that has answered.
    pub fn keep(&self, connection: Connection, now: Moment) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() < CHECKS_AT_ONCE_MAX {
            kept.push((connection, now));
        }
    }

    /// Those that are left go where the lost one went.
    pub fn empty(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}
