//! A new security key or passkey.

use portner_authenticators::NAME_CHARS_MAX;
use portner_authenticators::webauthn::Wish;
use portner_federation::OwnPage;

use super::Own;
use crate::me::path_of;
use crate::pages::{Content, Problem, page};
use crate::text::Language;

/// A new security key or passkey: which of them, and what it is called.
#[derive(Clone, Debug)]
pub struct NewKeyPage<'a> {
    /// What stands around it.
    pub own: &'a Own,
    /// Where the form goes.
    pub action: &'a str,
    /// The token of the form.
    pub csrf: &'a str,
    /// What the browser is asked for each wish, as JSON.
    pub questions: [(Wish, &'a str); 2],
}

/// One of the wishes.
pub(crate) struct WishRow<'a> {
    pub(crate) word: &'static str,
    pub(crate) options: &'a str,
    pub(crate) name: String,
    pub(crate) hint: String,
}

page!(NewKeyPage<'a>, "me_key_new.html");

impl Content for NewKeyPage<'_> {
    fn heading(&self, say: Language) -> String {
        say.text("key-new-heading")
    }

    fn problems(&self, say: Language) -> Vec<Problem> {
        self.own.problems(say, &["name"])
    }
}

impl NewKeyPage<'_> {
    fn wishes(&self, say: Language) -> [WishRow<'_>; 2] {
        self.questions.map(|(wish, options)| {
            let (name, hint) = match wish {
                Wish::SecurityKey => ("key-new-security-key", "key-new-security-key-hint"),
                Wish::Passkey => ("key-new-passkey", "key-new-passkey-hint"),
            };
            WishRow { word: wish.word(), options, name: say.text(name), hint: say.text(hint) }
        })
    }

    pub(crate) const fn name_chars_max() -> usize {
        NAME_CHARS_MAX
    }

    pub(crate) fn back_href() -> String {
        path_of(OwnPage::Authenticators)
    }
}
