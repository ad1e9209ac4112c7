//! One of ours and one in MitID Erhverv are the same, or they are not: a page says what follows, and asks why.

use axum::extract::{Query, State};
use axum::response::Response;
use portner_audit_log::Actor;
use portner_domain::IdentityId;
use portner_domain::role::Action;
use portner_sync::plan::{IdentityPlan, Step};
use portner_sync::wire::EmployeeUuid;
use portner_sync::{Candidate, Error, Liaison};
use serde::Deserialize;

use super::words::{called, candidate, finding, not_tied, step};
use super::{is_everywhere, there_path, wrong};
use crate::answer::rendered;
use crate::failure::failed;
use crate::office::acts::one_line;
use crate::office::{Desk, DeskSent};
use crate::pages::{Decision, ErhvervDecisionPage, Said};
use crate::sent::WithToken;
use crate::{App, Language};

/// Which one there.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Whom {
    employee: String,
}

/// … and why.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct DecisionForm {
    csrf: String,
    employee: String,
    why: String,
}

impl WithToken for DecisionForm {
    fn token(&self) -> &str {
        &self.csrf
    }
}

/// Is it this one?
pub async fn ask_tie(State(app): State<App>, Query(whom): Query<Whom>, desk: Desk) -> Response {
    let form = DecisionForm { employee: whom.employee, ..DecisionForm::default() };
    page(&app, &desk, (Decision::Tie, &form), None).await
}

/// It is this one.
pub async fn tie(State(app): State<App>, sent: DeskSent<DecisionForm>) -> Response {
    decide(&app, &sent, Decision::Tie).await
}

/// Is it not the one that they are tied to?
pub async fn ask_untie(State(app): State<App>, desk: Desk) -> Response {
    page(&app, &desk, (Decision::Untie, &DecisionForm::default()), None).await
}

/// It is not.
pub async fn untie(State(app): State<App>, sent: DeskSent<DecisionForm>) -> Response {
    decide(&app, &sent, Decision::Untie).await
}

async fn decide(app: &App, sent: &DeskSent<DecisionForm>, decision: Decision) -> Response {
    let DeskSent { desk, form } = sent;
    let again = |problem| page(app, desk, (decision, form), Some(problem));
    // Whom it is about may be anybody in the organisation, so whoever administers a part of it has no say.
    if !is_everywhere(app, desk, Action::Administer) {
        return again(Said::NotYours).await;
    }
    let Some(why) = one_line(&form.why) else { return again(Said::ReasonMissing).await };
    let (Some(liaison), Ok(employee)) = (&app.0.erhverv, form.employee.parse()) else {
        return again(Said::SyncNobodyThere).await;
    };
    let identity = match desk.card() {
        Ok(card) => card.identity.id,
        Err(error) => return failed(app, &desk.incoming, &error),
    };
    let liaison = liaison.by(Actor::Identity(desk.officer().mandate.identity));
    let done = match decision {
        Decision::Tie => liaison
            .tie(identity, employee, Some(&why))
            .await
            .map(|done| done.map(|()| Said::SyncTied).map_err(not_tied)),
        Decision::Untie => untied(&liaison, (identity, employee), &why).await,
    };
    match done {
        Ok(Ok(said)) => desk.answer(app, &there_path(identity), said).await,
        Ok(Err(problem)) => again(problem).await,
        Err(error) => wrong(app, desk, error),
    }
}

/// From the one that was looked at, and from no other.
async fn untied(
    liaison: &Liaison,
    (identity, employee): (IdentityId, EmployeeUuid),
    why: &str,
) -> Result<Result<Said, Said>, Error> {
    let looked = liaison.looked(identity).await?;
    if looked.and_then(|looked| looked.plan.employee) != Some(employee) {
        return Ok(Err(Said::ChangedMeanwhile));
    }
    Ok(match liaison.untie(identity, Some(why)).await? {
        Ok(true) => Ok(Said::SyncUntied),
        Ok(false) => Err(Said::ChangedMeanwhile),
        Err(not) => Err(not_tied(not)),
    })
}

