//! The service provider's side of a response: decrypt, verify, and only then read.

use portner_domain::{Millis, Moment};
use roxmltree::Node;

use super::build::{Attribute, AttributeNameFormat, NameId};
use crate::encryption;
use crate::key::DecryptionKey;
use crate::metadata::{IdentityProvider, NameIdFormat};
use crate::names::{BEARER, DS, NAME_ID_ENTITY, SAML, SAMLP};
use crate::post;
use crate::refusal::Refusal;
use crate::signature;
use crate::xml::{self, Kind, Unprefixed as _, XmlFault};

/// A response that has not been verified.
pub struct ReceivedResponse {
    text: String,
    in_response_to: Option<String>,
    issuer: Option<String>,
}

/// What the service provider knows.
#[derive(Clone, Copy, Debug)]
pub struct ExpectedResponse<'a> {
    /// The address the response was sent to, from configuration.
    pub acs: &'a str,
    /// Our entity id as a service provider.
    pub audience: &'a str,
    /// The request this browser was sent away with.
    pub in_response_to: &'a str,
    /// The time now.
    pub now: Moment,
    /// How far the clocks may be apart.
    pub skew: Millis,
}

/// What an identity provider has signed about a person.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct VerifiedAssertion {
    /// Its identifier; the caller refuses to see it twice.
    pub id: String,
    /// Who signed it.
    pub issuer: String,
    /// Who the person is.
    pub name_id: NameId,
    /// What is said about them.
    pub attributes: Vec<Attribute>,
    /// What logout will name.
    pub session_index: Option<String>,
    /// When the session there ends.
    pub session_not_on_or_after: Option<Moment>,
    /// When they proved who they are.
    pub authn_instant: Moment,
    /// How they were authenticated.
    pub class_ref: Option<String>,
    /// Until when the assertion must be remembered to notice a second use.
    pub not_on_or_after: Moment,
}

impl VerifiedAssertion {
    /// The first value of an attribute.
    pub fn value(&self, name: &str) -> Option<&str> {
        let attribute = self.attributes.iter().find(|attribute| attribute.name == name)?;
        attribute.values.first().map(String::as_str)
    }
}

/// The identity provider says that it did not work.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ReportedFailure {
    /// The top-level code.
    pub top: String,
    /// The second-level code.
    pub second: Option<String>,
    /// The sentence with it; never to be shown as ours.
    pub message: Option<String>,
    /// Did the identity provider sign it?
    pub signed: bool,
}

/// Why a response does not log anybody in.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum ResponseRefusal {
    /// It cannot be read.
    #[error("the response cannot be read: {0}")]
    Unreadable(Refusal),
    /// It reports a failure.
    #[error("the identity provider reports that the login failed")]
    Failed(ReportedFailure),
    /// A signature that is missing, wrong or of the wrong shape.
    #[error("the signature is not acceptable: {0}")]
    Signature(Refusal),
    /// From somebody else.
    #[error("it is from another identity provider")]
    WrongIssuer,
    /// For another address.
    #[error("it is meant for another address")]
    WrongDestination,
    /// For another request, or for none.
    #[error("it answers another request")]
    WrongRequest,
    /// For another service provider.
    #[error("it is meant for another service provider")]
    WrongAudience,
    /// Another number of encrypted assertions than one, or a plain one.
    #[error("it does not have exactly one assertion, encrypted")]
    NotOneEncryptedAssertion,
    /// Not decrypted; there is no saying why.
    #[error("the assertion cannot be decrypted")]
    Undecryptable,
    /// A subject, confirmation, condition or statement is missing.
    #[error("the assertion is not complete")]
    Incomplete,
    /// Not yet.
    #[error("the assertion is not valid yet")]
    NotYetValid,
    /// No longer.
    #[error("the assertion is no longer valid")]
    Expired,
}

