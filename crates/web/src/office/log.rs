//! The log, for whoever audits.

use axum::extract::{Query, State};
use axum::response::Response;
use portner_audit_log::{Actor, Recorded};
use portner_federation::office::{LogSought, Read};
use portner_federation::{Error, KnownNetworks};
use serde::Deserialize;
use url::form_urlencoded;

use super::{Desk, routes};
use crate::answer::rendered;
use crate::failure::failed;
use crate::pages::{EventRow, OfficeLogPage, date_and_time};
use crate::{App, Language};

/// What is looked for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Wanted {
    user: String,
    kind: String,
    before: String,
}

impl Wanted {
    /// In the words of the federation; nothing if nobody can have that user name.
    pub(super) fn sought(&self) -> Option<LogSought> {
        let (user, kind) = (self.user.trim(), self.kind.trim());
        let about = if user.is_empty() { None } else { Some(user.parse().ok()?) };
        let kind = Some(kind).filter(|kind| !kind.is_empty()).map(str::to_owned);
        Some(LogSought { kind, about, before: self.before.parse().ok() })
    }
}

/// A page of it.
pub async fn show(State(app): State<App>, Query(wanted): Query<Wanted>, desk: Desk) -> Response {
    let frame = match desk.frame(&app).await {
        Ok(frame) => frame,
        Err(response) => return response,
    };
    let (user, kind) = (wanted.user.trim(), wanted.kind.trim());
    let read = async {
        let Some(sought) = wanted.sought() else { return Ok(None) };
        let federation = &app.0.federation;
        let read = federation.read_log(desk.warrant()?, &sought, &desk.incoming.visit).await?;
        let networks = federation.networks().await?;
        Ok::<_, Error>(read.map(|read| (read, networks)))
    };
    let read = match read.await {
        Ok(read) => read,
        Err(error) => return failed(&app, &desk.incoming, &error),
    };
    let say = desk.incoming.language;
    let at = |before: &str| {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.append_pair("user", user).append_pair("kind", kind).append_pair("before", before);
        format!("{}?{}", routes::LOG, query.finish())
    };
    let mut query = form_urlencoded::Serializer::new(String::new());
    let query = query.append_pair("user", user).append_pair("kind", kind).finish();
    let page = OfficeLogPage {
        frame: &frame,
        action: routes::LOG,
        kind,
        user,
        rows: read
            .iter()
            .flat_map(|(read, networks)| {
                read.page.events.iter().map(|event| row(say, event, (read, networks)))
            })
            .collect(),
        file_href: format!("{}?{query}", routes::LOG_FILE),
        newest_href: (!wanted.before.is_empty()).then_some(routes::LOG),
        older_href: read.as_ref().and_then(|(read, _)| read.page.older).map(|older| at(&older.to_string())),
    };
    rendered(&app, &desk.incoming, 200, |frame| page.render(frame))
}

fn row(say: Language, event: &Recorded, (read, networks): (&Read, &KnownNetworks)) -> EventRow {
    let by = match &event.actor {
        Actor::Anonymous { address } => {
            say.about("office-log-anonymous", "address", &say.address(address, networks))
        }
        other => by_name(say, other, read),
    };
    EventRow { at: date_and_time(say, event.at), kind: event.event.kind(), by, json: event.pretty() }
}

/// Who did something, by their user name.
pub(super) fn by_name(say: Language, actor: &Actor, read: &Read) -> String {
    match actor {
        Actor::Identity(id) => read.names.get(id).map_or_else(|| id.to_string(), ToString::to_string),
        other => by(say, other),
    }
}

/// Who did something, as far as that is known without a look into the directory.
pub(super) fn by(say: Language, actor: &Actor) -> String {
    match actor {
        Actor::Identity(id) => id.to_string(),
        Actor::Operator { name } => say.about("office-log-operator", "name", name),
        Actor::System { component } => say.about("office-log-system", "name", component),
        Actor::Anonymous { address } => say.about("office-log-anonymous", "address", address),
    }
}
