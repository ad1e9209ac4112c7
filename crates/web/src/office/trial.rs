//! What would this person be told at this service, and why not?

use axum::extract::{Path, State};
use axum::response::Response;
use portner_domain::ServiceProviderId;
use portner_domain::identity::UserName;
use portner_federation::Absent;
use portner_federation::office::Trial;
use portner_federation::policy::Excluded;
use portner_federation::preview::{AttributePreview, Combination, NameIdPreview, Obstacle};

use super::{Desk, DeskSent, routes};
use crate::answer::rendered;
use crate::failure::{failed, page as error_page};
use crate::pages::{ErrorKind, Said, TrialPage, TrialShown, Typed};
use crate::{App, Language};

/// Whom?
pub async fn ask(State(app): State<App>, Path(id): Path<String>, desk: Desk) -> Response {
    let Ok(id) = id.parse() else { return error_page(&app, &desk.incoming, ErrorKind::NotFound) };
    page(&app, &desk, (id, "", None, None)).await
}

/// Them.
pub async fn run(State(app): State<App>, Path(id): Path<String>, sent: DeskSent<Typed>) -> Response {
    let DeskSent { desk, form } = sent;
    let Ok(id) = id.parse::<ServiceProviderId>() else {
        return error_page(&app, &desk.incoming, ErrorKind::NotFound);
    };
    let typed = form.get("user").trim();
    let Ok(name) = typed.parse::<UserName>() else {
        return page(&app, &desk, (id, typed, None, Some(Said::NoSuchUser))).await;
    };
    let tried =
        async { app.0.federation.try_login(desk.warrant()?, (id, &name), &desk.incoming.visit).await };
    match tried.await {
        Ok(Some(trial)) => page(&app, &desk, (id, typed, Some(&trial), None)).await,
        Ok(None) => page(&app, &desk, (id, typed, None, Some(Said::NoSuchUser))).await,
        Err(error) => failed(&app, &desk.incoming, &error),
    }
}

async fn page(
    app: &App,
    desk: &Desk,
    (id, typed, trial, problem): (ServiceProviderId, &str, Option<&Trial>, Option<Said>),
) -> Response {
    let frame = match desk.frame(app).await {
        Ok(frame) => frame,
        Err(response) => return response,
    };
    let service = match app.0.federation.service_name(id).await {
        Ok(Some(service)) => service,
        Ok(None) => return error_page(app, &desk.incoming, ErrorKind::NotFound),
        Err(error) => return failed(app, &desk.incoming, &error),
    };
    let say = desk.incoming.language;
    let page = TrialPage {
        frame: &frame,
        service: &service,
        action: &desk.incoming.path,
        csrf: &desk.token(),
        back_href: &format!("{}/{id}", routes::PROVIDERS),
        user: typed,
        shown: trial.map(|trial| shown(say, trial)),
        problem,
    };
    let status = if problem.is_some() { 400 } else { 200 };
    rendered(app, &desk.incoming, status, |frame| page.render(frame))
}

fn shown(say: Language, trial: &Trial) -> TrialShown {
    let found = &trial.preview;
    let level = |level: Option<portner_domain::Level>| {
        level.map_or_else(|| say.text("office-level-none-short"), |level| say.level(level))
    };
    let combination = |one: &Combination| {
        let used: Vec<String> = one.kinds.iter().map(|kind| say.kind(*kind)).collect();
        let enough = match (one.is_enough, one.is_login) {
            (true, _) => "trial-enough",
            (false, true) => "trial-too-little",
            (false, false) => "trial-no-login",
        };
        let because = one.assessment.because.iter().map(|reason| say.explain(reason)).collect();
        (used.join(" + "), format!("{}: {}", level(one.assessment.loa), say.text(enough)), because)
    };
    let attribute = |it: &AttributePreview| {
        let name = it.friendly_name.as_ref().unwrap_or(&it.name).clone();
        let value = match it.absent {
            Some(why) => say.text(absent(why)),
            None if trial.is_protected => say.text("trial-withheld"),
            None => it.values.join(", "),
        };
        (name, value)
    };
    TrialShown {
        obstacles: found.obstacles.iter().map(|one| obstacle(say, one)).collect(),
        is_protected: trial.is_protected,
        demands: level(found.required_level),
        combinations: found.combinations.iter().map(combination).collect(),
        name_id: name_id(say, &found.name_id),
        attributes: found.attributes.iter().map(attribute).collect(),
    }
}

fn obstacle(say: Language, obstacle: &Obstacle) -> String {
    let key = match obstacle {
        Obstacle::ServiceProviderDisabled => "trial-disabled",
        Obstacle::MetadataExpired => "trial-metadata-expired",
        Obstacle::IdentityLocked => "trial-locked",
        Obstacle::Group { why: Excluded::InNoAdmittedGroup } => "trial-in-no-group",
        Obstacle::Group { why: Excluded::InExcludedGroup } => "trial-in-excluded-group",
        Obstacle::NothingToLogInWith => "trial-nothing-to-log-in-with",
        Obstacle::TermsNotAccepted => "trial-terms",
        Obstacle::NoName => "trial-no-name",
        Obstacle::NoEncryption => "trial-no-encryption",
        Obstacle::LevelOutOfReach { level } => {
            return say.about("trial-level-out-of-reach", "level", &say.level(*level));
        }
        Obstacle::AttributeMissing { name } => return say.about("trial-attribute-missing", "name", name),
    };
    say.text(key)
}

const fn absent(why: Absent) -> &'static str {
    match why {
        Absent::NotRequested => "trial-not-requested",
        Absent::NoValue => "trial-no-value",
        Absent::NotThisLogin => "trial-not-this-login",
        Absent::NoMatch => "trial-no-match",
        Absent::TooLong => "trial-too-long",
        Absent::Unwritable => "trial-unwritable",
        Absent::SaysLevel => "trial-says-level",
        Absent::NotAssigned => "trial-not-assigned",
    }
}

fn name_id(say: Language, name: &NameIdPreview) -> String {
    match name {
        NameIdPreview::Known { name } => name.value.clone(),
        NameIdPreview::WillBeAssigned { .. } => say.text("trial-not-assigned"),
        NameIdPreview::NewEachTime { .. } => say.text("trial-new-each-time"),
        NameIdPreview::Impossible => say.text("trial-no-name"),
        NameIdPreview::Withheld => say.text("trial-withheld"),
    }
}
