//! A signed request with anything done to it: it is refused, or says what was signed.
#![no_main]

use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use libfuzzer_sys::fuzz_target;
use portner_fuzz::{PROVIDER, expected, signed_request};
use portner_saml::post;

static HONEST: LazyLock<String> =
    LazyLock::new(|| read(signed_request().as_bytes()).expect("our own request"));

fn read(xml: &[u8]) -> Option<String> {
    let received = post::receive(&STANDARD.encode(xml), None).ok()?;
    Some(format!("{:?}", received.verify(&PROVIDER, &expected()).ok()?))
}

fuzz_target!(|xml: &[u8]| {
    if let Some(said) = read(xml) {
        assert_eq!(said, *HONEST);
    }
    // The field itself, too, may be anything.
    if let Ok(field) = std::str::from_utf8(xml) {
        assert!(post::receive(field, Some(field)).is_err(), "an unencoded message is no message");
    }
});
