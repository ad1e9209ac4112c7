//! What one service provider may know, and how it wants to be told: data, not code.
//!
//! A policy is a profile, one of the files in `profiles/`, with whatever the administrator's file says
//! instead. No policy can set a level; it can only ask for one. Whatever a policy says about how long a proof
//! counts can only tighten what holds for everybody.

mod attribute;
mod difference;
mod group;
mod level;
mod name;
mod usual;

pub use attribute::{
    IfMissing, Join, PATTERN_BYTES_MAX, Pattern, Release, Replace, Source, Step, VALUE_CHARS_MAX, When,
};
pub use difference::changes;
pub use group::{Excluded, GroupCondition};
pub(crate) use level::{is_computed, is_level};
pub use name::{NameIdKind, NameIdRecipe};
pub(crate) use name::{PAIRWISE_PREFIX, prefixed, written};
pub use usual::{EXPLICIT, Usual};

use std::collections::BTreeMap;

use portner_domain::flow::{Rules, Tells};
use portner_domain::{Level, Millis};
use portner_saml::{BlockCipher, EncryptionDefault, KeyTransport, PrivilegeNamespace, ResponseSigning};
use serde::{Deserialize, Serialize};

/// Largest policy file, in bytes.
pub const POLICY_BYTES_MAX: usize = 64 * 1024;
/// References of older vocabularies in one policy.
const LEGACY_CLASS_REFS_MAX: usize = 16;
/// Longest version of a specification, in characters.
const SPEC_VERSION_CHARS_MAX: usize = 64;

const PROFILES: [(&str, &str); 4] = [
    ("oiosaml3-professional", include_str!("../profiles/oiosaml3-professional.toml")),
    ("nemlog-in", include_str!("../profiles/nemlog-in.toml")),
    ("kombit-context-handler", include_str!("../profiles/kombit-context-handler.toml")),
    ("plain", include_str!("../profiles/plain.toml")),
];

/// A policy as it is kept. What was added after the first version has a default, so that all of them are read.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    /// The profile it began as.
    pub profile: String,
    /// Asked for whatever the request says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub required_level: Option<Level>,
    /// How people are named.
    pub name_id: NameIdRecipe,
    /// Which kind of name it is said to be, where the recipe leaves that open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name_id_format: Option<NameIdKind>,
    /// What stands before the UUID of a pairwise name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name_id_prefix: Option<String>,
    /// What becomes of a request that wishes for another kind of name.
    #[serde(default, skip_serializing_if = "is_default")]
    pub requested_name_format: RequestedNameFormat,
    /// What the assertion calls the way they logged in.
    pub class_ref: ClassRef,
    /// What references of older vocabularies ask for, and that a list of them is understood.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub legacy_class_refs: BTreeMap<String, LegacyDemand>,
    /// What "exactly this level" means.
    #[serde(default, skip_serializing_if = "is_default")]
    pub exact_comparison: ExactComparison,
    /// How to encrypt where the metadata does not say.
    pub encryption: Encryption,
    /// What is signed besides the assertion.
    pub signing: Signing,
    /// By which bindings it may ask.
    pub requests: Vec<RequestBinding>,
    /// Where people start; the origin of its ACS if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub home_url: Option<String>,
    /// The version of the specification that assertions claim to follow.
    #[serde(default = "oiosaml3", skip_serializing_if = "is_oiosaml3")]
    pub spec_version: String,
    /// The version of the privilege profile.
    #[serde(default, skip_serializing_if = "is_default")]
    pub bpp_namespace: PrivilegeNamespace,
    /// Which rights are told, by where they hold.
    #[serde(default, skip_serializing_if = "is_default")]
    pub privilege_scope: PrivilegeScope,
    /// Which rights are told, by what they are called; all of them if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub privilege_pattern: Option<Pattern>,
    /// For how long a proof counts here, if shorter than elsewhere.
    #[serde(default, skip_serializing_if = "is_default")]
    pub session: Session,
    /// Who may log in; everybody if it says nothing.
    #[serde(default, skip_serializing_if = "is_default")]
    pub groups: GroupCondition,
    /// From where they may log in.
    #[serde(default, skip_serializing_if = "is_default")]
    pub access_from: AccessFrom,
    /// What it may know.
    pub attributes: Vec<Release>,
}

/// What becomes of a request whose `NameIDPolicy` wishes for another kind of name than the policy gives.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum RequestedNameFormat {
    /// It is answered with `InvalidNameIDPolicy` (SAML core 3.4.1.1).
    #[default]
    MustMatch,
    /// The wish is passed over: some software sends one that nobody has thought about.
    Ignore,
}

