//! Our own pages: where am I logged in, log out, and the files that pages need.

use axum::extract::rejection::FormRejection;
use axum::extract::{Form, Path, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG};
use axum::response::{IntoResponse, Redirect, Response};
use portner_federation::StartView;
use serde::Deserialize;

use crate::App;
use crate::answer::{go, rendered, reply};
use crate::failure::{failed, page};
use crate::incoming::Incoming;
use crate::pages::assets::asset as embedded;
use crate::pages::{ErrorKind, LoggedOutPage, ServiceRow, StartPage, date_and_time};

/// What the log-out form's token is for.
const LOG_OUT: &str = "log-out";

/// Where somebody is logged in, or that nobody is.
pub async fn start(State(app): State<App>, incoming: Incoming) -> Response {
    match app.0.federation.start_view(&incoming.visit).await {
        Ok(Some(view)) => start_page(&app, &incoming, &view),
        Ok(None) => {
            let page = LoggedOutPage { login_href: "/login" };
            rendered(&app, &incoming, 200, |frame| page.render(frame))
        }
        Err(error) => failed(&app, &incoming, &error),
    }
}

/// Log in here, without a service provider.
pub async fn log_in(State(app): State<App>, mut incoming: Incoming) -> Response {
    let begun = app.0.federation.begin_own(&mut incoming.visit).await;
    reply(&app, &incoming, begun)
}

/// The form of the log-out button.
#[derive(Deserialize)]
pub struct LogOutForm {
    #[serde(default)]
    csrf: String,
}

/// Log out here.
pub async fn log_out(
    State(app): State<App>,
    mut incoming: Incoming,
    form: Result<Form<LogOutForm>, FormRejection>,
) -> Response {
    let ours = form.is_ok_and(|Form(form)| incoming.owns_form(LOG_OUT, &form.csrf));
    if !ours {
        return page(&app, &incoming, ErrorKind::FormExpired);
    }
    match app.0.federation.log_out(&mut incoming.visit).await {
        Ok(()) => go(&incoming, "/"),
        Err(error) => failed(&app, &incoming, &error),
    }
}

/// A stylesheet or an icon. Pages ask for it under the hash of its content, so it never changes.
pub async fn asset(State(app): State<App>, Path(path): Path<String>, incoming: Incoming) -> Response {
    match embedded(&path) {
        Some(file) => {
            let headers = [
                (CONTENT_TYPE, file.content_type),
                (ETAG, file.etag),
                (CACHE_CONTROL, "public, max-age=31536000, immutable".to_owned()),
            ];
            (headers, file.bytes.into_owned()).into_response()
        }
        None => page(&app, &incoming, ErrorKind::NotFound),
    }
}

/// `/was`, where Danish public bodies have their accessibility statement.
pub async fn accessibility_statement(State(app): State<App>, incoming: Incoming) -> Response {
    match &app.0.site.accessibility_url {
        Some(url) => Redirect::temporary(url).into_response(),
        None => page(&app, &incoming, ErrorKind::NotFound),
    }
}

fn start_page(app: &App, incoming: &Incoming, view: &StartView) -> Response {
    let say = incoming.language;
    let row = |service: &portner_federation::Service| ServiceRow {
        name: service.name.clone(),
        since: date_and_time(say, service.at),
    };
    let page = StartPage {
        display_name: &view.display_name,
        level: view.assessment.loa,
        reasons: view.assessment.because.iter().map(|reason| say.explain(reason)).collect(),
        services: view.services.iter().map(row).collect(),
        session_began: date_and_time(say, view.started),
        session_ends: date_and_time(say, view.ends),
        logout_action: "/logout",
        csrf: &incoming.form_token(LOG_OUT),
    };
    rendered(app, incoming, 200, |frame| page.render(frame))
}
