//! The rows of people as other registers are told of them.

use portner_audit_log::Database;
use portner_audit_log::gather::places;
use portner_domain::identity::Identity;
use portner_domain::proofing::Proofing;
use portner_domain::right::Holdings;
use portner_domain::{IdentityId, Moment, PersonId};
use sqlx::any::AnyRow;
use sqlx::{AssertSqlSafe, Row as _};

use super::{IDENTITY_COLUMNS, IDENTITY_TABLES, moment, read, read_holdings, read_identity, read_proofing};
use crate::Error;
use crate::registered::{REGISTERED_PAGE_MAX, Which};

pub struct Row {
    pub identity: Identity,
    pub holdings: Holdings,
    pub ended: Option<Moment>,
    pub is_protected: bool,
    /// The person's key and number, sealed.
    pub key: Option<String>,
    pub cpr: Option<String>,
}

/// The columns of groups and rights are those of the view `standing`.
const REGISTERED: &str = "i.ended_at, p.protected, p.cpr, k.sealed AS person_key, \
     (SELECT string_agg(g.name, '\n') FROM group_member g WHERE g.identity = i.id) AS member_of, \
     (SELECT string_agg(r.privilege || ' ' || r.scope || ' ' || r.constraints, '\n') FROM right_held r \
     WHERE r.identity = i.id) AS rights_held";

pub async fn page(db: &Database, which: Which<'_>) -> Result<Vec<Row>, Error> {
    let select = format!(
        "SELECT {IDENTITY_COLUMNS}, {REGISTERED} FROM {IDENTITY_TABLES} LEFT JOIN person_key k ON k.person = p.id"
    );
    let rows = match which {
        Which::These([]) => return Ok(Vec::new()),
        Which::These(these) => {
            let sql = format!("{select} WHERE i.id IN ({}) ORDER BY i.id", places(1, these.len()));
            let query = sqlx::query(AssertSqlSafe(sql));
            these.iter().fold(query, |query, id| query.bind(id.to_string())).fetch_all(db.reader()).await?
        }
        Which::After(last) => {
            let sql = format!("{select} WHERE i.id > $1 ORDER BY i.id LIMIT {REGISTERED_PAGE_MAX}");
            let last = last.map(|id| id.to_string()).unwrap_or_default();
            sqlx::query(AssertSqlSafe(sql)).bind(last).fetch_all(db.reader()).await?
        }
    };
    rows.iter().map(read_row).collect()
}

fn read_row(row: &AnyRow) -> Result<Row, Error> {
    Ok(Row {
        identity: read_identity(row)?,
        holdings: read_holdings(row)?,
        ended: moment(row, "ended_at")?,
        is_protected: row.try_get::<i64, _>("protected")? != 0,
        key: row.try_get("person_key")?,
        cpr: row.try_get("cpr")?,
    })
}

/// Those of all of them.
pub async fn proofings(db: &Database, persons: &[PersonId]) -> Result<Vec<Proofing>, Error> {
    if persons.is_empty() {
        return Ok(Vec::new());
    }
    let sql = format!(
        "SELECT f.id AS proofing, f.person, f.evidence, f.at, f.withdrawn_at FROM proofing f WHERE f.person IN ({})",
        places(1, persons.len())
    );
    let query = sqlx::query(AssertSqlSafe(sql));
    let query = persons.iter().fold(query, |query, person| query.bind(person.to_string()));
    let rows = query.fetch_all(db.reader()).await?;
    rows.iter().filter_map(|row| read_proofing(row).transpose()).collect()
}

pub async fn turned(db: &Database, from: Moment, until: Moment) -> Result<Vec<IdentityId>, Error> {
    let rows = sqlx::query(
        "SELECT id FROM identity WHERE (valid_from > $1 AND valid_from <= $2) OR \
         (valid_until > $1 AND valid_until <= $2) ORDER BY id",
    )
    .bind(from.0)
    .bind(until.0)
    .fetch_all(db.reader())
    .await?;
    rows.iter().map(|row| read(row, "id")).collect()
}
