//! What becomes of passwords over time: chosen, brought from elsewhere, hashed anew, measured by rules that have
//! changed since.

use portner_audit_log::{Actor, Event, Tx};
use portner_domain::authenticator::{Authenticator, Ceremony, Kind};
use portner_domain::identity::Identity;
use portner_domain::{IdentityId, Moment};
use serde::{Deserialize, Serialize};

use super::{Owner, Password, PasswordRules, Weakness};
use crate::hashing::{HashPoolError, Record, UnusableHash};
use crate::store::{self, Bound};
use crate::{Authenticators, Error, HashedPassword, Origin};

/// A password falls short of today's rules, and may still be used for a while.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct PasswordNotice {
    /// Of which.
    pub why: Weakness,
    /// Until when it may be used.
    pub change_by: Moment,
}

/// A password hash from another system.
pub struct ImportedHash(String);

impl ImportedHash {
    /// Understood, and of bounded work.
    pub fn parse(text: &str) -> Result<Self, UnusableHash> {
        Record::parse(text)?;
        Ok(Self(text.to_owned()))
    }
}

impl Authenticators {
    /// With these rules for passwords instead of those that hold where nothing is set.
    #[must_use]
    pub fn with_rules(self, rules: PasswordRules) -> Self {
        Self { rules, ..self }
    }

    /// The rules for passwords.
    pub const fn rules(&self) -> &PasswordRules {
        &self.rules
    }

    /// Make a password that somebody chose ready to be bound, if it meets the rules and none of their last ones was
    /// the same. Slow, so before the transaction and not in it.
    pub async fn choose_password(
        &self,
        identity: &Identity,
        password: &Password,
    ) -> Result<Result<HashedPassword, Weakness>, Error> {
        if let Some(weakness) = self.weakness(&Owner::of(identity), password).await? {
            return Ok(Err(weakness));
        }
        let history = self.rules.history();
        for record in store::last_passwords(self.log.database(), identity.id, history).await? {
            if self.hashing.verify(self.hashing.slot()?, password, Some(&record)).await? {
                return Ok(Err(Weakness::UsedBefore));
            }
        }
        self.hash(password).await.map(Ok)
    }

    /// The same for somebody who is yet to be registered.
    pub async fn choose_first_password(
        &self,
        owner: &Owner,
        password: &Password,
    ) -> Result<Result<HashedPassword, Weakness>, Error> {
        match self.weakness(owner, password).await? {
            Some(weakness) => Ok(Err(weakness)),
            None => self.hash(password).await.map(Ok),
        }
    }

    /// Give an identity the password that it has in another system. Nobody vouches for it here.
    pub async fn bind_imported_password(
        &self,
        tx: &mut Tx,
        identity: IdentityId,
        hash: &ImportedHash,
    ) -> Result<Authenticator, Error> {
        let hashed = HashedPassword { record: hash.0.clone(), origin: Origin::Here };
        self.bind_password(tx, identity, &hashed, Ceremony::Unvouched).await
    }

    /// What somebody is to be told about their password, as it stands on record since their last login with it.
    pub async fn password_notice(&self, identity: IdentityId) -> Result<Option<PasswordNotice>, Error> {
        let bound = store::bound(self.log.database(), identity, Kind::Password).await?;
        Ok(bound.and_then(|bound| bound.notice))
    }

    async fn weakness(&self, owner: &Owner, password: &Password) -> Result<Option<Weakness>, Error> {
        if let Some(weakness) = self.rules.weakness(password, owner) {
            return Ok(Some(weakness));
        }
        Ok(self.rules.is_breached(password).await?.then_some(Weakness::Breached))
    }

    /// A password was right: measure it by today's rules, and note or forget what comes of it. Only whoever knows
    /// the password learns anything from the answer.
    pub(crate) async fn measure(
        &self,
        identity: &Identity,
        bound: &Bound,
        password: &Password,
        now: Moment,
    ) -> Result<Option<PasswordNotice>, Error> {
        let weakness = match self.weakness(&Owner::of(identity), password).await {
            Ok(weakness) => weakness,
            // What is on record stands, with its deadline: nobody is let in who was not before.
            Err(Error::BreachedList(error)) => {
                tracing::error!(error = &error as &dyn std::error::Error, "passwords are not looked up");
                return Ok(bound.notice);
            }
            Err(error) => return Err(error),
        };
        let Some(why) = weakness else {
            if bound.notice.is_some() {
                self.forget_notice(identity.id, bound).await?;
            }
            return Ok(None);
        };
        // A deadline that was told does not move away; it comes nearer if something worse is found.
        let latest = now.plus(self.rules.grace(why));
        let change_by = bound.notice.map_or(latest, |notice| notice.change_by.min(latest));
        let notice = PasswordNotice { why, change_by };
        if bound.notice != Some(notice) {
            self.keep_notice(identity.id, bound, notice).await?;
        }
        Ok(Some(notice))
    }

    async fn keep_notice(
        &self,
        identity: IdentityId,
        bound: &Bound,
        notice: PasswordNotice,
    ) -> Result<(), Error> {
        // It is the rules that have changed, not the password: nobody did this to it.
        let mut tx = self.log.begin(Actor::system("password-rules")).await?;
        let conn = tx.write(Event::PasswordFallsShort {
            authenticator: bound.authenticator.id,
            identity,
            why: notice.why.word().to_owned(),
            change_by: notice.change_by,
        });
        store::keep_notice(conn, bound.authenticator.id, notice).await?;
        Ok(tx.commit().await?)
    }

    async fn forget_notice(&self, identity: IdentityId, bound: &Bound) -> Result<(), Error> {
        let mut tx = self.log.begin(Actor::Identity(identity)).await?;
        let authenticator = bound.authenticator.id;
        let conn = tx.write(Event::PasswordMeetsRules { authenticator, identity });
        if store::forget_notice(conn, authenticator).await? {
            tx.commit().await?;
        }
        Ok(())
    }

    /// A password was right: if its hash is worth less than one made now would be, make one now. Nothing is lost if
    /// the password was changed meanwhile, and the next login tries again if nobody has time for it.
    pub(crate) async fn renew_hash(
        &self,
        identity: IdentityId,
        bound: &Bound,
        password: &Password,
    ) -> Result<(), Error> {
        if !self.hashing.is_outdated(&bound.verifier) {
            return Ok(());
        }
        let new = match self.hashing.hash(password, &*self.entropy).await {
            Ok(new) => new,
            Err(HashPoolError::Busy) => return Ok(()),
            Err(error) => return Err(error.into()),
        };
        let scheme =
            |text: &str| Record::parse(text).map(|record| record.scheme()).map_err(HashPoolError::from);
        let mut tx = self.log.begin(Actor::Identity(identity)).await?;
        let conn = tx.write(Event::PasswordRehashed {
            authenticator: bound.authenticator.id,
            identity,
            from: scheme(&bound.verifier)?,
            to: scheme(&new)?,
        });
        if store::replace_verifier(conn, bound.authenticator.id, &bound.verifier, &new).await? {
            tx.commit().await?;
        }
        Ok(())
    }
}
