//! Any document: its canonical form is not empty, means the same, and is its own canonical form.
#![no_main]

use libfuzzer_sys::fuzz_target;
use portner_saml::fuzzing;

fuzz_target!(|text: &str| {
    let Some(once) = fuzzing::canonical(text) else { return };
    assert!(once.starts_with('<') && once.ends_with('>'), "{once}");
    let again = fuzzing::canonical(&once).expect("a canonical form is a document");
    assert_eq!(again, once);
    assert_eq!(fuzzing::meaning(&once), fuzzing::meaning(text), "{once}");
});
