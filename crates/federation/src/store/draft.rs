//! The rows of what waits for a second person before it is anything.

use portner_audit_log::Database;
use portner_domain::Moment;
use sqlx::{AnyConnection, Row};

use crate::Error;

/// Keep a draft; the same text again is as old as it was written last.
pub async fn keep(conn: &mut AnyConnection, sha256: &str, draft: &str, now: Moment) -> Result<(), Error> {
    sqlx::query(
        "INSERT INTO service_provider_draft (sha256, draft, drafted_at) VALUES ($1, $2, $3) \
         ON CONFLICT (sha256) DO UPDATE SET drafted_at = excluded.drafted_at",
    )
    .bind(sha256)
    .bind(draft)
    .bind(now.0)
    .execute(conn)
    .await?;
    Ok(())
}

/// Forget those written before.
pub async fn forget(conn: &mut AnyConnection, before: Moment) -> Result<(), Error> {
    sqlx::query("DELETE FROM service_provider_draft WHERE drafted_at < $1")
        .bind(before.0)
        .execute(conn)
        .await?;
    Ok(())
}

/// The draft of this hash.
pub async fn read(db: &Database, sha256: &str) -> Result<Option<String>, Error> {
    let row = sqlx::query("SELECT draft FROM service_provider_draft WHERE sha256 = $1")
        .bind(sha256)
        .fetch_optional(db.reader())
        .await?;
    row.map(|row| Ok(row.try_get("draft")?)).transpose()
}
