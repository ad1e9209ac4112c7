//! The pages of a person's own, under `/me`: whoever is not logged in, or not lately enough, is sent to do so and
//! comes back.
//!
//! Every form is answered with a redirect to a page, which says once what has become of it.

mod authenticators;
mod block;
mod device;
mod identities;
mod key;
pub mod log;
mod network;
mod password;
mod profile;
mod recovery;
mod routes;
mod sessions;
mod terms;
mod totp;

pub use identities::WhichForm;
pub use network::notice_of;
pub use routes::{PATHS, path_of, routes};

use routes::page_of;

use axum::extract::{Form, FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::response::Response;
use portner_authenticators::device::claim::ClaimRefusal;
use portner_domain::binding::Refusal;
use portner_federation::{Declined, Error, Me, OwnPage};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::App;
use crate::answer::{go, reply};
use crate::failure::{failed, page, unreadable};
use crate::incoming::Incoming;
use crate::pages::{ErrorKind, Notice, Own};
use crate::sent::WithToken;

/// Somebody on a page of their own.
pub struct Mine {
    /// Who, and what they may do now.
    pub me: Me,
    /// What came.
    pub incoming: Incoming,
    /// Which page.
    pub page: OwnPage,
}

/// … who sent a form of that page. Whatever else is sent ends before any handler sees it (T-CSRF-01).
pub struct MineSent<F> {
    /// Who sent it, and from which page.
    pub mine: Mine,
    /// Its fields.
    pub form: F,
}

/// A form that is only a button.
#[derive(Deserialize)]
pub struct OnlyToken {
    #[serde(default)]
    csrf: String,
}

impl WithToken for OnlyToken {
    fn token(&self) -> &str {
        &self.csrf
    }
}

impl FromRequestParts<App> for Mine {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        let mut incoming = match Incoming::from_request_parts(parts, app).await {
            Ok(incoming) => incoming,
            Err(never) => match never {},
        };
        let Some(own) = page_of(&incoming.path) else {
            return Err(page(app, &incoming, ErrorKind::NotFound));
        };
        match app.0.federation.me(&incoming.visit).await {
            Ok(Some(me)) => {
                incoming.visit.keep_browser(&*app.0.entropy);
                Ok(Self { me, incoming, page: own })
            }
            Ok(None) => {
                let begun = app.0.federation.log_in_for(own, &mut incoming.visit).await;
                Err(reply(app, &incoming, begun))
            }
            Err(error) => Err(failed(app, &incoming, &error)),
        }
    }
}

impl<F: DeserializeOwned + WithToken> FromRequest<App> for MineSent<F> {
    type Rejection = Response;

    async fn from_request(request: Request, app: &App) -> Result<Self, Response> {
        let (mut parts, body) = request.into_parts();
        let mine = Mine::from_request_parts(&mut parts, app).await?;
        let wrong = match Form::<F>::from_request(Request::from_parts(parts, body), app).await {
            Err(rejection) => unreadable(&rejection),
            Ok(Form(form)) if mine.owns(&form) => return Ok(Self { mine, form }),
            Ok(_) => ErrorKind::FormExpired,
        };
        Err(page(app, &mine.incoming, wrong))
    }
}

impl Mine {
    /// The token of the forms of this page: of this browser, in this session, for nothing else.
    pub fn token(&self) -> String {
        self.incoming.form_token(&self.purpose())
    }

    fn owns(&self, form: &impl WithToken) -> bool {
        self.incoming.owns_form(&self.purpose(), form.token())
    }

    fn purpose(&self) -> String {
        format!("{}/{}", path_of(self.page), self.me.session.name)
    }

    /// What stands around the page: the others, and once what has become of the last form.
    pub async fn own(&self, app: &App) -> Result<Own, Response> {
        match app.0.federation.take_word(&self.me).await {
            Ok(word) => {
                let notice = word.as_deref().and_then(Notice::of_word);
                let password_chars_min = app.0.authenticators.rules().chars_min();
                Ok(Own { page: self.page, notice, password_chars_min })
            }
            Err(error) => Err(failed(app, &self.incoming, &error)),
        }
    }

    /// To a page that says this.
    pub async fn answer(&self, app: &App, to: OwnPage, notice: Notice) -> Response {
        match app.0.federation.leave_word(&self.me, notice.word()).await {
            Ok(()) => go(&self.incoming, &path_of(to)),
            Err(error) => failed(app, &self.incoming, &error),
        }
    }

    /// What has become of a change: to a page that says so.
    pub async fn changed<T>(
        self,
        app: &App,
        done: Result<Result<T, Declined>, Error>,
        to: OwnPage,
        notice: Notice,
    ) -> Response {
        let declined = match done {
            Ok(Ok(_)) => return self.answer(app, to, notice).await,
            Ok(Err(declined)) => declined,
            Err(error) => return failed(app, &self.incoming, &error),
        };
        match declined {
            Declined::Rule(refusal) => self.not_now(app, refusal).await,
            // The page that follows asks them to log in.
            Declined::LoggedOut => go(&self.incoming, &path_of(self.page)),
            Declined::AtTheSameTime => self.answer(app, self.page, Notice::AtTheSameTime).await,
            Declined::WrongCode => self.answer(app, self.page, Notice::WrongCode).await,
            Declined::SecretGone => self.answer(app, self.page, Notice::SecretGone).await,
            Declined::Device(ClaimRefusal::Wrong) => self.answer(app, self.page, Notice::DeviceWrong).await,
            Declined::Device(ClaimRefusal::TooMany(_)) => {
                self.answer(app, self.page, Notice::DeviceTooMany).await
            }
        }
    }

    /// What was asked for can't be done now: prove more, and come back to this page, or read why not.
    pub async fn not_now(mut self, app: &App, refusal: Refusal) -> Response {
        let notice = match refusal {
            Refusal::Stale | Refusal::MoreNeeded => {
                let begun = app.0.federation.step_up_for(self.page, &mut self.incoming.visit).await;
                return reply(app, &self.incoming, begun);
            }
            Refusal::Lost => Notice::LostFirst,
            Refusal::LastOfItsLevel(_) => Notice::LastOfItsLevel,
            Refusal::NotTheirs => Notice::NotYours,
            Refusal::NotBound => return page(app, &self.incoming, ErrorKind::NotFound),
        };
        self.answer(app, OwnPage::Authenticators, notice).await
    }
}
