//! Where officers begin: who they are here, what they hold, and where to go.

use axum::extract::State;
use axum::response::Response;

use super::Desk;
use crate::App;
use crate::answer::rendered;
use crate::pages::{OfficeStartPage, date_and_time};

/// The page.
pub async fn show(State(app): State<App>, desk: Desk) -> Response {
    let frame = match desk.frame(&app).await {
        Ok(frame) => frame,
        Err(response) => return response,
    };
    let say = desk.incoming.language;
    let officer = desk.officer();
    let roles = officer.mandate.roles(app.0.log.now()).map(|grant| {
        let until = grant.until.map(|until| date_and_time(say, until));
        say.role_held(grant, until.as_deref())
    });
    let name = officer.me.standing.identity.full_name();
    let page =
        OfficeStartPage { frame: &frame, name: &name, roles: roles.collect(), level: officer.mandate.level };
    rendered(&app, &desk.incoming, 200, |frame| page.render(frame))
}
