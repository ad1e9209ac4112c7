//! Logging out, here and at the service providers that were told.

use axum::extract::rejection::FormRejection;
use axum::extract::{Form, Path, RawQuery, State};
use axum::http::header::{CONTENT_SECURITY_POLICY, HeaderValue};
use axum::response::Response;
use portner_domain::LogoutId;
use portner_federation::{LoggedOut, LogoutForm, LogoutHop, Unfinished};
use serde::Deserialize;
use url::Url;

use crate::App;
use crate::answer::{go, rendered, reply};
use crate::failure::{failed, page, unreadable};
use crate::incoming::Incoming;
use crate::pages::{
    ErrorKind, LOGOUT_SCRIPT_HASH, LogoutHopPage, LogoutResultPage, LogoutRow, UnfinishedLogout,
};
use crate::sent::{Sent, WithToken};

/// What the log-out form's token is for.
const LOG_OUT: &str = "log-out";
/// Where the form goes.
pub const LOG_OUT_ACTION: &str = "/logout";

/// The form of the log-out button.
#[derive(Deserialize)]
pub struct LogOutForm {
    #[serde(default)]
    csrf: String,
}

/// Log out here, and then at the service providers that were told.
pub async fn log_out(
    State(app): State<App>,
    mut incoming: Incoming,
    form: Result<Form<LogOutForm>, FormRejection>,
) -> Response {
    let ours = form.is_ok_and(|Form(form)| incoming.owns_form(LOG_OUT, &form.csrf));
    if !ours {
        return page(&app, &incoming, ErrorKind::FormExpired);
    }
    let answer = app.0.federation.log_out(&mut incoming.visit).await;
    reply(&app, &incoming, answer)
}

/// Go on with a logout that is not finished.
pub async fn resume(State(app): State<App>, incoming: Incoming) -> Response {
    match app.0.federation.unfinished_logout(&incoming.visit).await {
        Ok(Some(Unfinished::Logout(id))) => go(&incoming, &path_of(id)),
        Ok(_) => go(&incoming, "/"),
        Err(error) => failed(&app, &incoming, &error),
    }
}

/// Where a logout is.
pub async fn show(State(app): State<App>, Path(id): Path<String>, mut incoming: Incoming) -> Response {
    let Ok(id) = id.parse::<LogoutId>() else { return page(&app, &incoming, ErrorKind::NotFound) };
    let answer = app.0.federation.show_logout(id, &mut incoming.visit).await;
    reply(&app, &incoming, answer)
}

/// On to a service provider.
pub async fn ask(State(app): State<App>, sent: Sent<LogoutId, HopForm>) -> Response {
    let Sent { id: logout, form: HopForm { hop, .. }, mut incoming } = sent;
    let answer = app.0.federation.ask_to_log_out(logout, hop, &mut incoming.visit).await;
    reply(&app, &incoming, answer)
}

/// Past a service provider.
pub async fn skip(State(app): State<App>, sent: Sent<LogoutId, HopForm>) -> Response {
    let Sent { id: logout, form: HopForm { hop, .. }, mut incoming } = sent;
    let answer = app.0.federation.skip_in_logout(logout, hop, &mut incoming.visit).await;
    reply(&app, &incoming, answer)
}

/// To a service provider once more.
pub async fn retry(State(app): State<App>, sent: Sent<LogoutId, HopForm>) -> Response {
    let Sent { id: logout, form: HopForm { hop, .. }, mut incoming } = sent;
    let answer = app.0.federation.retry_in_logout(logout, hop, &mut incoming.visit).await;
    reply(&app, &incoming, answer)
}

/// A logout message by HTTP-Redirect: the query goes on exactly as it came.
pub async fn redirect(State(app): State<App>, RawQuery(query): RawQuery, mut incoming: Incoming) -> Response {
    let query = query.as_deref().unwrap_or("");
    let answer = app.0.federation.receive_logout_redirect(query, &mut incoming.visit).await;
    reply(&app, &incoming, answer)
}

/// A logout message by HTTP-POST. Some answer so, whichever binding the address was published for.
pub async fn post(
    State(app): State<App>,
    mut incoming: Incoming,
    form: Result<Form<LogoutForm>, FormRejection>,
) -> Response {
    let Form(form) = match form {
        Ok(form) => form,
        Err(rejection) => return page(&app, &incoming, unreadable(&rejection)),
    };
    let answer = app.0.federation.receive_logout_post(&form, &mut incoming.visit).await;
    reply(&app, &incoming, answer)
}

