//! Sealing: committed events get their place in the log, and the tree over all of them is signed.
//!
//! One node seals at a time. The lease row says which; its lock, held until the sealing commits, is what makes it
//! so, and its expiry, which clocks may disagree on, only decides who tries. The tree's right edge is kept in that
//! row and believed only if its root is that of the newest signed checkpoint.

use std::future::Future;
use std::path::Path;
use std::pin::pin;

use portner_domain::{Millis, Moment};
use sqlx::{AnyConnection, AssertSqlSafe};

use crate::append::placeholders;
use crate::checkpoint_file::CheckpointFile;
use crate::note::{Checkpoint, NoteSigner, VerifierKey};
use crate::tree::{Frontier, Hash, leaf_hash};
use crate::{AuditLog, Error};

/// How many events one transaction seals: on SQLite, others wait to write for that long.
const SEAL_EVENTS_MAX: i64 = 500;
/// How many of them one statement writes.
const STATEMENT_EVENTS_MAX: usize = 100;
/// A node that has sealed keeps the task this long after its last sign of life.
const LEASE: Millis = Millis::seconds(5);
/// How far ahead the clock of the node that seals may be.
const CLOCKS_APART: Millis = Millis::minutes(1);
/// After a commit the sealer waits this long for more, so that a checkpoint covers many events.
const GATHERING: Millis = Millis(250);
/// How often it looks for events that another process committed.
const LOOKING: Millis = Millis(500);
const _: () = assert!(GATHERING.0 + LOOKING.0 < 1_000, "an event waits less than a second");

/// What a node needs to seal.
pub struct Sealer {
    node: String,
    signer: NoteSigner,
    keys: Vec<VerifierKey>,
    file: CheckpointFile,
}

/// What came of an attempt to seal.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Sealed {
    /// Nothing waits.
    Nothing,
    /// Another node has the task.
    ByAnother,
    /// So many events, and the log now has this size.
    Events {
        /// Sealed now.
        count: u64,
        /// In the log altogether.
        size: u64,
    },
}

impl Sealer {
    /// For the node of this name, signing with `signer`, trusting checkpoints by it and by the `retired` keys before
    /// it, and remembering checkpoints in `file`, which should lie where whoever administers the database can't write.
    pub fn new(node: &str, signer: NoteSigner, retired: &[VerifierKey], file: &Path) -> Result<Self, Error> {
        let keys = [std::slice::from_ref(signer.key()), retired].concat();
        let file = CheckpointFile::open(file, &keys)?;
        Ok(Self { node: node.to_owned(), signer, keys, file })
    }

    /// The keys a verifier must trust.
    pub fn keys(&self) -> &[VerifierKey] {
        &self.keys
    }
}

/// Seal until `stop`, and what is left then. Failures are logged and tried again: events wait, none is lost.
pub async fn run_sealer(log: AuditLog, sealer: Sealer, stop: impl Future<Output = ()>) {
    let mut stop = pin!(stop);
    let mut stopped = false;
    while !stopped {
        let look = async {
            drop(tokio::time::timeout(LOOKING.as_duration(), log.node().committed.notified()).await);
            tokio::time::sleep(GATHERING.as_duration()).await;
        };
        stopped = tokio::select! { () = &mut stop => true, () = look => false };
        if let Err(error) = seal_all(&log, &sealer).await {
            tracing::error!(error = &error as &dyn std::error::Error, "the audit log can't be sealed");
        }
    }
}

async fn seal_all(log: &AuditLog, sealer: &Sealer) -> Result<(), Error> {
    while let Sealed::Events { count, size } = log.seal_once(sealer).await? {
        tracing::debug!(count, size, "sealed");
    }
    log.index_own_events().await
}

impl AuditLog {
    /// Note whom the sealed events are about, up to the last of them: [`crate::own`].
    pub async fn index_own_events(&self) -> Result<(), Error> {
        while crate::own::index_some(self.database()).await? > 0 {}
        Ok(())
    }

    /// Seal what waits, up to a limit that keeps other writers from waiting long.
    pub async fn seal_once(&self, sealer: &Sealer) -> Result<Sealed, Error> {
        let waiting: Option<String> = sqlx::query_scalar("SELECT id FROM audit_pending LIMIT 1")
            .fetch_optional(self.database().reader())
            .await?;
        if waiting.is_none() {
            return Ok(Sealed::Nothing);
        }
        let mut tx = self.database().begin().await?;
        let Some(edge) = take_lease(&mut tx, &sealer.node, self.now()).await? else {
            return Ok(Sealed::ByAnother);
        };
        sealer.believe(&mut tx, &edge).await?;
        let leaves = take_pending(&mut tx).await?;
        let count = leaves.len() as u64;
        if count == 0 {
            return Ok(Sealed::Nothing);
        }
        let (note, checkpoint) = seal(&mut tx, edge, &leaves, &sealer.signer).await?;
        tx.commit().await?;
        let size = checkpoint.size;
        sealer.file.append(&note, checkpoint).await?;
        Ok(Sealed::Events { count, size })
    }
}

