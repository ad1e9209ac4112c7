//! Logins walked from the first page to the last.

use uuid::Uuid;

use super::{Afresh, Demand, Event, LOGIN_LIFE, Login, OutOfStep, Rules, Stage, Tells, reaches};
use crate::assurance::Notified;
use crate::authenticator::{Authenticator, Kind, Proof};
use crate::identity::{Employment, Identity, Life, Standing, State};
use crate::proofing::{Evidence, Proofing};
use crate::session::{Limits, Session, SessionName};
use crate::terms::HoldFor;
use crate::{AuthenticatorId, IdentityId, Level, Millis, Moment, PersonId, ProofingId};

const NOW: Moment = Moment(1_800_000_000_000);

fn rules() -> Rules {
    let level = Some(Level::Substantial);
    let notified = Notified { scheme: level, broker: level };
    Rules { notified, limits: Limits::NSIS, tells: Tells::Level }
}

fn person(n: u128, evidence: Evidence, kinds: &[Kind]) -> Standing {
    let id = Uuid::from_u128(n);
    let identity = Identity {
        id: IdentityId(id),
        person: PersonId(id),
        user_name: format!("user{n}").parse().unwrap(),
        first_name: "A".into(),
        last_name: "B".into(),
        email: None,
        cvr: "12345678".parse().unwrap(),
        organisation: "Eksempel Kommune".into(),
        employment: Employment::Verified { source: "payroll".into() },
        state: State::Active,
        sessions_ended: Moment(0),
        life: Life::PERMITTED,
    };
    let proofing =
        Proofing { id: ProofingId(id), person: PersonId(id), evidence, at: Moment(1), withdrawn: None };
    let bound = |(kind, offset): (&Kind, u128)| Authenticator {
        id: AuthenticatorId(Uuid::from_u128(n * 100 + offset)),
        kind: *kind,
        registered: Some(Level::Substantial),
    };
    Standing {
        identity,
        proofings: vec![proofing],
        authenticators: kinds.iter().zip(0..).map(bound).collect(),
        holdings: None,
        terms_due: None,
    }
}

fn anna() -> Standing {
    person(1, Evidence::InPerson, &[Kind::Password, Kind::Totp])
}

fn proof(standing: &Standing, kind: Kind, at: Moment) -> Proof {
    let bound = standing.authenticators.iter().find(|has| has.kind == kind).unwrap();
    Proof { authenticator: bound.id, kind, at }
}

fn asks(level: Option<Level>, afresh: Afresh) -> Demand {
    Demand { level, afresh }
}

fn proves(login: &Login, standing: &Standing, kind: Kind, now: Moment) -> Result<Login, OutOfStep> {
    let proof = proof(standing, kind, now);
    login.step(Event::Proved { proof, standing }, &rules(), now)
}

fn fresh(demand: Demand) -> Login {
    Login::begin(demand, None, &rules(), NOW)
}

const SUBSTANTIAL: Demand = Demand { level: Some(Level::Substantial), afresh: Afresh::No };

#[test]
fn substantial_takes_a_password_and_then_a_code() {
    let asked = fresh(SUBSTANTIAL);
    assert_eq!(asked.stage, Stage::Asked);
    let one = proves(&asked, &anna(), Kind::Password, NOW).unwrap();
    assert!(matches!(&one.stage, Stage::NeedsMore { choices, .. } if *choices == [Kind::Totp]));
    let two = proves(&one, &anna(), Kind::Totp, NOW).unwrap();
    assert!(matches!(&two.stage, Stage::Done { proofs, .. } if proofs.len() == 2));
    let answered = two.step(Event::Answered, &rules(), NOW).unwrap();
    assert_eq!(answered.step(Event::Answered, &rules(), NOW), Err(OutOfStep::Answered));
}

