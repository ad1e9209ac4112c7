//! The codes of a set.

use portner_audit_log::Database;
use portner_domain::{AuthenticatorId, Moment};
use sqlx::{AnyConnection, Row};

use crate::Error;

/// One of a set.
pub struct Code {
    pub number: i64,
    pub hash: String,
    pub used: bool,
}

pub async fn insert(conn: &mut AnyConnection, set: AuthenticatorId, hashes: &[String]) -> Result<(), Error> {
    for (number, hash) in (1_i64..).zip(hashes) {
        sqlx::query("INSERT INTO recovery_code (authenticator, number, hash) VALUES ($1, $2, $3)")
            .bind(set.to_string())
            .bind(number)
            .bind(hash)
            .execute(&mut *conn)
            .await?;
    }
    Ok(())
}

pub async fn of(db: &Database, set: AuthenticatorId) -> Result<Vec<Code>, Error> {
    let rows = sqlx::query(
        "SELECT number, hash, used_at FROM recovery_code WHERE authenticator = $1 ORDER BY number",
    )
    .bind(set.to_string())
    .fetch_all(db.reader())
    .await?;
    let read = |row: &sqlx::any::AnyRow| {
        let used = row.try_get::<Option<i64>, _>("used_at")?.is_some();
        Ok(Code { number: row.try_get("number")?, hash: row.try_get("hash")?, used })
    };
    rows.iter().map(read).collect()
}

/// One conditional update, so that of those who send a code at once one wins; none, if the set was replaced.
pub async fn spend(
    conn: &mut AnyConnection,
    set: AuthenticatorId,
    number: i64,
    now: Moment,
) -> Result<bool, Error> {
    let done = sqlx::query(
        "UPDATE recovery_code SET used_at = $3 WHERE authenticator = $1 AND number = $2 AND used_at IS NULL \
         AND EXISTS (SELECT 1 FROM authenticator WHERE id = $1 AND removed_at IS NULL)",
    )
    .bind(set.to_string())
    .bind(number)
    .bind(now.0)
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}
