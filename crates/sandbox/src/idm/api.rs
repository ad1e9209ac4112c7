//! The API over HTTP: a request becomes a call, an answer a response.

use axum::Router;
use axum::body::Bytes;
use axum::extract::{ConnectInfo, DefaultBodyLimit, State};
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, SET_COOKIE};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};

use super::Shared;
use super::core::{Answer, Call, handle};
use super::tls::Peer;

/// Activation orders are the longest, at a thousand identifiers.
const BODY_BYTES_MAX: usize = 1024 * 1024;

const COOKIE: &str = "simulated-balancer=1; Path=/; Secure; HttpOnly";

/// Every path: the core knows which of them lead anywhere.
pub fn router(shared: Shared) -> Router {
    Router::new().fallback(answer).layer(DefaultBodyLimit::max(BODY_BYTES_MAX)).with_state(shared)
}

async fn answer(
    State(shared): State<Shared>,
    ConnectInfo(peer): ConnectInfo<Peer>,
    (method, uri, headers): (Method, Uri, HeaderMap),
    body: Bytes,
) -> Response {
    let authorization = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let call = Call {
        at: shared.at(),
        caller: peer.caller.clone(),
        connection: peer.connection,
        method,
        path: uri.path().to_owned(),
        authorization: authorization.map(str::to_owned),
        body: body.to_vec(),
    };
    let answer = handle(&mut shared.world(), &call);
    tokio::time::sleep(answer.delay.as_duration()).await;
    if answer.cut {
        peer.cut();
    }
    response(answer)
}

fn response(answer: Answer) -> Response {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let has_body = !answer.body.is_empty();
    let mut response = (status, answer.body).into_response();
    response.headers_mut().remove(CONTENT_TYPE);
    if has_body {
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(answer.content_type));
    }
    // Balancers set cookies, and no client needs them.
    response.headers_mut().insert(SET_COOKIE, HeaderValue::from_static(COOKIE));
    if let Some((name, value)) = answer.header
        && let Ok(value) = HeaderValue::try_from(value)
    {
        response.headers_mut().insert(HeaderName::from_static(name), value);
    }
    response
}
