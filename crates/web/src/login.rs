//! The login's pages.

use axum::extract::{Form, FromRequest, FromRequestParts, Path, Request, State};
use axum::response::Response;
use portner_domain::FlowId;
use serde::Deserialize;

use crate::App;
use crate::answer::reply;
use crate::failure::{page, unreadable};
use crate::incoming::Incoming;
use crate::pages::ErrorKind;

/// What the login is at.
pub async fn show(State(app): State<App>, Path(flow): Path<String>, mut incoming: Incoming) -> Response {
    let Ok(flow) = flow.parse::<FlowId>() else { return page(&app, &incoming, ErrorKind::NotFound) };
    let answer = app.0.federation.show(flow, &mut incoming.visit).await;
    reply(&app, &incoming, answer)
}

/// User name and password.
pub async fn password(State(app): State<App>, sent: Sent) -> Response {
    let Sent { flow, form, mut incoming } = sent;
    let answer = app.0.federation.password(flow, &form.username, &form.password, &mut incoming.visit).await;
    reply(&app, &incoming, answer)
}

/// A one-time code.
pub async fn code(State(app): State<App>, sent: Sent) -> Response {
    let Sent { flow, form, mut incoming } = sent;
    let answer = app.0.federation.code(flow, &form.code, &mut incoming.visit).await;
    reply(&app, &incoming, answer)
}

/// Back to the service provider without a login.
pub async fn cancel(State(app): State<App>, sent: Sent) -> Response {
    let Sent { flow, mut incoming, .. } = sent;
    let answer = app.0.federation.give_up(flow, &mut incoming.visit).await;
    reply(&app, &incoming, answer)
}

/// A form of a login, from a page that we gave to this browser for this login. Whatever else is sent is
/// answered with the page that says what is wrong, before any handler sees it (T-CSRF-01).
pub struct Sent {
    flow: FlowId,
    form: LoginForm,
    incoming: Incoming,
}

/// Fields that a step has no use for are empty.
#[derive(Deserialize)]
struct LoginForm {
    #[serde(default)]
    csrf: String,
    #[serde(default)]
    username: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    code: String,
}

impl FromRequest<App> for Sent {
    type Rejection = Response;

    async fn from_request(request: Request, app: &App) -> Result<Self, Response> {
        let (mut parts, body) = request.into_parts();
        let incoming = match Incoming::from_request_parts(&mut parts, app).await {
            Ok(incoming) => incoming,
            Err(never) => match never {},
        };
        let path = Path::<String>::from_request_parts(&mut parts, app).await;
        let flow = path.ok().and_then(|Path(flow)| flow.parse::<FlowId>().ok());
        let form = Form::<LoginForm>::from_request(Request::from_parts(parts, body), app).await;
        let wrong = match (flow, form) {
            (None, _) => ErrorKind::NotFound,
            (Some(_), Err(rejection)) => unreadable(&rejection),
            (Some(_), Ok(_)) if incoming.visit.browser.is_none() => ErrorKind::CookiesMissing,
            (Some(flow), Ok(Form(form))) if incoming.owns_form(&flow.to_string(), &form.csrf) => {
                return Ok(Self { flow, form, incoming });
            }
            (Some(_), Ok(_)) => ErrorKind::FormExpired,
        };
        Err(page(app, &incoming, wrong))
    }
}
