//! The support desk: who is asking, and what is done for them then. One page for each step, and what was typed stays.

use axum::extract::State;
use axum::response::Response;
use portner_authenticators::device::Serial;
use portner_domain::AuthenticatorId;
use portner_domain::authenticator::Factor;
use portner_domain::help::CallerCheck;
use portner_federation::Error;
use portner_federation::office::{CallerAnswers, NotDone};
use serde::Deserialize;

use super::acts::one_line;
use super::{Desk, DeskSent, code, person_path};
use crate::App;
use crate::answer::rendered;
use crate::failure::failed;
use crate::pages::{Act, ActPage, CallerPage, Said};
use crate::sent::WithToken;

/// The script, as it was ticked.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct CallerForm {
    csrf: String,
    #[serde(rename = "called-back")]
    called_back: String,
    superior: String,
    papers: String,
    questions: String,
    note: String,
    outcome: String,
}

impl WithToken for CallerForm {
    fn token(&self) -> &str {
        &self.csrf
    }
}

impl CallerForm {
    fn checks(&self) -> Vec<CallerCheck> {
        let ticked = |check: &CallerCheck| {
            let field = match check {
                CallerCheck::CalledBack => &self.called_back,
                CallerCheck::Superior => &self.superior,
                CallerCheck::Papers => &self.papers,
                CallerCheck::Questions => &self.questions,
            };
            !field.is_empty()
        };
        CallerCheck::ALL.into_iter().filter(ticked).collect()
    }

    fn verified(&self) -> Option<bool> {
        match self.outcome.as_str() {
            "yes" => Some(true),
            "no" => Some(false),
            _ => None,
        }
    }
}

/// A form of the desk: why, and what else there is to say.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct HelpForm {
    csrf: String,
    why: String,
    device: String,
    serial: String,
}

impl WithToken for HelpForm {
    fn token(&self) -> &str {
        &self.csrf
    }
}

/// Who is asking?
pub async fn ask_caller(State(app): State<App>, desk: Desk) -> Response {
    caller_page(&app, &desk, &CallerForm::default(), None).await
}

/// That is who is asking, or not.
pub async fn caller(State(app): State<App>, sent: DeskSent<CallerForm>) -> Response {
    let DeskSent { desk, form } = sent;
    let Some(verified) = form.verified() else {
        return caller_page(&app, &desk, &form, Some(Said::OutcomeMissing)).await;
    };
    let note = one_line(&form.note).unwrap_or_default();
    let answers = CallerAnswers { checks: form.checks(), verified, note };
    let done = async {
        let (warrant, visit) = (desk.warrant()?, &desk.incoming.visit);
        let id = desk.card()?.identity.id;
        Ok::<_, Error>((id, app.0.federation.check_caller(warrant, &answers, visit).await?))
    };
    match done.await {
        Ok((id, Ok(()))) => {
            let said = if verified { Said::CallerVerified } else { Said::CallerNotVerified };
            desk.answer(&app, &person_path(id), said).await
        }
        Ok((_, Err(not))) => caller_page(&app, &desk, &form, Some(Said::of(not))).await,
        Err(error) => failed(&app, &desk.incoming, &error),
    }
}

async fn caller_page(app: &App, desk: &Desk, form: &CallerForm, problem: Option<Said>) -> Response {
    let (frame, card) = match desk.framed(app).await {
        Ok(framed) => framed,
        Err(response) => return response,
    };
    let page = CallerPage {
        frame: &frame,
        name: &card.identity.full_name(),
        action: &desk.incoming.path,
        csrf: &desk.token(),
        back_href: &person_path(card.identity.id),
        checks: &form.checks(),
        note: &form.note,
        problem,
    };
    let status = if problem.is_some() { 400 } else { 200 };
    rendered(app, &desk.incoming, status, |frame| page.render(frame))
}

/// Forgotten password?
pub async fn ask_reset(State(app): State<App>, desk: Desk) -> Response {
    ask(&app, &desk, Act::Reset, &HelpForm::default(), None).await
}

/// The password ends, and the answer is the first half of a code. This is the only place where it can be read.
pub async fn reset(State(app): State<App>, sent: DeskSent<HelpForm>) -> Response {
    let DeskSent { desk, form } = sent;
    let Some(why) = one_line(&form.why) else {
        return ask(&app, &desk, Act::Reset, &form, Some(Said::ReasonMissing)).await;
    };
    let handed = async {
        let (warrant, visit) = (desk.warrant()?, &desk.incoming.visit);
        match app.0.federation.reset_password(warrant, &why, visit).await? {
            Ok(made) => code::sent_or_on_paper(&app, &desk, (made, &why)).await.map(Ok),
            Err(not) => Ok(Err(not)),
        }
    };
    match handed.await {
        Ok(Ok(handed)) => code::page(&app, &desk, &handed).await,
        Ok(Err(not)) => ask(&app, &desk, Act::Reset, &form, Some(Said::of(not))).await,
        Err(error) => failed(&app, &desk.incoming, &error),
    }
}

