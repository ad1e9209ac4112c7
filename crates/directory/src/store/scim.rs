//! The rows of SCIM clients, of what they said, and of their groups.

use portner_audit_log::Database;
use portner_audit_log::gather::places;
use portner_domain::right::Group;
use portner_domain::{FeedRunId, GroupId, IdentityId, Level, Moment, PersonId};
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, AssertSqlSafe, Row};

use super::feed::{KNOWN, PARAMETERS_MAX, PERSON, read_known};
use super::{IDENTITY_COLUMNS, IDENTITY_TABLES, from_json, moment, read, read_identity, to_json};
use crate::Error;
use crate::scim::client::{Client, NewClient};
use crate::scim::group::GroupOnRecord;
use crate::scim::user::OnRecord;

const CLIENT: &str = "SELECT name, token_hash, cvr, employment, added_at, until, revoked_at FROM scim_client";
/// Those of a client who have not ended: what it can see. The words are those of the index `identity_of_source`.
const OURS: &str = "i.source = $1 AND i.state IN ('active', 'locked')";

/// With the hash of its token.
pub async fn client(db: &Database, name: &str) -> Result<Option<(Client, String)>, Error> {
    let sql = format!("{CLIENT} WHERE name = $1");
    let row = sqlx::query(AssertSqlSafe(sql)).bind(name).fetch_optional(db.reader()).await?;
    row.as_ref().map(read_client).transpose()
}

pub async fn client_by_hash(db: &Database, hash: &str) -> Result<Option<(Client, String)>, Error> {
    let sql = format!("{CLIENT} WHERE token_hash = $1");
    let row = sqlx::query(AssertSqlSafe(sql)).bind(hash).fetch_optional(db.reader()).await?;
    row.as_ref().map(read_client).transpose()
}

pub async fn clients(db: &Database) -> Result<Vec<Client>, Error> {
    let sql = format!("{CLIENT} ORDER BY name");
    let rows = sqlx::query(AssertSqlSafe(sql)).fetch_all(db.reader()).await?;
    rows.iter().map(|row| Ok(read_client(row)?.0)).collect()
}

fn read_client(row: &AnyRow) -> Result<(Client, String), Error> {
    let client = Client {
        name: row.try_get("name")?,
        cvr: read(row, "cvr")?,
        employment: from_json(row.try_get("employment")?)?,
        added: Moment(row.try_get("added_at")?),
        until: moment(row, "until")?,
        revoked: moment(row, "revoked_at")?,
    };
    Ok((client, row.try_get("token_hash")?))
}

/// Does anybody come from a feed of that name, or did it ever run?
pub async fn is_feed(db: &Database, name: &str) -> Result<bool, Error> {
    let sql = "SELECT 1 FROM identity WHERE source = $1 UNION SELECT 1 FROM feed_run WHERE feed = $1 LIMIT 1";
    Ok(sqlx::query(sql).bind(name).fetch_optional(db.reader()).await?.is_some())
}

pub async fn put_client(
    conn: &mut AnyConnection,
    new: &NewClient,
    hash: &str,
    now: Moment,
) -> Result<(), Error> {
    sqlx::query(
        "INSERT INTO scim_client (name, token_hash, cvr, employment, added_at, until) VALUES ($1, $2, $3, $4, $5, $6) \
         ON CONFLICT (name) DO UPDATE SET token_hash = excluded.token_hash, cvr = excluded.cvr, \
         employment = excluded.employment, added_at = excluded.added_at, until = excluded.until, revoked_at = NULL",
    )
    .bind(&new.name)
    .bind(hash)
    .bind(new.cvr.as_str())
    .bind(to_json(&new.employment)?)
    .bind(now.0)
    .bind(new.until.map(|until| until.0))
    .execute(conn)
    .await?;
    Ok(())
}

/// False if there is none, or it was before.
pub async fn revoke_client(conn: &mut AnyConnection, name: &str, now: Moment) -> Result<bool, Error> {
    let done = sqlx::query("UPDATE scim_client SET revoked_at = $2 WHERE name = $1 AND revoked_at IS NULL")
        .bind(name)
        .bind(now.0)
        .execute(conn)
        .await?;
    Ok(done.rows_affected() == 1)
}

/// Take the client's row for this transaction: of two changes that the brake counts the second sees the first.
pub async fn take_client(conn: &mut AnyConnection, name: &str) -> Result<(), Error> {
    sqlx::query("UPDATE scim_client SET name = name WHERE name = $1").bind(name).execute(conn).await?;
    Ok(())
}

