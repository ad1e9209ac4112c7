//! When a feed would do so much harm that a second person has to look: a broken export must not empty a town hall.

use serde::Deserialize;

/// What a feed may take without being asked about. Whoever loses the login or the level counts.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[serde(default, deny_unknown_fields)]
pub struct Brake {
    /// Percent of the feed's identities.
    pub percent: u64,
    /// Identities.
    pub identities: u64,
    /// So few never count as many: in a small feed one person is many percent.
    pub floor: u64,
}

impl Default for Brake {
    fn default() -> Self {
        Self { percent: 5, identities: 50, floor: 5 }
    }
}

impl Brake {
    /// Is a run that takes this many, of so many that come from the feed and are in use, to be held?
    pub const fn holds(self, losing: u64, of: u64) -> bool {
        let many = losing > self.identities;
        let much = losing.saturating_mul(100) > self.percent.saturating_mul(of);
        losing > self.floor && (many || much)
    }

    /// Numbers that mean something.
    pub fn checked(self) -> Result<Self, String> {
        let sensible = self.percent <= 100 && self.floor <= self.identities;
        let wrong = || "brake: percent is at most 100, and floor at most identities".to_owned();
        sensible.then_some(self).ok_or_else(wrong)
    }
}

#[cfg(test)]
mod tests {
    use super::Brake;

    #[test]
    fn a_few_pass_and_one_more_is_held() {
        let brake = Brake::default();
        for (losing, of, held) in [
            (0, 0, false),
            (5, 5, false),
            (6, 6, true),
            (6, 120, false),
            (6, 119, true),
            (50, 1_000, false),
            (50, 999, true),
            (50, 100_000, false),
            (51, 100_000, true),
            (u64::MAX, 1, true),
        ] {
            assert_eq!(brake.holds(losing, of), held, "{losing} of {of}");
        }
        assert!(Brake { percent: 101, ..brake }.checked().is_err());
        assert!(Brake { floor: 51, ..brake }.checked().is_err());
    }
}
