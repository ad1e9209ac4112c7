//! What differs between two versions of metadata, and what of it is of concern.

use portner_domain::Millis;

use super::{ACS, ENTROPY, OTHER_KEY, SP_KEY, certificate, sp_description, testdata};
use crate::metadata::change::{AnotherEntity, Change, Concern, Difference, KeyUse, Vouched, changes};
use crate::metadata::{service_provider_metadata, signed_service_provider_metadata};
use crate::{Binding, FileKey, LogoutEndpoint, MetadataError, Refusal, RequestedAttribute};
use crate::{ServiceProvider, Signer, SpDescription};

fn of(description: &SpDescription) -> ServiceProvider {
    ServiceProvider::parse(service_provider_metadata(description).unwrap().as_bytes()).unwrap()
}

fn described(wish: impl FnOnce(&mut SpDescription)) -> ServiceProvider {
    let mut description = sp_description();
    wish(&mut description);
    of(&description)
}

fn rewritten(from: &str, to: &str) -> ServiceProvider {
    let before = service_provider_metadata(&sp_description()).unwrap();
    let after = before.replace(from, to);
    assert_ne!(before, after, "{from}");
    ServiceProvider::parse(after.as_bytes()).unwrap()
}

fn unvouched(old: &ServiceProvider, new: &ServiceProvider) -> Vec<Change> {
    changes(old, new, Vouched::No).unwrap()
}

fn concerns(old: &ServiceProvider, new: &ServiceProvider, vouched: Vouched) -> Vec<Concern> {
    changes(old, new, vouched).unwrap().into_iter().filter_map(|change| change.concern).collect()
}

#[test]
fn the_same_document_differs_in_nothing() {
    assert_eq!(unvouched(&described(|_| {}), &described(|_| {})), []);
}

#[test]
fn t_md_01_a_new_key_needs_somebody_who_vouches_for_it() {
    let other = certificate(testdata!("other.crt.pem"));
    let old = described(|_| {});
    let signing = described(|it| it.signing.push(other.clone()));
    let encryption = described(|it| it.encryption.push(other.clone()));
    for (new, usage) in [(&signing, KeyUse::Signing), (&encryption, KeyUse::Encryption)] {
        let found = unvouched(&old, new);
        assert!(matches!(&found[0].what, Difference::KeyAdded(of, key)
            if *of == usage && key.fingerprint == other.fingerprint()));
        assert_eq!(concerns(&old, new, Vouched::No), [Concern::NewKey]);
        assert_eq!(concerns(&old, new, Vouched::Yes), []);
        assert_eq!(concerns(new, &old, Vouched::No), [], "a key may always go");
    }
    // Without `use` it verifies and encrypts: one document, two concerns.
    let usage = " use=\"signing\"><ds:KeyInfo";
    let both = service_provider_metadata(&{
        let mut it = sp_description();
        it.signing = vec![other];
        it
    });
    let both = ServiceProvider::parse(both.unwrap().replace(usage, "><ds:KeyInfo").as_bytes()).unwrap();
    assert_eq!(concerns(&old, &both, Vouched::No), [Concern::NewKey, Concern::NewKey]);
}

#[test]
fn t_md_01_a_smaller_key_is_of_concern_whoever_vouches_for_it() {
    // P-256 is worth RSA of 3072 bits; the ordinary key here has 2048.
    let curve = certificate(testdata!("ec.crt.pem"));
    let old = described(|it| it.signing = vec![curve.clone()]);
    let new = described(|_| {});
    assert_eq!(concerns(&old, &new, Vouched::Yes), [Concern::SmallerKey]);
    assert_eq!(concerns(&new, &old, Vouched::Yes), [], "a larger one is none");
}

