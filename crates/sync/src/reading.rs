//! Reading the other side: the list of all, and what it does not tell of those that concern us. What can't be believed is
//! not written down, so that everything else goes on from the last that was.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use portner_audit_log::Event;
use portner_domain::{IdentityId, Moment};

use crate::client::Failure;
use crate::liaison::Liaison;
use crate::mirror::{LISTED_AT, READING};
use crate::plan::{Observed, Reading, State, Survey, Untrusted, Version};
use crate::wire::{EmployeeUuid, Employees};
use crate::{Error, store};

/// Rows written in one transaction: on SQLite, others wait to write for that long.
const BATCH_ROWS: usize = 200;
/// So many of those looked at alone may fail one after the other; then the rest is left to the next reading.
const FAILED_IN_A_ROW_MAX: u32 = 20;

/// So many are looked at alone before whatever else is to be done is.
const LOOKS_AT_ONCE: u32 = 5;

/// How far looking at everybody alone has come.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Place {
    after: Option<EmployeeUuid>,
    failed_in_a_row: u32,
}

/// Who is looked at alone, of those who concern us.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Of {
    /// Of whom nothing is known but what lists tell.
    Unknown,
    /// All of them.
    Everybody,
}

/// The row that says when everything was last read.
pub(crate) const READ_AT: &str = "read-at";

/// How much is read.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Depth {
    /// The lists, and what is needed to find out who somebody is.
    Lists,
    /// The roles that may be assigned too. All that is known of everyone who concerns us is read after it, some at a time
    /// (`look_on`).
    Everything,
}

impl Depth {
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Lists => "lists",
            Self::Everything => "everything",
        }
    }
}

/// What became of a reading.
#[derive(Debug)]
pub enum Read {
    /// It is written down.
    Done(Done),
    /// It can't be believed. Nothing of it is written down.
    Untrusted(Untrusted),
    /// It did not come.
    Failed(Failure),
}

/// Everybody there.
#[derive(Debug)]
pub(crate) struct Lists {
    asked_at: Moment,
    listed: Employees,
    imported: Employees,
}

/// What does not wait for a reading to end.
pub(crate) trait Meanwhile: Send {
    /// Do what is due by now.
    fn goes_on(&mut self) -> impl Future<Output = ()> + Send;
}

struct Nothing;

impl Meanwhile for Nothing {
    async fn goes_on(&mut self) {}
}

/// A reading, counted.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Done {
    /// On the lists.
    pub listed: u64,
    /// … that can't be understood.
    pub unreadable: u64,
    /// Written down because they differ from what was seen before.
    pub changed: u64,
    /// Looked at alone.
    pub looked_at: u64,
    /// … in vain, for now.
    pub failed: u64,
}

impl Liaison {
    /// Read the lists of the other side.
    pub(crate) async fn read(&self, depth: Depth) -> Result<Read, Error> {
        self.take_in(depth, self.lists().await, &BTreeSet::new(), &mut Nothing).await
    }

    /// Write down what lists tell, but nothing of those who were touched since they were asked for: of these more is known.
    /// What lists don't tell is asked for one by one, which may take longer than the lists; `meanwhile` goes in between.
    pub(crate) async fn take_in(
        &self,
        depth: Depth,
        lists: Result<Lists, Failure>,
        touched: &BTreeSet<EmployeeUuid>,
        meanwhile: &mut impl Meanwhile,
    ) -> Result<Read, Error> {
        let version = Version(self.mirror.reading().await?.0.saturating_add(1));
        let Lists { asked_at, listed, imported } = match lists {
            Ok(lists) => lists,
            Err(failure) => return Ok(Read::Failed(failure)),
        };
        let unreadable = counted(listed.employees.unreadable) + counted(imported.employees.unreadable);
        let mut there: BTreeMap<EmployeeUuid, Observed> = BTreeMap::new();
        there.extend(listed.employees.read.iter().map(|it| (it.uuid, Observed::listed(it, version))));
        there.extend(imported.employees.read.iter().map(|it| (it.uuid, Observed::imported(it, version))));
        drop((listed, imported));
        let mut missing = self.missing(&there).await?;
        missing.retain(|employee, _| !touched.contains(employee));
        let read = counted(there.len());
        if let Some(why) = self.distrusts(read, unreadable, &missing).await? {
            return Ok(Read::Untrusted(why));
        }
        there.retain(|employee, _| !touched.contains(employee));
        let mut done = Done { listed: read, unreadable, ..Done::default() };
        self.write_down(version, &there, &mut done).await?;
        self.look_for(missing, &mut done, meanwhile).await?;
        if depth == Depth::Everything {
            self.read_catalogue().await?;
        }
        self.look_closer(&mut done, meanwhile).await?;
        let mut tx = self.mirror.log.begin(self.actor.clone()).await?;
        let at = tx.now();
        let conn = tx.write(Event::SyncRead { reading: version.0, listed: read, unreadable, changed: 0 });
        store::put_state(conn, READING, &version.0.to_string()).await?;
        store::put_state(conn, LISTED_AT, &asked_at.0.to_string()).await?;
        if depth == Depth::Everything {
            store::put_state(conn, READ_AT, &at.0.to_string()).await?;
        }
        tx.commit().await?;
        Ok(Read::Done(done))
    }

    /// Ask for them, which may take minutes.
    pub(crate) async fn lists(&self) -> Result<Lists, Failure> {
        let asked_at = self.now();
        let listed = self.client.list().await?;
        let imported = match self.client.imported().await {
            // Not every organisation has them.
            Err(Failure::NotThere | Failure::Refused { .. }) => Employees { employees: Default::default() },
            other => other?,
        };
        Ok(Lists { asked_at, listed, imported })
    }

