//! Feeds: sources outside that say who works here, compared with what is on record and put there.
//!
//! A source is read three times. First for its keys and whether it can be read at all; nothing is done with one that is
//! empty or broken. Then each record is held against what is on record, and what would happen is counted: a run that
//! would take too much waits for a second person. Then it is done, some records in each transaction. What happens to a
//! record is decided anew each time from what is on record then, so a run that was killed is simply run again.

mod apply;
pub(crate) mod batch;
mod brake;
mod date;
mod entry;
mod errors;
pub(crate) mod hand;
pub(crate) mod index;
mod kept;
mod ldap;
mod mapping;
pub(crate) mod names;
mod place;
pub(crate) mod plan;
mod record;
pub(crate) mod run;
mod schedule;
mod source;
mod survey;

pub use brake::Brake;
pub use errors::{ErrorFile, Told};
pub use index::FEED_RECORDS_MAX;
pub use ldap::{Extent, Reading as DirectoryReading};
pub use mapping::{BadMapping, Encoding, Feed, Load, MAPPING_BYTES_MAX, Mapping, feed_name};
pub use place::{Changes, Place};
pub use plan::{Kind, Speaks};
pub use portner_ldap::Servers;
pub use record::{Field, KEY_CHARS_MAX, Reading, Record, Row, Status, Wrong};
pub use run::{Counts, Run, RunState, approve, discard, run, runs};
pub use schedule::{BadHour, Going, Hour, RETRY, Schedule};
pub use source::{Csv, RECORD_BYTES_MAX, Source, Unusable};
pub use survey::{One, Survey};

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use portner_audit_log::volatile::Volatile;
use portner_audit_log::{Actor, AuditLog, Tx};
use portner_domain::identity::Cvr;
use portner_domain::{Entropy, FeedRunId, IdentityId, Millis, Moment};

use self::apply::Apply;
use self::batch::{BATCH_RECORDS, Planner};
use self::index::Index;
use crate::{Error, Personal, store};

/// How long a run keeps others of its feed out after it last said that it is alive.
pub const LEASE_LIFE: Millis = Millis::minutes(1);

/// What a run needs.
pub struct Importer {
    /// Where what happens is written.
    pub log: AuditLog,
    /// Where a run says that it is under way.
    pub volatile: Arc<dyn Volatile>,
    /// CPR numbers.
    pub personal: Personal,
    /// Identifiers.
    pub entropy: Arc<dyn Entropy>,
    /// Who runs it.
    pub actor: Actor,
    /// Where the caller writes the records that can't be used.
    pub error_file: Option<String>,
}

/// Who is told how a run goes.
pub trait Watch {
    /// It begins with the next part. What was told of wrong records is told anew in each.
    fn phase(&mut self, phase: Phase);
    /// So many records of so many.
    fn progress(&mut self, done: u64, of: u64);
    /// A record can't be used.
    fn wrong(&mut self, told: &Told);
}

/// The parts of a run.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Phase {
    /// A directory is asked, and what it says is written down.
    Fetching,
    /// Is it whole, and whose keys has it?
    Reading,
    /// What would happen?
    Comparing,
    /// It happens.
    Applying,
    /// Who is not in it any more is stopped.
    Stopping,
}

/// What came of a run.
#[derive(Debug)]
pub enum Outcome {
    /// All that can be is on record.
    Applied(FeedRunId, Survey, Counts),
    /// Nothing was done; a second person is asked.
    Held(FeedRunId, Survey),
    /// Nothing has changed since the last run.
    Unchanged,
    /// Nothing was done, or not everything, and why.
    Unusable(Unusable),
}

/// What a first reading of a source found.
struct FirstReading {
    index: Index,
    records: u64,
    keyless: u64,
    digest: String,
}

impl Importer {
    /// What a run would do. Nothing is done or written down.
    pub async fn look<S: Source, W: Watch>(
        &self,
        feed: &Feed,
        source: &mut S,
        watch: &mut W,
    ) -> Result<Result<Survey, Unusable>, Error> {
        watch.phase(Phase::Reading);
        let read = match read(source, watch, None).await? {
            Ok(read) => read,
            Err(unusable) => return Ok(Err(unusable)),
        };
        let organisations = self.organisations().await?;
        let planner = self.planner(feed, &read.index, &organisations);
        watch.phase(Phase::Comparing);
        survey::survey(&planner, source, watch, (&read, None)).await
    }

