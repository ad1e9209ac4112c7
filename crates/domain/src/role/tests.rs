//! Who may do what to whom, and with whose agreement.

use uuid::Uuid;

use super::{APPROVAL_LIFE, Action, Asked, Denied, Grant, Mandate, Proposal, Role, Target, conflict};
use crate::unit::Unit;
use crate::{IdentityId, Level, Millis, Moment, PersonId};

const NOW: Moment = Moment(1_000_000_000_000);

fn unit(path: &str) -> Option<Unit> {
    Some(path.parse().unwrap())
}

fn mandate(n: u128, grants: &[(Role, Option<Unit>)]) -> Mandate {
    let grant = |(role, unit): &(Role, Option<Unit>)| Grant { role: *role, unit: unit.clone(), until: None };
    Mandate {
        identity: IdentityId(Uuid::from_u128(n)),
        person: PersonId(Uuid::from_u128(n)),
        grants: grants.iter().map(grant).collect(),
        level: Some(Level::Substantial),
    }
}

fn target(n: u128, path: &str) -> Target {
    Target {
        identity: IdentityId(Uuid::from_u128(n)),
        person: PersonId(Uuid::from_u128(n)),
        unit: unit(path),
        is_officer: false,
    }
}

#[test]
fn nobody_may_everything_and_everything_somebody_may() {
    for role in Role::ALL {
        assert!(Action::ALL.into_iter().any(|action| !role.may(action)), "{role:?}");
    }
    for action in Action::ALL {
        assert!(Role::ALL.into_iter().any(|role| role.may(action)), "{action:?}");
    }
}

#[test]
fn an_auditor_reads_and_nothing_else() {
    use Action as Do;
    let may: Vec<Action> = Action::ALL.into_iter().filter(|action| Role::Auditor.may(*action)).collect();
    let reading = [
        Do::FindPeople,
        Do::SeePerson,
        Do::SeeServiceProviders,
        Do::SeeRoles,
        Do::SeeKeys,
        Do::SeeProposals,
        Do::SeeHealth,
        Do::ReadLog,
    ];
    assert_eq!(may, reading);
}

#[test]
fn what_does_not_go_together_does_so_both_ways() {
    for one in Role::ALL {
        for other in Role::ALL {
            assert_eq!(one.conflicts_with(other), other.conflicts_with(one), "{one:?} {other:?}");
        }
        assert!(!one.conflicts_with(one), "{one:?}");
    }
    assert_eq!(conflict(&[Role::Support, Role::SpAdministrator], Role::Registrar), Some(Role::Support));
    assert_eq!(conflict(&[Role::Support], Role::UserAdministrator), None);
    assert_eq!(conflict(&[Role::SecurityAdministrator], Role::Support), Some(Role::SecurityAdministrator));
    assert_eq!(conflict(&[], Role::Auditor), None);
}

#[test]
fn a_support_desk_of_a_school_helps_at_that_school() {
    let support = mandate(1, &[(Role::Support, unit("Skole"))]);
    assert_eq!(support.may_to(Action::Help, &target(2, "Skole/Nord"), NOW), Ok(()));
    assert_eq!(support.may_to(Action::Help, &target(2, "Skolen"), NOW), Err(Denied::OutsideUnit));
    let nowhere = Target { unit: None, ..target(2, "Skole") };
    assert_eq!(support.may_to(Action::Help, &nowhere, NOW), Err(Denied::OutsideUnit));
    assert_eq!(support.may_to(Action::SeePerson, &target(2, "Vej"), NOW), Err(Denied::OutsideUnit));
    assert_eq!(support.may_to(Action::Proof, &target(2, "Skole"), NOW), Err(Denied::NoRole));
}

#[test]
fn nobody_acts_on_themselves_by_whichever_identity() {
    let administrator = mandate(1, &[(Role::UserAdministrator, None)]);
    let another_identity_of_theirs = Target { identity: IdentityId(Uuid::from_u128(9)), ..target(1, "A") };
    for action in [Action::Help, Action::Block, Action::Administer] {
        assert_eq!(administrator.may_to(action, &another_identity_of_theirs, NOW), Err(Denied::Oneself));
    }
    assert_eq!(administrator.may_to(Action::SeePerson, &another_identity_of_theirs, NOW), Ok(()));
}

#[test]
fn whoever_administers_is_helped_by_the_administration() {
    let officer = Target { is_officer: true, ..target(2, "A") };
    let support = mandate(1, &[(Role::Support, None)]);
    assert_eq!(support.may_to(Action::Help, &officer, NOW), Err(Denied::Officer));
    assert_eq!(support.may_to(Action::SeePerson, &officer, NOW), Ok(()));
    let here = mandate(1, &[(Role::UserAdministrator, unit("A"))]);
    assert_eq!(here.may_to(Action::Help, &officer, NOW), Err(Denied::Officer));
    let everywhere = mandate(1, &[(Role::UserAdministrator, None)]);
    assert_eq!(everywhere.may_to(Action::Help, &officer, NOW), Ok(()));
}

#[test]
fn a_session_below_substantial_administers_nothing() {
    for level in [None, Some(Level::Low)] {
        let mandate = Mandate { level, ..mandate(1, &[(Role::Support, None)]) };
        assert_eq!(mandate.may(Action::FindPeople, NOW), Err(Denied::Level));
        assert_eq!(mandate.may_to(Action::Help, &target(2, "A"), NOW), Err(Denied::Level));
    }
}

#[test]
fn a_role_ends_at_its_time() {
    let mut until = mandate(1, &[(Role::Support, None)]);
    until.grants[0].until = Some(NOW);
    assert_eq!(until.may(Action::Help, NOW.minus(Millis(1))), Ok(()));
    assert_eq!(until.may(Action::Help, NOW), Err(Denied::NoRole));
}

#[test]
fn t_del_01_nobody_agrees_with_themselves() {
    let about = PersonId(Uuid::from_u128(7));
    let grant = Proposal::GrantRole {
        identity: IdentityId(Uuid::from_u128(70)),
        role: Role::Support,
        unit: None,
        until: None,
    };
    let asked =
        Asked { proposal: grant, by: Some(PersonId(Uuid::from_u128(1))), about: Some(about), at: NOW };
    let security = |n| mandate(n, &[(Role::SecurityAdministrator, None)]);
    assert_eq!(asked.may_agree(&security(2), NOW), Ok(()));
    assert_eq!(asked.may_agree(&security(1), NOW), Err(Denied::Oneself));
    assert_eq!(asked.may_agree(&security(7), NOW), Err(Denied::Oneself));
    assert_eq!(asked.may_decline(&security(1), NOW), Ok(()));
    let another_identity = Mandate { identity: IdentityId(Uuid::from_u128(99)), ..security(1) };
    assert_eq!(asked.may_agree(&another_identity, NOW), Err(Denied::Oneself));
    assert_eq!(asked.may_agree(&mandate(2, &[(Role::UserAdministrator, None)]), NOW), Err(Denied::NoRole));
    assert_eq!(asked.may_agree(&Mandate { level: None, ..security(2) }, NOW), Err(Denied::Level));
    assert!(
        !asked.is_void(NOW.plus(APPROVAL_LIFE)) && asked.is_void(NOW.plus(APPROVAL_LIFE).plus(Millis(1)))
    );
}
