//! Keeps in step by itself: hears from the log who changed, does what follows within seconds, suspensions first, tries again
//! what failed, and reads the other side every night.
//!
//! What is due is kept in memory: whoever begins, because it was started or another node is gone, plans everybody anew, and
//! then follows the log from where it was.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use portner_audit_log::Event;
use portner_audit_log::changes::{changes_since, sealed_count};
use portner_directory::feed::Hour;
use portner_directory::{identities_of, turned};
use portner_domain::{IdentityId, Millis, Moment};
use tokio::sync::watch;

use crate::lease::Lease;
use crate::liaison::{Liaison, Losing, Mode};
use crate::plan::{IdentityPlan, Step, Turn};
use crate::reading::{Depth, Done, Meanwhile, Of, Place, READ_AT, Read};
use crate::settle::{May, Settled};
use crate::status::{CaughtUp, NotDone, ReadBy, STATUS, STATUS_FAILURES_MAX, Status};
use crate::wire::EmployeeUuid;
use crate::{Error, store};

/// How often it is looked whether anything is to be done.
const BETWEEN_LOOKS: Duration = Duration::from_millis(500);
/// The first pause after a failure; each of the next is twice as long.
const PAUSE: Millis = Millis::seconds(5);
const PAUSE_MAX: Millis = Millis::minutes(10);
/// What waits for a reading or for somebody to look is asked about so often.
const WAITING: Millis = Millis::seconds(30);
/// A suspension that was not confirmed by then is told of.
const SUSPENDED_WITHIN: Millis = Millis::minutes(15);
/// How often it is said that all is as it was.
const BETWEEN_WORDS: Millis = Millis::seconds(10);
/// How long the last word about all this is kept.
const STATUS_LIFE: Millis = Millis::hours(30 * 24);

/// What somebody wants to be read.
const WANTED: &str = "sync/wanted";
/// … and whose loss is held.
const HELD: &str = "held";

/// One that is to be settled.
#[derive(Clone, Debug)]
struct Due {
    turn: Turn,
    loses: bool,
    steps: Vec<Step>,
    since: Moment,
    tries: u32,
    next: Moment,
}

impl Due {
    /// It failed: another time, later each time.
    fn put_off(&mut self, now: Moment) {
        let pause = PAUSE.0.saturating_mul(1_u64.checked_shl(self.tries).unwrap_or(u64::MAX));
        self.tries = self.tries.saturating_add(1);
        self.next = now.plus(Millis(pause.min(PAUSE_MAX.0)));
    }
}

/// Keeps in step until it is stopped, and reads everything once a night.
pub struct Follower {
    liaison: Liaison,
    night: Hour,
    lease: Lease,
    /// Where the log was read to; nothing before everybody was planned.
    mark: Option<i64>,
    turned: Moment,
    due: BTreeMap<IdentityId, Due>,
    /// Those who wait until somebody has looked.
    held: BTreeSet<IdentityId>,
    weighed: Moment,
    wants_reading: bool,
    tried_reading: Option<Moment>,
    /// How far looking at everybody alone has come, if it goes on.
    looking: Option<Place>,
    status: Status,
    told: Option<(Moment, Status)>,
}

impl Follower {
    /// By what name this node is known to others, and when it reads everything.
    pub fn new(liaison: Liaison, name: String, night: Hour) -> Self {
        let lease = Lease { liaison: liaison.clone(), name };
        Self {
            liaison,
            night,
            lease,
            mark: None,
            turned: Moment(0),
            due: BTreeMap::new(),
            held: BTreeSet::new(),
            weighed: Moment(0),
            wants_reading: false,
            tried_reading: None,
            looking: None,
            status: Status::default(),
            told: None,
        }
    }

    /// Do it until `stop`. Every node does; of several, one works.
    pub async fn run(mut self, stop: impl Future<Output = ()>) {
        let lease = self.lease.clone();
        let heart = lease.keep();
        let following = async {
            loop {
                match self.look().await {
                    // Something was done: there may be more.
                    Ok(true) => continue,
                    Ok(false) => {}
                    Err(error) => tell_of(&error),
                }
                tokio::time::sleep(BETWEEN_LOOKS).await;
            }
        };
        tokio::select! { () = stop => {}, () = following => {}, () = heart => {} }
        lease.give_up().await;
    }

