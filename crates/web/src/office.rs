//! The pages of those who administer, under `/office`.
//!
//! One table says which page needs what ([`routes`]); the extractor [`Desk`] holds every request against it before a
//! handler sees anything. A route that is not in the table answers nobody.

mod about;
mod acts;
mod code;
mod cpr;
mod day;
mod erhverv;
mod failures;
mod file;
mod health;
mod help;
mod invite;
mod letters;
mod life;
mod log;
mod networks;
mod organisation;
mod people;
mod policy;
mod proof;
mod proposals;
mod provider_new;
mod providers;
mod register;
mod rights;
mod roles;
mod routes;
mod second;
mod sheet;
mod start;
mod terms;
mod trial;

pub(crate) use acts::denied_key;
pub use routes::{Needs, Route, START, person_path, routes, table};

use axum::extract::{Form, FromRequest, FromRequestParts, MatchedPath, Path, Request};
use axum::http::request::Parts;
use axum::response::Response;
use portner_directory::Card;
use portner_domain::IdentityId;
use portner_domain::role::{Action, Denied};
use portner_federation::office::{NotInOffice, Officer, Warrant};
use portner_federation::{Error, OwnPage};
use serde::de::DeserializeOwned;

use crate::App;
use crate::answer::{go, rendered, reply};
use crate::failure::{failed, page, unreadable};
use crate::incoming::Incoming;
use crate::pages::{ErrorKind, NotAllowedPage, OfficeFrame, Said};
use crate::sent::WithToken;

/// An officer at a page they may use.
pub struct Desk {
    /// Who, and what they may do here: nothing in particular on pages that any officer may read.
    held: Held,
    /// What came.
    pub incoming: Incoming,
}

enum Held {
    AnyRole(Box<Officer>),
    Warrant(Box<Warrant>),
}

/// … who sent a form of that page. Whatever else is sent ends before any handler sees it (T-CSRF-01).
pub struct DeskSent<F> {
    /// Who sent it, and from which page.
    pub desk: Desk,
    /// Its fields.
    pub form: F,
}

impl FromRequestParts<App> for Desk {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        let mut incoming = match Incoming::from_request_parts(parts, app).await {
            Ok(incoming) => incoming,
            Err(never) => match never {},
        };
        let route = parts.extensions.get::<MatchedPath>().and_then(|path| routes::of(path.as_str()));
        let Some(needs) = route.and_then(|route| route.needs(&parts.method)) else {
            return Err(page(app, &incoming, ErrorKind::NotFound));
        };
        let person = match Path::<Vec<(String, String)>>::from_request_parts(parts, app).await {
            Ok(Path(of)) => of.into_iter().find(|(name, _)| name == "person").map(|(_, id)| id.parse()),
            Err(_) => None,
        };
        let Ok(person) = person.transpose() else { return Err(page(app, &incoming, ErrorKind::NotFound)) };
        let held = match held(app, &incoming, needs, person).await {
            Ok(Ok(held)) => held,
            Ok(Err(not)) => return Err(turned_away(app, &mut incoming, not, person).await),
            Err(error) => return Err(failed(app, &incoming, &error)),
        };
        incoming.visit.keep_browser(&*app.0.entropy);
        Ok(Self { held, incoming })
    }
}

async fn held(
    app: &App,
    incoming: &Incoming,
    needs: Needs,
    person: Option<IdentityId>,
) -> Result<Result<Held, NotInOffice>, Error> {
    let (federation, visit) = (&app.0.federation, &incoming.visit);
    Ok(match needs {
        Needs::AnyRole => federation.officer(visit).await?.map(Box::new).map(Held::AnyRole),
        Needs::To(action) => federation.warrant(visit, action, None).await?.map(Box::new).map(Held::Warrant),
        Needs::ToPerson(action) => match person {
            Some(_) => federation.warrant(visit, action, person).await?.map(Box::new).map(Held::Warrant),
            None => Err(NotInOffice::NoSuchPerson),
        },
    })
}

