//! What differs between two versions of a service provider's metadata, and what of it needs a person's word.
//!
//! A difference is of concern when it lowers security or leads answers or trust somewhere else. A new key is of
//! none when the document is signed by somebody whom the old version, or the administrator, vouches for: that is
//! how keys are rolled. Addresses elsewhere always are.

use std::fmt;

use portner_domain::Moment;

use super::{AssertionConsumer, LocalName, LogoutEndpoint, ServiceProvider};
use crate::encryption::EncryptionKey;
use crate::key::Certificate;

/// One difference, and why it is of concern if it is.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Change {
    /// What differs.
    pub what: Difference,
    /// Why nobody but a person may let it pass.
    pub concern: Option<Concern>,
}

/// Is the new document signed by a key that was trusted before it came?
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Vouched {
    /// By the metadata certificate on record, or by a signing key of the version in use.
    Yes,
    /// Not signed, or by nobody we know.
    No,
}

/// Why a difference is of concern.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Concern {
    /// A key that nobody vouches for: whoever has it can ask, or read, in the service provider's name.
    NewKey,
    /// A key that is easier to break than the ones before.
    SmallerKey,
    /// An address at a host that had none of its kind: people and what is said about them go there.
    ElsewhereInTheWorld,
    /// Encryption that the version before knew better.
    WeakerEncryption,
    /// It says no longer that it signs requests, or wants assertions signed. We demand both anyway.
    LessSigned,
    /// It asks for more about people.
    AsksForMore,
}

/// What differs.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Difference {
    /// A key is new.
    KeyAdded(KeyUse, KeyFacts),
    /// A key is gone.
    KeyRemoved(KeyUse, KeyFacts),
    /// An encryption key has other methods.
    EncryptionMethods(KeyFacts),
    /// Responses may go there now.
    ConsumerAdded(String),
    /// Responses may go there no longer.
    ConsumerRemoved(String),
    /// Responses go there when the request does not say.
    DefaultConsumer(String),
    /// The same addresses have other numbers.
    ConsumersNumbered,
    /// Logout messages go there now.
    LogoutAdded(LogoutEndpoint),
    /// Logout messages go there no longer.
    LogoutRemoved(LogoutEndpoint),
    /// `AuthnRequestsSigned`.
    SignsRequests(bool),
    /// `WantAssertionsSigned`.
    WantsAssertionsSigned(bool),
    /// An attribute is asked for.
    AttributeAdded(String),
    /// An attribute is asked for no longer.
    AttributeRemoved(String),
    /// The kinds of name identifier it asks for, in its order.
    NameIdFormats(Vec<String>),
    /// Until when the document may be used.
    ValidUntil(Option<Moment>),
    /// What it is called.
    Name(LocalName),
}

/// What a key is for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum KeyUse {
    /// Its requests are verified with it.
    Signing,
    /// Its assertions are encrypted to it.
    Encryption,
}

/// A key as people compare it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct KeyFacts {
    /// SHA-256 of its certificate, in hexadecimal.
    pub fingerprint: String,
    /// Family and size.
    pub kind: String,
    /// From when its certificate says it is valid.
    pub not_before: Moment,
    /// Until when.
    pub not_after: Moment,
}

/// The documents are about two different service providers: one never becomes the other.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("the metadata is that of {0:?}, another service provider")]
pub struct AnotherEntity(pub String);

/// What differs, the concerns first; empty if nothing does that we read.
pub fn changes(
    old: &ServiceProvider,
    new: &ServiceProvider,
    vouched: Vouched,
) -> Result<Vec<Change>, AnotherEntity> {
    if old.entity_id != new.entity_id {
        return Err(AnotherEntity(new.entity_id.clone()));
    }
    let mut found = Vec::new();
    signing_keys(old, new, vouched, &mut found);
    encryption_keys(old, new, vouched, &mut found);
    consumers(old, new, &mut found);
    logout(old, new, &mut found);
    flags(old, new, &mut found);
    attributes(old, new, &mut found);
    the_rest(old, new, &mut found);
    found.sort_by_key(|change| change.concern.is_none());
    Ok(found)
}

fn signing_keys(old: &ServiceProvider, new: &ServiceProvider, vouched: Vouched, found: &mut Vec<Change>) {
    let smallest = old.signing_keys.iter().map(strength).min();
    for key in new.signing_keys.iter().filter(|key| !old.signing_keys.contains(key)) {
        let concern = smaller(key, smallest).or((vouched == Vouched::No).then_some(Concern::NewKey));
        found.push(Change { what: Difference::KeyAdded(KeyUse::Signing, facts(key)), concern });
    }
    for key in old.signing_keys.iter().filter(|key| !new.signing_keys.contains(key)) {
        found.push(harmless(Difference::KeyRemoved(KeyUse::Signing, facts(key))));
    }
}

