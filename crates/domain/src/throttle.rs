//! How often somebody may be wrong, and how long they wait then.
//!
//! One value holds all that is counted against an account: a count for each factor, and the sum of them over the
//! last hour. An attempt is counted before it is looked at; one that was right takes its factor's count back.

use core::net::IpAddr;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::authenticator::Kind;
use crate::{Millis, Moment};

/// Wrong answers of one factor after which the next one has to wait.
pub const FREE_FAILURES_MAX: u32 = 5;
/// How long it waits after so many, after one more, and so on; the last one for all that follow.
const WAITS: [Millis; 5] =
    [Millis::minutes(1), Millis::minutes(2), Millis::minutes(5), Millis::minutes(15), Millis::minutes(60)];
/// Wrong answers of one factor without a right one between them, after which it is closed until it is opened by
/// a stronger factor or by support (NIST SP 800-63B-4, 3.2.2).
pub const FAILURES_IN_A_ROW_MAX: u32 = 100;
/// Without wrong answers for so long, waiting begins at its shortest again. What is in a row stays in a row.
pub const CALM: Millis = Millis::hours(24);
/// Wrong answers of all factors of an account together in [`ACCOUNT_WINDOW`]. One factor can be guessed at nine
/// times in its first hour, so whoever guesses at one, or two, does not close the others.
pub const ACCOUNT_FAILURES_MAX: u32 = 20;
/// The window of the account as a whole.
pub const ACCOUNT_WINDOW: Millis = Millis::hours(1);
/// How long counts are kept after the last wrong answer.
pub const COUNTS_KEPT: Millis = Millis::hours(24 * 30);

/// So many attempts in a window that begins with the first of them.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Allowance {
    /// Attempts.
    pub attempts: u64,
    /// The window.
    pub window: Millis,
}

/// Logins begun at our own pages from one address: each takes room in the session store.
pub const BEGINNINGS: Allowance = Allowance { attempts: 600, window: Millis::minutes(15) };

/// Wrong answers from one address, whatever the factor. Whole town halls share one, so it is generous; it slows
/// down the guesser who tries one password on every account.
pub const ADDRESS: Allowance = Allowance { attempts: 300, window: Millis::minutes(15) };

/// What counts as one address. An IPv6 customer has a whole /64, and could take another one for each attempt.
pub fn network(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(v4) => v4.to_string(),
        IpAddr::V6(v6) => {
            let [a, b, c, d, ..] = v6.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
    }
}

impl Allowance {
    /// May attempt number `count`, counted before it is looked at, be looked at?
    pub const fn admits(&self, count: u64) -> bool {
        count <= self.attempts
    }
}

/// What an attempt that is not looked at has to wait for.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Wait {
    /// Time.
    Until(Moment),
    /// A stronger factor, or support.
    ForHelp,
}

/// What is counted against one account.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct Failures(BTreeMap<Kind, OfFactor>);

#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
struct OfFactor {
    /// Since the last right answer.
    in_a_row: u32,
    /// Since it was last calm; what the wait grows with.
    recent: u32,
    /// The last one.
    last: Moment,
    /// In the window that began then, for the account as a whole.
    in_window: u32,
    window_began: Moment,
    /// Is it on record that the limit is reached?
    told: bool,
}

impl Failures {
    /// The counts after one more attempt with this factor, or what it has to wait for.
    pub fn admit(&self, kind: Kind, now: Moment) -> Result<Self, Wait> {
        self.open(kind, now)?;
        let mut counted = self.clone();
        let factor = counted.0.entry(kind).or_insert(OfFactor::beginning(now));
        if factor.is_calm(now) {
            factor.recent = 0;
        }
        if !factor.counts_in_window(now) {
            (factor.in_window, factor.window_began) = (0, now);
        }
        factor.in_a_row = factor.in_a_row.saturating_add(1);
        factor.recent = factor.recent.saturating_add(1);
        factor.in_window = factor.in_window.saturating_add(1);
        (factor.last, factor.told) = (now, false);
        Ok(counted)
    }

