//! The statement behind lists of people.

use portner_audit_log::Database;
use portner_domain::IdentityId;
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
