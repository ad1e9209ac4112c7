//! SCIM over HTTP (RFC 7644): programs that feed the directory, each with a token of its own.
//!
//! No cookie is read here, and nothing here is a page: whoever has no token gets an error and no more. What a request
//! means, and whether it is done, is decided in the directory.

mod bulk;
mod call;
mod discovery;
mod told;

pub use routes::PATHS;

pub(crate) use routes::routes;

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{FromRequestParts, OriginalUri, Path, RawQuery, State};
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method};
use axum::response::Response;
use portner_directory::scim::{Client, Scim, Unwelcome};

use self::call::{Call, Target, perform, search};
use self::told::{Told, failed, not_served, refused_to, unreadable};
use crate::App;
use crate::incoming::Incoming;

/// The most that a request may be, a bulk request included.
pub const PAYLOAD_BYTES_MAX: usize = 1024 * 1024;

/// The paths, as data.
mod routes {
    use axum::routing::{any, get, post};

    use super::{discovery, groups, one_group, one_user, users};

    crate::routes::listed! {
        "/scim/v2/Users" => get(users).post(users).fallback(super::wrong_method),
        "/scim/v2/Users/.search" => post(super::search_users).fallback(super::wrong_method),
        "/scim/v2/Users/{id}" => get(one_user).put(one_user).patch(one_user).delete(one_user).fallback(super::wrong_method),
        "/scim/v2/Groups" => get(groups).post(groups).fallback(super::wrong_method),
        "/scim/v2/Groups/.search" => post(super::search_groups).fallback(super::wrong_method),
        "/scim/v2/Groups/{id}" => get(one_group).put(one_group).patch(one_group).delete(one_group).fallback(super::wrong_method),
        "/scim/v2/.search" => post(super::search_all).fallback(super::wrong_method),
        "/scim/v2/Bulk" => post(super::bulk::bulk).fallback(super::wrong_method),
        "/scim/v2/ServiceProviderConfig" => get(discovery::config).fallback(super::wrong_method),
        "/scim/v2/Schemas" => get(discovery::schemas).fallback(super::wrong_method),
        "/scim/v2/Schemas/{id}" => get(discovery::schema).fallback(super::wrong_method),
        "/scim/v2/ResourceTypes" => get(discovery::resource_types).fallback(super::wrong_method),
        "/scim/v2/ResourceTypes/{id}" => get(discovery::resource_type).fallback(super::wrong_method),
        "/scim/v2/Me" => any(super::me),
        "/scim/v2/{*rest}" => any(super::nothing),
    }
}

/// A client whose token works. Without one there is no handler (T-TOK-01).
pub struct Welcome {
    /// Who.
    pub client: Client,
    /// Where the directory's side is.
    app: App,
}

impl Welcome {
    /// The directory's side.
    pub fn scim(&self) -> Option<&Scim> {
        self.app.0.scim.as_deref()
    }
}

impl FromRequestParts<App> for Welcome {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        let Some(scim) = app.0.scim.as_deref() else { return Err(not_served()) };
        let incoming = Incoming::from_request_parts(parts, app).await.map_err(|never| match never {})?;
        let header = parts.headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        let bearer = header.and_then(|header| {
            let (scheme, token) = header.split_once(' ')?;
            scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
        });
        match scim.welcome(bearer, &incoming.visit.address.to_string()).await {
            Ok(Ok(client)) => Ok(Self { client, app: app.clone() }),
            Ok(Err(unwelcome)) => {
                let word = match unwelcome {
                    Unwelcome::Unknown => "unknown",
                    Unwelcome::Over => "over",
                    Unwelcome::TooMany => "too-many",
                };
                metrics::counter!("portner_scim_refused_total", "why" => word).increment(1);
                Err(refused_to(&unwelcome))
            }
            Err(error) => Err(failed(&error)),
        }
    }
}

async fn users(
    welcome: Welcome,
    method: Method,
    query: RawQuery,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    answer(&welcome, Target::Users, (&method, query, &headers), body).await
}

async fn one_user(
    welcome: Welcome,
    Path(id): Path<String>,
    method: Method,
    query: RawQuery,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    answer(&welcome, Target::User(id), (&method, query, &headers), body).await
}

async fn groups(
    welcome: Welcome,
    method: Method,
    query: RawQuery,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    answer(&welcome, Target::Groups, (&method, query, &headers), body).await
}

async fn one_group(
    welcome: Welcome,
    Path(id): Path<String>,
    method: Method,
    query: RawQuery,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    answer(&welcome, Target::Group(id), (&method, query, &headers), body).await
}

async fn answer(
    welcome: &Welcome,
    target: Target,
    (method, RawQuery(query), headers): (&Method, RawQuery, &HeaderMap),
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let Some(scim) = welcome.scim() else { return not_served() };
    let told = match Call::read(target, method, query.as_deref(), headers, body) {
        Ok(call) => perform(scim, &welcome.client, &call).await,
        Err(told) => *told,
    };
    told.counted(&welcome.client, method).into_response_of(scim)
}

async fn search_users(welcome: Welcome, headers: HeaderMap, body: Result<Bytes, BytesRejection>) -> Response {
    searched(&welcome, &[Target::Users], &headers, body).await
}

async fn search_groups(
    welcome: Welcome,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    searched(&welcome, &[Target::Groups], &headers, body).await
}

async fn search_all(welcome: Welcome, headers: HeaderMap, body: Result<Bytes, BytesRejection>) -> Response {
    searched(&welcome, &[Target::Users, Target::Groups], &headers, body).await
}

async fn searched(
    welcome: &Welcome,
    among: &[Target],
    headers: &HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let Some(scim) = welcome.scim() else { return not_served() };
    let told = match call::object(headers, body) {
        Ok(sent) => search(scim, &welcome.client, among, &sent).await,
        Err(told) => *told,
    };
    told.counted(&welcome.client, &Method::GET).into_response_of(scim)
}

/// Clients are no persons.
async fn me(_: Welcome) -> Response {
    unreadable(501, "Me is not offered: a client is no user; ask for /Users/{id}")
}

async fn nothing(_: Welcome, OriginalUri(_): OriginalUri) -> Response {
    unreadable(404, "there is nothing here; see /ResourceTypes for what there is")
}

async fn wrong_method(_: Welcome, State(_): State<App>) -> Response {
    unreadable(405, "that method is not for this path; see RFC 7644, table 2")
}
