//! A code device that its holder registers: its serial number, and two codes that it showed one after the other.

use axum::extract::State;
use axum::response::Response;
use portner_authenticators::device::claim::Claim;
use portner_domain::authenticator::{Kind, registered_level};
use portner_federation::OwnPage;
use serde::Deserialize;

use super::{Mine, MineSent, path_of};
use crate::App;
use crate::answer::rendered;
use crate::pages::{AddCodeDevicePage, Notice, Replaces};
use crate::sent::WithToken;

/// The form.
#[derive(Deserialize)]
pub struct DeviceForm {
    #[serde(default)]
    csrf: String,
    #[serde(default)]
    serial: String,
    #[serde(default)]
    code: String,
    #[serde(default)]
    next_code: String,
}

impl WithToken for DeviceForm {
    fn token(&self) -> &str {
        &self.csrf
    }
}

/// Which device?
pub async fn show(State(app): State<App>, mine: Mine) -> Response {
    let ceremony = match mine.me.may_bind() {
        Ok(ceremony) => ceremony,
        Err(refusal) => return mine.not_now(&app, refusal).await,
    };
    let own = match mine.own(&app).await {
        Ok(own) => own,
        Err(response) => return response,
    };
    let has_one = mine.me.standing.authenticators.iter().any(|has| has.kind == Kind::TotpDevice);
    let page = AddCodeDevicePage {
        own: &own,
        action: &path_of(mine.page),
        csrf: &mine.token(),
        replaces: if has_one { Replaces::AnOldOne } else { Replaces::Nothing },
        level: registered_level(Kind::TotpDevice, ceremony),
        back_href: &path_of(OwnPage::Authenticators),
    };
    rendered(&app, &mine.incoming, 200, |frame| page.render(frame))
}

/// This one.
pub async fn add(State(app): State<App>, MineSent { mine, form }: MineSent<DeviceForm>) -> Response {
    let typed = [&form.serial, &form.code, &form.next_code];
    if typed.iter().any(|field| field.trim().is_empty()) {
        return mine.answer(&app, mine.page, Notice::DeviceIncomplete).await;
    }
    let claim = Claim { serial: &form.serial, codes: [&form.code, &form.next_code] };
    let done = app.0.federation.add_code_device(&claim, &mine.incoming.visit).await;
    mine.changed(&app, done, OwnPage::Authenticators, Notice::DeviceAdded).await
}
