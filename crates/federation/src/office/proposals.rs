//! What waits for a second person, and what follows when one agrees: in the same transaction, or not at all.

use portner_audit_log::Tx;
use portner_directory::feed::Run;
use portner_directory::{Refusal, Waiting, agree, decline, feed, grant, waiting};
use portner_domain::identity::Identity;
use portner_domain::role::{Action, Denied, Grant, Mandate, Proposal, Role};
use portner_domain::{FeedRunId, Moment, ProposalId};

use super::{NotDone, Warrant};
use crate::{Error, Federation, Visit};

/// Something that waits, as an officer reads it.
#[derive(Clone, Debug)]
pub struct Asking {
    /// What waits.
    pub waiting: Waiting,
    /// Whom it is about.
    pub about: Option<Identity>,
    /// Who asked; Portner did, if nobody.
    pub by: Option<Identity>,
    /// The run of a feed that it would let go on.
    pub run: Option<Run>,
    /// May this officer agree?
    pub may_agree: Result<(), Denied>,
    /// May this officer decline?
    pub may_decline: Result<(), Denied>,
}

/// What a second person says.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Decision {
    /// Let it be so: from so many a held feed would take login or level when they read it.
    Agree {
        /// What the page said.
        losing: u64,
    },
    /// Let it not.
    Decline,
}

impl Federation {
    /// What waits, oldest first: what this officer asked for or may decide, and everything for whoever audits.
    pub async fn proposals(&self, warrant: &Warrant) -> Result<Vec<Asking>, Error> {
        warrant.for_any(Action::SeeProposals)?;
        let (database, now) = (self.log.database(), self.log.now());
        let mandate = &warrant.officer().mandate;
        let mut found = Vec::new();
        for waiting in waiting(database, now).await?.into_iter().filter(|it| is_for(mandate, it, now)) {
            let (mut about, mut by) = (None, None);
            if let Some(id) = waiting.asked.proposal.about() {
                about = portner_directory::by_id(database, id).await?;
            }
            if let Some(id) = waiting.by {
                by = portner_directory::by_id(database, id).await?;
            }
            let run = match &waiting.asked.proposal {
                Proposal::ReleaseFeed { run } => feed::run(database, run_of(run)?).await?,
                _ => None,
            };
            let may_agree = waiting.asked.may_agree(mandate, now);
            let may_decline = waiting.asked.may_decline(mandate, now);
            found.push(Asking { waiting, about, by, run, may_agree, may_decline });
        }
        Ok(found)
    }

    /// Agree or decline. What was agreed on is done now; what can't be done leaves the proposal as it was.
    pub async fn decide(
        &self,
        warrant: &Warrant,
        (id, decision): (ProposalId, Decision),
        visit: &Visit,
    ) -> Result<Result<(), NotDone>, Error> {
        warrant.for_any(Action::SeeProposals)?;
        let (now, mandate) = (self.log.now(), &warrant.officer().mandate);
        let found = portner_directory::proposal(self.log.database(), id, now).await?;
        let Some(waiting) = found.filter(|it| is_for(mandate, it, now)) else {
            return Ok(Err(NotDone::NothingWaits));
        };
        let may = match decision {
            Decision::Agree { .. } => waiting.asked.may_agree(mandate, now),
            Decision::Decline => waiting.asked.may_decline(mandate, now),
        };
        if let Err(denied) = may {
            return Ok(Err(NotDone::Denied(denied)));
        }
        if let (Decision::Agree { losing }, Proposal::ReleaseFeed { run }) =
            (decision, &waiting.asked.proposal)
            && feed::run(self.log.database(), run_of(run)?).await?.is_none_or(|run| run.losing != losing)
        {
            return Ok(Err(NotDone::ChangedMeanwhile));
        }
        let mut tx = self.act(warrant.officer(), visit).await?;
        let decided = match decision {
            Decision::Agree { .. } => agree(&mut tx, &waiting).await?,
            Decision::Decline => self.dismiss(&mut tx, &waiting).await?,
        };
        let done = match decided {
            Ok(()) if matches!(decision, Decision::Agree { .. }) => self.follow(&mut tx, &waiting).await?,
            other => other,
        };
        super::settled(tx, done).await
    }

    /// What was proposed, refused for good.
    async fn dismiss(&self, tx: &mut Tx, waiting: &Waiting) -> Result<Result<(), Refusal>, Error> {
        let Proposal::ReleaseFeed { run } = &waiting.asked.proposal else {
            return Ok(decline(tx, waiting).await?);
        };
        Ok(feed::discard(self.log.database(), tx, run_of(run)?).await?.map(|_| ()))
    }

    /// What was proposed, done.
    async fn follow(&self, tx: &mut Tx, waiting: &Waiting) -> Result<Result<(), Refusal>, Error> {
        match &waiting.asked.proposal {
            Proposal::GrantRole { identity, role, unit, until } => {
                let granted = Grant { role: *role, unit: unit.clone(), until: *until };
                Ok(grant(tx, *identity, &granted).await?)
            }
            Proposal::LiftLock { identity } => self.lift_agreed(tx, *identity, &waiting.why).await,
            Proposal::Erase { identity } => self.erase_agreed(tx, *identity).await,
            // The run finds out when its source is read again.
            Proposal::ReleaseFeed { .. } => Ok(Ok(())),
            Proposal::AddServiceProvider { sha256, .. } | Proposal::ChangePolicy { sha256, .. } => {
                self.use_draft(tx, sha256).await
            }
            Proposal::UseMetadata { service_provider, sha256 } => {
                self.use_metadata(tx, *service_provider, sha256).await
            }
        }
    }
}

fn run_of(text: &str) -> Result<FeedRunId, Error> {
    text.parse().map_err(|_| Error::Corrupt(format!("a proposal to release the run {text}")))
}

/// Is it any of this officer's business?
fn is_for(mandate: &Mandate, waiting: &Waiting, now: Moment) -> bool {
    let audits = mandate.roles(now).any(|grant| grant.role == Role::Auditor);
    let asked = waiting.asked.by == Some(mandate.person);
    audits || asked || waiting.asked.may_decline(mandate, now).is_ok()
}
