//! JSON from strangers: read once, into values that are neither deep nor ambiguous.

use std::fmt;

use serde::de::{DeserializeSeed, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use super::refusal::{Kind, Refused};

/// How deep values may stand in each other: a bulk request around a patch of an extension needs eight.
pub const JSON_DEPTH_MAX: usize = 16;

/// Read an object. A name that is there twice, in whatever letters, would mean one thing here and another elsewhere, and is
/// refused.
pub fn parse(bytes: &[u8]) -> Result<Map<String, Value>, Refused> {
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let read = Within(JSON_DEPTH_MAX).deserialize(&mut reader).and_then(|value| {
        reader.end()?;
        Ok(value)
    });
    match read {
        Ok(Value::Object(object)) => Ok(object),
        Ok(_) => Err(syntax("the body has to be a JSON object")),
        // The words of the parser say where, and may repeat what stood there.
        Err(error) if error.classify() == serde_json::error::Category::Data => {
            Err(syntax(&format!("the body can't be used: {}", reason(&error))))
        }
        Err(error) => Err(syntax(&format!(
            "the body is not JSON: see line {}, column {}",
            error.line(),
            error.column()
        ))),
    }
}

/// Only our own reasons are told.
fn reason(error: &serde_json::Error) -> String {
    let said = error.to_string();
    let ours = [TWICE, DEEP].into_iter().find(|ours| said.starts_with(ours));
    format!("{} (line {}, column {})", ours.unwrap_or("it is no value"), error.line(), error.column())
}

fn syntax(detail: &str) -> Refused {
    Refused::new(Kind::InvalidSyntax, detail)
}

const TWICE: &str = "a name stands twice in one object";
const DEEP: &str = "values stand too deep in each other";

/// A value in which others may stand so deep.
struct Within(usize);

impl<'de> DeserializeSeed<'de> for Within {
    type Value = Value;

    fn deserialize<D: serde::Deserializer<'de>>(self, from: D) -> Result<Value, D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Within {
    type Value = Value;

    fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("a JSON value")
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E: Error>(self, it: bool) -> Result<Value, E> {
        Ok(Value::Bool(it))
    }

    fn visit_i64<E: Error>(self, it: i64) -> Result<Value, E> {
        Ok(Value::Number(it.into()))
    }

    fn visit_u64<E: Error>(self, it: u64) -> Result<Value, E> {
        Ok(Value::Number(it.into()))
    }

    fn visit_f64<E: Error>(self, it: f64) -> Result<Value, E> {
        Ok(Number::from_f64(it).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E: Error>(self, it: &str) -> Result<Value, E> {
        Ok(Value::String(it.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut from: A) -> Result<Value, A::Error> {
        let deeper = self.0.checked_sub(1).ok_or_else(|| A::Error::custom(DEEP))?;
        let mut all = Vec::new();
        while let Some(one) = from.next_element_seed(Within(deeper))? {
            all.push(one);
        }
        Ok(Value::Array(all))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut from: A) -> Result<Value, A::Error> {
        let deeper = self.0.checked_sub(1).ok_or_else(|| A::Error::custom(DEEP))?;
        let mut all = Map::new();
        let mut seen = std::collections::BTreeSet::new();
        while let Some(name) = from.next_key::<String>()? {
            if !seen.insert(name.to_ascii_lowercase()) {
                return Err(A::Error::custom(TWICE));
            }
            all.insert(name, from.next_value_seed(Within(deeper))?);
        }
        Ok(Value::Object(all))
    }
}

/// What stands under a name, in whatever letters (RFC 7643, 2.1).
pub fn get<'v>(object: &'v Map<String, Value>, name: &str) -> Option<&'v Value> {
    object
        .get(name)
        .or_else(|| object.iter().find(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value))
}

/// Yes or no, also as some clients write it: `"True"`.
pub fn truth(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(it) => Some(*it),
        Value::String(it) if it.eq_ignore_ascii_case("true") => Some(true),
        Value::String(it) if it.eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, proptest};

    use super::parse;

    #[test]
    fn hostile_json_is_refused_in_words() {
        let deep = format!("{}1{}", "{\"a\":".repeat(40), "}".repeat(40));
        let abyss = format!("{{\"a\":{}", "[".repeat(100_000));
        let huge = format!("{{\"a\":1{}}}", "0".repeat(400));
        for (text, says) in [
            ("", "not JSON"),
            ("[]", "has to be a JSON object"),
            ("{\"a\":1} x", "not JSON"),
            ("{\"a\":1,\"a\":2}", "stands twice"),
            ("{\"userName\":1,\"USERNAME\":2}", "stands twice"),
            (deep.as_str(), "too deep"),
            (abyss.as_str(), "too deep"),
            (huge.as_str(), "not JSON"),
            ("{\"a\":1e999}", "not JSON"),
            ("{\"a\":\"\\ud800\"}", "not JSON"),
        ] {
            let refused = parse(text.as_bytes()).unwrap_err();
            assert!(refused.detail.contains(says), "{}: {}", text.get(..40).unwrap_or(text), refused.detail);
        }
        assert!(parse(b"{\"a\":[{\"b\":null}]}").is_ok());
    }

    proptest! {
        #[test]
        fn whatever_is_sent_is_read_or_refused(bytes in any::<Vec<u8>>()) {
            drop(parse(&bytes));
        }
    }
}
