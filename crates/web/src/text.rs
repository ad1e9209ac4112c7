//! Everything Portner says, in Danish and in English.
//!
//! The sentences are in `locales/<tag>/*.ftl` (Fluent); code and templates know only their keys. Both languages
//! have the same keys with the same arguments, and every key that is used exists: the tests below see to that,
//! so a look-up can't fail on a page.

use std::borrow::Cow;
use std::collections::HashMap;

use fluent_templates::fluent_bundle::FluentValue;
use fluent_templates::{LanguageIdentifier, langid, static_loader};
use portner_authenticators::{Owned, Weakness};
use portner_domain::Level;
use portner_domain::assurance::Reason;
use portner_domain::authenticator::Kind;
use portner_domain::identity::State;
use portner_domain::life::Lock;
use portner_domain::meeting::Paper;
use portner_domain::proofing::{Evidence, Proofing};
use portner_domain::role::{Grant, Role};
use portner_federation::KnownNetworks;

use crate::pages::date_and_time;

static_loader! {
    static SENTENCES = {
        locales: "./locales",
        fallback_language: "da",
        // Marks around every name would help mixed directions, which neither language has, and would be
        // copied along with the names.
        customise: |bundle| bundle.set_use_isolating(false),
    };
}

static DANISH: LanguageIdentifier = langid!("da");
static ENGLISH: LanguageIdentifier = langid!("en");

/// How much of an `Accept-Language` header is read.
const ACCEPT_LANGUAGE_BYTES_MAX: usize = 256;

/// What a sentence is about: names and numbers, by the name the sentence gives them.
pub type Arguments<'a> = [(&'static str, FluentValue<'a>)];

/// A language Portner speaks. Danish is what it speaks unless asked otherwise.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub enum Language {
    /// Dansk.
    #[default]
    Danish,
    /// English.
    English,
}

impl Language {
    /// Both, Danish first.
    pub const ALL: [Self; 2] = [Self::Danish, Self::English];

    /// The language a browser prefers (RFC 9110, 12.5.4); Danish if it says nothing we understand.
    pub fn from_accept_language(header: Option<&str>) -> Self {
        let header = header.filter(|header| header.len() <= ACCEPT_LANGUAGE_BYTES_MAX).unwrap_or_default();
        let mut best = (0.0, Self::default());
        for range in header.split(',') {
            if let Some((weight, language)) = wish(range)
                && weight > best.0
            {
                best = (weight, language);
            }
        }
        best.1
    }

