//! What the support desk does for somebody, and how it makes sure who is asking.
//!
//! What anybody outside can find out proves nothing, so answered questions alone never do: somebody is called back, known
//! by their superior, or stands at the desk (NSIS 3.2.3-k2).

use serde::{Deserialize, Serialize};

use crate::Millis;

/// How long ago a caller may have been verified, by the same officer, for something to be done for them.
pub const CALLER_FRESH_MAX: Millis = Millis::minutes(30);

/// Something the officer did to find out who is asking. What was said is never written down.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum CallerCheck {
    /// Called back, on the number that is on record and not on one the caller gave.
    CalledBack,
    /// Asked their superior, who knew of it.
    Superior,
    /// Saw their papers, at the desk.
    Papers,
    /// Asked about their work. Colleagues know that, too.
    Questions,
}

impl CallerCheck {
    /// All of them, in the order in which a page offers them.
    pub const ALL: [Self; 4] = [Self::CalledBack, Self::Superior, Self::Papers, Self::Questions];

    /// The word for it in forms and texts.
    pub const fn word(self) -> &'static str {
        match self {
            Self::CalledBack => "called-back",
            Self::Superior => "superior",
            Self::Papers => "papers",
            Self::Questions => "questions",
        }
    }
}

/// Is it known who is asking, after these checks came out well?
pub fn is_verified(checks: &[CallerCheck]) -> bool {
    checks.iter().any(|check| *check != CallerCheck::Questions)
}

/// What was done for somebody.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Help {
    /// Their password works no more, and a code was made to choose another.
    PasswordReset,
    /// A device they lost works no more.
    DeviceLost,
    /// They were given a device that shows codes.
    DeviceGiven,
    /// Another name in the population register is theirs, as papers showed.
    NameConfirmed,
}

/// How the second half of a code comes to whom it is for. The first is shown to the officer who made it.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum SecondHalf {
    /// By mail, to the work address on record.
    Mail,
    /// In the hand of another officer.
    Officer,
    /// With the first, on paper: nothing can be sent.
    Paper,
}

impl SecondHalf {
    /// The word for it in forms and texts.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Mail => "mail",
            Self::Officer => "officer",
            Self::Paper => "paper",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{CallerCheck, is_verified};

    #[test]
    fn what_colleagues_know_proves_nothing() {
        assert!(!is_verified(&[]) && !is_verified(&[CallerCheck::Questions]));
        for strong in [CallerCheck::CalledBack, CallerCheck::Superior, CallerCheck::Papers] {
            assert!(is_verified(&[CallerCheck::Questions, strong]), "{strong:?}");
        }
    }
}
