//! Where somebody is logged in.

use super::Own;
use crate::pages::{Content, Problem, page};
use crate::text::Language;

/// Where they are logged in.
#[derive(Clone, Debug)]
pub struct SessionsPage<'a> {
    /// What stands around it.
    pub own: &'a Own,
    /// Where the forms go.
    pub action: &'a str,
    /// Their token.
    pub csrf: &'a str,
    /// Theirs, this one first.
    pub rows: Vec<SessionRow>,
    /// Where to log out here.
    pub logout_action: &'a str,
    /// The token of that form.
    pub logout_csrf: &'a str,
}

/// One of them.
#[derive(Clone, Debug)]
pub struct SessionRow {
    /// What the form says which one it is by.
    pub name: String,
    /// The browser's name, if it is known.
    pub browser: Option<String>,
    /// What it runs on, if that is known.
    pub system: Option<String>,
    /// Its address.
    pub address: String,
    /// Since when.
    pub since: String,
    /// When it was last used.
    pub used: String,
    /// Who was told.
    pub services: Vec<String>,
    /// Is it this browser's?
    pub is_this: bool,
}

page!(SessionsPage<'a>, "me_sessions.html");

impl Content for SessionsPage<'_> {
    fn heading(&self, say: Language) -> String {
        say.text("me-sessions-heading")
    }

    fn problems(&self, say: Language) -> Vec<Problem> {
        self.own.problems(say, &[])
    }
}

impl SessionsPage<'_> {
    fn has_others(&self) -> bool {
        self.rows.iter().any(|row| !row.is_this)
    }
}

impl SessionRow {
    fn device(&self, say: Language) -> String {
        match (self.browser.as_deref(), self.system.as_deref()) {
            (Some(browser), Some(system)) => {
                say.text_with("me-device", &[("browser", browser.into()), ("system", system.into())])
            }
            (Some(one), None) | (None, Some(one)) => one.to_owned(),
            (None, None) => say.text("me-device-unknown"),
        }
    }

    fn services(&self) -> String {
        self.services.join(", ")
    }
}
