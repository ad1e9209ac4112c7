//! The log as a feed of changes: whom the events after a place are about. Whoever keeps another register in step with
//! ours looks at those, and misses nothing that was done by whatever way.

use std::collections::BTreeSet;

use portner_domain::{IdentityId, PersonId};
use serde::Deserialize;
use sqlx::Row;

use crate::{Actor, Database, Error};

/// How many events are looked at at once.
const BATCH_EVENTS: i64 = 2_000;

/// Whom some events are about.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Changes {
    /// Identities.
    pub identities: BTreeSet<IdentityId>,
    /// Persons, with all identities they have.
    pub persons: BTreeSet<PersonId>,
    /// Where the next events are.
    pub next: i64,
    /// Were these the last?
    pub are_all: bool,
}

/// Whom the sealed events from that place on are about, but for those of one actor, who knows what it did.
pub async fn changes_since(database: &Database, from: i64, but: &Actor) -> Result<Changes, Error> {
    let rows = sqlx::query("SELECT seq, body FROM audit_event WHERE seq >= $1 AND seq < $2 ORDER BY seq")
        .bind(from)
        .bind(from.saturating_add(BATCH_EVENTS))
        .fetch_all(database.reader())
        .await?;
    let are_all = i64::try_from(rows.len()).is_ok_and(|read| read < BATCH_EVENTS);
    let mut changes = Changes { next: from, are_all, ..Changes::default() };
    for row in rows {
        changes.next = row.try_get::<i64, _>("seq")?.saturating_add(1);
        let body: String = row.try_get("body")?;
        let body: Body = serde_json::from_str(&body).map_err(|_| Error::Stored("event"))?;
        if body.actor != *but {
            changes.identities.extend(body.event.identity);
            changes.persons.extend(body.event.person);
        }
    }
    Ok(changes)
}

/// How many events are sealed: the place of the next one.
pub async fn sealed_count(database: &Database) -> Result<i64, Error> {
    let last: Option<i64> =
        sqlx::query_scalar("SELECT MAX(seq) FROM audit_event").fetch_one(database.reader()).await?;
    Ok(last.map_or(0, |last| last.saturating_add(1)))
}

/// The fields `identity` and `person`, whatever the kind: an event made tomorrow is a change, too.
#[derive(Deserialize)]
struct Body {
    actor: Actor,
    event: About,
}

#[derive(Deserialize)]
struct About {
    identity: Option<IdentityId>,
    person: Option<PersonId>,
}

#[cfg(test)]
mod tests {
    use portner_domain::{IdentityId, PersonId};
    use uuid::Uuid;

    use super::{changes_since, sealed_count};
    use crate::testing::for_each_engine;
    use crate::{Actor, Event};

    #[tokio::test]
    async fn whoever_follows_hears_of_everybody_once_and_not_of_itself() {
        for_each_engine(|stage| async move {
            let (me, identity) = (Actor::system("sync"), IdentityId(Uuid::from_u128(1)));
            let ended =
                |n| Event::SessionEnded { identity: IdentityId(Uuid::from_u128(n)), session: "s".to_owned() };
            stage.log.append(Actor::system("test"), ended(1)).await.unwrap();
            stage.log.append(me.clone(), ended(2)).await.unwrap();
            assert_eq!(sealed_count(&stage.database).await.unwrap(), 0, "what is not sealed has no place");
            stage.seal().await;
            let changes = changes_since(&stage.database, 0, &me).await.unwrap();
            assert_eq!(changes.identities.into_iter().collect::<Vec<_>>(), [identity]);
            assert_eq!((changes.next, changes.are_all), (2, true));
            assert_eq!(sealed_count(&stage.database).await.unwrap(), 2);
            let person = PersonId(Uuid::from_u128(7));
            stage.log.append(Actor::system("test"), Event::CprRecorded { person }).await.unwrap();
            stage.seal().await;
            let changes = changes_since(&stage.database, 2, &me).await.unwrap();
            assert!(changes.identities.is_empty() && changes.persons.contains(&person));
            let nothing = changes_since(&stage.database, changes.next, &me).await.unwrap();
            assert_eq!((nothing.next, nothing.persons.len()), (3, 0));
        })
        .await;
    }
}
