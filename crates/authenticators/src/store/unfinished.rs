//! The rows of what was given to somebody and never used.

use portner_audit_log::Database;
use portner_domain::{AuthenticatorId, IdentityId, Moment};
use sqlx::{AnyConnection, Row};

use crate::Error;

pub async fn unused(
    db: &Database,
    before: Moment,
    after: Option<IdentityId>,
    most: u32,
    now: Moment,
) -> Result<Vec<IdentityId>, Error> {
    let rows = sqlx::query(
        "SELECT a.identity FROM authenticator a WHERE a.removed_at IS NULL AND a.identity > $1 GROUP BY a.identity \
         HAVING MAX(a.used_at) IS NULL AND MAX(a.registered) IS NOT NULL AND MAX(a.bound_at) <= $2 AND NOT EXISTS \
         (SELECT 1 FROM invitation v WHERE v.identity = a.identity AND v.ended_at IS NULL AND v.expires_at > $3) \
         ORDER BY a.identity LIMIT $4",
    )
    .bind(after.map(|id| id.to_string()).unwrap_or_default())
    .bind(before.0)
    .bind(now.0)
    .bind(i64::from(most))
    .fetch_all(db.reader())
    .await?;
    let corrupt = || Error::Corrupt("identity of an authenticator".to_owned());
    rows.iter().map(|row| row.try_get::<String, _>("identity")?.parse().map_err(|_| corrupt())).collect()
}

/// False if it was used or removed meanwhile.
pub async fn remove_unused(
    conn: &mut AnyConnection,
    id: AuthenticatorId,
    now: Moment,
) -> Result<bool, Error> {
    let done = sqlx::query(
        "UPDATE authenticator SET removed_at = $2 WHERE id = $1 AND removed_at IS NULL AND used_at IS NULL",
    )
    .bind(id.to_string())
    .bind(now.0)
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}
