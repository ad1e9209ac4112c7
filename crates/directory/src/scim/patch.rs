//! Changing a user part by part (RFC 7644, 3.5.2), as the standard says and as Entra ID and Okta write it.
//!
//! What is changed is a document of the attributes that a client may write, with their names in our letters; whether the
//! result is a user is asked afterwards.

use serde_json::{Map, Value};

use super::filter::{Attr, FILTER_DEPTH_MAX, Filter, Parser};
use super::json::{get, truth};
use super::refusal::{Kind, Refused};
use super::schema::{self, Attribute, Change, Type};

/// Operations in one request.
pub const PATCH_OPERATIONS_MAX: usize = 1_000;
/// Values of one attribute that has several.
pub const VALUES_MAX: usize = 20;

/// One operation.
#[derive(Clone, Debug, PartialEq)]
pub struct Operation {
    /// What is done.
    pub verb: Verb,
    /// Where; nothing if the value says where.
    pub path: Option<Path>,
    /// With what.
    pub value: Value,
}

/// What an operation does.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Verb {
    /// A value comes to others, or in place of one.
    Add,
    /// Gone.
    Remove,
    /// In place of what is there.
    Replace,
}

/// Where something is to be changed.
#[derive(Clone, Debug, PartialEq)]
pub struct Path {
    /// Which attribute, and which part.
    pub attr: Attr,
    /// Which of its values.
    pub filter: Option<Filter>,
}

impl Path {
    /// Read one.
    pub fn parse(text: &str) -> Result<Self, Refused> {
        let invalid = || {
            let hint = "write it like name.givenName or emails[type eq \"work\"].value";
            Refused::new(Kind::InvalidPath, format!("path: it is none; {hint}"))
        };
        let text = text.trim();
        let Some((before, inside)) = text.split_once('[') else {
            let attr = Attr::parse(text).ok_or_else(invalid)?;
            return Ok(Self { attr, filter: None });
        };
        if text.len() > super::filter::FILTER_BYTES_MAX {
            return Err(invalid());
        }
        let attr = Attr::parse(before.trim()).filter(|attr| attr.sub.is_none()).ok_or_else(invalid)?;
        let mut parser = Parser { rest: inside };
        let filter = parser.until_bracket(']', FILTER_DEPTH_MAX)?;
        let sub = match parser.rest.strip_prefix('.') {
            Some(sub) => Some(
                Attr::parse(sub).filter(|it| it.sub.is_none() && it.urn.is_none()).ok_or_else(invalid)?.name,
            ),
            None if parser.rest.is_empty() => None,
            None => return Err(invalid()),
        };
        Ok(Self { attr: Attr { sub, ..attr }, filter: Some(filter) })
    }
}

/// The operations of a request.
pub fn operations(body: &Map<String, Value>) -> Result<Vec<Operation>, Refused> {
    let syntax = |what: &str| Refused::new(Kind::InvalidSyntax, what);
    let Some(Value::Array(all)) = get(body, "Operations") else {
        return Err(syntax("a PATCH has Operations, an array of objects with op, path and value"));
    };
    if all.len() > PATCH_OPERATIONS_MAX {
        return Err(syntax(&format!("a PATCH has at most {PATCH_OPERATIONS_MAX} operations; send several")));
    }
    all.iter()
        .map(|one| {
            let Value::Object(one) = one else { return Err(syntax("each of Operations is an object")) };
            let verb = match get(one, "op").and_then(Value::as_str).map(str::to_ascii_lowercase).as_deref() {
                Some("add") => Verb::Add,
                Some("remove") => Verb::Remove,
                Some("replace") => Verb::Replace,
                _ => return Err(syntax("op is add, remove or replace")),
            };
            let path = match get(one, "path") {
                None | Some(Value::Null) => None,
                Some(Value::String(text)) if text.is_empty() => None,
                Some(Value::String(text)) => Some(Path::parse(text)?),
                Some(_) => return Err(Refused::new(Kind::InvalidPath, "path is a text")),
            };
            Ok(Operation { verb, path, value: get(one, "value").cloned().unwrap_or_default() })
        })
        .collect()
}

/// A document with the attributes of what was sent: in our letters, without what is not kept and what nobody writes.
pub fn document(sent: &Map<String, Value>) -> Result<Map<String, Value>, Refused> {
    let mut document = Map::new();
    put_all(&mut document, Verb::Replace, sent)?;
    // Both name the same; ours has the last word.
    let ours = get(sent, schema::NSIS).and_then(Value::as_object).and_then(|ours| get(ours, "unit"));
    if let Some(unit) = ours {
        let attr = Attr { urn: Some(schema::NSIS), name: "unit".to_owned(), sub: None };
        put(&mut document, Verb::Replace, &Path { attr, filter: None }, unit)?;
    }
    Ok(document)
}

