//! The authenticators' table.

use portner_audit_log::Database;
use portner_audit_log::envelope::Place;
use portner_domain::authenticator::{Authenticator, Kind};
use portner_domain::{AuthenticatorId, IdentityId, Level, Moment};
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row};

use crate::Error;

/// An authenticator with what it is verified against.
pub struct Bound {
    pub authenticator: Authenticator,
    pub verifier: String,
}

/// Where a sealed secret stands, so that it can't be moved to another row.
pub const fn place(id: &str) -> Place<'_> {
    Place { table: "authenticator", column: "verifier", row: id }
}

/// One identity has one authenticator of a kind: the old one is removed, the new one put in its place.
pub async fn replace(
    conn: &mut AnyConnection,
    identity: IdentityId,
    bound: &Authenticator,
    verifier: &str,
    now: Moment,
) -> Result<(), Error> {
    sqlx::query(
        "UPDATE authenticator SET removed_at = $3 WHERE identity = $1 AND kind = $2 AND removed_at IS NULL",
    )
    .bind(identity.to_string())
    .bind(bound.kind.word())
    .bind(now.0)
    .execute(&mut *conn)
    .await?;
    sqlx::query(
        "INSERT INTO authenticator (id, identity, kind, registered, verifier, last_step, bound_at) \
         VALUES ($1, $2, $3, $4, $5, 0, $6)",
    )
    .bind(bound.id.to_string())
    .bind(identity.to_string())
    .bind(bound.kind.word())
    .bind(bound.registered.map(Level::word))
    .bind(verifier)
    .bind(now.0)
    .execute(conn)
    .await?;
    Ok(())
}

/// True if the identity had none of the kind; then it has this one. The kind has to have an index that says so.
pub async fn insert_if_none(
    conn: &mut AnyConnection,
    identity: IdentityId,
    bound: &Authenticator,
    verifier: &str,
    now: Moment,
) -> Result<bool, Error> {
    let done = sqlx::query(
        "INSERT INTO authenticator (id, identity, kind, registered, verifier, last_step, bound_at) \
         VALUES ($1, $2, $3, $4, $5, 0, $6) ON CONFLICT DO NOTHING",
    )
    .bind(bound.id.to_string())
    .bind(identity.to_string())
    .bind(bound.kind.word())
    .bind(bound.registered.map(Level::word))
    .bind(verifier)
    .bind(now.0)
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// True if the step is later than every step accepted before; then it is spent.
pub async fn spend_step(conn: &mut AnyConnection, id: AuthenticatorId, step: u64) -> Result<bool, Error> {
    let step = i64::try_from(step).map_err(|_| Error::Corrupt("a time step".into()))?;
    let done = sqlx::query(
        "UPDATE authenticator SET last_step = $2 WHERE id = $1 AND last_step < $2 AND removed_at IS NULL",
    )
    .bind(id.to_string())
    .bind(step)
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

pub async fn of(db: &Database, identity: IdentityId) -> Result<Vec<Authenticator>, Error> {
    let rows = sqlx::query(
        "SELECT id AS authenticator, kind, registered FROM authenticator \
         WHERE identity = $1 AND removed_at IS NULL ORDER BY kind, id",
    )
    .bind(identity.to_string())
    .fetch_all(db.reader())
    .await?;
    rows.iter().filter_map(|row| read_authenticator(row).transpose()).collect()
}

pub async fn bound(db: &Database, identity: IdentityId, kind: Kind) -> Result<Option<Bound>, Error> {
    let row = sqlx::query(
        "SELECT id AS authenticator, kind, registered, verifier FROM authenticator \
         WHERE identity = $1 AND kind = $2 AND removed_at IS NULL",
    )
    .bind(identity.to_string())
    .bind(kind.word())
    .fetch_optional(db.reader())
    .await?;
    let Some(row) = row else { return Ok(None) };
    let authenticator = read_authenticator(&row)?.ok_or_else(|| Error::Corrupt("id".to_owned()))?;
    Ok(Some(Bound { authenticator, verifier: row.try_get("verifier")? }))
}

/// Nothing where a join found none.
pub fn read_authenticator(row: &AnyRow) -> Result<Option<Authenticator>, Error> {
    let corrupt = |column: &str| Error::Corrupt(column.to_owned());
    let Some(id) = row.try_get::<Option<String>, _>("authenticator")? else { return Ok(None) };
    let registered: Option<String> = row.try_get("registered")?;
    Ok(Some(Authenticator {
        id: id.parse().map_err(|_| corrupt("id"))?,
        kind: row.try_get::<String, _>("kind")?.parse().map_err(|()| corrupt("kind"))?,
        registered: registered.map(|word| word.parse().map_err(|_| corrupt("registered"))).transpose()?,
    }))
}
