//! The statements behind lists and files of people.

use portner_audit_log::Database;
use portner_domain::life::Validity;
use portner_domain::{IdentityId, Moment};
use sqlx::Row;
use sqlx::any::AnyRow;

use super::{moment, read, read_optional};
use crate::export::Exported;
use crate::list::{Listed, Sought};
use crate::{Error, Source};

const LISTED: &str = "SELECT i.id, i.user_name, i.unit, i.state, p.first_name, p.last_name, p.known_as, \
     p.protected FROM identity i JOIN person p ON p.id = i.person WHERE i.state <> 'erased'";

const EXPORTED: &str = "SELECT i.id, i.user_name, i.email, i.title, i.unit, i.state, i.admission, i.valid_from, \
     i.valid_until, i.source, i.source_key, i.registered_at, p.first_name, p.last_name, p.known_as, p.protected \
     FROM identity i JOIN person p ON p.id = i.person WHERE i.state <> 'erased'";

const COUNTED: &str = "SELECT COUNT(*) AS people FROM identity i WHERE i.state <> 'erased'";

pub async fn find(
    db: &Database,
    sought: &Sought,
    after: Option<IdentityId>,
    most: u32,
) -> Result<Vec<Listed>, Error> {
    let statement = Statement::of(LISTED, sought).after(after, most);
    statement.fetch(db).await?.iter().map(read_listed).collect()
}

/// The same people in the same order, with all that a file of them says.
pub async fn export(
    db: &Database,
    sought: &Sought,
    after: Option<IdentityId>,
    most: u32,
) -> Result<Vec<Exported>, Error> {
    let statement = Statement::of(EXPORTED, sought).after(after, most);
    statement.fetch(db).await?.iter().map(read_exported).collect()
}

/// How many they are.
pub async fn count(db: &Database, sought: &Sought) -> Result<u64, Error> {
    let rows = Statement::of(COUNTED, sought).fetch(db).await?;
    let people = rows.first().map(|row| row.try_get::<i64, _>("people")).transpose()?;
    Ok(people.and_then(|people| u64::try_from(people).ok()).unwrap_or(0))
}

/// A statement and what is bound in it.
struct Statement {
    sql: String,
    binds: Vec<String>,
}

impl Statement {
    fn of(select: &str, sought: &Sought) -> Self {
        let mut it = Self { sql: select.to_owned(), binds: Vec::new() };
        for word in &sought.words {
            let pattern = it.bind(format!("% {}%", escaped(word)));
            it.sql.push_str(&format!(" AND i.words LIKE {pattern} ESCAPE '\\'"));
        }
        if !sought.units.contains(&None) {
            let mut any = Vec::new();
            for unit in sought.units.iter().flatten() {
                let path = unit.as_str().to_lowercase();
                let below = it.bind(format!("{}/%", escaped(&path)));
                let is = it.bind(path);
                any.push(format!("i.unit_words = {is} OR i.unit_words LIKE {below} ESCAPE '\\'"));
            }
            it.sql.push_str(&format!(" AND ({})", any.join(" OR ")));
        }
        if let Some(state) = sought.state {
            let state = it.bind(state.word().to_owned());
            it.sql.push_str(&format!(" AND i.state = {state}"));
        }
        it
    }

    fn after(mut self, after: Option<IdentityId>, most: u32) -> Self {
        if let Some(after) = after {
            let last = self.bind(after.to_string());
            self.sql.push_str(&format!(
                " AND (i.sort_name, i.id) > (SELECT l.sort_name, l.id FROM identity l WHERE l.id = {last})"
            ));
        }
        self.sql.push_str(&format!(" ORDER BY i.sort_name, i.id LIMIT {most}"));
        self
    }

    fn bind(&mut self, value: String) -> String {
        self.binds.push(value);
        format!("${}", self.binds.len())
    }

    async fn fetch(self, db: &Database) -> Result<Vec<AnyRow>, Error> {
        let mut statement = sqlx::query(sqlx::AssertSqlSafe(self.sql));
        for value in self.binds {
            statement = statement.bind(value);
        }
        Ok(statement.fetch_all(db.reader()).await?)
    }
}

/// Nothing that somebody types is a pattern.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_")
}

fn read_listed(row: &AnyRow) -> Result<Listed, Error> {
    Ok(Listed {
        id: read(row, "id")?,
        user_name: read(row, "user_name")?,
        name: shown_name(row)?,
        unit: read_optional(row, "unit")?,
        state: read(row, "state")?,
    })
}

fn read_exported(row: &AnyRow) -> Result<Exported, Error> {
    let name = shown_name(row)?;
    let source: (Option<String>, Option<String>) = (row.try_get("source")?, row.try_get("source_key")?);
    Ok(Exported {
        id: read(row, "id")?,
        user_name: row.try_get("user_name")?,
        email: row.try_get::<Option<String>, _>("email")?.filter(|_| name.is_some()),
        name,
        title: row.try_get("title")?,
        unit: read_optional(row, "unit")?,
        state: read(row, "state")?,
        admission: read(row, "admission")?,
        validity: Validity { from: moment(row, "valid_from")?, until: moment(row, "valid_until")? },
        source: source.0.zip(source.1).map(|(feed, key)| Source { feed, key }),
        registered: Moment(row.try_get("registered_at")?),
    })
}

/// Nothing if it is protected.
fn shown_name(row: &AnyRow) -> Result<Option<String>, Error> {
    let text = |column: &str| -> Result<Option<String>, Error> { Ok(row.try_get(column)?) };
    let register =
        format!("{} {}", text("first_name")?.unwrap_or_default(), text("last_name")?.unwrap_or_default());
    let name = text("known_as")?.unwrap_or_else(|| register.trim().to_owned());
    let is_protected = row.try_get::<i64, _>("protected")? == 1;
    Ok(Some(name).filter(|_| !is_protected))
}
