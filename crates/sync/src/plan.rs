//! What has to happen in MitID Erhverv for an identity there to be as ours is: decided here, done elsewhere.
//!
//! Three things are held against each other: what is [`Desired`], what is [`Observed`], and what was [`Agreed`] before. What
//! we changed is said. What was changed over there is told of and left, with one exception: what may not be used is
//! suspended, as often as it takes. Suspension comes first, then what is taken, then what is given. Calls that the state of
//! an identity does not allow are not planned.
//!
//! One identity: [`plan`]. What many add up to, and whether that may happen: [`Survey`].

pub mod bodies;
mod desired;
mod legal;
mod making;
mod observed;
mod step;
#[cfg(test)]
mod tests;
mod verdict;

use std::collections::{BTreeMap, BTreeSet};

use portner_domain::{IdentityId, Millis, Moment};
use serde::Serialize;

pub use desired::{
    Agreed, Bond, Desired, Lack, May, Model, Person, Right, SUBJECT_NAME_ID_CHARS_MAX, Sought, Told, Vouched,
    Wanted,
};
pub use legal::is_legal;
pub use observed::{Authenticates, Observed, Other, PrivateMitId, State, Version};
pub use step::{Finding, Planned, Step, Why};
pub use verdict::{Reading, Survey, Untrusted};

use crate::wire::{EmployeeUuid, Quirks, RoleUuid, Scope, ScopeKind};
use making::Making;

/// What holds for all identities of an organisation.
#[derive(Clone, Debug, Default)]
pub struct Rules {
    /// What we believe of the other side.
    pub quirks: Quirks,
    /// The reading that all that is observed is from.
    pub reading: Version,
    /// When its lists were asked for.
    pub listed_at: Option<Moment>,
    /// So long after it was asked for, what is on no list was not made: until then it may still be being made.
    pub made_within: Millis,
    /// The roles that may be assigned. Without any it is taken for unread, and no right is touched.
    pub catalogue: BTreeSet<RoleUuid>,
    /// Where they may be.
    pub places: Places,
}

impl Rules {
    /// Does the last reading show what became of one that was asked for?
    pub fn shows(&self, asked: &Agreed, since: Version) -> bool {
        let is_late = |at: Moment| self.listed_at.is_some_and(|listed| at.plus(self.made_within) <= listed);
        self.reading > since && asked.asked_at.is_none_or(is_late)
    }
}

/// What is the organisation's own over there: its CVR number, its places of work and its tax numbers.
#[derive(Clone, Debug, Default)]
pub struct Places(BTreeMap<ScopeKind, BTreeSet<String>>);

impl Places {
    /// One more.
    pub fn put(&mut self, kind: ScopeKind, number: String) {
        self.0.entry(kind).or_default().insert(number);
    }

    /// May a role be held there? Where none of its kind was read, what is said here is believed.
    pub fn has(&self, scope: &Scope) -> bool {
        self.0.get(&scope.kind()).is_none_or(|known| known.contains(scope.value()))
    }
}

/// What over there bears on one identity of ours.
#[derive(Clone, Copy, Debug)]
pub struct Around<'a> {
    /// The one it is tied to.
    pub own: Option<&'a Observed>,
    /// All others with what it is sought by ([`Desired::sought`]), if [`needs_others`] says so.
    pub others: &'a [Other],
}

/// What is to be done to one identity.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct IdentityPlan {
    /// Which of ours.
    pub identity: IdentityId,
    /// Which over there, if it is tied to one.
    pub employee: Option<EmployeeUuid>,
    /// How it was seen.
    pub seen: Seen,
    /// In this order; whoever does them stops at the first that fails.
    pub steps: Vec<Planned>,
    /// What a person has to look at.
    pub findings: Vec<Finding>,
}

impl IdentityPlan {
    /// Is there nothing to do and nothing to tell?
    pub const fn is_empty(&self) -> bool {
        self.steps.is_empty() && self.findings.is_empty()
    }

