//! The rows that feeds read and write, many at a time.

use std::fmt::Write as _;

use portner_audit_log::Database;
use portner_audit_log::gather::places;
use portner_domain::identity::{Cvr, Identity, UserName};
use portner_domain::{IdentityId, Moment};
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, AssertSqlSafe, Row};

use super::person::Findable;
use super::{IDENTITY_COLUMNS, IDENTITY_TABLES, read, read_identity, read_optional, to_json};
use crate::Error;
use crate::feed::batch::Newcomer;
use crate::feed::names::Wish;
use crate::feed::plan::{Holder, Known, Person};
use crate::person::About;

/// Parameters of one statement: SQLite looks for each among all those before it, so that twice as many take four times as
/// long.
pub const PARAMETERS_MAX: usize = 500;

/// Columns of the rows that are written.
const PERSON_COLUMNS: usize = 8;
const KEY_COLUMNS: usize = 2;
const NEWCOMER_COLUMNS: usize = 21;
const MEMBER_COLUMNS: usize = 3;

/// What [`read_known`] reads: the identity, its feed's lock, its groups, and what the person's feeds agree on.
pub const KNOWN: &str = "i.source, i.source_key, i.title, i.unit, i.production_unit, \
     (SELECT COUNT(*) FROM identity_lock l WHERE l.identity = i.id AND l.locker = 'source') AS stopped, \
     (SELECT string_agg(g.name, '\n') FROM group_member g WHERE g.identity = i.id) AS member_of";
/// What [`read_person`] reads. The leader has a source, and has not ended.
pub const PERSON: &str = "p.id AS person, p.first_name, p.last_name, p.known_as, p.protected, p.cpr_index, \
     (SELECT MIN(s.id) FROM identity s WHERE s.person = p.id AND s.source IS NOT NULL \
     AND s.state IN ('active', 'locked')) AS leader";
/// Those of a feed whom a run may stop.
const IN_USE: &str = "i.source = $1 AND i.state IN ('active', 'locked') AND NOT EXISTS \
     (SELECT 1 FROM identity_lock l WHERE l.identity = i.id AND l.locker = 'source')";

/// Those of a feed that have one of these keys.
pub async fn known(db: &Database, feed: &str, keys: &[&str]) -> Result<Vec<(String, Known)>, Error> {
    let sql = format!(
        "SELECT {IDENTITY_COLUMNS}, {KNOWN}, {PERSON} FROM {IDENTITY_TABLES} \
         WHERE i.source = $1 AND i.source_key IN ({})",
        places(2, keys.len())
    );
    let mut query = sqlx::query(AssertSqlSafe(sql)).bind(feed);
    for key in keys {
        query = query.bind(*key);
    }
    let rows = query.fetch_all(db.reader()).await?;
    rows.iter().map(|row| Ok((row.try_get("source_key")?, read_known(row)?))).collect()
}

/// Who has one of these user names.
pub async fn holders(db: &Database, names: &[&UserName]) -> Result<Vec<Holder>, Error> {
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let sql = format!(
        "SELECT {IDENTITY_COLUMNS}, {KNOWN}, {PERSON} FROM {IDENTITY_TABLES} WHERE i.user_name IN ({})",
        places(1, names.len())
    );
    let mut query = sqlx::query(AssertSqlSafe(sql));
    for name in names {
        query = query.bind(name.as_str());
    }
    let holder = |row| -> Result<Holder, Error> {
        let source: Option<String> = AnyRow::try_get(row, "source")?;
        Ok(Holder { known: read_known(row)?, is_fed: source.is_some() })
    };
    query.fetch_all(db.reader()).await?.iter().map(holder).collect()
}

/// Who has one of these CPR numbers.
pub async fn people(db: &Database, cpr_indexes: &[&str]) -> Result<Vec<Person>, Error> {
    if cpr_indexes.is_empty() {
        return Ok(Vec::new());
    }
    let sql =
        format!("SELECT {PERSON} FROM person p WHERE p.cpr_index IN ({})", places(1, cpr_indexes.len()));
    let mut query = sqlx::query(AssertSqlSafe(sql));
    for index in cpr_indexes {
        query = query.bind(*index);
    }
    query.fetch_all(db.reader()).await?.iter().map(read_person).collect()
}

pub async fn organisations(db: &Database) -> Result<Vec<Cvr>, Error> {
    let rows = sqlx::query("SELECT cvr FROM organisation").fetch_all(db.reader()).await?;
    rows.iter().map(|row| read(row, "cvr")).collect()
}

/// How many of a feed's identities are in use.
pub async fn count_in_use(db: &Database, feed: &str) -> Result<u64, Error> {
    let sql = format!("SELECT COUNT(*) AS used FROM identity i WHERE {IN_USE}");
    let row = sqlx::query(AssertSqlSafe(sql)).bind(feed).fetch_one(db.reader()).await?;
    Ok(u64::try_from(row.try_get::<i64, _>("used")?).unwrap_or(0))
}

