//! How a service provider names people.

use portner_domain::identity::Identity;
use portner_saml::{NameId, NameIdFormat, is_writable};
use serde::{Deserialize, Serialize};

use super::VALUE_CHARS_MAX;

/// What stands before the UUID of a pairwise name unless a policy says otherwise (OIOSAML 3, NameID of professionals).
pub const PAIRWISE_PREFIX: &str = "https://data.gov.dk/model/core/eid/professional/uuid/";
/// Longest other prefix, in characters: name and UUID together stay within 256 (SAML core 8.3.7).
const PREFIX_CHARS_MAX: usize = 200;
/// Longest name of a circle of service providers, in characters.
const CIRCLE_CHARS_MAX: usize = 64;

/// How a service provider names people.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum NameIdRecipe {
    /// A random UUID for this identity at this service provider only, in the form that OIOSAML 3 wants.
    PairwiseProfessionalUuid,
    /// The same for all service providers that name this group, so that they know the same person.
    PairwiseGroup(String),
    /// The `subjectNameId` registered in MitID Erhverv.
    SubjectNameId,
    /// A new one each time.
    Transient,
    /// A distinguished name with CVR number, name and the identity's UUID, as KOMBIT's Context Handler has it.
    KombitSubject,
    /// The work e-mail.
    Email,
    /// The user name.
    UserName,
}

/// Which kind of name it is said to be.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum NameIdKind {
    /// The same at every login.
    Persistent,
    /// As agreed.
    Unspecified,
}

impl NameIdRecipe {
    /// The format of the names it makes.
    pub fn format(&self, wished: Option<NameIdKind>) -> NameIdFormat {
        match (wished, self) {
            (_, Self::Transient) => NameIdFormat::Transient,
            (_, Self::KombitSubject) => NameIdFormat::X509SubjectName,
            (Some(NameIdKind::Persistent), _) => NameIdFormat::Persistent,
            (Some(NameIdKind::Unspecified), _) | (None, Self::UserName) => NameIdFormat::Unspecified,
            (None, Self::Email) => NameIdFormat::Email,
            (None, Self::PairwiseProfessionalUuid | Self::PairwiseGroup(_) | Self::SubjectNameId) => {
                NameIdFormat::Persistent
            }
        }
    }

    pub(super) fn check(&self, format: Option<NameIdKind>, prefix: Option<&str>) -> Result<(), String> {
        if format.is_some() && matches!(self, Self::Transient | Self::KombitSubject) {
            return Err(
                "name_id_format can't be chosen for transient and kombit-subject: they have one".to_owned()
            );
        }
        let pairwise = matches!(self, Self::PairwiseProfessionalUuid | Self::PairwiseGroup(_));
        if prefix.is_some() && !pairwise {
            return Err("name_id_prefix belongs to pairwise names only".to_owned());
        }
        let good = |text: &str, max: usize| {
            text.chars().count() <= max && is_writable(text) && !text.contains(char::is_whitespace)
        };
        if prefix.is_some_and(|prefix| !good(prefix, PREFIX_CHARS_MAX)) {
            return Err(format!("name_id_prefix has at most {PREFIX_CHARS_MAX} characters and no spaces"));
        }
        match self {
            Self::PairwiseGroup(circle) if circle.is_empty() || !good(circle, CIRCLE_CHARS_MAX) => Err(
                format!("the name of a pairwise-group has 1 to {CIRCLE_CHARS_MAX} characters and no spaces"),
            ),
            _ => Ok(()),
        }
    }
}

/// The name that is made from what is on record, where no random one is assigned; none if it can't be made.
pub fn written(recipe: &NameIdRecipe, identity: &Identity) -> Option<String> {
    let name = match recipe {
        NameIdRecipe::SubjectNameId => Some(identity.subject_name_id()),
        NameIdRecipe::KombitSubject => Some(kombit_subject(identity)),
        NameIdRecipe::Email => identity.email.clone(),
        NameIdRecipe::UserName => Some(identity.user_name.to_string()),
        NameIdRecipe::PairwiseProfessionalUuid | NameIdRecipe::PairwiseGroup(_) | NameIdRecipe::Transient => {
            None
        }
    }?;
    let fits = !name.is_empty() && name.chars().count() <= VALUE_CHARS_MAX && is_writable(&name);
    fits.then_some(name)
}

/// A pairwise name as a policy wants it, from the one that is kept.
pub fn prefixed(kept: &str, prefix: Option<&str>) -> String {
    let uuid = kept.strip_prefix(PAIRWISE_PREFIX);
    prefix.zip(uuid).map_or_else(|| kept.to_owned(), |(prefix, uuid)| format!("{prefix}{uuid}"))
}

impl super::Policy {
    /// What somebody is called by it, where that follows from what is on record alone.
    pub fn name_of(&self, identity: &Identity) -> Option<String> {
        written(&self.name_id, identity)
    }

    /// A name of this policy's format.
    pub(crate) fn named(&self, value: String) -> NameId {
        NameId { format: self.name_id.format(self.name_id_format), value }
    }
}

fn kombit_subject(identity: &Identity) -> String {
    let name = escaped(&identity.full_name());
    format!("C=DK,O={},CN={name},Serial={}", identity.cvr.as_str(), identity.id)
}

/// A value in a distinguished name, so that no name can bring a part of its own (RFC 4514 2.4).
fn escaped(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    let last = value.chars().count().saturating_sub(1);
    for (at, c) in value.chars().enumerate() {
        let special = matches!(c, '"' | '+' | ',' | ';' | '<' | '>' | '\\' | '=')
            || (c == '#' && at == 0)
            || (c == ' ' && (at == 0 || at == last));
        if special {
            out.push('\\');
            out.push(c);
        } else if c.is_control() {
            let mut bytes = [0; 4];
            for byte in c.encode_utf8(&mut bytes).bytes() {
                out.push_str(&format!("\\{byte:02X}"));
            }
        } else {
            out.push(c);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{PAIRWISE_PREFIX, escaped, prefixed};

    #[test]
    fn no_name_brings_a_part_of_its_own_into_a_distinguished_name() {
        let check = |name: &str, expected: &str| assert_eq!(escaped(name), expected, "{name:?}");
        check("Anna Østergård & Søn", "Anna Østergård & Søn");
        check("Anna,O=87654321", "Anna\\,O\\=87654321");
        check("a+b;c\"d\\<e>", "a\\+b\\;c\\\"d\\\\\\<e\\>");
        check(" #a ", "\\ #a\\ ");
        check("#a", "\\#a");
        check("a\n\0\u{85}", "a\\0A\\00\\C2\\85");
        check("", "");
    }

    #[test]
    fn a_prefix_is_put_before_the_uuid_that_is_kept() {
        let kept = format!("{PAIRWISE_PREFIX}3f0d6e6e-0b0e-4a54-9c52-0f4f5d5b9a11");
        assert_eq!(prefixed(&kept, None), kept);
        assert_eq!(prefixed(&kept, Some("urn:uuid:")), "urn:uuid:3f0d6e6e-0b0e-4a54-9c52-0f4f5d5b9a11");
        assert_eq!(prefixed(&kept, Some("")), "3f0d6e6e-0b0e-4a54-9c52-0f4f5d5b9a11");
    }
}
