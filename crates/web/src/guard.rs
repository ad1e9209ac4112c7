//! What stands in front of every route: the right host, the right origin, the headers that keep browsers safe.

use axum::extract::{MatchedPath, Request, State};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HOST, HeaderName, HeaderValue, ORIGIN, REFERRER_POLICY,
    STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::http::{HeaderMap, Method, Uri};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use portner_domain::Reference;
use tracing::Instrument;

use crate::failure::page;
use crate::incoming::Incoming;
use crate::pages::ErrorKind;
use crate::{App, PublicUrl};

/// What a page may do unless it says otherwise: show itself, with our stylesheet and icon, and be submitted
/// to us.
const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; \
                      frame-ancestors 'none'; base-uri 'none'";

/// The same for a page with a script of ours in a file.
pub const POLICY_WITH_SCRIPT: &str = "default-src 'none'; style-src 'self'; img-src 'self'; script-src 'self'; \
                                      form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/// The paths that other sites post to.
const FROM_ELSEWHERE: [&str; 2] = ["/saml/sso", "/saml/slo"];

/// Let a request through, or not, and see to the headers of the answer.
pub async fn stand(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let reference = Reference::new(app.0.log.now(), &*app.0.entropy);
    request.extensions_mut().insert(reference);
    // The route and not the path: a path may hold a secret, such as the first administrator's link.
    let route = request.extensions().get::<MatchedPath>().map_or("none", MatchedPath::as_str).to_owned();
    let span = tracing::info_span!("request", %reference, method = %request.method(), route);
    let (headers, uri, method) = (request.headers(), request.uri(), request.method());
    let refusal = if !is_our_host(headers, uri, &app.0.public) {
        Some(ErrorKind::WrongHost)
    } else if *method == Method::POST
        && !FROM_ELSEWHERE.contains(&uri.path())
        && is_foreign(headers, &app.0.public)
    {
        Some(ErrorKind::FormExpired)
    } else {
        None
    };
    let secure = app.0.public.origin.starts_with("https://");
    let mut response = match refusal {
        Some(kind) => refuse(app, request, kind).await,
        None => next.run(request).instrument(span).await,
    };
    harden(response.headers_mut(), secure);
    response
}

async fn refuse(app: App, request: Request, kind: ErrorKind) -> Response {
    use axum::extract::FromRequestParts;
    let (mut parts, _) = request.into_parts();
    match Incoming::from_request_parts(&mut parts, &app).await {
        Ok(incoming) => page(&app, &incoming, kind),
        Err(never) => never.into_response(),
    }
}

/// `Host`, and the authority of an absolute-form target, are exactly the configured ones (T-HOST-01). Links
/// are made from configuration anyway; this ends guessing early.
fn is_our_host(headers: &HeaderMap, uri: &Uri, public: &PublicUrl) -> bool {
    let ours = |host: &str| host.eq_ignore_ascii_case(&public.host);
    let mut hosts = headers.get_all(HOST).iter();
    let header = hosts.next().and_then(|host| host.to_str().ok());
    let authority = uri.authority().map(axum::http::uri::Authority::as_str);
    let named = header.is_some() || authority.is_some();
    named && hosts.next().is_none() && header.is_none_or(ours) && authority.is_none_or(ours)
}

/// Does the browser say that another site sent this form? (T-CSRF-01; the form's token is looked at too.)
fn is_foreign(headers: &HeaderMap, public: &PublicUrl) -> bool {
    let text = |name: &HeaderName| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    match (text(&HeaderName::from_static("sec-fetch-site")), text(&ORIGIN)) {
        (Some(site), _) => site != "same-origin" && site != "none",
        (None, Some(origin)) => origin != public.origin,
        (None, None) => false,
    }
}

fn harden(headers: &mut HeaderMap, secure: bool) {
    let always = [
        (X_FRAME_OPTIONS, "DENY"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        // A service provider may learn where an answer came from, not from which login.
        (REFERRER_POLICY, "strict-origin"),
        (HeaderName::from_static("permissions-policy"), "camera=(), geolocation=(), microphone=()"),
    ];
    for (name, value) in always {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if secure {
        headers.insert(STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000"));
    }
    headers.entry(CONTENT_SECURITY_POLICY).or_insert(HeaderValue::from_static(POLICY));
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderMap, Uri};

    use super::{is_foreign, is_our_host};
    use crate::PublicUrl;

    fn public() -> PublicUrl {
        PublicUrl { origin: "https://login.example.dk".into(), host: "login.example.dk".into() }
    }

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(*name, value.parse().unwrap());
        }
        headers
    }

    #[test]
    fn t_host_01_only_the_configured_host_is_answered() {
        let check = |pairs: &[(&'static str, &str)], uri: &'static str, ours: bool| {
            assert_eq!(
                is_our_host(&headers(pairs), &Uri::from_static(uri), &public()),
                ours,
                "{pairs:?} {uri}"
            );
        };
        check(&[("host", "login.example.dk")], "/", true);
        check(&[("host", "LOGIN.example.dk")], "/", true);
        check(&[("host", "login.example.dk:443")], "/", false);
        check(&[("host", "evil.example")], "/", false);
        check(&[("host", "login.example.dk"), ("host", "evil.example")], "/", false);
        check(&[("host", "login.example.dk"), ("x-forwarded-host", "evil.example")], "/", true);
        check(&[("host", "login.example.dk")], "http://evil.example/", false);
        check(&[], "https://login.example.dk/", true);
        check(&[], "/", false);
    }

    #[test]
    fn t_csrf_01_a_form_from_another_site_is_refused() {
        let check = |pairs: &[(&'static str, &str)], foreign: bool| {
            assert_eq!(is_foreign(&headers(pairs), &public()), foreign, "{pairs:?}");
        };
        check(&[], false);
        check(&[("sec-fetch-site", "same-origin")], false);
        check(&[("sec-fetch-site", "same-site")], true);
        check(&[("sec-fetch-site", "cross-site"), ("origin", "https://login.example.dk")], true);
        check(&[("origin", "https://login.example.dk")], false);
        check(&[("origin", "https://evil.example")], true);
        check(&[("origin", "null")], true);
    }
}
