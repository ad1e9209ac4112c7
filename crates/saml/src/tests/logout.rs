//! Logout messages: what is accepted on each binding, and everything that is not.

mod tampered;

use portner_domain::Millis;

use super::{IDP, IDP_KEY, OTHER_KEY, SP, SP_KEY, base64, identity_provider, name_id, now, provider};
use crate::logout::{receive_post, receive_redirect};
use crate::{
    Binding, Carried, Certificate, Expected, LogoutForm, LogoutRequest, LogoutRequestDescription,
    LogoutResponse, LogoutResponseDescription, NameId, NameIdFormat, Peer, ReceivedLogout, Refusal,
    SecondStatus, Signer, Status, TopStatus, logout_request, logout_response, redirect,
    signed_logout_request, signed_logout_response,
};

const SLO: &str = "https://login.example.dk/saml/slo";

fn expected() -> Expected<'static> {
    Expected { destination: SLO, ..super::expected() }
}

fn sp_keys() -> Vec<Certificate> {
    provider().signing_keys
}

fn request_with(name_id: &NameId, change: impl FnOnce(&mut LogoutRequestDescription<'_>)) -> String {
    let mut description = LogoutRequestDescription {
        id: "_l1",
        issuer: SP,
        destination: SLO,
        now: now(),
        not_on_or_after: now().plus(Millis::minutes(5)),
        name_id,
        session_indexes: &["_s1", "_s2"],
    };
    change(&mut description);
    logout_request(&description).unwrap()
}

fn request(change: impl FnOnce(&mut LogoutRequestDescription<'_>)) -> String {
    request_with(&name_id(), change)
}

pub(super) fn signed_request() -> String {
    let description = LogoutRequestDescription {
        id: "_l1",
        issuer: SP,
        destination: SLO,
        now: now(),
        not_on_or_after: now().plus(Millis::minutes(5)),
        name_id: &name_id(),
        session_indexes: &["_s1"],
    };
    signed_logout_request(&description, &*SP_KEY).unwrap()
}

fn response_description(status: &Status) -> LogoutResponseDescription<'_> {
    LogoutResponseDescription {
        id: "_l2",
        in_response_to: "_l1",
        issuer: SP,
        destination: SLO,
        now: now(),
        status,
    }
}

fn response(status: &Status) -> String {
    logout_response(&response_description(status)).unwrap()
}

pub(super) fn signed_response() -> String {
    signed_logout_response(&response_description(&Status::PARTIAL_LOGOUT), &*SP_KEY).unwrap()
}

fn query(carried: Carried, xml: &str, relay_state: Option<&str>, signer: &dyn Signer) -> String {
    let url = redirect::signed_url(SLO, carried, xml, relay_state, signer).unwrap();
    url.split_once('?').unwrap().1.to_owned()
}

fn form(carried: Carried, xml: &str) -> LogoutForm {
    let field = Some(base64(xml));
    match carried {
        Carried::Request => LogoutForm { saml_request: field, ..LogoutForm::default() },
        Carried::Response => LogoutForm { saml_response: field, ..LogoutForm::default() },
    }
}

/// Either message, verified.
#[derive(Debug)]
enum Verified {
    Request(LogoutRequest),
    Response(LogoutResponse),
}

fn verify(received: Result<ReceivedLogout, Refusal>) -> Result<Verified, Refusal> {
    let keys = sp_keys();
    let peer = Peer { entity_id: SP, signing_keys: &keys, recipient: IDP };
    match received? {
        ReceivedLogout::Request(request) => request.verify(&peer, &expected()).map(Verified::Request),
        ReceivedLogout::Response(response) => response.verify(&peer, &expected()).map(Verified::Response),
    }
}

fn read_request(received: Result<ReceivedLogout, Refusal>) -> Result<LogoutRequest, Refusal> {
    match verify(received)? {
        Verified::Request(request) => Ok(request),
        Verified::Response(response) => panic!("a response: {response:?}"),
    }
}

fn read_response(received: Result<ReceivedLogout, Refusal>) -> Result<LogoutResponse, Refusal> {
    match verify(received)? {
        Verified::Response(response) => Ok(response),
        Verified::Request(request) => panic!("a request: {request:?}"),
    }
}

fn request_by_redirect(xml: &str) -> Result<LogoutRequest, Refusal> {
    read_request(receive_redirect(&query(Carried::Request, xml, None, &*SP_KEY)))
}

fn response_by_redirect(xml: &str) -> Result<LogoutResponse, Refusal> {
    read_response(receive_redirect(&query(Carried::Response, xml, None, &*SP_KEY)))
}

#[test]
fn a_signed_request_is_accepted_and_read_on_both_bindings() {
    let query = query(Carried::Request, &request(|_| ()), Some("_æ&=+ "), &*SP_KEY);
    let received = receive_redirect(&query).unwrap();
    assert_eq!(received.claimed_issuer(), SP);
    let read = read_request(Ok(received)).unwrap();
    assert_eq!((read.id.as_str(), read.issuer.as_str(), read.issue_instant), ("_l1", SP, now()));
    assert_eq!((read.name_id, read.session_indexes), (name_id(), vec!["_s1".to_owned(), "_s2".to_owned()]));
    assert_eq!((read.relay_state.as_deref(), read.binding), (Some("_æ&=+ "), Binding::Redirect));

    let posted =
        LogoutForm { relay_state: Some("s".to_owned()), ..form(Carried::Request, &signed_request()) };
    let read = read_request(receive_post(&posted)).unwrap();
    assert_eq!((read.name_id, read.session_indexes), (name_id(), vec!["_s1".to_owned()]));
    assert_eq!((read.relay_state.as_deref(), read.binding), (Some("s"), Binding::Post));
}

#[test]
fn a_name_is_read_as_it_was_written() {
    let name =
        NameId { format: NameIdFormat::Other("urn:x".to_owned()), value: " a<&>\r\n\t\"b ".to_owned() };
    assert_eq!(request_by_redirect(&request_with(&name, |_| ())).unwrap().name_id, name);
    let without_format =
        request(|_| ()).replace(" Format=\"urn:oasis:names:tc:SAML:2.0:nameid-format:persistent\"", "");
    assert_eq!(request_by_redirect(&without_format).unwrap().name_id.format, NameIdFormat::Unspecified);
}

#[test]
fn a_request_may_name_no_session_and_not_thousands() {
    let indexes: Vec<String> = (0..65).map(|n| format!("_s{n}")).collect();
    let indexes: Vec<&str> = indexes.iter().map(String::as_str).collect();
    let with = |indexes: &[&str]| {
        request_by_redirect(
            &request_with(&name_id(), |it| {
                it.session_indexes = &[];
            })
            .replace(
                "</samlp:LogoutRequest>",
                &(indexes
                    .iter()
                    .map(|index| format!("<samlp:SessionIndex>{index}</samlp:SessionIndex>"))
                    .collect::<String>()
                    + "</samlp:LogoutRequest>"),
            ),
        )
        .map(|read| read.session_indexes)
    };
    assert_eq!(with(&[]), Ok(Vec::new()));
    assert_eq!(with(&indexes[..64]).unwrap(), indexes[..64]);
    assert_eq!(with(&indexes), Err(Refusal::TooLarge));
    assert_eq!(with(&["_s", ""]), Err(Refusal::Malformed));
    assert_eq!(with(&[&"s".repeat(1_025)]), Err(Refusal::TooLarge));
}

#[test]
fn an_answer_from_the_identity_provider_is_accepted_by_the_service_provider() {
    let description = LogoutResponseDescription { issuer: IDP, ..response_description(&Status::SUCCESS) };
    let idp = identity_provider();
    let peer = Peer { entity_id: IDP, signing_keys: &idp.signing_keys, recipient: SP };
    let verify = |received: ReceivedLogout| match received {
        ReceivedLogout::Response(response) => response.verify(&peer, &expected()).unwrap(),
        ReceivedLogout::Request(_) => panic!("a request"),
    };
    let plain = logout_response(&description).unwrap();
    let by_redirect = query(Carried::Response, &plain, Some("state"), &*IDP_KEY);
    let by_redirect = verify(receive_redirect(&by_redirect).unwrap());
    let signed = signed_logout_response(&description, &*IDP_KEY).unwrap();
    let by_post = verify(receive_post(&form(Carried::Response, &signed)).unwrap());
    assert_eq!(by_redirect.relay_state.as_deref(), Some("state"));
    assert_eq!((by_redirect.binding, by_post.binding), (Binding::Redirect, Binding::Post));
    for read in [by_redirect, by_post] {
        assert_eq!((read.id.as_str(), read.in_response_to.as_str()), ("_l2", "_l1"));
        assert_eq!((read.issuer.as_str(), read.is_complete()), (IDP, true));
    }
}

#[test]
fn no_reservation_is_lost() {
    let read = |xml: &str| response_by_redirect(xml).unwrap();
    let partial = read(&response(&Status::PARTIAL_LOGOUT));
    assert_eq!(
        (partial.status.top, partial.status.second),
        (TopStatus::Success, Some(SecondStatus::PartialLogout))
    );
    assert!(!partial.is_complete() && partial.unknown_second.is_none());

    let denied = Status::REQUEST_DENIED.saying("x".repeat(600));
    let denied = read(&response(&denied)).status;
    assert_eq!((denied.top, denied.second), (TopStatus::Responder, Some(SecondStatus::RequestDenied)));
    assert_eq!(denied.message.unwrap().len(), 500, "a log line, not a book");

    let theirs = response(&Status::PARTIAL_LOGOUT).replace("SAML:2.0:status:PartialLogout", "EXAMPLE:Odd");
    let theirs = read(&theirs);
    assert_eq!((theirs.status.top, theirs.status.second), (TopStatus::Success, None));
    assert_eq!(theirs.unknown_second.as_deref(), Some("urn:oasis:names:tc:EXAMPLE:Odd"));
    assert!(!theirs.is_complete(), "a success with a reservation that nobody here knows");
}

#[test]
fn every_second_level_code_is_read_as_it_is_written() {
    for status in [
        Status::UNSUPPORTED_BINDING,
        Status::INVALID_NAME_ID_POLICY,
        Status::NO_PASSIVE,
        Status::NO_AUTHN_CONTEXT,
        Status::AUTHN_FAILED,
        Status::REQUEST_DENIED,
        Status::UNKNOWN_PRINCIPAL,
        Status::NO_SUPPORTED_IDP,
        Status::PROXY_COUNT_EXCEEDED,
        Status::INTERNAL,
        Status::PARTIAL_LOGOUT,
        Status::VERSION_TOO_HIGH,
        Status::VERSION_TOO_LOW,
        Status::SUCCESS,
    ] {
        assert_eq!(response_by_redirect(&response(&status)).unwrap().status, status);
    }
}

#[test]
fn a_response_without_a_status_or_a_request_is_none() {
    let good = response(&Status::SUCCESS);
    let (head, rest) = good.split_once("<samlp:Status>").unwrap();
    let (_, tail) = rest.split_once("</samlp:Status>").unwrap();
    for bad in [
        format!("{head}{tail}"),
        format!("{head}<samlp:Status></samlp:Status>{tail}"),
        format!("{head}<samlp:Status><samlp:StatusCode></samlp:StatusCode></samlp:Status>{tail}"),
        good.replace("status:Success", "status:Fine"),
        good.replace(" InResponseTo=\"_l1\"", ""),
        good.replace(" InResponseTo=\"_l1\"", " InResponseTo=\"1\""),
    ] {
        assert_eq!(response_by_redirect(&bad).err(), Some(Refusal::Malformed), "{bad}");
    }
}

#[test]
fn t_slo_01_an_unsigned_logout_message_is_refused_on_every_binding() {
    for (carried, plain, enveloped) in [
        (Carried::Request, request(|_| ()), signed_request()),
        (Carried::Response, response(&Status::SUCCESS), signed_response()),
    ] {
        let whole = query(carried, &plain, Some("state"), &*SP_KEY);
        let (without_signature, _) = whole.split_once("&Signature=").unwrap();
        let (without_both, _) = whole.split_once("&SigAlg=").unwrap();
        for query in [without_signature, without_both, &format!("{without_signature}&Signature=")] {
            assert_eq!(receive_redirect(query).err(), Some(Refusal::Unsigned), "{query}");
        }
        assert_eq!(receive_post(&form(carried, &plain)).err(), Some(Refusal::Unsigned));
        // A signature inside does not help a redirect without one outside.
        let query = query(carried, &enveloped, None, &*SP_KEY);
        let (unsigned, _) = query.split_once("&SigAlg=").unwrap();
        assert_eq!(receive_redirect(unsigned).err(), Some(Refusal::Unsigned));
    }
}

#[test]
fn t_slo_01_only_the_keys_that_metadata_gives_the_sender_verify() {
    let plain = request(|_| ());
    let stolen = query(Carried::Request, &plain, None, &*OTHER_KEY);
    assert_eq!(read_request(receive_redirect(&stolen)).err(), Some(Refusal::BadSignature));
    // The message carries its true signer's certificate, which nobody asks.
    let description = response_description(&Status::SUCCESS);
    let signed = signed_logout_response(&description, &*OTHER_KEY).unwrap();
    let read = read_response(receive_post(&form(Carried::Response, &signed)));
    assert_eq!(read.err(), Some(Refusal::BadSignature));
    // Another party that is trusted, too, logs nobody out in this one's name.
    let idp = identity_provider();
    let other = Peer { entity_id: IDP, signing_keys: &idp.signing_keys, recipient: IDP };
    let received = receive_redirect(&query(Carried::Request, &plain, None, &*IDP_KEY)).unwrap();
    let ReceivedLogout::Request(request) = received else { panic!("a response") };
    assert_eq!(request.verify(&other, &expected()).err(), Some(Refusal::WrongIssuer));
}

#[test]
fn t_slo_01_a_request_is_fresh_for_this_address_and_from_the_one_who_signed() {
    let far = Millis::seconds(181);
    let long_ago = now().minus(Millis::seconds(481));
    let cases = [
        (request(|it| it.destination = "https://login.example.dk/saml/SLO"), Refusal::WrongDestination),
        (request(|_| ()).replace(&format!(" Destination=\"{SLO}\""), ""), Refusal::WrongDestination),
        (request(|it| it.now = now().plus(far)), Refusal::FromTheFuture),
        (request(|it| it.now = long_ago), Refusal::Expired),
        (request(|it| it.not_on_or_after = now().minus(Millis::minutes(3))), Refusal::Expired),
        (request(|_| ()).replace(" NotOnOrAfter=\"2026", " NotOnOrAfter=\"soon"), Refusal::Malformed),
        (request(|_| ()).replace(" IssueInstant=\"2026", " IssueInstant=\"x"), Refusal::Malformed),
        (request(|it| it.issuer = "https://other.example.dk"), Refusal::WrongIssuer),
        (request(|_| ()).replace("Issuer", "Sender"), Refusal::Malformed),
        (request(|it| it.id = "1"), Refusal::Malformed),
        (request(|_| ()).replace("Version=\"2.0\"", "Version=\"1.1\""), Refusal::UnsupportedVersion),
        (request(|_| ()).replace("LogoutRequest", "AuthnRequest"), Refusal::NotALogoutMessage),
        (request(|_| ()).replace("LogoutRequest", "LogoutResponse"), Refusal::NotALogoutMessage),
    ];
    for (xml, refusal) in cases {
        assert_eq!(request_by_redirect(&xml).err(), Some(refusal), "{xml}");
    }
    let just = Millis::seconds(179);
    assert!(request_by_redirect(&request(|it| it.now = now().plus(just))).is_ok());
    assert!(request_by_redirect(&request(|it| it.not_on_or_after = now().minus(just))).is_ok());
    let without_end = request(|_| ());
    let (head, rest) = without_end.split_once(" NotOnOrAfter=\"").unwrap();
    let without_end = format!("{head}{}", rest.split_once('"').unwrap().1);
    assert!(request_by_redirect(&without_end).is_ok(), "SAML core 3.7.1: it is optional");
}

#[test]
fn a_response_is_fresh_for_this_address_and_from_the_one_who_signed() {
    let good = response(&Status::SUCCESS);
    let cases = [
        (good.replace(SLO, "https://login.example.dk/"), Refusal::WrongDestination),
        (good.replace("IssueInstant=\"2026", "IssueInstant=\"2025"), Refusal::Expired),
        (good.replace("IssueInstant=\"2026", "IssueInstant=\"2027"), Refusal::FromTheFuture),
        (good.replace(SP, "https://other.example.dk"), Refusal::WrongIssuer),
        (good.replace("Version=\"2.0\"", "Version=\"3.0\""), Refusal::UnsupportedVersion),
        (good.replace("LogoutResponse", "Response"), Refusal::NotALogoutMessage),
    ];
    for (xml, refusal) in cases {
        assert_eq!(response_by_redirect(&xml).err(), Some(refusal), "{xml}");
    }
}

#[test]
fn who_is_logged_out_is_said_once_in_plain_text_and_between_the_two_of_us() {
    let good = request(|_| ());
    let (head, rest) = good.split_once("<saml:NameID ").unwrap();
    let (name, tail) = rest.split_once("</saml:NameID>").unwrap();
    let instead = |it: &str| format!("{head}{it}{tail}");
    let xmlns = "xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\"";
    let cases = [
        (instead(""), Refusal::Malformed),
        (instead(&format!("<saml:BaseID {xmlns}></saml:BaseID>")), Refusal::Malformed),
        (instead(&format!("<saml:NameID {xmlns}></saml:NameID>")), Refusal::Malformed),
        (instead(&format!("<saml:NameID {xmlns}>{}</saml:NameID>", "n".repeat(1_025))), Refusal::TooLarge),
        (instead(&format!("<saml:EncryptedID {xmlns}></saml:EncryptedID>")), Refusal::EncryptedNameId),
        (
            instead(&format!("<saml:NameID {name}</saml:NameID><saml:NameID {name}</saml:NameID>")),
            Refusal::NotXml,
        ),
        (
            instead(&format!("<saml:NameID NameQualifier=\"urn:other\" {name}</saml:NameID>")),
            Refusal::ForeignNameId,
        ),
        (
            instead(&format!("<saml:NameID SPNameQualifier=\"urn:other\" {name}</saml:NameID>")),
            Refusal::ForeignNameId,
        ),
    ];
    for (xml, refusal) in cases {
        assert_eq!(request_by_redirect(&xml).err(), Some(refusal), "{xml}");
    }
    let qualifiers = format!("NameQualifier=\"{IDP}\" SPNameQualifier=\"{SP}\"");
    for qualifiers in ["NameQualifier=\"\" SPNameQualifier=\"\"", &qualifiers] {
        let xml = instead(&format!("<saml:NameID {qualifiers} {name}</saml:NameID>"));
        assert_eq!(request_by_redirect(&xml).unwrap().name_id, name_id(), "{qualifiers}");
    }
}

#[test]
fn t_red_01_a_logout_query_carries_one_message_and_its_kind_is_signed() {
    let good = query(Carried::Request, &request(|_| ()), Some("state"), &*SP_KEY);
    assert!(verify(receive_redirect(&good)).is_ok());
    let answer = query(Carried::Response, &response(&Status::SUCCESS), None, &*SP_KEY);
    let message = |query: &str| query.split('&').next().unwrap().to_owned();
    let cases = [
        (format!("{good}&{}", message(&answer)), Refusal::TwoMessages),
        (format!("{}&{good}", message(&answer)), Refusal::TwoMessages),
        (format!("{good}&SAMLResponse="), Refusal::TwoMessages),
        (format!("{good}&{}", message(&good)), Refusal::DuplicateParameter),
        (format!("{good}&RelayState=x"), Refusal::DuplicateParameter),
        (format!("{good}&%53AMLResponse=x"), Refusal::UnknownParameter),
        (good.replace("SAMLRequest", "%53AMLRequest"), Refusal::UnknownParameter),
        (good.replace("SAMLRequest", "SAMLResponse"), Refusal::NotALogoutMessage),
        (answer.replace("SAMLResponse", "SAMLRequest"), Refusal::NotALogoutMessage),
        (good.replace("RelayState=state", "RelayState=other"), Refusal::BadSignature),
        (good.replace("&RelayState=state", ""), Refusal::BadSignature),
        (good.replace("SAMLRequest=", "Other="), Refusal::NoMessage),
    ];
    for (query, refusal) in cases {
        assert_eq!(verify(receive_redirect(&query)).err(), Some(refusal), "{query}");
    }
    // The name of the parameter is among the signed bytes: what was signed as one kind is not of the other.
    let swapped = query(Carried::Response, &request(|_| ()), None, &*SP_KEY);
    let swapped = swapped.replace("SAMLResponse=", "SAMLRequest=");
    assert_eq!(verify(receive_redirect(&swapped)).err(), Some(Refusal::BadSignature));
    assert_eq!(redirect::receive(&answer).err(), Some(Refusal::NoMessage), "no request to log somebody in");
}

#[test]
fn a_form_carries_one_message_within_the_limits() {
    let good = form(Carried::Request, &signed_request());
    let both = LogoutForm { saml_response: good.saml_request.clone(), ..good.clone() };
    let swapped = LogoutForm { saml_response: good.saml_request.clone(), ..LogoutForm::default() };
    let state = LogoutForm { relay_state: Some("s".repeat(1_025)), ..good.clone() };
    let huge = LogoutForm { saml_request: Some("A".repeat(360 * 1024 + 1)), ..LogoutForm::default() };
    let nonsense = LogoutForm { saml_request: Some("!".to_owned()), ..LogoutForm::default() };
    assert!(verify(receive_post(&good)).is_ok());
    for (form, refusal) in [
        (both, Refusal::TwoMessages),
        (LogoutForm::default(), Refusal::NoMessage),
        (swapped, Refusal::NotALogoutMessage),
        (state, Refusal::TooLarge),
        (huge, Refusal::TooLarge),
        (nonsense, Refusal::Undecodable),
    ] {
        assert_eq!(verify(receive_post(&form)).err(), Some(refusal));
    }
}

#[test]
fn t_sig_05_comments_in_the_name_of_who_is_logged_out_are_refused() {
    for inside in ["<!---->", "<?a b?>", "<![CDATA[x]]>"] {
        let xml = request(|_| ()).replace("eid/professional", &format!("eid/{inside}professional"));
        assert_eq!(request_by_redirect(&xml).err(), Some(Refusal::Markup), "{inside}");
        let xml = signed_request().replace("eid/professional", &format!("eid/{inside}professional"));
        assert_eq!(
            verify(receive_post(&form(Carried::Request, &xml))).err(),
            Some(Refusal::Markup),
            "{inside}"
        );
    }
}

#[test]
fn values_that_xml_cannot_carry_are_not_sent() {
    let name = NameId { format: NameIdFormat::Persistent, value: "a\0b".to_owned() };
    let description = LogoutRequestDescription {
        id: "_l1",
        issuer: SP,
        destination: SLO,
        now: now(),
        not_on_or_after: now(),
        name_id: &name,
        session_indexes: &[],
    };
    assert!(logout_request(&description).is_err());
    assert!(signed_logout_request(&description, &*SP_KEY).is_err());
}
