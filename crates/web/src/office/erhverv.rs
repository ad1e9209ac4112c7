//! MitID Erhverv: how it goes, what is planned, and whether it may happen.

mod decision;
mod person;
mod plan;
mod words;

pub use decision::{ask_tie, ask_untie, tie, untie};
pub use person::person;
pub use plan::{file, plan};

use axum::extract::State;
use axum::response::Response;
use portner_audit_log::Actor;
use portner_directory::by_id;
use portner_domain::role::Action;
use portner_domain::{IdentityId, Moment};
use portner_federation::Error as FederationError;
use portner_sync::{Error, Liaison, Losing, Mode, Status};
use serde::Deserialize;

use self::words::{mode, step, trouble};
use super::{Desk, DeskSent, person_path, routes};
use crate::answer::rendered;
use crate::failure::{failed, page as error_page};
use crate::pages::{ErhvervPage, ErrorKind, Held, Said, TroubleRow, date_and_time};
use crate::sent::WithToken;
use crate::{App, Language};

/// Of those who would lose their login, so many are named.
const NAMED_MAX: usize = 100;

/// What somebody wants to be done.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct ModeForm {
    csrf: String,
    why: String,
    /// The word of a mode, or `approve`.
    change: String,
    /// Whom they have looked at, as a sum.
    digest: String,
}

impl WithToken for ModeForm {
    fn token(&self) -> &str {
        &self.csrf
    }
}

/// How it goes.
pub async fn show(State(app): State<App>, desk: Desk) -> Response {
    page(&app, &desk, &ModeForm::default(), None).await
}

/// Something else from now on, or let those go who are held.
pub async fn change(State(app): State<App>, sent: DeskSent<ModeForm>) -> Response {
    let DeskSent { desk, form } = sent;
    let Some(why) = super::acts::one_line(&form.why) else {
        return page(&app, &desk, &form, Some(Said::ReasonMissing)).await;
    };
    let Some(liaison) = &app.0.erhverv else { return error_page(&app, &desk.incoming, ErrorKind::NotFound) };
    // It is about everybody, so whoever administers a part of the organisation alone has no say in it.
    if !is_everywhere(&app, &desk, Action::Administer) {
        return page(&app, &desk, &form, Some(Said::NotYours)).await;
    }
    let liaison = liaison.by(Actor::Identity(desk.officer().mandate.identity));
    let done = match form.change.as_str() {
        "approve" => approve(&liaison, &form.digest, &why).await,
        word => match word.parse::<Mode>() {
            Ok(mode) => liaison.set_mode(mode, Some(&why)).await.map(|()| Ok(Said::SyncModeSet)),
            Err(()) => Ok(Err(Said::OutcomeMissing)),
        },
    };
    match done {
        Ok(Ok(said)) => desk.answer(&app, routes::ERHVERV, said).await,
        Ok(Err(problem)) => page(&app, &desk, &form, Some(problem)).await,
        Err(error) => wrong(&app, &desk, error),
    }
}

/// What is approved is what was looked at.
async fn approve(liaison: &Liaison, digest: &str, why: &str) -> Result<Result<Said, Said>, Error> {
    let losing = liaison.all_losing().await?;
    if losing.identities.is_empty() || losing.digest() != digest {
        return Ok(Err(Said::ChangedMeanwhile));
    }
    liaison.approve(&losing, Some(why)).await?;
    Ok(Ok(Said::SyncApproved))
}

async fn page(app: &App, desk: &Desk, form: &ModeForm, problem: Option<Said>) -> Response {
    let frame = match desk.frame(app).await {
        Ok(frame) => frame,
        Err(response) => return response,
    };
    let say = desk.incoming.language;
    let found = match &app.0.erhverv {
        Some(liaison) => match look(app, liaison).await {
            Ok(found) => Some(found),
            Err(error) => return wrong(app, desk, error),
        },
        None => None,
    };
    let may_change = is_everywhere(app, desk, Action::Administer);
    let sees = found.as_ref().filter(|_| is_everywhere(app, desk, Action::SeeHealth));
    let page = ErhvervPage {
        frame: &frame,
        facts: found.as_ref().map(|found| facts(say, found)),
        held: sees.and_then(|found| found.held.clone()),
        troubles: sees.map(|found| troubles(say, found)).unwrap_or_default(),
        is_live: found.as_ref().is_some_and(|found| found.mode == Mode::Live),
        is_paused: found.as_ref().is_some_and(|found| found.mode == Mode::Paused),
        plan_href: routes::ERHVERV_PLAN,
        form: may_change.then(|| (routes::ERHVERV, desk.token())),
        why: &form.why,
        problem,
    };
    let status = if problem.is_some() { 400 } else { 200 };
    rendered(app, &desk.incoming, status, |frame| page.render(frame))
}

