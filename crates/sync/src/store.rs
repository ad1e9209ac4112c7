//! The rows of what is tied to what, of what was seen there, and of what is done about it.

use std::collections::BTreeMap;

use portner_audit_log::Database;
use portner_audit_log::gather::places;
use portner_domain::{IdentityId, Millis, Moment};
use sqlx::any::AnyRow;
use sqlx::query::Query;
use sqlx::{Any, AnyConnection, AssertSqlSafe, Row};

use crate::Error;
use crate::plan::Version;
use crate::wire::{EmployeeUuid, RoleUuid};

/// Parameters of one statement.
pub const PARAMETERS_MAX: usize = 500;

/// What ties an identity of ours to one there.
#[derive(Clone, Debug)]
pub struct BondRow {
    pub identity: IdentityId,
    pub employee: Option<EmployeeUuid>,
    pub unsure_since: Option<Version>,
    pub agreed: String,
    pub cpr: Option<String>,
    pub look_first: bool,
}

/// What was seen of one there.
#[derive(Clone, Debug)]
pub struct SeenRow {
    pub employee: EmployeeUuid,
    pub seen: String,
    pub cpr: Option<String>,
    pub cpr_index: Option<String>,
    pub local_name: Option<String>,
}

const BOND: &str = "SELECT identity, employee, unsure_since, agreed, cpr, look_first FROM sync_bond";
const SEEN: &str = "SELECT m.employee, m.seen, m.cpr, m.cpr_index, m.local_name, b.identity AS claimed_by \
     FROM sync_mirror m LEFT JOIN sync_bond b ON b.employee = m.employee";

pub async fn bonds(db: &Database, of: &[IdentityId]) -> Result<Vec<BondRow>, Error> {
    if of.is_empty() {
        return Ok(Vec::new());
    }
    let sql = format!("{BOND} WHERE identity IN ({})", places(1, of.len()));
    let query = bind_all(sqlx::query(AssertSqlSafe(sql)), of);
    query.fetch_all(db.reader()).await?.iter().map(read_bond).collect()
}

pub async fn put_bond(conn: &mut AnyConnection, row: &BondRow) -> Result<(), Error> {
    sqlx::query(
        "INSERT INTO sync_bond (identity, employee, unsure_since, agreed, cpr, look_first) \
         VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (identity) DO UPDATE SET employee = excluded.employee, \
         unsure_since = excluded.unsure_since, agreed = excluded.agreed, cpr = excluded.cpr, \
         look_first = excluded.look_first",
    )
    .bind(row.identity.to_string())
    .bind(row.employee.map(|it| it.to_string()))
    .bind(row.unsure_since.map(|it| i64::try_from(it.0).unwrap_or(i64::MAX)))
    .bind(&row.agreed)
    .bind(row.cpr.as_deref())
    .bind(i64::from(row.look_first))
    .execute(conn)
    .await?;
    Ok(())
}

/// The same, if it is still tied to the same.
pub async fn renew_bond(conn: &mut AnyConnection, row: &BondRow) -> Result<(), Error> {
    sqlx::query(
        "UPDATE sync_bond SET agreed = $3, cpr = $4, look_first = $5 WHERE identity = $1 AND employee = $2",
    )
    .bind(row.identity.to_string())
    .bind(row.employee.map(|it| it.to_string()))
    .bind(&row.agreed)
    .bind(row.cpr.as_deref())
    .bind(i64::from(row.look_first))
    .execute(conn)
    .await?;
    Ok(())
}

