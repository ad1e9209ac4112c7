//! Some records at a time, held against what is on record: a few questions for all of them, and a plan for each.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU64, Ordering};

use portner_audit_log::Database;
use portner_domain::identity::{Cvr, Employment, UserName};
use portner_domain::{Entropy, IdentityId, Moment, PersonId};

use super::index::Index;
use super::mapping::Feed;
use super::plan::{Around, Holder, Known, Person, Plan, Step, plan};
use super::record::{Record, Row, Wrong};
use crate::personal::SealedCpr;
use crate::{Error, Personal, store};

/// Records compared, and written in one transaction, which others wait for on SQLite: some tens of milliseconds.
pub const BATCH_RECORDS: usize = 250;

/// What has to happen for one record, or what is wrong with it.
#[derive(Debug)]
pub struct Planned {
    /// Where in the source.
    pub line: u64,
    /// Whose, if that can be read.
    pub key: Option<String>,
    /// What has to happen.
    pub work: Result<Work, Wrong>,
    /// Who has the user name that it wants, and what had to happen if they gave it up.
    pub contested: Option<Contested>,
}

/// A user name that somebody else has.
#[derive(Debug)]
pub struct Contested {
    /// Who has it.
    pub holder: IdentityId,
    /// What happens if they give it up.
    pub work: Work,
}

/// What has to happen to one identity.
#[derive(Debug)]
pub struct Work {
    /// Which; a new identifier if it is to be registered.
    pub identity: IdentityId,
    /// Whose; a new identifier if the person is to be registered, too.
    pub person: PersonId,
    /// As it is on record.
    pub known: Option<Known>,
    /// As it is to be.
    pub record: Box<Record>,
    /// The steps.
    pub plan: Plan,
}

/// An identity to be registered, and its person if nobody is here with that number.
pub struct Newcomer {
    /// The identity.
    pub identity: IdentityId,
    /// Whose.
    pub person: PersonId,
    /// Is the person new, too?
    pub is_person: bool,
    /// What the feed says.
    pub record: Box<Record>,
    /// How the bond with the organisation is known.
    pub employment: Employment,
    /// What the person is called.
    pub names: Names,
    /// The person's number, if it is told and the person new.
    pub sealed: Option<SealedCpr>,
}

/// What a person is called.
pub struct Names {
    /// First names.
    pub first_name: String,
    /// Surname.
    pub last_name: String,
    /// The name they go by.
    pub known_as: Option<String>,
}

/// What it takes to plan.
pub struct Planner<'a> {
    /// Where to read.
    pub db: &'a Database,
    /// What finds people by number.
    pub personal: &'a Personal,
    /// For identifiers.
    pub entropy: &'a dyn Entropy,
    /// The feed.
    pub feed: &'a Feed,
    /// All keys of the source.
    pub index: &'a Index,
    /// The organisations on record.
    pub organisations: &'a BTreeSet<Cvr>,
    /// When.
    pub now: Moment,
    /// How many identifiers were made.
    pub ordinals: AtomicU64,
}

/// What is on record about a batch, and what the plans made so far change of it.
#[derive(Default)]
struct Scene {
    known: BTreeMap<String, Known>,
    holders: BTreeMap<UserName, Holder>,
    people: BTreeMap<PersonId, Person>,
    by_cpr: BTreeMap<String, PersonId>,
}