    /// Read the other side, and do what can be done now, once.
    pub async fn catch_up(mut self, depth: Depth) -> Result<CaughtUp, Error> {
        let lease = self.lease.clone();
        if !lease.is_ours().await? {
            return Ok(CaughtUp::AnotherDoes);
        }
        let heart = lease.keep();
        let caught_up =
            tokio::select! { it = self.catch_up_alone(depth) => it, () = heart => Err(Error::Endless) };
        lease.give_up().await;
        caught_up
    }

    async fn catch_up_alone(&mut self, depth: Depth) -> Result<CaughtUp, Error> {
        let read = self.liaison.read(depth).await?;
        if !matches!(read, Read::Done(_)) {
            return Ok(CaughtUp::Unread(read));
        }
        self.begin().await?;
        while let Some(identity) = self.next(|_| true) {
            self.settle(identity, May::Anything).await?;
        }
        self.tell().await?;
        Ok(CaughtUp::Done(self.status.clone()))
    }

    /// Only read. Whoever keeps it in step at this moment is asked to do so, and waited for.
    pub async fn read_once(self, depth: Depth) -> Result<ReadBy, Error> {
        let lease = self.lease.clone();
        if !lease.is_ours().await? {
            return self.have_read(depth).await;
        }
        let heart = lease.keep();
        let read = tokio::select! { it = self.read_all(depth) => it, () = heart => Err(Error::Endless) };
        lease.give_up().await;
        read.map(ReadBy::Us)
    }

    async fn read_all(&self, depth: Depth) -> Result<Read, Error> {
        let mut read = self.liaison.read(depth).await?;
        if let (Read::Done(done), Depth::Everything) = (&mut read, depth) {
            let mut place = Some(Place::default());
            while let Some(from) = place {
                place = self.liaison.look_on(from, Of::Everybody, done).await?;
            }
        }
        Ok(read)
    }

    async fn have_read(&self, depth: Depth) -> Result<ReadBy, Error> {
        let (volatile, asked) = (&*self.liaison.volatile, self.liaison.now());
        volatile.put(WANTED, depth.word(), asked.plus(STATUS_LIFE), asked).await?;
        loop {
            tokio::time::sleep(BETWEEN_LOOKS).await;
            let status = self.liaison.status().await?.unwrap_or_default();
            if status.tried_at.is_some_and(|tried| tried > asked) {
                return Ok(ReadBy::Another(status.unread));
            }
            if self.liaison.mode().await? == Mode::Paused {
                volatile.remove(WANTED).await?;
                return Ok(ReadBy::Another(Some("nothing is done while it is paused".to_owned())));
            }
        }
    }

    /// Do the next thing, if there is any; whether there was.
    pub async fn look(&mut self) -> Result<bool, Error> {
        let mode = self.liaison.mode().await?;
        if mode == Mode::Paused || !self.lease.is_ours().await? {
            self.mark = None;
            return Ok(false);
        }
        if let Some(depth) = self.to_be_read().await? {
            self.read(depth).await?;
            return Ok(true);
        }
        // What waits for somebody to read it is planned all the same: a suspension that waits too long is told of.
        let waits = mode == Mode::DryRun && self.liaison.waits_for_form().await?;
        if mode == Mode::DryRun && !waits {
            self.mark = None;
            return self.look_on().await;
        }
        match self.mark {
            None => self.begin().await?,
            Some(mark) => self.hear(mark).await?,
        }
        if waits {
            self.tell().await?;
            return self.look_on().await;
        }
        let settled = match self.next(|_| true) {
            Some(identity) => {
                self.settle(identity, May::Anything).await?;
                true
            }
            // Whoever waits does not wait for those who are only looked at.
            None => self.look_on().await?,
        };
        self.tell().await?;
        Ok(settled)
    }

    /// Look at some more of them alone, if that was begun; whether it was.
    async fn look_on(&mut self) -> Result<bool, Error> {
        let Some(from) = self.looking else { return Ok(false) };
        let mut done = Done::default();
        self.looking = self.liaison.look_on(from, Of::Everybody, &mut done).await?;
        if self.looking.is_none() {
            // Everything is known anew, so everybody is planned anew.
            self.mark = None;
            self.status.tried_at = Some(self.liaison.now());
            self.tell().await?;
        }
        Ok(true)
    }

