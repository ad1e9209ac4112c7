//! Passwords that are not kept here: the directory is asked, and its yes is worth a login but no level.
//!
//! Nobody hears from here who is asked about. Strangers and those with a password of their own are refused after the
//! same while, count against the same limits and hear of an outage, too. One difference is left: during an outage,
//! wrong passwords of those who have one of their own go on counting, since they were wrong.

use portner_audit_log::Event;
use portner_domain::authenticator::{Authenticator, Ceremony, Kind, Proof};
use portner_domain::identity::{Identity, UserName};
use portner_domain::{IdentityId, Moment};

use crate::network::{self, AccountProblem, For, NetworkPasswords, Outcome, REFUSAL_AFTER, Trouble};
use crate::throttle::{self, Closed};
use crate::{
    Accepted, Attempt, Authenticators, Error, HashedPassword, Origin, Password, Refusal, Weakness, accepted,
    actor, store,
};

/// What stands in the verifier's place: there is nothing here to verify it with.
const AT_THE_DIRECTORY: &str = "directory";

/// Why a network password did not become the password here.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum NotAdopted {
    /// No directory is configured.
    NoDirectory,
    /// The directory does not accept it, or was not asked.
    Refused(Refusal),
    /// It is the network password, and not good enough to be kept here.
    NotGoodEnough(Weakness),
}

/// Somebody whose password does not fit what is kept here, if anything is.
pub(crate) struct Unfit<'a> {
    pub name: &'a UserName,
    pub identity: Option<&'a Identity>,
    pub has_local: bool,
    pub password: &'a Password,
}

impl Authenticators {
    /// Ask this directory, too.
    #[must_use]
    pub fn with_network_passwords(mut self, network: NetworkPasswords) -> Self {
        self.network = Some(network);
        self
    }

    /// Is there a directory that knows network passwords?
    pub const fn asks_a_directory(&self) -> bool {
        self.network.is_some()
    }

    /// Make the network password ready to be bound as the password here, for whoever has it, in a session or with an
    /// invitation. From then on it is checked here and carries what the ceremony gives it; if it is changed in the
    /// directory, this one stands. How fresh the session has to be is the caller's rule. Slow, so before the
    /// transaction and not in it.
    pub async fn network_password(
        &self,
        attempt: &Attempt,
        identity: &Identity,
        password: &Password,
    ) -> Result<Result<HashedPassword, NotAdopted>, Error> {
        let Some(network) = &self.network else { return Ok(Err(NotAdopted::NoDirectory)) };
        if !identity.is_usable(self.log.now()) {
            return Ok(Err(NotAdopted::Refused(Refusal::Wrong)));
        }
        let now = self.log.now();
        let (name, who, kind) = (&identity.user_name, Some(identity), Kind::NetworkPassword);
        if let Err(closed) = self.admits(attempt, name, who, kind, now).await? {
            let refused = self.too_many(closed, attempt, who, kind, now).await?;
            return Ok(Err(NotAdopted::Refused(refused)));
        }
        if let Err(refusal) = self.ask(network, attempt, identity, password, kind).await? {
            return Ok(Err(NotAdopted::Refused(refusal)));
        }
        self.forgive(identity.id, kind, now).await?;
        Ok(match self.choose_password(identity, password).await? {
            Ok(hashed) => Ok(HashedPassword { origin: Origin::Network, ..hashed }),
            Err(weakness) => Err(NotAdopted::NotGoodEnough(weakness)),
        })
    }

    /// Count this attempt here and, where there is a directory, against what it may be asked. What is not looked at
    /// because of the directory does not count here.
    pub(crate) async fn admits(
        &self,
        attempt: &Attempt,
        name: &UserName,
        identity: Option<&Identity>,
        kind: Kind,
        now: Moment,
    ) -> Result<Result<(), Closed>, Error> {
        let here = throttle::admits(&*self.volatile, attempt.address, name, identity, kind, now).await?;
        let (Some(network), Ok(())) = (&self.network, here) else { return Ok(here) };
        let there = network::admits(&*self.volatile, network.limit(), name, identity, now).await?;
        if there.is_err() {
            throttle::take_back(&*self.volatile, name, identity, kind, now).await?;
        }
        Ok(there)
    }

    /// The password kept here was right, and what was wrong before is forgiven. Only where the directory was asked
    /// about those it goes on: the directory counts them, and has not heard that its owner is here.
    pub(crate) async fn was_right_here(&self, owner: &Identity, now: Moment) -> Result<(), Error> {
        match &self.network {
            Some(network) if network.whose() == For::Everybody => {
                throttle::forgive(&*self.volatile, owner.id, Kind::Password, now).await?;
                network::take_back(&*self.volatile, network.limit(), &owner.user_name, Some(owner), now).await
            }
            _ => self.forgive(owner.id, Kind::Password, now).await,
        }
    }

    /// The directory was right about somebody, or nobody asks it about them: what was wrong before is forgiven.
    async fn forgive(&self, identity: IdentityId, kind: Kind, now: Moment) -> Result<(), Error> {
        throttle::forgive(&*self.volatile, identity, kind, now).await?;
        match &self.network {
            Some(_) => network::forgive(&*self.volatile, identity).await,
            None => Ok(()),
        }
    }

