//! Metadata: read in any order, and never read as permission to be less careful.

use portner_domain::{Millis, Moment};

use super::{ACS, ACS_2, ENTROPY, IDP, IDP_KEY, SP, SSO, idp_description, now, provider, sp_description};
use crate::metadata::{self, service_provider_metadata};
use crate::{
    Binding, Contact, ContactKind, IdentityProvider, LocalName, LogoutEndpoint, MetadataError, NameIdFormat,
    Organization, ServiceProvider,
};

fn sp() -> String {
    service_provider_metadata(&sp_description()).unwrap()
}

fn parse(xml: &str) -> Result<ServiceProvider, MetadataError> {
    ServiceProvider::parse(xml.as_bytes())
}

fn changed(from: &str, to: &str) -> Result<ServiceProvider, MetadataError> {
    let (before, after) = (sp(), sp().replace(from, to));
    assert_ne!(before, after, "{from}");
    parse(&after)
}

#[test]
fn what_a_service_provider_says_is_read() {
    let read = provider();
    assert_eq!(read.entity_id, SP);
    assert_eq!(read.display_name.da.as_deref(), Some("Selvbetjening"));
    assert_eq!(read.display_name.en.as_deref(), Some("Self-service"));
    assert_eq!((read.signing_keys.len(), read.encryption_keys.len()), (1, 1));
    assert_eq!(read.default_assertion_consumer().unwrap().location, ACS);
    assert_eq!(read.assertion_consumers.len(), 2);
    assert_eq!(read.logout[0].binding, Binding::Redirect);
    assert_eq!(
        read.logout[0].response_location.as_deref(),
        Some("https://sp.example.dk/saml/logoutResponse")
    );
    assert_eq!(read.name_id_formats, [NameIdFormat::Persistent]);
    assert!(
        read.requested_attributes[0].required && read.authn_requests_signed && read.want_assertions_signed
    );
}

#[test]
fn where_logout_messages_go_is_said_and_read_in_the_order_of_preference() {
    let endpoint = |binding, location: &str, response_location: Option<&str>| LogoutEndpoint {
        binding,
        location: location.to_owned(),
        response_location: response_location.map(str::to_owned),
    };
    let endpoints = vec![
        endpoint(Binding::Redirect, "https://x.example.dk/slo?a=1&b=2", None),
        endpoint(Binding::Post, "https://x.example.dk/slo", Some("https://x.example.dk/done")),
    ];
    let mut idp = idp_description();
    idp.logout.clone_from(&endpoints);
    let idp = metadata::identity_provider(&idp).unwrap();
    let mut sp = sp_description();
    sp.logout.clone_from(&endpoints);
    let sp = service_provider_metadata(&sp).unwrap();
    // What there is besides is passed over: SOAP is between servers, and we speak through browsers.
    let soap = "<md:SingleLogoutService Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:SOAP\" \
                Location=\"ftp://x\"></md:SingleLogoutService>";
    let with_soap =
        |xml: &str| xml.replacen("<md:SingleLogoutService", &format!("{soap}<md:SingleLogoutService"), 1);
    let read = [
        IdentityProvider::parse(with_soap(&idp).as_bytes()).unwrap().logout,
        parse(&with_soap(&sp)).unwrap().logout,
    ];
    assert_eq!(read, [endpoints.clone(), endpoints]);
    let responses: Vec<_> = read[0].iter().map(LogoutEndpoint::for_responses).collect();
    assert_eq!(responses, ["https://x.example.dk/slo?a=1&b=2", "https://x.example.dk/done"]);
    let unsafe_idp = idp.replace("https://x.example.dk/done", "javascript:x");
    let unsafe_idp = IdentityProvider::parse(unsafe_idp.as_bytes()).err();
    assert!(matches!(unsafe_idp, Some(MetadataError::UnsafeLocation(_))));
}

