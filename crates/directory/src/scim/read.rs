//! Reading: one resource, or a page of those that a filter finds. However many there are, only so many are looked at.

use portner_domain::{GroupId, IdentityId};
use serde_json::{Map, Value};

use super::client::Client;
use super::filter::{Attr, Filter, Lookup};
use super::refusal::{Kind, Refused};
use super::schema;
use super::{Answer, Scim};
use crate::store;
use crate::store::scim::{Which, WhichGroups};

/// Resources in one answer.
pub const RESULTS_MAX: u32 = 200;
/// Resources that one filter without an index may look at.
pub const SCANNED_MAX: usize = 10_000;
/// How many are read at a time.
const SCAN_PAGE: u32 = 500;
/// Attributes that one request may name.
const PROJECTED_MAX: usize = 50;

/// What is asked for.
#[derive(Clone, Debug, Default)]
pub struct Query {
    /// Those that are so.
    pub filter: Option<Filter>,
    /// From this one on, counted from one.
    pub start: u64,
    /// At most so many; as many as are told at once if nothing is said.
    pub count: Option<u64>,
    /// With which attributes.
    pub projection: Projection,
}

/// Which attributes are told.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Projection {
    only: Vec<Attr>,
    not: Vec<Attr>,
}

/// A page.
#[derive(Clone, Debug, Default)]
pub struct Listing {
    /// How many there are in all.
    pub total: u64,
    /// The first of these, counted from one.
    pub start: u64,
    /// These.
    pub resources: Vec<Map<String, Value>>,
}

impl Query {
    /// So many.
    fn most(&self) -> u32 {
        let count = self.count.unwrap_or(u64::from(RESULTS_MAX));
        u32::try_from(count).unwrap_or(RESULTS_MAX).min(RESULTS_MAX)
    }

    fn skipped(&self) -> u64 {
        self.start.max(1) - 1
    }
}

impl Projection {
    /// From lists of names with commas between them.
    pub fn parse(only: Option<&str>, not: Option<&str>) -> Result<Self, Refused> {
        let attrs = |text: Option<&str>| {
            let names = text.unwrap_or_default().split(',').map(str::trim).filter(|name| !name.is_empty());
            let attr = |name: &str| {
                Attr::parse(name).ok_or_else(|| Refused::value("attributes", "one of the names is none"))
            };
            let all = names.take(PROJECTED_MAX + 1).map(attr).collect::<Result<Vec<_>, _>>()?;
            if all.len() > PROJECTED_MAX {
                return Err(Refused::value("attributes", &format!("at most {PROJECTED_MAX} are named")));
            }
            Ok(all)
        };
        Ok(Self { only: attrs(only)?, not: attrs(not)? })
    }

    /// The resource with what is asked for; `id` and `schemas` always (RFC 7643, 7: returned).
    pub fn of(&self, resource: Map<String, Value>) -> Map<String, Value> {
        let always = |name: &str| ["id", "schemas"].contains(&name);
        let mut told = Map::new();
        for (name, value) in resource {
            let kept = if always(&name) {
                Some(value)
            } else if self.only.is_empty() {
                without(&self.not, &name, unasked(&name, value)).filter(|value| !is_hollow(value))
            } else {
                with(&self.only, &name, value)
            };
            told.extend(kept.map(|value| (name, value)));
        }
        told
    }

    /// Is that attribute told?
    pub fn tells(&self, name: &str) -> bool {
        let names = |attrs: &[Attr]| attrs.iter().any(|attr| attr.name.eq_ignore_ascii_case(name));
        if self.only.is_empty() { !names(&self.not) } else { names(&self.only) }
    }
}

/// What of a value at the top is named; parts that are named, if not the whole.
fn with(attrs: &[Attr], name: &str, value: Value) -> Option<Value> {
    let mut parts: Vec<&str> = Vec::new();
    for attr in attrs {
        match (attr.urn, &attr.sub) {
            (Some(urn), _) if urn == name && attr.name.is_empty() => return Some(value),
            (Some(urn), _) if urn == name => parts.push(&attr.name),
            (None, None) if attr.name.eq_ignore_ascii_case(name) => return Some(value),
            (None, Some(sub)) if attr.name.eq_ignore_ascii_case(name) => parts.push(sub),
            _ => {}
        }
    }
    let named = |part: &str| parts.iter().any(|other| other.eq_ignore_ascii_case(part));
    (!parts.is_empty()).then(|| retained(value, &named))
}

