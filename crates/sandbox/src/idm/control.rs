//! The control port: what a test sets up before, and looks at afterwards.

use std::collections::BTreeMap;

use axum::extract::{DefaultBodyLimit, Path, Query, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use portner_domain::{Millis, Moment};
use serde::Deserialize;
use serde_json::{Value, json};

use super::Shared;
use super::core::{Edit, Forecast, Seed, Settings, Switches};

/// A hundred thousand people to be seeded fit in.
const BODY_BYTES_MAX: usize = 64 * 1024 * 1024;

type Answer = Result<Json<Value>, (StatusCode, String)>;

/// All of it.
pub fn router(shared: Shared) -> Router {
    Router::new()
        .route("/seed", get(seeded).post(seed))
        .route("/identities", get(identities))
        .route("/organisations", get(organisations).post(organise))
        .route("/register", get(register).post(enter))
        .route("/portal/{edit}", post(edit))
        .route("/switches", get(switches).post(switch))
        .route("/faults", get(faults).post(forecast))
        .route("/faults/realistic", post(realistic))
        .route("/clock", get(clock).post(turn))
        .route("/journal", get(journal).delete(clear))
        .route("/outbox", get(outbox))
        .route("/reset", post(reset))
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .with_state(shared)
}

fn refused(why: impl Into<String>) -> (StatusCode, String) {
    (StatusCode::BAD_REQUEST, why.into())
}

async fn seeded(State(shared): State<Shared>) -> Json<Value> {
    Json(shared.world().seeded())
}

async fn seed(State(shared): State<Shared>, Json(seed): Json<Seed>) -> Answer {
    let at = shared.at();
    shared.world().seed(seed, at).map(Json).map_err(refused)
}

async fn identities(State(shared): State<Shared>) -> Json<Value> {
    Json(shared.world().identities())
}

async fn organisations(State(shared): State<Shared>) -> Json<Value> {
    Json(shared.world().organisations.values().map(|it| json!(it.settings)).collect())
}

/// Other settings for an organisation that has a certificate; the rest is as it was.
async fn organise(State(shared): State<Shared>, Json(change): Json<BTreeMap<String, Value>>) -> Answer {
    let mut world = shared.world();
    let cvr = change.get("cvr").and_then(Value::as_str).unwrap_or_default();
    let organisation = world.organisations.get_mut(cvr);
    let organisation = organisation.ok_or_else(|| refused("cvr is not of an organisation that is here"))?;
    organisation.settings = changed::<Settings>(json!(organisation.settings), change)?;
    Ok(Json(json!(organisation.settings)))
}

async fn register(State(shared): State<Shared>) -> Json<Value> {
    Json(json!(shared.world().register))
}

/// Whole names by CPR number.
async fn enter(State(shared): State<Shared>, Json(names): Json<BTreeMap<String, String>>) -> Json<Value> {
    let mut world = shared.world();
    world.register.extend(names);
    Json(json!(world.register.len()))
}

async fn edit(
    State(shared): State<Shared>,
    Path(edit): Path<String>,
    Json(mut fields): Json<BTreeMap<String, Value>>,
) -> Answer {
    fields.insert("edit".to_owned(), Value::from(edit));
    let edit: Edit = serde_json::from_value(json!(fields)).map_err(|error| refused(error.to_string()))?;
    let at = shared.at();
    shared.world().edit(edit, at).map(Json).map_err(|why| (StatusCode::CONFLICT, why))
}

async fn switches(State(shared): State<Shared>) -> Json<Value> {
    Json(json!(shared.world().switches))
}

/// Those that are named; the others stay.
async fn switch(State(shared): State<Shared>, Json(change): Json<BTreeMap<String, Value>>) -> Answer {
    let mut world = shared.world();
    world.switches = changed::<Switches>(json!(world.switches), change)?;
    Ok(Json(json!(world.switches)))
}

async fn faults(State(shared): State<Shared>) -> Json<Value> {
    Json(json!(shared.world().weather.forecast()))
}

/// All of them anew.
async fn forecast(State(shared): State<Shared>, Json(forecast): Json<Forecast>) -> Answer {
    if let Some(mistake) = forecast.mistake() {
        return Err(refused(mistake));
    }
    let mut world = shared.world();
    world.weather = forecast.into();
    Ok(Json(json!(world.weather.forecast())))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Dice {
    seed: u64,
}

async fn realistic(State(shared): State<Shared>, Json(Dice { seed }): Json<Dice>) -> Json<Value> {
    let mut world = shared.world();
    world.weather = Forecast::realistic(seed).into();
    Json(json!(world.weather.forecast()))
}

async fn clock(State(shared): State<Shared>) -> Json<Value> {
    let at = shared.at();
    Json(json!({ "now": shared.world().now(at).xs_date_time() }))
}

/// What is done to the clock.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Turn {
    /// It stands still at a time.
    Set(String),
    /// It goes forward.
    AdvanceSeconds(u64),
    /// It shows the machine's time again.
    Run,
}

async fn turn(State(shared): State<Shared>, Json(turn): Json<Turn>) -> Answer {
    match turn {
        Turn::Set(time) => {
            let moment = Moment::parse_xs_date_time(&time);
            let moment = moment.ok_or_else(|| refused("a time is written 2026-11-22T12:00:00Z"))?;
            shared.world().stop_clock(moment);
        }
        Turn::AdvanceSeconds(seconds) => shared.world().advance_clock(Millis::seconds(seconds)),
        Turn::Run => shared.world().start_clock(),
    }
    Ok(clock(State(shared)).await)
}

#[derive(Deserialize)]
struct From {
    #[serde(default)]
    after: u64,
}

async fn journal(State(shared): State<Shared>, Query(from): Query<From>) -> Json<Value> {
    Json(shared.world().journal.after(from.after).map(|entry| json!(entry)).collect())
}

async fn clear(State(shared): State<Shared>) {
    shared.world().journal.clear();
}

async fn outbox(State(shared): State<Shared>) -> Json<Value> {
    Json(json!(shared.world().letters))
}

async fn reset(State(shared): State<Shared>) {
    shared.world().reset();
}

/// A value with some of its fields as they are named.
fn changed<T: serde::de::DeserializeOwned>(
    mut before: Value,
    change: BTreeMap<String, Value>,
) -> Result<T, (StatusCode, String)> {
    if let Value::Object(fields) = &mut before {
        fields.extend(change);
    }
    serde_json::from_value(before).map_err(|error| refused(error.to_string()))
}
