//! The handle by which everybody writes: a transaction for a change, an append for an event alone.

use std::net::IpAddr;
use std::sync::Arc;

use portner_domain::{Clock, Entropy, Moment, Reference};
use tokio::sync::{Notify, mpsc, oneshot};

use crate::append::{self, Pending, QUEUE_EVENTS_MAX, Waiting};
use crate::recorded::{EventIds, Recorded};
use crate::{Actor, Database, Error, Event, EventId, Tx};

/// The audit log of this node. Cheap to clone.
#[derive(Clone)]
pub struct AuditLog {
    node: Arc<Node>,
    queue: mpsc::Sender<Waiting>,
    reference: Option<Reference>,
    address: Option<Arc<str>>,
}

/// What all handles of a node share.
pub(crate) struct Node {
    pub(crate) database: Database,
    pub(crate) clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    ids: EventIds,
    /// Wakes the sealer after a commit.
    pub(crate) committed: Notify,
}

impl AuditLog {
    /// Start the log of this node, on a Tokio runtime. Its writing task ends with the last handle.
    pub fn new(database: Database, clock: Arc<dyn Clock>, entropy: Arc<dyn Entropy>) -> Self {
        let (queue, waiting) = mpsc::channel(QUEUE_EVENTS_MAX);
        let node =
            Arc::new(Node { database, clock, entropy, ids: EventIds::default(), committed: Notify::new() });
        tokio::spawn(append::run(Arc::clone(&node), waiting));
        Self { node, queue, reference: None, address: None }
    }

    /// This handle for one request: its events carry the reference the person concerned was told.
    #[must_use]
    pub fn about(&self, reference: Reference) -> Self {
        Self { reference: Some(reference), ..self.clone() }
    }

    /// This handle for one request: who is told about what it changes is told from where it came.
    #[must_use]
    pub fn from_address(&self, address: IpAddr) -> Self {
        Self { address: Some(address.to_string().into()), ..self.clone() }
    }

    pub(crate) fn seen_from(&self) -> Option<&str> {
        self.address.as_deref()
    }

    /// The database, to read from.
    pub fn database(&self) -> &Database {
        &self.node.database
    }

    /// What the clock of this node says.
    pub fn now(&self) -> Moment {
        self.node.clock.now()
    }

    /// Begin a change. On SQLite nobody else writes until it ends: do nothing slow in between, and use
    /// [`Tx::write`], not [`AuditLog::append`], or the two wait for each other.
    pub async fn begin(&self, actor: Actor) -> Result<Tx, Error> {
        let inner = self.node.database.begin().await?;
        Ok(Tx::new(self.clone(), inner, actor, self.now()))
    }

    /// Write an event that changes nothing else, together with those of other callers. Durable on return; an
    /// error means that it may not be, and that what it is about must not happen.
    pub async fn append(&self, actor: Actor, event: Event) -> Result<EventId, Error> {
        let pending = self.pending(self.now(), actor, event)?;
        let (id, (answer, written)) = (pending.id, oneshot::channel());
        self.queue.try_send(Waiting { pending, answer }).map_err(|refusal| match refusal {
            mpsc::error::TrySendError::Full(_) => Error::QueueFull,
            mpsc::error::TrySendError::Closed(_) => Error::Stopped,
        })?;
        written.await.unwrap_or(Err(Error::Stopped)).map(|()| id)
    }

    pub(crate) fn node(&self) -> &Node {
        &self.node
    }

    pub(crate) fn pending(&self, at: Moment, actor: Actor, event: Event) -> Result<Pending, Error> {
        let id = self.node.ids.next(at, &*self.node.entropy);
        let body = Recorded::new(id, at, actor, self.reference, event).canonical()?;
        Ok(Pending { id, body })
    }
}

#[cfg(test)]
mod tests;
