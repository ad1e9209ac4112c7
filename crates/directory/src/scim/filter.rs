//! Filters (RFC 7644, 3.4.2.2): read into a value, and held against a resource. They never become SQL.

use std::cmp::Ordering;

use portner_domain::Moment;
use serde_json::{Map, Value};

use super::json::{get, truth};
use super::refusal::{Kind, Refused};
use super::schema;

/// Longest filter, in bytes.
pub const FILTER_BYTES_MAX: usize = 2_000;
/// How deep brackets may stand in each other.
pub const FILTER_DEPTH_MAX: usize = 10;

/// What a resource has to be to be found.
#[derive(Clone, Debug, PartialEq)]
pub enum Filter {
    /// All of these.
    And(Vec<Filter>),
    /// One of these.
    Or(Vec<Filter>),
    /// Not this.
    Not(Box<Filter>),
    /// It has a value there.
    Present(Attr),
    /// The value there compares so.
    Compare(Attr, Op, Value),
    /// One value there is all this.
    Has(Attr, Box<Filter>),
}

/// Where a value is.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Attr {
    /// In an extension, if it is in one.
    pub urn: Option<&'static str>,
    /// Which; nothing for all of an extension.
    pub name: String,
    /// Which part of it.
    pub sub: Option<String>,
}

/// How two values compare.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Op {
    /// The same.
    Eq,
    /// Not the same.
    Ne,
    /// Contains.
    Co,
    /// Begins with.
    Sw,
    /// Ends with.
    Ew,
    /// Greater.
    Gt,
    /// Greater, or the same.
    Ge,
    /// Less.
    Lt,
    /// Less, or the same.
    Le,
}

/// What finds at most one resource through an index.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Lookup {
    /// By identifier.
    Id(String),
    /// By user name, or by the name of a group.
    Name(String),
    /// By what the client calls it.
    ExternalId(String),
}

impl Filter {
    /// Read one.
    pub fn parse(text: &str) -> Result<Self, Refused> {
        if text.len() > FILTER_BYTES_MAX {
            return Err(invalid(&format!("a filter has at most {FILTER_BYTES_MAX} bytes")));
        }
        let mut parser = Parser { rest: text };
        let filter = parser.any(FILTER_DEPTH_MAX)?;
        if parser.peek().is_some() { Err(invalid("something stands after its end")) } else { Ok(filter) }
    }

    /// Is the resource so?
    pub fn matches(&self, resource: &Map<String, Value>) -> bool {
        match self {
            Self::And(all) => all.iter().all(|one| one.matches(resource)),
            Self::Or(any) => any.iter().any(|one| one.matches(resource)),
            Self::Not(one) => !one.matches(resource),
            Self::Present(attr) => values(attr, resource).iter().any(|value| is_there(value)),
            Self::Compare(attr, op, wanted) => compare(attr, *op, wanted, &values(attr, resource)),
            Self::Has(attr, filter) => values(&Attr { sub: None, ..attr.clone() }, resource)
                .into_iter()
                .any(|value| filter.matches_element(value)),
        }
    }

    /// The same for one value of several.
    pub fn matches_element(&self, element: &Value) -> bool {
        match element {
            Value::Object(object) => self.matches(object),
            // A plain value is its own `value`.
            other => self.matches(&Map::from_iter([("value".to_owned(), other.clone())])),
        }
    }

    /// What of it finds at most one resource, named by that attribute: it, or one of all that have to hold.
    pub fn lookup(&self, naming: &str) -> Option<Lookup> {
        match self {
            Self::And(all) => all.iter().find_map(|one| one.lookup(naming)),
            Self::Compare(Attr { urn: None, name, sub: None }, Op::Eq, Value::String(wanted)) => {
                let wanted = wanted.clone();
                match name.to_ascii_lowercase().as_str() {
                    "id" => Some(Lookup::Id(wanted)),
                    "externalid" => Some(Lookup::ExternalId(wanted)),
                    other if other.eq_ignore_ascii_case(naming) => Some(Lookup::Name(wanted)),
                    _ => None,
                }
            }
            _ => None,
        }
    }

    /// Does it speak of that attribute?
    pub fn speaks_of(&self, attribute: &str) -> bool {
        match self {
            Self::And(all) | Self::Or(all) => all.iter().any(|one| one.speaks_of(attribute)),
            Self::Not(one) => one.speaks_of(attribute),
            Self::Present(attr) | Self::Compare(attr, ..) | Self::Has(attr, _) => {
                attr.name.eq_ignore_ascii_case(attribute)
            }
        }
    }

