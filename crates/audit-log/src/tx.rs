//! The transaction through which everything is written: say what you are about to do, get the connection.

use portner_domain::Moment;
use sqlx::{Any, AnyConnection, Transaction};

use crate::append::insert;
use crate::{Actor, AuditLog, Error, Event, outbox};

/// A change in progress. Dropped without [`Tx::commit`], nothing of it happened and nothing was written down.
pub struct Tx {
    log: AuditLog,
    inner: Transaction<'static, Any>,
    actor: Actor,
    now: Moment,
    events: Vec<Event>,
}

impl Tx {
    pub(crate) const fn new(
        log: AuditLog,
        inner: Transaction<'static, Any>,
        actor: Actor,
        now: Moment,
    ) -> Self {
        Self { log, inner, actor, now, events: Vec::new() }
    }

    /// Who is doing this.
    pub const fn actor(&self) -> &Actor {
        &self.actor
    }

    /// When this is done: one moment for all of it.
    pub const fn now(&self) -> Moment {
        self.now
    }

    /// Say what you are about to do; the connection does it. There is no other way to one that writes.
    pub fn write(&mut self, event: Event) -> &mut AnyConnection {
        self.events.push(event);
        &mut self.inner
    }

    /// Make it happen, write it down, and put into the outbox what people are to be told of it: all or nothing.
    /// Durable on return.
    pub async fn commit(self) -> Result<(), Error> {
        let Self { log, mut inner, actor, now, events } = self;
        if events.is_empty() {
            return Ok(inner.rollback().await?);
        }
        let pending = events.iter().map(|event| log.pending(now, actor.clone(), event.clone()));
        let pending = pending.collect::<Result<Vec<_>, _>>()?;
        insert(&mut inner, &pending).await?;
        let written = pending.iter().map(|pending| pending.id).zip(&events);
        let notices = outbox::notices(written, now, &actor, log.seen_from());
        outbox::insert(&mut inner, &notices).await?;
        inner.commit().await?;
        log.node().committed.notify_one();
        Ok(())
    }
}