async fn page(
    app: &App,
    desk: &Desk,
    (decision, form): (Decision, &DecisionForm),
    problem: Option<Said>,
) -> Response {
    let (frame, card) = match desk.framed(app).await {
        Ok(framed) => framed,
        Err(response) => return response,
    };
    let (say, id) = (desk.incoming.language, card.identity.id);
    let about = match &app.0.erhverv {
        None => Ok(Asked::closed(say.text("office-sync-not-connected"))),
        Some(_) if !is_everywhere(app, desk, Action::Administer) => {
            Ok(Asked::closed(say.text("office-sync-decided-by")))
        }
        Some(liaison) => match decision {
            Decision::Tie => asked_to_tie(say, liaison, id, form.employee.parse().ok()).await,
            Decision::Untie => asked_to_untie(say, liaison, id).await,
        },
    };
    let Asked { employee, facts, then, notes, is_open } = match about {
        Ok(asked) => asked,
        Err(error) => return wrong(app, desk, error),
    };
    let page = ErhvervDecisionPage {
        frame: &frame,
        decision,
        name: &card.identity.full_name(),
        facts,
        then,
        notes,
        employee: &employee,
        form: is_open.then(|| (desk.incoming.path.as_str(), desk.token())),
        why: &form.why,
        back_href: &there_path(id),
        problem,
    };
    let status = if problem.is_some() { 400 } else { 200 };
    rendered(app, &desk.incoming, status, |frame| page.render(frame))
}

/// What is decided about, and what follows.
#[derive(Default)]
struct Asked {
    employee: String,
    facts: Vec<(String, String)>,
    then: Vec<String>,
    notes: Vec<String>,
    is_open: bool,
}

impl Asked {
    fn closed(why: String) -> Self {
        Self { notes: vec![why], ..Self::default() }
    }
}

async fn asked_to_tie(
    say: Language,
    liaison: &Liaison,
    id: IdentityId,
    employee: Option<EmployeeUuid>,
) -> Result<Asked, Error> {
    let nobody = || Asked::closed(Said::SyncNobodyThere.text(say));
    let Some(employee) = employee else { return Ok(nobody()) };
    let Some(found) = liaison.candidate(id, employee).await? else { return Ok(nobody()) };
    let facts = facts(say, &found);
    if let Some(not) = found.not {
        return Ok(Asked { facts, ..Asked::closed(not_tied(not).text(say)) });
    }
    let then = planned(say, liaison.supposed(id, Some(employee)).await?.as_ref());
    Ok(Asked { employee: employee.to_string(), facts, then, notes: Vec::new(), is_open: true })
}

async fn asked_to_untie(say: Language, liaison: &Liaison, id: IdentityId) -> Result<Asked, Error> {
    let Some(looked) = liaison.looked(id).await? else {
        return Ok(Asked::closed(say.text("office-sync-not-there")));
    };
    let Some(employee) = looked.plan.employee else {
        return Ok(Asked::closed(say.text("office-sync-not-there")));
    };
    let facts = looked.own.as_ref().map(|found| facts(say, found));
    let plan = liaison.supposed(id, None).await?;
    let takes = |plan: &IdentityPlan| plan.steps.iter().any(|it| it.step == Step::Adopt { employee });
    let again = plan.as_ref().is_some_and(takes).then(|| say.text("office-sync-untie-again"));
    Ok(Asked {
        employee: employee.to_string(),
        facts: facts.unwrap_or_else(|| vec![(say.text("office-sync-uuid"), employee.to_string())]),
        then: planned(say, plan.as_ref()),
        notes: again.into_iter().collect(),
        is_open: true,
    })
}

fn facts(say: Language, found: &Candidate) -> Vec<(String, String)> {
    let name = called(found).map(|name| (say.text("office-sync-there-name"), name));
    name.into_iter().chain(candidate(say, found)).collect()
}

/// Steps and findings, one after the other.
fn planned(say: Language, plan: Option<&IdentityPlan>) -> Vec<String> {
    let steps = plan.iter().flat_map(|plan| &plan.steps).map(|it| step(say, &it.step));
    let found = plan.iter().flat_map(|plan| &plan.findings).map(|it| finding(say, it));
    steps.chain(found).collect()
}