#[test]
fn any_order_comments_and_a_byte_order_mark_are_no_obstacle() {
    let whole = sp();
    let (head, rest) = whole.split_once("<md:Extensions>").unwrap();
    let (extensions, tail) = rest.split_once("</md:Extensions>").unwrap();
    let moved = tail.replace(
        "</md:SPSSODescriptor>",
        &format!("<md:Extensions>{extensions}</md:Extensions><!-- last --></md:SPSSODescriptor>"),
    );
    let text = format!("\u{feff}<?xml version='1.0' encoding='utf-8'?>\n<!-- by hand -->\n{head}{moved}");
    assert_eq!(parse(&text).unwrap().display_name.en.as_deref(), Some("Self-service"));
    let commented = sp().replace(">Self-service<", ">Self<!-- -->-service<");
    assert!(matches!(parse(&commented), Err(MetadataError::Unreadable(_))));
}

#[test]
fn t_md_01_leaving_something_out_lowers_nothing() {
    let anywhere = changed(" use=\"signing\"", "").unwrap();
    assert_eq!((anywhere.signing_keys.len(), anywhere.encryption_keys.len()), (1, 2));
    assert_eq!(changed("use=\"signing\"", "use=\"encryption\"").err(), Some(MetadataError::NoSigningKey));
    assert_eq!(changed("use=\"encryption\"", "use=\"signing\"").err(), Some(MetadataError::NoEncryptionKey));
    assert_eq!(changed("use=\"signing\"", "use=\"\"").err(), Some(MetadataError::NoSigningKey));
    // Not wanting requests signed changes what is displayed, not that a signature and its key are needed.
    let lax = changed("AuthnRequestsSigned=\"true\"", "AuthnRequestsSigned=\"false\"").unwrap();
    assert!(!lax.authn_requests_signed && !lax.signing_keys.is_empty());
}

#[test]
fn t_idp_01_addresses_are_https_or_local() {
    for good in [
        "https://sp.example.dk",
        "https://sp.example.dk:8443/acs?tenant=1&amp;x=%20",
        "http://localhost:8080/acs",
        "http://127.0.0.1/acs",
        "http://[::1]:9000/acs",
        "https://xn--smrrebrd-64af.example.dk/acs",
        "https://sp_test.example.dk/acs",
        "https://192.0.2.7:9443/acs",
        "https://[2001:db8::7]/acs",
        "https://sp.example.dk/acs?to=javascript:alert(1)&amp;at=@",
    ] {
        assert!(changed(ACS, good).is_ok(), "{good}");
    }
    for bad in [
        "javascript:alert(1)",
        "JavaScript:alert(1)",
        "data:text/html,x",
        "http://sp.example.dk/acs",
        "http://localhost.evil.example/",
        "http://localhost@evil.example/",
        "http://127.0.0.1.evil.example/",
        "https://user:secret@sp.example.dk/",
        "https:///acs",
        "https://",
        "//sp.example.dk/acs",
        "/acs",
        "https://sp.example.dk/a b",
        "https://sp.example.dk/&quot;onload=",
        "https://sp.example.dk/&#10;x",
        "https://sp.example.dk&#9;/",
        "https://sp.example.dk/&#x7f;",
        "vbscript:x",
        "blob:https://sp.example.dk/x",
        "file:///etc/passwd",
        "https:/sp.example.dk/",
        "https:sp.example.dk/",
        "HTTPS://sp.example.dk/",
        r"https:\sp.example.dk\",
        r"https://sp.example.dk\@evil.example/",
        "https://sp.example.dk@evil.example/",
        "https://@sp.example.dk/",
        "https://:@sp.example.dk/",
    ] {
        let refused = changed(ACS, bad).err();
        assert!(matches!(refused, Some(MetadataError::UnsafeLocation(_))), "{bad}: {refused:?}");
    }
}

