//! The first time: the pages between an invitation and a login of one's own.
//!
//! Opening the link shows what it is for and begins nothing: programs that look at links in letters may look at it.

use axum::extract::rejection::FormRejection;
use axum::extract::{Form, Path, State};
use axum::response::Response;
use portner_authenticators::{NotAdopted, PASSWORD_BYTES_MAX, Password, PasswordProblem, Weakness};
use portner_federation::{Begun, Error, Invited, NotFinished, Welcomed};
use serde::Deserialize;

use crate::App;
use crate::answer::{go, rendered};
use crate::failure::{failed, page, unreadable};
use crate::incoming::Incoming;
use crate::me::notice_of;
use crate::pages::{
    ErrorKind, MeansProblem, Notice, PasswordChoice, WelcomeCodePage, WelcomeCodeProblem, WelcomeDonePage,
    WelcomeInvalidPage, WelcomeMeansPage, WelcomePage,
};

/// Where a code is typed, and where somebody under way goes on.
const WELCOME: &str = "/welcome";
const FINISH: &str = "/welcome/finish";
/// Where somebody takes the network password instead of choosing one.
const WITH_NETWORK_PASSWORD: &str = "/welcome/network";

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
    choice: String,
}

impl WelcomeForm {
    fn choice(&self) -> PasswordChoice {
        let is_network = self.choice == PasswordChoice::Network.word();
        if is_network { PasswordChoice::Network } else { PasswordChoice::New }
    }
}

type Sent = Result<Form<WelcomeForm>, FormRejection>;

/// Where this browser is: under way, or about to type a code.
pub async fn ask(State(app): State<App>, mut incoming: Incoming) -> Response {
    incoming.visit.keep_browser(&*app.0.entropy);
    means_page(&app, &incoming, PasswordChoice::New, Vec::new()).await
}