    /// Is there something to do, now or once it is clear what became of what was asked for?
    pub fn is_due(&self) -> bool {
        !self.steps.is_empty() || self.findings.contains(&Finding::Unclear)
    }

    /// Is there something that a person has to look at, and not only to wait for?
    pub fn waits_for_a_person(&self) -> bool {
        self.findings.iter().any(|it| *it != Finding::Unclear)
    }

    /// Those over there that findings name: they may be it, or have its name.
    pub fn named(&self) -> Vec<EmployeeUuid> {
        let mut named: Vec<_> = self.findings.iter().flat_map(Finding::named).copied().collect();
        named.sort_unstable();
        named.dedup();
        named
    }

    /// When it is its turn: all suspensions first, and deletions before what may want their names.
    pub fn turn(&self) -> Turn {
        let first = self.steps.iter().map(|planned| match planned.step {
            // Perhaps it was suspended, perhaps not.
            Step::Suspend | Step::Look => Turn::Suspend,
            Step::Delete => Turn::Delete,
            _ => Turn::Rest,
        });
        first.min().unwrap_or(Turn::Rest)
    }

    /// It is looked at before what is planned is done, and that may then be something else.
    pub(crate) fn look_first(&mut self) {
        self.steps.insert(0, Planned { step: Step::Look, why: Why::NotKnown });
    }

    /// Does it take somebody's login?
    pub fn loses(&self) -> bool {
        self.steps.iter().any(|planned| planned.step.loses())
    }
}

/// In which order the plans of many identities are done.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Turn {
    /// First.
    Suspend,
    /// Then.
    Delete,
    /// Last.
    Rest,
}

/// How the identity that ours is tied to was seen.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(tag = "seen", rename_all = "kebab-case")]
pub enum Seen {
    /// Ours is tied to none.
    Unbound,
    /// It was there.
    Here {
        /// In this reading.
        version: Version,
    },
    /// Its UUID was asked for, and it was not there.
    Gone,
    /// It was on no list.
    NotListed,
}

/// Does a plan for this need the others that have its number or its name?
pub fn needs_others(desired: &Desired, own: Option<&Observed>) -> bool {
    match &desired.bond {
        Bond::None => desired.wanted != Wanted::Gone,
        Bond::Unsure { .. } => true,
        Bond::With { agreed, .. } => {
            let has_another_cpr = agreed.cpr.is_some() && agreed.cpr != desired.person.cpr;
            let has_another_name = agreed.subject_name_id.as_deref() != desired.local_name();
            own.is_some_and(|own| own.state == State::Gone || has_another_cpr || has_another_name)
        }
    }
}

/// What is to be done to one identity for it to be as is desired.
pub fn plan(desired: &Desired, around: Around<'_>, rules: &Rules) -> IdentityPlan {
    let employee = desired.bond.employee();
    let own = around.own.filter(|own| Some(own.employee) == employee);
    let mut making = Making::new(desired, around.others, rules);
    match (&desired.bond, own) {
        (Bond::With { agreed, .. }, Some(own)) => making.keep(agreed, own),
        (Bond::With { .. }, None) => making.find(Finding::NotListed),
        // Whoever may not be used and is there is taken over, to be suspended.
        (Bond::None, _) if desired.wanted == Wanted::Gone => {}
        (Bond::None, _) => making.begin(),
        (Bond::Unsure { asked, since }, _) => making.resume(asked, *since),
    }
    let seen = match (employee, own) {
        (None, _) => Seen::Unbound,
        (Some(_), None) => Seen::NotListed,
        (Some(_), Some(own)) if own.state == State::Gone => Seen::Gone,
        (Some(_), Some(own)) => Seen::Here { version: own.version },
    };
    let (steps, findings) = making.done();
    IdentityPlan { identity: desired.identity, employee, seen, steps, findings }
}
