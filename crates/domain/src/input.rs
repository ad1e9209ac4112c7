//! Time and randomness, which are arguments everywhere.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A length of time in milliseconds; never negative.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(transparent)]
pub struct Millis(pub u64);

impl Millis {
    /// So many seconds.
    pub const fn seconds(n: u64) -> Self {
        Self(n.saturating_mul(1_000))
    }

    /// So many minutes.
    pub const fn minutes(n: u64) -> Self {
        Self::seconds(n.saturating_mul(60))
    }

    /// So many hours.
    pub const fn hours(n: u64) -> Self {
        Self::minutes(n.saturating_mul(60))
    }

    /// Whole minutes, rounded down: what pages say.
    pub const fn whole_minutes(self) -> u64 {
        self.0 / 60_000
    }

    /// For the libraries that want it.
    pub const fn as_duration(self) -> std::time::Duration {
        std::time::Duration::from_millis(self.0)
    }
}

/// How far the clocks of two nodes may be apart before sessions are lost between them.
pub const NODES_APART_MAX: Millis = Millis::seconds(2);

/// A point in time: milliseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(transparent)]
pub struct Moment(pub i64);

impl Moment {
    /// How long ago `earlier` was, or `None` if it lies in the future: the future is not silently fresh.
    pub fn since(self, earlier: Self) -> Option<Millis> {
        self.0.checked_sub(earlier.0).and_then(|ms| u64::try_from(ms).ok()).map(Millis)
    }

    /// How old what happened at `earlier` is now, where another node may have written it: its clock may be
    /// ahead of ours by [`NODES_APART_MAX`]. What is further in the future has no age.
    pub fn age_of(self, earlier: Self) -> Option<Millis> {
        let age = self.plus(NODES_APART_MAX).since(earlier)?;
        Some(Millis(age.0.saturating_sub(NODES_APART_MAX.0)))
    }

    /// `self` and a while.
    #[must_use]
    pub fn plus(self, while_: Millis) -> Self {
        Self(self.0.saturating_add(i64::try_from(while_.0).unwrap_or(i64::MAX)))
    }

    /// `self` less a while.
    #[must_use]
    pub fn minus(self, while_: Millis) -> Self {
        Self(self.0.saturating_sub(i64::try_from(while_.0).unwrap_or(i64::MAX)))
    }

    /// As `xs:dateTime` in UTC with milliseconds, `2026-11-21T09:15:04.120Z` (SAML core 1.3.3).
    pub fn xs_date_time(self) -> String {
        let at = self.to_utc();
        format!(
            "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z",
            at.year(),
            u8::from(at.month()),
            at.day(),
            at.hour(),
            at.minute(),
            at.second(),
            at.millisecond()
        )
    }

    /// From an `xs:dateTime` that names its zone; SAML times without one are refused.
    pub fn parse_xs_date_time(text: &str) -> Option<Self> {
        let at = time::OffsetDateTime::parse(text, &time::format_description::well_known::Rfc3339).ok()?;
        i64::try_from(at.unix_timestamp_nanos().div_euclid(1_000_000)).ok().map(Self)
    }

    /// Whole seconds since 1970, for one-time codes.
    pub fn unix_seconds(self) -> u64 {
        u64::try_from(self.0.div_euclid(1_000)).unwrap_or(0)
    }

    fn to_utc(self) -> time::OffsetDateTime {
        time::OffsetDateTime::from_unix_timestamp_nanos(i128::from(self.0) * 1_000_000)
            .unwrap_or(time::OffsetDateTime::UNIX_EPOCH)
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.xs_date_time())
    }
}

/// Where the time comes from. Only the two binaries have one that ticks.
pub trait Clock: Send + Sync {
    /// The time now.
    fn now(&self) -> Moment;
}

/// Where randomness comes from. Only the two binaries have one that can't be foretold.
pub trait Entropy: Send + Sync {
    /// Fill all of `bytes`, or abort the process: no caller can do anything sensible without randomness.
    fn fill(&self, bytes: &mut [u8]);
}

/// `N` random bytes.
pub(crate) fn bytes<const N: usize>(entropy: &dyn Entropy) -> [u8; N] {
    let mut bytes = [0; N];
    entropy.fill(&mut bytes);
    bytes
}

#[cfg(test)]
mod tests {
    use super::{Millis, Moment};

    #[test]
    fn the_future_has_no_age() {
        let now = Moment(1_000);
        assert_eq!(now.since(Moment(400)), Some(Millis(600)));
        assert_eq!(now.since(Moment(1_001)), None);
        assert_eq!(Moment(i64::MAX).since(Moment(i64::MIN)), None);
    }

    #[test]
    fn another_nodes_clock_may_be_a_little_ahead() {
        let now = Moment(1_000_000);
        assert_eq!(now.age_of(Moment(999_000)), Some(Millis(1_000)));
        assert_eq!(now.age_of(now.plus(Millis(2_000))), Some(Millis(0)));
        assert_eq!(now.age_of(now.plus(Millis(2_001))), None);
    }

    #[test]
    fn times_on_the_wire_are_utc_with_milliseconds() {
        let at = Moment(1_795_252_504_120);
        assert_eq!(at.xs_date_time(), "2026-11-21T09:15:04.120Z");
        assert_eq!(Moment::parse_xs_date_time("2026-11-21T09:15:04.120Z"), Some(at));
        assert_eq!(Moment::parse_xs_date_time("2026-11-21T10:15:04.12+01:00"), Some(at));
        assert_eq!(Moment::parse_xs_date_time("2026-11-21T09:15:04"), None);
        assert_eq!(Moment::parse_xs_date_time("yesterday"), None);
    }
}
