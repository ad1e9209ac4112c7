//! Metadata: what a service provider or identity provider says about itself, and what we say about us.
//!
//! Reading tolerates any order of elements, since real metadata has every order. It never tolerates a
//! loss of security: whatever the document leaves out, requests stay signed and assertions encrypted.
//! A signature on the metadata of others is looked at when somebody says whose it has to be; otherwise whoever
//! brought the document vouches for it.

pub mod change;
mod read;
mod write;

use crate::encryption::EncryptionKey;
use crate::key::{Certificate, KeyError};
use crate::names;
use crate::refusal::Refusal;
use crate::xml::XmlFault;
use portner_domain::{Millis, Moment};
use serde::{Deserialize, Serialize};

pub use write::{
    identity_provider, service_provider_metadata, signed_identity_provider, signed_service_provider_metadata,
};

/// A service provider, as its metadata describes it. Its keys are parsed once, here.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ServiceProvider {
    /// Its name among machines.
    pub entity_id: String,
    /// Its name among people.
    pub display_name: LocalName,
    /// What its requests are verified with; never empty.
    pub signing_keys: Vec<Certificate>,
    /// What its assertions are encrypted with; never empty.
    pub encryption_keys: Vec<EncryptionKey>,
    /// Where responses may be posted to; never empty.
    pub assertion_consumers: Vec<AssertionConsumer>,
    /// Where logout messages go, in its order of preference.
    pub logout: Vec<LogoutEndpoint>,
    /// The kinds of name identifier it asks for, in its order of preference.
    pub name_id_formats: Vec<NameIdFormat>,
    /// The attributes it asks for.
    pub requested_attributes: Vec<RequestedAttribute>,
    /// Does it say that it signs requests? For display: we demand it anyway.
    pub authn_requests_signed: bool,
    /// Does it want assertions signed? For display: they always are.
    pub want_assertions_signed: bool,
    /// Until when the metadata may be used, if it says so.
    pub valid_until: Option<Moment>,
    /// How long it may be kept before it is fetched again, if it says so.
    pub cache_duration: Option<Millis>,
}

impl ServiceProvider {
    /// From an `EntityDescriptor` with one `SPSSODescriptor`.
    pub fn parse(xml: &[u8]) -> Result<Self, MetadataError> {
        read::service_provider(xml)
    }

    /// The same, if the whole document is signed by one of these keys. `KeyInfo` is not read.
    pub fn parse_signed_by(xml: &[u8], keys: &[Certificate]) -> Result<Self, MetadataError> {
        read::signed_service_provider(xml, keys)
    }

    /// Where a response goes when the request does not say (SAML metadata 2.2.3): the first that is marked
    /// default, else the first that is not marked otherwise, else the first.
    pub fn default_assertion_consumer(&self) -> Option<&AssertionConsumer> {
        let all = &self.assertion_consumers;
        let marked = |mark| all.iter().find(move |one| one.is_default == mark);
        marked(Some(true)).or_else(|| marked(None)).or_else(|| all.first())
    }
}

/// An identity provider, as its metadata describes it: what a service provider needs to know.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct IdentityProvider {
    /// Its name among machines.
    pub entity_id: String,
    /// Where requests go by HTTP-Redirect.
    pub sso_redirect: String,
    /// What its messages are verified with, in its order; never empty.
    pub signing_keys: Vec<Certificate>,
    /// Where logout messages go.
    pub logout: Vec<LogoutEndpoint>,
    /// Does it want requests signed?
    pub want_authn_requests_signed: bool,
}

impl IdentityProvider {
    /// From an `EntityDescriptor` with one `IDPSSODescriptor`.
    pub fn parse(xml: &[u8]) -> Result<Self, MetadataError> {
        read::identity_provider(xml)
    }
}

/// A name in the two languages we speak.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct LocalName {
    /// In Danish, or in a language we do not know when there is nothing better.
    pub da: Option<String>,
    /// In English.
    pub en: Option<String>,
}

/// Where a service provider takes responses by HTTP-POST.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct AssertionConsumer {
    /// The address, exactly as written.
    pub location: String,
    /// Its number, for requests that name a number.
    pub index: Option<u16>,
    /// Is it the default? Says yes, says no, or says nothing.
    pub is_default: Option<bool>,
}

