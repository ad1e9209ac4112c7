//! Passwords, one-time codes and FIDO keys: bind, verify, throttle, and the level each carries.
//!
//! Whether a login succeeds is not decided here. [`Authenticators`] answers one question at a time, "was
//! that right?", with a [`Proof`] or a [`Refusal`], and writes down which.

mod code;
pub mod device;
mod elsewhere;
mod hashing;
pub mod invitation;
pub mod network;
mod own;
mod password;
mod recovery;
mod store;
mod throttle;
mod totp;
mod unfinished;
pub mod webauthn;

pub use elsewhere::NotAdopted;
pub use hashing::{
    Cost, HashPool, HashPoolError, MEMORY_KIB_MAX as HASH_MEMORY_KIB_MAX, PASSES_MAX as HASH_PASSES_MAX,
    Slot, UnusableHash,
};
pub use own::{AuthenticatorName, BadName, NAME_CHARS_MAX, Owned, TOTP_PENDING_LIFE};
pub use password::upkeep::{ImportedHash, PasswordNotice};
pub use password::{
    BadList, BadRules, BreachedList, HISTORY_MAX, Owner, PASSWORD_BYTES_MAX, PASSWORD_CHARS_BOUND,
    PASSWORD_CHARS_MIN, Password, PasswordProblem, PasswordRules, RuleSettings, Weakness,
};
pub use recovery::{PaperCode, RECOVERY_CODES};
pub use totp::{BadSecret, CodeAlgorithm, CodeShape, TotpSecret};
pub use webauthn::{Fido, KeyFault, KeyResponse};

use std::net::IpAddr;
use std::sync::Arc;

use portner_audit_log::envelope::Envelope;
use portner_audit_log::volatile::Volatile;
use portner_audit_log::{AuditLog, Event, Tx};
use portner_domain::authenticator::{Authenticator, Ceremony, Kind, Proof, registered_level};
use portner_domain::identity::{Identity, UserName};
use portner_domain::throttle::Wait;
use portner_domain::{AuthenticatorId, Entropy, FlowId, IdentityId, Level, Moment};
use serde::{Deserialize, Serialize};
use sqlx::AnyConnection;
use sqlx::any::AnyRow;

use crate::code::Fitting;
use crate::elsewhere::Unfit;
use crate::network::NetworkPasswords;
use crate::throttle::{Closed, Told};

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
    /// The list of breached passwords can't be read any more.
    #[error("the list of breached passwords can't be used: {0}")]
    BreachedList(#[from] BadList),
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
    TooMany(Wait),
    /// So many are waiting to be checked that this one was not taken.
    Busy,
    /// It was right, has fallen short of the rules for too long, and has to be changed first.
    MustChange(Weakness),
    /// The directory that would know does not answer.
    Unavailable,
    /// The network password was right and has expired, or has to be changed first.
    NetworkPasswordExpired,
    /// The network password was right and the account there can't be used.
    NetworkAccountUnusable,
    /// The answer of a FIDO key was not in order.
    Key(KeyFault),
}

impl Refusal {
    /// A stable word for the log.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Wrong => "wrong",
            Self::AlreadyUsed => "already-used",
            Self::TooMany(_) => "too-many",
            Self::Busy => "busy",
            Self::MustChange(_) => "must-change",
            Self::Unavailable => "directory-unavailable",
            Self::NetworkPasswordExpired => "network-password-expired",
            Self::NetworkAccountUnusable => "network-account-unusable",
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

/// A password was right.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Accepted {
    /// What that proves.
    pub proof: Proof,
    /// What its owner is to be told about it.
    pub notice: Option<PasswordNotice>,
}

/// Why an account that was guessed at is opened again before its time.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Reopening {
    /// Support was convinced, for this reason.
    Support(String),
    /// Its owner reached this level without the factors that are closed.
    Session(Level),
}

/// A password ready to be bound.
#[derive(Deserialize, Serialize)]
pub struct HashedPassword {
    record: String,
    origin: Origin,
}

