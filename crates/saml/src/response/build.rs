//! Building responses: sign the assertion, encrypt it, wrap it.

use data_encoding::HEXLOWER;
use portner_domain::{Entropy, Millis, Moment};
use serde::{Deserialize, Serialize};

use crate::encryption::EncryptionTarget;
use crate::key::{SignError, Signer};
use crate::metadata::NameIdFormat;
use crate::names::{
    ATTRIBUTE_NAME_BASIC, ATTRIBUTE_NAME_UNSPECIFIED, ATTRIBUTE_NAME_URI, BEARER, SAML, SAMLP,
};
use crate::signature::{self, Unsigned};
use crate::status::Status;
use crate::xml::writer::{Unwritable, Writer};

/// Why a message was not built. Nothing of it has left.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum BuildError {
    /// A value that XML cannot carry.
    #[error(transparent)]
    Unwritable(#[from] Unwritable),
    /// No signature.
    #[error(transparent)]
    Sign(#[from] SignError),
    /// No encryption.
    #[error("the assertion could not be encrypted")]
    Encryption,
}

/// Who somebody is at one service provider.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct NameId {
    /// What kind of name it is.
    pub format: NameIdFormat,
    /// The name.
    pub value: String,
}

/// Something said about somebody.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Attribute {
    /// Its name, a URI in OIOSAML.
    pub name: String,
    /// What kind of name that is.
    #[serde(default)]
    pub name_format: AttributeNameFormat,
    /// What people call it.
    pub friendly_name: Option<String>,
    /// Its values, each an element of its own.
    pub values: Vec<String>,
}

/// What kind of name an attribute has (SAML core 8.2).
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum AttributeNameFormat {
    /// A URI, as in OIOSAML.
    #[default]
    Uri,
    /// A word.
    Basic,
    /// Whatever was agreed.
    Unspecified,
}

impl AttributeNameFormat {
    /// As SAML writes it.
    pub const fn uri(self) -> &'static str {
        match self {
            Self::Uri => ATTRIBUTE_NAME_URI,
            Self::Basic => ATTRIBUTE_NAME_BASIC,
            Self::Unspecified => ATTRIBUTE_NAME_UNSPECIFIED,
        }
    }

    /// From what SAML writes; what is not said or not known is unspecified.
    pub(crate) fn from_uri(uri: Option<&str>) -> Self {
        let known = [Self::Uri, Self::Basic].into_iter().find(|format| Some(format.uri()) == uri);
        known.unwrap_or(Self::Unspecified)
    }
}

/// Everything a successful response says.
#[derive(Clone, Debug)]
pub struct Success<'a> {
    /// From [`new_id`].
    pub response_id: &'a str,
    /// From [`new_id`]; it is what the audit log knows the assertion by.
    pub assertion_id: &'a str,
    /// The ID of the request.
    pub in_response_to: &'a str,
    /// Our entity id.
    pub issuer: &'a str,
    /// The verified address of the request.
    pub acs: &'a str,
    /// The service provider's entity id, and nobody else's.
    pub audience: &'a str,
    /// When the response is sent.
    pub now: Moment,
    /// How long it can be used.
    pub valid_for: Millis,
    /// When the user proved who they are, which at single sign-on is long before now.
    pub authn_instant: Moment,
    /// What logout will name; one per session and service provider.
    pub session_index: &'a str,
    /// When the session here ends.
    pub session_not_on_or_after: Option<Moment>,
    /// How the user was authenticated.
    pub class_ref: &'a str,
    /// Who the user is there.
    pub name_id: &'a NameId,
    /// What is said about the user; never empty in OIOSAML.
    pub attributes: &'a [Attribute],
    /// Who authenticated the user, if it was somebody else.
    pub authenticating_authority: Option<&'a str>,
}

/// Everything an unsuccessful response says.
#[derive(Clone, Debug)]
pub struct Failure<'a> {
    /// From [`new_id`].
    pub response_id: &'a str,
    /// The ID of the request.
    pub in_response_to: &'a str,
    /// Our entity id.
    pub issuer: &'a str,
    /// The verified address of the request.
    pub acs: &'a str,
    /// When the response is sent.
    pub now: Moment,
    /// What went wrong.
    pub status: &'a Status,
}

/// Is the response signed too? The assertion in it always is.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub enum ResponseSigning {
    /// As OIOSAML asks.
    #[default]
    AssertionOnly,
    /// As saml2int asks, for service providers outside OIOSAML.
    AssertionAndResponse,
}

/// A response with one assertion, signed and then encrypted.
pub fn success(
    it: &Success<'_>,
    signer: &dyn Signer,
    target: &EncryptionTarget,
    signing: ResponseSigning,
    entropy: &dyn Entropy,
) -> Result<String, BuildError> {
    let assertion = signature::sign(assertion(it)?, it.assertion_id, signer)?;
    // Base64 of the assertion, two certificates and the frame.
    let mut w = Writer::with_capacity(assertion.len() * 4 / 3 + 8_192);
    let envelope = Envelope {
        id: it.response_id,
        in_response_to: it.in_response_to,
        issuer: it.issuer,
        destination: it.acs,
        now: it.now,
    };
    let place = envelope.open(&mut w, "samlp:Response");
    write_status(&mut w, &Status::SUCCESS);
    w.open("saml:EncryptedAssertion").attribute("xmlns:saml", SAML);
    target.encrypt(&mut w, &assertion, entropy)?;
    let response = Unsigned { canonical: w.finish()?, place };
    match signing {
        ResponseSigning::AssertionOnly => Ok(response.canonical),
        ResponseSigning::AssertionAndResponse => signature::sign(response, it.response_id, signer),
    }
}

