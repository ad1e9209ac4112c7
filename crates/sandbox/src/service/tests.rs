//! The service provider against an identity provider in the same process: every response goes over "the wire".

mod logout;

use std::sync::{Arc, LazyLock};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE, COOKIE, LOCATION, SET_COOKIE};
use axum::http::{Request, StatusCode};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use portner_domain::{Clock, Level, Millis, Moment};
use portner_saml::generate::rsa_3072;
use portner_saml::metadata::identity_provider;
use portner_saml::{
    Attribute, AttributeNameFormat, AuthnRequest, EncryptionDefault, EncryptionTarget, Expected, Failure,
    FileKey, IdentityProvider, IdpDescription, LocalName, LogoutEndpoint, NameId, NameIdFormat,
    ResponseSigning, ServiceProvider, Signer, Status, Success, new_id, redirect, response,
};
use tower::ServiceExt;

use super::{Own, Service, ShownUser, Surroundings, policy, router};
use crate::real::RealEntropy;

const ADDRESS: &str = "http://localhost:8081/";
const IDP: &str = "http://saml.localhost";
const SSO: &str = "http://localhost:8080/saml/sso";
const NOW: Moment = Moment(1_795_252_504_000);
const SUBSTANTIAL: &str = "https://data.gov.dk/concept/core/nsis/loa/Substantial";
const EVIL: &str = "\"><script>alert('Anna')</script>&amp;";

struct Stopped;

impl Clock for Stopped {
    fn now(&self) -> Moment {
        NOW
    }
}

/// Keys take a second each to make.
static IDP_KEY: LazyLock<FileKey> = LazyLock::new(|| {
    let made = rsa_3072("Portner", NOW, &RealEntropy).unwrap();
    FileKey::from_pem(made.key_pem.as_bytes(), made.certificate_pem.as_bytes()).unwrap()
});
static OWN: LazyLock<Own> = LazyLock::new(|| {
    let made = Own::new_key(NOW, &RealEntropy).unwrap();
    Own::from_pem(made.key_pem.as_bytes(), made.certificate_pem.as_bytes(), ADDRESS).unwrap()
});

fn website() -> Router {
    website_with(Vec::new())
}

/// Of an identity provider that takes logout messages there.
fn website_with(logout: Vec<LogoutEndpoint>) -> Router {
    let metadata = identity_provider(&IdpDescription {
        entity_id: IDP.to_owned(),
        signing: vec![IDP_KEY.certificate().clone()],
        sso_redirect: SSO.to_owned(),
        sso_post: None,
        logout,
        name_id_formats: vec![NameIdFormat::Persistent],
        attributes: Vec::new(),
        display_name: LocalName::default(),
        logo: None,
        organization: None,
        contacts: Vec::new(),
        error_url: None,
        valid_until: None,
        cache_duration: None,
    });
    let idp = IdentityProvider::parse(metadata.unwrap().as_bytes()).unwrap();
    let surroundings = Surroundings {
        portner_url: "http://localhost:8080/".to_owned(),
        metadata_url: "http://localhost:8080/saml/metadata".to_owned(),
        admin_link: None,
        users: vec![ShownUser {
            name: EVIL.to_owned(),
            username: "anna".to_owned(),
            password: "sommer-kajak-honning-tavle".to_owned(),
            totp_secret: Some("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ".to_owned()),
            purpose: EVIL.to_owned(),
        }],
    };
    router(Service::new(OWN.clone(), idp, surroundings, (Arc::new(Stopped), Arc::new(RealEntropy))))
}

/// What came back.
struct Answer {
    status: StatusCode,
    location: String,
    cookie: String,
    policy: String,
    html: String,
}

async fn send(website: &Router, request: Request<Body>) -> Answer {
    let answer = website.clone().oneshot(request).await.unwrap();
    let header =
        |name| answer.headers().get(name).map(|it| it.to_str().unwrap().to_owned()).unwrap_or_default();
    let cookie = header(SET_COOKIE).split(';').next().unwrap().to_owned();
    let (status, location, policy) = (answer.status(), header(LOCATION), header(CONTENT_SECURITY_POLICY));
    let html = to_bytes(answer.into_body(), 1 << 20).await.unwrap();
    Answer { status, location, cookie, policy, html: String::from_utf8(html.to_vec()).unwrap() }
}

async fn open(website: &Router, path: &str, cookie: &str) -> Answer {
    send(website, Request::get(path).header(COOKIE, cookie).body(Body::empty()).unwrap()).await
}

