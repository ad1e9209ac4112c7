//! [`Volatile`] in Redis, for several nodes.
//!
//! A value is stored with its expiry before it, so that the caller's clock decides what is expired; Redis's own
//! expiry, relative, only cleans up. What decides something is one script, which Redis runs alone.

use async_trait::async_trait;
use portner_domain::{Millis, Moment};
use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use redis::{AsyncCommands as _, Script};

use super::{Volatile, check, check_key};
use crate::Error;

/// A command that takes longer has failed.
const RESPONSE_MAX: Millis = Millis::seconds(2);
/// Connecting that takes longer has failed.
const CONNECTING_MAX: Millis = Millis::seconds(2);

/// `live(key, now)`: the value and its expiry, unless expired. `set(key, value, expires, now)`.
const COMMON: &str = r"
    local function live(key, now)
        local stored = redis.call('GET', key)
        if not stored then return nil end
        local expires, value = stored:match('^(-?%d+) (.*)$')
        if not expires or tonumber(expires) <= tonumber(now) then return nil end
        return value, expires
    end
    local function set(key, value, expires, now)
        local left = tonumber(expires) - tonumber(now)
        if left <= 0 then redis.call('DEL', key) return end
        redis.call('SET', key, expires .. ' ' .. value, 'PX', string.format('%.0f', left))
    end
";

const PUT: &str = "set(KEYS[1], ARGV[1], ARGV[2], ARGV[3])";

const PUT_IF_ABSENT: &str = r"
    if live(KEYS[1], ARGV[3]) then return 0 end
    set(KEYS[1], ARGV[1], ARGV[2], ARGV[3])
    return 1";

const SWAP: &str = r"
    if live(KEYS[1], ARGV[3]) ~= ARGV[4] then return 0 end
    set(KEYS[1], ARGV[1], ARGV[2], ARGV[3])
    return 1";

const INCREMENT: &str = r"
    local value, expires = live(KEYS[1], ARGV[2])
    local count = string.format('%.0f', (tonumber(value or '0') or error('not a count')) + 1)
    set(KEYS[1], count, expires or ARGV[1], ARGV[2])
    return count";

/// [`Volatile`] in Redis.
#[derive(Clone)]
pub struct VolatileRedis {
    connection: ConnectionManager,
    prefix: String,
    put: Script,
    put_if_absent: Script,
    swap: Script,
    increment: Script,
}

impl VolatileRedis {
    /// Connect to `redis://…`; all keys begin with `prefix`.
    pub async fn open(url: &str, prefix: &str) -> Result<Self, Error> {
        let config = ConnectionManagerConfig::new()
            .set_response_timeout(Some(RESPONSE_MAX.as_duration()))
            .set_connection_timeout(Some(CONNECTING_MAX.as_duration()));
        let connection = ConnectionManager::new_with_config(redis::Client::open(url)?, config).await?;
        let script = |own: &str| Script::new(&format!("{COMMON}{own}"));
        Ok(Self {
            connection,
            prefix: prefix.to_owned(),
            put: script(PUT),
            put_if_absent: script(PUT_IF_ABSENT),
            swap: script(SWAP),
            increment: script(INCREMENT),
        })
    }

    fn key(&self, key: &str) -> Result<String, Error> {
        check_key(key)?;
        Ok(format!("{}{key}", self.prefix))
    }
}

/// The value of what is stored, unless expired.
fn live(stored: Option<String>, now: Moment) -> Result<Option<String>, Error> {
    let Some(stored) = stored else { return Ok(None) };
    let unreadable = || Error::Stored("value");
    let (expires, value) = stored.split_once(' ').ok_or_else(unreadable)?;
    let expires: i64 = expires.parse().map_err(|_| unreadable())?;
    Ok((now.0 < expires).then(|| value.to_owned()))
}

#[async_trait]
impl Volatile for VolatileRedis {
    async fn get(&self, key: &str, now: Moment) -> Result<Option<String>, Error> {
        live(self.connection.clone().get(self.key(key)?).await?, now)
    }

    async fn put(&self, key: &str, value: &str, expires: Moment, now: Moment) -> Result<(), Error> {
        check(key, value)?;
        let mut connection = self.connection.clone();
        let mut call = self.put.key(self.key(key)?);
        Ok(call.arg(value).arg(expires.0).arg(now.0).invoke_async(&mut connection).await?)
    }

    async fn put_if_absent(
        &self,
        key: &str,
        value: &str,
        expires: Moment,
        now: Moment,
    ) -> Result<bool, Error> {
        check(key, value)?;
        let mut connection = self.connection.clone();
        let mut call = self.put_if_absent.key(self.key(key)?);
        Ok(call.arg(value).arg(expires.0).arg(now.0).invoke_async(&mut connection).await?)
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
        let mut connection = self.connection.clone();
        let mut call = self.swap.key(self.key(key)?);
        Ok(call.arg(new).arg(expires.0).arg(now.0).arg(old).invoke_async(&mut connection).await?)
    }

    async fn take(&self, key: &str, now: Moment) -> Result<Option<String>, Error> {
        live(self.connection.clone().get_del(self.key(key)?).await?, now)
    }

    async fn increment(&self, key: &str, expires_if_new: Moment, now: Moment) -> Result<u64, Error> {
        let mut connection = self.connection.clone();
        let mut call = self.increment.key(self.key(key)?);
        let count: String = call.arg(expires_if_new.0).arg(now.0).invoke_async(&mut connection).await?;
        count.parse().map_err(|_| Error::Stored("count"))
    }

    async fn remove(&self, key: &str) -> Result<(), Error> {
        let key = self.key(key)?;
        Ok(self.connection.clone().del(key).await?)
    }

    /// Redis forgets by itself.
    async fn purge(&self, _now: Moment) -> Result<u64, Error> {
        Ok(0)
    }
}
