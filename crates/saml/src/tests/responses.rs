//! Responses, there and back: what the service provider reads is what was said, or nothing.

use portner_domain::Millis;
use proptest::prelude::*;

use super::{
    ACS, ENTROPY, IDP, IDP_KEY, OTHER_KEY, SP, attributes, base64, expected_response, identity_provider,
    name_id, now, respond, respond_as, sp_decryption, target,
};
use crate::response::{self, BuildError};
use crate::{
    Attribute, AttributeNameFormat, ExpectedResponse, Failure, NameId, Refusal, ResponseRefusal,
    ResponseSigning, Status, Success, VerifiedAssertion,
};

fn verify_as(xml: &str, expected: &ExpectedResponse<'_>) -> Result<VerifiedAssertion, ResponseRefusal> {
    response::receive(&base64(xml))?.verify(&identity_provider(), &sp_decryption(), expected)
}

fn verify(xml: &str) -> Result<VerifiedAssertion, ResponseRefusal> {
    verify_as(xml, &expected_response())
}

#[test]
fn what_is_said_arrives() {
    for signing in [ResponseSigning::AssertionOnly, ResponseSigning::AssertionAndResponse] {
        let xml = respond_as(signing, |it| {
            it.session_not_on_or_after = Some(now().plus(Millis::hours(8)));
            it.authenticating_authority = Some("https://saml.nemlog-in.dk");
        });
        assert_eq!(xml.matches("<saml:EncryptedAssertion").count(), 1);
        assert!(
            !xml.contains("Eksempel Kommune") && !xml.contains("3f0d6e6e"),
            "nothing is left in the open"
        );
        let read = verify(&xml).unwrap();
        assert_eq!((read.issuer.as_str(), read.name_id.clone()), (IDP, name_id()));
        assert_eq!(read.attributes, attributes(&["Eksempel Kommune"]));
        assert_eq!(read.session_index.as_deref(), Some(read.id.as_str()));
        assert_eq!(read.authn_instant, now().minus(Millis::seconds(6)));
        assert_eq!(read.session_not_on_or_after, Some(now().plus(Millis::hours(8))));
        assert_eq!(read.class_ref.as_deref(), Some("https://data.gov.dk/concept/core/nsis/loa/Substantial"));
        assert_eq!(read.not_on_or_after, now().plus(Millis::minutes(5)));
        assert_eq!(
            read.value("https://data.gov.dk/model/core/eid/professional/orgName"),
            Some("Eksempel Kommune")
        );
    }
}

#[test]
fn t_cond_01_each_condition_is_checked() {
    let late = ExpectedResponse { now: now().plus(Millis::minutes(8)), ..expected_response() };
    let early = ExpectedResponse { now: now().minus(Millis::minutes(4)), ..expected_response() };
    let just = ExpectedResponse { now: now().plus(Millis::seconds(479)), ..expected_response() };
    let response = respond(|_| ());
    assert_eq!(verify_as(&response, &late).err(), Some(ResponseRefusal::Expired));
    assert_eq!(verify_as(&response, &early).err(), Some(ResponseRefusal::NotYetValid));
    assert!(verify_as(&response, &just).is_ok());
    let ended = respond(|it| it.session_not_on_or_after = Some(now().minus(Millis::hours(1))));
    assert_eq!(verify(&ended).err(), Some(ResponseRefusal::Expired));
    assert_eq!(verify(&respond(|it| it.audience = "urn:other")).err(), Some(ResponseRefusal::WrongAudience));
    assert_eq!(verify(&respond(|it| it.acs = "https://a")).err(), Some(ResponseRefusal::WrongDestination));
    assert_eq!(verify(&respond(|it| it.in_response_to = "_x")).err(), Some(ResponseRefusal::WrongRequest));
    assert_eq!(verify(&respond(|it| it.issuer = "urn:other")).err(), Some(ResponseRefusal::WrongIssuer));
}

/// The envelope is not signed, so each of its checks must hold inside the assertion too.
#[test]
fn t_cond_01_the_envelope_cannot_be_rewritten_around_an_assertion() {
    let elsewhere = "https://evil.example/acs";
    for (said, made, refusal) in [
        (ACS, elsewhere, ResponseRefusal::WrongDestination),
        ("\"_request\"", "\"_another\"", ResponseRefusal::WrongRequest),
    ] {
        let foreign =
            respond(|it| if said == ACS { it.acs = elsewhere } else { it.in_response_to = "_another" });
        assert_eq!(verify(&foreign.replace(made, said)).err(), Some(refusal));
    }
    let foreign = respond(|it| it.issuer = "urn:other");
    let issuer = foreign.replace("urn:other", IDP);
    assert_eq!(verify(&issuer).err(), Some(ResponseRefusal::WrongIssuer));
}

