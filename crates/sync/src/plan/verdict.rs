//! Whether plans may be carried out: a list that can't be believed stops nobody's login, and neither does one slip here.

use portner_directory::feed::Brake;
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

/// What plans add up to. Every plan of a run is counted before the first is carried out.
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

/// May it happen?
#[derive(Debug, Eq, PartialEq)]
pub enum Verdict {
    /// Yes.
    Go(Permit),
    /// Not before a second person has looked.
    Held(Held),
    /// No: what was read over there can't be believed.
    Untrusted(Untrusted),
}

/// That plans may be carried out. Nothing else makes one but [`Survey::verdict`] and [`Held::approved`].
#[derive(Debug, Eq, PartialEq)]
pub struct Permit(());

/// A run that takes the login from so many that a second person has to look.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
pub struct Held {
    /// Identities that lose it.
    pub losing: u64,
    /// Of so many that are there.
    pub of: u64,
}

impl Held {
    /// A second person has looked at just this.
    pub const fn approved(self) -> Permit {
        Permit(())
    }
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

    /// May the plans that were counted be carried out?
    pub fn verdict(&self, reading: Reading, brake: Brake) -> Verdict {
        let missing = self.gone + self.not_listed;
        let of = self.tied.saturating_sub(missing);
        let half_is_missing = missing > MISSING_FLOOR && missing.saturating_mul(2) > self.tied;
        let untrusted = match reading {
            Reading::Failed => Some(Untrusted::Failed),
            Reading::Whole { read: 0, .. } if self.tied > 0 => Some(Untrusted::Empty),
            Reading::Whole { read, unreadable } if unreadable > read => Some(Untrusted::Unreadable),
            Reading::Whole { .. } if half_is_missing => Some(Untrusted::Halved),
            Reading::Whole { .. } => None,
        };
        match untrusted {
            Some(why) => Verdict::Untrusted(why),
            None if brake.holds(self.losing, of) => Verdict::Held(Held { losing: self.losing, of }),
            None => Verdict::Go(Permit(())),
        }
    }
}