impl Planner<'_> {
    /// A plan for each row.
    pub async fn plans(&self, rows: Vec<Row>) -> Result<Vec<Planned>, Error> {
        let rows: Vec<Row> = rows.into_iter().map(|row| self.without_doubles(row)).collect();
        let mut scene = self.scene(&rows).await?;
        Ok(rows.into_iter().map(|row| self.planned(&mut scene, row)).collect())
    }

    fn without_doubles(&self, row: Row) -> Row {
        let twice = row.key.as_deref().is_some_and(|key| self.index.has_key_twice(key));
        let said = match row.said {
            _ if twice => Err(Wrong::KeyTwice),
            Ok(record) if self.index.has_user_name_twice(record.user_name.as_str()) => {
                Err(Wrong::UserNameTwice)
            }
            said => said,
        };
        Row { said, ..row }
    }

    async fn scene(&self, rows: &[Row]) -> Result<Scene, Error> {
        let records = || rows.iter().filter_map(|row| row.said.as_deref().ok());
        let keys: Vec<&str> = records().map(|record| record.key.as_str()).collect();
        let mut scene = Scene::default();
        if keys.is_empty() {
            return Ok(scene);
        }
        scene.known.extend(store::feed::known(self.db, &self.feed.name, &keys).await?);
        let same_name = |record: &Record| {
            scene.known.get(&record.key).is_some_and(|known| known.user_name == record.user_name)
        };
        let names: Vec<&UserName> =
            records().filter(|record| !same_name(record)).map(|record| &record.user_name).collect();
        let holders = store::feed::holders(self.db, &names).await?;
        let indexes: Vec<String> = records().filter_map(|record| self.cpr_index(record)).collect();
        let indexes: Vec<&str> = indexes.iter().map(String::as_str).collect();
        for person in store::feed::people(self.db, &indexes).await? {
            scene.put(person);
        }
        let mentioned = scene.known.values().chain(holders.iter().map(|holder| &holder.known));
        let mentioned: Vec<Person> = mentioned.map(|known| known.person.clone()).collect();
        mentioned.into_iter().for_each(|person| scene.put(person));
        scene.holders = holders.into_iter().map(|it| (it.known.user_name.clone(), it)).collect();
        Ok(scene)
    }

    fn cpr_index(&self, record: &Record) -> Option<String> {
        record.cpr.as_ref().map(|cpr| self.personal.cpr_index(cpr))
    }

    fn planned(&self, scene: &mut Scene, row: Row) -> Planned {
        let Row { line, key, said } = row;
        let record = match said {
            Ok(record) => record,
            Err(wrong) => return Planned { line, key, work: Err(wrong), contested: None },
        };
        let mut around = self.around(scene, &record);
        let work = |plan, around: &Around, record| self.work(plan, around, record);
        match plan(&self.feed.speaks, &record, &around, self.now) {
            Ok(plan) => {
                let work = work(plan, &around, record);
                scene.follow(&work, around.cpr_index.as_deref());
                Planned { line, key, work: Ok(work), contested: None }
            }
            Err(Wrong::UserNameTaken) => {
                let holder = around.holder.take().map(|holder| holder.known.identity);
                let plan = plan(&self.feed.speaks, &record, &around, self.now).ok();
                let contested = holder
                    .zip(plan)
                    .map(|(holder, plan)| Contested { holder, work: work(plan, &around, record) });
                Planned { line, key, work: Err(Wrong::UserNameTaken), contested }
            }
            Err(wrong) => Planned { line, key, work: Err(wrong), contested: None },
        }
    }

    fn around(&self, scene: &Scene, record: &Record) -> Around {
        let cpr_index = self.cpr_index(record);
        let known = scene.known.get(&record.key).map(|known| scene.as_it_is(known));
        let holder = scene.holders.get(&record.user_name);
        let holder =
            holder.filter(|it| known.as_ref().is_none_or(|known| known.identity != it.known.identity));
        let by_cpr = cpr_index.as_ref().and_then(|index| scene.by_cpr.get(index));
        Around {
            fresh: self.fresh(),
            by_cpr: by_cpr.and_then(|id| scene.people.get(id)).cloned(),
            holder: holder.map(|it| Holder { known: scene.as_it_is(&it.known), is_fed: it.is_fed }),
            knows_organisation: self.organisations.contains(&record.cvr),
            known,
            cpr_index,
        }
    }

    /// Ascending: of two new identities of one person the first says what the person is called, in this run and the
    /// next. (RFC 9562, 6.2, method 1: a counter in the twelve bits of `rand_a`, that runs over into the milliseconds.)
    fn fresh(&self) -> IdentityId {
        const COUNTER_BITS: u32 = 12;
        let ordinal = self.ordinals.fetch_add(1, Ordering::Relaxed);
        let mut random = [0; 10];
        self.entropy.fill(&mut random);
        let [high, low, ..] = &mut random;
        let counter = u16::try_from(ordinal & ((1 << COUNTER_BITS) - 1)).unwrap_or(0);
        [*high, *low] = counter.to_be_bytes();
        let millis = u64::try_from(self.now.0).unwrap_or(0).saturating_add(ordinal >> COUNTER_BITS);
        IdentityId(uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid())
    }

    fn work(&self, plan: Plan, around: &Around, record: Box<Record>) -> Work {
        let adopted = plan.steps.iter().any(|step| matches!(step, Step::Adopt(_)));
        let adopted = around.holder.as_ref().filter(|_| adopted).map(|holder| holder.known.clone());
        let known = around.known.clone().or(adopted);
        let person = known.as_ref().map(|known| known.person.id);
        let person = person.or_else(|| around.by_cpr.as_ref().map(|person| person.id));
        Work {
            identity: known.as_ref().map_or(around.fresh, |known| known.identity),
            person: person.unwrap_or_else(|| PersonId::new(self.now, self.entropy)),
            known,
            record,
            plan,
        }
    }
}

impl Scene {
    fn put(&mut self, person: Person) {
        if let Some(index) = &person.cpr_index {
            self.by_cpr.insert(index.clone(), person.id);
        }
        self.people.insert(person.id, person);
    }

    fn as_it_is(&self, known: &Known) -> Known {
        let person = self.people.get(&known.person.id).unwrap_or(&known.person);
        Known { person: person.clone(), ..known.clone() }
    }

    /// The next record of the same person is to find it as this plan leaves it.
    fn follow(&mut self, work: &Work, cpr_index: Option<&str>) {
        let Work { identity, person, record, plan, .. } = work;
        for step in &plan.steps {
            match step {
                Step::Register(None) => self.put(Person {
                    id: *person,
                    first_name: record.first_name.clone(),
                    last_name: record.last_name.clone(),
                    known_as: record.about.known_as.clone(),
                    is_protected: record.about.is_protected,
                    cpr_index: cpr_index.map(str::to_owned),
                    leader: Some(*identity),
                }),
                Step::Register(Some(_)) | Step::Adopt(_) | Step::Resume => self.change(*person, |it| {
                    it.leader = Some(it.leader.map_or(*identity, |leader| leader.min(*identity)));
                }),
                Step::Rename => self.change(*person, |it| {
                    it.first_name.clone_from(&record.first_name);
                    it.last_name.clone_from(&record.last_name);
                }),
                Step::Cpr | Step::AnotherCpr => {
                    let before = self.people.get(person).and_then(|it| it.cpr_index.clone());
                    before.and_then(|index| self.by_cpr.remove(&index));
                    let index = cpr_index.map(str::to_owned);
                    self.by_cpr.extend(index.clone().map(|index| (index, *person)));
                    self.change(*person, |it| it.cpr_index = index);
                }
                Step::Describe(fields) => self.change(*person, |it| {
                    for field in fields {
                        match field {
                            super::record::Field::KnownAs => it.known_as.clone_from(&record.about.known_as),
                            super::record::Field::Protected => it.is_protected = record.about.is_protected,
                            _ => {}
                        }
                    }
                }),
                _ => {}
            }
        }
    }

    fn change(&mut self, person: PersonId, change: impl FnOnce(&mut Person)) {
        if let Some(person) = self.people.get_mut(&person) {
            change(person);
        }
    }
}
