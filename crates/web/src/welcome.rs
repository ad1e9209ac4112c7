//! The first time: the pages between an invitation and a login of one's own. First comes a password; what is to stand
//! beside it, or instead of it, is [`second`].
//!
//! Opening the link shows what it is for and begins nothing: programs that look at links in letters may look at it.

pub mod second;

use axum::extract::rejection::FormRejection;
use axum::extract::{Form, Path, State};
use axum::response::Response;
use portner_authenticators::{NotAdopted, PASSWORD_BYTES_MAX, Password, PasswordProblem};
use portner_federation::{Begun, Error, Invited};
use serde::Deserialize;

use crate::App;
use crate::answer::{go, rendered};
use crate::failure::{failed, page, unreadable};
use crate::incoming::Incoming;
use crate::me::notice_of;
use crate::pages::{
    ErrorKind, MeansProblem, PasswordChoice, WelcomeCodePage, WelcomeCodeProblem, WelcomeInvalidPage,
    WelcomePage, WelcomePasswordPage, WelcomeStep,
};

/// Where a code is typed, and where somebody under way goes on.
const WELCOME: &str = "/welcome";
const PASSWORD: &str = "/welcome/password";
/// Where somebody takes the network password instead of choosing one.
const NETWORK: &str = "/welcome/network";

/// What somebody typed.
#[derive(Default, Deserialize)]
pub struct WelcomeForm {
    #[serde(default)]
    csrf: String,
    #[serde(default)]
    code: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    password_again: String,
    #[serde(default)]
    serial: String,
    #[serde(default)]
    next_code: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    response: String,
}

type Sent = Result<Form<WelcomeForm>, FormRejection>;

/// Where this browser is: under way, or about to type a code.
pub async fn ask(State(app): State<App>, mut incoming: Incoming) -> Response {
    incoming.visit.keep_browser(&*app.0.entropy);
    password_page(&app, &incoming, PasswordChoice::New, Vec::new()).await
}

/// The same, with the network password.
pub async fn ask_network(State(app): State<App>, mut incoming: Incoming) -> Response {
    if !app.0.federation.knows_network_passwords() {
        return go(&incoming, WELCOME);
    }
    incoming.visit.keep_browser(&*app.0.entropy);
    password_page(&app, &incoming, PasswordChoice::Network, Vec::new()).await
}

/// A code was typed.
pub async fn typed(State(app): State<App>, incoming: Incoming, form: Sent) -> Response {
    match owned(form, WELCOME, &incoming) {
        Err(kind) => page(&app, &incoming, kind),
        Ok(form) => begin_with(&app, incoming, &form.code, Came::Typed).await,
    }
}

/// What the link is for.
pub async fn show(State(app): State<App>, Path(code): Path<String>, mut incoming: Incoming) -> Response {
    incoming.visit.keep_browser(&*app.0.entropy);
    match app.0.federation.look_at_invitation(&code, &incoming.visit).await {
        Ok(Begun::Here(invited)) => {
            let page = WelcomePage {
                action: &format!("{WELCOME}/{code}"),
                csrf: &incoming.form_token(&purpose(&code)),
                user_name: invited.identity.user_name.as_str(),
                expires: invited.invitation.expires,
            };
            rendered(&app, &incoming, 200, |frame| page.render(frame))
        }
        Ok(other) => refused(&app, &incoming, &other, Came::ByLink),
        Err(error) => failed(&app, &incoming, &error),
    }
}

/// The button below it.
pub async fn begin(
    State(app): State<App>,
    Path(code): Path<String>,
    incoming: Incoming,
    form: Sent,
) -> Response {
    match owned(form, &purpose(&code), &incoming) {
        Err(kind) => page(&app, &incoming, kind),
        Ok(_) => begin_with(&app, incoming, &code, Came::ByLink).await,
    }
}

/// A password is chosen.
pub async fn password(State(app): State<App>, incoming: Incoming, form: Sent) -> Response {
    choose(&app, &incoming, PasswordChoice::New, form).await
}

/// The network password is typed.
pub async fn network(State(app): State<App>, incoming: Incoming, form: Sent) -> Response {
    choose(&app, &incoming, PasswordChoice::Network, form).await
}

async fn choose(app: &App, incoming: &Incoming, choice: PasswordChoice, form: Sent) -> Response {
    let form = match owned(form, action_of(choice), incoming) {
        Ok(form) => form,
        Err(kind) => return page(app, incoming, kind),
    };
    // Without an invitation under way nobody has anything hashed here, and no directory is asked.
    let invited = match app.0.federation.welcome_under_way(&incoming.visit).await {
        Ok(Some(invited)) => invited,
        Ok(None) => return go(incoming, WELCOME),
        Err(error) => return failed(app, incoming, &error),
    };
    let password = match understood(choice, &form) {
        Ok(password) => password,
        Err(problems) => return password_page(app, incoming, choice, problems).await,
    };
    match kept(app, (&invited, choice), &password, incoming).await {
        Ok(Ok(())) => go(incoming, WelcomeStep::App.path()),
        Ok(Err(problem)) => password_page(app, incoming, choice, vec![problem]).await,
        Err(error) => failed(app, incoming, &error),
    }
}

