//! Group commit: all events that wait go to the disk together, at the price of one flush.

use std::fmt::Write as _;
use std::sync::Arc;

use sqlx::{AnyConnection, AssertSqlSafe};
use tokio::sync::{mpsc, oneshot};

use crate::gather::receive_group;
use crate::log::Node;
use crate::{Error, EventId};

/// How many events may wait to be written, about a second's worth at full load.
pub const QUEUE_EVENTS_MAX: usize = 4_096;

/// How many events one statement writes. Two parameters each; SQLite takes 32,766.
const STATEMENT_EVENTS_MAX: usize = 256;

/// Statements for up to so many are kept prepared. A connection keeps a hundred statements in all.
const PREPARED_EVENTS_MAX: usize = 64;

/// An event ready to be written.
pub(crate) struct Pending {
    pub(crate) id: EventId,
    pub(crate) body: String,
}

/// … and the one who waits for it to be durable.
pub(crate) struct Waiting {
    pub(crate) pending: Pending,
    pub(crate) answer: oneshot::Sender<Result<(), Error>>,
}

/// Write what waits until no handle is left. While a flush is under way the next group gathers.
pub(crate) async fn run(node: Arc<Node>, mut queue: mpsc::Receiver<Waiting>) {
    let mut group = Vec::with_capacity(STATEMENT_EVENTS_MAX);
    while receive_group(&mut queue, &mut group, STATEMENT_EVENTS_MAX).await {
        let (pending, answers): (Vec<_>, Vec<_>) =
            group.drain(..).map(|waiting: Waiting| (waiting.pending, waiting.answer)).unzip();
        let written = write(&node, &pending).await;
        if let Err(error) = &written {
            tracing::error!(
                error = error as &dyn std::error::Error,
                count = pending.len(),
                "events not written"
            );
        }
        for answer in answers {
            // Whoever stopped waiting does not need to know.
            drop(answer.send(written.clone()));
        }
    }
}

async fn write(node: &Node, pending: &[Pending]) -> Result<(), Error> {
    // One statement is one transaction.
    insert(&mut *node.database.writer().acquire().await?, pending).await?;
    node.committed.notify_one();
    Ok(())
}

/// Insert the events where they wait for the sealer.
pub(crate) async fn insert(connection: &mut AnyConnection, pending: &[Pending]) -> Result<(), Error> {
    for some in pending.chunks(STATEMENT_EVENTS_MAX) {
        let sql = format!("INSERT INTO audit_pending (id, body) VALUES {}", placeholders(some.len(), 2));
        // Only the common forms are worth a place among the prepared statements.
        let mut statement = sqlx::query(AssertSqlSafe(sql)).persistent(some.len() <= PREPARED_EVENTS_MAX);
        for event in some {
            statement = statement.bind(event.id.to_string()).bind(event.body.as_str());
        }
        statement.execute(&mut *connection).await?;
    }
    Ok(())
}

/// `($1, $2), ($3, $4)`: so many rows of so many columns.
pub(crate) fn placeholders(rows: usize, columns: usize) -> String {
    let mut text = String::with_capacity(rows * columns * 6);
    for n in 0..rows * columns {
        let before = match (n, n % columns) {
            (0, _) => "(",
            (_, 0) => "), (",
            _ => ", ",
        };
        // Writing to a String can't fail.
        write!(text, "{before}${}", n + 1).unwrap_or_default();
    }
    text.push(')');
    text
}
