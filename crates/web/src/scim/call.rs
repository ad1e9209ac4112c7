//! One request, understood: from HTTP, or from one of many in a bulk request.

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::http::header::{CONTENT_TYPE, IF_MATCH, IF_NONE_MATCH};
use axum::http::{HeaderMap, HeaderName, Method};
use portner_directory::scim::filter::Filter;
use portner_directory::scim::{
    Answer, Client, Done, Kind, Listing, Manner, Projection, Query, Refused, Scim, is_version, json,
};
use serde_json::{Map, Value};

use super::told::Told;

/// What is asked for.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Target {
    /// All users.
    Users,
    /// One.
    User(String),
    /// All groups.
    Groups,
    /// One.
    Group(String),
}

/// One request.
#[derive(Clone, Debug)]
pub struct Call {
    /// What is asked for.
    pub target: Target,
    /// What is done with it.
    pub method: Method,
    /// Which of all, and with which attributes.
    pub query: Query,
    /// What was sent.
    pub sent: Map<String, Value>,
    /// Only if it is still of this version.
    pub if_match: Option<String>,
    /// Only if it is not of this version any more.
    pub if_none_match: Option<String>,
    /// Only say what would be done.
    pub is_rehearsal: bool,
}

impl Call {
    /// From HTTP.
    pub fn read(
        target: Target,
        method: &Method,
        query: Option<&str>,
        headers: &HeaderMap,
        body: Result<Bytes, BytesRejection>,
    ) -> Result<Self, Box<Told>> {
        let pairs = Pairs::read(query);
        let has_body = [Method::POST, Method::PUT, Method::PATCH].contains(method);
        let sent = if has_body { object(headers, body)? } else { Map::new() };
        let text = |name: &HeaderName| headers.get(name).and_then(|it| it.to_str().ok()).map(str::to_owned);
        Ok(Self {
            target,
            method: method.clone(),
            query: pairs.query().map_err(|refused| Box::new(Told::refused(&refused)))?,
            sent,
            if_match: text(&IF_MATCH),
            if_none_match: text(&IF_NONE_MATCH),
            is_rehearsal: pairs.is_rehearsal(),
        })
    }

    fn manner(&self) -> Manner<'_> {
        Manner { if_match: self.if_match.as_deref(), is_rehearsal: self.is_rehearsal }
    }
}

/// The pairs of a query string.
struct Pairs(Vec<(String, String)>);

