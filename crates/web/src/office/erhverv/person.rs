//! How it is with one person in MitID Erhverv: what is known there, what is planned, who there may be them, and what was
//! said of them.

use axum::extract::{Query, State};
use axum::response::Response;
use portner_audit_log::own::Cursor;
use portner_directory::Card;
use portner_domain::role::Action;
use portner_federation::office::Read;
use portner_sync::{Candidate, Error, Looked};
use serde::Deserialize;
use url::form_urlencoded;

use super::words::{called, candidate, event, finding, not_tied, seen, step};
use super::{is_everywhere, name, there_path, wrong};
use crate::answer::rendered;
use crate::failure::failed;
use crate::office::log::by_name;
use crate::office::{Desk, may, person_path, routes};
use crate::pages::{CandidateRow, ErhvervPersonPage, SyncEventRow, date_and_time};
use crate::{App, Language};

/// Where in the history.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Since {
    before: String,
}

/// How it is with one person.
pub async fn person(State(app): State<App>, Query(since): Query<Since>, desk: Desk) -> Response {
    let (frame, card) = match desk.framed(&app).await {
        Ok(framed) => framed,
        Err(response) => return response,
    };
    let before: Option<Cursor> = since.before.parse().ok();
    let read =
        async { app.0.federation.read_sync_events(desk.warrant()?, before, &desk.incoming.visit).await };
    let read = match read.await {
        Ok(read) => read,
        Err(error) => return failed(&app, &desk.incoming, &error),
    };
    let (looked, others) = match look(&app, &desk, card).await {
        Ok(found) => found,
        Err(error) => return wrong(&app, &desk, error),
    };
    let (say, id) = (desk.incoming.language, card.identity.id);
    let plan = looked.as_ref().map(|looked| &looked.plan);
    let is_named = plan.is_some_and(|plan| !plan.named().is_empty());
    let (is_tied, decides) = (plan.is_some_and(|plan| plan.employee.is_some()), decides(&app, &desk, card));
    let log = form_urlencoded::Serializer::new(String::new())
        .append_pair("user", card.identity.user_name.as_str())
        .finish();
    let page = ErhvervPersonPage {
        frame: &frame,
        name: &card.identity.full_name(),
        is_connected: app.0.erhverv.is_some(),
        facts: looked.as_ref().map(|looked| seen(say, looked)).unwrap_or_default(),
        steps: plan.map(|plan| plan.steps.iter().map(|it| step(say, &it.step)).collect()).unwrap_or_default(),
        findings: plan
            .map(|plan| plan.findings.iter().map(|it| finding(say, it)).collect())
            .unwrap_or_default(),
        others,
        is_others_decision: is_named && !decides,
        untie_href: (is_tied && decides).then(|| format!("{}/untie", person_path(id))),
        history: read.page.events.iter().map(|recorded| row(say, recorded, &read)).collect(),
        newest_href: before.map(|_| there_path(id)),
        older_href: read.page.older.map(|older| format!("{}?before={older}", there_path(id))),
        log_href: may(desk.officer(), Action::ReadLog, &app).then(|| format!("{}?{log}", routes::LOG)),
        back_href: &person_path(id),
    };
    rendered(&app, &desk.incoming, 200, |frame| page.render(frame))
}

/// Does this officer decide who there is this person? The page behind the link asks again. Nobody does for themselves.
fn decides(app: &App, desk: &Desk, card: &Card) -> bool {
    is_everywhere(app, desk, Action::Administer) && desk.officer().mandate.person != card.identity.person
}

/// What is known of them there; and of those who may be them, who may be anybody's in the organisation, for whoever may
/// read about everybody.
async fn look(app: &App, desk: &Desk, card: &Card) -> Result<(Option<Looked>, Vec<CandidateRow>), Error> {
    let Some(liaison) = &app.0.erhverv else { return Ok((None, Vec::new())) };
    let Some(looked) = liaison.looked(card.identity.id).await? else { return Ok((None, Vec::new())) };
    let (mut others, decides) = (Vec::new(), decides(app, desk, card));
    if is_everywhere(app, desk, Action::SeePerson) {
        for other in &looked.others {
            others.push(candidate_row(app, (desk, card), other, decides).await?);
        }
    }
    Ok((Some(looked), others))
}

async fn candidate_row(
    app: &App,
    (desk, card): (&Desk, &Card),
    it: &Candidate,
    decides: bool,
) -> Result<CandidateRow, Error> {
    let say = desk.incoming.language;
    let whose = match it.whose {
        Some(identity) => Some((name(app, identity).await?, person_path(identity))),
        None => None,
    };
    let href = || format!("{}/tie?employee={}", person_path(card.identity.id), it.seen.employee);
    Ok(CandidateRow {
        name: called(it),
        facts: candidate(say, it),
        whose,
        why_not: it.not.map(|not| not_tied(not).text(say)),
        tie_href: (decides && it.not.is_none()).then(href),
    })
}

fn row(say: Language, recorded: &portner_audit_log::Recorded, read: &Read) -> SyncEventRow {
    let (what, more) = event(say, &recorded.event);
    SyncEventRow { what, more, at: date_and_time(say, recorded.at), by: by_name(say, &recorded.actor, read) }
}
