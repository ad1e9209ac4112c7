//! Writing logout messages.

use portner_domain::Moment;

use crate::key::Signer;
use crate::names::{SAML, SAMLP};
use crate::response::{BuildError, Envelope, NameId, write_status};
use crate::signature::{self, Unsigned};
use crate::status::Status;
use crate::xml::writer::Writer;

/// Everything a request to log somebody out says.
#[derive(Clone, Debug)]
pub struct LogoutRequestDescription<'a> {
    /// From [`crate::response::new_id`].
    pub id: &'a str,
    /// Our entity id.
    pub issuer: &'a str,
    /// Where the request is sent to.
    pub destination: &'a str,
    /// The time now.
    pub now: Moment,
    /// When it is no longer worth acting upon.
    pub not_on_or_after: Moment,
    /// Who, by the name that the assertion gave.
    pub name_id: &'a NameId,
    /// Which of their sessions; none means all of them.
    pub session_indexes: &'a [&'a str],
}

/// Everything the answer to such a request says.
#[derive(Clone, Debug)]
pub struct LogoutResponseDescription<'a> {
    /// From [`crate::response::new_id`].
    pub id: &'a str,
    /// The ID of the request.
    pub in_response_to: &'a str,
    /// Our entity id.
    pub issuer: &'a str,
    /// Where the response is sent to.
    pub destination: &'a str,
    /// The time now.
    pub now: Moment,
    /// How it went.
    pub status: &'a Status,
}

/// A request without a signature of its own: for HTTP-Redirect, which signs the query.
pub fn logout_request(it: &LogoutRequestDescription<'_>) -> Result<String, BuildError> {
    request(it).map(|request| request.canonical)
}

/// A request with its signature inside: for HTTP-POST.
pub fn signed_logout_request(
    it: &LogoutRequestDescription<'_>,
    signer: &dyn Signer,
) -> Result<String, BuildError> {
    signature::sign(request(it)?, it.id, signer)
}

/// A response without a signature of its own: for HTTP-Redirect, which signs the query.
pub fn logout_response(it: &LogoutResponseDescription<'_>) -> Result<String, BuildError> {
    response(it).map(|response| response.canonical)
}

/// A response with its signature inside: for HTTP-POST.
pub fn signed_logout_response(
    it: &LogoutResponseDescription<'_>,
    signer: &dyn Signer,
) -> Result<String, BuildError> {
    signature::sign(response(it)?, it.id, signer)
}

fn request(it: &LogoutRequestDescription<'_>) -> Result<Unsigned, BuildError> {
    let mut w = Writer::with_capacity(2_048);
    w.open("samlp:LogoutRequest").attribute("xmlns:samlp", SAMLP);
    w.attribute("Destination", it.destination).attribute("ID", it.id);
    w.attribute("IssueInstant", &it.now.xs_date_time());
    w.attribute("NotOnOrAfter", &it.not_on_or_after.xs_date_time()).attribute("Version", "2.0");
    w.open("saml:Issuer").attribute("xmlns:saml", SAML).text(it.issuer).close();
    let place = w.position();
    w.open("saml:NameID").attribute("xmlns:saml", SAML).attribute("Format", it.name_id.format.uri());
    w.text(&it.name_id.value).close();
    for index in it.session_indexes {
        w.open("samlp:SessionIndex").text(index).close();
    }
    Ok(Unsigned { canonical: w.finish()?, place })
}

fn response(it: &LogoutResponseDescription<'_>) -> Result<Unsigned, BuildError> {
    let mut w = Writer::with_capacity(2_048);
    let envelope = Envelope {
        id: it.id,
        in_response_to: it.in_response_to,
        issuer: it.issuer,
        destination: it.destination,
        now: it.now,
    };
    let place = envelope.open(&mut w, "samlp:LogoutResponse");
    write_status(&mut w, it.status);
    Ok(Unsigned { canonical: w.finish()?, place })
}
