//! Our own pages: where am I logged in, and the files that pages need.

use axum::extract::{Path, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG};
use axum::response::{IntoResponse, Redirect, Response};
use portner_federation::{Error, StartView, Unfinished};

use crate::App;
use crate::answer::{rendered, reply};
use crate::failure::{failed, page};
use crate::incoming::Incoming;
use crate::logout::{LOG_OUT_ACTION, log_out_token, notice};
use crate::pages::assets::asset as embedded;
use crate::pages::{ErrorKind, LoggedOutPage, ServiceRow, StartPage, UnfinishedLogout, date_and_time};

/// Where somebody is logged in, or that nobody is.
pub async fn start(State(app): State<App>, mut incoming: Incoming) -> Response {
    let (view, unfinished) = match seen(&app, &incoming).await {
        Ok(seen) => seen,
        Err(error) => return failed(&app, &incoming, &error),
    };
    if unfinished.is_some() {
        incoming.visit.keep_browser(&*app.0.entropy);
    }
    let token = log_out_token(&incoming);
    let unfinished = notice(unfinished, &token);
    match view {
        Some(view) => start_page(&app, &incoming, &view, (unfinished, &token)),
        None => {
            let page = LoggedOutPage { login_href: "/login", unfinished };
            rendered(&app, &incoming, 200, |frame| page.render(frame))
        }
    }
}

async fn seen(app: &App, incoming: &Incoming) -> Result<(Option<StartView>, Option<Unfinished>), Error> {
    let federation = &app.0.federation;
    let view = federation.start_view(&incoming.visit).await?;
    Ok((view, federation.unfinished_logout(&incoming.visit).await?))
}

/// Log in here, without a service provider.
pub async fn log_in(State(app): State<App>, mut incoming: Incoming) -> Response {
    let begun = app.0.federation.begin_own(&mut incoming.visit).await;
    reply(&app, &incoming, begun)
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

fn start_page(
    app: &App,
    incoming: &Incoming,
    view: &StartView,
    (unfinished, token): (Option<UnfinishedLogout<'_>>, &str),
) -> Response {
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
        logout_action: LOG_OUT_ACTION,
        csrf: token,
        unfinished,
    };
    rendered(app, incoming, 200, |frame| page.render(frame))
}
