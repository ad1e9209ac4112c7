//! Codes in two halves: how the second reaches whom it is for, and the page with the first.

use axum::extract::State;
use axum::response::Response;
use portner_domain::help::SecondHalf;
use portner_domain::letter::LetterKind;
use portner_federation::Error;
use portner_federation::office::HandOver;
use serde::Deserialize;

use super::acts::{ReasonForm, one_line};
use super::{Desk, DeskSent, person_path};
use crate::App;
use crate::answer::rendered;
use crate::failure::failed;
use crate::mail::{Letter, chosen};
use crate::pages::{Act, ActPage, CodePage, HalfPage, Said, date_and_time};
use crate::sent::WithToken;

/// A code, and how its second half reaches whom it is for.
pub struct Handed {
    made: HandOver,
    way: SecondHalf,
}

/// A registrar hands out a code.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct HandOutForm {
    csrf: String,
    way: String,
    why: String,
}

impl WithToken for HandOutForm {
    fn token(&self) -> &str {
        &self.csrf
    }
}

/// Hand out a code?
pub async fn ask(State(app): State<App>, desk: Desk) -> Response {
    ask_page(&app, &desk, Act::HandOut, &HandOutForm::default(), None).await
}

/// The code that rests on a proofing: one half on this page, the other on another way.
pub async fn hand_out(State(app): State<App>, sent: DeskSent<HandOutForm>) -> Response {
    let DeskSent { desk, form } = sent;
    let way = match form.way.as_str() {
        "mail" => SecondHalf::Mail,
        "officer" => SecondHalf::Officer,
        _ => return ask_page(&app, &desk, Act::HandOut, &form, Some(Said::WayMissing)).await,
    };
    let Some(why) = one_line(&form.why) else {
        return ask_page(&app, &desk, Act::HandOut, &form, Some(Said::ReasonMissing)).await;
    };
    let handed = async {
        let (warrant, visit) = (desk.warrant()?, &desk.incoming.visit);
        let made = match app.0.federation.hand_out_code(warrant, visit).await? {
            Ok(made) => made,
            Err(not) => return Ok::<_, Error>(Err(not)),
        };
        let by_mail = way == SecondHalf::Mail && is_sent(&app, &desk, &made).await?;
        let way = if by_mail { SecondHalf::Mail } else { SecondHalf::Officer };
        app.0.federation.settle_code(warrant, &made, (way, &why), visit).await?;
        Ok(Ok(Handed { made, way }))
    };
    match handed.await {
        Ok(Ok(handed)) => page(&app, &desk, &handed).await,
        Ok(Err(not)) => ask_page(&app, &desk, Act::HandOut, &form, Some(Said::of(not))).await,
        Err(error) => failed(&app, &desk.incoming, &error),
    }
}

/// Show the half that waits?
pub async fn ask_half(State(app): State<App>, desk: Desk) -> Response {
    ask_page(&app, &desk, Act::ShowHalf, &HandOutForm::default(), None).await
}

/// The half that waits, once.
pub async fn show_half(State(app): State<App>, sent: DeskSent<ReasonForm>) -> Response {
    let DeskSent { desk, form } = sent;
    let empty = HandOutForm::default();
    let Some(why) = form.reason() else {
        return ask_page(&app, &desk, Act::ShowHalf, &empty, Some(Said::ReasonMissing)).await;
    };
    let shown = async { app.0.federation.second_half(desk.warrant()?, &why, &desk.incoming.visit).await };
    let half = match shown.await {
        Ok(Ok(half)) => half,
        Ok(Err(not)) => return ask_page(&app, &desk, Act::ShowHalf, &empty, Some(Said::of(not))).await,
        Err(error) => return failed(&app, &desk.incoming, &error),
    };
    let (frame, card) = match desk.framed(&app).await {
        Ok(framed) => framed,
        Err(response) => return response,
    };
    let name = card.identity.full_name();
    let back = person_path(card.identity.id);
    let page = HalfPage { frame: &frame, name: &name, half: &half, back_href: &back };
    rendered(&app, &desk.incoming, 200, |frame| page.render(frame))
}

/// The second half goes to the work address; where nothing can be sent, it is on paper with the first.
pub(super) async fn sent_or_on_paper(
    app: &App,
    desk: &Desk,
    (made, why): (HandOver, &str),
) -> Result<Handed, Error> {
    let way = if is_sent(app, desk, &made).await? { SecondHalf::Mail } else { SecondHalf::Paper };
    app.0.federation.settle_code(desk.warrant()?, &made, (way, why), &desk.incoming.visit).await?;
    Ok(Handed { made, way })
}

/// Did the mail server take the second half?
async fn is_sent(app: &App, desk: &Desk, made: &HandOver) -> Result<bool, Error> {
    let (Some(server), Some(email)) = (&app.0.mail, &made.email) else { return Ok(false) };
    let Ok(to) = email.trim().parse() else { return Ok(false) };
    let [_, second] = &made.halves;
    let of = (second.as_str(), made.invitation.id, app.0.log.now());
    let wording = chosen(app.0.log.database(), LetterKind::Half).await?;
    let ours = (&app.0.site, &app.0.public);
    let letter = Letter::half(of, &desk.card()?.identity, to, ours, wording.as_ref());
    Ok(server.sends_at_once(&letter).await)
}

/// The page with the first half.
pub(super) async fn page(app: &App, desk: &Desk, handed: &Handed) -> Response {
    let (frame, card) = match desk.framed(app).await {
        Ok(framed) => framed,
        Err(response) => return response,
    };
    let Handed { made, way } = handed;
    let say = desk.incoming.language;
    let [first, second] = &made.halves;
    let page = CodePage {
        frame: &frame,
        name: &card.identity.full_name(),
        user_name: card.identity.user_name.as_str(),
        first,
        second: (*way == SecondHalf::Paper).then_some(second.as_str()),
        way: *way,
        email: made.email.as_deref(),
        welcome: &format!("{}/welcome", app.0.public.origin),
        until: date_and_time(say, made.invitation.expires),
        now: made.now,
        after: made.after.loa,
        reasons: made.after.because.iter().map(|reason| say.explain(reason)).collect(),
        back_href: &person_path(card.identity.id),
    };
    rendered(app, &desk.incoming, 200, |frame| page.render(frame))
}

async fn ask_page(app: &App, desk: &Desk, act: Act, form: &HandOutForm, problem: Option<Said>) -> Response {
    let (frame, card) = match desk.framed(app).await {
        Ok(framed) => framed,
        Err(response) => return response,
    };
    let say = desk.incoming.language;
    let can_send = app.0.mail.is_some() && card.identity.email.is_some();
    let ways = [(SecondHalf::Mail, can_send), (SecondHalf::Officer, true)];
    let option = |way: SecondHalf| (way.word().to_owned(), say.text(&format!("proof-way-{}", way.word())));
    let options = ways.into_iter().filter(|(_, is)| *is).map(|(way, _)| option(way)).collect();
    let page = ActPage {
        frame: &frame,
        act,
        name: &card.identity.full_name(),
        action: &desk.incoming.path,
        csrf: &desk.token(),
        back_href: &person_path(card.identity.id),
        problem,
        need_href: None,
        choice: (act == Act::HandOut).then_some((options, form.way.as_str())),
        serial: "",
        why: &form.why,
    };
    let status = if problem.is_some() { 400 } else { 200 };
    rendered(app, &desk.incoming, status, |frame| page.render(frame))
}
