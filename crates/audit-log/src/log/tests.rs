//! What is written, and when, on both engines.

use std::sync::Arc;

use futures_util::future::join_all;
use portner_domain::life::Locker;
use portner_domain::{IdentityId, Millis, Reference};
use sqlx::AnyPool;

use crate::recorded::EVENT_BYTES_MAX;
use crate::testing::{START, Stage, for_each_engine};
use crate::{Actor, AuditLog, Database, Error, Event, QUEUE_EVENTS_MAX, Recorded};

fn actor() -> Actor {
    Actor::Operator { name: "anna".to_owned() }
}

fn locked(stage: &Stage, why: &str) -> Event {
    Event::IdentityLocked {
        identity: IdentityId::new(START, &*stage.entropy),
        locker: Locker::Support,
        why: why.to_owned(),
    }
}

async fn pending(reader: &AnyPool) -> Vec<Recorded> {
    let bodies: Vec<String> =
        sqlx::query_scalar("SELECT body FROM audit_pending ORDER BY id").fetch_all(reader).await.unwrap();
    bodies.iter().map(|body| body.parse().unwrap()).collect()
}

async fn changes(reader: &AnyPool) -> i64 {
    sqlx::query_scalar("SELECT COUNT(*) FROM thing").fetch_one(reader).await.unwrap()
}

async fn with_a_table(stage: &Stage) {
    sqlx::query("CREATE TABLE thing (name TEXT)").execute(stage.danger_writer()).await.unwrap();
}

const INSERT: &str = "INSERT INTO thing (name) VALUES ('x')";

#[tokio::test]
async fn an_event_is_in_the_same_transaction_as_its_change() {
    for_each_engine(|stage| async move {
        with_a_table(&stage).await;
        let mut tx = stage.log.begin(actor()).await.unwrap();
        let event = locked(&stage, "lost badge");
        sqlx::query(INSERT).execute(tx.write(event.clone())).await.unwrap();
        sqlx::query(INSERT).execute(tx.write(locked(&stage, "another"))).await.unwrap();
        let reader = stage.database.reader();
        assert_eq!((changes(reader).await, pending(reader).await.len()), (0, 0), "nothing before the commit");
        stage.clock.advance(Millis::minutes(1));
        tx.commit().await.unwrap();
        let written = pending(reader).await;
        assert_eq!((changes(reader).await, written.len()), (2, 2), "both with it");
        let first = &written[0];
        assert_eq!((first.at, &first.actor, &first.event), (START, &actor(), &event));
        assert_eq!(first.reference, None);

        // The event can't be written: the change does not happen.
        let mut tx = stage.log.begin(actor()).await.unwrap();
        sqlx::query(INSERT).execute(tx.write(locked(&stage, &"x".repeat(EVENT_BYTES_MAX)))).await.unwrap();
        assert!(matches!(tx.commit().await, Err(Error::TooLarge { .. })));
        assert_eq!(changes(reader).await, 2);
    })
    .await;
}

