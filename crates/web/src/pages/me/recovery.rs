//! Codes on paper.

use zeroize::Zeroizing;

use super::Own;
use crate::pages::{Content, Problem, page, web_address};
use crate::text::Language;

/// How many are left, and the button that makes new ones.
#[derive(Clone, Debug)]
pub struct RecoveryCodesPage<'a> {
    /// What stands around it.
    pub own: &'a Own,
    /// Where the form goes.
    pub action: &'a str,
    /// Its token.
    pub csrf: &'a str,
    /// How many are left; none if there never were any.
    pub left: Option<u64>,
    /// Where to go instead.
    pub back_href: &'a str,
}

page!(RecoveryCodesPage<'a>, "me_recovery.html");

impl Content for RecoveryCodesPage<'_> {
    fn heading(&self, say: Language) -> String {
        say.text("recovery-heading")
    }

    fn problems(&self, say: Language) -> Vec<Problem> {
        self.own.problems(say, &[])
    }
}

impl RecoveryCodesPage<'_> {
    fn how_many(&self, say: Language) -> String {
        match self.left {
            Some(left) => say.text_with("recovery-left", &[("left", left.into())]),
            None => say.text("recovery-none"),
        }
    }

    fn has_any_left(&self) -> bool {
        self.left.is_some_and(|left| left > 0)
    }

    fn back_href(&self) -> Option<&str> {
        web_address(self.back_href)
    }
}

/// A new set, to be printed or written down.
#[derive(Clone)]
pub struct RecoveryCodesMadePage<'a> {
    /// What stands around it.
    pub own: &'a Own,
    /// Whose they are.
    pub user_name: &'a str,
    /// The codes, in groups.
    pub codes: Vec<Zeroizing<String>>,
    /// Where to go then.
    pub back_href: &'a str,
}

page!(RecoveryCodesMadePage<'a>, "me_recovery_made.html");

impl Content for RecoveryCodesMadePage<'_> {
    fn heading(&self, say: Language) -> String {
        say.text("recovery-made-heading")
    }
}

impl RecoveryCodesMadePage<'_> {
    fn back_href(&self) -> Option<&str> {
        web_address(self.back_href)
    }
}
