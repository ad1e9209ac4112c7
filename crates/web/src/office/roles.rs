//! Roles: who holds which, proposed and taken away.

use axum::extract::State;
use axum::response::Response;
use portner_domain::identity::{Identity, UserName};
use portner_domain::role::{Action, Grant};
use portner_federation::Error;
use portner_federation::office::NotInOffice;
use serde::Deserialize;

use super::acts::one_line;
use super::day::last_moment;
use super::{Desk, DeskSent, may, not_allowed, routes};
use crate::answer::rendered;
use crate::failure::failed;
use crate::pages::{NewRolePage, RoleForm, RoleRow, RolesPage, Said, TakeRolePage, date_and_time};
use crate::sent::WithToken;
use crate::{App, Language};

impl WithToken for RoleForm {
    fn token(&self) -> &str {
        &self.csrf
    }
}

/// Which of somebody's roles is to be taken away.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct TakeForm {
    csrf: String,
    role: String,
}

impl WithToken for TakeForm {
    fn token(&self) -> &str {
        &self.csrf
    }
}

/// Everybody who holds a role.
pub async fn list(State(app): State<App>, desk: Desk) -> Response {
    let frame = match desk.frame(&app).await {
        Ok(frame) => frame,
        Err(response) => return response,
    };
    let held = async { app.0.federation.roles(desk.warrant()?).await };
    let held = match held.await {
        Ok(held) => held,
        Err(error) => return failed(&app, &desk.incoming, &error),
    };
    let may_change = may(desk.officer(), Action::ProposeRoles, &app);
    let row = |(who, grant): &(Identity, Grant)| RoleRow {
        name: who.full_name(),
        user_name: who.user_name.to_string(),
        held: told(desk.incoming.language, grant),
        href: may_change.then(|| format!("{}/{}", routes::ROLES, who.id)),
    };
    let rows = held.iter().map(row).collect();
    let page = RolesPage { frame: &frame, rows, new_href: may_change.then_some(routes::NEW_ROLE) };
    rendered(&app, &desk.incoming, 200, |frame| page.render(frame))
}

pub(super) fn told(say: Language, grant: &Grant) -> String {
    say.role_held(grant, grant.until.map(|until| date_and_time(say, until)).as_deref())
}

/// Propose a role?
pub async fn ask(State(app): State<App>, desk: Desk) -> Response {
    new_page(&app, &desk, &RoleForm::default(), Vec::new()).await
}

/// Propose it. Whom it is for is typed, so the warrant for that person is asked for here.
pub async fn propose(State(app): State<App>, sent: DeskSent<RoleForm>) -> Response {
    let DeskSent { desk, form } = sent;
    let (grant, why) = match understood(&form) {
        Ok(understood) => understood,
        Err(problems) => return new_page(&app, &desk, &form, problems).await,
    };
    let (federation, visit) = (&app.0.federation, &desk.incoming.visit);
    let done = async {
        let Some(who) = known(&app, &form.user).await? else { return Ok(Err(Said::NoSuchUser)) };
        let warrant = match federation.warrant(visit, Action::ProposeRoles, Some(who.id)).await? {
            Ok(warrant) => warrant,
            Err(NotInOffice::Denied(denied)) => return Ok(Ok(Err(denied))),
            Err(_) => return Ok(Err(Said::NotPossible)),
        };
        let proposed = federation.propose_role(&warrant, &grant, &why, visit).await?;
        Ok::<_, Error>(proposed.map(|_| Ok(())).map_err(Said::of))
    };
    match done.await {
        Ok(Ok(Ok(()))) => desk.answer(&app, routes::ROLES, Said::RoleProposed).await,
        Ok(Ok(Err(denied))) => not_allowed(&app, &desk.incoming, denied),
        Ok(Err(problem)) => new_page(&app, &desk, &form, vec![problem]).await,
        Err(error) => failed(&app, &desk.incoming, &error),
    }
}

