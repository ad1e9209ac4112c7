//! The support desk helps somebody who can't log in: it makes sure who is asking, and then takes away what others may have,
//! or hands out what is worth no level by itself.
//!
//! Nothing here vouches for anybody: what is bound after it is [`Ceremony::Unvouched`], until the person is proofed anew
//! or uses something stronger that they still have (NSIS 3.2.4).

use portner_audit_log::{Actor, Event, Tx};
use portner_authenticators::Reopening;
use portner_authenticators::device::Serial;
use portner_authenticators::invitation::invite;
use portner_directory::{Card, end_sessions};
use portner_domain::authenticator::{Authenticator, Ceremony, Factor, Kind};
use portner_domain::help::{CALLER_FRESH_MAX, CallerCheck, Help, is_verified};
use portner_domain::role::Action;
use portner_domain::{AuthenticatorId, IdentityId, Moment};

use super::code::{CODE_LIFE, HandOver};
use super::{NotDone, Officer, Warrant};
use crate::{Error, Federation, Visit};

/// Longest note about a caller, in characters.
pub const NOTE_CHARS_MAX: usize = 500;

/// What an officer found out about somebody who asks for help.
#[derive(Clone, Debug)]
pub struct CallerAnswers {
    /// What was done, and came out well.
    pub checks: Vec<CallerCheck>,
    /// Are they who they say?
    pub verified: bool,
    /// What else is worth writing down. No secrets, and nothing that was answered.
    pub note: String,
}

impl Federation {
    /// Write down whether it is them who ask. If it is, this officer may help them for [`CALLER_FRESH_MAX`]; if it is
    /// not, what was found before is void.
    pub async fn check_caller(
        &self,
        warrant: &Warrant,
        answers: &CallerAnswers,
        visit: &Visit,
    ) -> Result<Result<(), NotDone>, Error> {
        let identity = warrant.for_act(Action::Help)?.identity.id;
        let CallerAnswers { checks, verified, note } = answers.clone();
        if verified && !is_verified(&checks) {
            return Ok(Err(NotDone::QuestionsOnly));
        }
        let (key, now) = (caller_key(warrant.officer(), identity), self.log.now());
        self.volatile.remove(&key).await?;
        let mut tx = self.act(warrant.officer(), visit).await?;
        tx.write(Event::CallerChecked { identity, checks, verified, note });
        tx.commit().await?;
        if verified {
            let until = now.plus(CALLER_FRESH_MAX);
            self.volatile.put(&key, &until.0.to_string(), until, now).await?;
        }
        Ok(Ok(()))
    }

    /// Until when this officer knows that it is them who ask; nothing if they do not.
    pub(crate) async fn caller_until(
        &self,
        officer: &Officer,
        identity: IdentityId,
    ) -> Result<Option<Moment>, Error> {
        let now = self.log.now();
        let found = self.volatile.get(&caller_key(officer, identity), now).await?;
        let until = found.and_then(|until| until.parse().ok()).map(Moment);
        Ok(until.filter(|until| now < *until))
    }

    /// Does this officer know that it is them who ask?
    pub async fn knows_caller(&self, warrant: &Warrant) -> Result<bool, Error> {
        let identity = warrant.for_act(Action::Help)?.identity.id;
        Ok(self.caller_until(warrant.officer(), identity).await?.is_some())
    }

