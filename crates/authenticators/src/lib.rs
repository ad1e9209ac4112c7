//! Passwords, one-time codes and FIDO keys: bind, verify, throttle, and the level each carries.
//!
//! Whether a login succeeds is not decided here. [`Authenticators`] answers one question at a time, "was
//! that right?", with a [`Proof`] or a [`Refusal`], and writes down which.

mod hashing;
mod own;
mod password;
mod store;
mod throttle;
mod totp;
pub mod webauthn;

pub use hashing::{Cost, HashPool, HashPoolError, Slot};
pub use own::{AuthenticatorName, BadName, NAME_CHARS_MAX, Owned, TOTP_PENDING_LIFE};
pub use password::{PASSWORD_BYTES_MAX, PASSWORD_CHARS_MIN, Password, PasswordProblem};
pub use totp::{BadSecret, TotpSecret};
pub use webauthn::{Fido, KeyFault, KeyResponse};

use std::net::IpAddr;
use std::sync::Arc;

use portner_audit_log::envelope::Envelope;
use portner_audit_log::volatile::Volatile;
use portner_audit_log::{AuditLog, Event, Tx};
use portner_domain::authenticator::{Authenticator, Ceremony, Kind, Proof, registered_level};
use portner_domain::identity::{Identity, State, UserName};
use portner_domain::{AuthenticatorId, Entropy, FlowId, IdentityId, Moment};

use sqlx::any::AnyRow;

use crate::throttle::Verdict;

/// Something failed that is nobody's mistake.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The database or the log.
    #[error(transparent)]
    Log(#[from] portner_audit_log::Error),
    /// The database.
    #[error("the authenticators' table can't be read or written")]
    Storage(#[from] sqlx::Error),
    /// The workers that hash passwords are gone.
    #[error(transparent)]
    Hashing(#[from] HashPoolError),
    /// A row says something that none of our versions writes.
    #[error("a row of the authenticators can't be understood: {0}")]
    Corrupt(String),
}

/// Why something was not accepted. Each is a value that a page can show.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Refusal {
    /// It was wrong, or nobody has that name, or they may not log in: all the same to the outside.
    Wrong,
    /// This code was accepted once already.
    AlreadyUsed,
    /// It was not even looked at.
    TooMany,
    /// So many are waiting to be checked that this one was not taken.
    Busy,
    /// The answer of a FIDO key was not in order.
    Key(KeyFault),
}

impl Refusal {
    /// A stable word for the log.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Wrong => "wrong",
            Self::AlreadyUsed => "already-used",
            Self::TooMany => "too-many",
            Self::Busy => "busy",
            Self::Key(fault) => fault.code(),
        }
    }
}

/// Who is trying, from where, in which login.
#[derive(Clone, Debug)]
pub struct Attempt {
    /// The login in progress.
    pub flow: FlowId,
    /// Where the browser is.
    pub address: IpAddr,
}

/// A password ready to be bound.
pub struct HashedPassword(String);

/// Everything that verifies and binds authenticators.
#[derive(Clone)]
pub struct Authenticators {
    log: AuditLog,
    volatile: Arc<dyn Volatile>,
    envelope: Arc<Envelope>,
    hashing: HashPool,
    entropy: Arc<dyn Entropy>,
}

impl Authenticators {
    /// Put together from what it needs.
    pub fn new(
        log: AuditLog,
        volatile: Arc<dyn Volatile>,
        envelope: Arc<Envelope>,
        hashing: HashPool,
        entropy: Arc<dyn Entropy>,
    ) -> Self {
        Self { log, volatile, envelope, hashing, entropy }
    }

    /// Hash a password for the record: slow, so before the transaction and not in it.
    pub async fn hash(&self, password: &Password) -> Result<HashedPassword, Error> {
        Ok(HashedPassword(self.hashing.hash(password, &*self.entropy).await?))
    }

    /// Give an identity a password. An earlier one stops working.
    pub async fn bind_password(
        &self,
        tx: &mut Tx,
        identity: IdentityId,
        password: &HashedPassword,
        ceremony: Ceremony,
    ) -> Result<Authenticator, Error> {
        let bound = self.new_authenticator(tx.now(), Kind::Password, ceremony);
        self.bind(tx, identity, &bound, ceremony, &password.0).await?;
        Ok(bound)
    }

