//! A password that has to be changed by a certain day: said once in the login in which it was typed.

use super::{Content, PasswordDue, page, web_address};
use crate::text::Language;

/// The page before going on.
#[derive(Clone, Debug)]
pub struct PasswordDuePage<'a> {
    /// Who asked.
    pub service_provider: &'a str,
    /// Of which rule it falls short, until when it works, and where to change it.
    pub due: PasswordDue,
    /// Where the form goes that goes on.
    pub action: &'a str,
    /// Its token.
    pub csrf: &'a str,
}

page!(PasswordDuePage<'a>, "password_due.html");

impl Content for PasswordDuePage<'_> {
    fn heading(&self, say: Language) -> String {
        say.text("me-password-due-heading")
    }
}

impl PasswordDuePage<'_> {
    fn change_href(&self) -> Option<&str> {
        web_address(&self.due.href)
    }
}
