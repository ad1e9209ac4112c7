//! A new app for one-time codes. The secret is made here, shown to the session that may bind it, and bound when the
//! app has shown a code made with it.

use axum::extract::State;
use axum::response::Response;
use portner_authenticators::TOTP_PENDING_LIFE;
use portner_domain::authenticator::{Kind, registered_level};
use portner_federation::OwnPage;
use serde::Deserialize;

use super::{Mine, MineSent, path_of};
use crate::App;
use crate::answer::rendered;
use crate::failure::failed;
use crate::pages::{AddTotpPage, Notice, Replaces};
use crate::sent::WithToken;

/// The form with the first code.
#[derive(Deserialize)]
pub struct CodeForm {
    #[serde(default)]
    csrf: String,
    #[serde(default)]
    code: String,
}

impl WithToken for CodeForm {
    fn token(&self) -> &str {
        &self.csrf
    }
}

/// The secret.
pub async fn show(State(app): State<App>, mine: Mine) -> Response {
    let ceremony = match mine.me.may_bind() {
        Ok(ceremony) => ceremony,
        Err(refusal) => return mine.not_now(&app, refusal).await,
    };
    let own = match mine.own(&app).await {
        Ok(own) => own,
        Err(response) => return response,
    };
    let secret = match app.0.authenticators.pending_totp(mine.me.session.name).await {
        Ok(secret) => secret.expose(),
        Err(error) => return failed(&app, &mine.incoming, &error.into()),
    };
    let has_one = mine.me.standing.authenticators.iter().any(|has| has.kind == Kind::Totp);
    let page = AddTotpPage {
        own: &own,
        action: &path_of(mine.page),
        csrf: &mine.token(),
        secret: &secret,
        otpauth_url: &otpauth_url(&app, &mine, &secret),
        replaces: if has_one { Replaces::AnOldOne } else { Replaces::Nothing },
        level: registered_level(Kind::Totp, ceremony),
        minutes: TOTP_PENDING_LIFE.whole_minutes(),
        back_href: &path_of(OwnPage::Authenticators),
    };
    rendered(&app, &mine.incoming, 200, |frame| page.render(frame))
}

/// The first code.
pub async fn confirm(State(app): State<App>, MineSent { mine, form }: MineSent<CodeForm>) -> Response {
    if form.code.trim().is_empty() {
        return mine.answer(&app, mine.page, Notice::NoCode).await;
    }
    let done = app.0.federation.add_totp(&form.code, &mine.incoming.visit).await;
    mine.changed(&app, done, OwnPage::Authenticators, Notice::TotpAdded).await
}

/// What an app reads: whose it is, and where (the key URI format of authenticator apps).
fn otpauth_url(app: &App, mine: &Mine, secret: &str) -> String {
    let encoded = |text: &str| -> String {
        // A plus sign for a space is for forms; apps show it.
        url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20")
    };
    let issuer = encoded(&app.0.site.organisation);
    let name = encoded(mine.me.standing.identity.user_name.as_str());
    format!("otpauth://totp/{issuer}:{name}?secret={secret}&issuer={issuer}")
}
