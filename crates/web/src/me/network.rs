//! The network password as the password here: typed once more, asked about at the directory, and kept.

use axum::extract::State;
use axum::response::Response;
use portner_authenticators::{NotAdopted, Password, PasswordProblem, Refusal};
use portner_domain::authenticator::{Kind, registered_level};
use portner_federation::OwnPage;
use serde::Deserialize;

use super::{Mine, MineSent, path_of};
use crate::App;
use crate::answer::rendered;
use crate::failure::{failed, page};
use crate::pages::{ErrorKind, NetworkPasswordPage, Notice};
use crate::sent::WithToken;

/// The form with the password.
#[derive(Deserialize)]
pub struct NetworkForm {
    #[serde(default)]
    csrf: String,
    #[serde(default)]
    password: String,
}

impl WithToken for NetworkForm {
    fn token(&self) -> &str {
        &self.csrf
    }
}

/// The form.
pub async fn show(State(app): State<App>, mine: Mine) -> Response {
    if !app.0.federation.knows_network_passwords() {
        return page(&app, &mine.incoming, ErrorKind::NotFound);
    }
    let ceremony = match mine.me.may_bind() {
        Ok(ceremony) => ceremony,
        Err(refusal) => return mine.not_now(&app, refusal).await,
    };
    let own = match mine.own(&app).await {
        Ok(own) => own,
        Err(response) => return response,
    };
    let page = NetworkPasswordPage {
        own: &own,
        action: &path_of(mine.page),
        csrf: &mine.token(),
        user_name: mine.me.standing.identity.user_name.as_str(),
        level: registered_level(Kind::Password, ceremony),
        other_href: &path_of(OwnPage::ChangePassword),
    };
    rendered(&app, &mine.incoming, 200, |frame| page.render(frame))
}

/// The password.
pub async fn adopt(State(app): State<App>, MineSent { mine, form }: MineSent<NetworkForm>) -> Response {
    // Before a directory is asked for somebody who may not.
    if let Err(refusal) = mine.me.may_bind() {
        return mine.not_now(&app, refusal).await;
    }
    let password = match Password::typed(&form.password) {
        Ok(password) => password,
        Err(PasswordProblem::Empty) => return mine.answer(&app, mine.page, Notice::NoPassword).await,
        Err(_) => return mine.answer(&app, mine.page, Notice::PasswordTooLong).await,
    };
    let (identity, visit) = (&mine.me.standing.identity, &mine.incoming.visit);
    let hashed = match app.0.federation.network_password(identity, &password, visit).await {
        Ok(Ok(hashed)) => hashed,
        Ok(Err(refused)) => return mine.answer(&app, mine.page, notice_of(refused)).await,
        Err(error) => return failed(&app, &mine.incoming, &error),
    };
    let done = app.0.federation.change_password(&hashed, visit).await;
    mine.changed(&app, done, OwnPage::Authenticators, Notice::NetworkAdopted).await
}

/// What is said of a network password that was not taken.
pub const fn notice_of(refused: NotAdopted) -> Notice {
    match refused {
        NotAdopted::NotGoodEnough(weakness) => Notice::Weak(weakness),
        NotAdopted::NoDirectory | NotAdopted::Refused(Refusal::Unavailable) => Notice::NetworkUnavailable,
        NotAdopted::Refused(Refusal::TooMany(_)) => Notice::NetworkTooMany,
        NotAdopted::Refused(Refusal::Busy) => Notice::NetworkBusy,
        NotAdopted::Refused(Refusal::NetworkPasswordExpired) => Notice::NetworkExpired,
        NotAdopted::Refused(Refusal::NetworkAccountUnusable) => Notice::NetworkUnusable,
        NotAdopted::Refused(
            Refusal::Wrong | Refusal::AlreadyUsed | Refusal::MustChange(_) | Refusal::Key(_),
        ) => Notice::NetworkWrong,
    }
}