    async fn to_be_read(&self) -> Result<Option<Depth>, Error> {
        let now = self.liaison.now();
        if let Some(wanted) = self.liaison.volatile.take(WANTED, now).await? {
            return Ok(Some(if wanted == Depth::Lists.word() { Depth::Lists } else { Depth::Everything }));
        }
        let between = self.liaison.scheme.between_readings;
        if self.tried_reading.is_some_and(|last| last.plus(between) > now) {
            return Ok(None);
        }
        if self.is_night(now).await? {
            return Ok(Some(Depth::Everything));
        }
        Ok(self.wants_reading.then_some(Depth::Lists))
    }

    async fn is_night(&self, now: Moment) -> Result<bool, Error> {
        Ok(self.read_at().await?.is_none_or(|last| last < self.night.last(now)))
    }

    async fn read_at(&self) -> Result<Option<Moment>, Error> {
        let text = store::state(self.liaison.db(), READ_AT).await?;
        Ok(text.and_then(|text| text.parse().ok()).map(Moment))
    }

    /// Read; after the night's reading everybody is planned anew.
    async fn read(&mut self, depth: Depth) -> Result<(), Error> {
        let now = self.liaison.now();
        self.tried_reading = Some(now);
        let liaison = self.liaison.clone();
        let (done, is_done) = watch::channel(false);
        let asking = async {
            let lists = liaison.lists().await;
            done.send_replace(true);
            lists
        };
        let (lists, touched) = tokio::join!(asking, self.suspend_meanwhile(is_done));
        let unread = match liaison.take_in(depth, lists, &touched, self).await? {
            Read::Done(done) => {
                tracing::info!(?done, ?depth, "MitID Erhverv was read");
                self.wants_reading = false;
                // What it shows is planned for, whoever it is.
                self.mark = None;
                self.status.read_at = Some(now);
                if depth == Depth::Everything {
                    self.looking = Some(Place::default());
                }
                // What waited for this need not wait any more; what failed may.
                self.due.values_mut().filter(|due| due.tries == 0).for_each(|due| due.next = now);
                None
            }
            Read::Untrusted(why) => Some(why.to_string()),
            Read::Failed(failure) => Some(failure.to_string()),
        };
        if let Some(why) = &unread {
            tracing::warn!("MitID Erhverv can't be read: {why}");
        }
        // Whoever waits for everything waits until all were looked at.
        if self.looking.is_none() || unread.is_some() {
            self.status.tried_at = Some(self.liaison.now());
        }
        self.status.unread = unread;
        self.tell().await
    }

    /// Whoever is to be suspended does not wait for lists. Those who were touched.
    async fn suspend_meanwhile(&mut self, mut is_done: watch::Receiver<bool>) -> BTreeSet<EmployeeUuid> {
        let mut touched = BTreeSet::new();
        while !*is_done.borrow() {
            match self.suspend_next(&mut touched).await {
                Ok(true) => continue,
                Ok(false) => {}
                Err(error) => tell_of(&error),
            }
            tokio::select! { () = tokio::time::sleep(BETWEEN_LOOKS) => {}, _ = is_done.changed() => {} }
        }
        touched
    }

    async fn suspend_next(&mut self, touched: &mut BTreeSet<EmployeeUuid>) -> Result<bool, Error> {
        if self.liaison.mode().await? != Mode::Live || !self.lease.is_ours().await? {
            return Ok(false);
        }
        match self.mark {
            Some(mark) => self.hear(mark).await?,
            // What was never read can't be planned from.
            None if self.read_at().await?.is_none() => return Ok(false),
            None => self.begin().await?,
        }
        let is_suspended = |due: &Due| due.loses && due.turn == Turn::Suspend;
        let Some(identity) = self.next(is_suspended) else { return Ok(false) };
        touched.extend(self.liaison.mirror.bond(identity).await?.bond.employee());
        self.settle(identity, May::OnlyLose).await?;
        touched.extend(self.liaison.mirror.bond(identity).await?.bond.employee());
        self.tell().await?;
        Ok(true)
    }

    /// Plan everybody.
    async fn begin(&mut self) -> Result<(), Error> {
        let mark = sealed_count(self.liaison.db()).await?;
        let now = self.liaison.now();
        let mut plans = Vec::new();
        self.liaison.plan_all(|plan| plans.extend(plan.is_due().then(|| plan.clone()))).await?;
        let still: BTreeSet<_> = plans.iter().map(|plan| plan.identity).collect();
        self.due.retain(|identity, _| still.contains(identity));
        self.note(&plans);
        self.weigh(&plans).await?;
        (self.turned, self.mark) = (now, Some(mark));
        Ok(())
    }

