//! The service provider's side of a login: the request it sends.

use portner_domain::Moment;

use crate::key::Signer;
use crate::names::{BINDING_POST, SAML, SAMLP};
use crate::response::BuildError;
use crate::signature::{self, Unsigned};
use crate::xml::writer::Writer;

/// Everything a request says.
#[derive(Clone, Debug)]
pub struct RequestDescription<'a> {
    /// From [`crate::response::new_id`].
    pub id: &'a str,
    /// Our entity id as a service provider.
    pub issuer: &'a str,
    /// Where the request is sent to.
    pub destination: &'a str,
    /// Where the response is wanted; absent means the default of our metadata.
    pub acs: Option<&'a str>,
    /// The time now.
    pub now: Moment,
    /// Must the user prove anew who they are?
    pub force_authn: bool,
    /// Must the user not be asked anything?
    pub is_passive: bool,
    /// The authentication contexts asked for, levels and profiles alike.
    pub class_refs: &'a [&'a str],
    /// On whose behalf it is asked.
    pub requester_ids: &'a [&'a str],
}

/// A request without a signature of its own: for HTTP-Redirect, which signs the query.
pub fn authn_request(it: &RequestDescription<'_>) -> Result<String, BuildError> {
    document(it).map(|request| request.canonical)
}

/// A request with its signature inside: for HTTP-POST.
pub fn signed_authn_request(it: &RequestDescription<'_>, signer: &dyn Signer) -> Result<String, BuildError> {
    signature::sign(document(it)?, it.id, signer)
}

fn document(it: &RequestDescription<'_>) -> Result<Unsigned, BuildError> {
    let yes_or_no = |it: bool| if it { "true" } else { "false" };
    let mut w = Writer::with_capacity(4_096);
    w.open("samlp:AuthnRequest").attribute("xmlns:samlp", SAMLP);
    w.optional("AssertionConsumerServiceURL", it.acs).attribute("Destination", it.destination);
    w.attribute("ForceAuthn", yes_or_no(it.force_authn)).attribute("ID", it.id);
    w.attribute("IsPassive", yes_or_no(it.is_passive)).attribute("IssueInstant", &it.now.xs_date_time());
    w.attribute("ProtocolBinding", BINDING_POST).attribute("Version", "2.0");
    w.open("saml:Issuer").attribute("xmlns:saml", SAML).text(it.issuer).close();
    let place = w.position();
    if !it.class_refs.is_empty() {
        // OIO-SP-06: a level is asked for as a minimum.
        w.open("samlp:RequestedAuthnContext").attribute("Comparison", "minimum");
        for reference in it.class_refs {
            w.open("saml:AuthnContextClassRef").attribute("xmlns:saml", SAML).text(reference).close();
        }
        w.close();
    }
    if !it.requester_ids.is_empty() {
        w.open("samlp:Scoping");
        for requester in it.requester_ids {
            w.open("samlp:RequesterID").text(requester).close();
        }
        w.close();
    }
    Ok(Unsigned { canonical: w.finish()?, place })
}