/// Write down that one is about to be asked for; false if somebody else did, or one is tied to it.
pub async fn begin_bond(conn: &mut AnyConnection, row: &BondRow) -> Result<bool, Error> {
    let done = sqlx::query(
        "INSERT INTO sync_bond (identity, unsure_since, agreed, cpr, look_first) VALUES ($1, $2, $3, $4, 0) \
         ON CONFLICT (identity) DO UPDATE SET unsure_since = excluded.unsure_since, agreed = excluded.agreed, \
         cpr = excluded.cpr WHERE sync_bond.employee IS NULL AND sync_bond.unsure_since < excluded.unsure_since",
    )
    .bind(row.identity.to_string())
    .bind(row.unsure_since.map(|it| i64::try_from(it.0).unwrap_or(i64::MAX)))
    .bind(&row.agreed)
    .bind(row.cpr.as_deref())
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Tie to one who was tied to none; false if anything was said or decided of either since `unsure_since` was read.
pub async fn tie_bond(
    conn: &mut AnyConnection,
    row: &BondRow,
    unsure_since: Option<Version>,
) -> Result<bool, Error> {
    // No reading has a number below zero: without a row to replace, nothing but a new one is right.
    let expected = unsure_since.map_or(-1, |it| i64::try_from(it.0).unwrap_or(i64::MAX));
    let done = sqlx::query(
        "INSERT INTO sync_bond (identity, employee, agreed, cpr, look_first) VALUES ($1, $2, $3, $4, 0) \
         ON CONFLICT (identity) DO UPDATE SET employee = excluded.employee, unsure_since = NULL, \
         agreed = excluded.agreed, cpr = excluded.cpr, look_first = 0 \
         WHERE sync_bond.employee IS NULL AND sync_bond.unsure_since = $5",
    )
    .bind(row.identity.to_string())
    .bind(row.employee.map(|it| it.to_string()))
    .bind(&row.agreed)
    .bind(row.cpr.as_deref())
    .bind(expected)
    .execute(conn)
    .await;
    match done {
        // Another of ours was tied to it.
        Err(sqlx::Error::Database(error)) if error.is_unique_violation() => Ok(false),
        done => Ok(done?.rows_affected() == 1),
    }
}

/// Mark that something is about to be asked for of the one that it is tied to; false if it is tied to another by now, or
/// somebody else is about to. With `is_again` the second does not matter.
pub async fn mark_bond(
    conn: &mut AnyConnection,
    of: IdentityId,
    employee: EmployeeUuid,
    is_again: bool,
) -> Result<bool, Error> {
    let done = sqlx::query(
        "UPDATE sync_bond SET look_first = 1 WHERE identity = $1 AND employee = $2 AND look_first <= $3",
    )
    .bind(of.to_string())
    .bind(employee.to_string())
    .bind(i64::from(is_again))
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Untie it from this one, or forget that one was asked for; false if that is not how it is any more.
pub async fn delete_bond(
    conn: &mut AnyConnection,
    of: IdentityId,
    from: Option<EmployeeUuid>,
) -> Result<bool, Error> {
    let query = match from {
        Some(employee) => sqlx::query("DELETE FROM sync_bond WHERE identity = $1 AND employee = $2")
            .bind(of.to_string())
            .bind(employee.to_string()),
        None => {
            sqlx::query("DELETE FROM sync_bond WHERE identity = $1 AND employee IS NULL").bind(of.to_string())
        }
    };
    Ok(query.execute(conn).await?.rows_affected() == 1)
}

/// How many are tied, and how many are asked for without an answer.
pub async fn count_bonds(db: &Database) -> Result<(u64, u64), Error> {
    let row = sqlx::query("SELECT COUNT(employee) AS tied, COUNT(*) AS bonds FROM sync_bond")
        .fetch_one(db.reader())
        .await?;
    let (tied, all) = (count(&row, "tied")?, count(&row, "bonds")?);
    Ok((tied, all.saturating_sub(tied)))
}

/// The rows of these, each with whose it is here.
pub async fn seen(
    db: &Database,
    of: &[EmployeeUuid],
) -> Result<BTreeMap<EmployeeUuid, (SeenRow, Option<IdentityId>)>, Error> {
    let mut found = BTreeMap::new();
    for some in of.chunks(PARAMETERS_MAX) {
        let sql = format!("{SEEN} WHERE m.employee IN ({})", places(1, some.len()));
        let query = bind_all(sqlx::query(AssertSqlSafe(sql)), some);
        for row in &query.fetch_all(db.reader()).await? {
            let (seen, claimed) = read_seen(row)?;
            found.insert(seen.employee, (seen, claimed));
        }
    }
    Ok(found)
}

/// Those with one of these numbers or names.
pub async fn seen_with(
    db: &Database,
    cpr_indexes: &[&str],
    local_names: &[&str],
) -> Result<Vec<(SeenRow, Option<IdentityId>)>, Error> {
    let mut found = BTreeMap::new();
    for (column, values) in [("cpr_index", cpr_indexes), ("local_name", local_names)] {
        for some in values.chunks(PARAMETERS_MAX) {
            let sql = format!("{SEEN} WHERE m.{column} IN ({})", places(1, some.len()));
            let query = bind_all(sqlx::query(AssertSqlSafe(sql)), some);
            for row in &query.fetch_all(db.reader()).await? {
                let (seen, claimed) = read_seen(row)?;
                found.insert(seen.employee, (seen, claimed));
            }
        }
    }
    Ok(found.into_values().collect())
}

/// The next ones, by UUID, with whose each is here, and whether one of our people has its number.
pub async fn seen_after(
    db: &Database,
    after: Option<EmployeeUuid>,
) -> Result<Vec<(SeenRow, Option<IdentityId>, bool)>, Error> {
    let sql = format!(
        "SELECT m.employee, m.seen, m.cpr, m.cpr_index, m.local_name, b.identity AS claimed_by, \
         (SELECT COUNT(*) FROM person p WHERE p.cpr_index = m.cpr_index) AS persons \
         FROM sync_mirror m LEFT JOIN sync_bond b ON b.employee = m.employee \
         WHERE m.employee > $1 ORDER BY m.employee LIMIT {PARAMETERS_MAX}"
    );
    let rows = sqlx::query(AssertSqlSafe(sql))
        .bind(after.map(|it| it.to_string()).unwrap_or_default())
        .fetch_all(db.reader())
        .await?;
    let read = |row: &AnyRow| {
        let (seen, claimed) = read_seen(row)?;
        Ok((seen, claimed, count(row, "persons")? > 0))
    };
    rows.iter().map(read).collect()
}

pub async fn put_seen(conn: &mut AnyConnection, row: &SeenRow) -> Result<(), Error> {
    sqlx::query(
        "INSERT INTO sync_mirror (employee, seen, cpr, cpr_index, local_name) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT (employee) DO UPDATE SET seen = excluded.seen, cpr = excluded.cpr, \
         cpr_index = excluded.cpr_index, local_name = excluded.local_name",
    )
    .bind(row.employee.to_string())
    .bind(&row.seen)
    .bind(row.cpr.as_deref())
    .bind(row.cpr_index.as_deref())
    .bind(row.local_name.as_deref())
    .execute(conn)
    .await?;
    Ok(())
}

pub async fn delete_seen(conn: &mut AnyConnection, of: EmployeeUuid) -> Result<(), Error> {
    sqlx::query("DELETE FROM sync_mirror WHERE employee = $1").bind(of.to_string()).execute(conn).await?;
    Ok(())
}

pub async fn roles(db: &Database) -> Result<BTreeMap<RoleUuid, String>, Error> {
    let rows = sqlx::query("SELECT role, name FROM sync_role").fetch_all(db.reader()).await?;
    rows.iter().map(|row| Ok((read(row, "role")?, row.try_get("name")?))).collect()
}

pub async fn replace_roles(conn: &mut AnyConnection, with: &BTreeMap<RoleUuid, String>) -> Result<(), Error> {
    sqlx::query("DELETE FROM sync_role").execute(&mut *conn).await?;
    for (role, name) in with {
        sqlx::query("INSERT INTO sync_role (role, name) VALUES ($1, $2)")
            .bind(role.to_string())
            .bind(name)
            .execute(&mut *conn)
            .await?;
    }
    Ok(())
}

/// Places of work and tax numbers: of which kind each is, and its number.
pub async fn places_there(db: &Database) -> Result<Vec<(String, String)>, Error> {
    let rows = sqlx::query("SELECT kind, number FROM sync_place").fetch_all(db.reader()).await?;
    rows.iter().map(|row| Ok((row.try_get("kind")?, row.try_get("number")?))).collect()
}

/// Those of a kind: what each is called, by its number.
pub async fn places_of(db: &Database, kind: &str) -> Result<BTreeMap<String, String>, Error> {
    let rows = sqlx::query("SELECT number, name FROM sync_place WHERE kind = $1")
        .bind(kind)
        .fetch_all(db.reader())
        .await?;
    rows.iter().map(|row| Ok((row.try_get("number")?, row.try_get("name")?))).collect()
}

pub async fn replace_places(
    conn: &mut AnyConnection,
    kind: &str,
    with: &BTreeMap<String, String>,
) -> Result<(), Error> {
    sqlx::query("DELETE FROM sync_place WHERE kind = $1").bind(kind).execute(&mut *conn).await?;
    for (number, name) in with {
        sqlx::query("INSERT INTO sync_place (kind, number, name) VALUES ($1, $2, $3)")
            .bind(kind)
            .bind(number)
            .bind(name)
            .execute(&mut *conn)
            .await?;
    }
    Ok(())
}

/// How many lost their login since then, but for those whom somebody let.
pub async fn count_losses(db: &Database, since: Moment) -> Result<u64, Error> {
    let row = sqlx::query("SELECT COUNT(*) AS lost FROM sync_loss WHERE is_approved = 0 AND at > $1")
        .bind(since.0)
        .fetch_one(db.reader())
        .await?;
    count(&row, "lost")
}

/// Those of these who lost it since then, or whom somebody lets.
pub async fn losses(db: &Database, of: &[IdentityId], since: Moment) -> Result<Vec<IdentityId>, Error> {
    let mut found = Vec::new();
    for some in of.chunks(PARAMETERS_MAX) {
        let sql = format!(
            "SELECT identity FROM sync_loss WHERE at > {} AND identity IN ({})",
            since.0,
            places(1, some.len())
        );
        let query = bind_all(sqlx::query(AssertSqlSafe(sql)), some);
        for row in &query.fetch_all(db.reader()).await? {
            found.push(read(row, "identity")?);
        }
    }
    Ok(found)
}

/// Write down that they lose it now, or may. Whoever may within the window goes on to.
pub async fn put_loss(
    conn: &mut AnyConnection,
    of: IdentityId,
    is_approved: bool,
    at: Moment,
    window: Millis,
) -> Result<(), Error> {
    sqlx::query(
        "INSERT INTO sync_loss (identity, is_approved, at) VALUES ($1, $2, $3) ON CONFLICT (identity) \
         DO UPDATE SET is_approved = excluded.is_approved, at = excluded.at WHERE sync_loss.is_approved = 0 \
         OR sync_loss.at < excluded.at - $4",
    )
    .bind(of.to_string())
    .bind(i64::from(is_approved))
    .bind(at.0)
    .bind(i64::try_from(window.0).unwrap_or(i64::MAX))
    .execute(conn)
    .await?;
    Ok(())
}

pub async fn state(db: &Database, name: &str) -> Result<Option<String>, Error> {
    let row = sqlx::query("SELECT value FROM sync_state WHERE name = $1")
        .bind(name)
        .fetch_optional(db.reader())
        .await?;
    row.map(|row| Ok(row.try_get("value")?)).transpose()
}

pub async fn put_state(conn: &mut AnyConnection, name: &str, value: &str) -> Result<(), Error> {
    sqlx::query(
        "INSERT INTO sync_state (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
    )
    .bind(name)
    .bind(value)
    .execute(conn)
    .await?;
    Ok(())
}

fn read_bond(row: &AnyRow) -> Result<BondRow, Error> {
    let since: Option<i64> = row.try_get("unsure_since")?;
    Ok(BondRow {
        identity: read(row, "identity")?,
        employee: read_optional(row, "employee")?,
        unsure_since: since.map(|it| Version(u64::try_from(it).unwrap_or(0))),
        agreed: row.try_get("agreed")?,
        cpr: row.try_get("cpr")?,
        look_first: row.try_get::<i64, _>("look_first")? != 0,
    })
}

fn read_seen(row: &AnyRow) -> Result<(SeenRow, Option<IdentityId>), Error> {
    let seen = SeenRow {
        employee: read(row, "employee")?,
        seen: row.try_get("seen")?,
        cpr: row.try_get("cpr")?,
        cpr_index: row.try_get("cpr_index")?,
        local_name: row.try_get("local_name")?,
    };
    Ok((seen, read_optional(row, "claimed_by")?))
}

fn count(row: &AnyRow, column: &str) -> Result<u64, Error> {
    Ok(u64::try_from(row.try_get::<i64, _>(column)?).unwrap_or(0))
}

fn read<T: std::str::FromStr>(row: &AnyRow, column: &str) -> Result<T, Error> {
    read_optional(row, column)?.ok_or(Error::Stored("row"))
}

fn read_optional<T: std::str::FromStr>(row: &AnyRow, column: &str) -> Result<Option<T>, Error> {
    let text: Option<String> = row.try_get(column)?;
    text.map(|text| text.parse().map_err(|_| Error::Stored("row"))).transpose()
}

fn bind_all<'q, T: ToString>(query: AnyQuery<'q>, values: &[T]) -> AnyQuery<'q> {
    values.iter().fold(query, |query, value| query.bind(value.to_string()))
}

type AnyQuery<'q> = Query<'q, Any, sqlx::any::AnyArguments>;
