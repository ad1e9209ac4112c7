//! When a feed is read by itself: every so often what changed, and once a day everything. How it goes is kept in the
//! session store; if that is lost, the feed is read once more.

use std::str::FromStr;

use portner_audit_log::volatile::Volatile;
use portner_domain::{Millis, Moment};
use serde::{Deserialize, Serialize};

use super::date::midnight_before;
use super::ldap::Extent;
use super::{Outcome, Unusable};
use crate::Error;

/// How soon a feed is read again that could not be.
pub const RETRY: Millis = Millis::minutes(15);
/// How often everything is read where no hour is set.
const EVERYTHING: Millis = Millis::hours(24);
/// How long it is remembered how a feed goes.
const MEMORY: Millis = Millis::hours(90 * 24);
/// Longest reason that is kept, in characters.
const REASON_CHARS_MAX: usize = 500;

/// When a feed is read.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Schedule {
    /// How often.
    pub every: Option<Millis>,
    /// When everything is read.
    pub at: Option<Hour>,
}

/// A time of day in Denmark.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Hour(Millis);

/// Not a time of day.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("write a time of day like \"02:30\"")]
pub struct BadHour;

impl FromStr for Hour {
    type Err = BadHour;

    fn from_str(text: &str) -> Result<Self, BadHour> {
        let number = |text: &str, below: u64| {
            let sound = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
            text.parse::<u64>().ok().filter(|number| sound && *number < below).ok_or(BadHour)
        };
        let (hours, minutes) = text.split_once(':').ok_or(BadHour)?;
        Ok(Self(Millis::minutes(number(hours, 24)? * 60 + number(minutes, 60)?)))
    }
}

impl Hour {
    /// The last time that it was, at `now` or before.
    pub fn last(self, now: Moment) -> Moment {
        let today = midnight_before(now).plus(self.0);
        if today <= now { today } else { midnight_before(midnight_before(now).minus(Millis(1))).plus(self.0) }
    }

    /// The next time that it is.
    pub fn next(self, now: Moment) -> Moment {
        let (today, day) = (midnight_before(now).plus(self.0), Millis::hours(26));
        if today > now { today } else { midnight_before(midnight_before(now).plus(day)).plus(self.0) }
    }
}

/// How a feed goes.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct Going {
    /// When it was last read, or should have been.
    pub tried: Option<Moment>,
    /// When that last went well; what was held was read well.
    pub read: Option<Moment>,
    /// When everything was.
    pub everything: Option<Moment>,
    /// Does a second person decide?
    pub is_held: bool,
    /// Why not, if it did not go well.
    pub failure: Option<String>,
}

impl Schedule {
    /// What is to be read now, if anything. `is_released`: a second person has agreed to what was held.
    pub fn due(&self, going: &Going, is_released: bool, now: Moment) -> Option<Extent> {
        let since = |at: Option<Moment>, while_: Millis| at.is_none_or(|at| at.plus(while_) <= now);
        if going.failure.is_some() && !since(going.tried, RETRY) {
            return None;
        }
        if going.is_held && is_released {
            return Some(Extent::All);
        }
        if self.at.is_some_and(|at| going.everything < Some(at.last(now))) {
            return Some(Extent::All);
        }
        let every = self.every?;
        let is_due = since(going.tried, every) || going.failure.is_some();
        let everything = self.at.is_none() && since(going.everything, EVERYTHING);
        is_due.then_some(if everything { Extent::All } else { Extent::Changed })
    }

    /// When it will be read next, if nobody does anything.
    pub fn next(&self, going: &Going, now: Moment) -> Option<Moment> {
        if self.due(going, false, now).is_some() {
            return Some(now);
        }
        let retry = going.tried.filter(|_| going.failure.is_some()).map(|at| at.plus(RETRY));
        let every = self.every.zip(going.tried).map(|(every, tried)| tried.plus(every));
        [retry, every, self.at.map(|at| at.next(now))].into_iter().flatten().min()
    }
}

impl Going {
    /// How a feed goes.
    pub async fn of(volatile: &dyn Volatile, feed: &str, now: Moment) -> Result<Self, Error> {
        let kept = volatile.get(&key(feed), now).await?;
        Ok(kept.and_then(|kept| serde_json::from_str(&kept).ok()).unwrap_or_default())
    }