    /// The password works no more, nobody knows another, and every session is over. A code is made with which they choose
    /// one; whatever they bind with it has no level.
    pub async fn reset_password(
        &self,
        warrant: &Warrant,
        why: &str,
        visit: &Visit,
    ) -> Result<Result<HandOver, NotDone>, Error> {
        let card = match self.helped(warrant).await? {
            Ok(card) => card,
            Err(not) => return Ok(Err(not)),
        };
        let (identity, officer) = (card.identity.id, warrant.officer());
        let held = self.authenticators.of(identity).await?;
        let is = |kind| held.iter().any(|has| has.kind == kind);
        if is(Kind::NetworkPassword) && !is(Kind::Password) {
            return Ok(Err(NotDone::NetworkPassword));
        }
        let mut tx = self.act(officer, visit).await?;
        tx.write(Event::HelpGiven { identity, help: Help::PasswordReset, why: why.to_owned() });
        for password in held.iter().filter(|has| has.kind == Kind::Password) {
            if !self.authenticators.remove(&mut tx, identity, password).await? {
                return Ok(Err(NotDone::NotBound));
            }
        }
        if let Err(refusal) = end_sessions(&mut tx, identity, why).await? {
            return Ok(Err(NotDone::Directory(refusal)));
        }
        let made = invite(&mut tx, &*self.entropy, identity, None, CODE_LIFE).await?;
        let Ok((invitation, code)) = made else { return Ok(Err(NotDone::ProofingTooOld)) };
        tx.commit().await?;
        // Whoever guessed at the old password is not to keep its owner from the new one.
        if self.authenticators.closed(identity, Kind::Password).await?.is_some() {
            let by = Actor::Identity(officer.mandate.identity);
            self.authenticators.reopen(by, identity, Reopening::Support(why.to_owned())).await?;
        }
        Ok(Ok(self.hand_over_of(card, invitation, &code, Ceremony::Unvouched).await?))
    }

    /// A device is lost: it works no more, and neither does any session, since the device may have one.
    pub async fn lose_device(
        &self,
        warrant: &Warrant,
        (which, why): (AuthenticatorId, &str),
        visit: &Visit,
    ) -> Result<Result<(), NotDone>, Error> {
        let identity = match self.helped(warrant).await? {
            Ok(card) => card.identity.id,
            Err(not) => return Ok(Err(not)),
        };
        let held = self.authenticators.of(identity).await?;
        let Some(device) = held.iter().find(|has| has.id == which && is_device(has)) else {
            return Ok(Err(NotDone::NotBound));
        };
        let mut tx = self.act(warrant.officer(), visit).await?;
        tx.write(Event::HelpGiven { identity, help: Help::DeviceLost, why: why.to_owned() });
        if !self.authenticators.report_lost(&mut tx, identity, device).await? {
            return Ok(Err(NotDone::NotBound));
        }
        let done = end_sessions(&mut tx, identity, why).await?;
        super::settled(tx, done).await
    }

    /// Give them a device that shows codes, by its serial number. It has no level: nobody saw who received it.
    pub async fn give_device(
        &self,
        warrant: &Warrant,
        (serial, why): (&Serial, &str),
        visit: &Visit,
    ) -> Result<Result<(), NotDone>, Error> {
        let identity = match self.helped(warrant).await? {
            Ok(card) => card.identity.id,
            Err(not) => return Ok(Err(not)),
        };
        let mut tx: Tx = self.act(warrant.officer(), visit).await?;
        tx.write(Event::HelpGiven { identity, help: Help::DeviceGiven, why: why.to_owned() });
        let given = self.authenticators.assign_code_device(&mut tx, serial, identity, Ceremony::Unvouched);
        if let Err(refusal) = given.await? {
            return Ok(Err(NotDone::Device(refusal)));
        }
        tx.commit().await?;
        Ok(Ok(()))
    }

    /// Whom this is done to, if it is known that they ask and they may log in at all.
    async fn helped<'w>(&self, warrant: &'w Warrant) -> Result<Result<&'w Card, NotDone>, Error> {
        let card = warrant.for_act(Action::Help)?;
        if self.caller_until(warrant.officer(), card.identity.id).await?.is_none() {
            return Ok(Err(NotDone::CallerUnknown));
        }
        let usable = card.identity.is_usable(self.log.now());
        Ok(if usable { Ok(card) } else { Err(NotDone::NotUsable) })
    }
}

/// Something that is in somebody's hands, and can be lost.
fn is_device(has: &Authenticator) -> bool {
    has.kind.factors().contains(&Factor::Possession)
}

fn caller_key(officer: &Officer, identity: IdentityId) -> String {
    format!("caller/{}/{identity}", officer.mandate.identity)
}
