//! The network password as the password here.

use portner_domain::Level;

use super::Own;
use crate::pages::{Content, Field, FieldKind, Problem, page};
use crate::text::Language;

/// Type it once more.
#[derive(Clone, Debug)]
pub struct NetworkPasswordPage<'a> {
    /// What stands around it.
    pub own: &'a Own,
    /// Where the form goes.
    pub action: &'a str,
    /// Its token.
    pub csrf: &'a str,
    /// Whose it is: what password managers file it under.
    pub user_name: &'a str,
    /// The level it will be registered at.
    pub level: Option<Level>,
    /// Where to choose another one instead.
    pub other_href: &'a str,
}

page!(NetworkPasswordPage<'a>, "me_network_password.html");

impl Content for NetworkPasswordPage<'_> {
    fn heading(&self, say: Language) -> String {
        say.text("network-heading")
    }

    fn problems(&self, say: Language) -> Vec<Problem> {
        self.own.problems(say, &["password"])
    }
}

impl NetworkPasswordPage<'_> {
    fn field(&self, say: Language) -> Field {
        let problems = self.problems(say);
        Field::new("password", FieldKind::Password, say.text("network-password"), say)
            .with_hint(say.text_with("network-hint", &[("minimum", self.own.password_chars_min.into())]))
            .blamed_by(&problems)
            .focused_unless(&problems)
    }

    fn level(&self, say: Language) -> String {
        match self.level {
            Some(level) => say.about("me-new-level", "level", &say.level(level)),
            None => say.text("me-new-level-none"),
        }
    }
}
