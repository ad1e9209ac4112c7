//! FIDO credentials: security keys and passkeys, bound and verified (W3C Web Authentication, 7.1 and 7.2).
//!
//! A [`Fido`] asks and judges. What it asked is kept in the session store, with how sure the answer has to be, and
//! is taken out of it when an answer comes: a question is answered once. The messages are verified by
//! `webauthn-rs-core`; what that leaves to its callers is done in [`response`], [`login`] and [`enrolment`].

mod enrolment;
mod login;
mod metadata;
mod models;
mod response;

use std::sync::Arc;

use portner_domain::authenticator::Kind;
use portner_domain::identity::Identity;
use portner_domain::{AuthenticatorId, IdentityId, Level, Millis};
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use webauthn_rs_core::WebauthnCore;

pub use self::enrolment::{Declined, NewKey};
pub use self::login::Asked;
pub use self::metadata::{Metadata, MetadataProblem};
pub use self::models::{Acceptance, MetadataFile, Models, Policy, watch};
pub use self::response::{KeyFault, KeyResponse, RESPONSE_BYTES_MAX};

use crate::store::fido as store;
use crate::{Authenticators, Error};

/// How long a question waits for its answer.
pub const CEREMONY_LIFE: Millis = Millis::minutes(5);
/// Keys that somebody may have.
pub const KEYS_MAX: usize = 10;

/// Who we are to browsers and keys. From the configured public URL and nothing else.
#[derive(Clone, Debug)]
pub struct RelyingParty {
    /// `https://login.example.dk`: the only origin whose answers count, port included.
    pub origin: String,
    /// What a browser calls us when it asks for a key.
    pub name: String,
}

/// An origin that can't be one.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{0:?} is no origin that keys can be bound to")]
pub struct BadOrigin(String);

/// What binds and verifies FIDO credentials. Cheap to clone.
#[derive(Clone)]
pub struct Fido {
    authenticators: Authenticators,
    core: Arc<WebauthnCore>,
    site: Site,
    models: Models,
}

/// What a browser makes of where we are.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Site {
    /// It can bind keys to us.
    Named,
    /// It can't: we are at an address without a name (WebAuthn 5.1.2, effective domain), as in a trial.
    Nameless,
}

/// What somebody wants a key for, which is settled before it is made.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Wish {
    /// To be touched after the password.
    SecurityKey,
    /// Instead of the password: it asks its owner for a PIN or a finger, and knows whose it is.
    Passkey,
}

impl Wish {
    /// The word for it in forms.
    pub const fn word(self) -> &'static str {
        match self {
            Self::SecurityKey => "security-key",
            Self::Passkey => "passkey",
        }
    }
}

/// A key of somebody's.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Key {
    /// Its identifier here.
    pub id: AuthenticatorId,
    /// What it is.
    pub kind: Kind,
    /// The level it was registered at.
    pub registered: Option<Level>,
    /// Its model, as it says.
    pub aaguid: Uuid,
    pub(crate) credential_id: String,
    pub(crate) transports: Vec<String>,
}

/// What is kept of a binding, as it was presented.
#[derive(Clone, Debug)]
pub struct Evidence {
    pub(crate) aaguid: Uuid,
    pub(crate) vouched: Vouched,
    /// In base64.
    pub(crate) attestation_object: String,
    /// In base64.
    pub(crate) client_data: String,
    pub(crate) transports: Vec<String>,
    pub(crate) user_verified: bool,
    pub(crate) backup_eligible: bool,
    pub(crate) backed_up: bool,
}

/// Who says that a credential is of the model it claims.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Vouched {
    /// Its maker, whose certificate is in the metadata.
    ByMaker,
    /// Somebody we do not know.
    BySomebody,
    /// Nobody but itself.
    ByNobody,
}

impl Vouched {
    /// The word for it in rows and events.
    pub const fn word(self) -> &'static str {
        match self {
            Self::ByMaker => "maker",
            Self::BySomebody => "unknown-maker",
            Self::ByNobody => "nobody",
        }
    }
}

impl Fido {
    /// Put together from what it needs.
    pub fn new(
        authenticators: Authenticators,
        relying_party: &RelyingParty,
        models: Models,
    ) -> Result<Self, BadOrigin> {
        let bad = || BadOrigin(relying_party.origin.clone());
        let origin = url::Url::parse(&relying_party.origin).map_err(|_| bad())?;
        let site = match origin.host().ok_or_else(bad)? {
            url::Host::Domain(_) => Site::Named,
            url::Host::Ipv4(_) | url::Host::Ipv6(_) => Site::Nameless,
        };
        let id = origin.host_str().ok_or_else(bad)?.to_owned();
        // No other origin of the domain, and no other port.
        let core = WebauthnCore::new_unsafe_experts_only(
            &relying_party.name,
            &id,
            vec![origin],
            CEREMONY_LIFE.as_duration(),
            Some(false),
            Some(false),
        );
        Ok(Self { authenticators, core: Arc::new(core), site, models })
    }

    /// The models that are accepted.
    pub const fn models(&self) -> &Models {
        &self.models
    }

    /// Can browsers bind keys to where we are?
    pub fn works_here(&self) -> bool {
        self.site == Site::Named
    }

    /// Somebody's keys, oldest first.
    pub async fn keys_of(&self, identity: IdentityId) -> Result<Vec<Key>, Error> {
        store::of(self.authenticators.log.database(), identity).await
    }

    /// Take out the question that was kept under this key: of any number of answers, one gets it.
    async fn take<T: serde::de::DeserializeOwned>(&self, key: &str) -> Result<Option<T>, Error> {
        let now = self.authenticators.log.now();
        let Some(text) = self.authenticators.volatile.take(key, now).await? else { return Ok(None) };
        serde_json::from_str(&text).map(Some).map_err(|error| Error::Corrupt(error.to_string()))
    }

    async fn keep(&self, key: &str, question: &impl Serialize) -> Result<(), Error> {
        let now = self.authenticators.log.now();
        let text = json(question)?;
        Ok(self.authenticators.volatile.put(key, &text, now.plus(CEREMONY_LIFE), now).await?)
    }
}

/// What a key is told about its owner: nothing but a number of ours (WebAuthn 14.6.1).
fn user_handle(identity: IdentityId) -> [u8; 16] {
    *identity.0.as_bytes()
}

fn json(value: &impl Serialize) -> Result<String, Error> {
    serde_json::to_string(value).map_err(|error| Error::Corrupt(error.to_string()))
}

fn broken(error: &webauthn_rs_core::error::WebauthnError) -> Error {
    Error::Corrupt(format!("a question to a key can't be made: {error}"))
}

/// What a browser calls somebody beside their keys.
fn names_of(identity: &Identity) -> (String, String) {
    let name = identity.user_name.as_str().to_owned();
    let full = identity.full_name();
    let full = if full.trim().is_empty() { name.clone() } else { full };
    (name, full)
}
