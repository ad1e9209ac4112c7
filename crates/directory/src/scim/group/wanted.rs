//! What a client wants of a group, read from what it sent.

use std::collections::BTreeSet;

use portner_domain::IdentityId;
use serde_json::{Map, Value};

use crate::scim::filter::{Filter, Op};
use crate::scim::json::get;
use crate::scim::patch::{Operation, Verb};
use crate::scim::refusal::{Kind, Refused};
use crate::scim::schema;
use crate::scim::user::text_at;

/// Memberships that one request may change.
pub const MEMBERS_CHANGED_MAX: usize = 5_000;

/// What a client wants of a group.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Wanted {
    /// Another name.
    pub display: Option<String>,
    /// Another external id, or none.
    pub external_id: Option<Option<String>>,
    /// Are all who are in it out of it first?
    pub is_emptied: bool,
    /// In it, then.
    pub added: BTreeSet<IdentityId>,
    /// Out of it.
    pub removed: BTreeSet<IdentityId>,
}

impl Wanted {
    /// All of a group, as it was sent.
    pub fn whole(sent: &Map<String, Value>) -> Result<Self, Refused> {
        let display = text_at(Some(sent), "displayName")?;
        let display = display.ok_or_else(|| Refused::value("displayName", "it is needed; send it"))?;
        Ok(Self {
            display: Some(display),
            external_id: Some(text_at(Some(sent), "externalId")?),
            is_emptied: true,
            added: get(sent, "members").map(members).transpose()?.unwrap_or_default(),
            removed: BTreeSet::new(),
        })
    }

    /// Some of it.
    pub fn patched(operations: &[Operation]) -> Result<Self, Refused> {
        let mut wanted = Self::default();
        for Operation { verb, path, value } in operations {
            match path {
                Some(path) => wanted.change(*verb, &path.attr.name, (path.filter.as_ref(), value), true)?,
                None => {
                    let Value::Object(all) = value else {
                        let what = "without a path, value is an object of attributes";
                        return Err(Refused::new(Kind::InvalidSyntax, what));
                    };
                    if *verb == Verb::Remove {
                        return Err(Refused::new(Kind::NoTarget, "remove needs a path"));
                    }
                    for (name, value) in all {
                        wanted.change(*verb, name, (None, value), false)?;
                    }
                }
            }
        }
        Ok(wanted)
    }

    fn change(
        &mut self,
        verb: Verb,
        name: &str,
        (filter, value): (Option<&Filter>, &Value),
        is_named: bool,
    ) -> Result<(), Refused> {
        let alone = |value: &Value| Map::from_iter([(name.to_owned(), value.clone())]);
        match name.to_ascii_lowercase().as_str() {
            "members" => self.change_members(verb, filter, value),
            "displayname" if verb != Verb::Remove => {
                self.display = text_at(Some(&alone(value)), name)?;
                let needed = || Refused::value("displayName", "it is needed; send one that is not empty");
                self.display.as_ref().map(|_| ()).ok_or_else(needed)
            }
            "displayname" => {
                Err(Refused::new(Kind::Mutability, "displayName: every group has one; replace it"))
            }
            "externalid" if verb == Verb::Remove => {
                self.external_id = Some(None);
                Ok(())
            }
            "externalid" => {
                self.external_id = Some(text_at(Some(&alone(value)), name)?);
                Ok(())
            }
            _ if !is_named => Ok(()),
            _ if schema::common(name).is_some() => {
                Err(Refused::new(Kind::Mutability, "path: nobody changes that; leave the operation out"))
            }
            _ => {
                Err(Refused::new(Kind::InvalidPath, "path: groups have displayName, externalId and members"))
            }
        }
    }

    fn change_members(&mut self, verb: Verb, filter: Option<&Filter>, value: &Value) -> Result<(), Refused> {
        let named = match filter {
            Some(filter) => named_by(filter)?,
            None => members(value)?,
        };
        match verb {
            Verb::Remove if filter.is_none() && named.is_empty() => {
                self.is_emptied = true;
                self.added.clear();
                self.removed.clear();
            }
            Verb::Remove => {
                self.added.retain(|id| !named.contains(id));
                self.removed.extend(named);
            }
            Verb::Add => {
                self.removed.retain(|id| !named.contains(id));
                self.added.extend(named);
            }
            Verb::Replace if filter.is_none() => {
                self.is_emptied = true;
                self.removed.clear();
                self.added = named;
            }
            Verb::Replace => {
                let what = "path: a member has nothing to be replaced; remove it, and add another";
                return Err(Refused::new(Kind::InvalidPath, what));
            }
        }
        Ok(())
    }
}

