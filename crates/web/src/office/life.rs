//! Stop, let go on, permit, end, take back, erase: each a page that says what will happen, and a reason.

use axum::extract::State;
use axum::response::Response;
use portner_domain::Moment;
use portner_domain::life::{Admission, Validity};
use portner_federation::office::{Lifted, NotDone, Warrant};
use portner_federation::{Error, Federation, Visit};

use super::day::day;
use super::sheet::{Asked, back, fault_of, reason, show};
use super::{Desk, DeskSent, person_path};
use crate::App;
use crate::failure::failed;
use crate::pages::{Fault, Said, Sheet, Typed, day_begins, day_ends, day_of};

/// Stop them?
pub async fn ask_stop(State(app): State<App>, desk: Desk) -> Response {
    ask(&app, &desk, Sheet::Stop).await
}

/// Stop them.
pub async fn stop(State(app): State<App>, sent: DeskSent<Typed>) -> Response {
    act(&app, &sent, Sheet::Stop, async |federation, warrant, why, visit| {
        Ok(federation.stop_person(warrant, why, visit).await?.map(|()| Said::Blocked))
    })
    .await
}

/// Let them go on?
pub async fn ask_lift(State(app): State<App>, desk: Desk) -> Response {
    ask(&app, &desk, Sheet::Lift).await
}

/// Let them go on, or ask a second person.
pub async fn lift(State(app): State<App>, sent: DeskSent<Typed>) -> Response {
    act(&app, &sent, Sheet::Lift, async |federation, warrant, why, visit| {
        let lifted = federation.lift_stop(warrant, why, visit).await?;
        Ok(lifted.map(|lifted| match lifted {
            Lifted::AtOnce => Said::Unblocked,
            Lifted::Proposed => Said::Proposed,
        }))
    })
    .await
}

/// May they have a level?
pub async fn ask_permit(State(app): State<App>, desk: Desk) -> Response {
    ask(&app, &desk, Sheet::Permit).await
}

/// They may.
pub async fn permit(State(app): State<App>, sent: DeskSent<Typed>) -> Response {
    act(&app, &sent, Sheet::Permit, async |federation, warrant, why, visit| {
        let done = federation.decide_level(warrant, (Admission::Permitted, why), visit).await?;
        Ok(done.map(|()| Said::Permitted))
    })
    .await
}

/// May they have none any more?
pub async fn ask_withhold(State(app): State<App>, desk: Desk) -> Response {
    ask(&app, &desk, Sheet::Withhold).await
}

/// They may not.
pub async fn withhold(State(app): State<App>, sent: DeskSent<Typed>) -> Response {
    act(&app, &sent, Sheet::Withhold, async |federation, warrant, why, visit| {
        let done = federation.decide_level(warrant, (Admission::Withheld, why), visit).await?;
        Ok(done.map(|()| Said::Withheld))
    })
    .await
}

/// Is the employment over?
pub async fn ask_end(State(app): State<App>, desk: Desk) -> Response {
    ask(&app, &desk, Sheet::End).await
}

/// It is over.
pub async fn end(State(app): State<App>, sent: DeskSent<Typed>) -> Response {
    act(&app, &sent, Sheet::End, async |federation, warrant, why, visit| {
        Ok(federation.end_person(warrant, why, visit).await?.map(|()| Said::Ended))
    })
    .await
}

/// Do they come back?
pub async fn ask_resume(State(app): State<App>, desk: Desk) -> Response {
    ask(&app, &desk, Sheet::Resume).await
}

/// They come back.
pub async fn resume(State(app): State<App>, sent: DeskSent<Typed>) -> Response {
    act(&app, &sent, Sheet::Resume, async |federation, warrant, why, visit| {
        Ok(federation.resume_person(warrant, why, visit).await?.map(|()| Said::Resumed))
    })
    .await
}

/// Is what is known of them to be gone?
pub async fn ask_erase(State(app): State<App>, desk: Desk) -> Response {
    ask(&app, &desk, Sheet::Erase).await
}

/// A second person is asked.
pub async fn erase(State(app): State<App>, sent: DeskSent<Typed>) -> Response {
    act(&app, &sent, Sheet::Erase, async |federation, warrant, why, visit| {
        Ok(federation.propose_erasure(warrant, why, visit).await?.map(|()| Said::Proposed))
    })
    .await
}

