//! The life of an identity in the hands of the administration: stopped and let go on, permitted a level, ended, taken back,
//! erased. What one officer alone may not undo is proposed, and done when a second person agrees.

use portner_audit_log::{Event, Tx};
use portner_authenticators::Authenticators;
use portner_directory::{
    Refusal, admit, end, erase, lift, lock, propose, resume, set_validity as set_validity_of,
};
use portner_domain::IdentityId;
use portner_domain::identity::State;
use portner_domain::life::{Admission, Lifter, Locker, Stays, Validity};
use portner_domain::role::{Action, Denied, Proposal};

use super::{NotDone, Warrant, settled};
use crate::{Error, Federation, Visit};

/// Why the administration did not do something.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Obstacle {
    /// It comes from a feed, and is changed where the feed has it from.
    FromFeed,
    /// The same is proposed already.
    ProposedAlready,
    /// They have something to log in with: a forgotten password is another matter.
    HasLogin,
    /// The officer does not administer that part of the organisation.
    NotTheirUnit,
    /// It is about the person, who has an identity that the officer may not administer.
    OtherIdentity,
    /// The number is not that of the person whom the officer confirmed.
    OtherPerson,
    /// Somebody changed it since the officer saw it.
    ChangedMeanwhile,
    /// The officer may not do that to this person.
    Denied(Denied),
    /// Terms of that name are published already.
    TermsKnown,
    /// The terms are empty, or too long, or their name is.
    TermsSize,
    /// The network is known already.
    NetworkKnown,
    /// As many networks are known as there may be.
    TooManyNetworks,
}

/// What became of a lock that was to be lifted.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Lifted {
    /// It is gone.
    AtOnce,
    /// A second person is asked.
    Proposed,
}

/// End an identity: its roles, groups, rights and sessions, and in the same transaction all that it logged in with.
/// Whoever ends one, on a page or in a job, does it here.
pub async fn end_identity(
    authenticators: &Authenticators,
    tx: &mut Tx,
    identity: IdentityId,
    why: &str,
) -> Result<Result<(), Refusal>, Error> {
    if let Err(refusal) = end(tx, identity, why).await? {
        return Ok(Err(refusal));
    }
    authenticators.strip(tx, identity).await?;
    Ok(Ok(()))
}

impl Federation {
    /// Stop somebody. The lock is the administration's: it takes two to lift it.
    pub async fn stop_person(
        &self,
        warrant: &Warrant,
        why: &str,
        visit: &Visit,
    ) -> Result<Result<(), NotDone>, Error> {
        let identity = warrant.for_act(Action::Administer)?.identity.id;
        let mut tx = self.act(warrant.officer(), visit).await?;
        let done = lock(&mut tx, identity, Locker::Administrator, why).await?;
        settled(tx, done).await
    }

    /// Lift the administration's lock, if one person may, and else propose it.
    pub async fn lift_stop(
        &self,
        warrant: &Warrant,
        why: &str,
        visit: &Visit,
    ) -> Result<Result<Lifted, NotDone>, Error> {
        let identity = warrant.for_act(Action::Administer)?.identity.id;
        let mut tx = self.act(warrant.officer(), visit).await?;
        let alone = Lifter::Administrator { approved: false };
        match lift(&mut tx, identity, Locker::Administrator, alone, why).await? {
            Err(Refusal::Stays(Stays::ApprovalNeeded)) => {
                drop(tx);
                let asked = self.propose_for(warrant, Proposal::LiftLock { identity }, why, visit).await?;
                Ok(asked.map(|()| Lifted::Proposed))
            }
            done => Ok(settled(tx, done).await?.map(|()| Lifted::AtOnce)),
        }
    }

    /// A second person agreed that the administration's lock is lifted: in the transaction in which they did.
    pub async fn lift_agreed(
        &self,
        tx: &mut Tx,
        identity: IdentityId,
        why: &str,
    ) -> Result<Result<(), Refusal>, Error> {
        let two = Lifter::Administrator { approved: true };
        Ok(lift(tx, identity, Locker::Administrator, two, why).await?)
    }

    /// Decide whether an identity may have a level.
    pub async fn decide_level(
        &self,
        warrant: &Warrant,
        (admission, why): (Admission, &str),
        visit: &Visit,
    ) -> Result<Result<(), NotDone>, Error> {
        let identity = match living(warrant)? {
            Ok(identity) => identity,
            Err(not) => return Ok(Err(not)),
        };
        let mut tx = self.act(warrant.officer(), visit).await?;
        let done = admit(&mut tx, identity, admission, why).await?;
        settled(tx, done).await
    }

