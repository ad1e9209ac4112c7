//! How it goes with MitID Erhverv, for people: said by whoever does it, in the session store.

use portner_audit_log::volatile::Volatile;
use portner_domain::{IdentityId, Moment};
use serde::{Deserialize, Serialize};

use crate::Error;
use crate::client::Trouble;
use crate::plan::Step;
use crate::reading::Read;

/// How many of the last failures are told of.
pub const STATUS_FAILURES_MAX: usize = 50;
/// Where it is said.
pub(crate) const STATUS: &str = "sync/status";

/// How it goes, for people.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct Status {
    /// When this was said.
    pub at: Option<Moment>,
    /// Identities of which something is to be done.
    pub due: u64,
    /// … since when the first of them is.
    pub oldest: Option<Moment>,
    /// … and the first that is to be suspended.
    pub oldest_loss: Option<Moment>,
    /// So many would lose their login, of so many, and wait until somebody has looked.
    pub held: Option<(u64, u64)>,
    /// When the other side was last read.
    pub read_at: Option<Moment>,
    /// When that was last tried.
    pub tried_at: Option<Moment>,
    /// Why it could not be, the last time.
    pub unread: Option<String>,
    /// The last failures, newest first.
    pub troubles: Vec<NotDone>,
}

/// Something that was not done.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct NotDone {
    /// For whom.
    pub identity: IdentityId,
    /// When.
    pub at: Moment,
    /// What.
    pub step: Step,
    /// What kind of failure it was.
    pub trouble: Trouble,
    /// The failure in words, for whoever asks the other side about it.
    pub why: String,
}

/// What came of doing all that could be done at once.
#[derive(Debug)]
pub enum CaughtUp {
    /// It was done; what waits is told.
    Done(Status),
    /// The other side could not be read, or not believed.
    Unread(Read),
    /// Another process does so at this moment.
    AnotherDoes,
}

/// Who has read.
#[derive(Debug)]
pub enum ReadBy {
    /// This process, and what came of it.
    Us(Read),
    /// The one that keeps it in step; and why it could not, if so.
    Another(Option<String>),
}

/// How it goes, if anybody ever did it.
pub(crate) async fn status(volatile: &dyn Volatile, now: Moment) -> Result<Option<Status>, Error> {
    let text = volatile.get(STATUS, now).await?;
    text.map(|text| serde_json::from_str(&text).map_err(|_| Error::Stored("status"))).transpose()
}
