//! The log as one person may read it: the sealed events that are about them, newest first.
//!
//! Which those are is written down behind the sealer, in batches, from wherever it got to before: an old database
//! catches up by itself, and nobody who logs in waits for it. It is an index and no part of the log: what is in it
//! can be made again from the events.

use std::str::FromStr;

use portner_domain::IdentityId;
use serde::Deserialize;
use sqlx::{AnyConnection, AssertSqlSafe, Row};

use crate::append::placeholders;
use crate::{Database, Error, Event, Recorded};

/// How many events one transaction looks at: on SQLite, others wait to write for that long.
const BATCH_EVENTS: i64 = 500;
/// How many of them one statement writes.
const STATEMENT_EVENTS_MAX: usize = 100;
/// How many events are on a page.
pub const PAGE_EVENTS: usize = 50;
/// How many of somebody's events are looked at for one page of some of them. Whoever looks for rare ones turns more pages.
pub const OWN_LOOKED_AT_MAX: usize = 5_000;
/// How many of them are read at once.
const READ_EVENTS: usize = 500;

/// Where a page of the log ends, and the next begins.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Cursor(pub(crate) i64);

/// A cursor that none of our pages has.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("this is no place in a log")]
pub struct BadCursor;

impl std::fmt::Display for Cursor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for Cursor {
    type Err = BadCursor;

    fn from_str(text: &str) -> Result<Self, BadCursor> {
        text.parse().ok().filter(|seq| *seq >= 0).map(Self).ok_or(BadCursor)
    }
}

/// A page of the log, or of what of it somebody may read.
#[derive(Clone, Debug)]
pub struct EventPage {
    /// Newest first, at most [`PAGE_EVENTS`].
    pub events: Vec<Recorded>,
    /// Where the older ones are, if there are any.
    pub older: Option<Cursor>,
}

/// The key of the index is the place in somebody's own log, so a page is read from where it begins and no further,
/// however long the log and however old the page.
const OWN_EVENTS: &str = "SELECT i.seq, e.body FROM audit_by_identity i JOIN audit_event e ON e.seq = i.seq \
                          WHERE i.identity = $1 AND i.seq < $2 ORDER BY i.seq DESC LIMIT $3";

/// What happened to `identity`, older than `before`.
pub async fn own_events(
    database: &Database,
    identity: IdentityId,
    before: Option<Cursor>,
) -> Result<EventPage, Error> {
    let mut rows = own_rows(database, identity, before, PAGE_EVENTS + 1).await?;
    let is_more = rows.len() > PAGE_EVENTS;
    rows.truncate(PAGE_EVENTS);
    let older = rows.last().map(|(place, _)| *place).filter(|_| is_more);
    Ok(EventPage { events: rows.into_iter().map(|(_, event)| event).collect(), older })
}

/// The same, but only what is wanted of it. A page may be short, or empty, and have older ones all the same.
pub async fn own_events_that(
    database: &Database,
    identity: IdentityId,
    is_wanted: impl Fn(&Event) -> bool,
    before: Option<Cursor>,
) -> Result<EventPage, Error> {
    let (mut events, mut last, mut next, mut looked_at) = (Vec::new(), None, before, 0);
    loop {
        let rows = own_rows(database, identity, next, READ_EVENTS).await?;
        let is_end = rows.len() < READ_EVENTS;
        looked_at += rows.len();
        for (place, recorded) in rows {
            next = Some(place);
            if !is_wanted(&recorded.event) {
                continue;
            }
            if events.len() == PAGE_EVENTS {
                return Ok(EventPage { events, older: last });
            }
            last = Some(place);
            events.push(recorded);
        }
        if is_end {
            return Ok(EventPage { events, older: None });
        }
        if looked_at >= OWN_LOOKED_AT_MAX {
            return Ok(EventPage { events, older: next });
        }
    }
}

