//! What would be done in MitID Erhverv, and for whom somebody has to decide something first: to read, and as a file.

use axum::extract::{Query, State};
use axum::response::Response;
use futures_util::stream::try_unfold;
use portner_directory::csv_lines;
use portner_domain::IdentityId;
use portner_domain::role::Action;
use portner_sync::plan::IdentityPlan;
use portner_sync::{Error, Liaison, Plans};
use serde::Deserialize;

use super::words::{finding, step};
use super::{ModeForm, is_everywhere, name, page, there_path, wrong};
use crate::App;
use crate::answer::rendered;
use crate::failure::failed;
use crate::office::{Desk, file, routes};
use crate::pages::{ErhvervPlanPage, PlanRow};

/// What stands in an address for the plans that wait for a person.
const DECIDE: &str = "decide";

/// Which part of the plan.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Part {
    only: String,
    after: String,
}

impl Part {
    fn plans(&self) -> Plans {
        if self.only == DECIDE { Plans::ToDecide } else { Plans::All }
    }

    /// The same from there on.
    fn from(&self, after: IdentityId) -> String {
        let only = if self.plans() == Plans::ToDecide { "only=decide&" } else { "" };
        format!("{}?{only}after={after}", routes::ERHVERV_PLAN)
    }
}

/// What would be done.
pub async fn plan(State(app): State<App>, Query(part): Query<Part>, desk: Desk) -> Response {
    let Some(liaison) = seen_by(&app, &desk) else {
        return page(&app, &desk, &ModeForm::default(), None).await;
    };
    let frame = match desk.frame(&app).await {
        Ok(frame) => frame,
        Err(response) => return response,
    };
    let say = desk.incoming.language;
    let rows = async {
        let (plans, next) = liaison.plan_page(part.plans(), part.after.parse().ok()).await?;
        let mut rows = Vec::with_capacity(plans.len());
        for plan in &plans {
            rows.push(PlanRow {
                user_name: name(&app, plan.identity).await?,
                href: there_path(plan.identity),
                steps: plan.steps.iter().map(|it| step(say, &it.step)).collect(),
                findings: plan.findings.iter().map(|it| finding(say, it)).collect(),
            });
        }
        Ok((rows, next))
    };
    let (rows, next) = match rows.await {
        Ok(found) => found,
        Err(error) => return wrong(&app, &desk, error),
    };
    let decide_href = format!("{}?only={DECIDE}", routes::ERHVERV_PLAN);
    let is_all = part.plans() == Plans::All;
    let first = if is_all { routes::ERHVERV_PLAN } else { decide_href.as_str() };
    let page = ErhvervPlanPage {
        frame: &frame,
        rows,
        is_all,
        all_href: routes::ERHVERV_PLAN,
        decide_href: &decide_href,
        file_href: routes::ERHVERV_FILE,
        back_href: routes::ERHVERV,
        first_href: (!part.after.is_empty()).then_some(first),
        next_href: next.map(|next| part.from(next)),
    };
    rendered(&app, &desk.incoming, 200, |frame| page.render(frame))
}

/// What is connected, for whoever may read about everybody.
fn seen_by<'a>(app: &'a App, desk: &Desk) -> Option<&'a Liaison> {
    app.0.erhverv.as_ref().filter(|_| is_everywhere(app, desk, Action::SeeHealth))
}

/// What waits for a person, as a file: whom it is about, and what was found. That it is handed out is durable before the
/// first line of it is.
pub async fn file(State(app): State<App>, desk: Desk) -> Response {
    let Some(liaison) = seen_by(&app, &desk).cloned() else {
        return page(&app, &desk, &ModeForm::default(), None).await;
    };
    let handed_out =
        async { app.0.federation.sync_findings_handed_out(desk.warrant()?, &desk.incoming.visit).await };
    if let Err(error) = handed_out.await {
        return failed(&app, &desk.incoming, &error);
    }
    let begun = Undecided { app, liaison, next: Next::First };
    let parts =
        try_unfold(begun, async |mut list| Ok::<_, Error>(list.next().await?.map(|part| (part, list))));
    file::answer("mitid-erhverv.csv", parts)
}

/// The file, and how far it is written.
struct Undecided {
    app: App,
    liaison: Liaison,
    next: Next,
}

/// Which part of it comes next.
#[derive(Clone, Copy)]
enum Next {
    First,
    After(IdentityId),
    Nothing,
}

impl Undecided {
    async fn next(&mut self) -> Result<Option<Vec<u8>>, Error> {
        let (after, mut rows) = match self.next {
            Next::Nothing => return Ok(None),
            Next::After(after) => (Some(after), Vec::new()),
            Next::First => {
                let names = ["user_name", "identity", "employee", "found", "named"];
                (None, vec![names.map(str::to_owned).to_vec()])
            }
        };
        let (plans, next) = self.liaison.plan_page(Plans::ToDecide, after).await?;
        self.next = next.map_or(Next::Nothing, Next::After);
        for plan in &plans {
            rows.extend(lines(&name(&self.app, plan.identity).await?, plan));
        }
        Ok(Some(csv_lines(rows)?))
    }
}

/// A line for each thing that was found. Neither has a person's name or number in it.
fn lines(user_name: &str, plan: &IdentityPlan) -> Vec<Vec<String>> {
    let employee = plan.employee.map(|it| it.to_string()).unwrap_or_default();
    let line = |found: &portner_sync::plan::Finding| {
        let named: Vec<_> = found.named().iter().map(ToString::to_string).collect();
        let identity = plan.identity.to_string();
        vec![user_name.to_owned(), identity, employee.clone(), found.to_string(), named.join(" ")]
    };
    plan.findings.iter().map(line).collect()
}
