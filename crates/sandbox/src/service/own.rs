//! What the service provider is: its key, its addresses, and what it says about itself.

use std::sync::Arc;

use portner_domain::{Entropy, Moment};
use portner_saml::generate::{NewKey, rsa_3072};
use portner_saml::metadata::service_provider_metadata;
use portner_saml::{
    Binding, DecryptionKey, FileKey, LocalName, LogoutEndpoint, NameIdFormat, RequestedAttribute, Signer,
    SpDescription,
};

use crate::problem::Problem;

/// Its name among machines.
pub const ENTITY_ID: &str = "http://sandbox.localhost";
const NAME: &str = "Prøvetjenesten";

const REQUESTED: [(&str, &str); 3] = [
    ("https://data.gov.dk/model/core/eid/fullName", "FullName"),
    ("https://data.gov.dk/model/core/eid/email", "Email"),
    ("https://data.gov.dk/model/core/eid/professional/uuid/persistent", "ProfessionalPersistentUUID"),
];

/// The service provider itself.
#[derive(Clone)]
pub struct Own(Arc<Inner>);

struct Inner {
    signer: FileKey,
    decryption: DecryptionKey,
    acs: String,
    slo: String,
    metadata: String,
}

impl Own {
    /// A key for a new one.
    pub fn new_key(now: Moment, entropy: &dyn Entropy) -> Result<NewKey, Problem> {
        rsa_3072(NAME, now, entropy).map_err(|error| Problem::new(error.to_string()))
    }

    /// The one with this key at this address, which ends with a slash.
    pub fn from_pem(key: &[u8], certificate: &[u8], address: &str) -> Result<Self, Problem> {
        let bad =
            |error: &dyn std::fmt::Display| Problem::new(format!("the service provider's key: {error}"));
        let signer = FileKey::from_pem(key, certificate).map_err(|error| bad(&error))?;
        let decryption = DecryptionKey::from_pem(key).map_err(|error| bad(&error))?;
        let (acs, slo) = (format!("{address}acs"), format!("{address}slo"));
        let description = description(&signer, &acs, &slo);
        let metadata = service_provider_metadata(&description).map_err(|error| bad(&error))?;
        Ok(Self(Arc::new(Inner { signer, decryption, acs, slo, metadata })))
    }

    /// What signs requests.
    pub fn signer(&self) -> &dyn Signer {
        &self.0.signer
    }

    /// What opens assertions.
    pub fn decryption(&self) -> &DecryptionKey {
        &self.0.decryption
    }

    /// Where responses are to be posted.
    pub fn acs(&self) -> &str {
        &self.0.acs
    }

    /// Where logout messages are to be brought, by either binding.
    pub fn slo(&self) -> &str {
        &self.0.slo
    }

    /// What it says about itself.
    pub fn metadata(&self) -> &str {
        &self.0.metadata
    }
}

fn description(signer: &FileKey, acs: &str, slo: &str) -> SpDescription {
    let logout = [Binding::Redirect, Binding::Post].map(|binding| LogoutEndpoint {
        binding,
        location: slo.to_owned(),
        response_location: None,
    });
    let requested = REQUESTED.map(|(name, friendly_name)| RequestedAttribute {
        name: name.to_owned(),
        friendly_name: Some(friendly_name.to_owned()),
        required: false,
    });
    SpDescription {
        entity_id: ENTITY_ID.to_owned(),
        signing: vec![signer.certificate().clone()],
        encryption: vec![signer.certificate().clone()],
        assertion_consumers: vec![acs.to_owned()],
        logout: logout.to_vec(),
        name_id_formats: vec![NameIdFormat::Persistent],
        display_name: LocalName { da: Some(NAME.to_owned()), en: Some("Sandbox service".to_owned()) },
        requested_attributes: requested.to_vec(),
    }
}

/// What it may know and where people start, for `portner sp add --policy`.
pub fn policy(address: &str) -> String {
    format!("profile = \"oiosaml3-professional\"\nhome_url = {address:?}\n")
}
