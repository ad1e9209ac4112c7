//! What a login is worth, and why: the one place where a level is computed.
//!
//! LoA = min(IAL, AAL, FAL), and never above what the scheme is notified at (NSIS). Nothing here takes a
//! level from configuration except as a ceiling, and no input can raise what another one gives.

use serde::{Deserialize, Serialize};

use crate::authenticator::{Factor, Kind, Proof, combined};
use crate::identity::Standing;
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
            Self::NotProofed | Self::Unvouched { .. } | Self::TooOld { .. } => true,
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
                Reason::Used { kind, .. } | Reason::Unvouched { kind } => kind.factor() == factor,
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

fn identity_assurance(standing: &Standing, now: Moment, because: &mut Vec<Reason>) -> Option<Level> {
    let proofed = newest(&standing.proofings, now);
    because.push(match proofed {
        Some((proofing, level)) => Reason::Proofed { proofing, level },
        None => Reason::NotProofed,
    });
    let employed = standing.identity.employment.level();
    because.push(Reason::Employed { level: employed });
    proofed.map(|(_, level)| level.min(employed))
}

fn authenticator_assurance(
    standing: &Standing,
    proofs: &[Proof],
    limits: &Limits,
    now: Moment,
    because: &mut Vec<Reason>,
) -> Option<Level> {
    let mut weakest: Option<Option<Level>> = None;
    let mut kinds = Vec::new();
    for proof in proofs {
        let fresh = is_fresh(proof, limits, now);
        // What nobody vouched for stands in the way even when it has aged: time alone raises no level.
        let Some(bound) = standing.bound(proof).filter(|bound| fresh || bound.registered.is_none()) else {
            because.push(Reason::TooOld { kind: proof.kind });
            continue;
        };
        because.push(match bound.registered {
            Some(level) => Reason::Used { kind: bound.kind, level },
            None => Reason::Unvouched { kind: bound.kind },
        });
        kinds.push(bound.kind);
        weakest = Some(weakest.map_or(bound.registered, |level| level.min(bound.registered)));
    }
    let ceiling = combined(&kinds);
    because.push(Reason::Combined { level: ceiling });
    ceiling.min(weakest.flatten())
}

/// Does this proof still count? Ages run from the proof itself and do not slide (NSIS 6).
pub fn is_fresh(proof: &Proof, limits: &Limits, now: Moment) -> bool {
    now.age_of(proof.at).is_some_and(|age| age <= age_max(proof.kind, limits))
}

fn age_max(kind: Kind, limits: &Limits) -> Millis {
    match kind.factor() {
        Factor::Knowledge => limits.knowledge,
        Factor::Possession => limits.possession,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::{Assessment, Notified, Reason, assess, within_reach};
    use crate::authenticator::{Authenticator, Kind, Proof};
    use crate::identity::{Employment, Identity, Standing, State};
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
        };
        Standing { identity, proofings, authenticators, holdings: None }
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
            levels in prop::collection::vec((any::<bool>(), prop::option::of(any_level())), 0..4),
        ) -> Standing {
            let employment = if checked { verified() } else { Employment::Entered };
            let proofings = evidence.into_iter().map(|(evidence, offset, withdrawn)| Proofing {
                withdrawn: withdrawn.then_some(NOW),
                ..proofing(evidence, Moment(NOW.0 + offset))
            }).collect();
            let kind = |code| if code { Kind::Totp } else { Kind::Password };
            let bound = levels.into_iter().zip(1..).map(|((code, level), n)| bound(n, kind(code), level)).collect();
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
        prop::collection::vec((1_u128..5, any::<bool>(), 0_u64..300), 0..5).prop_map(|proofs| {
            let kind = |code| if code { Kind::Totp } else { Kind::Password };
            proofs.into_iter().map(|(n, code, age)| used(n, kind(code), age)).collect()
        })
    }

    fn holds(standing: &Standing, notified: Notified, found: &Assessment) -> Result<(), TestCaseError> {
        prop_assert!(found.loa <= found.ial && found.loa <= found.aal && found.loa <= found.fal);
        prop_assert!(found.loa <= notified.scheme && found.loa <= notified.broker);
        prop_assert!(found.ial <= Some(standing.identity.employment.level()));
        prop_assert!(found.ial <= newest(&standing.proofings, NOW).map(|(_, level)| level));
        for reason in &found.because {
            if let Reason::Used { level, .. } = reason {
                prop_assert!(found.aal <= Some(*level));
            }
            if let Reason::Unvouched { .. } | Reason::NotProofed = reason {
                prop_assert_eq!(found.loa, None);
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
