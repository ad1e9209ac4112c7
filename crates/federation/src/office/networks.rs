//! Which networks are known, as whoever says so sees it.

use portner_audit_log::Event;
use portner_domain::role::Action;

use super::letters::unless_changed;
use super::{NotDone, Obstacle, Warrant};
use crate::policy::AccessFrom;
use crate::{Error, Federation, NETWORKS_MAX, Network, Visit, registry, store};

impl Federation {
    /// The service providers that admit nobody from elsewhere, by name.
    pub async fn services_of_networks(&self, warrant: &Warrant) -> Result<Vec<String>, Error> {
        warrant.for_any(Action::ChangeNetworks)?;
        let all = registry::all(self.log.database()).await?;
        let there = all.iter().filter(|sp| sp.policy.access_from == AccessFrom::KnownNetworks);
        let mut names: Vec<String> = there.map(|sp| sp.name().to_owned()).collect();
        names.sort();
        Ok(names)
    }

    /// Know one more.
    pub async fn add_network(
        &self,
        warrant: &Warrant,
        (network, why): (&Network, &str),
        visit: &Visit,
    ) -> Result<Result<(), NotDone>, Error> {
        warrant.for_any(Action::ChangeNetworks)?;
        if self.networks().await?.all().len() >= NETWORKS_MAX {
            return Ok(Err(NotDone::Administration(Obstacle::TooManyNetworks)));
        }
        let mut tx = self.begin_for_reason(warrant, why, visit).await?;
        let now = tx.now();
        let (range, name) = (network.range().to_string(), network.name().to_owned());
        if !store::network::insert(tx.write(Event::NetworkAdded { range, name }), network, now).await? {
            return Ok(Err(NotDone::Administration(Obstacle::NetworkKnown)));
        }
        tx.commit().await?;
        Ok(Ok(()))
    }

    /// Know one no more.
    pub async fn remove_network(
        &self,
        warrant: &Warrant,
        (network, why): (&Network, &str),
        visit: &Visit,
    ) -> Result<Result<(), NotDone>, Error> {
        warrant.for_any(Action::ChangeNetworks)?;
        let mut tx = self.begin_for_reason(warrant, why, visit).await?;
        let (range, name) = (network.range().to_string(), network.name().to_owned());
        let done = store::network::delete(tx.write(Event::NetworkRemoved { range, name }), network).await?;
        unless_changed(tx, done).await
    }
}
