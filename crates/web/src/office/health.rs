//! How the installation is.

use axum::extract::State;
use axum::response::Response;
use portner_directory::feed::{Run, RunState};
use portner_domain::Millis;
use portner_federation::office::Health;

use super::Desk;
use crate::answer::rendered;
use crate::failure::failed;
use crate::pages::{HealthPage, date_and_time};
use crate::{App, Language};

/// So long before its last day a key is a matter for somebody.
const KEY_ALARM: Millis = Millis::hours(90 * 24);
/// A letter that waits for longer is one that can't be sent.
const LETTERS_ALARM: Millis = Millis::minutes(15);

/// The page.
pub async fn show(State(app): State<App>, desk: Desk) -> Response {
    let frame = match desk.frame(&app).await {
        Ok(frame) => frame,
        Err(response) => return response,
    };
    let health = async { app.0.federation.health(desk.warrant()?).await };
    let health = match health.await {
        Ok(health) => health,
        Err(error) => return failed(&app, &desk.incoming, &error),
    };
    let say = desk.incoming.language;
    let key = |it: &portner_federation::keys::life::Recorded| {
        let state = say.text(&format!("key-{}", it.life.state.word()));
        let until = date_and_time(say, it.life.not_after);
        let arguments =
            [("id", it.life.id.as_str().into()), ("state", state.into()), ("until", until.into())];
        say.text_with("office-health-key", &arguments)
    };
    let page = HealthPage {
        frame: &frame,
        alarms: alarms(&app, say, &health),
        keys: health.keys.keys.iter().map(key).collect(),
        checkpoint: health.checkpoint.as_deref(),
        letters: say.text_with("office-health-waiting", &[("count", health.letters.length.into())]),
        runs: health.runs.iter().map(|run| told(say, run)).collect(),
        version: env!("CARGO_PKG_VERSION"),
    };
    rendered(&app, &desk.incoming, 200, |frame| page.render(frame))
}

fn alarms(app: &App, say: Language, health: &Health) -> Vec<String> {
    let now = app.0.log.now();
    let ends = health.keys.keys.iter().filter(|it| it.life.not_after < now.plus(KEY_ALARM));
    let keys = ends.map(|it| say.about("office-alarm-key", "until", &date_and_time(say, it.life.not_after)));
    let oldest =
        health.letters.oldest.filter(|oldest| now.since(*oldest).is_some_and(|age| age > LETTERS_ALARM));
    let letters =
        oldest.map(|oldest| say.about("office-alarm-letters", "since", &date_and_time(say, oldest)));
    let services = health.out_of_service.iter().map(|(sp, why)| {
        let key = if *why == "metadata-expired" { "office-alarm-expired" } else { "office-alarm-disabled" };
        say.about(key, "service", sp.name())
    });
    let held = health.runs.iter().filter(|run| run.state == RunState::Held && !run.is_approved);
    let feeds = held.map(|run| say.about("office-alarm-feed", "feed", &run.feed));
    keys.chain(letters).chain(services).chain(feeds).collect()
}

/// A run of a feed, in a sentence.
fn told(say: Language, run: &Run) -> String {
    let arguments = [
        ("feed", run.feed.as_str().into()),
        ("at", date_and_time(say, run.started).into()),
        ("state", say.text(&format!("run-{}", run.state.word())).into()),
        ("records", run.counts.records.into()),
        ("failed", run.counts.failed.into()),
    ];
    say.text_with("office-health-run", &arguments)
}
