//! The rows of what is known about people.

use portner_audit_log::Database;
use portner_domain::identity::Identity;
use portner_domain::{IdentityId, Moment, PersonId};
use sqlx::{AnyConnection, Row};

use super::{IDENTITY_COLUMNS, IDENTITY_TABLES, life, read, read_identity, read_optional};
use crate::Error;
use crate::person::{About, Card, Sibling, Source};

/// For lists: the name to sort by, and every word to find somebody by, with a space before each.
pub struct Findable {
    pub sort_name: String,
    pub words: String,
}

impl Findable {
    pub fn new(names: (&str, &str), known_as: Option<&str>, user_name: &str, email: Option<&str>) -> Self {
        let (first, last) = names;
        let all = [first, last, known_as.unwrap_or_default(), user_name, email.unwrap_or_default()];
        let words: Vec<String> =
            all.iter().flat_map(|text| text.split_whitespace()).map(str::to_lowercase).collect();
        Self {
            sort_name: format!("{last} {first}").trim().to_lowercase(),
            words: words.iter().fold(String::new(), |mut all, word| {
                all.push(' ');
                all.push_str(word);
                all
            }),
        }
    }
}

pub async fn describe(conn: &mut AnyConnection, identity: &Identity, about: &About) -> Result<(), Error> {
    sqlx::query("UPDATE person SET known_as = $2, protected = $3 WHERE id = $1")
        .bind(identity.person.to_string())
        .bind(about.known_as.as_deref())
        .bind(i64::from(about.is_protected))
        .execute(&mut *conn)
        .await?;
    sqlx::query(
        "UPDATE identity SET email = $2, title = $3, unit = $4, unit_words = $5, production_unit = $6 WHERE id = $1",
    )
    .bind(identity.id.to_string())
    .bind(about.email.as_deref())
    .bind(about.title.as_deref())
    .bind(about.unit.as_ref().map(|unit| unit.as_str()))
    .bind(about.unit.as_ref().map(|unit| unit.as_str().to_lowercase()).unwrap_or_default())
    .bind(about.production_unit.as_ref().map(|unit| unit.as_str()))
    .execute(&mut *conn)
    .await?;
    make_findable(conn, identity.person).await
}

/// Write anew what the identities of a person are found by.
pub async fn make_findable(conn: &mut AnyConnection, person: PersonId) -> Result<(), Error> {
    let rows = sqlx::query(
        "SELECT i.id, i.user_name, i.email, p.first_name, p.last_name, p.known_as FROM identity i \
         JOIN person p ON p.id = i.person WHERE p.id = $1 AND i.state <> 'erased'",
    )
    .bind(person.to_string())
    .fetch_all(&mut *conn)
    .await?;
    for row in rows {
        let text = |column: &str| -> Result<String, Error> {
            Ok(row.try_get::<Option<String>, _>(column)?.unwrap_or_default())
        };
        let (first, last, known_as) = (text("first_name")?, text("last_name")?, text("known_as")?);
        let (user_name, email) = (text("user_name")?, text("email")?);
        let findable = Findable::new((&first, &last), Some(&known_as), &user_name, Some(&email));
        sqlx::query("UPDATE identity SET sort_name = $2, words = $3 WHERE id = $1")
            .bind(text("id")?)
            .bind(findable.sort_name)
            .bind(findable.words)
            .execute(&mut *conn)
            .await?;
    }
    Ok(())
}

pub async fn rename(
    conn: &mut AnyConnection,
    person: PersonId,
    (first_name, last_name): (&str, &str),
    now: Moment,
) -> Result<(), Error> {
    sqlx::query(
        "UPDATE person SET first_name = $2, last_name = $3, reopened_at = CASE WHEN EXISTS \
         (SELECT 1 FROM proofing f WHERE f.person = $1 AND f.withdrawn_at IS NULL) THEN $4 ELSE reopened_at END \
         WHERE id = $1",
    )
    .bind(person.to_string())
    .bind(first_name)
    .bind(last_name)
    .bind(now.0)
    .execute(&mut *conn)
    .await?;
    sqlx::query("UPDATE identity SET version = version + 1, changed_at = $2 WHERE person = $1")
        .bind(person.to_string())
        .bind(now.0)
        .execute(&mut *conn)
        .await?;
    make_findable(conn, person).await
}

