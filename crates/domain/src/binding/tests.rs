//! Who may change what, by example and at random.

use proptest::prelude::*;
use uuid::Uuid;

use super::{BINDING_FRESH_MAX, Holder, Refusal, may_bind, may_remove};
use crate::assurance::{Notified, assess};
use crate::authenticator::{Authenticator, Ceremony, Kind, Proof, registered_level};
use crate::flow::{Rules, Tells};
use crate::identity::{Employment, Identity, Life, Standing, State};
use crate::proofing::{Evidence, Proofing};
use crate::session::Limits;
use crate::{AuthenticatorId, IdentityId, Level, Millis, Moment, PersonId, ProofingId};

const NOW: Moment = Moment(1_800_000_000_000);
const RULES: Rules =
    Rules { notified: Notified { scheme: None, broker: None }, limits: Limits::NSIS, tells: Tells::Nothing };

fn anna(evidence: Option<Evidence>, has: &[(Kind, Option<Level>)]) -> Standing {
    let person = PersonId(Uuid::from_u128(2));
    let identity = Identity {
        id: IdentityId(Uuid::from_u128(1)),
        person,
        user_name: "anna".parse().unwrap(),
        first_name: "Anna".into(),
        last_name: "Andersen".into(),
        email: None,
        cvr: "12345678".parse().unwrap(),
        organisation: "Eksempel Kommune".into(),
        employment: Employment::Verified { source: "payroll".into() },
        state: State::Active,
        sessions_ended: Moment(0),
        life: Life::PERMITTED,
    };
    let proofing = |evidence| Proofing {
        id: ProofingId(Uuid::from_u128(3)),
        person,
        evidence,
        at: Moment(1),
        withdrawn: None,
    };
    let authenticators = has.iter().zip(1..).map(|((kind, registered), n)| Authenticator {
        id: id(n),
        kind: *kind,
        registered: *registered,
    });
    Standing {
        identity,
        proofings: evidence.map(proofing).into_iter().collect(),
        authenticators: authenticators.collect(),
        holdings: None,
        terms_due: None,
    }
}

fn best(kinds: &[Kind]) -> Standing {
    let has: Vec<_> = kinds.iter().map(|kind| (*kind, kind.best())).collect();
    anna(Some(Evidence::InPersonByTwo), &has)
}

fn id(n: u128) -> AuthenticatorId {
    AuthenticatorId(Uuid::from_u128(n))
}

fn proofs(standing: &Standing, used: &[Kind], age: Millis) -> Vec<Proof> {
    let used = standing.authenticators.iter().filter(|has| used.contains(&has.kind));
    used.map(|has| Proof { authenticator: has.id, kind: has.kind, at: NOW.minus(age) }).collect()
}

fn bind(standing: &Standing, lost: &[Kind], used: &[Kind], age: Millis) -> Result<Ceremony, Refusal> {
    let proofs = proofs(standing, used, age);
    may_bind(&Holder { standing, lost, proofs: &proofs }, &RULES, NOW)
}

#[test]
fn a_stolen_password_changes_nothing_where_there_is_anything_else() {
    use Kind::{NetworkPassword, Passkey, Password, RecoveryCode, SecurityKey, SyncedPasskey, Totp};
    let now = Millis(0);
    for second in [Totp, SecurityKey, Passkey, SyncedPasskey, RecoveryCode] {
        assert_eq!(bind(&best(&[Password, second]), &[], &[Password], now), Err(Refusal::MoreNeeded));
        assert_eq!(
            bind(&best(&[NetworkPassword, second]), &[], &[NetworkPassword], now),
            Err(Refusal::MoreNeeded)
        );
        assert_eq!(
            bind(&best(&[Password]), &[second], &[Password], now),
            Err(Refusal::Lost),
            "a report gives no right"
        );
        let unvouched = anna(None, &[(Password, None), (second, None)]);
        assert_eq!(bind(&unvouched, &[], &[Password], now), Err(Refusal::MoreNeeded));
    }
    // Who has nothing else may begin.
    assert_eq!(bind(&best(&[Password]), &[], &[Password], now), Ok(Ceremony::InSession(Level::Low)));
}

