//! Another password. The old one is not asked for: whoever may do this has just proved more than that.

use axum::extract::State;
use axum::response::Response;
use portner_authenticators::{Password, PasswordProblem};
use portner_domain::authenticator::{Kind, registered_level};
use portner_federation::OwnPage;
use serde::Deserialize;

use super::{Mine, MineSent, path_of};
use crate::App;
use crate::answer::{go, rendered};
use crate::failure::failed;
use crate::pages::{ChangePasswordPage, Notice};
use crate::sent::WithToken;

/// The form with the password, twice.
#[derive(Deserialize)]
pub struct PasswordForm {
    #[serde(default)]
    csrf: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    password_again: String,
}

impl WithToken for PasswordForm {
    fn token(&self) -> &str {
        &self.csrf
    }
}

/// The form.
pub async fn show(State(app): State<App>, mine: Mine) -> Response {
    let ceremony = match mine.me.may_bind() {
        Ok(ceremony) => ceremony,
        Err(refusal) => return mine.not_now(&app, refusal).await,
    };
    let own = match mine.own(&app).await {
        Ok(own) => own,
        Err(response) => return response,
    };
    let network = path_of(OwnPage::AdoptNetworkPassword);
    let page = ChangePasswordPage {
        own: &own,
        action: &path_of(mine.page),
        csrf: &mine.token(),
        user_name: mine.me.standing.identity.user_name.as_str(),
        level: registered_level(Kind::Password, ceremony),
        network_href: app.0.federation.knows_network_passwords().then_some(&network),
        back_href: &way_on(mine.page),
    };
    rendered(&app, &mine.incoming, 200, |frame| page.render(frame))
}

/// The password.
pub async fn change(State(app): State<App>, MineSent { mine, form }: MineSent<PasswordForm>) -> Response {
    // Before anything is hashed for somebody who may not.
    if let Err(refusal) = mine.me.may_bind() {
        return mine.not_now(&app, refusal).await;
    }
    let password = match understood(&form) {
        Ok(password) => password,
        Err(notice) => return mine.answer(&app, mine.page, notice).await,
    };
    let hashed = match app.0.authenticators.choose_password(&mine.me.standing.identity, &password).await {
        Ok(Ok(hashed)) => hashed,
        Ok(Err(weakness)) => return mine.answer(&app, mine.page, Notice::Weak(weakness)).await,
        Err(error) => return failed(&app, &mine.incoming, &error.into()),
    };
    let done = app.0.federation.change_password(&hashed, &mine.incoming.visit).await;
    if let (OwnPage::ChangePasswordFor(_), Ok(Ok(_))) = (mine.page, &done) {
        return go(&mine.incoming, &way_on(mine.page));
    }
    mine.changed(&app, done, OwnPage::Authenticators, Notice::PasswordChanged).await
}

/// Where somebody goes from here: on with the login that they came from, or to what they log in with.
fn way_on(page: OwnPage) -> String {
    match page {
        OwnPage::ChangePasswordFor(flow) => format!("/login/{flow}"),
        _ => path_of(OwnPage::Authenticators),
    }
}

fn understood(form: &PasswordForm) -> Result<Password, Notice> {
    match Password::typed(&form.password) {
        Err(PasswordProblem::Empty) => Err(Notice::NoPassword),
        Err(PasswordProblem::TooShort | PasswordProblem::TooLong) => Err(Notice::PasswordTooLong),
        Ok(_) if form.password != form.password_again => Err(Notice::PasswordsDiffer),
        Ok(password) => Ok(password),
    }
}
