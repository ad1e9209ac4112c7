//! Roles that may be assigned, and who holds which, where.

use portner_domain::right;
use serde::{Deserialize, Serialize};

use super::word::words;
use super::{Items, RoleUuid, lenient};

/// `GET …/categorizedRoles`.
#[derive(Clone, Debug, Deserialize)]
pub struct Catalogue {
    /// An answer without the list is none.
    pub roles: Items<CatalogueRole>,
}

/// A role that the organisation may assign.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CatalogueRole {
    /// Which.
    pub uuid: RoleUuid,
    /// What it is called.
    #[serde(default, deserialize_with = "lenient")]
    pub name: Option<String>,
    /// What it is for.
    #[serde(default, deserialize_with = "lenient")]
    pub description: Option<String>,
    /// Whether everybody has it.
    #[serde(default, deserialize_with = "lenient")]
    pub is_basic_package: Option<bool>,
}

/// One of `GET …/identity/{uuid}/roles`. The same role in two scopes is two of them.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HeldRole {
    /// Which role.
    pub uuid: RoleUuid,
    /// Where.
    pub scope: Scope,
    /// What it is called.
    #[serde(default, deserialize_with = "lenient")]
    pub name: Option<String>,
    /// From when, in a form that is not known.
    #[serde(default, deserialize_with = "lenient")]
    pub from: Option<String>,
    /// Until when.
    #[serde(default, deserialize_with = "lenient")]
    pub to: Option<String>,
}

/// `POST` and `DELETE …/identity/{uuid}/roles`.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RoleChange {
    /// Where; to take away, exactly as it was read.
    pub scope: Scope,
    /// Which.
    pub role_uuids: Vec<RoleUuid>,
}

words! {
    /// What a role is limited to.
    ScopeKind {
        /// Not at all: the whole organisation.
        Cvr = "Cvr",
        /// A place of work.
        ProductionUnit = "PU",
        /// An entity with a tax number of its own.
        SeNumber = "SE",
    }
}

/// Where a role holds. Two are one only if they are so to the letter: that is how the other side compares.
#[derive(Clone, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
pub struct Scope {
    /// Of what kind, as it came.
    #[serde(rename = "type")]
    kind: String,
    /// Its number, as it came.
    value: String,
}

impl Scope {
    /// Of what kind it is.
    pub fn kind(&self) -> ScopeKind {
        ScopeKind::from(self.kind.as_str())
    }

    /// Its number.
    pub fn value(&self) -> &str {
        &self.value
    }

    /// The scope that is shown with these words.
    pub(crate) fn of_words(words: &str) -> Option<Self> {
        let (kind, value) = words.split_once(' ')?;
        Some(Self { kind: kind.to_owned(), value: value.to_owned() })
    }
}

impl From<&right::Scope> for Scope {
    fn from(scope: &right::Scope) -> Self {
        let kind = match scope {
            right::Scope::Cvr(_) => ScopeKind::Cvr,
            right::Scope::ProductionUnit(_) => ScopeKind::ProductionUnit,
            right::Scope::SeNumber(_) => ScopeKind::SeNumber,
        };
        Self { kind: kind.word().to_owned(), value: scope.digits().to_owned() }
    }
}

impl std::fmt::Display for Scope {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.kind, self.value)
    }
}
