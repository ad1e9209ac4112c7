//! An assertion with anything done to it, encrypted to us as anybody can: it is refused, or says what was signed.
#![no_main]

use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use libfuzzer_sys::fuzz_target;
use portner_fuzz::{
    IDENTITY_PROVIDER, SP_DECRYPTION, encrypted_to_the_provider, expected_response, signed_assertion,
};
use portner_saml::response;

static HONEST: LazyLock<String> =
    LazyLock::new(|| read(signed_assertion().as_bytes()).expect("our own assertion"));

fn read(assertion: &[u8]) -> Option<String> {
    let received = response::receive(&STANDARD.encode(encrypted_to_the_provider(assertion))).ok()?;
    let verified = received.verify(&IDENTITY_PROVIDER, &SP_DECRYPTION, &expected_response()).ok()?;
    Some(format!("{verified:?}"))
}

fuzz_target!(|assertion: &[u8]| {
    if let Some(said) = read(assertion) {
        assert_eq!(said, *HONEST);
    }
});
