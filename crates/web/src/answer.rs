//! What the federation replies, as pages.

use axum::http::StatusCode;
use axum::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderValue};
use axum::response::{IntoResponse, Redirect, Response};
use portner_authenticators::PasswordRules;
use portner_domain::Moment;
use portner_domain::authenticator::Kind;
use portner_domain::throttle::Wait;
use portner_federation::{
    Ask, Carried, ChoiceAsked, Error, LogoutMessage, PostForm, Problem, Refused, Reply, Stuck,
};

use crate::failure::{failed, page, page_with_way_back};
use crate::guard::POLICY_WITH_SCRIPT;
use crate::incoming::Incoming;
use crate::me::path_of;
use crate::pages::{
    self, CannotReachLevelPage, ChooseIdentityPage, ErrorKind, ExpiredPage, FinishedPage, Frame,
    HAND_OVER_SCRIPT_HASH, IdentityRow, KeyPlace, KeyProblem, KeyQuestion, LoginField, LoginPage,
    LoginProblem, LogoutAnswerRefusedPage, PaperCodes, PostPage, TotpPage, TotpProblem,
};
use crate::{App, logout, stopped};

/// Answer with what the federation replied.
pub fn reply(app: &App, incoming: &Incoming, reply: Result<Reply, Error>) -> Response {
    match reply {
        Ok(Reply::GoTo(flow)) => go(incoming, &format!("/login/{flow}")),
        Ok(Reply::GoHome) => go(incoming, "/"),
        Ok(Reply::GoToOwn(page)) => go(incoming, &path_of(page)),
        Ok(Reply::AskPassword(ask)) => password_page(app, incoming, &ask),
        Ok(Reply::AskCode(ask)) => code_page(app, incoming, &ask),
        Ok(Reply::AskTerms(asked)) => stopped::terms_page(app, incoming, &asked),
        Ok(Reply::TermsDeclined(flow, origin)) => stopped::declined_page(app, incoming, flow, &origin),
        Ok(Reply::PasswordDue(flow, origin, notice)) => {
            stopped::password_due_page(app, incoming, (flow, &origin), notice)
        }
        Ok(Reply::AskIdentity(asked)) => identity_page(app, incoming, &asked),
        Ok(Reply::OutOfReach(stuck)) => stuck_page(app, incoming, &stuck),
        Ok(Reply::Finished(origin)) => {
            let service_provider = origin.service_provider.as_deref();
            let page = FinishedPage { service_provider, home: origin.home.as_deref(), start_page_href: "/" };
            rendered(app, incoming, 200, |frame| page.render(frame))
        }
        Ok(Reply::Expired(origin)) => {
            let reference = incoming.visit.reference.to_string();
            let service_provider = origin.service_provider.as_deref();
            let page = ExpiredPage {
                service_provider,
                start_again_href: origin.home.as_deref(),
                reference: &reference,
            };
            rendered(app, incoming, 200, |frame| page.render(frame))
        }
        Ok(Reply::TooManyLogins) => page(app, incoming, ErrorKind::TooManyRequests),
        Ok(Reply::NoSuchLogin) => page(app, incoming, ErrorKind::NotFound),
        Ok(Reply::OtherBrowser) => page(app, incoming, ErrorKind::CookiesMissing),
        Ok(Reply::Post(form)) => post_page(app, incoming, &form),
        Ok(Reply::Refused(refused)) => refused_page(app, incoming, &refused),
        Ok(Reply::GoToLogout(id)) => go(incoming, &logout::path_of(id)),
        Ok(Reply::LogoutHop(hop)) => logout::hop_page(app, incoming, &hop),
        Ok(Reply::LoggedOut(it)) => logout::result_page(app, incoming, &it),
        Ok(Reply::SendTo(url)) => go(incoming, &url),
        Ok(Reply::PostLogout(message)) => logout_post_page(app, incoming, &message),
        Ok(Reply::LogoutRefused(_)) => page(app, incoming, ErrorKind::LogoutRefused),
        Ok(Reply::LogoutAnswerRefused(_)) => {
            let reference = &incoming.visit.reference.to_string();
            let page = LogoutAnswerRefusedPage { go_on_href: logout::LOG_OUT_ACTION, reference };
            rendered(app, incoming, 400, |frame| page.render(frame))
        }
        Err(error) => failed(app, incoming, &error),
    }
}

