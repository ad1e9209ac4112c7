//! The database: who may read, who may write, and what version it is.

use std::borrow::Cow;

use portner_domain::Millis;
use sqlx::any::{AnyConnectOptions, AnyPoolOptions};
use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::{Any, AnyPool, AssertSqlSafe, Connection as _, SqlSafeStr, Transaction};

use crate::Error;
use crate::engine::{Engine, Purpose};

/// Version, name and text of every migration, in order.
const MIGRATIONS: &[(i64, &str, &str)] = &include!(concat!(env!("OUT_DIR"), "/migrations.rs"));

/// A connection idle for less is used without asking whether it still works.
const UNASKED: Millis = Millis::seconds(1);

/// Where the database is and how many connections it gets.
#[derive(Clone, Debug)]
pub struct Settings {
    /// `sqlite:///var/lib/portner/portner.db` or `postgres://user:password@host/name`.
    pub url: String,
    /// Connections that only read; SQLite has no more than there are cores.
    pub readers_max: u32,
    /// Connections that write; SQLite has one whatever this says.
    pub writers_max: u32,
    /// How long a request waits for a connection before it fails.
    pub wait_max: Millis,
}

impl Settings {
    /// What suits most.
    pub fn new(url: impl Into<String>) -> Self {
        Self { url: url.into(), readers_max: 8, writers_max: 8, wait_max: Millis::seconds(5) }
    }
}

/// An open database. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Database {
    engine: Engine,
    reader: AnyPool,
    writer: AnyPool,
}

impl Database {
    /// Open it; a SQLite file that does not exist is created.
    pub async fn open(settings: &Settings) -> Result<Self, Error> {
        Self::open_for(settings, Purpose::Write).await
    }

    /// Open it for what may lose its last moments: [`crate::volatile`].
    pub(crate) async fn open_volatile(settings: &Settings) -> Result<Self, Error> {
        Self::open_for(settings, Purpose::WriteVolatile).await
    }

    async fn open_for(settings: &Settings, write: Purpose) -> Result<Self, Error> {
        let engine = Engine::of_url(&settings.url)
            .ok_or(Error::Setting("a database URL begins with sqlite: or postgres:"))?;
        let cores = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
        let (readers_max, writers_max) = match engine {
            // Each connection is a thread of this process: more of them than cores only wake each other. One more is
            // for whoever reads something long, since [`crate::Gather`] keeps one.
            Engine::Sqlite => {
                (settings.readers_max.min(u32::try_from(cores).unwrap_or(u32::MAX)).max(2) + 1, 1)
            }
            Engine::Postgres => (settings.readers_max, settings.writers_max),
        };
        // The writer first: it creates the file that the readers open.
        let writer = pool(engine, settings, write, writers_max).await?;
        let reader = pool(engine, settings, Purpose::Read, readers_max).await?;
        Ok(Self { engine, reader, writer })
    }

    /// Which engine it is.
    pub const fn engine(&self) -> Engine {
        self.engine
    }

    /// Connections that can't write.
    pub const fn reader(&self) -> &AnyPool {
        &self.reader
    }

    /// Only for this crate: everybody else writes through [`crate::Tx::write`].
    pub(crate) const fn writer(&self) -> &AnyPool {
        &self.writer
    }

    /// Begin a transaction that writes.
    pub(crate) async fn begin(&self) -> Result<Transaction<'static, Any>, Error> {
        Ok(self.writer.begin_with(self.engine.begin()).await?)
    }

    /// Bring the database to this version. Forward only; safe to repeat, and to run on two nodes at once.
    pub async fn migrate(&self) -> Result<(), Error> {
        let mut connection = self.writer.acquire().await?;
        migrator().run_direct(None, &mut *connection, false).await?;
        drop(connection);
        let mut tx = self.begin().await?;
        self.engine.lock_schema(&mut tx).await?;
        self.engine.make_append_only(&mut tx).await?;
        Ok(tx.commit().await?)
    }

    /// The migrations that [`Database::migrate`] would run.
    pub async fn pending_migrations(&self) -> Result<Vec<String>, Error> {
        let tables: i64 = sqlx::query_scalar(self.engine.table_exists())
            .bind("_sqlx_migrations")
            .fetch_one(&self.reader)
            .await?;
        let applied: Vec<i64> = match tables {
            0 => Vec::new(),
            _ => sqlx::query_scalar("SELECT version FROM _sqlx_migrations").fetch_all(&self.reader).await?,
        };
        let pending = MIGRATIONS.iter().filter(|(version, ..)| !applied.contains(version));
        Ok(pending.map(|(version, what, _)| format!("{version:04}_{what}")).collect())
    }

    /// Close all connections, waiting for those in use.
    pub async fn close(&self) {
        self.reader.close().await;
        self.writer.close().await;
    }
}

async fn pool(engine: Engine, settings: &Settings, purpose: Purpose, most: u32) -> Result<AnyPool, Error> {
    sqlx::any::install_default_drivers();
    let create = engine == Engine::Sqlite && !settings.url.contains('?');
    let url = if create { format!("{}?mode=rwc", settings.url) } else { settings.url.clone() };
    let options: AnyConnectOptions = url.parse()?;
    let opening = engine.opening(purpose);
    let pool = AnyPoolOptions::new()
        .max_connections(most)
        .acquire_timeout(settings.wait_max.as_duration())
        .test_before_acquire(false)
        .before_acquire(move |connection, meta| {
            // A server may have been restarted since; asking each time would cost a round trip each time.
            let ask = engine == Engine::Postgres && meta.idle_for >= UNASKED.as_duration();
            Box::pin(async move { Ok(!ask || connection.ping().await.is_ok()) })
        })
        .after_connect(move |connection, _| {
            let opening = AssertSqlSafe(opening.clone());
            Box::pin(async move { sqlx::raw_sql(opening).execute(connection).await.map(drop) })
        });
    Ok(pool.connect_with(options).await?)
}

fn migrator() -> Migrator {
    let migration = |(version, what, sql): &(i64, &'static str, &'static str)| {
        Migration::new(*version, Cow::Borrowed(*what), MigrationType::Simple, sql.into_sql_str(), false)
    };
    Migrator::with_migrations(MIGRATIONS.iter().map(migration).collect())
}
