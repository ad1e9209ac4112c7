//! The login's pages.

use axum::extract::{Path, State};
use axum::response::Response;
use portner_domain::FlowId;
use serde::Deserialize;

use crate::App;
use crate::answer::reply;
use crate::failure::page;
use crate::incoming::Incoming;
use crate::me::WhichForm;
use crate::pages::ErrorKind;
use crate::sent::{Sent, WithToken};

/// What the login is at.
pub async fn show(State(app): State<App>, Path(flow): Path<String>, mut incoming: Incoming) -> Response {
    let Ok(flow) = flow.parse::<FlowId>() else { return page(&app, &incoming, ErrorKind::NotFound) };
    let answer = app.0.federation.show(flow, &mut incoming.visit).await;
    reply(&app, &incoming, answer)
}

/// User name and password.
pub async fn password(State(app): State<App>, sent: Sent<FlowId, LoginForm>) -> Response {
    let Sent { id: flow, form, mut incoming } = sent;
    let answer = app.0.federation.password(flow, &form.username, &form.password, &mut incoming.visit).await;
    reply(&app, &incoming, answer)
}

/// A one-time code.
pub async fn code(State(app): State<App>, sent: Sent<FlowId, LoginForm>) -> Response {
    let Sent { id: flow, form, mut incoming } = sent;
    // One from paper has a field of its own, where telephones offer letters.
    let typed = if form.recovery_code.trim().is_empty() { &form.code } else { &form.recovery_code };
    let answer = app.0.federation.code(flow, typed, &mut incoming.visit).await;
    reply(&app, &incoming, answer)
}

/// The answer of a key.
pub async fn key(State(app): State<App>, sent: Sent<FlowId, LoginForm>) -> Response {
    let Sent { id: flow, form, mut incoming } = sent;
    let answer = app.0.federation.key(flow, &form.response, &mut incoming.visit).await;
    reply(&app, &incoming, answer)
}

/// Which of their identities is meant.
pub async fn identity(State(app): State<App>, sent: Sent<FlowId, WhichForm>) -> Response {
    let Sent { id: flow, form, mut incoming } = sent;
    let answer = app.0.federation.choose(flow, form.chosen(), &mut incoming.visit).await;
    reply(&app, &incoming, answer)
}

/// Back to the service provider without a login.
pub async fn cancel(State(app): State<App>, sent: Sent<FlowId, LoginForm>) -> Response {
    let Sent { id: flow, mut incoming, .. } = sent;
    let answer = app.0.federation.give_up(flow, &mut incoming.visit).await;
    reply(&app, &incoming, answer)
}

/// Fields that a step has no use for are empty.
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
    #[serde(default)]
    recovery_code: String,
    #[serde(default)]
    response: String,
}

impl WithToken for LoginForm {
    fn token(&self) -> &str {
        &self.csrf
    }
}
