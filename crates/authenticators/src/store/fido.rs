//! The table of FIDO credentials.

use portner_audit_log::Database;
use portner_domain::authenticator::{Authenticator, Kind};
use portner_domain::{AuthenticatorId, IdentityId, Level, Moment};
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row};
use uuid::Uuid;

use super::read_authenticator;
use crate::webauthn::{Evidence, Key};
use crate::{AuthenticatorName, Error};

/// A credential with what it is verified against.
pub struct FidoRow {
    pub authenticator: Authenticator,
    pub owner: IdentityId,
    pub sealed: String,
    /// The last count of signatures.
    pub count: u32,
    pub aaguid: Uuid,
}

/// A credential to be put in.
pub struct NewRow<'a> {
    pub owner: IdentityId,
    pub authenticator: &'a Authenticator,
    pub name: &'a AuthenticatorName,
    pub credential_id: &'a str,
    pub sealed: &'a str,
    pub count: u32,
    pub evidence: &'a Evidence,
}

/// The credential of this name, if it is bound to anybody.
pub async fn find(db: &Database, credential_id: &str) -> Result<Option<FidoRow>, Error> {
    let row = sqlx::query(
        "SELECT a.id AS authenticator, a.kind, a.registered, a.identity, a.verifier, a.last_step, f.aaguid \
         FROM fido_credential f JOIN authenticator a ON a.id = f.authenticator \
         WHERE f.credential_id = $1 AND a.removed_at IS NULL",
    )
    .bind(credential_id)
    .fetch_optional(db.reader())
    .await?;
    row.as_ref().map(read_row).transpose()
}

/// Is a credential of this name on record, whoever has it, or had it?
pub async fn is_known(db: &Database, credential_id: &str) -> Result<bool, Error> {
    let found = sqlx::query("SELECT 1 FROM fido_credential WHERE credential_id = $1")
        .bind(credential_id)
        .fetch_optional(db.reader())
        .await?;
    Ok(found.is_some())
}

/// The credentials of an identity, oldest first.
pub async fn of(db: &Database, identity: IdentityId) -> Result<Vec<Key>, Error> {
    let rows = sqlx::query(
        "SELECT a.id AS authenticator, a.kind, a.registered, f.credential_id, f.aaguid, f.transports \
         FROM fido_credential f JOIN authenticator a ON a.id = f.authenticator \
         WHERE a.identity = $1 AND a.removed_at IS NULL ORDER BY a.bound_at, a.id",
    )
    .bind(identity.to_string())
    .fetch_all(db.reader())
    .await?;
    rows.iter().map(read_key).collect()
}

/// Put a credential in. False if one of its name was there: it belongs to one person.
pub async fn add(conn: &mut AnyConnection, new: &NewRow<'_>, now: Moment) -> Result<bool, Error> {
    sqlx::query(
        "INSERT INTO authenticator (id, identity, kind, registered, verifier, last_step, bound_at, name) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(new.authenticator.id.to_string())
    .bind(new.owner.to_string())
    .bind(new.authenticator.kind.word())
    .bind(new.authenticator.registered.map(Level::word))
    .bind(new.sealed)
    .bind(i64::from(new.count))
    .bind(now.0)
    .bind(new.name.as_str())
    .execute(&mut *conn)
    .await?;
    let it = new.evidence;
    let done = sqlx::query(
        "INSERT INTO fido_credential (authenticator, credential_id, aaguid, attestation, \
         attestation_object, client_data, transports, user_verified, backup_eligible, backed_up) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (credential_id) DO NOTHING",
    )
    .bind(new.authenticator.id.to_string())
    .bind(new.credential_id)
    .bind(it.aaguid.to_string())
    .bind(it.vouched.word())
    .bind(&it.attestation_object)
    .bind(&it.client_data)
    .bind(it.transports.join(" "))
    .bind(i64::from(it.user_verified))
    .bind(i64::from(it.backup_eligible))
    .bind(i64::from(it.backed_up))
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Take note of a count of signatures. False if it is not later than the last one: then somebody else was faster,
/// or there are two of them. Credentials that do not count always say zero (WebAuthn 6.1.1).
pub async fn count(conn: &mut AnyConnection, id: AuthenticatorId, count: u32) -> Result<bool, Error> {
    let done = sqlx::query(
        "UPDATE authenticator SET last_step = $2 WHERE id = $1 AND removed_at IS NULL \
         AND (last_step < $2 OR (last_step = 0 AND $2 = 0))",
    )
    .bind(id.to_string())
    .bind(i64::from(count))
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

fn read_row(row: &AnyRow) -> Result<FidoRow, Error> {
    Ok(FidoRow {
        authenticator: authenticator(row)?,
        owner: row.try_get::<String, _>("identity")?.parse().map_err(|_| corrupt("identity"))?,
        sealed: row.try_get("verifier")?,
        count: u32::try_from(row.try_get::<i64, _>("last_step")?).map_err(|_| corrupt("last_step"))?,
        aaguid: aaguid(row)?,
    })
}

fn read_key(row: &AnyRow) -> Result<Key, Error> {
    let Authenticator { id, kind, registered } = authenticator(row)?;
    let transports: String = row.try_get("transports")?;
    Ok(Key {
        id,
        kind,
        registered,
        aaguid: aaguid(row)?,
        credential_id: row.try_get("credential_id")?,
        transports: transports.split_whitespace().map(str::to_owned).collect(),
    })
}

fn authenticator(row: &AnyRow) -> Result<Authenticator, Error> {
    let found = read_authenticator(row)?.ok_or_else(|| corrupt("id"))?;
    if found.kind.is_fido() { Ok(found) } else { Err(corrupt(Kind::word(found.kind))) }
}

fn aaguid(row: &AnyRow) -> Result<Uuid, Error> {
    row.try_get::<String, _>("aaguid")?.parse().map_err(|_| corrupt("aaguid"))
}

fn corrupt(what: &str) -> Error {
    Error::Corrupt(format!("a FIDO credential: {what}"))
}
