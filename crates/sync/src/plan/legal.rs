//! Which step is allowed in which state. Those that were never seen can be doubted, one by one.

use super::observed::State;
use super::step::Step;
use crate::wire::{Doubt, Quirks};

/// May this be done to an identity in this state? `None`: there is no identity.
pub fn is_legal(step: &Step, state: Option<&State>, quirks: &Quirks) -> bool {
    let sure = |doubt| !quirks.doubts.contains(&doubt);
    let Some(state) = state else { return matches!(step, Step::Create | Step::Adopt { .. }) };
    match (step, state) {
        (_, State::Unknown(_)) => false,
        (Step::Forget, state) => *state == State::Gone,
        (_, State::Gone) => false,
        (Step::Look | Step::Adopt { .. }, _) | (Step::Delete, State::Active | State::Suspended) => true,
        (Step::Delete, State::Pending | State::Draft) => sure(Doubt::DeletePending),
        (Step::Create, _) => false,
        (Step::DescribeDraft | Step::OrderActivation, state) => *state == State::Draft,
        (_, State::Draft) => false,
        (Step::Suspend, State::Active) => true,
        (Step::Suspend, State::Pending) => sure(Doubt::SuspendPending),
        (Step::Suspend, State::Suspended) => false,
        (Step::Reactivate, state) => *state == State::Suspended,
        (Step::SetLocalName | Step::AllowPrivateMitId, _) | (_, State::Active) => true,
        (Step::ChangeProfile | Step::ChangeEmail, State::Pending) => sure(Doubt::ChangePending),
        (Step::ChangeProfile | Step::ChangeEmail, State::Suspended) => sure(Doubt::ChangeSuspended),
        (Step::RevokePrivateMitId { .. }, _) => sure(Doubt::RevokeUnlessActive),
        (Step::AllowSigning { .. }, State::Pending) => true,
        (Step::AllowSigning { .. }, State::Suspended) => sure(Doubt::SigningSuspended),
        (Step::TakeRight { .. } | Step::GiveRight { .. }, State::Pending) => sure(Doubt::RightsPending),
        (Step::TakeRight { .. } | Step::GiveRight { .. }, State::Suspended) => sure(Doubt::RightsSuspended),
    }
}

/// Where an identity is after a step; `None`: there is none.
pub fn after(step: &Step, state: Option<State>) -> Option<State> {
    match step {
        Step::Suspend => Some(State::Suspended),
        Step::Delete | Step::Forget => None,
        Step::Create | Step::OrderActivation => Some(State::Pending),
        Step::Reactivate => Some(State::Active),
        _ => state,
    }
}
