//! A registrar met somebody: what they wrote down becomes a meeting, or a page with everything that is missing.

use axum::extract::State;
use axum::response::Response;
use portner_directory::PaperNumber;
use portner_domain::meeting::{Paper, Shortfall, Shown};
use portner_federation::Error;
use portner_federation::office::{Alone, MeetingNotes, NotProofed, Recorded};

use super::acts::one_line;
use super::{Desk, DeskSent, person_path};
use crate::App;
use crate::answer::rendered;
use crate::failure::failed;
use crate::pages::{ProofFault, ProofForm, ProofPage, Said, day_of};
use crate::sent::WithToken;

impl WithToken for ProofForm {
    fn token(&self) -> &str {
        &self.csrf
    }
}

/// The form.
pub async fn ask(State(app): State<App>, desk: Desk) -> Response {
    page(&app, &desk, &ProofForm::default(), Vec::new()).await
}

/// The form as it was filled in.
pub async fn proof(State(app): State<App>, sent: DeskSent<ProofForm>) -> Response {
    let DeskSent { desk, form } = sent;
    let today = day_of(app.0.log.now());
    let (notes, mut faults) = understood(&form, today);
    if !faults.is_empty() {
        // What the rules miss is said along with it, so that nobody corrects a form twice.
        return page(&app, &desk, &form, faults).await;
    }
    let alone = if form.wants_second() { Alone::WithSecond } else { Alone::Yes };
    let done = async {
        let (warrant, visit) = (desk.warrant()?, &desk.incoming.visit);
        let id = desk.card()?.identity.id;
        Ok::<_, Error>((id, app.0.federation.proof(warrant, (&notes, alone), visit).await?))
    };
    match done.await {
        Ok((id, Ok(Recorded::Proofed(_)))) => desk.answer(&app, &person_path(id), Said::Proofed).await,
        Ok((id, Ok(Recorded::Waits))) => desk.answer(&app, &person_path(id), Said::MeetingWaits).await,
        Ok((_, Err(not))) => {
            faults.extend(faults_of(&form, today, not));
            page(&app, &desk, &form, faults).await
        }
        Err(error) => failed(&app, &desk.incoming, &error),
    }
}

/// What was written down, as far as it makes sense; and what does not.
fn understood(form: &ProofForm, today: (i32, u8, u8)) -> (MeetingNotes, Vec<ProofFault>) {
    let (mut shown, mut faults) = (Vec::new(), Vec::new());
    for row in form.rows() {
        if [row.paper, row.number, row.last].iter().all(|field| field.trim().is_empty()) {
            continue;
        }
        let Ok(paper) = row.paper.parse::<Paper>() else {
            faults.push(ProofFault::PaperMissing(row.index));
            continue;
        };
        let Ok(expires) = day(row.last) else {
            faults.push(ProofFault::BadDay(row.index));
            continue;
        };
        let country_is_right = PaperNumber::typed(paper, row.country, "1").is_ok();
        match PaperNumber::typed(paper, row.country, row.number) {
            Ok(number) => shown.push((Shown { paper, expires }, number)),
            Err(_) if country_is_right => faults.push(ProofFault::BadNumber(row.index)),
            Err(_) => faults.push(ProofFault::BadCountry(row.index)),
        }
    }
    let place = one_line(&form.place);
    if place.is_none() {
        faults.push(ProofFault::PlaceMissing);
    }
    let notes = MeetingNotes {
        shown,
        checks: form.checks(),
        second: form.second(),
        place: place.unwrap_or_default(),
        today,
        looked_into: form.is_looked_into(),
    };
    (notes, faults)
}

/// A day as browsers send it, or as papers have it; nothing if nothing was typed.
pub(super) fn day(typed: &str) -> Result<Option<(i32, u8, u8)>, ()> {
    let parts: Vec<&str> = typed.trim().split(['-', '.', '/', ' ']).filter(|part| !part.is_empty()).collect();
    let (year, month, day) = match parts.as_slice() {
        [] => return Ok(None),
        [year, month, day] if year.len() == 4 => (*year, *month, *day),
        [day, month, year] if year.len() == 4 => (*year, *month, *day),
        _ => return Err(()),
    };
    let (year, month, day) = match (year.parse(), month.parse::<u8>(), day.parse()) {
        (Ok(year), Ok(month), Ok(day)) => (year, month, day),
        _ => return Err(()),
    };
    let known = time::Month::try_from(month).map_err(drop)?;
    time::Date::from_calendar_date(year, known, day).map_err(drop)?;
    Ok(Some((year, month, day)))
}

/// Each shortfall, at the row that it is about.
fn faults_of(form: &ProofForm, today: (i32, u8, u8), not: NotProofed) -> Vec<ProofFault> {
    match not {
        NotProofed::AlsoShown(count) => vec![ProofFault::AlsoShown(count)],
        NotProofed::NotDone(not) => vec![ProofFault::Said(Said::of(not))],
        NotProofed::Shortfalls(shortfalls) => {
            let out_of_date = || {
                let old = form.rows().into_iter().filter(|row| {
                    let expires = row.paper.parse::<Paper>().is_ok_and(Paper::expires);
                    expires && !day(row.last).is_ok_and(|last| last >= Some(today))
                });
                old.map(|row| ProofFault::OutOfDate(row.index)).collect::<Vec<_>>()
            };
            let faults = shortfalls.into_iter().map(|short| match short {
                Shortfall::OutOfDate => out_of_date(),
                other => vec![ProofFault::Short(other)],
            });
            faults.flatten().collect()
        }
    }
}

async fn page(app: &App, desk: &Desk, form: &ProofForm, faults: Vec<ProofFault>) -> Response {
    let (frame, card) = match desk.framed(app).await {
        Ok(framed) => framed,
        Err(response) => return response,
    };
    let status = if faults.is_empty() { 200 } else { 400 };
    let register_name = card.identity.full_name();
    let page = ProofPage {
        frame: &frame,
        name: card.about.known_as.as_ref().unwrap_or(&register_name),
        register_name: &register_name,
        has_cpr: card.has_cpr,
        action: &desk.incoming.path,
        csrf: &desk.token(),
        back_href: &person_path(card.identity.id),
        form,
        faults,
    };
    rendered(app, &desk.incoming, status, |frame| page.render(frame))
}

#[cfg(test)]
mod tests {
    use super::day;

    #[test]
    fn a_day_is_read_as_browsers_send_it_and_as_papers_have_it() {
        for typed in ["2030-02-28", "28.02.2030", "28-2-2030", " 28/02/2030 "] {
            assert_eq!(day(typed), Ok(Some((2030, 2, 28))), "{typed}");
        }
        assert_eq!(day("  "), Ok(None));
        for wrong in ["2030-02-29", "30", "28.02.30", "x-y-2030", "2030-13-01", "2030-00-01", "1-2-3-2030"] {
            assert_eq!(day(wrong), Err(()), "{wrong}");
        }
    }
}