    /// May this factor be tried now?
    pub fn open(&self, kind: Kind, now: Moment) -> Result<(), Wait> {
        let in_window = self.0.values().filter(|factor| factor.in_window > 0 && factor.counts_in_window(now));
        if in_window.clone().map(|factor| factor.in_window).sum::<u32>() >= ACCOUNT_FAILURES_MAX {
            let ends = in_window.map(|factor| factor.window_began.plus(ACCOUNT_WINDOW)).min();
            return Err(Wait::Until(ends.unwrap_or(now)));
        }
        let Some(factor) = self.0.get(&kind) else { return Ok(()) };
        if factor.in_a_row >= FAILURES_IN_A_ROW_MAX {
            return Err(Wait::ForHelp);
        }
        match factor.waits_until() {
            Some(until) if until > now && !factor.is_calm(now) => Err(Wait::Until(until)),
            _ => Ok(()),
        }
    }

    /// The counts when the owner was right with this factor.
    #[must_use]
    pub fn forgiven(&self, kind: Kind) -> Self {
        let others = self.0.iter().filter(|(counted, _)| **counted != kind);
        Self(others.map(|(kind, factor)| (*kind, *factor)).collect())
    }

    /// The counts when an attempt with this factor that was counted turns out to be none: it was not looked at, or
    /// nobody could say whether it was right. Whoever had waited for it does not wait again.
    #[must_use]
    pub fn taken_back(&self, kind: Kind, now: Moment) -> Self {
        let mut fewer = self.clone();
        let Some(factor) = fewer.0.get_mut(&kind).filter(|factor| factor.in_a_row > 1) else {
            return self.forgiven(kind);
        };
        factor.in_a_row = factor.in_a_row.saturating_sub(1);
        factor.recent = factor.recent.saturating_sub(1);
        factor.in_window = factor.in_window.saturating_sub(1);
        if let Some(wait) = factor.wait() {
            factor.last = factor.last.min(now.minus(wait));
        }
        fewer
    }

    /// The counts when it has been written down that this factor has to wait; `None` if it was before.
    #[must_use]
    pub fn told(&self, kind: Kind, now: Moment) -> Option<Self> {
        let mut told = self.clone();
        let factor = told.0.entry(kind).or_insert(OfFactor::beginning(now));
        (!std::mem::replace(&mut factor.told, true)).then_some(told)
    }