    /// It was read, or not: `Err` says why in words. That somebody else is at it says nothing.
    pub fn after(self, extent: Extent, came: Result<&Outcome, &str>, now: Moment) -> Self {
        let failed = |why: &str| Some(why.chars().take(REASON_CHARS_MAX).collect::<String>());
        let failure = match came {
            Ok(Outcome::Unusable(Unusable::Busy)) => return self,
            Ok(Outcome::Unusable(why)) => failed(&why.to_string()),
            Ok(Outcome::Applied(..) | Outcome::Held(..) | Outcome::Unchanged) => None,
            Err(why) => failed(why),
        };
        let tried = Some(now);
        if failure.is_some() {
            return Self { tried, failure, ..self };
        }
        let is_held = match came {
            Ok(Outcome::Held(..)) => true,
            // What was held is still held after a reading of other changes.
            Ok(Outcome::Unchanged) => self.is_held,
            _ => false,
        };
        let everything = if extent == Extent::All { tried } else { self.everything };
        Self { tried, read: tried, everything, is_held, failure }
    }

    /// Keep it.
    pub async fn keep(&self, volatile: &dyn Volatile, feed: &str, now: Moment) -> Result<(), Error> {
        Ok(volatile.put(&key(feed), &crate::store::to_json(self)?, now.plus(MEMORY), now).await?)
    }

    /// Of several nodes that see the same feed due, one reads it.
    pub async fn claim(&self, volatile: &dyn Volatile, feed: &str, now: Moment) -> Result<bool, Error> {
        let since = self.tried.map(|at| at.0).unwrap_or_default();
        let claim = format!("feed/{feed}/claim/{since}");
        Ok(volatile.put_if_absent(&claim, "", now.plus(RETRY), now).await?)
    }
}

fn key(feed: &str) -> String {
    format!("feed/{feed}/going")
}

#[cfg(test)]
mod tests {
    use portner_domain::{Millis, Moment};

    use super::{Extent, Going, Schedule};

    fn at(text: &str) -> Moment {
        Moment::parse_xs_date_time(&format!("{text}:00Z")).unwrap()
    }

    fn went(everything: &str, tried: &str) -> Going {
        Going { tried: Some(at(tried)), everything: Some(at(everything)), ..Going::default() }
    }

    #[test]
    fn everything_is_read_once_a_day_at_its_hour_and_what_changed_in_between() {
        let schedule = Schedule { every: Some(Millis::minutes(30)), at: "02:30".parse().ok() };
        let due = |going: &Going, now: &str| schedule.due(going, false, at(now));
        assert_eq!(due(&Going::default(), "2026-11-22T10:00"), Some(Extent::All), "never yet");
        // An hour ahead of UTC in November, two in July.
        let night = went("2026-11-22T01:31", "2026-11-22T10:00");
        assert_eq!(due(&night, "2026-11-22T10:29"), None);
        assert_eq!(due(&night, "2026-11-22T10:30"), Some(Extent::Changed));
        let late = went("2026-11-22T01:31", "2026-11-23T01:29");
        assert_eq!(due(&late, "2026-11-23T01:29"), None);
        assert_eq!(due(&late, "2026-11-23T01:30"), Some(Extent::All));
        let summer = went("2026-07-01T00:31", "2026-07-02T00:29");
        assert_eq!(due(&summer, "2026-07-02T00:30"), Some(Extent::All));
        assert_eq!(schedule.next(&night, at("2026-11-22T10:10")), Some(at("2026-11-22T10:30")));
        let alone = Schedule { every: None, ..schedule };
        assert_eq!(alone.next(&night, at("2026-11-22T10:10")), Some(at("2026-11-23T01:30")));
        assert_eq!(alone.next(&night, at("2026-10-24T23:59")), Some(at("2026-10-25T00:30")));
    }

    #[test]
    fn what_failed_is_tried_again_soon_and_what_was_released_at_once() {
        let schedule = Schedule { every: Some(Millis::hours(4)), at: None };
        let now = at("2026-11-22T10:00");
        let went = went("2026-11-22T09:00", "2026-11-22T10:00");
        let failed = Going { failure: Some("no connection".to_owned()), ..went.clone() };
        assert_eq!(schedule.due(&failed, false, now.plus(Millis::minutes(14))), None);
        assert_eq!(schedule.due(&failed, false, now.plus(Millis::minutes(15))), Some(Extent::Changed));
        assert_eq!(schedule.next(&failed, now), Some(now.plus(Millis::minutes(15))));
        let held = Going { is_held: true, ..went.clone() };
        assert_eq!(schedule.due(&held, false, now), None);
        assert_eq!(schedule.due(&held, true, now), Some(Extent::All));
        assert_eq!(schedule.due(&went, true, now), None);
        assert_eq!(schedule.due(&went, false, now.plus(Millis::hours(23))), Some(Extent::All));
        let failing = went.clone().after(Extent::All, Err("gone"), now);
        assert_eq!((failing.everything, failing.failure.as_deref()), (went.everything, Some("gone")));
    }

    #[test]
    fn what_is_no_hour_is_none() {
        for bad in ["", "2:30", "24:00", "02:60", "0230", "+2:30", "02:30:00"] {
            assert!(bad.parse::<super::Hour>().is_err(), "{bad}");
        }
    }
}