    /// Put on record what a feed says. `strip` takes away what an identity logs in with, when it ends or begins anew, in
    /// the same transaction.
    pub async fn import<S: Source, W: Watch>(
        &self,
        feed: &Feed,
        source: &mut S,
        watch: &mut W,
        strip: &impl AsyncFn(&mut Tx, IdentityId) -> Result<(), Error>,
    ) -> Result<Outcome, Error> {
        let lease = Lease { importer: self, key: lease_key(&feed.name), id: self.new_id() };
        if !lease.take().await? {
            return Ok(Outcome::Unusable(Unusable::Busy));
        }
        let outcome = self.run(feed, source, watch, (&lease, strip)).await;
        // It would be over in a minute all the same.
        drop(lease.give_back().await);
        outcome
    }

    async fn run<S: Source, W: Watch>(
        &self,
        feed: &Feed,
        source: &mut S,
        watch: &mut W,
        (lease, strip): (&Lease<'_>, &impl AsyncFn(&mut Tx, IdentityId) -> Result<(), Error>),
    ) -> Result<Outcome, Error> {
        watch.phase(Phase::Reading);
        let read = match read(source, watch, Some(lease)).await? {
            Ok(read) => read,
            Err(unusable) => return Ok(Outcome::Unusable(unusable)),
        };
        let organisations = self.organisations().await?;
        let planner = self.planner(feed, &read.index, &organisations);
        watch.phase(Phase::Comparing);
        let survey = match survey::survey(&planner, source, watch, (&read, Some(lease))).await? {
            Ok(survey) if source.digest() == read.digest => survey,
            Ok(_) => return Ok(Outcome::Unusable(Unusable::Changed)),
            Err(unusable) => return Ok(Outcome::Unusable(unusable)),
        };
        let before = self.same_run(feed, &read.digest, source.is_fleeting().then_some(&survey)).await?;
        let allowed = before.as_ref().filter(|run| run.is_approved).map_or(0, |run| run.losing);
        let is_new = before.is_none();
        let run = before.unwrap_or_else(|| self.new_run(lease.id, feed, &read.digest, &survey));
        let run = Run { digest: read.digest.clone(), ..run };
        if survey.held && survey.losing > allowed {
            return self.hold(run, survey, is_new).await;
        }
        let apply =
            Apply { importer: self, planner: &planner, lease, strip, survey: &survey, run: &run, is_new };
        let counts = apply.all(source, watch, (&read.digest, read.keyless)).await?;
        Ok(match counts {
            Ok(counts) => Outcome::Applied(run.id, survey, counts),
            Err(unusable) => Outcome::Unusable(unusable),
        })
    }

    /// A run of the same feed, with the same source understood in the same way, that has not come to an end: it was
    /// held, or killed. Of a source that never says the same twice, one that takes the same from the same people.
    async fn same_run(
        &self,
        feed: &Feed,
        digest: &str,
        fleeting: Option<&Survey>,
    ) -> Result<Option<Run>, Error> {
        let open = store::feed_run::open_runs(self.log.database(), &feed.name).await?;
        let losers = |run: &Run| serde_json::from_str::<survey::Losers>(&run.plan).ok();
        let takes_the_same = |run: &Run| {
            fleeting.is_some_and(|survey| {
                survey.losing > 0 && losers(run).is_some_and(|it| it.losers == survey.losers)
            })
        };
        Ok(open.into_iter().find(|run| run.digest == digest || takes_the_same(run)))
    }

    async fn hold(&self, run: Run, survey: Survey, is_new: bool) -> Result<Outcome, Error> {
        let db = self.log.database();
        let still_waits = match run.proposal {
            Some(id) => crate::proposal(db, id, self.log.now()).await?.is_some(),
            None => false,
        };
        if still_waits && !is_new && run.losing == survey.losing {
            return Ok(Outcome::Held(run.id, survey));
        }
        // Nobody answered in time, or what it would do is not what was asked about.
        let run = Run { id: self.new_id(), losing: survey.losing, plan: store::to_json(&survey)?, ..run };
        // One that was held before is not asked about any more.
        run::void_others(&self.log, &self.actor, &run).await?;
        let mut tx = self.log.begin(self.actor.clone()).await?;
        let run = Run { started: tx.now(), ..run };
        let held = run::hold(&mut tx, &*self.entropy, run, survey.of).await?;
        tx.commit().await?;
        Ok(Outcome::Held(held.id, survey))
    }

    fn new_run(&self, id: FeedRunId, feed: &Feed, digest: &str, survey: &Survey) -> Run {
        Run {
            id,
            feed: feed.name.clone(),
            digest: digest.to_owned(),
            state: RunState::Running,
            started: self.log.now(),
            finished: None,
            counts: Counts::default(),
            losing: survey.losing,
            plan: store::to_json(survey).unwrap_or_default(),
            error_file: self.error_file.clone(),
            proposal: None,
            is_approved: false,
        }
    }

    fn new_id(&self) -> FeedRunId {
        FeedRunId::new(self.log.now(), &*self.entropy)
    }

    async fn organisations(&self) -> Result<BTreeSet<Cvr>, Error> {
        Ok(store::feed::organisations(self.log.database()).await?.into_iter().collect())
    }

    fn planner<'a>(
        &'a self,
        feed: &'a Feed,
        index: &'a Index,
        organisations: &'a BTreeSet<Cvr>,
    ) -> Planner<'a> {
        Planner {
            db: self.log.database(),
            personal: &self.personal,
            entropy: &*self.entropy,
            feed,
            index,
            organisations,
            now: self.log.now(),
            ordinals: AtomicU64::new(0),
        }
    }
}

