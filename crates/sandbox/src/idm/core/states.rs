//! Which call is legal in which state of an identity.

use serde::{Deserialize, Serialize};

use super::route::Operation;

/// Where an identity is in its life.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
pub enum State {
    /// Brought over from NemID, and nobody has activated it.
    Draft,
    /// Made, and not used yet.
    Pending,
    /// In use.
    Active,
    /// Stopped for a while.
    Suspended,
    /// Deleted. It answers 404 for ever.
    Gone,
}

impl State {
    /// As it stands in answers.
    pub fn name(self) -> &'static str {
        match self {
            Self::Draft => "Draft",
            Self::Pending => "Pending",
            Self::Active => "Active",
            Self::Suspended => "Suspended",
            Self::Gone => "Gone",
        }
    }

    /// May this be asked of an identity in this state? Whoever is gone is not found, which is decided elsewhere.
    pub fn admits(self, operation: &Operation) -> bool {
        match operation {
            Operation::UpdateDraft(_) => self == Self::Draft,
            Operation::Suspend(_) => matches!(self, Self::Pending | Self::Active),
            Operation::Reactivate(_) => self == Self::Suspended,
            Operation::UpdateProfile(_)
            | Operation::UpdateNonSensitive(_)
            | Operation::RequestCredentials(_)
            | Operation::RevokeCredential(..)
            | Operation::AllowSigning(_)
            | Operation::AssignRoles(_)
            | Operation::RemoveRoles(_) => self != Self::Draft,
            _ => true,
        }
    }
}