impl ResponseRefusal {
    /// A word that never changes, for logs, pages and support.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Unreadable(refusal) | Self::Signature(refusal) => refusal.code(),
            Self::Failed(_) => "failed",
            Self::WrongIssuer => "wrong-issuer",
            Self::WrongDestination => "wrong-destination",
            Self::WrongRequest => "wrong-request",
            Self::WrongAudience => "wrong-audience",
            Self::NotOneEncryptedAssertion => "not-one-encrypted-assertion",
            Self::Undecryptable => "undecryptable",
            Self::Incomplete => "incomplete",
            Self::NotYetValid => "not-yet-valid",
            Self::Expired => "expired",
        }
    }
}

impl From<XmlFault> for ResponseRefusal {
    fn from(fault: XmlFault) -> Self {
        Self::Unreadable(fault.into())
    }
}

/// Read the field `SAMLResponse` of a form.
pub fn receive(saml_response: &str) -> Result<ReceivedResponse, ResponseRefusal> {
    let text = post::message(saml_response).map_err(ResponseRefusal::Unreadable)?;
    let document = xml::parse(&text, Kind::Message)?;
    let root = document.root_element();
    if !xml::is(root, SAMLP, "Response") {
        return Err(ResponseRefusal::Unreadable(Refusal::Malformed));
    }
    let in_response_to = root.unprefixed("InResponseTo").map(str::to_owned);
    let issuer = xml::child_text(root, SAML, "Issuer")?.map(str::to_owned);
    Ok(ReceivedResponse { text, in_response_to, issuer })
}

impl std::fmt::Debug for ReceivedResponse {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ReceivedResponse").field("claimed_issuer", &self.issuer).finish_non_exhaustive()
    }
}

impl ReceivedResponse {
    /// The request it says it answers: good for a look-up, and for nothing else.
    pub fn claimed_request(&self) -> Option<&str> {
        self.in_response_to.as_deref()
    }

    /// Who it says it is from: good for a look-up, and for nothing else.
    pub fn claimed_issuer(&self) -> Option<&str> {
        self.issuer.as_deref()
    }

    /// The assertion, if it is `provider`'s, signed by it, meant for us, of the present and the answer to
    /// our request.
    pub fn verify(
        &self,
        provider: &IdentityProvider,
        key: &DecryptionKey,
        expected: &ExpectedResponse<'_>,
    ) -> Result<VerifiedAssertion, ResponseRefusal> {
        let document = xml::parse(&self.text, Kind::Message)?;
        let response = document.root_element();
        let signed = check_response(response, provider, expected)?;
        check_status(response, signed)?;
        let encrypted = the_encrypted_assertion(response)?;
        let decrypted = encryption::decrypt(encrypted, key).ok_or(ResponseRefusal::Undecryptable)?;
        // T-ENC-01: anybody can encrypt to us, so whatever is around it, the assertion itself is signed.
        let document = xml::parse(&decrypted, Kind::Message)?;
        let assertion = document.root_element();
        if !xml::is(assertion, SAML, "Assertion") {
            return Err(ResponseRefusal::NotOneEncryptedAssertion);
        }
        check_signature(assertion, provider)?;
        read_assertion(assertion, provider, expected)
    }
}

fn check_signature(node: Node<'_, '_>, provider: &IdentityProvider) -> Result<(), ResponseRefusal> {
    signature::examine(node)
        .and_then(|sealed| sealed.is_by(&provider.signing_keys))
        .map_err(|fault| ResponseRefusal::Signature(fault.into()))
}

/// The envelope. Says whether it was signed; if it was, the signature is right.
fn check_response(
    response: Node<'_, '_>,
    provider: &IdentityProvider,
    expected: &ExpectedResponse<'_>,
) -> Result<bool, ResponseRefusal> {
    let signed = response.descendants().any(|node| xml::is(node, DS, "Signature"));
    if signed {
        check_signature(response, provider)?;
    }
    if response.unprefixed("Version") != Some("2.0") {
        return Err(ResponseRefusal::Incomplete);
    }
    if xml::child(response, SAML, "Issuer")?.is_some() {
        check_issuer(response, provider)?;
    }
    if response.unprefixed("Destination") != Some(expected.acs) {
        return Err(ResponseRefusal::WrongDestination);
    }
    if response.unprefixed("InResponseTo") != Some(expected.in_response_to) {
        return Err(ResponseRefusal::WrongRequest);
    }
    Ok(signed)
}

