//! What time does to people, put on record: an employment whose last day is over ends, and what somebody was given to
//! log in with and never finished is taken back.
//!
//! Nobody waits for this to be safe: whoever is past their last day is refused at every login and in every session
//! already. Any node may do it; a lease in the session store sees to it that one does at a time.

use std::sync::Arc;

use portner_audit_log::volatile::Volatile;
use portner_audit_log::{Actor, AuditLog};
use portner_authenticators::Authenticators;
use portner_domain::life::{Admission, State};
use portner_domain::{IdentityId, Millis};

use crate::Error;

/// How often it is looked who is overdue.
const BETWEEN_LOOKS: Millis = Millis::minutes(1);
/// For so long no other node looks.
const LOOK_LEASE: Millis = Millis::seconds(55);
/// How often it is looked who did not finish.
const UNFINISHED_LEASE: Millis = Millis::hours(1);
/// Identities read at a time.
const PAGE: u32 = 200;

/// How long people are waited for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Patience {
    /// After the last day, before the employment ends for good: a date that was wrong can be put right so long.
    pub grace: Millis,
    /// For what somebody was given to log in with; for ever if absent.
    pub activation: Option<Millis>,
}

/// Keeps the record of people true to the calendar. Cheap to clone.
#[derive(Clone)]
pub struct Upkeep {
    log: AuditLog,
    volatile: Arc<dyn Volatile>,
    authenticators: Authenticators,
    patience: Patience,
}

impl Upkeep {
    /// Put together.
    pub fn new(
        log: AuditLog,
        volatile: Arc<dyn Volatile>,
        authenticators: Authenticators,
        patience: Patience,
    ) -> Self {
        Self { log, volatile, authenticators, patience }
    }

    /// Do it until `stop`. Every node does.
    pub async fn run(self, stop: impl Future<Output = ()>) {
        let keeping = async {
            loop {
                if let Err(error) = self.look().await {
                    tracing::error!(error = &error as &dyn std::error::Error, "the upkeep of people failed");
                }
                tokio::time::sleep(BETWEEN_LOOKS.as_duration()).await;
            }
        };
        tokio::select! { () = stop => {}, () = keeping => {} }
    }

    /// Do what is due, unless another node does.
    pub async fn look(&self) -> Result<(), Error> {
        if self.is_ours("upkeep/overdue", LOOK_LEASE).await? {
            let ended = self.end_overdue().await?;
            metrics::counter!("portner_upkeep_ended_total").increment(ended);
        }
        if self.patience.activation.is_some() && self.is_ours("upkeep/unfinished", UNFINISHED_LEASE).await? {
            let reset = self.reset_unfinished().await?;
            metrics::counter!("portner_upkeep_reset_total").increment(reset);
        }
        Ok(())
    }

    /// Nobody gives it back: it says when it was done last.
    async fn is_ours(&self, lease: &str, life: Millis) -> Result<bool, Error> {
        let now = self.log.now();
        Ok(self.volatile.put_if_absent(lease, "", now.plus(life), now).await?)
    }

    /// End those whose last day, and the grace after it, is over. How many were ended.
    pub async fn end_overdue(&self) -> Result<u64, Error> {
        let mut ended = 0;
        loop {
            let until = self.log.now().minus(self.patience.grace);
            let overdue = portner_directory::overdue(self.log.database(), until, PAGE).await?;
            let found = overdue.len();
            let mut done = 0;
            for identity in overdue {
                done += u64::from(self.told(identity, self.end(identity, until).await));
            }
            ended += done;
            // Those who could not be ended are looked at again with the next round.
            if done == 0 || u32::try_from(found).is_ok_and(|found| found < PAGE) {
                return Ok(ended);
            }
        }
    }

    /// With what it logged in with, in one transaction: there is no moment at which one is true and the other is not.
    async fn end(&self, identity: IdentityId, until: portner_domain::Moment) -> Result<bool, Error> {
        let mut tx = self.log.begin(Actor::system("upkeep")).await?;
        let why = "the last day is over";
        let ended = portner_directory::end_overdue(&mut tx, identity, until, why).await?;
        if ended.is_err() {
            return Ok(false);
        }
        self.authenticators.strip(&mut tx, identity).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Take what they were given from those who may have a level and did not finish. How many.
    pub async fn reset_unfinished(&self) -> Result<u64, Error> {
        let Some(patience) = self.patience.activation else { return Ok(0) };
        let before = self.log.now().minus(patience);
        let (mut reset, mut after) = (0, None);
        loop {
            let (unfinished, next) = self.authenticators.unfinished(before, after, PAGE).await?;
            for identity in unfinished {
                reset += u64::from(self.told(identity, self.reset(identity).await));
            }
            match next {
                Some(_) => after = next,
                None => return Ok(reset),
            }
        }
    }

    /// The permission to have a level stays: it was given by somebody, and time does not take it back.
    async fn reset(&self, identity: IdentityId) -> Result<bool, Error> {
        let found = portner_directory::by_id(self.log.database(), identity).await?;
        let may = |it: &portner_domain::identity::Identity| {
            it.life.admission == Admission::Permitted && matches!(it.state, State::Active | State::Locked)
        };
        if !found.as_ref().is_some_and(may) {
            return Ok(false);
        }
        let mut tx = self.log.begin(Actor::system("upkeep")).await?;
        if !self.authenticators.reset_activation(&mut tx, identity).await? {
            return Ok(false);
        }
        tx.commit().await?;
        Ok(true)
    }

    /// One who can't be helped keeps nobody else waiting.
    fn told(&self, identity: IdentityId, done: Result<bool, Error>) -> bool {
        done.unwrap_or_else(|error| {
            tracing::error!(error = &error as &dyn std::error::Error, %identity, "the upkeep of somebody failed");
            false
        })
    }
}
