//! [`Volatile`] in the database: survives a restart of Portner and costs no flush.
//!
//! On SQLite in a file of its own, so that it never waits behind the audit log; on PostgreSQL in connections of its
//! own that commit asynchronously. What a power failure can take is the last moments of it.

use std::collections::{HashMap, HashSet};

use async_trait::async_trait;
use portner_domain::Moment;
use sqlx::{AssertSqlSafe, Row as _};

use super::{PURGE_VALUES_MAX, Volatile, check, check_key};
use crate::append::placeholders;
use crate::database::{Database, Settings};
use crate::gather::{Gather, Lent, padded, places};
use crate::{Engine, Error};

/// Too short-lived to migrate: a new shape is a new table. The index is for the purge.
const TABLE: &str = "
    CREATE TABLE IF NOT EXISTS volatile (
        key     TEXT   NOT NULL PRIMARY KEY,
        value   TEXT   NOT NULL,
        expires BIGINT NOT NULL
    );
    CREATE INDEX IF NOT EXISTS volatile_by_expires ON volatile (expires);
";

/// The file beside the main one.
const SQLITE_FILE: &str = "volatile.db";

/// [`Volatile`] in the database. Reads that wait share a statement, and so do first writes: every login in
/// progress asks for both.
#[derive(Clone, Debug)]
pub struct VolatileDatabase {
    database: Database,
    reads: Gather<(String, Moment), Option<String>>,
    firsts: Gather<First, bool>,
}

/// A value to be set if there is none.
#[derive(Debug)]
struct First {
    key: String,
    value: String,
    expires: Moment,
    now: Moment,
}

impl VolatileDatabase {
    /// Open it beside the database that `settings` say.
    pub async fn open(settings: &Settings) -> Result<Self, Error> {
        let url = match Engine::of_url(&settings.url) {
            Some(Engine::Sqlite) => beside(&settings.url)?,
            _ => settings.url.clone(),
        };
        let database = Database::open_volatile(&Settings { url, ..settings.clone() }).await?;
        let mut tx = database.begin().await?;
        database.engine().lock_schema(&mut tx).await?;
        sqlx::raw_sql(TABLE).execute(&mut *tx).await?;
        tx.commit().await?;
        let (reader, writer) = (database.reader().clone(), database.writer().clone());
        let reads = Gather::over(reader, read_all);
        let firsts = Gather::over(writer, put_all_if_absent);
        Ok(Self { database, reads, firsts })
    }
}

async fn read_all(
    mut lent: Lent,
    asked: Vec<(String, Moment)>,
) -> Result<(Lent, Vec<Option<String>>), Error> {
    let sql =
        format!("SELECT key, value, expires FROM volatile WHERE key IN ({})", places(1, padded(asked.len())));
    let last = asked.last().map_or("", |(key, _)| key.as_str());
    let keys = asked.iter().map(|(key, _)| key.as_str()).chain(std::iter::repeat(last));
    let mut statement = sqlx::query(AssertSqlSafe(sql));
    for key in keys.take(padded(asked.len())) {
        statement = statement.bind(key);
    }
    let mut found = HashMap::new();
    for row in statement.fetch_all(&mut *lent).await? {
        let (key, value, expires): (String, String, i64) =
            (row.try_get("key")?, row.try_get("value")?, row.try_get("expires")?);
        found.insert(key, (value, expires));
    }
    let live = |(key, now): &(String, Moment)| {
        found.get(key).filter(|(_, expires)| *expires > now.0).map(|(value, _)| value.clone())
    };
    Ok((lent, asked.iter().map(live).collect()))
}

/// A key that occurs twice is set once: whoever asked second finds it set.
async fn put_all_if_absent(mut lent: Lent, asked: Vec<First>) -> Result<(Lent, Vec<bool>), Error> {
    let mut seen = HashSet::new();
    let leads: Vec<bool> = asked.iter().map(|first| seen.insert(first.key.as_str())).collect();
    let mut leading: Vec<&First> =
        asked.iter().zip(&leads).filter(|(_, leads)| **leads).map(|(it, _)| it).collect();
    // In one order on every node: two that write the same keys must not wait for each other in a circle.
    leading.sort_unstable_by(|a, b| a.key.cmp(&b.key));
    // The earliest of them: what is on the edge of its expiry is still there for the others, which is the safe side.
    let now = leading.iter().map(|first| first.now.0).min().unwrap_or_default();
    let sql = format!(
        "INSERT INTO volatile (key, value, expires) VALUES {} \
         ON CONFLICT (key) DO UPDATE SET value = excluded.value, expires = excluded.expires \
         WHERE volatile.expires <= ${} RETURNING key",
        placeholders(leading.len(), 3),
        3 * leading.len() + 1
    );
    let mut statement = sqlx::query_scalar(AssertSqlSafe(sql));
    for first in &leading {
        statement = statement.bind(first.key.as_str()).bind(first.value.as_str()).bind(first.expires.0);
    }
    let set: Vec<String> = statement.bind(now).fetch_all(&mut *lent).await?;
    let set: HashSet<&str> = set.iter().map(String::as_str).collect();
    let won = asked.iter().zip(leads).map(|(first, leads)| leads && set.contains(first.key.as_str()));
    Ok((lent, won.collect()))
}

