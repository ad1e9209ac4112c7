//! The versions of the terms of use, for whoever writes them.

use super::OfficeFrame;
use crate::pages::{Content, Problem, page};
use crate::text::Language;

/// A version.
#[derive(Clone, Debug)]
pub struct VersionRow {
    /// What it is called.
    pub version: String,
    /// Since when, in words.
    pub at: String,
    /// How many agreed to it.
    pub agreed: u64,
}

/// The versions.
#[derive(Clone, Debug)]
pub struct TermsVersionsPage<'a> {
    /// What stands around it.
    pub frame: &'a OfficeFrame,
    /// Newest first; the first is in force.
    pub rows: Vec<VersionRow>,
    /// Where another is written; none if a file says what the terms are.
    pub new_href: Option<&'a str>,
    /// The one in force as people read it.
    pub paragraphs: Vec<String>,
}

page!(TermsVersionsPage<'a>, "office_terms.html");

impl Content for TermsVersionsPage<'_> {
    fn heading(&self, say: Language) -> String {
        say.text("office-terms-heading")
    }

    fn problems(&self, say: Language) -> Vec<Problem> {
        self.frame.problems(say)
    }
}