/// Which device is lost?
pub async fn ask_lost(State(app): State<App>, desk: Desk) -> Response {
    ask(&app, &desk, Act::Lose, &HelpForm::default(), None).await
}

/// That one.
pub async fn lost(State(app): State<App>, sent: DeskSent<HelpForm>) -> Response {
    let DeskSent { desk, form } = sent;
    let chosen: Option<AuthenticatorId> = form.device.parse().ok();
    let (which, why) = match (chosen, one_line(&form.why)) {
        (Some(which), Some(why)) => (which, why),
        (None, _) => return ask(&app, &desk, Act::Lose, &form, Some(Said::DeviceMissing)).await,
        (_, None) => return ask(&app, &desk, Act::Lose, &form, Some(Said::ReasonMissing)).await,
    };
    let done = async {
        let (warrant, visit) = (desk.warrant()?, &desk.incoming.visit);
        app.0.federation.lose_device(warrant, (which, &why), visit).await
    };
    settle(&app, &desk, (Act::Lose, &form), done.await).await
}

/// Which device is to be theirs?
pub async fn ask_device(State(app): State<App>, desk: Desk) -> Response {
    ask(&app, &desk, Act::Give, &HelpForm::default(), None).await
}

/// That one.
pub async fn device(State(app): State<App>, sent: DeskSent<HelpForm>) -> Response {
    let DeskSent { desk, form } = sent;
    let typed: Option<Serial> = form.serial.parse().ok();
    let (serial, why) = match (typed, one_line(&form.why)) {
        (Some(serial), Some(why)) => (serial, why),
        (None, _) => return ask(&app, &desk, Act::Give, &form, Some(Said::SerialMissing)).await,
        (_, None) => return ask(&app, &desk, Act::Give, &form, Some(Said::ReasonMissing)).await,
    };
    let done = async {
        let (warrant, visit) = (desk.warrant()?, &desk.incoming.visit);
        app.0.federation.give_device(warrant, (&serial, &why), visit).await
    };
    settle(&app, &desk, (Act::Give, &form), done.await).await
}

async fn settle(
    app: &App,
    desk: &Desk,
    (act, form): (Act, &HelpForm),
    done: Result<Result<(), NotDone>, Error>,
) -> Response {
    match (done, desk.card()) {
        (Ok(Ok(())), Ok(card)) => desk.answer(app, &person_path(card.identity.id), act.said()).await,
        (Ok(Err(not)), _) => ask(app, desk, act, form, Some(Said::of(not))).await,
        (Err(error), _) | (_, Err(error)) => failed(app, &desk.incoming, &error),
    }
}

async fn ask(app: &App, desk: &Desk, act: Act, form: &HelpForm, problem: Option<Said>) -> Response {
    let (frame, card) = match desk.framed(app).await {
        Ok(framed) => framed,
        Err(response) => return response,
    };
    let id = card.identity.id;
    let knows = async {
        let knows = app.0.federation.knows_caller(desk.warrant()?).await?;
        Ok::<_, Error>((knows, app.0.authenticators.owned(id).await?))
    };
    let (knows, owned) = match knows.await {
        Ok(knows) => knows,
        Err(error) => return failed(app, &desk.incoming, &error),
    };
    let say = desk.incoming.language;
    let devices = owned.iter().filter(|has| has.authenticator.kind.factors().contains(&Factor::Possession));
    let option = |has: &portner_authenticators::Owned| {
        let at = crate::pages::date_and_time(say, has.bound_at);
        (has.authenticator.id.to_string(), say.owned(has, &at))
    };
    let page = ActPage {
        frame: &frame,
        act,
        name: &card.identity.full_name(),
        action: &desk.incoming.path,
        csrf: &desk.token(),
        back_href: &person_path(id),
        problem,
        need_href: (!knows).then(|| format!("{}/caller", person_path(id))),
        choice: (act == Act::Lose).then(|| (devices.map(option).collect(), form.device.as_str())),
        serial: &form.serial,
        why: &form.why,
    };
    let status = if problem.is_some() { 400 } else { 200 };
    rendered(app, &desk.incoming, status, |frame| page.render(frame))
}