/// Whom a value names.
fn members(value: &Value) -> Result<BTreeSet<IdentityId>, Refused> {
    let one = |member: &Value| {
        let (id, kind) = match member {
            Value::Object(member) => (get(member, "value"), get(member, "type")),
            other => (Some(other), None),
        };
        let is_group = kind.and_then(Value::as_str).is_some_and(|kind| kind.eq_ignore_ascii_case("Group"));
        let id = id.and_then(Value::as_str).and_then(|id| id.parse().ok());
        id.filter(|_| !is_group).ok_or_else(no_member)
    };
    match value {
        Value::Null => Ok(BTreeSet::new()),
        Value::Array(all) => all.iter().map(one).collect(),
        other => Ok(BTreeSet::from([one(other)?])),
    }
}

/// Whom a filter like `value eq "…"` names.
fn named_by(filter: &Filter) -> Result<BTreeSet<IdentityId>, Refused> {
    match filter {
        Filter::Or(any) => any.iter().map(named_by).try_fold(BTreeSet::new(), |mut all, some| {
            all.extend(some?);
            Ok(all)
        }),
        Filter::Compare(attr, Op::Eq, value) if attr.name.eq_ignore_ascii_case("value") => members(value),
        _ => {
            let what = "path: members are named like members[value eq \"…\"]";
            Err(Refused::new(Kind::InvalidFilter, what))
        }
    }
}

pub(super) fn no_member() -> Refused {
    Refused::value("members", "each has the id of a user of this client; groups can't be in groups here")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::Wanted;
    use crate::scim::patch::operations;
    use crate::scim::refusal::Kind;

    const ONE: &str = "00000000-0000-7000-8000-000000000001";
    const TWO: &str = "00000000-0000-7000-8000-000000000002";

    fn wanted(all: serde_json::Value) -> Result<Wanted, Kind> {
        let body = json!({ "Operations": all });
        let read = operations(body.as_object().unwrap()).and_then(|all| Wanted::patched(&all));
        read.map_err(|refused| refused.kind)
    }

    fn ids(all: &[&str]) -> std::collections::BTreeSet<portner_domain::IdentityId> {
        all.iter().map(|id| id.parse().unwrap()).collect()
    }

    #[test]
    fn members_come_and_go_as_clients_write_it() {
        let add = json!({"op": "Add", "path": "members", "value": [{"value": ONE}, {"value": TWO}]});
        assert_eq!(wanted(json!([add])).unwrap().added, ids(&[ONE, TWO]));
        let remove = json!({"op": "Remove", "path": "members", "value": [{"value": ONE}]});
        let both = wanted(json!([add, remove])).unwrap();
        assert_eq!((both.added, both.removed), (ids(&[TWO]), ids(&[ONE])));
        let one = json!({"op": "remove", "path": format!("members[value eq \"{ONE}\"]")});
        assert_eq!(wanted(json!([one])).unwrap().removed, ids(&[ONE]));
        let all = wanted(json!([{"op": "remove", "path": "members"}])).unwrap();
        assert!(all.is_emptied && all.added.is_empty());
        let only =
            json!({"op": "replace", "value": {"id": "x", "displayName": "A", "members": [{"value": TWO}]}});
        let only = wanted(json!([only])).unwrap();
        assert_eq!((only.is_emptied, only.added, only.display), (true, ids(&[TWO]), Some("A".into())));
    }

    #[test]
    fn what_a_group_can_not_have_is_refused() {
        for (operation, kind) in [
            (
                json!({"op": "add", "path": "members", "value": [{"value": ONE, "type": "Group"}]}),
                Kind::InvalidValue,
            ),
            (json!({"op": "add", "path": "members", "value": [{"value": "x"}]}), Kind::InvalidValue),
            (json!({"op": "remove", "path": "members[type eq \"x\"]"}), Kind::InvalidFilter),
            (
                json!({"op": "replace", "path": format!("members[value eq \"{ONE}\"].value"), "value": TWO}),
                Kind::InvalidPath,
            ),
            (json!({"op": "remove", "path": "displayName"}), Kind::Mutability),
            (json!({"op": "replace", "path": "displayName", "value": " "}), Kind::InvalidValue),
            (json!({"op": "replace", "path": "id", "value": "x"}), Kind::Mutability),
            (json!({"op": "replace", "path": "owner", "value": "x"}), Kind::InvalidPath),
        ] {
            assert_eq!(wanted(json!([operation])), Err(kind), "{operation}");
        }
    }
}