/// Where a password comes from.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(crate) enum Origin {
    /// It is one of ours.
    Here,
    /// It is the network password as well, as the directory had it when it was checked.
    Network,
}

/// Everything that verifies and binds authenticators.
#[derive(Clone)]
pub struct Authenticators {
    log: AuditLog,
    volatile: Arc<dyn Volatile>,
    envelope: Arc<Envelope>,
    hashing: HashPool,
    entropy: Arc<dyn Entropy>,
    rules: PasswordRules,
    network: Option<NetworkPasswords>,
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
        let rules = PasswordRules::default();
        Self { log, volatile, envelope, hashing, entropy, rules, network: None }
    }

    /// Hash a password that was made here and needs no checking; one that somebody chose goes through
    /// [`Self::choose_password`]. Slow, so before the transaction and not in it.
    pub async fn hash(&self, password: &Password) -> Result<HashedPassword, Error> {
        let record = self.hashing.hash(password, &*self.entropy).await?;
        Ok(HashedPassword { record, origin: Origin::Here })
    }

    /// Give an identity a password. An earlier one stops working, and is remembered as long as the rules say.
    pub async fn bind_password(
        &self,
        tx: &mut Tx,
        identity: IdentityId,
        password: &HashedPassword,
        ceremony: Ceremony,
    ) -> Result<Authenticator, Error> {
        let bound = self.new_authenticator(tx.now(), Kind::Password, ceremony);
        let conn = self.bind(tx, identity, &bound, ceremony, &password.record).await?;
        store::forget_old_passwords(conn, identity, self.rules.history()).await?;
        if password.origin == Origin::Network {
            // Nothing else to write: the connection is not needed.
            let _ = tx.write(Event::NetworkPasswordAdopted { identity, authenticator: bound.id });
        }
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
    ) -> Result<Result<Accepted, Refusal>, Error> {
        let now = self.log.now();
        let Ok(slot) = self.hashing.slot() else { return Ok(Err(Refusal::Busy)) };
        if let Err(closed) = self.admits(attempt, name, identity, Kind::Password, now).await? {
            return self.too_many(closed, attempt, identity, Kind::Password, now).await.map(Err);
        }
        // A stranger's row is looked for as well, so that it takes as long as a row that is there.
        let owner = identity.map_or(IdentityId(uuid::Uuid::nil()), |identity| identity.id);
        let bound = store::bound(self.log.database(), owner, Kind::Password).await?;
        let verifier = bound.as_ref().map(|row| row.verifier.as_str());
        let right = self.hashing.verify(slot, password, verifier).await?;
        let owner = identity.filter(|identity| right && identity.is_usable(now));
        let has_local = bound.is_some();
        let (Some(owner), Some(bound)) = (owner, bound) else {
            return self.not_kept_here(attempt, Unfit { name, identity, has_local, password }, now).await;
        };
        let notice = self.measure(owner, &bound, password, now).await?;
        self.was_right_here(owner, now).await?;
        if let Some(late) = notice.filter(|notice| notice.change_by <= now) {
            let why = Refusal::MustChange(late.why);
            return self.refused(attempt, identity, Kind::Password, why, now).await.map(Err);
        }
        self.accept(attempt, owner.id, &bound, now).await?;
        self.renew_hash(owner.id, &bound, password).await?;
        let Authenticator { id, kind, .. } = bound.authenticator;
        Ok(Ok(Accepted { proof: Proof { authenticator: id, kind, at: now }, notice }))
    }

    /// Is this a code that the identity's app or device shows now, or one of its recovery codes, and was it not used
    /// before?
    pub async fn verify_code(
        &self,
        attempt: &Attempt,
        identity: &Identity,
        code: &str,
    ) -> Result<Result<Proof, Refusal>, Error> {
        self.verify_code_among(attempt, identity, &Kind::ALL, code).await
    }

    /// The same where only these kinds are of use: no other is used up.
    pub async fn verify_code_among(
        &self,
        attempt: &Attempt,
        identity: &Identity,
        kinds: &[Kind],
        code: &str,
    ) -> Result<Result<Proof, Refusal>, Error> {
        let now = self.log.now();
        let name = &identity.user_name;
        let who = Some(identity);
        let admitted = throttle::admits(&*self.volatile, attempt.address, name, who, Kind::Totp, now).await?;
        if let Err(closed) = admitted {
            return self.too_many(closed, attempt, who, Kind::Totp, now).await.map(Err);
        }
        let fitting = self.fitting(identity.id, kinds, code, now).await?;
        let Some(fitting) = fitting.filter(|_| identity.is_usable(now)) else {
            return self.refused(attempt, who, Kind::Totp, Refusal::Wrong, now).await.map(Err);
        };
        if !self.spend(attempt, identity.id, &fitting).await? {
            let kind = fitting.authenticator.kind;
            return self.refused(attempt, who, kind, Refusal::AlreadyUsed, now).await.map(Err);
        }
        throttle::forgive(&*self.volatile, identity.id, Kind::Totp, now).await?;
        let Authenticator { id, kind, .. } = fitting.authenticator;
        Ok(Ok(Proof { authenticator: id, kind, at: now }))
    }

    /// Does the next attempt with this factor have to wait? What ends a login in which somebody guesses.
    pub async fn closed(&self, identity: IdentityId, kind: Kind) -> Result<Option<Wait>, Error> {
        throttle::closed(&*self.volatile, identity, kind, self.log.now()).await
    }

    /// Look at the attempts on an account again, before the time that guessing has cost. False if the session that
    /// asks for it is worth too little.
    pub async fn reopen(
        &self,
        by: portner_audit_log::Actor,
        identity: IdentityId,
        why: Reopening,
    ) -> Result<bool, Error> {
        let why = match why {
            Reopening::Support(why) => why,
            Reopening::Session(level) if level >= Level::Substantial => format!("session:{}", level.word()),
            Reopening::Session(_) => return Ok(false),
        };
        self.tell(by, Event::FactorsReopened { identity, why }).await?;
        throttle::forget(&*self.volatile, identity).await?;
        Ok(true)
    }

    /// Another password is in the place of the one before: nobody has guessed at it yet, so what was counted against
    /// passwords of this identity is forgotten, and nothing else is. Whoever may change a password has proved more
    /// than guessing takes.
    pub async fn forgive_former_password(&self, identity: IdentityId) -> Result<(), Error> {
        if self.closed(identity, Kind::Password).await? == Some(Wait::ForHelp) {
            let why = "new-password".to_owned();
            self.tell(actor(identity), Event::FactorsReopened { identity, why }).await?;
        }
        self.forgiven(identity, Kind::Password).await
    }

    /// Write down what its person is to be told of: that takes a transaction, and its outbox.
    async fn tell(&self, by: portner_audit_log::Actor, event: Event) -> Result<(), Error> {
        let mut tx = self.log.begin(by).await?;
        // Nothing else to write: the connection is not needed.
        let _ = tx.write(event);
        Ok(tx.commit().await?)
    }

    /// What an identity has reported lost and not replaced.
    pub async fn reported_lost(&self, identity: IdentityId) -> Result<Vec<Kind>, Error> {
        store::reported_lost(self.log.database(), identity).await
    }

    /// What an identity can log in with.
    pub async fn of(&self, identity: IdentityId) -> Result<Vec<Authenticator>, Error> {
        store::of(self.log.database(), identity).await
    }

    /// A code is used up in one conditional update: of fifty who send it at once, one wins.
    async fn spend(&self, attempt: &Attempt, identity: IdentityId, fitting: &Fitting) -> Result<bool, Error> {
        let mut tx = self.log.from_address(attempt.address).begin(actor(identity)).await?;
        let event = accepted(attempt, identity, &fitting.authenticator);
        let won = self.spend_in(&mut tx, identity, fitting, event).await?;
        if won {
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
            Ok(()) => Ok(Ok(())),
            Err(closed) => self.too_many(closed, attempt, identity, kind, now).await.map(Err),
        }
    }

    /// The owner was right.
    async fn forgiven(&self, identity: IdentityId, kind: Kind) -> Result<(), Error> {
        throttle::forgive(&*self.volatile, identity, kind, self.log.now()).await
    }

    /// An attempt that was not looked at. The first one over a limit is written down; the rest say nothing new,
    /// and whoever sends them is not to fill the log.
    async fn too_many(
        &self,
        closed: Closed,
        attempt: &Attempt,
        identity: Option<&Identity>,
        kind: Kind,
        now: Moment,
    ) -> Result<Refusal, Error> {
        let why = Refusal::TooMany(closed.wait);
        if closed.told == Told::NotYet {
            if let (Wait::ForHelp, Some(identity)) = (closed.wait, identity) {
                self.closed_for_help(attempt, identity.id, kind).await?;
            }
            return self.refused(attempt, identity, kind, why, now).await;
        }
        throttle::count_against_address(&*self.volatile, attempt.address, now).await?;
        Ok(why)
    }

    /// A factor is closed until it gets help. Its owner is told, and from where it was tried last.
    async fn closed_for_help(
        &self,
        attempt: &Attempt,
        identity: IdentityId,
        kind: Kind,
    ) -> Result<(), Error> {
        let mut tx = self
            .log
            .from_address(attempt.address)
            .begin(portner_audit_log::Actor::system("throttle"))
            .await?;
        // Nothing else to write: the connection is not needed.
        let _ = tx.write(Event::FactorClosed { identity, authenticator_kind: kind });
        Ok(tx.commit().await?)
    }

    async fn refused(
        &self,
        attempt: &Attempt,
        identity: Option<&Identity>,
        kind: Kind,
        why: Refusal,
        now: Moment,
    ) -> Result<Refusal, Error> {
        self.refused_because(attempt, identity, kind, why.code(), now).await?;
        Ok(why)
    }

    /// It counts, and is written down with the reason, which may say more than the answer.
    async fn refused_because(
        &self,
        attempt: &Attempt,
        identity: Option<&Identity>,
        kind: Kind,
        why: &str,
        now: Moment,
    ) -> Result<(), Error> {
        if throttle::count_against_address(&*self.volatile, attempt.address, now).await? {
            tracing::warn!(address = %attempt.address, "an address has used up its attempts");
        }
        self.write_down(attempt, identity, kind, why).await
    }

    async fn write_down(
        &self,
        attempt: &Attempt,
        identity: Option<&Identity>,
        kind: Kind,
        why: &str,
    ) -> Result<(), Error> {
        let event = Event::AuthenticatorRefused {
            identity: identity.map(|identity| identity.id),
            authenticator_kind: kind,
            flow: attempt.flow,
            why: why.to_owned(),
        };
        let address = attempt.address.to_string();
        self.log.append(portner_audit_log::Actor::Anonymous { address }, event).await?;
        Ok(())
    }

    fn new_authenticator(&self, now: Moment, kind: Kind, ceremony: Ceremony) -> Authenticator {
        let id = AuthenticatorId::new(now, &*self.entropy);
        Authenticator { id, kind, registered: registered_level(kind, ceremony) }
    }

    async fn bind<'t>(
        &self,
        tx: &'t mut Tx,
        identity: IdentityId,
        bound: &Authenticator,
        ceremony: Ceremony,
        verifier: &str,
    ) -> Result<&'t mut AnyConnection, Error> {
        let now = tx.now();
        let event = Event::AuthenticatorBound {
            authenticator: bound.id,
            identity,
            authenticator_kind: bound.kind,
            ceremony,
            level: bound.registered,
        };
        let conn = tx.write(event);
        store::replace(conn, identity, bound, verifier, now).await?;
        Ok(conn)
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
