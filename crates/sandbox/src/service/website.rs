//! The service provider's pages and endpoints over HTTP.

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::{DefaultBodyLimit, Form, Query, RawQuery, State};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::map_response;
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum_extra::extract::CookieJar;
use axum_extra::extract::cookie::{Cookie, SameSite};
use portner_saml::{LogoutForm, ReceivedLogout, Refusal, logout};
use serde::Deserialize;

use super::login::{Refused, Service, Wishes};
use super::logout::{Arrived, Departure};
use super::pages::{HandOverPage, LogoutPage, MePage, RefusedPage, StartPage};
use crate::say::complain;

/// A response with its base64 escaped, and room to spare.
const BODY_BYTES_MAX: usize = 512 * 1024;
/// Cookies do not know ports, and Portner sets its own on the same host.
const COOKIE: &str = "sandbox-visitor";
const POLICY: &str = "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
/// Chromium holds redirects against `form-action` too, and a logout leads to every service provider in turn.
const POLICY_FOR_FORMS: &str = "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; frame-ancestors 'none'; script-src 'sha256-kj5Bbw2cTkcyBUPuVpXB+fmYtjXStKOGQLZjlhTp+aE='";

type App = Arc<Service>;

/// All routes.
pub fn router(service: Service) -> Router {
    Router::new()
        .route("/", get(start))
        .route("/login", get(login))
        .route("/acs", post(acs))
        .route("/me", get(me))
        .route("/logout", post(log_out))
        .route("/slo", get(slo_by_redirect).post(slo_by_post))
        .route("/metadata", get(metadata))
        .route("/sandbox.css", get(stylesheet))
        .layer(map_response(guarded))
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .with_state(Arc::new(service))
}

async fn start(State(app): State<App>, jar: CookieJar) -> Response {
    let login = app.login(cookie(&jar));
    page(StatusCode::OK, &StartPage::new(&app.surroundings, login.as_deref(), app.now()))
}

async fn login(State(app): State<App>, jar: CookieJar, Query(wishes): Query<Wishes>) -> Response {
    match app.ask(cookie(&jar), wishes) {
        Ok((visitor, url)) => {
            // Portner posts the answer from another port of the same site, so Lax is sent along.
            let kept = Cookie::build((COOKIE, visitor)).path("/").http_only(true).same_site(SameSite::Lax);
            (jar.add(kept), Redirect::to(&url)).into_response()
        }
        Err(error) => broken(&error),
    }
}

#[derive(Deserialize)]
struct Posted {
    #[serde(rename = "SAMLResponse")]
    saml_response: String,
}

async fn acs(State(app): State<App>, jar: CookieJar, Form(posted): Form<Posted>) -> Response {
    match app.receive(cookie(&jar), &posted.saml_response) {
        Ok(()) => Redirect::to("/me").into_response(),
        Err(refused) => {
            let status = match refused {
                Refused::NotAwaited => StatusCode::BAD_REQUEST,
                Refused::Response(_) => StatusCode::FORBIDDEN,
            };
            page(status, &RefusedPage::new(&refused))
        }
    }
}

async fn me(State(app): State<App>, jar: CookieJar) -> Response {
    match app.login(cookie(&jar)) {
        Some(login) => page_with_form(&MePage::new(&login, &app.surroundings.portner_url)),
        None => Redirect::to("/").into_response(),
    }
}

/// The cookie is not sent along with a form of another site, so nobody else presses this button.
async fn log_out(State(app): State<App>, jar: CookieJar) -> Response {
    match app.log_out(cookie(&jar)) {
        Ok(Some(departure)) => leave(departure),
        Ok(None) => page(StatusCode::OK, &LogoutPage::here_only()),
        Err(error) => broken(&error),
    }
}

async fn slo_by_redirect(State(app): State<App>, jar: CookieJar, RawQuery(query): RawQuery) -> Response {
    arrived(&app, &jar, logout::receive_redirect(&query.unwrap_or_default()))
}

async fn slo_by_post(State(app): State<App>, jar: CookieJar, Form(form): Form<LogoutForm>) -> Response {
    arrived(&app, &jar, logout::receive_post(&form))
}

fn arrived(app: &Service, jar: &CookieJar, received: Result<ReceivedLogout, Refusal>) -> Response {
    match received.map_err(Into::into).and_then(|received| app.receive_logout(cookie(jar), received)) {
        Ok(Arrived::Answer(departure)) => leave(departure),
        Ok(Arrived::Outcome(response)) => page(StatusCode::OK, &LogoutPage::outcome(&response)),
        Err(refused) => page(StatusCode::BAD_REQUEST, &LogoutPage::refused(&refused)),
    }
}

fn leave(departure: Departure) -> Response {
    match departure {
        Departure::Redirect(url) => Redirect::to(&url).into_response(),
        Departure::Form(form) => page_with_form(&HandOverPage { form }),
    }
}

async fn metadata(State(app): State<App>) -> Response {
    ([(CONTENT_TYPE, "application/samlmetadata+xml")], app.own.metadata().to_owned()).into_response()
}

async fn stylesheet() -> Response {
    ([(CONTENT_TYPE, "text/css; charset=utf-8")], include_str!("../../assets/sandbox.css")).into_response()
}

fn cookie(jar: &CookieJar) -> Option<&str> {
    jar.get(COOKIE).map(Cookie::value)
}

fn page(status: StatusCode, page: &impl Template) -> Response {
    match page.render() {
        Ok(html) => (status, Html(html)).into_response(),
        Err(error) => broken(&error),
    }
}

fn page_with_form(it: &impl Template) -> Response {
    let mut response = page(StatusCode::OK, it);
    let policy = HeaderValue::from_static(POLICY_FOR_FORMS);
    response.headers_mut().insert(CONTENT_SECURITY_POLICY, policy);
    response
}

fn broken(error: &dyn std::error::Error) -> Response {
    complain(&format!("the service provider failed: {error}"));
    (StatusCode::INTERNAL_SERVER_ERROR, "Prøvetjenesten fejlede. Terminalen siger hvorfor.").into_response()
}

/// The pages show passwords: nothing keeps them, and nothing foreign runs in them.
async fn guarded(mut response: Response) -> Response {
    for (name, value) in [
        (CACHE_CONTROL, "no-store"),
        (CONTENT_SECURITY_POLICY, POLICY),
        (REFERRER_POLICY, "no-referrer"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ] {
        response.headers_mut().entry(name).or_insert(HeaderValue::from_static(value));
    }
    response
}
