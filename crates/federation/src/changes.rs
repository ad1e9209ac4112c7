//! What people change about what they log in with, one change of a person at a time, and only as the rule allows.

use portner_audit_log::{Actor, Tx};
use portner_authenticators::device::claim::{Claim, ClaimRefusal, Claimant};
use portner_authenticators::{Attempt, AuthenticatorName, HashedPassword, NotAdopted, PaperCode, Password};
use portner_domain::authenticator::{Authenticator, Factor};
use portner_domain::binding::Refusal;
use portner_domain::identity::Identity;
use portner_domain::life::Locker;
use portner_domain::{AuthenticatorId, FlowId, Level, Millis};

use crate::{Error, Federation, Me, Visit};

/// The longest that one change may keep the next waiting, if the node that makes it dies.
const CHANGE_LIFE: Millis = Millis::seconds(10);
/// Why the other sessions end when the password changes.
const PASSWORD_CHANGED: &str = "password-changed";
/// Why they end when a device is lost.
const DEVICE_LOST: &str = "device-lost";
/// Why an identity is locked by its owner.
const BY_THE_PERSON: &str = "by the person";

/// Why a change was not made.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Declined {
    /// The rule says so.
    Rule(Refusal),
    /// Nobody is logged in any more.
    LoggedOut,
    /// Another change of theirs is being made.
    AtTheSameTime,
    /// That was no code of now.
    WrongCode,
    /// The secret that was shown is too old, or used.
    SecretGone,
    /// That is no device of theirs.
    Device(ClaimRefusal),
}

impl Federation {
    /// Bind the app that this session was shown a secret for, if the code says that it has it. The level it has now.
    pub async fn add_totp(
        &self,
        code: &str,
        visit: &Visit,
    ) -> Result<Result<Option<Level>, Declined>, Error> {
        self.alone(visit, async |me| {
            let ceremony = match me.may_bind() {
                Ok(ceremony) => ceremony,
                Err(refusal) => return Ok(Err(Declined::Rule(refusal))),
            };
            let session = me.session.name;
            let Some(secret) = self.authenticators.waiting_totp(session).await? else {
                return Ok(Err(Declined::SecretGone));
            };
            let Some(step) = secret.step_of(code, self.log.now()) else {
                return Ok(Err(Declined::WrongCode));
            };
            if !self.authenticators.take_pending_totp(session).await? {
                return Ok(Err(Declined::SecretGone));
            }
            let mut tx = self.change(me, visit).await?;
            let shown = (&secret, step);
            let bound = self.authenticators.bind_shown_totp(&mut tx, identity(me), shown, ceremony).await?;
            tx.commit().await?;
            Ok(Ok(bound.registered))
        })
        .await
    }

    /// Bind the device that shows codes which they hold. The level it has now.
    pub async fn add_code_device(
        &self,
        claim: &Claim<'_>,
        visit: &Visit,
    ) -> Result<Result<Option<Level>, Declined>, Error> {
        self.alone(visit, async |me| {
            let ceremony = match me.may_bind() {
                Ok(ceremony) => ceremony,
                Err(refusal) => return Ok(Err(Declined::Rule(refusal))),
            };
            let by = Actor::Identity(identity(me));
            let claimant = Claimant { identity: &me.standing.identity, by, address: visit.address };
            let held = match self.authenticators.verify_claim(&claimant, claim).await? {
                Ok(held) => held,
                Err(refusal) => return Ok(Err(Declined::Device(refusal))),
            };
            let mut tx = self.change(me, visit).await?;
            let bound = self.authenticators.bind_held_device(&mut tx, identity(me), &held, ceremony).await?;
            let bound = match bound {
                Ok(bound) => bound,
                Err(refusal) => return Ok(Err(Declined::Device(refusal))),
            };
            tx.commit().await?;
            Ok(Ok(bound.registered))
        })
        .await
    }

    /// Give them another password. All their other sessions end: whoever knew the old one is out.
    pub async fn change_password(
        &self,
        password: &HashedPassword,
        visit: &Visit,
    ) -> Result<Result<Option<Level>, Declined>, Error> {
        self.alone(visit, async |me| {
            let ceremony = match me.may_bind() {
                Ok(ceremony) => ceremony,
                Err(refusal) => return Ok(Err(Declined::Rule(refusal))),
            };
            let mut tx = self.change(me, visit).await?;
            let bound = self.authenticators.bind_password(&mut tx, identity(me), password, ceremony).await?;
            tx.commit().await?;
            self.end_other_sessions(me, PASSWORD_CHANGED, visit).await?;
            self.authenticators.forgive_former_password(identity(me)).await?;
            Ok(Ok(bound.registered))
        })
        .await
    }

    /// Is there a network password that may become somebody's password here?
    pub const fn knows_network_passwords(&self) -> bool {
        self.authenticators.asks_a_directory()
    }

    /// Ask the directory about a network password that is to become the password here: of somebody who is logged in,
    /// or invited. It is bound like any other. Before the change, since a directory may take its time.
    pub async fn network_password(
        &self,
        identity: &Identity,
        typed: &Password,
        visit: &Visit,
    ) -> Result<Result<HashedPassword, NotAdopted>, Error> {
        // It is no login that this belongs to, so it stands for itself.
        let flow = FlowId::new(self.log.now(), &*self.entropy);
        let attempt = Attempt { flow, address: visit.address };
        Ok(self.authenticators.network_password(&attempt, identity, typed).await?)
    }

