//! A query as a browser may send it. What verifies says exactly what the service provider signed.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use portner_fuzz::{PROVIDER, SP_KEY, SSO, expected, plain_request};
use portner_saml::redirect;

static HONEST: LazyLock<Vec<String>> = LazyLock::new(|| {
    let query = |state: Option<&str>| {
        let url = redirect::signed_url(SSO, redirect::Carried::Request, &plain_request(), state, &*SP_KEY)
            .expect("a URL");
        url.split_once('?').map(|(_, query)| query.to_owned()).unwrap_or_default()
    };
    let read = |query: String| {
        let received = redirect::receive(&query).expect("our own query");
        format!("{:?}", received.verify(&PROVIDER, &expected()).expect("our own request"))
    };
    [None, Some("state"), Some("a&b=c/+%")].into_iter().map(query).map(read).collect()
});

fuzz_target!(|query: &str| {
    if let Ok(received) = redirect::receive(query)
        && let Ok(request) = received.verify(&PROVIDER, &expected())
    {
        assert!(HONEST.contains(&format!("{request:?}")), "{request:?}");
    }
});
