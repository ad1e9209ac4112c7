//! The terms of use, as far as they stand between somebody and a login (NSIS 3.1.1).

use serde::{Deserialize, Serialize};

/// What has to wait until a version of the terms is agreed to.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum HoldFor {
    /// Whatever says a level of NSIS. Who is told nothing of NSIS is not stopped by its terms.
    #[default]
    Levels,
    /// Every login at a service provider.
    Everything,
}

impl HoldFor {
    /// The word for it in rows.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Levels => "levels",
            Self::Everything => "everything",
        }
    }
}

impl std::str::FromStr for HoldFor {
    type Err = ();

    fn from_str(word: &str) -> Result<Self, ()> {
        [Self::Levels, Self::Everything].into_iter().find(|it| it.word() == word).ok_or(())
    }
}