/// False if nothing was open.
pub async fn confirm(conn: &mut AnyConnection, person: PersonId) -> Result<bool, Error> {
    let done = sqlx::query("UPDATE person SET reopened_at = NULL WHERE id = $1 AND reopened_at IS NOT NULL")
        .bind(person.to_string())
        .execute(conn)
        .await?;
    Ok(done.rows_affected() == 1)
}

pub async fn set_source(conn: &mut AnyConnection, id: IdentityId, source: &Source) -> Result<(), Error> {
    sqlx::query("UPDATE identity SET source = $2, source_key = $3 WHERE id = $1")
        .bind(id.to_string())
        .bind(&source.feed)
        .bind(&source.key)
        .execute(conn)
        .await?;
    Ok(())
}

pub async fn by_source(db: &Database, source: &Source) -> Result<Option<IdentityId>, Error> {
    let row = sqlx::query("SELECT id FROM identity WHERE source = $1 AND source_key = $2")
        .bind(&source.feed)
        .bind(&source.key)
        .fetch_optional(db.reader())
        .await?;
    row.map(|row| read(&row, "id")).transpose()
}

pub async fn identities_of(db: &Database, person: PersonId) -> Result<Vec<IdentityId>, Error> {
    let rows = sqlx::query("SELECT id FROM identity WHERE person = $1 ORDER BY id")
        .bind(person.to_string())
        .fetch_all(db.reader())
        .await?;
    rows.iter().map(|row| read(row, "id")).collect()
}

/// The identities of a person with title and unit, oldest first.
pub async fn roster(db: &Database, person: PersonId, most: usize) -> Result<Vec<Sibling>, Error> {
    let sql = format!(
        "SELECT {IDENTITY_COLUMNS}, i.title, i.unit FROM {IDENTITY_TABLES} WHERE i.person = $1 ORDER BY i.id LIMIT $2"
    );
    let rows = sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(person.to_string())
        .bind(i64::try_from(most).unwrap_or(i64::MAX))
        .fetch_all(db.reader())
        .await?;
    let sibling = |row| {
        let (identity, unit) = (read_identity(row)?, read_optional(row, "unit")?);
        Ok(Sibling { identity, title: row.try_get("title")?, unit })
    };
    rows.iter().map(sibling).collect()
}

pub async fn card(db: &Database, id: IdentityId) -> Result<Option<Card>, Error> {
    let mut conn = db.reader().acquire().await?;
    let sql = format!(
        "SELECT {IDENTITY_COLUMNS}, p.known_as, p.protected, p.cpr_index, i.title, i.unit, i.production_unit, \
         i.source, i.source_key, i.registered_at, i.ended_at, i.version FROM {IDENTITY_TABLES} WHERE i.id = $1"
    );
    let row = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(id.to_string()).fetch_optional(&mut *conn).await?;
    let Some(row) = row else { return Ok(None) };
    let identity = read_identity(&row)?;
    let others = sqlx::query("SELECT id FROM identity WHERE person = $1 AND id <> $2 ORDER BY id")
        .bind(identity.person.to_string())
        .bind(id.to_string())
        .fetch_all(&mut *conn)
        .await?;
    let (feed, key): (Option<String>, Option<String>) = (row.try_get("source")?, row.try_get("source_key")?);
    Ok(Some(Card {
        about: About {
            known_as: row.try_get("known_as")?,
            is_protected: row.try_get::<i64, _>("protected")? == 1,
            email: identity.email.clone(),
            title: row.try_get("title")?,
            unit: read_optional(&row, "unit")?,
            production_unit: read_optional(&row, "production_unit")?,
        },
        identity,
        locks: life::locks(&mut conn, id).await?,
        has_cpr: row.try_get::<Option<String>, _>("cpr_index")?.is_some(),
        source: feed.zip(key).map(|(feed, key)| Source { feed, key }),
        registered: Moment(row.try_get("registered_at")?),
        ended: row.try_get::<Option<i64>, _>("ended_at")?.map(Moment),
        version: row.try_get("version")?,
        others: others.iter().map(|row| read(row, "id")).collect::<Result<_, Error>>()?,
    }))
}
