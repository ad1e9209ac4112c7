//! Where metadata comes from, and what of it waits for somebody's word.

use portner_audit_log::Database;
use portner_domain::{Moment, ServiceProviderId};
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row};

use crate::Error;
use crate::source::{Held, StoredSource, Verdict};

/// Replace metadata that is still `old`, and what waited with it. False if it is not.
pub async fn replace_metadata(
    conn: &mut AnyConnection,
    id: ServiceProviderId,
    old: &str,
    new: &str,
    now: Moment,
) -> Result<bool, Error> {
    let done = sqlx::query(
        "UPDATE service_provider SET metadata = $3, changed_at = $4 WHERE id = $1 AND metadata = $2",
    )
    .bind(id.to_string())
    .bind(old)
    .bind(new)
    .bind(now.0)
    .execute(&mut *conn)
    .await?;
    release(conn, id).await?;
    Ok(done.rows_affected() == 1)
}

/// Where it comes from; nothing if it was always brought by hand.
pub async fn source(db: &Database, id: ServiceProviderId) -> Result<Option<StoredSource>, Error> {
    let row = sqlx::query(
        "SELECT service_provider, url, certificate FROM metadata_source WHERE service_provider = $1",
    )
    .bind(id.to_string())
    .fetch_optional(db.reader())
    .await?;
    row.as_ref().map(read_source).transpose()
}

pub async fn set_source(conn: &mut AnyConnection, it: &StoredSource) -> Result<(), Error> {
    sqlx::query(
        "INSERT INTO metadata_source (service_provider, url, certificate) VALUES ($1, $2, $3) \
         ON CONFLICT (service_provider) DO UPDATE SET url = excluded.url, certificate = excluded.certificate",
    )
    .bind(it.service_provider.to_string())
    .bind(it.url.as_deref())
    .bind(it.certificate.as_deref())
    .execute(conn)
    .await?;
    Ok(())
}

/// The service providers that are answered and whose metadata has an address, with their entityIDs.
pub async fn fetched(db: &Database) -> Result<Vec<(ServiceProviderId, String)>, Error> {
    let rows = sqlx::query(
        "SELECT s.id, s.entity_id FROM service_provider s JOIN metadata_source m ON m.service_provider = s.id \
         WHERE m.url IS NOT NULL AND s.state = 'enabled' ORDER BY s.entity_id",
    )
    .fetch_all(db.reader())
    .await?;
    rows.iter().map(|row| Ok((read_id(row, "id")?, row.try_get("entity_id")?))).collect()
}

/// What waits, or was rejected.
pub async fn held(db: &Database, id: ServiceProviderId) -> Result<Option<Held>, Error> {
    let row = sqlx::query(
        "SELECT service_provider, metadata, url, verdict, found_at FROM metadata_held \
         WHERE service_provider = $1",
    )
    .bind(id.to_string())
    .fetch_optional(db.reader())
    .await?;
    row.as_ref().map(read_held).transpose()
}

/// How many wait.
pub async fn waiting(db: &Database) -> Result<i64, Error> {
    let count = sqlx::query("SELECT COUNT(*) AS n FROM metadata_held WHERE verdict = 'waiting'");
    Ok(count.fetch_one(db.reader()).await?.try_get("n")?)
}

/// Hold a version back; it takes the place of one held before.
pub async fn hold(conn: &mut AnyConnection, held: &Held) -> Result<(), Error> {
    sqlx::query(
        "INSERT INTO metadata_held (service_provider, metadata, url, verdict, found_at) \
         VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT (service_provider) DO UPDATE SET metadata = excluded.metadata, url = excluded.url, \
         verdict = excluded.verdict, found_at = excluded.found_at",
    )
    .bind(held.service_provider.to_string())
    .bind(&held.metadata)
    .bind(&held.url)
    .bind(held.verdict.word())
    .bind(held.found_at.0)
    .execute(conn)
    .await?;
    Ok(())
}

/// It waits no more.
pub async fn release(conn: &mut AnyConnection, id: ServiceProviderId) -> Result<(), Error> {
    sqlx::query("DELETE FROM metadata_held WHERE service_provider = $1")
        .bind(id.to_string())
        .execute(conn)
        .await?;
    Ok(())
}

fn read_id(row: &AnyRow, column: &str) -> Result<ServiceProviderId, Error> {
    row.try_get::<String, _>(column)?.parse().map_err(|_| Error::Corrupt(format!("metadata: {column}")))
}

fn read_source(row: &AnyRow) -> Result<StoredSource, Error> {
    Ok(StoredSource {
        service_provider: read_id(row, "service_provider")?,
        url: row.try_get("url")?,
        certificate: row.try_get("certificate")?,
    })
}

fn read_held(row: &AnyRow) -> Result<Held, Error> {
    let verdict: String = row.try_get("verdict")?;
    Ok(Held {
        service_provider: read_id(row, "service_provider")?,
        metadata: row.try_get("metadata")?,
        url: row.try_get("url")?,
        verdict: Verdict::of_word(&verdict).ok_or_else(|| Error::Corrupt("metadata_held.verdict".into()))?,
        found_at: Moment(row.try_get("found_at")?),
    })
}
