//! Who has this CPR number? Sent by POST only, so that no address, history or log of a proxy has one.

use axum::extract::State;
use axum::response::Response;
use portner_directory::Card;
use portner_domain::cpr::Cpr;
use serde::Deserialize;

use super::acts::one_line;
use super::{Desk, DeskSent, person_path};
use crate::answer::rendered;
use crate::failure::failed;
use crate::pages::{CprPage, PersonRow, Said};
use crate::sent::WithToken;
use crate::{App, Language};

/// A number, and why.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct CprForm {
    csrf: String,
    cpr: String,
    why: String,
}

impl WithToken for CprForm {
    fn token(&self) -> &str {
        &self.csrf
    }
}

/// The form.
pub async fn ask(State(app): State<App>, desk: Desk) -> Response {
    page(&app, &desk, "", None, None).await
}

/// Who it is, as far as this officer may find people.
pub async fn look_up(State(app): State<App>, sent: DeskSent<CprForm>) -> Response {
    let DeskSent { desk, form } = sent;
    let typed: Option<Cpr> = form.cpr.parse().ok();
    let (cpr, why) = match (typed, one_line(&form.why)) {
        (Some(cpr), Some(why)) => (cpr, why),
        (None, _) => return page(&app, &desk, &form.why, Some(Said::CprMissing), None).await,
        (_, None) => return page(&app, &desk, &form.why, Some(Said::ReasonMissing), None).await,
    };
    let found = async {
        let (warrant, visit) = (desk.warrant()?, &desk.incoming.visit);
        app.0.federation.look_up_cpr(warrant, (&cpr, &why), visit).await
    };
    match found.await {
        Ok(Ok(found)) => {
            let rows = found.iter().map(|card| row(desk.incoming.language, card)).collect();
            page(&app, &desk, "", None, Some((cpr.masked(), rows))).await
        }
        Ok(Err(not)) => page(&app, &desk, &form.why, Some(Said::of(not)), None).await,
        Err(error) => failed(&app, &desk.incoming, &error),
    }
}

fn row(say: Language, card: &Card) -> PersonRow {
    let name = card.about.known_as.clone().unwrap_or_else(|| card.identity.full_name());
    PersonRow {
        href: person_path(card.identity.id),
        name: (!card.about.is_protected).then_some(name),
        user_name: card.identity.user_name.to_string(),
        unit: card.about.unit.as_ref().map(ToString::to_string),
        state: say.state(card.identity.state),
    }
}

async fn page(
    app: &App,
    desk: &Desk,
    why: &str,
    problem: Option<Said>,
    found: Option<(String, Vec<PersonRow>)>,
) -> Response {
    let frame = match desk.frame(app).await {
        Ok(frame) => frame,
        Err(response) => return response,
    };
    let (action, csrf) = (&desk.incoming.path, &desk.token());
    let page = CprPage { frame: &frame, action, csrf, why, problem, found };
    let status = if problem.is_some() { 400 } else { 200 };
    rendered(app, &desk.incoming, status, |frame| page.render(frame))
}
