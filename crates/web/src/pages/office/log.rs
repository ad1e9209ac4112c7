//! The log, for whoever audits.

use super::OfficeFrame;
use crate::pages::{Content, Problem, page};
use crate::text::Language;

/// A page of it.
#[derive(Clone, Debug)]
pub struct OfficeLogPage<'a> {
    /// What stands around it.
    pub frame: &'a OfficeFrame,
    /// Where the form goes.
    pub action: &'a str,
    /// The kind that is looked for.
    pub kind: &'a str,
    /// The user name that is looked for.
    pub user: &'a str,
    /// Newest first.
    pub rows: Vec<EventRow>,
    /// What is found as a file.
    pub file_href: String,
    /// Where the newest are, if these are not.
    pub newest_href: Option<&'a str>,
    /// Where the older ones are.
    pub older_href: Option<String>,
}

/// One event.
#[derive(Clone, Debug)]
pub struct EventRow {
    /// When.
    pub at: String,
    /// What: its kind.
    pub kind: &'static str,
    /// Who did it.
    pub by: String,
    /// All of it, as JSON.
    pub json: String,
}

page!(OfficeLogPage<'a>, "office_log.html");

impl Content for OfficeLogPage<'_> {
    fn heading(&self, say: Language) -> String {
        say.text("office-log-heading")
    }

    fn problems(&self, say: Language) -> Vec<Problem> {
        self.frame.problems(say)
    }
}