    /// Plan those who changed since, and those whose time came.
    async fn hear(&mut self, mark: i64) -> Result<(), Error> {
        let db = self.liaison.db().clone();
        let changes = changes_since(&db, mark, &self.liaison.actor).await?;
        let mut changed = changes.identities;
        for person in changes.persons {
            changed.extend(identities_of(&db, person).await?);
        }
        let now = self.liaison.now();
        changed.extend(turned(&db, self.turned, now).await?);
        // Somebody may have looked at those who are held, of which no event about anybody tells.
        let is_time_to_ask = !self.held.is_empty() && self.weighed.plus(WAITING) <= now;
        if changed.is_empty() && !is_time_to_ask {
            (self.turned, self.mark) = (now, Some(changes.next));
            return Ok(());
        }
        let changed: Vec<_> = changed.into_iter().collect();
        let plans = self.liaison.plan_these(&changed).await?;
        self.note(&plans);
        let losing = self.losing();
        let plans = self.liaison.plan_these(&losing).await?;
        self.weigh(&plans).await?;
        // Last: what failed before this is heard again.
        (self.turned, self.mark) = (now, Some(changes.next));
        Ok(())
    }

    fn losing(&self) -> Vec<IdentityId> {
        self.due.iter().filter(|(_, due)| due.loses).map(|(identity, _)| *identity).collect()
    }

    /// What is due is due since it first was, and tried at once if it is something else than before.
    fn note(&mut self, plans: &[IdentityPlan]) {
        let now = self.liaison.now();
        for plan in plans {
            let before = self.due.remove(&plan.identity);
            if plan.is_due() {
                let steps: Vec<_> = plan.steps.iter().map(|it| it.step.clone()).collect();
                let (since, tries, next) = match &before {
                    // What failed is not tried again because of something else.
                    Some(before) if before.steps == steps => (before.since, before.tries, before.next),
                    Some(before) => (before.since, 0, now),
                    None => (now, 0, now),
                };
                let due = Due { turn: plan.turn(), loses: plan.loses(), steps, since, tries, next };
                self.due.insert(plan.identity, due);
            }
        }
    }

    /// Does somebody have to look before those who are due lose their login?
    async fn weigh(&mut self, plans: &[IdentityPlan]) -> Result<(), Error> {
        let losing = self.liaison.losing(plans).await?;
        let is_held = self.liaison.holds(&losing);
        if is_held {
            self.note_held(&losing).await?;
        }
        let many = u64::try_from(losing.identities.len()).unwrap_or(u64::MAX);
        self.status.held = is_held.then_some((many, losing.of));
        self.held = if is_held { losing.identities } else { BTreeSet::new() };
        self.weighed = self.liaison.now();
        Ok(())
    }

    async fn note_held(&self, losing: &Losing) -> Result<(), Error> {
        let digest = losing.digest();
        if store::state(self.liaison.db(), HELD).await?.as_deref() == Some(&digest) {
            return Ok(());
        }
        let many = u64::try_from(losing.identities.len()).unwrap_or(u64::MAX);
        tracing::warn!(
            losing = many,
            of = losing.of,
            "MitID Erhverv: suspensions wait until somebody has looked"
        );
        let mut tx = self.liaison.mirror.log.begin(self.liaison.actor.clone()).await?;
        let conn = tx.write(Event::SyncHeld { losing: many, of: losing.of });
        store::put_state(conn, HELD, &digest).await?;
        Ok(tx.commit().await?)
    }

    /// Suspensions first, then deletions; of each, who waits longest.
    fn next(&self, of: impl Fn(&Due) -> bool) -> Option<IdentityId> {
        let now = self.liaison.now();
        let is_next = |who: &IdentityId, due: &Due| due.next <= now && !self.held.contains(who) && of(due);
        let due = self.due.iter().filter(|(who, due)| is_next(who, due));
        due.min_by_key(|(_, due)| (due.turn, due.since)).map(|(identity, _)| *identity)
    }

