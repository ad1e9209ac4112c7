//! Who holds which role, and what waits for a second person.

use portner_audit_log::{Actor, Database, Event, Tx};
use portner_domain::role::{Asked, Grant, Proposal, Role, conflict};
use portner_domain::unit::Unit;
use portner_domain::{Entropy, IdentityId, Moment, PersonId, ProposalId};

use crate::life::is_living;
use crate::{Error, Refusal, store};

/// A role and who holds it.
#[derive(Clone, Debug)]
pub struct Held {
    /// Who.
    pub identity: IdentityId,
    /// What, where and until when.
    pub grant: Grant,
}

/// Something that waits for a second person.
#[derive(Clone, Debug)]
pub struct Waiting {
    /// Its identifier.
    pub id: ProposalId,
    /// What, and whom it concerns.
    pub asked: Asked,
    /// The identity that asked; none if Portner did.
    pub by: Option<IdentityId>,
    /// Why, in their words.
    pub why: String,
}

/// What was decided.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Decided {
    /// A second person agreed.
    Agreed,
    /// Somebody declined.
    Declined,
}

impl Decided {
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Agreed => "agreed",
            Self::Declined => "declined",
        }
    }
}

/// Give a role. Refused if its holder, by any identity of theirs, holds one that does not go with it.
pub async fn grant(tx: &mut Tx, identity: IdentityId, grant: &Grant) -> Result<Result<(), Refusal>, Error> {
    let now = tx.now();
    let Grant { role, unit, until } = grant.clone();
    if unit.is_some() && !role.has_units() {
        return Ok(Err(Refusal::NoUnits));
    }
    let conn = tx.write(Event::RoleGranted { identity, role, unit, until });
    if !store::life::touch(conn, identity, now).await? {
        return Ok(Err(Refusal::NoSuchIdentity));
    }
    if !is_living(store::life::state(conn, identity).await?) {
        return Ok(Err(Refusal::Over));
    }
    let person = store::life::person_of(conn, identity).await?;
    store::role::take_person(conn, person).await?;
    let held = store::role::roles_of_person(conn, person, now).await?;
    if let Some(other) = conflict(&held, role) {
        return Ok(Err(Refusal::Conflict(other)));
    }
    store::role::insert(conn, identity, grant, now).await?;
    Ok(Ok(()))
}

/// Take a role away, in this part of the organisation.
pub async fn withdraw(
    tx: &mut Tx,
    identity: IdentityId,
    role: Role,
    unit: Option<&Unit>,
) -> Result<Result<(), Refusal>, Error> {
    let conn = tx.write(Event::RoleWithdrawn { identity, role, unit: unit.cloned() });
    crate::changed(store::role::delete(conn, identity, role, unit).await?)
}

/// The roles of an identity, those that are over too.
pub async fn grants_of(db: &Database, identity: IdentityId) -> Result<Vec<Grant>, Error> {
    store::role::of(db, identity).await
}

/// Everybody who holds a role at `now`: there are few.
pub async fn held_by_all(db: &Database, now: Moment) -> Result<Vec<Held>, Error> {
    store::role::all(db, now).await
}

/// Does a person hold any role at `now`, by any identity of theirs?
pub async fn is_officer(db: &Database, person: PersonId, now: Moment) -> Result<bool, Error> {
    let mut conn = db.reader().acquire().await?;
    Ok(!store::role::roles_of_person(&mut conn, person, now).await?.is_empty())
}

/// Propose something that needs a second person.
pub async fn propose(
    tx: &mut Tx,
    entropy: &dyn Entropy,
    proposal: &Proposal,
    why: &str,
) -> Result<ProposalId, Error> {
    let now = tx.now();
    let id = ProposalId::new(now, entropy);
    let by = match tx.actor() {
        Actor::Identity(identity) => Some(*identity),
        Actor::System { .. } | Actor::Operator { .. } | Actor::Anonymous { .. } => None,
    };
    let conn = tx.write(Event::Proposed { id, proposal: proposal.clone(), why: why.to_owned() });
    store::role::insert_proposal(conn, (id, proposal, why), by, now).await?;
    Ok(id)
}

/// What waits, oldest first; what is void by now does not.
pub async fn waiting(db: &Database, now: Moment) -> Result<Vec<Waiting>, Error> {
    let all = store::role::waiting(db).await?;
    Ok(all.into_iter().filter(|waiting| !waiting.asked.is_void(now)).collect())
}

/// One that waits.
pub async fn proposal(db: &Database, id: ProposalId, now: Moment) -> Result<Option<Waiting>, Error> {
    Ok(store::role::proposal(db, id).await?.filter(|waiting| !waiting.asked.is_void(now)))
}

/// Write down that a second person agreed. What it leads to follows in the same transaction. Of two who decide at the
/// same moment one does.
pub async fn agree(tx: &mut Tx, waiting: &Waiting) -> Result<Result<(), Refusal>, Error> {
    let event = Event::Agreed { id: waiting.id, proposal: waiting.asked.proposal.clone() };
    decide(tx, event, waiting.id, Decided::Agreed).await
}

/// Write down that somebody declined.
pub async fn decline(tx: &mut Tx, waiting: &Waiting) -> Result<Result<(), Refusal>, Error> {
    let event = Event::Declined { id: waiting.id, proposal: waiting.asked.proposal.clone() };
    decide(tx, event, waiting.id, Decided::Declined).await
}

async fn decide(
    tx: &mut Tx,
    event: Event,
    id: ProposalId,
    decided: Decided,
) -> Result<Result<(), Refusal>, Error> {
    let now = tx.now();
    let by = match tx.actor() {
        Actor::Identity(identity) => identity.to_string(),
        Actor::Operator { name } => name.clone(),
        Actor::System { component } => component.clone(),
        Actor::Anonymous { .. } => return Ok(Err(Refusal::NotWaiting)),
    };
    let done = store::role::decide(tx.write(event), id, decided, &by, now).await?;
    Ok(if done { Ok(()) } else { Err(Refusal::NotWaiting) })
}
