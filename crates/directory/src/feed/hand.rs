//! What does the steps of a plan, whichever way they came: in a run, or one at a time.

use portner_audit_log::{Database, Event, Tx};
use portner_domain::life::{Lifter, Locker};

use super::batch::{Names, Newcomer, Work};
use super::mapping::Feed;
use super::plan::{Step, about};
use super::record::Field;
use crate::{Error, Personal, Refusal, Source as Origin, store};

/// What it takes.
pub struct Hand<'a> {
    /// CPR numbers.
    pub personal: &'a Personal,
    /// Where to read.
    pub db: &'a Database,
    /// The feed.
    pub feed: &'a Feed,
}

/// One identity is not as it was when this was planned. Nothing of the transaction happened.
pub enum Stopped {
    /// As that.
    By(Refusal),
    /// Something failed.
    Failed(Error),
}

impl From<Error> for Stopped {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

impl From<portner_audit_log::Error> for Stopped {
    fn from(error: portner_audit_log::Error) -> Self {
        Self::Failed(error.into())
    }
}

impl From<Refusal> for Stopped {
    fn from(refusal: Refusal) -> Self {
        Self::By(refusal)
    }
}

impl Hand<'_> {
    /// Who is to be registered, if anybody is.
    pub fn newcomer(&self, work: &Work) -> Option<Result<Newcomer, Error>> {
        let as_whom = work.plan.steps.iter().find_map(|step| match step {
            Step::Register(as_whom) => Some(*as_whom),
            _ => None,
        })?;
        let (record, person) = (&work.record, work.person);
        let cpr = record.cpr.as_ref().filter(|_| as_whom.is_none());
        let sealed = cpr.map(|cpr| self.personal.sealed_for(person, cpr)).transpose();
        Some(sealed.map(|sealed| Newcomer {
            identity: work.identity,
            person,
            is_person: as_whom.is_none(),
            record: record.clone(),
            employment: self.feed.employment.clone(),
            names: Names {
                first_name: record.first_name.clone(),
                last_name: record.last_name.clone(),
                known_as: record.about.known_as.clone(),
            },
            sealed,
        }))
    }

    /// The same events as of people registered one at a time.
    pub async fn register(&self, tx: &mut Tx, newcomers: &[Newcomer]) -> Result<(), Stopped> {
        let mut events: Vec<Event> = newcomers.iter().flat_map(registering).collect();
        let Some(last) = events.pop() else { return Ok(()) };
        let now = tx.now();
        for event in events {
            tx.write(event);
        }
        let newcomers: Vec<&Newcomer> = newcomers.iter().collect();
        let feed = &self.feed.name;
        if store::feed::register(tx.write(last), feed, &newcomers, now).await? {
            Ok(())
        } else {
            Err(Stopped::By(Refusal::UserNameTaken))
        }
    }

    /// Do one step, but for what somebody logs in with: see [`Step::strips`].
    pub async fn step(&self, tx: &mut Tx, work: &Work, step: &Step) -> Result<(), Stopped> {
        let (identity, record) = (work.identity, &work.record);
        let feed = &self.feed.name;
        match step {
            Step::Register(_) => {}
            Step::Adopt(known) => {
                let source = Origin { feed: feed.clone(), key: record.key.clone() };
                crate::set_source(tx, *known, &source).await?;
            }
            Step::Resume => {
                crate::resume(tx, identity, &format!("{feed} says that they are back")).await??;
            }
            Step::Lift => {
                let why = format!("{feed} has them at work again");
                crate::lift(tx, identity, Locker::Source, Lifter::Source, &why).await??;
            }
            Step::Lock => {
                let why = format!("{feed} has them stopped");
                crate::lock(tx, identity, Locker::Source, &why).await??;
            }
            Step::End => {
                crate::end(tx, identity, &format!("{feed} says that the employment is over")).await??;
            }
            // Those that could change did, before the first record.
            Step::UserName => return Err(Stopped::By(Refusal::UserNameTaken)),
            Step::Cpr | Step::AnotherCpr => {
                if let Some(cpr) = &record.cpr {
                    self.personal.set_cpr(tx, work.person, cpr).await??;
                }
            }
            Step::Rename => {
                crate::rename(tx, work.person, &record.first_name, &record.last_name).await?;
            }
            Step::Describe(fields) => self.describe(tx, work, fields).await?,
            Step::Validity { to, .. } => crate::set_validity(tx, identity, *to).await??,
            Step::Admit(admission) => {
                crate::admit(tx, identity, *admission, &format!("{feed} says so")).await??;
            }
            Step::Join(group) => crate::join(tx, identity, group).await??,
            Step::Leave(group) => crate::leave(tx, identity, group).await??,
        }
        Ok(())
    }

    async fn describe(&self, tx: &mut Tx, work: &Work, fields: &[Field]) -> Result<(), Stopped> {
        let Some(known) = &work.known else { return Ok(()) };
        let about = about(known, &work.record, fields);
        match crate::describe(self.db, tx, work.identity, &about).await? {
            // Another record of the same person said so just before.
            Ok(()) | Err(Refusal::NothingToChange) => Ok(()),
            Err(refusal) => Err(refusal.into()),
        }
    }
}

/// What registering one writes down.
fn registering(newcomer: &Newcomer) -> Vec<Event> {
    let Newcomer { identity, person, record, employment, .. } = newcomer;
    let (identity, person) = (*identity, *person);
    let mut events = Vec::new();
    if newcomer.is_person {
        events.push(Event::PersonRegistered { person });
    }
    events.push(Event::IdentityRegistered { identity, person, employment: employment.clone() });
    if newcomer.sealed.is_some() {
        events.push(Event::CprRecorded { person });
    }
    let about = &record.about;
    let given = [
        ("known-as", newcomer.is_person && about.known_as.is_some()),
        ("protected", newcomer.is_person && about.is_protected),
        ("title", about.title.is_some()),
        ("unit", about.unit.is_some()),
        ("production-unit", about.production_unit.is_some()),
        ("source", true),
    ];
    let fields = given.into_iter().filter(|(_, given)| *given).map(|(name, _)| name.to_owned()).collect();
    events.push(Event::IdentityChanged { identity, fields });
    let portner_domain::life::Validity { from, until } = record.validity;
    if from.is_some() || until.is_some() {
        events.push(Event::ValidityChanged { identity, from, until });
    }
    let joined = record.groups.iter().map(|group| Event::GroupJoined { identity, group: group.clone() });
    events.extend(joined);
    events
}
