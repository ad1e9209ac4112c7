//! What these tests play on: a feed called payroll, and files that are written as strings.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::io::{Seek as _, Write as _};
use std::sync::Arc;

use portner_audit_log::testing::Stage;
use portner_audit_log::volatile::{Volatile, VolatileDatabase};
use portner_audit_log::{Actor, Tx};
use portner_directory::feed::{
    Counts, Csv, Importer, Mapping, Outcome, Phase, Source as _, Survey, Told, Unusable, Watch,
};
use portner_directory::{Error, Personal, Source, by_source, card};
use portner_domain::identity::State;
use portner_domain::right::Group;
use portner_domain::{IdentityId, Millis};

use crate::lives::personal;
use crate::stage::with_organisation;

pub const HEADER: &str =
    "Nr;Bruger;Fornavn;Efternavn;Kaldes;Beskyttet;Mail;Stilling;Enhed;P-nr;CPR;Fra;Til;NSIS;Hold;Status";

pub const MAPPING: &str = r#"
load = "full"
date_format = "dd-mm-yyyy"
employment_source = "lønsystemet"
[columns]
key = "Nr"
user_name = "Bruger"
first_name = "Fornavn"
last_name = "Efternavn"
known_as = "Kaldes"
protected = "Beskyttet"
email = "Mail"
title = "Stilling"
unit = "Enhed"
production_unit = "P-nr"
cpr = "CPR"
valid_from = "Fra"
valid_until = "Til"
nsis = "NSIS"
groups = "Hold"
status = "Status"
[status]
stopped = ["Orlov"]
ended = ["gone"]
returned = ["back"]
[groups]
prefix = "hr/"
[constants]
cvr = "12345678"
"#;

pub struct Play {
    pub stage: Stage,
    pub personal: Personal,
    pub volatile: Arc<dyn Volatile>,
    told: RefCell<Vec<Told>>,
    stripped: Cell<u64>,
}

/// What is on record of an identity, as far as these tests look.
pub struct Known {
    pub full_name: String,
    pub user_name: String,
    pub email: Option<String>,
    pub title: Option<String>,
    pub unit: Option<String>,
    pub state: State,
    pub groups: BTreeSet<Group>,
}

/// Keeps what it is told, of the last phase in which it was.
#[derive(Default)]
pub struct Noted {
    pub told: Vec<Told>,
    pub applying: u64,
    pub stop_after: Option<(u64, Arc<tokio::sync::Notify>)>,
}

impl Watch for Noted {
    fn phase(&mut self, phase: Phase) {
        if matches!(phase, Phase::Comparing | Phase::Applying) {
            self.told.clear();
        }
        self.applying += u64::from(phase == Phase::Applying);
    }

    fn progress(&mut self, done: u64, _: u64) {
        if let Some((after, stop)) = self.stop_after.as_ref().filter(|_| self.applying > 0)
            && done >= *after
        {
            stop.notify_one();
        }
    }

    fn wrong(&mut self, told: &Told) {
        self.told.push(told.clone());
    }
}

impl Play {
    pub async fn new(stage: &Stage) -> Self {
        with_organisation(stage).await;
        let volatile = Arc::new(VolatileDatabase::open(&stage.settings).await.unwrap());
        Self {
            stage: stage.clone(),
            personal: personal(stage).await,
            volatile,
            told: RefCell::default(),
            stripped: Cell::default(),
        }
    }

    pub fn importer(&self) -> Importer {
        Importer {
            log: self.stage.log.clone(),
            volatile: Arc::clone(&self.volatile),
            personal: self.personal.clone(),
            entropy: Arc::clone(&self.stage.entropy) as _,
            actor: Actor::system("test"),
            error_file: None,
        }
    }

    pub async fn import(&self, file: impl AsRef<[u8]>) -> Result<Outcome, Error> {
        self.import_as("payroll", MAPPING, file).await
    }

    pub async fn import_as(
        &self,
        feed: &str,
        mapping: &str,
        file: impl AsRef<[u8]>,
    ) -> Result<Outcome, Error> {
        // Two runs in one millisecond do not happen.
        self.stage.clock.advance(Millis::seconds(1));
        let mapping = Mapping::parse(feed, mapping).unwrap();
        let mut csv = csv(&mapping, file);
        let mut watch = Noted::default();
        let strip = async |_: &mut Tx, _: IdentityId| {
            self.stripped.set(self.stripped.get() + 1);
            Ok(())
        };
        let outcome = self.importer().import(&mapping.feed, &mut csv, &mut watch, &strip).await;
        self.told.replace(watch.told);
        outcome
    }

    pub async fn look(&self, file: impl AsRef<[u8]>) -> Result<Survey, Unusable> {
        self.look_as("payroll", MAPPING, file).await
    }

    pub async fn look_as(
        &self,
        feed: &str,
        mapping: &str,
        file: impl AsRef<[u8]>,
    ) -> Result<Survey, Unusable> {
        let mapping = Mapping::parse(feed, mapping).unwrap();
        let mut watch = Noted::default();
        let survey = self.importer().look(&mapping.feed, &mut csv(&mapping, file), &mut watch).await.unwrap();
        self.told.replace(watch.told);
        survey
    }

    pub async fn known(&self, key: &str) -> Option<Known> {
        self.known_as("payroll", key).await
    }

    pub async fn known_as(&self, feed: &str, key: &str) -> Option<Known> {
        let source = Source { feed: feed.to_owned(), key: key.to_owned() };
        let id = by_source(&self.stage.database, &source).await.unwrap()?;
        let card = card(&self.stage.database, id).await.unwrap()?;
        let groups: Vec<String> = sqlx::query_scalar("SELECT name FROM group_member WHERE identity = $1")
            .bind(id.to_string())
            .fetch_all(self.stage.database.reader())
            .await
            .unwrap();
        Some(Known {
            full_name: card.identity.full_name(),
            user_name: card.identity.user_name.to_string(),
            email: card.about.email,
            title: card.about.title,
            unit: card.about.unit.map(|unit| unit.to_string()),
            state: card.identity.state,
            groups: groups.iter().map(|name| name.parse().unwrap()).collect(),
        })
    }

    /// What was wrong in the last run: line and why.
    pub fn told(&self) -> Vec<String> {
        self.told.borrow().iter().map(|told| format!("{}: {}", told.line, told.wrong)).collect()
    }

    pub fn stripped(&self) -> u64 {
        self.stripped.get()
    }
}

pub fn csv(mapping: &Mapping, file: impl AsRef<[u8]>) -> Csv<'_> {
    let mut temporary = tempfile::tempfile().unwrap();
    temporary.write_all(file.as_ref()).unwrap();
    temporary.rewind().unwrap();
    Csv::new(mapping, temporary).unwrap()
}

pub fn applied(outcome: Result<Outcome, Error>) -> Counts {
    match outcome.unwrap() {
        Outcome::Applied(_, _, counts) => counts,
        other => panic!("not applied: {other:?}"),
    }
}

/// Lines of so many people, from a number on.
pub fn people(numbers: impl IntoIterator<Item = usize>) -> String {
    let line = |n: usize| format!("{n};user{n};Anna;Andersen{n};;;;;;;;;;;;\n");
    format!("{HEADER}\n{}", numbers.into_iter().map(line).collect::<String>())
}

/// All rows of a source.
pub async fn rows(source: &mut Csv<'_>) -> Result<usize, Unusable> {
    source.begin().await?;
    let mut count = 0;
    loop {
        match source.next(7).await?.len() {
            0 => return Ok(count),
            some => count += some,
        }
    }
}
