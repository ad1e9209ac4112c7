//! The networks that the organisation knows.

use super::OfficeFrame;
use crate::pages::{Content, Problem, page};
use crate::text::Language;

/// A network.
#[derive(Clone, Debug)]
pub struct NetworkRow {
    /// What it is called.
    pub name: String,
    /// Its addresses.
    pub range: String,
    /// Where it is forgotten.
    pub remove_href: String,
}

/// All of them.
#[derive(Clone, Debug)]
pub struct NetworksPage<'a> {
    /// What stands around it.
    pub frame: &'a OfficeFrame,
    /// By name.
    pub rows: Vec<NetworkRow>,
    /// Where another is named.
    pub new_href: &'a str,
    /// Where whoever reads this is, as Portner sees it.
    pub address: &'a str,
    /// What that network is called, if it is known.
    pub here: Option<&'a str>,
    /// The services that admit nobody from elsewhere.
    pub services: Vec<String>,
}

page!(NetworksPage<'a>, "office_networks.html");

impl Content for NetworksPage<'_> {
    fn heading(&self, say: Language) -> String {
        say.text("office-networks-heading")
    }

    fn problems(&self, say: Language) -> Vec<Problem> {
        self.frame.problems(say)
    }
}

impl NetworksPage<'_> {
    fn where_you_are(&self, say: Language) -> String {
        let address = ("address", self.address.into());
        match self.here {
            Some(name) => say.text_with("networks-you-known", &[address, ("name", name.into())]),
            None => say.text_with("networks-you-unknown", &[address]),
        }
    }
}
