//! What somebody agreed to, and what they still have to.

use super::Own;
use crate::pages::{Content, Problem, page};
use crate::text::Language;

/// The terms of use.
#[derive(Clone, Debug)]
pub struct TermsPage<'a> {
    /// What stands around it.
    pub own: &'a Own,
    /// Where the form goes.
    pub action: &'a str,
    /// Its token.
    pub csrf: &'a str,
    /// The version in force; none if there are no terms.
    pub current: Option<ShownTerms>,
    /// Do they still have to agree to it, or have they not done so?
    pub is_open: bool,
    /// Must they?
    pub is_due: bool,
    /// What they agreed to, newest first.
    pub accepted: Vec<AcceptedRow>,
}

/// The version in force.
#[derive(Clone, Debug)]
pub struct ShownTerms {
    /// What it is called.
    pub version: String,
    /// Its text as it is shown, in paragraphs.
    pub paragraphs: Vec<String>,
    /// SHA-256 of that text, in hexadecimal.
    pub sha256: String,
}

/// A version that was agreed to.
#[derive(Clone, Debug)]
pub struct AcceptedRow {
    /// Which.
    pub version: String,
    /// When.
    pub at: String,
}

page!(TermsPage<'a>, "me_terms.html");

/// The items of a paragraph whose every line begins with a hyphen: a list, as people write one in plain text.
pub(crate) fn list_in(paragraph: &str) -> Option<Vec<&str>> {
    paragraph.lines().map(|line| line.trim().strip_prefix("- ").map(str::trim)).collect()
}

impl Content for TermsPage<'_> {
    fn heading(&self, say: Language) -> String {
        say.text("me-terms-heading")
    }

    fn problems(&self, say: Language) -> Vec<Problem> {
        self.own.problems(say, &[])
    }
}

#[cfg(test)]
mod tests {
    use super::list_in;

    #[test]
    fn a_list_has_a_hyphen_before_every_line() {
        let check = |paragraph, items: Option<&[&str]>| assert_eq!(list_in(paragraph).as_deref(), items);
        check("- one\n - two ", Some(&["one", "two"]));
        check("- one", Some(&["one"]));
        check("one\n- two", None);
        check("-one\n- two", None);
    }
}
