//! Lists as files for spreadsheets.

use axum::body::Body;
use axum::extract::{Query, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use futures_util::stream::{Stream, StreamExt as _, once, try_unfold};
use portner_federation::Error;

use super::{Desk, log};
use crate::App;
use crate::failure::{failed, page};
use crate::pages::ErrorKind;

/// What a file of UTF-8 may begin with.
const UTF8_MARK: &[u8] = "\u{feff}".as_bytes();

/// Answer with a file that is read while it is sent, however long.
pub(super) fn answer<E>(
    name: &'static str,
    parts: impl Stream<Item = Result<Vec<u8>, E>> + Send + 'static,
) -> Response
where
    E: std::error::Error + Send + Sync + 'static,
{
    let parts = parts.inspect(move |part| {
        if let Err(error) = part {
            tracing::error!(name, error = error as &dyn std::error::Error, "a file ends too early");
        }
    });
    // Spreadsheets take a file for UTF-8 if it says so at its beginning.
    let parts = once(async { Ok(UTF8_MARK.to_vec()) }).chain(parts);
    let headers = [
        (CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
        (CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
        (CACHE_CONTROL, "no-store".to_owned()),
    ];
    (headers, Body::from_stream(parts)).into_response()
}

fn whole(app: &App, desk: &Desk, name: &'static str, bytes: Result<Vec<u8>, Error>) -> Response {
    match bytes {
        Ok(bytes) => answer(name, once(async { Ok::<_, Error>(bytes) })),
        Err(error) => failed(app, &desk.incoming, &error),
    }
}

/// Groups and rights.
pub async fn rights(State(app): State<App>, desk: Desk) -> Response {
    let file = async { app.0.federation.rights_as_file(desk.warrant()?, &desk.incoming.visit).await };
    match file.await {
        Ok(file) => answer(
            "rights.csv",
            try_unfold(file, async |mut file| {
                let part = file.next().await?;
                Ok::<_, Error>(part.map(|part| (part, file)))
            }),
        ),
        Err(error) => failed(&app, &desk.incoming, &error),
    }
}

/// Roles.
pub async fn roles(State(app): State<App>, desk: Desk) -> Response {
    let file = async { app.0.federation.roles_as_file(desk.warrant()?, &desk.incoming.visit).await };
    whole(&app, &desk, "roles.csv", file.await)
}

/// Service providers.
pub async fn providers(State(app): State<App>, desk: Desk) -> Response {
    let visit = &desk.incoming.visit;
    let file = async { app.0.federation.service_providers_as_file(desk.warrant()?, visit).await };
    whole(&app, &desk, "service-providers.csv", file.await)
}

/// Proposals.
pub async fn proposals(State(app): State<App>, desk: Desk) -> Response {
    let file = async { app.0.federation.proposals_as_file(desk.warrant()?, &desk.incoming.visit).await };
    whole(&app, &desk, "proposals.csv", file.await)
}

/// Meetings.
pub async fn meetings(State(app): State<App>, desk: Desk) -> Response {
    let file = async { app.0.federation.meetings_as_file(desk.warrant()?, &desk.incoming.visit).await };
    whole(&app, &desk, "meetings.csv", file.await)
}

/// What the page of the log finds.
pub async fn events(State(app): State<App>, Query(wanted): Query<log::Wanted>, desk: Desk) -> Response {
    let file = async {
        let Some(sought) = wanted.sought() else { return Ok(None) };
        app.0.federation.log_as_file(desk.warrant()?, &sought, &desk.incoming.visit).await
    };
    match file.await {
        Ok(Some(file)) => answer(
            "log.csv",
            try_unfold(file, async |mut file| {
                let part = file.next().await?;
                Ok::<_, Error>(part.map(|part| (part, file)))
            }),
        ),
        Ok(None) => page(&app, &desk.incoming, ErrorKind::NotFound),
        Err(error) => failed(&app, &desk.incoming, &error),
    }
}