/// Change a document.
pub fn apply(document: &mut Map<String, Value>, operations: &[Operation]) -> Result<(), Refused> {
    for Operation { verb, path, value } in operations {
        match (path, value) {
            (Some(path), value) => {
                if let Place::Fact(name) = place(&path.attr)? {
                    let what = format!("{name}: nobody changes it; leave the operation out");
                    return Err(Refused::new(Kind::Mutability, what));
                }
                put(document, *verb, path, value)?;
            }
            (None, _) if *verb == Verb::Remove => {
                return Err(Refused::new(Kind::NoTarget, "remove needs a path"));
            }
            (None, Value::Object(all)) => put_all(document, *verb, all)?,
            (None, _) => {
                let what = "without a path, value is an object of attributes";
                return Err(Refused::new(Kind::InvalidSyntax, what));
            }
        }
    }
    Ok(())
}

/// Where an attribute stands in the document.
enum Place {
    /// There.
    At(Option<&'static str>, &'static Attribute),
    /// It is a whole extension.
    Extension(&'static str),
    /// Nobody writes it.
    Fact(&'static str),
    /// It is not kept.
    Nowhere,
}

fn place(attr: &Attr) -> Result<Place, Refused> {
    let (urn, name) = match (attr.urn, attr.name.as_str()) {
        (Some(urn), "") => return Ok(Place::Extension(urn)),
        (Some(schema::ENTERPRISE), name) if name.eq_ignore_ascii_case("department") => {
            (Some(schema::NSIS), "unit")
        }
        (urn, name) => (urn, name),
    };
    let found = schema::attribute(schema::of_users(urn), name);
    let found = found.or_else(|| schema::common(name).filter(|_| urn.is_none()));
    match found {
        Some(found) if found.change == Change::Never => Ok(Place::Fact(found.name)),
        Some(found) => Ok(Place::At(urn, found)),
        None if schema::is_not_kept(name) => Ok(Place::Nowhere),
        None => {
            let what = "path: no schema has that attribute; see /Schemas";
            Err(Refused::new(Kind::InvalidPath, what))
        }
    }
}

/// Attributes by name. What is in no schema, or nobody's to write, is as if it were not there (RFC 7644, 3.3 and 3.5.1).
fn put_all(document: &mut Map<String, Value>, verb: Verb, all: &Map<String, Value>) -> Result<(), Refused> {
    for (name, value) in all {
        let Ok(path) = Path::parse(name) else { continue };
        if matches!(place(&path.attr), Ok(Place::At(..) | Place::Extension(_))) {
            put(document, verb, &path, value)?;
        }
    }
    Ok(())
}

fn put(document: &mut Map<String, Value>, verb: Verb, path: &Path, value: &Value) -> Result<(), Refused> {
    let (urn, attribute) = match place(&path.attr)? {
        Place::At(urn, attribute) => (urn, attribute),
        Place::Extension(urn) => return put_extension(document, verb, urn, value),
        Place::Fact(_) | Place::Nowhere => return Ok(()),
    };
    let within = match urn {
        Some(urn) => object_at(document, urn),
        None => Some(document),
    };
    let Some(within) = within else { return Ok(()) };
    let (sub, filter) = (path.attr.sub.as_deref(), path.filter.as_ref());
    match attribute.kind {
        Type::Several(parts) => {
            let list = within.entry(attribute.name).or_insert_with(|| Value::Array(Vec::new()));
            let Value::Array(list) = list else { return Ok(()) };
            several(list, verb, (filter, sub, parts), value)?;
            if list.len() > VALUES_MAX {
                return Err(Refused::value(attribute.name, &format!("it has at most {VALUES_MAX} values")));
            }
        }
        Type::Parts(_) if filter.is_none() && sub.is_none() && (verb == Verb::Remove || value.is_null()) => {
            within.remove(attribute.name);
        }
        Type::Parts(parts) if filter.is_none() => {
            let Some(object) = object_at(within, attribute.name) else { return Ok(()) };
            match sub {
                Some(sub) => set_part(object, verb, (sub, parts), value)?,
                None => merge(object, value, parts)?,
            }
        }
        _ if sub.is_some() || filter.is_some() => {
            let what = format!("{}: it has neither parts nor several values", attribute.name);
            return Err(Refused::new(Kind::InvalidPath, what));
        }
        _ if verb == Verb::Remove || value.is_null() => drop(within.remove(attribute.name)),
        _ => drop(within.insert(attribute.name.to_owned(), value.clone())),
    }
    Ok(())
}

fn put_extension(
    document: &mut Map<String, Value>,
    verb: Verb,
    urn: &'static str,
    value: &Value,
) -> Result<(), Refused> {
    match value {
        value if verb == Verb::Remove || value.is_null() => {
            document.remove(urn);
            // The department is among the enterprise's, too.
            if let (schema::ENTERPRISE, Some(Value::Object(ours))) = (urn, document.get_mut(schema::NSIS)) {
                ours.remove("unit");
            }
        }
        Value::Object(all) => {
            for (name, value) in all {
                let attr = Attr { urn: Some(urn), name: name.clone(), sub: None };
                if !name.is_empty() && matches!(place(&attr), Ok(Place::At(..))) {
                    put(document, verb, &Path { attr, filter: None }, value)?;
                }
            }
        }
        _ => return Err(Refused::value("an extension", "it is an object of attributes")),
    }
    Ok(())
}

/// The object under a name, made if there is none.
fn object_at<'d>(within: &'d mut Map<String, Value>, name: &str) -> Option<&'d mut Map<String, Value>> {
    let value = within.entry(name).or_insert(Value::Null);
    if !value.is_object() {
        *value = Value::Object(Map::new());
    }
    value.as_object_mut()
}

