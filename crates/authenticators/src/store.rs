//! The authenticators' table.

use portner_audit_log::Database;
use portner_audit_log::envelope::Place;
use portner_domain::authenticator::{Authenticator, Kind};
use portner_domain::{AuthenticatorId, IdentityId, Level, Moment};
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row};

use crate::{Error, PasswordNotice};

/// An authenticator with what it is verified against.
pub struct Bound {
    pub authenticator: Authenticator,
    pub verifier: String,
    /// Of a password that falls short of the rules.
    pub notice: Option<PasswordNotice>,
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
        "SELECT a.id AS authenticator, a.kind, a.registered, a.verifier, n.why, n.change_by FROM authenticator a \
         LEFT JOIN password_notice n ON n.authenticator = a.id \
         WHERE a.identity = $1 AND a.kind = $2 AND a.removed_at IS NULL",
    )
    .bind(identity.to_string())
    .bind(kind.word())
    .fetch_optional(db.reader())
    .await?;
    let Some(row) = row else { return Ok(None) };
    let authenticator = read_authenticator(&row)?.ok_or_else(|| Error::Corrupt("id".to_owned()))?;
    let notice = read_notice(&row)?;
    Ok(Some(Bound { authenticator, verifier: row.try_get("verifier")?, notice }))
}

/// The hashes of somebody's last passwords, the present one first. What was forgotten is empty.
pub async fn last_passwords(db: &Database, identity: IdentityId, count: u32) -> Result<Vec<String>, Error> {
    let last = sqlx::query_scalar(
        "SELECT verifier FROM authenticator WHERE identity = $1 AND kind = $2 AND verifier <> '' \
         ORDER BY bound_at DESC, id DESC LIMIT $3",
    )
    .bind(identity.to_string())
    .bind(Kind::Password.word())
    .bind(i64::from(count))
    .fetch_all(db.reader());
    Ok(last.await?)
}

/// Hashes of passwords that stopped working are kept only to compare new ones with.
pub async fn forget_old_passwords(
    conn: &mut AnyConnection,
    identity: IdentityId,
    but_the_last: u32,
) -> Result<(), Error> {
    sqlx::query(
        "UPDATE authenticator SET verifier = '' WHERE identity = $1 AND kind = $2 AND removed_at IS NOT NULL \
         AND verifier <> '' AND id NOT IN (SELECT id FROM authenticator WHERE identity = $1 AND kind = $2 \
         ORDER BY bound_at DESC, id DESC LIMIT $3)",
    )
    .bind(identity.to_string())
    .bind(Kind::Password.word())
    .bind(i64::from(but_the_last))
    .execute(conn)
    .await?;
    Ok(())
}

/// True if the password still stood with this hash; then it has the new one.
pub async fn replace_verifier(
    conn: &mut AnyConnection,
    id: AuthenticatorId,
    old: &str,
    new: &str,
) -> Result<bool, Error> {
    let done = sqlx::query(
        "UPDATE authenticator SET verifier = $3 WHERE id = $1 AND verifier = $2 AND removed_at IS NULL",
    )
    .bind(id.to_string())
    .bind(old)
    .bind(new)
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Note a deadline. Of two logins at once, the nearer deadline stands.
pub async fn keep_notice(
    conn: &mut AnyConnection,
    id: AuthenticatorId,
    notice: PasswordNotice,
) -> Result<(), Error> {
    sqlx::query(
        "INSERT INTO password_notice (authenticator, why, change_by) VALUES ($1, $2, $3) \
         ON CONFLICT (authenticator) DO UPDATE SET why = excluded.why, change_by = excluded.change_by \
         WHERE excluded.change_by <= password_notice.change_by",
    )
    .bind(id.to_string())
    .bind(notice.why.word())
    .bind(notice.change_by.0)
    .execute(conn)
    .await?;
    Ok(())
}

/// True if there was one.
pub async fn forget_notice(conn: &mut AnyConnection, id: AuthenticatorId) -> Result<bool, Error> {
    let done = sqlx::query("DELETE FROM password_notice WHERE authenticator = $1")
        .bind(id.to_string())
        .execute(conn)
        .await?;
    Ok(done.rows_affected() == 1)
}

/// Nothing where a join found none.
fn read_notice(row: &AnyRow) -> Result<Option<PasswordNotice>, Error> {
    let Some(why) = row.try_get::<Option<String>, _>("why")? else { return Ok(None) };
    let why = why.parse().map_err(|()| Error::Corrupt("why".to_owned()))?;
    Ok(Some(PasswordNotice { why, change_by: Moment(row.try_get("change_by")?) }))
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
