//! The life of a signing key: announced, in use, on its way out, gone. Of all keys exactly one is in use.

use serde::{Deserialize, Serialize};

use crate::{Millis, Moment, ServiceProviderId};

/// How long a key is published before it signs, so that whoever reads metadata daily has it.
pub const ANNOUNCED_MIN: Millis = Millis::hours(24);
/// Keys in metadata at a time; some readers look at the first few only.
pub const PUBLISHED_KEYS_MAX: usize = 4;
/// When the end of a certificate is told, in days before it.
pub const WARNING_DAYS: [u32; 6] = [90, 60, 30, 14, 7, 1];

/// Where a key is in its life.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum KeyState {
    /// Signs, except for whom another is pinned. First in metadata.
    Active,
    /// Published, so that service providers know it before it signs.
    Next,
    /// Still published: service providers pinned to it are signed with it, and it may come back.
    Retiring,
    /// Published no more and never used again.
    Retired,
}

impl KeyState {
    const ALL: [Self; 4] = [Self::Active, Self::Next, Self::Retiring, Self::Retired];

    /// The word for it in rows and on the command line.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Next => "next",
            Self::Retiring => "retiring",
            Self::Retired => "retired",
        }
    }

    /// The state with this word.
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.word() == word)
    }
}

/// A signing key as far as its life is concerned.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SigningKey {
    /// Its name: that of its certificate.
    pub id: String,
    /// Where it is in its life.
    pub state: KeyState,
    /// When it was first published.
    pub announced: Moment,
    /// When it came into its state.
    pub since: Moment,
    /// From when its certificate is valid.
    pub not_before: Moment,
    /// Until when its certificate is valid.
    pub not_after: Moment,
}

/// A service provider that is signed for with a key of its own.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Pin {
    /// Which service provider.
    pub service_provider: ServiceProviderId,
    /// Which key.
    pub key: String,
    /// Until when; until further notice if absent.
    pub until: Option<Moment>,
}

impl Pin {
    /// Does it still hold?
    pub fn stands(&self, now: Moment) -> bool {
        self.until.is_none_or(|until| now < until)
    }
}

/// One key goes from one state to another.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Step {
    /// Which key.
    pub key: String,
    /// From.
    pub from: KeyState,
    /// To.
    pub to: KeyState,
}

/// How pressing it is.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Urgency {
    /// By the calendar.
    Ordinary,
    /// Somebody has decided not to wait.
    Forced,
    /// A key may be in the wrong hands.
    Emergency,
}

/// Why a key can't take a step.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum KeyRefusal {
    /// No key has this name.
    #[error("there is no such key; `portner key list` shows them")]
    NoSuchKey,
    /// It is known already.
    #[error("this key is known already, in the state {}", .0.word())]
    Known(KeyState),
    /// There is one to come already.
    #[error("a next key is announced already; activate or retire it first")]
    NextIsKnown,
    /// There is none to come.
    #[error("no next key is announced; make one with `portner key next`")]
    NoNext,
    /// Nothing to come back to.
    #[error("no key is retiring, so there is none to go back to")]
    NothingRetiring,
    /// More than readers of metadata look at.
    #[error("{PUBLISHED_KEYS_MAX} keys are published already; retire one first")]
    TooMany,
    /// Service providers can't have seen it.
    #[error("the key was announced {} and is to be published for 24 hours before it signs; wait, or use --force", .0)]
    AnnouncedTooLate(Moment),
    /// Service providers that look at dates would refuse it.
    #[error("the key's certificate is not valid now (from {0} to {1})")]
    NotCurrent(Moment, Moment),
    /// A step that no life takes.
    #[error("a key that is {} can't become {}", .0.word(), .1.word())]
    NotAStep(KeyState, KeyState),
    /// Somebody is pinned to it.
    #[error(
        "service providers are pinned to this key; unpin them first (`portner key list` names them), or use --force"
    )]
    Pinned,
}

/// May this key be announced?
pub fn announce(keys: &[SigningKey], id: &str) -> Result<(), KeyRefusal> {
    if let Some(known) = keys.iter().find(|key| key.id == id) {
        return Err(KeyRefusal::Known(known.state));
    }
    if in_state(keys, KeyState::Next).next().is_some() {
        return Err(KeyRefusal::NextIsKnown);
    }
    let published = keys.iter().filter(|key| key.state != KeyState::Retired).count();
    if published < PUBLISHED_KEYS_MAX { Ok(()) } else { Err(KeyRefusal::TooMany) }
}

