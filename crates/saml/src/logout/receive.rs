//! Reading logout messages: from received to verified.
//!
//! As with logins, a received message shows its claimed issuer, to find the keys by, and nothing else.

use std::borrow::Cow;
use std::fmt;

use portner_domain::Moment;
use roxmltree::Node;
use serde::Deserialize;

use crate::key::Certificate;
use crate::message::{self, Head, NAME_BYTES_MAX};
use crate::metadata::{Binding, NameIdFormat};
use crate::names::{SAML, SAMLP};
use crate::post;
use crate::redirect::{self, Carried};
use crate::refusal::Refusal;
use crate::request::Expected;
use crate::response::NameId;
use crate::signature::{self, Sealed};
use crate::status::{SecondStatus, Status, TopStatus};
use crate::xml::{self, Kind, Unprefixed as _};

/// Sessions of one person at one service provider that one request can name.
const SESSION_INDEXES_MAX: usize = 64;
/// It goes to a log or a page; the rest of a longer one is left out.
const STATUS_MESSAGE_CHARS_MAX: usize = 500;

/// Who is to have signed a message: a service provider to the identity provider, and the reverse.
#[derive(Clone, Copy, Debug)]
pub struct Peer<'a> {
    /// Its entity id.
    pub entity_id: &'a str,
    /// Its keys, from metadata.
    pub signing_keys: &'a [Certificate],
    /// The entity id it knows us by.
    pub recipient: &'a str,
}

/// The fields of a form that carries a logout message.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct LogoutForm {
    /// A request, in base64.
    #[serde(rename = "SAMLRequest")]
    pub saml_request: Option<String>,
    /// Or a response.
    #[serde(rename = "SAMLResponse")]
    pub saml_response: Option<String>,
    /// To be returned with the response, as it came.
    #[serde(rename = "RelayState")]
    pub relay_state: Option<String>,
}

/// A logout message whose signature has not been verified.
#[derive(Debug)]
pub enum ReceivedLogout {
    /// Log somebody out.
    Request(ReceivedLogoutRequest),
    /// How it went.
    Response(ReceivedLogoutResponse),
}

/// A request whose signature has not been verified.
pub struct ReceivedLogoutRequest {
    head: Head,
    not_on_or_after: Option<Moment>,
    name_id: NameId,
    qualifiers: Vec<String>,
    session_indexes: Vec<String>,
    carriage: Carriage,
}

/// A response whose signature has not been verified.
pub struct ReceivedLogoutResponse {
    head: Head,
    in_response_to: String,
    status: Status,
    unknown_second: Option<String>,
    carriage: Carriage,
}

/// A verified request to log somebody out.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct LogoutRequest {
    /// Its identifier; the caller refuses to see it twice.
    pub id: String,
    /// Who signed it.
    pub issuer: String,
    /// When it was made.
    pub issue_instant: Moment,
    /// Who is to be logged out, by the name that the issuer knows.
    pub name_id: NameId,
    /// Which of their sessions; none means all of them.
    pub session_indexes: Vec<String>,
    /// To be returned as it came.
    pub relay_state: Option<String>,
    /// How it came.
    pub binding: Binding,
}

/// A verified answer to a request to log somebody out.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct LogoutResponse {
    /// Its identifier.
    pub id: String,
    /// Who signed it.
    pub issuer: String,
    /// The request it answers; the caller knows whether it is waiting for that.
    pub in_response_to: String,
    /// How it went. Its message is never to be shown as ours.
    pub status: Status,
    /// A second-level code that none of [`SecondStatus`] is, as it was written; then `status` has none.
    pub unknown_second: Option<String>,
    /// What was sent with the request.
    pub relay_state: Option<String>,
    /// How it came.
    pub binding: Binding,
}

impl LogoutResponse {
    /// Is everybody logged out who was to be? A success with any reservation is not one.
    pub fn is_complete(&self) -> bool {
        self.status.top == TopStatus::Success && self.status.second.is_none() && self.unknown_second.is_none()
    }
}

