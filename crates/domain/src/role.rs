//! Who may administer what.

use serde::{Deserialize, Serialize};

/// A role that somebody holds besides being an employee.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Grants roles; the first administrator of an installation holds it, and nothing else.
    SecurityAdministrator,
}

impl Role {
    /// The word for it in rows.
    pub const fn word(self) -> &'static str {
        match self {
            Self::SecurityAdministrator => "security-administrator",
        }
    }
}
