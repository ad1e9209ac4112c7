//! Means of authentication, and the level each carries from the moment it was bound.

use serde::{Deserialize, Serialize};

use crate::{AuthenticatorId, Level, Moment};

/// What kind of thing it is.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A password kept here.
    Password,
    /// A time-based one-time code from an app.
    Totp,
}

/// What a factor rests on (eIDAS 2015/1502, annex 1).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Factor {
    /// Something the person knows.
    Knowledge,
    /// Something the person has.
    Possession,
}

impl Kind {
    /// The word for it in rows and on the command line.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::Totp => "totp",
        }
    }

    /// What it rests on.
    pub const fn factor(self) -> Factor {
        match self {
            Self::Password => Factor::Knowledge,
            Self::Totp => Factor::Possession,
        }
    }

    /// The most it can be registered at. A shared secret can be copied, so neither is ever High.
    pub const fn best(self) -> Level {
        match self {
            Self::Password | Self::Totp => Level::Substantial,
        }
    }
}

impl std::str::FromStr for Kind {
    type Err = ();

    fn from_str(word: &str) -> Result<Self, ()> {
        [Self::Password, Self::Totp].into_iter().find(|kind| kind.word() == word).ok_or(())
    }
}

/// The most that factors used together can be worth; `None` for a set the control schedule does not know.
pub fn combined(kinds: &[Kind]) -> Option<Level> {
    match (kinds.contains(&Kind::Password), kinds.contains(&Kind::Totp)) {
        (true, true) => Some(Level::Substantial),
        (true, false) => Some(Level::Low),
        // A code without a password says that somebody holds the device, not who.
        (false, _) => None,
    }
}

/// How an authenticator came to belong to a person. Its level can't exceed that of the ceremony.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(tag = "how", content = "level", rename_all = "kebab-case")]
pub enum Ceremony {
    /// In the same controlled process as a proofing, worth what that proofing is worth.
    WithProofing(Level),
    /// By the person, in a session that carried this level.
    InSession(Level),
    /// Nobody vouches for who received it: an import, a reset, a first administrator.
    Unvouched,
}

/// The level an authenticator is registered at when it is bound; it never rises afterwards.
pub fn registered_level(kind: Kind, ceremony: Ceremony) -> Option<Level> {
    match ceremony {
        Ceremony::WithProofing(level) | Ceremony::InSession(level) => Some(level.min(kind.best())),
        Ceremony::Unvouched => None,
    }
}

/// What is known of one bound authenticator; its secrets stay in `authenticators`.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Authenticator {
    /// Its identifier.
    pub id: AuthenticatorId,
    /// What it is.
    pub kind: Kind,
    /// The level it was registered at.
    pub registered: Option<Level>,
}

/// An authenticator was used, and it was right.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Proof {
    /// Which one.
    pub authenticator: AuthenticatorId,
    /// What it is.
    pub kind: Kind,
    /// When.
    pub at: Moment,
}

#[cfg(test)]
mod tests {
    use super::{Ceremony, Kind, combined, registered_level};
    use crate::Level;

    #[test]
    fn what_combinations_are_worth() {
        let check = |kinds: &[Kind], level| assert_eq!(combined(kinds), level, "{kinds:?}");
        check(&[], None);
        check(&[Kind::Password], Some(Level::Low));
        check(&[Kind::Password, Kind::Password], Some(Level::Low));
        check(&[Kind::Totp], None);
        check(&[Kind::Totp, Kind::Password], Some(Level::Substantial));
    }

    #[test]
    fn no_ceremony_makes_a_shared_secret_high() {
        for kind in [Kind::Password, Kind::Totp] {
            assert_eq!(registered_level(kind, Ceremony::WithProofing(Level::High)), Some(Level::Substantial));
            assert_eq!(registered_level(kind, Ceremony::InSession(Level::Low)), Some(Level::Low));
            assert_eq!(registered_level(kind, Ceremony::Unvouched), None);
        }
    }
}