    /// The language with this tag, as in `?lang=en`.
    pub fn from_tag(tag: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|language| language.tag() == tag)
    }

    /// The tag of BCP 47, for the attribute `lang`.
    pub const fn tag(self) -> &'static str {
        match self {
            Self::Danish => "da",
            Self::English => "en",
        }
    }

    /// The one a page offers to switch to.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::Danish => Self::English,
            Self::English => Self::Danish,
        }
    }

    /// A sentence about nothing in particular.
    pub fn text(self, key: &str) -> String {
        say(self, key, None)
    }

    /// A sentence about someone or something.
    pub fn text_with(self, key: &str, arguments: &Arguments<'_>) -> String {
        let arguments = arguments.iter().map(|(name, value)| (Cow::Borrowed(*name), value.clone())).collect();
        say(self, key, Some(&arguments))
    }

    /// A sentence about one named thing: what templates mostly need.
    pub fn about(self, key: &str, name: &'static str, value: &str) -> String {
        self.text_with(key, &[(name, value.into())])
    }

    /// What people call a level: Lav, Betydelig, Høj.
    pub fn level(self, level: Level) -> String {
        self.text(match level {
            Level::Low => "level-low",
            Level::Substantial => "level-substantial",
            Level::High => "level-high",
        })
    }

    /// Which rule a password does not meet, and what to do.
    pub fn weakness(self, weakness: Weakness, minimum: usize) -> String {
        match weakness {
            Weakness::TooShort => self.text_with("password-too-short", &[("minimum", minimum.into())]),
            Weakness::TooLong => self.text("password-too-long"),
            Weakness::Repetition => self.text("password-repetition"),
            Weakness::Sequence => self.text("password-sequence"),
            Weakness::Common => self.text("password-common"),
            Weakness::Organisation => self.text("password-organisation"),
            Weakness::Personal => self.text("password-personal"),
            Weakness::Breached => self.text("password-breached"),
            Weakness::UsedBefore => self.text("password-used-before"),
        }
    }

    /// Why a login is worth what it is worth, one sentence for each thing that was looked at.
    pub fn explain(self, reason: &Reason) -> String {
        match reason {
            Reason::Proofed { level, .. } => self.at_level("reason-proofed", *level),
            Reason::NotProofed => self.text("reason-not-proofed"),
            Reason::NotPermitted => self.text("reason-not-permitted"),
            Reason::Robot => self.text("reason-robot"),
            Reason::Employed { level } => self.at_level("reason-employed", *level),
            Reason::Used { kind, level } => {
                let arguments = [("kind", self.kind(*kind).into()), ("level", self.level(*level).into())];
                self.text_with("reason-used", &arguments)
            }
            Reason::Unvouched { kind: Kind::NetworkPassword } => self.text("reason-network-password"),
            Reason::AlsoUsed { kind } => self.about("reason-also-used", "kind", &self.kind(*kind)),
            Reason::Unvouched { kind } => self.about("reason-unvouched", "kind", &self.kind(*kind)),
            Reason::TooOld { kind } => self.about("reason-too-old", "kind", &self.kind(*kind)),
            Reason::Combined { level: Some(level) } => self.at_level("reason-combined", *level),
            Reason::Combined { level: None } => self.text("reason-combined-nothing"),
            Reason::Scheme { level: Some(level) } => self.at_level("reason-scheme", *level),
            Reason::Scheme { level: None } => self.text("reason-scheme-nothing"),
            Reason::Broker { level: Some(level) } => self.at_level("reason-broker", *level),
            Reason::Broker { level: None } => self.text("reason-broker-nothing"),
        }
    }

    /// A sentence about a level.
    pub fn at_level(self, key: &str, level: Level) -> String {
        self.about(key, "level", &self.level(level))
    }

    /// What a kind of authenticator is called, as it stands after "your".
    pub fn kind(self, kind: Kind) -> String {
        self.text(match kind {
            Kind::Password => "kind-password",
            Kind::NetworkPassword => "kind-network-password",
            Kind::Totp => "kind-totp",
            Kind::TotpDevice => "kind-totp-device",
            Kind::SecurityKey => "kind-security-key",
            Kind::Passkey => "kind-passkey",
            Kind::AttestedPasskey => "kind-attested-passkey",
            Kind::SyncedPasskey => "kind-synced-passkey",
            Kind::RecoveryCode => "kind-recovery-code",
        })
    }

    /// Whether somebody may log in.
    pub fn state(self, state: State) -> String {
        self.text(&format!("state-{}", state.word()))
    }

    /// What a paper is called.
    pub fn paper(self, paper: Paper) -> String {
        self.text(&format!("paper-{}", paper.word()))
    }

    /// What a role is called.
    pub fn role(self, role: Role) -> String {
        self.text(&format!("role-{}", role.word()))
    }

    /// A role, where it is held and until when.
    pub fn role_held(self, grant: &Grant, until: Option<&str>) -> String {
        let role = self.role(grant.role);
        let held = match &grant.unit {
            None => self.about("office-role-everywhere", "role", &role),
            Some(unit) => {
                self.text_with("office-role-in", &[("role", role.into()), ("unit", unit.to_string().into())])
            }
        };
        match until {
            None => held,
            Some(until) => {
                self.text_with("office-role-until", &[("held", held.into()), ("until", until.into())])
            }
        }
    }

    /// An address, with what the network is called that it is in, if that is known.
    pub fn address(self, address: &str, networks: &KnownNetworks) -> String {
        match networks.name_of(address) {
            None => address.to_owned(),
            Some(name) => {
                self.text_with("from-network", &[("address", address.into()), ("name", name.into())])
            }
        }
    }

    /// Who stopped somebody, when and why.
    pub fn lock(self, lock: &Lock) -> String {
        let at = date_and_time(self, lock.at);
        let key = format!("lock-{}", lock.locker.word());
        self.text_with(&key, &[("at", at.into()), ("why", lock.why.clone().into())])
    }

    /// Something that somebody logs in with, as others read it.
    pub fn owned(self, has: &Owned, at: &str) -> String {
        let level = has.authenticator.registered;
        let level = level.map_or_else(|| self.text("me-level-none"), |level| self.level(level));
        let kind = self.kind(has.authenticator.kind);
        let mut arguments = vec![("kind", kind.into()), ("level", level.into()), ("at", at.into())];
        match &has.name {
            None => self.text_with("office-owned", &arguments),
            Some(name) => {
                arguments.push(("name", name.as_str().into()));
                self.text_with("office-owned-named", &arguments)
            }
        }
    }

    /// How and when somebody was proofed.
    pub fn proofed(self, proofing: &Proofing, at: &str) -> String {
        let how = self.text(&format!("route-{}", Evidence::route(&proofing.evidence).to_lowercase()));
        let mut arguments = vec![("at", at.into()), ("route", how.into())];
        if proofing.withdrawn.is_some() {
            return self.text_with("office-proofed-withdrawn", &arguments);
        }
        arguments.push(("level", self.level(proofing.evidence.level()).into()));
        self.text_with("office-proofed", &arguments)
    }

    fn identifier(self) -> &'static LanguageIdentifier {
        match self {
            Self::Danish => &DANISH,
            Self::English => &ENGLISH,
        }
    }
}