/// May this officer do so in the whole organisation?
fn is_everywhere(app: &App, desk: &Desk, action: Action) -> bool {
    desk.officer().mandate.may_everywhere(action, app.0.log.now()).is_ok()
}

/// What is known of how it goes.
struct Found {
    mode: Mode,
    waits_for_form: bool,
    status: Status,
    held: Option<Held>,
    expires: Option<Moment>,
    /// The user names of those who are in trouble.
    names: Vec<String>,
}

async fn look(app: &App, liaison: &Liaison) -> Result<Found, Error> {
    let status = liaison.status().await?.unwrap_or_default();
    let held = match status.held {
        Some(_) => held(app, &liaison.all_losing().await?).await?,
        None => None,
    };
    let mut names = Vec::new();
    for not_done in &status.troubles {
        names.push(name(app, not_done.identity).await?);
    }
    let expires = liaison.client().pairs().map(portner_sync::client::Pair::expires).max();
    let (mode, waits_for_form) = (liaison.mode().await?, liaison.waits_for_form().await?);
    Ok(Found { mode, waits_for_form, status, held, expires, names })
}

async fn held(app: &App, losing: &Losing) -> Result<Option<Held>, Error> {
    let mut people = Vec::new();
    for identity in losing.identities.iter().take(NAMED_MAX) {
        people.push((name(app, *identity).await?, person_path(*identity)));
    }
    let more = losing.identities.len().saturating_sub(people.len());
    Ok((!people.is_empty()).then(|| Held { people, more, of: losing.of, digest: losing.digest() }))
}

/// How it is with somebody there.
fn there_path(identity: IdentityId) -> String {
    format!("{}/mitid-erhverv", person_path(identity))
}

/// The user name, which says nothing of a person whose name is protected.
async fn name(app: &App, identity: IdentityId) -> Result<String, Error> {
    let found = by_id(app.0.log.database(), identity).await?;
    Ok(found.map_or_else(|| identity.to_string(), |it| it.user_name.to_string()))
}

fn facts(say: Language, found: &Found) -> Vec<(String, String)> {
    let never = || say.text("office-sync-never");
    let when = |at: Option<Moment>| at.map_or_else(never, |at| date_and_time(say, at));
    let status = &found.status;
    let waiting = match status.oldest {
        Some(since) if status.due > 0 => {
            let arguments = [("count", status.due.into()), ("since", date_and_time(say, since).into())];
            say.text_with("office-sync-waiting-since", &arguments)
        }
        _ => say.text("office-sync-nothing-waits"),
    };
    let mode = match found.waits_for_form {
        true => say.text("sync-mode-another-form"),
        false => mode(say, found.mode),
    };
    let mut facts = vec![
        (say.text("office-sync-mode"), mode),
        (say.text("office-sync-waiting"), waiting),
        (say.text("office-sync-read"), when(status.read_at)),
    ];
    // Words of the program, as it was not foreseen that anybody would have to read them in Danish.
    facts.extend(status.unread.clone().map(|why| (say.text("office-sync-unread"), why)));
    facts.push((say.text("office-sync-certificate"), when(found.expires)));
    facts
}

fn troubles(say: Language, found: &Found) -> Vec<TroubleRow> {
    let rows = found.status.troubles.iter().zip(&found.names);
    let row = |(not_done, name): (&portner_sync::NotDone, &String)| TroubleRow {
        user_name: name.clone(),
        href: there_path(not_done.identity),
        what: step(say, &not_done.step),
        remedy: trouble(say, not_done.trouble),
        at: date_and_time(say, not_done.at),
        why: not_done.why.clone(),
    };
    rows.map(row).collect()
}

fn wrong(app: &App, desk: &Desk, error: Error) -> Response {
    let error = match error {
        Error::Log(error) => FederationError::Log(error),
        Error::Directory(error) => FederationError::Directory(error),
        Error::Storage(error) => FederationError::Storage(error),
        other => FederationError::Corrupt(other.to_string()),
    };
    failed(app, &desk.incoming, &error)
}
