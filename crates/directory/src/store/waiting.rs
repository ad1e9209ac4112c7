//! The rows of meetings that wait for a second officer.

use portner_audit_log::Database;
use portner_domain::{Moment, PersonId};
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row};

use super::read;
use crate::Error;
use crate::waiting::WaitingMeeting;

pub async fn put(conn: &mut AnyConnection, meeting: &WaitingMeeting, sealed: &str) -> Result<(), Error> {
    sqlx::query(
        "INSERT INTO meeting_waiting (person, identity, officer, officer_person, officer_level, at, sealed) \
         VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (person) DO UPDATE SET identity = excluded.identity, \
         officer = excluded.officer, officer_person = excluded.officer_person, \
         officer_level = excluded.officer_level, at = excluded.at, sealed = excluded.sealed",
    )
    .bind(meeting.person.to_string())
    .bind(meeting.identity.to_string())
    .bind(meeting.officer.to_string())
    .bind(meeting.officer_person.to_string())
    .bind(meeting.officer_level.word())
    .bind(meeting.at.0)
    .bind(sealed)
    .execute(conn)
    .await?;
    Ok(())
}

pub async fn all(db: &Database) -> Result<Vec<(WaitingMeeting, String)>, Error> {
    let rows =
        sqlx::query("SELECT * FROM meeting_waiting ORDER BY at, person").fetch_all(db.reader()).await?;
    rows.iter().map(meeting).collect()
}

pub async fn of(db: &Database, person: PersonId) -> Result<Option<(WaitingMeeting, String)>, Error> {
    let row = sqlx::query("SELECT * FROM meeting_waiting WHERE person = $1")
        .bind(person.to_string())
        .fetch_optional(db.reader())
        .await?;
    row.as_ref().map(meeting).transpose()
}

/// False if that one waits no more.
pub async fn take(conn: &mut AnyConnection, person: PersonId, at: Moment) -> Result<bool, Error> {
    let done = sqlx::query("DELETE FROM meeting_waiting WHERE person = $1 AND at = $2")
        .bind(person.to_string())
        .bind(at.0)
        .execute(conn)
        .await?;
    Ok(done.rows_affected() == 1)
}

fn meeting(row: &AnyRow) -> Result<(WaitingMeeting, String), Error> {
    let meeting = WaitingMeeting {
        person: read(row, "person")?,
        identity: read(row, "identity")?,
        officer: read(row, "officer")?,
        officer_person: read(row, "officer_person")?,
        officer_level: read(row, "officer_level")?,
        at: Moment(row.try_get("at")?),
    };
    Ok((meeting, row.try_get("sealed")?))
}

/// None waits with this person any more.
pub async fn forget(conn: &mut AnyConnection, person: PersonId) -> Result<(), Error> {
    sqlx::query("DELETE FROM meeting_waiting WHERE person = $1")
        .bind(person.to_string())
        .execute(conn)
        .await?;
    Ok(())
}