/// From when and until when?
pub async fn ask_validity(State(app): State<App>, desk: Desk) -> Response {
    let Validity { from, until } = match desk.card() {
        Ok(card) => card.identity.life.validity,
        Err(error) => return failed(&app, &desk.incoming, &error),
    };
    // Until the end of a day: what stands there is the day and not the moment after it.
    let last = until.map(|until| Moment(until.0.saturating_sub(1)));
    let typed = Typed::default().with("from", &as_typed(from)).with("until", &as_typed(last));
    validity_page(&app, &desk, &typed, Vec::new()).await
}

/// From then and until then.
pub async fn validity(State(app): State<App>, sent: DeskSent<Typed>) -> Response {
    let DeskSent { desk, form } = sent;
    let mut faults = Vec::new();
    let validity = validity_typed(&form, app.0.log.now(), &mut faults);
    let why = reason(&form, &mut faults);
    if !faults.is_empty() {
        return validity_page(&app, &desk, &form, faults).await;
    }
    let done = async {
        let (warrant, visit) = (desk.warrant()?, &desk.incoming.visit);
        app.0.federation.set_validity(warrant, (validity, &why), visit).await
    };
    match (done.await, desk.card()) {
        (Ok(Ok(())), Ok(card)) => desk.answer(&app, &person_path(card.identity.id), Said::ValiditySet).await,
        (Ok(Err(not)), _) => validity_page(&app, &desk, &form, vec![fault_of(not)]).await,
        (Err(error), _) | (_, Err(error)) => failed(&app, &desk.incoming, &error),
    }
}

async fn validity_page(app: &App, desk: &Desk, typed: &Typed, faults: Vec<Fault>) -> Response {
    let asked = Asked::new(Sheet::Validity, typed).wrong(faults);
    show(app, desk, owned_here(desk, asked)).await
}

/// What a feed says of somebody is changed where the feed has it from.
pub(super) fn owned_here<'a>(desk: &Desk, asked: Asked<'a>) -> Asked<'a> {
    let source = desk.card().ok().and_then(|card| card.source.as_ref());
    let Some(source) = source else { return asked };
    let note = desk.incoming.language.about("sheet-from-feed", "feed", &source.feed);
    Asked { notes: vec![note], is_open: false, ..asked }
}

/// The days that were typed; whoever works until a day still works on it.
pub(super) fn validity_typed(typed: &Typed, now: Moment, faults: &mut Vec<Fault>) -> Validity {
    let mut read = |entry: &'static str, moment: fn((i32, u8, u8)) -> Option<Moment>| {
        let read = day(typed.get(entry)).map(|day| day.map(moment));
        match read {
            Ok(None) => None,
            Ok(Some(Some(moment))) => Some(moment),
            Ok(Some(None)) | Err(()) => {
                faults.push(Fault::at(entry, "sheet-problem-no-day"));
                None
            }
        }
    };
    let validity = Validity { from: read("from", day_begins), until: read("until", day_ends) };
    if validity.from.zip(validity.until).is_some_and(|(from, until)| until <= from) {
        faults.push(Fault::at("until", "sheet-problem-backwards"));
    } else if validity.until.is_some_and(|until| until <= now) {
        faults.push(Fault::at("until", "sheet-problem-day-over"));
    }
    validity
}

fn as_typed(at: Option<Moment>) -> String {
    at.map(day_of).map(|(year, month, day)| format!("{year:04}-{month:02}-{day:02}")).unwrap_or_default()
}

async fn ask(app: &App, desk: &Desk, sheet: Sheet) -> Response {
    show(app, desk, Asked::new(sheet, &Typed::default())).await
}

async fn act(
    app: &App,
    sent: &DeskSent<Typed>,
    sheet: Sheet,
    done: impl AsyncFnOnce(&Federation, &Warrant, &str, &Visit) -> Result<Result<Said, NotDone>, Error>,
) -> Response {
    let DeskSent { desk, form } = sent;
    let mut faults = Vec::new();
    let why = reason(form, &mut faults);
    if !faults.is_empty() {
        return show(app, desk, Asked::new(sheet, form).wrong(faults)).await;
    }
    let outcome = async {
        let id = desk.card()?.identity.id;
        let done = done(&app.0.federation, desk.warrant()?, &why, &desk.incoming.visit).await?;
        Ok::<_, Error>((id, done))
    };
    match outcome.await {
        Ok((id, Ok(said))) => desk.answer(app, &back(sheet, Some(person_path(id))), said).await,
        Ok((_, Err(not))) => show(app, desk, Asked::new(sheet, form).wrong(vec![fault_of(not)])).await,
        Err(error) => failed(app, &desk.incoming, &error),
    }
}
