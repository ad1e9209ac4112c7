//! Invitations.

use portner_audit_log::Database;
use portner_domain::{IdentityId, InvitationId, Moment};
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row};

use crate::Error;
use crate::invitation::Invitation;

pub async fn insert(
    conn: &mut AnyConnection,
    invitation: &Invitation,
    hash: &str,
    now: Moment,
) -> Result<(), Error> {
    sqlx::query(
        "INSERT INTO invitation (id, identity, code_hash, proofing, made_at, expires_at) \
         VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(invitation.id.to_string())
    .bind(invitation.identity.to_string())
    .bind(hash)
    .bind(invitation.proofing.map(|id| id.to_string()))
    .bind(now.0)
    .bind(invitation.expires.0)
    .execute(conn)
    .await?;
    Ok(())
}

pub async fn end_all(conn: &mut AnyConnection, identity: IdentityId, now: Moment) -> Result<(), Error> {
    sqlx::query("UPDATE invitation SET ended_at = $2 WHERE identity = $1 AND ended_at IS NULL")
        .bind(identity.to_string())
        .bind(now.0)
        .execute(conn)
        .await?;
    Ok(())
}

/// One conditional update, so that of two who try at once one wins.
pub async fn use_up(conn: &mut AnyConnection, id: InvitationId, now: Moment) -> Result<bool, Error> {
    let done = sqlx::query(
        "UPDATE invitation SET ended_at = $2 WHERE id = $1 AND ended_at IS NULL AND expires_at > $2",
    )
    .bind(id.to_string())
    .bind(now.0)
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

pub async fn by_hash(db: &Database, hash: &str, now: Moment) -> Result<Option<Invitation>, Error> {
    let row = sqlx::query(
        "SELECT id, identity, proofing, expires_at FROM invitation \
         WHERE code_hash = $1 AND ended_at IS NULL AND expires_at > $2",
    )
    .bind(hash)
    .bind(now.0)
    .fetch_optional(db.reader())
    .await?;
    row.as_ref().map(read).transpose()
}

pub async fn by_id(db: &Database, id: InvitationId, now: Moment) -> Result<Option<Invitation>, Error> {
    let row = sqlx::query(
        "SELECT id, identity, proofing, expires_at FROM invitation \
         WHERE id = $1 AND ended_at IS NULL AND expires_at > $2",
    )
    .bind(id.to_string())
    .bind(now.0)
    .fetch_optional(db.reader())
    .await?;
    row.as_ref().map(read).transpose()
}

pub async fn open_of(db: &Database, identity: IdentityId, now: Moment) -> Result<Option<Invitation>, Error> {
    let row = sqlx::query(
        "SELECT id, identity, proofing, expires_at FROM invitation \
         WHERE identity = $1 AND ended_at IS NULL AND expires_at > $2 ORDER BY made_at DESC LIMIT 1",
    )
    .bind(identity.to_string())
    .bind(now.0)
    .fetch_optional(db.reader())
    .await?;
    row.as_ref().map(read).transpose()
}

fn read(row: &AnyRow) -> Result<Invitation, Error> {
    let corrupt = |column: &str| Error::Corrupt(format!("{column} of an invitation"));
    let proofing: Option<String> = row.try_get("proofing")?;
    Ok(Invitation {
        id: row.try_get::<String, _>("id")?.parse().map_err(|_| corrupt("id"))?,
        identity: row.try_get::<String, _>("identity")?.parse().map_err(|_| corrupt("identity"))?,
        proofing: proofing.map(|id| id.parse().map_err(|_| corrupt("proofing"))).transpose()?,
        expires: Moment(row.try_get("expires_at")?),
    })
}
