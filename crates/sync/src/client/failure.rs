//! What becomes of a call that does not succeed.

use reqwest::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::error::Category;

use crate::wire::error::{excerpt, was_overtaken};

/// Why a call failed. The texts of answers are cut and have no CPR numbers in them; nothing else is read from them.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Failure {
    /// Nothing was said: no connection, or no trust.
    #[error("MitID Erhverv can't be reached or trusted: {0}")]
    Unreachable(String),
    /// Something was said, and the answer did not come. It may have been done.
    #[error("the answer was lost: {0}")]
    Lost(String),
    /// There is no such identity. Under rights that is never said: there it reads as [`Failure::Broken`].
    #[error("there is no such identity")]
    NotThere,
    /// Two wrote at once. Nothing was done.
    #[error("another change was made at the same time")]
    Overtaken,
    /// It is not to be done, or not so.
    #[error("refused with status {status}: {text}")]
    Refused {
        /// Its number.
        status: u16,
        /// The beginning of what was said.
        text: String,
    },
    /// Neither the token nor the certificate lets us in.
    #[error("not admitted, with status {status}: {text}")]
    NotAdmitted {
        /// Its number.
        status: u16,
        /// The beginning of what was said.
        text: String,
    },
    /// The other side is at fault, or busy. It may have been done.
    #[error("failed with status {status}: {text}")]
    Broken {
        /// Its number.
        status: u16,
        /// The beginning of what was said.
        text: String,
    },
    /// A success in words that nobody understands. It was done.
    #[error("the answer can't be understood ({0:?})")]
    Unreadable(Category),
    /// A success that goes on and on.
    #[error("the answer has more than {0} bytes")]
    TooLarge(usize),
    /// It leads elsewhere, where we do not go.
    #[error("the answer is a redirection (status {0}), and those are not followed")]
    Redirected(u16),
    /// None of ours is valid now.
    #[error("no certificate is valid at this time")]
    NoCertificate,
}

/// What kind of failure it is, for whoever has to do something about it.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Trouble {
    /// It can't be reached or trusted, or leads elsewhere.
    Unreachable,
    /// It has trouble of its own, or its answers are lost.
    Theirs,
    /// Our certificate does not let us in.
    NotAdmitted,
    /// Somebody changed the same identity at the same time.
    Overtaken,
    /// It did not take what we said.
    Refused,
}

impl Failure {
    /// What kind of failure it is.
    pub const fn trouble(&self) -> Trouble {
        match self {
            Self::Unreachable(_) | Self::Redirected(_) => Trouble::Unreachable,
            Self::Lost(_) | Self::Broken { .. } | Self::Unreadable(_) | Self::TooLarge(_) => Trouble::Theirs,
            Self::NotAdmitted { .. } | Self::NoCertificate => Trouble::NotAdmitted,
            Self::Overtaken => Trouble::Overtaken,
            Self::Refused { .. } | Self::NotThere => Trouble::Refused,
        }
    }

    pub(super) fn of(error: &reqwest::Error) -> Self {
        let text = excerpt(&with_causes(error));
        if error.is_connect() { Self::Unreachable(text) } else { Self::Lost(text) }
    }

    pub(super) fn answered(status: StatusCode, text: &str) -> Self {
        let (number, excerpt) = (status.as_u16(), excerpt(text));
        match number {
            300..=399 => Self::Redirected(number),
            401 | 403 => Self::NotAdmitted { status: number, text: excerpt },
            404 => Self::NotThere,
            409 if was_overtaken(number, text) => Self::Overtaken,
            408 | 429 => Self::Broken { status: number, text: excerpt },
            400..=499 => Self::Refused { status: number, text: excerpt },
            _ => Self::Broken { status: number, text: excerpt },
        }
    }

    /// It in a few words of ours: what the other side said may name people, and the log is for ever.
    pub fn brief(&self) -> String {
        match self {
            Self::Refused { status, .. } => format!("refused with status {status}"),
            Self::NotAdmitted { status, .. } => format!("not admitted, with status {status}"),
            Self::Broken { status, .. } => format!("failed with status {status}"),
            Self::Unreachable(_) => "can't be reached or trusted".to_owned(),
            Self::Lost(_) => "the answer was lost".to_owned(),
            other => other.to_string(),
        }
    }

    /// Something was said, and it is not clear whether it was done.
    pub const fn may_be_done(&self) -> bool {
        matches!(self, Self::Lost(_) | Self::Broken { .. } | Self::Unreadable(_) | Self::TooLarge(_))
    }

    /// What it is like now is to be looked at: something may have been done, or it seems not to be there.
    pub const fn leaves_open(&self) -> bool {
        self.may_be_done() || matches!(self, Self::NotThere)
    }

    /// It was refused because the identity is in another state than was thought, or somebody has its name.
    pub const fn is_about_its_state(&self) -> bool {
        matches!(self, Self::Refused { status: 409, .. })
    }

    /// Could it be otherwise in a while, and may it be said again?
    pub const fn may_pass(&self, is_repeatable: bool) -> bool {
        match self {
            Self::Unreachable(_) | Self::Overtaken => true,
            Self::Lost(_) | Self::Broken { .. } => is_repeatable,
            // A list comes as HTML now and then; asking again is all one can do.
            Self::Unreadable(_) => is_repeatable,
            _ => false,
        }
    }
}

/// What went wrong, and why, and why that; without the address, which says nothing that the log does not.
pub(super) fn with_causes(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |error| error.source());
    let causes: Vec<_> = causes.map(ToString::to_string).collect();
    if causes.is_empty() { error.to_string() } else { causes.join(": ") }
}
