//! The work that a wrong password makes, counted: statements, look-ups in the session store, hashes. It is the same
//! whoever's it is, so that a watch can tell nobody apart; and unlike a watch, counting does not mind a busy machine.
//!
//! A program of its own, because statements are counted for the whole program.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

#[path = "../it/stage.rs"]
#[expect(dead_code, reason = "other tests play on it, too")]
mod stage;

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use portner_audit_log::Error;
use portner_audit_log::volatile::Volatile;
use portner_authenticators::Refusal;
use portner_domain::Moment;
use portner_domain::identity::{Identity, State};
use tracing::Subscriber;
use tracing::field::{Field, Visit};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};

use crate::stage::{PASSWORD, World, for_each_world};

/// What has been done.
#[derive(Clone, Default)]
struct Done(Arc<Mutex<Vec<String>>>);

impl Done {
    fn note(&self, what: &str) {
        self.0.lock().unwrap().push(what.to_owned());
    }

    fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().unwrap())
    }
}

/// Statements, as the database's library tells of them.
struct Statements(Done);

impl<S: Subscriber> Layer<S> for Statements {
    fn on_event(&self, event: &tracing::Event<'_>, _: Context<'_, S>) {
        if event.metadata().target() == "sqlx::query" {
            event.record(&mut Summary(&self.0));
        }
    }
}

struct Summary<'d>(&'d Done);

impl Visit for Summary<'_> {
    fn record_str(&mut self, field: &Field, value: &str) {
        // What a connection begins with is nobody's work: the pool opens one when it likes.
        if field.name() == "summary" && !value.starts_with("PRAGMA ") && !value.starts_with("SET ") {
            self.0.note(value);
        }
    }

    fn record_debug(&mut self, _: &Field, _: &dyn std::fmt::Debug) {}
}

/// A session store that tells what it is asked; not of whom.
struct Telling {
    store: Arc<dyn Volatile>,
    done: Done,
}

#[async_trait]
impl Volatile for Telling {
    async fn get(&self, key: &str, now: Moment) -> Result<Option<String>, Error> {
        self.done.note("get");
        self.store.get(key, now).await
    }

    async fn put(&self, key: &str, value: &str, expires: Moment, now: Moment) -> Result<(), Error> {
        self.done.note("put");
        self.store.put(key, value, expires, now).await
    }

    async fn put_if_absent(
        &self,
        key: &str,
        value: &str,
        expires: Moment,
        now: Moment,
    ) -> Result<bool, Error> {
        self.done.note("put-if-absent");
        self.store.put_if_absent(key, value, expires, now).await
    }

    async fn swap(
        &self,
        key: &str,
        old: &str,
        new: &str,
        expires: Moment,
        now: Moment,
    ) -> Result<bool, Error> {
        self.done.note("swap");
        self.store.swap(key, old, new, expires, now).await
    }

    async fn take(&self, key: &str, now: Moment) -> Result<Option<String>, Error> {
        self.done.note("take");
        self.store.take(key, now).await
    }

    async fn increment(&self, key: &str, expires: Moment, now: Moment) -> Result<u64, Error> {
        self.done.note("increment");
        self.store.increment(key, expires, now).await
    }

    async fn remove(&self, key: &str) -> Result<(), Error> {
        self.done.note("remove");
        self.store.remove(key).await
    }

    async fn purge(&self, now: Moment) -> Result<u64, Error> {
        self.store.purge(now).await
    }
}

/// Everything that six wrong passwords make: five that are looked at and one that is not.
async fn work(world: &World, who: (&str, Option<Identity>, &str)) -> Vec<Vec<String>> {
    let done = DONE.with(Done::clone);
    let telling = Telling { store: world.volatile().await, done: done.clone() };
    let node = world.node_with(Arc::new(telling), world.hashing.clone()).await;
    let (name, identity, typed) = who;
    // Connections are opened, and whatever is prepared once is prepared.
    assert!(world.types_password(&node, "somebody-else", None, typed).await.is_err());
    let mut steps = Vec::new();
    for n in 0..6 {
        done.take();
        let before = world.hashing.computed();
        let refused = world.types_password(&node, name, identity.as_ref(), typed).await.unwrap_err();
        assert_eq!(matches!(refused, Refusal::TooMany(_)), n == 5, "{refused:?}");
        let mut step = done.take();
        // SQLite's thread tells of a statement when it puts it away, sooner or later than the next step begins.
        step.sort();
        step.push(format!("{} hashes", world.hashing.computed() - before));
        steps.push(step);
    }
    steps
}

thread_local! {
    static DONE: Done = Done::default();
}

#[tokio::test]
async fn t_enum_01_a_wrong_password_is_the_same_work_whoever_it_belongs_to() {
    let statements = Statements(DONE.with(Done::clone));
    tracing::subscriber::set_global_default(tracing_subscriber::registry().with(statements)).unwrap();
    for_each_world(|world| async move {
        let anna = world.user("anna").await.identity;
        let locked = Identity { state: State::Locked, ..world.user("bo").await.identity };
        let without = world.nobody_yet("carl").await;
        let expected = work(&world, ("anna", Some(anna), "wrong")).await;
        let looked_at = expected[0].join(" | ");
        assert!(
            looked_at.contains("SELECT") && looked_at.contains("INSERT"),
            "statements are seen: {looked_at}"
        );
        assert!(looked_at.ends_with("1 hashes") && expected[5].join(" | ").ends_with("0 hashes"));
        for who in
            [("nobody", None, "wrong"), ("bo", Some(locked), PASSWORD), ("carl", Some(without), "wrong")]
        {
            let name = who.0;
            assert_eq!(work(&world, who).await, expected, "{name}");
        }
    })
    .await;
}