/// The same certificate may stand there twice with other methods; either entry may be chosen.
fn encryption_keys(old: &ServiceProvider, new: &ServiceProvider, vouched: Vouched, found: &mut Vec<Change>) {
    let (before, after) = (&old.encryption_keys, &new.encryption_keys);
    let same = |one: &EncryptionKey, other: &EncryptionKey| one.certificate() == other.certificate();
    let smallest = before.iter().map(|key| strength(key.certificate())).min();
    let known = |key: &EncryptionKey| before.iter().any(|it| same(it, key) && it.methods() == key.methods());
    for key in after.iter().filter(|key| !known(key)) {
        let is_new = !before.iter().any(|it| same(it, key));
        let predecessors = before.iter().filter(|it| is_new || same(it, key));
        let weaker = predecessors.map(EncryptionKey::admits).all(|it| key.admits().is_weaker_than(it));
        let weaker = weaker.then_some(Concern::WeakerEncryption);
        let unvouched = (is_new && vouched == Vouched::No).then_some(Concern::NewKey);
        let facts = facts(key.certificate());
        let what = if is_new {
            Difference::KeyAdded(KeyUse::Encryption, facts)
        } else {
            Difference::EncryptionMethods(facts)
        };
        let concern = weaker.or(smaller(key.certificate(), smallest)).or(unvouched);
        found.push(Change { what, concern });
    }
    for key in before.iter().filter(|key| !after.iter().any(|it| same(it, key))) {
        found.push(harmless(Difference::KeyRemoved(KeyUse::Encryption, facts(key.certificate()))));
    }
}

fn consumers(old: &ServiceProvider, new: &ServiceProvider, found: &mut Vec<Change>) {
    let locations = |of: &ServiceProvider| locations_of(&of.assertion_consumers);
    let (before, after) = (locations(old), locations(new));
    for added in after.iter().filter(|location| !before.contains(location)) {
        let what = Difference::ConsumerAdded(added.clone());
        found.push(Change { what, concern: elsewhere([added.as_str()], &before) });
    }
    for removed in before.iter().filter(|location| !after.contains(location)) {
        found.push(harmless(Difference::ConsumerRemoved(removed.clone())));
    }
    let default = |of: &ServiceProvider| of.default_assertion_consumer().map(|acs| acs.location.clone());
    if let Some(now) = default(new).filter(|_| default(new) != default(old)) {
        found.push(harmless(Difference::DefaultConsumer(now)));
    }
    let numbers = |of: &ServiceProvider| {
        let mut all: Vec<_> =
            of.assertion_consumers.iter().map(|acs| (acs.index, acs.location.clone())).collect();
        all.sort();
        all
    };
    if before == after && numbers(old) != numbers(new) {
        found.push(harmless(Difference::ConsumersNumbered));
    }
}

fn logout(old: &ServiceProvider, new: &ServiceProvider, found: &mut Vec<Change>) {
    let addresses = |endpoint: &LogoutEndpoint| {
        std::iter::once(endpoint.location.clone()).chain(endpoint.response_location.clone())
    };
    let mut known = locations_of(&old.assertion_consumers);
    known.extend(old.logout.iter().flat_map(addresses));
    for added in new.logout.iter().filter(|endpoint| !old.logout.contains(endpoint)) {
        let mentioned: Vec<String> = addresses(added).collect();
        let concern = elsewhere(mentioned.iter().map(String::as_str), &known);
        found.push(Change { what: Difference::LogoutAdded(added.clone()), concern });
    }
    for removed in old.logout.iter().filter(|endpoint| !new.logout.contains(endpoint)) {
        found.push(harmless(Difference::LogoutRemoved(removed.clone())));
    }
}

fn flags(old: &ServiceProvider, new: &ServiceProvider, found: &mut Vec<Change>) {
    let mut compare = |before: bool, after: bool, what: Difference| {
        if before != after {
            found.push(Change { what, concern: before.then_some(Concern::LessSigned) });
        }
    };
    let signs = new.authn_requests_signed;
    compare(old.authn_requests_signed, signs, Difference::SignsRequests(signs));
    let wants = new.want_assertions_signed;
    compare(old.want_assertions_signed, wants, Difference::WantsAssertionsSigned(wants));
}

fn attributes(old: &ServiceProvider, new: &ServiceProvider, found: &mut Vec<Change>) {
    let asks = |of: &ServiceProvider, name: &str| of.requested_attributes.iter().any(|it| it.name == name);
    for added in new.requested_attributes.iter().filter(|it| !asks(old, &it.name)) {
        let what = Difference::AttributeAdded(added.name.clone());
        found.push(Change { what, concern: Some(Concern::AsksForMore) });
    }
    for removed in old.requested_attributes.iter().filter(|it| !asks(new, &it.name)) {
        found.push(harmless(Difference::AttributeRemoved(removed.name.clone())));
    }
}

fn the_rest(old: &ServiceProvider, new: &ServiceProvider, found: &mut Vec<Change>) {
    if old.name_id_formats != new.name_id_formats {
        let formats = new.name_id_formats.iter().map(|format| format.uri().to_owned()).collect();
        found.push(harmless(Difference::NameIdFormats(formats)));
    }
    if old.valid_until != new.valid_until {
        found.push(harmless(Difference::ValidUntil(new.valid_until)));
    }
    if old.display_name != new.display_name {
        found.push(harmless(Difference::Name(new.display_name.clone())));
    }
}

