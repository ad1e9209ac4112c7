//! The statements behind lists and files of people.

use portner_audit_log::Database;
use portner_domain::life::Validity;
use portner_domain::right::Group;
use portner_domain::{IdentityId, Moment};
use sqlx::Row;
use sqlx::any::AnyRow;

use super::{moment, read, read_holdings, read_optional};
use crate::export::{Exported, Holder};
use crate::list::{Filter, Listed, Sought};
use crate::{Error, Lacking, Source};

const LISTED: &str = "SELECT i.id, i.user_name, i.unit, i.state, p.first_name, p.last_name, p.known_as, \
     p.protected FROM identity i JOIN person p ON p.id = i.person WHERE i.state <> 'erased'";

const EXPORTED: &str = "SELECT i.id, i.user_name, i.email, i.title, i.unit, i.state, i.admission, i.valid_from, \
     i.valid_until, i.source, i.source_key, i.registered_at, p.first_name, p.last_name, p.known_as, p.protected \
     FROM identity i JOIN person p ON p.id = i.person WHERE i.state <> 'erased'";

const HOLDERS: &str = "SELECT i.id, i.user_name, i.unit, i.state, p.first_name, p.last_name, p.known_as, \
     p.protected, (SELECT string_agg(g.name, '\n') FROM group_member g WHERE g.identity = i.id) AS member_of, \
     (SELECT string_agg(r.privilege || ' ' || r.scope || ' ' || r.constraints, '\n') FROM right_held r \
     WHERE r.identity = i.id) AS rights_held \
     FROM identity i JOIN person p ON p.id = i.person WHERE i.state <> 'erased' AND \
     (EXISTS (SELECT 1 FROM group_member m WHERE m.identity = i.id) \
     OR EXISTS (SELECT 1 FROM right_held h WHERE h.identity = i.id))";

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

/// Whoever was stopped since then and is still stopped, the last first.
pub async fn stopped_since(
    db: &Database,
    sought: &Sought,
    since: Moment,
    most: u32,
) -> Result<Vec<Listed>, Error> {
    let mut statement = Statement::of(LISTED, sought);
    // A moment is a number, and nothing that anybody typed.
    let since = since.0;
    statement.sql.push_str(&format!(
        " AND i.id IN (SELECT l.identity FROM identity_lock l WHERE l.at >= {since}) ORDER BY (SELECT MAX(l.at) \
         FROM identity_lock l WHERE l.identity = i.id) DESC, i.id LIMIT {most}"
    ));
    statement.fetch(db).await?.iter().map(read_listed).collect()
}