#[test]
fn a_passkey_is_a_whole_login_and_a_touched_key_is_half_of_one() {
    let has = |kinds: &[Kind]| person(1, Evidence::InPerson, kinds);
    let anna = has(&[Kind::Password, Kind::Passkey, Kind::SecurityKey]);
    let done = proves(&fresh(SUBSTANTIAL), &anna, Kind::Passkey, NOW).unwrap();
    assert!(matches!(done.stage, Stage::Done { .. }));
    assert_eq!(proves(&fresh(SUBSTANTIAL), &anna, Kind::SecurityKey, NOW), Err(OutOfStep::NotAsked));
    let one = proves(&fresh(SUBSTANTIAL), &anna, Kind::Password, NOW).unwrap();
    let Stage::NeedsMore { choices, .. } = &one.stage else { panic!("{one:?}") };
    assert_eq!(*choices, [Kind::SecurityKey, Kind::Passkey]);
    for second in [Kind::SecurityKey, Kind::Passkey] {
        assert!(matches!(proves(&one, &anna, second, NOW).unwrap().stage, Stage::Done { .. }));
    }
}

#[test]
fn whoever_came_with_the_password_of_the_network_is_asked_for_all_that_is_missing() {
    let anna = person(1, Evidence::InPerson, &[Kind::NetworkPassword, Kind::Password, Kind::Totp]);
    let one = proves(&fresh(SUBSTANTIAL), &anna, Kind::NetworkPassword, NOW).unwrap();
    let Stage::NeedsMore { choices, .. } = &one.stage else { panic!("{one:?}") };
    assert_eq!(*choices, [Kind::Password, Kind::Totp]);
    let two = proves(&one, &anna, Kind::Totp, NOW).unwrap();
    assert!(matches!(&two.stage, Stage::NeedsMore { choices, .. } if *choices == [Kind::Password]));
    assert!(matches!(proves(&two, &anna, Kind::Password, NOW).unwrap().stage, Stage::Done { .. }));
    let low = proves(&fresh(asks(Some(Level::Low), Afresh::No)), &anna, Kind::NetworkPassword, NOW).unwrap();
    assert!(matches!(&low.stage, Stage::NeedsMore { choices, .. } if *choices == [Kind::Password]));
}

#[test]
fn low_takes_a_password_only() {
    for level in [None, Some(Level::Low)] {
        let done = proves(&fresh(asks(level, Afresh::No)), &anna(), Kind::Password, NOW).unwrap();
        assert!(matches!(done.stage, Stage::Done { .. }), "{level:?}");
    }
}

#[test]
fn who_cannot_reach_the_level_is_told_before_being_asked_for_more() {
    let check = |standing: Standing| {
        let told = proves(&fresh(SUBSTANTIAL), &standing, Kind::Password, NOW).unwrap();
        assert!(matches!(told.stage, Stage::OutOfReach { .. }), "{told:?}");
    };
    check(person(1, Evidence::Register, &[Kind::Password, Kind::Totp]));
    check(person(1, Evidence::InPerson, &[Kind::Password]));
    check(Standing { proofings: Vec::new(), ..anna() });
}

#[test]
fn a_code_does_not_replace_a_password_and_no_step_can_be_skipped() {
    assert_eq!(proves(&fresh(SUBSTANTIAL), &anna(), Kind::Totp, NOW), Err(OutOfStep::NotAsked));
    let one = proves(&fresh(SUBSTANTIAL), &anna(), Kind::Password, NOW).unwrap();
    assert_eq!(proves(&one, &anna(), Kind::Password, NOW), Err(OutOfStep::NotAsked));
}

#[test]
fn t_mfa_01_the_second_factor_of_somebody_else_is_refused() {
    let one = proves(&fresh(SUBSTANTIAL), &anna(), Kind::Password, NOW).unwrap();
    let other = person(2, Evidence::InPerson, &[Kind::Password, Kind::Totp]);
    assert_eq!(proves(&one, &other, Kind::Totp, NOW), Err(OutOfStep::NotAsked));
}

#[test]
fn a_live_session_needs_no_prompt_and_a_forced_login_needs_all_of_them() {
    let anna = anna();
    let proofs = vec![proof(&anna, Kind::Password, NOW), proof(&anna, Kind::Totp, NOW)];
    let session = Session::begin(SessionName::from_bytes([7; 16]), anna.identity.id, proofs, NOW);
    let at = |minutes, demand| {
        Login::begin(demand, Some((&session, &anna)), &rules(), NOW.plus(Millis::minutes(minutes))).stage
    };
    assert!(matches!(at(60, SUBSTANTIAL), Stage::Done { .. }));
    assert!(matches!(at(61, SUBSTANTIAL), Stage::NeedsMore { choices, .. } if *choices == [Kind::Totp]));
    assert_eq!(at(181, SUBSTANTIAL), Stage::Asked);
    assert_eq!(at(1, Demand { afresh: Afresh::Yes, ..SUBSTANTIAL }), Stage::Asked);
}

