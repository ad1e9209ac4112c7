//! What other implementations make of our messages: `xmlsec1` verifies and decrypts them.
//!
//! The tests are silent where `xmlsec1` is not installed; `make test` installs it.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicU8, Ordering};

use base64::Engine as _;
use portner_domain::{Entropy, Millis, Moment};
use portner_saml::{
    Attribute, AttributeNameFormat, Certificate, EncryptionDefault, EncryptionTarget, Expected, Failure,
    FileKey, IdpDescription, LocalName, LogoutRequestDescription, LogoutResponseDescription, NameId,
    NameIdFormat, RequestDescription, ResponseSigning, ServiceProvider, SpDescription, Status, Success,
    metadata, post, response, signed_authn_request, signed_logout_request, signed_logout_response,
};

const ACS: &str = "https://sp.example.dk/acs";
const TESTDATA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/testdata");
const RESPONSE: &str = "urn:oasis:names:tc:SAML:2.0:protocol:Response";
const ASSERTION: &str = "urn:oasis:names:tc:SAML:2.0:assertion:Assertion";

struct Counter(AtomicU8);

impl Entropy for Counter {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill_with(|| self.0.fetch_add(1, Ordering::Relaxed));
    }
}

static ENTROPY: Counter = Counter(AtomicU8::new(0));

fn read(name: &str) -> Vec<u8> {
    std::fs::read(Path::new(TESTDATA).join(name)).unwrap()
}

fn idp_key() -> FileKey {
    FileKey::from_pem(&read("idp.key.pem"), &read("idp.crt.pem")).unwrap()
}

fn now() -> Moment {
    Moment(1_795_252_504_120)
}

fn provider() -> ServiceProvider {
    let certificate = Certificate::from_pem(&read("sp.crt.pem")).unwrap();
    let description = SpDescription {
        entity_id: "https://saml.sp.example.dk".to_owned(),
        signing: vec![certificate.clone()],
        encryption: vec![certificate],
        assertion_consumers: vec![ACS.to_owned()],
        logout: Vec::new(),
        name_id_formats: Vec::new(),
        display_name: LocalName::default(),
        requested_attributes: Vec::new(),
    };
    let text = metadata::service_provider_metadata(&description).unwrap();
    ServiceProvider::parse(text.as_bytes()).unwrap()
}

fn success(signing: ResponseSigning) -> String {
    let name_id = NameId { format: NameIdFormat::Persistent, value: "a<b>&\"c\r\n\t'd".to_owned() };
    let attributes = [Attribute {
        name: "https://data.gov.dk/model/core/eid/fullName".to_owned(),
        name_format: AttributeNameFormat::Uri,
        friendly_name: Some("Full & \"Name\"\n".to_owned()),
        values: vec!["Søren ]]> <Ærø>".to_owned(), String::new(), "\u{1F600}\r".to_owned()],
    }];
    let success = Success {
        response_id: "_response",
        assertion_id: "_assertion",
        in_response_to: "_request",
        issuer: "https://saml.idp.example.dk",
        acs: ACS,
        audience: "https://saml.sp.example.dk",
        now: now(),
        valid_for: Millis::minutes(5),
        authn_instant: now(),
        session_index: "_assertion",
        session_not_on_or_after: None,
        class_ref: "https://data.gov.dk/concept/core/nsis/loa/Substantial",
        name_id: &name_id,
        attributes: &attributes,
        authenticating_authority: None,
    };
    let target = EncryptionTarget::choose(&provider(), EncryptionDefault::Widest, now()).unwrap();
    response::success(&success, &idp_key(), &target, signing, &ENTROPY).unwrap()
}

