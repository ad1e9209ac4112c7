//! The terms of use: read, and agreed to.

use axum::extract::State;
use axum::response::Response;
use portner_directory::{Duty, agreement, terms_sha256};

use super::{Mine, MineSent, path_of};
use crate::App;
use crate::answer::rendered;
use crate::failure::failed;
use crate::pages::{AcceptedRow, Notice, ShownTerms, TermsPage, date_and_time};
use crate::stopped::{TermsForm, paragraphs, text_of};

/// The version in force.
pub async fn show(State(app): State<App>, mine: Mine) -> Response {
    let own = match mine.own(&app).await {
        Ok(own) => own,
        Err(response) => return response,
    };
    let found = match agreement(app.0.log.database(), mine.me.session.identity).await {
        Ok(found) => found,
        Err(error) => return failed(&app, &mine.incoming, &error.into()),
    };
    let say = mine.incoming.language;
    let has = |version: &str| found.accepted.iter().any(|(known, _)| known == version);
    let accepted = |(version, at): &(String, portner_domain::Moment)| AcceptedRow {
        version: version.clone(),
        at: date_and_time(say, *at),
    };
    let is_open =
        found.current.as_ref().is_some_and(|it| it.terms.duty == Duty::Mandatory && !has(&it.terms.version));
    let page = TermsPage {
        own: &own,
        action: &path_of(mine.page),
        csrf: &mine.token(),
        current: found.current.as_ref().map(|it| {
            let text = text_of(say, it);
            let version = it.terms.version.clone();
            ShownTerms { version, paragraphs: paragraphs(text), sha256: terms_sha256(text) }
        }),
        is_open,
        is_due: found.is_due,
        accepted: found.accepted.iter().map(accepted).collect(),
    };
    rendered(&app, &mine.incoming, 200, |frame| page.render(frame))
}

/// They agree.
pub async fn accept(State(app): State<App>, MineSent { mine, form }: MineSent<TermsForm>) -> Response {
    let visit = &mine.incoming.visit;
    match app.0.federation.agree_on_own_page(&mine.me, form.read(), visit).await {
        Ok(true) => mine.answer(&app, mine.page, Notice::TermsAccepted).await,
        Ok(false) => mine.answer(&app, mine.page, Notice::TermsChanged).await,
        Err(error) => failed(&app, &mine.incoming, &error),
    }
}
