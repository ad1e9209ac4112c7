//! Professional identities: who a person is in the service of an organisation.

use serde::{Deserialize, Serialize};

use crate::authenticator::{Authenticator, Proof};
use crate::proofing::Proofing;
use crate::right::Holdings;
use crate::terms::HoldFor;
use crate::{IdentityId, Level, Moment, PersonId};

pub use crate::life::{Life, State};

/// Longest user name, in characters.
pub const USER_NAME_CHARS_MAX: usize = 128;

/// What somebody types to say who they are. Compared without regard to case.
#[derive(Clone, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct UserName(String);

/// A user name that can't be one.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("a user name has 1 to {USER_NAME_CHARS_MAX} letters, digits or signs, without spaces")]
pub struct BadUserName;

impl UserName {
    /// As it is stored: lower case.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for UserName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::str::FromStr for UserName {
    type Err = BadUserName;

    fn from_str(typed: &str) -> Result<Self, BadUserName> {
        let name = typed.trim().to_lowercase();
        let length = name.chars().count();
        // The last two are no characters of XML, in which names are told.
        let is_unfit = |c: char| c.is_control() || c.is_whitespace() || matches!(c, '\u{fffe}' | '\u{ffff}');
        let printable = !name.chars().any(is_unfit);
        if (1..=USER_NAME_CHARS_MAX).contains(&length) && printable {
            Ok(Self(name))
        } else {
            Err(BadUserName)
        }
    }
}

impl TryFrom<String> for UserName {
    type Error = BadUserName;

    fn try_from(text: String) -> Result<Self, BadUserName> {
        text.parse()
    }
}

impl From<UserName> for String {
    fn from(name: UserName) -> Self {
        name.0
    }
}

/// The number of an organisation in the Danish business register: eight digits.
#[derive(Clone, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct Cvr(String);

/// Not eight digits.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("a CVR number is eight digits")]
pub struct BadCvr;

impl Cvr {
    /// The eight digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::str::FromStr for Cvr {
    type Err = BadCvr;

    fn from_str(text: &str) -> Result<Self, BadCvr> {
        let digits = text.len() == 8 && text.bytes().all(|b| b.is_ascii_digit());
        if digits { Ok(Self(text.to_owned())) } else { Err(BadCvr) }
    }
}

impl TryFrom<String> for Cvr {
    type Error = BadCvr;

    fn try_from(text: String) -> Result<Self, BadCvr> {
        text.parse()
    }
}

impl From<Cvr> for String {
    fn from(cvr: Cvr) -> Self {
        cvr.0
    }
}

/// How the bond between person and organisation was established (NSIS 5.2).
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Employment {
    /// Entered by somebody; not checked with a source.
    Entered,
    /// Registered in an authoritative source, and verified from it.
    Verified {
        /// Which source, in the organisation's words: "payroll".
        source: String,
    },
}

impl Employment {
    /// What the bond is worth.
    pub const fn level(&self) -> Level {
        match self {
            Self::Entered => Level::Low,
            Self::Verified { .. } => Level::Substantial,
        }
    }
}

/// A professional identity.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Identity {
    /// Its identifier; also the persistent UUID that public service providers may see.
    pub id: IdentityId,
    /// Whose it is.
    pub person: PersonId,
    /// What they log in with.
    pub user_name: UserName,
    /// First names.
    pub first_name: String,
    /// Surname.
    pub last_name: String,
    /// Work e-mail.
    pub email: Option<String>,
    /// The organisation's number.
    pub cvr: Cvr,
    /// The organisation's name.
    pub organisation: String,
    /// How we know that they work there.
    pub employment: Employment,
    /// Whether it may be used.
    pub state: State,
    /// Sessions begun before this are over.
    pub sessions_ended: Moment,
    /// When and for what it may be used.
    pub life: Life,
}

impl Identity {
    /// The name as others see it.
    pub fn full_name(&self) -> String {
        format!("{} {}", self.first_name, self.last_name).trim().to_owned()
    }

    /// May it log in at `now`?
    pub fn is_usable(&self, now: Moment) -> bool {
        self.state == State::Active && self.life.validity.holds(now)
    }

    /// The NameID toward NemLog-in, which is the `subjectNameId` registered in MitID Erhverv: the one place
    /// where it is made, so that what is sent and what is registered can't differ.
    pub fn subject_name_id(&self) -> String {
        format!("{}@{}", self.user_name, self.cvr.as_str())
    }
}

/// All that is on record about an identity and bears on what a login is worth.
#[derive(Clone, Debug)]
pub struct Standing {
    /// The identity.
    pub identity: Identity,
    /// The proofings of its person.
    pub proofings: Vec<Proofing>,
    /// The authenticators that may be used.
    pub authenticators: Vec<Authenticator>,
    /// Its groups and rights, if they were asked for: most logins need none, and do not read them.
    pub holdings: Option<Holdings>,
    /// What waits until they agree to the terms of use in force, if they still have to.
    pub terms_due: Option<HoldFor>,
}

impl Standing {
    /// The authenticator that gave this proof, if it is still bound and the identity was not locked since.
    pub fn bound(&self, proof: &Proof) -> Option<&Authenticator> {
        let since_lock = proof.at > self.identity.sessions_ended;
        self.authenticators.iter().find(|has| has.id == proof.authenticator).filter(|_| since_lock)
    }

    /// May it be used for a login at `now`, or a session begun at `started` go on?
    pub fn admits(&self, started: Moment, now: Moment) -> bool {
        self.identity.is_usable(now) && started > self.identity.sessions_ended
    }
}

#[cfg(test)]
mod tests {
    use super::{Cvr, UserName};

    #[test]
    fn a_user_name_has_no_case_and_no_spaces() {
        assert_eq!("  Søren.Å ".parse::<UserName>().map(String::from), Ok("søren.å".to_owned()));
        for bad in ["", "   ", "a b", "a\nb", &"x".repeat(129)] {
            assert!(bad.parse::<UserName>().is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_cvr_number_is_eight_digits() {
        assert!("12345678".parse::<Cvr>().is_ok());
        for bad in ["", "1234567", "123456789", "1234567a", "１２３４５６７８"] {
            assert!(bad.parse::<Cvr>().is_err(), "{bad:?}");
        }
    }
}