async fn known(app: &App, typed: &str) -> Result<Option<Identity>, Error> {
    let Ok(name) = typed.trim().parse::<UserName>() else { return Ok(None) };
    Ok(portner_directory::by_user_name(app.0.log.database(), &name).await?)
}

/// Everything that is wrong with it at once, so that nobody corrects a form twice.
fn understood(form: &RoleForm) -> Result<(Grant, String), Vec<Said>> {
    let mut problems = Vec::new();
    if form.user.trim().is_empty() {
        problems.push(Said::NoSuchUser);
    }
    let role = form.role.parse().ok();
    if role.is_none() {
        problems.push(Said::RoleMissing);
    }
    let unit = match form.unit.trim() {
        "" => Ok(None),
        typed => typed.parse().map(Some),
    };
    if unit.is_err() {
        problems.push(Said::BadUnit);
    }
    let until = last_moment(&form.until);
    if until.is_err() {
        problems.push(Said::BadDay);
    }
    let why = one_line(&form.why);
    if why.is_none() {
        problems.push(Said::ReasonMissing);
    }
    match (role, unit, until, why) {
        (Some(role), Ok(unit), Ok(until), Some(why)) if problems.is_empty() => {
            Ok((Grant { role, unit, until }, why))
        }
        _ => Err(problems),
    }
}

async fn new_page(app: &App, desk: &Desk, form: &RoleForm, problems: Vec<Said>) -> Response {
    let frame = match desk.frame(app).await {
        Ok(frame) => frame,
        Err(response) => return response,
    };
    let status = if problems.is_empty() { 200 } else { 400 };
    let page = NewRolePage {
        frame: &frame,
        action: &desk.incoming.path,
        csrf: &desk.token(),
        back_href: routes::ROLES,
        form,
        problems,
    };
    rendered(app, &desk.incoming, status, |frame| page.render(frame))
}

/// Take one away?
pub async fn ask_take(State(app): State<App>, desk: Desk) -> Response {
    take_page(&app, &desk, None).await
}

/// Take it away.
pub async fn take(State(app): State<App>, sent: DeskSent<TakeForm>) -> Response {
    let DeskSent { desk, form } = sent;
    let done = async {
        let warrant = desk.warrant()?;
        let held = app.0.federation.roles_of(warrant).await?;
        let Some(grant) = held.iter().find(|grant| value(grant) == form.role) else {
            return Ok(Err(Said::RoleMissing));
        };
        let which = (grant.role, grant.unit.as_ref());
        let taken = app.0.federation.withdraw_role(warrant, which, &desk.incoming.visit).await?;
        Ok::<_, Error>(taken.map_err(Said::of))
    };
    match done.await {
        Ok(Ok(())) => desk.answer(&app, routes::ROLES, Said::RoleWithdrawn).await,
        Ok(Err(problem)) => take_page(&app, &desk, Some(problem)).await,
        Err(error) => failed(&app, &desk.incoming, &error),
    }
}

/// A role in a list of them: a word, and the unit if there is one.
fn value(grant: &Grant) -> String {
    let unit = grant.unit.as_ref().map(|unit| format!(" {}", unit.as_str())).unwrap_or_default();
    format!("{}{unit}", grant.role.word())
}

async fn take_page(app: &App, desk: &Desk, problem: Option<Said>) -> Response {
    let (frame, card) = match desk.framed(app).await {
        Ok(framed) => framed,
        Err(response) => return response,
    };
    let held = async { app.0.federation.roles_of(desk.warrant()?).await };
    let held = match held.await {
        Ok(held) => held,
        Err(error) => return failed(app, &desk.incoming, &error),
    };
    let say = desk.incoming.language;
    let page = TakeRolePage {
        frame: &frame,
        name: &card.identity.full_name(),
        action: &desk.incoming.path,
        csrf: &desk.token(),
        back_href: routes::ROLES,
        held: held.iter().map(|grant| (value(grant), told(say, grant))).collect(),
        problem,
    };
    let status = if problem.is_some() { 400 } else { 200 };
    rendered(app, &desk.incoming, status, |frame| page.render(frame))
}
