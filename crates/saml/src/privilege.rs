//! Rights on the wire: the OIO Basic Privilege Profile, written and read.
//!
//! The value of the attribute `privilegesIntermediate` is the base64 of a small document: groups of privileges,
//! each with the organisation in which they hold. It is put together from typed parts, so that no text of a
//! right can become markup, and no scope holds anything but digits.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use portner_domain::right::{Constraint, Right, Scope, Uri};
use roxmltree::Node;
use serde::{Deserialize, Serialize};

use crate::xml::{self, Kind, Unprefixed as _, XmlFault, writer::Writer};

/// Largest document, in bytes before base64. What is longer does not fit into what service providers accept of
/// a form, and nobody holds that many rights in one system.
pub const PRIVILEGE_LIST_BYTES_MAX: usize = 64 * 1024;

/// The version of the profile, which is told apart by its namespace only.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum PrivilegeNamespace {
    /// Version 1.2.
    #[default]
    Digst,
    /// Versions 1.0.1 and 1.1, which many systems still read and nothing else.
    Itst,
}

impl PrivilegeNamespace {
    /// As it is written.
    pub const fn uri(self) -> &'static str {
        match self {
            Self::Digst => "http://digst.dk/oiosaml/basic_privilege_profile",
            Self::Itst => "http://itst.dk/oiosaml/basic_privilege_profile",
        }
    }
}

/// What somebody may do in one place, within the same data.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PrivilegeGroup {
    /// Where.
    pub scope: Scope,
    /// What; never empty.
    pub privileges: Vec<Uri>,
    /// Within which data.
    pub constraints: Vec<Constraint>,
}

/// All that somebody may do.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct PrivilegeList {
    groups: Vec<PrivilegeGroup>,
}

/// A list longer than [`PRIVILEGE_LIST_BYTES_MAX`]. It is not sent: a part of somebody's rights is not what they are.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("the privileges are more than {PRIVILEGE_LIST_BYTES_MAX} bytes of XML")]
pub struct TooManyPrivileges;

/// A value that is not a list of privileges.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("it is not a PrivilegeList of the OIO Basic Privilege Profile")]
pub struct NotPrivileges;

impl PrivilegeList {
    /// These rights, those of one scope and the same constraints together, in the order of their scopes.
    pub fn of<'r>(rights: impl IntoIterator<Item = &'r Right>) -> Self {
        let mut sorted: Vec<&Right> = rights.into_iter().collect();
        sorted.sort_by_key(|right| (&right.scope, &right.constraints, &right.privilege));
        sorted.dedup();
        let alike = |a: &&Right, b: &&Right| a.scope == b.scope && a.constraints == b.constraints;
        let groups = sorted.chunk_by(alike).filter_map(|rights| {
            let first = rights.first()?;
            Some(PrivilegeGroup {
                scope: first.scope.clone(),
                privileges: rights.iter().map(|right| right.privilege.clone()).collect(),
                constraints: first.constraints.iter().cloned().collect(),
            })
        });
        Self { groups: groups.collect() }
    }

    /// Its groups.
    pub fn groups(&self) -> &[PrivilegeGroup] {
        &self.groups
    }

    /// The attribute's value; none without privileges, since the schema knows no empty list.
    pub fn value(&self, namespace: PrivilegeNamespace) -> Result<Option<String>, TooManyPrivileges> {
        Ok(self.document(namespace)?.map(|xml| STANDARD.encode(xml)))
    }

    /// The document in it.
    pub fn document(&self, namespace: PrivilegeNamespace) -> Result<Option<String>, TooManyPrivileges> {
        if self.groups.is_empty() {
            return Ok(None);
        }
        let mut w = Writer::with_capacity(1_024);
        w.open("bpp:PrivilegeList").attribute("xmlns:bpp", namespace.uri());
        // The children belong to no namespace: the schema's elementFormDefault is unqualified.
        for group in &self.groups {
            w.open("PrivilegeGroup").attribute("Scope", &urn(&group.scope));
            for privilege in &group.privileges {
                w.open("Privilege").text(privilege.as_str()).close();
            }
            for constraint in &group.constraints {
                w.open("Constraint").attribute("Name", constraint.name().as_str());
                w.text(constraint.value()).close();
            }
            w.close();
        }
        // What XML can't carry is in no right; too long is the one thing that can be wrong.
        let xml = w.finish().map_err(|_| TooManyPrivileges)?;
        if xml.len() <= PRIVILEGE_LIST_BYTES_MAX { Ok(Some(xml)) } else { Err(TooManyPrivileges) }
    }

    /// Read an attribute's value, in either namespace: base64, or the document itself as some senders have it.
    pub fn read(value: &str) -> Result<Self, NotPrivileges> {
        let value = value.trim();
        let decoded =
            if value.starts_with('<') { Some(value.as_bytes().to_vec()) } else { xml::base64(value) };
        let text = decoded.and_then(|bytes| String::from_utf8(bytes).ok()).ok_or(NotPrivileges)?;
        if text.len() > PRIVILEGE_LIST_BYTES_MAX {
            return Err(NotPrivileges);
        }
        let document = xml::parse(&text, Kind::Message)?;
        let root = document.root_element();
        let known = [PrivilegeNamespace::Digst, PrivilegeNamespace::Itst];
        if !known.iter().any(|namespace| xml::is(root, namespace.uri(), "PrivilegeList")) {
            return Err(NotPrivileges);
        }
        let groups =
            root.children().filter(Node::is_element).map(read_group).collect::<Result<Vec<_>, _>>()?;
        if groups.is_empty() { Err(NotPrivileges) } else { Ok(Self { groups }) }
    }
}

