//! Was anything in the log altered, removed, reordered or cut off? Reads all of it and trusts only the keys.
//!
//! Every leaf is hashed again from its bytes, every checkpoint's signature and root checked, and the checkpoints
//! remembered outside the database compared. Memory does not grow with the log.

use std::path::Path;

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use serde_json::Value;
use sqlx::AnyPool;

use crate::checkpoint_file::{self, Notes};
use crate::note::{Checkpoint, VerifierKey};
use crate::recorded::canonical;
use crate::tree::{Frontier, Hash, leaf_hash};
use crate::{Database, Error};

/// How many events are read at a time.
const PAGE_EVENTS: usize = 1_000;
/// How many checkpoints are read at a time.
const PAGE_CHECKPOINTS: i64 = 500;
/// How many pages of events are read and hashed side by side.
const PAGES_AT_ONCE: usize = 4;

/// The answer.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Verdict {
    /// Everything is as it was sealed.
    Sound(Verified),
    /// The first thing that is not.
    Unsound(Finding),
}

/// What was found to be as it was sealed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Verified {
    /// Events in the log.
    pub events: u64,
    /// The root over them.
    pub root: Hash,
    /// Checkpoints in the database.
    pub checkpoints: u64,
    /// Checkpoints in the file outside.
    pub remembered: u64,
    /// Events that wait to be sealed, which nothing can be said of yet.
    pub unsealed: u64,
}

/// The first event that does not fit, and why.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("event {seq}{}: {flaw}", .id.as_ref().map(|id| format!(" ({id})")).unwrap_or_default())]
pub struct Finding {
    /// Its place in the log.
    pub seq: i64,
    /// Its identifier, as far as it is there to be read.
    pub id: Option<String>,
    /// What is wrong.
    pub flaw: Flaw,
}

/// What can be wrong with a log.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Flaw {
    /// Body and leaf hash are of different events.
    #[error("its bytes are not those that were sealed")]
    Altered,
    /// The body was sealed elsewhere in the log.
    #[error("it stands in another event's place")]
    Reordered,
    /// There is a gap.
    #[error("it is missing")]
    Missing,
    /// Later events or checkpoints are gone.
    #[error("it and all after it are missing: a checkpoint covers {size} events")]
    Truncated {
        /// How many there were.
        size: u64,
    },
    /// Bytes and their hash were replaced together.
    #[error("it, or one up to event {last}, is not what the checkpoint after them covers")]
    Replaced {
        /// The last it may be.
        last: u64,
    },
    /// Events were added without being sealed, or their checkpoints removed.
    #[error("no checkpoint covers it")]
    Unsigned,
    /// A checkpoint in between is gone, or there is one too many.
    #[error("the checkpoint numbered {number} that follows is missing or out of order")]
    CheckpointMissing {
        /// Which.
        number: u64,
    },
    /// A checkpoint no key of ours signed, or that is not what its row says.
    #[error("the checkpoint over {size} events that covers it is not signed by a known key")]
    CheckpointForged {
        /// Which.
        size: u64,
    },
    /// The file outside the database remembers another log.
    #[error("it, or one before it, is not what the checkpoint file remembers of the first {size} events")]
    NotAsRemembered {
        /// Which checkpoint.
        size: u64,
    },
}

/// Verify the log, and against the checkpoint file if there is one. May run beside a log that grows.
pub async fn verify(
    database: &Database,
    keys: &[VerifierKey],
    file: Option<&Path>,
) -> Result<Verdict, Error> {
    // The file first and the database then: what is sealed meanwhile is in neither.
    let remembered = Remembered { notes: file.map(checkpoint_file::notes).transpose()?, keys };
    match walk(database.reader(), keys, remembered).await {
        Ok(verified) => Ok(Verdict::Sound(verified)),
        Err(Stop::Found(finding)) => Ok(Verdict::Unsound(finding)),
        Err(Stop::Failed(error)) => Err(error),
    }
}

/// Why a walk through the log did not reach the end.
enum Stop {
    Found(Finding),
    Failed(Error),
}

