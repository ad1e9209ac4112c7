//! Counting attempts, before they are looked at.
//!
//! Each factor of an account has its own count and all feed one for the account, kept under the identity, whatever
//! name was typed: a right password forgives wrong passwords but not wrong codes, or whoever knows the password
//! could guess codes for ever. A name that is nobody's has counts too, so that strangers and employees are slowed
//! down alike. The rule is in [`portner_domain::throttle`]; here is where its value is kept: in the session store,
//! replaced by compare-and-set, so that of attempts made at once each is counted.

use std::net::IpAddr;

use aws_lc_rs::digest::{SHA256, digest};
use portner_audit_log::volatile::Volatile;
use portner_domain::authenticator::Kind;
use portner_domain::identity::{Identity, UserName};
use portner_domain::throttle::{ACCOUNT_FAILURES_MAX, ADDRESS, COUNTS_KEPT, Failures, Wait, network};
use portner_domain::{IdentityId, Millis, Moment};

use crate::Error;

/// A swap is lost to somebody who was counted; after so many of them the account is closed in any case.
const SWAPS_MAX: u32 = 2 * ACCOUNT_FAILURES_MAX;
/// How long an empty value stays: nothing reads it, and removing it could remove what was counted meanwhile.
const EMPTY_KEPT: Millis = Millis::minutes(1);

/// An attempt is not looked at.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Closed {
    /// What it has to wait for.
    pub wait: Wait,
    /// Is this on record already?
    pub told: Told,
}

/// Is it on record that a limit is reached?
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Told {
    /// It is to be written down.
    NotYet,
    /// There is nothing new to say.
    Already,
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
) -> Result<Result<(), Closed>, Error> {
    let failures = volatile.get(&address_key(address), now).await?;
    let failures = failures.and_then(|count| count.parse::<u64>().ok()).unwrap_or(0);
    if !ADDRESS.admits(failures.saturating_add(1)) {
        let wait = Wait::Until(now.plus(ADDRESS.window));
        return Ok(Err(Closed { wait, told: Told::Already }));
    }
    let key = counter(name, identity);
    for _ in 0..SWAPS_MAX {
        let kept = Kept::read(volatile, &key, now).await?;
        let wait = match kept.failures.admit(kind, now) {
            Ok(counted) if kept.replace(volatile, &counted, now).await? => return Ok(Ok(())),
            Ok(_) => continue,
            Err(wait) => wait,
        };
        match kept.failures.told(kind, now) {
            None => return Ok(Err(Closed { wait, told: Told::Already })),
            Some(told) if kept.replace(volatile, &told, now).await? => {
                return Ok(Err(Closed { wait, told: Told::NotYet }));
            }
            Some(_) => {}
        }
    }
    Ok(Err(Closed { wait: Wait::Until(now), told: Told::Already }))
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

/// The owner was right with this factor. If so much else happens at once that this is not kept, the count stands,
/// and the next right answer forgives it.
pub async fn forgive(
    volatile: &dyn Volatile,
    identity: IdentityId,
    kind: Kind,
    now: Moment,
) -> Result<(), Error> {
    lessened(volatile, &account_key(identity), now, |failures| failures.forgiven(kind)).await
}

/// The attempt was counted, and then nobody could say whether it was right, or it was not looked at.
pub async fn take_back(
    volatile: &dyn Volatile,
    name: &UserName,
    identity: Option<&Identity>,
    kind: Kind,
    now: Moment,
) -> Result<(), Error> {
    lessened(volatile, &counter(name, identity), now, |failures| failures.taken_back(kind, now)).await
}

async fn lessened(
    volatile: &dyn Volatile,
    key: &str,
    now: Moment,
    less: impl Fn(&Failures) -> Failures + Send,
) -> Result<(), Error> {
    for _ in 0..SWAPS_MAX {
        let kept = Kept::read(volatile, key, now).await?;
        let by = less(&kept.failures);
        if by == kept.failures || kept.replace(volatile, &by, now).await? {
            break;
        }
    }
    Ok(())
}

/// Would an attempt with this factor have to wait now?
pub async fn closed(
    volatile: &dyn Volatile,
    identity: IdentityId,
    kind: Kind,
    now: Moment,
) -> Result<Option<Wait>, Error> {
    let key = account_key(identity);
    let kept = Kept::read(volatile, &key, now).await?;
    Ok(kept.failures.open(kind, now).err())
}

/// Everything counted against an account is forgotten.
pub async fn forget(volatile: &dyn Volatile, identity: IdentityId) -> Result<(), Error> {
    Ok(volatile.remove(&account_key(identity)).await?)
}

/// The counts as they were read, with what proves that they have not changed meanwhile.
struct Kept<'k> {
    key: &'k str,
    text: Option<String>,
    failures: Failures,
}

impl<'k> Kept<'k> {
    async fn read(volatile: &dyn Volatile, key: &'k str, now: Moment) -> Result<Self, Error> {
        let text = volatile.get(key, now).await?;
        let failures = text.as_deref().map(serde_json::from_str).transpose();
        let failures = failures.map_err(|_| Error::Corrupt("what is counted against an account".into()))?;
        Ok(Self { key, text, failures: failures.unwrap_or_default() })
    }

    /// False if they have.
    async fn replace(&self, volatile: &dyn Volatile, by: &Failures, now: Moment) -> Result<bool, Error> {
        let text = serde_json::to_string(by).map_err(|_| Error::Corrupt("counts can't be written".into()))?;
        let expires = now.plus(if by.is_empty() { EMPTY_KEPT } else { COUNTS_KEPT });
        Ok(match &self.text {
            None => volatile.put_if_absent(self.key, &text, expires, now).await?,
            Some(old) => volatile.swap(self.key, old, &text, expires, now).await?,
        })
    }
}

fn counter(name: &UserName, identity: Option<&Identity>) -> String {
    match identity {
        Some(identity) => account_key(identity.id),
        None => format!("throttle/name/{}", hex::encode(digest(&SHA256, name.as_str().as_bytes()))),
    }
}

fn account_key(identity: IdentityId) -> String {
    format!("throttle/account/{identity}")
}

fn address_key(address: IpAddr) -> String {
    format!("throttle/address/{}", network(address))
}