/// Run `xmlsec1` on a document; its output, or `None` where it is not installed.
fn xmlsec1(arguments: &[&str], document: &str) -> Option<(bool, Vec<u8>, String)> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("it.xml");
    std::fs::write(&file, document).unwrap();
    let output = Command::new("xmlsec1").args(arguments).arg(&file).current_dir(TESTDATA).output();
    match output {
        Ok(output) => {
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            Some((output.status.success(), output.stdout, said))
        }
        // `make test` installs it, and says so; elsewhere it may be missing.
        Err(error)
            if error.kind() == std::io::ErrorKind::NotFound
                && std::env::var_os("PORTNER_TEST_ALL").is_none() =>
        {
            None
        }
        Err(error) => panic!("{error}"),
    }
}

fn verifies(document: &str, element: &str, key: &str) -> Option<bool> {
    let arguments = ["--verify", "--pubkey-cert-pem", key, "--id-attr:ID", element];
    xmlsec1(&arguments, document).map(|(verified, _, _)| verified)
}

#[track_caller]
fn accepted(document: &str, element: &str) {
    assert_ne!(verifies(document, element, "idp.crt.pem"), Some(false), "{document}");
    assert_ne!(verifies(document, element, "other.crt.pem"), Some(true), "{document}");
    let altered = document.replacen("example.dk", "example.dk.", 1);
    assert_ne!(verifies(&altered, element, "idp.crt.pem"), Some(true), "{altered}");
}

#[test]
fn it_decrypts_our_assertion_and_accepts_the_signature_in_it() {
    let document = success(ResponseSigning::AssertionOnly);
    let Some((decrypted, plain, said)) = xmlsec1(&["--decrypt", "--privkey-pem", "sp.key.pem"], &document)
    else {
        return;
    };
    assert!(decrypted, "{said}");
    let plain = String::from_utf8(plain).unwrap();
    assert!(plain.contains("S&#xF8;ren ]]&gt; &lt;&#xC6;r&#xF8;&gt;"), "{plain}");
    assert_eq!(verifies(&plain, ASSERTION, "idp.crt.pem"), Some(true), "inside the response");
    let start = plain.find("<saml:Assertion ").unwrap();
    let end = plain.find("</saml:EncryptedAssertion>").unwrap();
    accepted(plain.get(start..end).unwrap(), ASSERTION);
}

#[test]
fn it_accepts_signed_responses() {
    accepted(&success(ResponseSigning::AssertionAndResponse), RESPONSE);
    let status = Status::AUTHN_FAILED;
    let failure = Failure {
        response_id: "_failure",
        in_response_to: "_request",
        issuer: "https://saml.idp.example.dk",
        acs: ACS,
        now: now(),
        status: &status,
    };
    accepted(&response::failure(&failure, &idp_key()).unwrap(), RESPONSE);
}

#[test]
fn it_accepts_signed_requests() {
    let request = RequestDescription {
        id: "_request",
        issuer: "https://saml.sp.example.dk",
        destination: "https://login.example.dk/sso",
        acs: None,
        now: now(),
        force_authn: true,
        is_passive: false,
        class_refs: &["https://data.gov.dk/concept/core/nsis/loa/High"],
        requester_ids: &["urn:a"],
    };
    let signed = signed_authn_request(&request, &idp_key()).unwrap();
    accepted(&signed, "urn:oasis:names:tc:SAML:2.0:protocol:AuthnRequest");
}

#[test]
fn it_accepts_signed_logout_messages() {
    let name_id = NameId { format: NameIdFormat::Persistent, value: "a<b>&\"c\r\n\t'd".to_owned() };
    let request = LogoutRequestDescription {
        id: "_logout",
        issuer: "https://saml.idp.example.dk",
        destination: "https://sp.example.dk/logout?a=1&b=2",
        now: now(),
        not_on_or_after: now().plus(Millis::minutes(5)),
        name_id: &name_id,
        session_indexes: &["_a", "_b"],
    };
    let signed = signed_logout_request(&request, &idp_key()).unwrap();
    accepted(&signed, "urn:oasis:names:tc:SAML:2.0:protocol:LogoutRequest");
    let response = LogoutResponseDescription {
        id: "_answer",
        in_response_to: "_logout",
        issuer: "https://saml.idp.example.dk",
        destination: "https://sp.example.dk/logoutResponse",
        now: now(),
        status: &Status::PARTIAL_LOGOUT,
    };
    let signed = signed_logout_response(&response, &idp_key()).unwrap();
    accepted(&signed, "urn:oasis:names:tc:SAML:2.0:protocol:LogoutResponse");
}

