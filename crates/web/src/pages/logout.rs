//! Logging out: the page before each service provider, how it ended, and what is left to do.

use portner_domain::logout::{Ending, Fate};

use super::{Content, Error, page, web_address};
use crate::text::Language;

/// Goes on by itself for those who let it. Nobody can ask a browser whether a page could be loaded elsewhere, and
/// one that can't be leaves the person on the browser's own error page, where the chain ends. So the script first
/// asks whether the service's host answers at all; if not, it presses Skip. A host that sends the question on to
/// somewhere else answers too: then the policy of this page is violated, which the browser reports. And a page that
/// does not come within eight seconds does not come.
const SCRIPT: &str = include_str!("logout.js");

/// The script as a source expression of a Content-Security-Policy, as for the hand-over.
pub const LOGOUT_SCRIPT_HASH: &str = "'sha256-mhdM+JG+gWs0yP43b48fFXbuuSyirfglBar4XMFXQo0='";

/// Before the browser goes to a service provider, to log out there too.
#[derive(Clone, Debug)]
pub struct LogoutHopPage<'a> {
    /// What the service is called.
    pub service_provider: &'a str,
    /// Which one it is, from 1.
    pub position: usize,
    /// Of how many.
    pub of: usize,
    /// What the forms are about.
    pub hop: usize,
    /// Where the form goes that goes on.
    pub go_action: &'a str,
    /// Where the form goes that skips this one.
    pub skip_action: &'a str,
    /// The token that ties the forms to the logout.
    pub csrf: &'a str,
    /// The host to ask for an answer before going there; none if that could tell nothing.
    pub probe: Option<&'a str>,
}

page!(LogoutHopPage<'a>, "logout_hop.html");

impl Content for LogoutHopPage<'_> {
    fn heading(&self, say: Language) -> String {
        say.text("logout-hop-heading")
    }
}

impl LogoutHopPage<'_> {
    fn sentence(&self, say: Language) -> String {
        let (position, of) = (self.position.to_string(), self.of.to_string());
        let service = self.service_provider;
        say.text_with(
            "logout-hop",
            &[("service", service.into()), ("position", position.into()), ("of", of.into())],
        )
    }

    const fn script() -> &'static str {
        SCRIPT
    }
}

/// How a logout ended.
#[derive(Clone, Debug)]
pub struct LogoutResultPage<'a> {
    /// Everywhere, or only here for certain.
    pub ending: Ending,
    /// What became of each service.
    pub services: Vec<LogoutRow>,
    /// Where the forms go that try one again.
    pub retry_action: &'a str,
    /// The token that ties the forms to the logout.
    pub csrf: &'a str,
    /// What the service is called where it began, and where that begins.
    pub home: Option<(&'a str, &'a str)>,
    /// Where to log in again.
    pub login_href: &'a str,
}

/// What became of one service.
#[derive(Clone, Debug)]
pub struct LogoutRow {
    /// Which hop.
    pub hop: usize,
    /// What the service is called.
    pub name: String,
    /// What became of it.
    pub fate: Fate,
}

page!(LogoutResultPage<'a>, "logout_result.html");

impl Content for LogoutResultPage<'_> {
    fn heading(&self, say: Language) -> String {
        say.text(match self.ending {
            Ending::Everywhere => "logout-everywhere-heading",
            Ending::Here => "logout-here-heading",
        })
    }
}

impl LogoutResultPage<'_> {
    fn is_everywhere(&self) -> bool {
        self.ending == Ending::Everywhere
    }

    fn home(&self) -> Option<(&str, &str)> {
        self.home.filter(|(_, href)| web_address(href).is_some())
    }

    fn login_href(&self) -> Option<&str> {
        web_address(self.login_href)
    }
}

impl LogoutRow {
    fn outcome(&self, say: Language) -> String {
        say.text(match self.fate {
            Fate::LoggedOut => "logout-row-done",
            Fate::Failed { .. } => "logout-row-failed",
            Fate::NoAnswer | Fate::Asked | Fate::Waiting => "logout-row-no-answer",
            Fate::NotReached => "logout-row-not-reached",
            Fate::NotAsked => "logout-row-not-asked",
        })
    }

    fn may_retry(&self) -> bool {
        matches!(self.fate, Fate::Failed { .. } | Fate::NoAnswer | Fate::NotReached)
    }
}

/// A service answered in a way that can't be trusted. The logout goes on without it.
#[derive(Clone, Debug)]
pub struct LogoutAnswerRefusedPage<'a> {
    /// Where the logout goes on.
    pub go_on_href: &'a str,
    /// What to tell the support desk.
    pub reference: &'a str,
}

page!(LogoutAnswerRefusedPage<'a>, "logout_answer_refused.html");

impl Content for LogoutAnswerRefusedPage<'_> {
    fn heading(&self, say: Language) -> String {
        say.text("logout-answer-heading")
    }

    fn is_error(&self) -> bool {
        true
    }

    fn check(&self) -> Result<(), Error> {
        web_address(self.go_on_href).map(|_| ()).ok_or(Error::NotAWebAddress)
    }
}

/// A logout that is not finished, on the pages where people come back to us.
#[derive(Clone, Copy, Debug)]
pub enum UnfinishedLogout<'a> {
    /// It can go on.
    GoOn {
        /// Where.
        href: &'a str,
    },
    /// An administrator ended the session; services still know the person.
    Ended {
        /// Where the form goes that tells them.
        action: &'a str,
        /// The token that ties the form to the browser.
        csrf: &'a str,
    },
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::digest::{SHA256, digest};
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;

    use super::{LOGOUT_SCRIPT_HASH, SCRIPT};

    #[test]
    fn the_hash_is_that_of_the_script() {
        let hash = STANDARD.encode(digest(&SHA256, SCRIPT.as_bytes()));
        assert_eq!(LOGOUT_SCRIPT_HASH, format!("'sha256-{hash}'"));
    }
}