    /// Give them a new set of recovery codes, to be shown this once. An earlier set stops working.
    pub async fn new_recovery_codes(&self, visit: &Visit) -> Result<Result<Vec<PaperCode>, Declined>, Error> {
        self.alone(visit, async |me| {
            let ceremony = match me.may_bind() {
                Ok(ceremony) => ceremony,
                Err(refusal) => return Ok(Err(Declined::Rule(refusal))),
            };
            let mut tx = self.change(me, visit).await?;
            let (_, codes) = self.authenticators.bind_recovery_codes(&mut tx, identity(me), ceremony).await?;
            tx.commit().await?;
            Ok(Ok(codes))
        })
        .await
    }

    /// How many recovery codes they have left; `None` without a set.
    pub async fn recovery_codes_left(&self, me: &Me) -> Result<Option<u64>, Error> {
        Ok(self.authenticators.recovery_codes_left(identity(me)).await?)
    }

    /// Take something away from what they log in with.
    pub async fn remove_authenticator(
        &self,
        which: AuthenticatorId,
        visit: &Visit,
    ) -> Result<Result<(), Declined>, Error> {
        self.alone(visit, async |me| {
            let of = match (me.may_remove(which), me.authenticator(which)) {
                (Err(refusal), _) => return Ok(Err(Declined::Rule(refusal))),
                (Ok(()), None) => return Ok(Err(Declined::Rule(Refusal::NotBound))),
                (Ok(()), Some(of)) => of,
            };
            let mut tx = self.change(me, visit).await?;
            let done = self.authenticators.remove(&mut tx, identity(me), of).await?;
            finished(tx, done).await
        })
        .await
    }

    /// A device is lost: it works no more, and every other session ends, since the device may have one. Whoever is
    /// logged in may say so, however long ago and with whatever they proved it.
    pub async fn report_lost(
        &self,
        which: AuthenticatorId,
        visit: &Visit,
    ) -> Result<Result<(), Declined>, Error> {
        self.alone(visit, async |me| {
            let is_device = |of: &&Authenticator| of.kind.factors().contains(&Factor::Possession);
            let Some(of) = me.authenticator(which).filter(is_device) else {
                return Ok(Err(Declined::Rule(Refusal::NotBound)));
            };
            let mut tx = self.change(me, visit).await?;
            let done = self.authenticators.report_lost(&mut tx, identity(me), of).await?;
            let done = finished(tx, done).await?;
            self.end_other_sessions(me, DEVICE_LOST, visit).await?;
            Ok(done)
        })
        .await
    }

    /// Call something another name. It changes nothing about who gets in, so any session may.
    pub async fn rename_authenticator(
        &self,
        which: AuthenticatorId,
        name: &AuthenticatorName,
        visit: &Visit,
    ) -> Result<Result<(), Declined>, Error> {
        self.alone(visit, async |me| {
            let Some(of) = me.authenticator(which) else {
                return Ok(Err(Declined::Rule(Refusal::NotBound)));
            };
            let mut tx = self.change(me, visit).await?;
            let done = self.authenticators.rename(&mut tx, identity(me), of, name).await?;
            finished(tx, done).await
        })
        .await
    }

    /// Lock their own identity, at once and everywhere. Whoever is logged in may (NSIS 3.2.3); others unlock it.
    pub async fn block_myself(&self, me: &Me, visit: &Visit) -> Result<(), Error> {
        let mut tx = self.change(me, visit).await?;
        // Somebody else may have locked it just now: that does as well.
        if portner_directory::lock(&mut tx, identity(me), Locker::Owner, BY_THE_PERSON).await?.is_ok() {
            tx.commit().await?;
        }
        Ok(())
    }

    pub(crate) async fn change(&self, me: &Me, visit: &Visit) -> Result<Tx, Error> {
        Ok(self.log_of(visit).begin(Actor::Identity(identity(me))).await?)
    }

    /// One change of a person at a time: what a rule looked at must still be so when it is acted upon.
    pub(crate) async fn alone<T>(
        &self,
        visit: &Visit,
        act: impl AsyncFnOnce(&Me) -> Result<Result<T, Declined>, Error>,
    ) -> Result<Result<T, Declined>, Error> {
        let Some(me) = self.me(visit).await? else { return Ok(Err(Declined::LoggedOut)) };
        let (key, now) = (format!("changing/{}", identity(&me)), self.log.now());
        if !self.volatile.put_if_absent(&key, "", now.plus(CHANGE_LIFE), now).await? {
            return Ok(Err(Declined::AtTheSameTime));
        }
        let done = match self.me(visit).await {
            Ok(Some(me)) => act(&me).await,
            Ok(None) => Ok(Err(Declined::LoggedOut)),
            Err(error) => Err(error),
        };
        self.volatile.remove(&key).await?;
        done
    }
}

async fn finished(tx: Tx, done: bool) -> Result<Result<(), Declined>, Error> {
    if !done {
        return Ok(Err(Declined::Rule(Refusal::NotBound)));
    }
    tx.commit().await?;
    Ok(Ok(()))
}

const fn identity(me: &Me) -> portner_domain::IdentityId {
    me.standing.identity.id
}
