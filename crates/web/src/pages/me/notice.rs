//! What has become of a form, said once on the page that follows.

use portner_authenticators::{NAME_CHARS_MAX, PASSWORD_BYTES_MAX, Weakness};

use crate::text::Language;

macro_rules! notices {
    ($($notice:ident = $word:literal, $key:literal, $tone:expr;)*) => {
        /// What has become of a form.
        #[derive(Clone, Copy, Debug, Eq, PartialEq)]
        pub enum Notice {
            $(#[doc = $word] $notice,)*
            /// The password does not meet the rules.
            Weak(Weakness),
        }

        impl Notice {
            /// Each of them, but for those about a password's rules.
            pub const ALL: &'static [Self] = &[$(Self::$notice),*];

            /// The word for it between two requests.
            pub const fn word(self) -> &'static str {
                match self {
                    $(Self::$notice => $word,)*
                    Self::Weak(why) => why.word(),
                }
            }

            const fn key(self) -> &'static str {
                match self {
                    $(Self::$notice => $key,)*
                    Self::Weak(_) => "password-too-short",
                }
            }

            const fn tone(self) -> Tone {
                match self {
                    $(Self::$notice => $tone,)*
                    Self::Weak(_) => Tone::At("password"),
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

notices! {
    TotpAdded = "totp-added", "me-notice-totp-added", Tone::Good;
    PasswordChanged = "password-changed", "me-notice-password-changed", Tone::Good;
    Renamed = "renamed", "me-notice-renamed", Tone::Good;
    Removed = "removed", "me-notice-removed", Tone::Good;
    Reported = "reported", "me-notice-reported", Tone::Good;
    SessionEnded = "session-ended", "me-notice-session-ended", Tone::Good;
    SessionsEnded = "sessions-ended", "me-notice-sessions-ended", Tone::Good;
    TermsAccepted = "terms-accepted", "me-notice-terms-accepted", Tone::Good;
    LostFirst = "lost-first", "me-notice-lost-first", Tone::Bad;
    LastOfItsLevel = "last-of-its-level", "me-notice-last-of-its-level", Tone::Bad;
    NotToBeChosen = "not-to-be-chosen", "identity-not-to-be-chosen", Tone::Bad;
    NotYours = "not-yours", "me-notice-not-yours", Tone::Bad;
    SessionGone = "session-gone", "me-notice-session-gone", Tone::Bad;
    TermsChanged = "terms-changed", "me-notice-terms-changed", Tone::Bad;
    SecretGone = "secret-gone", "me-notice-secret-gone", Tone::Bad;
    AtTheSameTime = "at-the-same-time", "me-notice-at-the-same-time", Tone::Bad;
    NoCode = "no-code", "setup-no-code", Tone::At("code");
    WrongCode = "wrong-code", "setup-wrong-code", Tone::At("code");
    NoPassword = "no-password", "setup-no-password", Tone::At("password");
    PasswordTooLong = "password-too-long", "setup-long-password", Tone::At("password");
    PasswordsDiffer = "passwords-differ", "setup-passwords-differ", Tone::At("password_again");
    KeyAdded = "key-added", "me-notice-key-added", Tone::Good;
    KeyNeedsName = "key-needs-name", "me-notice-key-needs-name", Tone::At("name");
    KeyTooLate = "key-too-late", "me-notice-key-too-late", Tone::Bad;
    KeyUnfit = "key-unfit", "me-notice-key-unfit", Tone::Bad;
    KeyTaken = "key-taken", "me-notice-key-taken", Tone::Bad;
    KeyModel = "key-model", "me-notice-key-model", Tone::Bad;
    KeyNoPasskey = "key-no-passkey", "me-notice-key-no-passkey", Tone::Bad;
    KeysTooMany = "keys-too-many", "me-notice-keys-too-many", Tone::Bad;
    DeviceAdded = "device-added", "device-added", Tone::Good;
    DeviceIncomplete = "device-incomplete", "device-incomplete", Tone::At("serial");
    DeviceWrong = "device-wrong", "device-wrong", Tone::At("serial");
    DeviceTooMany = "device-too-many", "device-too-many", Tone::Bad;
    NetworkAdopted = "network-adopted", "network-adopted", Tone::Good;
    NetworkWrong = "network-wrong", "network-wrong", Tone::At("password");
    NetworkUnavailable = "network-unavailable", "network-unavailable", Tone::Bad;
    NetworkTooMany = "network-too-many", "network-too-many", Tone::Bad;
    NetworkBusy = "network-busy", "login-busy", Tone::Bad;
    NetworkExpired = "network-expired", "login-network-password-expired", Tone::Bad;
    NetworkUnusable = "network-unusable", "login-network-account-unusable", Tone::Bad;
    BadName = "bad-name", "me-notice-bad-name", Tone::At("name");
}

impl Notice {
    /// What this word stands for.
    pub fn of_word(word: &str) -> Option<Self> {
        let plain = Self::ALL.iter().copied().find(|notice| notice.word() == word);
        plain.or_else(|| word.parse().ok().map(Self::Weak))
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

    pub(crate) fn text(self, say: Language, password_chars_min: usize) -> String {
        let limit = |name, limit: usize| say.text_with(self.key(), &[(name, limit.into())]);
        match self {
            Self::Weak(why) => say.weakness(why, password_chars_min),
            Self::PasswordTooLong => limit("maximum", PASSWORD_BYTES_MAX),
            Self::BadName => limit("maximum", NAME_CHARS_MAX),
            _ => say.text(self.key()),
        }
    }
}