impl Pairs {
    fn read(query: Option<&str>) -> Self {
        Self(url::form_urlencoded::parse(query.unwrap_or_default().as_bytes()).into_owned().collect())
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    fn is_rehearsal(&self) -> bool {
        self.get("dryRun").is_some_and(|it| it.eq_ignore_ascii_case("true"))
    }

    fn query(&self) -> Result<Query, Refused> {
        let number = |name: &str| self.get(name).map(|text| whole(name, text)).transpose();
        Ok(Query {
            filter: self.get("filter").map(Filter::parse).transpose()?,
            start: number("startIndex")?.unwrap_or(1),
            count: number("count")?,
            projection: Projection::parse(self.get("attributes"), self.get("excludedAttributes"))?,
        })
    }
}

/// Does this query only ask what would be done?
pub fn is_rehearsal(query: Option<&str>) -> bool {
    Pairs::read(query).is_rehearsal()
}

/// Less than nothing is nothing (RFC 7644, 3.4.2.4).
fn whole(name: &str, text: &str) -> Result<u64, Refused> {
    let wrong = || Refused::new(Kind::InvalidValue, format!("{name}: it is a whole number"));
    text.parse::<i64>().map(|number| u64::try_from(number).unwrap_or(0)).map_err(|_| wrong())
}

/// The object in a body.
pub fn object(
    headers: &HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Map<String, Value>, Box<Told>> {
    let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or("application/json");
    let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    if !["application/scim+json", "application/json"].contains(&kind.as_str()) {
        return Err(Box::new(Told::error(415, None, "send application/scim+json")));
    }
    let body = body.map_err(|_| {
        let most = super::PAYLOAD_BYTES_MAX;
        Box::new(Told::error(413, None, &format!("a request has at most {most} bytes; send several")))
    })?;
    json::parse(&body).map_err(|refused| Box::new(Told::refused(&refused)))
}

/// Do it, and say what came of it.
pub async fn perform(scim: &Scim, client: &Client, call: &Call) -> Told {
    let (manner, sent) = (call.manner(), &call.sent);
    let done = match (&call.target, call.method.as_str()) {
        (Target::Users, "GET") => return listed(scim.users(client, &call.query).await),
        (Target::Groups, "GET") => return listed(scim.groups(client, &call.query).await),
        (Target::User(id), "GET") => return shown(call, scim.user(client, id).await),
        (Target::Group(id), "GET") => {
            return shown(call, scim.group(client, id, &call.query.projection).await);
        }
        (Target::Users, "POST") => scim.create_user(client, sent, manner).await,
        (Target::User(id), "PUT") => scim.replace_user(client, id, sent, manner).await,
        (Target::User(id), "PATCH") => scim.patch_user(client, id, sent, manner).await,
        (Target::User(id), "DELETE") => scim.delete_user(client, id, manner).await,
        (Target::Groups, "POST") => scim.create_group(client, sent, manner).await,
        (Target::Group(id), "PUT") => scim.replace_group(client, id, sent, manner).await,
        (Target::Group(id), "PATCH") => scim.patch_group(client, id, sent, manner).await,
        (Target::Group(id), "DELETE") => scim.delete_group(client, id, manner).await,
        _ => return Told::error(405, None, "that method is not for this path; see RFC 7644, table 2"),
    };
    match done {
        Ok(Ok(Done::Stored(resource))) => {
            let status = if call.method == Method::POST { 201 } else { 200 };
            Told::new(status, projected(call, resource))
        }
        Ok(Ok(Done::Removed)) => Told::empty(204),
        Ok(Ok(Done::Rehearsed(steps))) => Told::new(
            200,
            serde_json::json!({
                "schemas": ["urn:ietf:params:scim:api:messages:dk:nsis:2.0:DryRun"],
                "detail": "nothing was changed",
                "steps": steps,
            }),
        ),
        Ok(Err(refused)) => Told::refused(&refused),
        Err(error) => Told::failed(&error),
    }
}

/// The version and the place are told in headers, too, so `meta` is kept until they are read from it.
fn projected(call: &Call, resource: Map<String, Value>) -> Value {
    let meta = resource.get("meta").cloned();
    let mut told = call.query.projection.of(resource);
    if call.method != Method::GET {
        told.extend(meta.map(|meta| ("meta".to_owned(), meta)));
    }
    Value::Object(told)
}

fn shown(call: &Call, found: Answer<Map<String, Value>>) -> Told {
    match found {
        Ok(Ok(resource)) => {
            let version = resource.get("meta").and_then(|meta| meta.get("version")).and_then(Value::as_str);
            let known = call.if_none_match.as_deref().zip(version);
            if known.is_some_and(|(header, version)| is_version(header, version)) {
                return Told::empty(304);
            }
            Told::new(200, projected(call, resource))
        }
        Ok(Err(refused)) => Told::refused(&refused),
        Err(error) => Told::failed(&error),
    }
}

fn listed(found: Answer<Listing>) -> Told {
    match found {
        Ok(Ok(listing)) => Told::listing(listing),
        Ok(Err(refused)) => Told::refused(&refused),
        Err(error) => Told::failed(&error),
    }
}

/// A query in a body (RFC 7644, 3.4.3), among some kinds of resources: users first.
pub async fn search(scim: &Scim, client: &Client, among: &[Target], sent: &Map<String, Value>) -> Told {
    let mut query = match wanted(sent) {
        Ok(query) => query,
        Err(refused) => return Told::refused(&refused),
    };
    let start = query.start.max(1);
    let mut all = Listing { start, ..Listing::default() };
    let most = query.count.unwrap_or(u64::from(portner_directory::scim::read::RESULTS_MAX));
    for target in among {
        let here = u64::try_from(all.resources.len()).unwrap_or(u64::MAX);
        query.start = start.saturating_sub(all.total).max(1);
        query.count = Some(most.saturating_sub(here));
        let found = match target {
            Target::Users => scim.users(client, &query).await,
            _ => scim.groups(client, &query).await,
        };
        match found {
            Ok(Ok(found)) => {
                all.total += found.total;
                all.resources.extend(found.resources);
            }
            Ok(Err(refused)) => return Told::refused(&refused),
            Err(error) => return Told::failed(&error),
        }
    }
    Told::listing(all)
}

fn wanted(sent: &Map<String, Value>) -> Result<Query, Refused> {
    let text = |name: &str| json::get(sent, name).and_then(Value::as_str);
    let number = |name: &str| match json::get(sent, name) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => whole(name, &value.to_string()).map(Some),
    };
    let names = |name: &str| match json::get(sent, name) {
        Some(Value::Array(all)) => Some(all.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(",")),
        Some(Value::String(one)) => Some(one.clone()),
        _ => None,
    };
    let (only, not) = (names("attributes"), names("excludedAttributes"));
    Ok(Query {
        filter: text("filter").map(Filter::parse).transpose()?,
        start: number("startIndex")?.unwrap_or(1),
        count: number("count")?,
        projection: Projection::parse(only.as_deref(), not.as_deref())?,
    })
}