    /// Say from when and until when an identity may be used.
    pub async fn set_validity(
        &self,
        warrant: &Warrant,
        (validity, why): (Validity, &str),
        visit: &Visit,
    ) -> Result<Result<(), NotDone>, Error> {
        let identity = match living(warrant)? {
            Ok(identity) => identity,
            Err(not) => return Ok(Err(not)),
        };
        let card = warrant.for_act(Action::Administer)?;
        if card.source.is_some() {
            return Ok(Err(NotDone::Administration(Obstacle::FromFeed)));
        }
        if card.identity.life.validity == validity {
            return Ok(Err(NotDone::Directory(Refusal::NothingToChange)));
        }
        let mut tx = self.act(warrant.officer(), visit).await?;
        tx.write(Event::ReasonGiven { identity: Some(identity), why: why.to_owned() });
        let done = set_validity_of(&mut tx, identity, validity).await?;
        settled(tx, done).await
    }

    /// End an identity now.
    pub async fn end_person(
        &self,
        warrant: &Warrant,
        why: &str,
        visit: &Visit,
    ) -> Result<Result<(), NotDone>, Error> {
        let identity = warrant.for_act(Action::Administer)?.identity.id;
        let mut tx = self.act(warrant.officer(), visit).await?;
        let done = end_identity(&self.authenticators, &mut tx, identity, why).await?;
        settled(tx, done).await
    }

    /// Take somebody back whose identity ended. They begin with nothing to log in with.
    pub async fn resume_person(
        &self,
        warrant: &Warrant,
        why: &str,
        visit: &Visit,
    ) -> Result<Result<(), NotDone>, Error> {
        let identity = warrant.for_act(Action::Administer)?.identity.id;
        let mut tx = self.act(warrant.officer(), visit).await?;
        let done = resume(&mut tx, identity, why).await?;
        if done.is_ok() {
            self.authenticators.strip(&mut tx, identity).await?;
        }
        settled(tx, done).await
    }

    /// Propose that what is known of an identity that ended is erased.
    pub async fn propose_erasure(
        &self,
        warrant: &Warrant,
        why: &str,
        visit: &Visit,
    ) -> Result<Result<(), NotDone>, Error> {
        let identity = &warrant.for_act(Action::Administer)?.identity;
        if !identity.state.may_become(State::Erased) {
            return Ok(Err(NotDone::Directory(Refusal::NotEnded)));
        }
        self.propose_for(warrant, Proposal::Erase { identity: identity.id }, why, visit).await
    }

    /// A second person agreed that it is erased: in the transaction in which they did.
    pub async fn erase_agreed(
        &self,
        tx: &mut Tx,
        identity: IdentityId,
    ) -> Result<Result<(), Refusal>, Error> {
        if let Err(refusal) = erase(tx, identity).await? {
            return Ok(Err(refusal));
        }
        self.authenticators.erase(tx, identity).await?;
        Ok(Ok(()))
    }

    /// What is proposed about this person and waits for a second one.
    pub async fn proposed_about(&self, warrant: &Warrant) -> Result<Vec<Proposal>, Error> {
        let id = warrant.card().map(|card| card.identity.id);
        let waiting = portner_directory::waiting(self.log.database(), self.log.now()).await?;
        let about = waiting.into_iter().map(|it| it.asked.proposal).filter(|it| it.about() == id);
        Ok(about.collect())
    }

    async fn propose_for(
        &self,
        warrant: &Warrant,
        proposal: Proposal,
        why: &str,
        visit: &Visit,
    ) -> Result<Result<(), NotDone>, Error> {
        if self.proposed_about(warrant).await?.contains(&proposal) {
            return Ok(Err(NotDone::Administration(Obstacle::ProposedAlready)));
        }
        let mut tx = self.act(warrant.officer(), visit).await?;
        propose(&mut tx, &*self.entropy, &proposal, why).await?;
        tx.commit().await?;
        Ok(Ok(()))
    }
}

/// Whose identity it is, if it has not ended: what has ended begins anew first.
pub(super) fn living(warrant: &Warrant) -> Result<Result<IdentityId, NotDone>, Error> {
    let identity = &warrant.for_act(warrant.action())?.identity;
    Ok(match identity.state {
        State::Active | State::Locked => Ok(identity.id),
        State::Ended | State::Erased => Err(NotDone::Directory(Refusal::Over)),
    })
}
