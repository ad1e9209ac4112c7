//! How often somebody may be wrong.

use crate::Millis;

/// So many attempts in a window that begins with the first of them.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Allowance {
    /// Attempts.
    pub attempts: u64,
    /// The window.
    pub window: Millis,
}

/// Wrong passwords and codes for one account. Five in a quarter of an hour leave a guesser of six-digit
/// codes, three of which are valid at a time, about one chance in seven hundred a day.
pub const ACCOUNT: Allowance = Allowance { attempts: 5, window: Millis::minutes(15) };

/// Wrong passwords and codes from one address. Whole town halls share one, so it is generous; it slows
/// down the guesser who tries one password on every account.
pub const ADDRESS: Allowance = Allowance { attempts: 300, window: Millis::minutes(15) };

impl Allowance {
    /// May attempt number `count`, counted before it is looked at, be looked at?
    pub const fn admits(&self, count: u64) -> bool {
        count <= self.attempts
    }
}

#[cfg(test)]
mod tests {
    use super::ACCOUNT;

    #[test]
    fn the_last_allowed_attempt_is_looked_at_and_the_next_is_not() {
        assert!(ACCOUNT.admits(1) && ACCOUNT.admits(5));
        assert!(!ACCOUNT.admits(6));
    }
}