    /// What an element has to be made of to be all this, if that can be said: only equalities do.
    pub fn example(&self) -> Option<Map<String, Value>> {
        match self {
            Self::Compare(Attr { urn: None, name, sub: None }, Op::Eq, value) => {
                Some(Map::from_iter([(name.clone(), value.clone())]))
            }
            Self::And(all) => all.iter().map(Self::example).try_fold(Map::new(), |mut made, one| {
                made.extend(one?);
                Some(made)
            }),
            _ => None,
        }
    }
}

impl Attr {
    /// Read one, with the name of its schema before it or not.
    pub fn parse(text: &str) -> Option<Self> {
        let (urn, rest) = match text.rfind(':') {
            Some(_) if schema::known(text).is_some() => (schema::known(text), ""),
            Some(at) => (Some(schema::known(text.get(..at)?)?), text.get(at + 1..)?),
            None => (None, text),
        };
        // The core schemas are where no schema is named.
        let urn = urn.filter(|urn| schema::is_extension(urn));
        let (name, sub) = rest.split_once('.').map_or((rest, None), |(name, sub)| (name, Some(sub)));
        let named = |name: &str| {
            name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '$')
                && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '$' | '-' | '_'))
        };
        let is_whole_extension = urn.is_some() && rest.is_empty();
        (is_whole_extension || named(name) && sub.is_none_or(named)).then(|| Self {
            urn,
            name: name.to_owned(),
            sub: sub.map(str::to_owned),
        })
    }
}

/// The values at a place, one by one; of a value with parts, the part called `value` where no part is named.
pub fn values<'v>(attr: &Attr, resource: &'v Map<String, Value>) -> Vec<&'v Value> {
    let within = match attr.urn {
        Some(urn) => match get(resource, urn) {
            Some(Value::Object(extension)) => extension,
            _ => return Vec::new(),
        },
        None => resource,
    };
    let Some(found) = get(within, &attr.name) else { return Vec::new() };
    let each = match found {
        Value::Array(all) => all.iter().collect(),
        one => vec![one],
    };
    match &attr.sub {
        None => each,
        Some(sub) => {
            let part = |value: &'v Value| value.as_object().and_then(|object| get(object, sub));
            each.into_iter().filter_map(part).collect()
        }
    }
}

fn is_there(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::String(text) => !text.is_empty(),
        Value::Array(all) => !all.is_empty(),
        Value::Object(all) => !all.is_empty(),
        Value::Bool(_) | Value::Number(_) => true,
    }
}

fn compare(attr: &Attr, op: Op, wanted: &Value, found: &[&Value]) -> bool {
    let exact = matches!(attr.name.to_ascii_lowercase().as_str(), "id" | "externalid" | "meta");
    let plain = |value: &Value| match value {
        Value::Object(object) => get(object, "value").cloned().unwrap_or(Value::Null),
        other => other.clone(),
    };
    let is = |op| found.iter().any(|value| holds(op, &plain(value), wanted, exact));
    match op {
        // A value that is not there is not the same.
        Op::Ne if wanted.is_null() => found.iter().any(|value| is_there(value)),
        Op::Ne => !is(Op::Eq),
        Op::Eq if wanted.is_null() => !found.iter().any(|value| is_there(value)),
        op => is(op),
    }
}

fn holds(op: Op, found: &Value, wanted: &Value, exact: bool) -> bool {
    if let (Value::Bool(found), Some(wanted)) = (found, truth(wanted)) {
        return op == Op::Eq && *found == wanted;
    }
    let order = match (found, wanted) {
        (Value::String(found), Value::String(wanted)) => {
            let fold = |text: &str| if exact { text.to_owned() } else { text.to_lowercase() };
            let (found, wanted) = (fold(found), fold(wanted));
            match op {
                Op::Co => return found.contains(&wanted),
                Op::Sw => return found.starts_with(&wanted),
                Op::Ew => return found.ends_with(&wanted),
                _ => {}
            }
            match (moment(&found), moment(&wanted)) {
                (Some(found), Some(wanted)) => found.cmp(&wanted),
                _ => found.cmp(&wanted),
            }
        }
        (Value::Number(found), Value::Number(wanted)) => {
            match found.as_f64().zip(wanted.as_f64()).and_then(|(found, wanted)| found.partial_cmp(&wanted)) {
                Some(order) => order,
                None => return false,
            }
        }
        _ => return false,
    };
    match op {
        Op::Eq => order == Ordering::Equal,
        Op::Gt => order == Ordering::Greater,
        Op::Ge => order != Ordering::Less,
        Op::Lt => order == Ordering::Less,
        Op::Le => order != Ordering::Greater,
        Op::Ne | Op::Co | Op::Sw | Op::Ew => false,
    }
}

