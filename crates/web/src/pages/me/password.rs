//! Another password.

use portner_domain::Level;

use super::Own;
use crate::pages::{Content, Field, FieldKind, Problem, page};
use crate::text::Language;

/// Another password.
#[derive(Clone, Debug)]
pub struct ChangePasswordPage<'a> {
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
    /// Where the network password is taken instead, if there is a network that knows any.
    pub network_href: Option<&'a str>,
    /// Where to leave it as it is.
    pub back_href: &'a str,
}

page!(ChangePasswordPage<'a>, "me_password.html");

impl Content for ChangePasswordPage<'_> {
    fn heading(&self, say: Language) -> String {
        say.text("me-password-heading")
    }

    fn problems(&self, say: Language) -> Vec<Problem> {
        self.own.problems(say, &["password", "password_again"])
    }
}

impl ChangePasswordPage<'_> {
    fn fields(&self, say: Language) -> [Field; 2] {
        let problems = self.problems(say);
        let hint = say.text_with("setup-password-hint", &[("minimum", self.own.password_chars_min.into())]);
        [
            Field::new("password", FieldKind::NewPassword, say.text("me-password-new"), say)
                .with_hint(hint)
                .blamed_by(&problems)
                .focused_unless(&problems),
            Field::new("password_again", FieldKind::NewPassword, say.text("setup-repeat"), say)
                .blamed_by(&problems),
        ]
    }

    fn level(&self, say: Language) -> String {
        match self.level {
            Some(level) => say.about("me-new-level", "level", &say.level(level)),
            None => say.text("me-new-level-none"),
        }
    }
}