    async fn settle(&mut self, identity: IdentityId, may: May) -> Result<(), Error> {
        // Only what was weighed may take a login: who would lose it by now and did not is weighed first.
        let was_weighed = self.due.get(&identity).is_some_and(|due| due.loses);
        let settled = self.liaison.settle(identity, if was_weighed { may } else { May::LoseNothing }).await;
        let now = self.liaison.now();
        let Some(due) = self.due.get_mut(&identity) else { return Ok(()) };
        let settled = match settled {
            Ok(settled) => settled,
            Err(error) => {
                // Nobody waits behind somebody of whom nothing can be made.
                tracing::error!(%identity, error = &error as &dyn std::error::Error, "MitID Erhverv: not settled");
                due.put_off(now);
                return Ok(());
            }
        };
        match settled {
            Settled::Done(_) => drop(self.due.remove(&identity)),
            Settled::Held => {
                due.loses = true;
                let losing: Vec<_> = self.losing();
                let plans = self.liaison.plan_these(&losing).await?;
                self.weigh(&plans).await?;
            }
            Settled::Waits => due.next = now.plus(WAITING),
            Settled::Unclear => {
                due.next = now.plus(WAITING);
                // What was asked for may still be being done there: it is not looked for at once.
                if !self.wants_reading {
                    (self.wants_reading, self.tried_reading) = (true, Some(now));
                }
            }
            Settled::Failed { step, failure } => {
                due.put_off(now);
                metrics::counter!("portner_sync_failures_total").increment(1);
                tracing::warn!(%identity, %step, %failure, "MitID Erhverv did not do something");
                self.status.troubles.retain(|trouble| trouble.identity != identity);
                let (trouble, why) = (failure.trouble(), failure.to_string());
                self.status.troubles.insert(0, NotDone { identity, at: now, step, trouble, why });
                self.status.troubles.truncate(STATUS_FAILURES_MAX);
            }
        }
        Ok(())
    }

    async fn tell(&mut self) -> Result<(), Error> {
        let now = self.liaison.now();
        let troubled: BTreeSet<_> = self.due.keys().copied().collect();
        let status = &mut self.status;
        status.at = Some(now);
        status.due = u64::try_from(self.due.len()).unwrap_or(u64::MAX);
        status.oldest = self.due.values().map(|due| due.since).min();
        status.oldest_loss = self.due.values().filter(|due| due.loses).map(|due| due.since).min();
        status.troubles.retain(|trouble| troubled.contains(&trouble.identity));
        let seconds = |since: Option<Moment>| {
            since
                .and_then(|since| now.since(since))
                .map_or(0.0, |age| Duration::from_millis(age.0).as_secs_f64())
        };
        metrics::gauge!("portner_sync_due").set(f64::from(u32::try_from(status.due).unwrap_or(u32::MAX)));
        metrics::gauge!("portner_sync_lag_seconds").set(seconds(status.oldest));
        metrics::gauge!("portner_sync_suspension_lag_seconds").set(seconds(status.oldest_loss));
        metrics::gauge!("portner_sync_held").set(if self.held.is_empty() { 0.0 } else { 1.0 });
        // Nobody is told the same twice in a row, but for the time.
        let said = Status { at: None, ..status.clone() };
        if self.told.as_ref().is_some_and(|(at, told)| *told == said && at.plus(BETWEEN_WORDS) > now) {
            return Ok(());
        }
        if status.oldest_loss.is_some_and(|since| since.plus(SUSPENDED_WITHIN) < now) {
            tracing::error!(since = %since_text(status.oldest_loss), "MitID Erhverv: a suspension is not confirmed");
        }
        let Ok(text) = serde_json::to_string(status) else { return Err(Error::Stored("status")) };
        self.told = Some((now, said));
        Ok(self.liaison.volatile.put(STATUS, &text, now.plus(STATUS_LIFE), now).await?)
    }
}

/// Whoever is to be suspended does not wait until all were looked at.
impl Meanwhile for Follower {
    async fn goes_on(&mut self) {
        loop {
            match self.suspend_next(&mut BTreeSet::new()).await {
                Ok(true) => {}
                Ok(false) => return,
                Err(error) => return tell_of(&error),
            }
        }
    }
}

fn tell_of(error: &Error) {
    tracing::error!(error = error as &dyn std::error::Error, "MitID Erhverv is not kept in step");
}

fn since_text(at: Option<Moment>) -> String {
    at.map(Moment::xs_date_time).unwrap_or_default()
}