#[tokio::test]
async fn what_did_not_happen_is_not_written_down() {
    for_each_engine(|stage| async move {
        with_a_table(&stage).await;
        let reader = stage.database.reader();
        let mut tx = stage.log.begin(actor()).await.unwrap();
        sqlx::query(INSERT).execute(tx.write(locked(&stage, "dropped"))).await.unwrap();
        drop(tx);
        let mut tx = stage.log.begin(actor()).await.unwrap();
        sqlx::query(INSERT).execute(tx.write(locked(&stage, "failed"))).await.unwrap();
        sqlx::query("INSERT INTO nowhere VALUES (1)")
            .execute(tx.write(locked(&stage, "x")))
            .await
            .unwrap_err();
        drop(tx);
        let tx = stage.log.begin(actor()).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!((changes(reader).await, pending(reader).await.len()), (0, 0));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_appended_is_durable_on_return_and_in_the_order_of_its_node() {
    for_each_engine(|stage| async move {
        let reference = Reference::new(START, &*stage.entropy);
        let log = stage.log.about(reference);
        let first = log.append(actor(), locked(&stage, "first")).await.unwrap();
        assert_eq!(pending(stage.database.reader()).await[0].id, first);
        assert_eq!(pending(stage.database.reader()).await[0].reference, Some(reference));

        let appends = (0..1_000).map(|n| {
            let (log, event) = (stage.log.clone(), locked(&stage, &n.to_string()));
            tokio::spawn(async move { log.append(actor(), event).await.unwrap() })
        });
        let mut ids: Vec<_> = join_all(appends).await.into_iter().map(Result::unwrap).collect();
        ids.push(first);
        ids.sort();
        let written: Vec<_> =
            pending(stage.database.reader()).await.iter().map(|recorded| recorded.id).collect();
        assert_eq!(written, ids);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_that_stops_waiting_takes_nobody_with_it() {
    for_each_engine(|stage| async move {
        let appends: Vec<_> = (0..200)
            .map(|n| {
                let (log, event) = (stage.log.clone(), locked(&stage, &n.to_string()));
                let append = tokio::spawn(async move { log.append(actor(), event).await });
                if n % 2 == 0 {
                    append.abort();
                }
                append
            })
            .collect();
        let written = join_all(appends).await.into_iter().filter_map(Result::ok).map(Result::unwrap).count();
        assert!(written >= 100);
        assert!(pending(stage.database.reader()).await.len() >= written);
    })
    .await;
}

#[tokio::test]
async fn if_the_log_can_not_be_written_every_caller_hears_it() {
    for_each_engine(|stage| async move {
        sqlx::query("DROP TABLE audit_pending").execute(stage.danger_writer()).await.unwrap();
        let appends = (0..300).map(|n| stage.log.append(actor(), locked(&stage, &n.to_string())));
        for answer in join_all(appends).await {
            assert!(matches!(answer, Err(Error::Storage(_))), "{answer:?}");
        }
        with_a_table(&stage).await;
        let mut tx = stage.log.begin(actor()).await.unwrap();
        sqlx::query(INSERT).execute(tx.write(locked(&stage, "x"))).await.unwrap();
        tx.commit().await.unwrap_err();
        assert_eq!(changes(stage.database.reader()).await, 0);
    })
    .await;
}

/// On one thread the writing task does not run between the calls, so that all of them wait.
#[tokio::test(flavor = "current_thread")]
async fn more_than_the_queue_holds_is_refused_at_once() {
    for_each_engine(|stage| async move {
        let appends =
            (0..QUEUE_EVENTS_MAX + 3).map(|n| stage.log.append(actor(), locked(&stage, &n.to_string())));
        let answers = join_all(appends).await;
        let refused = answers.iter().filter(|answer| matches!(answer, Err(Error::QueueFull))).count();
        assert_eq!((refused, pending(stage.database.reader()).await.len()), (3, QUEUE_EVENTS_MAX));
    })
    .await;
}

#[tokio::test]
async fn a_reader_can_not_write() {
    for_each_engine(|stage| async move {
        with_a_table(&stage).await;
        sqlx::query(INSERT).execute(stage.database.reader()).await.unwrap_err();
    })
    .await;
}

#[tokio::test]
async fn migrating_again_or_twice_at_once_changes_nothing() {
    for_each_engine(|stage| async move {
        assert!(stage.database.pending_migrations().await.unwrap().is_empty());
        let other = Database::open(&stage.settings).await.unwrap();
        let (one, two) = tokio::join!(stage.database.migrate(), other.migrate());
        one.and(two).unwrap();
        let log = AuditLog::new(other, Arc::clone(&stage.clock) as _, Arc::clone(&stage.entropy) as _);
        log.append(actor(), locked(&stage, "x")).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_new_database_waits_for_all_migrations() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}/portner.db", folder.path().display());
    let database = Database::open(&crate::Settings::new(url)).await.unwrap();
    assert_eq!(database.pending_migrations().await.unwrap()[0], "0001_audit_log");
}

#[tokio::test]
async fn a_url_of_another_engine_is_refused() {
    for url in ["mysql://x/y", "portner.db", ""] {
        assert!(matches!(Database::open(&crate::Settings::new(url)).await, Err(Error::Setting(_))), "{url}");
    }
}