    /// Give an identity a device that shows one-time codes. An earlier one stops working.
    pub async fn bind_totp(
        &self,
        tx: &mut Tx,
        identity: IdentityId,
        secret: &TotpSecret,
        ceremony: Ceremony,
    ) -> Result<Authenticator, Error> {
        let bound = self.new_authenticator(tx.now(), Kind::Totp, ceremony);
        let sealed =
            self.envelope.seal(&*self.entropy, &store::place(&bound.id.to_string()), secret.bytes())?;
        self.bind(tx, identity, &bound, ceremony, &sealed).await?;
        Ok(bound)
    }

    /// Is this the password of whoever has this name? It takes as long to say no to a stranger.
    pub async fn verify_password(
        &self,
        attempt: &Attempt,
        name: &UserName,
        identity: Option<&Identity>,
        password: &Password,
    ) -> Result<Result<Proof, Refusal>, Error> {
        let now = self.log.now();
        let Ok(slot) = self.hashing.slot() else { return Ok(Err(Refusal::Busy)) };
        match throttle::admits(&*self.volatile, attempt.address, name, identity, Kind::Password, now).await? {
            Verdict::Admitted => {}
            verdict => return self.too_many(verdict, attempt, identity, Kind::Password, now).await,
        }
        // A stranger's row is looked for as well, so that it takes as long as a row that is there.
        let owner = identity.map_or(IdentityId(uuid::Uuid::nil()), |identity| identity.id);
        let bound = store::bound(self.log.database(), owner, Kind::Password).await?;
        let verifier = bound.as_ref().map(|row| row.verifier.as_str());
        let right = self.hashing.verify(slot, password, verifier).await?;
        let owner = identity.filter(|identity| right && identity.state == State::Active);
        let (Some(owner), Some(bound)) = (owner, bound) else {
            return self.refused(attempt, identity, Kind::Password, Refusal::Wrong, now).await;
        };
        self.accept(attempt, owner.id, &bound, now).await?;
        throttle::forgive(&*self.volatile, owner.id, Kind::Password).await?;
        let Authenticator { id, kind, .. } = bound.authenticator;
        Ok(Ok(Proof { authenticator: id, kind, at: now }))
    }

    /// Is this a code that the identity's device shows now, and was it not used before?
    pub async fn verify_code(
        &self,
        attempt: &Attempt,
        identity: &Identity,
        code: &str,
    ) -> Result<Result<Proof, Refusal>, Error> {
        let now = self.log.now();
        let name = &identity.user_name;
        let who = Some(identity);
        match throttle::admits(&*self.volatile, attempt.address, name, who, Kind::Totp, now).await? {
            Verdict::Admitted => {}
            verdict => return self.too_many(verdict, attempt, who, Kind::Totp, now).await,
        }
        let Some(bound) = store::bound(self.log.database(), identity.id, Kind::Totp).await? else {
            return self.refused(attempt, who, Kind::Totp, Refusal::Wrong, now).await;
        };
        let secret =
            self.envelope.open(&store::place(&bound.authenticator.id.to_string()), &bound.verifier)?;
        let secret =
            TotpSecret::from_bytes(&secret).map_err(|_| Error::Corrupt("a one-time code secret".into()))?;
        let Some(step) = secret.step_of(code, now).filter(|_| identity.state == State::Active) else {
            return self.refused(attempt, who, Kind::Totp, Refusal::Wrong, now).await;
        };
        if !self.spend(attempt, identity.id, &bound.authenticator, step).await? {
            return self.refused(attempt, who, Kind::Totp, Refusal::AlreadyUsed, now).await;
        }
        throttle::forgive(&*self.volatile, identity.id, Kind::Totp).await?;
        let Authenticator { id, kind, .. } = bound.authenticator;
        Ok(Ok(Proof { authenticator: id, kind, at: now }))
    }

    /// What an identity has reported lost and not replaced.
    pub async fn reported_lost(&self, identity: IdentityId) -> Result<Vec<Kind>, Error> {
        store::reported_lost(self.log.database(), identity).await
    }

