//! What has become of a form, said once on the page that follows.

use portner_authenticators::{NAME_CHARS_MAX, PASSWORD_BYTES_MAX, PASSWORD_CHARS_MIN};

use crate::text::Language;

macro_rules! notices {
    ($($notice:ident = $word:literal, $key:literal, $tone:ident;)*) => {
        /// What has become of a form.
        #[derive(Clone, Copy, Debug, Eq, PartialEq)]
        pub enum Notice {
            $(#[doc = $word] $notice,)*
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
                    $(Self::$notice => Tone::$tone,)*
                }
            }
        }
    };
}

/// Did it go well?
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Tone {
    Good,
    /// It did not, and nothing in the form is to blame.
    Bad,
    /// It did not, and this field is.
    At(&'static str),
}

impl Tone {
    #![expect(non_upper_case_globals, reason = "they stand in a table beside the variants")]
    const Code: Self = Self::At("code");
    const Password: Self = Self::At("password");
    const PasswordAgain: Self = Self::At("password_again");
    const Name: Self = Self::At("name");
}

notices! {
    TotpAdded = "totp-added", "me-notice-totp-added", Good;
    PasswordChanged = "password-changed", "me-notice-password-changed", Good;
    Renamed = "renamed", "me-notice-renamed", Good;
    Removed = "removed", "me-notice-removed", Good;
    Reported = "reported", "me-notice-reported", Good;
    SessionEnded = "session-ended", "me-notice-session-ended", Good;
    SessionsEnded = "sessions-ended", "me-notice-sessions-ended", Good;
    TermsAccepted = "terms-accepted", "me-notice-terms-accepted", Good;
    LostFirst = "lost-first", "me-notice-lost-first", Bad;
    LastOfItsLevel = "last-of-its-level", "me-notice-last-of-its-level", Bad;
    NotYours = "not-yours", "me-notice-not-yours", Bad;
    SessionGone = "session-gone", "me-notice-session-gone", Bad;
    TermsChanged = "terms-changed", "me-notice-terms-changed", Bad;
    SecretGone = "secret-gone", "me-notice-secret-gone", Bad;
    AtTheSameTime = "at-the-same-time", "me-notice-at-the-same-time", Bad;
    NoCode = "no-code", "setup-no-code", Code;
    WrongCode = "wrong-code", "setup-wrong-code", Code;
    NoPassword = "no-password", "setup-no-password", Password;
    PasswordTooShort = "password-too-short", "setup-short-password", Password;
    PasswordTooLong = "password-too-long", "setup-long-password", Password;
    PasswordsDiffer = "passwords-differ", "setup-passwords-differ", PasswordAgain;
    BadName = "bad-name", "me-notice-bad-name", Name;
}

impl Notice {
    /// What this word stands for.
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|notice| notice.word() == word)
    }

    /// Did it go wrong?
    pub fn is_problem(self) -> bool {
        self.tone() != Tone::Good
    }

    /// The field that is to blame.
    pub(crate) const fn field(self) -> Option<&'static str> {
        match self.tone() {
            Tone::At(field) => Some(field),
            Tone::Good | Tone::Bad => None,
        }
    }

    pub(crate) fn text(self, say: Language) -> String {
        let limit = |name, limit: usize| say.text_with(self.key(), &[(name, limit.into())]);
        match self {
            Self::PasswordTooShort => limit("minimum", PASSWORD_CHARS_MIN),
            Self::PasswordTooLong => limit("maximum", PASSWORD_BYTES_MAX),
            Self::BadName => limit("maximum", NAME_CHARS_MAX),
            _ => say.text(self.key()),
        }
    }
}
