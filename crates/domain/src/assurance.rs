//! What a login is worth, and why: the one place where a level is computed.
//!
//! LoA = min(IAL, AAL, FAL), and never above what the scheme is notified at (NSIS). Nothing here takes a
//! level from configuration except as a ceiling, and no input can raise what another one gives.

use serde::{Deserialize, Serialize};

use crate::authenticator::{Authenticator, COMBINATIONS, Combination, Factor, Kind, Proof};
use crate::identity::Standing;
use crate::life::Admission;
use crate::proofing::newest;
use crate::session::Limits;
use crate::{Level, Millis, Moment, ProofingId};

/// What the organisation is notified for at the Agency for Digital Government; ceilings on everything.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct Notified {
    /// As an electronic identification scheme.
    pub scheme: Option<Level>,
    /// As an identity broker: the federation assurance level of what we issue.
    pub broker: Option<Level>,
}

/// A login's levels with their explanation. It is stored with every assertion that rests on it.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Assessment {
    /// How well the identity is known.
    pub ial: Option<Level>,
    /// How well the person was recognised this time.
    pub aal: Option<Level>,
    /// How well the answer is protected on its way.
    pub fal: Option<Level>,
    /// The level of the login, or none: then nothing is said about NSIS at all.
    pub loa: Option<Level>,
    /// Why, one reason for each thing that was looked at.
    pub because: Vec<Reason>,
}

/// One thing that was looked at, and what it gave.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(tag = "reason", rename_all = "kebab-case")]
pub enum Reason {
    /// The newest valid proofing.
    Proofed {
        /// Which.
        proofing: ProofingId,
        /// Its worth.
        level: Level,
    },
    /// No proofing is worth anything.
    NotProofed,
    /// Nobody decided that the identity may have a level, or it was taken back.
    NotPermitted,
    /// It is a robot's, which never has a level.
    Robot,
    /// The bond with the organisation.
    Employed {
        /// Its worth.
        level: Level,
    },
    /// A factor that counts, and the level its authenticator is registered at.
    Used {
        /// What was used.
        kind: Kind,
        /// Its level.
        level: Level,
    },
    /// A factor whose authenticator is registered at no level.
    Unvouched {
        /// What was used.
        kind: Kind,
    },
    /// A factor that counts, and that the level does not rest on.
    AlsoUsed {
        /// What was used.
        kind: Kind,
    },
    /// A factor that was used too long ago, or by an authenticator that is gone.
    TooOld {
        /// What was used.
        kind: Kind,
    },
    /// What the factors that count are worth together.
    Combined {
        /// The ceiling of the combination.
        level: Option<Level>,
    },
    /// The scheme's notified level.
    Scheme {
        /// That level.
        level: Option<Level>,
    },
    /// The broker's notified level.
    Broker {
        /// That level.
        level: Option<Level>,
    },
}

impl Reason {
    /// Does this alone keep a login below `level`?
    pub fn keeps_below(&self, level: Level) -> bool {
        match self {
            Self::NotProofed
            | Self::NotPermitted
            | Self::Robot
            | Self::Unvouched { .. }
            | Self::TooOld { .. } => true,
            Self::AlsoUsed { .. } => false,
            Self::Proofed { level: is, .. } | Self::Employed { level: is } | Self::Used { level: is, .. } => {
                *is < level
            }
            Self::Combined { level: is } | Self::Scheme { level: is } | Self::Broker { level: is } => {
                *is < Some(level)
            }
        }
    }
}

impl Assessment {
    /// Did factors of different kinds count? That is all that was asked before NSIS, and it is not a level.
    pub fn has_several_factors(&self) -> bool {
        let counts = |factor: Factor| {
            self.because.iter().any(|reason| match reason {
                Reason::Used { kind, .. } | Reason::Unvouched { kind } | Reason::AlsoUsed { kind } => {
                    kind.factors().contains(&factor)
                }
                _ => false,
            })
        };
        counts(Factor::Knowledge) && counts(Factor::Possession)
    }
}

