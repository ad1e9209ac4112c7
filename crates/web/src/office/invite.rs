//! A code for somebody who has nothing to log in with yet, in two halves as every code.

use axum::extract::State;
use axum::response::Response;

use super::sheet::{Asked, fault_of, reason, show};
use super::{Desk, DeskSent, code};
use crate::App;
use crate::failure::failed;
use crate::pages::{Fault, Sheet, Typed, date_and_time};

/// Invite them?
pub async fn ask(State(app): State<App>, desk: Desk) -> Response {
    page(&app, &desk, &Typed::default(), Vec::new()).await
}

/// Invite them. This is the only place where the first half can be read.
pub async fn invite(State(app): State<App>, sent: DeskSent<Typed>) -> Response {
    let DeskSent { desk, form } = sent;
    let mut faults = Vec::new();
    let why = reason(&form, &mut faults);
    if !faults.is_empty() {
        return page(&app, &desk, &form, faults).await;
    }
    let handed = async {
        let (warrant, visit) = (desk.warrant()?, &desk.incoming.visit);
        match app.0.federation.invite_person(warrant, visit).await? {
            Ok(made) => code::sent_or_on_paper(&app, &desk, (made, &why)).await.map(Ok),
            Err(not) => Ok(Err(not)),
        }
    };
    match handed.await {
        Ok(Ok(handed)) => code::page(&app, &desk, &handed).await,
        Ok(Err(not)) => page(&app, &desk, &form, vec![fault_of(not)]).await,
        Err(error) => failed(&app, &desk.incoming, &error),
    }
}

async fn page(app: &App, desk: &Desk, typed: &Typed, faults: Vec<Fault>) -> Response {
    let open = async { app.0.federation.unused_invitation(desk.warrant()?).await };
    let open = match open.await {
        Ok(open) => open,
        Err(error) => return failed(app, &desk.incoming, &error),
    };
    let say = desk.incoming.language;
    let note = |until: String| say.about("sheet-invited", "until", &until);
    let notes = open.map(|open| note(date_and_time(say, open.expires))).into_iter().collect();
    show(app, desk, Asked { notes, ..Asked::new(Sheet::Invite, typed).wrong(faults) }).await
}