/// A signed response that says why there is no assertion.
pub fn failure(it: &Failure<'_>, signer: &dyn Signer) -> Result<String, BuildError> {
    let mut w = Writer::with_capacity(2_048);
    let envelope = Envelope {
        id: it.response_id,
        in_response_to: it.in_response_to,
        issuer: it.issuer,
        destination: it.acs,
        now: it.now,
    };
    let place = envelope.open(&mut w, "samlp:Response");
    write_status(&mut w, it.status);
    signature::sign(Unsigned { canonical: w.finish()?, place }, it.response_id, signer)
}

/// An identifier that nobody can guess or meet twice: an underscore and 160 random bits.
pub fn new_id(entropy: &dyn Entropy) -> String {
    let mut random = [0; 20];
    entropy.fill(&mut random);
    format!("_{}", HEXLOWER.encode(&random))
}

/// What every response begins with.
pub(crate) struct Envelope<'a> {
    pub(crate) id: &'a str,
    pub(crate) in_response_to: &'a str,
    pub(crate) issuer: &'a str,
    pub(crate) destination: &'a str,
    pub(crate) now: Moment,
}

impl Envelope<'_> {
    /// Write it, and return the place for a signature.
    pub(crate) fn open(&self, w: &mut Writer, element: &'static str) -> usize {
        w.open(element).attribute("xmlns:samlp", SAMLP);
        w.attribute("Destination", self.destination).attribute("ID", self.id);
        w.attribute("InResponseTo", self.in_response_to);
        w.attribute("IssueInstant", &self.now.xs_date_time()).attribute("Version", "2.0");
        w.open("saml:Issuer").attribute("xmlns:saml", SAML).text(self.issuer).close();
        w.position()
    }
}

pub(crate) fn write_status(w: &mut Writer, status: &Status) {
    w.open("samlp:Status").open("samlp:StatusCode").attribute("Value", status.top.uri());
    if let Some(second) = status.second {
        w.open("samlp:StatusCode").attribute("Value", second.uri()).close();
    }
    w.close();
    if let Some(message) = &status.message {
        w.open("samlp:StatusMessage").text(message).close();
    }
    w.close();
}

/// The assertion declares the namespaces it uses: it will be read alone, after decryption.
fn assertion(it: &Success<'_>) -> Result<Unsigned, BuildError> {
    let now = it.now.xs_date_time();
    let end = it.now.plus(it.valid_for).xs_date_time();
    let mut w = Writer::with_capacity(8_192);
    w.open("saml:Assertion").attribute("xmlns:saml", SAML);
    w.attribute("ID", it.assertion_id).attribute("IssueInstant", &now).attribute("Version", "2.0");
    w.open("saml:Issuer").text(it.issuer).close();
    let place = w.position();
    subject(&mut w, it, &end);
    w.open("saml:Conditions").attribute("NotBefore", &now).attribute("NotOnOrAfter", &end);
    w.open("saml:AudienceRestriction").open("saml:Audience").text(it.audience).close().close().close();
    authn_statement(&mut w, it);
    attribute_statement(&mut w, it.attributes);
    Ok(Unsigned { canonical: w.finish()?, place })
}

fn subject(w: &mut Writer, it: &Success<'_>, end: &str) {
    w.open("saml:Subject").open("saml:NameID").attribute("Format", it.name_id.format.uri());
    w.text(&it.name_id.value).close();
    w.open("saml:SubjectConfirmation").attribute("Method", BEARER);
    // No NotBefore: SAML profiles 4.1.4.2 forbids it for bearers.
    w.open("saml:SubjectConfirmationData").attribute("InResponseTo", it.in_response_to);
    w.attribute("NotOnOrAfter", end).attribute("Recipient", it.acs).close().close().close();
}

fn authn_statement(w: &mut Writer, it: &Success<'_>) {
    w.open("saml:AuthnStatement").attribute("AuthnInstant", &it.authn_instant.xs_date_time());
    w.attribute("SessionIndex", it.session_index);
    w.optional("SessionNotOnOrAfter", it.session_not_on_or_after.map(Moment::xs_date_time).as_deref());
    w.open("saml:AuthnContext").open("saml:AuthnContextClassRef").text(it.class_ref).close();
    if let Some(authority) = it.authenticating_authority {
        w.open("saml:AuthenticatingAuthority").text(authority).close();
    }
    w.close().close();
}

/// Values are plain text without `xsi:type`: peers stumble over others (saml2int SDP-G02).
fn attribute_statement(w: &mut Writer, attributes: &[Attribute]) {
    if attributes.is_empty() {
        return;
    }
    w.open("saml:AttributeStatement");
    for attribute in attributes {
        w.open("saml:Attribute").optional("FriendlyName", attribute.friendly_name.as_deref());
        w.attribute("Name", &attribute.name).attribute("NameFormat", attribute.name_format.uri());
        for value in &attribute.values {
            w.open("saml:AttributeValue").text(value).close();
        }
        w.close();
    }
    w.close();
}