/// What `proofs` are worth for the identity of `standing` at `now`.
pub fn assess(
    standing: &Standing,
    proofs: &[Proof],
    notified: Notified,
    limits: &Limits,
    now: Moment,
) -> Assessment {
    let mut because = Vec::new();
    let ial = identity_assurance(standing, now, &mut because);
    let aal = authenticator_assurance(standing, proofs, limits, now, &mut because);
    because.push(Reason::Scheme { level: notified.scheme });
    because.push(Reason::Broker { level: notified.broker });
    // `None` is less than every level, so the minimum of options is nothing as soon as one of them is.
    let loa = ial.min(aal).min(notified.broker).min(notified.scheme);
    Assessment { ial, aal, fal: notified.broker, loa, because }
}

/// The best that this identity could reach now, with every authenticator it has.
pub fn within_reach(standing: &Standing, notified: Notified, limits: &Limits, now: Moment) -> Assessment {
    let all: Vec<Proof> = standing
        .authenticators
        .iter()
        .map(|has| Proof { authenticator: has.id, kind: has.kind, at: now })
        .collect();
    assess(standing, &all, notified, limits, now)
}

/// How well the identity is known at `now`: the lower of how the person was proofed and how the bond to the organisation
/// was made, if somebody permitted it any level.
pub fn identity_level(standing: &Standing, now: Moment) -> Option<Level> {
    identity_assurance(standing, now, &mut Vec::new())
}

fn identity_assurance(standing: &Standing, now: Moment, because: &mut Vec<Reason>) -> Option<Level> {
    let proofed = newest(&standing.proofings, now);
    because.push(match proofed {
        Some((proofing, level)) => Reason::Proofed { proofing, level },
        None => Reason::NotProofed,
    });
    let employed = standing.identity.employment.level();
    because.push(Reason::Employed { level: employed });
    let permitted = match standing.identity.life.admission {
        Admission::Permitted => proofed,
        Admission::Withheld => {
            because.push(Reason::NotPermitted);
            None
        }
        Admission::Never => {
            because.push(Reason::Robot);
            None
        }
    };
    permitted.map(|(_, level)| level.min(employed))
}

/// The best of the combinations that were used. One proof more never makes a login worth less, so time, which
/// only takes proofs away, never makes it worth more.
fn authenticator_assurance(
    standing: &Standing,
    proofs: &[Proof],
    limits: &Limits,
    now: Moment,
    because: &mut Vec<Reason>,
) -> Option<Level> {
    let mut counts: Vec<&Authenticator> = Vec::new();
    for proof in proofs {
        match standing.bound(proof).filter(|_| is_fresh(proof, limits, now)) {
            Some(bound) => counts.push(bound),
            None => because.push(Reason::TooOld { kind: proof.kind }),
        }
    }
    let used: Vec<&Combination> = COMBINATIONS.iter().filter(|it| is_used(it, &counts)).collect();
    let best = used.iter().max_by_key(|it| (worth(it, &counts), std::cmp::Reverse(it.kinds.len())));
    let level = best.and_then(|it| worth(it, &counts));
    // What the level rests on, and what would be worth more if it were registered at more.
    let matters = |kind: Kind| {
        let in_it = |it: &&&Combination| it.kinds.contains(&kind);
        best.iter().any(|it| it.kinds.contains(&kind))
            || used.iter().filter(in_it).any(|it| Some(it.ceiling) > level)
            || level.is_none()
    };
    because.extend(counts.iter().map(|bound| match bound.registered {
        _ if !matters(bound.kind) => Reason::AlsoUsed { kind: bound.kind },
        Some(level) => Reason::Used { kind: bound.kind, level },
        None => Reason::Unvouched { kind: bound.kind },
    }));
    because.push(Reason::Combined { level: best.map(|it| it.ceiling) });
    level
}

fn is_used(combination: &Combination, counts: &[&Authenticator]) -> bool {
    combination.kinds.iter().all(|kind| counts.iter().any(|bound| bound.kind == *kind))
}

/// What a combination is worth with these authenticators: no more than the weakest of them, and of several of a
/// kind the best.
fn worth(combination: &Combination, counts: &[&Authenticator]) -> Option<Level> {
    let best = |kind: Kind| {
        counts.iter().filter(|bound| bound.kind == kind).map(|bound| bound.registered).max().flatten()
    };
    combination.kinds.iter().map(|kind| best(*kind)).min().flatten().min(Some(combination.ceiling))
}

