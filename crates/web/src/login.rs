//! The login's pages.

use axum::extract::rejection::FormRejection;
use axum::extract::{Form, Path, State};
use axum::response::Response;
use portner_domain::FlowId;
use serde::Deserialize;

use crate::App;
use crate::answer::reply;
use crate::failure::page;
use crate::incoming::Incoming;
use crate::pages::ErrorKind;

/// What the login is at.
pub async fn show(State(app): State<App>, Path(flow): Path<String>, mut incoming: Incoming) -> Response {
    let Ok(flow) = flow.parse::<FlowId>() else { return page(&app, &incoming, ErrorKind::NotFound) };
    let answer = app.0.federation.show(flow, &mut incoming.visit).await;
    reply(&app, &incoming, answer)
}

/// A form of the login. Fields that a step has no use for are empty.
#[derive(Deserialize)]
pub struct LoginForm {
    #[serde(default)]
    csrf: String,
    #[serde(default)]
    username: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    code: String,
}

type Sent = Result<Form<LoginForm>, FormRejection>;

/// User name and password.
pub async fn password(
    State(app): State<App>,
    Path(flow): Path<String>,
    mut incoming: Incoming,
    form: Sent,
) -> Response {
    let (flow, form) = match ours(&app, &incoming, &flow, form) {
        Ok(ours) => ours,
        Err(refusal) => return refusal,
    };
    let answer = app.0.federation.password(flow, &form.username, &form.password, &mut incoming.visit).await;
    reply(&app, &incoming, answer)
}

/// A one-time code.
pub async fn code(
    State(app): State<App>,
    Path(flow): Path<String>,
    mut incoming: Incoming,
    form: Sent,
) -> Response {
    let (flow, form) = match ours(&app, &incoming, &flow, form) {
        Ok(ours) => ours,
        Err(refusal) => return refusal,
    };
    let answer = app.0.federation.code(flow, &form.code, &mut incoming.visit).await;
    reply(&app, &incoming, answer)
}

/// Back to the service provider without a login.
pub async fn cancel(
    State(app): State<App>,
    Path(flow): Path<String>,
    mut incoming: Incoming,
    form: Sent,
) -> Response {
    let (flow, _) = match ours(&app, &incoming, &flow, form) {
        Ok(ours) => ours,
        Err(refusal) => return refusal,
    };
    let answer = app.0.federation.give_up(flow, &mut incoming.visit).await;
    reply(&app, &incoming, answer)
}

/// A form that we gave to this browser for this login, or the page that says it is not.
#[expect(clippy::result_large_err, reason = "the refusal is the answer, made once and sent")]
fn ours(app: &App, incoming: &Incoming, flow: &str, form: Sent) -> Result<(FlowId, LoginForm), Response> {
    let Ok(id) = flow.parse::<FlowId>() else { return Err(page(app, incoming, ErrorKind::NotFound)) };
    let Ok(Form(form)) = form else { return Err(page(app, incoming, ErrorKind::RequestNotUnderstood)) };
    if incoming.visit.browser.is_none() {
        return Err(page(app, incoming, ErrorKind::CookiesMissing));
    }
    if !incoming.owns_form(&id.to_string(), &form.csrf) {
        return Err(page(app, incoming, ErrorKind::FormExpired));
    }
    Ok((id, form))
}
