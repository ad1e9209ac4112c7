//! What the letters say, for whoever chooses their words.

use super::OfficeFrame;
use crate::pages::{Content, Problem, page};
use crate::text::Language;

/// A letter.
#[derive(Clone, Debug)]
pub struct LetterRow {
    /// Where its words are.
    pub href: String,
    /// What it is about.
    pub name: String,
    /// Since when it has words of its own, in words; nothing if it has Portner's.
    pub since: Option<String>,
}

/// A change of words.
#[derive(Clone, Debug)]
pub struct ChangeRow {
    /// When.
    pub at: String,
    /// Who.
    pub by: String,
    /// Of which letter.
    pub letter: String,
    /// The new ones: language, subject and text; none if they are Portner's own again.
    pub texts: Vec<(Language, String, String)>,
}

/// All letters, and how they have changed.
#[derive(Clone, Debug)]
pub struct LettersPage<'a> {
    /// What stands around it.
    pub frame: &'a OfficeFrame,
    /// The letters.
    pub rows: Vec<LetterRow>,
    /// How they have changed, newest first.
    pub changes: Vec<ChangeRow>,
    /// Where the newest changes are, if these are not.
    pub newest_href: Option<&'a str>,
    /// Where the older ones are.
    pub older_href: Option<String>,
}

page!(LettersPage<'a>, "office_letters.html");

impl Content for LettersPage<'_> {
    fn heading(&self, say: Language) -> String {
        say.text("office-letters-heading")
    }

    fn problems(&self, say: Language) -> Vec<Problem> {
        self.frame.problems(say)
    }
}
