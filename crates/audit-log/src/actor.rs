//! Who does something: the first thing an event says.

use portner_domain::IdentityId;
use serde::{Deserialize, Serialize};

/// Who acts. What an actor may do is decided before; this is what the log remembers.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Actor {
    /// Portner itself, by the part that acted.
    System {
        /// `sync`, `sealer`, …
        component: String,
    },
    /// Somebody at the command line of the machine.
    Operator {
        /// The name of the account that ran the command.
        name: String,
    },
    /// A professional identity that logged in.
    Identity(IdentityId),
    /// Somebody not yet known.
    Anonymous {
        /// The network address the request came from.
        address: String,
    },
}

impl Actor {
    /// Portner itself.
    pub fn system(component: &str) -> Self {
        Self::System { component: component.to_owned() }
    }
}
