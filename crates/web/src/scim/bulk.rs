//! Many requests in one (RFC 7644, 3.7): one after the other, each by itself.

use std::collections::BTreeMap;

use axum::body::Bytes;
use axum::extract::RawQuery;
use axum::extract::rejection::BytesRejection;
use axum::http::{HeaderMap, Method};
use axum::response::Response;
use portner_directory::scim::{Client, Query, Scim, json};
use serde_json::{Map, Value, json as made};

use super::Welcome;
use super::call::{Call, Target, is_rehearsal, object, perform};
use super::told::{Told, not_served};

/// Operations in one request: some seconds, on the slowest of databases.
pub const BULK_OPERATIONS_MAX: usize = 500;

const BEGINS: &str = "bulkId:";

/// An operation that waits for its turn.
struct Waiting<'b> {
    method: Method,
    bulk_id: Option<&'b str>,
    path: &'b str,
    version: Option<&'b str>,
    data: Value,
}

pub async fn bulk(
    welcome: Welcome,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let Some(scim) = welcome.scim() else { return not_served() };
    let is_rehearsal = is_rehearsal(query.as_deref());
    let told = match object(&headers, body) {
        Ok(sent) => all(scim, &welcome.client, &sent, is_rehearsal).await,
        Err(told) => *told,
    };
    told.counted(&welcome.client, &Method::POST).into_response_of(scim)
}

async fn all(scim: &Scim, client: &Client, sent: &Map<String, Value>, is_rehearsal: bool) -> Told {
    let waiting = match operations(sent) {
        Ok(waiting) => waiting,
        Err(told) => return told,
    };
    let errors_max = json::get(sent, "failOnErrors").and_then(Value::as_u64).unwrap_or(u64::MAX);
    let (mut made_ids, mut errors) = (BTreeMap::new(), 0_u64);
    let mut answers: Vec<Option<Value>> = waiting.iter().map(|_| None).collect();
    // Whatever names something that is made later waits for it (RFC 7644, 3.7.1). Each round does at least one.
    loop {
        let mut has_done = false;
        for (one, answer) in waiting.iter().zip(answers.iter_mut()).filter(|(_, answer)| answer.is_none()) {
            if errors >= errors_max.max(1) {
                break;
            }
            let Some((path, data)) = named(one, &made_ids) else { continue };
            let told = perform_one(scim, client, (one, &path, data), is_rehearsal).await;
            has_done = true;
            errors += u64::from(told.status >= 400);
            if let (Some(bulk_id), Some(id)) =
                (one.bulk_id, told.body.as_ref().and_then(|body| body.get("id")))
            {
                made_ids.extend(id.as_str().map(|id| (bulk_id.to_owned(), id.to_owned())));
            }
            *answer = Some(told_of(scim, one, &path, &told));
        }
        if !has_done || errors >= errors_max.max(1) {
            break;
        }
    }
    let left = waiting.iter().zip(answers.iter_mut()).filter(|(_, answer)| answer.is_none());
    if errors < errors_max.max(1) {
        for (one, answer) in left {
            let told =
                Told::error(409, Some("invalidValue"), "a bulkId in it names nothing that was made here");
            *answer = Some(told_of(scim, one, one.path, &told));
        }
    }
    let answers: Vec<Value> = answers.into_iter().flatten().collect();
    Told::new(
        200,
        made!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkResponse"], "Operations": answers }),
    )
}

fn operations(sent: &Map<String, Value>) -> Result<Vec<Waiting<'_>>, Told> {
    let Some(Value::Array(all)) = json::get(sent, "Operations") else {
        return Err(syntax("a bulk request has Operations, an array of objects"));
    };
    if all.len() > BULK_OPERATIONS_MAX {
        let what = format!("a bulk request has at most {BULK_OPERATIONS_MAX} operations; send several");
        return Err(Told::error(413, None, &what));
    }
    all.iter().map(operation).collect()
}

