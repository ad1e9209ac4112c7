//! The authenticators' table, and those beside it.

pub mod device;
pub mod invitation;
pub mod recovery;
pub mod unfinished;

pub mod fido;

use portner_audit_log::Database;
use portner_audit_log::envelope::Place;
use portner_domain::authenticator::{Authenticator, Factor, Kind};
use portner_domain::{AuthenticatorId, IdentityId, Level, Moment};
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row};

use crate::{Error, Owned, PasswordNotice};

/// An authenticator with what it is verified against.
pub struct Bound {
    pub authenticator: Authenticator,
    pub verifier: String,
    /// Of a password that falls short of the rules.
    pub notice: Option<PasswordNotice>,
    pub used_at: Option<Moment>,
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

/// The kinds that were reported lost, unless something was bound since that somebody has in their hands.
pub async fn reported_lost(db: &Database, identity: IdentityId) -> Result<Vec<Kind>, Error> {
    let rows = sqlx::query(
        "SELECT kind, lost_at FROM authenticator WHERE identity = $1 AND lost_at IS NOT NULL ORDER BY kind",
    )
    .bind(identity.to_string())
    .fetch_all(db.reader())
    .await?;
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let bound =
        sqlx::query("SELECT kind, bound_at FROM authenticator WHERE identity = $1 AND removed_at IS NULL")
            .bind(identity.to_string())
            .fetch_all(db.reader())
            .await?;
    let replaced_at = latest_possession(&bound)?;
    let lost = rows.iter().map(|row| Ok((read_kind(row)?, Moment(row.try_get("lost_at")?))));
    let lost: Vec<(Kind, Moment)> = lost.collect::<Result<_, Error>>()?;
    Ok(lost.into_iter().filter(|(_, at)| replaced_at < Some(*at)).map(|(kind, _)| kind).collect())
}

fn latest_possession(rows: &[AnyRow]) -> Result<Option<Moment>, Error> {
    let mut latest = None;
    for row in rows {
        if read_kind(row)?.factors().contains(&Factor::Possession) {
            latest = latest.max(Some(Moment(row.try_get("bound_at")?)));
        }
    }
    Ok(latest)
}

fn read_kind(row: &AnyRow) -> Result<Kind, Error> {
    row.try_get::<String, _>("kind")?.parse().map_err(|()| Error::Corrupt("kind".to_owned()))
}

pub async fn bound(db: &Database, identity: IdentityId, kind: Kind) -> Result<Option<Bound>, Error> {
    let row = sqlx::query(
        "SELECT a.id AS authenticator, a.kind, a.registered, a.verifier, a.used_at, n.why, n.change_by FROM authenticator a \
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
    let used_at = row.try_get::<Option<i64>, _>("used_at")?.map(Moment);
    Ok(Some(Bound { authenticator, verifier: row.try_get("verifier")?, notice, used_at }))
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

/// It was used now.
pub async fn touch(conn: &mut AnyConnection, id: AuthenticatorId, now: Moment) -> Result<(), Error> {
    sqlx::query("UPDATE authenticator SET used_at = $2 WHERE id = $1")
        .bind(id.to_string())
        .bind(now.0)
        .execute(conn)
        .await?;
    Ok(())
}

/// What its owner may see of each.
pub async fn owned(db: &Database, identity: IdentityId) -> Result<Vec<Owned>, Error> {
    let rows = sqlx::query(
        "SELECT id AS authenticator, kind, registered, name, bound_at, used_at FROM authenticator \
         WHERE identity = $1 AND removed_at IS NULL ORDER BY bound_at, id",
    )
    .bind(identity.to_string())
    .fetch_all(db.reader())
    .await?;
    rows.iter().map(read_owned).collect()
}

fn read_owned(row: &AnyRow) -> Result<Owned, Error> {
    let authenticator = read_authenticator(row)?.ok_or_else(|| Error::Corrupt("id".to_owned()))?;
    let (bound_at, used_at): (i64, Option<i64>) = (row.try_get("bound_at")?, row.try_get("used_at")?);
    let name = row.try_get("name")?;
    Ok(Owned { authenticator, name, bound_at: Moment(bound_at), used_at: used_at.map(Moment) })
}

/// False if it is not theirs.
pub async fn rename(
    conn: &mut AnyConnection,
    identity: IdentityId,
    id: AuthenticatorId,
    name: &str,
) -> Result<bool, Error> {
    let done = sqlx::query(
        "UPDATE authenticator SET name = $3 WHERE id = $1 AND identity = $2 AND removed_at IS NULL",
    )
    .bind(id.to_string())
    .bind(identity.to_string())
    .bind(name)
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Those that work are left alone: whoever is erased has none.
pub async fn erase(conn: &mut AnyConnection, identity: IdentityId) -> Result<(), Error> {
    sqlx::query(
        "UPDATE authenticator SET verifier = '', name = NULL WHERE identity = $1 AND removed_at IS NOT NULL",
    )
    .bind(identity.to_string())
    .execute(conn)
    .await?;
    Ok(())
}

/// False if it is not theirs, or gone.
pub async fn remove(
    conn: &mut AnyConnection,
    identity: IdentityId,
    id: AuthenticatorId,
    now: Moment,
) -> Result<bool, Error> {
    let done = sqlx::query(
        "UPDATE authenticator SET removed_at = $3 WHERE id = $1 AND identity = $2 AND removed_at IS NULL",
    )
    .bind(id.to_string())
    .bind(identity.to_string())
    .bind(now.0)
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// The same, for good reason.
pub async fn lose(
    conn: &mut AnyConnection,
    identity: IdentityId,
    id: AuthenticatorId,
    now: Moment,
) -> Result<bool, Error> {
    let done = sqlx::query(
        "UPDATE authenticator SET removed_at = $3, lost_at = $3 \
         WHERE id = $1 AND identity = $2 AND removed_at IS NULL",
    )
    .bind(id.to_string())
    .bind(identity.to_string())
    .bind(now.0)
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
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
