//! A login in progress: one value, advanced by one function.
//!
//! [`Login::begin`] says where a login starts, [`Login::step`] where it goes next. Both are pure: what they
//! need to know about the person is in the [`Standing`] that comes with the event.

use serde::{Deserialize, Serialize};

use crate::assurance::{Assessment, Notified, assess, is_fresh, within_reach};
use crate::authenticator::{COMBINATIONS, Kind, Proof};
use crate::binding::{Holder, fresh, may_bind};
use crate::identity::Standing;
use crate::session::{Limits, Session};
use crate::terms::HoldFor;
use crate::{IdentityId, Level, Millis, Moment};

/// How long somebody may take from the first page to the last.
pub const LOGIN_LIFE: Millis = Millis::minutes(20);

/// What a login has to reach.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Demand {
    /// The level asked for, if any is.
    pub level: Option<Level>,
    /// Must everything be proved anew?
    pub afresh: Afresh,
}

/// SAML's ForceAuthn, in words.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Afresh {
    /// What was proved earlier in the session counts.
    No,
    /// Only what is proved in this login counts: every factor, not just one (SAML core 3.4.1, ForceAuthn).
    Yes,
    /// Enough has to be proved, and a moment ago, to change what somebody logs in with: [`may_bind`].
    ToChange,
}

/// The rules that hold for all logins of an installation.
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    /// What we are notified for.
    pub notified: Notified,
    /// How long things last.
    pub limits: Limits,
    /// What the login tells.
    pub tells: Tells,
}

/// What is told at the end of a login.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Tells {
    /// Nothing to anybody: it is for our own pages.
    Nothing,
    /// Who somebody is, and nothing of NSIS.
    Identity,
    /// The level of NSIS, too, if there is one.
    Level,
}

/// A login in progress.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Login {
    /// What it has to reach.
    pub demand: Demand,
    /// When it began.
    pub started: Moment,
    /// Where it is.
    pub stage: Stage,
}

/// Where a login is.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(tag = "stage", rename_all = "kebab-case")]
pub enum Stage {
    /// Nobody has said who they are: ask for user name and password, or for a passkey.
    Asked,
    /// A person is known by what belongs to one of their identities, and has others: which one is it to be?
    MustChoose {
        /// The identity it belongs to.
        identity: IdentityId,
        /// What they have proved.
        proofs: Vec<Proof>,
    },
    /// Somebody is known, and needs one more factor.
    NeedsMore {
        /// Who.
        identity: IdentityId,
        /// What they have proved.
        proofs: Vec<Proof>,
        /// What to ask for: any of these brings them nearer.
        choices: Vec<Kind>,
    },
    /// Somebody is known who can't reach the level with anything they have.
    OutOfReach {
        /// Who.
        identity: IdentityId,
        /// What they have proved.
        proofs: Vec<Proof>,
        /// The best they could reach, and why no more.
        best: Assessment,
    },
    /// Everything asked for is proved, and there are terms of use that they have to agree to first.
    MustAccept {
        /// Who.
        identity: IdentityId,
        /// What they have proved.
        proofs: Vec<Proof>,
    },
    /// Everything asked for is proved.
    Done {
        /// Who.
        identity: IdentityId,
        /// What they have proved.
        proofs: Vec<Proof>,
    },
    /// It was answered, one way or the other. Nothing follows.
    Answered,
}

impl Stage {
    /// What may be proved next by somebody who is known.
    pub fn choices(&self) -> &[Kind] {
        match self {
            Self::NeedsMore { choices, .. } => choices,
            _ => &[],
        }
    }

    /// The identity whose holder may say which of their identities is meant: whoever has a choice, and whoever
    /// can't get where they want to with this one.
    pub const fn chooser(&self) -> Option<IdentityId> {
        match self {
            Self::MustChoose { identity, .. } | Self::OutOfReach { identity, .. } => Some(*identity),
            _ => None,
        }
    }

    /// Is a user name with a password asked for?
    pub fn takes_password(&self) -> bool {
        *self == Self::Asked || self.choices().contains(&Kind::Password)
    }
}

/// Something happened in a login.
#[derive(Debug)]
pub enum Event<'a> {
    /// An authenticator was right.
    Proved {
        /// What was proved.
        proof: Proof,
        /// Whose it is.
        standing: &'a Standing,
    },
    /// An authenticator was right, and its holder has other identities that may be meant.
    Recognised {
        /// What was proved.
        proof: Proof,
        /// Whose it is.
        standing: &'a Standing,
    },
    /// They said which identity is meant.
    Chosen {
        /// The one that they proved.
        known: &'a Standing,
        /// The one that they mean.
        chosen: &'a Standing,
    },
    /// What is on record about whoever has proved everything was read again. It may ask for more by now, or for less:
    /// they have agreed to the terms, or there are new ones.
    Reviewed {
        /// The record.
        standing: &'a Standing,
    },
    /// The service provider was sent its answer.
    Answered,
}

