//! An identity provider's metadata, ours to read when we are a service provider.
#![no_main]

use libfuzzer_sys::fuzz_target;
use portner_saml::IdentityProvider;

fuzz_target!(|xml: &[u8]| {
    let Ok(read) = IdentityProvider::parse(xml) else { return };
    assert!(!read.signing_keys.is_empty() && !read.entity_id.is_empty());
    let addresses = read.logout.iter().map(|one| &one.location).chain([&read.sso_redirect]);
    for address in addresses {
        let local = ["http://localhost", "http://127.0.0.1", "http://[::1]"];
        assert!(
            address.starts_with("https://") || local.iter().any(|it| address.starts_with(it)),
            "{address}"
        );
    }
});
