//! Service providers, for whoever runs them: what is on record, what their metadata would change, and what went wrong.

use portner_audit_log::Tx;
use portner_directory::{Refusal as DirectoryRefusal, propose};
use portner_domain::ServiceProviderId;
use portner_domain::role::{Action, Proposal};
use portner_saml::metadata::change::Change;

use super::{NotDone, Warrant};
use crate::failures::{Kept, failures};
use crate::refresh::{Progress, progress};
use crate::registry::{self, SpState};
use crate::source::{self, Held, Source, Verdict};
use crate::{Error, Federation, Registered, Visit};

/// One of them in a list.
#[derive(Clone, Debug)]
pub struct Provider {
    /// What is on record.
    pub registered: Registered,
    /// Does newer metadata wait for approval?
    pub waits: bool,
    /// Why it gets no answers now, if it gets none: a stable code.
    pub out_of_service: Option<&'static str>,
}

/// One of them.
#[derive(Clone, Debug)]
pub struct Providing {
    /// As it is in the list.
    pub provider: Provider,
    /// Where its metadata comes from.
    pub source: Source,
    /// How fetching goes.
    pub progress: Progress,
    /// What waits for approval, with what differs in it: nothing, if it can't be used any more.
    pub held: Option<(Held, Vec<Change>)>,
    /// Its last messages that came to nothing, newest first.
    pub failures: Vec<Kept>,
}

impl Federation {
    /// All of them, by entityID.
    pub async fn service_providers(&self, warrant: &Warrant) -> Result<Vec<Provider>, Error> {
        warrant.for_any(Action::SeeServiceProviders)?;
        let mut found = Vec::new();
        for registered in registry::all(self.log.database()).await? {
            found.push(self.provider(registered).await?);
        }
        Ok(found)
    }

    async fn provider(&self, registered: Registered) -> Result<Provider, Error> {
        let held = source::held(self.log.database(), registered.id).await?;
        let waits = held.is_some_and(|held| held.verdict == Verdict::Waiting);
        let out_of_service = registered.out_of_service(self.log.now());
        Ok(Provider { registered, waits, out_of_service })
    }

    /// One of them.
    pub async fn see_service_provider(
        &self,
        warrant: &Warrant,
        id: ServiceProviderId,
    ) -> Result<Option<Providing>, Error> {
        warrant.for_either(Action::SeeServiceProviders, Action::ChangeServiceProviders)?;
        let (database, now) = (self.log.database(), self.log.now());
        let Some(registered) = registry::by_id(self.log.database(), id).await? else { return Ok(None) };
        let provider = self.provider(registered).await?;
        let source = Source::of(database, id).await?;
        let held = match source::held(database, id).await?.filter(|held| held.verdict == Verdict::Waiting) {
            None => None,
            Some(held) => {
                let differs = source::difference(database, &source, held.metadata.as_bytes(), now).await?;
                Some((held, differs.unwrap_or_default()))
            }
        };
        let progress = progress(&*self.volatile, id, now).await?;
        let failures = failures(&*self.volatile, id, now).await?;
        Ok(Some(Providing { provider, source, progress, held, failures }))
    }

    /// Answer it, or answer it no more.
    pub async fn switch(
        &self,
        warrant: &Warrant,
        (id, state): (ServiceProviderId, SpState),
        visit: &Visit,
    ) -> Result<Result<(), NotDone>, Error> {
        warrant.for_any(Action::ChangeServiceProviders)?;
        let Some(sp) = registry::by_id(self.log.database(), id).await? else {
            return Ok(Err(NotDone::NothingWaits));
        };
        let (database, entity_id) = (self.log.database(), &sp.metadata.entity_id);
        let mut tx = self.act(warrant.officer(), visit).await?;
        let done = match state {
            SpState::Enabled => registry::enable(database, &mut tx, entity_id).await?,
            SpState::Disabled => registry::disable(database, &mut tx, entity_id).await?,
        };
        super::settled(tx, done.map_err(|_| DirectoryRefusal::NothingToChange)).await
    }

    /// Propose to use the metadata that waits: these bytes and no others.
    pub async fn propose_metadata(
        &self,
        warrant: &Warrant,
        (id, sha256, why): (ServiceProviderId, &str, &str),
        visit: &Visit,
    ) -> Result<Result<(), NotDone>, Error> {
        warrant.for_any(Action::ChangeServiceProviders)?;
        let held = source::held(self.log.database(), id).await?;
        let is_that = |held: &Held| held.verdict == Verdict::Waiting && held.sha256() == sha256;
        if !held.as_ref().is_some_and(is_that) {
            return Ok(Err(NotDone::NothingWaits));
        }
        let mut tx = self.act(warrant.officer(), visit).await?;
        let proposal = Proposal::UseMetadata { service_provider: id, sha256: sha256.to_owned() };
        propose(&mut tx, &*self.entropy, &proposal, why).await?;
        tx.commit().await?;
        Ok(Ok(()))
    }

    /// Do not use the metadata that waits. One person is enough: everything stays as it is.
    pub async fn reject_metadata(
        &self,
        warrant: &Warrant,
        id: ServiceProviderId,
        visit: &Visit,
    ) -> Result<Result<(), NotDone>, Error> {
        warrant.for_any(Action::ChangeServiceProviders)?;
        let Some(sp) = registry::by_id(self.log.database(), id).await? else {
            return Ok(Err(NotDone::NothingWaits));
        };
        let mut tx = self.act(warrant.officer(), visit).await?;
        let done = source::reject(self.log.database(), &mut tx, &sp.metadata.entity_id).await?;
        super::settled(tx, done.map_err(|_| DirectoryRefusal::NotWaiting)).await
    }

    /// A second person agreed to use it.
    pub(super) async fn use_metadata(
        &self,
        tx: &mut Tx,
        id: ServiceProviderId,
        sha256: &str,
    ) -> Result<Result<(), DirectoryRefusal>, Error> {
        let Some(sp) = registry::by_id(self.log.database(), id).await? else {
            return Ok(Err(DirectoryRefusal::NotWaiting));
        };
        let approved = source::approve(self.log.database(), tx, &sp.metadata.entity_id, sha256).await?;
        Ok(approved.map(|_| ()).map_err(|_| DirectoryRefusal::NotWaiting))
    }
}