/// Read whichever message the query holds, exactly as the browser sent it.
pub fn receive_redirect(raw_query: &str) -> Result<ReceivedLogout, Refusal> {
    let opened = redirect::open(raw_query)?;
    let document = xml::parse(&opened.text, Kind::Message)?;
    let carriage =
        Carriage { sealed: opened.sealed, binding: Binding::Redirect, relay_state: opened.relay_state };
    ReceivedLogout::read(opened.carried, document.root_element(), carriage)
}

/// Read whichever message the form holds.
pub fn receive_post(form: &LogoutForm) -> Result<ReceivedLogout, Refusal> {
    let (carried, field) = match (&form.saml_request, &form.saml_response) {
        (Some(field), None) => (Carried::Request, field),
        (None, Some(field)) => (Carried::Response, field),
        (Some(_), Some(_)) => return Err(Refusal::TwoMessages),
        (None, None) => return Err(Refusal::NoMessage),
    };
    let relay_state = post::relay_state(form.relay_state.as_deref())?;
    let text = post::message(field)?;
    let document = xml::parse(&text, Kind::Message)?;
    let root = document.root_element();
    let carriage = Carriage { sealed: signature::examine(root)?, binding: Binding::Post, relay_state };
    ReceivedLogout::read(carried, root, carriage)
}

/// How a message came.
struct Carriage {
    sealed: Sealed,
    binding: Binding,
    relay_state: Option<String>,
}

impl ReceivedLogout {
    /// The parameter says which of the two it is, and the message agrees.
    fn read(carried: Carried, root: Node<'_, '_>, carriage: Carriage) -> Result<Self, Refusal> {
        match carried {
            Carried::Request if xml::is(root, SAMLP, "LogoutRequest") => {
                ReceivedLogoutRequest::read(root, carriage).map(Self::Request)
            }
            Carried::Response if xml::is(root, SAMLP, "LogoutResponse") => {
                ReceivedLogoutResponse::read(root, carriage).map(Self::Response)
            }
            _ => Err(Refusal::NotALogoutMessage),
        }
    }

    /// Who the message says it is from: good for a look-up, and for nothing else.
    pub fn claimed_issuer(&self) -> &str {
        match self {
            Self::Request(request) => request.claimed_issuer(),
            Self::Response(response) => response.claimed_issuer(),
        }
    }
}

impl fmt::Debug for ReceivedLogoutRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReceivedLogoutRequest")
            .field("claimed_issuer", &self.head.issuer)
            .finish_non_exhaustive()
    }
}

impl ReceivedLogoutRequest {
    fn read(root: Node<'_, '_>, carriage: Carriage) -> Result<Self, Refusal> {
        let head = Head::read(root)?;
        if xml::child(root, SAML, "EncryptedID")?.is_some() {
            return Err(Refusal::EncryptedNameId);
        }
        let name = xml::child(root, SAML, "NameID")?.ok_or(Refusal::Malformed)?;
        let qualifiers =
            ["NameQualifier", "SPNameQualifier"].into_iter().filter_map(|it| name.unprefixed(it));
        Ok(Self {
            head,
            not_on_or_after: message::instant(root, "NotOnOrAfter")?,
            name_id: name_id(name)?,
            qualifiers: qualifiers.filter(|it| !it.is_empty()).map(str::to_owned).collect(),
            session_indexes: session_indexes(root)?,
            carriage,
        })
    }

    /// Who the request says it is from: good for a look-up, and for nothing else.
    pub fn claimed_issuer(&self) -> &str {
        &self.head.issuer
    }

    /// The request, if it is `peer`'s, signed by it, meant for us, of the present, and about somebody by a name
    /// that is between the two of us.
    pub fn verify(self, peer: &Peer<'_>, expected: &Expected<'_>) -> Result<LogoutRequest, Refusal> {
        check(&self.head, &self.carriage.sealed, peer, expected)?;
        if self.not_on_or_after.is_some_and(|end| expected.now.minus(expected.skew) >= end) {
            return Err(Refusal::Expired);
        }
        let ours = |qualifier: &String| qualifier == peer.entity_id || qualifier == peer.recipient;
        if !self.qualifiers.iter().all(ours) {
            return Err(Refusal::ForeignNameId);
        }
        Ok(LogoutRequest {
            id: self.head.id,
            issuer: self.head.issuer,
            issue_instant: self.head.issue_instant,
            name_id: self.name_id,
            session_indexes: self.session_indexes,
            relay_state: self.carriage.relay_state,
            binding: self.carriage.binding,
        })
    }
}

