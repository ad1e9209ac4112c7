//! What somebody does with their own authenticators: see them, name them, add one, be rid of one.
//!
//! Whether they may is not decided here: [`portner_domain::binding`] decides it.

use aws_lc_rs::digest::{SHA256, digest};
use portner_audit_log::envelope::Place;
use portner_audit_log::{Event, Tx};
use portner_domain::authenticator::{Authenticator, Ceremony, Kind};
use portner_domain::session::SessionName;
use portner_domain::{IdentityId, Millis, Moment};

use crate::invitation::open_invitation;
use crate::store::Bound;
use crate::{Attempt, Authenticators, Error, TotpSecret, accepted, actor, store};

/// How long a secret that was shown waits for the first code made with it.
pub const TOTP_PENDING_LIFE: Millis = Millis::minutes(15);

/// Longest name of an authenticator, in characters.
pub const NAME_CHARS_MAX: usize = 60;

/// How exactly it is known when a password was last used; more would cost a flush of its own for every login.
const USED_PRECISION: Millis = Millis::hours(1);

/// An authenticator as its owner sees it.
#[derive(Clone, Debug)]
pub struct Owned {
    /// Which, what, and at which level.
    pub authenticator: Authenticator,
    /// What its owner calls it.
    pub name: Option<String>,
    /// Since when it is theirs.
    pub bound_at: Moment,
    /// When it was last used, give or take an hour; not known from before this was written down.
    pub used_at: Option<Moment>,
}

/// What somebody calls an authenticator of theirs: one line.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct AuthenticatorName(String);

/// Not a name.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("a name has 1 to {NAME_CHARS_MAX} characters")]
pub struct BadName;

impl AuthenticatorName {
    /// As it was typed.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::str::FromStr for AuthenticatorName {
    type Err = BadName;

    fn from_str(typed: &str) -> Result<Self, BadName> {
        let name = typed.trim();
        let length = name.chars().count();
        let fits = (1..=NAME_CHARS_MAX).contains(&length) && !name.chars().any(char::is_control);
        if fits { Ok(Self(name.to_owned())) } else { Err(BadName) }
    }
}

impl Authenticators {
    /// What somebody has, oldest first.
    pub async fn owned(&self, identity: IdentityId) -> Result<Vec<Owned>, Error> {
        store::owned(self.log.database(), identity).await
    }

    /// Give one of them a name. False if it is not theirs: then nothing may be committed.
    pub async fn rename(
        &self,
        tx: &mut Tx,
        identity: IdentityId,
        which: &Authenticator,
        name: &AuthenticatorName,
    ) -> Result<bool, Error> {
        let (authenticator, authenticator_kind) = (which.id, which.kind);
        let event = Event::AuthenticatorRenamed { authenticator, identity, authenticator_kind };
        store::rename(tx.write(event), identity, authenticator, &name.0).await
    }

    /// Take one away. False if it is not theirs, or gone: then nothing may be committed.
    pub async fn remove(
        &self,
        tx: &mut Tx,
        identity: IdentityId,
        which: &Authenticator,
    ) -> Result<bool, Error> {
        let (now, authenticator, authenticator_kind) = (tx.now(), which.id, which.kind);
        let event = Event::AuthenticatorRemoved { authenticator, identity, authenticator_kind };
        store::remove(tx.write(event), identity, authenticator, now).await
    }

    /// Take away all that an identity logs in with, and the invitations with which it could choose something else.
    /// Whoever ends, and whoever comes back, begins with nothing; it belongs in the transaction of that.
    pub async fn strip(&self, tx: &mut Tx, identity: IdentityId) -> Result<(), Error> {
        for which in self.of(identity).await? {
            if !self.remove(tx, identity, &which).await? {
                let raced = "what they log in with was changed at the same moment; do it again";
                return Err(Error::Corrupt(raced.to_owned()));
            }
        }
        let now = tx.now();
        if open_invitation(self.log.database(), identity, now).await?.is_some() {
            let conn = tx.write(Event::InvitationsWithdrawn { identity });
            store::invitation::end_all(conn, identity, now).await?;
        }
        Ok(())
    }

    /// Nothing is left of the secrets that an identity had, nor of what their owner called them: for who is erased.
    pub async fn erase(&self, tx: &mut Tx, identity: IdentityId) -> Result<(), Error> {
        store::erase(tx.write(Event::LoginsErased { identity }), identity).await
    }

