//! Users written: what a client says becomes a record of its feed, is planned as any record is, and done.

use std::collections::BTreeSet;
use std::sync::atomic::AtomicU64;

use portner_audit_log::{Event, Tx};
use portner_domain::identity::Cvr;
use portner_domain::{IdentityId, Moment, PersonId};
use serde_json::{Map, Value};
use sqlx::AnyConnection;

use super::client::Client;
use super::hold::Weighed;
use super::patch::Operation;
use super::refusal::{Kind, Refused};
use super::user::{Kept, OnRecord, Said};
use super::{Answer, Done, Manner, Scim, TRIES_MAX, as_seen, patch, version_of};
use crate::feed::batch::{Planner, Work};
use crate::feed::hand::{Hand, Stopped};
use crate::feed::index::Index;
use crate::feed::names::Wish;
use crate::feed::plan::{Plan, Step};
use crate::feed::{Feed, Field, Record, Row, Status};
use crate::store::scim::Which;
use crate::{Error, Refusal, store};

/// What a client wants of a user.
enum Change<'a> {
    Create(&'a Said),
    Replace(&'a str, &'a Said),
    Patch(&'a str, &'a [Operation]),
    Delete(&'a str),
}

/// Something that is to happen to one user.
struct Intent {
    feed: Feed,
    work: Work,
    /// The version on which it was decided; none if nobody is on record.
    version: Option<i64>,
    /// What has no other place, if it is to be written.
    keep: Option<(Option<String>, Kept)>,
}

/// Why nothing happened.
enum Not {
    /// It is refused.
    Refused(Refused),
    /// This client may not, and that is written down.
    Forbidden(Kind, &'static str),
    /// Too many, of so many.
    Held(u64),
    /// Somebody else was faster.
    Raced,
    /// Something failed.
    Failed(Error),
}

impl<E: Into<Error>> From<E> for Not {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

impl From<Refused> for Not {
    fn from(refused: Refused) -> Self {
        Self::Refused(refused)
    }
}

impl From<Stopped> for Not {
    fn from(stopped: Stopped) -> Self {
        match stopped {
            Stopped::Failed(error) => Self::Failed(error),
            // Planned anew, it says what is in the way.
            Stopped::By(_) => Self::Raced,
        }
    }
}

impl Scim {
    /// Register somebody, or let somebody of this client's who ended begin anew.
    pub async fn create_user(
        &self,
        client: &Client,
        sent: &Map<String, Value>,
        manner: Manner<'_>,
    ) -> Answer<Done> {
        let said = match patch::document(sent).and_then(|document| Said::read(&document)) {
            Ok(said) => said,
            Err(refused) => return Ok(Err(refused)),
        };
        self.carry(client, &Change::Create(&said), manner).await
    }

    /// Put this in place of what a client said before.
    pub async fn replace_user(
        &self,
        client: &Client,
        id: &str,
        sent: &Map<String, Value>,
        manner: Manner<'_>,
    ) -> Answer<Done> {
        let said = match patch::document(sent).and_then(|document| Said::read(&document)) {
            Ok(said) => said,
            Err(refused) => return Ok(Err(refused)),
        };
        self.carry(client, &Change::Replace(id, &said), manner).await
    }

    /// Change some of what a client said before.
    pub async fn patch_user(
        &self,
        client: &Client,
        id: &str,
        sent: &Map<String, Value>,
        manner: Manner<'_>,
    ) -> Answer<Done> {
        let operations = match patch::operations(sent) {
            Ok(operations) => operations,
            Err(refused) => return Ok(Err(refused)),
        };
        self.carry(client, &Change::Patch(id, &operations), manner).await
    }

    /// The employment is over. Who it was stays in the log, and until it is erased in the directory.
    pub async fn delete_user(&self, client: &Client, id: &str, manner: Manner<'_>) -> Answer<Done> {
        self.carry(client, &Change::Delete(id), manner).await
    }

    /// What is to happen, decided from what is on record now.
    async fn intent(&self, client: &Client, change: &Change<'_>, manner: Manner<'_>) -> Result<Intent, Not> {
        match change {
            Change::Create(said) => self.newcomer(client, said).await,
            Change::Replace(id, said) => {
                let before = self.seen(client, id, manner).await?;
                self.change(client, before, said).await
            }
            Change::Patch(id, operations) => {
                let before = self.seen(client, id, manner).await?;
                let mut document = before.document();
                patch::apply(&mut document, operations)?;
                let said = Said::read(&document)?;
                self.change(client, before, &said).await
            }
            Change::Delete(id) => {
                let before = self.seen(client, id, manner).await?;
                let feed = client.feed(self.brake);
                let work = self.planned(&feed, as_it_ends(&before)).await?;
                Ok(Intent { feed, work, version: Some(before.version), keep: None })
            }
        }
    }

    async fn seen(&self, client: &Client, id: &str, manner: Manner<'_>) -> Result<OnRecord, Not> {
        let found = self.on_record(client, id).await?.ok_or_else(Refused::not_found)?;
        as_seen(manner, version_of(&found.resource(&self.base)))?;
        Ok(found)
    }

    async fn newcomer(&self, client: &Client, said: &Said) -> Result<Intent, Not> {
        let (db, name) = (self.log.database(), &client.name);
        still_to_come(said, self.log.now())?;
        let external_id = said.external_id.as_deref();
        if let Some(id) = external_id
            && !store::scim::users(db, name, &Which::ExternalId(id.to_owned()), 1).await?.is_empty()
        {
            return Err(external_id_taken().into());
        }
        let index = said.cpr.as_ref().map(|cpr| self.personal.cpr_index(cpr));
        let gone = store::scim::gone(db, name, said.user_name.as_str(), external_id).await?;
        let is_same = |gone: &&store::scim::Gone| {
            (external_id.is_some() && gone.external_id.as_deref() == external_id)
                || (index.is_some() && gone.cpr_index == index)
        };
        let returner = gone.iter().find(is_same);
        if returner.is_none() && !gone.is_empty() {
            let what = "userName: somebody who left had it. Send their externalId or CPR number if they are back; choose \
                        another name or have the one who left erased if not";
            return Err(Refused::new(Kind::Uniqueness, what).into());
        }
        let (key, status) = match returner {
            Some(gone) => (gone.key.clone(), Status::Returned),
            None => (portner_domain::random_uuid(&*self.entropy).to_string(), Status::Employed),
        };
        let feed = client.feed(self.brake);
        let mut work = self.planned(&feed, said.record(&key, &client.cvr, status)).await?;
        follow_active(&mut work.plan, said.kept.active, false);
        let keep = Some((said.external_id.clone(), said.kept.clone()));
        Ok(Intent { feed, work, version: None, keep })
    }

    async fn change(&self, client: &Client, before: OnRecord, said: &Said) -> Result<Intent, Not> {
        still_to_come(said, self.log.now())?;
        let feed = client.feed(self.brake);
        let record = said.record(&before.key, &before.known.cvr, Status::Employed);
        let mut work = self.planned(&feed, record).await?;
        follow_active(&mut work.plan, said.kept.active, before.known.is_stopped);
        let keep = (said.external_id.clone(), said.kept.clone());
        let keep = Some(keep).filter(|(id, kept)| *id != before.external_id || *kept != before.kept);
        Ok(Intent { feed, work, version: Some(before.version), keep })
    }

    /// The one plan that there is for a record, whichever feed it is of.
    async fn planned(&self, feed: &Feed, record: Record) -> Result<Work, Not> {
        let organisations: BTreeSet<Cvr> =
            store::feed::organisations(self.log.database()).await?.into_iter().collect();
        let index = Index::default();
        let planner = Planner {
            db: self.log.database(),
            personal: &self.personal,
            entropy: &*self.entropy,
            feed,
            index: &index,
            organisations: &organisations,
            now: self.log.now(),
            ordinals: AtomicU64::new(0),
        };
        let row = Row { line: 1, key: Some(record.key.clone()), said: Ok(Box::new(record)) };
        let planned = planner.plans(vec![row]).await?.pop();
        let work = planned.ok_or_else(|| Error::Corrupt("no plan for a record".to_owned()))?.work;
        work.map_err(|wrong| Not::Refused(wrong.into()))
    }

    /// Decide and do, anew if somebody else was faster.
    async fn carry(&self, client: &Client, change: &Change<'_>, manner: Manner<'_>) -> Answer<Done> {
        for _ in 0..TRIES_MAX {
            let (identity, done) = match self.intent(client, change, manner).await {
                Ok(intent) => (Some(intent.work.identity), self.settle(client, &intent, manner).await),
                Err(not) => (None, Err(not)),
            };
            match done {
                Ok(done) => return Ok(Ok(done)),
                Err(Not::Raced) => {}
                Err(Not::Refused(refused)) => return Ok(Err(refused)),
                Err(Not::Failed(error)) => return Err(error),
                Err(Not::Forbidden(kind, why)) => {
                    if !manner.is_rehearsal {
                        self.note_refusal(Some(client.name.clone()), identity, why).await?;
                    }
                    return Ok(Err(Refused::new(kind, why)));
                }
                Err(Not::Held(of)) => {
                    let Some(identity) = identity.filter(|_| !manner.is_rehearsal) else {
                        return Ok(Err(Refused::new(Kind::Held, "it would be held for approval")));
                    };
                    return Ok(Err(self.hold(client, identity, of).await?));
                }
            }
        }
        Ok(Err(Refused::raced()))
    }

    async fn settle(&self, client: &Client, intent: &Intent, manner: Manner<'_>) -> Result<Done, Not> {
        let Intent { work, keep, .. } = intent;
        let steps: Vec<String> = work.plan.steps.iter().map(Step::words).collect();
        if !work.plan.steps.is_empty() || keep.is_some() {
            if work.plan.loses() && !manner.is_rehearsal {
                self.follow_approval(client).await?;
            }
            let tx = self.done(client, intent, &steps).await?;
            if !manner.is_rehearsal {
                tx.commit().await?;
            }
        }
        if manner.is_rehearsal {
            return Ok(Done::Rehearsed(steps));
        }
        Ok(match self.on_record(client, &work.identity.to_string()).await? {
            Some(found) => Done::Stored(found.resource(&self.base)),
            None => Done::Removed,
        })
    }

    /// All of it, but for the commit.
    async fn done(&self, client: &Client, intent: &Intent, steps: &[String]) -> Result<Tx, Not> {
        let Intent { feed, work, version, keep } = intent;
        let (name, identity) = (&client.name, work.identity);
        let mut tx = self.log.begin(client.actor()).await?;
        let now = tx.now();
        let conn = tx.write(Event::ScimAsked { client: name.clone(), identity, steps: steps.to_vec() });
        if let Some(version) = version
            && !store::scim::take_user(conn, identity, *version, now).await?
        {
            return Err(Not::Raced);
        }
        within_reach(conn, client, work, now).await?;
        if work.plan.loses()
            && let Weighed::Holds(of) = self.weigh(conn, client, identity, now).await?
        {
            return Err(Not::Held(of));
        }
        let hand = Hand { personal: &self.personal, db: self.log.database(), feed };
        if let Some(newcomer) = hand.newcomer(work) {
            hand.register(&mut tx, &[newcomer?]).await?;
        }
        if work.plan.steps.contains(&Step::UserName) {
            change_user_name(&mut tx, work).await?;
        }
        for step in work.plan.steps.iter().filter(|step| **step != Step::UserName) {
            hand.step(&mut tx, work, step).await?;
            if step.strips() {
                self.strip.strip(&mut tx, identity).await?;
            }
        }
        if let Some((external_id, kept)) = keep {
            let event = Event::IdentityChanged { identity, fields: vec!["external-id".to_owned()] };
            let row = (external_id.as_deref(), store::to_json(kept)?);
            if !store::scim::put_user(tx.write(event), name, identity, (row.0, &row.1)).await? {
                return Err(external_id_taken().into());
            }
        }
        Ok(tx)
    }

    pub(super) async fn on_record(&self, client: &Client, id: &str) -> Result<Option<OnRecord>, Error> {
        let Ok(id) = id.parse::<IdentityId>() else { return Ok(None) };
        let found = store::scim::users(self.log.database(), &client.name, &Which::Id(id), 1).await?;
        Ok(found.into_iter().next())
    }
}

/// A client changes its own people and nobody else's, whatever it says (T-DEL-01). Of those who administer something it
/// stops whom it let in, and no more.
async fn within_reach(
    conn: &mut AnyConnection,
    client: &Client,
    work: &Work,
    now: Moment,
) -> Result<(), Not> {
    let steps = &work.plan.steps;
    if steps.iter().any(|step| matches!(step, Step::Adopt(_))) {
        let why = "userName: it is taken by somebody who was entered by hand; have an operator adopt them for this client";
        return Err(Not::Forbidden(Kind::Uniqueness, why));
    }
    let person: PersonId = work.person;
    store::role::take_person(conn, person).await?;
    let holds_a_role = !store::role::roles_of_person(conn, person, now).await?.is_empty();
    if holds_a_role && steps.iter().any(|step| !matches!(step, Step::Lock | Step::Lift)) {
        let why = "this person administers Portner: a client may set active, and nothing else. Have a user administrator \
                   make the change, or the roles taken away first";
        return Err(Not::Forbidden(Kind::Forbidden, why));
    }
    if !steps.iter().any(concerns_person) || !store::scim::is_shared(conn, &client.name, person).await? {
        return Ok(());
    }
    if steps.iter().any(|step| matches!(step, Step::Register(_))) {
        let why = "cpr: somebody who is not from this client is on record with that number; have an operator register this \
                   identity for them and adopt it";
        return Err(Not::Forbidden(Kind::Uniqueness, why));
    }
    let why = "this person is known from elsewhere, too: name and CPR number are not this client's to change";
    Err(Not::Forbidden(Kind::Forbidden, why))
}

/// Is it about the person, and so about all their identities?
fn concerns_person(step: &Step) -> bool {
    match step {
        Step::Register(Some(_)) | Step::Cpr | Step::AnotherCpr | Step::Rename => true,
        Step::Describe(fields) => {
            fields.iter().any(|field| [Field::KnownAs, Field::Protected].contains(field))
        }
        _ => false,
    }
}

async fn change_user_name(tx: &mut Tx, work: &Work) -> Result<(), Not> {
    let (identity, now) = (work.identity, tx.now());
    let wish = Wish { identity, name: work.record.user_name.clone(), holder: None };
    let event = Event::IdentityChanged { identity, fields: vec!["user-name".to_owned()] };
    let changed = store::feed::change_user_names(tx.write(event), &[wish], now).await?;
    if changed { Ok(()) } else { Err(Not::Refused(Refusal::UserNameTaken.into())) }
}

/// The plan lets everybody go on who is at work; a client says of each whether they are, or says nothing.
fn follow_active(plan: &mut Plan, active: Option<bool>, is_stopped: bool) {
    if active != Some(true) {
        plan.steps.retain(|step| *step != Step::Lift);
    }
    if active == Some(false) && !is_stopped {
        plan.steps.push(Step::Lock);
    }
}

fn still_to_come(said: &Said, now: Moment) -> Result<(), Refused> {
    match said.validity.until {
        Some(until) if until <= now => {
            Err(Refused::value("validUntil", "it is over; send a later one, or DELETE the user"))
        }
        _ => Ok(()),
    }
}

/// A record of whoever is gone.
fn as_it_ends(before: &OnRecord) -> Record {
    let known = &before.known;
    Record {
        key: before.key.clone(),
        user_name: known.user_name.clone(),
        first_name: known.person.first_name.clone(),
        last_name: known.person.last_name.clone(),
        about: known.about.clone(),
        cvr: known.cvr.clone(),
        cpr: None,
        validity: known.validity,
        admission: None,
        groups: BTreeSet::new(),
        status: Status::Ended,
    }
}

fn external_id_taken() -> Refused {
    Refused::new(Kind::Uniqueness, "externalId: this client calls somebody else so; every user has its own")
}
