//! The one place where our errors become HTTP.

use axum::extract::State;
use axum::extract::rejection::FormRejection;
use axum::http::StatusCode;
use axum::response::Response;
use portner_authenticators::Error as AuthenticatorsError;
use portner_directory::Error as DirectoryError;
use portner_federation::{BuildError, Error};

use crate::App;
use crate::answer::rendered;
use crate::incoming::Incoming;
use crate::pages::{ErrorKind, ErrorPage};

/// A page that says what is wrong.
pub fn page(app: &App, incoming: &Incoming, kind: ErrorKind) -> Response {
    page_with_way_back(app, incoming, kind, None)
}

/// The same, with a link to where the person came from.
pub fn page_with_way_back(
    app: &App,
    incoming: &Incoming,
    kind: ErrorKind,
    start_again: Option<(&str, &str)>,
) -> Response {
    metrics::counter!("portner_error_pages_total", "kind" => kind.word()).increment(1);
    let reference = incoming.visit.reference.to_string();
    let page = ErrorPage { kind, reference: &reference, start_again };
    rendered(app, incoming, kind.status(), |frame| page.render(frame))
}

/// Something failed: the log has why, the person has a number and nobody is logged in.
pub fn failed(app: &App, incoming: &Incoming, error: &Error) -> Response {
    let reference = incoming.visit.reference;
    tracing::error!(%reference, error = error as &dyn std::error::Error, "a request failed");
    let out_of_order = matches!(
        error,
        Error::Log(_)
            | Error::Storage(_)
            | Error::Key(_)
            | Error::Build(BuildError::Sign(_))
            | Error::Directory(DirectoryError::Log(_) | DirectoryError::Storage(_))
            | Error::Authenticators(AuthenticatorsError::Log(_) | AuthenticatorsError::Storage(_))
    );
    page(app, incoming, if out_of_order { ErrorKind::Unavailable } else { ErrorKind::Internal })
}

/// A form that can't be read: it is too much, or it is no form.
pub fn unreadable(rejection: &FormRejection) -> ErrorKind {
    let too_much = rejection.status() == StatusCode::PAYLOAD_TOO_LARGE;
    if too_much { ErrorKind::TooLarge } else { ErrorKind::RequestNotUnderstood }
}

/// There is no such page.
pub async fn not_found(State(app): State<App>, incoming: Incoming) -> Response {
    page(&app, &incoming, ErrorKind::NotFound)
}

/// The page is there, but not for this method.
pub async fn method_not_allowed(State(app): State<App>, incoming: Incoming) -> Response {
    page(&app, &incoming, ErrorKind::MethodNotAllowed)
}