/// False if the client calls somebody else so.
pub async fn put_user(
    conn: &mut AnyConnection,
    client: &str,
    identity: IdentityId,
    (external_id, kept): (Option<&str>, &str),
) -> Result<bool, Error> {
    // Asked before, because a violated index would end the transaction on PostgreSQL; the index decides all the same.
    let other =
        sqlx::query("SELECT 1 FROM scim_user WHERE client = $1 AND external_id = $2 AND identity <> $3")
            .bind(client)
            .bind(external_id)
            .bind(identity.to_string())
            .fetch_optional(&mut *conn)
            .await?;
    if other.is_some() {
        return Ok(false);
    }
    sqlx::query(
        "INSERT INTO scim_user (identity, client, external_id, kept) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (identity) DO UPDATE SET external_id = excluded.external_id, kept = excluded.kept",
    )
    .bind(identity.to_string())
    .bind(client)
    .bind(external_id)
    .bind(kept)
    .execute(conn)
    .await?;
    Ok(true)
}

/// Which of a feed's own are meant.
#[derive(Clone, Debug)]
pub enum Which {
    /// That one.
    Id(IdentityId),
    /// The one that logs in so.
    UserName(String),
    /// The one that the client calls so.
    ExternalId(String),
    /// From a place in their order on.
    From(u64),
    /// Those after one.
    After(IdentityId),
}

/// Users of a client who have not ended, in order of age.
pub async fn users(db: &Database, client: &str, which: &Which, most: u32) -> Result<Vec<OnRecord>, Error> {
    let (condition, offset) = match which {
        Which::Id(_) => ("i.id = $2", None),
        Which::UserName(_) => ("i.user_name = $2", None),
        // From the client's side, so that the index of external ids is used.
        Which::ExternalId(_) => {
            ("i.id = (SELECT e.identity FROM scim_user e WHERE e.client = $1 AND e.external_id = $2)", None)
        }
        Which::From(place) => ("i.id > $2", Some(*place)),
        Which::After(_) => ("i.id > $2", None),
    };
    let bound = match which {
        Which::Id(id) | Which::After(id) => id.to_string(),
        Which::UserName(text) | Which::ExternalId(text) => text.clone(),
        Which::From(_) => String::new(),
    };
    // The page is chosen from the index before anything is joined to it.
    let sql = format!(
        "SELECT {IDENTITY_COLUMNS}, {KNOWN}, {PERSON}, i.registered_at, i.changed_at, i.version, u.external_id, u.kept, \
         (SELECT string_agg(f.evidence, '\n') FROM proofing f WHERE f.person = p.id AND f.withdrawn_at IS NULL) \
         AS evidences, \
         (SELECT string_agg(s.id || ' ' || s.display, '\n') FROM group_member g JOIN scim_group s ON s.name = g.name \
         WHERE g.identity = i.id AND s.client = $1) AS scim_groups \
         FROM {IDENTITY_TABLES} LEFT JOIN scim_user u ON u.identity = i.id \
         WHERE i.id IN (SELECT i.id FROM identity i WHERE {OURS} AND {condition} ORDER BY i.id LIMIT {most} OFFSET {}) \
         ORDER BY i.id",
        offset.unwrap_or(0)
    );
    let rows = sqlx::query(AssertSqlSafe(sql)).bind(client).bind(bound).fetch_all(db.reader()).await?;
    rows.iter().map(read_user).collect()
}

fn read_user(row: &AnyRow) -> Result<OnRecord, Error> {
    let identity = read_identity(row)?;
    let lines = |column: &str| -> Result<Vec<String>, Error> {
        let text: Option<String> = row.try_get(column)?;
        Ok(text.unwrap_or_default().lines().map(str::to_owned).collect())
    };
    let level = |line: &String| -> Result<Level, Error> {
        Ok(from_json::<portner_domain::proofing::Evidence>(line)?.level())
    };
    let levels = lines("evidences")?.iter().map(level).collect::<Result<Vec<_>, _>>()?;
    let group = |line: &String| -> Result<(GroupId, String), Error> {
        let corrupt = || Error::Corrupt(format!("a group {line:?}"));
        let (id, display) = line.split_once(' ').ok_or_else(corrupt)?;
        Ok((id.parse().map_err(|_| corrupt())?, display.to_owned()))
    };
    let mut groups = lines("scim_groups")?.iter().map(group).collect::<Result<Vec<_>, _>>()?;
    groups.sort();
    let kept: Option<String> = row.try_get("kept")?;
    Ok(OnRecord {
        known: read_known(row)?,
        key: row.try_get::<Option<String>, _>("source_key")?.unwrap_or_default(),
        external_id: row.try_get("external_id")?,
        kept: kept.map(|kept| from_json(&kept)).transpose()?.unwrap_or_default(),
        organisation: identity.organisation,
        employment: identity.employment,
        proofing: levels.into_iter().max(),
        is_reproofing_due: identity.life.reopened.is_some(),
        groups,
        created: Moment(row.try_get("registered_at")?),
        changed: Moment(row.try_get("changed_at")?),
        version: row.try_get("version")?,
    })
}

