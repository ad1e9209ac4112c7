//! How often passwords may be wrong before a directory is asked no more.
//!
//! A directory locks its accounts by itself, and then nobody can log in to a computer either. Nobody shall be able to
//! bring that about from here, so the limit is lower than the directory's, and counted before the directory is asked.
//! It holds for every user name, or one could tell by it who is asked about.

use aws_lc_rs::digest::{SHA256, digest};
use portner_audit_log::volatile::Volatile;
use portner_domain::identity::{Identity, UserName};
use portner_domain::throttle::Allowance;
use portner_domain::{IdentityId, Moment};

use crate::Error;
use crate::throttle::Verdict;

/// How often a count is read again because somebody else was faster.
const SWAPS_MAX: usize = 8;

/// Count this attempt, and say whether it may be looked at.
pub async fn admits(
    volatile: &dyn Volatile,
    limit: Allowance,
    name: &UserName,
    identity: Option<&Identity>,
    now: Moment,
) -> Result<Verdict, Error> {
    let count = volatile.increment(&counter(name, identity), now.plus(limit.window), now).await?;
    Ok(match count {
        count if limit.admits(count) => Verdict::Admitted,
        count if limit.admits(count.saturating_sub(1)) => Verdict::LimitReached,
        _ => Verdict::Refused,
    })
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
    uncount(volatile, &counter(name, identity), limit, now).await
}

/// One less.
pub async fn uncount(volatile: &dyn Volatile, key: &str, limit: Allowance, now: Moment) -> Result<(), Error> {
    for _ in 0..SWAPS_MAX {
        let Some(count) = volatile.get(key, now).await? else { return Ok(()) };
        let less = count.parse::<u64>().unwrap_or_default().saturating_sub(1).to_string();
        if volatile.swap(key, &count, &less, now.plus(limit.window), now).await? {
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
