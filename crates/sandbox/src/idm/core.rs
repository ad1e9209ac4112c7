//! The API itself: a world, a call, an answer. It does no I/O and asks nobody for the time.

mod change;
mod create;
mod credentials;
mod desk;
mod faults;
mod fields;
mod groups;
mod journal;
mod organisation;
mod people;
mod portal;
mod reading;
mod refusal;
mod rights;
mod route;
mod states;
mod switches;
mod world;

#[cfg(test)]
mod tests;

use axum::http::Method;
use portner_domain::{Millis, Moment};
use serde_json::{Value, json};

pub use desk::Reply;
pub use faults::{Fault, Forecast};
pub use organisation::{Mode, Settings};
pub use portal::{Edit, Seed};
pub use refusal::Refusal;
pub use switches::Switches;
pub use world::World;

use credentials::named_identities;
use fields::Fields;
use journal::{Entry, Touched, body_without_cpr, without_cpr};
use route::Operation;

/// Who is at the other end, by their certificate.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Caller {
    /// An organisation, by its number in the business register.
    Organisation(String),
    /// A certificate of the right authority, without the right to the API.
    WithoutRight,
    /// Nobody: there was no certificate.
    Nobody,
}

/// One request.
#[derive(Clone, Debug)]
pub struct Call {
    /// When, by the machine's clock.
    pub at: Moment,
    /// Whose.
    pub caller: Caller,
    /// On which connection.
    pub connection: u64,
    /// The verb.
    pub method: Method,
    /// The path, without a query.
    pub path: String,
    /// The header of that name.
    pub authorization: Option<String>,
    /// The body.
    pub body: Vec<u8>,
}

/// What is said to it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// What the body is.
    pub content_type: &'static str,
    /// One more header.
    pub header: Option<(&'static str, String)>,
    /// The body.
    pub body: String,
    /// How long it is to be kept back.
    pub delay: Millis,
    /// Is the connection to end instead?
    pub cut: bool,
}

const JSON: &str = "application/json; charset=utf-8";

/// Do what a call asks, and write it down.
pub fn handle(world: &mut World, call: &Call) -> Answer {
    let routed = Operation::of(&call.method, &call.path);
    let operation = routed.as_ref().ok();
    let fault = world.weather.strike(operation);
    let delay = world.weather.delay(fault);
    let whose = whose(world, call);
    let named = operation.map(|operation| named(operation, &call.body)).unwrap_or_default();
    let state_of = |world: &World, uuid: &str| {
        whose.as_ref().and_then(|cvr| world.organisations.get(cvr)?.people.state(uuid))
    };
    let before: Vec<_> = named.iter().map(|uuid| state_of(world, uuid)).collect();
    let outcome = match fault.and_then(refused_outright) {
        Some(refusal) => Err(refusal),
        None => respond(world, call, routed.clone(), fault),
    };
    let mut touched: Vec<Touched> = named
        .into_iter()
        .zip(before)
        .map(|(identity, before)| Touched {
            after: state_of(world, &identity),
            identity: without_cpr(&identity),
            before,
        })
        .collect();
    if let (Some(Operation::Create), Ok(Reply::Json(made))) = (operation, &outcome) {
        let identity = made.get("employeeUuid").and_then(Value::as_str).unwrap_or_default().to_owned();
        touched.push(Touched { after: state_of(world, &identity), identity, before: None });
    }
    if operation.is_some_and(Operation::changes_identity) && outcome.is_ok() {
        world.occupy(whose.as_deref(), operation.and_then(Operation::identity), call.at.plus(delay));
    }
    let legal = legality(world, fault, operation, &outcome, &touched);
    let code = outcome.as_ref().err().map(|refusal| refusal.code);
    let mut answer = written(world, outcome, fault);
    answer.delay = delay;
    let entry = Entry {
        number: 0,
        time: world.now(call.at).xs_date_time(),
        organisation: whose,
        method: call.method.to_string(),
        path: without_cpr(&call.path),
        status: answer.status,
        code,
        legal,
        fault,
        touched,
        request: body_without_cpr(&call.body),
    };
    world.journal.keep(entry);
    answer
}

/// The organisation whose call it is, as far as that can be told.
fn whose(world: &World, call: &Call) -> Option<String> {
    let by_token = bearer(call).and_then(|token| world.tokens.get(token)).map(|token| token.cvr.clone());
    by_token.or_else(|| match &call.caller {
        Caller::Organisation(cvr) => Some(cvr.clone()),
        Caller::WithoutRight | Caller::Nobody => None,
    })
}

fn named(operation: &Operation, body: &[u8]) -> Vec<String> {
    match operation {
        Operation::Activate => {
            Fields::parse(body).and_then(|fields| named_identities(&fields)).unwrap_or_default()
        }
        _ => operation.identity().map(str::to_owned).into_iter().collect(),
    }
}

