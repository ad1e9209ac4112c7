//! Requests: what is accepted, and everything that is not.

use portner_domain::{Level, Millis};

use super::{ACS, ACS_2, ENTROPY, OTHER_KEY, SP, SP_KEY, SSO, base64, expected, provider, request, testdata};
use crate::request::Received;
use crate::{
    AuthnRequest, Binding, Carried, Comparison, FileKey, Profile, Refusal, RequestDescription, Signer,
    Status, authn_request, new_id, post, redirect, signed_authn_request,
};

fn query(xml: &str, relay_state: Option<&str>, signer: &dyn Signer) -> String {
    let url = redirect::signed_url(SSO, Carried::Request, xml, relay_state, signer).unwrap();
    url.split_once('?').unwrap().1.to_owned()
}

fn verify(received: Result<Received, Refusal>) -> Result<AuthnRequest, Refusal> {
    received?.verify(&provider(), &expected())
}

fn by_redirect(xml: &str) -> Result<AuthnRequest, Refusal> {
    verify(redirect::receive(&query(xml, None, &*SP_KEY)))
}

fn xml(change: impl FnOnce(&mut RequestDescription<'_>)) -> String {
    let mut description = request("_r1");
    change(&mut description);
    authn_request(&description).unwrap()
}

/// A request with another body, and with attributes beside the usual ones.
fn with(attributes: &str, body: &str) -> String {
    let request = xml(|it| it.class_refs = &[]);
    request
        .replace(" Version=", &format!(" {attributes} Version="))
        .replace("</samlp:AuthnRequest>", &format!("{body}</samlp:AuthnRequest>"))
}

#[test]
fn a_signed_redirect_is_accepted_and_read() {
    let request = xml(|it| it.force_authn = true);
    let received = redirect::receive(&query(&request, Some("_æ&=+ "), &*SP_KEY)).unwrap();
    assert_eq!(received.claimed_issuer(), SP);
    let verified = received.verify(&provider(), &expected()).unwrap();
    assert_eq!((verified.id.as_str(), verified.issuer.as_str(), verified.acs.as_str()), ("_r1", SP, ACS));
    assert_eq!(verified.relay_state.as_deref(), Some("_æ&=+ "));
    assert_eq!((verified.force_authn, verified.is_passive), (true, false));
    assert_eq!(verified.required.level, Some(Level::Substantial));
    assert_eq!(verified.required.comparison, Comparison::Minimum);
    assert_eq!((verified.binding, verified.objection), (Binding::Redirect, None));
}

#[test]
fn a_signed_post_is_accepted_and_read() {
    let id = new_id(&ENTROPY);
    let signed = signed_authn_request(&request(&id), &*SP_KEY).unwrap();
    let verified = verify(post::receive(&base64(&signed), Some("state"))).unwrap();
    assert_eq!((verified.id, verified.binding), (id, Binding::Post));
    assert_eq!(verified.relay_state.as_deref(), Some("state"));
}

#[test]
fn t_sig_01_an_unsigned_or_stripped_message_is_refused_on_every_binding() {
    let plain = xml(|_| ());
    let whole = query(&plain, None, &*SP_KEY);
    let (without_signature, _) = whole.split_once("&Signature=").unwrap();
    let (without_both, _) = whole.split_once("&SigAlg=").unwrap();
    for query in [without_signature, without_both, &format!("{without_signature}&Signature=")] {
        assert_eq!(redirect::receive(query).err(), Some(Refusal::Unsigned), "{query}");
    }
    assert_eq!(post::receive(&base64(&plain), None).err(), Some(Refusal::Unsigned));
    // A signature inside does not help a redirect without one outside.
    let enveloped = signed_authn_request(&request("_r1"), &*SP_KEY).unwrap();
    let (unsigned, _) = query(&enveloped, None, &*SP_KEY).split_once("&SigAlg=").map(owned).unwrap();
    assert_eq!(redirect::receive(&unsigned).err(), Some(Refusal::Unsigned));
}

fn owned((a, b): (&str, &str)) -> (String, String) {
    (a.to_owned(), b.to_owned())
}

#[test]
fn t_sig_03_only_keys_from_metadata_verify() {
    // The message carries the certificate of its true signer in KeyInfo; metadata knows another.
    let signed = signed_authn_request(&request("_r1"), &*OTHER_KEY).unwrap();
    assert_eq!(verify(post::receive(&base64(&signed), None)).err(), Some(Refusal::BadSignature));
    let query = query(&xml(|_| ()), None, &*OTHER_KEY);
    assert_eq!(verify(redirect::receive(&query)).err(), Some(Refusal::BadSignature));
}

#[test]
fn t_red_01_the_signature_is_over_the_raw_query() {
    let good = query(&xml(|_| ()), Some("state"), &*SP_KEY);
    assert!(verify(redirect::receive(&good)).is_ok());
    let doubled = |name: &str| format!("{good}&{name}=x");
    let cases = [
        (good.replace("SAMLRequest", "%53AMLRequest"), Refusal::UnknownParameter),
        (good.replace("RelayState", "relaystate"), Refusal::UnknownParameter),
        (format!("{good}&%53igAlg=x"), Refusal::UnknownParameter),
        (format!("{good}&SAMLResponse=x"), Refusal::TwoMessages),
        (format!("{good}&SAMLart=x"), Refusal::UnknownParameter),
        (format!("{good}&SAMLEncoding=zip"), Refusal::Undecodable),
        (doubled("SAMLRequest"), Refusal::DuplicateParameter),
        (doubled("RelayState"), Refusal::DuplicateParameter),
        (doubled("SigAlg"), Refusal::DuplicateParameter),
        (doubled("Signature"), Refusal::DuplicateParameter),
        (good.replace("RelayState=state", "RelayState=other"), Refusal::BadSignature),
        (good.replace("RelayState=state&", ""), Refusal::BadSignature),
        (good.replace("RelayState=state", "RelayState=%73tate"), Refusal::BadSignature),
        (good.replace("RelayState=state", "RelayState=%zz"), Refusal::Undecodable),
        (good.replace("SAMLRequest=", "Other="), Refusal::NoMessage),
    ];
    for (query, refusal) in cases {
        assert_eq!(verify(redirect::receive(&query)).err(), Some(refusal), "{query}");
    }
    assert!(verify(redirect::receive(&format!("{good}&utm=1"))).is_ok(), "other people's parameters");
}

#[test]
fn lower_case_escapes_are_signed_as_they_are() {
    let upper = query(&xml(|_| ()), None, &*SP_KEY);
    let (signed, _) = upper.split_once("&Signature=").unwrap();
    let (head, escapes) = signed.split_once('%').unwrap();
    let lower = format!("{head}%{}", escapes.split('%').map(lower_escape).collect::<Vec<_>>().join("%"));
    assert_ne!(lower, signed);
    let signature =
        base64_of(&SP_KEY.sign(lower.as_bytes()).unwrap()).replace('+', "%2b").replace('/', "%2f");
    let query = format!("{lower}&Signature={}", signature.replace('=', "%3d"));
    assert!(verify(redirect::receive(&query)).is_ok());
}

fn lower_escape(part: &str) -> String {
    let (escape, rest) = part.split_at(2);
    format!("{}{rest}", escape.to_ascii_lowercase())
}

fn base64_of(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

#[test]
fn t_alg_01_only_listed_algorithms_verify_and_only_with_keys_of_their_family() {
    let good = query(&xml(|_| ()), None, &*SP_KEY);
    let sha256 = "xmldsig-more%23rsa-sha256";
    for (other, refusal) in [
        ("xmldsig-more%23rsa-sha512", Refusal::BadSignature),
        ("xmldsig-more%23ecdsa-sha256", Refusal::BadSignature),
        ("xmldsig-more%23hmac-sha256", Refusal::AlgorithmNotAllowed),
        ("xmldsig-more%23rsa-md5", Refusal::AlgorithmNotAllowed),
    ] {
        let query = good.replace(sha256, other);
        assert_ne!(query, good);
        assert_eq!(verify(redirect::receive(&query)).err(), Some(refusal), "{other}");
    }
    let sha1 = good.replace("2001%2F04%2Fxmldsig-more%23rsa-sha256", "2000%2F09%2Fxmldsig%23rsa-sha1");
    assert_eq!(redirect::receive(&sha1).err(), Some(Refusal::AlgorithmNotAllowed));
    assert!(FileKey::from_pem(testdata!("small.key.pem"), testdata!("small.crt.pem")).is_err());
    assert!(FileKey::from_pem(testdata!("ec.key.pem"), testdata!("ec.crt.pem")).is_err());
    assert!(FileKey::from_pem(testdata!("sp.key.pem"), testdata!("idp.crt.pem")).is_err());
}

#[test]
#[expect(clippy::disallowed_methods, reason = "the library's signature wants its own randomness")]
fn t_alg_01_ecdsa_verifies_with_a_p_256_key_only() {
    use aws_lc_rs::{rand::SystemRandom, signature as aws};
    let pem = String::from_utf8(testdata!("ec.key.pem").to_vec()).unwrap();
    let der =
        crate::xml::base64(&pem.lines().filter(|line| !line.starts_with('-')).collect::<String>()).unwrap();
    let key = aws::EcdsaKeyPair::from_pkcs8(&aws::ECDSA_P256_SHA256_FIXED_SIGNING, &der).unwrap();
    let rsa = query(&xml(|_| ()), None, &*SP_KEY).replace("rsa-sha256", "ecdsa-sha256");
    let (signed, _) = rsa.split_once("&Signature=").unwrap();
    let signature = base64_of(key.sign(&SystemRandom::new(), signed.as_bytes()).unwrap().as_ref());
    let query = format!("{signed}&Signature={}", signature.replace('+', "%2B"));
    assert_eq!(verify(redirect::receive(&query)).err(), Some(Refusal::BadSignature));
    let mut provider = provider();
    provider.signing_keys.push(super::certificate(testdata!("ec.crt.pem")));
    assert!(redirect::receive(&query).unwrap().verify(&provider, &expected()).is_ok());
}

#[test]
fn t_dos_01_sizes_are_checked_before_decoding_and_while_inflating() {
    let long = "A".repeat(17_000);
    let huge = "A".repeat(post::FIELD_BYTES_MAX + 1);
    assert_eq!(redirect::receive(&format!("SAMLRequest={long}")).err(), Some(Refusal::TooLarge));
    assert_eq!(post::receive(&huge, None).err(), Some(Refusal::TooLarge));
    assert_eq!(post::receive("QQ==", Some(&"s".repeat(1_025))).err(), Some(Refusal::TooLarge));
    let bomb = with("", &" ".repeat(8 * 1024 * 1024));
    let query = query(&bomb, None, &*SP_KEY);
    assert!(query.len() < 16_384, "the bomb fits the query");
    assert_eq!(redirect::receive(&query).err(), Some(Refusal::TooLarge));
}

#[test]
fn t_dos_02_depth_attributes_and_namespaces_have_limits() {
    let deep = format!("{}{}", "<a>".repeat(80), "</a>".repeat(80));
    let attributes: String = (0..100).map(|n| format!(" a{n}=\"\"")).collect();
    let namespaces: String = (0..100).map(|n| format!(" xmlns:n{n}=\"urn:n\"")).collect();
    for body in [deep, format!("<a{attributes}/>"), format!("<a{namespaces}/>"), "<a/>".repeat(20_000)] {
        let extended = with("", &format!("<samlp:Extensions>{body}</samlp:Extensions>"));
        assert_eq!(by_redirect(&extended).err(), Some(Refusal::TooLarge));
    }
}

#[test]
fn t_parse_01_document_types_are_refused_before_parsing() {
    let request = xml(|_| ());
    for doctype in [
        "<!DOCTYPE a>",
        "<!DOCTYPE a [<!ENTITY b 'c'>]>",
        "<!DOCTYPE a SYSTEM 'file:///etc/passwd'>",
        "<!doctype a>",
        "<?xml version=\"1.0\"?>\n<!DOCTYPE a>",
    ] {
        assert_eq!(by_redirect(&format!("{doctype}{request}")).err(), Some(Refusal::Doctype), "{doctype}");
    }
}

#[test]
fn t_parse_02_there_is_exactly_one_root_element() {
    let request = xml(|_| ());
    for document in
        [format!("{request}{request}"), format!("<a/>{request}"), format!("{request}x"), String::new()]
    {
        assert_eq!(by_redirect(&document).err(), Some(Refusal::NotXml));
    }
}

#[test]
fn t_sig_05_comments_instructions_and_cdata_are_refused() {
    for inside in ["<!---->", "<?a b?>", "<![CDATA[x]]>"] {
        let request = xml(|_| ()).replace("https://saml.sp", &format!("https://saml{inside}.sp"));
        assert_eq!(by_redirect(&request).err(), Some(Refusal::Markup), "{inside}");
    }
    let signed = signed_authn_request(&request("_r1"), &*SP_KEY).unwrap();
    for element in ["<ds:DigestValue>", "<ds:SignatureValue>", "<saml:Issuer xmlns:saml"] {
        let (before, after) = signed.split_once(element).unwrap();
        let commented = format!("{before}{element}{}", after.replacen('>', "><!--x-->", 1));
        assert_eq!(post::receive(&base64(&commented), None).err(), Some(Refusal::Markup), "{element}");
    }
}

#[test]
fn a_request_is_for_this_address_and_for_now() {
    let cases = [
        (xml(|it| it.destination = "https://login.example.dk/saml/SSO"), Refusal::WrongDestination),
        (xml(|_| ()).replace(&format!(" Destination=\"{SSO}\""), ""), Refusal::WrongDestination),
        (xml(|it| it.now = expected().now.plus(Millis::seconds(181))), Refusal::FromTheFuture),
        (xml(|it| it.now = expected().now.minus(Millis::seconds(481))), Refusal::Expired),
        (xml(|_| ()).replace(" IssueInstant=\"2026", " IssueInstant=\"x"), Refusal::Malformed),
        (xml(|it| it.id = "1"), Refusal::Malformed),
        (xml(|it| it.id = "_a b"), Refusal::Malformed),
        (xml(|it| it.issuer = "https://other.example.dk"), Refusal::WrongIssuer),
        (xml(|_| ()).replace("AuthnRequest", "LogoutRequest"), Refusal::NotAnAuthnRequest),
        (xml(|_| ()).replace("ForceAuthn=\"false\"", "ForceAuthn=\"no\""), Refusal::NotXml),
    ];
    for (request, refusal) in cases {
        assert_eq!(by_redirect(&request).err(), Some(refusal), "{request}");
    }
    assert!(by_redirect(&xml(|it| it.now = expected().now.minus(Millis::seconds(479)))).is_ok());
    assert!(by_redirect(&xml(|it| it.now = expected().now.plus(Millis::seconds(179)))).is_ok());
}

#[test]
fn t_idp_01_responses_go_only_where_metadata_says() {
    let index = |n: &str| with(&format!("AssertionConsumerServiceIndex=\"{n}\""), "");
    let without_url =
        |request: String| request.replace(&format!("AssertionConsumerServiceURL=\"{ACS}\""), "");
    let evil = |acs| xml(move |it| it.acs = Some(acs));
    for unknown in [
        evil("https://evil.example/acs"),
        evil("javascript:alert(1)"),
        evil("https://SP.example.dk/saml/assertionConsumer"),
        evil("https://sp.example.dk/saml/assertionConsumer?"),
        index("1"),
        without_url(index("2")),
        without_url(index("-1")),
    ] {
        assert_eq!(by_redirect(&unknown).err(), Some(Refusal::UnknownAcs), "{unknown}");
    }
    assert_eq!(by_redirect(&xml(|it| it.acs = None)).unwrap().acs, ACS);
    assert_eq!(by_redirect(&xml(|it| it.acs = Some(ACS_2))).unwrap().acs, ACS_2);
    assert_eq!(by_redirect(&without_url(index("1"))).unwrap().acs, ACS_2);
}

fn objection(request: &str) -> Option<Status> {
    by_redirect(request).unwrap().objection
}

#[test]
fn verified_requests_that_cannot_be_met_carry_the_status_to_answer_with() {
    let version = |v: &str| xml(|_| ()).replace("Version=\"2.0\"", &format!("Version=\"{v}\""));
    let policy = |p: &str| with("", &format!("<samlp:NameIDPolicy {p}/>"));
    let format = |f: &str| policy(&format!("Format=\"urn:oasis:names:tc:SAML:2.0:nameid-format:{f}\""));
    let artifact = xml(|_| ()).replace("bindings:HTTP-POST", "bindings:HTTP-Artifact");
    let both = xml(|it| (it.force_authn, it.is_passive) = (true, true));
    let cases = [
        (version("1.1"), Some(Status::VERSION_TOO_LOW)),
        (version("3.0"), Some(Status::VERSION_TOO_HIGH)),
        (artifact, Some(Status::UNSUPPORTED_BINDING)),
        (format("encrypted"), Some(Status::INVALID_NAME_ID_POLICY)),
        (policy("SPNameQualifier=\"urn:other\""), Some(Status::INVALID_NAME_ID_POLICY)),
        (policy(&format!("SPNameQualifier=\"{SP}\" AllowCreate=\"1\"")), None),
        (format("persistent"), None),
        (both, Some(Status::NO_PASSIVE)),
        (with("", "<samlp:RequestedAuthnContext/>"), Some(Status::NO_AUTHN_CONTEXT)),
    ];
    for (request, status) in cases {
        assert_eq!(objection(&request), status, "{request}");
    }
}

const LOW: &str = "https://data.gov.dk/concept/core/nsis/loa/Low";
const HIGH: &str = "https://data.gov.dk/concept/core/nsis/loa/High";
const PERSON: &str = "https://data.gov.dk/eid/Person";
const PROFESSIONAL: &str = "https://data.gov.dk/eid/Professional";

#[test]
fn the_lowest_listed_level_is_enough_and_unknown_references_alone_are_not() {
    let asked = |class_refs: &[&str]| {
        let description = RequestDescription { class_refs, ..request("_r1") };
        by_redirect(&authn_request(&description).unwrap()).unwrap()
    };
    let both = asked(&[HIGH, LOW, PROFESSIONAL]);
    assert_eq!(both.required.level, Some(Level::Low));
    assert_eq!((both.required.profile, both.objection), (Some(Profile::Professional), None));
    for (refs, reachable) in [
        (&[PERSON, PROFESSIONAL][..], true),
        (&[PERSON], false),
        (&[HIGH, PERSON], false),
        (&["urn:unknown"], false),
        (&["https://data.gov.dk/concept/core/nsis/loa/high"], false),
        (&["urn:unknown", LOW], true),
        (&["urn:dk:gov:saml:attribute:AssuranceLevel:3"], true),
        (&["urn:dk:gov:saml:attribute:AssuranceLevel:2"], true),
        (&["urn:dk:gov:saml:attribute:AssuranceLevel:4"], false),
        (&["dk:unilogin:loa:EnFaktor"], true),
        (&["https://nemlogin.dk/internal/credential/type/local"], true),
        (&["urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport"], true),
        (&[], true),
    ] {
        let objection = asked(refs).objection;
        assert_eq!(objection, (!reachable).then_some(Status::NO_AUTHN_CONTEXT), "{refs:?}");
    }
    let unknown = asked(&["urn:unknown", "urn:other"]).required;
    assert!(unknown.is_reachable_knowing(|one| one == "urn:other"));
    assert!(!asked(&["urn:unknown", PERSON]).required.is_reachable_knowing(|one| one == "urn:unknown"));
    assert_eq!(unknown.listed, ["urn:unknown", "urn:other"], "as it is written");
    let long = format!("urn:{}", "x".repeat(1_024));
    let description = RequestDescription { class_refs: &[&long], ..request("_r1") };
    assert_eq!(by_redirect(&authn_request(&description).unwrap()).err(), Some(Refusal::Malformed));
    let maximum = xml(|_| ()).replace("\"minimum\"", "\"maximum\"");
    assert_eq!(objection(&maximum), Some(Status::NO_AUTHN_CONTEXT));
}

#[test]
fn booleans_scoping_and_subject_are_read() {
    let body = "<saml:Subject xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\"><saml:NameID>jens\
                </saml:NameID></saml:Subject><samlp:Scoping ProxyCount=\"0\"><samlp:IDPList><samlp:IDPEntry \
                ProviderID=\"urn:idp\"/></samlp:IDPList><samlp:RequesterID>urn:a</samlp:RequesterID>\
                </samlp:Scoping>";
    let request = with("", body).replace("ForceAuthn=\"false\"", "ForceAuthn=\"1\"");
    let read = by_redirect(&request).unwrap();
    assert!(read.force_authn && !read.is_passive);
    assert_eq!(read.subject.as_deref(), Some("jens"));
    assert_eq!(
        (read.proxy_count, read.idp_list, read.requester_ids),
        (Some(0), vec!["urn:idp".to_owned()], vec!["urn:a".to_owned()])
    );
}

#[test]
fn every_refusal_has_its_own_code() {
    let codes: std::collections::HashSet<_> = Refusal::ALL.iter().map(Refusal::code).collect();
    assert_eq!(codes.len(), Refusal::ALL.len());
    let kebab = |code: &str| code.chars().all(|c| c.is_ascii_lowercase() || c == '-');
    assert!(codes.iter().all(|code| kebab(code)));
}

#[test]
fn what_a_flow_keeps_of_a_request_survives_being_stored() {
    let read = by_redirect(&with("", "<samlp:NameIDPolicy AllowCreate=\"1\"/>")).unwrap();
    let kept = (read.required, read.name_id_policy, read.binding, Some(Status::NO_PASSIVE.saying("x")));
    let stored = serde_json::to_string(&kept).unwrap();
    assert_eq!(kept, serde_json::from_str(&stored).unwrap());
}
