//! Between the login and the service: the answer on its way, and what is shown when there is none.

use portner_domain::Level;

use super::{Content, Error, IdentityRow, page, web_address};
use crate::text::Language;

/// It presses the button for those who let it.
const HAND_OVER_SCRIPT: &str = "document.getElementById(\"hand-over\").submit()";

/// The script as a source expression of a Content-Security-Policy, in quotes (CSP 3, 2.3.1), for the
/// `script-src` of this page. Its `form-action` can't name the service provider alone: Chromium applies it to
/// redirects too, and an assertion consumer service may redirect to another origin.
pub const HAND_OVER_SCRIPT_HASH: &str = "'sha256-kj5Bbw2cTkcyBUPuVpXB+fmYtjXStKOGQLZjlhTp+aE='";

/// A SAML message on its way through the browser (SAML bindings 3.5).
#[derive(Clone, Debug)]
pub struct PostPage<'a> {
    /// The assertion consumer service, or where logout messages go.
    pub acs: &'a str,
    /// The message, in base64.
    pub saml_response_b64: &'a str,
    /// What the service provider wants back unchanged.
    pub relay_state: Option<&'a str>,
    /// What the service is called.
    pub service_provider: &'a str,
    /// What the message says.
    pub outcome: Outcome,
}

/// What a SAML message says.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Outcome {
    /// Who it is.
    Success,
    /// That there was no login.
    Failure,
    /// That somebody is to be logged out.
    LogoutRequest,
    /// How a logout ended.
    LogoutResponse,
}

impl Outcome {
    /// What the field of the form is called.
    const fn field(self) -> &'static str {
        match self {
            Self::LogoutRequest => "SAMLRequest",
            Self::Success | Self::Failure | Self::LogoutResponse => "SAMLResponse",
        }
    }
}

page!(PostPage<'a>, "post.html");

impl Content for PostPage<'_> {
    fn heading(&self, say: Language) -> String {
        say.text(match self.outcome {
            Outcome::Success => "post-success-heading",
            Outcome::Failure => "post-failure-heading",
            Outcome::LogoutRequest | Outcome::LogoutResponse => "logout-hop-heading",
        })
    }

    fn is_error(&self) -> bool {
        self.outcome == Outcome::Failure
    }

    fn check(&self) -> Result<(), Error> {
        web_address(self.acs).ok_or(Error::NotAWebAddress)?;
        // The template writes it as it is: looking for what to escape takes as long as the rest of the page.
        let base64 = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=');
        if self.saml_response_b64.bytes().fold(true, |so_far, byte| so_far & base64(byte)) {
            Ok(())
        } else {
            Err(Error::NotBase64)
        }
    }
}

impl PostPage<'_> {
    fn sentence(&self, say: Language) -> String {
        let key = match self.outcome {
            Outcome::Success => "post-success",
            Outcome::Failure => "post-failure",
            Outcome::LogoutRequest | Outcome::LogoutResponse => "logout-post",
        };
        say.about(key, "service", self.service_provider)
    }

    const fn script() -> &'static str {
        HAND_OVER_SCRIPT
    }
}

/// The person did everything right and still can't get the level that the service asks for.
#[derive(Clone, Debug)]
pub struct CannotReachLevelPage<'a> {
    /// What the service is called.
    pub service_provider: &'a str,
    /// What it asks for.
    pub required: Level,
    /// The best this person can reach.
    pub reached: Option<Level>,
    /// Why, as sentences: [`Language::explain`].
    pub reasons: Vec<String>,
    /// Where the form goes that returns to the service provider.
    pub return_action: &'a str,
    /// The token that ties the form to the login in progress.
    pub csrf: &'a str,
    /// Where the forms go that choose another identity.
    pub action: &'a str,
    /// Other identities of theirs.
    pub rows: Vec<IdentityRow>,
    /// What to tell the support desk.
    pub reference: &'a str,
}

page!(CannotReachLevelPage<'a>, "cannot_reach_level.html");

impl Content for CannotReachLevelPage<'_> {
    fn heading(&self, say: Language) -> String {
        say.about("cannot-heading", "service", self.service_provider)
    }

    fn is_error(&self) -> bool {
        true
    }
}

impl CannotReachLevelPage<'_> {
    fn required(&self, say: Language) -> String {
        let level = say.level(self.required);
        say.text_with(
            "cannot-required",
            &[("service", self.service_provider.into()), ("level", level.into())],
        )
    }

    fn reached(&self, say: Language) -> String {
        match self.reached {
            Some(level) => say.about("cannot-reached", "level", &say.level(level)),
            None => say.text("cannot-reached-nothing"),
        }
    }

    fn next(&self, say: Language, support: &str) -> String {
        let arguments = [("service", self.service_provider.into()), ("support", support.into())];
        say.text_with("cannot-next", &arguments)
    }
}

/// This login was answered before: somebody reloaded the page or went back.
#[derive(Clone, Debug)]
pub struct FinishedPage<'a> {
    /// Who asked; `None` for somebody on the way to their own page.
    pub service_provider: Option<&'a str>,
    /// Where that service begins, if it said so.
    pub home: Option<&'a str>,
    /// The person's own page.
    pub start_page_href: &'a str,
}

page!(FinishedPage<'a>, "finished.html");

impl Content for FinishedPage<'_> {
    fn heading(&self, say: Language) -> String {
        say.text("finished-heading")
    }
}

impl FinishedPage<'_> {
    /// The service and where it begins.
    fn way_on(&self) -> Option<(&str, &str)> {
        self.service_provider.zip(self.home.and_then(web_address))
    }

    fn start_page_href(&self) -> Option<&str> {
        web_address(self.start_page_href)
    }
}

/// This login took too long, or is not known any more.
#[derive(Clone, Debug)]
pub struct ExpiredPage<'a> {
    /// Who asked, if that is still known.
    pub service_provider: Option<&'a str>,
    /// Where that service begins a login.
    pub start_again_href: Option<&'a str>,
    /// What to tell the support desk.
    pub reference: &'a str,
}

page!(ExpiredPage<'a>, "expired.html");

impl Content for ExpiredPage<'_> {
    fn heading(&self, say: Language) -> String {
        say.text("expired-heading")
    }

    fn is_error(&self) -> bool {
        true
    }
}

impl ExpiredPage<'_> {
    fn next(&self, say: Language) -> String {
        match self.service_provider {
            Some(service) => say.about("expired-next-at", "service", service),
            None => say.text("expired-next"),
        }
    }

    fn start_again_href(&self) -> Option<&str> {
        self.start_again_href.and_then(web_address)
    }

    fn start_again(&self, say: Language) -> String {
        match self.service_provider {
            Some(service) => say.about("start-again-at", "service", service),
            None => say.text("start-again"),
        }
    }
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::digest::{SHA256, digest};
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;

    use super::{HAND_OVER_SCRIPT, HAND_OVER_SCRIPT_HASH};

    #[test]
    fn the_hash_is_that_of_the_script() {
        let hash = STANDARD.encode(digest(&SHA256, HAND_OVER_SCRIPT.as_bytes()));
        assert_eq!(HAND_OVER_SCRIPT_HASH, format!("'sha256-{hash}'"));
    }
}