fn check_issuer(node: Node<'_, '_>, provider: &IdentityProvider) -> Result<(), ResponseRefusal> {
    let issuer = xml::child(node, SAML, "Issuer")?.ok_or(ResponseRefusal::WrongIssuer)?;
    let is_entity = issuer.unprefixed("Format").is_none_or(|format| format == NAME_ID_ENTITY);
    let same = xml::text(issuer)?.trim() == provider.entity_id;
    if is_entity && same { Ok(()) } else { Err(ResponseRefusal::WrongIssuer) }
}

fn check_status(response: Node<'_, '_>, signed: bool) -> Result<(), ResponseRefusal> {
    let status = xml::child(response, SAMLP, "Status")?.ok_or(ResponseRefusal::Incomplete)?;
    let code = xml::child(status, SAMLP, "StatusCode")?.ok_or(ResponseRefusal::Incomplete)?;
    let value = |node: Node<'_, '_>| node.unprefixed("Value").unwrap_or_default().to_owned();
    let top = value(code);
    if top == crate::status::TopStatus::Success.uri() {
        return Ok(());
    }
    Err(ResponseRefusal::Failed(ReportedFailure {
        top,
        second: xml::child(code, SAMLP, "StatusCode")?.map(value),
        message: xml::child_text(status, SAMLP, "StatusMessage")?.map(str::to_owned),
        signed,
    }))
}

fn the_encrypted_assertion<'a, 'i>(response: Node<'a, 'i>) -> Result<Node<'a, 'i>, ResponseRefusal> {
    let plain = response.descendants().any(|node| xml::is(node, SAML, "Assertion"));
    let encrypted = response.descendants().filter(|node| xml::is(*node, SAML, "EncryptedAssertion")).count();
    let child = xml::children(response, SAML, "EncryptedAssertion").next();
    child.filter(|_| !plain && encrypted == 1).ok_or(ResponseRefusal::NotOneEncryptedAssertion)
}

fn read_assertion(
    assertion: Node<'_, '_>,
    provider: &IdentityProvider,
    expected: &ExpectedResponse<'_>,
) -> Result<VerifiedAssertion, ResponseRefusal> {
    check_issuer(assertion, provider)?;
    let subject = needed(assertion, "Subject")?;
    let confirmed_until = check_confirmation(subject, expected)?;
    let end = check_conditions(needed(assertion, "Conditions")?, expected)?;
    let statement = needed(assertion, "AuthnStatement")?;
    let context = needed(statement, "AuthnContext")?;
    let session_not_on_or_after = instant(statement, "SessionNotOnOrAfter")?;
    if session_not_on_or_after.is_some_and(|end| is_over(end, expected)) {
        return Err(ResponseRefusal::Expired);
    }
    let own = |node: Node<'_, '_>, name: &str| node.unprefixed(name).map(str::to_owned);
    Ok(VerifiedAssertion {
        id: own(assertion, "ID").ok_or(ResponseRefusal::Incomplete)?,
        issuer: provider.entity_id.clone(),
        name_id: name_id(subject)?,
        attributes: attributes(assertion)?,
        session_index: own(statement, "SessionIndex"),
        session_not_on_or_after,
        authn_instant: instant(statement, "AuthnInstant")?.ok_or(ResponseRefusal::Incomplete)?,
        class_ref: xml::child_text(context, SAML, "AuthnContextClassRef")?.map(str::to_owned),
        not_on_or_after: end.max(confirmed_until),
    })
}

fn needed<'a, 'i>(node: Node<'a, 'i>, name: &'static str) -> Result<Node<'a, 'i>, ResponseRefusal> {
    xml::child(node, SAML, name)?.ok_or(ResponseRefusal::Incomplete)
}

