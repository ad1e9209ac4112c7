//! The last step of the first time: an app, a code device or a security key beside the password, or a passkey instead.
//! Each has a page of its own, so that all but keys work without scripts.

use axum::extract::State;
use axum::response::Response;
use portner_authenticators::KeyFault;
use portner_authenticators::device::claim::{Claim, ClaimRefusal};
use portner_authenticators::webauthn::{Declined as KeyUnfit, Wish};
use portner_federation::{Begun, Chosen, Error, Invited, NotFinished, Welcomed};

use super::{Came, Sent, WELCOME, WelcomeForm, owned, password_page, refused};
use crate::App;
use crate::answer::{go, rendered, scripted};
use crate::failure::{failed, page};
use crate::incoming::Incoming;
use crate::pages::{
    ErrorKind, MeansProblem, PasswordChoice, WelcomeAppPage, WelcomeDevicePage, WelcomeDonePage,
    WelcomeKeyPage, WelcomeStep, WelcomeWays,
};

/// One of the pages.
pub async fn show(State(app): State<App>, incoming: Incoming) -> Response {
    match WelcomeStep::at(&incoming.path) {
        Some(step) => step_page(&app, &incoming, (step, &WelcomeForm::default()), None).await,
        None => page(&app, &incoming, ErrorKind::NotFound),
    }
}

/// Everything is chosen.
pub async fn finish(State(app): State<App>, incoming: Incoming, form: Sent) -> Response {
    let Some(step) = WelcomeStep::at(&incoming.path) else {
        return page(&app, &incoming, ErrorKind::NotFound);
    };
    let form = match owned(form, &step.action(), &incoming) {
        Ok(form) => form,
        Err(kind) => return page(&app, &incoming, kind),
    };
    let finished = match finished(&app, step, &form, &incoming).await {
        Ok(finished) => finished,
        Err(error) => return failed(&app, &incoming, &error),
    };
    match finished {
        Ok(welcomed) => done_page(&app, &incoming, step, &welcomed),
        Err(NotDone::Gone) => refused(&app, &incoming, &Begun::NotGood, Came::ByLink),
        Err(NotDone::NoPassword) => {
            let gone = vec![MeansProblem::PasswordGone];
            password_page(&app, &incoming, PasswordChoice::New, gone).await
        }
        Err(NotDone::Because(problem)) => step_page(&app, &incoming, (step, &form), Some(problem)).await,
    }
}

/// Why it is not finished.
enum NotDone {
    Gone,
    NoPassword,
    Because(MeansProblem),
}

async fn finished(
    app: &App,
    step: WelcomeStep,
    form: &WelcomeForm,
    incoming: &Incoming,
) -> Result<Result<Welcomed, NotDone>, Error> {
    let because = |problem| Ok(Err(NotDone::Because(problem)));
    let is_empty = |field: &str| field.trim().is_empty();
    let name = form.name.parse();
    let chosen = match (step, &name) {
        (WelcomeStep::App, _) if is_empty(&form.code) => return because(MeansProblem::EmptyCode),
        (WelcomeStep::App, _) => Chosen::App(&form.code),
        (WelcomeStep::Device, _)
            if [&form.serial, &form.code, &form.next_code].into_iter().any(|it| is_empty(it)) =>
        {
            return because(MeansProblem::DeviceIncomplete);
        }
        (WelcomeStep::Device, _) => {
            Chosen::Device(Claim { serial: &form.serial, codes: [&form.code, &form.next_code] })
        }
        (WelcomeStep::SecurityKey | WelcomeStep::Passkey, Err(_)) => {
            return because(MeansProblem::KeyNeedsName);
        }
        (WelcomeStep::SecurityKey | WelcomeStep::Passkey, Ok(name)) => {
            Chosen::Key { wish: wish(step), name, response: &form.response }
        }
    };
    let finished = app.0.federation.finish_welcome(chosen, &incoming.visit).await?;
    Ok(finished.map_err(|why| match why {
        NotFinished::Gone => NotDone::Gone,
        NotFinished::NoPassword => NotDone::NoPassword,
        NotFinished::SecretGone => NotDone::Because(MeansProblem::NewSecret),
        NotFinished::WrongCode => NotDone::Because(MeansProblem::WrongCode),
        NotFinished::Device(ClaimRefusal::Wrong) => NotDone::Because(MeansProblem::DeviceWrong),
        NotFinished::Device(ClaimRefusal::TooMany(_)) => NotDone::Because(MeansProblem::DeviceTooMany),
        NotFinished::Key(unfit) => NotDone::Because(key_problem(unfit)),
    }))
}

const fn wish(step: WelcomeStep) -> Wish {
    match step {
        WelcomeStep::Passkey => Wish::Passkey,
        WelcomeStep::App | WelcomeStep::Device | WelcomeStep::SecurityKey => Wish::SecurityKey,
    }
}

