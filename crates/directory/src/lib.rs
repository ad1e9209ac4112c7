//! Persons, their professional identities, organisations, proofing, groups and rights.
//!
//! Every change takes a [`Tx`] and names the event it is. Questions take a [`Database`] and change nothing.
//! Only `store` knows the tables.

mod export;
pub mod feed;
mod letter;
mod life;
mod list;
mod meeting;
mod organisation;
mod person;
mod personal;
mod registered;
mod right;
mod role;
pub mod scim;
mod setup;
mod store;
mod terms;
mod waiting;

pub use export::{EXPORT_PAGE_ROWS, PeopleFile, csv_lines, export_holdings, export_people};
pub use letter::{KeptWording, letter_wording, letters_worded, unword_letter, word_letter};
pub use life::{admit, end, end_overdue, erase, lift, lift_all, lock, locks, overdue, resume, set_validity};
pub use list::{
    Filter, GroupPage, Listed, ListedGroup, MEMBERS_COUNTED_MAX, PAGE_ROWS_MAX, Page, Sought, find,
    find_groups, group_called, listed, stopped_since,
};
pub use meeting::{BadPaperNumber, Met, PaperNumber, Record, also_shown_by, met, shown_at};
pub use organisation::{
    Lacking, NothingLacking, OrganisationCount, PLACES_MAX, lacking_counted, organisations_counted,
    production_units_counted, units_counted,
};
pub use person::{
    About, Card, FIELD_CHARS_MAX, Sibling, Source, by_source, card, confirm, describe, describe_new,
    identities_of, rename, set_source, usable_of,
};
pub use personal::{Personal, note_look_up};
pub use registered::{REGISTERED_PAGE_MAX, Registered, Which, turned};
pub use role::{
    Decided, Held, Waiting, agree, decline, grant, grants_of, held_by_all, is_officer, proposal, propose,
    waiting, withdraw,
};

pub use right::{GROUPS_MAX, RIGHTS_MAX, grant_right, holdings_of, join, leave, withdraw_right};
pub use setup::{SETUP_LINK_LIFE, SetupToken, check_setup_link, make_setup_link, use_setup_link};
pub use terms::{
    Acceptance, Again, Agreement, Duty, Published, TERMS_BYTES_MAX, TERMS_LISTED_MAX, Terms, TermsVersion,
    Unpublishable, VERSION_CHARS_MAX, accept_terms, agreement, publish_terms, terms_called, terms_in_force,
    terms_sha256, terms_versions,
};
pub use waiting::{WaitingMeeting, leave_meeting, take_meeting, waiting_meeting, waiting_meetings};

use portner_audit_log::{Database, Event, Tx};
use portner_domain::identity::{Cvr, Employment, Identity, UserName};
use portner_domain::life::{Admission, Stays};
use portner_domain::proofing::{Evidence, Proofing};
use portner_domain::right::Holdings;
use portner_domain::role::Role;
use portner_domain::terms::HoldFor;
use portner_domain::{Entropy, IdentityId, PersonId, ProofingId};
use sqlx::any::AnyRow;

/// Something failed that is nobody's wish.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The database or the log.
    #[error(transparent)]
    Log(#[from] portner_audit_log::Error),
    /// The database.
    #[error("the directory's tables can't be read or written")]
    Storage(#[from] sqlx::Error),
    /// A row says something that none of our versions writes.
    #[error("a row of the directory can't be understood: {0}")]
    Corrupt(String),
}

/// A change that can't be made.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Refusal {
    /// Somebody has that user name.
    #[error("the user name is taken; choose another")]
    UserNameTaken,
    /// There is no such identity.
    #[error("there is no such user")]
    NoSuchIdentity,
    /// It is in that state already.
    #[error("nothing to change: the user is in that state already")]
    NothingToChange,
    /// It ended, or was erased.
    #[error("the employment is over; register anew, or let the identity begin anew")]
    Over,
    /// It has not ended.
    #[error("only what has ended can be erased")]
    NotEnded,
    /// A lock on it stays.
    #[error("it stays stopped: {0}")]
    Stays(Stays),
    /// It is a robot's.
    #[error("a robot never has a level, and never stops being one")]
    Robot,
    /// Somebody else has that CPR number.
    #[error("somebody else is on record with that CPR number; they may be one person with two identities")]
    CprTaken,
    /// They hold a role that does not go with this one.
    #[error("whoever holds {} may not hold it too", .0.word())]
    Conflict(Role),
    /// The role is not held for a part of the organisation.
    #[error("that role is held for the whole organisation")]
    NoUnits,
    /// There is no such proposal, or it was decided.
    #[error("nothing like that waits any more")]
    NotWaiting,
    /// It belongs to as many groups, or holds as many rights, as anybody may.
    #[error(
        "nobody belongs to more than {GROUPS_MAX} groups or holds more than {RIGHTS_MAX} rights; take one away first"
    )]
    TooMany,
}