    /// The password does not fit what is kept here. Is it the network password?
    pub(crate) async fn not_kept_here(
        &self,
        attempt: &Attempt,
        unfit: Unfit<'_>,
        now: Moment,
    ) -> Result<Result<Accepted, Refusal>, Error> {
        let Unfit { name, identity, has_local, password } = unfit;
        let Some(network) = &self.network else {
            return self.refused(attempt, identity, Kind::Password, Refusal::Wrong, now).await.map(Err);
        };
        let not_before = tokio::time::Instant::now() + REFUSAL_AFTER.as_duration();
        let is_asked = !has_local || network.whose() == For::Everybody;
        let answer = match identity.filter(|identity| is_asked && identity.is_usable(now)) {
            Some(identity) => self.log_in_elsewhere(network, attempt, identity, password, now).await?,
            None => {
                let outcome = network.stand_in().await;
                if !has_local && matches!(outcome, Outcome::Unavailable(_) | Outcome::Busy) {
                    self.take_back(name, identity, Kind::Password).await?;
                }
                match outcome {
                    Outcome::Unavailable(trouble) => {
                        Err(self.unavailable(attempt, identity, &trouble).await?)
                    }
                    Outcome::Busy => Err(Refusal::Busy),
                    _ => Err(self.refused(attempt, identity, Kind::Password, Refusal::Wrong, now).await?),
                }
            }
        };
        if answer.is_err() {
            tokio::time::sleep_until(not_before).await;
        }
        Ok(answer)
    }

    async fn log_in_elsewhere(
        &self,
        network: &NetworkPasswords,
        attempt: &Attempt,
        identity: &Identity,
        password: &Password,
        now: Moment,
    ) -> Result<Result<Accepted, Refusal>, Error> {
        if let Err(refusal) = self.ask(network, attempt, identity, password, Kind::Password).await? {
            return Ok(Err(refusal));
        }
        let bound = self.network_authenticator(identity.id).await?;
        self.log.append(actor(identity.id), accepted(attempt, identity.id, &bound)).await?;
        self.forgive(identity.id, Kind::Password, now).await?;
        // The rules for passwords are the directory's: there is nothing to tell.
        let proof = Proof { authenticator: bound.id, kind: bound.kind, at: now };
        Ok(Ok(Accepted { proof, notice: None }))
    }

    /// Ask the directory. An attempt that it says nothing about was none: what `counted` it takes it back.
    async fn ask(
        &self,
        network: &NetworkPasswords,
        attempt: &Attempt,
        identity: &Identity,
        password: &Password,
        counted: Kind,
    ) -> Result<Result<(), Refusal>, Error> {
        let who = Some(identity);
        let (refusal, why) = match network.check(&identity.user_name, password.as_typed()).await {
            Outcome::Right => return Ok(Ok(())),
            Outcome::Wrong => (Refusal::Wrong, Refusal::Wrong.code()),
            Outcome::AccountProblem(problem) => (outward(problem), problem.code()),
            Outcome::Unavailable(trouble) => {
                self.take_back(&identity.user_name, who, counted).await?;
                return Ok(Err(self.unavailable(attempt, who, &trouble).await?));
            }
            Outcome::Busy => {
                self.take_back(&identity.user_name, who, counted).await?;
                return Ok(Err(Refusal::Busy));
            }
        };
        self.refused_because(attempt, who, Kind::NetworkPassword, why, self.log.now()).await?;
        Ok(Err(refusal))
    }

    /// Nobody could say whether the password was right. That is on record, and is no failure of anybody's.
    async fn unavailable(
        &self,
        attempt: &Attempt,
        identity: Option<&Identity>,
        trouble: &Trouble,
    ) -> Result<Refusal, Error> {
        let refusal = Refusal::Unavailable;
        tracing::warn!(error = %trouble, "a network password could not be checked");
        self.write_down(attempt, identity, Kind::NetworkPassword, refusal.code()).await?;
        Ok(refusal)
    }

    async fn take_back(&self, name: &UserName, identity: Option<&Identity>, kind: Kind) -> Result<(), Error> {
        let now = self.log.now();
        throttle::take_back(&*self.volatile, name, identity, kind, now).await?;
        match &self.network {
            Some(network) => network::take_back(&*self.volatile, network.limit(), name, identity, now).await,
            None => Ok(()),
        }
    }

    /// What stands for the network password among what somebody logs in with; bound when it is right the first time.
    /// Nobody vouches for who knows it.
    async fn network_authenticator(&self, identity: IdentityId) -> Result<Authenticator, Error> {
        let on_record = store::bound(self.log.database(), identity, Kind::NetworkPassword).await?;
        if let Some(bound) = on_record {
            return Ok(bound.authenticator);
        }
        let mut tx = self.log.begin(actor(identity)).await?;
        let now = tx.now();
        let bound = self.new_authenticator(now, Kind::NetworkPassword, Ceremony::Unvouched);
        let event = Event::AuthenticatorBound {
            authenticator: bound.id,
            identity,
            authenticator_kind: bound.kind,
            ceremony: Ceremony::Unvouched,
            level: bound.registered,
        };
        if store::insert_if_none(tx.write(event), identity, &bound, AT_THE_DIRECTORY, now).await? {
            tx.commit().await?;
            return Ok(bound);
        }
        drop(tx);
        let first = store::bound(self.log.database(), identity, Kind::NetworkPassword).await?;
        first.map(|first| first.authenticator).ok_or_else(|| Error::Corrupt("network password".to_owned()))
    }
}

/// What the page may say. A directory says some things only to whoever has the password, and then they may know; that
/// an account is locked it says to everybody, and a guesser shall not hear it.
const fn outward(problem: AccountProblem) -> Refusal {
    match problem {
        AccountProblem::PasswordExpired | AccountProblem::PasswordMustChange => {
            Refusal::NetworkPasswordExpired
        }
        AccountProblem::NotNow
        | AccountProblem::NotFromHere
        | AccountProblem::Disabled
        | AccountProblem::Expired => Refusal::NetworkAccountUnusable,
        AccountProblem::NoEntry
        | AccountProblem::SeveralEntries
        | AccountProblem::UnusableName
        | AccountProblem::LockedOut
        | AccountProblem::Refused(_) => Refusal::Wrong,
    }
}
