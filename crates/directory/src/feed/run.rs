//! The runs of a feed as they are on record: under way, held for a second person, finished, or come to nothing.

use std::str::FromStr;

use portner_audit_log::{Actor, AuditLog, Database, Event, Tx};
use portner_domain::role::Proposal;
use portner_domain::{Entropy, FeedRunId, Moment, ProposalId};
use serde::{Deserialize, Serialize};

use crate::{Error, Refusal, agree, decline, proposal, propose, store};

/// Where a run is.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum RunState {
    /// Under way, or killed: the next run goes on.
    Running,
    /// It waits for a second person.
    Held,
    /// All of it is on record.
    Finished,
    /// It came to nothing: a later one took its place, or somebody declined.
    Void,
}

impl RunState {
    const ALL: [Self; 4] = [Self::Running, Self::Held, Self::Finished, Self::Void];

    /// The word for it in rows.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Held => "held",
            Self::Finished => "finished",
            Self::Void => "void",
        }
    }
}

impl FromStr for RunState {
    type Err = ();

    fn from_str(word: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|state| state.word() == word).ok_or(())
    }
}

/// How many identities a run did what to.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct Counts {
    /// Records read.
    pub records: u64,
    /// Registered.
    pub registered: u64,
    /// Something about them says something else.
    pub changed: u64,
    /// Stopped.
    pub locked: u64,
    /// Let go on.
    pub lifted: u64,
    /// Ended.
    pub ended: u64,
    /// Records that could not be used.
    pub failed: u64,
}

/// One run.
#[derive(Clone, Debug)]
pub struct Run {
    /// Its identifier.
    pub id: FeedRunId,
    /// The feed.
    pub feed: String,
    /// SHA-256 of what the source said and how it is understood.
    pub digest: String,
    /// Where it is.
    pub state: RunState,
    /// When it began.
    pub started: Moment,
    /// When it came to an end.
    pub finished: Option<Moment>,
    /// What it did so far.
    pub counts: Counts,
    /// From how many it takes login or level.
    pub losing: u64,
    /// What it was to do, as JSON.
    pub plan: String,
    /// Where the records are that could not be used.
    pub error_file: Option<String>,
    /// What asks a second person to let it go on.
    pub proposal: Option<ProposalId>,
    /// Has one agreed?
    pub is_approved: bool,
}

/// The last runs of all feeds, newest first, at most so many.
pub async fn runs(db: &Database, most: u32) -> Result<Vec<Run>, Error> {
    store::feed_run::last_runs(db, most).await
}

/// One run.
pub async fn run(db: &Database, id: FeedRunId) -> Result<Option<Run>, Error> {
    store::feed_run::run(db, id).await
}

/// A run is held: it is on record with what it would do, and a second person is asked.
pub(crate) async fn hold(tx: &mut Tx, entropy: &dyn Entropy, held: Run, of: u64) -> Result<Run, Error> {
    let Run { id, feed, digest, losing, .. } = held.clone();
    let why = format!("{feed}: {losing} of {of} would lose their login or their level");
    let proposal = propose(tx, entropy, &Proposal::ReleaseFeed { run: id.to_string() }, &why).await?;
    let held = Run { proposal: Some(proposal), state: RunState::Held, ..held };
    store::feed_run::insert(tx.write(Event::FeedHeld { run: id, feed, digest, losing, of }), &held).await?;
    Ok(held)
}

/// A run begins to be put on record, or one that was approved or killed goes on.
pub(super) async fn begin(tx: &mut Tx, run: &Run, is_new: bool) -> Result<(), Error> {
    let Run { id, feed, digest, .. } = run.clone();
    let conn = tx.write(Event::FeedBegun { run: id, feed, digest });
    if is_new {
        return store::feed_run::insert(conn, run).await;
    }
    store::feed_run::set_state(conn, id, RunState::Running, None).await
}

/// All of it is on record. A run that had nothing to do has not begun before.
pub(super) async fn finish(
    tx: &mut Tx,
    (run, is_unheard_of): (&Run, bool),
    counts: &Counts,
) -> Result<(), Error> {
    let now = tx.now();
    let Counts { records, failed, .. } = *counts;
    let conn = tx.write(Event::FeedFinished { run: run.id, feed: run.feed.clone(), records, failed });
    if is_unheard_of {
        store::feed_run::insert(conn, run).await?;
    }
    store::feed_run::set_counts(conn, run.id, counts).await?;
    store::feed_run::set_state(conn, run.id, RunState::Finished, Some(now)).await
}

/// Whatever else of the feed has not come to an end comes to nothing: this run takes its place.
pub(crate) async fn void_others(log: &AuditLog, actor: &Actor, run: &Run) -> Result<(), Error> {
    let db = log.database();
    let open = store::feed_run::open_runs(db, &run.feed).await?;
    for other in open.iter().filter(|other| other.id != run.id) {
        // Whoever decides about it at this moment decides first; then nobody has to be told that it is declined.
        loop {
            let mut tx = log.begin(actor.clone()).await?;
            if void(db, &mut tx, other).await?.is_ok() {
                tx.commit().await?;
                break;
            }
        }
    }
    Ok(())
}

async fn void(db: &Database, tx: &mut Tx, run: &Run) -> Result<Result<(), Refusal>, Error> {
    let now = tx.now();
    let waiting = match run.proposal {
        Some(id) => proposal(db, id, now).await?,
        None => None,
    };
    if let Some(waiting) = waiting
        && let Err(refusal) = decline(tx, &waiting).await?
    {
        return Ok(Err(refusal));
    }
    let conn = tx.write(Event::FeedVoided { run: run.id, feed: run.feed.clone() });
    store::feed_run::set_state(conn, run.id, RunState::Void, Some(now)).await?;
    Ok(Ok(()))
}

/// Whoever runs the machine lets a held run go on: it is done when the same source is read again.
pub async fn approve(db: &Database, tx: &mut Tx, id: FeedRunId) -> Result<Result<Run, Refusal>, Error> {
    let now = tx.now();
    let Some(run) = held(db, id).await? else { return Ok(Err(Refusal::NotWaiting)) };
    let waiting = match run.proposal {
        Some(id) => proposal(db, id, now).await?,
        None => None,
    };
    match waiting {
        Some(waiting) => Ok(agree(tx, &waiting).await?.map(|()| run)),
        None => Ok(Err(Refusal::NotWaiting)),
    }
}

/// A held run comes to nothing.
pub async fn discard(db: &Database, tx: &mut Tx, id: FeedRunId) -> Result<Result<Run, Refusal>, Error> {
    let Some(run) = held(db, id).await? else { return Ok(Err(Refusal::NotWaiting)) };
    Ok(void(db, tx, &run).await?.map(|()| run))
}

async fn held(db: &Database, id: FeedRunId) -> Result<Option<Run>, Error> {
    Ok(store::feed_run::run(db, id).await?.filter(|run| run.state == RunState::Held))
}