/// One language range with its weight. Norwegian and Swedish readers are better served by Danish.
fn wish(range: &str) -> Option<(f32, Language)> {
    let (tag, parameters) = range.split_once(';').unwrap_or((range, ""));
    let language = match tag.trim().split('-').next()?.to_ascii_lowercase().as_str() {
        "da" | "no" | "nb" | "nn" | "sv" => Language::Danish,
        "en" => Language::English,
        _ => return None,
    };
    let weight = match parameters.trim().strip_prefix("q=") {
        Some(weight) => weight.parse().ok()?,
        None => 1.0,
    };
    (0.0..=1.0).contains(&weight).then_some((weight, language))
}

fn say(
    language: Language,
    key: &str,
    arguments: Option<&HashMap<Cow<'static, str>, FluentValue<'_>>>,
) -> String {
    // A page with a key on it is better than no page; the tests keep it from happening.
    SENTENCES.lookup_single_language(language.identifier(), key, arguments).unwrap_or_else(|_| key.to_owned())
}

#[cfg(test)]
mod tests {
    use portner_domain::Level;
    use portner_domain::assurance::Reason;
    use portner_domain::authenticator::Kind;

    use portner_authenticators::Weakness;

    use super::Language;

    #[test]
    fn the_browser_says_which_language() {
        let check = |header: Option<&str>, tag: &str| {
            assert_eq!(Language::from_accept_language(header).tag(), tag, "{header:?}");
        };
        check(None, "da");
        check(Some(""), "da");
        check(Some("da"), "da");
        check(Some("en-GB,en;q=0.9"), "en");
        check(Some("da-DK,da;q=0.9,en;q=0.8"), "da");
        check(Some("en;q=0.5, da;q=0.9"), "da");
        check(Some("de-DE,de;q=0.9,en;q=0.3"), "en");
        check(Some("nb-NO,nb;q=0.9,en;q=0.8"), "da");
        check(Some("fr,*;q=0.1"), "da");
        check(Some("en;q=0"), "da");
        check(Some("EN-us"), "en");
        check(Some("en;q=NaN, en;q=inf"), "da");
        check(Some(";;;,,q=,en;q="), "da");
        check(Some(&format!("{}en", "x,".repeat(1_000))), "da");
    }

    #[test]
    fn numbers_decide_between_singular_and_plural() {
        let check = |minutes: u64, danish: &str, english: &str| {
            let arguments = [("minutes", minutes.into())];
            assert!(Language::Danish.text_with("too-many-attempts", &arguments).contains(danish));
            assert!(Language::English.text_with("too-many-attempts", &arguments).contains(english));
        };
        check(0, "Vent et øjeblik", "Wait a moment");
        check(1, "Vent 1 minut,", "Wait 1 minute and");
        check(15, "Vent 15 minutter", "Wait 15 minutes");
    }

    #[test]
    fn every_reason_has_a_sentence() {
        let (kind, level) = (Kind::Password, Level::High);
        let proofing = "019ab2c4-7d1e-7c3a-9f52-6b0e8d41c7aa".parse().unwrap();
        let reasons = [
            Reason::Proofed { proofing, level },
            Reason::NotProofed,
            Reason::Employed { level },
            Reason::Used { kind, level },
            Reason::Unvouched { kind },
            Reason::Unvouched { kind: Kind::NetworkPassword },
            Reason::AlsoUsed { kind },
            Reason::TooOld { kind },
            Reason::Combined { level: Some(level) },
            Reason::Combined { level: None },
            Reason::Scheme { level: Some(level) },
            Reason::Scheme { level: None },
            Reason::Broker { level: Some(level) },
            Reason::Broker { level: None },
        ];
        for reason in reasons {
            for language in Language::ALL {
                let sentence = language.explain(&reason);
                assert!(sentence.ends_with('.') && !sentence.contains('$'), "{sentence}");
            }
        }
    }

    #[test]
    fn every_weakness_of_a_password_has_a_sentence_that_says_what_to_do() {
        for weakness in Weakness::ALL {
            for language in Language::ALL {
                let sentence = language.weakness(weakness, 17);
                assert!(sentence.ends_with('.') && sentence.matches(". ").count() == 1, "{sentence}");
                assert_eq!(sentence.contains("17"), weakness == Weakness::TooShort, "{sentence}");
            }
        }
    }

    #[test]
    fn a_level_is_explained_in_both_languages() {
        let reason = Reason::Used { kind: Kind::Totp, level: Level::Substantial };
        assert_eq!(Language::Danish.explain(&reason), "Din kodeapp er registreret på niveauet Betydelig.");
        assert_eq!(
            Language::English.explain(&reason),
            "Your authenticator app is registered at the level Substantial."
        );
        assert_eq!(
            Language::Danish.explain(&Reason::Scheme { level: None }),
            "Organisationens login er ikke anmeldt på noget niveau."
        );
    }
}
