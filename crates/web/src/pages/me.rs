//! The pages of a person's own: what stands around each, and the first of them.

mod key;

pub use key::NewKeyPage;

use portner_domain::Level;
use portner_domain::identity::Identity;
use portner_federation::OwnPage;

use super::{Content, Problem, page};
use crate::me::path_of;
use crate::text::Language;

/// What stands around a page of somebody's own.
#[derive(Clone, Copy, Debug)]
pub struct Own {
    /// Which page it is.
    pub page: OwnPage,
    /// What has become of the form that was just sent.
    pub notice: Option<Notice>,
}

/// A page in the list at the top.
pub(crate) struct Tab {
    pub(crate) href: String,
    pub(crate) name: String,
    pub(crate) is_current: bool,
}

macro_rules! notices {
    ($($(#[$doc:meta])* $notice:ident = $word:literal, $key:literal, $kind:ident;)*) => {
        /// What has become of a form, said once on the page that follows.
        #[derive(Clone, Copy, Debug, Eq, PartialEq)]
        pub enum Notice {
            $($(#[$doc])* $notice,)*
        }

        impl Notice {
            /// Each of them.
            pub const ALL: &'static [Self] = &[$(Self::$notice),*];

            /// The word for it between two requests.
            pub const fn word(self) -> &'static str {
                match self {
                    $(Self::$notice => $word,)*
                }
            }

            const fn key(self) -> &'static str {
                match self {
                    $(Self::$notice => $key,)*
                }
            }

            const fn tone(self) -> Tone {
                match self {
                    $(Self::$notice => Tone::$kind,)*
                }
            }
        }
    };
}

/// Did it go well?
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Tone {
    Good,
    Bad,
}

notices! {
    /// What they reported lost has to be made up for first.
    LostFirst = "lost-first", "me-notice-lost-first", Bad;
    /// It is the last that carries the level.
    LastOfItsLevel = "last-of-its-level", "me-notice-last-of-its-level", Bad;
    /// Others decide about it.
    NotYours = "not-yours", "me-notice-not-yours", Bad;
    /// A key is theirs.
    KeyAdded = "key-added", "me-notice-key-added", Good;
    /// It has no name.
    KeyNeedsName = "key-needs-name", "me-notice-key-needs-name", Bad;
    /// It was asked too long ago, or another change was made.
    KeyTooLate = "key-too-late", "me-notice-key-too-late", Bad;
    /// What it sent was not in order.
    KeyUnfit = "key-unfit", "me-notice-key-unfit", Bad;
    /// Somebody has it.
    KeyTaken = "key-taken", "me-notice-key-taken", Bad;
    /// Its model is not accepted.
    KeyModel = "key-model", "me-notice-key-model", Bad;
    /// It can't say whose it is.
    KeyNoPasskey = "key-no-passkey", "me-notice-key-no-passkey", Bad;
    /// There are enough.
    KeysTooMany = "keys-too-many", "me-notice-keys-too-many", Bad;
}

impl Notice {
    /// What this word stands for.
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|notice| notice.word() == word)
    }
}

impl Own {
    /// The list at the top.
    pub(crate) fn tabs(&self, say: Language) -> Vec<Tab> {
        let tabs = [
            (OwnPage::Profile, "me-profile"),
            (OwnPage::Authenticators, "me-authenticators"),
            (OwnPage::Sessions, "me-sessions"),
            (OwnPage::Log, "me-log"),
            (OwnPage::Terms, "me-terms"),
        ];
        let tab = |(page, key): (OwnPage, &str)| Tab {
            href: path_of(page),
            name: say.text(key),
            is_current: page == self.page,
        };
        tabs.into_iter().map(tab).collect()
    }

    /// What went well.
    pub(crate) fn said(&self, say: Language) -> Option<String> {
        self.notice.filter(|notice| notice.tone() == Tone::Good).map(|notice| say.text(notice.key()))
    }

    /// What did not.
    pub(crate) fn problems(&self, say: Language) -> Vec<Problem> {
        let bad = self.notice.filter(|notice| notice.tone() == Tone::Bad);
        bad.map(|notice| Problem::general(say.text(notice.key()))).into_iter().collect()
    }
}

/// Who they are here, and how far their login carries.
#[derive(Clone, Debug)]
pub struct ProfilePage<'a> {
    /// What stands around it.
    pub own: &'a Own,
    /// Who they are.
    pub identity: &'a Identity,
    /// What their login is worth now.
    pub level: Option<Level>,
    /// Why, as sentences: [`Language::explain`].
    pub reasons: Vec<String>,
    /// The best that they could reach with what they have.
    pub best: Option<Level>,
    /// The level above that, if there is one.
    pub next: Option<Level>,
    /// What stands in the way of it, as sentences.
    pub missing: Vec<String>,
}

page!(ProfilePage<'a>, "me_profile.html");

impl Content for ProfilePage<'_> {
    fn heading(&self, say: Language) -> String {
        say.text("me-profile-heading")
    }

    fn problems(&self, say: Language) -> Vec<Problem> {
        self.own.problems(say)
    }
}

impl ProfilePage<'_> {
    fn level(&self, say: Language) -> String {
        match self.level {
            Some(level) => say.about("start-level", "level", &say.level(level)),
            None => say.text("start-level-nothing"),
        }
    }

    /// They have proved less than they could.
    fn could_reach(&self, say: Language) -> Option<String> {
        let best = self.best.filter(|best| Some(*best) > self.level)?;
        Some(say.about("me-could-reach", "level", &say.level(best)))
    }

    fn to_reach(&self, say: Language) -> Option<String> {
        Some(say.about("me-to-reach", "level", &say.level(self.next?)))
    }
}
