//! What a login stops for when everything is proved: terms to be agreed to, a password to be changed before long.

use axum::extract::{Path, State};
use axum::response::Response;
use portner_authenticators::PasswordNotice;
use portner_directory::{Published, terms_sha256};
use portner_domain::FlowId;
use portner_federation::{Origin, OwnPage, Problem, TermsAsked, TermsRead};
use serde::Deserialize;

use crate::answer::{rendered, reply};
use crate::failure::page;
use crate::incoming::Incoming;
use crate::me::{OnlyToken, path_of};
use crate::pages::{
    AgreementPage, ErrorKind, PasswordDue, PasswordDuePage, TermsDeclinedPage, date_and_time,
};
use crate::sent::{Sent, WithToken};
use crate::{App, Language};

/// Which text somebody agrees to.
#[derive(Deserialize)]
pub struct TermsForm {
    #[serde(default)]
    csrf: String,
    #[serde(default)]
    version: String,
    #[serde(default)]
    sha256: String,
}

impl WithToken for TermsForm {
    fn token(&self) -> &str {
        &self.csrf
    }
}

impl TermsForm {
    /// The text as it was read.
    pub fn read(&self) -> TermsRead<'_> {
        TermsRead { version: &self.version, sha256: &self.sha256 }
    }
}

/// They agree.
pub async fn accept(State(app): State<App>, sent: Sent<FlowId, TermsForm>) -> Response {
    let Sent { id: flow, form, mut incoming } = sent;
    let answer = app.0.federation.agree(flow, form.read(), &mut incoming.visit).await;
    reply(&app, &incoming, answer)
}

/// They do not.
pub async fn decline(State(app): State<App>, Path(flow): Path<String>, mut incoming: Incoming) -> Response {
    let Ok(flow) = flow.parse::<FlowId>() else { return page(&app, &incoming, ErrorKind::NotFound) };
    let answer = app.0.federation.decline(flow, &mut incoming.visit).await;
    reply(&app, &incoming, answer)
}

/// They have read that their password has to be changed, and go on.
pub async fn go_on(State(app): State<App>, sent: Sent<FlowId, OnlyToken>) -> Response {
    let Sent { id: flow, mut incoming, .. } = sent;
    let answer = app.0.federation.has_read_of_password(flow, &mut incoming.visit).await;
    reply(&app, &incoming, answer)
}

/// The terms.
pub fn terms_page(app: &App, incoming: &Incoming, asked: &TermsAsked) -> Response {
    let Some(service_provider) = &asked.origin.service_provider else {
        return page(app, incoming, ErrorKind::Internal);
    };
    let (version, text) = (&asked.published.terms.version, text_of(incoming.language, &asked.published));
    let page = AgreementPage {
        action: &format!("/login/{}/accept", asked.flow),
        csrf: &incoming.form_token(&asked.flow.to_string()),
        service_provider,
        version,
        paragraphs: paragraphs(text),
        sha256: &terms_sha256(text),
        knew_earlier: asked.knew_earlier,
        have_changed: asked.problem == Some(Problem::TermsChanged),
        decline_href: &format!("/login/{}/declined", asked.flow),
    };
    rendered(app, incoming, 200, |frame| page.render(frame))
}

/// What comes of not agreeing.
pub fn declined_page(app: &App, incoming: &Incoming, flow: FlowId, origin: &Origin) -> Response {
    let Some(service_provider) = &origin.service_provider else {
        return page(app, incoming, ErrorKind::Internal);
    };
    let page = TermsDeclinedPage {
        service_provider,
        terms_href: &format!("/login/{flow}"),
        return_action: &format!("/login/{flow}/cancel"),
        csrf: &incoming.form_token(&flow.to_string()),
    };
    rendered(app, incoming, 200, |frame| page.render(frame))
}

/// The password that has to be changed.
pub fn password_due_page(
    app: &App,
    incoming: &Incoming,
    (flow, origin): (FlowId, &Origin),
    notice: PasswordNotice,
) -> Response {
    let Some(service_provider) = &origin.service_provider else {
        return page(app, incoming, ErrorKind::Internal);
    };
    let page = PasswordDuePage {
        service_provider,
        due: password_due(app, incoming.language, notice, OwnPage::ChangePasswordFor(flow)),
        action: &format!("/login/{flow}/continue"),
        csrf: &incoming.form_token(&flow.to_string()),
    };
    rendered(app, incoming, 200, |frame| page.render(frame))
}

/// What is to be said of such a password, with the page on which to change it.
pub fn password_due(app: &App, say: Language, notice: PasswordNotice, change: OwnPage) -> PasswordDue {
    PasswordDue {
        why: say.weakness(notice.why, app.0.authenticators.rules().chars_min()),
        change_by: date_and_time(say, notice.change_by),
        href: path_of(change),
    }
}

/// The text of a version in this language.
pub fn text_of(say: Language, published: &Published) -> &str {
    match say {
        Language::Danish => &published.terms.danish,
        Language::English => &published.terms.english,
    }
}

/// What stands between empty lines.
pub fn paragraphs(text: &str) -> Vec<String> {
    let text = text.replace("\r\n", "\n");
    text.split("\n\n").map(|it| it.trim().to_owned()).filter(|it| !it.is_empty()).collect()
}