/// Those in use and their keys, after one of them.
pub async fn in_use(
    db: &Database,
    feed: &str,
    after: Option<IdentityId>,
    most: u32,
) -> Result<Vec<(IdentityId, String)>, Error> {
    let sql = format!(
        "SELECT i.id, i.source_key FROM identity i WHERE {IN_USE} AND i.id > $2 ORDER BY i.id LIMIT $3"
    );
    let rows = sqlx::query(AssertSqlSafe(sql))
        .bind(feed)
        .bind(after.map(|id| id.to_string()).unwrap_or_default())
        .bind(i64::from(most))
        .fetch_all(db.reader())
        .await?;
    rows.iter().map(|row| Ok((read(row, "id")?, row.try_get("source_key")?))).collect()
}

pub fn read_known(row: &AnyRow) -> Result<Known, Error> {
    let Identity { id, user_name, cvr, state, life, email, .. } = read_identity(row)?;
    let person = read_person(row)?;
    let groups: Option<String> = row.try_get("member_of")?;
    let corrupt = |line: &str| Error::Corrupt(format!("a group {line:?}"));
    let group = |line: &str| line.parse().map_err(|_| corrupt(line));
    Ok(Known {
        identity: id,
        user_name,
        cvr,
        state,
        is_stopped: row.try_get::<i64, _>("stopped")? > 0,
        validity: life.validity,
        admission: life.admission,
        about: About {
            known_as: person.known_as.clone(),
            is_protected: person.is_protected,
            email,
            title: row.try_get("title")?,
            unit: read_optional(row, "unit")?,
            production_unit: read_optional(row, "production_unit")?,
        },
        groups: groups.unwrap_or_default().lines().map(group).collect::<Result<_, _>>()?,
        person,
    })
}

fn read_person(row: &AnyRow) -> Result<Person, Error> {
    Ok(Person {
        id: read(row, "person")?,
        first_name: row.try_get("first_name")?,
        last_name: row.try_get("last_name")?,
        known_as: row.try_get("known_as")?,
        is_protected: row.try_get::<i64, _>("protected")? == 1,
        cpr_index: row.try_get("cpr_index")?,
        leader: read_optional(row, "leader")?,
    })
}

/// Persons, keys and identities, a statement for each kind. False if somebody else took a number or a name meanwhile:
/// then nothing may be committed.
pub async fn register(
    conn: &mut AnyConnection,
    feed: &str,
    newcomers: &[&Newcomer],
    now: Moment,
) -> Result<bool, Error> {
    let is_person = |newcomer: &&&Newcomer| newcomer.is_person;
    let people: Vec<&Newcomer> = newcomers.iter().filter(is_person).copied().collect();
    for some in people.chunks(PARAMETERS_MAX / PERSON_COLUMNS) {
        if insert_people(conn, some, now).await? < some.len() {
            return Ok(false);
        }
    }
    for some in people.chunks(PARAMETERS_MAX / KEY_COLUMNS) {
        insert_keys(conn, some).await?;
    }
    let mut registered = 0;
    for some in newcomers.chunks(PARAMETERS_MAX / NEWCOMER_COLUMNS) {
        registered += insert_identities(conn, feed, some, now).await?;
    }
    insert_groups(conn, newcomers, now).await?;
    Ok(registered == newcomers.len())
}

async fn insert_people(conn: &mut AnyConnection, people: &[&Newcomer], now: Moment) -> Result<usize, Error> {
    let sql = format!(
        "INSERT INTO person (id, first_name, last_name, registered_at, known_as, protected, cpr, cpr_index) \
         VALUES {} ON CONFLICT DO NOTHING",
        rows(people.len(), PERSON_COLUMNS)
    );
    let mut query = sqlx::query(AssertSqlSafe(sql));
    for Newcomer { person, record, sealed, .. } in people {
        query = query
            .bind(person.to_string())
            .bind(&record.first_name)
            .bind(&record.last_name)
            .bind(now.0)
            .bind(record.about.known_as.as_deref())
            .bind(i64::from(record.about.is_protected))
            .bind(sealed.as_ref().map(|sealed| sealed.cpr.as_str()))
            .bind(sealed.as_ref().map(|sealed| sealed.index.as_str()));
    }
    Ok(count(query.execute(conn).await?.rows_affected()))
}

