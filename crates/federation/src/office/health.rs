//! How the installation is: what somebody looks at who was told that something is slow or does not work.

use portner_audit_log::outbox::Backlog;
use portner_directory::feed::{Run, runs};
use portner_domain::role::Action;

use super::Warrant;
use crate::keys::life::Record;
use crate::{Error, Federation, Registered, registry};

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
    /// Service providers that get no answers now, and why: a stable code.
    pub out_of_service: Vec<(Registered, &'static str)>,
    /// The last runs of feeds, newest first.
    pub runs: Vec<Run>,
}

impl Federation {
    /// How it is now.
    pub async fn health(&self, warrant: &Warrant) -> Result<Health, Error> {
        warrant.for_any(Action::SeeHealth)?;
        let (database, now) = (self.log.database(), self.log.now());
        let all = registry::all(database).await?;
        let out = all.into_iter().filter_map(|sp| sp.out_of_service(now).map(|why| (sp, why)));
        Ok(Health {
            keys: Record::read(database).await?,
            checkpoint: self.log.newest_checkpoint().await?,
            letters: self.log.notices_waiting().await?,
            out_of_service: out.collect(),
            runs: runs(database, RUNS_TOLD).await?,
        })
    }
}
