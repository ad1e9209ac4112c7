//! What is told: resources, lists, and errors in the form of RFC 7644, 3.12.

use axum::body::Body;
use axum::http::header::{CONTENT_TYPE, ETAG, LOCATION, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use portner_directory::Error;
use portner_directory::scim::{Client, Kind, Listing, Refused, Scim, Unwelcome};
use serde_json::{Map, Value, json};

const SCIM_JSON: &str = "application/scim+json";
/// When whoever has to wait for a second person may try again.
const HELD_RETRY_SECONDS: &str = "3600";
/// When whoever sent too much may.
const BUSY_RETRY_SECONDS: &str = "60";

/// An answer, before it is HTTP: one of several in a bulk answer, too.
#[derive(Clone, Debug)]
pub struct Told {
    /// The status.
    pub status: u16,
    /// What there is to read.
    pub body: Option<Value>,
}

impl Told {
    /// With a body.
    pub fn new(status: u16, body: Value) -> Self {
        Self { status, body: Some(body) }
    }

    /// Without.
    pub const fn empty(status: u16) -> Self {
        Self { status, body: None }
    }

    /// That does not go.
    pub fn refused(refused: &Refused) -> Self {
        let status = match refused.kind {
            Kind::InvalidFilter
            | Kind::TooMany
            | Kind::Mutability
            | Kind::InvalidSyntax
            | Kind::InvalidPath
            | Kind::NoTarget
            | Kind::InvalidValue => 400,
            Kind::Uniqueness => 409,
            Kind::NotFound => 404,
            Kind::Forbidden => 403,
            Kind::Changed => 412,
            Kind::Held => 503,
        };
        Self::error(status, refused.kind.scim_type(), &refused.detail)
    }

    /// An error.
    pub fn error(status: u16, scim_type: Option<&str>, detail: &str) -> Self {
        let mut body = json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"],
            "status": status.to_string(),
            "detail": detail,
        });
        if let (Some(object), Some(scim_type)) = (body.as_object_mut(), scim_type) {
            object.insert("scimType".to_owned(), json!(scim_type));
        }
        Self::new(status, body)
    }

    /// Something failed. The log has why.
    pub fn failed(error: &Error) -> Self {
        tracing::error!(error = error as &dyn std::error::Error, "a SCIM request failed");
        Self::error(
            503,
            None,
            "Portner can't do that just now; try again, and ask its operator if it stays so",
        )
    }

    /// A page of a list (RFC 7644, 3.4.2).
    pub fn listing(listing: Listing) -> Self {
        Self::new(
            200,
            json!({
                "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
                "totalResults": listing.total,
                "startIndex": listing.start,
                "itemsPerPage": listing.resources.len(),
                "Resources": listing.resources,
            }),
        )
    }

    /// Where the resource is, and its version.
    pub fn meta(&self, part: &str) -> Option<&str> {
        self.body.as_ref()?.get("meta")?.get(part)?.as_str()
    }

    /// Counted for whoever watches.
    pub fn counted(self, client: &Client, method: &Method) -> Self {
        let (name, method, status) = (client.name.clone(), method.to_string(), self.status.to_string());
        metrics::counter!("portner_scim_requests_total", "client" => name, "method" => method, "status" => status)
            .increment(1);
        self
    }

    /// As HTTP.
    pub fn into_response_of(self, scim: &Scim) -> Response {
        let location = self.meta("location").filter(|at| at.starts_with(&scim.base));
        let location = location.and_then(|at| HeaderValue::from_str(at).ok()).filter(|_| self.status == 201);
        let version = self.meta("version").and_then(|version| HeaderValue::from_str(version).ok());
        let mut response = self.into_response();
        let headers = response.headers_mut();
        headers.extend(location.map(|at| (LOCATION, at)));
        headers.extend(version.map(|version| (ETAG, version)));
        response
    }
}

impl IntoResponse for Told {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = match &self.body {
            Some(body) => (status, body.to_string()).into_response(),
            None => (status, Body::empty()).into_response(),
        };
        let headers = response.headers_mut();
        if self.body.is_some() {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static(SCIM_JSON));
        }
        let retry = match self.status {
            503 => Some(HELD_RETRY_SECONDS),
            429 => Some(BUSY_RETRY_SECONDS),
            _ => None,
        };
        headers.extend(retry.map(|seconds| (RETRY_AFTER, HeaderValue::from_static(seconds))));
        if self.status == 401 {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

/// What is said to whoever has no token that works. It says no more to whoever guesses than to whoever mistypes.
pub fn refused_to(unwelcome: &Unwelcome) -> Response {
    match unwelcome {
        Unwelcome::Unknown | Unwelcome::Over => {
            unreadable(401, "send Authorization: Bearer with a token that `portner scim client add` printed")
        }
        Unwelcome::TooMany => unreadable(429, "too many requests; go on more slowly in a minute"),
    }
}

/// An error without a scimType.
pub fn unreadable(status: u16, detail: &str) -> Response {
    Told::error(status, None, detail).into_response()
}

/// SCIM is not spoken here.
pub fn not_served() -> Response {
    unreadable(404, "SCIM is not switched on; the configuration needs a [scim] section")
}

/// The database or the log is out of order.
pub fn failed(error: &Error) -> Response {
    Told::failed(error).into_response()
}

/// A list of what never changes.
pub fn listed(resources: Vec<Value>) -> Told {
    let resources: Vec<Map<String, Value>> =
        resources.into_iter().filter_map(|one| one.as_object().cloned()).collect();
    let total = u64::try_from(resources.len()).unwrap_or(u64::MAX);
    Told::listing(Listing { total, start: 1, resources })
}