    /// Those we know that are on no list any more.
    async fn missing(
        &self,
        there: &BTreeMap<EmployeeUuid, Observed>,
    ) -> Result<HashMap<EmployeeUuid, Option<IdentityId>>, Error> {
        let (mut missing, mut after) = (HashMap::new(), None);
        loop {
            let page = store::seen_after(self.db(), after).await?;
            let Some((last, ..)) = page.last() else { return Ok(missing) };
            after = Some(last.employee);
            let gone = page.iter().filter(|(row, ..)| !there.contains_key(&row.employee));
            missing.extend(gone.map(|(row, whose, _)| (row.employee, *whose)));
        }
    }

    /// By the same rule as plans: a list that lacks most of those that are tied to ours is none.
    async fn distrusts(
        &self,
        read: u64,
        unreadable: u64,
        missing: &HashMap<EmployeeUuid, Option<IdentityId>>,
    ) -> Result<Option<Untrusted>, Error> {
        let (tied, _) = store::count_bonds(self.db()).await?;
        let not_listed = counted(missing.values().flatten().count());
        let survey = Survey { tied, not_listed, ..Survey::default() };
        Ok(survey.believe(Reading::Whole { read, unreadable }).err())
    }

    /// What differs from what was seen before.
    async fn write_down(
        &self,
        version: Version,
        there: &BTreeMap<EmployeeUuid, Observed>,
        done: &mut Done,
    ) -> Result<(), Error> {
        let all: Vec<&Observed> = there.values().collect();
        for some in all.chunks(BATCH_ROWS) {
            let uuids: Vec<_> = some.iter().map(|it| it.employee).collect();
            let mut before = self.mirror.seen(&uuids).await?;
            let mut rows = Vec::new();
            for now in some {
                let row = match before.remove(&now.employee) {
                    Some((old, _)) => {
                        let new =
                            Observed { version: old.version, ..old.clone().listed_again((*now).clone()) };
                        (new != old).then_some(new)
                    }
                    None => Some((*now).clone()),
                };
                rows.extend(row.map(|row| self.mirror.seen_row(&row)).transpose()?);
            }
            if rows.is_empty() {
                continue;
            }
            let changed = counted(rows.len());
            let mut tx = self.mirror.log.begin(self.actor.clone()).await?;
            let (listed, unreadable) = (done.listed, done.unreadable);
            let conn = tx.write(Event::SyncRead { reading: version.0, listed, unreadable, changed });
            for row in &rows {
                store::put_seen(conn, row).await?;
            }
            tx.commit().await?;
            done.changed += changed;
        }
        Ok(())
    }

    /// Those that are on no list: nobody's are forgotten, and ours are asked for by name.
    async fn look_for(
        &self,
        missing: HashMap<EmployeeUuid, Option<IdentityId>>,
        done: &mut Done,
        meanwhile: &mut impl Meanwhile,
    ) -> Result<(), Error> {
        let mut in_a_row = 0;
        for (employee, whose) in missing {
            meanwhile.goes_on().await;
            match whose {
                Some(_) if in_a_row >= FAILED_IN_A_ROW_MAX => done.failed += 1,
                Some(identity) => {
                    done.looked_at += 1;
                    let is_failed = self.look(Some(identity), employee).await?.is_err();
                    done.failed += u64::from(is_failed);
                    in_a_row = if is_failed { in_a_row + 1 } else { 0 };
                }
                None => {
                    let mut tx = self.mirror.log.begin(self.actor.clone()).await?;
                    let event = Event::SyncSeen { identity: None, employee: employee.to_string() };
                    store::delete_seen(tx.write(event), employee).await?;
                    tx.commit().await?;
                }
            }
        }
        Ok(())
    }

    /// What no list tells, of those of whom nothing of it is known: ours, and those that may be.
    async fn look_closer(&self, done: &mut Done, meanwhile: &mut impl Meanwhile) -> Result<(), Error> {
        let mut place = Some(Place::default());
        while let Some(from) = place {
            meanwhile.goes_on().await;
            place = self.look_on(from, Of::Unknown, done).await?;
        }
        Ok(())
    }

    /// The same of some more of them. Where the next are; nothing after the last, or where it fails too often.
    pub(crate) async fn look_on(&self, from: Place, of: Of, done: &mut Done) -> Result<Option<Place>, Error> {
        let Place { mut after, mut failed_in_a_row } = from;
        let mut looks = 0;
        loop {
            let page = store::seen_after(self.db(), after).await?;
            if page.is_empty() {
                return Ok(None);
            }
            for (row, whose, may_be_ours) in page {
                after = Some(row.employee);
                let seen = self.mirror.observed(&row)?;
                let is_due = of == Of::Everybody || seen.authenticators.is_none();
                if (whose.is_none() && !may_be_ours) || !is_due || seen.state == State::Gone {
                    continue;
                }
                looks += 1;
                done.looked_at += 1;
                let is_failed = self.look(whose, row.employee).await?.is_err();
                done.failed += u64::from(is_failed);
                failed_in_a_row = if is_failed { failed_in_a_row + 1 } else { 0 };
                if failed_in_a_row >= FAILED_IN_A_ROW_MAX {
                    tracing::warn!("MitID Erhverv fails too often; the rest is read next time");
                    return Ok(None);
                }
                if looks >= LOOKS_AT_ONCE {
                    return Ok(Some(Place { after, failed_in_a_row }));
                }
            }
        }
    }
}

pub(crate) fn counted(many: usize) -> u64 {
    u64::try_from(many).unwrap_or(u64::MAX)
}
