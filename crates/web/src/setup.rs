//! The first administrator, made through a link that works once.

use axum::extract::rejection::FormRejection;
use axum::extract::{Form, Path, State};
use axum::response::Response;
use portner_authenticators::{
    Owner, PASSWORD_BYTES_MAX, PASSWORD_CHARS_MIN, Password, PasswordProblem, TotpSecret, Weakness,
};
use portner_directory::{NewEmployee, SetupToken, check_setup_link, use_setup_link};
use portner_domain::authenticator::Ceremony;
use portner_domain::identity::{Employment, USER_NAME_CHARS_MAX, UserName};
use portner_domain::life::Admission;
use portner_domain::role::{Grant, Role};
use portner_federation::Error;
use serde::Deserialize;

use crate::App;
use crate::answer::rendered;
use crate::failure::{failed, page, unreadable};
use crate::incoming::Incoming;
use crate::pages::{ErrorKind, SetupDonePage, SetupLinkInvalidPage, SetupPage, SetupProblem};

/// Longest name, in characters.
const NAME_CHARS_MAX: usize = 200;

/// What somebody typed.
#[derive(Default, Deserialize)]
pub struct SetupForm {
    #[serde(default)]
    csrf: String,
    #[serde(default)]
    full_name: String,
    #[serde(default)]
    username: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    password_again: String,
    /// The secret that the page showed. Its owner sees it anyway, so it travels in the form.
    #[serde(default)]
    secret: String,
    #[serde(default)]
    code: String,
}

/// What it means.
struct Administrator {
    user_name: UserName,
    full_name: String,
    password: Password,
    secret: TotpSecret,
}

/// The form, if the link works.
pub async fn show(State(app): State<App>, Path(token): Path<String>, mut incoming: Incoming) -> Response {
    match check_setup_link(app.0.log.database(), &SetupToken::received(&token), app.0.log.now()).await {
        Ok(true) => {
            incoming.visit.keep_browser(&*app.0.entropy);
            let secret = TotpSecret::generate(&*app.0.entropy).expose().to_string();
            let form = SetupForm { secret, ..SetupForm::default() };
            form_page(&app, &incoming, &token, &form, Vec::new())
        }
        Ok(false) => invalid(&app, &incoming),
        Err(error) => failed(&app, &incoming, &error.into()),
    }
}

/// The form, filled in.
pub async fn submit(
    State(app): State<App>,
    Path(token): Path<String>,
    incoming: Incoming,
    form: Result<Form<SetupForm>, FormRejection>,
) -> Response {
    // The link first: without one that works nobody has anything hashed or looked up here.
    match check_setup_link(app.0.log.database(), &SetupToken::received(&token), app.0.log.now()).await {
        Ok(true) => {}
        Ok(false) => return invalid(&app, &incoming),
        Err(error) => return failed(&app, &incoming, &error.into()),
    }
    let Form(form) = match form {
        Ok(form) => form,
        Err(rejection) => return page(&app, &incoming, unreadable(&rejection)),
    };
    if !incoming.owns_form(&token, &form.csrf) {
        return page(&app, &incoming, ErrorKind::FormExpired);
    }
    let administrator = match understood(&form, &app) {
        Ok(administrator) => administrator,
        Err(problems) => return form_page(&app, &incoming, &token, &form, problems),
    };
    match make(&app, &SetupToken::received(&token), &administrator).await {
        Ok(Made::Done) => {
            let page = SetupDonePage { user_name: administrator.user_name.as_str(), login_href: "/login" };
            rendered(&app, &incoming, 200, |frame| page.render(frame))
        }
        Ok(Made::LinkDoesNotWork) => invalid(&app, &incoming),
        Ok(Made::UserNameTaken) => {
            form_page(&app, &incoming, &token, &form, vec![SetupProblem::UserNameTaken])
        }
        Ok(Made::WeakPassword(why)) => {
            let minimum = app.0.authenticators.rules().chars_min();
            form_page(&app, &incoming, &token, &form, vec![SetupProblem::WeakPassword { why, minimum }])
        }
        Err(error) => failed(&app, &incoming, &error),
    }
}

enum Made {
    Done,
    LinkDoesNotWork,
    UserNameTaken,
    WeakPassword(Weakness),
}

