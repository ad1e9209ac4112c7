//! How the installation is.

use axum::extract::State;
use axum::response::Response;
use portner_directory::feed::Run;
use portner_domain::Moment;
use portner_federation::office::Alarm;

use super::Desk;
use crate::answer::rendered;
use crate::failure::failed;
use crate::pages::{HealthPage, date_and_time};
use crate::{App, Language};

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
        alarms: health.alarms.iter().map(|it| alarm(say, it)).collect(),
        keys: health.keys.keys.iter().map(key).collect(),
        checkpoint: health.checkpoint.as_deref(),
        letters: say.text_with("office-health-waiting", &[("count", health.letters.length.into())]),
        runs: health.runs.iter().map(|run| told(say, run)).collect(),
        version: env!("CARGO_PKG_VERSION"),
    };
    rendered(&app, &desk.incoming, 200, |frame| page.render(frame))
}

fn alarm(say: Language, alarm: &Alarm) -> String {
    let when = |key: &str, name, at: Moment| say.about(key, name, &date_and_time(say, at));
    match alarm {
        Alarm::Key(until) => when("office-alarm-key", "until", *until),
        Alarm::Letters(since) => when("office-alarm-letters", "since", *since),
        Alarm::Expired(service) => say.about("office-alarm-expired", "service", service),
        Alarm::Closed(service) => say.about("office-alarm-disabled", "service", service),
        Alarm::Held(feed) => say.about("office-alarm-feed", "feed", feed),
    }
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