fn without(attrs: &[Attr], name: &str, value: Value) -> Option<Value> {
    let whole = |attr: &Attr| match attr.urn {
        Some(urn) => urn == name && attr.name.is_empty(),
        None => attr.sub.is_none() && attr.name.eq_ignore_ascii_case(name),
    };
    if attrs.iter().any(whole) {
        return None;
    }
    let part = |attr: &Attr, part: &str| match (attr.urn, &attr.sub) {
        (Some(urn), _) => urn == name && attr.name.eq_ignore_ascii_case(part),
        (None, Some(sub)) => attr.name.eq_ignore_ascii_case(name) && sub.eq_ignore_ascii_case(part),
        (None, None) => false,
    };
    Some(retained(value, &|name: &str| !attrs.iter().any(|attr| part(attr, name))))
}

/// Without what is told only on request.
fn unasked(name: &str, value: Value) -> Value {
    match schema::known(name) {
        Some(urn) => {
            let on_request = |part: &str| {
                schema::attribute(schema::of_users(Some(urn)), part).is_some_and(|it| it.is_on_request)
            };
            retained(value, &|part: &str| !on_request(part))
        }
        None => value,
    }
}

fn is_hollow(value: &Value) -> bool {
    value.as_object().is_some_and(Map::is_empty)
}

fn retained(mut value: Value, is_kept: &dyn Fn(&str) -> bool) -> Value {
    match &mut value {
        Value::Object(object) => object.retain(|name, _| is_kept(name)),
        Value::Array(all) => {
            for one in all.iter_mut().filter_map(Value::as_object_mut) {
                one.retain(|name, _| is_kept(name));
            }
        }
        _ => {}
    }
    value
}

/// A page that is being filled from a scan.
struct Scan<'q> {
    query: &'q Query,
    filter: &'q Filter,
    found: Listing,
}

impl<'q> Scan<'q> {
    fn new(query: &'q Query, filter: &'q Filter) -> Self {
        Self { query, filter, found: Listing { start: query.start.max(1), ..Listing::default() } }
    }

    fn look_at(&mut self, resource: Map<String, Value>) {
        if !self.filter.matches(&resource) {
            return;
        }
        self.found.total += 1;
        let has_room = self.found.resources.len() < usize::try_from(self.query.most()).unwrap_or(0);
        if self.found.total > self.query.skipped() && has_room {
            self.found.resources.push(self.query.projection.of(resource));
        }
    }
}

fn too_many() -> Refused {
    let hint = "look for userName, externalId or id with eq, or ask for all of them page by page";
    Refused::new(Kind::TooMany, format!("filter: it would have to look at more than {SCANNED_MAX}; {hint}"))
}

impl Scim {
    /// One user of a client's.
    pub async fn user(&self, client: &Client, id: &str) -> Answer<Map<String, Value>> {
        let found = self.on_record(client, id).await?;
        Ok(found.map(|found| found.resource(&self.base)).ok_or_else(Refused::not_found))
    }

    /// Users of a client's, by age.
    pub async fn users(&self, client: &Client, query: &Query) -> Answer<Listing> {
        let (db, name) = (self.log.database(), &client.name);
        let Some(filter) = &query.filter else {
            let total = store::scim::count_users(db, name).await?;
            let page = match query.most() {
                0 => Vec::new(),
                most => store::scim::users(db, name, &Which::From(query.skipped()), most).await?,
            };
            let told = page.iter().map(|user| query.projection.of(user.resource(&self.base)));
            return Ok(Ok(Listing { total, start: query.start.max(1), resources: told.collect() }));
        };
        let mut scan = Scan::new(query, filter);
        if let Some(lookup) = filter.lookup("userName") {
            if let Some(which) = which_user(&lookup) {
                for user in store::scim::users(db, name, &which, 1).await? {
                    scan.look_at(user.resource(&self.base));
                }
            }
            return Ok(Ok(scan.found));
        }
        let (mut after, mut seen) = (IdentityId(uuid::Uuid::nil()), 0_usize);
        loop {
            let page = store::scim::users(db, name, &Which::After(after), SCAN_PAGE).await?;
            let Some(last) = page.last() else { return Ok(Ok(scan.found)) };
            after = last.known.identity;
            seen += page.len();
            if seen > SCANNED_MAX {
                return Ok(Err(too_many()));
            }
            page.iter().for_each(|user| scan.look_at(user.resource(&self.base)));
        }
    }

    /// One group of a client's.
    pub async fn group(
        &self,
        client: &Client,
        id: &str,
        projection: &Projection,
    ) -> Answer<Map<String, Value>> {
        let Some(group) = self.group_on_record(client, id).await? else {
            return Ok(Err(Refused::not_found()));
        };
        if !projection.tells("members") {
            return Ok(Ok(group.resource(&self.base, None)));
        }
        let members = self.members_told(client, &group).await?;
        Ok(members.map(|members| group.resource(&self.base, Some(&members))))
    }