/// The path of a logout's page.
pub fn path_of(id: LogoutId) -> String {
    format!("/logout/{id}")
}

/// The token of the log-out form.
pub fn log_out_token(incoming: &Incoming) -> String {
    incoming.form_token(LOG_OUT)
}

/// What the pages where people come back say of a logout that is not finished.
pub fn notice<'a>(unfinished: Option<Unfinished>, token: &'a str) -> Option<UnfinishedLogout<'a>> {
    Some(match unfinished? {
        Unfinished::Logout(_) => UnfinishedLogout::GoOn { href: LOG_OUT_ACTION },
        Unfinished::Ended => UnfinishedLogout::Ended { action: LOG_OUT_ACTION, csrf: token },
    })
}

/// The page before a service provider. `form-action` is left out, as where responses are posted: the form is
/// answered with a redirect to the service provider, and those that follow are its own business.
pub fn hop_page(app: &App, incoming: &Incoming, hop: &LogoutHop) -> Response {
    let path = path_of(hop.logout);
    let probe = probe(&hop.location, &app.0.public.origin).filter(|_| hop.retries == 0);
    let page = LogoutHopPage {
        service_provider: &hop.service_provider,
        position: hop.position,
        of: hop.of,
        hop: hop.hop,
        go_action: &format!("{path}/go"),
        skip_action: &format!("{path}/skip"),
        csrf: &incoming.form_token(&hop.logout.to_string()),
        probe: probe.as_deref(),
    };
    let mut response = rendered(app, incoming, 200, |frame| page.render(frame));
    let connect = probe.map(|probe| format!("connect-src {probe}; ")).unwrap_or_default();
    let policy = format!(
        "default-src 'none'; style-src 'self'; img-src 'self'; script-src {LOGOUT_SCRIPT_HASH}; {connect}\
         frame-ancestors 'none'; base-uri 'none'"
    );
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        response.headers_mut().insert(CONTENT_SECURITY_POLICY, policy);
    }
    response
}

/// How a logout ended.
pub fn result_page(app: &App, incoming: &Incoming, it: &LoggedOut) -> Response {
    let row = |one: &portner_federation::HopOutcome| LogoutRow {
        hop: one.hop,
        name: one.service_provider.clone(),
        fate: one.fate.clone(),
    };
    let page = LogoutResultPage {
        ending: it.ending,
        services: it.services.iter().map(row).collect(),
        retry_action: &format!("{}/retry", path_of(it.logout)),
        csrf: &incoming.form_token(&it.logout.to_string()),
        home: it.origin.service_provider.as_deref().zip(it.origin.home.as_deref()),
        login_href: "/login",
    };
    rendered(app, incoming, 200, |frame| page.render(frame))
}

/// The host to ask whether it answers. A page over TLS may not ask a host without, but may go there.
fn probe(location: &str, our_origin: &str) -> Option<String> {
    let url = Url::parse(location).ok()?;
    let may_ask = url.scheme() == "https" || our_origin.starts_with("http://");
    may_ask.then(|| format!("{}/", url.origin().ascii_serialization()))
}

/// Which service provider a button of the logout's page is about.
#[derive(Deserialize)]
pub struct HopForm {
    #[serde(default)]
    csrf: String,
    hop: usize,
}

impl WithToken for HopForm {
    fn token(&self) -> &str {
        &self.csrf
    }
}

#[cfg(test)]
mod tests {
    use super::probe;

    #[test]
    fn only_a_host_that_the_page_may_ask_is_asked() {
        let check = |location: &str, ours: &str, expected: Option<&str>| {
            assert_eq!(probe(location, ours).as_deref(), expected, "{location} from {ours}");
        };
        check("https://sp.example/slo?x=1", "https://login.example.dk", Some("https://sp.example/"));
        check("https://SP.example:8443/slo", "https://login.example.dk", Some("https://sp.example:8443/"));
        check("http://localhost:8080/slo", "http://localhost", Some("http://localhost:8080/"));
        check("http://localhost:8080/slo", "https://login.example.dk", None);
        check("", "https://login.example.dk", None);
    }
}