async fn post(website: &Router, cookie: &str, xml: &str) -> Answer {
    post_field(website, cookie, "/acs", ("SAMLResponse", xml)).await
}

async fn post_field(website: &Router, cookie: &str, path: &str, (field, xml): (&str, &str)) -> Answer {
    let escaped = STANDARD.encode(xml).replace('+', "%2B").replace('/', "%2F").replace('=', "%3D");
    let request = Request::post(path)
        .header(COOKIE, cookie)
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Body::from(format!("{field}={escaped}")));
    send(website, request.unwrap()).await
}

fn registered() -> ServiceProvider {
    ServiceProvider::parse(OWN.metadata().as_bytes()).unwrap()
}

/// Go to the identity provider: the browser's cookie, and the request as it is verified there.
async fn leave(website: &Router, path: &str) -> (String, AuthnRequest) {
    let sent = open(website, path, "").await;
    let query = sent.location.strip_prefix(SSO).unwrap().strip_prefix('?').unwrap();
    let expected =
        Expected { destination: SSO, now: NOW, skew: Millis::minutes(3), lifetime: Millis::minutes(5) };
    let request = redirect::receive(query).unwrap().verify(&registered(), &expected).unwrap();
    (sent.cookie, request)
}

/// The identity provider's yes.
fn yes(request: &AuthnRequest) -> String {
    let name_id = NameId { format: NameIdFormat::Persistent, value: "urn:uuid:anna".to_owned() };
    let attribute = |name: &str, value: &str| Attribute {
        name: name.to_owned(),
        name_format: AttributeNameFormat::Uri,
        friendly_name: None,
        values: vec![value.to_owned()],
    };
    let attributes = [
        attribute("https://data.gov.dk/concept/core/nsis/loa", "Substantial"),
        attribute("https://data.gov.dk/model/core/eid/fullName", EVIL),
    ];
    let (response_id, assertion_id) = (new_id(&RealEntropy), new_id(&RealEntropy));
    let success = Success {
        response_id: &response_id,
        assertion_id: &assertion_id,
        in_response_to: &request.id,
        issuer: IDP,
        acs: &request.acs,
        audience: &request.issuer,
        now: NOW,
        valid_for: Millis::minutes(5),
        authn_instant: NOW,
        session_index: &assertion_id,
        session_not_on_or_after: None,
        class_ref: SUBSTANTIAL,
        name_id: &name_id,
        attributes: &attributes,
        authenticating_authority: None,
    };
    let target = EncryptionTarget::choose(&registered(), EncryptionDefault::Oiosaml3, NOW).unwrap();
    response::success(&success, &*IDP_KEY, &target, ResponseSigning::AssertionOnly, &RealEntropy).unwrap()
}

fn no(request: &AuthnRequest, status: &Status) -> String {
    let failure = Failure {
        response_id: &new_id(&RealEntropy),
        in_response_to: &request.id,
        issuer: IDP,
        acs: &request.acs,
        now: NOW,
        status,
    };
    response::failure(&failure, &*IDP_KEY).unwrap()
}

