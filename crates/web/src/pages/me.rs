//! The pages of a person's own: what stands around each, and the first of them.

mod authenticators;
mod device;
mod key;
mod log;
mod network;
mod notice;
mod password;
pub mod recovery;
mod sessions;
mod stop;
mod terms;
mod totp;

pub use authenticators::{AuthenticatorRow, AuthenticatorsPage, RenamePage};
pub use device::AddCodeDevicePage;
pub use key::NewKeyPage;
pub use log::{LogPage, LogRow};
pub use network::NetworkPasswordPage;
pub use notice::Notice;
pub use password::ChangePasswordPage;
pub use sessions::{SessionRow, SessionsPage};
pub use stop::{BlockPage, BlockedPage, RemovePage, ReportLostPage};
pub(crate) use terms::list_in;
pub use terms::{AcceptedRow, ShownTerms, TermsPage};
pub use totp::{AddTotpPage, Replaces};

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
    /// The fewest characters that a password may have here.
    pub password_chars_min: usize,
}

/// A page in the list at the top.
pub(crate) struct Tab {
    pub(crate) href: String,
    pub(crate) name: String,
    /// What `aria-current` says: this very page, or the one that this page belongs to.
    pub(crate) current: Option<&'static str>,
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
        let is_profiles = self.page == OwnPage::Identities;
        let belongs_to_means = !is_profiles && tabs.iter().all(|(page, _)| *page != self.page);
        let tab = |(page, key): (OwnPage, &str)| Tab {
            href: path_of(page),
            name: say.text(key),
            current: match page {
                page if page == self.page => Some("page"),
                OwnPage::Profile if is_profiles => Some("true"),
                OwnPage::Authenticators if belongs_to_means => Some("true"),
                _ => None,
            },
        };
        tabs.into_iter().map(tab).collect()
    }

    /// What went well.
    pub(crate) fn said(&self, say: Language) -> Option<String> {
        self.notice
            .filter(|notice| !notice.is_problem())
            .map(|notice| notice.text(say, self.password_chars_min))
    }

    /// What did not; at one of these fields, if it is that field's.
    pub(crate) fn problems(&self, say: Language, fields: &[&'static str]) -> Vec<Problem> {
        let Some(notice) = self.notice.filter(|notice| notice.is_problem()) else { return Vec::new() };
        let text = notice.text(say, self.password_chars_min);
        let of = notice.field().filter(|field| fields.contains(field));
        vec![of.map_or(Problem::general(text.clone()), |field| Problem::of(field, text))]
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
    /// Where their other identities are, if they have any.
    pub others_href: Option<String>,
    /// That their password has to be changed.
    pub password_due: Option<PasswordDue>,
}

/// A password that has fallen short of the rules.
#[derive(Clone, Debug)]
pub struct PasswordDue {
    /// Of which rule, and what to do: [`Language::weakness`].
    pub why: String,
    /// Until when it works: [`date_and_time`](crate::pages::date_and_time).
    pub change_by: String,
    /// Where to change it.
    pub href: String,
}

page!(ProfilePage<'a>, "me_profile.html");

impl Content for ProfilePage<'_> {
    fn heading(&self, say: Language) -> String {
        say.text("me-profile-heading")
    }

    fn problems(&self, say: Language) -> Vec<Problem> {
        self.own.problems(say, &[])
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
