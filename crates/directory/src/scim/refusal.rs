//! What a SCIM request can be refused for, in the words of RFC 7644, 3.12.

use crate::Refusal;
use crate::feed::Wrong;

/// What kind of refusal it is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Kind {
    /// The filter is none, or asks for what is not offered.
    InvalidFilter,
    /// It would take too much work.
    TooMany,
    /// Somebody has that already.
    Uniqueness,
    /// That does not change.
    Mutability,
    /// The body is not what it has to be.
    InvalidSyntax,
    /// There is no such attribute.
    InvalidPath,
    /// The path leads to nothing.
    NoTarget,
    /// A value can't be one.
    InvalidValue,
    /// There is no such resource for this client.
    NotFound,
    /// This client may not do that.
    Forbidden,
    /// It is not as the client saw it.
    Changed,
    /// A second person is asked first.
    Held,
}

impl Kind {
    /// The word for it in an error (RFC 7644, table 9), if there is one.
    pub const fn scim_type(self) -> Option<&'static str> {
        match self {
            Self::InvalidFilter => Some("invalidFilter"),
            Self::TooMany => Some("tooMany"),
            Self::Uniqueness => Some("uniqueness"),
            Self::Mutability => Some("mutability"),
            Self::InvalidSyntax => Some("invalidSyntax"),
            Self::InvalidPath => Some("invalidPath"),
            Self::NoTarget => Some("noTarget"),
            Self::InvalidValue => Some("invalidValue"),
            Self::NotFound | Self::Forbidden | Self::Changed | Self::Held => None,
        }
    }
}

/// A request that is not done, and what to do. Never repeats a value: it may be a number of a person.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Refused {
    /// What kind.
    pub kind: Kind,
    /// In words.
    pub detail: String,
}

impl Refused {
    /// Of a kind, in words.
    pub fn new(kind: Kind, detail: impl Into<String>) -> Self {
        Self { kind, detail: detail.into() }
    }

    pub(super) fn value(attribute: &str, what: &str) -> Self {
        Self::new(Kind::InvalidValue, format!("{attribute}: {what}"))
    }

    pub(super) fn not_found() -> Self {
        Self::new(Kind::NotFound, "this client has no resource with that id; look for it with a filter")
    }

    pub(super) fn raced() -> Self {
        Self::new(Kind::Changed, "it was changed at the same moment; read it again and send the change anew")
    }
}

impl From<Wrong> for Refused {
    fn from(wrong: Wrong) -> Self {
        let kind = match wrong {
            Wrong::UserNameTaken | Wrong::NotOurs | Wrong::CprTaken | Wrong::CprDisputed => Kind::Uniqueness,
            Wrong::OtherOrganisation | Wrong::Robot => Kind::Mutability,
            _ => Kind::InvalidValue,
        };
        // Whose it is, is nobody's business.
        let detail = match wrong {
            Wrong::UserNameTaken | Wrong::NotOurs => {
                "userName: it is taken; choose another, or have an operator adopt who has it".to_owned()
            }
            other => format!("{other}: {}", other.remedy()),
        };
        Self { kind, detail }
    }
}

impl From<Refusal> for Refused {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::UserNameTaken => Wrong::UserNameTaken.into(),
            Refusal::CprTaken => Wrong::CprTaken.into(),
            Refusal::Robot => Wrong::Robot.into(),
            Refusal::TooMany => Wrong::TooManyGroups.into(),
            Refusal::NoSuchIdentity => Self::not_found(),
            _ => Self::raced(),
        }
    }
}
