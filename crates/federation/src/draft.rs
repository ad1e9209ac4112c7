//! What an officer wrote of a service provider, until a second person has agreed to it.
//!
//! A draft is named by the hash of its text: what is agreed to is what was written, to the byte, and nothing that was put
//! in its place meanwhile.

use portner_audit_log::{Database, Event, Tx};
use portner_domain::ServiceProviderId;
use portner_domain::role::APPROVAL_LIFE;
use serde::{Deserialize, Serialize};

use crate::policy::Policy;
use crate::registry::sha256;
use crate::{Error, kept, store};

/// What waits.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(tag = "draft", rename_all = "kebab-case")]
pub enum Draft {
    /// A service provider that nobody knows yet.
    New {
        /// Its metadata.
        metadata: String,
        /// Where it is fetched from henceforth.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        url: Option<String>,
        /// What it may know.
        policy: Box<Policy>,
    },
    /// Another policy for one that is registered.
    Policy {
        /// Whose.
        service_provider: ServiceProviderId,
        /// SHA-256 of the policy that it was written over.
        was: String,
        /// The other one.
        policy: Box<Policy>,
    },
}

impl Draft {
    /// Keep it, under the name that is given back. Those that nobody can agree to any more go.
    pub(crate) async fn keep(&self, tx: &mut Tx, entity_id: &str) -> Result<String, Error> {
        let text = kept::write(self)?;
        let name = sha256(&text);
        let now = tx.now();
        let event = Event::ServiceProviderDrafted { entity_id: entity_id.to_owned(), sha256: name.clone() };
        let conn = tx.write(event);
        store::draft::forget(conn, now.minus(APPROVAL_LIFE)).await?;
        store::draft::keep(conn, &name, &text, now).await?;
        Ok(name)
    }

    /// The one of this name, if it is here and is what its name says.
    pub(crate) async fn read(db: &Database, name: &str) -> Result<Option<Self>, Error> {
        let text = store::draft::read(db, name).await?.filter(|text| sha256(text) == name);
        text.map(|text| kept::read("a draft", &text)).transpose()
    }
}
