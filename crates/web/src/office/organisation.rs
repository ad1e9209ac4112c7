//! The organisation in numbers: how many people, where they work, and what is not on record of them.

use axum::extract::{Query, State};
use axum::response::Response;
use portner_directory::{Lacking, OrganisationCount};
use portner_domain::role::Action;
use serde::Deserialize;
use url::form_urlencoded;

use super::{Desk, may, routes};
use crate::App;
use crate::answer::rendered;
use crate::failure::failed;
use crate::pages::{OrganisationPage, OrganisationRow, PlaceRow};

/// After which places the lists go on.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Wanted {
    unit: String,
    p: String,
}

/// The page.
pub async fn show(State(app): State<App>, Query(wanted): Query<Wanted>, desk: Desk) -> Response {
    let frame = match desk.frame(&app).await {
        Ok(frame) => frame,
        Err(response) => return response,
    };
    let (unit, p) = (wanted.unit.parse().ok(), wanted.p.parse().ok());
    let numbers = async { app.0.federation.in_numbers(desk.warrant()?, (unit.as_ref(), p.as_ref())).await };
    let numbers = match numbers.await {
        Ok(numbers) => numbers,
        Err(error) => return failed(&app, &desk.incoming, &error),
    };
    // Links are for whoever may find people; others read the numbers alone.
    let finds = may(desk.officer(), Action::FindPeople, &app);
    let href = |name, value: &str| finds.then(|| at(routes::PEOPLE, name, value));
    let say = desk.incoming.language;
    let lacking = |(lacking, people): &(Lacking, u64)| PlaceRow {
        name: say.text(&format!("lacking-{}", lacking.word())),
        href: href("lacking", lacking.word()).filter(|_| *people > 0),
        people: *people,
    };
    let place = |name: &'static str, place: &str, people: u64| PlaceRow {
        name: place.to_owned(),
        href: href(name, place),
        people,
    };
    let units = numbers.units.rows.iter();
    let production_units = numbers.production_units.rows.iter();
    let page = OrganisationPage {
        frame: &frame,
        rows: numbers.organisations.iter().map(row).collect(),
        lacking: numbers.lacking.iter().map(lacking).collect(),
        units: units.map(|(unit, people)| place("unit", unit.as_str(), *people)).collect(),
        next_units: numbers.units.next.map(|last| at(routes::ORGANISATION, "unit", last.as_str())),
        production_units: production_units.map(|(p, people)| place("p", p.as_str(), *people)).collect(),
        next_production_units: numbers
            .production_units
            .next
            .map(|last| at(routes::ORGANISATION, "p", last.as_str())),
        first_href: (unit.is_some() || p.is_some()).then_some(routes::ORGANISATION),
    };
    rendered(&app, &desk.incoming, 200, |frame| page.render(frame))
}

fn row(it: &OrganisationCount) -> OrganisationRow {
    OrganisationRow {
        name: it.name.clone(),
        cvr: it.cvr.as_str().to_owned(),
        active: it.active,
        locked: it.locked,
        ended: it.ended,
    }
}

fn at(path: &str, name: &str, value: &str) -> String {
    let query = form_urlencoded::Serializer::new(String::new()).append_pair(name, value).finish();
    format!("{path}?{query}")
}