#[test]
fn what_is_added_inherits_the_level_of_the_session() {
    use Kind::{AttestedPasskey, NetworkPassword, Passkey, Password, Totp};
    let check = |standing: &Standing, used: &[Kind], expected: Ceremony| {
        assert_eq!(bind(standing, &[], used, Millis(0)), Ok(expected), "{used:?}");
    };
    let both = [Password, Totp];
    check(&best(&both), &both, Ceremony::InSession(Level::Substantial));
    check(&best(&[Passkey]), &[Passkey], Ceremony::InSession(Level::Substantial));
    // The bond with the employer is never worth more than Substantial.
    check(&best(&[AttestedPasskey]), &[AttestedPasskey], Ceremony::InSession(Level::Substantial));
    check(&best(&[NetworkPassword, Totp]), &[NetworkPassword, Totp], Ceremony::Unvouched);
    let substantial = Some(Level::Substantial);
    let has = [(Password, substantial), (Totp, substantial)];
    check(&anna(None, &has), &both, Ceremony::Unvouched);
    check(&anna(Some(Evidence::Register), &has), &both, Ceremony::InSession(Level::Low));
    check(&anna(Some(Evidence::InPerson), &[(Password, None), (Totp, None)]), &both, Ceremony::Unvouched);
}

#[test]
fn what_was_proved_ten_minutes_ago_is_old() {
    let (standing, both) = (best(&[Kind::Password, Kind::Totp]), [Kind::Password, Kind::Totp]);
    assert!(bind(&standing, &[], &both, BINDING_FRESH_MAX).is_ok());
    let older = Millis(BINDING_FRESH_MAX.0 + 1);
    assert_eq!(bind(&standing, &[], &both, older), Err(Refusal::Stale));
    let mut mixed = proofs(&standing, &[Kind::Password], Millis(0));
    mixed.extend(proofs(&standing, &[Kind::Totp], older));
    let holder = Holder { standing: &standing, lost: &[], proofs: &mixed };
    assert_eq!(may_bind(&holder, &RULES, NOW), Err(Refusal::MoreNeeded));
    let mut locked = standing.clone();
    locked.identity.sessions_ended = NOW;
    assert_eq!(bind(&locked, &[], &both, Millis(0)), Err(Refusal::Stale));
}

#[test]
fn a_recovery_code_stands_in_for_what_is_lost_and_vouches_for_little() {
    use Kind::{Passkey, Password, RecoveryCode, Totp};
    let low = Ok(Ceremony::InSession(Level::Low));
    let used = [Password, RecoveryCode];
    assert_eq!(bind(&best(&[Password, Totp, RecoveryCode]), &[], &used, Millis(0)), low);
    assert_eq!(bind(&best(&[Password, RecoveryCode]), &[Totp], &used, Millis(0)), low);
    assert_eq!(bind(&best(&[Password, Passkey, RecoveryCode]), &[], &used, Millis(0)), low);
    let all = [Password, Totp, RecoveryCode];
    assert_eq!(
        bind(&best(&all), &[], &all, Millis(0)),
        Ok(Ceremony::InSession(Level::Substantial)),
        "it is not needed, and takes nothing away"
    );
}

#[test]
fn what_the_level_rests_on_is_replaced_and_not_removed() {
    use Kind::{NetworkPassword, Passkey, Password, RecoveryCode, Totp};
    let check = |kinds: &[Kind], which: u128, expected: Result<(), Refusal>| {
        let standing = best(kinds);
        let proofs = proofs(&standing, kinds, Millis(0));
        let holder = Holder { standing: &standing, lost: &[], proofs: &proofs };
        assert_eq!(may_remove(&holder, id(which), &RULES, NOW), expected, "{which} of {kinds:?}");
    };
    let last = Err(Refusal::LastOfItsLevel(Some(Level::Substantial)));
    check(&[Password, Totp], 1, last);
    check(&[Password, Totp], 2, last);
    check(&[Password, Totp, Passkey], 1, Ok(()));
    check(&[Password, Totp, Passkey], 2, Ok(()));
    check(&[Password, Totp, Passkey], 3, Ok(()));
    check(&[Passkey], 1, last);
    check(&[Passkey, Passkey], 1, Ok(()));
    check(&[Password], 1, Err(Refusal::LastOfItsLevel(Some(Level::Low))));
    check(&[Password, RecoveryCode], 2, Ok(()));
    check(&[NetworkPassword, Passkey], 1, Err(Refusal::NotTheirs));
    check(&[Password], 2, Err(Refusal::NotBound));
    // Of two passkeys the better one stays.
    let substantial = Some(Level::Substantial);
    let uneven = anna(
        Some(Evidence::InPerson),
        &[(Passkey, substantial), (Passkey, Some(Level::Low)), (Totp, substantial)],
    );
    let all = proofs(&uneven, &[Passkey], Millis(0));
    let holder = Holder { standing: &uneven, lost: &[], proofs: &all };
    assert_eq!(may_remove(&holder, id(1), &RULES, NOW), last);
    assert_eq!(may_remove(&holder, id(2), &RULES, NOW), Ok(()));
    assert_eq!(may_remove(&holder, id(3), &RULES, NOW), Ok(()));
}

