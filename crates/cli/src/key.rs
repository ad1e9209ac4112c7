//! `portner key …`: the keys of the installation and their lives.

mod make;
mod tell;

use std::path::PathBuf;
use std::process::ExitCode;

use portner_audit_log::{AuditLog, Tx};
use portner_domain::signing_key::{KeyRefusal, KeyState, Pin, Step, Urgency};
use portner_federation::keys::life::{self, Record, activate, pin, retire, roll_back, unpin};
use portner_federation::registry::by_entity_id;
use portner_federation::{Edition, Keys, Publication, Registered};

use crate::about::publication;
use crate::args::{Day, Key};
use crate::config::Config;
use crate::done;
use crate::node::{adopt_configured_key, current_database, log, operator, private_halves};
use crate::problem::Problem;
use crate::say::{printable, say};

/// What every command here works on.
struct Office<'c> {
    config: &'c Config,
    log: AuditLog,
}

/// Do what the command says.
pub async fn run(config: &Config, command: Key) -> Result<ExitCode, Problem> {
    let office = Office { config, log: log(current_database(config).await?) };
    if !matches!(command, Key::List) {
        adopt_configured_key(config, &office.log, operator()).await?;
    }
    match command {
        Key::List => office.list().await,
        Key::Next(wish) => office.make_next(&wish).await,
        Key::Request(wish) => office.request(&wish).await,
        Key::Import { certificate, key } => office.import(&certificate, key.as_deref()).await,
        Key::Activate { dry_run: true, force } => office.rehearse(urgency(force)).await,
        Key::Activate { dry_run: false, force } => office.activate(urgency(force)).await,
        Key::Rollback => office.roll_back().await,
        Key::Retire { key, force } => office.retire(key.as_deref(), urgency(force)).await,
        Key::Pin { entity_id, key, until } => office.pin(&entity_id, key.as_deref(), until).await,
        Key::Unpin { entity_id } => office.unpin(&entity_id).await,
        Key::Emergency(wish) => office.emergency(&wish).await,
        Key::Metadata { edition, out } => office.metadata(edition, out).await,
    }
}

const fn urgency(force: bool) -> Urgency {
    if force { Urgency::Forced } else { Urgency::Ordinary }
}

impl Office<'_> {
    async fn activate(&self, urgency: Urgency) -> Result<ExitCode, Problem> {
        let mut tx = self.begin().await?;
        let steps = activate(self.log.database(), &mut tx, urgency).await??;
        tx.commit().await?;
        say_steps(&steps);
        Ok(done("every node follows within two seconds; `portner key rollback` takes it back"))
    }

    async fn roll_back(&self) -> Result<ExitCode, Problem> {
        let mut tx = self.begin().await?;
        let steps = roll_back(self.log.database(), &mut tx).await??;
        tx.commit().await?;
        say_steps(&steps);
        Ok(done("every node follows within two seconds"))
    }

    async fn retire(&self, key: Option<&str>, urgency: Urgency) -> Result<ExitCode, Problem> {
        let record = self.record().await?;
        let mut retiring = record.keys.iter().filter(|key| key.life.state == KeyState::Retiring);
        let id = match (key, retiring.next(), retiring.next()) {
            (Some(beginning), ..) => record.named(beginning)?.life.id.clone(),
            (None, Some(only), None) => only.life.id.clone(),
            (None, None, _) => return Err(KeyRefusal::NothingRetiring.into()),
            (None, Some(_), Some(_)) => {
                return Err(Problem::new("several keys are retiring; name one, as `portner key list` does"));
            }
        };
        let mut tx = self.begin().await?;
        let steps = retire(self.log.database(), &mut tx, &id, urgency).await??;
        tx.commit().await?;
        say_steps(&steps);
        Ok(done("its private half may be destroyed; files that were uploaded by hand still name it"))
    }

    async fn pin(&self, entity_id: &str, key: Option<&str>, until: Option<Day>) -> Result<ExitCode, Problem> {
        let record = self.record().await?;
        let key = match key {
            Some(beginning) => record.named(beginning)?,
            None => record
                .keys
                .iter()
                .find(|key| key.life.state == KeyState::Active)
                .ok_or(KeyRefusal::NoSuchKey)?,
        };
        let until = until.map(|Day(begins)| begins);
        if until.is_some_and(|until| until <= self.log.now()) {
            return Err(Problem::new("that day is over; write one to come"));
        }
        let sp = self.service_provider(entity_id).await?;
        let it = Pin { service_provider: sp.id, key: key.life.id.clone(), until };
        let mut tx = self.begin().await?;
        pin(self.log.database(), &mut tx, &it).await??;
        tx.commit().await?;
        let until =
            until.map_or("until further notice".to_owned(), |until| format!("until {}", life::date(until)));
        Ok(done(&format!("{} is signed for with {} {until}", printable(entity_id), it.key)))
    }

    async fn unpin(&self, entity_id: &str) -> Result<ExitCode, Problem> {
        let sp = self.service_provider(entity_id).await?;
        let mut tx = self.begin().await?;
        if !unpin(self.log.database(), &mut tx, sp.id).await? {
            return Err(Problem::new(format!("{} is pinned to no key", printable(entity_id))));
        }
        tx.commit().await?;
        Ok(done(&format!("{} is signed for with the active key", printable(entity_id))))
    }

    async fn metadata(&self, edition: Edition, out: Option<PathBuf>) -> Result<ExitCode, Problem> {
        let text = self.publication().await?.edition(edition).await?;
        let Some(path) = out else { return Ok(done(&text)) };
        std::fs::write(&path, &*text).map_err(|error| Problem::file("the file", &path, &error))?;
        Ok(done(&format!("wrote {}", path.display())))
    }

    async fn publication(&self) -> Result<Publication, Problem> {
        let keys = Keys::on_record(self.log.clone(), private_halves(self.config)?).await?;
        publication(self.config, keys, self.log.clone())
    }

    async fn record(&self) -> Result<Record, Problem> {
        Ok(Record::read(self.log.database()).await?)
    }

    async fn begin(&self) -> Result<Tx, Problem> {
        Ok(self.log.begin(operator()).await?)
    }

    async fn service_provider(&self, entity_id: &str) -> Result<Registered, Problem> {
        by_entity_id(self.log.database(), entity_id).await?.ok_or_else(|| {
            Problem::new(format!(
                "there is no service provider with the entityID {entity_id:?}; `portner sp list` shows them"
            ))
        })
    }
}

fn say_steps(steps: &[Step]) {
    for Step { key, from, to } in steps {
        say(&format!("{key} was {} and is {}", from.word(), to.word()));
    }
}
