//! The rows of what is sealed: keys and CPR numbers.

use portner_audit_log::Database;
use portner_domain::PersonId;
use sqlx::{AnyConnection, Row};

use super::read;
use crate::Error;

pub async fn look_up_key(db: &Database, name: &str) -> Result<Option<String>, Error> {
    let row = sqlx::query("SELECT sealed FROM look_up_key WHERE name = $1")
        .bind(name)
        .fetch_optional(db.reader())
        .await?;
    row.map(|row| Ok(row.try_get("sealed")?)).transpose()
}

/// False if there is one.
pub async fn insert_look_up_key(conn: &mut AnyConnection, name: &str, sealed: &str) -> Result<bool, Error> {
    let done =
        sqlx::query("INSERT INTO look_up_key (name, sealed) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING")
            .bind(name)
            .bind(sealed)
            .execute(conn)
            .await?;
    Ok(done.rows_affected() == 1)
}

pub async fn person_key(conn: &mut AnyConnection, person: PersonId) -> Result<Option<String>, Error> {
    let row = sqlx::query("SELECT sealed FROM person_key WHERE person = $1")
        .bind(person.to_string())
        .fetch_optional(conn)
        .await?;
    row.map(|row| Ok(row.try_get("sealed")?)).transpose()
}

/// Nothing if there is one: two that begin at the same moment keep the same key.
pub async fn insert_person_key(
    conn: &mut AnyConnection,
    person: PersonId,
    sealed: &str,
) -> Result<(), Error> {
    sqlx::query("INSERT INTO person_key (person, sealed) VALUES ($1, $2) ON CONFLICT (person) DO NOTHING")
        .bind(person.to_string())
        .bind(sealed)
        .execute(conn)
        .await?;
    Ok(())
}

pub async fn cpr(conn: &mut AnyConnection, person: PersonId) -> Result<Option<String>, Error> {
    let row = sqlx::query("SELECT cpr FROM person WHERE id = $1")
        .bind(person.to_string())
        .fetch_optional(conn)
        .await?;
    Ok(row.map(|row| row.try_get("cpr")).transpose()?.flatten())
}

pub async fn cpr_index(conn: &mut AnyConnection, person: PersonId) -> Result<Option<String>, Error> {
    let row = sqlx::query("SELECT cpr_index FROM person WHERE id = $1")
        .bind(person.to_string())
        .fetch_optional(conn)
        .await?;
    Ok(row.map(|row| row.try_get("cpr_index")).transpose()?.flatten())
}

pub async fn person_by_index(conn: &mut AnyConnection, index: &str) -> Result<Option<PersonId>, Error> {
    let row =
        sqlx::query("SELECT id FROM person WHERE cpr_index = $1").bind(index).fetch_optional(conn).await?;
    row.map(|row| read(&row, "id")).transpose()
}

pub async fn set_cpr(
    conn: &mut AnyConnection,
    person: PersonId,
    sealed: &str,
    index: &str,
) -> Result<(), Error> {
    sqlx::query("UPDATE person SET cpr = $2, cpr_index = $3 WHERE id = $1")
        .bind(person.to_string())
        .bind(sealed)
        .bind(index)
        .execute(conn)
        .await?;
    Ok(())
}