/// Where logout messages go.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct LogoutEndpoint {
    /// How.
    pub binding: Binding,
    /// Where requests go.
    pub location: String,
    /// Where responses go, if elsewhere.
    pub response_location: Option<String>,
}

impl LogoutEndpoint {
    /// Where the answer to a request from there goes (SAML metadata 2.2.2).
    pub fn for_responses(&self) -> &str {
        self.response_location.as_deref().unwrap_or(&self.location)
    }
}

/// How a message travels through the browser.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
pub enum Binding {
    /// In the query of an address.
    Redirect,
    /// In a form.
    Post,
}

impl Binding {
    /// As SAML writes it.
    pub const fn uri(self) -> &'static str {
        match self {
            Self::Redirect => names::BINDING_REDIRECT,
            Self::Post => names::BINDING_POST,
        }
    }

    pub(crate) fn from_uri(uri: &str) -> Option<Self> {
        [Self::Redirect, Self::Post].into_iter().find(|binding| binding.uri() == uri)
    }
}

/// What kind of name a person is given.
#[derive(Clone, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
pub enum NameIdFormat {
    /// The same at every login, another at every service provider.
    Persistent,
    /// Another at every login.
    Transient,
    /// As agreed.
    Unspecified,
    /// A mail address.
    Email,
    /// A distinguished name, as KOMBIT uses it.
    X509SubjectName,
    /// Something else.
    Other(String),
}

impl NameIdFormat {
    /// As SAML writes it.
    pub fn uri(&self) -> &str {
        match self {
            Self::Persistent => "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent",
            Self::Transient => "urn:oasis:names:tc:SAML:2.0:nameid-format:transient",
            Self::Unspecified => "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified",
            Self::Email => "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress",
            Self::X509SubjectName => "urn:oasis:names:tc:SAML:1.1:nameid-format:X509SubjectName",
            Self::Other(uri) => uri,
        }
    }

    /// From what SAML writes.
    pub fn from_uri(uri: &str) -> Self {
        [Self::Persistent, Self::Transient, Self::Unspecified, Self::Email, Self::X509SubjectName]
            .into_iter()
            .find(|format| format.uri() == uri)
            .unwrap_or_else(|| Self::Other(uri.to_owned()))
    }
}

/// An attribute a service provider asks for.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct RequestedAttribute {
    /// Its name, a URI in OIOSAML.
    pub name: String,
    /// What people call it.
    pub friendly_name: Option<String>,
    /// Can the service provider not do without?
    pub required: bool,
}

/// Why metadata cannot be used, and what to do about it, for the administrator who brought it.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum MetadataError {
    /// Not XML we read.
    #[error("The file cannot be read: {0}. Fetch the metadata again, as the service publishes it.")]
    Unreadable(#[from] XmlFault),
    /// Many entities.
    #[error(
        "The file describes several parties (EntitiesDescriptor). Cut out the one EntityDescriptor to add."
    )]
    SeveralEntities,
    /// Not metadata.
    #[error("The file is not SAML metadata: its first element must be md:EntityDescriptor.")]
    NotMetadata,
    /// No entity id, or not a good one.
    #[error(
        "The entityID is missing, or longer than {ENTITY_ID_CHARS_MAX} characters. Ask the service for correct metadata."
    )]
    BadEntityId,
    /// Not the role asked for.
    #[error("The file must have exactly one {0} for SAML 2.0. Check that it is the right party's metadata.")]
    WrongRole(&'static str),
    /// No key to verify with.
    #[error(
        "The file has no certificate to verify signatures with. Ask for a KeyDescriptor with use=\"signing\": unsigned messages are never accepted."
    )]
    NoSigningKey,
    /// No key to encrypt to.
    #[error(
        "The file has no RSA certificate to encrypt to. Ask for a KeyDescriptor with use=\"encryption\": assertions are never sent unencrypted."
    )]
    NoEncryptionKey,
    /// A bad certificate.
    #[error("A certificate cannot be used: {0}. Ask the service for a new one.")]
    BadKey(#[from] KeyError),
    /// A chain where one certificate belongs.
    #[error("A KeyDescriptor has several certificates. Leave only the one of the service itself in each.")]
    SeveralCertificates,
    /// Nowhere to post to.
    #[error("The file has no AssertionConsumerService with HTTP-POST, the only way responses are sent.")]
    NoAssertionConsumer,
    /// Nowhere to send requests to.
    #[error("The file has no SingleSignOnService with HTTP-Redirect, the way requests are sent.")]
    NoSingleSignOn,
    /// Not a safe address.
    #[error(
        "The address \"{0}\" is not safe to send people to. It must begin with https:// (http:// only on localhost)."
    )]
    UnsafeLocation(String),
    /// Not signed by whom it had to be.
    #[error(
        "The metadata is not signed by a certificate on record for this service ({}). Ask the service which certificate signs its metadata.",
        .0.code()
    )]
    NotSignedByThem(Refusal),
    /// An attribute of an element that cannot be understood.
    #[error("The value of {0} cannot be understood. Ask the service for correct metadata.")]
    BadValue(&'static str),
}

