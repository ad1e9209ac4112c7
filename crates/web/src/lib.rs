//! The HTTP face: SAML endpoints, login, pages and texts, health and metrics.
//!
//! A handler takes, calls one thing, and answers; what it answers with is a page from [`pages`]. Rules and SQL
//! live in the crates below. `guard` stands in front of every route.

mod answer;
mod failure;
mod guard;
mod home;
mod incoming;
mod login;
mod logout;
pub mod mail;
pub mod management;
mod me;
pub mod office;
pub mod pages;
mod routes;
mod saml;
pub mod scim;
mod sent;
mod setup;
mod stopped;
mod text;
mod welcome;

pub use text::Language;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use ipnet::IpNet;
use portner_audit_log::AuditLog;
use portner_authenticators::Authenticators;
use portner_domain::Entropy;
use portner_domain::identity::Cvr;
use portner_federation::{Federation, Publication};
use tower_http::timeout::TimeoutLayer;

/// The most that a form may be: a SAML request by POST with room to spare.
const BODY_BYTES_MAX: usize = 256 * 1024;

/// The longest that a request may take: whoever sends slowly does not hold on to what others wait for.
const REQUEST_LIFE: Duration = Duration::from_secs(30);

/// Where this installation is reached. From configuration only, never from a request.
#[derive(Clone, Debug)]
pub struct PublicUrl {
    /// `https://login.example.dk`, without a slash at the end.
    pub origin: String,
    /// `login.example.dk`, with the port if there is one: what `Host` has to be.
    pub host: String,
}

/// Everything a handler may need.
#[derive(Clone)]
pub struct App(pub(crate) Arc<Inner>);

/// What an [`App`] is made of.
pub struct Inner {
    /// Logins and assertions.
    pub federation: Federation,
    /// For the first administrator.
    pub authenticators: Authenticators,
    /// For the first administrator, and for health.
    pub log: AuditLog,
    /// Randomness.
    pub entropy: Arc<dyn Entropy>,
    /// Where we are.
    pub public: PublicUrl,
    /// Whose pages these are.
    pub site: pages::Site,
    /// The organisation that the first administrator works for.
    pub cvr: Cvr,
    /// Proxies that are believed when they say where a browser is.
    pub proxies: Vec<IpNet>,
    /// Our metadata.
    pub metadata: Publication,
    /// What sends half of a code; without it, both halves are on paper.
    pub mail: Option<mail::MailServer>,
    /// What answers programs that feed the directory; without it none is heard.
    pub scim: Option<Arc<portner_directory::scim::Scim>>,
    /// What keeps MitID Erhverv in step; without it nothing is connected.
    pub erhverv: Option<portner_sync::Liaison>,
    /// Does the configuration say what the terms of use are? Then nobody writes others.
    pub are_terms_in_file: bool,
}

impl App {
    /// Ready to be served.
    pub fn new(inner: Inner) -> Self {
        Self(Arc::new(inner))
    }
}

/// The paths of all routes of the public listener, with names in braces for what stands there.
pub fn paths() -> impl Iterator<Item = &'static str> {
    let office = office::table().iter().map(|route| route.path);
    routes::PATHS.iter().chain(me::PATHS).copied().chain(office)
}

/// All routes of the public listener.
pub fn router(app: App) -> Router {
    let mut all = routes::routes().merge(me::routes()).merge(office::routes());
    if app.0.scim.is_some() {
        all = all.merge(scim::routes().layer(DefaultBodyLimit::max(scim::PAYLOAD_BYTES_MAX)));
    }
    all.fallback(failure::not_found)
        .method_not_allowed_fallback(failure::method_not_allowed)
        // From the outside in, and as one: each layer given alone costs every request a box and a clone.
        .layer((
            DefaultBodyLimit::max(BODY_BYTES_MAX),
            axum::middleware::from_fn_with_state(app.clone(), guard::stand),
            TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, REQUEST_LIFE),
        ))
        .with_state(app)
}