#[test]
fn it_accepts_signed_metadata() {
    let description = IdpDescription {
        entity_id: "https://saml.idp.example.dk".to_owned(),
        signing: vec![Certificate::from_pem(&read("idp.crt.pem")).unwrap()],
        sso_redirect: "https://login.example.dk/sso?a=1&b=2".to_owned(),
        sso_post: None,
        logout: Vec::new(),
        name_id_formats: vec![NameIdFormat::Persistent],
        attributes: vec![("urn:a".to_owned(), None)],
        display_name: LocalName { da: Some("Ø".to_owned()), en: None },
        logo: None,
        organization: None,
        contacts: Vec::new(),
        error_url: None,
        valid_until: Some(now()),
        cache_duration: None,
    };
    let signed = metadata::signed_identity_provider(&description, &idp_key(), &ENTROPY).unwrap();
    accepted(&signed, "urn:oasis:names:tc:SAML:2.0:metadata:EntityDescriptor");
}

/// Pretty-printed, with a prefix list, with prefixes of its own and base64 in lines: nothing like ours.
const TEMPLATE: &str = r##"<?xml version="1.0" encoding="UTF-8"?>
<p:AuthnRequest xmlns:p="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:xs="http://www.w3.org/2001/XMLSchema"
    ID="_theirs" Version="2.0" IssueInstant="2026-11-21T10:15:04+01:00" Destination="https://login.example.dk/sso">
  <Issuer xmlns="urn:oasis:names:tc:SAML:2.0:assertion">https://saml.sp.example.dk</Issuer>
  <Signature xmlns="http://www.w3.org/2000/09/xmldsig#">
    <SignedInfo>
      <CanonicalizationMethod Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/>
      <SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#rsa-SIZE"/>
      <Reference URI="#_theirs">
        <Transforms>
          <Transform Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"/>
          <Transform Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#">
            <ec:InclusiveNamespaces xmlns:ec="http://www.w3.org/2001/10/xml-exc-c14n#" PrefixList="xs #default"/>
          </Transform>
        </Transforms>
        <DigestMethod Algorithm="DIGEST"/>
        <DigestValue/>
      </Reference>
    </SignedInfo>
    <SignatureValue/>
    <KeyInfo><X509Data/></KeyInfo>
  </Signature>
  <p:Extensions><a xmlns="" b='"'>&#xE6; &amp; <xs:c xmlns:d="urn:d" d:e="&#10;"/></a></p:Extensions>
</p:AuthnRequest>"##;

#[test]
fn we_accept_what_it_signs() {
    let expected = Expected {
        destination: "https://login.example.dk/sso",
        now: now(),
        skew: Millis::minutes(3),
        lifetime: Millis::minutes(5),
    };
    for (size, digest) in [
        ("sha256", "http://www.w3.org/2001/04/xmlenc#sha256"),
        ("sha384", "http://www.w3.org/2001/04/xmldsig-more#sha384"),
        ("sha512", "http://www.w3.org/2001/04/xmlenc#sha512"),
    ] {
        let template = TEMPLATE.replace("SIZE", size).replace("DIGEST", digest);
        let element = "urn:oasis:names:tc:SAML:2.0:protocol:AuthnRequest";
        let arguments = ["--sign", "--privkey-pem", "sp.key.pem,sp.crt.pem", "--id-attr:ID", element];
        let Some((signs, signed, said)) = xmlsec1(&arguments, &template) else { return };
        assert!(signs, "{said}");
        let field = base64::engine::general_purpose::STANDARD.encode(&signed);
        let request = post::receive(&field, None).unwrap().verify(&provider(), &expected).unwrap();
        assert_eq!((request.id.as_str(), request.acs.as_str()), ("_theirs", ACS), "{size}");
    }
}