fn set_part(
    object: &mut Map<String, Value>,
    verb: Verb,
    (name, parts): (&str, &'static [Attribute]),
    value: &Value,
) -> Result<(), Refused> {
    let Some(part) = schema::attribute(parts, name) else {
        let what = "path: the attribute has no such part; see /Schemas";
        return if schema::is_not_kept(name) { Ok(()) } else { Err(Refused::new(Kind::InvalidPath, what)) };
    };
    if verb == Verb::Remove || value.is_null() {
        object.remove(part.name);
    } else {
        object.insert(part.name.to_owned(), value.clone());
    }
    Ok(())
}

fn merge(object: &mut Map<String, Value>, value: &Value, parts: &'static [Attribute]) -> Result<(), Refused> {
    let Value::Object(value) = value else {
        return Err(Refused::new(
            Kind::InvalidValue,
            "the value of an attribute with parts is an object of them",
        ));
    };
    for (name, value) in value {
        if schema::attribute(parts, name).is_some() {
            set_part(object, Verb::Replace, (name, parts), value)?;
        }
    }
    Ok(())
}

/// One value of an attribute that has several.
fn element(value: &Value, parts: &'static [Attribute]) -> Result<Value, Refused> {
    let mut object = Map::new();
    match value {
        Value::String(_) => drop(object.insert("value".to_owned(), value.clone())),
        value => merge(&mut object, value, parts)?,
    }
    Ok(Value::Object(object))
}

fn elements(value: &Value, parts: &'static [Attribute]) -> Result<Vec<Value>, Refused> {
    match value {
        Value::Array(all) => all.iter().map(|one| element(one, parts)).collect(),
        Value::Null => Ok(Vec::new()),
        one => Ok(vec![element(one, parts)?]),
    }
}

fn several(
    list: &mut Vec<Value>,
    verb: Verb,
    (filter, sub, parts): (Option<&Filter>, Option<&str>, &'static [Attribute]),
    value: &Value,
) -> Result<(), Refused> {
    let is_meant = |one: &Value| filter.is_none_or(|filter| filter.matches_element(one));
    if verb == Verb::Remove && sub.is_none() {
        let these = elements(value, parts)?;
        let named = |one: &Value| these.is_empty() || these.iter().any(|other| same(one, other));
        list.retain(|one| !(is_meant(one) && named(one)));
        return Ok(());
    }
    if filter.is_none() && sub.is_none() {
        let new = elements(value, parts)?;
        if verb == Verb::Replace {
            list.clear();
        }
        for one in new {
            list.retain(|other| !same(other, &one));
            list.push(one);
            let last = list.len().saturating_sub(1);
            only_primary(list, last);
        }
        return Ok(());
    }
    if verb != Verb::Remove && !list.iter().any(is_meant) {
        // As Entra ID expects: what is to be changed and is not there is made.
        let made = filter.map_or_else(|| Some(Map::new()), Filter::example);
        let none = || Refused::new(Kind::NoTarget, "path: no value is so; add one, or name another");
        list.push(element(&Value::Object(made.ok_or_else(none)?), parts)?);
    }
    for at in 0..list.len() {
        let Some(Value::Object(one)) = list.get_mut(at) else { continue };
        if !filter.is_none_or(|filter| filter.matches(one)) {
            continue;
        }
        match sub {
            Some(sub) => set_part(one, verb, (sub, parts), value)?,
            None => merge(one, value, parts)?,
        }
        only_primary(list, at);
    }
    Ok(())
}

fn same(one: &Value, other: &Value) -> bool {
    let value = |of: &Value| of.get("value").and_then(Value::as_str).map(str::to_lowercase);
    one == other || value(one).is_some() && value(one) == value(other)
}

/// If this one is primary, no other is (RFC 7643, 2.4).
fn only_primary(list: &mut [Value], at: usize) {
    let is_primary = |one: &Value| one.get("primary").and_then(truth) == Some(true);
    if !list.get(at).is_some_and(is_primary) {
        return;
    }
    for (other, one) in list.iter_mut().enumerate() {
        if other != at
            && is_primary(one)
            && let Value::Object(one) = one
        {
            one.insert("primary".to_owned(), Value::Bool(false));
        }
    }
}

#[cfg(test)]
mod tests;
