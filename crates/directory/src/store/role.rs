//! The rows of roles and of what waits for a second person.

use portner_audit_log::Database;
use portner_domain::role::{Asked, Grant, Proposal, Role};
use portner_domain::unit::Unit;
use portner_domain::{IdentityId, Moment, PersonId, ProposalId};
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row};

use super::{from_json, moment, read, read_optional, to_json};
use crate::Error;
use crate::role::{Decided, Held, Waiting};

/// Take the person's row for this transaction, so that of two roles given at the same moment the second sees the first.
pub async fn take_person(conn: &mut AnyConnection, person: PersonId) -> Result<(), Error> {
    sqlx::query("UPDATE person SET protected = protected WHERE id = $1")
        .bind(person.to_string())
        .execute(conn)
        .await?;
    Ok(())
}

pub async fn roles_of_person(
    conn: &mut AnyConnection,
    person: PersonId,
    now: Moment,
) -> Result<Vec<Role>, Error> {
    let rows = sqlx::query(
        "SELECT DISTINCT h.role FROM role_held h JOIN identity i ON i.id = h.identity \
         WHERE i.person = $1 AND (h.until IS NULL OR h.until > $2)",
    )
    .bind(person.to_string())
    .bind(now.0)
    .fetch_all(conn)
    .await?;
    rows.iter().map(|row| read(row, "role")).collect()
}

/// In place of one that is over, or had another end.
pub async fn insert(
    conn: &mut AnyConnection,
    identity: IdentityId,
    grant: &Grant,
    now: Moment,
) -> Result<(), Error> {
    sqlx::query(
        "INSERT INTO role_held (identity, role, unit, until, granted_at) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT (identity, role, unit) DO UPDATE SET until = excluded.until, granted_at = excluded.granted_at",
    )
    .bind(identity.to_string())
    .bind(grant.role.word())
    .bind(unit_word(grant.unit.as_ref()))
    .bind(grant.until.map(|until| until.0))
    .bind(now.0)
    .execute(conn)
    .await?;
    Ok(())
}

/// False if it was not held.
pub async fn delete(
    conn: &mut AnyConnection,
    identity: IdentityId,
    role: Role,
    unit: Option<&Unit>,
) -> Result<bool, Error> {
    let done = sqlx::query("DELETE FROM role_held WHERE identity = $1 AND role = $2 AND unit = $3")
        .bind(identity.to_string())
        .bind(role.word())
        .bind(unit_word(unit))
        .execute(conn)
        .await?;
    Ok(done.rows_affected() == 1)
}

/// Empty where the role is held everywhere.
fn unit_word(unit: Option<&Unit>) -> &str {
    unit.map(Unit::as_str).unwrap_or_default()
}

pub async fn of(db: &Database, identity: IdentityId) -> Result<Vec<Grant>, Error> {
    let rows = sqlx::query("SELECT role, unit, until FROM role_held WHERE identity = $1 ORDER BY role, unit")
        .bind(identity.to_string())
        .fetch_all(db.reader())
        .await?;
    rows.iter().map(read_grant).collect()
}

pub async fn all(db: &Database, now: Moment) -> Result<Vec<Held>, Error> {
    let rows = sqlx::query(
        "SELECT identity, role, unit, until FROM role_held WHERE until IS NULL OR until > $1 \
         ORDER BY role, unit, identity",
    )
    .bind(now.0)
    .fetch_all(db.reader())
    .await?;
    rows.iter().map(|row| Ok(Held { identity: read(row, "identity")?, grant: read_grant(row)? })).collect()
}

fn read_grant(row: &AnyRow) -> Result<Grant, Error> {
    let unit: String = row.try_get("unit")?;
    let unit = Some(unit).filter(|unit| !unit.is_empty());
    let parsed = unit.as_ref().map(|unit| unit.parse()).transpose();
    Ok(Grant {
        role: read(row, "role")?,
        unit: parsed.map_err(|_| Error::Corrupt(format!("unit {unit:?}")))?,
        until: moment(row, "until")?,
    })
}

pub async fn insert_proposal(
    conn: &mut AnyConnection,
    (id, proposal, why): (ProposalId, &Proposal, &str),
    by: Option<IdentityId>,
    now: Moment,
) -> Result<(), Error> {
    sqlx::query(
        "INSERT INTO proposal (id, proposal, why, asked_by, asked_by_person, about_person, asked_at) VALUES \
         ($1, $2, $3, $4, (SELECT person FROM identity WHERE id = $4), \
         (SELECT person FROM identity WHERE id = $5), $6)",
    )
    .bind(id.to_string())
    .bind(to_json(proposal)?)
    .bind(why)
    .bind(by.map(|by| by.to_string()))
    .bind(proposal.about().map(|about| about.to_string()))
    .bind(now.0)
    .execute(conn)
    .await?;
    Ok(())
}

const WAITING: &str = "SELECT id, proposal, why, asked_by, asked_by_person, about_person, asked_at FROM proposal \
     WHERE decision IS NULL";

pub async fn waiting(db: &Database) -> Result<Vec<Waiting>, Error> {
    let sql = format!("{WAITING} ORDER BY asked_at, id");
    let rows = sqlx::query(sqlx::AssertSqlSafe(sql)).fetch_all(db.reader()).await?;
    rows.iter().map(read_waiting).collect()
}

pub async fn proposal(db: &Database, id: ProposalId) -> Result<Option<Waiting>, Error> {
    let sql = format!("{WAITING} AND id = $1");
    let row = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(id.to_string()).fetch_optional(db.reader()).await?;
    row.as_ref().map(read_waiting).transpose()
}

fn read_waiting(row: &AnyRow) -> Result<Waiting, Error> {
    Ok(Waiting {
        id: read(row, "id")?,
        asked: Asked {
            proposal: from_json(row.try_get("proposal")?)?,
            by: read_optional(row, "asked_by_person")?,
            about: read_optional(row, "about_person")?,
            at: Moment(row.try_get("asked_at")?),
        },
        by: read_optional(row, "asked_by")?,
        why: row.try_get("why")?,
    })
}

/// One conditional update, so that of two who decide at once one does.
pub async fn decide(
    conn: &mut AnyConnection,
    id: ProposalId,
    decided: Decided,
    by: &str,
    now: Moment,
) -> Result<bool, Error> {
    let done = sqlx::query(
        "UPDATE proposal SET decision = $2, decided_by = $3, decided_at = $4 WHERE id = $1 AND decision IS NULL",
    )
    .bind(id.to_string())
    .bind(decided.word())
    .bind(by)
    .bind(now.0)
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}