impl From<Finding> for Stop {
    fn from(finding: Finding) -> Self {
        Self::Found(finding)
    }
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

impl From<sqlx::Error> for Stop {
    fn from(error: sqlx::Error) -> Self {
        Self::Failed(error.into())
    }
}

async fn walk(
    reader: &AnyPool,
    keys: &[VerifierKey],
    mut remembered: Remembered<'_>,
) -> Result<Verified, Stop> {
    let (checkpoints_end, events_end) = ends(reader).await?;
    let mut walk = Walk::new(keys);
    let mut signed = Signed { reader, after: -1, end: checkpoints_end, page: Vec::new().into_iter() };
    let (mut next_signed, mut next_remembered) = (signed.next().await?, remembered.next()?);

    let pages = stream::iter((0..=events_end.max(0)).step_by(PAGE_EVENTS));
    // Tasks of their own: a page that waited for us would hold a connection that we may be waiting for.
    let read = |start| {
        let page = tokio::spawn(page(reader.clone(), start, events_end));
        async move { page.await.map_err(|_| Stop::Failed(Error::Stopped))? }
    };
    let mut pages = std::pin::pin!(pages.map(read).buffered(PAGES_AT_ONCE));
    while let Some(Page { last, events }) = pages.try_next().await? {
        for event in events {
            if let Err(finding) = walk.event(&event) {
                return Err(elsewhere(reader, finding, &event).await?.into());
            }
            while let Some(row) = next_signed.take_if(|row| walk.has(row.size)) {
                walk.checkpoint(&row)?;
                next_signed = signed.next().await?;
            }
            while let Some(known) = next_remembered.take_if(|known| walk.has(known.size)) {
                walk.compare(&known)?;
                next_remembered = remembered.next()?;
            }
        }
        walk.page_end(last)?;
    }
    walk.end(next_signed.map(|row| row.size).max(next_remembered.map(|known| known.size)))?;
    let unsealed: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM audit_pending").fetch_one(reader).await?;
    Ok(walk.verified(u64::try_from(unsealed).unwrap_or(0)))
}

/// The numbers of the last checkpoint and the last event, read at once; -1 if there is none.
async fn ends(reader: &AnyPool) -> Result<(i64, i64), sqlx::Error> {
    sqlx::query_as(
        "SELECT COALESCE((SELECT MAX(number) FROM audit_checkpoint), -1), \
                COALESCE((SELECT MAX(seq) FROM audit_event), -1)",
    )
    .fetch_one(reader)
    .await
}

/// The events of a page, inspected aside from whoever else runs here. Places are gap-free, so a page needs not
/// wait for the one before; whatever stands before the first place is in the first page.
async fn page(reader: AnyPool, start: i64, events_end: i64) -> Result<Page, Stop> {
    let last = start.saturating_add(PAGE_EVENTS as i64 - 1).min(events_end);
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT seq, id, body, leaf_hash FROM audit_event WHERE seq >= $1 AND seq <= $2 ORDER BY seq",
    )
    .bind(if start == 0 { i64::MIN } else { start })
    .bind(last)
    .fetch_all(&reader)
    .await?;
    let inspected = tokio::task::spawn_blocking(|| rows.into_iter().map(inspect).collect());
    let events = inspected.await.map_err(|_| Stop::Failed(Error::Stopped))?;
    Ok(Page { last, events })
}

/// The events up to `last`.
struct Page {
    last: i64,
    events: Vec<Inspected>,
}

/// `seq`, `id`, `body`, `leaf_hash`.
type Row = (i64, String, String, String);

/// An event by itself.
struct Inspected {
    seq: i64,
    id: String,
    /// The hash of the body as it is now.
    leaf: Hash,
    /// Whether that is the hash beside it, and the body canonical and of this event.
    fits: bool,
}

fn inspect((seq, id, body, stored): Row) -> Inspected {
    let leaf = leaf_hash(body.as_bytes());
    let fits = stored.parse() == Ok(leaf) && is_canonical_with_id(&body, &id);
    Inspected { seq, id, leaf, fits }
}

fn is_canonical_with_id(body: &str, id: &str) -> bool {
    let Ok(value) = serde_json::from_str::<Value>(body) else { return false };
    value.get("id").and_then(Value::as_str) == Some(id)
        && canonical(&value).is_ok_and(|canonical| canonical == body.as_bytes())
}

/// If the body of an altered event was sealed elsewhere, it was moved.
async fn elsewhere(reader: &AnyPool, finding: Finding, event: &Inspected) -> Result<Finding, Error> {
    if finding.flaw != Flaw::Altered {
        return Ok(finding);
    }
    let sealed: i64 =
        sqlx::query_scalar("SELECT COUNT(*) FROM audit_event WHERE leaf_hash = $1 AND seq <> $2")
            .bind(event.leaf.to_string())
            .bind(event.seq)
            .fetch_one(reader)
            .await?;
    Ok(if sealed > 0 { Finding { flaw: Flaw::Reordered, ..finding } } else { finding })
}

/// The checkpoints of the database, in order.
struct Signed<'a> {
    reader: &'a AnyPool,
    after: i64,
    end: i64,
    page: std::vec::IntoIter<(i64, i64, String)>,
}

struct SignedRow {
    number: i64,
    size: u64,
    note: String,
}

impl Signed<'_> {
    async fn next(&mut self) -> Result<Option<SignedRow>, sqlx::Error> {
        if self.page.len() == 0 {
            self.page = sqlx::query_as(
                "SELECT number, size, note FROM audit_checkpoint \
                 WHERE number > $1 AND number <= $2 ORDER BY number LIMIT $3",
            )
            .bind(self.after)
            .bind(self.end)
            .bind(PAGE_CHECKPOINTS)
            .fetch_all(self.reader)
            .await?
            .into_iter();
        }
        let Some((number, size, note)) = self.page.next() else { return Ok(None) };
        self.after = number;
        // No checkpoint is over less than nothing; over nothing, it is found to be forged.
        Ok(Some(SignedRow { number, size: u64::try_from(size).unwrap_or(0), note }))
    }
}

