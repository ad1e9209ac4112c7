//! An event as it is written: with its identifier, time, actor and reference, in bytes that never change.

use std::fmt;
use std::str::FromStr;
use std::sync::{Arc, Mutex, PoisonError};

use portner_domain::{Entropy, Moment, Reference};
use serde::de::Error as _;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use crate::error::within;
use crate::{Actor, Error, Event};

/// The most an event may take, canonical.
pub const EVENT_BYTES_MAX: usize = 64 * 1024;

/// Room for most events.
const EVENT_BYTES_USUAL: usize = 2 * 1024;

/// The largest whole number that RFC 8785, which writes numbers as ECMAScript does, writes exactly: 2^53 - 1.
const INTEGER_MAX: u64 = (1 << 53) - 1;

/// The version of [`Recorded`]. A reader of the log meets every version there ever was.
const VERSION: u32 = 1;

/// Identifies an event: a UUID of version 7, later ones larger on the same node.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(transparent)]
pub struct EventId(pub Uuid);

impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for EventId {
    type Err = uuid::Error;

    fn from_str(text: &str) -> Result<Self, uuid::Error> {
        text.parse().map(Self)
    }
}

/// Makes event identifiers that ascend even within a millisecond and when the clock is set back: the order in
/// which a node wrote is the order in which its events are sealed.
#[derive(Debug, Default)]
pub(crate) struct EventIds {
    last: Mutex<u64>,
}

/// Version and variant do not count; time and counter are the 48 and 12 bits before the random ones.
const COUNTER_BITS: u32 = 12;

impl EventIds {
    pub(crate) fn next(&self, now: Moment, entropy: &dyn Entropy) -> EventId {
        let at_least = u64::try_from(now.0).unwrap_or(0) << COUNTER_BITS;
        let ordinal = {
            let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
            *last = at_least.max(last.saturating_add(1));
            *last
        };
        // RFC 9562, 6.2, method 1: a counter in the twelve bits of rand_a.
        let mut random = [0; 10];
        entropy.fill(&mut random);
        let [high, low, ..] = &mut random;
        [*high, *low] = u16::try_from(ordinal & ((1 << COUNTER_BITS) - 1)).unwrap_or(0).to_be_bytes();
        EventId(uuid::Builder::from_unix_timestamp_millis(ordinal >> COUNTER_BITS, &random).into_uuid())
    }
}

/// An event with all the log knows of it. Its canonical JSON (RFC 8785) is a leaf of the tree.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Recorded {
    /// The version of this form.
    pub v: u32,
    /// Which event.
    pub id: EventId,
    /// When it happened.
    pub at: Moment,
    /// Who did it.
    pub actor: Actor,
    /// What the person concerned was told to quote, if anything.
    pub reference: Option<Reference>,
    /// What happened.
    pub event: Event,
}

impl Recorded {
    pub(crate) const fn new(
        id: EventId,
        at: Moment,
        actor: Actor,
        reference: Option<Reference>,
        event: Event,
    ) -> Self {
        Self { v: VERSION, id, at, actor, reference, event }
    }

    /// As JSON for people to read, on several lines.
    pub fn pretty(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_default()
    }

    /// The bytes that are stored and hashed.
    pub(crate) fn canonical(&self) -> Result<String, Error> {
        let unwritable = |error: serde_json::Error| Error::Event(error.to_string().into());
        let value = serde_json::to_value(self).map_err(unwritable)?;
        if !has_only_exact_numbers(&value) {
            return Err(Error::Event("a number that is not an integer within ±(2^53 - 1)".into()));
        }
        let body = canonical_exact(&value)
            .and_then(|bytes| String::from_utf8(bytes).map_err(serde_json::Error::custom));
        let body = body.map_err(unwritable)?;
        within("an event", body.len(), EVENT_BYTES_MAX)?;
        Ok(body)
    }
}

impl FromStr for Recorded {
    type Err = Error;

    fn from_str(body: &str) -> Result<Self, Error> {
        serde_json::from_str(body).map_err(|error| Error::Event(Arc::from(error.to_string())))
    }
}

/// The canonical bytes of any JSON (RFC 8785).
pub(crate) fn canonical(value: &Value) -> Result<Vec<u8>, serde_json::Error> {
    if has_only_exact_numbers(value) { canonical_exact(value) } else { serde_jcs::to_vec(value) }
}

/// The same, for what has only exact numbers.
fn canonical_exact(value: &Value) -> Result<Vec<u8>, serde_json::Error> {
    // The general writer takes several times as long, which a verifier of millions of events would feel.
    if is_plain(value) {
        let mut body = Vec::with_capacity(EVENT_BYTES_USUAL);
        serde_json::to_writer(&mut body, value)?;
        Ok(body)
    } else {
        serde_jcs::to_vec(value)
    }
}