async fn insert_keys(conn: &mut AnyConnection, people: &[&Newcomer]) -> Result<(), Error> {
    let keys: Vec<(String, &str)> = people
        .iter()
        .filter_map(|it| it.sealed.as_ref().map(|sealed| (it.person.to_string(), sealed.key.as_str())))
        .collect();
    if keys.is_empty() {
        return Ok(());
    }
    let sql = format!("INSERT INTO person_key (person, sealed) VALUES {}", rows(keys.len(), KEY_COLUMNS));
    let mut query = sqlx::query(AssertSqlSafe(sql));
    for (person, key) in keys {
        query = query.bind(person).bind(key);
    }
    query.execute(conn).await?;
    Ok(())
}

async fn insert_identities(
    conn: &mut AnyConnection,
    feed: &str,
    newcomers: &[&Newcomer],
    now: Moment,
) -> Result<usize, Error> {
    let sql = format!(
        "INSERT INTO identity (id, person, cvr, user_name, email, employment, state, sessions_ended, \
         registered_at, admission, changed_at, sort_name, words, title, unit, unit_words, production_unit, \
         valid_from, valid_until, source, source_key) VALUES {} ON CONFLICT DO NOTHING",
        rows(newcomers.len(), NEWCOMER_COLUMNS)
    );
    let mut query = sqlx::query(AssertSqlSafe(sql));
    for Newcomer { identity, person, record, employment, names, .. } in newcomers {
        let about = &record.about;
        let findable = Findable::new(
            (&names.first_name, &names.last_name),
            names.known_as.as_deref(),
            record.user_name.as_str(),
            about.email.as_deref(),
        );
        let unit = about.unit.as_ref().map(|unit| unit.as_str());
        query = query
            .bind(identity.to_string())
            .bind(person.to_string())
            .bind(record.cvr.as_str())
            .bind(record.user_name.as_str())
            .bind(about.email.as_deref())
            .bind(to_json(employment)?)
            .bind("active")
            .bind(0_i64)
            .bind(now.0)
            .bind(record.admission.unwrap_or_default().word())
            .bind(now.0)
            .bind(findable.sort_name)
            .bind(findable.words)
            .bind(about.title.as_deref())
            .bind(unit)
            .bind(unit.map(str::to_lowercase).unwrap_or_default())
            .bind(about.production_unit.as_ref().map(|unit| unit.as_str()))
            .bind(record.validity.from.map(|at| at.0))
            .bind(record.validity.until.map(|at| at.0))
            .bind(feed)
            .bind(&record.key);
    }
    Ok(count(query.execute(conn).await?.rows_affected()))
}

async fn insert_groups(conn: &mut AnyConnection, newcomers: &[&Newcomer], now: Moment) -> Result<(), Error> {
    let members: Vec<_> = newcomers
        .iter()
        .flat_map(|it| it.record.groups.iter().map(|group| (it.identity.to_string(), group.as_str())))
        .collect();
    for some in members.chunks(PARAMETERS_MAX / MEMBER_COLUMNS) {
        let sql = format!(
            "INSERT INTO group_member (identity, name, joined_at) VALUES {} ON CONFLICT DO NOTHING",
            rows(some.len(), MEMBER_COLUMNS)
        );
        let mut query = sqlx::query(AssertSqlSafe(sql));
        for (identity, group) in some {
            query = query.bind(identity).bind(*group).bind(now.0);
        }
        query.execute(&mut *conn).await?;
    }
    Ok(())
}

/// First out of each other's way, to what nobody can be called, and then to the new names. False if one is taken: then
/// nothing may be committed.
pub async fn change_user_names(
    conn: &mut AnyConnection,
    wishes: &[Wish],
    now: Moment,
) -> Result<bool, Error> {
    for wish in wishes {
        sqlx::query("UPDATE identity SET user_name = 'renamed ' || id WHERE id = $1")
            .bind(wish.identity.to_string())
            .execute(&mut *conn)
            .await?;
    }
    let mut changed = 0;
    for wish in wishes {
        let done = sqlx::query(
            "UPDATE identity SET user_name = $2, version = version + 1, changed_at = $3 WHERE id = $1 \
             AND NOT EXISTS (SELECT 1 FROM identity o WHERE o.user_name = $2)",
        )
        .bind(wish.identity.to_string())
        .bind(wish.name.as_str())
        .bind(now.0)
        .execute(&mut *conn)
        .await?;
        changed += count(done.rows_affected());
        let person = super::life::person_of(conn, wish.identity).await?;
        super::person::make_findable(conn, person).await?;
    }
    Ok(changed == wishes.len())
}

fn count(rows: u64) -> usize {
    usize::try_from(rows).unwrap_or(usize::MAX)
}

/// `($1, $2), ($3, $4)`: so many rows of so many columns.
fn rows(many: usize, columns: usize) -> String {
    let mut text = String::new();
    for row in 0..many {
        let before = if row == 0 { "" } else { ", " };
        // Writing to a String can't fail.
        write!(text, "{before}({})", places(row * columns + 1, columns)).unwrap_or_default();
    }
    text
}
