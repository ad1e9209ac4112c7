//! Counting attempts, before they are looked at.
//!
//! Each factor of an account has its own counter, that of the identity, whatever name was typed: a right
//! password forgives wrong passwords but not wrong codes, or whoever knows the password could guess codes for
//! ever. A name that is nobody's has a counter too, so that strangers and employees are slowed down alike.
//! Counters live in the session store: atomic across nodes, gone when their window is over.

use std::net::IpAddr;

use aws_lc_rs::digest::{SHA256, digest};
use portner_audit_log::volatile::Volatile;
use portner_domain::authenticator::Kind;
use portner_domain::identity::{Identity, UserName};
use portner_domain::throttle::{ACCOUNT, ADDRESS, network};
use portner_domain::{IdentityId, Moment};

use crate::Error;

/// What the counters say to an attempt.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Verdict {
    /// Look at it.
    Admitted,
    /// Don't, and write down that the limit is reached.
    LimitReached,
    /// Don't. That the limit is reached is on record.
    Refused,
}

/// Count this attempt, and say whether it may be looked at. The address comes first: one that may not try any
/// more can't use up the attempts of others either.
pub async fn admits(
    volatile: &dyn Volatile,
    address: IpAddr,
    name: &UserName,
    identity: Option<&Identity>,
    kind: Kind,
    now: Moment,
) -> Result<Verdict, Error> {
    let failures = volatile.get(&address_key(address), now).await?;
    let failures = failures.and_then(|count| count.parse::<u64>().ok()).unwrap_or(0);
    if !ADDRESS.admits(failures.saturating_add(1)) {
        return Ok(Verdict::Refused);
    }
    let account = counter(name, identity, kind);
    let count = volatile.increment(&account, now.plus(ACCOUNT.window), now).await?;
    Ok(match count {
        count if ACCOUNT.admits(count) => Verdict::Admitted,
        count if ACCOUNT.admits(count.saturating_sub(1)) => Verdict::LimitReached,
        _ => Verdict::Refused,
    })
}

/// A wrong answer, or one too many, came from this address; true if that was its last. Only failures count: a
/// town hall has one address and many logins.
pub async fn count_against_address(
    volatile: &dyn Volatile,
    address: IpAddr,
    now: Moment,
) -> Result<bool, Error> {
    let count = volatile.increment(&address_key(address), now.plus(ADDRESS.window), now).await?;
    Ok(count == ADDRESS.attempts)
}

/// The owner was right with this factor.
pub async fn forgive(volatile: &dyn Volatile, identity: IdentityId, kind: Kind) -> Result<(), Error> {
    Ok(volatile.remove(&account_key(identity, kind)).await?)
}

/// The attempt was counted, and then nobody could say whether it was right.
pub async fn take_back(
    volatile: &dyn Volatile,
    name: &UserName,
    identity: Option<&Identity>,
    kind: Kind,
    now: Moment,
) -> Result<(), Error> {
    crate::network::uncount(volatile, &counter(name, identity, kind), ACCOUNT, now).await
}

fn counter(name: &UserName, identity: Option<&Identity>, kind: Kind) -> String {
    match identity {
        Some(identity) => account_key(identity.id, kind),
        None => format!("throttle/name/{}", hex::encode(digest(&SHA256, name.as_str().as_bytes()))),
    }
}

fn account_key(identity: IdentityId, kind: Kind) -> String {
    format!("throttle/account/{identity}/{}", kind.word())
}

fn address_key(address: IpAddr) -> String {
    format!("throttle/address/{}", network(address))
}
