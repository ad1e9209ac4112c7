//! What happened to somebody here, in words.

use super::Own;
use crate::pages::{Content, Problem, page};
use crate::text::Language;

/// What happened, newest first.
#[derive(Clone, Debug)]
pub struct LogPage<'a> {
    /// What stands around it.
    pub own: &'a Own,
    /// A page of it.
    pub rows: Vec<LogRow>,
    /// Where the newest are, if this page has older ones.
    pub newest_href: Option<&'a str>,
    /// Where older ones are, if there are any.
    pub older_href: Option<&'a str>,
}

/// Something that happened.
#[derive(Clone, Debug)]
pub struct LogRow {
    /// When: [`date_and_time`](crate::pages::date_and_time).
    pub at: String,
    /// What, as a sentence.
    pub what: String,
    /// Whence, if it came from a network address.
    pub address: Option<String>,
}

page!(LogPage<'a>, "me_log.html");

impl Content for LogPage<'_> {
    fn heading(&self, say: Language) -> String {
        say.text("me-log-heading")
    }

    fn problems(&self, say: Language) -> Vec<Problem> {
        self.own.problems(say, &[])
    }
}