/// The checkpoints of the file, in order.
struct Remembered<'a> {
    notes: Option<Notes>,
    keys: &'a [VerifierKey],
}

impl Remembered<'_> {
    fn next(&mut self) -> Result<Option<Checkpoint>, Stop> {
        let Some(note) = self.notes.as_mut().and_then(Iterator::next).transpose()? else { return Ok(None) };
        let opened = Checkpoint::open(&note, self.keys);
        opened.map(Some).map_err(|_| Stop::Found(forged(&note)))
    }
}

/// What can be said of a note that is not signed: it claims to be about events up to some.
fn forged(note: &str) -> Finding {
    let claim = note.split_once("\n\n").and_then(|(text, _)| format!("{text}\n").parse::<Checkpoint>().ok());
    let size = claim.map_or(0, |claim| claim.size);
    Finding { seq: place(size.saturating_sub(1)), id: None, flaw: Flaw::CheckpointForged { size } }
}

/// How far the walk through the log has come.
struct Walk<'a> {
    keys: &'a [VerifierKey],
    tree: Frontier,
    /// How many events the last good checkpoint covers.
    covered: u64,
    /// The identifiers of the first and the last event after that.
    uncovered: Option<(String, String)>,
    checkpoints: u64,
    remembered: u64,
}

impl<'a> Walk<'a> {
    fn new(keys: &'a [VerifierKey]) -> Self {
        Self { keys, tree: Frontier::default(), covered: 0, uncovered: None, checkpoints: 0, remembered: 0 }
    }

    fn has(&self, size: u64) -> bool {
        self.tree.size() >= size
    }

    fn event(&mut self, event: &Inspected) -> Result<(), Finding> {
        let finding = |flaw| Finding { seq: event.seq, id: Some(event.id.clone()), flaw };
        let next = place(self.tree.size());
        if event.seq < next {
            return Err(finding(Flaw::Unsigned));
        }
        if event.seq > next {
            return Err(Finding { seq: next, id: None, flaw: Flaw::Missing });
        }
        if !event.fits {
            return Err(finding(Flaw::Altered));
        }
        // The sealer sorts what one checkpoint covers: the larger of two out of order came from further on.
        match &mut self.uncovered {
            Some((_, last)) if *last >= event.id => {
                return Err(Finding { seq: next - 1, id: Some(last.clone()), flaw: Flaw::Reordered });
            }
            Some((_, last)) => last.clone_from(&event.id),
            none => *none = Some((event.id.clone(), event.id.clone())),
        }
        self.tree.push(event.leaf);
        Ok(())
    }

    /// No event up to `last` comes any more.
    fn page_end(&self, last: i64) -> Result<(), Finding> {
        let next = place(self.tree.size());
        if next > last { Ok(()) } else { Err(Finding { seq: next, id: None, flaw: Flaw::Missing }) }
    }

    fn checkpoint(&mut self, row: &SignedRow) -> Result<(), Finding> {
        let (number, size) = (self.checkpoints, self.tree.size());
        if row.number != place(number) {
            return Err(self.uncovered(Flaw::CheckpointMissing { number }));
        }
        let opened = Checkpoint::open(&row.note, self.keys);
        let Some(opened) = opened.ok().filter(|opened| opened.size == row.size) else {
            return Err(self.uncovered(Flaw::CheckpointForged { size: row.size }));
        };
        if opened.size != size {
            return Err(self.uncovered(Flaw::CheckpointMissing { number }));
        }
        if opened.root != self.tree.root() {
            return Err(self.uncovered(Flaw::Replaced { last: size - 1 }));
        }
        (self.covered, self.uncovered) = (size, None);
        self.checkpoints += 1;
        Ok(())
    }

    fn compare(&mut self, known: &Checkpoint) -> Result<(), Finding> {
        // One that was written late is not compared; the later ones cover it.
        if known.size == self.tree.size() && known.root != self.tree.root() {
            return Err(self.uncovered(Flaw::NotAsRemembered { size: known.size }));
        }
        self.remembered += 1;
        Ok(())
    }

    fn end(&self, still_covered: Option<u64>) -> Result<(), Finding> {
        if let Some(size) = still_covered {
            return Err(Finding { seq: place(self.tree.size()), id: None, flaw: Flaw::Truncated { size } });
        }
        if self.uncovered.is_some() { Err(self.uncovered(Flaw::Unsigned)) } else { Ok(()) }
    }

    /// About the events since the last good checkpoint, by the first of them.
    fn uncovered(&self, flaw: Flaw) -> Finding {
        let id = self.uncovered.as_ref().map(|(first, _)| first.clone());
        Finding { seq: place(self.covered), id, flaw }
    }

    fn verified(self, unsealed: u64) -> Verified {
        Verified {
            events: self.tree.size(),
            root: self.tree.root(),
            checkpoints: self.checkpoints,
            remembered: self.remembered,
            unsealed,
        }
    }
}

/// A place in the log as a column holds it.
fn place(seq: u64) -> i64 {
    i64::try_from(seq).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests;