#[test]
fn t_md_01_an_address_elsewhere_is_of_concern_whoever_vouches_for_it() {
    let old = described(|_| {});
    let here = "https://SP.example.dk:443/saml/third";
    let check = |location: &str, expected: &[Concern]| {
        let new = described(|it| it.assertion_consumers.push(location.to_owned()));
        assert_eq!(concerns(&old, &new, Vouched::Yes), expected, "{location}");
        let answers_to = |answers: Option<&str>| {
            let logout = LogoutEndpoint {
                binding: Binding::Post,
                location: answers.map_or(location, |_| here).to_owned(),
                response_location: answers.map(str::to_owned),
            };
            described(|it| it.logout.push(logout))
        };
        assert_eq!(concerns(&old, &answers_to(None), Vouched::Yes), expected, "{location}");
        assert_eq!(concerns(&old, &answers_to(Some(location)), Vouched::Yes), expected, "{location}");
    };
    check(here, &[]);
    for elsewhere in [
        "https://evil.example/acs",
        "https://sp.example.dk:8443/acs",
        "https://sp.example.dk.evil.example/acs",
        "https://sp.example.dk./acs",
        "https://xn--sp-xka.example.dk/acs",
        "http://localhost/acs",
    ] {
        check(elsewhere, &[Concern::ElsewhereInTheWorld]);
    }
    // Where logout goes is no place for answers.
    let partner = |it: &mut SpDescription| it.logout[0].location = "https://partner.example/slo".to_owned();
    let moved = described(|it| {
        partner(it);
        it.assertion_consumers.push("https://partner.example/acs".to_owned());
    });
    assert_eq!(concerns(&described(partner), &moved, Vouched::Yes), [Concern::ElsewhereInTheWorld]);
}

#[test]
fn t_md_01_encryption_never_gets_weaker_unseen() {
    let methods = |listed: &[&str]| {
        let one = |name: &&str| format!("<md:EncryptionMethod Algorithm=\"{name}\"></md:EncryptionMethod>");
        let methods: String = listed.iter().map(one).collect();
        rewritten("use=\"encryption\"><ds:KeyInfo", &format!("use=\"encryption\">{methods}<ds:KeyInfo"))
    };
    let (gcm, cbc) =
        ("http://www.w3.org/2009/xmlenc11#aes256-gcm", "http://www.w3.org/2001/04/xmlenc#aes256-cbc");
    let (sha1, sha256) =
        ("http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p", "http://www.w3.org/2009/xmlenc11#rsa-oaep");
    let silent = described(|_| {});
    let check = |old: &ServiceProvider, new: &ServiceProvider, expected: &[Concern]| {
        assert_eq!(concerns(old, new, Vouched::Yes), expected);
    };
    let weaker = [Concern::WeakerEncryption];
    check(&silent, &methods(&[gcm, cbc]), &[]);
    check(&silent, &methods(&[cbc]), &weaker);
    check(&silent, &methods(&[sha1]), &weaker);
    check(&silent, &methods(&[gcm, sha256, sha1]), &[]);
    check(&silent, &methods(&["urn:example:nothing-we-know"]), &weaker);
    check(&methods(&[cbc]), &methods(&[cbc, sha1]), &weaker);
    check(&methods(&[cbc, sha1]), &methods(&[sha1, cbc]), &[]);
    check(&methods(&[gcm, sha1]), &methods(&[sha1, cbc]), &weaker);
    check(&methods(&[cbc]), &silent, &[]);
    assert!(matches!(unvouched(&silent, &methods(&[cbc]))[0].what, Difference::EncryptionMethods(_)));
}

#[test]
fn t_md_01_less_signed_and_more_asked_are_of_concern() {
    let old = described(|_| {});
    for flag in ["AuthnRequestsSigned", "WantAssertionsSigned"] {
        let off = rewritten(&format!("{flag}=\"true\""), &format!("{flag}=\"false\""));
        let gone = rewritten(&format!("{flag}=\"true\" "), "");
        assert_eq!(concerns(&old, &off, Vouched::Yes), [Concern::LessSigned]);
        assert_eq!(concerns(&old, &gone, Vouched::Yes), [Concern::LessSigned]);
        assert_eq!(concerns(&off, &old, Vouched::No), []);
        assert_eq!(unvouched(&off, &old).len(), 1);
    }
    let more = described(|it| {
        it.requested_attributes.push(RequestedAttribute {
            name: "https://data.gov.dk/model/core/eid/cprNumber".to_owned(),
            friendly_name: None,
            required: false,
        });
    });
    assert_eq!(concerns(&old, &more, Vouched::Yes), [Concern::AsksForMore]);
    assert_eq!(concerns(&more, &old, Vouched::No), []);
}

