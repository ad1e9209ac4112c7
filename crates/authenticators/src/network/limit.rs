//! How often passwords may be wrong before a directory is asked no more.
//!
//! A directory locks its accounts by itself, and then nobody can log in to a computer either. Nobody shall be able to
//! bring that about from here, so the limit is lower than the directory's, and counted before the directory is asked.
//! It holds for every user name, or one could tell by it who is asked about.

use aws_lc_rs::digest::{SHA256, digest};
use portner_audit_log::volatile::Volatile;
use portner_domain::identity::{Identity, UserName};
use portner_domain::throttle::{Allowance, Wait};
use portner_domain::{IdentityId, Moment};

use crate::Error;
use crate::throttle::{Closed, Told};

/// How often a count is read again because somebody else was faster.
const SWAPS_MAX: usize = 8;

/// Count this attempt, and say whether it may be looked at.
pub async fn admits(
    volatile: &dyn Volatile,
    limit: Allowance,
    name: &UserName,
    identity: Option<&Identity>,
    now: Moment,
) -> Result<Result<(), Closed>, Error> {
    let ends = now.plus(limit.window);
    let count = volatile.increment(&counter(name, identity), ends, now).await?;
    if limit.admits(count) {
        return Ok(Ok(()));
    }
    let told = if limit.admits(count.saturating_sub(1)) { Told::NotYet } else { Told::Already };
    // At the latest: the window began with the first of them, and nobody knows any more when that was.
    Ok(Err(Closed { wait: Wait::Until(ends), told }))
}

/// The owner was right.
pub async fn forgive(volatile: &dyn Volatile, identity: IdentityId) -> Result<(), Error> {
    Ok(volatile.remove(&counter_of(identity)).await?)
}

/// The attempt was counted, and then nobody could say whether it was right. The wrong ones before it still count; for
/// a whole window from now, since nobody knows any more when the first of them was.
pub async fn take_back(
    volatile: &dyn Volatile,
    limit: Allowance,
    name: &UserName,
    identity: Option<&Identity>,
    now: Moment,
) -> Result<(), Error> {
    let key = counter(name, identity);
    for _ in 0..SWAPS_MAX {
        let Some(count) = volatile.get(&key, now).await? else { return Ok(()) };
        let less = count.parse::<u64>().unwrap_or_default().saturating_sub(1).to_string();
        if volatile.swap(&key, &count, &less, now.plus(limit.window), now).await? {
            return Ok(());
        }
    }
    Ok(())
}

fn counter(name: &UserName, identity: Option<&Identity>) -> String {
    match identity {
        Some(identity) => counter_of(identity.id),
        None => {
            format!("throttle/network-name/{}", hex::encode(digest(&SHA256, name.as_str().as_bytes())))
        }
    }
}

fn counter_of(identity: IdentityId) -> String {
    format!("throttle/network/{identity}")
}
