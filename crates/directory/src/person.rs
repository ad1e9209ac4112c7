//! What is known about people beside how they log in: names, where they work, how to write to them.

use portner_audit_log::{Database, Event, Tx};
use portner_domain::identity::Identity;
use portner_domain::life::Lock;
use portner_domain::unit::{ProductionUnit, Unit};
use portner_domain::{IdentityId, Moment, PersonId};

use crate::{Error, Refusal, store};

/// Longest name, title or address, in characters.
pub const FIELD_CHARS_MAX: usize = 256;

/// What may change about an identity without anybody having to be proofed anew.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct About {
    /// The name they go by, where it is not the one in the population register. It is the person's, and so the same for
    /// all their identities.
    pub known_as: Option<String>,
    /// Are name and address protected in the population register? Then lists show the user name instead.
    pub is_protected: bool,
    /// Work e-mail.
    pub email: Option<String>,
    /// What they do.
    pub title: Option<String>,
    /// Where in the organisation.
    pub unit: Option<Unit>,
    /// Where in the business register.
    pub production_unit: Option<ProductionUnit>,
}

/// All that the directory says about an identity on one page.
#[derive(Clone, Debug)]
pub struct Card {
    /// The identity.
    pub identity: Identity,
    /// What else is known.
    pub about: About,
    /// Who stopped it, oldest first.
    pub locks: Vec<Lock>,
    /// Is there a CPR number on record?
    pub has_cpr: bool,
    /// Which feed it comes from, and what it is called there.
    pub source: Option<Source>,
    /// Since when it is here.
    pub registered: Moment,
    /// When it ended, if it did.
    pub ended: Option<Moment>,
    /// Counts the changes: what somebody saw is still true if this is the same.
    pub version: i64,
    /// The other identities of the person.
    pub others: Vec<IdentityId>,
}

/// Where an identity comes from.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct Source {
    /// The feed.
    pub feed: String,
    /// What it is called there; never changes.
    pub key: String,
}

/// Say what is known about somebody. Writes nothing if nothing differs.
pub async fn describe(
    db: &Database,
    tx: &mut Tx,
    identity: IdentityId,
    about: &About,
) -> Result<Result<(), Refusal>, Error> {
    let Some(card) = card(db, identity).await? else { return Ok(Err(Refusal::NoSuchIdentity)) };
    let fields = differences(&card.about, about);
    if fields.is_empty() {
        return Ok(Err(Refusal::NothingToChange));
    }
    let now = tx.now();
    let conn = tx.write(Event::IdentityChanged { identity, fields });
    store::life::touch(conn, identity, now).await?;
    store::person::describe(conn, &card.identity, about).await?;
    Ok(Ok(()))
}

/// Say what is known about somebody in the transaction in which they are registered.
pub async fn describe_new(tx: &mut Tx, identity: &Identity, about: &About) -> Result<(), Error> {
    let fields = differences(&About { email: identity.email.clone(), ..About::default() }, about);
    if fields.is_empty() {
        return Ok(());
    }
    let conn = tx.write(Event::IdentityChanged { identity: identity.id, fields });
    store::person::describe(conn, identity, about).await
}

fn differences(before: &About, after: &About) -> Vec<String> {
    let differs = [
        ("known-as", before.known_as != after.known_as),
        ("protected", before.is_protected != after.is_protected),
        ("email", before.email != after.email),
        ("title", before.title != after.title),
        ("unit", before.unit != after.unit),
        ("production-unit", before.production_unit != after.production_unit),
    ];
    differs.into_iter().filter(|(_, differs)| *differs).map(|(name, _)| name.to_owned()).collect()
}

/// Give a person another name, as the population register has it. If they were proofed under the old one, what they
/// bind from now on has no level until somebody made sure that it is the same person (NSIS 3.2.4).
pub async fn rename(tx: &mut Tx, person: PersonId, first_name: &str, last_name: &str) -> Result<(), Error> {
    let now = tx.now();
    let conn = tx.write(Event::PersonRenamed { person });
    // What somebody else was met as is not what a second registrar may agree to.
    store::waiting::forget(conn, person).await?;
    store::person::rename(conn, person, (first_name, last_name), now).await
}

/// Somebody made sure that the person on record is who was proofed.
pub async fn confirm(tx: &mut Tx, person: PersonId, why: &str) -> Result<Result<(), Refusal>, Error> {
    let conn = tx.write(Event::PersonConfirmed { person, why: why.to_owned() });
    crate::changed(store::person::confirm(conn, person).await?)
}

/// Say which feed an identity comes from.
pub async fn set_source(tx: &mut Tx, identity: IdentityId, source: &Source) -> Result<(), Error> {
    let conn = tx.write(Event::IdentityChanged { identity, fields: vec!["source".to_owned()] });
    store::person::set_source(conn, identity, source).await
}

/// All that the directory says about an identity.
pub async fn card(db: &Database, identity: IdentityId) -> Result<Option<Card>, Error> {
    store::person::card(db, identity).await
}

/// Which identity a feed calls so.
pub async fn by_source(db: &Database, source: &Source) -> Result<Option<IdentityId>, Error> {
    store::person::by_source(db, source).await
}

/// One of the identities of a person, as that person tells them apart.
#[derive(Clone, Debug)]
pub struct Sibling {
    /// Which.
    pub identity: Identity,
    /// What they are called at work.
    pub title: Option<String>,
    /// Where they work.
    pub unit: Option<Unit>,
}

/// More identities than anybody has; what is beyond is not offered.
const SIBLINGS_MAX: usize = 64;

/// The identities of a person that may log in at `now`, oldest first. For that person's eyes.
pub async fn usable_of(db: &Database, person: PersonId, now: Moment) -> Result<Vec<Sibling>, Error> {
    let all = store::person::roster(db, person, SIBLINGS_MAX).await?;
    Ok(all.into_iter().filter(|it| it.identity.is_usable(now)).collect())
}

/// The identities of a person, oldest first.
pub async fn identities_of(db: &Database, person: PersonId) -> Result<Vec<IdentityId>, Error> {
    store::person::identities_of(db, person).await
}
