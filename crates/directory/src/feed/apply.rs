//! What was planned happens: some records in each transaction, with a pause for others after each.

use std::collections::BTreeSet;

use portner_audit_log::{Event, Tx};
use portner_domain::life::Locker;
use portner_domain::{IdentityId, Millis};

use super::batch::{BATCH_RECORDS, Newcomer, Planned, Planner, Work};
use super::hand::{Hand, Stopped};
use super::mapping::Load;
use super::names::Wish;
use super::plan::Kind;
use super::record::Wrong;
use super::run::{self, Counts, Run};
use super::source::{Source, Unusable};
use super::survey::{MISSING_PAGE, Survey};
use super::{Importer, Lease, Phase, Told, Watch};
use crate::{Error, Refusal, store};

/// How long others may write after each transaction: SQLite lets a writer that waits try again about so often.
const PAUSE: Millis = Millis(10);
/// Identities stopped in one transaction because the source has them no more.
const BATCH_STOPPED: usize = 100;

/// A run that is being put on record.
pub(super) struct Apply<'a, S> {
    pub(super) importer: &'a Importer,
    pub(super) planner: &'a Planner<'a>,
    pub(super) lease: &'a Lease<'a>,
    pub(super) strip: &'a S,
    pub(super) survey: &'a Survey,
    pub(super) run: &'a Run,
    pub(super) is_new: bool,
}

/// What was done so far.
#[derive(Default)]
struct Done {
    counts: Counts,
    losing: u64,
    /// Those whose user name was changed count once, whatever else changes about them.
    renamed: BTreeSet<IdentityId>,
}

