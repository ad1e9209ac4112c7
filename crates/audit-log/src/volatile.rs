//! What lives minutes or hours: sessions, logins in progress, challenges, replay caches and throttle counters.
//!
//! Nothing here is an event or survives its expiry. Operations that decide something are atomic across nodes: of
//! any number of callers at once, one wins.

mod database;
mod redis;
#[cfg(test)]
mod tests;

use std::future::Future;
use std::sync::Arc;

use async_trait::async_trait;
use portner_domain::{Clock, Millis, Moment};

pub use self::database::VolatileDatabase;
pub use self::redis::VolatileRedis;
use crate::Error;
use crate::error::within;

/// The longest key.
pub const KEY_BYTES_MAX: usize = 256;
/// The largest value.
pub const VALUE_BYTES_MAX: usize = 64 * 1024;
/// How many expired values one purge removes, so that nobody waits long behind it.
pub const PURGE_VALUES_MAX: u32 = 500;

/// How often expired values are looked for.
const BETWEEN_PURGES: Millis = Millis::seconds(30);

/// Keys with values that expire. An expired value is as if it had never been.
#[async_trait]
pub trait Volatile: Send + Sync {
    /// The value.
    async fn get(&self, key: &str, now: Moment) -> Result<Option<String>, Error>;

    /// Set it, whatever it was.
    async fn put(&self, key: &str, value: &str, expires: Moment, now: Moment) -> Result<(), Error>;

    /// Set it if there is none; whether there was none. What a replay cache asks.
    async fn put_if_absent(
        &self,
        key: &str,
        value: &str,
        expires: Moment,
        now: Moment,
    ) -> Result<bool, Error>;

    /// Set it if it is still `old`; whether it was.
    async fn swap(
        &self,
        key: &str,
        old: &str,
        new: &str,
        expires: Moment,
        now: Moment,
    ) -> Result<bool, Error>;

    /// Read and remove it: only one caller gets it.
    async fn take(&self, key: &str, now: Moment) -> Result<Option<String>, Error>;

    /// Add one to a count that begins at zero; the count. The expiry is that of the first call: a count is over a
    /// window that does not move.
    async fn increment(&self, key: &str, expires_if_new: Moment, now: Moment) -> Result<u64, Error>;

    /// Remove it, if there is any.
    async fn remove(&self, key: &str) -> Result<(), Error>;

    /// Remove some expired values, at most [`PURGE_VALUES_MAX`]; how many.
    async fn purge(&self, now: Moment) -> Result<u64, Error>;
}

/// Purge until `stop`. Several nodes may.
pub async fn run_purge(store: Arc<dyn Volatile>, clock: Arc<dyn Clock>, stop: impl Future<Output = ()>) {
    let purging = async {
        loop {
            match store.purge(clock.now()).await {
                Ok(purged) if purged >= u64::from(PURGE_VALUES_MAX) => continue,
                Ok(_) => {}
                Err(error) => {
                    tracing::error!(
                        error = &error as &dyn std::error::Error,
                        "expired values are not removed"
                    );
                }
            }
            tokio::time::sleep(BETWEEN_PURGES.as_duration()).await;
        }
    };
    tokio::select! { () = stop => {}, () = purging => {} }
}

fn check_key(key: &str) -> Result<(), Error> {
    within("a key", key.len(), KEY_BYTES_MAX)
}

fn check(key: &str, value: &str) -> Result<(), Error> {
    check_key(key)?;
    within("a value", value.len(), VALUE_BYTES_MAX)
}
