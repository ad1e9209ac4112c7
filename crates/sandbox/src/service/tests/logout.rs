//! Logging out, from here and from there, by either binding.

use aws_lc_rs::digest::{SHA256, digest};
use portner_saml::logout::{receive_post, receive_redirect};
use portner_saml::{
    Binding, Carried, Certificate, Expected, LogoutForm, LogoutRequest, LogoutRequestDescription,
    LogoutResponse, LogoutResponseDescription, Peer, ReceivedLogout, logout_request, logout_response,
    signed_logout_request, signed_logout_response,
};

use super::*;

const SLO: &str = "http://localhost:8080/saml/slo";
const OURS: &str = "http://localhost:8081/slo";
const DONE: &str = "http://localhost:8080/saml/slo/done";

fn endpoint(binding: Binding) -> LogoutEndpoint {
    LogoutEndpoint { binding, location: SLO.to_owned(), response_location: Some(DONE.to_owned()) }
}

/// A browser that is logged in, and the session's name.
async fn logged_in(website: &Router) -> (String, String) {
    let (cookie, request) = leave(website, "/login").await;
    let answer = post(website, &cookie, &yes(&request)).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    let me = open(website, "/me", &cookie).await.html;
    let (_, rest) = me.split_once("session_index&#34;: &#34;").unwrap();
    (cookie, rest.split_once("&#34;").unwrap().0.to_owned())
}

async fn is_logged_in(website: &Router, cookie: &str) -> bool {
    open(website, "/me", cookie).await.status == StatusCode::OK
}

/// What the identity provider makes of a message, at this address.
fn at_the_identity_provider(
    received: ReceivedLogout,
    destination: &str,
) -> (Option<LogoutRequest>, Option<LogoutResponse>) {
    let keys: Vec<Certificate> = registered().signing_keys;
    let peer = Peer { entity_id: "http://sandbox.localhost", signing_keys: &keys, recipient: IDP };
    let expected = Expected { destination, now: NOW, skew: Millis::minutes(3), lifetime: Millis::minutes(5) };
    match received {
        ReceivedLogout::Request(it) => (Some(it.verify(&peer, &expected).unwrap()), None),
        ReceivedLogout::Response(it) => (None, Some(it.verify(&peer, &expected).unwrap())),
    }
}

/// The field of a page that sends itself, in base64.
fn carried_by(page: &Answer, field: &str, action: &str) -> String {
    assert!(page.html.contains(&format!("action=\"{action}\"")), "{}", page.html);
    let (_, rest) = page.html.split_once(&format!("name=\"{field}\" value=\"")).unwrap();
    rest.split_once('"').unwrap().0.replace("&#43;", "+").replace("&#47;", "/").replace("&#61;", "=")
}

fn query(url: &str, endpoint: &str) -> String {
    url.strip_prefix(endpoint).unwrap().strip_prefix('?').unwrap().to_owned()
}