    /// Groups of a client's, by age.
    pub async fn groups(&self, client: &Client, query: &Query) -> Answer<Listing> {
        let (db, name) = (self.log.database(), &client.name);
        let mut found = Listing { start: query.start.max(1), ..Listing::default() };
        let Some(filter) = &query.filter else {
            found.total = store::scim::count_groups(db, name).await?;
            let page = match query.most() {
                0 => Vec::new(),
                most => store::scim::groups(db, name, &WhichGroups::From(query.skipped()), most).await?,
            };
            for group in page {
                match self.group(client, &group.id.to_string(), &query.projection).await? {
                    Ok(resource) => found.resources.push(query.projection.of(resource)),
                    Err(refused) => return Ok(Err(refused)),
                }
            }
            return Ok(Ok(found));
        };
        let mut scan = Scan::new(query, filter);
        if let Some(lookup) = filter.lookup("displayName") {
            let found = match which_group(&lookup) {
                Some(which) => store::scim::groups(db, name, &which, RESULTS_MAX).await?,
                None => Vec::new(),
            };
            return Ok(self.look_at_groups(client, &found, &mut scan).await?.map(|()| scan.found));
        }
        let (mut after, mut seen) = (GroupId(uuid::Uuid::nil()), 0_usize);
        loop {
            let page = store::scim::groups(db, name, &WhichGroups::After(after), SCAN_PAGE).await?;
            let Some(last) = page.last() else { return Ok(Ok(scan.found)) };
            after = last.id;
            seen += page.len();
            if seen > SCANNED_MAX {
                return Ok(Err(too_many()));
            }
            if let Err(refused) = self.look_at_groups(client, &page, &mut scan).await? {
                return Ok(Err(refused));
            }
        }
    }

    async fn look_at_groups(
        &self,
        client: &Client,
        groups: &[super::group::GroupOnRecord],
        scan: &mut Scan<'_>,
    ) -> Answer<()> {
        let tells = scan.query.projection.tells("members") || scan.filter.speaks_of("members");
        for group in groups {
            let members = match tells {
                true => match self.members_told(client, group).await? {
                    Ok(members) => Some(members),
                    Err(refused) => return Ok(Err(refused)),
                },
                false => None,
            };
            scan.look_at(group.resource(&self.base, members.as_deref()));
        }
        Ok(Ok(()))
    }
}

/// Nothing where nobody can be called so.
fn which_user(lookup: &Lookup) -> Option<Which> {
    match lookup {
        Lookup::Id(id) => id.parse().ok().map(Which::Id),
        Lookup::Name(name) => {
            let name: portner_domain::identity::UserName = name.parse().ok()?;
            Some(Which::UserName(name.as_str().to_owned()))
        }
        Lookup::ExternalId(id) => bindable(id).map(Which::ExternalId),
    }
}

fn which_group(lookup: &Lookup) -> Option<WhichGroups> {
    match lookup {
        Lookup::Id(id) => id.parse().ok().map(WhichGroups::Id),
        Lookup::Name(name) => bindable(&name.trim().to_lowercase()).map(WhichGroups::Folded),
        Lookup::ExternalId(id) => bindable(id).map(WhichGroups::ExternalId),
    }
}

/// PostgreSQL takes no text with a NUL in it.
fn bindable(text: &str) -> Option<String> {
    (!text.chars().any(char::is_control)).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::schema::{ENTERPRISE, NSIS};
    use super::Projection;

    #[test]
    fn what_is_asked_for_is_told_and_no_more() {
        let user = json!({
            "id": "1", "schemas": [], "userName": "a", "name": {"givenName": "A", "familyName": "B"},
            "emails": [{"value": "x", "type": "work"}], NSIS: {"unit": "N", "state": "active"},
        });
        let told = |only: Option<&str>, not: Option<&str>| {
            let projection = Projection::parse(only, not).unwrap();
            Value::Object(projection.of(user.as_object().unwrap().clone()))
        };
        assert_eq!(told(Some("USERNAME"), None), json!({"id": "1", "schemas": [], "userName": "a"}));
        let parts = told(Some("name.givenName,emails.value"), None);
        assert_eq!(
            (&parts["name"], &parts["emails"]),
            (&json!({"givenName": "A"}), &json!([{"value": "x"}]))
        );
        assert_eq!(told(Some(&format!("{NSIS}:unit")), None)[NSIS], json!({"unit": "N"}));
        assert_eq!(told(Some(NSIS), None)[NSIS]["state"], json!("active"));
        assert_eq!(told(None, None)[NSIS], json!({"unit": "N"}), "a fact is told to whoever asks for it");
        assert_eq!(told(Some(ENTERPRISE), None), json!({"id": "1", "schemas": []}));
        let less = told(None, Some("id,name,emails.type"));
        assert_eq!((less.get("id").is_some(), less.get("name")), (true, None));
        assert_eq!(less["emails"], json!([{"value": "x"}]));
        assert!(Projection::parse(Some("a b"), None).is_err());
        assert!(Projection::parse(Some(&"a,".repeat(51)), None).is_err());
    }
}
