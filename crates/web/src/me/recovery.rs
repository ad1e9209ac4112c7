//! Codes on paper: how many are left, and a new set, which is shown once.

use axum::extract::State;
use axum::response::Response;
use portner_federation::{Declined, OwnPage};
use serde::Deserialize;

use super::{Mine, MineSent, path_of};
use crate::App;
use crate::answer::rendered;
use crate::failure::{failed, page};
use crate::pages::{ErrorKind, RecoveryCodesMadePage, RecoveryCodesPage};
use crate::sent::WithToken;

/// The button.
#[derive(Deserialize)]
pub struct MakeForm {
    #[serde(default)]
    csrf: String,
}

impl WithToken for MakeForm {
    fn token(&self) -> &str {
        &self.csrf
    }
}

/// How many are left.
pub async fn show(State(app): State<App>, mine: Mine) -> Response {
    let own = match mine.own(&app).await {
        Ok(own) => own,
        Err(response) => return response,
    };
    let left = match app.0.federation.recovery_codes_left(&mine.me).await {
        Ok(left) => left,
        Err(error) => return failed(&app, &mine.incoming, &error),
    };
    let page = RecoveryCodesPage {
        own: &own,
        action: &path_of(OwnPage::RecoveryCodes),
        csrf: &mine.token(),
        left,
        back_href: &path_of(OwnPage::Authenticators),
    };
    rendered(&app, &mine.incoming, 200, |frame| page.render(frame))
}

/// A new set. This answer is the only place where it can be read.
pub async fn make(State(app): State<App>, sent: MineSent<MakeForm>) -> Response {
    let mine = sent.mine;
    let codes = match app.0.federation.new_recovery_codes(&mine.incoming.visit).await {
        Ok(Ok(codes)) => codes,
        Ok(Err(Declined::Rule(refusal))) => return mine.not_now(&app, refusal).await,
        Ok(Err(_)) => return page(&app, &mine.incoming, ErrorKind::FormExpired),
        Err(error) => return failed(&app, &mine.incoming, &error),
    };
    let own = match mine.own(&app).await {
        Ok(own) => own,
        Err(response) => return response,
    };
    let page = RecoveryCodesMadePage {
        own: &own,
        user_name: mine.me.standing.identity.user_name.as_str(),
        codes: codes.iter().map(|code| code.expose()).collect(),
        back_href: &path_of(OwnPage::Authenticators),
    };
    rendered(&app, &mine.incoming, 200, |frame| page.render(frame))
}