const fn harmless(what: Difference) -> Change {
    Change { what, concern: None }
}

fn strength(key: &Certificate) -> usize {
    key.public_key().strength_as_rsa_bits()
}

fn smaller(key: &Certificate, smallest: Option<usize>) -> Option<Concern> {
    smallest.filter(|smallest| strength(key) < *smallest).map(|_| Concern::SmallerKey)
}

fn locations_of(consumers: &[AssertionConsumer]) -> Vec<String> {
    let mut all: Vec<String> = consumers.iter().map(|acs| acs.location.clone()).collect();
    all.sort();
    all.dedup();
    all
}

fn elsewhere<'a>(addresses: impl IntoIterator<Item = &'a str>, known: &[String]) -> Option<Concern> {
    let is_known = |address: &str| known.iter().any(|it| origin(it) == origin(address));
    let all_known = addresses.into_iter().all(is_known);
    (!all_known).then_some(Concern::ElsewhereInTheWorld)
}

/// Scheme, host and port of an address that reading has accepted, as a browser compares them.
fn origin(address: &str) -> Option<String> {
    let (scheme, rest) = address.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?.to_ascii_lowercase();
    let usual = if scheme == "https" { ":443" } else { ":80" };
    Some(format!("{scheme}://{}", authority.strip_suffix(usual).unwrap_or(&authority)))
}

fn facts(key: &Certificate) -> KeyFacts {
    KeyFacts {
        fingerprint: key.fingerprint(),
        kind: key.public_key().description(),
        not_before: key.not_before(),
        not_after: key.not_after(),
    }
}

impl Concern {
    /// A word that never changes, for events.
    pub const fn code(self) -> &'static str {
        match self {
            Self::NewKey => "new-key",
            Self::SmallerKey => "smaller-key",
            Self::ElsewhereInTheWorld => "elsewhere",
            Self::WeakerEncryption => "weaker-encryption",
            Self::LessSigned => "less-signed",
            Self::AsksForMore => "asks-for-more",
        }
    }
}

impl fmt::Display for Concern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NewKey => "nobody vouches for this key",
            Self::SmallerKey => "the key is smaller than those before",
            Self::ElsewhereInTheWorld => "it had nothing at this host before",
            Self::WeakerEncryption => "it knew better encryption before",
            Self::LessSigned => "it said the opposite before",
            Self::AsksForMore => "more about people would be released",
        })
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = |name: &LocalName| name.da.clone().or_else(|| name.en.clone()).unwrap_or_default();
        match self {
            Self::KeyAdded(usage, key) => write!(f, "new {usage} key: {key}"),
            Self::KeyRemoved(usage, key) => write!(f, "{usage} key gone: {key}"),
            Self::EncryptionMethods(key) => write!(f, "other encryption methods for {key}"),
            Self::ConsumerAdded(location) => write!(f, "new address for answers: {location}"),
            Self::ConsumerRemoved(location) => write!(f, "address for answers gone: {location}"),
            Self::DefaultConsumer(location) => write!(f, "answers go first to {location}"),
            Self::ConsumersNumbered => f.write_str("the addresses for answers have other numbers"),
            Self::LogoutAdded(endpoint) => write!(f, "new address for logout: {endpoint}"),
            Self::LogoutRemoved(endpoint) => write!(f, "address for logout gone: {endpoint}"),
            Self::SignsRequests(true) => f.write_str("says that it signs its requests"),
            Self::SignsRequests(false) => f.write_str("says no longer that it signs its requests"),
            Self::WantsAssertionsSigned(true) => f.write_str("wants assertions signed"),
            Self::WantsAssertionsSigned(false) => f.write_str("wants assertions signed no longer"),
            Self::AttributeAdded(name) => write!(f, "asks for the attribute {name}"),
            Self::AttributeRemoved(name) => write!(f, "asks no longer for the attribute {name}"),
            Self::NameIdFormats(formats) => write!(f, "kinds of name: {}", formats.join(" ")),
            Self::ValidUntil(Some(end)) => write!(f, "may be used until {end}"),
            Self::ValidUntil(None) => f.write_str("says no longer until when it may be used"),
            Self::Name(it) => write!(f, "is called {:?}", name(it)),
        }
    }
}

impl fmt::Display for KeyUse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Signing => "signing",
            Self::Encryption => "encryption",
        })
    }
}

impl fmt::Display for KeyFacts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { fingerprint, kind, not_before, not_after } = self;
        write!(f, "{kind}, {not_before} to {not_after}, SHA-256 {fingerprint}")
    }
}

impl fmt::Display for LogoutEndpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({:?})", self.location, self.binding)?;
        self.response_location.iter().try_for_each(|location| write!(f, ", answers to {location}"))
    }
}
