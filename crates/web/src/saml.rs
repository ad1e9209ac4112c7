//! The SAML endpoints.

use axum::extract::rejection::FormRejection;
use axum::extract::{Form, Query, RawQuery, State};
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use portner_federation::Edition;
use serde::Deserialize;

use crate::App;
use crate::answer::reply;
use crate::failure::{failed, page, unreadable};
use crate::incoming::Incoming;
use crate::pages::ErrorKind;

/// HTTP-Redirect: the query goes on exactly as it came, because the signature is over its bytes.
pub async fn redirect(State(app): State<App>, RawQuery(query): RawQuery, mut incoming: Incoming) -> Response {
    let answer = app.0.federation.receive_redirect(query.as_deref().unwrap_or(""), &mut incoming.visit).await;
    reply(&app, &incoming, answer)
}

/// The form of HTTP-POST. Unknown and repeated fields are refused with it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RequestForm {
    #[serde(rename = "SAMLRequest")]
    saml_request: String,
    #[serde(rename = "RelayState")]
    relay_state: Option<String>,
}

/// HTTP-POST, for service providers whose policy has it.
pub async fn post(
    State(app): State<App>,
    mut incoming: Incoming,
    form: Result<Form<RequestForm>, FormRejection>,
) -> Response {
    let Form(form) = match form {
        Ok(form) => form,
        Err(rejection) => return page(&app, &incoming, unreadable(&rejection)),
    };
    let relay_state = form.relay_state.as_deref();
    let answer = app.0.federation.receive_post(&form.saml_request, relay_state, &mut incoming.visit).await;
    reply(&app, &incoming, answer)
}

/// For whom the metadata is, as `?for=upload`.
#[derive(Deserialize)]
pub struct Asked {
    #[serde(rename = "for", default)]
    edition: String,
}

/// Our metadata, in an edition for whoever fetches it or for a place where it is uploaded by hand.
pub async fn metadata(State(app): State<App>, Query(asked): Query<Asked>, incoming: Incoming) -> Response {
    let Some(edition) = Edition::of_word(&asked.edition) else {
        return page(&app, &incoming, ErrorKind::NotFound);
    };
    match app.0.metadata.edition(edition).await {
        Ok(text) => ([(CONTENT_TYPE, "application/samlmetadata+xml")], text.to_string()).into_response(),
        Err(error) => failed(&app, &incoming, &error),
    }
}
