//! What can go wrong, and what people are told: what happened, what to do, whom to ask and with which number.

use super::{Content, page, web_address};
use crate::text::Language;

/// Something went wrong, and there is nothing to fill in.
#[derive(Clone, Debug)]
pub struct ErrorPage<'a> {
    /// What.
    pub kind: ErrorKind,
    /// What to tell the support desk; it finds the log lines.
    pub reference: &'a str,
    /// What the service is called that the person came from, and where it begins a login.
    pub start_again: Option<(&'a str, &'a str)>,
}

macro_rules! error_kinds {
    ($($(#[$doc:meta])* $kind:ident = $word:literal, $status:literal;)*) => {
        /// What went wrong. The cause is in the log, under the reference number; the page tells what it means
        /// for the person in front of it.
        #[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
        pub enum ErrorKind {
            $($(#[$doc])* $kind,)*
        }

        impl ErrorKind {
            /// Each of them.
            pub const ALL: &'static [Self] = &[$(Self::$kind),*];

            /// Its name in texts, logs and metrics.
            pub const fn word(self) -> &'static str {
                match self {
                    $(Self::$kind => $word,)*
                }
            }

            /// Its HTTP status code.
            pub const fn status(self) -> u16 {
                match self {
                    $(Self::$kind => $status,)*
                }
            }
        }
    };
}

error_kinds! {
    /// The message is not SAML, or not SAML that we answer.
    RequestNotUnderstood = "request-not-understood", 400;
    /// The request has no signature, or one that does not hold.
    RequestUnsigned = "request-unsigned", 400;
    /// The request is too old: usually a bookmarked login link.
    RequestExpired = "request-expired", 400;
    /// The request was used before.
    RequestReplayed = "request-replayed", 400;
    /// Nobody registered this service provider.
    UnknownServiceProvider = "unknown-service-provider", 403;
    /// It is registered, but switched off.
    ServiceProviderDisabled = "service-provider-disabled", 403;
    /// It admits nobody from where the browser is.
    UnknownNetwork = "unknown-network", 403;
    /// The answer should go to an address that is not registered.
    WrongAddress = "wrong-address", 400;
    /// A request to log somebody out that we do not act on.
    LogoutRefused = "logout-refused", 400;
    /// There is no such page.
    NotFound = "not-found", 404;
    /// The page is there, but not for this method.
    MethodNotAllowed = "method-not-allowed", 405;
    /// More was sent than we read.
    TooLarge = "too-large", 413;
    /// One address asks too often.
    TooManyRequests = "too-many-requests", 429;
    /// We failed.
    Internal = "internal", 500;
    /// The storage or the audit log can't be written: nobody logs in.
    Unavailable = "unavailable", 503;
    /// The browser asked for another host than the configured one.
    WrongHost = "wrong-host", 421;
    /// The browser did not send back the cookie of the login in progress.
    CookiesMissing = "cookies-missing", 400;
    /// The form is not one of this login.
    FormExpired = "form-expired", 403;
}

page!(ErrorPage<'a>, "error.html");

impl Content for ErrorPage<'_> {
    fn heading(&self, say: Language) -> String {
        self.part(say, "heading")
    }

    fn is_error(&self) -> bool {
        true
    }
}

impl ErrorPage<'_> {
    /// One of the three sentences of this kind of error: `heading`, `what` or `next`.
    fn part(&self, say: Language, part: &str) -> String {
        say.text(&format!("error-{}-{part}", self.kind.word()))
    }

    fn start_again(&self) -> Option<(&str, &str)> {
        self.start_again.filter(|(_, href)| web_address(href).is_some())
    }
}