#[test]
fn nothing_is_removed_by_whoever_could_not_add_it() {
    let standing = best(&[Kind::Password, Kind::Totp, Kind::Passkey]);
    let proofs = proofs(&standing, &[Kind::Password], Millis(0));
    let holder = Holder { standing: &standing, lost: &[], proofs: &proofs };
    assert_eq!(may_remove(&holder, id(2), &RULES, NOW), Err(Refusal::MoreNeeded));
}

fn level() -> impl Strategy<Value = Option<Level>> {
    prop::option::of(prop::sample::select(Level::ALL.to_vec()))
}

fn kind() -> impl Strategy<Value = Kind> {
    prop::sample::select(Kind::ALL.to_vec())
}

fn evidence() -> impl Strategy<Value = Option<Evidence>> {
    let all = [Evidence::Register, Evidence::InPerson, Evidence::InPersonByTwo];
    prop::option::of(prop::sample::select(all.to_vec()))
}

proptest! {
    #[test]
    fn nothing_is_ever_registered_above_the_session_that_bound_it(
        has in prop::collection::vec((kind(), level()), 0..6),
        used in prop::collection::vec((any::<prop::sample::Index>(), 0_u64..30), 0..6),
        lost in prop::collection::vec(kind(), 0..3),
        evidence in evidence(),
        added in kind(),
    ) {
        // No more than a thing can be, as when it was bound.
        let has: Vec<_> = has.into_iter().map(|(kind, level)| (kind, level.min(kind.best()))).collect();
        let standing = anna(evidence, &has);
        let proofs: Vec<Proof> = used
            .iter()
            .filter(|_| !has.is_empty())
            .map(|(which, minutes)| {
                let of = which.get(&standing.authenticators);
                Proof { authenticator: of.id, kind: of.kind, at: NOW.minus(Millis::minutes(*minutes)) }
            })
            .collect();
        let holder = Holder { standing: &standing, lost: &lost, proofs: &proofs };
        if let Ok(ceremony) = may_bind(&holder, &RULES, NOW) {
            let session = assess(&standing, &proofs, Notified::default(), &Limits::NSIS, NOW);
            prop_assert!(registered_level(added, ceremony) <= session.ial.min(session.aal));
            let recent = |proof: &&Proof| NOW.since(proof.at).is_some_and(|age| age <= BINDING_FRESH_MAX);
            let proved: Vec<Kind> = proofs.iter().filter(recent).map(|proof| proof.kind).collect();
            let held: Vec<Kind> = has.iter().map(|(kind, _)| *kind).collect();
            let second = super::has_possession(&held) || super::has_possession(&lost);
            prop_assert!(!second || super::has_possession(&proved), "one factor of two changed something");
            for of in &standing.authenticators {
                if may_remove(&holder, of.id, &RULES, NOW).is_ok() {
                    let mut rest = standing.clone();
                    rest.authenticators.retain(|has| has.id != of.id);
                    let best = |standing: &Standing| {
                        super::within_reach(standing, Notified::default(), &Limits::NSIS, NOW).aal
                    };
                    prop_assert!(best(&rest) == best(&standing));
                }
            }
        } else {
            for of in &standing.authenticators {
                prop_assert!(may_remove(&holder, of.id, &RULES, NOW).is_err());
            }
        }
    }
}
