//! Where somebody is logged in, and the end of it.

use axum::extract::State;
use axum::response::Response;
use portner_domain::session::SessionName;
use portner_federation::{Error, KnownNetworks, OwnSession};
use serde::Deserialize;

use super::{Mine, MineSent, path_of};
use crate::answer::rendered;
use crate::failure::failed;
use crate::logout::{LOG_OUT_ACTION, log_out_token};
use crate::pages::{Notice, SessionRow, SessionsPage, date_and_time};
use crate::sent::WithToken;
use crate::{App, Language};

/// Why the others end when their owner says so.
const BY_OWNER: &str = "owner";

/// Which to end; all others, if none is named.
#[derive(Deserialize)]
pub struct EndForm {
    #[serde(default)]
    csrf: String,
    session: Option<String>,
}

impl WithToken for EndForm {
    fn token(&self) -> &str {
        &self.csrf
    }
}

/// All of them.
pub async fn show(State(app): State<App>, mine: Mine) -> Response {
    let own = match mine.own(&app).await {
        Ok(own) => own,
        Err(response) => return response,
    };
    let found = async {
        let federation = &app.0.federation;
        Ok::<_, Error>((federation.own_sessions(&mine.me).await?, federation.networks().await?))
    };
    let (sessions, networks) = match found.await {
        Ok(found) => found,
        Err(error) => return failed(&app, &mine.incoming, &error),
    };
    let say = mine.incoming.language;
    let page = SessionsPage {
        own: &own,
        action: &path_of(mine.page),
        csrf: &mine.token(),
        rows: sessions.iter().map(|session| row(say, session, &networks)).collect(),
        logout_action: LOG_OUT_ACTION,
        logout_csrf: &log_out_token(&mine.incoming),
    };
    rendered(&app, &mine.incoming, 200, |frame| page.render(frame))
}

/// One of them, or all the others.
pub async fn end(State(app): State<App>, MineSent { mine, form }: MineSent<EndForm>) -> Response {
    let (federation, visit) = (&app.0.federation, &mine.incoming.visit);
    let done = match form.session.map(SessionName::try_from) {
        Some(Ok(name)) => federation
            .end_own_session(&mine.me, name, visit)
            .await
            .map(|ended| if ended { Notice::SessionEnded } else { Notice::SessionGone }),
        Some(Err(_)) => Ok(Notice::SessionGone),
        None => federation.end_other_sessions(&mine.me, BY_OWNER, visit).await.map(|_| Notice::SessionsEnded),
    };
    match done {
        Ok(notice) => mine.answer(&app, mine.page, notice).await,
        Err(error) => failed(&app, &mine.incoming, &error),
    }
}

fn row(say: Language, session: &OwnSession, networks: &KnownNetworks) -> SessionRow {
    SessionRow {
        name: session.name.to_string(),
        browser: session.device.browser.clone(),
        system: session.device.system.clone(),
        address: say.address(&session.address, networks),
        since: date_and_time(say, session.started),
        used: date_and_time(say, session.used),
        services: session.services.iter().map(|service| service.name.clone()).collect(),
        is_this: session.is_this,
    }
}
