//! Service providers in a list, and one of them.

use super::{OfficeFrame, Said};
use crate::pages::{Content, Field, FieldKind, Problem, page};
use crate::text::Language;

/// All of them.
#[derive(Clone, Debug)]
pub struct ProvidersPage<'a> {
    /// What stands around it.
    pub frame: &'a OfficeFrame,
    /// Each of them.
    pub rows: Vec<ProviderRow>,
    /// Where one is added, for whoever may.
    pub new_href: Option<&'a str>,
}

/// One of them.
#[derive(Clone, Debug)]
pub struct ProviderRow {
    /// Its page.
    pub href: String,
    /// What people call it.
    pub name: String,
    /// What it is called in the federation.
    pub entity_id: String,
    /// Whether it gets answers, in words.
    pub state: String,
    /// Does newer metadata wait for approval?
    pub waits: bool,
}

page!(ProvidersPage<'a>, "office_providers.html");

impl Content for ProvidersPage<'_> {
    fn heading(&self, say: Language) -> String {
        say.text("office-providers-heading")
    }

    fn problems(&self, say: Language) -> Vec<Problem> {
        self.frame.problems(say)
    }
}

/// Metadata that waits for approval.
#[derive(Clone, Debug)]
pub struct Waits {
    /// Where it was found.
    pub url: String,
    /// When.
    pub at: String,
    /// SHA-256 of it, in hexadecimal.
    pub sha256: String,
    /// What differs; those of concern first, with why.
    pub changes: Vec<(String, Option<String>)>,
}

/// One of them.
#[derive(Clone, Debug)]
pub struct ProviderPage<'a> {
    /// What stands around it.
    pub frame: &'a OfficeFrame,
    /// As in the list.
    pub row: ProviderRow,
    /// Where its metadata comes from, and how fetching it goes, as sentences.
    pub fetching: Vec<String>,
    /// Its policy, as it is written in a file.
    pub policy: String,
    /// Metadata that waits.
    pub waits: Option<Waits>,
    /// The last messages that came to nothing: when, why and what to do.
    pub failures: Vec<(String, String)>,
    /// Where forms go, and their token, for whoever may change something.
    pub form: Option<(&'a str, String)>,
    /// Does it get answers?
    pub is_enabled: bool,
    /// The reason as it was typed.
    pub why: &'a str,
    /// What stood in the way.
    pub problem: Option<Said>,
}

page!(ProviderPage<'a>, "office_provider.html");

impl Content for ProviderPage<'_> {
    fn heading(&self, _: Language) -> String {
        self.row.name.clone()
    }

    fn problems(&self, say: Language) -> Vec<Problem> {
        let own = self.problem.map(|problem| problem.problem(say));
        own.into_iter().chain(self.frame.problems(say)).collect()
    }
}

impl ProviderPage<'_> {
    fn why(&self, say: Language, problems: &[Problem]) -> Field {
        Field::new("why", FieldKind::Other, say.text("office-reason"), say)
            .with_hint(say.text("office-reason-hint"))
            .with_value(self.why)
            .blamed_by(problems)
    }
}
