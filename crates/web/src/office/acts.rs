//! What is done to somebody with a reason: a page says what will happen, its form does it, and the person's page says
//! that it was done.

use axum::extract::State;
use axum::response::Response;
use portner_domain::life::Locker;
use portner_domain::role::Denied;
use portner_federation::office::{NotDone, Warrant};
use portner_federation::{Error, Federation, Visit};
use serde::Deserialize;

use super::{Desk, DeskSent, person_path};
use crate::App;
use crate::answer::rendered;
use crate::failure::failed;
use crate::pages::{Act, ActPage, Said};
use crate::sent::WithToken;

/// Longest reason, in characters.
pub const REASON_CHARS_MAX: usize = 500;

/// Why.
#[derive(Deserialize)]
pub struct ReasonForm {
    #[serde(default)]
    csrf: String,
    #[serde(default)]
    why: String,
}

impl WithToken for ReasonForm {
    fn token(&self) -> &str {
        &self.csrf
    }
}

impl ReasonForm {
    pub(super) fn reason(&self) -> Option<String> {
        one_line(&self.why)
    }
}

/// What somebody wrote, as one line of text, if there is any.
pub(super) fn one_line(text: &str) -> Option<String> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let line: String = words.join(" ").chars().filter(|c| !c.is_control()).take(REASON_CHARS_MAX).collect();
    Some(line).filter(|line| !line.is_empty())
}

/// Stop them?
pub async fn ask_block(State(app): State<App>, desk: Desk) -> Response {
    ask(&app, &desk, Act::Block, None).await
}

/// Stop them.
pub async fn block(State(app): State<App>, sent: DeskSent<ReasonForm>) -> Response {
    act(&app, &sent, Act::Block, async |federation, warrant, why, visit| {
        federation.block(warrant, why, visit).await
    })
    .await
}

/// Let them go on?
pub async fn ask_unblock(State(app): State<App>, desk: Desk) -> Response {
    ask(&app, &desk, Act::Unblock, None).await
}

/// Let them go on: the lock of the support desk is lifted, or else that of the person; whoever has another is told so.
pub async fn unblock(State(app): State<App>, sent: DeskSent<ReasonForm>) -> Response {
    act(&app, &sent, Act::Unblock, async |federation, warrant, why, visit| {
        let locks = warrant.card().map(|card| card.locks.as_slice()).unwrap_or_default();
        let first = [Locker::Support, Locker::Owner]
            .into_iter()
            .find(|mine| locks.iter().any(|it| it.locker == *mine));
        let locker = first.or_else(|| locks.first().map(|lock| lock.locker)).unwrap_or(Locker::Support);
        federation.unblock(warrant, (locker, why), visit).await
    })
    .await
}

/// End their sessions?
pub async fn ask_log_out(State(app): State<App>, desk: Desk) -> Response {
    ask(&app, &desk, Act::LogOut, None).await
}

/// End their sessions.
pub async fn log_out(State(app): State<App>, sent: DeskSent<ReasonForm>) -> Response {
    act(&app, &sent, Act::LogOut, async |federation, warrant, why, visit| {
        federation.end_sessions_of(warrant, why, visit).await
    })
    .await
}

/// Is another name theirs?
pub async fn ask_confirm_name(State(app): State<App>, desk: Desk) -> Response {
    ask(&app, &desk, Act::ConfirmName, None).await
}

/// Another name is theirs.
pub async fn confirm_name(State(app): State<App>, sent: DeskSent<ReasonForm>) -> Response {
    act(&app, &sent, Act::ConfirmName, async |federation, warrant, why, visit| {
        federation.confirm_name(warrant, why, visit).await
    })
    .await
}

/// Look at their attempts again?
pub async fn ask_reopen(State(app): State<App>, desk: Desk) -> Response {
    ask(&app, &desk, Act::Reopen, None).await
}

/// Look at their attempts again.
pub async fn reopen(State(app): State<App>, sent: DeskSent<ReasonForm>) -> Response {
    act(&app, &sent, Act::Reopen, async |federation, warrant, why, _| federation.reopen(warrant, why).await)
        .await
}

async fn ask(app: &App, desk: &Desk, act: Act, problem: Option<Said>) -> Response {
    let frame = match desk.frame(app).await {
        Ok(frame) => frame,
        Err(response) => return response,
    };
    let Some(card) = desk.warrant().ok().and_then(Warrant::card) else {
        let missing = Error::Corrupt("an act on nobody".to_owned());
        return failed(app, &desk.incoming, &missing);
    };
    let back = person_path(card.identity.id);
    let name = card.identity.full_name();
    let page = ActPage {
        frame: &frame,
        act,
        name: &name,
        action: &desk.incoming.path,
        csrf: &desk.token(),
        back_href: &back,
        problem,
        need_href: None,
        choice: None,
        serial: "",
        why: "",
    };
    let status = if problem.is_some() { 400 } else { 200 };
    rendered(app, &desk.incoming, status, |frame| page.render(frame))
}

async fn act(
    app: &App,
    sent: &DeskSent<ReasonForm>,
    act: Act,
    done: impl AsyncFnOnce(&Federation, &Warrant, &str, &Visit) -> Result<Result<(), NotDone>, Error>,
) -> Response {
    let DeskSent { desk, form } = sent;
    let Some(why) = form.reason() else { return ask(app, desk, act, Some(Said::ReasonMissing)).await };
    let outcome = async {
        let warrant = desk.warrant()?;
        let id = warrant.card().map(|card| card.identity.id);
        let done = done(&app.0.federation, warrant, &why, &desk.incoming.visit).await?;
        Ok::<_, Error>((id, done))
    };
    match outcome.await {
        Ok((Some(id), Ok(()))) => desk.answer(app, &person_path(id), act.said()).await,
        Ok((_, Ok(()))) => desk.answer(app, super::START, act.said()).await,
        Ok((_, Err(not))) => ask(app, desk, act, Some(Said::of(not))).await,
        Err(error) => failed(app, &desk.incoming, &error),
    }
}

/// What a page says to somebody who may not.
pub const fn denied_key(why: Denied) -> &'static str {
    match why {
        Denied::NoRole => "office-denied-role",
        Denied::OutsideUnit => "office-denied-unit",
        Denied::Oneself => "office-denied-oneself",
        Denied::Officer => "office-denied-officer",
        Denied::Level => "office-denied-level",
    }
}