#[test]
fn t_idp_01_a_host_is_written_as_every_reader_reads_it() {
    for bad in [
        "https://sp.exämple.dk/",
        "https://sp.ехаmple.dk/",
        "https://sp\u{3002}example.dk/",
        "https://sp\u{ff0e}example\u{ff0f}dk/",
        "https://sp\u{200d}.example.dk/",
        "https://\u{202e}kd.elpmaxe/",
        "https://sp%2eexample.dk/",
        "https://%73p.example.dk/",
        "https://sp..example.dk/",
        "https://.example.dk/",
        "https://sp.example.dk;evil.example/",
        "https://sp.example.dk,evil.example/",
        "https://sp.example.dk:0/",
        "https://sp.example.dk:/",
        "https://sp.example.dk:65536/",
        "https://sp.example.dk:443:443/",
        "https://sp.example.dk:+443/",
        "https://[::1/",
        "https://[v1.x]/",
        "https://[::1]x/",
        "https://2130706433/",
        "https://0x7f000001/",
        "https://127.1/",
        "https://0177.0.0.1/",
        "https://sp.example.1/",
        " https://sp.example.dk/",
        "",
    ] {
        let refused = changed(ACS, bad).err();
        assert!(matches!(refused, Some(MetadataError::UnsafeLocation(_))), "{bad}: {refused:?}");
    }
}

#[test]
fn t_idp_01_every_location_is_looked_at() {
    for address in ["https://sp.example.dk/saml/logoutResponse", "https://sp.example.dk/saml/logout\"", ACS_2]
    {
        let bad = format!("javascript:x{}", if address.ends_with('"') { "\"" } else { "" });
        let refused = changed(address, &bad).err();
        assert!(matches!(refused, Some(MetadataError::UnsafeLocation(_))), "{address}");
    }
}

#[test]
fn the_default_consumer_follows_the_metadata_specification() {
    let default = |first: &str, second: &str| {
        let text = sp()
            .replace(
                "index=\"0\" isDefault=\"true\"></md:Assertion",
                &format!("index=\"0\"{first}></md:Assertion"),
            )
            .replace("index=\"1\" isDefault=\"false\"", &format!("index=\"1\"{second}"));
        parse(&text).unwrap().default_assertion_consumer().unwrap().location.clone()
    };
    assert_eq!(default("", " isDefault=\"1\""), ACS_2);
    assert_eq!(default(" isDefault=\"false\"", ""), ACS_2);
    assert_eq!(default("", ""), ACS);
    assert_eq!(default(" isDefault=\"false\"", " isDefault=\"0\""), ACS);
    let artifact = sp().replacen("bindings:HTTP-POST", "bindings:HTTP-Artifact", 1);
    assert_eq!(parse(&artifact).unwrap().default_assertion_consumer().unwrap().location, ACS_2);
    let none = sp().replace("bindings:HTTP-POST", "bindings:HTTP-Artifact");
    assert_eq!(parse(&none).err(), Some(MetadataError::NoAssertionConsumer));
}

#[test]
fn what_is_not_one_service_provider_is_refused_with_a_remedy() {
    let several = format!(
        "<md:EntitiesDescriptor xmlns:md=\"urn:oasis:names:tc:SAML:2.0:metadata\">{}</md:EntitiesDescriptor>",
        sp()
    );
    assert_eq!(parse(&several).err(), Some(MetadataError::SeveralEntities));
    assert_eq!(parse("<html></html>").err(), Some(MetadataError::NotMetadata));
    assert_eq!(changed(&format!("entityID=\"{SP}\""), "").err(), Some(MetadataError::BadEntityId));
    assert_eq!(
        changed("SPSSODescriptor", "AttributeAuthorityDescriptor").err(),
        Some(MetadataError::WrongRole("SPSSODescriptor"))
    );
    let saml_1 = changed("SAML:2.0:protocol", "SAML:1.1:protocol").err();
    assert_eq!(saml_1, Some(MetadataError::WrongRole("SPSSODescriptor")));
    assert!(matches!(ServiceProvider::parse(b"\xff\xfe<"), Err(MetadataError::Unreadable(_))));
    let latin = format!("<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>{}", sp());
    assert!(parse(&latin).is_err());
    let dtd = format!("<!DOCTYPE x>{}", sp());
    assert!(parse(&dtd).unwrap_err().to_string().contains("DOCTYPE"));
    assert_eq!(
        changed("\"1\" isDefault", "\"70000\" isDefault").err(),
        Some(MetadataError::BadValue("AssertionConsumerService/@index"))
    );
    let double = "<ds:X509Certificate>AAAA</ds:X509Certificate></ds:X509Data>";
    assert_eq!(changed("</ds:X509Data>", double).err(), Some(MetadataError::SeveralCertificates));
}

