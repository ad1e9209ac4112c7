//! A browser's session: what was proved in it, when, and to whom it was shown.

use serde::{Deserialize, Serialize};

use crate::assurance::{age_max, is_fresh};
use crate::authenticator::Proof;
use crate::input::bytes;
use crate::{Entropy, IdentityId, Millis, Moment, ServiceProviderId};

/// How long things last, counted from the authentication itself; nothing slides but idleness.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Limits {
    /// A password's validity.
    pub knowledge: Millis,
    /// A second factor's validity.
    pub possession: Millis,
    /// Longest time without use.
    pub idle: Millis,
    /// Longest life of a session.
    pub absolute: Millis,
}

impl Limits {
    /// The profile for identities under NSIS; the reasons are in `docs/decisions`.
    pub const NSIS: Self = Self {
        knowledge: Millis::minutes(180),
        possession: Millis::minutes(60),
        idle: Millis::minutes(60),
        absolute: Millis::hours(8),
    };
}

impl Limits {
    /// The same, with proofs counting for no longer than this: a limit can be tightened, and never loosened.
    #[must_use]
    pub fn tightened(self, knowledge: Option<Millis>, possession: Option<Millis>) -> Self {
        Self {
            knowledge: knowledge.unwrap_or(self.knowledge).min(self.knowledge),
            possession: possession.unwrap_or(self.possession).min(self.possession),
            ..self
        }
    }
}

/// How many service providers a session remembers; the oldest is forgotten first.
pub const PARTICIPANTS_MAX: usize = 64;

/// How exactly a session knows when it was last used; more would cost a write for every assertion.
pub const USE_PRECISION: Millis = Millis::minutes(1);

/// What a session is called where it is spoken of: 128 random bits, the same from its beginning to its end,
/// whatever secret the browser has for it meanwhile. Nobody becomes a session by knowing its name.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct SessionName(u128);

/// Not 32 hexadecimal digits.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("the name of a session is {NAME_CHARS} hexadecimal digits")]
pub struct BadSessionName;

const NAME_CHARS: usize = 32;

impl SessionName {
    /// A new one.
    pub fn new(entropy: &dyn Entropy) -> Self {
        Self::from_bytes(bytes(entropy))
    }

    /// From its 16 bytes.
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(u128::from_be_bytes(bytes))
    }

    /// Its 16 bytes.
    pub const fn to_bytes(self) -> [u8; 16] {
        self.0.to_be_bytes()
    }
}

impl std::fmt::Display for SessionName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl TryFrom<String> for SessionName {
    type Error = BadSessionName;

    fn try_from(text: String) -> Result<Self, BadSessionName> {
        let digits = text.len() == NAME_CHARS && text.bytes().all(|b| b.is_ascii_hexdigit());
        let name = u128::from_str_radix(&text, 16).ok().filter(|_| digits);
        name.map(Self).ok_or(BadSessionName)
    }
}

impl From<SessionName> for String {
    fn from(name: SessionName) -> Self {
        name.to_string()
    }
}

/// What a service provider was told somebody is called: a SAML NameID.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct SentName {
    /// The name.
    pub value: String,
    /// Its format, as SAML writes it.
    pub format: String,
}

/// A service provider that received an assertion in a session.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Participant {
    /// Which one.
    pub service_provider: ServiceProviderId,
    /// What it was last told that the person is called.
    pub name: SentName,
    /// When it last received one.
    pub at: Moment,
}

/// A session. Its secret identifier is not in here.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Session {
    /// What it is called in events and, in a form that only we can read, toward service providers.
    pub name: SessionName,
    /// Whose.
    pub identity: IdentityId,
    /// What was proved.
    pub proofs: Vec<Proof>,
    /// When it began.
    pub started: Moment,
    /// When it was last used.
    pub used: Moment,
    /// Who was told.
    pub participants: Vec<Participant>,
    /// When it was ended from elsewhere. It is kept so that its own browser can log out where it was told.
    #[serde(default)]
    pub ended: Option<Moment>,
}

impl Session {
    /// A new one that rests on `proofs`.
    pub const fn begin(name: SessionName, identity: IdentityId, proofs: Vec<Proof>, now: Moment) -> Self {
        Self { name, identity, proofs, started: now, used: now, participants: Vec::new(), ended: None }
    }

    /// Is it within its limits, with at least one proof that still counts, and did nobody end it?
    pub fn is_alive(&self, limits: &Limits, now: Moment) -> bool {
        let within = |since: Moment, limit: Millis| now.age_of(since).is_some_and(|age| age <= limit);
        self.ended.is_none()
            && within(self.started, limits.absolute)
            && within(self.used, limits.idle)
            && self.proofs.iter().any(|proof| is_fresh(proof, limits, now))
    }