#[test]
fn t_enc_01_the_assertion_itself_is_signed_by_the_identity_provider() {
    let (name_id, attributes) = (name_id(), attributes(&["x"]));
    let success = Success {
        response_id: "_r",
        assertion_id: "_a",
        in_response_to: "_request",
        issuer: IDP,
        acs: ACS,
        audience: SP,
        now: now(),
        valid_for: Millis::minutes(5),
        authn_instant: now(),
        session_index: "_a",
        session_not_on_or_after: None,
        class_ref: "x",
        name_id: &name_id,
        attributes: &attributes,
        authenticating_authority: None,
    };
    let signing = ResponseSigning::AssertionOnly;
    let foreign = response::success(&success, &*OTHER_KEY, &target(), signing, &ENTROPY).unwrap();
    assert_eq!(verify(&foreign).err(), Some(ResponseRefusal::Signature(Refusal::BadSignature)));
    // Somebody else's encrypted assertion inside a response that ours signed breaks that signature.
    let ours = respond_as(ResponseSigning::AssertionAndResponse, |_| ());
    let inner = |xml: &str| {
        let (_, rest) = xml.split_once("<saml:EncryptedAssertion").unwrap();
        rest.split_once("</saml:EncryptedAssertion>").unwrap().0.to_owned()
    };
    let swapped = ours.replace(&inner(&ours), &inner(&foreign));
    assert_eq!(verify(&swapped).err(), Some(ResponseRefusal::Signature(Refusal::BadSignature)));
    // Twice the same, or one beside a plain one, is not one.
    let (head, tail) = ours.split_once("</samlp:Response>").unwrap();
    let plain = respond(|_| ()).replace("</samlp:Response>", "");
    let element = format!("<saml:EncryptedAssertion{}</saml:EncryptedAssertion>", inner(&plain));
    let one = ResponseRefusal::NotOneEncryptedAssertion;
    assert_eq!(verify(&format!("{plain}{element}</samlp:Response>")).err(), Some(one.clone()));
    let assertion = "<saml:Assertion xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\"/>";
    assert_eq!(verify(&format!("{plain}{assertion}</samlp:Response>")).err(), Some(one));
    assert!(verify(&format!("{head}{assertion}</samlp:Response>{tail}")).is_err());
}

#[test]
fn failures_are_signed_and_reported_as_such() {
    let status = Status::NO_AUTHN_CONTEXT.saying("LoA High <&> P-1234");
    let failure = Failure {
        response_id: "_f",
        in_response_to: "_request",
        issuer: IDP,
        acs: ACS,
        now: now(),
        status: &status,
    };
    let xml = response::failure(&failure, &*IDP_KEY).unwrap();
    let Err(ResponseRefusal::Failed(reported)) = verify(&xml) else { panic!("{xml}") };
    assert_eq!(reported.top, "urn:oasis:names:tc:SAML:2.0:status:Responder");
    assert_eq!(reported.second.as_deref(), Some("urn:oasis:names:tc:SAML:2.0:status:NoAuthnContext"));
    assert_eq!(reported.message.as_deref(), Some("LoA High <&> P-1234"));
    assert!(reported.signed);
    let tampered = xml.replace("Responder", "Requester");
    assert_eq!(verify(&tampered).err(), Some(ResponseRefusal::Signature(Refusal::BadSignature)));
}

#[test]
fn t_idp_02_what_xml_cannot_carry_is_not_sent() {
    for bad in ["\0", "a\u{1}b", "\u{b}", "\u{1f}", "\u{fffe}", "\u{ffff}"] {
        let (name_id, attributes) = (name_id(), attributes(&["good", bad]));
        let bad_name = NameId { value: bad.to_owned(), ..name_id.clone() };
        for (name_id, attributes) in [(&name_id, &attributes[..]), (&bad_name, &[][..])] {
            let success = Success { name_id, attributes, ..minimal() };
            let signing = ResponseSigning::AssertionOnly;
            let built = response::success(&success, &*IDP_KEY, &target(), signing, &ENTROPY);
            assert!(matches!(built, Err(BuildError::Unwritable(_))), "{bad:?}");
        }
    }
}

fn minimal() -> Success<'static> {
    static NAME: std::sync::LazyLock<NameId> = std::sync::LazyLock::new(name_id);
    Success {
        response_id: "_r",
        assertion_id: "_a",
        in_response_to: "_request",
        issuer: IDP,
        acs: ACS,
        audience: SP,
        now: now(),
        valid_for: Millis::minutes(5),
        authn_instant: now(),
        session_index: "_a",
        session_not_on_or_after: None,
        class_ref: "x",
        name_id: &NAME,
        attributes: &[],
        authenticating_authority: None,
    }
}

/// Markup, quotes, line ends, astral characters: everything XML can carry.
fn hostile() -> impl Strategy<Value = String> {
    let markup = prop_oneof![
        Just("<"),
        Just("&"),
        Just("]]>"),
        Just("\""),
        Just("'"),
        Just("\r\n"),
        Just("\t"),
        Just("</saml:AttributeValue><saml:AttributeValue>admin"),
        Just("<!--"),
        Just("&#0;"),
        Just("\u{fffd}\u{10ffff}"),
    ];
    let any = any::<char>()
        .prop_filter("XML 1.0 Char", |c| matches!(c, '\t' | '\n' | '\r' | ' '..='\u{fffd}' | '\u{10000}'..));
    let piece = prop_oneof![markup.prop_map(str::to_owned), any.prop_map(|c| c.to_string())];
    prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn t_idp_02_hostile_values_arrive_exactly_as_they_are(
        values in prop::collection::vec(hostile(), 1..4),
        name in hostile(),
        attribute in hostile(),
        name_format in prop::sample::select(vec![
            AttributeNameFormat::Uri, AttributeNameFormat::Basic, AttributeNameFormat::Unspecified,
        ]),
    ) {
        let said = vec![Attribute { name: attribute, name_format, friendly_name: None, values }];
        let name_id = NameId { value: name, ..name_id() };
        let success = Success { name_id: &name_id, attributes: &said, ..minimal() };
        let signing = ResponseSigning::AssertionOnly;
        let xml = response::success(&success, &*IDP_KEY, &target(), signing, &ENTROPY).unwrap();
        let read = verify(&xml).unwrap();
        prop_assert_eq!(read.attributes, said);
        prop_assert_eq!(read.name_id, name_id);
    }
}

#[test]
fn identifiers_are_long_and_never_repeat() {
    let ids: std::collections::HashSet<_> = (0..1_000).map(|_| crate::new_id(&ENTROPY)).collect();
    assert_eq!(ids.len(), 1_000);
    assert!(ids.iter().all(|id| id.len() == 41 && id.starts_with('_')));
}