const fn key_problem(unfit: KeyUnfit) -> MeansProblem {
    match unfit {
        KeyUnfit::Fault(KeyFault::Over) => MeansProblem::KeyTooLate,
        KeyUnfit::Fault(_) | KeyUnfit::TooMany => MeansProblem::KeyUnfit,
        KeyUnfit::Taken => MeansProblem::KeyTaken,
        KeyUnfit::ModelNotAccepted | KeyUnfit::ModelWithdrawn => MeansProblem::KeyModel,
        KeyUnfit::NotDiscoverable => MeansProblem::KeyNoPasskey,
    }
}

/// A page, with what was typed on it before.
async fn step_page(
    app: &App,
    incoming: &Incoming,
    (step, form): (WelcomeStep, &WelcomeForm),
    problem: Option<MeansProblem>,
) -> Response {
    let federation = &app.0.federation;
    let invited = match federation.welcome_under_way(&incoming.visit).await {
        Ok(Some(invited)) => invited,
        Ok(None) => return go(incoming, WELCOME),
        Err(error) => return failed(app, incoming, &error),
    };
    match federation.has_chosen_password(&invited).await {
        Ok(false) if step != WelcomeStep::Passkey => return go(incoming, WELCOME),
        Ok(_) => {}
        Err(error) => return failed(app, incoming, &error),
    }
    let drawn = match step {
        WelcomeStep::App => app_page(app, incoming, &invited, problem).await,
        WelcomeStep::Device => device_page(app, incoming, &form.serial, problem).await,
        WelcomeStep::SecurityKey | WelcomeStep::Passkey => {
            key_page(app, incoming, (step, &invited), problem).await
        }
    };
    drawn.unwrap_or_else(|error| failed(app, incoming, &error))
}

/// What may stand beside the password here: no device where there are none, no key where none can be bound.
async fn ways(app: &App, current: WelcomeStep) -> Result<WelcomeWays, Error> {
    let mut all = vec![WelcomeStep::App];
    if app.0.authenticators.has_code_devices_in_stock().await? {
        all.push(WelcomeStep::Device);
    }
    if app.0.federation.takes_keys() {
        all.push(WelcomeStep::SecurityKey);
    }
    Ok(WelcomeWays { all, current })
}

async fn app_page(
    app: &App,
    incoming: &Incoming,
    invited: &Invited,
    problem: Option<MeansProblem>,
) -> Result<Response, Error> {
    let encoded = |text: &str| {
        url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20")
    };
    let (issuer, user_name) =
        (encoded(&app.0.site.organisation), encoded(invited.identity.user_name.as_str()));
    let secret = app.0.federation.welcome_secret(invited).await?.expose();
    let action = WelcomeStep::App.action();
    let page = WelcomeAppPage {
        action: &action,
        csrf: &incoming.form_token(&action),
        ways: ways(app, WelcomeStep::App).await?,
        secret: &secret,
        otpauth_url: &format!("otpauth://totp/{issuer}:{user_name}?secret={}&issuer={issuer}", *secret),
        problem,
    };
    Ok(rendered(app, incoming, 200, |frame| page.render(frame)))
}

async fn device_page(
    app: &App,
    incoming: &Incoming,
    serial: &str,
    problem: Option<MeansProblem>,
) -> Result<Response, Error> {
    let action = WelcomeStep::Device.action();
    let page = WelcomeDevicePage {
        action: &action,
        csrf: &incoming.form_token(&action),
        ways: ways(app, WelcomeStep::Device).await?,
        serial,
        problem,
    };
    Ok(rendered(app, incoming, 200, |frame| page.render(frame)))
}

async fn key_page(
    app: &App,
    incoming: &Incoming,
    (step, invited): (WelcomeStep, &Invited),
    problem: Option<MeansProblem>,
) -> Result<Response, Error> {
    let Some(options) = app.0.federation.welcome_key_question(invited, wish(step)).await? else {
        return Ok(page(app, incoming, ErrorKind::NotFound));
    };
    let action = step.action();
    let page = WelcomeKeyPage {
        action: &action,
        csrf: &incoming.form_token(&action),
        ways: ways(app, step).await?,
        options: &options,
        problem,
    };
    Ok(scripted(rendered(app, incoming, 200, |frame| page.render(frame))))
}

fn done_page(app: &App, incoming: &Incoming, with: WelcomeStep, welcomed: &Welcomed) -> Response {
    let page = WelcomeDonePage {
        with,
        user_name: welcomed.identity.user_name.as_str(),
        best: welcomed.best.loa,
        reasons: welcomed.best.because.iter().map(|reason| incoming.language.explain(reason)).collect(),
        login_href: "/login",
    };
    rendered(app, incoming, 200, |frame| page.render(frame))
}