    /// One is lost: it works no more, and whoever wants another has to make up for it. False if it is not theirs.
    pub async fn report_lost(
        &self,
        tx: &mut Tx,
        identity: IdentityId,
        which: &Authenticator,
    ) -> Result<bool, Error> {
        let (now, authenticator, authenticator_kind) = (tx.now(), which.id, which.kind);
        let event = Event::AuthenticatorReportedLost { authenticator, identity, authenticator_kind };
        store::lose(tx.write(event), identity, authenticator, now).await
    }

    /// The secret that this session is shown to put into an app: the same until it is used or too old. It is
    /// sealed where it waits, and bound to nobody.
    pub async fn pending_totp(&self, session: SessionName) -> Result<TotpSecret, Error> {
        let (key, now) = (pending_key(session), self.log.now());
        if let Some(secret) = self.waiting_totp(session).await? {
            return Ok(secret);
        }
        let secret = TotpSecret::generate(&*self.entropy);
        let sealed = self.envelope.seal(&*self.entropy, &pending_place(&key), secret.bytes())?;
        let expires = now.plus(TOTP_PENDING_LIFE);
        if self.volatile.put_if_absent(&key, &sealed, expires, now).await? {
            return Ok(secret);
        }
        // Another tab was faster: both show the same.
        let waiting = self.waiting_totp(session).await?;
        waiting.ok_or_else(|| Error::Corrupt("a pending secret".to_owned()))
    }

    /// The secret that this session was shown, if it still waits.
    pub async fn waiting_totp(&self, session: SessionName) -> Result<Option<TotpSecret>, Error> {
        let key = pending_key(session);
        let Some(sealed) = self.volatile.get(&key, self.log.now()).await? else { return Ok(None) };
        let bytes = self.envelope.open(&pending_place(&key), &sealed)?;
        let secret = TotpSecret::from_bytes(&bytes);
        secret.map(Some).map_err(|_| Error::Corrupt("a pending secret".to_owned()))
    }

    /// Nobody is to be shown it again. False if it waits no more: somebody else has used it.
    pub async fn take_pending_totp(&self, session: SessionName) -> Result<bool, Error> {
        Ok(self.volatile.take(&pending_key(session), self.log.now()).await?.is_some())
    }

    /// Give somebody a device whose code of this step they have just shown. That code is used up.
    pub async fn bind_shown_totp(
        &self,
        tx: &mut Tx,
        identity: IdentityId,
        (secret, step): (&TotpSecret, u64),
        ceremony: Ceremony,
    ) -> Result<Authenticator, Error> {
        let now = tx.now();
        let bound = self.new_authenticator(now, Kind::Totp, ceremony);
        let place = bound.id.to_string();
        let sealed = self.envelope.seal(&*self.entropy, &store::place(&place), secret.bytes())?;
        let event = Event::AuthenticatorBound {
            authenticator: bound.id,
            identity,
            authenticator_kind: bound.kind,
            ceremony,
            level: bound.registered,
        };
        let conn = tx.write(event);
        store::replace(&mut *conn, identity, &bound, &sealed, now).await?;
        store::spend_step(conn, bound.id, step).await?;
        Ok(bound)
    }

    /// It was right: written down, and once an hour also at the authenticator itself.
    pub(crate) async fn accept(
        &self,
        attempt: &Attempt,
        identity: IdentityId,
        bound: &Bound,
        now: Moment,
    ) -> Result<(), Error> {
        let event = accepted(attempt, identity, &bound.authenticator);
        let recent = |at: Moment| now.age_of(at).is_some_and(|age| age < USED_PRECISION);
        if bound.used_at.is_some_and(recent) {
            self.log.append(actor(identity), event).await?;
            return Ok(());
        }
        let mut tx = self.log.begin(actor(identity)).await?;
        store::touch(tx.write(event), bound.authenticator.id, now).await?;
        Ok(tx.commit().await?)
    }
}

/// Under a hash of the session's name, which stands in events.
fn pending_key(session: SessionName) -> String {
    let hash = digest(&SHA256, &session.to_bytes());
    format!("pending-totp/{}", hex::encode(hash))
}

const fn pending_place(key: &str) -> Place<'_> {
    Place { table: "volatile", column: "value", row: key }
}

#[cfg(test)]
mod tests {
    use super::{AuthenticatorName, NAME_CHARS_MAX};

    #[test]
    fn a_name_is_one_line_and_not_long() {
        let check =
            |typed: &str, fits| assert_eq!(typed.parse::<AuthenticatorName>().is_ok(), fits, "{typed:?}");
        check(" Min telefon ", true);
        check(&"ø".repeat(NAME_CHARS_MAX), true);
        check(&"ø".repeat(NAME_CHARS_MAX + 1), false);
        for bad in ["", "  ", "a\nb", "a\u{1b}[31m"] {
            check(bad, false);
        }
    }
}
