//! Any XML, signed by the service provider over the query: a hostile service provider. What is read is within the
//! limits, and answered only where metadata says.
#![no_main]

use libfuzzer_sys::fuzz_target;
use portner_fuzz::{PROVIDER, SP, SP_KEY, SSO, expected};
use portner_saml::redirect;

/// What `saml` promises to keep of a request, all texts together.
const KEPT_BYTES_MAX: usize = 128 * 1024;

fuzz_target!(|xml: &str| {
    let Ok(url) = redirect::signed_url(SSO, redirect::Carried::Request, xml, None, &*SP_KEY) else { return };
    let Some((_, query)) = url.split_once('?') else { return };
    let Ok(received) = redirect::receive(query) else { return };
    let Ok(request) = received.verify(&PROVIDER, &expected()) else { return };
    assert!(PROVIDER.assertion_consumers.iter().any(|one| one.location == request.acs));
    assert_eq!(request.issuer, SP);
    assert!(!request.id.is_empty() && request.id.len() <= 256 && !request.id.contains(char::is_whitespace));
    assert!(request.issue_instant <= expected().now.plus(expected().skew));
    assert!(request.requester_ids.len() <= 16);
    assert!(xml.contains(&request.id), "the ID is echoed as it was written");
    assert!(format!("{request:?}").len() <= KEPT_BYTES_MAX);
});
