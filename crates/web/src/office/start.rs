//! Where officers begin: who is asking for help, what waits, and who they are here themselves.

use axum::extract::State;
use axum::response::Response;
use portner_domain::role::Action;

use super::people::person_row;
use super::{Desk, may, routes};
use crate::App;
use crate::answer::rendered;
use crate::failure::failed;
use crate::pages::{OfficeStartPage, date_and_time};

/// The page.
pub async fn show(State(app): State<App>, desk: Desk) -> Response {
    let frame = match desk.frame(&app).await {
        Ok(frame) => frame,
        Err(response) => return response,
    };
    let say = desk.incoming.language;
    let officer = desk.officer();
    let desktop = match app.0.federation.desktop(officer).await {
        Ok(desktop) => desktop,
        Err(error) => return failed(&app, &desk.incoming, &error),
    };
    let roles = officer.mandate.roles(app.0.log.now()).map(|grant| {
        let until = grant.until.map(|until| date_and_time(say, until));
        say.role_held(grant, until.as_deref())
    });
    let rows = |people: Option<Vec<portner_directory::Listed>>| {
        people.map(|people| people.iter().map(|one| person_row(say, one)).collect())
    };
    let name = officer.me.standing.identity.full_name();
    let page = OfficeStartPage {
        frame: &frame,
        name: &name,
        roles: roles.collect(),
        level: officer.mandate.level,
        search: may(officer, Action::FindPeople, &app).then_some(routes::PEOPLE),
        meetings: desktop.meetings.map(|count| (routes::MEETINGS, count)),
        proposals: desktop.proposals.map(|count| (routes::PROPOSALS, count)),
        stopped: rows(desktop.stopped),
        lately: rows(desktop.lately),
    };
    rendered(&app, &desk.incoming, 200, |frame| page.render(frame))
}