/// How many users of a client have not ended: counted in the index.
pub async fn count_users(db: &Database, client: &str) -> Result<u64, Error> {
    let sql = format!("SELECT COUNT(*) AS users FROM identity i WHERE {OURS}");
    let row = sqlx::query(AssertSqlSafe(sql)).bind(client).fetch_one(db.reader()).await?;
    Ok(whole(row.try_get("users")?))
}

/// Somebody of the client's who ended.
pub struct Gone {
    /// What the feed calls them.
    pub key: String,
    /// Under what their CPR number is found.
    pub cpr_index: Option<String>,
    /// What the client calls them.
    pub external_id: Option<String>,
}

/// Whoever of a client's ended and has that user name, or whom the client calls so.
pub async fn gone(
    db: &Database,
    client: &str,
    user_name: &str,
    external_id: Option<&str>,
) -> Result<Vec<Gone>, Error> {
    let rows = sqlx::query(
        "SELECT i.source_key, p.cpr_index, u.external_id FROM identity i JOIN person p ON p.id = i.person \
         LEFT JOIN scim_user u ON u.identity = i.id WHERE i.source = $1 AND i.state = 'ended' AND (i.user_name = $2 \
         OR i.id = (SELECT e.identity FROM scim_user e WHERE e.client = $1 AND e.external_id = $3))",
    )
    .bind(client)
    .bind(user_name)
    .bind(external_id)
    .fetch_all(db.reader())
    .await?;
    let gone = |row: &AnyRow| {
        Ok(Gone {
            key: row.try_get("source_key")?,
            cpr_index: row.try_get("cpr_index")?,
            external_id: row.try_get("external_id")?,
        })
    };
    rows.iter().map(gone).collect()
}

