//! A service provider's metadata, as an administrator may be handed it. What is accepted has keys and safe
//! addresses, and is the same when we write it down and read it again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use portner_saml::{ServiceProvider, SpDescription, metadata};

fuzz_target!(|xml: &[u8]| {
    let Ok(read) = ServiceProvider::parse(xml) else { return };
    assert!(!read.signing_keys.is_empty() && !read.encryption_keys.is_empty());
    assert!(!read.entity_id.is_empty() && read.entity_id.chars().count() <= 1024);
    assert!(read.default_assertion_consumer().is_some());
    let logout = read.logout.iter().flat_map(|one| [Some(&one.location), one.response_location.as_ref()]);
    let posts = read.assertion_consumers.iter().map(|one| Some(&one.location));
    for address in posts.chain(logout).flatten() {
        let local = ["http://localhost", "http://127.0.0.1", "http://[::1]"];
        let safe = address.starts_with("https://") || local.iter().any(|it| address.starts_with(it));
        assert!(safe && !address.contains(['"', '<', '>', '\'', ' ', '\n']), "{address}");
    }
    let again = SpDescription {
        entity_id: read.entity_id.clone(),
        signing: read.signing_keys.clone(),
        encryption: read.encryption_keys.iter().map(|key| key.certificate().clone()).collect(),
        assertion_consumers: read.assertion_consumers.iter().map(|one| one.location.clone()).collect(),
        logout: read.logout.clone(),
        name_id_formats: Vec::new(),
        display_name: read.display_name.clone(),
        requested_attributes: Vec::new(),
    };
    let written = metadata::service_provider_metadata(&again).expect("what was read can be written");
    let reread = ServiceProvider::parse(written.as_bytes()).expect("what was written can be read");
    assert_eq!((&reread.entity_id, &reread.logout), (&read.entity_id, &read.logout));
    assert_eq!(reread.signing_keys, read.signing_keys);
});
