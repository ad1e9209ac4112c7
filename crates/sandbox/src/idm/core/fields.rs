//! Reading what a client sent: names of properties in any case, null as if it were not there, unknown ones ignored.

use serde_json::{Map, Value};

use super::refusal::Refusal;

/// A JSON object.
#[derive(Clone, Debug)]
pub struct Fields(Map<String, Value>);

impl Fields {
    /// The body of a request.
    pub fn parse(body: &[u8]) -> Result<Self, Refusal> {
        match serde_json::from_slice(body) {
            Ok(Value::Object(fields)) => Ok(Self(fields)),
            _ => Err(Refusal::invalid("The body is not a JSON object.")),
        }
    }

    fn get(&self, name: &str) -> Option<&Value> {
        let found = self.0.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value).filter(|value| !value.is_null())
    }

    /// A text.
    pub fn text(&self, name: &str) -> Result<Option<&str>, Refusal> {
        self.get(name).map(|value| value.as_str().ok_or_else(|| not(name, "a text"))).transpose()
    }

    /// A text that has to be there.
    pub fn required(&self, name: &str) -> Result<&str, Refusal> {
        let text = self.text(name)?.filter(|text| !text.trim().is_empty());
        text.ok_or_else(|| Refusal::invalid(format!("The field {name} is required.")))
    }

    /// Yes or no.
    pub fn flag(&self, name: &str) -> Result<Option<bool>, Refusal> {
        self.get(name).map(|value| value.as_bool().ok_or_else(|| not(name, "true or false"))).transpose()
    }

    /// How many.
    pub fn count(&self, name: &str) -> Result<Option<usize>, Refusal> {
        let count = |value: &Value| value.as_u64().and_then(|it| usize::try_from(it).ok());
        self.get(name).map(|value| count(value).ok_or_else(|| not(name, "a count"))).transpose()
    }

    /// A list of texts; an absent one is empty.
    pub fn texts(&self, name: &str) -> Result<Vec<String>, Refusal> {
        let Some(value) = self.get(name) else { return Ok(Vec::new()) };
        let text = |item: &Value| item.as_str().map(str::to_owned);
        let texts = value.as_array().and_then(|items| items.iter().map(text).collect());
        texts.ok_or_else(|| not(name, "a list of texts"))
    }

    /// An object; an absent one is empty.
    pub fn object(&self, name: &str) -> Result<Self, Refusal> {
        match self.get(name) {
            None => Ok(Self(Map::new())),
            Some(Value::Object(fields)) => Ok(Self(fields.clone())),
            Some(_) => Err(not(name, "an object")),
        }
    }
}

fn not(name: &str, what: &str) -> Refusal {
    Refusal::invalid(format!("The field {name} is not {what}."))
}