/// Send the browser elsewhere: on our own site, or to a service provider with a logout message.
pub fn go(incoming: &Incoming, path: &str) -> Response {
    (incoming.cookies(), Redirect::to(path)).into_response()
}

/// A page in its frame, with the cookies that go with it.
pub fn rendered(
    app: &App,
    incoming: &Incoming,
    status: u16,
    render: impl FnOnce(&Frame<'_>) -> Result<String, pages::Error>,
) -> Response {
    let frame = Frame {
        site: &app.0.site,
        language: incoming.language,
        other_language_href: other_language_href(incoming),
    };
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    match render(&frame) {
        Ok(html) => {
            let kind = [(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"))];
            (status, incoming.cookies(), kind, html).into_response()
        }
        Err(error) => {
            let reference = incoming.visit.reference;
            tracing::error!(%reference, error = &error as &dyn std::error::Error, "a page can't be made");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// Pages with an address of their own can be had in the other language; the rest came from a form or from a
/// request that can't be sent twice.
fn other_language_href(incoming: &Incoming) -> String {
    let path = &incoming.path;
    let posted_to = [
        "/password",
        "/code",
        "/key",
        "/identity",
        "/cancel",
        "/accept",
        "/continue",
        "/logout",
        "/go",
        "/skip",
        "/retry",
        "/finish",
    ];
    // A person's own pages can be read wherever they are posted to, `/me/password` among them.
    let posted_to = !path.starts_with("/me/") && posted_to.iter().any(|end| path.ends_with(end));
    if posted_to || path.starts_with("/saml/") {
        return String::new();
    }
    format!("{path}?lang={}", incoming.language.other().tag())
}

fn password_page(app: &App, incoming: &Incoming, ask: &Ask) -> Response {
    let action = format!("/login/{}/password", ask.flow);
    let cancel = format!("/login/{}/cancel", ask.flow);
    let key_action = format!("/login/{}/key", ask.flow);
    let page = LoginPage {
        action: &action,
        csrf: &incoming.form_token(&ask.flow.to_string()),
        service_provider: ask.origin.service_provider.as_deref(),
        user_name: &ask.user_name,
        problem: ask
            .problem
            .and_then(|problem| login_problem(problem, app.0.log.now(), app.0.authenticators.rules())),
        key: key_question(ask, &key_action, KeyPlace::InsteadOfPassword),
        cancel_action: ask.origin.service_provider.is_some().then_some(&cancel),
    };
    asking(rendered(app, incoming, 200, |frame| page.render(frame)), ask)
}

/// A key, if one would do.
fn key_question<'a>(ask: &'a Ask, action: &'a str, place: KeyPlace) -> Option<KeyQuestion<'a>> {
    ask.key.as_deref().map(|options| KeyQuestion { action, options, place })
}

fn asking(page: Response, ask: &Ask) -> Response {
    if ask.key.is_some() { scripted(page) } else { page }
}

/// The page has a script of ours.
pub fn scripted(mut page: Response) -> Response {
    page.headers_mut().insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY_WITH_SCRIPT));
    page
}

fn code_page(app: &App, incoming: &Incoming, ask: &Ask) -> Response {
    let action = format!("/login/{}/code", ask.flow);
    let cancel = format!("/login/{}/cancel", ask.flow);
    let key_action = format!("/login/{}/key", ask.flow);
    let takes_code = ask.choices.iter().any(|kind| kind.is_code());
    let place = if takes_code { KeyPlace::InsteadOfCode } else { KeyPlace::Alone };
    let page = TotpPage {
        action: &action,
        csrf: &incoming.form_token(&ask.flow.to_string()),
        service_provider: ask.origin.service_provider.as_deref(),
        required: ask.level,
        display_name: &ask.person,
        paper: match (
            ask.choices.contains(&Kind::RecoveryCode),
            ask.choices.iter().filter(|kind| kind.is_code()).count(),
        ) {
            (false, _) => PaperCodes::No,
            (true, 1) => PaperCodes::Only,
            (true, _) => PaperCodes::AsWell,
        },
        problem: ask.problem.and_then(|problem| code_problem(problem, app.0.log.now())),
        choices: &ask.choices,
        key: key_question(ask, &key_action, place),
        cancel_action: ask.origin.service_provider.is_some().then_some(&cancel),
    };
    asking(rendered(app, incoming, 200, |frame| page.render(frame)), ask)
}

fn identity_page(app: &App, incoming: &Incoming, asked: &ChoiceAsked) -> Response {
    let cancel = format!("/login/{}/cancel", asked.flow);
    let rows = asked.offered.iter().map(|it| IdentityRow::of(it, it.identity.id == asked.proved));
    let page = ChooseIdentityPage {
        action: &format!("/login/{}/identity", asked.flow),
        csrf: &incoming.form_token(&asked.flow.to_string()),
        service_provider: asked.origin.service_provider.as_deref(),
        rows: rows.collect(),
        was_refused: asked.problem == Some(Problem::NotToBeChosen),
        cancel_action: asked.origin.service_provider.is_some().then_some(&cancel),
    };
    rendered(app, incoming, 200, |frame| page.render(frame))
}

fn stuck_page(app: &App, incoming: &Incoming, stuck: &Stuck) -> Response {
    let (Some(service_provider), Some(required)) = (&stuck.origin.service_provider, stuck.level) else {
        return page(app, incoming, ErrorKind::Internal);
    };
    let reference = incoming.visit.reference;
    tracing::info!(%reference, flow = %stuck.flow, %required, reached = ?stuck.best.loa, "a level is out of reach");
    let in_the_way = stuck.best.because.iter().filter(|reason| reason.keeps_below(required));
    let page = CannotReachLevelPage {
        service_provider,
        required,
        reached: stuck.best.loa,
        reasons: in_the_way.map(|reason| incoming.language.explain(reason)).collect(),
        return_action: &format!("/login/{}/cancel", stuck.flow),
        csrf: &incoming.form_token(&stuck.flow.to_string()),
        action: &format!("/login/{}/identity", stuck.flow),
        rows: stuck.others.iter().map(|it| IdentityRow::of(it, false)).collect(),
        reference: &incoming.visit.reference.to_string(),
    };
    rendered(app, incoming, 200, |frame| page.render(frame))
}

fn post_page(app: &App, incoming: &Incoming, form: &PostForm) -> Response {
    let page = PostPage {
        acs: &form.acs,
        saml_response_b64: &form.saml_response,
        relay_state: form.relay_state.as_deref(),
        service_provider: &form.service_provider,
        outcome: match form.outcome {
            portner_federation::Outcome::Success => pages::Outcome::Success,
            portner_federation::Outcome::Failure => pages::Outcome::Failure,
        },
    };
    handed_over(app, incoming, &page)
}

fn logout_post_page(app: &App, incoming: &Incoming, message: &LogoutMessage) -> Response {
    let page = PostPage {
        acs: &message.action,
        saml_response_b64: &message.message,
        relay_state: message.relay_state.as_deref(),
        service_provider: &message.service_provider,
        outcome: match message.carried {
            Carried::Request => pages::Outcome::LogoutRequest,
            Carried::Response => pages::Outcome::LogoutResponse,
        },
    };
    handed_over(app, incoming, &page)
}

/// The form that carries a message. `form-action` is left out here: browsers hold it against the redirects
/// that follow, and gateways redirect to hosts of their own. The page has one form, to an address from
/// verified metadata.
fn handed_over(app: &App, incoming: &Incoming, page: &PostPage<'_>) -> Response {
    let mut response = rendered(app, incoming, 200, |frame| page.render(frame));
    let policy = format!(
        "default-src 'none'; style-src 'self'; img-src 'self'; script-src {HAND_OVER_SCRIPT_HASH}; \
         frame-ancestors 'none'; base-uri 'none'"
    );
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        response.headers_mut().insert(CONTENT_SECURITY_POLICY, policy);
    }
    response
}

fn refused_page(app: &App, incoming: &Incoming, refused: &Refused) -> Response {
    let kind = match refused.why {
        "unsigned" | "bad-signature" | "signature-profile" | "algorithm-not-allowed" => {
            ErrorKind::RequestUnsigned
        }
        "expired" | "from-the-future" => ErrorKind::RequestExpired,
        "replayed" => ErrorKind::RequestReplayed,
        "unknown-service-provider" | "wrong-issuer" => ErrorKind::UnknownServiceProvider,
        "service-provider-disabled" | "metadata-expired" => ErrorKind::ServiceProviderDisabled,
        "unknown-network" => ErrorKind::UnknownNetwork,
        "unknown-acs" => ErrorKind::WrongAddress,
        "too-large" => ErrorKind::TooLarge,
        _ => ErrorKind::RequestNotUnderstood,
    };
    let origin = &refused.origin;
    let start_again = origin.service_provider.as_deref().zip(origin.home.as_deref());
    page_with_way_back(app, incoming, kind, start_again)
}

fn login_problem(problem: Problem, now: Moment, rules: &PasswordRules) -> Option<LoginProblem> {
    Some(match problem {
        Problem::NoUserName => LoginProblem::EmptyField(LoginField::UserName),
        Problem::NoPassword => LoginProblem::EmptyField(LoginField::Password),
        Problem::NoUserNameOrPassword => LoginProblem::EmptyField(LoginField::Both),
        Problem::WrongPassword => LoginProblem::WrongUserNameOrPassword,
        Problem::TooMany(Wait::Until(until)) => {
            LoginProblem::TooManyAttempts { minutes: minutes_until(until, now) }
        }
        Problem::TooMany(Wait::ForHelp) => LoginProblem::ClosedByGuessing,
        Problem::MustChange(why) => LoginProblem::MustChange { why, minimum: rules.chars_min() },
        Problem::Busy => LoginProblem::Busy,
        Problem::DirectoryUnavailable => LoginProblem::DirectoryUnavailable,
        Problem::NetworkPasswordExpired => LoginProblem::NetworkPasswordExpired,
        Problem::NetworkAccountUnusable => LoginProblem::NetworkAccountUnusable,
        Problem::WrongKey => LoginProblem::Key(KeyProblem::Wrong),
        Problem::KeyTooLate => LoginProblem::Key(KeyProblem::TooLate),
        Problem::KeyWithdrawn => LoginProblem::Key(KeyProblem::Withdrawn),
        Problem::NoCode
        | Problem::WrongCode
        | Problem::CodeAlreadyUsed
        | Problem::NotToBeChosen
        | Problem::TermsChanged => return None,
    })
}

fn code_problem(problem: Problem, now: Moment) -> Option<TotpProblem> {
    Some(match problem {
        Problem::NoCode => TotpProblem::EmptyField,
        Problem::WrongCode => TotpProblem::WrongCode,
        Problem::CodeAlreadyUsed => TotpProblem::CodeAlreadyUsed,
        Problem::TooMany(Wait::Until(until)) => {
            TotpProblem::TooManyAttempts { minutes: minutes_until(until, now) }
        }
        Problem::TooMany(Wait::ForHelp) => TotpProblem::ClosedByGuessing,
        Problem::WrongKey => TotpProblem::Key(KeyProblem::Wrong),
        Problem::KeyTooLate => TotpProblem::Key(KeyProblem::TooLate),
        Problem::KeyWithdrawn => TotpProblem::Key(KeyProblem::Withdrawn),
        _ => return None,
    })
}

/// How long there is still to wait, rounded up: whoever comes back then is let in.
fn minutes_until(until: Moment, now: Moment) -> u64 {
    until.since(now).map_or(0, |wait| wait.0.div_ceil(60_000))
}