/// The whole source once.
async fn read<S: Source, W: Watch>(
    source: &mut S,
    watch: &mut W,
    lease: Option<&Lease<'_>>,
) -> Result<Result<FirstReading, Unusable>, Error> {
    if let Err(unusable) = source.begin().await {
        return Ok(Err(unusable));
    }
    let mut read = FirstReading { index: Index::default(), records: 0, keyless: 0, digest: String::new() };
    loop {
        match source.next(BATCH_RECORDS).await {
            Ok(rows) if rows.is_empty() => break,
            Ok(rows) if rows.iter().all(|row| read.note(row)) => {}
            Ok(_) => return Ok(Err(Unusable::TooMany)),
            Err(unusable) => return Ok(Err(unusable)),
        }
        if !still_ours(lease).await? {
            return Ok(Err(Unusable::Busy));
        }
        watch.progress(read.records, 0);
    }
    if read.records == 0 {
        return Ok(Err(Unusable::Empty));
    }
    read.index.close();
    read.digest = source.digest();
    Ok(Ok(read))
}

impl FirstReading {
    /// False if there are too many.
    fn note(&mut self, row: &Row) -> bool {
        self.records += 1;
        let user_name = row.said.as_ref().ok().map(|record| record.user_name.as_str());
        match &row.key {
            Some(key) => self.index.note(key, user_name),
            None => {
                self.keyless += 1;
                true
            }
        }
    }
}

/// Whoever only looks needs no lease.
async fn still_ours(lease: Option<&Lease<'_>>) -> Result<bool, Error> {
    match lease {
        Some(lease) => lease.renew().await,
        None => Ok(true),
    }
}

/// What keeps two runs of a feed from each other's way. Each change is safe by itself; together they would only undo and
/// redo.
struct Lease<'a> {
    importer: &'a Importer,
    key: String,
    id: FeedRunId,
}

impl Lease<'_> {
    async fn take(&self) -> Result<bool, Error> {
        let now = self.importer.log.now();
        let until = now.plus(LEASE_LIFE);
        Ok(self.importer.volatile.put_if_absent(&self.key, &self.id.to_string(), until, now).await?)
    }

    /// False if another run has it by now.
    async fn renew(&self) -> Result<bool, Error> {
        let (now, id) = (self.importer.log.now(), self.id.to_string());
        Ok(self.importer.volatile.swap(&self.key, &id, &id, now.plus(LEASE_LIFE), now).await?)
    }

    /// What was done so far, for whoever looks at it meanwhile.
    async fn tell(&self, counts: &Counts) -> Result<(), Error> {
        let now = self.importer.log.now();
        let key = progress_key(&self.key);
        Ok(self.importer.volatile.put(&key, &store::to_json(counts)?, now.plus(LEASE_LIFE), now).await?)
    }

    async fn give_back(&self) -> Result<(), Error> {
        if self.renew().await? {
            self.importer.volatile.remove(&self.key).await?;
        }
        Ok(())
    }
}

/// What the run of a feed that is under way has done so far; nothing if none is.
pub async fn under_way(volatile: &dyn Volatile, feed: &str, now: Moment) -> Result<Option<Counts>, Error> {
    let lease = lease_key(feed);
    if volatile.get(&lease, now).await?.is_none() {
        return Ok(None);
    }
    let told = volatile.get(&progress_key(&lease), now).await?;
    Ok(Some(told.and_then(|told| serde_json::from_str(&told).ok()).unwrap_or_default()))
}

fn lease_key(feed: &str) -> String {
    format!("feed/{feed}")
}

fn progress_key(lease: &str) -> String {
    format!("{lease}/progress")
}

fn whole(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}
