//! Security keys and passkeys on a page: what the browser is asked, and what is said when it does not answer.

use super::Problem;
use crate::text::Language;

/// A question to the browser, with a form for its answer.
#[derive(Clone, Debug)]
pub struct KeyQuestion<'a> {
    /// Where the answer goes.
    pub action: &'a str,
    /// What the browser is asked, as JSON.
    pub options: &'a str,
    /// Who is asked.
    pub place: KeyPlace,
}

/// Where on the way a key is asked for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum KeyPlace {
    /// Instead of the password.
    InsteadOfPassword,
    /// Besides a code, by choice.
    InsteadOfCode,
    /// It is what is asked for.
    Alone,
}

/// Why a page is shown again after a key has answered.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum KeyProblem {
    /// It can't be used for this.
    Wrong,
    /// It was asked too long ago.
    TooLate,
    /// Its model is not accepted any more.
    Withdrawn,
}

impl KeyQuestion<'_> {
    pub(crate) fn is_first(&self) -> bool {
        self.place == KeyPlace::Alone
    }

    pub(crate) fn label(&self, say: Language) -> String {
        say.text(match self.place {
            KeyPlace::InsteadOfPassword => "key-login",
            KeyPlace::InsteadOfCode | KeyPlace::Alone => "key-confirm",
        })
    }
}

impl KeyProblem {
    /// What is wrong, with a link to the button.
    pub(crate) fn said(self, say: Language) -> Problem {
        let key = match self {
            Self::Wrong => "key-wrong",
            Self::TooLate => "key-too-late",
            Self::Withdrawn => "key-withdrawn",
        };
        Problem::begin_at("key", say.text(key))
    }
}

/// What the script says, by the names that it knows.
pub(crate) fn sayings(say: Language) -> [(&'static str, String); 6] {
    [
        ("waiting", "key-waiting"),
        ("cancelled", "key-cancelled"),
        ("known", "key-known"),
        ("site", "key-site"),
        ("failed", "key-failed"),
        ("unable", "key-unable"),
    ]
    .map(|(name, key)| (name, say.text(key)))
}
