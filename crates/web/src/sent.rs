//! A form of ours, sent from the page of something that this browser has in progress: a login or a logout.

use std::fmt::Display;
use std::str::FromStr;

use axum::extract::{Form, FromRequest, FromRequestParts, Path, Request};
use axum::response::Response;
use serde::de::DeserializeOwned;

use crate::App;
use crate::failure::{page, unreadable};
use crate::incoming::Incoming;
use crate::pages::ErrorKind;

/// The form, and what it is about. Whatever else is sent is answered with the page that says what is wrong, before
/// any handler sees it (T-CSRF-01).
pub struct Sent<Id, F> {
    /// What it is about, from the path.
    pub id: Id,
    /// Its fields.
    pub form: F,
    /// Who sent it.
    pub incoming: Incoming,
}

/// A form with a token in it.
pub trait WithToken {
    /// The token, as it came.
    fn token(&self) -> &str;
}

impl<Id, F> FromRequest<App> for Sent<Id, F>
where
    Id: FromStr + Display + Send,
    F: DeserializeOwned + WithToken,
{
    type Rejection = Response;

    async fn from_request(request: Request, app: &App) -> Result<Self, Response> {
        let (mut parts, body) = request.into_parts();
        let incoming = match Incoming::from_request_parts(&mut parts, app).await {
            Ok(incoming) => incoming,
            Err(never) => match never {},
        };
        let path = Path::<String>::from_request_parts(&mut parts, app).await;
        let id = path.ok().and_then(|Path(id)| id.parse::<Id>().ok());
        let form = Form::<F>::from_request(Request::from_parts(parts, body), app).await;
        let wrong = match (id, form) {
            (None, _) => ErrorKind::NotFound,
            (Some(_), Err(rejection)) => unreadable(&rejection),
            (Some(_), Ok(_)) if incoming.visit.browser.is_none() => ErrorKind::CookiesMissing,
            (Some(id), Ok(Form(form))) if incoming.owns_form(&id.to_string(), form.token()) => {
                return Ok(Self { id, form, incoming });
            }
            (Some(_), Ok(_)) => ErrorKind::FormExpired,
        };
        Err(page(app, &incoming, wrong))
    }
}
