//! Lists of which some items may be unreadable, and properties that may be anything.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{DeserializeOwned, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// What a list held: the items that could be read, and how many could not. Whoever takes the list for all there is has to
/// ask for the second.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Items<T> {
    /// In their order.
    pub read: Vec<T>,
    /// Of which nothing is known.
    pub unreadable: usize,
}

impl<T> Default for Items<T> {
    fn default() -> Self {
        Self { read: Vec::new(), unreadable: 0 }
    }
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for Items<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(OneByOne(PhantomData))
    }
}

/// Takes one item after the other, so that a long list is not in memory twice.
struct OneByOne<T>(PhantomData<T>);

impl<'de, T: DeserializeOwned> Visitor<'de> for OneByOne<T> {
    type Value = Items<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Items<T>, A::Error> {
        let mut items = Items::default();
        while let Some(item) = list.next_element::<Value>()? {
            match T::deserialize(item) {
                Ok(item) => items.read.push(item),
                Err(_) => items.unreadable += 1,
            }
        }
        Ok(items)
    }

    fn visit_unit<E>(self) -> Result<Items<T>, E> {
        Ok(Items::default())
    }
}

/// A property that reads as `None` when it is null or not what was expected. Used with `#[serde(default)]`.
pub fn lenient<'de, T: DeserializeOwned, D: Deserializer<'de>>(from: D) -> Result<Option<T>, D::Error> {
    let value = Value::deserialize(from)?;
    Ok(if value.is_null() { None } else { T::deserialize(value).ok() })
}

#[cfg(test)]
mod tests {
    use super::Items;

    #[test]
    fn what_can_not_be_read_is_counted_and_the_rest_is_read() {
        let items: Items<u8> = serde_json::from_str(r#"[1, "two", null, 4, {"5": 5}, 256]"#).unwrap();
        assert_eq!(items, Items { read: vec![1, 4], unreadable: 4 });
        assert_eq!(serde_json::from_str::<Items<u8>>("null").unwrap(), Items::default());
        for no_list in ["{}", "1", "\"\"", "[1", "<html>"] {
            assert!(serde_json::from_str::<Items<u8>>(no_list).is_err(), "{no_list}");
        }
    }
}
