//! Of several processes one keeps MitID Erhverv in step.

use std::time::Duration;

use portner_domain::Millis;

use crate::Error;
use crate::liaison::Liaison;

/// For so long no other node does it, and so often that is renewed. Should a node lose it all the same, nobody is asked
/// for twice: that is seen to where it is written down.
const LEASE: Millis = Millis::seconds(15);
const BETWEEN_RENEWALS: Duration = Duration::from_secs(4);
const WORKER: &str = "sync/worker";

/// That nobody else does it.
#[derive(Clone)]
pub(crate) struct Lease {
    pub(crate) liaison: Liaison,
    /// What others see of who does it.
    pub(crate) name: String,
}

impl Lease {
    pub(crate) async fn is_ours(&self) -> Result<bool, Error> {
        let (volatile, now) = (&*self.liaison.volatile, self.liaison.now());
        Ok(match volatile.get(WORKER, now).await? {
            Some(holder) => holder == self.name,
            None => volatile.put_if_absent(WORKER, &self.name, now.plus(LEASE), now).await?,
        })
    }

    async fn renew(&self, by: Millis) -> Result<bool, Error> {
        let now = self.liaison.now();
        Ok(self.liaison.volatile.swap(WORKER, &self.name, &self.name, now.plus(by), now).await?)
    }

    /// As long as this is waited for, if it is ours.
    pub(crate) async fn keep(&self) {
        loop {
            tokio::time::sleep(BETWEEN_RENEWALS).await;
            if let Err(error) = self.renew(LEASE).await {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "the lease of MitID Erhverv is not renewed"
                );
            }
        }
    }

    /// Nobody has to wait for a lease to end that its holder needs no more.
    pub(crate) async fn give_up(&self) {
        if let Err(error) = self.renew(Millis(0)).await {
            tracing::warn!(error = &error as &dyn std::error::Error, "the lease of MitID Erhverv is kept");
        }
    }
}
