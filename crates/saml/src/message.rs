//! What every protocol message begins with, and what always has to hold of it (SAML core 3.2).

use portner_domain::Moment;
use roxmltree::Node;

use crate::key::Certificate;
use crate::names::{NAME_ID_ENTITY, SAML};
use crate::refusal::Refusal;
use crate::request::Expected;
use crate::signature::Sealed;
use crate::xml::{self, Unprefixed as _};

/// Far above what anyone uses; it is stored until the message expires.
const ID_BYTES_MAX: usize = 256;
/// Names of entities and persons: they are written down, so nobody sends us a book (SAML core 8.3.6).
pub(crate) const NAME_BYTES_MAX: usize = 1024;

/// The beginning of a message, which until it is checked may be anybody's words.
pub(crate) struct Head {
    pub(crate) id: String,
    pub(crate) version: String,
    pub(crate) issuer: String,
    pub(crate) issue_instant: Moment,
    destination: Option<String>,
}

impl Head {
    pub(crate) fn read(root: Node<'_, '_>) -> Result<Self, Refusal> {
        let own = |name: &str| root.unprefixed(name).map(str::to_owned);
        Ok(Self {
            id: own("ID").filter(|id| is_id(id)).ok_or(Refusal::Malformed)?,
            version: own("Version").ok_or(Refusal::Malformed)?,
            issuer: issuer(root)?,
            issue_instant: instant(root, "IssueInstant")?.ok_or(Refusal::Malformed)?,
            destination: own("Destination"),
        })
    }

    /// From `sender`, signed with one of its keys, meant for us and of the present.
    pub(crate) fn check(
        &self,
        sender: &str,
        keys: &[Certificate],
        sealed: &Sealed,
        expected: &Expected<'_>,
    ) -> Result<(), Refusal> {
        if self.issuer != sender {
            return Err(Refusal::WrongIssuer);
        }
        sealed.is_by(keys)?;
        if self.destination.as_deref() != Some(expected.destination) {
            return Err(Refusal::WrongDestination);
        }
        if self.issue_instant > expected.now.plus(expected.skew) {
            return Err(Refusal::FromTheFuture);
        }
        if self.issue_instant < expected.now.minus(expected.lifetime).minus(expected.skew) {
            return Err(Refusal::Expired);
        }
        Ok(())
    }
}

/// An `xs:ID`, as far as we need to know: it is echoed into attributes and stored.
pub(crate) fn is_id(id: &str) -> bool {
    let begins_well = id.starts_with(|c: char| c.is_alphabetic() || c == '_');
    let continues_well = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
    begins_well && id.len() <= ID_BYTES_MAX && id.chars().all(continues_well)
}

/// A point in time; absent is `None`.
pub(crate) fn instant(node: Node<'_, '_>, name: &str) -> Result<Option<Moment>, Refusal> {
    let text = node.unprefixed(name);
    text.map(|text| Moment::parse_xs_date_time(text).ok_or(Refusal::Malformed)).transpose()
}

pub(crate) fn issuer(root: Node<'_, '_>) -> Result<String, Refusal> {
    let issuer = xml::child(root, SAML, "Issuer")?.ok_or(Refusal::Malformed)?;
    let name = xml::text(issuer)?.trim();
    let is_entity = issuer.unprefixed("Format").is_none_or(|format| format == NAME_ID_ENTITY);
    let fits = !name.is_empty() && name.len() <= NAME_BYTES_MAX;
    if is_entity && fits { Ok(name.to_owned()) } else { Err(Refusal::Malformed) }
}
