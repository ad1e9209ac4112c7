//! The organisation in numbers.

use super::OfficeFrame;
use crate::pages::{Content, Problem, page};
use crate::text::Language;

/// An organisation.
#[derive(Clone, Debug)]
pub struct OrganisationRow {
    /// Its name.
    pub name: String,
    /// Its number in the business register.
    pub cvr: String,
    /// Identities that may be used.
    pub active: u64,
    /// Identities that are stopped.
    pub locked: u64,
    /// Identities whose employment is over.
    pub ended: u64,
}

/// A place where people work, or something that is not on record of them.
#[derive(Clone, Debug)]
pub struct PlaceRow {
    /// What it is called.
    pub name: String,
    /// Who they are, for whoever may find people.
    pub href: Option<String>,
    /// How many.
    pub people: u64,
}

/// All of it.
#[derive(Clone, Debug)]
pub struct OrganisationPage<'a> {
    /// What stands around it.
    pub frame: &'a OfficeFrame,
    /// The organisations, by name.
    pub rows: Vec<OrganisationRow>,
    /// What is not on record.
    pub lacking: Vec<PlaceRow>,
    /// The units, by path.
    pub units: Vec<PlaceRow>,
    /// Where they go on.
    pub next_units: Option<String>,
    /// The production units, by number.
    pub production_units: Vec<PlaceRow>,
    /// Where they go on.
    pub next_production_units: Option<String>,
    /// Where the lists begin, if they do not begin here.
    pub first_href: Option<&'a str>,
}

page!(OrganisationPage<'a>, "office_organisation.html");

impl Content for OrganisationPage<'_> {
    fn heading(&self, say: Language) -> String {
        say.text("office-organisation-heading")
    }

    fn problems(&self, say: Language) -> Vec<Problem> {
        self.frame.problems(say)
    }
}

impl OrganisationPage<'_> {
    /// The lists of places: heading, label of the column, rows, and where each goes on.
    fn lists(&self) -> [(&'static str, &'static str, &[PlaceRow], Option<&str>); 2] {
        [
            ("organisation-units", "office-unit", &self.units, self.next_units.as_deref()),
            (
                "organisation-production-units",
                "organisation-production-unit",
                &self.production_units,
                self.next_production_units.as_deref(),
            ),
        ]
    }
}