impl<S: AsyncFn(&mut Tx, IdentityId) -> Result<(), Error>> Apply<'_, S> {
    /// All of it. The digest is what the source said when it was first read.
    pub(super) async fn all<R: Source, W: Watch>(
        &self,
        source: &mut R,
        watch: &mut W,
        (digest, keyless): (&str, u64),
    ) -> Result<Result<Counts, Unusable>, Error> {
        let mut done = Done::default();
        done.counts.records = self.survey.records;
        run::void_others(&self.importer.log, &self.importer.actor, self.run).await?;
        if self.survey.is_empty() {
            done.counts.failed = self.survey.failed;
            self.finish(&done).await?;
            return Ok(Ok(done.counts));
        }
        let mut tx = self.begin().await?;
        run::begin(&mut tx, self.run, self.is_new).await?;
        tx.commit().await?;
        if self.change_user_names(&self.survey.wishes).await? {
            done.renamed = self.survey.wishes.iter().map(|wish| wish.identity).collect();
            done.losing = super::whole(done.renamed.len());
            done.counts.changed = done.losing;
        }
        watch.phase(Phase::Applying);
        if let Err(unusable) = self.records(source, watch, &mut done).await? {
            return Ok(Err(unusable));
        }
        if source.digest() != digest {
            return Ok(Err(Unusable::Changed));
        }
        if self.planner.feed.load == Load::Full && keyless == 0 {
            watch.phase(Phase::Stopping);
            if let Err(unusable) = self.stop_missing(watch, &mut done).await? {
                return Ok(Err(unusable));
            }
        }
        self.finish(&done).await?;
        Ok(Ok(done.counts))
    }

    async fn begin(&self) -> Result<Tx, Error> {
        Ok(self.importer.log.begin(self.importer.actor.clone()).await?)
    }

    async fn finish(&self, done: &Done) -> Result<(), Error> {
        let mut tx = self.begin().await?;
        let is_unheard_of = self.is_new && self.survey.is_empty();
        run::finish(&mut tx, (self.run, is_unheard_of), &done.counts).await?;
        Ok(tx.commit().await?)
    }

    /// All at once, before anybody is registered who wants a name that becomes free. If somebody else took one
    /// meanwhile, none changes, and each record says so.
    async fn change_user_names(&self, wishes: &[Wish]) -> Result<bool, Error> {
        let Some((last, others)) = wishes.split_last() else { return Ok(false) };
        let event = |wish: &Wish| Event::IdentityChanged {
            identity: wish.identity,
            fields: vec!["user-name".to_owned()],
        };
        let mut tx = self.begin().await?;
        let now = tx.now();
        for wish in others {
            tx.write(event(wish));
        }
        let changed = store::feed::change_user_names(tx.write(event(last)), wishes, now).await?;
        if changed {
            tx.commit().await?;
        }
        Ok(changed)
    }

    async fn records<R: Source, W: Watch>(
        &self,
        source: &mut R,
        watch: &mut W,
        done: &mut Done,
    ) -> Result<Result<(), Unusable>, Error> {
        if let Err(unusable) = source.begin().await {
            return Ok(Err(unusable));
        }
        let mut read = 0_u64;
        loop {
            let rows = match source.next(BATCH_RECORDS).await {
                Ok(rows) if rows.is_empty() => return Ok(Ok(())),
                Ok(rows) => rows,
                Err(_) => return Ok(Err(Unusable::Changed)),
            };
            read += super::whole(rows.len());
            let mut works = Vec::new();
            for Planned { line, key, work, .. } in self.planner.plans(rows).await? {
                match work {
                    Ok(work) if work.plan.steps.is_empty() => {}
                    Ok(work) => works.push((line, work)),
                    Err(wrong) => done.fail(watch, Told { line, key, wrong }),
                }
            }
            if let Err(unusable) = self.batch(works, watch, done).await? {
                return Ok(Err(unusable));
            }
            watch.progress(read, self.survey.records);
        }
    }

    /// Together, or if one of them is not as it was, one by one.
    async fn batch<W: Watch>(
        &self,
        works: Vec<(u64, Work)>,
        watch: &mut W,
        done: &mut Done,
    ) -> Result<Result<(), Unusable>, Error> {
        if works.is_empty() {
            return Ok(Ok(()));
        }
        let losing =
            works.iter().filter(|(_, work)| work.plan.loses() && !done.renamed.contains(&work.identity));
        done.losing += super::whole(losing.count());
        // What nobody was asked about does not happen.
        if done.losing > self.survey.losing {
            return Ok(Err(Unusable::Changed));
        }
        match self.commit(works.iter().map(|(_, work)| work)).await {
            Ok(()) => works.iter().for_each(|(_, work)| done.count(work)),
            Err(Stopped::Failed(error)) => return Err(error),
            Err(Stopped::By(_)) => {
                for (line, work) in &works {
                    match self.commit([work].into_iter()).await {
                        Ok(()) => done.count(work),
                        Err(Stopped::Failed(error)) => return Err(error),
                        Err(Stopped::By(refusal)) => {
                            let key = Some(work.record.key.clone());
                            done.fail(watch, Told { line: *line, key, wrong: wrong(refusal) });
                        }
                    }
                }
            }
        }
        self.breathe(done).await
    }

    /// Say that the run is alive, and let others write.
    async fn breathe(&self, done: &Done) -> Result<Result<(), Unusable>, Error> {
        if !self.lease.renew().await? {
            return Ok(Err(Unusable::Busy));
        }
        self.lease.tell(&done.counts).await?;
        tokio::time::sleep(PAUSE.as_duration()).await;
        Ok(Ok(()))
    }

    async fn commit<'w>(&self, works: impl Iterator<Item = &'w Work> + Clone) -> Result<(), Stopped> {
        let mut tx = self.begin().await?;
        let (personal, planner) = (&self.importer.personal, self.planner);
        let hand = Hand { personal, db: planner.db, feed: planner.feed };
        let newcomers = works.clone().filter_map(|work| hand.newcomer(work));
        let newcomers = newcomers.collect::<Result<Vec<Newcomer>, Error>>()?;
        hand.register(&mut tx, &newcomers).await?;
        for work in works {
            for step in &work.plan.steps {
                hand.step(&mut tx, work, step).await?;
                if step.strips() {
                    (self.strip)(&mut tx, work.identity).await?;
                }
            }
        }
        Ok(tx.commit().await?)
    }

    async fn stop_missing<W: Watch>(
        &self,
        watch: &mut W,
        done: &mut Done,
    ) -> Result<Result<(), Unusable>, Error> {
        let feed = &self.planner.feed.name;
        let (mut after, mut seen) = (None, 0_u64);
        loop {
            let page = store::feed::in_use(self.planner.db, feed, after, MISSING_PAGE).await?;
            let Some((last, _)) = page.last() else { return Ok(Ok(())) };
            after = Some(*last);
            seen += super::whole(page.len());
            let gone = page.iter().filter(|(_, key)| !self.planner.index.has(key)).map(|(id, _)| *id);
            let gone: Vec<IdentityId> = gone.collect();
            for some in gone.chunks(BATCH_STOPPED) {
                done.losing += super::whole(some.len());
                if done.losing > self.survey.losing {
                    return Ok(Err(Unusable::Changed));
                }
                done.counts.locked += self.stop(some).await?;
                if let Err(unusable) = self.breathe(done).await? {
                    return Ok(Err(unusable));
                }
            }
            watch.progress(seen, self.survey.of);
        }
    }

    /// How many were stopped: those whom somebody else stopped or ended meanwhile need not be.
    async fn stop(&self, some: &[IdentityId]) -> Result<u64, Error> {
        match self.stop_all(some).await {
            Ok(()) => return Ok(super::whole(some.len())),
            Err(Stopped::Failed(error)) => return Err(error),
            Err(Stopped::By(_)) => {}
        }
        let mut stopped = 0;
        for one in some {
            match self.stop_all(&[*one]).await {
                Ok(()) => stopped += 1,
                Err(Stopped::Failed(error)) => return Err(error),
                Err(Stopped::By(_)) => {}
            }
        }
        Ok(stopped)
    }

    async fn stop_all(&self, some: &[IdentityId]) -> Result<(), Stopped> {
        let why = format!("{} does not have them any more", self.planner.feed.name);
        let mut tx = self.begin().await?;
        for identity in some {
            crate::lock(&mut tx, *identity, Locker::Source, &why).await??;
        }
        Ok(tx.commit().await?)
    }
}

impl Done {
    fn count(&mut self, work: &Work) {
        for kind in work.plan.kinds().into_keys() {
            let count = match kind {
                Kind::Register => &mut self.counts.registered,
                Kind::Change if self.renamed.contains(&work.identity) => continue,
                Kind::Change => &mut self.counts.changed,
                Kind::Lock => &mut self.counts.locked,
                Kind::Lift | Kind::Resume => &mut self.counts.lifted,
                Kind::End => &mut self.counts.ended,
                Kind::Returner => continue,
            };
            *count += 1;
        }
    }

    fn fail<W: Watch>(&mut self, watch: &mut W, told: Told) {
        self.counts.failed += 1;
        watch.wrong(&told);
    }
}

const fn wrong(refusal: Refusal) -> Wrong {
    match refusal {
        Refusal::UserNameTaken => Wrong::UserNameTaken,
        Refusal::CprTaken => Wrong::CprTaken,
        Refusal::Robot => Wrong::Robot,
        Refusal::TooMany => Wrong::TooManyGroups,
        _ => Wrong::Raced,
    }
}
