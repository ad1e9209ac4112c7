//! The second registrar: what waits for them, and their word on one meeting.

use axum::extract::State;
use axum::response::Response;
use portner_federation::Error;
use portner_federation::office::{AtSecond, NotProofed};
use serde::Deserialize;

use super::acts::one_line;
use super::{Desk, DeskSent, person_path};
use crate::App;
use crate::answer::rendered;
use crate::failure::failed;
use crate::pages::{MeetingRow, MeetingsPage, ProofFault, Said, SecondPage, date_and_time, day_of};
use crate::sent::WithToken;

/// What the second registrar says.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct SecondForm {
    csrf: String,
    compared: String,
    why: String,
    decision: String,
}

impl WithToken for SecondForm {
    fn token(&self) -> &str {
        &self.csrf
    }
}

/// What waits.
pub async fn list(State(app): State<App>, desk: Desk) -> Response {
    let frame = match desk.frame(&app).await {
        Ok(frame) => frame,
        Err(response) => return response,
    };
    let waiting = async { app.0.federation.meetings_that_wait(desk.warrant()?).await };
    let waiting = match waiting.await {
        Ok(waiting) => waiting,
        Err(error) => return failed(&app, &desk.incoming, &error),
    };
    let row = |(meeting, card): &(portner_directory::WaitingMeeting, portner_directory::Card)| MeetingRow {
        href: format!("{}/second", person_path(meeting.identity)),
        name: card.identity.full_name(),
        at: date_and_time(desk.incoming.language, meeting.at),
    };
    let page = MeetingsPage { frame: &frame, rows: waiting.iter().map(row).collect() };
    rendered(&app, &desk.incoming, 200, |frame| page.render(frame))
}

/// One meeting.
pub async fn ask(State(app): State<App>, desk: Desk) -> Response {
    page(&app, &desk, &SecondForm::default(), Vec::new()).await
}

/// Their word on it.
pub async fn settle(State(app): State<App>, sent: DeskSent<SecondForm>) -> Response {
    let DeskSent { desk, form } = sent;
    let why = one_line(&form.why);
    let (said, done) = match (form.decision.as_str(), &why) {
        ("agree", _) if form.compared.is_empty() => (None, Said::NotCompared),
        ("agree", _) => (Some(AtSecond::Agrees(day_of(app.0.log.now()))), Said::Proofed),
        ("decline", Some(why)) => (Some(AtSecond::Declines(why)), Said::MeetingDeclined),
        ("decline", None) => (None, Said::ReasonMissing),
        _ => (None, Said::OutcomeMissing),
    };
    let Some(said) = said else { return page(&app, &desk, &form, vec![ProofFault::Said(done)]).await };
    let settled = async {
        let (warrant, visit) = (desk.warrant()?, &desk.incoming.visit);
        let id = desk.card()?.identity.id;
        Ok::<_, Error>((id, app.0.federation.settle_meeting(warrant, said, visit).await?))
    };
    let faults = match settled.await {
        Ok((id, Ok(()))) => return desk.answer(&app, &person_path(id), done).await,
        Ok((_, Err(NotProofed::Shortfalls(short)))) => short.into_iter().map(ProofFault::Short).collect(),
        Ok((_, Err(NotProofed::NotDone(not)))) => vec![ProofFault::Said(Said::of(not))],
        Ok((_, Err(NotProofed::AlsoShown(_)))) => vec![ProofFault::Said(Said::NotPossible)],
        Err(error) => return failed(&app, &desk.incoming, &error),
    };
    page(&app, &desk, &form, faults).await
}

async fn page(app: &App, desk: &Desk, form: &SecondForm, faults: Vec<ProofFault>) -> Response {
    let (frame, card) = match desk.framed(app).await {
        Ok(framed) => framed,
        Err(response) => return response,
    };
    let found = async {
        let found = app.0.federation.meeting_that_waits(desk.warrant()?).await?;
        let Some((meeting, record)) = found else { return Ok::<_, Error>(None) };
        let officer = portner_directory::by_id(app.0.log.database(), meeting.officer).await?;
        let officer = officer.map(|officer| officer.full_name()).unwrap_or_default();
        Ok(Some((meeting, record, officer)))
    };
    let found = match found.await {
        Ok(found) => found,
        Err(error) => return failed(app, &desk.incoming, &error),
    };
    let say = desk.incoming.language;
    let status = if faults.is_empty() { 200 } else { 400 };
    let register_name = card.identity.full_name();
    let page = SecondPage {
        frame: &frame,
        name: card.about.known_as.as_ref().unwrap_or(&register_name),
        register_name: &register_name,
        action: &desk.incoming.path,
        csrf: &desk.token(),
        back_href: &person_path(card.identity.id),
        meeting: found.as_ref().map(|(meeting, record, officer)| {
            (meeting, record, officer.clone(), date_and_time(say, meeting.at))
        }),
        why: &form.why,
        faults,
    };
    rendered(app, &desk.incoming, status, |frame| page.render(frame))
}
