//! The devices that show codes.

use portner_audit_log::Database;
use portner_audit_log::envelope::Place;
use portner_domain::authenticator::Authenticator;
use portner_domain::{AuthenticatorId, IdentityId, Moment};
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row};

use crate::Error;
use crate::device::{CodeDevice, DeviceState, NewDevice, Owned};
use crate::store::read_authenticator;

const DEVICE: &str = "SELECT d.serial, d.seed, d.digits, d.period, d.algorithm, d.state, d.authenticator, d.drift_set, \
     d.drift, i.user_name FROM code_device d LEFT JOIN authenticator a ON a.id = d.authenticator \
     LEFT JOIN identity i ON i.id = a.identity";

/// Where a sealed seed stands.
pub const fn place(serial: &str) -> Place<'_> {
    Place { table: "code_device", column: "seed", row: serial }
}

/// False if the serial number is known.
pub async fn insert(
    conn: &mut AnyConnection,
    device: &NewDevice,
    seed: &str,
    now: Moment,
) -> Result<bool, Error> {
    let done = sqlx::query(
        "INSERT INTO code_device (serial, seed, digits, period, algorithm, state, drift_set, drift, last_step, added_at) \
         VALUES ($1, $2, $3, $4, $5, 'in-stock', 0, 0, 0, $6) ON CONFLICT (serial) DO NOTHING",
    )
    .bind(device.serial.as_str())
    .bind(seed)
    .bind(i64::from(device.shape.digits))
    .bind(i64::try_from(device.shape.period_seconds).unwrap_or(i64::MAX))
    .bind(device.shape.algorithm.word())
    .bind(now.0)
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// False if it is not in stock.
pub async fn assign(conn: &mut AnyConnection, serial: &str, to: AuthenticatorId) -> Result<bool, Error> {
    let done = sqlx::query(
        "UPDATE code_device SET state = 'assigned', authenticator = $2 WHERE serial = $1 AND state = 'in-stock'",
    )
    .bind(serial)
    .bind(to.to_string())
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Nobody's from now on; false if it is in that state already, or nowhere. A device that was lost or retired stays
/// that, unless it is found: then it goes back to the stock.
pub async fn release(conn: &mut AnyConnection, serial: &str, into: DeviceState) -> Result<bool, Error> {
    let done = sqlx::query(
        "UPDATE code_device SET state = $2, authenticator = NULL WHERE serial = $1 AND state <> $2",
    )
    .bind(serial)
    .bind(into.word())
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// True if the step is later than every step accepted before, whosever the device was; then it is spent, and the
/// drift is learnt.
pub async fn spend_step(
    conn: &mut AnyConnection,
    owned: &Owned,
    step: u64,
    drift: i64,
) -> Result<bool, Error> {
    let step = i64::try_from(step).map_err(|_| Error::Corrupt("a time step".into()))?;
    let done = sqlx::query(
        "UPDATE code_device SET last_step = $3, drift = $4 \
         WHERE serial = $1 AND authenticator = $2 AND state = 'assigned' AND last_step < $3",
    )
    .bind(owned.serial.as_str())
    .bind(owned.authenticator.to_string())
    .bind(step)
    .bind(drift)
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// The clock was learnt anew: so far ahead, with this step spent.
pub async fn resync(conn: &mut AnyConnection, serial: &str, step: u64, drift: i64) -> Result<bool, Error> {
    let step = i64::try_from(step).map_err(|_| Error::Corrupt("a time step".into()))?;
    let done = sqlx::query(
        "UPDATE code_device SET last_step = $2, drift = $3, drift_set = $3 WHERE serial = $1 AND last_step < $2",
    )
    .bind(serial)
    .bind(step)
    .bind(drift)
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

pub async fn by_serial(db: &Database, serial: &str) -> Result<Option<(CodeDevice, String)>, Error> {
    let sql = format!("{DEVICE} WHERE d.serial = $1");
    let row = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(serial).fetch_optional(db.reader()).await?;
    row.as_ref().map(read).transpose()
}

/// The device of this number, if somebody may register it who holds it: it is in stock, or theirs and not lost. One
/// statement whatever the reason, so that none takes longer.
pub async fn claimable(
    db: &Database,
    serial: &str,
    by: IdentityId,
) -> Result<Option<(CodeDevice, String)>, Error> {
    let sql = format!(
        "{DEVICE} WHERE d.serial = $1 AND (d.state = 'in-stock' \
         OR (d.state = 'assigned' AND a.identity = $2 AND a.lost_at IS NULL))"
    );
    let row = sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(serial)
        .bind(by.to_string())
        .fetch_optional(db.reader())
        .await?;
    row.as_ref().map(read).transpose()
}

/// Into the stock, from this owner and no other; false if it is not theirs any more.
pub async fn give_up(conn: &mut AnyConnection, serial: &str, owner: AuthenticatorId) -> Result<bool, Error> {
    let done = sqlx::query(
        "UPDATE code_device SET state = 'in-stock', authenticator = NULL \
         WHERE serial = $1 AND state = 'assigned' AND authenticator = $2",
    )
    .bind(serial)
    .bind(owner.to_string())
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Is there any that nobody has?
pub async fn any_in_stock(db: &Database) -> Result<bool, Error> {
    let found = sqlx::query("SELECT serial FROM code_device WHERE state = 'in-stock' LIMIT 1");
    Ok(found.fetch_optional(db.reader()).await?.is_some())
}

/// The device that is this authenticator.
pub async fn of(
    db: &Database,
    authenticator: AuthenticatorId,
) -> Result<Option<(CodeDevice, String)>, Error> {
    let sql = format!("{DEVICE} WHERE d.authenticator = $1");
    let row = sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(authenticator.to_string())
        .fetch_optional(db.reader())
        .await?;
    row.as_ref().map(read).transpose()
}

/// Whose it is; nothing if it was removed.
pub async fn owner(db: &Database, id: AuthenticatorId) -> Result<Option<(IdentityId, Authenticator)>, Error> {
    let row = sqlx::query(
        "SELECT identity, id AS authenticator, kind, registered FROM authenticator \
         WHERE id = $1 AND removed_at IS NULL",
    )
    .bind(id.to_string())
    .fetch_optional(db.reader())
    .await?;
    let Some(row) = row else { return Ok(None) };
    let identity = row.try_get::<String, _>("identity")?.parse();
    let identity = identity.map_err(|_| Error::Corrupt("identity".to_owned()))?;
    Ok(read_authenticator(&row)?.map(|bound| (identity, bound)))
}

/// So many, from a serial number on.
pub async fn page(db: &Database, after: &str, most: i64) -> Result<Vec<CodeDevice>, Error> {
    let sql = format!("{DEVICE} WHERE d.serial > $1 ORDER BY d.serial LIMIT $2");
    let rows = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(after).bind(most).fetch_all(db.reader()).await?;
    rows.iter().map(|row| Ok(read(row)?.0)).collect()
}

/// The device, and its sealed seed.
fn read(row: &AnyRow) -> Result<(CodeDevice, String), Error> {
    let corrupt = |column: &str| Error::Corrupt(format!("{column} of a code device"));
    let serial: String = row.try_get("serial")?;
    let number = |column: &str| row.try_get::<i64, _>(column);
    let word = |column: &str| row.try_get::<String, _>(column);
    let digits = u8::try_from(number("digits")?).map_err(|_| corrupt("digits"))?;
    let period = u64::try_from(number("period")?).map_err(|_| corrupt("period"))?;
    let algorithm = word("algorithm")?.parse().map_err(|()| corrupt("algorithm"))?;
    let shape = crate::totp::CodeShape::new(digits, period, algorithm).ok_or_else(|| corrupt("shape"))?;
    let authenticator: Option<String> = row.try_get("authenticator")?;
    let device = CodeDevice {
        serial: serial.parse().map_err(|_| corrupt("serial"))?,
        shape,
        state: word("state")?.parse().map_err(|()| corrupt("state"))?,
        authenticator: authenticator
            .map(|id| id.parse().map_err(|_| corrupt("authenticator")))
            .transpose()?,
        user_name: row.try_get("user_name")?,
        drift_set: number("drift_set")?,
        drift: number("drift")?,
    };
    Ok((device, row.try_get("seed")?))
}
