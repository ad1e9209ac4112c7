//! The rows of runs of feeds.

use portner_audit_log::Database;
use portner_domain::{FeedRunId, Moment, ProposalId};
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, AssertSqlSafe, Row};

use super::{moment, read, read_optional};
use crate::Error;
use crate::feed::run::{Counts, Run, RunState};

const RUN: &str = "r.id, r.feed, r.digest, r.state, r.started_at, r.finished_at, r.records, r.registered, r.changed, \
     r.locked, r.lifted, r.ended, r.failed, r.losing, r.plan, r.error_file, r.proposal, w.decision \
     FROM feed_run r LEFT JOIN proposal w ON w.id = r.proposal";

pub async fn insert(conn: &mut AnyConnection, run: &Run) -> Result<(), Error> {
    sqlx::query(
        "INSERT INTO feed_run (id, feed, digest, state, started_at, finished_at, records, registered, changed, \
         locked, lifted, ended, failed, losing, plan, error_file, proposal) \
         VALUES ($1, $2, $3, $4, $5, $6, 0, 0, 0, 0, 0, 0, 0, $7, $8, $9, $10)",
    )
    .bind(run.id.to_string())
    .bind(&run.feed)
    .bind(&run.digest)
    .bind(run.state.word())
    .bind(run.started.0)
    .bind(run.finished.map(|at| at.0))
    .bind(whole(run.losing))
    .bind(&run.plan)
    .bind(run.error_file.as_deref())
    .bind(run.proposal.map(|id| id.to_string()))
    .execute(conn)
    .await?;
    Ok(())
}

pub async fn set_state(
    conn: &mut AnyConnection,
    id: FeedRunId,
    state: RunState,
    finished: Option<Moment>,
) -> Result<(), Error> {
    sqlx::query("UPDATE feed_run SET state = $2, finished_at = $3 WHERE id = $1")
        .bind(id.to_string())
        .bind(state.word())
        .bind(finished.map(|at| at.0))
        .execute(conn)
        .await?;
    Ok(())
}

pub async fn set_counts(conn: &mut AnyConnection, id: FeedRunId, counts: &Counts) -> Result<(), Error> {
    sqlx::query(
        "UPDATE feed_run SET records = $2, registered = $3, changed = $4, locked = $5, lifted = $6, ended = $7, \
         failed = $8 WHERE id = $1",
    )
    .bind(id.to_string())
    .bind(whole(counts.records))
    .bind(whole(counts.registered))
    .bind(whole(counts.changed))
    .bind(whole(counts.locked))
    .bind(whole(counts.lifted))
    .bind(whole(counts.ended))
    .bind(whole(counts.failed))
    .execute(conn)
    .await?;
    Ok(())
}

/// Those of a feed that have not come to an end, newest first.
pub async fn open_runs(db: &Database, feed: &str) -> Result<Vec<Run>, Error> {
    let sql = format!(
        "SELECT {RUN} WHERE r.feed = $1 AND r.state IN ('held', 'running') ORDER BY r.started_at DESC, r.id DESC"
    );
    let rows = sqlx::query(AssertSqlSafe(sql)).bind(feed).fetch_all(db.reader()).await?;
    rows.iter().map(read_run).collect()
}

pub async fn run(db: &Database, id: FeedRunId) -> Result<Option<Run>, Error> {
    let sql = format!("SELECT {RUN} WHERE r.id = $1");
    let row = sqlx::query(AssertSqlSafe(sql)).bind(id.to_string()).fetch_optional(db.reader()).await?;
    row.as_ref().map(read_run).transpose()
}

/// Newest first.
pub async fn last_runs(db: &Database, most: u32) -> Result<Vec<Run>, Error> {
    let sql = format!("SELECT {RUN} ORDER BY r.started_at DESC, r.id DESC LIMIT $1");
    let rows = sqlx::query(AssertSqlSafe(sql)).bind(i64::from(most)).fetch_all(db.reader()).await?;
    rows.iter().map(read_run).collect()
}

fn read_run(row: &AnyRow) -> Result<Run, Error> {
    let number = |column: &str| -> Result<u64, Error> {
        Ok(u64::try_from(row.try_get::<i64, _>(column)?).unwrap_or(0))
    };
    let decision: Option<String> = row.try_get("decision")?;
    Ok(Run {
        id: read(row, "id")?,
        feed: row.try_get("feed")?,
        digest: row.try_get("digest")?,
        state: read(row, "state")?,
        started: Moment(row.try_get("started_at")?),
        finished: moment(row, "finished_at")?,
        counts: Counts {
            records: number("records")?,
            registered: number("registered")?,
            changed: number("changed")?,
            locked: number("locked")?,
            lifted: number("lifted")?,
            ended: number("ended")?,
            failed: number("failed")?,
        },
        losing: number("losing")?,
        plan: row.try_get("plan")?,
        error_file: row.try_get("error_file")?,
        proposal: read_optional::<ProposalId>(row, "proposal")?,
        is_approved: decision.as_deref() == Some("agreed"),
    })
}

fn whole(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
