//! How often somebody may be wrong.

use core::net::IpAddr;

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

/// Logins begun at our own pages from one address: each takes room in the session store.
pub const BEGINNINGS: Allowance = Allowance { attempts: 600, window: Millis::minutes(15) };

/// Wrong passwords and codes from one address. Whole town halls share one, so it is generous; it slows
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

#[cfg(test)]
mod tests {
    use super::{ACCOUNT, network};

    #[test]
    fn one_customer_is_one_address() {
        let check = |address: &str, expected| assert_eq!(network(address.parse().unwrap()), expected);
        check("192.0.2.1", "192.0.2.1");
        check("::ffff:192.0.2.1", "192.0.2.1");
        check("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64");
    }

    #[test]
    fn the_last_allowed_attempt_is_looked_at_and_the_next_is_not() {
        assert!(ACCOUNT.admits(1) && ACCOUNT.admits(5));
        assert!(!ACCOUNT.admits(6));
    }
}
