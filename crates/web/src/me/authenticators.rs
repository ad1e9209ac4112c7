//! What somebody logs in with: seen, named, removed, reported lost.

use axum::extract::State;
use axum::response::Response;
use portner_authenticators::{AuthenticatorName, Owned};
use portner_domain::AuthenticatorId;
use portner_domain::authenticator::{Factor, Kind};
use portner_federation::OwnPage;
use serde::Deserialize;

use super::{Mine, MineSent, OnlyToken, path_of};
use crate::answer::rendered;
use crate::failure::{failed, page};
use crate::pages::{
    AuthenticatorRow, AuthenticatorsPage, ErrorKind, Notice, RemovePage, RenamePage, ReportLostPage,
    date_and_time,
};
use crate::sent::WithToken;
use crate::{App, Language};

/// All of them.
pub async fn show(State(app): State<App>, mine: Mine) -> Response {
    let own = match mine.own(&app).await {
        Ok(own) => own,
        Err(response) => return response,
    };
    let owned = match app.0.authenticators.owned(mine.me.session.identity).await {
        Ok(owned) => owned,
        Err(error) => return failed(&app, &mine.incoming, &error.into()),
    };
    let stock = match app.0.authenticators.has_code_devices_in_stock().await {
        Ok(stock) => stock.then_some(OwnPage::AddCodeDevice),
        Err(error) => return failed(&app, &mine.incoming, &error.into()),
    };
    let page = AuthenticatorsPage {
        own: &own,
        rows: owned.iter().map(|of| row(mine.incoming.language, of)).collect(),
        lost: mine.me.lost.clone(),
        add: added(&owned, stock),
        block_href: &path_of(OwnPage::Block),
    };
    rendered(&app, &mine.incoming, 200, |frame| page.render(frame))
}

fn row(say: Language, of: &Owned) -> AuthenticatorRow {
    let (id, kind) = (of.authenticator.id, of.authenticator.kind);
    let is_device = kind.factors().contains(&Factor::Possession);
    let replaced_at = match kind {
        Kind::Totp => Some(OwnPage::AddTotp),
        Kind::TotpDevice => Some(OwnPage::AddCodeDevice),
        Kind::Password => Some(OwnPage::ChangePassword),
        Kind::RecoveryCode => Some(OwnPage::RecoveryCodes),
        _ => None,
    };
    AuthenticatorRow {
        kind,
        name: of.name.clone(),
        level: of.authenticator.registered,
        since: date_and_time(say, of.bound_at),
        used: of.used_at.map(|at| date_and_time(say, at)),
        rename_href: path_of(OwnPage::Rename(id)),
        replace_href: replaced_at.map(path_of),
        remove_href: (kind != Kind::NetworkPassword).then(|| path_of(OwnPage::Remove(id))),
        lost_href: is_device.then(|| path_of(OwnPage::ReportLost(id))),
    }
}

/// What they have not got, and may add here; code devices, if any are in stock.
fn added(owned: &[Owned], devices: Option<OwnPage>) -> Vec<(String, &'static str)> {
    let has = |kind| owned.iter().any(|of| of.authenticator.kind == kind);
    let mut add = Vec::new();
    if !has(Kind::Totp) {
        add.push((path_of(OwnPage::AddTotp), "me-add-totp"));
    }
    if let Some(page) = devices.filter(|_| !has(Kind::TotpDevice)) {
        add.push((path_of(page), "me-add-device"));
    }
    if !has(Kind::Password) && !has(Kind::NetworkPassword) {
        add.push((path_of(OwnPage::ChangePassword), "me-add-password"));
    }
    add.push((path_of(OwnPage::AddKey), "me-add-key"));
    if !has(Kind::RecoveryCode) {
        add.push((path_of(OwnPage::RecoveryCodes), "me-add-recovery"));
    }
    add
}

/// A form with a name in it.
#[derive(Deserialize)]
pub struct NameForm {
    #[serde(default)]
    csrf: String,
    #[serde(default)]
    name: String,
}

impl WithToken for NameForm {
    fn token(&self) -> &str {
        &self.csrf
    }
}

