//! A session store that fails, or lets somebody else go first, when it is told to.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use portner_audit_log::Error;
use portner_audit_log::volatile::Volatile;
use portner_domain::Moment;

/// The store and what is to happen to it.
pub struct Breakable {
    pub store: Arc<dyn Volatile>,
    pub is_broken: Arc<AtomicBool>,
    pub another_tab_is_faster: Arc<AtomicBool>,
    pub a_logout_is_faster: Arc<AtomicBool>,
}

impl Breakable {
    fn working(&self) -> Result<&dyn Volatile, Error> {
        if self.is_broken.load(Ordering::SeqCst) { Err(Error::Stopped) } else { Ok(&*self.store) }
    }
}

#[async_trait]
impl Volatile for Breakable {
    async fn get(&self, key: &str, now: Moment) -> Result<Option<String>, Error> {
        self.working()?.get(key, now).await
    }

    async fn put(&self, key: &str, value: &str, expires: Moment, now: Moment) -> Result<(), Error> {
        self.working()?.put(key, value, expires, now).await
    }

    async fn put_if_absent(
        &self,
        key: &str,
        value: &str,
        expires: Moment,
        now: Moment,
    ) -> Result<bool, Error> {
        self.working()?.put_if_absent(key, value, expires, now).await
    }

    async fn swap(
        &self,
        key: &str,
        old: &str,
        new: &str,
        expires: Moment,
        now: Moment,
    ) -> Result<bool, Error> {
        if key.starts_with("flow/") && self.another_tab_is_faster.swap(false, Ordering::SeqCst) {
            let changed = old.replace("\"problem\":null", "\"problem\":\"wrong-code\"");
            assert_ne!(changed, old, "only a login without a problem is expected here");
            assert!(self.working()?.swap(key, old, &changed, expires, now).await?);
        }
        if key.starts_with("session/") && self.a_logout_is_faster.swap(false, Ordering::SeqCst) {
            self.working()?.remove(key).await?;
        }
        self.working()?.swap(key, old, new, expires, now).await
    }

    async fn take(&self, key: &str, now: Moment) -> Result<Option<String>, Error> {
        self.working()?.take(key, now).await
    }

    async fn increment(&self, key: &str, expires_if_new: Moment, now: Moment) -> Result<u64, Error> {
        self.working()?.increment(key, expires_if_new, now).await
    }

    async fn remove(&self, key: &str) -> Result<(), Error> {
        self.working()?.remove(key).await
    }

    async fn purge(&self, now: Moment) -> Result<u64, Error> {
        self.working()?.purge(now).await
    }
}
