//! How the installation is: what somebody looks at who was told that something is slow or does not work.

use portner_audit_log::outbox::Backlog;
use portner_directory::feed::{Run, RunState, runs};
use portner_domain::role::Action;
use portner_domain::signing_key::{KeyState, days_left, warning_due};
use portner_domain::{Millis, Moment};

use super::Warrant;
use crate::keys::life::Record;
use crate::{Error, Federation, Registered, registry};

/// A letter that waits for longer is one that can't be sent.
const LETTERS_WAIT_MAX: Millis = Millis::minutes(15);
/// Runs of feeds that are told.
const RUNS_TOLD: u32 = 10;

/// How the installation is.
#[derive(Clone, Debug)]
pub struct Health {
    /// The signing keys, with their state and their last day.
    pub keys: Record,
    /// The newest signed checkpoint of the log.
    pub checkpoint: Option<String>,
    /// Letters that wait to be sent.
    pub letters: Backlog,
    /// The last runs of feeds, newest first.
    pub runs: Vec<Run>,
    /// What somebody has to look at.
    pub alarms: Vec<Alarm>,
}

/// Something that somebody has to look at.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Alarm {
    /// The certificate of a signing key ends then.
    Key(Moment),
    /// Letters can't be sent; the oldest has waited since then.
    Letters(Moment),
    /// The metadata of this service is over.
    Expired(String),
    /// This service is closed.
    Closed(String),
    /// This feed is held.
    Held(String),
}

impl Federation {
    /// How it is now.
    pub async fn health(&self, warrant: &Warrant) -> Result<Health, Error> {
        warrant.for_any(Action::SeeHealth)?;
        let database = self.log.database();
        let mut health = Health {
            keys: Record::read(database).await?,
            checkpoint: self.log.newest_checkpoint().await?,
            letters: self.log.notices_waiting().await?,
            runs: runs(database, RUNS_TOLD).await?,
            alarms: Vec::new(),
        };
        health.alarms = alarms(&health, &registry::all(database).await?, self.log.now());
        Ok(health)
    }
}

fn alarms(health: &Health, services: &[Registered], now: Moment) -> Vec<Alarm> {
    let in_use = health.keys.keys.iter().filter(|key| key.life.state != KeyState::Retired);
    let ending = in_use.filter(|key| warning_due(days_left(key.life.not_after, now)).is_some());
    let stuck = health.letters.oldest.filter(|at| now.since(*at).is_some_and(|age| age > LETTERS_WAIT_MAX));
    let out = services.iter().filter_map(|sp| {
        let name = sp.name().to_owned();
        sp.out_of_service(now).map(|why| match why {
            "metadata-expired" => Alarm::Expired(name),
            _ => Alarm::Closed(name),
        })
    });
    let held = health.runs.iter().filter(|run| run.state == RunState::Held && !run.is_approved);
    let keys = ending.map(|key| Alarm::Key(key.life.not_after));
    let letters = stuck.map(Alarm::Letters);
    keys.chain(letters).chain(out).chain(held.map(|run| Alarm::Held(run.feed.clone()))).collect()
}