/// What is it to be called?
pub async fn ask_name(State(app): State<App>, mine: Mine) -> Response {
    let (own, of) = match about(&app, &mine).await {
        Ok(about) => about,
        Err(response) => return response,
    };
    let page = RenamePage {
        own: &own,
        action: &path_of(mine.page),
        csrf: &mine.token(),
        kind: of.authenticator.kind,
        name: of.name.as_deref().unwrap_or_default(),
        back_href: &path_of(OwnPage::Authenticators),
    };
    rendered(&app, &mine.incoming, 200, |frame| page.render(frame))
}

/// It is called so from now on.
pub async fn rename(State(app): State<App>, MineSent { mine, form }: MineSent<NameForm>) -> Response {
    let Some(id) = which(mine.page) else { return page(&app, &mine.incoming, ErrorKind::NotFound) };
    let Ok(name) = form.name.parse::<AuthenticatorName>() else {
        return mine.answer(&app, mine.page, Notice::BadName).await;
    };
    let done = app.0.federation.rename_authenticator(id, &name, &mine.incoming.visit).await;
    mine.changed(&app, done, OwnPage::Authenticators, Notice::Renamed).await
}

/// Away with it? Whoever may not is told so, or asked for more, before anything is read.
pub async fn ask_to_remove(State(app): State<App>, mine: Mine) -> Response {
    let Some(id) = which(mine.page) else { return page(&app, &mine.incoming, ErrorKind::NotFound) };
    if let Err(refusal) = mine.me.may_remove(id) {
        return mine.not_now(&app, refusal).await;
    }
    let (own, of) = match about(&app, &mine).await {
        Ok(about) => about,
        Err(response) => return response,
    };
    let page = RemovePage {
        own: &own,
        action: &path_of(mine.page),
        csrf: &mine.token(),
        kind: of.authenticator.kind,
        name: of.name.as_deref(),
        back_href: &path_of(OwnPage::Authenticators),
    };
    rendered(&app, &mine.incoming, 200, |frame| page.render(frame))
}

/// Away with it.
pub async fn remove(State(app): State<App>, MineSent { mine, .. }: MineSent<OnlyToken>) -> Response {
    let Some(id) = which(mine.page) else { return page(&app, &mine.incoming, ErrorKind::NotFound) };
    let done = app.0.federation.remove_authenticator(id, &mine.incoming.visit).await;
    mine.changed(&app, done, OwnPage::Authenticators, Notice::Removed).await
}

/// Is it lost?
pub async fn ask_whether_lost(State(app): State<App>, mine: Mine) -> Response {
    let (own, of) = match about(&app, &mine).await {
        Ok(about) => about,
        Err(response) => return response,
    };
    let page = ReportLostPage {
        own: &own,
        action: &path_of(mine.page),
        csrf: &mine.token(),
        kind: of.authenticator.kind,
        name: of.name.as_deref(),
        back_href: &path_of(OwnPage::Authenticators),
    };
    rendered(&app, &mine.incoming, 200, |frame| page.render(frame))
}

/// It is lost. Any session may say so.
pub async fn report_lost(State(app): State<App>, MineSent { mine, .. }: MineSent<OnlyToken>) -> Response {
    let Some(id) = which(mine.page) else { return page(&app, &mine.incoming, ErrorKind::NotFound) };
    let done = app.0.federation.report_lost(id, &mine.incoming.visit).await;
    mine.changed(&app, done, OwnPage::Authenticators, Notice::Reported).await
}

const fn which(page: OwnPage) -> Option<AuthenticatorId> {
    match page {
        OwnPage::Rename(id) | OwnPage::Remove(id) | OwnPage::ReportLost(id) => Some(id),
        _ => None,
    }
}

/// The authenticator that a page is about, if it is theirs, and what stands around the page.
async fn about(app: &App, mine: &Mine) -> Result<(crate::pages::Own, Owned), Response> {
    let owned = app.0.authenticators.owned(mine.me.session.identity).await;
    let owned = owned.map_err(|error| failed(app, &mine.incoming, &error.into()))?;
    let of = owned.into_iter().find(|of| Some(of.authenticator.id) == which(mine.page));
    let of = of.ok_or_else(|| page(app, &mine.incoming, ErrorKind::NotFound))?;
    Ok((mine.own(app).await?, of))
}