/// Somebody as a list has them.
pub async fn listed(db: &Database, id: IdentityId) -> Result<Option<Listed>, Error> {
    let row = sqlx::query(sqlx::AssertSqlSafe(format!("{LISTED} AND i.id = $1")))
        .bind(id.to_string())
        .fetch_optional(db.reader())
        .await?;
    row.as_ref().map(read_listed).transpose()
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

/// Those of them who belong to a group or hold a right, with what that is.
pub async fn holders(
    db: &Database,
    sought: &Sought,
    after: Option<IdentityId>,
    most: u32,
) -> Result<Vec<Holder>, Error> {
    let statement = Statement::of(HOLDERS, sought).after(after, most);
    statement.fetch(db).await?.iter().map(read_holder).collect()
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
        if let Some(group) = &sought.group {
            let name = it.bind(group.as_str().to_owned());
            it.sql.push_str(&format!(
                " AND EXISTS (SELECT 1 FROM group_member g WHERE g.identity = i.id AND g.name = {name})"
            ));
        }
        if let Some(filter) = &sought.filter {
            let condition = it.filtered(filter);
            it.sql.push_str(&format!(" AND i.state <> 'ended' AND {condition}"));
        }
        it
    }

    fn filtered(&mut self, filter: &Filter) -> String {
        match filter {
            Filter::Unit(unit) => format!("i.unit_words = {}", self.bind(unit.as_str().to_lowercase())),
            Filter::ProductionUnit(number) => {
                format!("i.production_unit = {}", self.bind(number.as_str().to_owned()))
            }
            Filter::Lacking(Lacking::Unit) => "i.unit IS NULL".to_owned(),
            Filter::Lacking(Lacking::ProductionUnit) => "i.production_unit IS NULL".to_owned(),
            Filter::Lacking(Lacking::Email) => "i.email IS NULL".to_owned(),
        }
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

/// Groups read at once.
const GROUPS_READ: u32 = 500;

/// From one name to the next by the index, so that it costs as much as there are groups and not as there are members. No
/// name is empty: the first comes after that.
const GROUPS: &str = "WITH RECURSIVE step (name, n) AS ( \
     SELECT (SELECT MIN(name) FROM group_member WHERE name > $1), 1 \
     UNION ALL \
     SELECT (SELECT MIN(m.name) FROM group_member m WHERE m.name > step.name), n + 1 FROM step \
     WHERE step.name IS NOT NULL AND n < $2) \
     SELECT name FROM step WHERE name IS NOT NULL ORDER BY n";

const MEMBERS: &str =
    "SELECT COUNT(*) AS members FROM (SELECT 1 FROM group_member WHERE name = $1 LIMIT $2) counted";

/// The next groups in order of name.
pub async fn groups(db: &Database, after: Option<&Group>) -> Result<Vec<Group>, Error> {
    let rows = sqlx::query(GROUPS)
        .bind(after.map_or("", Group::as_str))
        .bind(i64::from(GROUPS_READ))
        .fetch_all(db.reader())
        .await?;
    rows.iter().map(|row| read(row, "name")).collect()
}

/// How many belong to a group, as far as `most`.
pub async fn count_members(db: &Database, group: &Group, most: u32) -> Result<u32, Error> {
    let row = sqlx::query(MEMBERS).bind(group.as_str()).bind(i64::from(most)).fetch_one(db.reader()).await?;
    Ok(u32::try_from(row.try_get::<i64, _>("members")?).unwrap_or(most))
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

fn read_holder(row: &AnyRow) -> Result<Holder, Error> {
    let Listed { id, user_name, name, unit, .. } = read_listed(row)?;
    Ok(Holder { id, user_name, name, unit, holdings: read_holdings(row)? })
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

#[cfg(test)]
mod tests {
    use portner_audit_log::Engine;
    use portner_audit_log::testing::{Stage, for_each_engine};
    use portner_domain::IdentityId;
    use portner_domain::right::Group;
    use sqlx::{AssertSqlSafe, Row as _};
    use uuid::Uuid;

    use super::{GROUPS, GROUPS_READ, LISTED, MEMBERS, Statement};
    use crate::list::Sought;

    const PEOPLE: i64 = 20_000;

    /// A town in which all belong to one group, and each tenth to one of their own.
    async fn town(stage: &Stage) {
        let numbers =
            format!("WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {PEOPLE}) ");
        for sql in [
            "INSERT INTO organisation (cvr, name) VALUES ('12345678', 'x')",
            "INSERT INTO person (id, first_name, last_name, registered_at) VALUES ('p', 'a', 'b', 0)",
            "INSERT INTO identity (id, person, cvr, user_name, employment, state, sessions_ended, \
             registered_at, sort_name, words) SELECT 'i' || i, 'p', '12345678', 'u' || i, '{}', 'active', 0, 0, \
             'name ' || (i + 1000000), ' u' || i FROM n",
            "INSERT INTO group_member SELECT 'i' || i, 'Alle', 0 FROM n",
            "INSERT INTO group_member SELECT 'i' || i, 'gruppe ' || i, 0 FROM n WHERE i % 10 = 0",
            "ANALYZE",
        ] {
            let sql = if sql.contains(" FROM n") { format!("{numbers}{sql}") } else { sql.to_owned() };
            sqlx::query(AssertSqlSafe(sql)).execute(stage.danger_writer()).await.unwrap();
        }
    }

    async fn plan(stage: &Stage, sql: &str, binds: &[&str]) -> String {
        let (explain, column) = match stage.engine {
            Engine::Sqlite => ("EXPLAIN QUERY PLAN", 3),
            Engine::Postgres => ("EXPLAIN (COSTS OFF)", 0),
        };
        let sql = binds
            .iter()
            .enumerate()
            .fold(format!("{explain} {sql}"), |sql, (n, value)| sql.replace(&format!("${}", n + 1), value));
        let rows = sqlx::query(AssertSqlSafe(sql)).fetch_all(stage.danger_writer()).await.unwrap();
        rows.iter().map(|row| row.get::<String, _>(column)).collect::<Vec<_>>().join("\n")
    }

    /// A page of groups takes a look-up for each, and a page of people, of a group or not, reads in order of name: neither
    /// reads everybody, and nothing is sorted.
    #[tokio::test]
    async fn no_page_of_a_list_reads_everybody() {
        for_each_engine(|stage| async move {
            town(&stage).await;
            let read = GROUPS_READ.to_string();
            let groups = plan(&stage, GROUPS, &["''", &read]).await;
            let count = plan(&stage, MEMBERS, &["'gruppe 20'", "1001"]).await;
            for plan in [&groups, &count] {
                assert!(plan.contains("group_member_by_name_and_identity"), "{plan}");
                assert!(!plan.contains("SCAN group_member\n") && !plan.contains("Seq Scan"), "{plan}");
            }
            let all: Group = "Alle".parse().unwrap();
            let after = Some(IdentityId(Uuid::from_u128(5)));
            for group in [None, Some(all)] {
                let sought = Sought { group, ..Sought::typed("", vec![None]) };
                let Statement { sql, binds } = Statement::of(LISTED, &sought).after(after, 51);
                let quoted: Vec<String> = binds.iter().map(|value| format!("'{value}'")).collect();
                let quoted: Vec<&str> = quoted.iter().map(String::as_str).collect();
                let people = plan(&stage, &sql, &quoted).await;
                assert!(people.contains("identity_by_sort_name"), "{people}");
                assert!(!people.contains("Sort") && !people.contains("TEMP B-TREE"), "{people}");
            }
        })
        .await;
    }
}