/// Does this proof still count? Ages run from the proof itself and do not slide (NSIS 6).
pub fn is_fresh(proof: &Proof, limits: &Limits, now: Moment) -> bool {
    now.age_of(proof.at).is_some_and(|age| age <= age_max(proof.kind, limits))
}

/// How long a proof of this kind counts. What rests on two factors counts no longer than either.
pub fn age_max(kind: Kind, limits: &Limits) -> Millis {
    let limit = |factor: &Factor| match factor {
        Factor::Knowledge => limits.knowledge,
        Factor::Possession => limits.possession,
    };
    kind.factors().iter().map(limit).min().unwrap_or(Millis(0))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::{Assessment, Notified, Reason, assess, within_reach};
    use crate::authenticator::{Authenticator, Kind, Proof};
    use crate::identity::{Employment, Identity, Life, Standing, State};
    use crate::proofing::{Evidence, Proofing, newest};
    use crate::session::Limits;
    use crate::{AuthenticatorId, IdentityId, Level, Millis, Moment, PersonId, ProofingId};

    const NOW: Moment = Moment(1_800_000_000_000);

    fn standing(
        employment: Employment,
        proofings: Vec<Proofing>,
        authenticators: Vec<Authenticator>,
    ) -> Standing {
        let identity = Identity {
            id: IdentityId(Uuid::from_u128(1)),
            person: PersonId(Uuid::from_u128(2)),
            user_name: "anna".parse().unwrap(),
            first_name: "Anna".into(),
            last_name: "Andersen".into(),
            email: None,
            cvr: "12345678".parse().unwrap(),
            organisation: "Eksempel Kommune".into(),
            employment,
            state: State::Active,
            sessions_ended: Moment(0),
            life: Life::PERMITTED,
        };
        Standing { identity, proofings, authenticators, holdings: None, terms_due: None }
    }

    fn proofing(evidence: Evidence, at: Moment) -> Proofing {
        let id = ProofingId(Uuid::from_u128(u128::try_from(at.0).unwrap()));
        Proofing { id, person: PersonId(Uuid::from_u128(2)), evidence, at, withdrawn: None }
    }

    fn bound(n: u128, kind: Kind, registered: Option<Level>) -> Authenticator {
        Authenticator { id: AuthenticatorId(Uuid::from_u128(n)), kind, registered }
    }

    fn used(n: u128, kind: Kind, minutes_ago: u64) -> Proof {
        let at = NOW.minus(Millis::minutes(minutes_ago));
        Proof { authenticator: AuthenticatorId(Uuid::from_u128(n)), kind, at }
    }

    fn substantial() -> Notified {
        Notified { scheme: Some(Level::Substantial), broker: Some(Level::Substantial) }
    }

    fn verified() -> Employment {
        Employment::Verified { source: "payroll".into() }
    }

    fn anna() -> Standing {
        let met = proofing(Evidence::InPerson, Moment(1));
        let password = bound(1, Kind::Password, Some(Level::Substantial));
        let totp = bound(2, Kind::Totp, Some(Level::Substantial));
        standing(verified(), vec![met], vec![password, totp])
    }

    fn loa(standing: &Standing, proofs: &[Proof], notified: Notified) -> Option<Level> {
        assess(standing, proofs, notified, &Limits::NSIS, NOW).loa
    }

    #[test]
    fn two_fresh_factors_of_a_proofed_employee_are_substantial() {
        let both = [used(1, Kind::Password, 5), used(2, Kind::Totp, 5)];
        assert_eq!(loa(&anna(), &both, substantial()), Some(Level::Substantial));
        assert_eq!(loa(&anna(), &both[..1], substantial()), Some(Level::Low));
        assert_eq!(loa(&anna(), &both[1..], substantial()), None);
    }

    #[test]
    fn several_factors_are_several_kinds_that_count_now() {
        let several = |proofs: &[Proof]| {
            assess(&anna(), proofs, Notified::default(), &Limits::NSIS, NOW).has_several_factors()
        };
        let at = |password, totp| [used(1, Kind::Password, password), used(2, Kind::Totp, totp)];
        assert!(several(&at(60, 60)));
        assert!(!several(&at(60, 61)) && !several(&at(181, 1)));
        assert!(!several(&at(1, 1)[..1]) && !several(&at(1, 1)[1..]) && !several(&[]));
    }

    #[test]
    fn an_old_second_factor_leaves_the_password_and_an_old_password_leaves_nothing() {
        let at = |password, totp| [used(1, Kind::Password, password), used(2, Kind::Totp, totp)];
        assert_eq!(loa(&anna(), &at(60, 60), substantial()), Some(Level::Substantial));
        assert_eq!(loa(&anna(), &at(60, 61), substantial()), Some(Level::Low));
        assert_eq!(loa(&anna(), &at(180, 61), substantial()), Some(Level::Low));
        assert_eq!(loa(&anna(), &at(181, 1), substantial()), None);
    }

    #[test]
    fn every_combination_is_worth_what_the_control_schedule_says() {
        use Kind::{
            AttestedPasskey, NetworkPassword, Passkey, Password, RecoveryCode, SecurityKey, SyncedPasskey,
            Totp, TotpDevice,
        };
        let check = |kinds: &[Kind], expected: Option<Level>| {
            let bound: Vec<_> = kinds.iter().zip(1..).map(|(kind, n)| bound(n, *kind, kind.best())).collect();
            let proofs: Vec<_> = kinds.iter().zip(1..).map(|(kind, n)| used(n, *kind, 1)).collect();
            let met = proofing(Evidence::InPersonByTwo, Moment(1));
            let found =
                assess(&standing(verified(), vec![met], bound), &proofs, substantial(), &Limits::NSIS, NOW);
            assert_eq!(found.aal, expected, "{kinds:?}");
        };
        let (low, substantial) = (Some(Level::Low), Some(Level::Substantial));
        check(&[], None);
        check(&[Password], low);
        check(&[NetworkPassword], None);
        check(&[SecurityKey], low);
        check(&[Password, Totp], substantial);
        check(&[Password, TotpDevice], substantial);
        check(&[Password, SecurityKey], substantial);
        check(&[Passkey], substantial);
        check(&[SyncedPasskey], low);
        check(&[AttestedPasskey], Some(Level::High));
        check(&[Password, RecoveryCode], low);
        for code in [Totp, TotpDevice, RecoveryCode] {
            check(&[code], None);
            check(&[NetworkPassword, code], None);
        }
        check(&[NetworkPassword, Passkey], substantial);
        check(&[NetworkPassword, SecurityKey], low);
        check(&[SyncedPasskey, Totp], low);
        check(&[SyncedPasskey, Password, SecurityKey], substantial);
    }

    #[test]
    fn what_nobody_vouched_for_is_named_where_it_is_in_the_way_and_only_there() {
        let with = |code: Option<Level>, key: Option<Level>| {
            let has = vec![
                bound(1, Kind::Password, Some(Level::Substantial)),
                bound(2, Kind::Totp, code),
                bound(3, Kind::Passkey, key),
            ];
            let proofs = [used(1, Kind::Password, 1), used(2, Kind::Totp, 1), used(3, Kind::Passkey, 1)];
            let met = proofing(Evidence::InPerson, Moment(1));
            assess(&standing(verified(), vec![met], has), &proofs, substantial(), &Limits::NSIS, NOW)
        };
        let in_the_way = with(None, None);
        assert_eq!(in_the_way.loa, Some(Level::Low));
        assert!(in_the_way.because.contains(&Reason::Unvouched { kind: Kind::Totp }));
        let made_up_for = with(None, Some(Level::Substantial));
        assert_eq!(made_up_for.loa, Some(Level::Substantial));
        assert!(made_up_for.because.contains(&Reason::AlsoUsed { kind: Kind::Totp }));
        assert!(in_the_way.has_several_factors() && made_up_for.has_several_factors());
    }

    #[test]
    fn without_a_notification_no_level_is_uttered() {
        let both = [used(1, Kind::Password, 0), used(2, Kind::Totp, 0)];
        for notified in [Notified::default(), Notified { broker: None, ..substantial() }] {
            assert_eq!(loa(&anna(), &both, notified), None);
        }
    }

    #[test]
    fn somebody_elses_authenticator_counts_for_nothing() {
        let assessed = assess(&anna(), &[used(9, Kind::Password, 0)], substantial(), &Limits::NSIS, NOW);
        assert_eq!(assessed.aal, None);
        assert!(assessed.because.contains(&Reason::TooOld { kind: Kind::Password }));
    }

    #[test]
    fn who_is_told_why_is_told_what_is_in_the_way_and_nothing_else() {
        let low = standing(verified(), vec![proofing(Evidence::Register, Moment(1))], anna().authenticators);
        let found = within_reach(&low, substantial(), &Limits::NSIS, NOW);
        let in_the_way: Vec<_> =
            found.because.iter().filter(|reason| reason.keeps_below(Level::Substantial)).collect();
        assert!(
            matches!(in_the_way.as_slice(), [Reason::Proofed { level: Level::Low, .. }]),
            "{in_the_way:?}"
        );
    }

    fn any_level() -> impl Strategy<Value = Level> {
        prop::sample::select(&Level::ALL[..])
    }

    fn any_kind() -> impl Strategy<Value = Kind> {
        prop::sample::select(&Kind::ALL[..])
    }

    fn any_evidence() -> impl Strategy<Value = Evidence> {
        prop_oneof![
            Just(Evidence::Register),
            Just(Evidence::InPerson),
            Just(Evidence::InPersonByTwo),
            (any_level(), any_level()).prop_map(|(ial, aal)| Evidence::PrivateMitId { ial, aal }),
        ]
    }

    prop_compose! {
        fn any_standing()(
            evidence in prop::collection::vec((any_evidence(), -9_999_i64..9_999, any::<bool>()), 0..4),
            checked in any::<bool>(),
            levels in prop::collection::vec((any_kind(), prop::option::of(any_level())), 0..5),
        ) -> Standing {
            let employment = if checked { verified() } else { Employment::Entered };
            let proofings = evidence.into_iter().map(|(evidence, offset, withdrawn)| Proofing {
                withdrawn: withdrawn.then_some(NOW),
                ..proofing(evidence, Moment(NOW.0 + offset))
            }).collect();
            let bound = levels.into_iter().zip(1..).map(|((kind, level), n)| bound(n, kind, level)).collect();
            standing(employment, proofings, bound)
        }
    }

    prop_compose! {
        fn any_notified()(
            scheme in prop::option::of(any_level()),
            broker in prop::option::of(any_level()),
        ) -> Notified {
            Notified { scheme, broker }
        }
    }

    fn any_proofs() -> impl Strategy<Value = Vec<Proof>> {
        prop::collection::vec((1_u128..6, any_kind(), 0_u64..300), 0..6)
            .prop_map(|proofs| proofs.into_iter().map(|(n, kind, age)| used(n, kind, age)).collect())
    }

    fn holds(standing: &Standing, notified: Notified, found: &Assessment) -> Result<(), TestCaseError> {
        prop_assert!(found.loa <= found.ial && found.loa <= found.aal && found.loa <= found.fal);
        prop_assert!(found.loa <= notified.scheme && found.loa <= notified.broker);
        prop_assert!(found.ial <= Some(standing.identity.employment.level()));
        prop_assert!(found.ial <= newest(&standing.proofings, NOW).map(|(_, level)| level));
        for reason in &found.because {
            match reason {
                Reason::NotProofed => prop_assert_eq!(found.loa, None),
                Reason::Combined { level } => prop_assert!(found.aal <= *level),
                _ => {}
            }
        }
        Ok(())
    }

    proptest! {
        #[test]
        fn the_level_is_never_above_anything_it_rests_on(
            standing in any_standing(), proofs in any_proofs(), notified in any_notified(),
        ) {
            let found = assess(&standing, &proofs, notified, &Limits::NSIS, NOW);
            holds(&standing, notified, &found)?;
        }

        #[test]
        fn no_path_leads_from_no_proofing_to_a_level(
            mut standing in any_standing(), proofs in any_proofs(), notified in any_notified(),
        ) {
            standing.proofings.clear();
            prop_assert_eq!(assess(&standing, &proofs, notified, &Limits::NSIS, NOW).loa, None);
        }

        #[test]
        fn time_alone_never_raises_a_level(standing in any_standing(), proofs in any_proofs(), later in 0_u64..500) {
            // Proofings from the future would become valid; only what is on record already counts here.
            let mut standing = standing;
            standing.proofings.retain(|proofing| NOW.since(proofing.at).is_some());
            let at = |now| assess(&standing, &proofs, substantial(), &Limits::NSIS, now).loa;
            prop_assert!(at(NOW.plus(Millis::minutes(later))) <= at(NOW));
        }
    }
}