/// One transaction: the link is used up if and only if the administrator exists.
async fn make(app: &App, token: &SetupToken, new: &Administrator) -> Result<Made, Error> {
    let owner = Owner::called([new.user_name.as_str(), &new.full_name]);
    let password = match app.0.authenticators.choose_first_password(&owner, &new.password).await? {
        Ok(password) => password,
        Err(weakness) => return Ok(Made::WeakPassword(weakness)),
    };
    let actor = portner_audit_log::Actor::system("setup");
    let mut tx = app.0.log.begin(actor).await?;
    if !use_setup_link(&mut tx, token).await? {
        return Ok(Made::LinkDoesNotWork);
    }
    let (first_name, last_name) = new.full_name.rsplit_once(' ').unwrap_or((&new.full_name, ""));
    let employee = NewEmployee {
        user_name: new.user_name.clone(),
        first_name: first_name.to_owned(),
        last_name: last_name.to_owned(),
        email: None,
        cvr: app.0.cvr.clone(),
        employment: Employment::Entered,
        admission: Admission::Permitted,
    };
    let identity = match portner_directory::register(&mut tx, &*app.0.entropy, &employee).await? {
        Ok(identity) => identity.id,
        // Nothing else can stand in the way of somebody new.
        Err(_) => return Ok(Made::UserNameTaken),
    };
    let grant = Grant { role: Role::SecurityAdministrator, unit: None, until: None };
    if let Err(refusal) = portner_directory::grant(&mut tx, identity, &grant).await? {
        return Err(Error::Corrupt(refusal.to_string()));
    }
    let ceremony = Ceremony::Unvouched;
    app.0.authenticators.bind_password(&mut tx, identity, &password, ceremony).await?;
    app.0.authenticators.bind_totp(&mut tx, identity, &new.secret, ceremony).await?;
    tx.commit().await?;
    Ok(Made::Done)
}

/// What was typed, or everything that is wrong with it.
fn understood(form: &SetupForm, app: &App) -> Result<Administrator, Vec<SetupProblem>> {
    let mut problems = Vec::new();
    let full_name: String = form.full_name.trim().chars().take(NAME_CHARS_MAX).collect();
    if full_name.is_empty() {
        problems.push(SetupProblem::EmptyFullName);
    }
    let user_name = form.username.parse::<UserName>();
    if user_name.is_err() {
        let empty = form.username.trim().is_empty();
        let bad = SetupProblem::BadUserName { maximum: USER_NAME_CHARS_MAX };
        problems.push(if empty { SetupProblem::EmptyUserName } else { bad });
    }
    let password = Password::chosen(&form.password);
    match &password {
        Err(PasswordProblem::Empty) => problems.push(SetupProblem::EmptyPassword),
        Err(PasswordProblem::TooShort) => {
            problems.push(SetupProblem::PasswordTooShort { minimum: PASSWORD_CHARS_MIN })
        }
        Err(PasswordProblem::TooLong) => {
            problems.push(SetupProblem::PasswordTooLong { maximum: PASSWORD_BYTES_MAX })
        }
        Ok(_) if form.password != form.password_again => problems.push(SetupProblem::PasswordsDiffer),
        Ok(_) => {}
    }
    let secret = TotpSecret::from_base32(&form.secret);
    let shown = secret.as_ref().is_ok_and(|secret| secret.step_of(&form.code, app.0.log.now()).is_some());
    if !shown {
        let empty = form.code.trim().is_empty();
        problems.push(if empty { SetupProblem::EmptyCode } else { SetupProblem::WrongCode });
    }
    match (user_name, password, secret) {
        (Ok(user_name), Ok(password), Ok(secret)) if problems.is_empty() => {
            Ok(Administrator { user_name, full_name, password, secret })
        }
        _ => Err(problems),
    }
}

fn form_page(
    app: &App,
    incoming: &Incoming,
    token: &str,
    form: &SetupForm,
    problems: Vec<SetupProblem>,
) -> Response {
    let issuer = &app.0.site.organisation;
    let label: String = url::form_urlencoded::byte_serialize(issuer.as_bytes()).collect();
    let page = SetupPage {
        action: &format!("/setup/{token}"),
        csrf: &incoming.form_token(token),
        full_name: &form.full_name,
        user_name: &form.username,
        password_chars_min: app.0.authenticators.rules().chars_min(),
        totp_secret: &form.secret,
        otpauth_url: &format!("otpauth://totp/{label}?secret={}&issuer={label}", form.secret),
        problems,
    };
    rendered(app, incoming, 200, |frame| page.render(frame))
}

fn invalid(app: &App, incoming: &Incoming) -> Response {
    let reference = incoming.visit.reference.to_string();
    let page = SetupLinkInvalidPage { reference: &reference };
    rendered(app, incoming, 404, |frame| page.render(frame))
}