#[test]
fn a_removed_authenticator_ends_what_rested_on_it() {
    let anna = anna();
    let session = Session::begin(
        SessionName::from_bytes([7; 16]),
        anna.identity.id,
        vec![proof(&anna, Kind::Password, NOW)],
        NOW,
    );
    let without = Standing { authenticators: Vec::new(), ..anna };
    let demand = asks(None, Afresh::No);
    assert_eq!(Login::begin(demand, Some((&session, &without)), &rules(), NOW).stage, Stage::Asked);
}

#[test]
fn a_login_that_took_too_long_goes_nowhere() {
    let login = fresh(SUBSTANTIAL);
    let late = NOW.plus(LOGIN_LIFE).plus(Millis(1));
    assert_eq!(proves(&login, &anna(), Kind::Password, late), Err(OutOfStep::Expired));
    assert!(login.has_expired(NOW.minus(Millis::seconds(3))), "it has not begun");
}

#[test]
fn what_was_proved_before_a_lock_counts_for_nothing_after_it() {
    let anna = anna();
    let one = proves(&fresh(SUBSTANTIAL), &anna, Kind::Password, NOW).unwrap();
    let mut unlocked = anna.clone();
    unlocked.identity.sessions_ended = NOW.plus(Millis(1));
    let later = NOW.plus(Millis::seconds(10));
    assert_eq!(proves(&one, &unlocked, Kind::Totp, later).unwrap().stage, Stage::Asked);
}

#[test]
fn whoever_wants_to_change_something_proves_the_best_they_have_and_now() {
    use Kind::{NetworkPassword, Passkey, Password, RecoveryCode, SyncedPasskey, Totp};
    let demand = asks(None, Afresh::ToChange);
    let check = |has: &[Kind], proved: Kind, expected: Option<&[Kind]>| {
        let person = person(1, Evidence::InPerson, has);
        let stage = proves(&fresh(demand), &person, proved, NOW).unwrap().stage;
        match expected {
            Some(expected) => {
                assert!(
                    matches!(&stage, Stage::NeedsMore { choices, .. } if choices == expected),
                    "{stage:?} of {has:?}"
                );
            }
            None => assert!(matches!(stage, Stage::Done { .. }), "{stage:?} of {has:?}"),
        }
    };
    check(&[Password], Password, None);
    check(&[Password, Totp], Password, Some(&[Totp]));
    check(&[Password, Totp, RecoveryCode], Password, Some(&[Totp, RecoveryCode]));
    check(&[Password, Totp, Passkey], Password, Some(&[Totp, Passkey]));
    check(&[Password, Passkey], Passkey, None);
    check(&[NetworkPassword, Totp], NetworkPassword, Some(&[Totp]));
    check(&[Password, SyncedPasskey], Password, Some(&[SyncedPasskey]));
    // A session of eleven minutes is no help, one of ten is.
    let anna = anna();
    let proofs = vec![proof(&anna, Password, NOW), proof(&anna, Totp, NOW)];
    let session = Session::begin(SessionName::from_bytes([7; 16]), anna.identity.id, proofs, NOW);
    let at = |minutes| {
        Login::begin(demand, Some((&session, &anna)), &rules(), NOW.plus(Millis::minutes(minutes))).stage
    };
    assert!(matches!(at(10), Stage::Done { .. }));
    assert_eq!(at(11), Stage::Asked);
}

