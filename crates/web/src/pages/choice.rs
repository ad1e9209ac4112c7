//! One of several, and yes or no: fields that are chosen and not typed, with what a screen reader needs of them.

use askama::Template;
use askama::filters::HtmlSafe;

use super::field::{Blame, Problem};
use crate::text::Language;

/// One of several, in a list that opens.
#[derive(Clone, Debug, Template)]
#[template(path = "choice.html")]
pub(crate) struct Choice {
    name: &'static str,
    label: String,
    /// Value and text of each; the empty value is none of them.
    options: Vec<(String, String)>,
    chosen: String,
    problem: Option<String>,
    language: Language,
}

/// Yes, or nothing.
#[derive(Clone, Debug, Template)]
#[template(path = "tick.html")]
pub(crate) struct Tick {
    name: &'static str,
    label: String,
    is_set: bool,
    problem: Option<String>,
    language: Language,
}

// Their templates escape what they write.
impl HtmlSafe for Choice {}
impl HtmlSafe for Tick {}

impl Choice {
    /// Of these; `name` is also its `id`.
    pub(crate) fn new(
        name: &'static str,
        label: String,
        options: Vec<(String, String)>,
        language: Language,
    ) -> Self {
        Self { name, label, options, chosen: String::new(), problem: None, language }
    }

    /// This one already.
    #[must_use]
    pub(crate) fn with_value(self, value: &str) -> Self {
        Self { chosen: value.to_owned(), ..self }
    }

    /// With what is wrong with it, if any of `problems` is its fault.
    #[must_use]
    pub(crate) fn blamed_by(self, problems: &[Problem]) -> Self {
        Self { problem: blame(self.name, problems), ..self }
    }
}

impl Tick {
    /// Not set yet; `name` is also its `id`.
    pub(crate) fn new(name: &'static str, label: String, language: Language) -> Self {
        Self { name, label, is_set: false, problem: None, language }
    }

    /// As it came.
    #[must_use]
    pub(crate) fn set(self, is_set: bool) -> Self {
        Self { is_set, ..self }
    }

    /// With what is wrong with it, if any of `problems` is its fault.
    #[must_use]
    pub(crate) fn blamed_by(self, problems: &[Problem]) -> Self {
        Self { problem: blame(self.name, problems), ..self }
    }
}

fn blame(name: &str, problems: &[Problem]) -> Option<String> {
    let mine = |problem: &&Problem| problem.blame == Blame::Field && problem.field == Some(name);
    problems.iter().find(mine).map(|problem| problem.text.clone())
}
