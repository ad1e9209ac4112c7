//! The statements behind the words of letters.

use portner_audit_log::Database;
use portner_domain::Moment;
use portner_domain::letter::{BothWords, LetterKind, Words};
use sqlx::{AnyConnection, Row};

use super::read;
use crate::{Error, KeptWording};

pub async fn wording(db: &Database, kind: LetterKind) -> Result<Option<KeptWording>, Error> {
    let row = sqlx::query(
        "SELECT danish_subject, danish, english_subject, english, worded_at FROM letter_wording WHERE letter = $1",
    )
    .bind(kind.word())
    .fetch_optional(db.reader())
    .await?;
    let Some(row) = row else { return Ok(None) };
    let words = BothWords {
        danish: Words { subject: row.try_get("danish_subject")?, text: row.try_get("danish")? },
        english: Words { subject: row.try_get("english_subject")?, text: row.try_get("english")? },
    };
    Ok(Some(KeptWording { words, at: Moment(row.try_get("worded_at")?) }))
}

pub async fn worded(db: &Database) -> Result<Vec<(LetterKind, Moment)>, Error> {
    let rows = sqlx::query("SELECT letter, worded_at FROM letter_wording").fetch_all(db.reader()).await?;
    rows.iter().map(|row| Ok((read(row, "letter")?, Moment(row.try_get("worded_at")?)))).collect()
}

/// False if they are no more those that were seen.
pub async fn put(
    conn: &mut AnyConnection,
    (kind, BothWords { danish, english }): (LetterKind, &BothWords),
    seen: Option<Moment>,
    now: Moment,
) -> Result<bool, Error> {
    let sql = match seen {
        None => {
            "INSERT INTO letter_wording (letter, danish_subject, danish, english_subject, english, worded_at) \
             VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (letter) DO NOTHING"
        }
        Some(_) => {
            "UPDATE letter_wording SET danish_subject = $2, danish = $3, english_subject = $4, english = $5, \
             worded_at = $6 WHERE letter = $1 AND worded_at = $7"
        }
    };
    let statement = sqlx::query(sql)
        .bind(kind.word())
        .bind(&danish.subject)
        .bind(&danish.text)
        .bind(&english.subject)
        .bind(&english.text)
        .bind(now.0);
    let statement = match seen {
        None => statement,
        Some(at) => statement.bind(at.0),
    };
    let done = statement.execute(conn).await?;
    Ok(done.rows_affected() == 1)
}

/// The same of a letter that has Portner's own from now on.
pub async fn remove(conn: &mut AnyConnection, kind: LetterKind, seen: Moment) -> Result<bool, Error> {
    let done = sqlx::query("DELETE FROM letter_wording WHERE letter = $1 AND worded_at = $2")
        .bind(kind.word())
        .bind(seen.0)
        .execute(conn)
        .await?;
    Ok(done.rows_affected() == 1)
}
