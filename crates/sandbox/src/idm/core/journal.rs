//! What was asked, of whom, and what became of it: what a test of a client looks at afterwards.

use std::collections::VecDeque;

use serde::Serialize;
use serde_json::Value;

use super::faults::Fault;
use super::states::State;

/// The most calls that are kept; the oldest goes first.
const ENTRIES_MAX: usize = 100_000;
/// The most of a body that is kept.
const BODY_BYTES_MAX: usize = 16 * 1024;

/// An identity that a call was about, before and after it.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Touched {
    /// Which, as the path has it, without CPR numbers.
    pub identity: String,
    /// Nothing if it was not there yet, or never.
    pub before: Option<State>,
    /// The same afterwards.
    pub after: Option<State>,
}

/// One call.
#[derive(Clone, Debug, Serialize)]
pub struct Entry {
    /// Its place in the order.
    pub number: u64,
    /// When, by the simulator's clock.
    pub time: String,
    /// Whose.
    pub organisation: Option<String>,
    /// The verb.
    pub method: String,
    /// The path, without CPR numbers.
    pub path: String,
    /// The answer, even where it was lost on the way.
    pub status: u16,
    /// The word in an error.
    pub code: Option<&'static str>,
    /// Does the API allow this call at this time? Nothing where a fault came before it.
    pub legal: Option<bool>,
    /// What went wrong on purpose.
    pub fault: Option<Fault>,
    /// Whom it was about.
    pub touched: Vec<Touched>,
    /// The body, without CPR numbers.
    pub request: Value,
}

/// All calls, in order.
#[derive(Clone, Debug, Default)]
pub struct Journal {
    entries: VecDeque<Entry>,
    written: u64,
}

impl Journal {
    /// Write a call down, under the next number.
    pub fn keep(&mut self, mut entry: Entry) {
        self.written = self.written.saturating_add(1);
        entry.number = self.written;
        if self.entries.len() >= ENTRIES_MAX {
            self.entries.pop_front();
        }
        self.entries.push_back(entry);
    }

    /// Calls after a number.
    pub fn after(&self, number: u64) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(move |entry| entry.number > number)
    }

    /// Forget them; numbers go on.
    pub fn clear(&mut self) {
        self.entries.clear();
    }
}

/// A body as it may be kept: without CPR numbers, and not too long.
pub fn body_without_cpr(body: &[u8]) -> Value {
    if body.is_empty() {
        return Value::Null;
    }
    if body.len() > BODY_BYTES_MAX {
        return Value::from(format!("{} bytes", body.len()));
    }
    match serde_json::from_slice(body) {
        Ok(value) => value_without_cpr(value),
        Err(_) => Value::from(without_cpr(&String::from_utf8_lossy(body))),
    }
}

fn value_without_cpr(value: Value) -> Value {
    match value {
        Value::String(text) => Value::from(without_cpr(&text)),
        Value::Number(number) => match without_cpr(&number.to_string()) {
            masked if masked.contains('•') => Value::from(masked),
            _ => Value::Number(number),
        },
        Value::Array(items) => items.into_iter().map(value_without_cpr).collect(),
        // The number of a place of work has ten digits, too.
        Value::Object(fields) if fields.get("type").is_some_and(|kind| kind == "PU") => Value::Object(fields),
        Value::Object(fields) => {
            let kept = fields.into_iter().map(|(name, value)| (without_cpr(&name), value_without_cpr(value)));
            Value::Object(kept.collect())
        }
        other => other,
    }
}

/// A text with the last four digits of what may be a CPR number made unreadable.
pub fn without_cpr(text: &str) -> String {
    let characters: Vec<char> = text.chars().collect();
    let mut out = String::with_capacity(text.len());
    let mut rest = characters.as_slice();
    let mut before = ' ';
    while let Some((first, others)) = rest.split_first() {
        match number_at(rest).filter(|_| !before.is_alphanumeric()) {
            Some(length) => {
                let (number, others) = rest.split_at(length);
                out.extend(number.iter().take(6));
                out.push_str("••••");
                (before, rest) = ('0', others);
            }
            None => {
                out.push(*first);
                (before, rest) = (*first, others);
            }
        }
    }
    out
}

/// How long the CPR number is that this begins with: six digits, four digits, and perhaps something between them.
fn number_at(text: &[char]) -> Option<usize> {
    let is_number =
        |digits: &[char], length| digits.len() == length && digits.iter().all(char::is_ascii_digit);
    let gap = usize::from(matches!(text.get(6)?, '-' | ' '));
    let length = 10 + gap;
    let ends = text.get(length).is_none_or(|next| !next.is_alphanumeric());
    let fits = is_number(text.get(..6)?, 6) && is_number(text.get(6 + gap..length)?, 4);
    (ends && fits).then_some(length)
}
