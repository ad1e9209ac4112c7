//! One attribute: its name, where its value comes from, and what is done to it on the way.
//!
//! An expression is a source and a few steps, all of them with limits that hold whatever the value: patterns
//! run in linear time, and a mistake in one is named when the policy is read.

use std::collections::BTreeSet;

use portner_saml::{AttributeNameFormat, is_writable};
use regex::{Regex, RegexBuilder};
use serde::{Deserialize, Serialize};

/// Longest value of an attribute, in characters (saml2int SDP-IDP20); privileges have a limit of their own.
pub const VALUE_CHARS_MAX: usize = 256;
/// Longest pattern, in bytes.
pub const PATTERN_BYTES_MAX: usize = 200;
/// What a pattern may take when it is compiled, in bytes: repetitions multiply.
const PATTERN_COMPILED_BYTES_MAX: usize = 256 * 1024;
/// How deep groups in a pattern may be nested.
const PATTERN_NESTING_MAX: u32 = 16;
/// Attributes in one policy.
const ATTRIBUTES_MAX: usize = 128;
/// Steps on one attribute.
const STEPS_MAX: usize = 8;
/// Sources in one expression, and how deep they are nested.
const SOURCES_MAX: usize = 16;
const NESTING_MAX: usize = 3;

/// One attribute and where its value comes from.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Release {
    /// Its name on the wire.
    pub name: String,
    /// What kind of name that is.
    #[serde(default, skip_serializing_if = "super::is_default")]
    pub name_format: AttributeNameFormat,
    /// Its name for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub friendly_name: Option<String>,
    /// Where the value comes from.
    pub source: Source,
    /// What is done to each value, in this order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub then: Vec<Step>,
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
    /// Several, one after the other; none if one of them is missing.
    Join(Join),
    /// The first that there is.
    FirstOf(Vec<Source>),
    /// Level of assurance of this login.
    Loa,
    /// Identity assurance level.
    Ial,
    /// Authenticator assurance level.
    Aal,
    /// `2` or `3`, for one factor or several, as before NSIS; nothing where the login has a level of NSIS.
    AssuranceLevel,
    /// `EnFaktor` or `ToFaktor`, as Unilogin has it.
    UniloginLevel,
    /// The version of the specification that the policy names.
    SpecVersion,
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
    /// The name toward NemLog-in.
    SubjectNameId,
    /// The name in this assertion.
    NameId,
    /// The groups, a value each.
    Groups,
    /// The rights, as a list of the OIO Basic Privilege Profile.
    Privileges,
}

/// Sources one after the other.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Join {
    /// Which.
    pub of: Vec<Source>,
    /// What stands between them.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub separator: String,
}

/// Something done to a value.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Step {
    /// Make all letters small.
    Lower,
    /// Make all letters capital.
    Upper,
    /// Leave out the space around it.
    Trim,
    /// Put something in the place of whatever matches.
    Replace(Replace),
    /// Go on with what the pattern's first parentheses hold, or with all of the value if it has none; a value that
    /// does not match is left out.
    Match(Pattern),
}

/// Something in the place of whatever matches.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Replace {
    /// What is replaced.
    pub pattern: Pattern,
    /// By what; `${1}` is what the first parentheses held.
    pub with: String,
}

/// A regular expression.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct Pattern(Regex);

impl Pattern {
    /// The expression.
    pub const fn regex(&self) -> &Regex {
        &self.0
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.0.as_str() == other.0.as_str()
    }
}

impl Eq for Pattern {}

/// A pattern that can't be used, in a sentence for its author.
#[derive(Debug, thiserror::Error)]
#[error("the pattern {pattern:?} can't be used: {why}")]
pub struct BadPattern {
    pattern: String,
    why: String,
}

impl TryFrom<String> for Pattern {
    type Error = BadPattern;

