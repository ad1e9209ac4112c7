//! The federation's tables.

pub mod draft;
pub mod metadata;
pub mod network;

use std::collections::HashMap;
use std::sync::Arc;

use portner_audit_log::gather::{Lent, padded, places};
use portner_audit_log::{Database, Error as LogError};
use portner_domain::identity::Standing;
use portner_domain::{IdentityId, Moment, ServiceProviderId};
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row};

use crate::Error;
use crate::registry::{SpState, StoredSp};
use crate::standing::Extent;

/// The columns of the view that every login needs.
const STANDING: &str = "SELECT id, person, user_name, first_name, last_name, email, cvr, organisation, employment, state, \
     sessions_ended, valid_from, valid_until, admission, reopened_at, proofing, evidence, at, withdrawn_at, \
     authenticator, kind, registered, terms_due";

const SERVICE_PROVIDER: &str = "SELECT id, entity_id, metadata, policy, state FROM service_provider";

/// False if the entityID is registered already.
pub async fn insert_sp(conn: &mut AnyConnection, sp: &StoredSp, now: Moment) -> Result<bool, Error> {
    let done = sqlx::query(
        "INSERT INTO service_provider (id, entity_id, metadata, policy, state, added_at, changed_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $6) ON CONFLICT (entity_id) DO NOTHING",
    )
    .bind(sp.id.to_string())
    .bind(&sp.entity_id)
    .bind(&sp.metadata)
    .bind(&sp.policy)
    .bind(sp.state.word())
    .bind(now.0)
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Replace the policy if it is still `old`; metadata and state are others' to change.
pub async fn replace_policy(
    conn: &mut AnyConnection,
    id: ServiceProviderId,
    old: &str,
    new: &str,
    now: Moment,
) -> Result<bool, Error> {
    let done =
        sqlx::query("UPDATE service_provider SET policy = $3, changed_at = $4 WHERE id = $1 AND policy = $2")
            .bind(id.to_string())
            .bind(old)
            .bind(new)
            .bind(now.0)
            .execute(conn)
            .await?;
    Ok(done.rows_affected() == 1)
}

/// False if it is in that state already.
pub async fn set_sp_state(
    conn: &mut AnyConnection,
    id: ServiceProviderId,
    state: SpState,
    now: Moment,
) -> Result<bool, Error> {
    let done =
        sqlx::query("UPDATE service_provider SET state = $2, changed_at = $3 WHERE id = $1 AND state <> $2")
            .bind(id.to_string())
            .bind(state.word())
            .bind(now.0)
            .execute(conn)
            .await?;
    Ok(done.rows_affected() == 1)
}

pub async fn sp_by_entity_id(db: &Database, entity_id: &str) -> Result<Option<StoredSp>, Error> {
    let sql = format!("{SERVICE_PROVIDER} WHERE entity_id = $1");
    let row = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(entity_id).fetch_optional(db.reader()).await?;
    row.as_ref().map(read_sp).transpose()
}

pub async fn sp_by_id(db: &Database, id: ServiceProviderId) -> Result<Option<StoredSp>, Error> {
    let sql = format!("{SERVICE_PROVIDER} WHERE id = $1");
    let row = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(id.to_string()).fetch_optional(db.reader()).await?;
    row.as_ref().map(read_sp).transpose()
}

pub async fn all_sps(db: &Database) -> Result<Vec<StoredSp>, Error> {
    let sql = format!("{SERVICE_PROVIDER} ORDER BY entity_id");
    let rows = sqlx::query(sqlx::AssertSqlSafe(sql)).fetch_all(db.reader()).await?;
    rows.iter().map(read_sp).collect()
}

/// Everything on record about these identities that bears on a login, in their order. Asked at every use of a
/// session, so it is one statement over a view, for all who use one at the moment; groups and rights are read only
/// if somebody needs them.
pub async fn standings(
    mut lent: Lent,
    asked: Vec<(IdentityId, Extent)>,
) -> Result<(Lent, Vec<Rows>), LogError> {
    let count = padded(asked.len());
    let with_holdings = asked.iter().any(|(_, extent)| *extent == Extent::WithHoldings);
    let more = if with_holdings { ", member_of, rights_held" } else { "" };
    let sql = format!("{STANDING}{more} FROM standing WHERE id IN ({}) ORDER BY id, kind", places(1, count));
    let keys: Vec<String> = asked.iter().map(|(id, _)| id.to_string()).collect();
    let mut statement = sqlx::query(sqlx::AssertSqlSafe(sql));
    for key in keys.iter().chain(keys.last().into_iter().cycle()).take(count) {
        statement = statement.bind(key);
    }
    let mut found: HashMap<String, Vec<AnyRow>> = HashMap::new();
    for row in statement.fetch_all(&mut *lent).await? {
        found.entry(row.try_get("id")?).or_default().push(row);
    }
    let found: HashMap<String, Rows> = found.into_iter().map(|(id, rows)| (id, rows.into())).collect();
    Ok((lent, keys.iter().map(|key| found.get(key).cloned().unwrap_or_default()).collect()))
}

/// The rows of one identity: none if there is no such identity. Two tabs may share them.
pub type Rows = Arc<[AnyRow]>;

/// What these rows say; each column is read by the crate whose it is.
pub fn standing_in(rows: &[AnyRow], extent: Extent) -> Result<Option<Standing>, Error> {
    let Some(first) = rows.first() else { return Ok(None) };
    let identity = portner_directory::identity_in(first)?;
    let holdings = match extent {
        Extent::Login => None,
        Extent::WithHoldings => Some(portner_directory::holdings_in(first)?),
    };
    let (mut proofings, mut authenticators) = (Vec::new(), Vec::new());
    for row in rows {
        proofings.extend(portner_directory::proofing_in(row)?.filter(|one| !proofings.contains(one)));
        authenticators.extend(
            portner_authenticators::authenticator_in(row)?.filter(|one| !authenticators.contains(one)),
        );
    }
    let terms_due = portner_directory::terms_due_in(first)?;
    Ok(Some(Standing { identity, proofings, authenticators, holdings, terms_due }))
}

pub async fn name_id(
    db: &Database,
    identity: IdentityId,
    sp: ServiceProviderId,
) -> Result<Option<String>, Error> {
    let row = sqlx::query("SELECT value FROM name_id WHERE identity = $1 AND service_provider = $2")
        .bind(identity.to_string())
        .bind(sp.to_string())
        .fetch_optional(db.reader())
        .await?;
    row.map(|row| Ok(row.try_get("value")?)).transpose()
}

pub async fn shared_name_id(
    db: &Database,
    identity: IdentityId,
    circle: &str,
) -> Result<Option<String>, Error> {
    let row = sqlx::query("SELECT value FROM shared_name_id WHERE identity = $1 AND circle = $2")
        .bind(identity.to_string())
        .bind(circle)
        .fetch_optional(db.reader())
        .await?;
    row.map(|row| Ok(row.try_get("value")?)).transpose()
}

/// As [`assign_name_id`].
pub async fn assign_shared_name_id(
    conn: &mut AnyConnection,
    identity: IdentityId,
    circle: &str,
    value: &str,
    now: Moment,
) -> Result<String, Error> {
    let row = sqlx::query(
        "INSERT INTO shared_name_id (identity, circle, value, assigned_at) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (identity, circle) DO UPDATE SET value = shared_name_id.value RETURNING value",
    )
    .bind(identity.to_string())
    .bind(circle)
    .bind(value)
    .bind(now.0)
    .fetch_one(conn)
    .await?;
    Ok(row.try_get("value")?)
}

/// The name on record afterwards: the one given here, or the one that somebody else gave meanwhile.
pub async fn assign_name_id(
    conn: &mut AnyConnection,
    identity: IdentityId,
    sp: ServiceProviderId,
    value: &str,
    now: Moment,
) -> Result<String, Error> {
    let row = sqlx::query(
        "INSERT INTO name_id (identity, service_provider, value, assigned_at) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (identity, service_provider) DO UPDATE SET value = name_id.value RETURNING value",
    )
    .bind(identity.to_string())
    .bind(sp.to_string())
    .bind(value)
    .bind(now.0)
    .fetch_one(conn)
    .await?;
    Ok(row.try_get("value")?)
}

fn read_sp(row: &AnyRow) -> Result<StoredSp, Error> {
    let corrupt = |column: &str| Error::Corrupt(format!("service_provider.{column}"));
    Ok(StoredSp {
        id: row.try_get::<String, _>("id")?.parse().map_err(|_| corrupt("id"))?,
        entity_id: row.try_get("entity_id")?,
        metadata: row.try_get("metadata")?,
        policy: row.try_get("policy")?,
        state: SpState::of_word(&row.try_get::<String, _>("state")?).ok_or_else(|| corrupt("state"))?,
    })
}