#[test]
fn terms_stop_what_tells_a_level_and_nothing_else_unless_they_say_so() {
    use HoldFor::{Everything, Levels};
    let due = |terms_due| Standing { terms_due, ..anna() };
    let nobody = |terms_due| Standing { proofings: Vec::new(), ..due(terms_due) };
    let check = |standing: Standing, tells, is_stopped: bool| {
        let (demand, rules) = (asks(None, Afresh::No), Rules { tells, ..rules() });
        let proof = proof(&standing, Kind::Password, NOW);
        let proved = Event::Proved { proof: proof.clone(), standing: &standing };
        let stage = Login::begin(demand, None, &rules, NOW).step(proved, &rules, NOW).unwrap().stage;
        assert_eq!(matches!(stage, Stage::MustAccept { .. }), is_stopped, "{stage:?} {tells:?}");
        assert_eq!(matches!(stage, Stage::Done { .. }), !is_stopped, "{stage:?} {tells:?}");
        assert_eq!(reaches(demand, &standing, &[proof], &rules, NOW), !is_stopped);
    };
    for tells in [Tells::Nothing, Tells::Identity, Tells::Level] {
        check(due(None), tells, false);
        check(due(Some(Levels)), tells, tells == Tells::Level);
        check(due(Some(Everything)), tells, tells != Tells::Nothing);
        // There is no level to tell.
        check(nobody(Some(Levels)), tells, false);
        check(nobody(Some(Everything)), tells, tells != Tells::Nothing);
    }
}

#[test]
fn a_login_stops_for_terms_when_all_is_proved_and_goes_on_when_they_are_agreed_to() {
    let (agreed, new_terms) = (anna(), Standing { terms_due: Some(HoldFor::Levels), ..anna() });
    let review = |login: &Login, standing: &Standing| login.step(Event::Reviewed { standing }, &rules(), NOW);
    let one = proves(&fresh(SUBSTANTIAL), &new_terms, Kind::Password, NOW).unwrap();
    assert!(matches!(one.stage, Stage::NeedsMore { .. }), "terms are for whoever is known for sure");
    assert_eq!(review(&one, &agreed), Err(OutOfStep::NotAsked), "agreeing proves nothing");
    let stopped = proves(&one, &new_terms, Kind::Totp, NOW).unwrap();
    assert!(matches!(&stopped.stage, Stage::MustAccept { proofs, .. } if proofs.len() == 2));
    assert_eq!(review(&stopped, &new_terms).unwrap(), stopped);
    assert_eq!(proves(&stopped, &agreed, Kind::Totp, NOW), Err(OutOfStep::NotAsked));
    let done = review(&stopped, &agreed).unwrap();
    assert!(matches!(&done.stage, Stage::Done { proofs, .. } if proofs.len() == 2));
    assert_eq!(review(&done, &new_terms).unwrap(), stopped, "they came into force a moment ago");
    let other = person(2, Evidence::InPerson, &[Kind::Password, Kind::Totp]);
    assert_eq!(review(&stopped, &other), Err(OutOfStep::NotAsked), "nobody agrees for somebody else");
    let aged = stopped.step(Event::Reviewed { standing: &agreed }, &rules(), NOW.plus(Millis::minutes(21)));
    assert_eq!(aged, Err(OutOfStep::Expired));
    let locked = Standing { identity: Identity { sessions_ended: NOW, ..anna().identity }, ..anna() };
    assert_eq!(review(&stopped, &locked).unwrap().stage, Stage::Asked);
}

/// Another identity of somebody, in the same or in another state.
fn another_of(standing: &Standing, n: u128) -> Standing {
    let mut other = person(n, Evidence::InPerson, &[Kind::Password, Kind::Totp]);
    other.identity.person = standing.identity.person;
    other
}

fn recognised(standing: &Standing, kind: Kind, demand: Demand) -> Login {
    let proof = proof(standing, kind, NOW);
    fresh(demand).step(Event::Recognised { proof, standing }, &rules(), NOW).unwrap()
}

fn chooses(login: &Login, known: &Standing, chosen: &Standing, now: Moment) -> Result<Stage, OutOfStep> {
    login.step(Event::Chosen { known, chosen }, &rules(), now).map(|login| login.stage)
}