    /// Is nothing counted?
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl OfFactor {
    const fn beginning(now: Moment) -> Self {
        Self { in_a_row: 0, recent: 0, last: now, in_window: 0, window_began: now, told: false }
    }

    fn is_calm(&self, now: Moment) -> bool {
        now.since(self.last).is_some_and(|quiet| quiet >= CALM)
    }

    fn counts_in_window(&self, now: Moment) -> bool {
        self.window_began.plus(ACCOUNT_WINDOW) > now
    }

    fn waits_until(&self) -> Option<Moment> {
        self.wait().map(|wait| self.last.plus(wait))
    }

    fn wait(&self) -> Option<Millis> {
        let beyond = usize::try_from(self.recent.checked_sub(FREE_FAILURES_MAX)?).ok()?;
        WAITS.get(beyond).or(WAITS.last()).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::{
        ACCOUNT_FAILURES_MAX, ACCOUNT_WINDOW, ADDRESS, CALM, FAILURES_IN_A_ROW_MAX, Failures, Wait, network,
    };
    use crate::authenticator::Kind;
    use crate::{Millis, Moment};

    #[test]
    fn one_customer_is_one_address() {
        let check = |address: &str, expected| assert_eq!(network(address.parse().unwrap()), expected);
        check("192.0.2.1", "192.0.2.1");
        check("::ffff:192.0.2.1", "192.0.2.1");
        check("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64");
    }

    #[test]
    fn the_last_allowed_attempt_is_looked_at_and_the_next_is_not() {
        assert!(ADDRESS.admits(1) && ADDRESS.admits(ADDRESS.attempts));
        assert!(!ADDRESS.admits(ADDRESS.attempts + 1));
    }

    const BEGAN: Moment = Moment(1_000_000_000_000);

    /// Somebody who guesses as often as they may: when, in minutes after the first.
    fn guesses(failures: &mut Failures, kind: Kind, until: Millis) -> Vec<u64> {
        let mut at = Vec::new();
        let mut now = BEGAN;
        while now.since(BEGAN).unwrap() < until {
            match failures.admit(kind, now) {
                Ok(counted) => {
                    *failures = counted;
                    at.push(now.since(BEGAN).unwrap().whole_minutes());
                }
                Err(Wait::Until(next)) => now = next,
                Err(Wait::ForHelp) => break,
            }
        }
        at
    }

    #[test]
    fn who_goes_on_being_wrong_waits_longer_and_longer() {
        let mut failures = Failures::default();
        let at = guesses(&mut failures, Kind::Password, Millis::hours(4));
        assert_eq!(at, [0, 0, 0, 0, 0, 1, 3, 8, 23, 83, 143, 203]);
        assert_eq!(failures.open(Kind::Totp, BEGAN), Ok(()), "another factor is not in the way");
    }

    #[test]
    fn an_attempt_that_is_taken_back_was_none() {
        let of_codes = Failures::default().admit(Kind::Totp, BEGAN).unwrap();
        let mut failures = of_codes.clone();
        let mut at = Vec::new();
        let mut now = BEGAN;
        while now < BEGAN.plus(Millis::hours(4)) {
            match failures.admit(Kind::Password, now) {
                Ok(counted) => {
                    let none = counted.taken_back(Kind::Password, now);
                    failures = none.admit(Kind::Password, now).expect("it need not wait again");
                    at.push(now.since(BEGAN).unwrap().whole_minutes());
                }
                Err(Wait::Until(next)) => now = next,
                Err(Wait::ForHelp) => panic!("it is closed"),
            }
        }
        assert_eq!(at, [0, 0, 0, 0, 0, 1, 3, 8, 23, 83, 143, 203], "those between were none");
        assert_eq!(failures.0[&Kind::Password].in_a_row, 12);
        for _ in 0..12 {
            failures = failures.taken_back(Kind::Password, now);
        }
        assert_eq!(failures, of_codes);
        assert_eq!(failures.taken_back(Kind::Password, now), of_codes, "there is nothing to take back");
    }

    #[test]
    fn t_bf_01_no_factor_is_guessed_at_more_than_a_hundred_times_in_a_row() {
        let mut failures = Failures::default();
        let at = guesses(&mut failures, Kind::Totp, Millis::hours(24 * 365));
        assert_eq!(at.len(), usize::try_from(FAILURES_IN_A_ROW_MAX).unwrap());
        let much_later = BEGAN.plus(Millis::hours(24 * 365));
        assert_eq!(failures.open(Kind::Totp, much_later), Err(Wait::ForHelp));
        assert_eq!(failures.forgiven(Kind::Totp).open(Kind::Totp, much_later), Ok(()));
    }

    #[test]
    fn after_a_calm_day_waiting_begins_at_its_shortest_and_what_is_in_a_row_stays_so() {
        let mut failures = Failures::default();
        let mut now = BEGAN;
        for _ in 0..FAILURES_IN_A_ROW_MAX / 4 {
            for _ in 0..4 {
                failures = failures.admit(Kind::Password, now).unwrap();
            }
            now = now.plus(CALM);
        }
        assert_eq!(failures.open(Kind::Password, now), Err(Wait::ForHelp));
    }

    #[test]
    fn t_bf_01_all_factors_together_have_a_limit_and_one_or_two_do_not_reach_it() {
        let mut failures = Failures::default();
        let most = Millis(ACCOUNT_WINDOW.0 - 1);
        let mut count = guesses(&mut failures, Kind::Password, most).len();
        count += guesses(&mut failures, Kind::Totp, most).len();
        assert!(count < usize::try_from(ACCOUNT_FAILURES_MAX).unwrap(), "{count}");
        // The kinds there are do not reach it; as many counts of one kind stand for a third.
        for factor in failures.0.values_mut() {
            factor.in_window = ACCOUNT_FAILURES_MAX / 2;
        }
        let now = BEGAN.plus(most);
        let Err(Wait::Until(until)) = failures.open(Kind::Totp, now) else { panic!("it is open") };
        assert_eq!(until, BEGAN.plus(ACCOUNT_WINDOW));
        assert!(failures.forgiven(Kind::Password).0.values().all(|factor| factor.in_window == 10));
    }

    #[test]
    fn that_the_limit_is_reached_is_told_once_for_each_wait() {
        let mut failures = Failures::default();
        guesses(&mut failures, Kind::Password, Millis::minutes(1));
        let told = failures.told(Kind::Password, BEGAN).unwrap();
        assert_eq!(told.told(Kind::Password, BEGAN), None);
        let again = told.admit(Kind::Password, BEGAN.plus(Millis::minutes(1))).unwrap();
        assert!(again.told(Kind::Password, BEGAN).is_some());
    }
}
