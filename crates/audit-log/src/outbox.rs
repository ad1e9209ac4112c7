//! What people have yet to be told: whatever happens to the means somebody logs in with is told to them on a second
//! channel, so that who did not do it finds out (NSIS 3.2.2 and 3.2.3; NIST SP 800-63B-4, 4.6).
//!
//! [`crate::Tx::commit`] puts a line in here for each identity that its events [tell](Event::tells), in the same
//! transaction: no change can forget it, and none that did not happen is told. A sender claims what is due, for a
//! while in which no other node does, and reports what became of it. A sender that dies between sending and reporting
//! leaves a letter that is sent twice; none is lost.

use std::collections::BTreeMap;

use portner_domain::{IdentityId, Millis, Moment};
use serde::{Deserialize, Serialize};
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row};

use crate::{Actor, AuditLog, Error, Event, EventId};

/// Notices that a sender claims at a time.
pub const CLAIM_NOTICES_MAX: i64 = 20;
/// How long a claim holds; far longer than the sending of [`CLAIM_NOTICES_MAX`] notices may take.
pub const CLAIM_LIFE: Millis = Millis::minutes(15);
/// How long sending is tried.
pub const NOTICE_LIFE: Millis = Millis::hours(24);
/// The first wait after a failure; it doubles with each that follows.
const FIRST_WAIT: Millis = Millis::minutes(1);
/// The longest wait between two tries.
const WAIT_MAX: Millis = Millis::hours(1);

/// What happened to an identity in one transaction.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Notice {
    /// The events, by the identifier that the first of them has in the log.
    pub id: EventId,
    /// Whose person is to be told.
    pub identity: IdentityId,
    /// When it happened.
    pub at: Moment,
    /// Who did it.
    pub actor: Actor,
    /// The network address it was done from, if it was done from a browser.
    pub address: Option<String>,
    /// What happened.
    pub events: Vec<Event>,
}

/// A notice that this caller alone sends, until the claim is over.
#[derive(Clone, Debug)]
pub struct Claimed {
    /// What is to be told.
    pub notice: Notice,
    /// Which try this is, from one on.
    pub tries: i64,
}

/// What is waiting.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Backlog {
    /// How many notices.
    pub length: i64,
    /// Since when the oldest of them.
    pub oldest: Option<Moment>,
}

impl Claimed {
    /// When the next try is due after this one failed at `now`; `None` if it was the last.
    pub fn next_try(&self, now: Moment) -> Option<Moment> {
        let doublings = u32::try_from(self.tries.saturating_sub(1)).unwrap_or(u32::MAX);
        let wait = FIRST_WAIT.0.saturating_mul(1_u64.checked_shl(doublings).unwrap_or(u64::MAX));
        let due = now.plus(Millis(wait.min(WAIT_MAX.0)));
        (due <= self.notice.at.plus(NOTICE_LIFE)).then_some(due)
    }
}

impl AuditLog {
    /// Notices that are due, for this caller alone until [`CLAIM_LIFE`] is over.
    pub async fn claim_notices(&self) -> Result<Vec<Claimed>, Error> {
        let now = self.now();
        // The condition stands twice: PostgreSQL looks again at a row that another node changed meanwhile, but not
        // at the inner query.
        let rows = sqlx::query(
            "UPDATE outbox SET due_at = $2, tries = tries + 1 WHERE due_at <= $1 AND id IN \
             (SELECT id FROM outbox WHERE due_at <= $1 ORDER BY due_at, id LIMIT $3) RETURNING body, tries",
        )
        .bind(now.0)
        .bind(now.plus(CLAIM_LIFE).0)
        .bind(CLAIM_NOTICES_MAX)
        .fetch_all(self.database().writer())
        .await?;
        let mut claimed = rows.iter().map(read).collect::<Result<Vec<_>, _>>()?;
        claimed.sort_by_key(|one| (one.notice.at, one.notice.id.0));
        Ok(claimed)
    }

    /// It was sent: that is written down, and it is in the outbox no more. False if another node was faster.
    pub async fn notice_sent(&self, notice: &Notice) -> Result<bool, Error> {
        self.settle(notice, Event::NoticeSent { identity: notice.identity, about: notice.id }).await
    }

    /// It can't be sent, for a reason that is a stable word: that is written down, and nobody tries again.
    pub async fn notice_given_up(&self, notice: &Notice, why: &str) -> Result<bool, Error> {
        let (identity, about, why) = (notice.identity, notice.id, why.to_owned());
        self.settle(notice, Event::NoticeGivenUp { identity, about, why }).await
    }

    /// It could not be sent yet; it is due again then.
    pub async fn notice_postponed(&self, notice: &Notice, until: Moment) -> Result<(), Error> {
        sqlx::query("UPDATE outbox SET due_at = $2 WHERE id = $1")
            .bind(notice.id.to_string())
            .bind(until.0)
            .execute(self.database().writer())
            .await?;
        Ok(())
    }

    /// What is waiting.
    pub async fn notices_waiting(&self) -> Result<Backlog, Error> {
        let row = sqlx::query("SELECT COUNT(*) AS length, MIN(at) AS oldest FROM outbox")
            .fetch_one(self.database().reader())
            .await?;
        let oldest: Option<i64> = row.try_get("oldest")?;
        Ok(Backlog { length: row.try_get("length")?, oldest: oldest.map(Moment) })
    }

    async fn settle(&self, notice: &Notice, event: Event) -> Result<bool, Error> {
        let mut tx = self.begin(Actor::system("notices")).await?;
        let done = sqlx::query("DELETE FROM outbox WHERE id = $1")
            .bind(notice.id.to_string())
            .execute(tx.write(event))
            .await?;
        let here = done.rows_affected() == 1;
        if here {
            tx.commit().await?;
        }
        Ok(here)
    }
}

fn read(row: &AnyRow) -> Result<Claimed, Error> {
    let body: String = row.try_get("body")?;
    let notice = serde_json::from_str(&body).map_err(|_| Error::Stored("notice"))?;
    Ok(Claimed { notice, tries: row.try_get("tries")? })
}

/// What a transaction's events tell, a notice for each identity: `events` come with their identifiers.
pub(crate) fn notices<'e>(
    events: impl Iterator<Item = (EventId, &'e Event)>,
    at: Moment,
    actor: &Actor,
    address: Option<&str>,
) -> Vec<Notice> {
    let mut told: BTreeMap<IdentityId, Notice> = BTreeMap::new();
    for (id, event) in events {
        let Some(identity) = event.tells() else { continue };
        let notice = told.entry(identity).or_insert_with(|| Notice {
            id,
            identity,
            at,
            actor: actor.clone(),
            address: address.map(str::to_owned),
            events: Vec::new(),
        });
        notice.events.push(event.clone());
    }
    told.into_values().collect()
}

/// Put them into the outbox.
pub(crate) async fn insert(conn: &mut AnyConnection, notices: &[Notice]) -> Result<(), Error> {
    for notice in notices {
        let body = serde_json::to_string(notice).map_err(|error| Error::Event(error.to_string().into()))?;
        sqlx::query(
            "INSERT INTO outbox (id, identity, body, at, due_at, tries) VALUES ($1, $2, $3, $4, $4, 0)",
        )
        .bind(notice.id.to_string())
        .bind(notice.identity.to_string())
        .bind(body)
        .bind(notice.at.0)
        .execute(&mut *conn)
        .await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
