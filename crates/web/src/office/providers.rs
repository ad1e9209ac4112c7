//! Service providers: what is on record, what their metadata would change, and what went wrong.

use axum::extract::{Path, State};
use axum::response::Response;
use portner_domain::ServiceProviderId;
use portner_domain::role::Action;
use portner_federation::office::{Provider, Providing};
use portner_federation::{Error, Kept, SpState, remedy};
use serde::Deserialize;

use super::acts::one_line;
use super::{Desk, DeskSent, may, routes};
use crate::answer::rendered;
use crate::failure::{failed, page as error_page};
use crate::pages::{ErrorKind, ProviderPage, ProviderRow, ProvidersPage, Said, Waits, date_and_time};
use crate::sent::WithToken;
use crate::{App, Language};

/// What is to become of one.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct ChangeForm {
    csrf: String,
    change: String,
    sha256: String,
    why: String,
}

impl WithToken for ChangeForm {
    fn token(&self) -> &str {
        &self.csrf
    }
}

/// All of them.
pub async fn list(State(app): State<App>, desk: Desk) -> Response {
    let frame = match desk.frame(&app).await {
        Ok(frame) => frame,
        Err(response) => return response,
    };
    let all = async { app.0.federation.service_providers(desk.warrant()?).await };
    let all = match all.await {
        Ok(all) => all,
        Err(error) => return failed(&app, &desk.incoming, &error),
    };
    let say = desk.incoming.language;
    let new_href = may(desk.officer(), Action::ChangeServiceProviders, &app).then_some(routes::NEW_PROVIDER);
    let page = ProvidersPage { frame: &frame, rows: all.iter().map(|it| row(say, it)).collect(), new_href };
    rendered(&app, &desk.incoming, 200, |frame| page.render(frame))
}

fn row(say: Language, provider: &Provider) -> ProviderRow {
    let sp = &provider.registered;
    ProviderRow {
        href: format!("{}/{}", routes::PROVIDERS, sp.id),
        name: sp.name().to_owned(),
        entity_id: sp.metadata.entity_id.clone(),
        state: say.text(match provider.out_of_service {
            None => "office-provider-answered",
            Some("metadata-expired") => "office-provider-expired",
            Some(_) => "office-provider-disabled",
        }),
        waits: provider.waits,
    }
}

/// One of them.
pub async fn show(State(app): State<App>, Path(id): Path<String>, desk: Desk) -> Response {
    let Ok(id) = id.parse() else { return error_page(&app, &desk.incoming, ErrorKind::NotFound) };
    page(&app, &desk, (id, &ChangeForm::default()), None).await
}

/// What is to become of it.
pub async fn change(State(app): State<App>, Path(id): Path<String>, sent: DeskSent<ChangeForm>) -> Response {
    let DeskSent { desk, form } = sent;
    let Ok(id) = id.parse() else { return error_page(&app, &desk.incoming, ErrorKind::NotFound) };
    let (federation, visit) = (&app.0.federation, &desk.incoming.visit);
    let why = one_line(&form.why);
    let done = async {
        let warrant = desk.warrant()?;
        let (done, said) = match (form.change.as_str(), &why) {
            ("enable", _) => {
                (federation.switch(warrant, (id, SpState::Enabled), visit).await?, Said::ProviderEnabled)
            }
            ("disable", _) => {
                (federation.switch(warrant, (id, SpState::Disabled), visit).await?, Said::ProviderDisabled)
            }
            ("reject", _) => (federation.reject_metadata(warrant, id, visit).await?, Said::MetadataRejected),
            ("propose", Some(why)) => {
                let what = (id, form.sha256.as_str(), why.as_str());
                (federation.propose_metadata(warrant, what, visit).await?, Said::MetadataProposed)
            }
            ("propose", None) => return Ok(Err(Said::ReasonMissing)),
            _ => return Ok(Err(Said::OutcomeMissing)),
        };
        Ok::<_, Error>(done.map(|()| said).map_err(Said::of))
    };
    match done.await {
        Ok(Ok(said)) => desk.answer(&app, &format!("{}/{id}", routes::PROVIDERS), said).await,
        Ok(Err(problem)) => page(&app, &desk, (id, &form), Some(problem)).await,
        Err(error) => failed(&app, &desk.incoming, &error),
    }
}

async fn page(
    app: &App,
    desk: &Desk,
    (id, form): (ServiceProviderId, &ChangeForm),
    problem: Option<Said>,
) -> Response {
    let frame = match desk.frame(app).await {
        Ok(frame) => frame,
        Err(response) => return response,
    };
    let may_change = may(desk.officer(), Action::ChangeServiceProviders, app);
    let found = async { app.0.federation.see_service_provider(desk.warrant()?, id).await };
    let found = match found.await {
        Ok(Some(found)) => found,
        Ok(None) => return error_page(app, &desk.incoming, ErrorKind::NotFound),
        Err(error) => return failed(app, &desk.incoming, &error),
    };
    let say = desk.incoming.language;
    let page = ProviderPage {
        frame: &frame,
        row: row(say, &found.provider),
        fetching: fetching(say, &found),
        policy: found.provider.registered.policy.to_toml(),
        waits: waits(say, &found),
        failures: found.failures.iter().map(|kept| (date_and_time(say, kept.at), told(kept))).collect(),
        form: may_change.then(|| (desk.incoming.path.as_str(), desk.token())),
        is_enabled: found.provider.registered.state == SpState::Enabled,
        why: &form.why,
        problem,
    };
    let status = if problem.is_some() { 400 } else { 200 };
    rendered(app, &desk.incoming, status, |frame| page.render(frame))
}

fn fetching(say: Language, found: &Providing) -> Vec<String> {
    let when = |at| date_and_time(say, at);
    let url = found.source.url.as_ref().map(|url| say.about("office-provider-from", "url", &url.to_string()));
    let from = url.unwrap_or_else(|| say.text("office-provider-by-hand"));
    let progress = &found.progress;
    let well = progress.succeeded.map(|at| say.about("office-provider-fetched", "at", &when(at)));
    let badly = progress.failure.as_ref().map(|why| say.about("office-provider-fetch-failed", "why", why));
    let until = found.provider.registered.metadata.valid_until;
    let until = until.map(|until| say.about("office-provider-valid-until", "until", &when(until)));
    [Some(from), well, badly, until].into_iter().flatten().collect()
}

fn waits(say: Language, found: &Providing) -> Option<Waits> {
    let (held, changes) = found.held.as_ref()?;
    let mut changes: Vec<(String, Option<String>)> = changes
        .iter()
        .map(|change| (change.what.to_string(), change.concern.map(|concern| concern.to_string())))
        .collect();
    changes.sort_by_key(|(_, concern)| concern.is_none());
    Some(Waits {
        url: held.url.clone(),
        at: date_and_time(say, held.found_at),
        sha256: held.sha256(),
        changes,
    })
}

/// Why a message came to nothing, and what to do. As on the command line, in the language of protocols.
fn told(kept: &Kept) -> String {
    match remedy(&kept.why) {
        Some((why, what)) => format!("{why}: {what} ({})", kept.reference),
        None => format!("{} ({})", kept.why, kept.reference),
    }
}
