//! The terms of use in a login: agree to them and go on, or not.

use super::{Content, Problem, page};
use crate::text::Language;

/// The version in force, and the question.
#[derive(Clone, Debug)]
pub struct AgreementPage<'a> {
    /// Where the form goes.
    pub action: &'a str,
    /// The token that ties the form to the login in progress.
    pub csrf: &'a str,
    /// Who asked.
    pub service_provider: &'a str,
    /// The version.
    pub version: &'a str,
    /// Its text as it is shown, in paragraphs.
    pub paragraphs: Vec<String>,
    /// SHA-256 of that text, in hexadecimal.
    pub sha256: &'a str,
    /// Did they agree to an earlier version?
    pub knew_earlier: bool,
    /// Are these others than those that they have just agreed to?
    pub have_changed: bool,
    /// Where somebody goes who does not agree.
    pub decline_href: &'a str,
}

page!(AgreementPage<'a>, "agreement.html");

impl Content for AgreementPage<'_> {
    fn heading(&self, say: Language) -> String {
        say.text("me-terms-heading")
    }

    fn problems(&self, say: Language) -> Vec<Problem> {
        let changed = self.have_changed.then(|| Problem::general(say.text("terms-changed")));
        changed.into_iter().collect()
    }
}

impl AgreementPage<'_> {
    fn why(&self, say: Language) -> String {
        let key = if self.knew_earlier { "terms-why-again" } else { "terms-why" };
        say.about(key, "service", self.service_provider)
    }
}

/// What comes of not agreeing. Nothing has happened yet.
#[derive(Clone, Debug)]
pub struct TermsDeclinedPage<'a> {
    /// Who asked.
    pub service_provider: &'a str,
    /// Where the terms are read again.
    pub terms_href: &'a str,
    /// Where the form goes that leads back without a login.
    pub return_action: &'a str,
    /// Its token.
    pub csrf: &'a str,
}

page!(TermsDeclinedPage<'a>, "terms_declined.html");

impl Content for TermsDeclinedPage<'_> {
    fn heading(&self, say: Language) -> String {
        say.text("terms-declined-heading")
    }
}
