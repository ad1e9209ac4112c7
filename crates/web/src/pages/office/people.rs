//! People in a list, and one of them.

use portner_directory::Card;
use portner_domain::Level;

use super::OfficeFrame;
use crate::pages::{Content, LogRow, Problem, page};
use crate::text::Language;

/// People, by name.
#[derive(Clone, Debug)]
pub struct PeoplePage<'a> {
    /// What stands around it.
    pub frame: &'a OfficeFrame,
    /// Where the form goes.
    pub action: &'a str,
    /// The list as a file.
    pub file_href: String,
    /// Who is looked for.
    pub sought: &'a str,
    /// Who is in the list, if not everybody, as a sentence.
    pub filter: Option<String>,
    /// The same as it goes on with the form: name and value.
    pub kept: Option<(&'static str, String)>,
    /// Those on this page.
    pub rows: Vec<PersonRow>,
    /// Where the list goes on.
    pub next_href: Option<String>,
    /// Is it the first page?
    pub is_first: bool,
    /// Where somebody is registered, for whoever may.
    pub register_href: Option<&'a str>,
}

/// One of them.
#[derive(Clone, Debug)]
pub struct PersonRow {
    /// Their page.
    pub href: String,
    /// Their name, if it may stand in a list.
    pub name: Option<String>,
    /// What they log in with.
    pub user_name: String,
    /// Where they work.
    pub unit: Option<String>,
    /// May they log in? In words.
    pub state: String,
}

page!(PeoplePage<'a>, "office_people.html");

impl Content for PeoplePage<'_> {
    fn heading(&self, say: Language) -> String {
        say.text("office-people-heading")
    }

    fn problems(&self, say: Language) -> Vec<Problem> {
        self.frame.problems(say)
    }
}

/// Something that may be done, as a link.
#[derive(Clone, Debug)]
pub struct PersonLink {
    /// Where.
    pub href: String,
    /// The key of its text.
    pub key: &'static str,
}

/// What the support desk and the registrar look for first.
#[derive(Clone, Debug, Default)]
pub struct DeskNotes {
    /// Until when it is known that it is them who ask.
    pub caller_until: Option<String>,
    /// What is open about them, as sentences.
    pub warnings: Vec<String>,
    /// Why logins failed lately.
    pub failures: Vec<Failures>,
}

/// Logins that failed for one reason.
#[derive(Clone, Debug)]
pub struct Failures {
    /// Why, and what to do, as a sentence.
    pub what: String,
    /// How many.
    pub count: usize,
    /// When the last of them was.
    pub last: String,
}

/// What is on record about somebody, and why a login failed.
#[derive(Clone, Debug)]
pub struct PersonPage<'a> {
    /// What stands around it.
    pub frame: &'a OfficeFrame,
    /// What is on record.
    pub card: &'a Card,
    /// What may be done.
    pub links: Vec<PersonLink>,
    /// May they log in? In words.
    pub state: String,
    /// Who stopped them, as sentences.
    pub locks: Vec<String>,
    /// What they log in with, as sentences.
    pub authenticators: Vec<String>,
    /// How they were proofed, as sentences.
    pub proofings: Vec<String>,
    /// What they hold themselves, as sentences.
    pub roles: Vec<String>,
    /// The best level that they could reach.
    pub best: Option<Level>,
    /// Why, as sentences.
    pub reasons: Vec<String>,
    /// What the support desk and the registrar look for first.
    pub notes: DeskNotes,
    /// Are their attempts not looked at, because of guessing?
    pub is_closed: bool,
    /// What happened, newest first.
    pub events: Vec<LogRow>,
    /// What else is on record: the key of its name, and it in words.
    pub facts: Vec<(&'static str, String)>,
    /// Since when they are here.
    pub registered: String,
    /// Their last day.
    pub until: Option<String>,
}

page!(PersonPage<'a>, "office_person.html");

impl Content for PersonPage<'_> {
    fn heading(&self, _: Language) -> String {
        let register = self.card.identity.full_name();
        self.card.about.known_as.clone().unwrap_or(register)
    }

    fn problems(&self, say: Language) -> Vec<Problem> {
        self.frame.problems(say)
    }
}