#[tokio::test]
async fn the_question_is_signed_and_says_what_was_wished() {
    let website = website();
    let (cookie, request) = leave(&website, "/login?level=Substantial").await;
    assert!(cookie.starts_with("sandbox-visitor=_"), "{cookie}");
    assert_eq!(
        (request.required.level, request.force_authn, request.is_passive),
        (Some(Level::Substantial), false, false)
    );
    assert_eq!(request.acs, "http://localhost:8081/acs");
    let (_, request) = leave(&website, "/login?level=Low&force=true&passive=true").await;
    assert_eq!(
        (request.required.level, request.force_authn, request.is_passive),
        (Some(Level::Low), true, true)
    );
    let (_, request) = leave(&website, "/login").await;
    assert_eq!(request.required.level, None);
    let nonsense = open(&website, "/login?level=Highest", "").await;
    assert_eq!(nonsense.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn what_portner_says_is_shown_escaped() {
    let website = website();
    let (cookie, request) = leave(&website, "/login?level=Substantial").await;
    let answer = post(&website, &cookie, &yes(&request)).await;
    assert_eq!((answer.status, answer.location.as_str()), (StatusCode::SEE_OTHER, "/me"), "{}", answer.html);
    let me = open(&website, "/me", &cookie).await.html;
    assert!(me.contains("<dd id=\"level\">Substantial</dd>"), "{me}");
    assert!(me.contains("<code id=\"name-id\">urn:uuid:anna</code>"), "{me}");
    let start = open(&website, "/", &cookie).await.html;
    for page in [&me, &start] {
        assert!(!page.contains("<script"), "{page}");
        assert!(page.contains("&#60;script&#62;alert(&#39;Anna&#39;)&#60;/script&#62;&#38;amp;"), "{page}");
    }
    assert_eq!(open(&website, "/me", "sandbox-visitor=_another").await.location, "/");
}

#[tokio::test]
async fn an_answer_is_good_once() {
    let website = website();
    let (cookie, request) = leave(&website, "/login").await;
    let response = yes(&request);
    assert_eq!(post(&website, &cookie, &response).await.status, StatusCode::SEE_OTHER);
    let again = post(&website, &cookie, &response).await;
    assert_eq!(again.status, StatusCode::BAD_REQUEST);
    assert!(again.html.contains("not-awaited"), "{}", again.html);
}

#[tokio::test]
async fn an_answer_to_another_request_is_refused() {
    let website = website();
    let (cookie, mut request) = leave(&website, "/login").await;
    let (another, _) = leave(&website, "/login").await;
    let genuine = yes(&request);
    for cookie in ["", "sandbox-visitor=_chosen", another.as_str()] {
        assert_eq!(post(&website, cookie, &genuine).await.status, StatusCode::BAD_REQUEST, "{cookie}");
    }
    let id = std::mem::replace(&mut request.id, "_never".to_owned());
    let stray = yes(&request);
    assert_eq!(post(&website, &cookie, &stray).await.status, StatusCode::BAD_REQUEST);
    let disguised = stray.replace("_never", &id);
    let refused = post(&website, &cookie, &disguised).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN, "{}", refused.html);
    assert!(refused.html.contains("wrong-request"), "{}", refused.html);
    assert_eq!(open(&website, "/me", &cookie).await.location, "/", "nobody is logged in");
    assert_eq!(
        post(&website, &cookie, &genuine).await.status,
        StatusCode::SEE_OTHER,
        "the genuine answer still counts"
    );
}

#[tokio::test]
async fn a_no_is_shown_with_its_codes_and_uses_the_request_up() {
    let website = website();
    for (status, sentence) in [
        (Status::NO_AUTHN_CONTEXT, "kan ikke nås"),
        (Status::NO_PASSIVE, "skulle have spurgt"),
        (Status::AUTHN_FAILED, "Ingen blev logget ind"),
        (Status::INTERNAL, "meldte en fejl"),
    ] {
        let (cookie, request) = leave(&website, "/login?level=Substantial").await;
        let refused = post(&website, &cookie, &no(&request, &status)).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN);
        assert!(
            refused.html.contains("id=\"status\"") && refused.html.contains(sentence),
            "{}",
            refused.html
        );
        let codes = std::iter::once(status.top.uri()).chain(status.second.map(|it| it.uri()));
        for code in codes {
            assert!(refused.html.contains(code), "{code}: {}", refused.html);
        }
        assert_eq!(post(&website, &cookie, &yes(&request)).await.status, StatusCode::BAD_REQUEST);
    }
}

#[tokio::test]
async fn a_forged_no_uses_nothing_up() {
    let website = website();
    let (cookie, request) = leave(&website, "/login").await;
    let signed = no(&request, &Status::NO_AUTHN_CONTEXT);
    let (before, rest) = signed.split_once("<ds:Signature").unwrap();
    let forged = format!("{before}{}", rest.split_once("</ds:Signature>").unwrap().1);
    let refused = post(&website, &cookie, &forged).await;
    assert!(refused.html.contains("ikke underskrevet"), "{}", refused.html);
    assert_eq!(post(&website, &cookie, &yes(&request)).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn the_start_page_says_who_can_log_in_and_how() {
    let website = website();
    let start = open(&website, "/", "").await.html;
    for part in
        ["id=\"login\"", "id=\"login-low\"", "id=\"login-force\"", "id=\"login-passive\"", "lang=\"da\""]
    {
        assert!(start.contains(part), "{part}: {start}");
    }
    assert!(
        start.contains("sommer-kajak-honning-tavle") && start.contains("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ")
    );
    assert!(!start.contains("administrator"), "no link, no promise");
    let metadata = open(&website, "/metadata", "").await.html;
    assert_eq!(ServiceProvider::parse(metadata.as_bytes()).unwrap().entity_id, "http://sandbox.localhost");
}

#[test]
fn the_policy_is_three_words_long() {
    assert_eq!(
        policy(ADDRESS),
        "profile = \"oiosaml3-professional\"\nhome_url = \"http://localhost:8081/\"\n"
    );
}