    /// What an identity can log in with.
    pub async fn of(&self, identity: IdentityId) -> Result<Vec<Authenticator>, Error> {
        store::of(self.log.database(), identity).await
    }

    /// The step of a code is spent in one conditional update: of fifty who send it at once, one wins.
    async fn spend(
        &self,
        attempt: &Attempt,
        identity: IdentityId,
        bound: &Authenticator,
        step: u64,
    ) -> Result<bool, Error> {
        let mut tx = self.log.begin(actor(identity)).await?;
        let now = tx.now();
        let conn = tx.write(accepted(attempt, identity, bound));
        let won = store::spend_step(&mut *conn, bound.id, step).await?;
        if won {
            store::touch(conn, bound.id, now).await?;
            tx.commit().await?;
        }
        Ok(won)
    }

    /// May this attempt be looked at? Counted in any case.
    async fn admitted(
        &self,
        attempt: &Attempt,
        name: &UserName,
        identity: Option<&Identity>,
        kind: Kind,
        now: Moment,
    ) -> Result<Result<(), Refusal>, Error> {
        match throttle::admits(&*self.volatile, attempt.address, name, identity, kind, now).await? {
            Verdict::Admitted => Ok(Ok(())),
            verdict => Ok(self.too_many(verdict, attempt, identity, kind, now).await?.map(drop)),
        }
    }

    /// The owner was right.
    async fn forgiven(&self, identity: IdentityId, kind: Kind) -> Result<(), Error> {
        throttle::forgive(&*self.volatile, identity, kind).await
    }

    /// An attempt that was not looked at. The first one over a limit is written down; the rest say nothing new,
    /// and whoever sends them is not to fill the log.
    async fn too_many(
        &self,
        verdict: Verdict,
        attempt: &Attempt,
        identity: Option<&Identity>,
        kind: Kind,
        now: Moment,
    ) -> Result<Result<Proof, Refusal>, Error> {
        if verdict == Verdict::LimitReached {
            return self.refused(attempt, identity, kind, Refusal::TooMany, now).await;
        }
        throttle::count_against_address(&*self.volatile, attempt.address, now).await?;
        Ok(Err(Refusal::TooMany))
    }

    async fn refused(
        &self,
        attempt: &Attempt,
        identity: Option<&Identity>,
        kind: Kind,
        why: Refusal,
        now: Moment,
    ) -> Result<Result<Proof, Refusal>, Error> {
        if throttle::count_against_address(&*self.volatile, attempt.address, now).await? {
            tracing::warn!(address = %attempt.address, "an address has used up its attempts");
        }
        let event = Event::AuthenticatorRefused {
            identity: identity.map(|identity| identity.id),
            authenticator_kind: kind,
            flow: attempt.flow,
            why: why.code().to_owned(),
        };
        let address = attempt.address.to_string();
        self.log.append(portner_audit_log::Actor::Anonymous { address }, event).await?;
        Ok(Err(why))
    }

    fn new_authenticator(&self, now: Moment, kind: Kind, ceremony: Ceremony) -> Authenticator {
        let id = AuthenticatorId::new(now, &*self.entropy);
        Authenticator { id, kind, registered: registered_level(kind, ceremony) }
    }

    async fn bind(
        &self,
        tx: &mut Tx,
        identity: IdentityId,
        bound: &Authenticator,
        ceremony: Ceremony,
        verifier: &str,
    ) -> Result<(), Error> {
        let now = tx.now();
        let event = Event::AuthenticatorBound {
            authenticator: bound.id,
            identity,
            authenticator_kind: bound.kind,
            ceremony,
            level: bound.registered,
        };
        store::replace(tx.write(event), identity, bound, verifier, now).await
    }
}

/// The authenticator in a row of the view `standing`, if the identity has any.
pub fn authenticator_in(row: &AnyRow) -> Result<Option<Authenticator>, Error> {
    store::read_authenticator(row)
}

const fn actor(identity: IdentityId) -> portner_audit_log::Actor {
    portner_audit_log::Actor::Identity(identity)
}

const fn accepted(attempt: &Attempt, identity: IdentityId, bound: &Authenticator) -> Event {
    Event::AuthenticatorAccepted {
        authenticator: bound.id,
        identity,
        authenticator_kind: bound.kind,
        flow: attempt.flow,
    }
}