async fn own_rows(
    database: &Database,
    identity: IdentityId,
    before: Option<Cursor>,
    many: usize,
) -> Result<Vec<(Cursor, Recorded)>, Error> {
    let rows = sqlx::query(OWN_EVENTS)
        .bind(identity.to_string())
        .bind(before.map_or(i64::MAX, |cursor| cursor.0))
        .bind(i64::try_from(many).unwrap_or(i64::MAX))
        .fetch_all(database.reader())
        .await?;
    rows.iter()
        .map(|row| Ok((Cursor(row.try_get("seq")?), row.try_get::<String, _>("body")?.parse()?)))
        .collect()
}

/// Note whom the next sealed events are about; how many were looked at.
pub(crate) async fn index_some(database: &Database) -> Result<u64, Error> {
    let waiting: Option<i64> = sqlx::query_scalar(
        "SELECT seq FROM audit_event WHERE seq = (SELECT next_seq FROM audit_indexed WHERE name = 'by-identity')",
    )
    .fetch_optional(database.reader())
    .await?;
    if waiting.is_none() {
        return Ok(0);
    }
    let mut tx = database.begin().await?;
    // The row's lock keeps two nodes from doing the same at once.
    let from: i64 = sqlx::query_scalar(
        "UPDATE audit_indexed SET next_seq = next_seq WHERE name = 'by-identity' RETURNING next_seq",
    )
    .fetch_one(&mut *tx)
    .await?;
    let rows: Vec<(i64, String)> =
        sqlx::query_as("SELECT seq, body FROM audit_event WHERE seq >= $1 AND seq < $2 ORDER BY seq")
            .bind(from)
            .bind(from.saturating_add(BATCH_EVENTS))
            .fetch_all(&mut *tx)
            .await?;
    let about: Vec<(String, i64)> =
        rows.iter().filter_map(|(seq, body)| Some((whose(body)?, *seq))).collect();
    insert(&mut tx, &about).await?;
    let looked_at = i64::try_from(rows.len()).unwrap_or(0);
    sqlx::query("UPDATE audit_indexed SET next_seq = $1 WHERE name = 'by-identity'")
        .bind(from.saturating_add(looked_at))
        .execute(&mut *tx)
        .await?;
    tx.commit().await?;
    Ok(rows.len() as u64)
}

async fn insert(connection: &mut AnyConnection, about: &[(String, i64)]) -> Result<(), Error> {
    for some in about.chunks(STATEMENT_EVENTS_MAX) {
        let rows = placeholders(some.len(), 2);
        let sql = format!(
            "INSERT INTO audit_by_identity (identity, seq) VALUES {rows} ON CONFLICT (identity, seq) DO NOTHING"
        );
        let full = some.len() == STATEMENT_EVENTS_MAX;
        let mut statement = sqlx::query(AssertSqlSafe(sql)).persistent(full);
        for (identity, seq) in some {
            statement = statement.bind(identity.as_str()).bind(*seq);
        }
        statement.execute(&mut *connection).await?;
    }
    Ok(())
}

/// Whom an event is about: the field `identity`, whatever its kind, so that an event made tomorrow has its reader.
fn whose(body: &str) -> Option<String> {
    #[derive(Deserialize)]
    struct Body {
        event: About,
    }
    #[derive(Deserialize)]
    struct About {
        identity: Option<IdentityId>,
    }
    let body: Body = serde_json::from_str(body).ok()?;
    body.event.identity.map(|identity| identity.to_string())
}

#[cfg(test)]
mod tests {
    use portner_domain::IdentityId;
    use uuid::Uuid;

    use sqlx::{AssertSqlSafe, Row as _};

    use super::{OWN_EVENTS, OWN_LOOKED_AT_MAX, PAGE_EVENTS, own_events, own_events_that};
    use crate::testing::{Stage, for_each_engine};
    use crate::{Actor, Engine, Event};

    /// A log so long that nobody would read all of it.
    const LONG_LOG_EVENTS: i64 = 100_000;

