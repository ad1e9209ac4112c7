//! The statement behind lists of people.

use portner_audit_log::Database;
use portner_domain::IdentityId;
use portner_domain::right::Group;
use sqlx::Row;
use sqlx::any::AnyRow;

use super::{read, read_optional};
use crate::Error;
use crate::list::{Listed, Sought};

const LISTED: &str = "SELECT i.id, i.user_name, i.unit, i.state, p.first_name, p.last_name, p.known_as, \
     p.protected FROM identity i JOIN person p ON p.id = i.person WHERE i.state <> 'erased'";

pub async fn find(
    db: &Database,
    sought: &Sought,
    after: Option<IdentityId>,
    most: u32,
) -> Result<Vec<Listed>, Error> {
    let mut binds: Vec<String> = Vec::new();
    let mut sql = LISTED.to_owned();
    let bind = |binds: &mut Vec<String>, value: String| {
        binds.push(value);
        format!("${}", binds.len())
    };
    for word in &sought.words {
        let pattern = bind(&mut binds, format!("% {}%", escaped(word)));
        sql.push_str(&format!(" AND i.words LIKE {pattern} ESCAPE '\\'"));
    }
    if !sought.units.contains(&None) {
        let mut any = Vec::new();
        for unit in sought.units.iter().flatten() {
            let path = unit.as_str().to_lowercase();
            let below = bind(&mut binds, format!("{}/%", escaped(&path)));
            let is = bind(&mut binds, path);
            any.push(format!("i.unit_words = {is} OR i.unit_words LIKE {below} ESCAPE '\\'"));
        }
        sql.push_str(&format!(" AND ({})", any.join(" OR ")));
    }
    if let Some(state) = sought.state {
        let state = bind(&mut binds, state.word().to_owned());
        sql.push_str(&format!(" AND i.state = {state}"));
    }
    if let Some(group) = &sought.group {
        let name = bind(&mut binds, group.as_str().to_owned());
        sql.push_str(&format!(
            " AND EXISTS (SELECT 1 FROM group_member g WHERE g.identity = i.id AND g.name = {name})"
        ));
    }
    if let Some(after) = after {
        let last = bind(&mut binds, after.to_string());
        sql.push_str(&format!(
            " AND (i.sort_name, i.id) > (SELECT l.sort_name, l.id FROM identity l WHERE l.id = {last})"
        ));
    }
    sql.push_str(&format!(" ORDER BY i.sort_name, i.id LIMIT {most}"));
    let mut statement = sqlx::query(sqlx::AssertSqlSafe(sql));
    for value in binds {
        statement = statement.bind(value);
    }
    statement.fetch_all(db.reader()).await?.iter().map(read_listed).collect()
}

/// Groups read at once.
const GROUPS_READ: u32 = 500;

/// From one name to the next by the index, so that it costs as much as there are groups and not as there are members. No
/// name is empty: the first comes after that.
pub const GROUPS: &str = "WITH RECURSIVE step (name, n) AS ( \
     SELECT (SELECT MIN(name) FROM group_member WHERE name > $1), 1 \
     UNION ALL \
     SELECT (SELECT MIN(m.name) FROM group_member m WHERE m.name > step.name), n + 1 FROM step \
     WHERE step.name IS NOT NULL AND n < $2) \
     SELECT name FROM step WHERE name IS NOT NULL ORDER BY n";

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
    let row = sqlx::query(
        "SELECT COUNT(*) AS members FROM (SELECT 1 FROM group_member WHERE name = $1 LIMIT $2) counted",
    )
    .bind(group.as_str())
    .bind(i64::from(most))
    .fetch_one(db.reader())
    .await?;
    Ok(u32::try_from(row.try_get::<i64, _>("members")?).unwrap_or(most))
}

/// Nothing that somebody types is a pattern.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_")
}

fn read_listed(row: &AnyRow) -> Result<Listed, Error> {
    let text = |column: &str| -> Result<Option<String>, Error> { Ok(row.try_get(column)?) };
    let register =
        format!("{} {}", text("first_name")?.unwrap_or_default(), text("last_name")?.unwrap_or_default());
    let name = text("known_as")?.unwrap_or_else(|| register.trim().to_owned());
    let is_protected = row.try_get::<i64, _>("protected")? == 1;
    Ok(Listed {
        id: read(row, "id")?,
        user_name: read(row, "user_name")?,
        name: Some(name).filter(|_| !is_protected),
        unit: read_optional(row, "unit")?,
        state: read(row, "state")?,
    })
}