#[test]
fn weak_and_foreign_keys_are_refused() {
    use base64::Engine as _;
    let encoded = |pem: &[u8]| {
        let text = std::str::from_utf8(pem).unwrap();
        text.lines().filter(|line| !line.starts_with('-')).collect::<String>()
    };
    let own = base64::engine::general_purpose::STANDARD.encode(provider().signing_keys[0].der());
    let small = encoded(super::testdata!("small.crt.pem"));
    let curve = encoded(super::testdata!("ec.crt.pem"));
    assert!(matches!(changed(&own, &small), Err(MetadataError::BadKey(_))));
    assert!(matches!(changed(&own, "AAAA"), Err(MetadataError::BadKey(_))));
    // P-256 may sign, but nothing can be encrypted to it.
    assert_eq!(changed(&own, &curve).err(), Some(MetadataError::NoEncryptionKey));
}

#[test]
fn valid_until_is_read() {
    let text = sp().replace(" entityID", " validUntil=\"2027-01-01T00:00:00Z\" entityID");
    assert_eq!(parse(&text).unwrap().valid_until, Moment::parse_xs_date_time("2027-01-01T00:00:00Z"));
    assert!(changed(" entityID", " validUntil=\"soon\" entityID").is_err());
}

#[test]
fn our_own_metadata_says_what_service_providers_need() {
    let mut description = idp_description();
    description.sso_post = Some("https://login.example.dk/saml/post".to_owned());
    description.logout = vec![LogoutEndpoint {
        binding: Binding::Redirect,
        location: "https://login.example.dk/saml/slo".to_owned(),
        response_location: None,
    }];
    description.error_url = Some("https://login.example.dk/error".to_owned());
    description.valid_until = Some(now().plus(Millis::hours(24)));
    description.cache_duration = Some(Millis::hours(6));
    description.organization = Some(Organization {
        name: "Eksempel Kommune".to_owned(),
        display_name: "Eksempel".to_owned(),
        url: "https://example.dk".to_owned(),
    });
    description.contacts = vec![Contact {
        kind: ContactKind::Technical,
        company: Some("Eksempel".to_owned()),
        email: "it@example.dk".to_owned(),
        telephone: None,
    }];
    description.display_name = LocalName { da: Some("A & B".to_owned()), en: None };
    for text in [
        metadata::identity_provider(&description).unwrap(),
        metadata::signed_identity_provider(&description, &*IDP_KEY, &ENTROPY).unwrap(),
    ] {
        let read = IdentityProvider::parse(text.as_bytes()).unwrap();
        assert_eq!((read.entity_id.as_str(), read.sso_redirect.as_str()), (IDP, SSO));
        assert_eq!(read.signing_keys, description.signing);
        assert!(read.want_authn_requests_signed);
        for part in [
            "cacheDuration=\"PT21600S\"",
            "validUntil=\"2026-11-22T09:15:04.120Z\"",
            "errorURL=\"https://login.example.dk/error\"",
            "<mdui:DisplayName xml:lang=\"da\">A &amp; B</mdui:DisplayName>",
            "<md:EmailAddress>mailto:it@example.dk</md:EmailAddress>",
        ] {
            assert!(text.contains(part), "{part} in {text}");
        }
    }
}

