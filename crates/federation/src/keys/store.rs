//! The tables of the signing keys.

use portner_audit_log::Database;
use portner_domain::signing_key::{KeyState, Pin, Step};
use portner_domain::{Moment, ServiceProviderId};
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row};

use crate::Error;

/// A row.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct StoredKey {
    pub id: String,
    /// PEM.
    pub certificate: String,
    pub place: String,
    pub state: KeyState,
    /// When it was first published.
    pub announced: Moment,
    /// When it came into its state.
    pub since: Moment,
}

/// False if it is known already.
pub async fn insert(conn: &mut AnyConnection, key: &StoredKey) -> Result<bool, Error> {
    let began = |state| (key.state == state).then_some(key.since.0);
    let done = sqlx::query(
        "INSERT INTO signing_key (id, certificate, place, state, next_at, active_at) \
         VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING",
    )
    .bind(&key.id)
    .bind(&key.certificate)
    .bind(&key.place)
    .bind(key.state.word())
    .bind(began(KeyState::Next))
    .bind(began(KeyState::Active))
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// False if it is no longer in the state it goes from.
pub async fn take(conn: &mut AnyConnection, step: &Step, now: Moment) -> Result<bool, Error> {
    let sql = match step.to {
        KeyState::Next => "UPDATE signing_key SET state = $2, next_at = $3 WHERE id = $1 AND state = $4",
        KeyState::Active => "UPDATE signing_key SET state = $2, active_at = $3 WHERE id = $1 AND state = $4",
        KeyState::Retiring => {
            "UPDATE signing_key SET state = $2, retiring_at = $3 WHERE id = $1 AND state = $4"
        }
        KeyState::Retired => {
            "UPDATE signing_key SET state = $2, retired_at = $3 WHERE id = $1 AND state = $4"
        }
    };
    let query = sqlx::query(sql).bind(&step.key).bind(step.to.word()).bind(now.0).bind(step.from.word());
    Ok(query.execute(conn).await?.rows_affected() == 1)
}

pub async fn all(db: &Database) -> Result<Vec<StoredKey>, Error> {
    let sql = "SELECT id, certificate, place, state, next_at, active_at, retiring_at, retired_at \
               FROM signing_key ORDER BY id";
    sqlx::query(sql).fetch_all(db.reader()).await?.iter().map(read).collect()
}

pub async fn pins(db: &Database) -> Result<Vec<Pin>, Error> {
    let sql = "SELECT service_provider, signing_key, until FROM signing_key_pin ORDER BY service_provider";
    let rows = sqlx::query(sql).fetch_all(db.reader()).await?;
    let corrupt = || Error::Corrupt("signing_key_pin.service_provider".to_owned());
    let pin = |row: &AnyRow| {
        let service_provider = row.try_get::<String, _>("service_provider")?;
        Ok(Pin {
            service_provider: service_provider.parse().map_err(|_| corrupt())?,
            key: row.try_get("signing_key")?,
            until: row.try_get::<Option<i64>, _>("until")?.map(Moment),
        })
    };
    rows.iter().map(pin).collect()
}

/// In place of a pin that there may be.
pub async fn put_pin(conn: &mut AnyConnection, pin: &Pin, now: Moment) -> Result<(), Error> {
    sqlx::query(
        "INSERT INTO signing_key_pin (service_provider, signing_key, until, pinned_at) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (service_provider) DO UPDATE SET signing_key = $2, until = $3, pinned_at = $4",
    )
    .bind(pin.service_provider.to_string())
    .bind(&pin.key)
    .bind(pin.until.map(|until| until.0))
    .bind(now.0)
    .execute(conn)
    .await?;
    Ok(())
}

/// False if there is none.
pub async fn remove_pin(conn: &mut AnyConnection, sp: ServiceProviderId) -> Result<bool, Error> {
    let query = sqlx::query("DELETE FROM signing_key_pin WHERE service_provider = $1").bind(sp.to_string());
    Ok(query.execute(conn).await?.rows_affected() == 1)
}

/// Has this warning been given?
pub async fn is_warned(db: &Database, certificate: &str, within_days: u32) -> Result<bool, Error> {
    let sql = "SELECT told_at FROM certificate_warning WHERE certificate = $1 AND within_days = $2";
    let query = sqlx::query(sql).bind(certificate).bind(i64::from(within_days));
    Ok(query.fetch_optional(db.reader()).await?.is_some())
}

/// False if another node was first.
pub async fn insert_warning(
    conn: &mut AnyConnection,
    certificate: &str,
    within_days: u32,
    now: Moment,
) -> Result<bool, Error> {
    let sql = "INSERT INTO certificate_warning (certificate, within_days, told_at) VALUES ($1, $2, $3) \
               ON CONFLICT DO NOTHING";
    let query = sqlx::query(sql).bind(certificate).bind(i64::from(within_days)).bind(now.0);
    Ok(query.execute(conn).await?.rows_affected() == 1)
}

fn read(row: &AnyRow) -> Result<StoredKey, Error> {
    let corrupt = |column: &str| Error::Corrupt(format!("signing_key.{column}"));
    let state = row.try_get::<String, _>("state")?;
    let state = KeyState::of_word(&state).ok_or_else(|| corrupt("state"))?;
    let at = |column| row.try_get::<Option<i64>, _>(column).map(|at| at.map(Moment));
    let (next, active) = (at("next_at")?, at("active_at")?);
    let since = match state {
        KeyState::Next => next,
        KeyState::Active => active,
        KeyState::Retiring => at("retiring_at")?,
        KeyState::Retired => at("retired_at")?,
    };
    Ok(StoredKey {
        id: row.try_get("id")?,
        certificate: row.try_get("certificate")?,
        place: row.try_get("place")?,
        state,
        announced: next.or(active).ok_or_else(|| corrupt("next_at"))?,
        since: since.ok_or_else(|| corrupt("state"))?,
    })
}