fn moment(text: &str) -> Option<i64> {
    super::user::moment(&text.to_uppercase()).map(|Moment(at)| at)
}

fn invalid(what: &str) -> Refused {
    Refused::new(Kind::InvalidFilter, format!("filter: {what}; write it like userName eq \"anna\""))
}

/// What is left to read.
pub(super) struct Parser<'t> {
    pub(super) rest: &'t str,
}

impl<'t> Parser<'t> {
    fn any(&mut self, depth: usize) -> Result<Filter, Refused> {
        let mut any = vec![self.all(depth)?];
        while self.takes_word("or") {
            any.push(self.all(depth)?);
        }
        Ok(one_or(any, Filter::Or))
    }

    fn all(&mut self, depth: usize) -> Result<Filter, Refused> {
        let mut all = vec![self.one(depth)?];
        while self.takes_word("and") {
            all.push(self.one(depth)?);
        }
        Ok(one_or(all, Filter::And))
    }

    fn one(&mut self, depth: usize) -> Result<Filter, Refused> {
        let deeper = depth.checked_sub(1).ok_or_else(|| invalid("brackets stand too deep in each other"))?;
        if self.takes('(') {
            return self.until_bracket(')', deeper);
        }
        let word = self.word();
        if word.eq_ignore_ascii_case("not") && self.takes('(') {
            return Ok(Filter::Not(Box::new(self.until_bracket(')', deeper)?)));
        }
        let attr = Attr::parse(word).ok_or_else(|| invalid("an attribute is due where there is none"))?;
        if self.takes('[') {
            return Ok(Filter::Has(attr, Box::new(self.until_bracket(']', deeper)?)));
        }
        let op = self.word();
        if op.eq_ignore_ascii_case("pr") {
            return Ok(Filter::Present(attr));
        }
        let op = operator(op).ok_or_else(|| invalid("operators are eq ne co sw ew gt ge lt le and pr"))?;
        Ok(Filter::Compare(attr, op, self.value()?))
    }

    pub(super) fn until_bracket(&mut self, end: char, depth: usize) -> Result<Filter, Refused> {
        let filter = self.any(depth)?;
        if self.takes(end) { Ok(filter) } else { Err(invalid("a bracket is not closed")) }
    }

    fn value(&mut self) -> Result<Value, Refused> {
        self.skip();
        let end = if self.rest.starts_with('"') {
            let mut escaped = false;
            let closing = self.rest.char_indices().skip(1).find(|(_, c)| {
                let closes = *c == '"' && !escaped;
                escaped = *c == '\\' && !escaped;
                closes
            });
            closing.map_or(self.rest.len(), |(at, _)| at + 1)
        } else {
            self.rest.find([' ', ')', ']']).unwrap_or(self.rest.len())
        };
        let (text, rest) = self.rest.split_at(end);
        self.rest = rest;
        let literal = text.to_ascii_lowercase();
        let plain = if text.starts_with('"') { text } else { literal.as_str() };
        match serde_json::from_str(plain) {
            Ok(value @ (Value::String(_) | Value::Bool(_) | Value::Number(_) | Value::Null)) => Ok(value),
            _ => Err(invalid("a value is a text in quotes, a number, true, false or null")),
        }
    }

    pub(super) fn word(&mut self) -> &'t str {
        self.skip();
        let end = self.rest.find([' ', '(', ')', '[', ']', '"']).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        word
    }

    fn takes_word(&mut self, wanted: &str) -> bool {
        let before = self.rest;
        if self.word().eq_ignore_ascii_case(wanted) {
            return true;
        }
        self.rest = before;
        false
    }

    pub(super) fn takes(&mut self, sign: char) -> bool {
        self.skip();
        match self.rest.strip_prefix(sign) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn peek(&mut self) -> Option<char> {
        self.skip();
        self.rest.chars().next()
    }

    fn skip(&mut self) {
        self.rest = self.rest.trim_start_matches(' ');
    }
}

fn one_or(mut several: Vec<Filter>, join: impl FnOnce(Vec<Filter>) -> Filter) -> Filter {
    match several.pop() {
        Some(only) if several.is_empty() => only,
        Some(last) => {
            several.push(last);
            join(several)
        }
        None => join(several),
    }
}

fn operator(word: &str) -> Option<Op> {
    Some(match word.to_ascii_lowercase().as_str() {
        "eq" => Op::Eq,
        "ne" => Op::Ne,
        "co" => Op::Co,
        "sw" => Op::Sw,
        "ew" => Op::Ew,
        "gt" => Op::Gt,
        "ge" => Op::Ge,
        "lt" => Op::Lt,
        "le" => Op::Le,
        _ => return None,
    })
}

#[cfg(test)]
mod tests;