/// Somebody to be registered.
#[derive(Clone, Debug)]
pub struct NewEmployee {
    /// What they will log in with.
    pub user_name: UserName,
    /// First names.
    pub first_name: String,
    /// Surname.
    pub last_name: String,
    /// Work e-mail.
    pub email: Option<String>,
    /// Where they work; named with [`name_organisation`] before.
    pub cvr: Cvr,
    /// How we know.
    pub employment: Employment,
    /// May they have a level? A robot never may.
    pub admission: Admission,
}

/// Give an organisation its name. Writes nothing if it has it.
pub async fn name_organisation(db: &Database, tx: &mut Tx, cvr: &Cvr, name: &str) -> Result<(), Error> {
    if store::organisation_name(db, cvr).await?.as_deref() == Some(name) {
        return Ok(());
    }
    let event = Event::OrganisationNamed { cvr: cvr.clone(), name: name.to_owned() };
    store::name_organisation(tx.write(event), cvr, name).await
}

/// The organisations that people may work for, by name.
pub async fn organisations(db: &Database) -> Result<Vec<(Cvr, String)>, Error> {
    store::organisations(db).await
}

/// Register a person with one professional identity.
pub async fn register(
    tx: &mut Tx,
    entropy: &dyn Entropy,
    employee: &NewEmployee,
) -> Result<Result<Identity, Refusal>, Error> {
    let now = tx.now();
    let person = PersonId::new(now, entropy);
    store::insert_person(tx.write(Event::PersonRegistered { person }), person, employee, now).await?;
    register_another(tx, entropy, person, employee).await
}

/// Register one more identity of a person: in another organisation, or for other work. The names are those on record.
pub async fn register_another(
    tx: &mut Tx,
    entropy: &dyn Entropy,
    person: PersonId,
    employee: &NewEmployee,
) -> Result<Result<Identity, Refusal>, Error> {
    let now = tx.now();
    let identity = IdentityId::new(now, entropy);
    let event = Event::IdentityRegistered { identity, person, employment: employee.employment.clone() };
    let conn = tx.write(event);
    if !store::insert_identity(conn, identity, person, employee, now).await? {
        return Ok(Err(Refusal::UserNameTaken));
    }
    store::identity(conn, identity).await?.ok_or_else(|| Error::Corrupt(identity.to_string())).map(Ok)
}

/// Record that a person's identity was proofed.
pub async fn record_proofing(
    tx: &mut Tx,
    entropy: &dyn Entropy,
    person: PersonId,
    evidence: Evidence,
) -> Result<Proofing, Error> {
    let at = tx.now();
    let proofing = Proofing { id: ProofingId::new(at, entropy), person, evidence, at, withdrawn: None };
    let event = Event::ProofingRecorded {
        proofing: proofing.id,
        person,
        evidence: proofing.evidence.clone(),
        level: proofing.evidence.level(),
    };
    store::insert_proofing(tx.write(event), &proofing).await?;
    Ok(proofing)
}

/// End all sessions of an identity, at once and on every node, and let it log in again.
pub async fn end_sessions(
    tx: &mut Tx,
    identity: IdentityId,
    why: &str,
) -> Result<Result<(), Refusal>, Error> {
    let now = tx.now();
    let event = Event::SessionsEnded { identity, why: why.to_owned() };
    let found = store::end_sessions(tx.write(event), identity, now).await?;
    Ok(if found { Ok(()) } else { Err(Refusal::NoSuchIdentity) })
}

/// Who has this user name?
pub async fn by_user_name(db: &Database, name: &UserName) -> Result<Option<Identity>, Error> {
    store::identity_by_user_name(db, name).await
}

/// Who has this identifier?
pub async fn by_id(db: &Database, id: IdentityId) -> Result<Option<Identity>, Error> {
    store::identity_in(db, id).await
}

/// The identity in a row of the view `standing`.
pub fn identity_in(row: &AnyRow) -> Result<Identity, Error> {
    store::read_identity(row)
}

/// The proofing in a row of the view `standing`, if the person has any.
pub fn proofing_in(row: &AnyRow) -> Result<Option<Proofing>, Error> {
    store::read_proofing(row)
}

/// What waits for an agreement to the terms, in a row of the view `standing`, if they are due.
pub fn terms_due_in(row: &AnyRow) -> Result<Option<HoldFor>, Error> {
    store::read_terms_due(row)
}

/// The groups and rights in a row of the view `standing` that was read with its columns `member_of` and `rights_held`.
pub fn holdings_in(row: &AnyRow) -> Result<Holdings, Error> {
    store::read_holdings(row)
}

pub(crate) const fn changed(found: bool) -> Result<Result<(), Refusal>, Error> {
    Ok(if found { Ok(()) } else { Err(Refusal::NothingToChange) })
}
