//! A logout message in a query or a form, with anything done to it: it is refused, or says what was signed.
#![no_main]

use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use libfuzzer_sys::fuzz_target;
use portner_fuzz::{IDP, PROVIDER, SLO, SP_KEY, expected_at, logout_request, logout_response};
use portner_saml::logout::{LogoutForm, Peer, ReceivedLogout, receive_post, receive_redirect};
use portner_saml::redirect::{Carried, signed_url};

static HONEST: LazyLock<Vec<String>> = LazyLock::new(|| {
    let query = |carried, xml: &str| {
        let url = signed_url(SLO, carried, xml, Some("state"), &*SP_KEY).expect("a URL");
        url.split_once('?').map(|(_, query)| query.to_owned()).unwrap_or_default()
    };
    let (request, response) = (logout_request(false), logout_response(false));
    let redirected = [query(Carried::Request, &request), query(Carried::Response, &response)];
    let read = |query: &String| said(receive_redirect(query).ok()).expect("our own query");
    let mut all: Vec<_> = redirected.iter().map(read).collect();
    for (xml, is_request) in [(logout_request(true), true), (logout_response(true), false)] {
        all.push(said(receive_post(&form(xml.as_bytes(), is_request)).ok()).expect("our own form"));
    }
    all
});

fn form(xml: &[u8], is_request: bool) -> LogoutForm {
    let field = Some(STANDARD.encode(xml));
    let (saml_request, saml_response) = if is_request { (field, None) } else { (None, field) };
    LogoutForm { saml_request, saml_response, relay_state: None }
}

fn said(received: Option<ReceivedLogout>) -> Option<String> {
    let peer = Peer { entity_id: &PROVIDER.entity_id, signing_keys: &PROVIDER.signing_keys, recipient: IDP };
    let expected = expected_at(SLO);
    match received? {
        ReceivedLogout::Request(it) => Some(format!("{:?}", it.verify(&peer, &expected).ok()?)),
        ReceivedLogout::Response(it) => Some(format!("{:?}", it.verify(&peer, &expected).ok()?)),
    }
}

fuzz_target!(|input: &[u8]| {
    let posted = [true, false].map(|is_request| said(receive_post(&form(input, is_request)).ok()));
    let query = std::str::from_utf8(input).ok().and_then(|query| said(receive_redirect(query).ok()));
    for said in posted.into_iter().chain([query]).flatten() {
        assert!(HONEST.contains(&said), "{said}");
    }
});
