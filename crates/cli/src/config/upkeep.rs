//! `[upkeep]`: how long people are waited for.

use portner_domain::Millis;
use portner_federation::upkeep::Patience;
use serde::Deserialize;

/// Longest time after the last day, in hours.
const GRACE_HOURS_MAX: u64 = 14 * 24;
/// Longest time for what somebody was given to log in with, in days.
const ACTIVATION_DAYS_MAX: u64 = 365;

/// How long people are waited for.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Upkeep {
    /// Hours after the last day until the employment is ended for good. Nobody logs in meanwhile.
    grace_hours: u64,
    /// Days until what somebody was given to log in with, and never finished, is taken back; 0 is never.
    activation_days: u64,
}

impl Default for Upkeep {
    fn default() -> Self {
        Self { grace_hours: 3, activation_days: 30 }
    }
}

impl Upkeep {
    /// Understood.
    pub const fn patience(self) -> Patience {
        let days = Millis::hours(self.activation_days.saturating_mul(24));
        let activation = if self.activation_days == 0 { None } else { Some(days) };
        Patience { grace: Millis::hours(self.grace_hours), activation }
    }

    /// What is wrong with it.
    pub fn problems(self) -> Vec<String> {
        let Self { grace_hours, activation_days } = self;
        [
            ("grace_hours", grace_hours, GRACE_HOURS_MAX),
            ("activation_days", activation_days, ACTIVATION_DAYS_MAX),
        ]
        .into_iter()
        .filter(|(_, is, most)| is > most)
        .map(|(key, is, most)| format!("upkeep.{key} = {is} is too long; write at most {most}"))
        .collect()
    }
}
