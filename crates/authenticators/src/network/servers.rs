//! The servers of a directory, what is known of each, and the connections to it.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use portner_domain::{Millis, Moment};
use portner_ldap::{Account, Connection, ServerAddress, Trouble, open};
use rustls::ClientConfig;

use super::pool::Pool;

/// How long a server that did not answer is left alone. Then one check tries it again, and the others go on without.
const DOWN_SECONDS: Millis = Millis::seconds(15);

const UP: i64 = 0;

/// One server.
///
/// A bind changes who a connection is, so connections are of two kinds and never change it: those that stay bound as
/// the search account and only search, and those that only bind, as one user after the other, and never ask for
/// anything in a user's name.
pub struct Server {
    pub address: ServerAddress,
    /// When it may be tried again, in Unix milliseconds; [`UP`] if nothing is wrong.
    down_until: AtomicI64,
    searching: Pool,
    checking: Pool,
}

impl Server {
    pub fn new(address: ServerAddress) -> Self {
        Self {
            address,
            down_until: AtomicI64::new(UP),
            searching: Pool::default(),
            checking: Pool::default(),
        }
    }

    /// Is it to be tried now? Of those who come when its time is over, one tries it.
    pub fn admits(&self, now: Moment) -> bool {
        let until = self.down_until.load(Ordering::Acquire);
        let again = now.plus(DOWN_SECONDS).0;
        until == UP
            || (until <= now.0
                && self
                    .down_until
                    .compare_exchange(until, again, Ordering::AcqRel, Ordering::Acquire)
                    .is_ok())
    }

    /// Did it not answer the last time?
    pub fn is_down(&self) -> bool {
        self.down_until.load(Ordering::Acquire) != UP
    }

    /// It answered.
    pub fn answered(&self) {
        if self.down_until.swap(UP, Ordering::AcqRel) != UP {
            tracing::info!(server = %self.address, "the directory server answers again");
        }
    }

    /// It did not.
    pub fn failed(&self, trouble: &Trouble, now: Moment) {
        self.down_until.store(now.plus(DOWN_SECONDS).0, Ordering::Release);
        self.searching.empty();
        self.checking.empty();
        tracing::warn!(server = %self.address, error = %trouble, "the directory server is of no use");
    }

    /// A connection that searches.
    pub async fn searcher(
        &self,
        account: &Account,
        tls: &Arc<ClientConfig>,
        now: Moment,
    ) -> Result<Connection, Trouble> {
        if let Some(kept) = self.searching.take(now) {
            return Ok(kept);
        }
        let mut connection = open(&self.address, tls).await?;
        connection.be(account).await?;
        Ok(connection)
    }

    /// A connection that checks.
    pub async fn checker(&self, tls: &Arc<ClientConfig>, now: Moment) -> Result<Connection, Trouble> {
        match self.checking.take(now) {
            Some(kept) => Ok(kept),
            None => open(&self.address, tls).await,
        }
    }

    /// Keep one that has searched.
    pub fn keep_searcher(&self, connection: Connection, now: Moment) {
        self.searching.keep(connection, now);
    }

    /// Keep one that has checked.
    pub fn keep_checker(&self, connection: Connection, now: Moment) {
        self.checking.keep(connection, now);
    }
}