    fn try_from(pattern: String) -> Result<Self, BadPattern> {
        if pattern.len() > PATTERN_BYTES_MAX {
            let why = format!("it is longer than {PATTERN_BYTES_MAX} bytes");
            let pattern = pattern.chars().take(PATTERN_BYTES_MAX / 4).collect();
            return Err(BadPattern { pattern, why });
        }
        let compiled = RegexBuilder::new(&pattern)
            .size_limit(PATTERN_COMPILED_BYTES_MAX)
            .dfa_size_limit(PATTERN_COMPILED_BYTES_MAX)
            .nest_limit(PATTERN_NESTING_MAX)
            .build();
        compiled.map(Self).map_err(|error| {
            // The last line of the explanation says what is wrong; the others draw it.
            let why = error.to_string().lines().last().unwrap_or_default().to_owned();
            BadPattern { pattern, why }
        })
    }
}

impl From<Pattern> for String {
    fn from(pattern: Pattern) -> Self {
        pattern.0.as_str().to_owned()
    }
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

/// Is this list of attributes one that can be sent?
pub(super) fn check(attributes: &[Release]) -> Result<(), String> {
    if attributes.len() > ATTRIBUTES_MAX {
        return Err(format!("a policy has at most {ATTRIBUTES_MAX} attributes"));
    }
    let mut names = BTreeSet::new();
    for release in attributes {
        let named = |why: &str| Err(format!("the attribute {:?} can't be sent: {why}", release.name));
        let friendly = release.friendly_name.as_deref().unwrap_or("-");
        if !is_value(&release.name) || !is_value(friendly) {
            return named("name and friendly_name have 1 to 256 characters that XML can carry");
        }
        if !names.insert(&release.name) {
            return named("it is named twice");
        }
        if release.then.len() > STEPS_MAX {
            return named(&format!("it has more than {STEPS_MAX} steps"));
        }
        if release.source == Source::Privileges && !release.then.is_empty() {
            return named("privileges are sent as they are; use privilege_pattern to choose among them");
        }
        if let Some(why) = release.source.fault(0).or_else(|| too_many(&release.source)) {
            return named(&why);
        }
        let too_long = |step: &Step| matches!(step, Step::Replace(it) if it.with.len() > PATTERN_BYTES_MAX);
        if release.then.iter().any(too_long) {
            return named(&format!(
                "what is put in the place of a match has at most {PATTERN_BYTES_MAX} bytes"
            ));
        }
    }
    Ok(())
}

impl Source {
    /// This one and all inside it.
    pub(crate) fn all(&self) -> Vec<&Self> {
        let inside = match self {
            Self::Join(join) => join.of.as_slice(),
            Self::FirstOf(sources) => sources,
            _ => &[],
        };
        std::iter::once(self).chain(inside.iter().flat_map(Self::all)).collect()
    }

    fn fault(&self, depth: usize) -> Option<String> {
        if depth > NESTING_MAX {
            return Some(format!("its source is nested more than {NESTING_MAX} deep"));
        }
        match self {
            Self::Constant(text) if !is_value(text) => {
                Some("a constant has 1 to 256 characters that XML can carry".to_owned())
            }
            Self::Join(Join { separator, .. })
                if separator.chars().count() > 16 || !is_writable(separator) =>
            {
                Some("a separator has at most 16 characters that XML can carry".to_owned())
            }
            Self::Join(Join { of, .. }) | Self::FirstOf(of) if of.is_empty() => {
                Some("join and first-of need at least one source".to_owned())
            }
            Self::Join(Join { of, .. }) | Self::FirstOf(of) => {
                of.iter().find_map(|part| part.fault(depth + 1))
            }
            Self::Groups | Self::Privileges if depth > 0 => {
                Some("groups and privileges are not part of other sources".to_owned())
            }
            _ => None,
        }
    }
}

fn too_many(source: &Source) -> Option<String> {
    (source.all().len() > SOURCES_MAX).then(|| format!("it has more than {SOURCES_MAX} sources"))
}

/// Text that can be the value of an attribute.
fn is_value(text: &str) -> bool {
    (1..=VALUE_CHARS_MAX).contains(&text.chars().count()) && is_writable(text)
}