#[test]
fn what_is_of_no_concern_is_told_too() {
    let old = described(|_| {});
    let new = described(|it| {
        it.assertion_consumers = vec!["https://sp.example.dk/new".to_owned(), ACS.to_owned()];
        it.logout.clear();
        it.name_id_formats.clear();
        it.display_name.da = Some("Et andet navn".to_owned());
        it.requested_attributes.clear();
    });
    let found = unvouched(&old, &new);
    assert!(found.iter().all(|change| change.concern.is_none()), "{found:?}");
    let words: Vec<String> = found.iter().map(|change| change.what.to_string()).collect();
    for part in [
        "new address for answers: https://sp.example.dk/new",
        "address for answers gone: https://sp.example.dk/saml/other",
        "answers go first to https://sp.example.dk/new",
        "address for logout gone: https://sp.example.dk/saml/logout (Redirect), answers to",
        "asks no longer for the attribute https://data.gov.dk/concept/core/nsis/loa",
        "kinds of name: ",
        "is called \"Et andet navn\"",
    ] {
        assert!(words.iter().any(|word| word.contains(part)), "{part}: {words:#?}");
    }
    let dated = rewritten(" entityID", " validUntil=\"2027-01-01T00:00:00Z\" entityID");
    assert_eq!(unvouched(&old, &dated)[0].what.to_string(), "may be used until 2027-01-01T00:00:00.000Z");
    let swapped = rewritten("index=\"1\"", "index=\"7\"");
    assert_eq!(unvouched(&old, &swapped), [Change { what: Difference::ConsumersNumbered, concern: None }]);
}

#[test]
fn t_md_01_one_service_provider_never_becomes_another() {
    let old = described(|_| {});
    let other = described(|it| it.entity_id = "https://saml.other.example".to_owned());
    let refused = AnotherEntity("https://saml.other.example".to_owned());
    assert_eq!(changes(&old, &other, Vouched::Yes), Err(refused));
}

#[test]
fn t_md_01_a_signature_on_metadata_is_by_the_key_asked_for_and_covers_all_of_it() {
    let mut description = sp_description();
    // The document brings its signer's certificate along, as an attacker's would.
    description.signing = vec![OTHER_KEY.certificate().clone()];
    let signed = signed_service_provider_metadata(&description, &*OTHER_KEY, &ENTROPY).unwrap();
    let check = |text: &str, key: &FileKey| {
        let keys = [SP_KEY.certificate().clone(), key.certificate().clone()];
        ServiceProvider::parse_signed_by(text.as_bytes(), &keys).map(|it| it.entity_id)
    };
    assert_eq!(check(&signed, &OTHER_KEY), Ok(description.entity_id.clone()));
    let not_by_them = |why| Err(MetadataError::NotSignedByThem(why));
    assert_eq!(check(&signed, &SP_KEY), not_by_them(Refusal::BadSignature));
    let altered = signed.replace(ACS, "https://evil.example/acs");
    assert_ne!(altered, signed);
    assert_eq!(check(&altered, &OTHER_KEY), not_by_them(Refusal::BadSignature));
    let unsigned = service_provider_metadata(&description).unwrap();
    assert_eq!(check(&unsigned, &OTHER_KEY), not_by_them(Refusal::Unsigned));
    let wrapped = signed.replace(
        "</md:EntityDescriptor>",
        "<md:Extensions><md:EntityDescriptor></md:EntityDescriptor></md:Extensions></md:EntityDescriptor>",
    );
    assert_eq!(check(&wrapped, &OTHER_KEY), not_by_them(Refusal::BadSignature));
    assert!(
        ServiceProvider::parse(signed.as_bytes()).is_ok(),
        "without a key to hold it to, it is only read"
    );
}

#[test]
fn how_long_metadata_may_be_kept_is_read() {
    let check = |text: &str, expected: Option<Millis>| {
        let read = rewritten(" entityID", &format!(" cacheDuration=\"{text}\" entityID"));
        assert_eq!(read.cache_duration, expected, "{text}");
    };
    check("PT6H", Some(Millis::hours(6)));
    check("P1D", Some(Millis::hours(24)));
    check("P0Y0M1DT1H0M30.500S", Some(Millis::seconds(25 * 3_600 + 30)));
    check("P1M", Some(Millis::hours(30 * 24)));
    check("PT1M", Some(Millis::minutes(1)));
    for unreadable in
        ["", "P", "PT", "-P1D", "6H", "P1H", "PT1D", "PT1S1H", "P99999999999999999999D", "PT-1H"]
    {
        check(unreadable, None);
    }
}
