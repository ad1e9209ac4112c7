//! The networks that are known.

use portner_audit_log::Database;
use portner_domain::Moment;
use sqlx::{AnyConnection, Row};

use crate::{Error, NETWORKS_MAX, Network};

/// By name.
pub async fn all(db: &Database) -> Result<Vec<Network>, Error> {
    let rows = sqlx::query("SELECT cidr, name FROM known_network ORDER BY name, cidr LIMIT $1")
        .bind(i64::try_from(NETWORKS_MAX).unwrap_or(i64::MAX))
        .fetch_all(db.reader())
        .await?;
    let network = |row: &sqlx::any::AnyRow| {
        let (cidr, name): (String, String) = (row.try_get("cidr")?, row.try_get("name")?);
        Network::typed(&cidr, &name).map_err(|_| Error::Corrupt(format!("network {cidr}")))
    };
    rows.iter().map(network).collect()
}

/// False if the range is known already.
pub async fn insert(conn: &mut AnyConnection, network: &Network, now: Moment) -> Result<bool, Error> {
    let done = sqlx::query(
        "INSERT INTO known_network (cidr, name, added_at) VALUES ($1, $2, $3) ON CONFLICT (cidr) DO NOTHING",
    )
    .bind(network.range().to_string())
    .bind(network.name())
    .bind(now.0)
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// False if it is known no more, or by another name.
pub async fn delete(conn: &mut AnyConnection, network: &Network) -> Result<bool, Error> {
    let done = sqlx::query("DELETE FROM known_network WHERE cidr = $1 AND name = $2")
        .bind(network.range().to_string())
        .bind(network.name())
        .execute(conn)
        .await?;
    Ok(done.rows_affected() == 1)
}