/// The announced key begins to sign, and the one that signed until now begins to retire.
pub fn activate(keys: &[SigningKey], urgency: Urgency, now: Moment) -> Result<Vec<Step>, KeyRefusal> {
    let next = in_state(keys, KeyState::Next).next().ok_or(KeyRefusal::NoNext)?;
    is_current(next, now)?;
    let waited = now.since(next.announced).is_some_and(|age| age >= ANNOUNCED_MIN);
    if urgency == Urgency::Ordinary && !waited {
        return Err(KeyRefusal::AnnouncedTooLate(next.announced));
    }
    Ok(takes_over(keys, next))
}

/// The key that began to retire last signs again, and the one that took over from it retires in its place.
pub fn roll_back(keys: &[SigningKey], now: Moment) -> Result<Vec<Step>, KeyRefusal> {
    let retiring = in_state(keys, KeyState::Retiring).max_by_key(|key| key.since);
    let back = retiring.ok_or(KeyRefusal::NothingRetiring)?;
    is_current(back, now)?;
    Ok(takes_over(keys, back))
}

/// A key that does not sign for everybody is published no more. For ever.
pub fn retire(
    keys: &[SigningKey],
    pins: &[Pin],
    id: &str,
    urgency: Urgency,
    now: Moment,
) -> Result<Step, KeyRefusal> {
    let key = keys.iter().find(|key| key.id == id).ok_or(KeyRefusal::NoSuchKey)?;
    if matches!(key.state, KeyState::Active | KeyState::Retired) {
        return Err(KeyRefusal::NotAStep(key.state, KeyState::Retired));
    }
    let in_use = pins.iter().any(|pin| pin.key == id && pin.stands(now));
    if in_use && urgency == Urgency::Ordinary {
        Err(KeyRefusal::Pinned)
    } else {
        Ok(step(key, KeyState::Retired))
    }
}

/// Every key may be in the wrong hands: all of them retire at once. A new one takes over in the same breath.
pub fn abandon(keys: &[SigningKey]) -> Vec<Step> {
    let left = keys.iter().filter(|key| key.state != KeyState::Retired);
    left.map(|key| step(key, KeyState::Retired)).collect()
}

/// May a service provider be pinned to this key?
pub fn pin(keys: &[SigningKey], id: &str) -> Result<(), KeyRefusal> {
    match keys.iter().find(|key| key.id == id) {
        None => Err(KeyRefusal::NoSuchKey),
        Some(key) if key.state == KeyState::Retired => {
            Err(KeyRefusal::NotAStep(KeyState::Retired, KeyState::Active))
        }
        Some(_) => Ok(()),
    }
}

/// The key that signs for this service provider: the one it is pinned to, unless that is retired, else the
/// active one.
pub fn signs_for<'k>(
    keys: &'k [SigningKey],
    pins: &[Pin],
    service_provider: ServiceProviderId,
    now: Moment,
) -> Option<&'k SigningKey> {
    let own = pins.iter().find(|pin| pin.service_provider == service_provider && pin.stands(now));
    let pinned =
        own.and_then(|pin| keys.iter().find(|key| key.id == pin.key && key.state != KeyState::Retired));
    pinned.or_else(|| in_state(keys, KeyState::Active).next())
}

/// The keys that metadata shows, in its order: active, next, retiring (the latest first).
pub fn published(keys: &[SigningKey]) -> Vec<&SigningKey> {
    let mut published: Vec<_> = keys.iter().filter(|key| key.state != KeyState::Retired).collect();
    published.sort_by_key(|key| (key.state, std::cmp::Reverse(key.since)));
    published
}

/// Whole days until `end`, rounded down: negative after it.
pub const fn days_left(end: Moment, now: Moment) -> i64 {
    const DAY_MILLIS: i64 = 24 * 60 * 60 * 1_000;
    end.0.saturating_sub(now.0).div_euclid(DAY_MILLIS)
}

/// The warning that is due with so many days left: only the last of those that were passed.
pub fn warning_due(days_left: i64) -> Option<u32> {
    WARNING_DAYS.into_iter().filter(|threshold| days_left <= i64::from(*threshold)).min()
}

fn takes_over(keys: &[SigningKey], key: &SigningKey) -> Vec<Step> {
    // The one that leaves comes first: at no moment are there two.
    let leaves = in_state(keys, KeyState::Active).map(|active| step(active, KeyState::Retiring));
    leaves.chain([step(key, KeyState::Active)]).collect()
}

fn step(key: &SigningKey, to: KeyState) -> Step {
    Step { key: key.id.clone(), from: key.state, to }
}

fn in_state(keys: &[SigningKey], state: KeyState) -> impl Iterator<Item = &SigningKey> {
    keys.iter().filter(move |key| key.state == state)
}

fn is_current(key: &SigningKey, now: Moment) -> Result<(), KeyRefusal> {
    let current = key.not_before <= now && now <= key.not_after;
    if current { Ok(()) } else { Err(KeyRefusal::NotCurrent(key.not_before, key.not_after)) }
}

#[cfg(test)]
mod tests;