/// Keep it for the second step, if it is good enough.
async fn kept(
    app: &App,
    (invited, choice): (&Invited, PasswordChoice),
    password: &Password,
    incoming: &Incoming,
) -> Result<Result<(), MeansProblem>, Error> {
    let weak = |why| MeansProblem::WeakPassword { why, minimum: chars_min(app) };
    let (identity, visit) = (&invited.identity, &incoming.visit);
    let hashed = match choice {
        PasswordChoice::New => app.0.authenticators.choose_password(identity, password).await?.map_err(weak),
        PasswordChoice::Network => {
            let taken = app.0.federation.network_password(identity, password, visit).await?;
            taken.map_err(|refused| match refused {
                NotAdopted::NotGoodEnough(why) => weak(why),
                refused => MeansProblem::Network(notice_of(refused)),
            })
        }
    };
    match hashed {
        // Whoever is not under way any more reads so on the next page.
        Ok(hashed) => {
            app.0.federation.choose_welcome_password(&hashed, visit).await?;
            Ok(Ok(()))
        }
        Err(problem) => Ok(Err(problem)),
    }
}

const fn action_of(choice: PasswordChoice) -> &'static str {
    match choice {
        PasswordChoice::New => PASSWORD,
        PasswordChoice::Network => NETWORK,
    }
}

/// How a code came.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Came {
    ByLink,
    Typed,
}

async fn begin_with(app: &App, mut incoming: Incoming, code: &str, came: Came) -> Response {
    match app.0.federation.begin_welcome(code, &mut incoming.visit).await {
        Ok(Begun::Here(_)) => go(&incoming, WELCOME),
        Ok(other) => refused(app, &incoming, &other, came),
        Err(error) => failed(app, &incoming, &error),
    }
}

fn chars_min(app: &App) -> usize {
    app.0.authenticators.rules().chars_min()
}

/// The form, if it comes from a page that we gave to this browser (T-CSRF-01).
fn owned(form: Sent, purpose: &str, incoming: &Incoming) -> Result<WelcomeForm, ErrorKind> {
    match form {
        Err(rejection) => Err(unreadable(&rejection)),
        Ok(_) if incoming.visit.browser.is_none() => Err(ErrorKind::CookiesMissing),
        Ok(Form(form)) if incoming.owns_form(purpose, &form.csrf) => Ok(form),
        Ok(_) => Err(ErrorKind::FormExpired),
    }
}

fn purpose(code: &str) -> String {
    format!("{WELCOME}/{code}")
}

fn understood(choice: PasswordChoice, form: &WelcomeForm) -> Result<Password, Vec<MeansProblem>> {
    let mut problems = Vec::new();
    let password = Password::typed(&form.password);
    match &password {
        Err(PasswordProblem::Empty) => problems.push(MeansProblem::EmptyPassword),
        Err(PasswordProblem::TooShort | PasswordProblem::TooLong) => {
            problems.push(MeansProblem::PasswordTooLong { maximum: PASSWORD_BYTES_MAX });
        }
        Ok(_) if choice == PasswordChoice::New && form.password != form.password_again => {
            problems.push(MeansProblem::PasswordsDiffer);
        }
        Ok(_) => {}
    }
    password.ok().filter(|_| problems.is_empty()).ok_or(problems)
}

async fn password_page(
    app: &App,
    incoming: &Incoming,
    choice: PasswordChoice,
    problems: Vec<MeansProblem>,
) -> Response {
    let invited = match app.0.federation.welcome_under_way(&incoming.visit).await {
        Ok(Some(invited)) => invited,
        Ok(None) => return code_page(app, incoming, None),
        Err(error) => return failed(app, incoming, &error),
    };
    let page = WelcomePasswordPage {
        action: action_of(choice),
        csrf: &incoming.form_token(action_of(choice)),
        user_name: invited.identity.user_name.as_str(),
        password_chars_min: chars_min(app),
        choice,
        other_href: app.0.federation.knows_network_passwords().then_some(match choice {
            PasswordChoice::New => NETWORK,
            PasswordChoice::Network => WELCOME,
        }),
        passkey_href: app.0.federation.takes_keys().then_some(WelcomeStep::Passkey.path()),
        problems,
    };
    rendered(app, incoming, 200, |frame| page.render(frame))
}

fn code_page(app: &App, incoming: &Incoming, problem: Option<WelcomeCodeProblem>) -> Response {
    let page = WelcomeCodePage { action: WELCOME, csrf: &incoming.form_token(WELCOME), problem };
    rendered(app, incoming, 200, |frame| page.render(frame))
}

fn refused(app: &App, incoming: &Incoming, begun: &Begun, came: Came) -> Response {
    let problem = match begun {
        Begun::Elsewhere => WelcomeCodeProblem::Elsewhere,
        Begun::TooMany => WelcomeCodeProblem::TooMany,
        Begun::NotGood | Begun::Here(_) => WelcomeCodeProblem::NotGood,
    };
    if came == Came::Typed {
        return code_page(app, incoming, Some(problem));
    }
    let reference = incoming.visit.reference.to_string();
    let page = WelcomeInvalidPage { reference: &reference, code_href: WELCOME, problem };
    rendered(app, incoming, 404, |frame| page.render(frame))
}
