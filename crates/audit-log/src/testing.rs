//! For tests, here and in other crates: fresh databases on both engines, a clock that can be turned, and
//! randomness that can be foreseen.
#![expect(clippy::unwrap_used, clippy::panic, clippy::print_stdout, reason = "a test may panic, and says so")]

use std::env;
use std::future::Future;
use std::panic::{AssertUnwindSafe, resume_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use aws_lc_rs::digest;
use futures_util::FutureExt as _;
use portner_domain::{Clock, Entropy, Millis, Moment};
use sqlx::any::AnyPoolOptions;
use sqlx::{AnyPool, AssertSqlSafe};
use tempfile::TempDir;

use crate::note::NoteSigner;
use crate::{AuditLog, Database, Engine, Sealed, Sealer, Settings};

/// A superuser's URL, such as `postgres://postgres@127.0.0.1:5433/postgres`; each test makes its own database.
pub const POSTGRES: &str = "PORTNER_TEST_POSTGRES";
/// A Redis, such as `redis://127.0.0.1:6380`; each test has its own prefix.
pub const REDIS: &str = "PORTNER_TEST_REDIS";
/// Set to 1, it is an error that one of them is left out.
pub const ALL: &str = "PORTNER_TEST_ALL";

/// When the clock of a test starts: 2026-11-21T09:15:04.120Z.
pub const START: Moment = Moment(1_795_252_504_120);

/// A clock that moves only when told to.
#[derive(Debug)]
pub struct TestClock(AtomicI64);

impl Default for TestClock {
    fn default() -> Self {
        Self(AtomicI64::new(START.0))
    }
}

impl TestClock {
    /// Turn it forward.
    pub fn advance(&self, by: Millis) {
        self.set(self.now().plus(by));
    }

    /// Set it.
    pub fn set(&self, to: Moment) {
        self.0.store(to.0, Ordering::SeqCst);
    }
}

impl Clock for TestClock {
    fn now(&self) -> Moment {
        Moment(self.0.load(Ordering::SeqCst))
    }
}

/// The same bytes for the same seed in every run, and never the same twice in one.
#[derive(Debug, Default)]
pub struct TestEntropy {
    seed: u64,
    drawn: AtomicU64,
}

impl TestEntropy {
    /// With a seed.
    pub const fn new(seed: u64) -> Self {
        Self { seed, drawn: AtomicU64::new(0) }
    }
}

impl Entropy for TestEntropy {
    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(digest::SHA256_OUTPUT_LEN) {
            let drawn = self.drawn.fetch_add(1, Ordering::SeqCst);
            let input = [self.seed.to_be_bytes(), drawn.to_be_bytes()].concat();
            let block = digest::digest(&digest::SHA256, &input);
            chunk.iter_mut().zip(block.as_ref()).for_each(|(to, from)| *to = *from);
        }
    }
}

/// What a test plays on: a fresh, migrated database and the log on it.
#[derive(Clone)]
pub struct Stage {
    /// Which engine.
    pub engine: Engine,
    /// How the database was opened.
    pub settings: Settings,
    /// The database.
    pub database: Database,
    /// The log.
    pub log: AuditLog,
    /// Its clock.
    pub clock: Arc<TestClock>,
    /// Its randomness.
    pub entropy: Arc<TestEntropy>,
    /// A folder of its own.
    pub folder: Arc<TempDir>,
}

impl Stage {
    async fn new(settings: Settings, folder: TempDir) -> Self {
        let database = Database::open(&settings).await.unwrap();
        database.migrate().await.unwrap();
        let (clock, entropy) = (Arc::new(TestClock::default()), Arc::new(TestEntropy::default()));
        let log = AuditLog::new(database.clone(), Arc::clone(&clock) as _, Arc::clone(&entropy) as _);
        let (engine, folder) = (database.engine(), Arc::new(folder));
        Self { engine, settings, database, log, clock, entropy, folder }
    }

    /// Seal all that waits, and note whom it is about, as a node does by itself within a second.
    pub async fn seal(&self) {
        let signer = NoteSigner::new("log.example/audit", &[1; 32]).unwrap();
        let sealer = Sealer::new("test", signer, &[], &self.folder.path().join("checkpoints")).unwrap();
        while matches!(self.log.seal_once(&sealer).await.unwrap(), Sealed::Events { .. }) {}
        self.log.index_own_events().await.unwrap();
    }

    /// A connection that can write anything: an intruder's, or a test's that sets the scene.
    pub fn danger_writer(&self) -> &AnyPool {
        self.database.writer()
    }
}

/// Run the check on a fresh SQLite database and, if there is a server, on a fresh PostgreSQL database.
pub async fn for_each_engine<F, Fut>(check: F)
where
    F: Fn(Stage) -> Fut,
    Fut: Future<Output = ()>,
{
    on_sqlite(&check).await;
    if let Some(server) = server(POSTGRES) {
        on_postgres(&server, &check).await;
    }
}

/// The URL of a server for tests, or word that it is left out.
pub fn server(variable: &str) -> Option<String> {
    let url = env::var(variable).ok();
    if url.is_none() && env::var(ALL).is_ok_and(|all| all == "1") {
        panic!("{ALL}=1, but {variable} is not set");
    }
    if url.is_none() {
        println!("left out: {variable} is not set");
    }
    url
}

/// A name that no other test run has.
pub fn unique_name() -> String {
    let folder = TempDir::with_prefix("portner_test_").unwrap();
    let name = folder.path().file_name().unwrap().to_string_lossy().to_lowercase();
    format!("{name}_{}", std::process::id())
}

async fn on_sqlite<F, Fut>(check: &F)
where
    F: Fn(Stage) -> Fut,
    Fut: Future<Output = ()>,
{
    let folder = TempDir::with_prefix("portner-test-").unwrap();
    let url = format!("sqlite://{}", folder.path().join("portner.db").display());
    play(Settings::new(url), folder, check).await;
}

/// The stage outlives the check, which may capture no more of it than a field.
async fn play<F, Fut>(settings: Settings, folder: TempDir, check: &F)
where
    F: Fn(Stage) -> Fut,
    Fut: Future<Output = ()>,
{
    let stage = Stage::new(settings, folder).await;
    check(stage.clone()).await;
}

async fn on_postgres<F, Fut>(server: &str, check: &F)
where
    F: Fn(Stage) -> Fut,
    Fut: Future<Output = ()>,
{
    sqlx::any::install_default_drivers();
    let name = unique_name();
    let admin = AnyPoolOptions::new().max_connections(1).connect(server).await.unwrap();
    let execute =
        async |sql: String| sqlx::raw_sql(AssertSqlSafe(sql)).execute(&admin).await.map(drop).unwrap();
    execute(format!("CREATE DATABASE {name}")).await;
    let url = format!("{}/{name}", server.rsplit_once('/').unwrap().0);
    let outcome = AssertUnwindSafe(async {
        let folder = TempDir::with_prefix("portner-test-").unwrap();
        play(Settings::new(url), folder, check).await;
    })
    .catch_unwind()
    .await;
    execute(format!("DROP DATABASE {name} WITH (FORCE)")).await;
    outcome.unwrap_or_else(|panic| resume_unwind(panic));
}
