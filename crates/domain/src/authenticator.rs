//! Means of authentication, and the level each carries from the moment it was bound.

use serde::{Deserialize, Serialize};

use crate::{AuthenticatorId, Level, Moment};

/// What kind of thing it is.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A password kept here.
    Password,
    /// The password of the local network, which another directory knows and may change.
    NetworkPassword,
    /// A time-based one-time code from an app.
    Totp,
    /// A time-based one-time code from a device with a serial number.
    TotpDevice,
    /// A FIDO key that is touched: it says that somebody holds it, not who.
    SecurityKey,
    /// A FIDO credential that asks its owner for a PIN or a finger, and stays in one device.
    Passkey,
    /// The same, in a device whose maker has signed what it is, and whose model is on the list for High.
    AttestedPasskey,
    /// A FIDO credential that asks its owner, and is copied between devices.
    SyncedPasskey,
    /// A code on paper that works once.
    RecoveryCode,
}

/// What a factor rests on (eIDAS 2015/1502, annex 1).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Factor {
    /// Something the person knows; for a passkey also what they are, since the device decides which it asks for.
    Knowledge,
    /// Something the person has.
    Possession,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Password,
        Self::NetworkPassword,
        Self::Totp,
        Self::TotpDevice,
        Self::SecurityKey,
        Self::Passkey,
        Self::AttestedPasskey,
        Self::SyncedPasskey,
        Self::RecoveryCode,
    ];

    /// The word for it in rows and on the command line.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::NetworkPassword => "network-password",
            Self::Totp => "totp",
            Self::TotpDevice => "totp-device",
            Self::SecurityKey => "security-key",
            Self::Passkey => "passkey",
            Self::AttestedPasskey => "attested-passkey",
            Self::SyncedPasskey => "synced-passkey",
            Self::RecoveryCode => "recovery-code",
        }
    }

    /// What it rests on: one factor, or both at once.
    pub const fn factors(self) -> &'static [Factor] {
        match self {
            Self::Password | Self::NetworkPassword => &[Factor::Knowledge],
            Self::Totp | Self::TotpDevice | Self::SecurityKey | Self::RecoveryCode => &[Factor::Possession],
            Self::Passkey | Self::AttestedPasskey | Self::SyncedPasskey => {
                &[Factor::Possession, Factor::Knowledge]
            }
        }
    }

    /// Does it say who somebody is, so that a login can begin with it?
    pub fn begins_a_login(self) -> bool {
        self.factors().contains(&Factor::Knowledge)
    }

    /// Does its owner type a code from it?
    pub const fn is_code(self) -> bool {
        matches!(self, Self::Totp | Self::TotpDevice | Self::RecoveryCode)
    }

    /// Is it a FIDO credential?
    pub const fn is_fido(self) -> bool {
        matches!(self, Self::SecurityKey | Self::Passkey | Self::AttestedPasskey | Self::SyncedPasskey)
    }

    /// The most it can be registered at. What can be copied is never High; what others may change without our
    /// knowing is worth nothing; what is copied by somebody else's rules, and what is printed, are Low.
    pub const fn best(self) -> Option<Level> {
        match self {
            Self::NetworkPassword => None,
            Self::SyncedPasskey | Self::RecoveryCode => Some(Level::Low),
            Self::Password | Self::Totp | Self::TotpDevice | Self::SecurityKey | Self::Passkey => {
                Some(Level::Substantial)
            }
            Self::AttestedPasskey => Some(Level::High),
        }
    }
}

impl std::str::FromStr for Kind {
    type Err = ();

    fn from_str(word: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|kind| kind.word() == word).ok_or(())
    }
}

/// Authenticators used together, and the most they can be worth.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Combination {
    /// What has to be used, all of it.
    pub kinds: &'static [Kind],
    /// The ceiling.
    pub ceiling: Level,
}

const fn worth(ceiling: Level, kinds: &'static [Kind]) -> Combination {
    Combination { kinds, ceiling }
}

/// The control schedule of authenticator strength (NSIS 3.2.1), the strongest first. Whatever is not in here is
/// worth nothing: a code alone says that somebody holds the device, not who; and nothing is built on the password
/// of the network.
pub const COMBINATIONS: [Combination; 9] = [
    worth(Level::High, &[Kind::AttestedPasskey]),
    worth(Level::Substantial, &[Kind::Passkey]),
    worth(Level::Substantial, &[Kind::Password, Kind::SecurityKey]),
    worth(Level::Substantial, &[Kind::Password, Kind::Totp]),
    worth(Level::Substantial, &[Kind::Password, Kind::TotpDevice]),
    worth(Level::Low, &[Kind::SyncedPasskey]),
    worth(Level::Low, &[Kind::Password]),
    worth(Level::Low, &[Kind::SecurityKey]),
    worth(Level::Low, &[Kind::Password, Kind::RecoveryCode]),
];

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
        Ceremony::WithProofing(level) | Ceremony::InSession(level) => kind.best().map(|best| level.min(best)),
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
    use super::{COMBINATIONS, Ceremony, Kind, registered_level};
    use crate::Level;

    #[test]
    fn no_ceremony_makes_more_of_a_thing_than_it_can_be() {
        for kind in Kind::ALL {
            assert_eq!(registered_level(kind, Ceremony::WithProofing(Level::High)), kind.best(), "{kind:?}");
            assert_eq!(
                registered_level(kind, Ceremony::InSession(Level::Low)).is_some(),
                kind.best().is_some()
            );
            assert!(registered_level(kind, Ceremony::InSession(Level::Low)) <= Some(Level::Low));
            assert_eq!(registered_level(kind, Ceremony::Unvouched), None);
        }
    }

    #[test]
    fn a_shared_secret_is_never_high_and_two_factors_are_two_kinds() {
        for combination in COMBINATIONS {
            let factor = |factor| combination.kinds.iter().any(|kind| kind.factors().contains(&factor));
            let both = factor(super::Factor::Knowledge) && factor(super::Factor::Possession);
            assert!(both || combination.ceiling == Level::Low, "{combination:?}");
            let best = combination.kinds.iter().filter_map(|kind| kind.best()).min();
            assert!(best >= Some(combination.ceiling), "{combination:?} promises what it can't keep");
        }
    }

    #[test]
    fn every_kind_has_a_word_of_its_own() {
        for kind in Kind::ALL {
            assert_eq!(kind.word().parse(), Ok(kind));
        }
    }
}