/// The same, with the network password.
pub async fn ask_network(State(app): State<App>, mut incoming: Incoming) -> Response {
    if !app.0.federation.knows_network_passwords() {
        return go(&incoming, WELCOME);
    }
    incoming.visit.keep_browser(&*app.0.entropy);
    means_page(&app, &incoming, PasswordChoice::Network, Vec::new()).await
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

/// Everything is chosen.
pub async fn finish(State(app): State<App>, incoming: Incoming, form: Sent) -> Response {
    let form = match owned(form, FINISH, &incoming) {
        Err(kind) => return page(&app, &incoming, kind),
        Ok(form) => form,
    };
    // Without an invitation under way nobody has anything hashed here.
    match app.0.federation.welcome_under_way(&incoming.visit).await {
        Ok(Some(_)) => {}
        Ok(None) => return go(&incoming, WELCOME),
        Err(error) => return failed(&app, &incoming, &error),
    }
    let password = match understood(&form) {
        Ok(password) => password,
        Err(problems) => return means_page(&app, &incoming, form.choice(), problems).await,
    };
    let problem = match finished(&app, &password, &form, &incoming).await {
        Ok(Ok(welcomed)) => return done_page(&app, &incoming, &welcomed),
        Ok(Err(NotDone::Not(NotFinished::Gone))) => {
            return refused(&app, &incoming, &Begun::NotGood, Came::ByLink);
        }
        Ok(Err(NotDone::Not(NotFinished::SecretGone))) => MeansProblem::NewSecret,
        Ok(Err(NotDone::Not(NotFinished::WrongCode))) => MeansProblem::WrongCode,
        Ok(Err(NotDone::Network(notice))) => MeansProblem::Network(notice),
        Ok(Err(NotDone::Weak(why))) => MeansProblem::WeakPassword { why, minimum: chars_min(&app) },
        Err(error) => return failed(&app, &incoming, &error),
    };
    means_page(&app, &incoming, form.choice(), vec![problem]).await
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

/// Why it is not finished.
enum NotDone {
    /// The password does not meet the rules.
    Weak(Weakness),
    /// The network password was not taken.
    Network(Notice),
    /// Something else.
    Not(NotFinished),
}

async fn finished(
    app: &App,
    password: &Password,
    form: &WelcomeForm,
    incoming: &Incoming,
) -> Result<Result<Welcomed, NotDone>, Error> {
    let Some((invited, _)) = app.0.federation.welcome_under_way(&incoming.visit).await? else {
        return Ok(Err(NotDone::Not(NotFinished::Gone)));
    };
    let hashed = match form.choice() {
        PasswordChoice::New => {
            let chosen = app.0.authenticators.choose_password(&invited.identity, password).await?;
            chosen.map_err(NotDone::Weak)
        }
        PasswordChoice::Network => {
            let taken =
                app.0.federation.network_password(&invited.identity, password, &incoming.visit).await?;
            taken.map_err(|refused| match refused {
                NotAdopted::NotGoodEnough(weakness) => NotDone::Weak(weakness),
                refused => NotDone::Network(notice_of(refused)),
            })
        }
    };
    let hashed = match hashed {
        Ok(hashed) => hashed,
        Err(not_done) => return Ok(Err(not_done)),
    };
    let finished = app.0.federation.finish_welcome(&hashed, &form.code, &incoming.visit).await?;
    Ok(finished.map_err(NotDone::Not))
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

fn understood(form: &WelcomeForm) -> Result<Password, Vec<MeansProblem>> {
    let mut problems = Vec::new();
    let password = Password::typed(&form.password);
    match &password {
        Err(PasswordProblem::Empty) => problems.push(MeansProblem::EmptyPassword),
        Err(PasswordProblem::TooShort | PasswordProblem::TooLong) => {
            problems.push(MeansProblem::PasswordTooLong { maximum: PASSWORD_BYTES_MAX });
        }
        Ok(_) if form.choice() == PasswordChoice::New && form.password != form.password_again => {
            problems.push(MeansProblem::PasswordsDiffer)
        }
        Ok(_) => {}
    }
    if form.code.trim().is_empty() {
        problems.push(MeansProblem::EmptyCode);
    }
    password.ok().filter(|_| problems.is_empty()).ok_or(problems)
}

async fn means_page(
    app: &App,
    incoming: &Incoming,
    choice: PasswordChoice,
    problems: Vec<MeansProblem>,
) -> Response {
    let (invited, secret) = match app.0.federation.welcome_under_way(&incoming.visit).await {
        Ok(Some(under_way)) => under_way,
        Ok(None) => return code_page(app, incoming, None),
        Err(error) => return failed(app, incoming, &error),
    };
    let Invited { identity, .. } = &invited;
    let encoded = |text: &str| {
        url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20")
    };
    let (issuer, user_name) = (encoded(&app.0.site.organisation), encoded(identity.user_name.as_str()));
    let secret = secret.expose();
    let page = WelcomeMeansPage {
        action: FINISH,
        csrf: &incoming.form_token(FINISH),
        user_name: identity.user_name.as_str(),
        password_chars_min: chars_min(app),
        choice,
        other_href: app.0.federation.knows_network_passwords().then_some(match choice {
            PasswordChoice::New => WITH_NETWORK_PASSWORD,
            PasswordChoice::Network => WELCOME,
        }),
        secret: &secret,
        otpauth_url: &format!("otpauth://totp/{issuer}:{user_name}?secret={}&issuer={issuer}", *secret),
        problems,
    };
    rendered(app, incoming, 200, |frame| page.render(frame))
}

fn code_page(app: &App, incoming: &Incoming, problem: Option<WelcomeCodeProblem>) -> Response {
    let page = WelcomeCodePage { action: WELCOME, csrf: &incoming.form_token(WELCOME), problem };
    rendered(app, incoming, 200, |frame| page.render(frame))
}

fn done_page(app: &App, incoming: &Incoming, welcomed: &Welcomed) -> Response {
    let page = WelcomeDonePage {
        user_name: welcomed.identity.user_name.as_str(),
        best: welcomed.best.loa,
        reasons: welcomed.best.because.iter().map(|reason| incoming.language.explain(reason)).collect(),
        login_href: "/login",
    };
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
