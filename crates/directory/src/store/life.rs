//! The rows of identities' lives: states, locks, ends.

use portner_audit_log::Database;
use portner_domain::life::{Admission, Lock, Locker, State, Validity};
use portner_domain::{IdentityId, Moment, PersonId};
use sqlx::{AnyConnection, Row};

use super::read;
use crate::Error;

/// Take the identity's row for this transaction, and count the change. False if there is no such identity.
pub async fn touch(conn: &mut AnyConnection, id: IdentityId, now: Moment) -> Result<bool, Error> {
    let done = sqlx::query("UPDATE identity SET version = version + 1, changed_at = $2 WHERE id = $1")
        .bind(id.to_string())
        .bind(now.0)
        .execute(conn)
        .await?;
    Ok(done.rows_affected() == 1)
}

pub async fn state(conn: &mut AnyConnection, id: IdentityId) -> Result<State, Error> {
    let row =
        sqlx::query("SELECT state FROM identity WHERE id = $1").bind(id.to_string()).fetch_one(conn).await?;
    read(&row, "state")
}

pub async fn set_state(conn: &mut AnyConnection, id: IdentityId, state: State) -> Result<(), Error> {
    sqlx::query("UPDATE identity SET state = $2 WHERE id = $1")
        .bind(id.to_string())
        .bind(state.word())
        .execute(conn)
        .await?;
    Ok(())
}