/// Something happened that can't happen here; the login is unchanged.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum OutOfStep {
    /// It took longer than [`LOGIN_LIFE`].
    #[error("the login took too long")]
    Expired,
    /// It was answered before.
    #[error("the login was answered before")]
    Answered,
    /// This is not what was asked for: another factor, or another person.
    #[error("this is not what was asked for")]
    NotAsked,
    /// The identity is not this person's, or may not be used.
    #[error("this identity can't be chosen")]
    NotTheirs,
}

impl Login {
    /// Where a login starts. A session that is alive may have proved all of it already.
    pub fn begin(demand: Demand, session: Option<(&Session, &Standing)>, rules: &Rules, now: Moment) -> Self {
        let stage = match session {
            Some((session, standing)) if demand.afresh != Afresh::Yes => {
                let proofs = session.live_proofs(&rules.limits, now);
                next(demand, standing, proofs, rules, now)
            }
            _ => Stage::Asked,
        };
        Self { demand, started: now, stage }
    }

    /// Where a login goes next.
    pub fn step(&self, event: Event<'_>, rules: &Rules, now: Moment) -> Result<Self, OutOfStep> {
        if self.has_expired(now) {
            return Err(OutOfStep::Expired);
        }
        let stage = match (&self.stage, event) {
            (Stage::Answered, _) => return Err(OutOfStep::Answered),
            (_, Event::Answered) => Stage::Answered,
            (Stage::Asked, Event::Proved { proof, standing }) if proof.kind.begins_a_login() => {
                next(self.demand, standing, vec![proof], rules, now)
            }
            (Stage::Asked, Event::Recognised { proof, standing }) if proof.kind.begins_a_login() => {
                Stage::MustChoose { identity: standing.identity.id, proofs: vec![proof] }
            }
            (stage, Event::Chosen { known, chosen }) if stage.chooser() == Some(known.identity.id) => {
                self.chosen(known, chosen, rules, now)?
            }
            (Stage::NeedsMore { identity, proofs, choices }, Event::Proved { proof, standing })
                if choices.contains(&proof.kind) && *identity == standing.identity.id =>
            {
                let proofs = replaced(proofs, proof);
                next(self.demand, standing, proofs, rules, now)
            }
            (
                Stage::Done { identity, proofs } | Stage::MustAccept { identity, proofs },
                Event::Reviewed { standing },
            ) if *identity == standing.identity.id => next(self.demand, standing, proofs.clone(), rules, now),
            _ => return Err(OutOfStep::NotAsked),
        };
        Ok(Self { stage, ..self.clone() })
    }

    /// Where it goes with the identity that was chosen. A proof is worth something for the identity whose authenticator
    /// gave it and for no other, so another one begins where everybody begins.
    fn chosen(
        &self,
        known: &Standing,
        chosen: &Standing,
        rules: &Rules,
        now: Moment,
    ) -> Result<Stage, OutOfStep> {
        if known.identity.person != chosen.identity.person || !chosen.identity.is_usable(now) {
            return Err(OutOfStep::NotTheirs);
        }
        match &self.stage {
            Stage::MustChoose { identity, proofs } if *identity == chosen.identity.id => {
                Ok(next(self.demand, chosen, proofs.clone(), rules, now))
            }
            Stage::OutOfReach { identity, .. } if *identity == chosen.identity.id => Err(OutOfStep::NotAsked),
            _ => Ok(Stage::Asked),
        }
    }

    /// Has it taken too long? A login from the future has, too.
    pub fn has_expired(&self, now: Moment) -> bool {
        now.age_of(self.started).is_none_or(|age| age > LOGIN_LIFE)
    }
}

/// Do these proofs reach what is demanded, now? Asked again when the assertion is made.
pub fn reaches(demand: Demand, standing: &Standing, proofs: &[Proof], rules: &Rules, now: Moment) -> bool {
    matches!(next(demand, standing, proofs.to_vec(), rules, now), Stage::Done { .. })
}