impl From<XmlFault> for NotPrivileges {
    fn from(_: XmlFault) -> Self {
        Self
    }
}

const CVR: &str = "urn:dk:gov:saml:cvrNumberIdentifier:";
const PRODUCTION_UNIT: &str = "urn:dk:gov:saml:productionUnitIdentifier:";
const SE_NUMBER: &str = "urn:dk:gov:saml:seNumberIdentifier:";

fn urn(scope: &Scope) -> String {
    let kind = match scope {
        Scope::Cvr(_) => CVR,
        Scope::ProductionUnit(_) => PRODUCTION_UNIT,
        Scope::SeNumber(_) => SE_NUMBER,
    };
    format!("{kind}{}", scope.digits())
}

/// Examples in use write `CvrNumberIdentifier` too, so capital letters mean nothing.
fn scope_of(urn: &str) -> Option<Scope> {
    let digits = |kind: &str| {
        let (begin, digits) = urn.split_at_checked(kind.len())?;
        begin.eq_ignore_ascii_case(kind).then_some(digits)
    };
    if let Some(digits) = digits(CVR) {
        return digits.parse().ok().map(Scope::Cvr);
    }
    if let Some(digits) = digits(PRODUCTION_UNIT) {
        return digits.parse().ok().map(Scope::ProductionUnit);
    }
    digits(SE_NUMBER)?.parse().ok().map(Scope::SeNumber)
}

fn read_group(node: Node<'_, '_>) -> Result<PrivilegeGroup, NotPrivileges> {
    let plain = |node: Node<'_, '_>, name: &str| {
        node.is_element() && node.tag_name().namespace().is_none() && node.tag_name().name() == name
    };
    let scope = node.unprefixed("Scope").and_then(|urn| scope_of(urn.trim()));
    let scope = scope.filter(|_| plain(node, "PrivilegeGroup")).ok_or(NotPrivileges)?;
    let (mut privileges, mut constraints) = (Vec::new(), Vec::new());
    for child in node.children().filter(Node::is_element) {
        let text = xml::text(child)?;
        if plain(child, "Privilege") {
            privileges.push(text.trim().parse().map_err(|_| NotPrivileges)?);
        } else if plain(child, "Constraint") {
            let name = child.unprefixed("Name").and_then(|name| name.trim().parse().ok());
            let read = Constraint::new(name.ok_or(NotPrivileges)?, text);
            constraints.push(read.map_err(|_| NotPrivileges)?);
        } else {
            return Err(NotPrivileges);
        }
    }
    if privileges.is_empty() {
        Err(NotPrivileges)
    } else {
        Ok(PrivilegeGroup { scope, privileges, constraints })
    }
}