/// False if that party has a lock on it already.
pub async fn insert_lock(
    conn: &mut AnyConnection,
    id: IdentityId,
    locker: Locker,
    why: &str,
    now: Moment,
) -> Result<bool, Error> {
    let done = sqlx::query(
        "INSERT INTO identity_lock (identity, locker, why, at) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (identity, locker) DO NOTHING",
    )
    .bind(id.to_string())
    .bind(locker.word())
    .bind(why)
    .bind(now.0)
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Oldest first.
pub async fn locks(conn: &mut AnyConnection, id: IdentityId) -> Result<Vec<Lock>, Error> {
    let rows =
        sqlx::query("SELECT locker, why, at FROM identity_lock WHERE identity = $1 ORDER BY at, locker")
            .bind(id.to_string())
            .fetch_all(conn)
            .await?;
    let lock = |row| {
        Ok(Lock { locker: read(row, "locker")?, why: row.try_get("why")?, at: Moment(row.try_get("at")?) })
    };
    rows.iter().map(lock).collect()
}

pub async fn delete_lock(conn: &mut AnyConnection, id: IdentityId, locker: Locker) -> Result<(), Error> {
    sqlx::query("DELETE FROM identity_lock WHERE identity = $1 AND locker = $2")
        .bind(id.to_string())
        .bind(locker.word())
        .execute(conn)
        .await?;
    Ok(())
}

/// When the person was last proofed by something that was not withdrawn.
pub async fn last_proofed(conn: &mut AnyConnection, id: IdentityId) -> Result<Option<Moment>, Error> {
    let row = sqlx::query(
        "SELECT MAX(f.at) AS at FROM proofing f JOIN identity i ON i.person = f.person \
         WHERE i.id = $1 AND f.withdrawn_at IS NULL",
    )
    .bind(id.to_string())
    .fetch_one(conn)
    .await?;
    Ok(row.try_get::<Option<i64>, _>("at")?.map(Moment))
}

pub async fn admission(conn: &mut AnyConnection, id: IdentityId) -> Result<Admission, Error> {
    let row = sqlx::query("SELECT admission FROM identity WHERE id = $1")
        .bind(id.to_string())
        .fetch_one(conn)
        .await?;
    read(&row, "admission")
}

pub async fn set_admission(
    conn: &mut AnyConnection,
    id: IdentityId,
    admission: Admission,
) -> Result<(), Error> {
    sqlx::query("UPDATE identity SET admission = $2 WHERE id = $1")
        .bind(id.to_string())
        .bind(admission.word())
        .execute(conn)
        .await?;
    Ok(())
}

pub async fn set_validity(conn: &mut AnyConnection, id: IdentityId, validity: Validity) -> Result<(), Error> {
    sqlx::query("UPDATE identity SET valid_from = $2, valid_until = $3 WHERE id = $1")
        .bind(id.to_string())
        .bind(validity.from.map(|at| at.0))
        .bind(validity.until.map(|at| at.0))
        .execute(conn)
        .await?;
    Ok(())
}

/// Locks are kept: who comes back has those that others than the employer set.
pub async fn end(conn: &mut AnyConnection, id: IdentityId, now: Moment) -> Result<(), Error> {
    sqlx::query("UPDATE identity SET state = 'ended', ended_at = $2, sessions_ended = $2 WHERE id = $1")
        .bind(id.to_string())
        .bind(now.0)
        .execute(&mut *conn)
        .await?;
    take_all(conn, id).await?;
    sqlx::query("DELETE FROM identity_lock WHERE identity = $1 AND locker IN ('source', 'support')")
        .bind(id.to_string())
        .execute(&mut *conn)
        .await?;
    Ok(())
}

/// Roles, groups and rights.
async fn take_all(conn: &mut AnyConnection, id: IdentityId) -> Result<(), Error> {
    for sql in [
        "DELETE FROM role_held WHERE identity = $1",
        "DELETE FROM group_member WHERE identity = $1",
        "DELETE FROM right_held WHERE identity = $1",
    ] {
        sqlx::query(sql).bind(id.to_string()).execute(&mut *conn).await?;
    }
    Ok(())
}

pub async fn resume(conn: &mut AnyConnection, id: IdentityId) -> Result<(), Error> {
    sqlx::query(
        "UPDATE identity SET ended_at = NULL, valid_until = NULL, state = \
         CASE WHEN EXISTS (SELECT 1 FROM identity_lock l WHERE l.identity = $1) THEN 'locked' ELSE 'active' END \
         WHERE id = $1",
    )
    .bind(id.to_string())
    .execute(&mut *conn)
    .await?;
    // Whatever came to it after the end: whoever is back begins with nothing.
    take_all(conn, id).await
}

/// The user name is free again; what stands in its place says nothing.
pub async fn erase(conn: &mut AnyConnection, id: IdentityId) -> Result<(), Error> {
    sqlx::query(
        "UPDATE identity SET state = 'erased', user_name = 'erased-' || id, email = NULL, title = NULL, \
         unit = NULL, unit_words = '', production_unit = NULL, source = NULL, source_key = NULL, \
         sort_name = '', words = '' WHERE id = $1",
    )
    .bind(id.to_string())
    .execute(&mut *conn)
    .await?;
    for sql in [
        "DELETE FROM scim_user WHERE identity = $1",
        "DELETE FROM scim_loss WHERE identity = $1",
        "UPDATE identity_lock SET why = '' WHERE identity = $1",
        "UPDATE proposal SET why = '' WHERE about_person = (SELECT person FROM identity WHERE id = $1)",
    ] {
        sqlx::query(sql).bind(id.to_string()).execute(&mut *conn).await?;
    }
    Ok(())
}

pub async fn person_of(conn: &mut AnyConnection, id: IdentityId) -> Result<PersonId, Error> {
    let row =
        sqlx::query("SELECT person FROM identity WHERE id = $1").bind(id.to_string()).fetch_one(conn).await?;
    read(&row, "person")
}

/// How many of a person's identities are not erased.
pub async fn identities_left(conn: &mut AnyConnection, person: PersonId) -> Result<i64, Error> {
    let row =
        sqlx::query("SELECT COUNT(*) AS left_over FROM identity WHERE person = $1 AND state <> 'erased'")
            .bind(person.to_string())
            .fetch_one(conn)
            .await?;
    Ok(row.try_get("left_over")?)
}

pub async fn erase_person(conn: &mut AnyConnection, person: PersonId) -> Result<(), Error> {
    for sql in [
        "UPDATE person SET first_name = '', last_name = '', known_as = NULL, cpr = NULL, cpr_index = NULL WHERE id = $1",
        "DELETE FROM paper_shown WHERE proofing IN (SELECT id FROM proofing WHERE person = $1)",
        "DELETE FROM meeting WHERE proofing IN (SELECT id FROM proofing WHERE person = $1)",
        "DELETE FROM person_key WHERE person = $1",
    ] {
        sqlx::query(sql).bind(person.to_string()).execute(&mut *conn).await?;
    }
    Ok(())
}

pub async fn overdue(db: &Database, now: Moment, most: u32) -> Result<Vec<IdentityId>, Error> {
    let rows = sqlx::query(
        "SELECT id FROM identity WHERE valid_until <= $1 AND state IN ('active', 'locked') ORDER BY valid_until LIMIT $2",
    )
    .bind(now.0)
    .bind(i64::from(most))
    .fetch_all(db.reader())
    .await?;
    rows.iter().map(|row| read(row, "id")).collect()
}

pub async fn is_overdue(conn: &mut AnyConnection, id: IdentityId, until: Moment) -> Result<bool, Error> {
    let row = sqlx::query("SELECT id FROM identity WHERE id = $1 AND valid_until <= $2")
        .bind(id.to_string())
        .bind(until.0)
        .fetch_optional(conn)
        .await?;
    Ok(row.is_some())
}
