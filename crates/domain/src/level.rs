//! What a person has proved, and what that is worth.

use serde::{Deserialize, Serialize};

/// A level of assurance of the Danish standard NSIS.
///
/// There is no `None`: someone who has proved nothing has no level at all, and `Option<Level>` says so.
/// `None < Some(Low)`, so `level >= Some(required)` reads as it should.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
pub enum Level {
    /// Lav: limited confidence.
    Low,
    /// Betydelig: what most public self-services ask for.
    Substantial,
    /// Høj: the highest.
    High,
}

impl Level {
    /// All levels, lowest first.
    pub const ALL: [Self; 3] = [Self::Low, Self::Substantial, Self::High];

    /// The bare word used as an attribute value (OIOSAML 3, attribute `…/nsis/loa`).
    pub const fn word(self) -> &'static str {
        match self {
            Self::Low => "Low",
            Self::Substantial => "Substantial",
            Self::High => "High",
        }
    }
}

impl std::fmt::Display for Level {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.word())
    }
}

/// A word that is none of `Low`, `Substantial` and `High`.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("a level is one of Low, Substantial and High")]
pub struct UnknownLevel;

impl std::str::FromStr for Level {
    type Err = UnknownLevel;

    fn from_str(word: &str) -> Result<Self, UnknownLevel> {
        Self::ALL.into_iter().find(|level| level.word() == word).ok_or(UnknownLevel)
    }
}

#[cfg(test)]
mod tests {
    use super::Level;

    #[test]
    fn nothing_is_below_low() {
        assert!(None < Some(Level::Low));
        assert!(Level::Low < Level::Substantial && Level::Substantial < Level::High);
    }

    #[test]
    fn only_the_exact_word_is_a_level() {
        for level in Level::ALL {
            assert_eq!(level.word().parse(), Ok(level));
        }
        for word in ["", "low", "None", "Betydelig", "High "] {
            assert!(word.parse::<Level>().is_err(), "{word:?}");
        }
    }
}
