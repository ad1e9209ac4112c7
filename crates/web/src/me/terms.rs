//! The terms of use: read, and agreed to.

use axum::extract::State;
use axum::response::Response;
use portner_audit_log::Actor;
use portner_directory::{Duty, Published, accept_terms, agreement};
use portner_federation::Error;
use serde::Deserialize;

use super::{Mine, MineSent, path_of};
use crate::answer::rendered;
use crate::failure::failed;
use crate::pages::{AcceptedRow, Notice, TermsPage, date_and_time};
use crate::sent::WithToken;
use crate::{App, Language};

/// Which version is agreed to.
#[derive(Deserialize)]
pub struct TermsForm {
    #[serde(default)]
    csrf: String,
    #[serde(default)]
    version: String,
}

impl WithToken for TermsForm {
    fn token(&self) -> &str {
        &self.csrf
    }
}

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
        current: found.current.as_ref().map(|it| text_of(say, it)),
        is_open,
        is_due: found.is_due,
        accepted: found.accepted.iter().map(accepted).collect(),
    };
    rendered(&app, &mine.incoming, 200, |frame| page.render(frame))
}

/// They agree.
pub async fn accept(State(app): State<App>, MineSent { mine, form }: MineSent<TermsForm>) -> Response {
    match agree(&app, &mine, &form.version).await {
        Ok(notice) => mine.answer(&app, mine.page, notice).await,
        Err(error) => failed(&app, &mine.incoming, &error),
    }
}

async fn agree(app: &App, mine: &Mine, version: &str) -> Result<Notice, Error> {
    let (identity, session) = (mine.me.session.identity, mine.me.session.name);
    let log = app.0.log.about(mine.incoming.visit.reference);
    let mut tx = log.begin(Actor::Identity(identity)).await?;
    let how = (session, mine.me.assessment.aal);
    if !accept_terms(log.database(), &mut tx, identity, version, how).await? {
        return Ok(Notice::TermsChanged);
    }
    tx.commit().await?;
    Ok(Notice::TermsAccepted)
}

fn text_of(say: Language, published: &Published) -> (String, Vec<String>) {
    let text = match say {
        Language::Danish => &published.terms.danish,
        Language::English => &published.terms.english,
    };
    let text = text.replace("\r\n", "\n");
    let paragraphs = text.split("\n\n").map(|it| it.trim().to_owned()).filter(|it| !it.is_empty());
    (published.terms.version.clone(), paragraphs.collect())
}
