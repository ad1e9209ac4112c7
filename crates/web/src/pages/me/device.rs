//! A code device that its holder registers.

use portner_domain::Level;

use super::{Own, Replaces};
use crate::pages::device::{DEVICE_FIELDS, device_fields};
use crate::pages::{Content, Field, Problem, page};
use crate::text::Language;

/// Which device, and two of its codes.
#[derive(Clone, Debug)]
pub struct AddCodeDevicePage<'a> {
    /// What stands around it.
    pub own: &'a Own,
    /// Where the form goes.
    pub action: &'a str,
    /// Its token.
    pub csrf: &'a str,
    /// Do they have one that this one replaces?
    pub replaces: Replaces,
    /// The level it will be registered at.
    pub level: Option<Level>,
    /// Where to leave it.
    pub back_href: &'a str,
}

page!(AddCodeDevicePage<'a>, "me_device.html");

impl Content for AddCodeDevicePage<'_> {
    fn heading(&self, say: Language) -> String {
        say.text("device-heading")
    }

    fn problems(&self, say: Language) -> Vec<Problem> {
        self.own.problems(say, &DEVICE_FIELDS)
    }
}

impl AddCodeDevicePage<'_> {
    fn level(&self, say: Language) -> String {
        match self.level {
            Some(level) => say.about("me-new-level", "level", &say.level(level)),
            None => say.text("me-new-level-none"),
        }
    }

    fn fields(&self, say: Language) -> [Field; 3] {
        device_fields(say, "", &self.problems(say))
    }
}
