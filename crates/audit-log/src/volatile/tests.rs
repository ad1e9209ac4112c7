//! One suite for every store of what is short-lived: they differ in nothing a caller could see.

use std::collections::BTreeSet;
use std::future::Future;
use std::sync::Arc;

use futures_util::future::join_all;
use portner_domain::{Millis, Moment};

use super::{
    KEY_BYTES_MAX, PURGE_VALUES_MAX, VALUE_BYTES_MAX, Volatile, VolatileDatabase, VolatileRedis, run_purge,
};
use crate::Error;
use crate::testing::{REDIS, START, for_each_engine, server, unique_name};

const NOW: Moment = START;

fn after(minutes: u64) -> Moment {
    NOW.plus(Millis::minutes(minutes))
}

#[tokio::test(flavor = "multi_thread")]
async fn in_the_database() {
    for_each_engine(|stage| async move {
        let store = Arc::new(VolatileDatabase::open(&stage.settings).await.unwrap());
        check_volatile(Arc::clone(&store) as _).await;
        check_purge(&*store).await;
        let again = VolatileDatabase::open(&stage.settings).await.unwrap();
        again.put("kept", "1", after(1), NOW).await.unwrap();
        assert_eq!(store.get("kept", NOW).await.unwrap().as_deref(), Some("1"), "two nodes share it");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn in_redis() {
    let Some(url) = server(REDIS) else { return };
    let store = VolatileRedis::open(&url, &format!("{}:", unique_name())).await.unwrap();
    check_volatile(Arc::new(store)).await;
}

async fn check_volatile(store: Arc<dyn Volatile>) {
    check_expiry(&*store).await;
    check_swap_and_take(&*store).await;
    check_counting(&*store).await;
    check_limits(&*store).await;
    check_one_winner(&store).await;
    check_distinct_counts(&store).await;
}

async fn check_expiry(store: &dyn Volatile) {
    assert_eq!(store.get("e", NOW).await.unwrap(), None);
    store.put("e", "æ 1", after(2), NOW).await.unwrap();
    assert_eq!(store.get("e", NOW).await.unwrap().as_deref(), Some("æ 1"));
    assert_eq!(store.get("e", after(2)).await.unwrap(), None, "expires at its expiry, not after");
    assert!(!store.put_if_absent("e", "2", after(3), NOW).await.unwrap());
    assert!(store.put_if_absent("e", "3", after(4), after(2)).await.unwrap(), "expired is absent");
    assert_eq!(store.get("e", after(3)).await.unwrap().as_deref(), Some("3"));
    store.put("e", "", after(5), after(3)).await.unwrap();
    assert_eq!(store.get("e", after(4)).await.unwrap().as_deref(), Some(""));
    store.put("e", "late", after(3), after(3)).await.unwrap();
    assert_eq!(store.get("e", after(3)).await.unwrap(), None, "put when already expired");
    store.put("e", "1", after(2), NOW).await.unwrap();
    store.remove("e").await.unwrap();
    store.remove("e").await.unwrap();
    assert_eq!(store.get("e", NOW).await.unwrap(), None);
}

async fn check_swap_and_take(store: &dyn Volatile) {
    assert!(!store.swap("s", "", "x", after(1), NOW).await.unwrap(), "nothing is not the empty value");
    store.put("s", "a", after(1), NOW).await.unwrap();
    assert!(!store.swap("s", "b", "c", after(1), NOW).await.unwrap());
    assert!(store.swap("s", "a", "b", after(2), NOW).await.unwrap());
    assert_eq!(store.get("s", after(1)).await.unwrap().as_deref(), Some("b"), "with the new expiry");
    assert!(!store.swap("s", "b", "c", after(9), after(2)).await.unwrap(), "expired");
    store.put("s", "d", after(1), NOW).await.unwrap();
    assert_eq!(store.take("s", NOW).await.unwrap().as_deref(), Some("d"));
    assert_eq!(store.take("s", NOW).await.unwrap(), None);
    store.put("s", "e", after(1), NOW).await.unwrap();
    assert_eq!(store.take("s", after(1)).await.unwrap(), None, "expired");
}

async fn check_counting(store: &dyn Volatile) {
    assert_eq!(store.increment("c", after(1), NOW).await.unwrap(), 1);
    assert_eq!(store.increment("c", after(9), NOW).await.unwrap(), 2);
    assert_eq!(store.get("c", NOW).await.unwrap().as_deref(), Some("2"));
    assert_eq!(store.increment("c", after(9), after(1)).await.unwrap(), 1, "the window did not move");
    assert_eq!(store.increment("c", after(99), after(8)).await.unwrap(), 2);
    assert_eq!(store.get("c", after(9)).await.unwrap(), None);
}

async fn check_limits(store: &dyn Volatile) {
    let (key, value) = ("k".repeat(KEY_BYTES_MAX), "v".repeat(VALUE_BYTES_MAX));
    store.put(&key, &value, after(1), NOW).await.unwrap();
    assert_eq!(store.take(&key, NOW).await.unwrap(), Some(value.clone()));
    let (long, large) = (format!("{key}k"), format!("{value}v"));
    let too_large =
        |error: Option<Error>| assert!(matches!(error, Some(Error::TooLarge { .. })), "{error:?}");
    too_large(store.get(&long, NOW).await.err());
    too_large(store.put(&key, &large, after(1), NOW).await.err());
    too_large(store.put(&long, "", after(1), NOW).await.err());
    too_large(store.put_if_absent(&key, &large, after(1), NOW).await.err());
    too_large(store.swap(&key, "", &large, after(1), NOW).await.err());
    too_large(store.take(&long, NOW).await.err());
    too_large(store.increment(&long, after(1), NOW).await.err());
    too_large(store.remove(&long).await.err());
}

async fn check_one_winner(store: &Arc<dyn Volatile>) {
    let put = at_once(50, store, |store, n| async move {
        store.put_if_absent("w", &n.to_string(), after(1), NOW).await.unwrap()
    });
    assert_eq!(put.await.into_iter().filter(|won| *won).count(), 1, "one puts");
    store.put("w", "old", after(1), NOW).await.unwrap();
    let swapped = at_once(50, store, |store, n| async move {
        store.swap("w", "old", &n.to_string(), after(1), NOW).await.unwrap()
    });
    assert_eq!(swapped.await.into_iter().filter(|won| *won).count(), 1, "one swaps");
    let taken = at_once(50, store, |store, _| async move { store.take("w", NOW).await.unwrap() });
    assert_eq!(taken.await.into_iter().flatten().count(), 1, "one takes");
    // The same for a value that expired and was not yet cleaned up.
    store.put("w", "old", after(1), NOW).await.unwrap();
    let put = at_once(50, store, |store, n| async move {
        store.put_if_absent("w", &n.to_string(), after(2), after(1)).await.unwrap()
    });
    assert_eq!(put.await.into_iter().filter(|won| *won).count(), 1, "one puts what expired");
}

async fn check_distinct_counts(store: &Arc<dyn Volatile>) {
    let counts =
        at_once(100, store, |store, _| async move { store.increment("d", after(1), NOW).await.unwrap() });
    let counts: BTreeSet<u64> = counts.await.into_iter().collect();
    assert_eq!(counts, (1..=100).collect());
}

#[tokio::test]
async fn purging_goes_on_until_stopped() {
    for_each_engine(|stage| async move {
        let store = Arc::new(VolatileDatabase::open(&stage.settings).await.unwrap());
        for n in 0..PURGE_VALUES_MAX * 2 {
            store.put(&n.to_string(), "", NOW, NOW).await.unwrap();
        }
        let enough = tokio::time::sleep(std::time::Duration::from_millis(300));
        run_purge(Arc::clone(&store) as _, Arc::clone(&stage.clock) as _, enough).await;
        assert_eq!(store.purge(NOW).await.unwrap(), 0);
    })
    .await;
}

async fn check_purge(store: &dyn Volatile) {
    while store.purge(after(100)).await.unwrap() > 0 {}
    for n in 0..=PURGE_VALUES_MAX {
        store.put(&format!("p{n}"), "", after(1), NOW).await.unwrap();
    }
    store.put("live", "", after(2), NOW).await.unwrap();
    assert_eq!(store.purge(NOW).await.unwrap(), 0);
    assert_eq!(store.purge(after(1)).await.unwrap(), u64::from(PURGE_VALUES_MAX));
    assert_eq!(store.purge(after(1)).await.unwrap(), 1);
    assert_eq!(store.purge(after(1)).await.unwrap(), 0);
    assert!(store.get("live", after(1)).await.unwrap().is_some());
}

async fn at_once<T, Fut>(
    callers: usize,
    store: &Arc<dyn Volatile>,
    call: impl Fn(Arc<dyn Volatile>, usize) -> Fut,
) -> Vec<T>
where
    Fut: Future<Output = T> + Send + 'static,
    T: Send + 'static,
{
    let calls = (0..callers).map(|n| tokio::spawn(call(Arc::clone(store), n)));
    join_all(calls).await.into_iter().map(Result::unwrap).collect()
}