    /// The proofs that still count.
    pub fn live_proofs(&self, limits: &Limits, now: Moment) -> Vec<Proof> {
        self.proofs.iter().filter(|proof| is_fresh(proof, limits, now)).cloned().collect()
    }

    /// When it ends at the latest if it is not used again.
    pub fn ends(&self, limits: &Limits) -> Moment {
        let counts_until = |proof: &Proof| proof.at.plus(age_max(proof.kind, limits));
        let last_proof = self.proofs.iter().map(counts_until).max().unwrap_or(self.started);
        self.started.plus(limits.absolute).min(self.used.plus(limits.idle)).min(last_proof)
    }

    /// A service provider is given an assertion about somebody it is to call so. False if the session, to its
    /// precision, knew that already: then nothing has changed.
    pub fn told(&mut self, service_provider: ServiceProviderId, name: &SentName, now: Moment) -> bool {
        let recent = |at: Moment| now.age_of(at).is_some_and(|age| age < USE_PRECISION);
        let known = self.participant(service_provider);
        if known.is_some_and(|known| known.name == *name && recent(known.at)) && recent(self.used) {
            return false;
        }
        self.participants.retain(|known| known.service_provider != service_provider);
        if self.participants.len() >= PARTICIPANTS_MAX {
            self.participants.remove(0);
        }
        self.participants.push(Participant { service_provider, name: name.clone(), at: now });
        self.used = self.used.max(now);
        true
    }

    /// What was told to this service provider, if anything was.
    pub fn participant(&self, service_provider: ServiceProviderId) -> Option<&Participant> {
        self.participants.iter().find(|known| known.service_provider == service_provider)
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::{Limits, PARTICIPANTS_MAX, SentName, Session, SessionName};
    use crate::authenticator::{Kind, Proof};
    use crate::{AuthenticatorId, IdentityId, Millis, Moment, ServiceProviderId};

    const START: Moment = Moment(1_000_000);

    fn session() -> Session {
        let proof = |kind| Proof { authenticator: AuthenticatorId(Uuid::nil()), kind, at: START };
        let proofs = vec![proof(Kind::Password), proof(Kind::Totp)];
        Session::begin(SessionName::from_bytes([7; 16]), IdentityId(Uuid::nil()), proofs, START)
    }

    fn name(value: &str) -> SentName {
        SentName { value: value.to_owned(), format: "persistent".to_owned() }
    }

    #[test]
    fn the_name_of_a_session_is_32_digits_and_nothing_else() {
        let text = "0f".repeat(16);
        let name = SessionName::try_from(text.clone()).unwrap();
        assert_eq!((name.to_string(), SessionName::from_bytes(name.to_bytes())), (text, name));
        for bad in ["", "0f", &"0".repeat(33), &"g".repeat(32), &format!("+{}", "0".repeat(31))] {
            assert!(SessionName::try_from(bad.to_owned()).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_new_name_is_news_even_within_the_minute() {
        let (mut session, sp) = (session(), ServiceProviderId(Uuid::nil()));
        assert!(session.told(sp, &name("a"), START));
        assert!(session.told(sp, &name("b"), START));
        assert_eq!(session.participant(sp).map(|told| told.name.value.as_str()), Some("b"));
        assert_eq!(session.participants.len(), 1);
    }

    #[test]
    fn a_session_ends_when_idle_when_old_and_when_nothing_it_rests_on_counts() {
        let check = |used: u64, now: u64, alive: bool| {
            let at = |minutes| START.plus(Millis::minutes(minutes));
            let session = Session { used: at(used), ..session() };
            assert_eq!(session.is_alive(&Limits::NSIS, at(now)), alive, "used {used}, now {now}");
        };
        check(0, 60, true);
        check(0, 61, false);
        check(170, 180, true);
        check(170, 181, false);
        assert!(!session().is_alive(&Limits::NSIS, START.minus(Millis::seconds(3))), "it has not begun");
    }

    #[test]
    fn a_session_remembers_the_newest_participants_once_each() {
        let mut session = session();
        let sp = |n: u64| ServiceProviderId(Uuid::from_u128(n.into()));
        for n in 0..200 {
            assert!(session.told(sp(n % 80), &name("a"), START.plus(Millis::minutes(n))));
        }
        assert_eq!(session.participants.len(), PARTICIPANTS_MAX);
        assert_eq!(session.participants.last().map(|last| last.service_provider), Some(sp(199 % 80)));
    }

    #[test]
    fn being_told_again_within_the_minute_changes_nothing() {
        let mut session = session();
        let sp = ServiceProviderId(Uuid::nil());
        assert!(session.told(sp, &name("a"), START));
        let before = session.clone();
        assert!(!session.told(sp, &name("a"), START.plus(Millis::seconds(59))));
        assert_eq!(session, before);
        assert!(session.told(sp, &name("a"), START.plus(Millis::seconds(60))));
    }
}
