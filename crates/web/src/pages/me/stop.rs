//! Being rid of something, and stopping everything: what will happen stands before the button.

use portner_domain::authenticator::Kind;

use super::Own;
use crate::pages::{Content, Problem, page};
use crate::text::Language;

/// Away with one of them?
#[derive(Clone, Debug)]
pub struct RemovePage<'a> {
    /// What stands around it.
    pub own: &'a Own,
    /// Where the form goes.
    pub action: &'a str,
    /// Its token.
    pub csrf: &'a str,
    /// What it is.
    pub kind: Kind,
    /// What they call it.
    pub name: Option<&'a str>,
    /// Where to keep it.
    pub back_href: &'a str,
}

page!(RemovePage<'a>, "me_remove.html");

impl Content for RemovePage<'_> {
    fn heading(&self, say: Language) -> String {
        say.about("me-remove-heading", "kind", &say.kind(self.kind))
    }

    fn problems(&self, say: Language) -> Vec<Problem> {
        self.own.problems(say, &[])
    }
}

/// Is one of them lost?
#[derive(Clone, Debug)]
pub struct ReportLostPage<'a> {
    /// What stands around it.
    pub own: &'a Own,
    /// Where the form goes.
    pub action: &'a str,
    /// Its token.
    pub csrf: &'a str,
    /// What it is.
    pub kind: Kind,
    /// What they call it.
    pub name: Option<&'a str>,
    /// Where to keep it.
    pub back_href: &'a str,
}

page!(ReportLostPage<'a>, "me_lost.html");

impl Content for ReportLostPage<'_> {
    fn heading(&self, say: Language) -> String {
        say.about("me-lost-heading", "kind", &say.kind(self.kind))
    }

    fn problems(&self, say: Language) -> Vec<Problem> {
        self.own.problems(say, &[])
    }
}

/// Stop everything?
#[derive(Clone, Debug)]
pub struct BlockPage<'a> {
    /// What stands around it.
    pub own: &'a Own,
    /// Where the form goes.
    pub action: &'a str,
    /// Its token.
    pub csrf: &'a str,
    /// Where not to.
    pub back_href: &'a str,
}

page!(BlockPage<'a>, "me_block.html");

impl Content for BlockPage<'_> {
    fn heading(&self, say: Language) -> String {
        say.text("me-block-heading")
    }

    fn problems(&self, say: Language) -> Vec<Problem> {
        self.own.problems(say, &[])
    }
}

/// Everything is stopped. Nobody is logged in any more, so it says the same to everybody.
#[derive(Clone, Copy, Debug)]
pub struct BlockedPage<'a> {
    /// Where the start page is, which a logout that is not finished is offered on.
    pub start_href: &'a str,
}

page!(BlockedPage<'a>, "me_blocked.html");

impl Content for BlockedPage<'_> {
    fn heading(&self, say: Language) -> String {
        say.text("me-blocked-heading")
    }
}