fn beside(url: &str) -> Result<String, Error> {
    let path = url.split_once('?').map_or(url, |(path, _)| path);
    let (folder, _) = path.rsplit_once('/').ok_or(Error::Setting("a SQLite URL is sqlite:///folder/file"))?;
    Ok(format!("{folder}/{SQLITE_FILE}"))
}

#[async_trait]
impl Volatile for VolatileDatabase {
    async fn get(&self, key: &str, now: Moment) -> Result<Option<String>, Error> {
        check_key(key)?;
        self.reads.ask((key.to_owned(), now)).await
    }

    async fn put(&self, key: &str, value: &str, expires: Moment, _now: Moment) -> Result<(), Error> {
        check(key, value)?;
        sqlx::query(
            "INSERT INTO volatile (key, value, expires) VALUES ($1, $2, $3) \
             ON CONFLICT (key) DO UPDATE SET value = excluded.value, expires = excluded.expires",
        )
        .bind(key)
        .bind(value)
        .bind(expires.0)
        .execute(self.database.writer())
        .await?;
        Ok(())
    }

    async fn put_if_absent(
        &self,
        key: &str,
        value: &str,
        expires: Moment,
        now: Moment,
    ) -> Result<bool, Error> {
        check(key, value)?;
        let (key, value) = (key.to_owned(), value.to_owned());
        self.firsts.ask(First { key, value, expires, now }).await
    }

    async fn swap(
        &self,
        key: &str,
        old: &str,
        new: &str,
        expires: Moment,
        now: Moment,
    ) -> Result<bool, Error> {
        check(key, new)?;
        let swapped = sqlx::query(
            "UPDATE volatile SET value = $1, expires = $2 WHERE key = $3 AND value = $4 AND expires > $5",
        )
        .bind(new)
        .bind(expires.0)
        .bind(key)
        .bind(old)
        .bind(now.0)
        .execute(self.database.writer())
        .await?;
        Ok(swapped.rows_affected() == 1)
    }

    async fn take(&self, key: &str, now: Moment) -> Result<Option<String>, Error> {
        check_key(key)?;
        Ok(sqlx::query_scalar("DELETE FROM volatile WHERE key = $1 AND expires > $2 RETURNING value")
            .bind(key)
            .bind(now.0)
            .fetch_optional(self.database.writer())
            .await?)
    }

    async fn increment(&self, key: &str, expires_if_new: Moment, now: Moment) -> Result<u64, Error> {
        check_key(key)?;
        let count: String = sqlx::query_scalar(
            "INSERT INTO volatile (key, value, expires) VALUES ($1, '1', $2) \
             ON CONFLICT (key) DO UPDATE SET \
                 value = CASE WHEN volatile.expires <= $3 THEN '1' \
                         ELSE CAST(CAST(volatile.value AS BIGINT) + 1 AS TEXT) END, \
                 expires = CASE WHEN volatile.expires <= $3 THEN excluded.expires ELSE volatile.expires END \
             RETURNING value",
        )
        .bind(key)
        .bind(expires_if_new.0)
        .bind(now.0)
        .fetch_one(self.database.writer())
        .await?;
        count.parse().map_err(|_| Error::Stored("count"))
    }

    async fn remove(&self, key: &str) -> Result<(), Error> {
        check_key(key)?;
        sqlx::query("DELETE FROM volatile WHERE key = $1").bind(key).execute(self.database.writer()).await?;
        Ok(())
    }

    async fn purge(&self, now: Moment) -> Result<u64, Error> {
        let purged = sqlx::query(
            "DELETE FROM volatile WHERE expires <= $1 AND key IN \
             (SELECT key FROM volatile WHERE expires <= $1 ORDER BY expires LIMIT $2)",
        )
        .bind(now.0)
        .bind(i64::from(PURGE_VALUES_MAX))
        .execute(self.database.writer())
        .await?;
        Ok(purged.rows_affected())
    }
}

#[cfg(test)]
mod tests {
    use super::beside;

    #[test]
    fn the_file_lies_beside_the_main_one() {
        assert_eq!(
            beside("sqlite:///var/lib/p/portner.db?mode=rwc").unwrap(),
            "sqlite:///var/lib/p/volatile.db"
        );
        assert_eq!(beside("sqlite://portner.db").unwrap(), "sqlite://volatile.db");
    }
}