fn operation(one: &Value) -> Result<Waiting<'_>, Told> {
    let Value::Object(one) = one else { return Err(syntax("each of Operations is an object")) };
    let text = |name: &str| json::get(one, name).and_then(Value::as_str);
    let method = match text("method").map(str::to_ascii_uppercase).as_deref() {
        Some("POST") => Method::POST,
        Some("PUT") => Method::PUT,
        Some("PATCH") => Method::PATCH,
        Some("DELETE") => Method::DELETE,
        _ => return Err(syntax("method is POST, PUT, PATCH or DELETE")),
    };
    let bulk_id = text("bulkId");
    if method == Method::POST && bulk_id.is_none() {
        return Err(syntax("every POST has a bulkId"));
    }
    let path = text("path").ok_or_else(|| syntax("every operation has a path"))?;
    let data = json::get(one, "data").cloned().unwrap_or_default();
    Ok(Waiting { method, bulk_id, path, version: text("version"), data })
}

fn syntax(what: &str) -> Told {
    Told::error(400, Some("invalidSyntax"), what)
}

/// With the ids of what was made in place of what they were called; nothing if one is still to be made.
fn named(one: &Waiting<'_>, ids: &BTreeMap<String, String>) -> Option<(String, Value)> {
    let path = one.path.split('/').map(|part| id_of(part, ids)).collect::<Option<Vec<_>>>()?.join("/");
    let mut data = one.data.clone();
    resolve(&mut data, ids).then_some((path, data))
}

fn id_of(text: &str, ids: &BTreeMap<String, String>) -> Option<String> {
    match text.strip_prefix(BEGINS) {
        Some(bulk_id) => ids.get(bulk_id).cloned(),
        None => Some(text.to_owned()),
    }
}

/// As deep as JSON is read at all.
fn resolve(value: &mut Value, ids: &BTreeMap<String, String>) -> bool {
    match value {
        Value::String(text) => match id_of(text, ids) {
            Some(id) => {
                *text = id;
                true
            }
            None => false,
        },
        Value::Array(all) => all.iter_mut().all(|one| resolve(one, ids)),
        Value::Object(all) => all.iter_mut().all(|(_, one)| resolve(one, ids)),
        Value::Null | Value::Bool(_) | Value::Number(_) => true,
    }
}

async fn perform_one(
    scim: &Scim,
    client: &Client,
    (one, path, data): (&Waiting<'_>, &str, Value),
    is_rehearsal: bool,
) -> Told {
    let mut parts = path.trim_start_matches('/').splitn(2, '/');
    let target = match (parts.next(), parts.next().filter(|id| !id.is_empty())) {
        (Some("Users"), None) => Target::Users,
        (Some("Users"), Some(id)) => Target::User(id.to_owned()),
        (Some("Groups"), None) => Target::Groups,
        (Some("Groups"), Some(id)) => Target::Group(id.to_owned()),
        _ => return Told::error(404, None, "path: it is like /Users or /Groups/{id}"),
    };
    let sent = match data {
        Value::Object(sent) => sent,
        Value::Null if one.method == Method::DELETE => Map::new(),
        _ => return Told::error(400, Some("invalidSyntax"), "data is an object"),
    };
    let call = Call {
        target,
        method: one.method.clone(),
        query: Query::default(),
        sent,
        if_match: one.version.map(str::to_owned),
        if_none_match: None,
        is_rehearsal,
    };
    perform(scim, client, &call).await.counted(client, &one.method)
}

fn told_of(scim: &Scim, one: &Waiting<'_>, path: &str, told: &Told) -> Value {
    let mut answer = made!({ "method": one.method.as_str(), "status": told.status.to_string() });
    let Some(object) = answer.as_object_mut() else { return answer };
    let mut put = |name: &str, value: Option<Value>| object.extend(value.map(|it| (name.to_owned(), it)));
    put("bulkId", one.bulk_id.map(Value::from));
    put("version", told.meta("version").map(Value::from));
    let place = told.meta("location").map(str::to_owned);
    let place = place.or_else(|| (one.method != Method::POST).then(|| format!("{}{path}", scim.base)));
    put("location", place.map(Value::from));
    // What was refused is told in full (RFC 7644, 3.7), and what would be done.
    let is_told = told.status >= 400 || told.body.as_ref().is_some_and(|body| body.get("steps").is_some());
    put("response", told.body.clone().filter(|_| is_told));
    answer
}
