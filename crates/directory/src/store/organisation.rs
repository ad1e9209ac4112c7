//! The statements that count people by where they work.

use portner_audit_log::Database;
use portner_domain::identity::State;
use portner_domain::unit::{ProductionUnit, Unit};
use sqlx::Row;
use sqlx::any::AnyRow;

use super::{read, read_optional};
use crate::{Error, Lacking, OrganisationCount};

pub async fn counted(db: &Database) -> Result<Vec<OrganisationCount>, Error> {
    let rows = sqlx::query(
        "SELECT o.cvr, o.name, i.state, COUNT(i.id) AS people FROM organisation o \
         LEFT JOIN identity i ON i.cvr = o.cvr GROUP BY o.cvr, o.name, i.state ORDER BY o.name, o.cvr",
    )
    .fetch_all(db.reader())
    .await?;
    let mut found: Vec<OrganisationCount> = Vec::new();
    for row in &rows {
        let one = OrganisationCount {
            cvr: read(row, "cvr")?,
            name: row.try_get("name")?,
            active: 0,
            locked: 0,
            ended: 0,
        };
        if found.last().is_none_or(|last| last.cvr != one.cvr) {
            found.push(one);
        }
        let (state, people) = (read_optional::<State>(row, "state")?, people(row)?);
        let Some(last) = found.last_mut() else { continue };
        match state {
            Some(State::Active) => last.active = people,
            Some(State::Locked) => last.locked = people,
            Some(State::Ended) => last.ended = people,
            Some(State::Erased) | None => {}
        }
    }
    Ok(found)
}

pub async fn units(db: &Database, after: Option<&Unit>, most: u32) -> Result<Vec<(Unit, u64)>, Error> {
    let rows = sqlx::query(
        "SELECT MIN(unit) AS place, COUNT(*) AS people FROM identity WHERE unit IS NOT NULL \
         AND state NOT IN ('ended', 'erased') AND unit_words > $1 GROUP BY unit_words ORDER BY unit_words LIMIT $2",
    )
    .bind(after.map(|unit| unit.as_str().to_lowercase()).unwrap_or_default())
    .bind(i64::from(most))
    .fetch_all(db.reader())
    .await?;
    rows.iter().map(|row| Ok((read(row, "place")?, people(row)?))).collect()
}

pub async fn production_units(
    db: &Database,
    after: Option<&ProductionUnit>,
    most: u32,
) -> Result<Vec<(ProductionUnit, u64)>, Error> {
    let rows = sqlx::query(
        "SELECT production_unit AS place, COUNT(*) AS people FROM identity \
         WHERE state NOT IN ('ended', 'erased') AND production_unit > $1 \
         GROUP BY production_unit ORDER BY production_unit LIMIT $2",
    )
    .bind(after.map(ProductionUnit::as_str).unwrap_or_default())
    .bind(i64::from(most))
    .fetch_all(db.reader())
    .await?;
    rows.iter().map(|row| Ok((read(row, "place")?, people(row)?))).collect()
}

pub async fn lacking(db: &Database) -> Result<Vec<(Lacking, u64)>, Error> {
    let row = sqlx::query(
        "SELECT COUNT(*) AS people, COUNT(unit) AS with_unit, COUNT(production_unit) AS with_production_unit, \
         COUNT(email) AS with_email FROM identity WHERE state NOT IN ('ended', 'erased')",
    )
    .fetch_one(db.reader())
    .await?;
    let all = people(&row)?;
    let without = |what, column: &str| -> Result<(Lacking, u64), Error> {
        let with: i64 = row.try_get(column)?;
        Ok((what, all.saturating_sub(u64::try_from(with).unwrap_or(0))))
    };
    Ok(vec![
        without(Lacking::Unit, "with_unit")?,
        without(Lacking::ProductionUnit, "with_production_unit")?,
        without(Lacking::Email, "with_email")?,
    ])
}

fn people(row: &AnyRow) -> Result<u64, Error> {
    Ok(u64::try_from(row.try_get::<i64, _>("people")?).unwrap_or(0))
}