/// What a fault says before anything is done.
fn refused_outright(fault: Fault) -> Option<Refusal> {
    match fault {
        Fault::Unavailable | Fault::DropBefore => Some(Refusal::unavailable()),
        Fault::Internal => Some(Refusal::internal()),
        Fault::RateLimit => Some(Refusal::too_many()),
        _ => None,
    }
}

fn respond(
    world: &mut World,
    call: &Call,
    routed: Result<Operation, Refusal>,
    fault: Option<Fault>,
) -> Result<Reply, Refusal> {
    let operation = routed?;
    if operation == Operation::Authenticate {
        return world.give_token(call);
    }
    if fault == Some(Fault::TokenExpiry) {
        world.tokens.remove(bearer(call).unwrap_or_default());
    }
    let cvr = world.authorised(call, bearer(call))?;
    if let Some(uuid) = operation.identity() {
        let missing = match operation.is_about_rights() {
            true => Refusal::internal(),
            false => Refusal::no_such_identity(),
        };
        let people = world.organisations.get(&cvr).map(|it| &it.people);
        let identity = people.and_then(|people| people.find(uuid)).ok_or(missing)?;
        let is_busy = identity.busy_until.is_some_and(|until| until > call.at);
        if operation.changes_identity() && (is_busy || fault == Some(Fault::Optimistic)) {
            return Err(Refusal::overlapping());
        }
        if !identity.state.admits(&operation) {
            let refusal = Refusal::wrong_state(identity.state.name());
            return if world.switches.strict_state { Err(refusal) } else { Ok(Reply::Done) };
        }
    }
    let now = world.now(call.at);
    world.desk(&cvr, now).ok_or_else(Refusal::internal)?.perform(&operation, &call.body)
}

fn bearer(call: &Call) -> Option<&str> {
    let (scheme, token) = call.authorization.as_deref()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("Bearer").then_some(token)
}

/// Is it a call that the API allows? A lenient answer does not make it one, and a fault says nothing about it.
fn legality(
    world: &World,
    fault: Option<Fault>,
    operation: Option<&Operation>,
    outcome: &Result<Reply, Refusal>,
    touched: &[Touched],
) -> Option<bool> {
    let is_fault = fault.is_some_and(|fault| {
        refused_outright(fault).is_some() || matches!(fault, Fault::TokenExpiry | Fault::Optimistic)
    });
    if is_fault {
        return None;
    }
    let admitted = world.switches.strict_state
        || operation.is_none_or(|operation| {
            touched.iter().all(|it| it.before.is_none_or(|state| state.admits(operation)))
        });
    Some(outcome.is_ok() && admitted)
}

/// As it goes over the wire.
fn written(world: &mut World, outcome: Result<Reply, Refusal>, fault: Option<Fault>) -> Answer {
    let answer = |status, content_type, header, body| Answer {
        status,
        content_type,
        header,
        body,
        delay: Millis(0),
        cut: matches!(fault, Some(Fault::DropBefore | Fault::DropAfter)),
    };
    let ok = |value: Value| answer(200, JSON, None, value.to_string());
    match outcome {
        Ok(Reply::Json(_)) if fault == Some(Fault::EmptySearch) => ok(json!({ "employees": [] })),
        Ok(Reply::Json(_)) if fault == Some(Fault::HtmlSearch) => {
            let page = "<html><body>Please try again later.</body></html>";
            answer(200, "text/html; charset=utf-8", None, page.to_owned())
        }
        Ok(Reply::Json(value)) if world.switches.extra_fields => ok(with_unknown_fields(value)),
        Ok(Reply::Json(value) | Reply::Plain(value)) => ok(value),
        Ok(Reply::Vague) if world.switches.success_code_fuzz => match world.identifiers.below(3) {
            0 => ok(json!({})),
            1 => answer(202, JSON, None, String::new()),
            _ => answer(204, JSON, None, String::new()),
        },
        Ok(Reply::Done | Reply::Vague) => answer(204, JSON, None, String::new()),
        Err(refusal) => {
            let trace = world.identifiers.uuid();
            let switches = &world.switches;
            let (content_type, body) = refusal.body(switches.error_format, switches.auth_errors, &trace);
            answer(refusal.status, content_type, refusal.header, body)
        }
    }
}

/// The real service says more than anybody has written down; whoever reads strictly is found out.
fn with_unknown_fields(value: Value) -> Value {
    match value {
        Value::Array(items) => items.into_iter().map(with_unknown_fields).collect(),
        Value::Object(fields) => {
            let inner = fields.into_iter().map(|(name, value)| (name, with_unknown_fields(value)));
            let extra = ("simulatedExtra".to_owned(), json!({ "since": "2026-01-01", "list": [1, null] }));
            Value::Object(inner.chain([extra]).collect())
        }
        other => other,
    }
}