/// SAML core 8.3.6 and metadata 2.3.2 allow no more.
const ENTITY_ID_CHARS_MAX: usize = 1024;

/// What our identity provider metadata says.
#[derive(Clone, Debug)]
pub struct IdpDescription {
    /// Our name among machines.
    pub entity_id: String,
    /// The certificates of our signing keys, the active one first: some readers look no further.
    pub signing: Vec<Certificate>,
    /// Where requests come by HTTP-Redirect.
    pub sso_redirect: String,
    /// Where requests come by HTTP-POST, if they may.
    pub sso_post: Option<String>,
    /// Where logout messages come, in our order of preference.
    pub logout: Vec<LogoutEndpoint>,
    /// The kinds of name identifier we can issue.
    pub name_id_formats: Vec<NameIdFormat>,
    /// The names of the attributes we can issue, with what people call them.
    pub attributes: Vec<(String, Option<String>)>,
    /// What we are called.
    pub display_name: LocalName,
    /// What we look like.
    pub logo: Option<Logo>,
    /// Who runs us; left out when nobody says.
    pub organization: Option<Organization>,
    /// Whom to turn to.
    pub contacts: Vec<Contact>,
    /// A page for people whom a service provider could not help.
    pub error_url: Option<String>,
    /// Until when the document may be used; absent in the variant that is uploaded by hand.
    pub valid_until: Option<Moment>,
    /// How long it may be kept before it is fetched again.
    pub cache_duration: Option<Millis>,
}

/// A picture to find us by in a list of identity providers.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Logo {
    /// Where it is.
    pub url: String,
    /// How wide, in pixels.
    pub width: u32,
    /// How high, in pixels.
    pub height: u32,
}

/// Who runs an entity.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Organization {
    /// Its registered name.
    pub name: String,
    /// The name people know.
    pub display_name: String,
    /// Its home page.
    pub url: String,
}

/// Whom to turn to.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Contact {
    /// With what.
    pub kind: ContactKind,
    /// At which company.
    pub company: Option<String>,
    /// By mail.
    pub email: String,
    /// By telephone.
    pub telephone: Option<String>,
}

/// What a contact is for.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub enum ContactKind {
    /// For administrators.
    Technical,
    /// For users.
    Support,
}

/// What a service provider's metadata says: ours when we ask NemLog-in, and a simulated one's.
#[derive(Clone, Debug)]
pub struct SpDescription {
    /// Its name among machines.
    pub entity_id: String,
    /// The certificates of its signing keys, the active one first.
    pub signing: Vec<Certificate>,
    /// The certificates it decrypts with.
    pub encryption: Vec<Certificate>,
    /// Where it takes responses by HTTP-POST; the first is the default.
    pub assertion_consumers: Vec<String>,
    /// Where logout messages go.
    pub logout: Vec<LogoutEndpoint>,
    /// The kinds of name identifier it wants.
    pub name_id_formats: Vec<NameIdFormat>,
    /// What people call it.
    pub display_name: LocalName,
    /// The attributes it wants.
    pub requested_attributes: Vec<RequestedAttribute>,
}
