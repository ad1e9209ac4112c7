//! The rows of what was shown at proofings.

use portner_audit_log::Database;
use portner_domain::{IdentityId, PersonId, ProofingId};
use sqlx::{AnyConnection, Row};

use super::read;
use crate::Error;

pub async fn insert(
    conn: &mut AnyConnection,
    proofing: ProofingId,
    (officer, second): (IdentityId, Option<PersonId>),
    sealed: &str,
) -> Result<(), Error> {
    sqlx::query("INSERT INTO meeting (proofing, officer, second_officer, sealed) VALUES ($1, $2, $3, $4)")
        .bind(proofing.to_string())
        .bind(officer.to_string())
        .bind(second.map(|second| second.to_string()))
        .bind(sealed)
        .execute(conn)
        .await?;
    Ok(())
}

pub async fn sealed(db: &Database, proofing: ProofingId) -> Result<Option<String>, Error> {
    let row = sqlx::query("SELECT sealed FROM meeting WHERE proofing = $1")
        .bind(proofing.to_string())
        .fetch_optional(db.reader())
        .await?;
    row.map(|row| Ok(row.try_get("sealed")?)).transpose()
}

pub async fn shown_by_others(
    conn: &mut AnyConnection,
    index: &str,
    person: PersonId,
) -> Result<Vec<PersonId>, Error> {
    let rows = sqlx::query(
        "SELECT DISTINCT f.person FROM paper_shown s JOIN proofing f ON f.id = s.proofing \
         WHERE s.paper_index = $1 AND f.person <> $2",
    )
    .bind(index)
    .bind(person.to_string())
    .fetch_all(conn)
    .await?;
    rows.iter().map(|row| read(row, "person")).collect()
}

pub async fn insert_paper(conn: &mut AnyConnection, index: &str, proofing: ProofingId) -> Result<(), Error> {
    sqlx::query(
        "INSERT INTO paper_shown (paper_index, proofing) VALUES ($1, $2) ON CONFLICT (paper_index, proofing) DO NOTHING",
    )
    .bind(index)
    .bind(proofing.to_string())
    .execute(conn)
    .await?;
    Ok(())
}