impl Sealer {
    /// Refuse to build on a tree that is not the one last signed, or that is shorter than one we remember.
    async fn believe(&self, connection: &mut AnyConnection, edge: &Edge) -> Result<(), Error> {
        let newest: Option<String> =
            sqlx::query_scalar("SELECT note FROM audit_checkpoint ORDER BY number DESC LIMIT 1")
                .fetch_optional(connection)
                .await?;
        let signed = newest.map(|note| Checkpoint::open(&note, &self.keys)).transpose();
        let signed = signed.map_err(|_| Error::Tampered("no known key signed its last checkpoint"))?;
        let (size, root) = (edge.tree.size(), edge.tree.root());
        let as_signed = signed.map_or(size == 0, |signed| (signed.size, signed.root) == (size, root));
        let as_remembered = self.file.newest().await.is_none_or(|remembered| {
            remembered.size < size || (remembered.size, remembered.root) == (size, root)
        });
        match (as_signed, as_remembered) {
            (true, true) => Ok(()),
            (false, _) => Err(Error::Tampered("its last state is not the one last signed")),
            (true, false) => Err(Error::Tampered(
                "it is shorter than the checkpoint file remembers, or another log; \
                 after restoring a backup, verify and move that file aside",
            )),
        }
    }
}

/// The right edge of the log.
struct Edge {
    checkpoints: i64,
    tree: Frontier,
}

async fn take_lease(connection: &mut AnyConnection, node: &str, now: Moment) -> Result<Option<Edge>, Error> {
    let row: Option<(i64, i64, String)> = sqlx::query_as(
        "UPDATE audit_sealer SET holder = $1, expires = $2 \
         WHERE name = 'sealer' AND (holder = $1 OR expires <= $3 OR expires > $4) \
         RETURNING checkpoints, size, frontier",
    )
    .bind(node)
    .bind(now.plus(LEASE).0)
    .bind(now.0)
    // No node takes the task for so long: somebody wrote that to keep the log from being sealed.
    .bind(now.plus(LEASE).plus(CLOCKS_APART).0)
    .fetch_optional(connection)
    .await?;
    let Some((checkpoints, size, frontier)) = row else { return Ok(None) };
    let peaks: Result<Vec<Hash>, _> = frontier.split_whitespace().map(str::parse).collect();
    let unreadable = || Error::Tampered("its frontier can't be read");
    let size = u64::try_from(size).map_err(|_| unreadable())?;
    let tree = Frontier::from_peaks(size, peaks.map_err(|_| unreadable())?).ok_or_else(unreadable)?;
    Ok(Some(Edge { checkpoints, tree }))
}

struct Leaf {
    id: String,
    body: String,
    hash: Hash,
}

/// What waits, in ascending order within a checkpoint: [`crate::verify`] holds us to it. Sorted again here
/// because a PostgreSQL database may collate otherwise, such as "aa" after "z" in Danish.
async fn take_pending(connection: &mut AnyConnection) -> Result<Vec<Leaf>, Error> {
    let mut rows: Vec<(String, String)> =
        sqlx::query_as("SELECT id, body FROM audit_pending ORDER BY id LIMIT $1")
            .bind(SEAL_EVENTS_MAX)
            .fetch_all(connection)
            .await?;
    rows.sort_unstable();
    Ok(rows.into_iter().map(|(id, body)| Leaf { id, hash: leaf_hash(body.as_bytes()), body }).collect())
}

async fn seal(
    connection: &mut AnyConnection,
    mut edge: Edge,
    leaves: &[Leaf],
    signer: &NoteSigner,
) -> Result<(String, Checkpoint), Error> {
    let first = as_bigint(edge.tree.size())?;
    insert_events(connection, first, leaves).await?;
    // By name, not by range: an event with a smaller identifier may have been committed meanwhile.
    sqlx::query("DELETE FROM audit_pending WHERE id IN (SELECT id FROM audit_event WHERE seq >= $1)")
        .bind(first)
        .execute(&mut *connection)
        .await?;
    leaves.iter().for_each(|leaf| edge.tree.push(leaf.hash));
    let (size, root) = (edge.tree.size(), edge.tree.root());
    let note = Checkpoint::sign(size, root, signer);
    sqlx::query("INSERT INTO audit_checkpoint (number, size, note) VALUES ($1, $2, $3)")
        .bind(edge.checkpoints)
        .bind(as_bigint(size)?)
        .bind(note.as_str())
        .execute(&mut *connection)
        .await?;
    let peaks: Vec<String> = edge.tree.peaks().iter().map(Hash::to_string).collect();
    sqlx::query("UPDATE audit_sealer SET checkpoints = $1, size = $2, frontier = $3 WHERE name = 'sealer'")
        .bind(edge.checkpoints + 1)
        .bind(as_bigint(size)?)
        .bind(peaks.join(" "))
        .execute(connection)
        .await?;
    Ok((note, Checkpoint { origin: signer.key().name().to_owned(), size, root }))
}

async fn insert_events(connection: &mut AnyConnection, first: i64, leaves: &[Leaf]) -> Result<(), Error> {
    let mut seq = first;
    for some in leaves.chunks(STATEMENT_EVENTS_MAX) {
        let rows = placeholders(some.len(), 4);
        let sql = format!("INSERT INTO audit_event (seq, id, body, leaf_hash) VALUES {rows}");
        let mut statement =
            sqlx::query(AssertSqlSafe(sql)).persistent(matches!(some.len(), 1 | STATEMENT_EVENTS_MAX));
        for leaf in some {
            statement = statement
                .bind(seq)
                .bind(leaf.id.as_str())
                .bind(leaf.body.as_str())
                .bind(leaf.hash.to_string());
            seq += 1;
        }
        statement.execute(&mut *connection).await?;
    }
    Ok(())
}

/// A size as a column holds it.
pub(crate) fn as_bigint(size: u64) -> Result<i64, Error> {
    i64::try_from(size).map_err(|_| Error::Stored("size"))
}

#[cfg(test)]
mod tests;