/// Take an identity's row for this transaction if it is still of that version.
pub async fn take_user(
    conn: &mut AnyConnection,
    id: IdentityId,
    version: i64,
    now: Moment,
) -> Result<bool, Error> {
    let done = sqlx::query(
        "UPDATE identity SET version = version + 1, changed_at = $3 WHERE id = $1 AND version = $2",
    )
    .bind(id.to_string())
    .bind(version)
    .bind(now.0)
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Has the person an identity that is not this client's?
pub async fn is_shared(conn: &mut AnyConnection, client: &str, person: PersonId) -> Result<bool, Error> {
    let row = sqlx::query(
        "SELECT 1 FROM identity WHERE person = $1 AND state <> 'erased' AND (source IS NULL OR source <> $2) LIMIT 1",
    )
    .bind(person.to_string())
    .bind(client)
    .fetch_optional(conn)
    .await?;
    Ok(row.is_some())
}

/// What the brake has on record of one identity.
pub async fn loss(
    conn: &mut AnyConnection,
    client: &str,
    identity: IdentityId,
) -> Result<Option<(String, Moment)>, Error> {
    let row = sqlx::query("SELECT state, at FROM scim_loss WHERE client = $1 AND identity = $2")
        .bind(client)
        .bind(identity.to_string())
        .fetch_optional(conn)
        .await?;
    row.map(|row| Ok((row.try_get("state")?, Moment(row.try_get("at")?)))).transpose()
}

/// How many others are in that state since.
pub async fn count_losses(
    conn: &mut AnyConnection,
    client: &str,
    (state, since): (&str, Moment),
    but: IdentityId,
) -> Result<u64, Error> {
    let row = sqlx::query(
        "SELECT COUNT(*) AS losses FROM scim_loss WHERE client = $1 AND state = $2 AND at > $3 AND identity <> $4",
    )
    .bind(client)
    .bind(state)
    .bind(since.0)
    .bind(but.to_string())
    .fetch_one(conn)
    .await?;
    Ok(whole(row.try_get("losses")?))
}

pub async fn put_loss(
    conn: &mut AnyConnection,
    client: &str,
    identity: IdentityId,
    state: &str,
    now: Moment,
) -> Result<(), Error> {
    sqlx::query(
        "INSERT INTO scim_loss (client, identity, state, at) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (client, identity) DO UPDATE SET state = excluded.state, at = excluded.at",
    )
    .bind(client)
    .bind(identity.to_string())
    .bind(state)
    .bind(now.0)
    .execute(conn)
    .await?;
    Ok(())
}

pub async fn forget_loss(conn: &mut AnyConnection, client: &str, identity: IdentityId) -> Result<(), Error> {
    sqlx::query("DELETE FROM scim_loss WHERE client = $1 AND identity = $2")
        .bind(client)
        .bind(identity.to_string())
        .execute(conn)
        .await?;
    Ok(())
}

/// Whoever was asked about before is not asked about any more.
pub async fn forget_asked(conn: &mut AnyConnection, client: &str) -> Result<(), Error> {
    sqlx::query("DELETE FROM scim_loss WHERE client = $1 AND state = 'asked'")
        .bind(client)
        .execute(conn)
        .await?;
    Ok(())
}

/// Whoever was asked about may go, and counting begins anew. False if somebody else saw to it.
pub async fn release(
    conn: &mut AnyConnection,
    client: &str,
    run: FeedRunId,
    now: Moment,
) -> Result<bool, Error> {
    let done = sqlx::query(
        "UPDATE feed_run SET state = 'finished', finished_at = $2 WHERE id = $1 AND state = 'held'",
    )
    .bind(run.to_string())
    .bind(now.0)
    .execute(&mut *conn)
    .await?;
    if done.rows_affected() == 0 {
        return Ok(false);
    }
    sqlx::query("DELETE FROM scim_loss WHERE client = $1 AND state = 'taken'")
        .bind(client)
        .execute(&mut *conn)
        .await?;
    sqlx::query("UPDATE scim_loss SET state = 'allowed', at = $2 WHERE client = $1 AND state = 'asked'")
        .bind(client)
        .bind(now.0)
        .execute(&mut *conn)
        .await?;
    Ok(true)
}

/// What a run that is held is about has become more.
pub async fn set_losing(conn: &mut AnyConnection, run: FeedRunId, losing: u64) -> Result<(), Error> {
    sqlx::query("UPDATE feed_run SET losing = $2 WHERE id = $1")
        .bind(run.to_string())
        .bind(i64::try_from(losing).unwrap_or(i64::MAX))
        .execute(conn)
        .await?;
    Ok(())
}

/// Forget counts that are out of the window.
pub async fn forget_losses(conn: &mut AnyConnection, client: &str, before: Moment) -> Result<(), Error> {
    sqlx::query("DELETE FROM scim_loss WHERE client = $1 AND state = 'taken' AND at <= $2")
        .bind(client)
        .bind(before.0)
        .execute(conn)
        .await?;
    Ok(())
}

const GROUP: &str = "SELECT s.id, s.name, s.display, s.external_id, s.version, s.created_at, s.changed_at, \
     (SELECT COUNT(*) FROM group_member g WHERE g.name = s.name) AS members FROM scim_group s WHERE s.client = $1";

/// Which groups of a client are meant.
#[derive(Clone, Debug)]
pub enum WhichGroups {
    /// That one.
    Id(GroupId),
    /// The one of that name, in small letters.
    Folded(String),
    /// What the client calls so.
    ExternalId(String),
    /// From a place in their order on.
    From(u64),
    /// Those after one.
    After(GroupId),
}

/// Groups of a client, in order of age.
pub async fn groups(
    db: &Database,
    client: &str,
    which: &WhichGroups,
    most: u32,
) -> Result<Vec<GroupOnRecord>, Error> {
    let (condition, bound, offset) = match which {
        WhichGroups::Id(id) => ("s.id = $2", id.to_string(), 0),
        WhichGroups::Folded(name) => ("s.folded = $2", name.clone(), 0),
        WhichGroups::ExternalId(id) => ("s.external_id = $2", id.clone(), 0),
        WhichGroups::From(place) => ("s.id > $2", String::new(), *place),
        WhichGroups::After(id) => ("s.id > $2", id.to_string(), 0),
    };
    let sql = format!("{GROUP} AND {condition} ORDER BY s.id LIMIT {most} OFFSET {offset}");
    let rows = sqlx::query(AssertSqlSafe(sql)).bind(client).bind(bound).fetch_all(db.reader()).await?;
    let group = |row| {
        Ok(GroupOnRecord {
            id: read(row, "id")?,
            group: read(row, "name")?,
            display: row.try_get("display")?,
            external_id: row.try_get("external_id")?,
            version: row.try_get("version")?,
            size: row.try_get("members")?,
            created: Moment(row.try_get("created_at")?),
            changed: Moment(row.try_get("changed_at")?),
        })
    };
    rows.iter().map(group).collect()
}

pub async fn count_groups(db: &Database, client: &str) -> Result<u64, Error> {
    let row = sqlx::query("SELECT COUNT(*) AS groups FROM scim_group WHERE client = $1")
        .bind(client)
        .fetch_one(db.reader())
        .await?;
    Ok(whole(row.try_get("groups")?))
}

/// The members of a group that are a client's own, by age; at most so many.
pub async fn members(
    db: &Database,
    client: &str,
    group: &Group,
    most: u32,
) -> Result<Vec<IdentityId>, Error> {
    let sql = format!(
        "SELECT i.id FROM group_member g JOIN identity i ON i.id = g.identity WHERE {OURS} AND g.name = $2 \
         ORDER BY i.id LIMIT {most}"
    );
    let rows =
        sqlx::query(AssertSqlSafe(sql)).bind(client).bind(group.as_str()).fetch_all(db.reader()).await?;
    rows.iter().map(|row| read(row, "id")).collect()
}

/// Which of these are a client's own, and whether they are members of a group.
pub async fn own_of(
    db: &Database,
    client: &str,
    group: &Group,
    ids: &[IdentityId],
) -> Result<Vec<(IdentityId, bool)>, Error> {
    let mut found = Vec::new();
    for some in ids.chunks(PARAMETERS_MAX) {
        let sql = format!(
            "SELECT i.id, (SELECT COUNT(*) FROM group_member g WHERE g.identity = i.id AND g.name = $2) AS is_member \
             FROM identity i WHERE {OURS} AND i.id IN ({})",
            places(3, some.len())
        );
        let mut query = sqlx::query(AssertSqlSafe(sql)).bind(client).bind(group.as_str());
        for id in some {
            query = query.bind(id.to_string());
        }
        for row in query.fetch_all(db.reader()).await? {
            found.push((read(&row, "id")?, row.try_get::<i64, _>("is_member")? > 0));
        }
    }
    Ok(found)
}

/// The groups that anybody belongs to whose names are as long.
pub async fn groups_as_long_as(db: &Database, group: &Group) -> Result<Vec<Group>, Error> {
    let rows = sqlx::query("SELECT DISTINCT name FROM group_member WHERE length(name) = $1")
        .bind(i64::try_from(group.as_str().chars().count()).unwrap_or(i64::MAX))
        .fetch_all(db.reader())
        .await?;
    rows.iter().map(|row| read(row, "name")).collect()
}

/// False if there is one of that name.
pub async fn insert_group(
    conn: &mut AnyConnection,
    client: &str,
    group: &GroupOnRecord,
) -> Result<bool, Error> {
    let done = sqlx::query(
        "INSERT INTO scim_group (id, client, name, display, folded, external_id, version, created_at, changed_at) \
         VALUES ($1, $2, $3, $4, $5, $6, 1, $7, $7) ON CONFLICT DO NOTHING",
    )
    .bind(group.id.to_string())
    .bind(client)
    .bind(group.group.as_str())
    .bind(&group.display)
    .bind(group.display.to_lowercase())
    .bind(group.external_id.as_deref())
    .bind(group.created.0)
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// False if it is not of the version that it was.
pub async fn update_group(
    conn: &mut AnyConnection,
    group: &GroupOnRecord,
    now: Moment,
) -> Result<bool, Error> {
    let done = sqlx::query(
        "UPDATE scim_group SET name = $3, display = $4, folded = $5, external_id = $6, version = version + 1, \
         changed_at = $7 WHERE id = $1 AND version = $2 \
         AND NOT EXISTS (SELECT 1 FROM scim_group o WHERE o.id <> $1 AND o.client = scim_group.client AND o.folded = $5)",
    )
    .bind(group.id.to_string())
    .bind(group.version)
    .bind(group.group.as_str())
    .bind(&group.display)
    .bind(group.display.to_lowercase())
    .bind(group.external_id.as_deref())
    .bind(now.0)
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// False if it is not of the version that it was.
pub async fn delete_group(conn: &mut AnyConnection, group: &GroupOnRecord) -> Result<bool, Error> {
    let done = sqlx::query("DELETE FROM scim_group WHERE id = $1 AND version = $2")
        .bind(group.id.to_string())
        .bind(group.version)
        .execute(conn)
        .await?;
    Ok(done.rows_affected() == 1)
}

fn whole(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}
