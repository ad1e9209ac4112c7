//! What somebody logs in with, and what each is worth.

use portner_domain::Level;
use portner_domain::authenticator::Kind;

use super::Own;
use crate::pages::{Content, Field, FieldKind, Problem, page};
use crate::text::Language;

/// What they log in with.
#[derive(Clone, Debug)]
pub struct AuthenticatorsPage<'a> {
    /// What stands around it.
    pub own: &'a Own,
    /// What they have, oldest first.
    pub rows: Vec<AuthenticatorRow>,
    /// What they reported lost and have not replaced.
    pub lost: Vec<Kind>,
    /// Where to add what: the address, and the key of its sentence.
    pub add: Vec<(String, &'static str)>,
    /// Where to stop everything.
    pub block_href: &'a str,
}

/// One of them.
#[derive(Clone, Debug)]
pub struct AuthenticatorRow {
    /// What it is.
    pub kind: Kind,
    /// What they call it.
    pub name: Option<String>,
    /// What it is registered at.
    pub level: Option<Level>,
    /// Since when: [`date_and_time`](crate::pages::date_and_time).
    pub since: String,
    /// When it was last used, if that is known.
    pub used: Option<String>,
    /// Where to call it something else.
    pub rename_href: String,
    /// Where to replace it, if that is done in a place of its own.
    pub replace_href: Option<String>,
    /// Where to be rid of it, if it is theirs to remove.
    pub remove_href: Option<String>,
    /// Where to say that it is lost, if it can be.
    pub lost_href: Option<String>,
}

page!(AuthenticatorsPage<'a>, "me_authenticators.html");

impl Content for AuthenticatorsPage<'_> {
    fn heading(&self, say: Language) -> String {
        say.text("me-authenticators-heading")
    }

    fn problems(&self, say: Language) -> Vec<Problem> {
        self.own.problems(say, &[])
    }
}

impl AuthenticatorsPage<'_> {
    fn lost(&self, say: Language) -> Vec<String> {
        self.lost.iter().map(|kind| capitalised(&say.kind(*kind))).collect()
    }
}

impl AuthenticatorRow {
    /// Their own name for it, or what it is.
    fn title(&self, say: Language) -> String {
        self.name.clone().unwrap_or_else(|| capitalised(&say.kind(self.kind)))
    }

    /// What it is, where that is not its title.
    fn what(&self, say: Language) -> Option<String> {
        self.name.is_some().then(|| capitalised(&say.kind(self.kind)))
    }

    fn level(&self, say: Language) -> String {
        self.level.map_or_else(|| say.text("me-level-none"), |level| say.level(level))
    }

    fn used(&self, say: Language) -> String {
        self.used.clone().unwrap_or_else(|| say.text("me-used-unknown"))
    }
}

fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// Another name for one of them.
#[derive(Clone, Debug)]
pub struct RenamePage<'a> {
    /// What stands around it.
    pub own: &'a Own,
    /// Where the form goes.
    pub action: &'a str,
    /// Its token.
    pub csrf: &'a str,
    /// What it is.
    pub kind: Kind,
    /// What it is called now.
    pub name: &'a str,
    /// Where to leave it as it is.
    pub back_href: &'a str,
}

page!(RenamePage<'a>, "me_rename.html");

impl Content for RenamePage<'_> {
    fn heading(&self, say: Language) -> String {
        say.about("me-rename-heading", "kind", &say.kind(self.kind))
    }

    fn problems(&self, say: Language) -> Vec<Problem> {
        self.own.problems(say, &["name"])
    }
}

impl RenamePage<'_> {
    fn field(&self, say: Language) -> Field {
        let problems = self.problems(say);
        Field::new("name", FieldKind::Label, say.text("me-rename-label"), say)
            .with_value(self.name)
            .with_hint(say.text("me-rename-hint"))
            .blamed_by(&problems)
            .focused_unless(&problems)
    }
}