async fn turned_away(
    app: &App,
    incoming: &mut Incoming,
    not: NotInOffice,
    person: Option<IdentityId>,
) -> Response {
    let back_to = person.map_or(OwnPage::Office, OwnPage::Person);
    let federation = &app.0.federation;
    match not {
        NotInOffice::LoggedOut => {
            let begun = federation.log_in_for(back_to, &mut incoming.visit).await;
            reply(app, incoming, begun)
        }
        NotInOffice::StepUp => {
            let begun = federation.step_up_for(back_to, &mut incoming.visit).await;
            reply(app, incoming, begun)
        }
        NotInOffice::NoOfficer => not_allowed(app, incoming, Denied::NoRole),
        NotInOffice::Denied(denied) => not_allowed(app, incoming, denied),
        NotInOffice::NoSuchPerson => page(app, incoming, ErrorKind::NotFound),
    }
}

fn not_allowed(app: &App, incoming: &Incoming, why: Denied) -> Response {
    tracing::info!(reference = %incoming.visit.reference, path = incoming.path, ?why, "denied in the office");
    let reference = incoming.visit.reference.to_string();
    let page = NotAllowedPage { why, start_href: "/", reference: &reference };
    rendered(app, incoming, 403, |frame| page.render(frame))
}

impl<F: DeserializeOwned + WithToken> FromRequest<App> for DeskSent<F> {
    type Rejection = Response;

    async fn from_request(request: Request, app: &App) -> Result<Self, Response> {
        let (mut parts, body) = request.into_parts();
        let desk = Desk::from_request_parts(&mut parts, app).await?;
        let wrong = match Form::<F>::from_request(Request::from_parts(parts, body), app).await {
            Err(rejection) => unreadable(&rejection),
            Ok(Form(form)) if desk.incoming.owns_form(&desk.purpose(), form.token()) => {
                return Ok(Self { desk, form });
            }
            Ok(_) => ErrorKind::FormExpired,
        };
        Err(page(app, &desk.incoming, wrong))
    }
}

impl Desk {
    /// Who it is.
    pub fn officer(&self) -> &Officer {
        match &self.held {
            Held::AnyRole(officer) => officer,
            Held::Warrant(warrant) => warrant.officer(),
        }
    }

    /// What they may do here. Pages that any officer may read have none, and that a page asks for one it has not is a
    /// mistake of ours: nothing is done.
    pub fn warrant(&self) -> Result<&Warrant, Error> {
        match &self.held {
            Held::Warrant(warrant) => Ok(warrant),
            Held::AnyRole(_) => Err(Error::Corrupt(format!("no warrant at {}", self.incoming.path))),
        }
    }

    /// All that is known of whom the page is about.
    fn card(&self) -> Result<&Card, Error> {
        let nobody = || Error::Corrupt(format!("nobody at {}", self.incoming.path));
        self.warrant()?.card().ok_or_else(nobody)
    }

    /// What stands around a page about somebody, and who that is.
    async fn framed(&self, app: &App) -> Result<(OfficeFrame, &Card), Response> {
        let frame = self.frame(app).await?;
        match self.card() {
            Ok(card) => Ok((frame, card)),
            Err(error) => Err(failed(app, &self.incoming, &error)),
        }
    }

    /// The token of the forms of this page: of this browser, in this session, for nothing else.
    pub fn token(&self) -> String {
        self.incoming.form_token(&self.purpose())
    }

    fn purpose(&self) -> String {
        format!("{}/{}", self.incoming.path, self.officer().me.session.name)
    }

    /// What stands around the page: the others, and once what has become of the last form.
    pub async fn frame(&self, app: &App) -> Result<OfficeFrame, Response> {
        match app.0.federation.take_word(&self.officer().me).await {
            Ok(word) => Ok(OfficeFrame {
                said: word.as_deref().and_then(Said::of_word),
                tabs: routes::tabs(self.officer(), app.0.log.now()),
                path: self.incoming.path.clone(),
            }),
            Err(error) => Err(failed(app, &self.incoming, &error)),
        }
    }

    /// To a page that says this.
    pub async fn answer(&self, app: &App, to: &str, said: Said) -> Response {
        match app.0.federation.leave_word(&self.officer().me, said.word()).await {
            Ok(()) => go(&self.incoming, to),
            Err(error) => failed(app, &self.incoming, &error),
        }
    }
}

/// May this officer do that to anybody at all? For links, which are no more than offers.
pub(crate) fn may(officer: &Officer, action: Action, app: &App) -> bool {
    officer.mandate.may(action, app.0.log.now()).is_ok()
}