#[test]
fn what_belongs_to_one_identity_proves_nothing_for_another_of_the_same_person() {
    let anna = person(1, Evidence::InPerson, &[Kind::Password, Kind::Passkey]);
    let other = another_of(&anna, 2);
    let asked = recognised(&anna, Kind::Passkey, SUBSTANTIAL);
    assert!(matches!(&asked.stage, Stage::MustChoose { proofs, .. } if proofs.len() == 1));
    assert!(asked.stage.choices().is_empty() && !asked.stage.takes_password());
    assert!(matches!(chooses(&asked, &anna, &anna, NOW), Ok(Stage::Done { .. })));
    assert_eq!(chooses(&asked, &anna, &other, NOW), Ok(Stage::Asked), "nothing is carried over");
    assert_eq!(proves(&asked, &anna, Kind::Password, NOW), Err(OutOfStep::NotAsked));
    assert_eq!(proves(&asked, &other, Kind::Password, NOW), Err(OutOfStep::NotAsked));
}

#[test]
fn nobody_chooses_what_is_not_theirs_or_not_to_be_used() {
    let anna = person(1, Evidence::InPerson, &[Kind::Passkey]);
    let asked = recognised(&anna, Kind::Passkey, SUBSTANTIAL);
    let stranger = person(3, Evidence::InPerson, &[Kind::Passkey]);
    assert_eq!(chooses(&asked, &anna, &stranger, NOW), Err(OutOfStep::NotTheirs));
    assert_eq!(
        chooses(&asked, &stranger, &stranger, NOW),
        Err(OutOfStep::NotAsked),
        "it is not the one proved"
    );
    let stopped = |standing: &Standing| {
        let mut stopped = standing.clone();
        stopped.identity.state = State::Locked;
        stopped
    };
    for gone in [stopped(&anna), stopped(&another_of(&anna, 2))] {
        assert_eq!(chooses(&asked, &anna, &gone, NOW), Err(OutOfStep::NotTheirs));
    }
    let late = NOW.plus(LOGIN_LIFE).plus(Millis(1));
    assert_eq!(chooses(&asked, &anna, &anna, late), Err(OutOfStep::Expired));
}

#[test]
fn a_choice_is_made_once_and_a_lock_since_the_proof_undoes_it() {
    let anna = person(1, Evidence::InPerson, &[Kind::Passkey]);
    let asked = recognised(&anna, Kind::Passkey, SUBSTANTIAL);
    let stage = chooses(&asked, &anna, &anna, NOW).unwrap();
    let chosen = Login { stage, ..asked.clone() };
    assert_eq!(chooses(&chosen, &anna, &another_of(&anna, 2), NOW), Err(OutOfStep::NotAsked));
    let mut locked_meanwhile = anna.clone();
    locked_meanwhile.identity.sessions_ended = NOW.plus(Millis(1));
    assert_eq!(chooses(&asked, &anna, &locked_meanwhile, NOW.plus(Millis(2))), Ok(Stage::Asked));
}

#[test]
fn whoever_can_not_reach_the_level_may_mean_another_of_theirs() {
    let anna = person(1, Evidence::Register, &[Kind::Password, Kind::Totp]);
    let stuck = proves(&fresh(SUBSTANTIAL), &anna, Kind::Password, NOW).unwrap();
    assert!(matches!(stuck.stage, Stage::OutOfReach { .. }));
    assert_eq!(chooses(&stuck, &anna, &another_of(&anna, 2), NOW), Ok(Stage::Asked));
    assert_eq!(chooses(&stuck, &anna, &anna, NOW), Err(OutOfStep::NotAsked));
}

#[test]
fn a_choice_never_makes_a_login_worth_more_than_the_same_proofs_without_it() {
    for evidence in [Evidence::Register, Evidence::InPerson] {
        for kind in Kind::ALL.into_iter().filter(|kind| kind.begins_a_login()) {
            for demand in [SUBSTANTIAL, asks(None, Afresh::No), asks(Some(Level::High), Afresh::Yes)] {
                let anna = person(1, evidence.clone(), &[kind, Kind::Totp]);
                let asked = recognised(&anna, kind, demand);
                let straight = proves(&fresh(demand), &anna, kind, NOW).unwrap().stage;
                assert_eq!(chooses(&asked, &anna, &anna, NOW), Ok(straight), "{kind:?} {demand:?}");
            }
        }
    }
}
