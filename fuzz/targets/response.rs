//! A response to us as a service provider, with anything done to it: it is refused, or says what was signed.
#![no_main]

use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use libfuzzer_sys::fuzz_target;
use portner_fuzz::{IDENTITY_PROVIDER, SP_DECRYPTION, encrypted_response, expected_response};
use portner_saml::{ResponseRefusal, ResponseSigning, response};

static HONEST: LazyLock<String> = LazyLock::new(|| {
    read(encrypted_response(ResponseSigning::AssertionOnly).as_bytes()).expect("our own response")
});

fn read(xml: &[u8]) -> Result<String, ResponseRefusal> {
    let received = response::receive(&STANDARD.encode(xml))?;
    let verified = received.verify(&IDENTITY_PROVIDER, &SP_DECRYPTION, &expected_response())?;
    Ok(format!("{verified:?}"))
}

fuzz_target!(|xml: &[u8]| {
    match read(xml) {
        Ok(said) => assert_eq!(said, *HONEST),
        Err(refusal) => assert!(!refusal.code().is_empty() && !refusal.to_string().is_empty()),
    }
});