/// What stands in `AuthnContextClassRef`.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ClassRef {
    /// The level reached, as the URI by which it is asked for; where there is none, password over TLS.
    NsisLoa,
    /// That the login has a level of NSIS, and not which; where it has none, password over TLS.
    Nsis,
    /// Password over TLS, always.
    PasswordProtectedTransport,
    /// The first of what the request asks for that the login satisfies; where there is none, as `nsis-loa`.
    Echo,
}

/// What a reference of an older vocabulary asks for.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum LegacyDemand {
    /// That somebody has logged in.
    AnyLogin,
    /// Several factors: no less than Substantial does.
    SeveralFactors,
}

/// What `Comparison="exact"` means with a level, which OIOSAML 3 does not provide for (OIO-SP-06).
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ExactComparison {
    /// That level or a higher one.
    #[default]
    AsMinimum,
    /// That level and no other.
    AsWritten,
}

/// How to encrypt for a service provider.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Encryption {
    /// AES-256-GCM with RSA-OAEP of XML Encryption 1.1, as OIOSAML 3 has it, where the metadata names no method.
    Oiosaml3,
    /// AES-256-GCM with RSA-OAEP of XML Encryption 1.0, which every stack reads, where the metadata names none.
    Compatible,
    /// These, whatever the metadata names.
    Explicit(Algorithms),
}

/// Algorithms that an administrator has chosen. There is none among them without integrity of its own.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Algorithms {
    /// For the assertion.
    pub cipher: BlockCipher,
    /// For the cipher's key.
    pub transport: KeyTransport,
}

/// What is signed.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Signing {
    /// The assertion.
    Assertion,
    /// The assertion and the response around it.
    AssertionAndResponse,
}

/// How a request may arrive.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum RequestBinding {
    /// HTTP-Redirect.
    Redirect,
    /// HTTP-POST.
    Post,
}

/// Which rights are told, by where they hold.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum PrivilegeScope {
    /// All, also those in other organisations.
    #[default]
    Any,
    /// Those in the identity's own organisation.
    OwnOrganisation,
}

/// From where people may log in. It is one more thing that has to hold: where a browser is proves nothing about who uses
/// it, so it never stands for a factor or a level (NSIS 3.3.1).
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum AccessFrom {
    /// From anywhere.
    #[default]
    Anywhere,
    /// From the networks that the organisation knows. Not where a level of NSIS is asked for or told.
    KnownNetworks,
}

/// For how long a proof counts toward one service provider.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Session {
    /// A password.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password_minutes: Option<u32>,
    /// A second factor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub second_factor_minutes: Option<u32>,
}

/// A policy file that can't be used, in a sentence for its author.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{0}")]
pub struct PolicyError(String);

impl Policy {
    /// Read an administrator's file: `profile = "…"` and whatever is to differ from it.
    pub fn from_toml(text: &str) -> Result<Self, PolicyError> {
        if text.len() > POLICY_BYTES_MAX {
            return Err(PolicyError(format!(
                "the policy is larger than {POLICY_BYTES_MAX} bytes; shorten it"
            )));
        }
        let changes: toml::Table = text.parse().map_err(|error| not_a_policy(&error))?;
        let profile = changes.get("profile").and_then(toml::Value::as_str).unwrap_or("oiosaml3-professional");
        let mut merged = profile_table(profile)?;
        merged.insert("profile".to_owned(), toml::Value::String(profile.to_owned()));
        merged.extend(changes);
        let policy: Self = merged.try_into().map_err(|error| not_a_policy(&error))?;
        policy.checked().map_err(PolicyError)
    }

    /// The line that is wrong in a file which can't be used, as far as one line is. Counted from 1.
    pub fn line_of_fault(text: &str) -> Option<usize> {
        let error = match text.parse::<toml::Table>() {
            Err(error) => error,
            Ok(_) => {
                // What a profile would have filled in is not what is wrong with the file.
                let error = toml::from_str::<Self>(text).err()?;
                let told = Self::from_toml(text).err().map(|told| told.0);
                told.is_some_and(|told| told.ends_with(error.message())).then_some(error)?
            }
        };
        let before = text.get(..error.span()?.start)?;
        Some(before.matches('\n').count() + 1)
    }

    /// As it is written in a file, with everything that its profile says.
    pub fn to_toml(&self) -> String {
        // A policy is made of tables, words and numbers only: what is read from TOML can be written in it.
        toml::to_string(self).unwrap_or_default()
    }