    fn ended(identity: IdentityId, session: usize) -> Event {
        Event::SessionEnded { identity, session: session.to_string() }
    }

    #[tokio::test]
    async fn everybody_reads_their_own_events_and_nobody_elses_newest_first() {
        for_each_engine(|stage| async move {
            let [anna, bo] = [1, 2].map(|n| IdentityId(Uuid::from_u128(n)));
            for n in 0..PAGE_EVENTS + 20 {
                stage.log.append(Actor::system("test"), ended(anna, n)).await.unwrap();
                stage.log.append(Actor::system("test"), Event::SetupLinkUsed).await.unwrap();
            }
            stage.log.append(Actor::system("test"), ended(bo, 0)).await.unwrap();
            let nothing = own_events(&stage.database, anna, None).await.unwrap();
            assert!(nothing.events.is_empty() && nothing.older.is_none(), "what is not sealed waits");
            stage.seal().await;
            stage.seal().await;
            let first = own_events(&stage.database, anna, None).await.unwrap();
            let second = own_events(&stage.database, anna, first.older).await.unwrap();
            assert_eq!((first.events.len(), second.events.len()), (PAGE_EVENTS, 20));
            assert!(second.older.is_none());
            let found = first.events.iter().chain(&second.events).map(|it| it.event.clone());
            let expected = (0..PAGE_EVENTS + 20).rev().map(|n| ended(anna, n));
            assert_eq!(found.collect::<Vec<_>>(), expected.collect::<Vec<_>>());
            assert_eq!(own_events(&stage.database, bo, None).await.unwrap().events.len(), 1);
        })
        .await;
    }

    /// The numbers from none to [`LONG_LOG_EVENTS`].
    fn numbers() -> String {
        let digits = "(SELECT 0 AS d UNION SELECT 1 UNION SELECT 2 UNION SELECT 3 UNION SELECT 4 UNION \
                      SELECT 5 UNION SELECT 6 UNION SELECT 7 UNION SELECT 8 UNION SELECT 9)";
        format!(
            "SELECT a.d + 10 * b.d + 100 * c.d + 1000 * d.d + 10000 * e.d AS n \
             FROM {digits} a, {digits} b, {digits} c, {digits} d, {digits} e"
        )
    }

    /// So many events like those that are there already: of which place each is a copy is said of its number `n`.
    fn copies(of: &str, from: i64, many: i64) -> String {
        let numbers = numbers();
        format!(
            "INSERT INTO audit_event SELECT i.n + {from}, CAST(i.n + {from} AS TEXT), e.body, '' \
             FROM (SELECT n, {of} AS place FROM ({numbers}) j WHERE n < {many}) i \
             JOIN audit_event e ON e.seq = i.place"
        )
    }

    #[tokio::test]
    async fn some_of_somebodys_events_are_found_among_many_others_each_on_one_page() {
        for_each_engine(|stage| async move {
            let anna = IdentityId(Uuid::from_u128(1));
            let rare = Event::LoginsErased { identity: anna };
            for event in [rare.clone(), ended(anna, 0)] {
                stage.log.append(Actor::system("test"), event).await.unwrap();
            }
            stage.seal().await;
            // One rare event, as many others as are looked at for a page, and one rare more than stand on a page.
            let others = i64::try_from(OWN_LOOKED_AT_MAX).unwrap();
            let rare_ones = i64::try_from(PAGE_EVENTS + 1).unwrap();
            let fill = [
                copies(&format!("CASE WHEN n < {others} THEN 1 ELSE 0 END"), 2, others + rare_ones),
                format!("INSERT INTO audit_by_identity SELECT '{anna}', seq FROM audit_event WHERE seq > 1"),
            ];
            for sql in fill {
                sqlx::query(AssertSqlSafe(sql)).execute(stage.danger_writer()).await.unwrap();
            }
            let is_rare = |event: &Event| matches!(event, Event::LoginsErased { .. });
            let (mut pages, mut before) = (Vec::new(), None);
            loop {
                let page = own_events_that(&stage.database, anna, is_rare, before).await.unwrap();
                assert!(page.events.iter().all(|it| it.event == rare), "nothing else");
                pages.push(page.events.len());
                before = page.older;
                if before.is_none() {
                    break;
                }
            }
            assert_eq!(pages[0], PAGE_EVENTS);
            assert_eq!(pages.iter().sum::<usize>(), PAGE_EVENTS + 2, "{pages:?}");
            let one = own_events_that(&stage.database, anna, |_| false, None).await.unwrap();
            assert!(one.events.is_empty() && one.older.is_some(), "it is not looked for without an end");
        })
        .await;
    }

