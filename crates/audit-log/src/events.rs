//! The log read from its beginning, page by page, as it was written.

use sqlx::Row;

use crate::{Database, Error};

const PAGE_EVENTS: i64 = 1_000;

/// A walk through the log: the sealed events in their order, then those that wait to be sealed.
pub struct Reader<'d> {
    database: &'d Database,
    next: Next,
}

enum Next {
    Sealed { after: i64 },
    Waiting { after: String },
    Nothing,
}

impl<'d> Reader<'d> {
    /// From the first event on.
    pub const fn new(database: &'d Database) -> Self {
        Self { database, next: Next::Sealed { after: -1 } }
    }

    /// The next events, each as the canonical JSON that is hashed; `None` at the end. An event that is sealed
    /// just as the walk passes from the sealed to the waiting ones may be left out, or be there twice.
    pub async fn next_page(&mut self) -> Result<Option<Vec<String>>, Error> {
        loop {
            let page = match &self.next {
                Next::Sealed { after } => self.sealed(*after).await?,
                Next::Waiting { after } => self.waiting(after).await?,
                Next::Nothing => return Ok(None),
            };
            let (bodies, next) = page;
            self.next = next;
            if !bodies.is_empty() {
                return Ok(Some(bodies));
            }
        }
    }

    async fn sealed(&self, after: i64) -> Result<(Vec<String>, Next), Error> {
        let rows = sqlx::query("SELECT seq, body FROM audit_event WHERE seq > $1 ORDER BY seq LIMIT $2")
            .bind(after)
            .bind(PAGE_EVENTS)
            .fetch_all(self.database.reader())
            .await?;
        let next = match rows.last() {
            Some(last) => Next::Sealed { after: last.try_get("seq")? },
            None => Next::Waiting { after: String::new() },
        };
        let bodies: Result<Vec<String>, sqlx::Error> = rows.iter().map(|row| row.try_get("body")).collect();
        Ok((bodies?, next))
    }

    async fn waiting(&self, after: &str) -> Result<(Vec<String>, Next), Error> {
        let rows = sqlx::query("SELECT id, body FROM audit_pending WHERE id > $1 ORDER BY id LIMIT $2")
            .bind(after)
            .bind(PAGE_EVENTS)
            .fetch_all(self.database.reader())
            .await?;
        let next = match rows.last() {
            Some(last) => Next::Waiting { after: last.try_get("id")? },
            None => Next::Nothing,
        };
        let bodies: Result<Vec<String>, sqlx::Error> = rows.iter().map(|row| row.try_get("body")).collect();
        Ok((bodies?, next))
    }
}
