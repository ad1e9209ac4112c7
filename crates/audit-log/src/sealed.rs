//! The log as an auditor reads it: every sealed event, newest first, a page at a time.

use sqlx::Row;

use crate::own::{Cursor, EventPage, PAGE_EVENTS};
use crate::{Database, Error, Recorded};

/// How many events are looked at for one page of a kind. Whoever looks for a rare one turns more pages.
pub const SEALED_LOOKED_AT_MAX: i64 = 10_000;
/// How many of them are read at once.
const BATCH_EVENTS: usize = 500;

/// What was sealed before that place; of one kind, if one is given.
pub async fn sealed_events(
    database: &Database,
    kind: Option<&str>,
    before: Option<Cursor>,
) -> Result<EventPage, Error> {
    let batch = if kind.is_some() { BATCH_EVENTS } else { PAGE_EVENTS };
    let wanted = i64::try_from(batch).unwrap_or(i64::MAX);
    let mut next = before.map_or(i64::MAX, |cursor| cursor.0);
    let (mut looked_at, mut events) = (0, Vec::new());
    loop {
        let rows = sqlx::query("SELECT seq, body FROM audit_event WHERE seq < $1 ORDER BY seq DESC LIMIT $2")
            .bind(next)
            .bind(wanted)
            .fetch_all(database.reader())
            .await?;
        for row in &rows {
            (next, looked_at) = (row.try_get("seq")?, looked_at + 1);
            let body: String = row.try_get("body")?;
            let recorded: Recorded = body.parse()?;
            if kind.is_none_or(|kind| recorded.event.kind() == kind) {
                events.push(recorded);
            }
            if events.len() == PAGE_EVENTS {
                return Ok(EventPage { events, older: Some(Cursor(next)).filter(|_| next > 0) });
            }
        }
        if rows.len() < batch {
            return Ok(EventPage { events, older: None });
        }
        if looked_at >= SEALED_LOOKED_AT_MAX {
            return Ok(EventPage { events, older: Some(Cursor(next)) });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{PAGE_EVENTS, sealed_events};
    use crate::testing::for_each_engine;
    use crate::{Actor, Event};

    #[tokio::test]
    async fn every_sealed_event_is_on_one_page_and_a_kind_is_found_among_others() {
        for_each_engine(|stage| async move {
            for n in 0..PAGE_EVENTS + 7 {
                stage.log.append(Actor::system("test"), Event::SetupLinkUsed).await.unwrap();
                if n % 20 == 0 {
                    let event = Event::PersonErased { person: portner_domain::PersonId(uuid::Uuid::nil()) };
                    stage.log.append(Actor::system("test"), event).await.unwrap();
                }
            }
            assert!(sealed_events(&stage.database, None, None).await.unwrap().events.is_empty());
            stage.seal().await;
            let (mut found, mut before) = (Vec::new(), None);
            loop {
                let page = sealed_events(&stage.database, None, before).await.unwrap();
                found.extend(page.events.iter().map(|it| it.id));
                before = page.older;
                if before.is_none() {
                    break;
                }
            }
            let mut newest_first = found.clone();
            newest_first.sort_unstable_by(|a, b| b.cmp(a));
            newest_first.dedup();
            assert_eq!((found.len(), &found), (PAGE_EVENTS + 7 + 3, &newest_first));
            let erased = sealed_events(&stage.database, Some("person-erased"), None).await.unwrap();
            assert_eq!((erased.events.len(), erased.older), (3, None));
        })
        .await;
    }
}
