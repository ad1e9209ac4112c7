//! The log as an auditor reads it: every sealed event, newest first, a page at a time.

use sqlx::Row;

use crate::own::Cursor;
use crate::{Database, Error, Recorded};

/// Events on one page.
pub const SEALED_PAGE_EVENTS: usize = 50;
/// How many events are looked at for one page of a kind. Whoever looks for a rare one turns more pages.
pub const SEALED_LOOKED_AT_MAX: i64 = 10_000;
/// How many are read at once.
const BATCH_EVENTS: i64 = 500;

/// An event in its place.
#[derive(Clone, Debug)]
pub struct Sealed {
    /// Its place in the log, from nothing.
    pub place: i64,
    /// The event.
    pub recorded: Recorded,
}

/// A page of the log.
#[derive(Clone, Debug)]
pub struct SealedPage {
    /// Newest first, at most [`SEALED_PAGE_EVENTS`].
    pub events: Vec<Sealed>,
    /// Where the older ones are, if there are any.
    pub older: Option<Cursor>,
}

/// What was sealed before that place; of one kind, if one is given.
pub async fn sealed_events(
    database: &Database,
    kind: Option<&str>,
    before: Option<Cursor>,
) -> Result<SealedPage, Error> {
    let first = before.map_or(i64::MAX, |cursor| cursor.0);
    let (mut next, mut looked_at, mut events) = (first, 0, Vec::new());
    loop {
        let rows = sqlx::query("SELECT seq, body FROM audit_event WHERE seq < $1 ORDER BY seq DESC LIMIT $2")
            .bind(next)
            .bind(BATCH_EVENTS)
            .fetch_all(database.reader())
            .await?;
        for row in &rows {
            (next, looked_at) = (row.try_get("seq")?, looked_at + 1);
            let body: String = row.try_get("body")?;
            let recorded: Recorded = body.parse()?;
            if kind.is_none_or(|kind| recorded.event.kind() == kind) {
                events.push(Sealed { place: next, recorded });
            }
            if events.len() == SEALED_PAGE_EVENTS {
                return Ok(SealedPage { events, older: Some(Cursor(next)).filter(|_| next > 0) });
            }
        }
        if rows.len() < usize::try_from(BATCH_EVENTS).unwrap_or(usize::MAX) {
            return Ok(SealedPage { events, older: None });
        }
        if looked_at >= SEALED_LOOKED_AT_MAX {
            return Ok(SealedPage { events, older: Some(Cursor(next)) });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{SEALED_PAGE_EVENTS, sealed_events};
    use crate::testing::for_each_engine;
    use crate::{Actor, Event};

    #[tokio::test]
    async fn every_sealed_event_is_on_one_page_and_a_kind_is_found_among_others() {
        for_each_engine(|stage| async move {
            for n in 0..SEALED_PAGE_EVENTS + 7 {
                stage.log.append(Actor::system("test"), Event::SetupLinkUsed).await.unwrap();
                if n % 20 == 0 {
                    let event = Event::PersonErased { person: portner_domain::PersonId(uuid::Uuid::nil()) };
                    stage.log.append(Actor::system("test"), event).await.unwrap();
                }
            }
            assert!(sealed_events(&stage.database, None, None).await.unwrap().events.is_empty());
            stage.seal().await;
            let (mut places, mut before) = (Vec::new(), None);
            loop {
                let page = sealed_events(&stage.database, None, before).await.unwrap();
                places.extend(page.events.iter().map(|it| it.place));
                before = page.older;
                if before.is_none() {
                    break;
                }
            }
            let count = i64::try_from(SEALED_PAGE_EVENTS + 7 + 3).unwrap();
            assert_eq!(places, (0..count).rev().collect::<Vec<_>>());
            let erased = sealed_events(&stage.database, Some("person-erased"), None).await.unwrap();
            assert_eq!((erased.events.len(), erased.older), (3, None));
        })
        .await;
    }
}