/// The one place that decides what a login needs next.
fn next(demand: Demand, standing: &Standing, proofs: Vec<Proof>, rules: &Rules, now: Moment) -> Stage {
    let rules = &held_to(demand, rules);
    let identity = standing.identity.id;
    let counts = |proof: &&Proof| is_fresh(proof, &rules.limits, now) && standing.bound(proof).is_some();
    let counting: Vec<Kind> = proofs.iter().filter(counts).map(|proof| proof.kind).collect();
    if !counting.iter().any(|kind| kind.begins_a_login()) {
        return Stage::Asked;
    }
    if is_enough(demand, standing, &proofs, rules, now) {
        return match is_stopped_by_terms(standing, &proofs, rules, now) {
            true => Stage::MustAccept { identity, proofs },
            false => Stage::Done { identity, proofs },
        };
    }
    let choices = choices(demand, standing, &counting, rules, now);
    if choices.is_empty() {
        let best = within_reach(standing, rules.notified, &rules.limits, now);
        return Stage::OutOfReach { identity, proofs, best };
    }
    Stage::NeedsMore { identity, proofs, choices }
}

/// Do terms of use stand between what these proofs are worth and its being told? Our own pages are open to whoever has
/// not agreed: it is there that they read what they agreed to, and block their login.
pub fn is_stopped_by_terms(standing: &Standing, proofs: &[Proof], rules: &Rules, now: Moment) -> bool {
    match (standing.terms_due, rules.tells) {
        (None, _) | (_, Tells::Nothing) | (Some(HoldFor::Levels), Tells::Identity) => false,
        (Some(HoldFor::Everything), Tells::Identity | Tells::Level) => true,
        (Some(HoldFor::Levels), Tells::Level) => {
            assess(standing, proofs, rules.notified, &rules.limits, now).loa.is_some()
        }
    }
}

/// The rules of a login: who wants to change something has to have proved it a moment ago.
fn held_to(demand: Demand, rules: &Rules) -> Rules {
    match demand.afresh {
        Afresh::ToChange => Rules { limits: fresh(&rules.limits), ..*rules },
        Afresh::No | Afresh::Yes => *rules,
    }
}

fn is_enough(demand: Demand, standing: &Standing, proofs: &[Proof], rules: &Rules, now: Moment) -> bool {
    // What was reported lost is looked at where the change is made; here it can't be asked for.
    let may_change = || may_bind(&Holder { standing, lost: &[], proofs }, rules, now).is_ok();
    assess(standing, proofs, rules.notified, &rules.limits, now).loa >= demand.level
        && (demand.afresh != Afresh::ToChange || may_change())
}

/// What would bring somebody nearer: whatever is missing of a combination that would do. One that holds a smaller one
/// which would do as well asks for too much.
fn choices(demand: Demand, standing: &Standing, counting: &[Kind], rules: &Rules, now: Moment) -> Vec<Kind> {
    let would_do = |kinds: &Vec<Kind>| {
        let has = |kind: &Kind| standing.authenticators.iter().any(|has| has.kind == *kind);
        let used = standing.authenticators.iter().filter(|has| kinds.contains(&has.kind));
        let proofs: Vec<Proof> =
            used.map(|has| Proof { authenticator: has.id, kind: has.kind, at: now }).collect();
        kinds.iter().all(has) && is_enough(demand, standing, &proofs, rules, now)
    };
    let sets: Vec<Vec<Kind>> = candidates(demand, standing).into_iter().filter(would_do).collect();
    let holds = |set: &[Kind], other: &[Kind]| set != other && other.iter().all(|kind| set.contains(kind));
    let enough = sets.iter().filter(|set| !sets.iter().any(|other| holds(set, other)));
    let missing = enough.flatten().filter(|kind| !counting.contains(kind));
    let mut choices: Vec<Kind> = missing.copied().collect();
    choices.sort_unstable();
    choices.dedup();
    choices
}

/// What may be worth asking for together. Who wants to change something proves a second factor also where that
/// gives no level.
fn candidates(demand: Demand, standing: &Standing) -> Vec<Vec<Kind>> {
    let mut sets: Vec<Vec<Kind>> = COMBINATIONS.iter().map(|it| it.kinds.to_vec()).collect();
    if demand.afresh == Afresh::ToChange {
        let held = || standing.authenticators.iter().map(|has| has.kind);
        // Each pair once: `holds` would drop one for the other, and the other for the one.
        let begins = held().filter(|kind| kind.begins_a_login());
        sets.extend(begins.flat_map(|first| {
            held().filter(move |second| *second > first).map(move |second| vec![first, second])
        }));
    }
    sets
}

/// A newer proof of the same authenticator takes the place of the older.
fn replaced(proofs: &[Proof], with: Proof) -> Vec<Proof> {
    let others = proofs.iter().filter(|proof| proof.authenticator != with.authenticator).cloned();
    others.chain(std::iter::once(with.clone())).collect()
}

#[cfg(test)]
mod tests;