    /// A profile as it is.
    pub fn of_profile(name: &str) -> Result<Self, PolicyError> {
        Self::from_toml(&format!("profile = {name:?}"))
    }

    /// The names of the profiles.
    pub fn profile_names() -> impl Iterator<Item = &'static str> {
        PROFILES.iter().map(|(name, _)| *name)
    }

    /// Every profile there is.
    pub fn profiles() -> Result<Vec<Self>, PolicyError> {
        PROFILES.iter().map(|(name, _)| Self::of_profile(name)).collect()
    }

    /// The rules for everybody, with proofs counting for no longer than this policy lets them, and what it tells.
    pub fn rules(&self, general: &Rules) -> Rules {
        let minutes = |minutes: Option<u32>| minutes.map(|minutes| Millis::minutes(minutes.into()));
        let Session { password_minutes, second_factor_minutes } = self.session;
        let limits = general.limits.tightened(minutes(password_minutes), minutes(second_factor_minutes));
        let tells = if self.tells_level() { Tells::Level } else { Tells::Identity };
        Rules { limits, tells, ..*general }
    }

    /// Is the service provider told a level of NSIS, if the login has one?
    fn tells_level(&self) -> bool {
        let told = |release: &Release| {
            release.source.all().into_iter().any(|it| matches!(it, Source::Loa | Source::Ial | Source::Aal))
        };
        self.class_ref != ClassRef::PasswordProtectedTransport || self.attributes.iter().any(told)
    }

    /// Does a login here need to know somebody's groups or rights?
    pub fn needs_holdings(&self) -> bool {
        let told = |release: &Release| matches!(release.source, Source::Groups | Source::Privileges);
        !self.groups.is_empty() || self.attributes.iter().any(told)
    }

    fn checked(self) -> Result<Self, String> {
        self.name_id.check(self.name_id_format, self.name_id_prefix.as_deref())?;
        if self.session.password_minutes == Some(0) || self.session.second_factor_minutes == Some(0) {
            return Err("a proof in session counts for at least 1 minute, or nobody could log in".to_owned());
        }
        let version = self.spec_version.chars().count();
        if !(1..=SPEC_VERSION_CHARS_MAX).contains(&version) {
            return Err(format!("spec_version has 1 to {SPEC_VERSION_CHARS_MAX} characters"));
        }
        if self.requests.is_empty() {
            return Err("requests names at least one binding, redirect or post".to_owned());
        }
        if self.legacy_class_refs.len() > LEGACY_CLASS_REFS_MAX {
            return Err(format!("legacy_class_refs has at most {LEGACY_CLASS_REFS_MAX} references"));
        }
        let is_under_nsis = self.tells_level() || self.required_level.is_some();
        if self.access_from == AccessFrom::KnownNetworks && is_under_nsis {
            return Err(
                "access_from can be \"known-networks\" only where no level is told or required: leave out \
                        required_level, use class_ref \"password-protected-transport\" and tell no level"
                    .to_owned(),
            );
        }
        attribute::check(&self.attributes)?;
        level::check(&self)?;
        Ok(self)
    }
}

impl Encryption {
    /// In the words of `saml`.
    pub const fn preference(self) -> EncryptionDefault {
        match self {
            Self::Oiosaml3 => EncryptionDefault::Oiosaml3,
            Self::Compatible => EncryptionDefault::Widest,
            Self::Explicit(Algorithms { cipher, transport }) => {
                EncryptionDefault::Explicit(cipher, transport)
            }
        }
    }
}

impl Signing {
    /// In the words of `saml`.
    pub const fn of_response(self) -> ResponseSigning {
        match self {
            Self::Assertion => ResponseSigning::AssertionOnly,
            Self::AssertionAndResponse => ResponseSigning::AssertionAndResponse,
        }
    }
}

fn oiosaml3() -> String {
    "OIO-SAML-3.0".to_owned()
}

fn is_oiosaml3(version: &String) -> bool {
    *version == oiosaml3()
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

fn profile_table(name: &str) -> Result<toml::Table, PolicyError> {
    let known = || PROFILES.map(|(name, _)| name).join(", ");
    let (_, text) = PROFILES
        .into_iter()
        .find(|(known, _)| *known == name)
        .ok_or_else(|| PolicyError(format!("there is no profile {name:?}; choose one of {}", known())))?;
    text.parse().map_err(|error| not_a_policy(&error))
}

fn not_a_policy(error: &toml::de::Error) -> PolicyError {
    PolicyError(format!("the policy can't be read: {}", error.message()))
}

#[cfg(test)]
mod tests;