/// Whether all keys are ASCII and already in order. With exact numbers too, the ordinary writer writes canonically:
/// it uses no white space, and escapes in strings what RFC 8785, 3.2.2.2, escapes, in the same way.
fn is_plain(value: &Value) -> bool {
    match value {
        Value::Array(items) => items.iter().all(is_plain),
        Value::Object(fields) => {
            fields.keys().is_sorted() && fields.iter().all(|(key, value)| key.is_ascii() && is_plain(value))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => true,
    }
}

fn has_only_exact_numbers(value: &Value) -> bool {
    match value {
        Value::Number(number) => {
            let magnitude = number.as_u64().or_else(|| number.as_i64().map(i64::unsigned_abs));
            magnitude.is_some_and(|magnitude| magnitude <= INTEGER_MAX)
        }
        Value::Array(items) => items.iter().all(has_only_exact_numbers),
        Value::Object(fields) => fields.values().all(has_only_exact_numbers),
        Value::Null | Value::Bool(_) | Value::String(_) => true,
    }
}

#[cfg(test)]
mod tests {
    use portner_domain::life::Locker;
    use portner_domain::{IdentityId, Moment};
    use proptest::collection::btree_map;
    use proptest::prelude::{any, proptest};
    use serde_json::{Value, json};

    use super::{EVENT_BYTES_MAX, EventIds, Recorded, canonical, has_only_exact_numbers};
    use crate::testing::TestEntropy;
    use crate::{Actor, Error, Event};

    fn locked(why: &str) -> Recorded {
        let (entropy, now) = (TestEntropy::new(7), Moment(1_795_252_504_120));
        let event = Event::IdentityLocked {
            identity: IdentityId::new(now, &entropy),
            locker: Locker::Support,
            why: why.to_owned(),
        };
        Recorded::new(EventIds::default().next(now, &entropy), now, Actor::system("test"), None, event)
    }

    #[test]
    fn identifiers_ascend_within_a_millisecond_and_when_the_clock_is_set_back() {
        let (ids, entropy) = (EventIds::default(), TestEntropy::new(1));
        let mut last = ids.next(Moment(1_000_000), &entropy);
        for n in 0..20_000 {
            let next = ids.next(Moment(1_000_000 - n % 7), &entropy);
            assert!(next > last, "{next} after {last}");
            assert!(next.to_string() > last.to_string());
            assert_eq!(next.0.get_version_num(), 7);
            last = next;
        }
    }

    #[test]
    fn what_was_written_is_read_back_and_written_the_same() {
        for why in ["æøå", "\u{0}\n\"\\", "\u{1F600} \u{fb33}"] {
            let body = locked(why).canonical().unwrap();
            let again: Recorded = body.parse().unwrap();
            assert_eq!(again.canonical().unwrap(), body);
        }
    }

    #[test]
    fn canonical_form_is_that_of_rfc_8785() {
        let value = json!({"b": 1, "a": [true, null, "\u{20ac}$\u{f}\nA'\u{42}\"\\\\\"/"], "\u{1F600}": 0, "\u{fb33}": -1});
        let expected = "{\"a\":[true,null,\"€$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\"],\"b\":1,\"\u{1F600}\":0,\"\u{fb33}\":-1}";
        assert_eq!(canonical(&value).unwrap(), expected.as_bytes());
    }

    proptest! {
        #[test]
        fn the_fast_writer_writes_what_the_general_one_does(
            fields in btree_map("[ -~]{0,4}|\\PC{0,2}", (any::<i64>(), any::<String>(), any::<f64>()), 0..5),
            floats in any::<bool>(),
        ) {
            let mut object = serde_json::Map::new();
            for (key, (number, text, float)) in fields {
                let number = if floats { json!(float) } else { json!(number >> 11) };
                object.insert(key.clone(), json!([number, text, { "b": null, key: { "a": true } }]));
            }
            let value = Value::Object(object);
            assert_eq!(canonical(&value).unwrap(), serde_jcs::to_vec(&value).unwrap());
        }
    }

    #[test]
    fn every_character_is_escaped_as_by_the_general_writer() {
        for c in (0..=0x2fff).chain(0xe000..=0x1_0100).filter_map(char::from_u32) {
            let value = json!({ "c": c });
            assert_eq!(canonical(&value).unwrap(), serde_jcs::to_vec(&value).unwrap(), "{c:?}");
        }
    }

    #[test]
    fn a_number_that_would_lose_digits_is_not_written() {
        assert!(has_only_exact_numbers(
            &json!({"a": [9_007_199_254_740_991_u64, -9_007_199_254_740_991_i64]})
        ));
        for number in [json!(9_007_199_254_740_992_u64), json!(i64::MIN), json!(0.5), json!(1e300)] {
            assert!(!has_only_exact_numbers(&json!({"a": [{"b": number}]})));
        }
    }

    #[test]
    fn an_event_has_a_largest_size() {
        let refusal = locked(&"x".repeat(EVENT_BYTES_MAX)).canonical();
        assert!(matches!(refusal, Err(Error::TooLarge { .. })), "{refusal:?}");
    }
}
