//! What plans add up to, and whether a list can be believed that leads to them.

use serde::Serialize;

use super::{IdentityPlan, Seen};

/// So few that are missing never make a list unbelievable.
const MISSING_FLOOR: u64 = 5;

/// How the list of all identities over there was read.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Reading {
    /// It came, with so many that could be read and so many that could not.
    Whole {
        /// Identities, whoever they belong to.
        read: u64,
        /// Items of which nothing is known.
        unreadable: u64,
    },
    /// It did not come, or broke off.
    Failed,
}

/// What plans add up to.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Serialize)]
pub struct Survey {
    /// Identities of ours.
    pub identities: u64,
    /// … tied to one over there.
    pub tied: u64,
    /// … of which so many were asked for and are gone,
    pub gone: u64,
    /// … and so many are on no list.
    pub not_listed: u64,
    /// Identities with something to do.
    pub to_do: u64,
    /// … that lose their login.
    pub losing: u64,
    /// Things for a person to look at.
    pub findings: u64,
}

/// Why a list can't be believed.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize, thiserror::Error)]
#[serde(rename_all = "kebab-case")]
pub enum Untrusted {
    /// There is none.
    #[error("the identities in MitID Erhverv could not be read")]
    Failed,
    /// It is empty, and we know better.
    #[error("MitID Erhverv lists nobody, though identities are known to be there")]
    Empty,
    /// More than half of those we know are not on it.
    #[error("MitID Erhverv lists less than half of the identities that are known to be there")]
    Halved,
    /// More than half of it can't be read.
    #[error("more than half of what MitID Erhverv lists can't be read")]
    Unreadable,
}

impl Survey {
    /// One plan more.
    pub fn count(&mut self, plan: &IdentityPlan) {
        self.identities += 1;
        self.tied += u64::from(plan.seen != Seen::Unbound);
        self.gone += u64::from(plan.seen == Seen::Gone);
        self.not_listed += u64::from(plan.seen == Seen::NotListed);
        self.to_do += u64::from(!plan.steps.is_empty());
        self.losing += u64::from(plan.loses());
        self.findings += u64::try_from(plan.findings.len()).unwrap_or(u64::MAX);
    }

    /// Can a list be believed that makes plans add up to this?
    pub fn believe(&self, reading: Reading) -> Result<(), Untrusted> {
        let missing = self.gone + self.not_listed;
        let half_is_missing = missing > MISSING_FLOOR && missing.saturating_mul(2) > self.tied;
        match reading {
            Reading::Failed => Err(Untrusted::Failed),
            Reading::Whole { read: 0, .. } if self.tied > 0 => Err(Untrusted::Empty),
            Reading::Whole { read, unreadable } if unreadable > read => Err(Untrusted::Unreadable),
            Reading::Whole { .. } if half_is_missing => Err(Untrusted::Halved),
            Reading::Whole { .. } => Ok(()),
        }
    }
}