fn asks(
    session_indexes: &[&str],
    change: impl FnOnce(&mut LogoutRequestDescription<'_>),
) -> (String, String) {
    let name_id = NameId { format: NameIdFormat::Persistent, value: "urn:uuid:anna".to_owned() };
    let mut description = LogoutRequestDescription {
        id: "_logout",
        issuer: IDP,
        destination: OURS,
        now: NOW,
        not_on_or_after: NOW.plus(Millis::minutes(5)),
        name_id: &name_id,
        session_indexes,
    };
    change(&mut description);
    let plain = logout_request(&description).unwrap();
    let url = redirect::signed_url("/slo", Carried::Request, &plain, Some("st&te"), &*IDP_KEY).unwrap();
    (url, signed_logout_request(&description, &*IDP_KEY).unwrap())
}

fn answers(in_response_to: &str, status: &Status) -> (String, String) {
    let description = LogoutResponseDescription {
        id: "_answer",
        in_response_to,
        issuer: IDP,
        destination: OURS,
        now: NOW,
        status,
    };
    let plain = logout_response(&description).unwrap();
    let url = redirect::signed_url("/slo", Carried::Response, &plain, None, &*IDP_KEY).unwrap();
    (url, signed_logout_response(&description, &*IDP_KEY).unwrap())
}

/// Press the button; the request as Portner would read it.
async fn leave_by_redirect(website: &Router, cookie: &str) -> LogoutRequest {
    let sent = post_field(website, cookie, "/logout", ("", "")).await;
    let received = receive_redirect(&query(&sent.location, SLO)).unwrap();
    at_the_identity_provider(received, SLO).0.unwrap()
}

#[tokio::test]
async fn the_metadata_says_where_logout_messages_go() {
    let read = registered().logout;
    assert_eq!(read.iter().map(|it| it.binding).collect::<Vec<_>>(), [Binding::Redirect, Binding::Post]);
    assert!(read.iter().all(|it| it.location == OURS && it.response_location.is_none()));
}

#[tokio::test]
async fn logging_out_everywhere_ends_the_login_and_asks_portner() {
    let website = website_with(vec![endpoint(Binding::Redirect), endpoint(Binding::Post)]);
    let (cookie, session) = logged_in(&website).await;
    let request = leave_by_redirect(&website, &cookie).await;
    assert_eq!((request.name_id.value.as_str(), request.session_indexes), ("urn:uuid:anna", vec![session]));
    assert!(!is_logged_in(&website, &cookie).await);

    let (url, _) = answers(&request.id, &Status::SUCCESS);
    assert_eq!(open(&website, &url, "").await.status, StatusCode::BAD_REQUEST, "another browser");
    let done = open(&website, &url, &cookie).await;
    assert!(done.html.contains("id=\"logout-complete\""), "{}", done.html);
    assert_eq!(open(&website, &url, &cookie).await.status, StatusCode::BAD_REQUEST, "an answer counts once");
}

#[tokio::test]
async fn the_form_leads_wherever_the_logout_goes() {
    let website = website_with(vec![endpoint(Binding::Post)]);
    let (cookie, _) = logged_in(&website).await;
    let me = open(&website, "/me", &cookie).await;
    let sent = post_field(&website, &cookie, "/logout", ("", "")).await;
    let saml_request = Some(carried_by(&sent, "SAMLRequest", SLO));
    let received = receive_post(&LogoutForm { saml_request, ..LogoutForm::default() }).unwrap();
    let (request, _) = at_the_identity_provider(received, SLO);
    for page in [&me, &sent] {
        assert!(!page.policy.contains("form-action") && page.policy.contains("default-src 'none'"));
    }
    let (_, script) = sent.html.split_once("<script>").unwrap();
    let hash = STANDARD.encode(digest(&SHA256, script.split_once("</script>").unwrap().0.as_bytes()));
    assert!(sent.policy.contains(&format!("script-src 'sha256-{hash}'")), "{}", sent.policy);

    let (_, signed) = answers(&request.unwrap().id, &Status::SUCCESS);
    let done = post_field(&website, &cookie, "/slo", ("SAMLResponse", &signed)).await;
    assert!(done.html.contains("id=\"logout-complete\""), "{}", done.html);
}

#[tokio::test]
async fn an_outcome_with_reservations_is_shown_with_them() {
    let website = website_with(vec![endpoint(Binding::Redirect)]);
    for (status, word) in [
        (Status::PARTIAL_LOGOUT, "logout-partial"),
        (Status::REQUEST_DENIED, "logout-failed"),
        (Status::INTERNAL, "logout-failed"),
    ] {
        let (cookie, _) = logged_in(&website).await;
        let request = leave_by_redirect(&website, &cookie).await;
        let (url, _) = answers(&request.id, &status);
        let done = open(&website, &url, &cookie).await.html;
        assert!(done.contains(&format!("id=\"{word}\"")) && done.contains(status.top.uri()), "{done}");
        assert!(status.second.is_none_or(|code| done.contains(code.uri())), "{done}");
    }
}

#[tokio::test]
async fn portner_logs_out_the_session_it_names_and_is_answered() {
    let website = website_with(vec![endpoint(Binding::Redirect), endpoint(Binding::Post)]);
    let (first, first_session) = logged_in(&website).await;
    let (second, second_session) = logged_in(&website).await;

    let (url, _) = asks(&[&first_session], |_| ());
    let answer = open(&website, &url, "").await;
    let received = receive_redirect(&query(&answer.location, DONE)).unwrap();
    let (_, response) = at_the_identity_provider(received, DONE);
    let response = response.unwrap();
    assert_eq!((response.in_response_to.as_str(), response.is_complete()), ("_logout", true));
    assert_eq!(response.relay_state.as_deref(), Some("st&te"));
    assert!(!is_logged_in(&website, &first).await && is_logged_in(&website, &second).await);

    let (_, signed) = asks(&[&second_session], |_| ());
    let answer = post_field(&website, "", "/slo", ("SAMLRequest", &signed)).await;
    let saml_response = Some(carried_by(&answer, "SAMLResponse", DONE));
    let received = receive_post(&LogoutForm { saml_response, ..LogoutForm::default() }).unwrap();
    assert!(at_the_identity_provider(received, DONE).1.unwrap().is_complete());
    assert!(!is_logged_in(&website, &second).await);
}

#[tokio::test]
async fn without_a_session_named_all_of_one_person_end() {
    let website = website_with(vec![endpoint(Binding::Redirect)]);
    let (first, _) = logged_in(&website).await;
    let (second, _) = logged_in(&website).await;
    let bo = NameId { format: NameIdFormat::Persistent, value: "urn:uuid:bo".to_owned() };
    let somebody_else = {
        let description = LogoutRequestDescription {
            id: "_bo",
            issuer: IDP,
            destination: OURS,
            now: NOW,
            not_on_or_after: NOW.plus(Millis::minutes(5)),
            name_id: &bo,
            session_indexes: &[],
        };
        let plain = logout_request(&description).unwrap();
        redirect::signed_url("/slo", Carried::Request, &plain, None, &*IDP_KEY).unwrap()
    };
    open(&website, &somebody_else, "").await;
    assert!(is_logged_in(&website, &first).await && is_logged_in(&website, &second).await);
    open(&website, &asks(&[], |_| ()).0, "").await;
    assert!(!is_logged_in(&website, &first).await && !is_logged_in(&website, &second).await);
}

#[tokio::test]
async fn what_portner_has_not_signed_or_meant_for_us_logs_nobody_out() {
    let website = website_with(vec![endpoint(Binding::Redirect)]);
    let (cookie, session) = logged_in(&website).await;
    let (url, signed) = asks(&[&session], |_| ());
    let (unsigned, _) = url.split_once("&SigAlg=").unwrap();
    let (elsewhere, _) = asks(&[&session], |it| it.destination = "http://localhost:8081/acs");
    let (old, _) = asks(&[&session], |it| it.now = NOW.minus(Millis::minutes(9)));
    let (foreign, _) = asks(&[&session], |it| it.issuer = "http://other.localhost");
    for (url, code) in [
        (unsigned, "unsigned"),
        (&url.replace("RelayState=st", "RelayState=x"), "bad-signature"),
        (&elsewhere, "wrong-destination"),
        (&old, "expired"),
        (&foreign, "wrong-issuer"),
        ("/slo", "no-message"),
    ] {
        let refused = open(&website, url, &cookie).await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{url}");
        assert!(refused.html.contains("logout-refused") && refused.html.contains(code), "{}", refused.html);
    }
    let altered = signed.replace(&session, "_other");
    let refused = post_field(&website, &cookie, "/slo", ("SAMLRequest", &altered)).await;
    assert!(refused.html.contains("bad-signature"), "{}", refused.html);
    assert!(is_logged_in(&website, &cookie).await);
}

#[tokio::test]
async fn an_identity_provider_without_single_logout_is_not_asked() {
    let website = website();
    let (cookie, _) = logged_in(&website).await;
    let page = post_field(&website, &cookie, "/logout", ("", "")).await;
    assert!(page.html.contains("id=\"logout-here\""), "{}", page.html);
    assert!(!is_logged_in(&website, &cookie).await);
}
