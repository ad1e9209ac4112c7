//! The service provider's pages and endpoints over HTTP.

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::{DefaultBodyLimit, Form, Query, State};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::map_response;
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum_extra::extract::CookieJar;
use axum_extra::extract::cookie::{Cookie, SameSite};
use serde::Deserialize;

use super::login::{Refused, Service, Wishes};
use super::pages::{MePage, RefusedPage, StartPage};
use crate::say::complain;

/// A response with its base64 escaped, and room to spare.
const BODY_BYTES_MAX: usize = 512 * 1024;
/// Cookies do not know ports, and Portner sets its own on the same host.
const COOKIE: &str = "sandbox-visitor";
const POLICY: &str = "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

type App = Arc<Service>;

/// All routes.
pub fn router(service: Service) -> Router {
    Router::new()
        .route("/", get(start))
        .route("/login", get(login))
        .route("/acs", post(acs))
        .route("/me", get(me))
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
        Some(login) => page(StatusCode::OK, &MePage::new(&login, &app.surroundings.portner_url)),
        None => Redirect::to("/").into_response(),
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
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}
