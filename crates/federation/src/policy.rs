//! What one service provider may know, and how it wants to be told: data, not code.
//!
//! A policy is a profile, one of the files in `profiles/`, with whatever the administrator's file says
//! instead. No policy can set a level; it can only ask for one.

use portner_domain::Level;
use serde::{Deserialize, Serialize};

/// Largest policy file, in bytes.
pub const POLICY_BYTES_MAX: usize = 64 * 1024;

const PROFILES: [(&str, &str); 3] = [
    ("oiosaml3-professional", include_str!("../profiles/oiosaml3-professional.toml")),
    ("nemlog-in", include_str!("../profiles/nemlog-in.toml")),
    ("plain", include_str!("../profiles/plain.toml")),
];

/// A policy as it is kept.
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
    /// What the assertion calls the way they logged in.
    pub class_ref: ClassRef,
    /// How to encrypt where the metadata does not say.
    pub encryption: Encryption,
    /// What is signed besides the assertion.
    pub signing: Signing,
    /// By which bindings it may ask.
    pub requests: Vec<RequestBinding>,
    /// Where people start; the origin of its ACS if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub home_url: Option<String>,
    /// What it may know.
    pub attributes: Vec<Release>,
}

/// How a service provider names people.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum NameIdRecipe {
    /// A random UUID for this identity at this service provider only, in the form that OIOSAML 3 wants.
    PairwiseProfessionalUuid,
    /// The `subjectNameId` registered in MitID Erhverv.
    SubjectNameId,
    /// A new one each time.
    Transient,
}

/// What stands in `AuthnContextClassRef`.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ClassRef {
    /// The level reached, as the URI by which it is asked for; where there is none, password over TLS.
    NsisLoa,
    /// Password over TLS, always.
    PasswordProtectedTransport,
}

/// How to encrypt for a service provider whose metadata names no method.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Encryption {
    /// AES-256-GCM with RSA-OAEP of XML Encryption 1.1, as OIOSAML 3 has it.
    Oiosaml3,
    /// AES-256-GCM with RSA-OAEP of XML Encryption 1.0, which every stack reads.
    Compatible,
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

/// One attribute and where its value comes from.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Release {
    /// Its name on the wire.
    pub name: String,
    /// Its name for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub friendly_name: Option<String>,
    /// Where the value comes from.
    pub source: Source,
    /// When it is sent.
    pub release: When,
    /// What happens if there is no value.
    #[serde(default)]
    pub if_missing: IfMissing,
}

/// Where a value comes from.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Source {
    /// Always this text. It can't be used for an attribute that says a level.
    Constant(String),
    /// Level of assurance of this login.
    Loa,
    /// Identity assurance level.
    Ial,
    /// Authenticator assurance level.
    Aal,
    /// The organisation's number.
    Cvr,
    /// The organisation's name.
    OrganisationName,
    /// First names and surname.
    FullName,
    /// First names.
    FirstName,
    /// Surname.
    LastName,
    /// Work e-mail.
    Email,
    /// The identity's UUID, the same at every service provider.
    PersistentUuid,
    /// The user name.
    UserName,
}

/// When an attribute is sent.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum When {
    /// In every assertion.
    Always,
    /// If the service provider's metadata asks for it.
    WhenRequested,
}

/// What to do without a value.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum IfMissing {
    /// Leave the attribute out.
    #[default]
    Omit,
    /// Send no assertion.
    Deny,
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
        policy.utters_no_level_of_its_own()
    }

    /// A profile as it is.
    pub fn of_profile(name: &str) -> Result<Self, PolicyError> {
        Self::from_toml(&format!("profile = {name:?}"))
    }

    /// An attribute whose name says a level carries that level as it was computed, and nothing else does.
    fn utters_no_level_of_its_own(self) -> Result<Self, PolicyError> {
        match self.attributes.iter().find(|attribute| !attribute.is_true()) {
            Some(attribute) => Err(PolicyError(format!(
                "the attribute {} says a level, which is computed for each login: nsis/loa has the source \"loa\", \
                 nsis/ial \"ial\" and nsis/aal \"aal\", and no other attribute or constant may say one",
                attribute.name
            ))),
            None => Ok(self),
        }
    }
}

impl Release {
    fn is_true(&self) -> bool {
        let name = self.name.to_ascii_lowercase();
        let level = [("/nsis/loa", Source::Loa), ("/nsis/ial", Source::Ial), ("/nsis/aal", Source::Aal)];
        if let Some((_, source)) = level.iter().find(|(end, _)| name.ends_with(end)) {
            return self.source == *source;
        }
        let says_level =
            ["/nsis/", "/core/loa", "assurancelevel", "unilogin:loa"].iter().any(|part| name.contains(part));
        let is_level = match &self.source {
            Source::Loa | Source::Ial | Source::Aal => true,
            Source::Constant(text) => text.parse::<Level>().is_ok() || text.contains("/nsis/"),
            _ => false,
        };
        !says_level && !is_level
    }
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
mod tests {
    use portner_domain::Level;

    use super::{NameIdRecipe, PROFILES, Policy, RequestBinding};

    #[test]
    fn every_profile_is_a_policy() {
        for (name, _) in PROFILES {
            let policy = Policy::of_profile(name).unwrap();
            assert_eq!(policy.profile, name);
            let kept = serde_json::to_string(&policy).unwrap();
            assert_eq!(serde_json::from_str::<Policy>(&kept).unwrap(), policy);
        }
    }

    #[test]
    fn a_file_says_only_what_differs_from_its_profile() {
        let policy = Policy::from_toml(
            "profile = \"nemlog-in\"\nrequests = [\"redirect\", \"post\"]\nhome_url = \"https://sp.example.dk/\"",
        )
        .unwrap();
        assert_eq!(policy.requests, [RequestBinding::Redirect, RequestBinding::Post]);
        assert_eq!(policy.name_id, NameIdRecipe::SubjectNameId);
        assert_eq!(policy.required_level, Some(Level::Substantial));
    }

    #[test]
    fn a_mistake_is_named() {
        let check = |text: &str, part: &str| {
            let error = Policy::from_toml(text).unwrap_err().to_string();
            assert!(error.contains(part), "{error}");
        };
        check("profile = \"best\"", "choose one of oiosaml3-professional, nemlog-in, plain");
        check("requird_level = \"Low\"", "requird_level");
        check("required_level = \"Highest\"", "Highest");
        check("x = ", "can't be read");
    }

    #[test]
    fn no_policy_can_utter_a_level_that_was_not_computed() {
        let check = |name: &str, source: &str| {
            let text = format!("[[attributes]]\nname = {name:?}\nsource = {source}\nrelease = \"always\"");
            let refusal = Policy::from_toml(&text).map(drop).map_err(|error| error.to_string());
            assert!(
                refusal.as_ref().is_err_and(|said| said.contains("is computed")),
                "{name} {source}: {refusal:?}"
            );
        };
        check("https://data.gov.dk/concept/core/nsis/loa", "{ constant = \"High\" }");
        check("https://data.gov.dk/concept/core/NSIS/aal", "{ constant = \"x\" }");
        check("https://data.gov.dk/concept/core/nsis/loa", "\"ial\"");
        check("https://data.gov.dk/concept/core/nsis/fal", "\"loa\"");
        check("https://data.gov.dk/concept/core/loa", "{ constant = \"2\" }");
        check("dk:gov:saml:attribute:AssuranceLevel", "{ constant = \"4\" }");
        check("urn:example:strength", "{ constant = \"Substantial\" }");
        check("urn:example:strength", "\"ial\"");
    }
}
