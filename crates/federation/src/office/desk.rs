//! What the support desk and the administration do to somebody: stop, let go on, end sessions, open again what guessing
//! closed.

use portner_audit_log::Actor;
use portner_authenticators::Reopening;
use portner_authenticators::device::DeviceRefusal;
use portner_directory::{Refusal as DirectoryRefusal, end_sessions, lift, lock};
use portner_domain::life::{Lifter, Locker};
use portner_domain::role::{Action, Denied};

use super::{Obstacle, Warrant, settled};
use crate::{Error, Federation, Visit};

/// Why something was not done.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum NotDone {
    /// The directory says so.
    Directory(DirectoryRefusal),
    /// Nobody made sure lately who is asking.
    CallerUnknown,
    /// Answered questions alone do not say who is asking.
    QuestionsOnly,
    /// The person may not log in at all: a lock, or the end, comes first.
    NotUsable,
    /// Their password is kept by the network's directory, and not here.
    NetworkPassword,
    /// They have no such thing, or have it no more.
    NotBound,
    /// The device can't be given to them.
    Device(DeviceRefusal),
    /// Too much of it in too short a time.
    TooMany,
    /// Nothing like that waits, or no longer.
    NothingWaits,
    /// Another officer has to do it.
    SameOfficer,
    /// They were not proofed in person in the last two days.
    ProofingTooOld,
    /// They have another name since they were proofed: that comes first.
    NameOpen,
    /// The officer was recognised less well than what this grants.
    OfficerLevel,
    /// It would be over before it began.
    OverAlready,
    /// It is more, or less, than what they read.
    ChangedMeanwhile,
    /// They may read it, and not decide it.
    Denied(Denied),
    /// The administration can't do it.
    Administration(Obstacle),
}

impl From<DirectoryRefusal> for NotDone {
    fn from(refusal: DirectoryRefusal) -> Self {
        Self::Directory(refusal)
    }
}

impl Federation {
    /// Stop somebody: no login, and no session goes on. The lock is the support desk's.
    pub async fn block(
        &self,
        warrant: &Warrant,
        why: &str,
        visit: &Visit,
    ) -> Result<Result<(), NotDone>, Error> {
        let identity = warrant.for_act(Action::Block)?.identity.id;
        let mut tx = self.act(warrant.officer(), visit).await?;
        let done = lock(&mut tx, identity, Locker::Support, why).await?;
        settled(tx, done).await
    }

    /// Let somebody go on whom the support desk stopped, or who stopped themselves and was proofed anew since.
    pub async fn unblock(
        &self,
        warrant: &Warrant,
        (locker, why): (Locker, &str),
        visit: &Visit,
    ) -> Result<Result<(), NotDone>, Error> {
        let identity = warrant.for_act(Action::LiftSupportLock)?.identity.id;
        let mut tx = self.act(warrant.officer(), visit).await?;
        let done = lift(&mut tx, identity, locker, Lifter::Support, why).await?;
        settled(tx, done).await
    }

    /// End all sessions of somebody; they may log in again.
    pub async fn end_sessions_of(
        &self,
        warrant: &Warrant,
        why: &str,
        visit: &Visit,
    ) -> Result<Result<(), NotDone>, Error> {
        let identity = warrant.for_act(Action::Block)?.identity.id;
        let mut tx = self.act(warrant.officer(), visit).await?;
        let done = end_sessions(&mut tx, identity, why).await?;
        settled(tx, done).await
    }

    /// Look at the attempts of somebody again after others guessed at their password or codes.
    pub async fn reopen(&self, warrant: &Warrant, why: &str) -> Result<Result<(), NotDone>, Error> {
        let identity = warrant.for_act(Action::Help)?.identity.id;
        let by = Actor::Identity(warrant.officer().mandate.identity);
        self.authenticators.reopen(by, identity, Reopening::Support(why.to_owned())).await?;
        Ok(Ok(()))
    }
}
