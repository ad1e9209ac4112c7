//! A person's own page, and the one after it.

use portner_domain::Level;

use super::{Content, UnfinishedLogout, page, web_address};
use crate::text::Language;

/// What a person sees of their own login.
#[derive(Clone, Debug)]
pub struct StartPage<'a> {
    /// Who they are.
    pub display_name: &'a str,
    /// What their login is worth now.
    pub level: Option<Level>,
    /// Why, as sentences: [`Language::explain`].
    pub reasons: Vec<String>,
    /// The services that were told who they are, newest first.
    pub services: Vec<ServiceRow>,
    /// When the session began: [`date_and_time`](super::date_and_time).
    pub session_began: String,
    /// When it ends at the latest.
    pub session_ends: String,
    /// Where the form of the Log out button goes.
    pub logout_action: &'a str,
    /// The token that ties the form to the session.
    pub csrf: &'a str,
    /// A logout of this browser that is not finished.
    pub unfinished: Option<UnfinishedLogout<'a>>,
}

/// A service that was told who somebody is.
#[derive(Clone, Debug)]
pub struct ServiceRow {
    /// What it is called.
    pub name: String,
    /// Since when it knows: [`date_and_time`](super::date_and_time).
    pub since: String,
}

page!(StartPage<'a>, "start.html");

impl Content for StartPage<'_> {
    fn heading(&self, say: Language) -> String {
        say.text("start-heading")
    }
}

impl StartPage<'_> {
    fn level(&self, say: Language) -> String {
        match self.level {
            Some(level) => say.about("start-level", "level", &say.level(level)),
            None => say.text("start-level-nothing"),
        }
    }
}

/// Nobody is logged in here: not yet, or not any more.
#[derive(Clone, Debug)]
pub struct LoggedOutPage<'a> {
    /// Where to log in again.
    pub login_href: &'a str,
    /// A logout of this browser that is not finished.
    pub unfinished: Option<UnfinishedLogout<'a>>,
}

page!(LoggedOutPage<'a>, "logged_out.html");

impl Content for LoggedOutPage<'_> {
    fn heading(&self, say: Language) -> String {
        say.text("logged-out-heading")
    }
}

impl LoggedOutPage<'_> {
    fn login_href(&self) -> Option<&str> {
        web_address(self.login_href)
    }
}
