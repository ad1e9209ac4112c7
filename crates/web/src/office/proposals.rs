//! What waits for a second person, and what they say.

use axum::extract::State;
use axum::response::Response;
use portner_domain::ProposalId;
use portner_domain::identity::Identity;
use portner_domain::role::{Grant, Proposal};
use portner_federation::Error;
use portner_federation::office::{Asking, Decision, NotDone};
use serde::Deserialize;

use super::roles::told;
use super::{Desk, DeskSent, denied_key, not_allowed, routes};
use crate::answer::rendered;
use crate::failure::failed;
use crate::pages::{ProposalRow, ProposalsPage, Said, date_and_time};
use crate::sent::WithToken;
use crate::{App, Language};

/// What somebody says to one of them.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct DecisionForm {
    csrf: String,
    proposal: String,
    losing: u64,
    decision: String,
}

impl WithToken for DecisionForm {
    fn token(&self) -> &str {
        &self.csrf
    }
}

/// What waits.
pub async fn list(State(app): State<App>, desk: Desk) -> Response {
    page(&app, &desk, None).await
}

/// Their word on one of them.
pub async fn decide(State(app): State<App>, sent: DeskSent<DecisionForm>) -> Response {
    let DeskSent { desk, form } = sent;
    let (decision, said) = match form.decision.as_str() {
        "agree" => (Decision::Agree { losing: form.losing }, Said::Agreed),
        "decline" => (Decision::Decline, Said::Declined),
        _ => return page(&app, &desk, Some(Said::OutcomeMissing)).await,
    };
    let Ok(id) = form.proposal.parse::<ProposalId>() else {
        return page(&app, &desk, Some(Said::NothingWaits)).await;
    };
    let done = async {
        let visit = &desk.incoming.visit;
        app.0.federation.decide(desk.warrant()?, (id, decision), visit).await
    };
    match done.await {
        Ok(Ok(())) => desk.answer(&app, routes::PROPOSALS, said).await,
        Ok(Err(NotDone::Denied(denied))) => not_allowed(&app, &desk.incoming, denied),
        Ok(Err(not)) => page(&app, &desk, Some(Said::of(not))).await,
        Err(error) => failed(&app, &desk.incoming, &error),
    }
}

async fn page(app: &App, desk: &Desk, problem: Option<Said>) -> Response {
    let frame = match desk.frame(app).await {
        Ok(frame) => frame,
        Err(response) => return response,
    };
    let rows = async {
        let mut rows = Vec::new();
        for asking in app.0.federation.proposals(desk.warrant()?).await? {
            rows.push(row(app, desk.incoming.language, &asking).await?);
        }
        Ok::<_, Error>(rows)
    };
    let rows = match rows.await {
        Ok(rows) => rows,
        Err(error) => return failed(app, &desk.incoming, &error),
    };
    let (action, csrf) = (routes::PROPOSALS, desk.token());
    let page = ProposalsPage { frame: &frame, action, csrf: &csrf, rows, problem };
    let status = if problem.is_some() { 400 } else { 200 };
    rendered(app, &desk.incoming, status, |frame| page.render(frame))
}

async fn row(app: &App, say: Language, asking: &Asking) -> Result<ProposalRow, Error> {
    let Asking { waiting, by, may_agree, may_decline, .. } = asking;
    Ok(ProposalRow {
        id: waiting.id.to_string(),
        losing: asking.run.as_ref().map_or(0, |run| run.losing),
        what: what(app, say, asking).await?,
        href: href(&waiting.asked.proposal),
        by: by.as_ref().map_or_else(|| say.text("office-proposed-by-portner"), Identity::full_name),
        at: date_and_time(say, waiting.asked.at),
        why: waiting.why.clone(),
        not_agree: may_agree.err().map(|denied| say.text(denied_key(denied))),
        may_decline: may_decline.is_ok(),
    })
}

/// Where it is written out.
fn href(proposal: &Proposal) -> Option<String> {
    match proposal {
        Proposal::AddServiceProvider { sha256, .. } | Proposal::ChangePolicy { sha256, .. } => {
            Some(format!("{}/{sha256}", routes::DRAFTS))
        }
        Proposal::UseMetadata { service_provider, .. } => {
            Some(format!("{}/{service_provider}", routes::PROVIDERS))
        }
        Proposal::GrantRole { .. }
        | Proposal::LiftLock { .. }
        | Proposal::Erase { .. }
        | Proposal::ReleaseFeed { .. } => None,
    }
}

/// What it would do.
async fn what(app: &App, say: Language, asking: &Asking) -> Result<String, Error> {
    let Asking { waiting, about, run, .. } = asking;
    let name =
        about.as_ref().map(|who| format!("{} ({})", who.full_name(), who.user_name)).unwrap_or_default();
    Ok(match &waiting.asked.proposal {
        Proposal::GrantRole { role, unit, until, .. } => {
            let grant = Grant { role: *role, unit: unit.clone(), until: *until };
            let arguments = [("name", name.into()), ("role", told(say, &grant).into())];
            say.text_with("office-proposal-role", &arguments)
        }
        Proposal::LiftLock { .. } => say.about("office-proposal-lift", "name", &name),
        Proposal::Erase { .. } => say.about("office-proposal-erase", "name", &name),
        Proposal::ReleaseFeed { .. } => {
            let (feed, losing) = run.as_ref().map_or(("", 0), |run| (run.feed.as_str(), run.losing));
            say.text_with("office-proposal-feed", &[("feed", feed.into()), ("losing", losing.into())])
        }
        Proposal::AddServiceProvider { entity_id, .. } => {
            say.about("office-proposal-add-provider", "entity", entity_id)
        }
        Proposal::ChangePolicy { service_provider, .. } => {
            let service = app.0.federation.service_name(*service_provider).await?.unwrap_or_default();
            say.about("office-proposal-policy", "service", &service)
        }
        Proposal::UseMetadata { service_provider, sha256 } => {
            let service = app.0.federation.service_name(*service_provider).await?.unwrap_or_default();
            let arguments = [("service", service.into()), ("sha256", sha256.as_str().into())];
            say.text_with("office-proposal-metadata", &arguments)
        }
    })
}