/// In the style of the national broker: no order that the schema knows, two signing keys, a role that is not ours,
/// endpoints of bindings that are not ours, and everything with prefixes of its own.
fn in_the_wild() -> String {
    let encoded = |pem: &[u8]| {
        let text = std::str::from_utf8(pem).unwrap();
        text.lines().filter(|line| !line.starts_with('-')).collect::<Vec<_>>().join("\n        ")
    };
    let key = |usage: &str, pem: &[u8]| {
        format!(
            "<KeyDescriptor{usage}><KeyInfo xmlns=\"http://www.w3.org/2000/09/xmldsig#\"><KeyName>x</KeyName>\
             <X509Data><X509SubjectName>CN=x</X509SubjectName><X509Certificate>\n{}\n</X509Certificate>\
             </X509Data></KeyInfo></KeyDescriptor>",
            encoded(pem)
        )
    };
    let (one, two) = (super::testdata!("sp.crt.pem"), super::testdata!("other.crt.pem"));
    let attribute = "<RequestedAttribute Name=\"https://data.gov.dk/model/core/eid/email\" \
                     NameFormat=\"urn:oasis:names:tc:SAML:2.0:attrname-format:uri\" isRequired=\"true\"/>";
    let bindings = "urn:oasis:names:tc:SAML:2.0:bindings";
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<EntityDescriptor ID=\"_1\" entityID=\"https://saml.broker.example/\" \
         xmlns=\"urn:oasis:names:tc:SAML:2.0:metadata\">\n\
         <ContactPerson contactType=\"technical\"><Company>Broker</Company></ContactPerson>\n\
         <AttributeAuthorityDescriptor protocolSupportEnumeration=\"urn:oasis:names:tc:SAML:2.0:protocol\">\n\
         <AttributeService Binding=\"{bindings}:SOAP\" Location=\"https://aq.broker.example/x.svc\"/>\
         </AttributeAuthorityDescriptor>\n\
         <SPSSODescriptor AuthnRequestsSigned=\"1\" WantAssertionsSigned=\" true \" \
         protocolSupportEnumeration=\"urn:oasis:names:tc:SAML:1.1:protocol urn:oasis:names:tc:SAML:2.0:protocol\">\n\
         <AttributeConsumingService index=\"3\"><ServiceName xml:lang=\"sv\">Mäklare</ServiceName>{attribute}\
         </AttributeConsumingService>\n\
         <AssertionConsumerService index=\"0\" Binding=\"{bindings}:HTTP-Artifact\" Location=\"https://broker.example/art\"/>\n\
         <AssertionConsumerService index=\"7\" Binding=\"{bindings}:HTTP-POST\" Location=\"https://broker.example/acs\"/>\n\
         <NameIDFormat> urn:oasis:names:tc:SAML:2.0:nameid-format:persistent </NameIDFormat>\n\
         {}{}{}\n\
         <Extensions><SupportedAttributeProfiles xmlns=\"https://data.gov.dk/eid/saml/extensions\">\
         <Profile>https://data.gov.dk/eid/Professional/DK</Profile></SupportedAttributeProfiles></Extensions>\n\
         <SingleLogoutService Binding=\"{bindings}:SOAP\" Location=\"http://internal.broker.example/soap\"/>\n\
         <SingleLogoutService Binding=\"{bindings}:HTTP-Redirect\" Location=\"https://broker.example/slo\" \
         ResponseLocation=\"https://broker.example/slo/done\"/>\n\
         </SPSSODescriptor></EntityDescriptor>",
        key(" use=\"signing\"", one),
        key(" use=\"signing\"", two),
        key(" use=\"encryption\"", one),
    )
}

#[test]
fn metadata_as_it_is_found_is_read_whatever_its_order() {
    let read = parse(&in_the_wild()).unwrap();
    assert_eq!(read.entity_id, "https://saml.broker.example/", "the slash belongs to it");
    assert_eq!((read.signing_keys.len(), read.encryption_keys.len()), (2, 1));
    assert_eq!(read.assertion_consumers.len(), 1);
    assert_eq!(read.assertion_consumers[0].index, Some(7));
    assert_eq!(read.name_id_formats, [NameIdFormat::Persistent]);
    assert_eq!(read.display_name.da.as_deref(), Some("Mäklare"));
    assert!(
        read.requested_attributes[0].required && read.authn_requests_signed && read.want_assertions_signed
    );
    let [logout] = read.logout.as_slice() else { panic!("{:?}", read.logout) };
    assert_eq!(logout.response_location.as_deref(), Some("https://broker.example/slo/done"));
}