    /// What the engine does for a page in the middle of somebody's log.
    async fn plan_of_a_page(stage: &Stage, identity: IdentityId) -> String {
        let explain = match stage.engine {
            Engine::Sqlite => "EXPLAIN QUERY PLAN",
            Engine::Postgres => "EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF)",
        };
        let rows = sqlx::query(AssertSqlSafe(format!("{explain} {OWN_EVENTS}")))
            .bind(identity.to_string())
            .bind(LONG_LOG_EVENTS / 2)
            .bind(i64::try_from(PAGE_EVENTS).unwrap() + 1)
            .fetch_all(stage.danger_writer())
            .await
            .unwrap();
        let column = if stage.engine == Engine::Sqlite { "detail" } else { "QUERY PLAN" };
        rows.iter().map(|row| row.get::<String, _>(column) + "\n").collect()
    }

    #[tokio::test]
    async fn a_page_of_a_log_of_100_000_events_reads_no_more_than_a_page() {
        for_each_engine(|stage| async move {
            let anna = IdentityId(Uuid::from_u128(1));
            let numbers = numbers();
            let fill = [
                format!("INSERT INTO audit_event SELECT n, CAST(n AS TEXT), '{{}}', '' FROM ({numbers}) i"),
                format!("INSERT INTO audit_by_identity SELECT '{anna}', n FROM ({numbers}) i"),
                "ANALYZE".to_owned(),
            ];
            for sql in fill {
                sqlx::query(AssertSqlSafe(sql)).execute(stage.danger_writer()).await.unwrap();
            }
            let count: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM audit_by_identity")
                .fetch_one(stage.database.reader())
                .await
                .unwrap();
            assert_eq!(count, LONG_LOG_EVENTS);
            let plan = plan_of_a_page(&stage, anna).await;
            let more = ["SCAN", "TEMP B-TREE", "Seq Scan", "Sort", "Hash", "Rows Removed"];
            assert!(more.iter().all(|word| !plan.contains(word)), "{plan}");
            let fewest = match stage.engine {
                Engine::Sqlite => ["(identity=? AND seq<?)", "(seq=?)"],
                Engine::Postgres => ["Index Only Scan Backward", "rows=51"],
            };
            assert!(fewest.iter().all(|word| plan.contains(word)), "{plan}");
        })
        .await;
    }

    #[tokio::test]
    async fn a_log_from_before_the_index_catches_up() {
        for_each_engine(|stage| async move {
            let anna = IdentityId(Uuid::from_u128(1));
            for n in 0..1_100 {
                stage.log.append(Actor::system("test"), ended(anna, n)).await.unwrap();
            }
            stage.seal().await;
            for sql in ["DELETE FROM audit_by_identity", "UPDATE audit_indexed SET next_seq = 0"] {
                sqlx::query(sql).execute(stage.danger_writer()).await.unwrap();
            }
            stage.log.index_own_events().await.unwrap();
            let count: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM audit_by_identity")
                .fetch_one(stage.database.reader())
                .await
                .unwrap();
            assert_eq!(count, 1_100);
        })
        .await;
    }
}
