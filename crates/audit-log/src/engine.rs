//! Everything in which the two engines differ. All other SQL is one text for both.

use portner_domain::Millis;
use sqlx::AnyConnection;

/// A database engine.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Engine {
    /// Embedded; a file in the data folder.
    Sqlite,
    /// A server, for several nodes.
    Postgres,
}

/// What a connection is for; it is set up so that it can do no more.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Purpose {
    /// Reading. The engine refuses to write.
    Read,
    /// Writing what must survive a power failure once it is acknowledged.
    Write,
    /// Writing what may lose its last moments in a power failure, though not in a crash of Portner.
    WriteVolatile,
}

/// How long SQLite waits for another process that writes, such as `portner sp add` beside `portner serve`.
const BUSY_TIMEOUT: Millis = Millis::seconds(5);

/// How long SQLite's log grows before its pages move to the main file, 16 MiB: a page that is written again and
/// again, such as those where events wait to be sealed, moves once.
const CHECKPOINT_PAGES: u32 = 4_096;

impl Engine {
    /// By the scheme of a database URL.
    pub fn of_url(url: &str) -> Option<Self> {
        match url.split_once(':')?.0 {
            "sqlite" => Some(Self::Sqlite),
            "postgres" | "postgresql" => Some(Self::Postgres),
            _ => None,
        }
    }

    /// What a connection executes first.
    pub(crate) fn opening(self, purpose: Purpose) -> String {
        match self {
            Self::Sqlite => {
                // In WAL mode FULL flushes at every commit, NORMAL only at checkpoints.
                let (synchronous, query_only) = match purpose {
                    Purpose::Read => ("FULL", "ON"),
                    Purpose::Write => ("FULL", "OFF"),
                    Purpose::WriteVolatile => ("NORMAL", "OFF"),
                };
                // Without recursive triggers INSERT OR REPLACE would pass the append-only triggers by.
                format!(
                    "PRAGMA busy_timeout = {}; PRAGMA journal_mode = WAL; PRAGMA synchronous = {synchronous}; \
                     PRAGMA foreign_keys = ON; PRAGMA recursive_triggers = ON; PRAGMA trusted_schema = OFF; \
                     PRAGMA query_only = {query_only}; PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES}",
                    BUSY_TIMEOUT.0
                )
            }
            Self::Postgres => match purpose {
                Purpose::Read => "SET default_transaction_read_only = on",
                Purpose::Write => "SET synchronous_commit = on",
                Purpose::WriteVolatile => "SET synchronous_commit = off",
            }
            .to_owned(),
        }
    }

    /// Begin a transaction that will write. SQLite takes the write lock at once, so that a transaction that read
    /// first can't fail later.
    pub(crate) const fn begin(self) -> &'static str {
        match self {
            Self::Sqlite => "BEGIN IMMEDIATE",
            Self::Postgres => "BEGIN",
        }
    }

    /// Counts the tables called `$1`.
    pub(crate) const fn table_exists(self) -> &'static str {
        match self {
            Self::Sqlite => "SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND name = $1",
            Self::Postgres => {
                "SELECT COUNT(*) FROM information_schema.tables \
                 WHERE table_schema = current_schema() AND table_name = $1"
            }
        }
    }

    /// Keep other nodes from changing the schema until the transaction ends. On SQLite its beginning did.
    pub(crate) async fn lock_schema(self, connection: &mut AnyConnection) -> Result<(), sqlx::Error> {
        match self {
            Self::Sqlite => Ok(()),
            Self::Postgres => sqlx::raw_sql(POSTGRES_LOCK_SCHEMA).execute(connection).await.map(drop),
        }
    }

    /// Make the log append-only for everybody who has not the right to drop triggers. Idempotent.
    pub(crate) async fn make_append_only(self, connection: &mut AnyConnection) -> Result<(), sqlx::Error> {
        let sql = match self {
            Self::Sqlite => SQLITE_APPEND_ONLY,
            Self::Postgres => POSTGRES_APPEND_ONLY,
        };
        sqlx::raw_sql(sql).execute(connection).await.map(drop)
    }
}

const SQLITE_APPEND_ONLY: &str = "
    CREATE TRIGGER IF NOT EXISTS audit_event_is_not_updated BEFORE UPDATE ON audit_event
        BEGIN SELECT RAISE(ABORT, 'audit_event is append-only'); END;
    CREATE TRIGGER IF NOT EXISTS audit_event_is_not_deleted BEFORE DELETE ON audit_event
        BEGIN SELECT RAISE(ABORT, 'audit_event is append-only'); END;
    CREATE TRIGGER IF NOT EXISTS audit_checkpoint_is_not_updated BEFORE UPDATE ON audit_checkpoint
        BEGIN SELECT RAISE(ABORT, 'audit_checkpoint is append-only'); END;
    CREATE TRIGGER IF NOT EXISTS audit_checkpoint_is_not_deleted BEFORE DELETE ON audit_checkpoint
        BEGIN SELECT RAISE(ABORT, 'audit_checkpoint is append-only'); END;
    CREATE TRIGGER IF NOT EXISTS audit_pending_is_not_updated BEFORE UPDATE ON audit_pending
        BEGIN SELECT RAISE(ABORT, 'audit_pending is append-only'); END;
";

/// An advisory lock whose number means nothing but this. Two nodes that start together would otherwise collide in
/// the catalogue, where CREATE IF NOT EXISTS and CREATE OR REPLACE are not safe from each other.
const POSTGRES_LOCK_SCHEMA: &str = "SELECT pg_advisory_xact_lock(7089243180)";

const POSTGRES_APPEND_ONLY: &str = "
    CREATE OR REPLACE FUNCTION audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS
        'BEGIN RAISE EXCEPTION ''% is append-only'', TG_TABLE_NAME; END';
    CREATE OR REPLACE TRIGGER audit_event_is_append_only
        BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_event
        FOR EACH STATEMENT EXECUTE FUNCTION audit_is_append_only();
    CREATE OR REPLACE TRIGGER audit_checkpoint_is_append_only
        BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_checkpoint
        FOR EACH STATEMENT EXECUTE FUNCTION audit_is_append_only();
    CREATE OR REPLACE TRIGGER audit_pending_is_append_only
        BEFORE UPDATE OR TRUNCATE ON audit_pending
        FOR EACH STATEMENT EXECUTE FUNCTION audit_is_append_only();
";
