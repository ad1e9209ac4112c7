//! Who may change what they log in with, and at which level what they add is registered.
//!
//! The level is that of the session at this moment: the lower of how well the identity is known and how well the
//! person was recognised. What the organisation is notified for is no part of it. That is a ceiling on what is said
//! to others, held at every login; it says nothing of who sat at the keyboard, and it may change.

use crate::assurance::{Notified, assess, is_fresh, within_reach};
use crate::authenticator::{COMBINATIONS, Ceremony, Factor, Kind, Proof};
use crate::flow::Rules;
use crate::identity::Standing;
use crate::session::Limits;
use crate::{AuthenticatorId, Level, Millis, Moment};

/// How long ago something may have been proved that a change rests on (eIDAS 2015/1502, 2.2.4).
pub const BINDING_FRESH_MAX: Millis = Millis::minutes(10);

/// What a recovery code can vouch for: it is printed, and anybody may find it.
const STANDING_IN_MAX: Level = Level::Low;

/// Whoever wants to change what they log in with.
#[derive(Clone, Copy, Debug)]
pub struct Holder<'a> {
    /// What is on record about them.
    pub standing: &'a Standing,
    /// What they have reported lost and not replaced. It can't be used any more, and still has to be made up for:
    /// or whoever knows a password could report the rest, and be left with all there is.
    pub lost: &'a [Kind],
    /// What they have proved in their session.
    pub proofs: &'a [Proof],
}

/// Why they may not.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Refusal {
    /// What was proved is older than [`BINDING_FRESH_MAX`].
    #[error("what was proved is too old for a change")]
    Stale,
    /// They have something stronger than what they have proved.
    #[error("the strongest that they have was not proved")]
    MoreNeeded,
    /// What would have to be proved is lost.
    #[error("what would have to be proved was reported lost")]
    Lost,
    /// Without this, what they could reach would fall below this level, or lose a factor.
    #[error("it is the last that carries the level")]
    LastOfItsLevel(Option<Level>),
    /// It belongs to somebody else, or nobody.
    #[error("there is no such authenticator")]
    NotBound,
    /// Others decide about it: the network it is the password of.
    #[error("it is not the person's to remove")]
    NotTheirs,
}

/// May they add or replace something now? What they add is registered as this ceremony allows.
pub fn may_bind(holder: &Holder<'_>, rules: &Rules, now: Moment) -> Result<Ceremony, Refusal> {
    let Holder { standing, lost, proofs } = *holder;
    let limits = fresh(&rules.limits);
    let counts = |proof: &&Proof| is_fresh(proof, &limits, now) && standing.bound(proof).is_some();
    let proved: Vec<Kind> = proofs.iter().filter(counts).map(|proof| proof.kind).collect();
    if !proved.iter().any(|kind| kind.begins_a_login()) {
        return Err(Refusal::Stale);
    }
    let held = kinds(standing);
    let is_strongest = ceiling(&proved) >= ceiling(&held);
    let has_second = has_possession(&held) || has_possession(lost);
    let is_best = is_strongest && (has_possession(&proved) || !has_second);
    let session = assess(standing, proofs, Notified::default(), &limits, now);
    // What is on record of them differs from what was proofed: they may go on, but nothing new rests on it.
    let reopened = standing.identity.life.reopened.is_some();
    let level = session.ial.min(session.aal).filter(|_| !reopened);
    let level = match (is_best, proved.contains(&Kind::RecoveryCode)) {
        (true, _) => level,
        (false, true) => level.min(Some(STANDING_IN_MAX)),
        (false, false) if is_strongest && !has_possession(&held) => return Err(Refusal::Lost),
        (false, false) => return Err(Refusal::MoreNeeded),
    };
    Ok(level.map_or(Ceremony::Unvouched, Ceremony::InSession))
}

/// May they take this away from themselves now? Never what the level rests on: a new one comes first.
pub fn may_remove(
    holder: &Holder<'_>,
    which: AuthenticatorId,
    rules: &Rules,
    now: Moment,
) -> Result<(), Refusal> {
    let standing = holder.standing;
    let found = standing.authenticators.iter().find(|has| has.id == which).ok_or(Refusal::NotBound)?;
    if found.kind == Kind::NetworkPassword {
        return Err(Refusal::NotTheirs);
    }
    may_bind(holder, rules, now)?;
    let mut rest = standing.clone();
    rest.authenticators.retain(|has| has.id != which);
    let best = |standing: &Standing| within_reach(standing, Notified::default(), &rules.limits, now).aal;
    let was = best(standing);
    let weaker = ceiling(&kinds(&rest)) < ceiling(&kinds(standing)) || best(&rest) < was;
    let nothing_left = !kinds(&rest).iter().any(|kind| kind.begins_a_login());
    if weaker || nothing_left { Err(Refusal::LastOfItsLevel(was)) } else { Ok(()) }
}

/// The limits of a login that leads to a change.
pub fn fresh(limits: &Limits) -> Limits {
    limits.tightened(Some(BINDING_FRESH_MAX), Some(BINDING_FRESH_MAX))
}

fn kinds(standing: &Standing) -> Vec<Kind> {
    standing.authenticators.iter().map(|has| has.kind).collect()
}

/// The most that these could be worth together, whatever they are registered at: a second factor that nobody
/// vouched for is one all the same to whoever stole a password.
fn ceiling(kinds: &[Kind]) -> Option<Level> {
    let used = COMBINATIONS.iter().filter(|it| it.kinds.iter().all(|kind| kinds.contains(kind)));
    used.map(|it| it.ceiling).max()
}

fn has_possession(kinds: &[Kind]) -> bool {
    kinds.iter().any(|kind| kind.factors().contains(&Factor::Possession))
}

#[cfg(test)]
mod tests;