impl fmt::Debug for ReceivedLogoutResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReceivedLogoutResponse")
            .field("claimed_issuer", &self.head.issuer)
            .finish_non_exhaustive()
    }
}

impl ReceivedLogoutResponse {
    fn read(root: Node<'_, '_>, carriage: Carriage) -> Result<Self, Refusal> {
        let in_response_to = root.unprefixed("InResponseTo").filter(|id| message::is_id(id));
        let (status, unknown_second) = status(root)?;
        Ok(Self {
            head: Head::read(root)?,
            in_response_to: in_response_to.ok_or(Refusal::Malformed)?.to_owned(),
            status,
            unknown_second,
            carriage,
        })
    }

    /// Who the response says it is from: good for a look-up, and for nothing else.
    pub fn claimed_issuer(&self) -> &str {
        &self.head.issuer
    }

    /// The response, if it is `peer`'s, signed by it, meant for us and of the present.
    pub fn verify(self, peer: &Peer<'_>, expected: &Expected<'_>) -> Result<LogoutResponse, Refusal> {
        check(&self.head, &self.carriage.sealed, peer, expected)?;
        Ok(LogoutResponse {
            id: self.head.id,
            issuer: self.head.issuer,
            in_response_to: self.in_response_to,
            status: self.status,
            unknown_second: self.unknown_second,
            relay_state: self.carriage.relay_state,
            binding: self.carriage.binding,
        })
    }
}

fn check(head: &Head, sealed: &Sealed, peer: &Peer<'_>, expected: &Expected<'_>) -> Result<(), Refusal> {
    head.check(peer.entity_id, peer.signing_keys, sealed, expected)?;
    if head.version == "2.0" { Ok(()) } else { Err(Refusal::UnsupportedVersion) }
}

/// The name as it is written: white space in it would be part of it.
fn name_id(name: Node<'_, '_>) -> Result<NameId, Refusal> {
    let format = name.unprefixed("Format").map_or(NameIdFormat::Unspecified, NameIdFormat::from_uri);
    let value = within_limit(xml::text(name)?)?.to_owned();
    within_limit(format.uri())?;
    Ok(NameId { format, value })
}

fn session_indexes(root: Node<'_, '_>) -> Result<Vec<String>, Refusal> {
    let all = xml::children(root, SAMLP, "SessionIndex").take(SESSION_INDEXES_MAX + 1);
    let found = all.map(|index| Ok(within_limit(xml::text(index)?)?.to_owned()));
    let found = found.collect::<Result<Vec<_>, Refusal>>()?;
    if found.len() > SESSION_INDEXES_MAX { Err(Refusal::TooLarge) } else { Ok(found) }
}

fn within_limit(name: &str) -> Result<&str, Refusal> {
    match name.len() {
        0 => Err(Refusal::Malformed),
        1..=NAME_BYTES_MAX => Ok(name),
        _ => Err(Refusal::TooLarge),
    }
}

/// The status, and its second-level code if that is none of those we know: the list is open (SAML core
/// 3.2.2.2), and a reservation we cannot name is still one.
fn status(root: Node<'_, '_>) -> Result<(Status, Option<String>), Refusal> {
    let status = xml::child(root, SAMLP, "Status")?.ok_or(Refusal::Malformed)?;
    let code = xml::child(status, SAMLP, "StatusCode")?.ok_or(Refusal::Malformed)?;
    let value = |node: Node<'_, '_>| node.unprefixed("Value").unwrap_or_default().to_owned();
    let top = TopStatus::from_uri(&value(code)).ok_or(Refusal::Malformed)?;
    let written = xml::child(code, SAMLP, "StatusCode")?.map(value);
    let written = written.map(|uri| within_limit(&uri).map(str::to_owned)).transpose()?;
    let second = written.as_deref().and_then(SecondStatus::from_uri);
    let message = xml::child_text(status, SAMLP, "StatusMessage")?;
    let message = message.map(|text| Cow::Owned(text.chars().take(STATUS_MESSAGE_CHARS_MAX).collect()));
    Ok((Status { top, second, message }, written.filter(|_| second.is_none())))
}