fn instant(node: Node<'_, '_>, name: &str) -> Result<Option<Moment>, ResponseRefusal> {
    let text = node.unprefixed(name);
    text.map(|text| Moment::parse_xs_date_time(text).ok_or(ResponseRefusal::Incomplete)).transpose()
}

fn is_over(end: Moment, expected: &ExpectedResponse<'_>) -> bool {
    expected.now.minus(expected.skew) >= end
}

/// The window of a node that must end, and may begin.
fn check_window(node: Node<'_, '_>, expected: &ExpectedResponse<'_>) -> Result<Moment, ResponseRefusal> {
    let end = instant(node, "NotOnOrAfter")?.ok_or(ResponseRefusal::Incomplete)?;
    if is_over(end, expected) {
        return Err(ResponseRefusal::Expired);
    }
    match instant(node, "NotBefore")? {
        Some(begin) if begin > expected.now.plus(expected.skew) => Err(ResponseRefusal::NotYetValid),
        _ => Ok(end),
    }
}

/// A bearer confirmation for us (SAML profiles 4.1.4.3). Of several, one must hold.
fn check_confirmation(
    subject: Node<'_, '_>,
    expected: &ExpectedResponse<'_>,
) -> Result<Moment, ResponseRefusal> {
    let mut outcome = Err(ResponseRefusal::Incomplete);
    let bearer = |node: &Node<'_, '_>| node.unprefixed("Method") == Some(BEARER);
    for confirmation in xml::children(subject, SAML, "SubjectConfirmation").filter(bearer) {
        outcome = check_bearer(needed(confirmation, "SubjectConfirmationData")?, expected);
        if outcome.is_ok() {
            break;
        }
    }
    outcome
}

fn check_bearer(data: Node<'_, '_>, expected: &ExpectedResponse<'_>) -> Result<Moment, ResponseRefusal> {
    if data.unprefixed("Recipient") != Some(expected.acs) {
        return Err(ResponseRefusal::WrongDestination);
    }
    if data.unprefixed("InResponseTo") != Some(expected.in_response_to) {
        return Err(ResponseRefusal::WrongRequest);
    }
    check_window(data, expected)
}

/// All audience restrictions hold, and there is one (SAML core 2.5.1.4).
fn check_conditions(
    conditions: Node<'_, '_>,
    expected: &ExpectedResponse<'_>,
) -> Result<Moment, ResponseRefusal> {
    let mut restricted = false;
    for restriction in xml::children(conditions, SAML, "AudienceRestriction") {
        let mut meant = false;
        for audience in xml::children(restriction, SAML, "Audience") {
            meant |= xml::text(audience)?.trim() == expected.audience;
        }
        if !meant {
            return Err(ResponseRefusal::WrongAudience);
        }
        restricted = true;
    }
    if restricted { check_window(conditions, expected) } else { Err(ResponseRefusal::WrongAudience) }
}

fn name_id(subject: Node<'_, '_>) -> Result<NameId, ResponseRefusal> {
    let name = needed(subject, "NameID")?;
    let format = name.unprefixed("Format").map_or(NameIdFormat::Unspecified, NameIdFormat::from_uri);
    Ok(NameId { format, value: xml::text(name)?.to_owned() })
}

fn attributes(assertion: Node<'_, '_>) -> Result<Vec<Attribute>, ResponseRefusal> {
    let Some(statement) = xml::child(assertion, SAML, "AttributeStatement")? else { return Ok(Vec::new()) };
    let mut found = Vec::new();
    for attribute in xml::children(statement, SAML, "Attribute") {
        let values = xml::children(attribute, SAML, "AttributeValue");
        found.push(Attribute {
            name: attribute.unprefixed("Name").ok_or(ResponseRefusal::Incomplete)?.to_owned(),
            name_format: AttributeNameFormat::from_uri(attribute.unprefixed("NameFormat")),
            friendly_name: attribute.unprefixed("FriendlyName").map(str::to_owned),
            values: values.map(|value| xml::text(value).map(str::to_owned)).collect::<Result<_, _>>()?,
        });
    }
    Ok(found)
}
