//! The first administrator creates their own account, by a link that works once.

use portner_authenticators::Weakness;

use super::{Content, Field, FieldKind, Problem, page, web_address};
use crate::text::Language;

/// A key is shown in groups of so many characters, as people read it.
const KEY_GROUP_CHARS: usize = 4;

/// Everything that makes a first administrator.
#[derive(Clone, Debug)]
pub struct SetupPage<'a> {
    /// Where the form goes.
    pub action: &'a str,
    /// The token that ties the form to the link.
    pub csrf: &'a str,
    /// The name typed last time.
    pub full_name: &'a str,
    /// The user name typed last time.
    pub user_name: &'a str,
    /// The fewest characters of a password.
    pub password_chars_min: usize,
    /// The secret of the one-time codes, in base32.
    pub totp_secret: &'a str,
    /// The same as an `otpauth:` address.
    pub otpauth_url: &'a str,
    /// What was wrong, all of it at once.
    pub problems: Vec<SetupProblem>,
}

/// What can be wrong with a first administrator.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum SetupProblem {
    /// No name.
    EmptyFullName,
    /// No user name.
    EmptyUserName,
    /// A user name that can't be one.
    BadUserName {
        /// The most characters it can have.
        maximum: usize,
    },
    /// Somebody has it.
    UserNameTaken,
    /// No password.
    EmptyPassword,
    /// Too few characters.
    PasswordTooShort {
        /// The fewest.
        minimum: usize,
    },
    /// Too many characters.
    PasswordTooLong {
        /// The most.
        maximum: usize,
    },
    /// It does not meet a rule.
    WeakPassword {
        /// Which.
        why: Weakness,
        /// The fewest characters.
        minimum: usize,
    },
    /// The two are not the same.
    PasswordsDiffer,
    /// No code.
    EmptyCode,
    /// Not a code of now.
    WrongCode,
}

page!(SetupPage<'a>, "setup.html");

impl Content for SetupPage<'_> {
    fn heading(&self, say: Language) -> String {
        say.text("setup-heading")
    }

    fn problems(&self, say: Language) -> Vec<Problem> {
        self.problems.iter().map(|problem| problem.told(say)).collect()
    }
}

impl SetupPage<'_> {
    fn person_fields(&self, say: Language) -> [Field; 2] {
        let problems = self.problems(say);
        [
            Field::new("full_name", FieldKind::FullName, say.text("setup-full-name"), say)
                .with_value(self.full_name)
                .blamed_by(&problems)
                .focused_unless(&problems),
            Field::new("username", FieldKind::UserName, say.text("user-name"), say)
                .with_value(self.user_name)
                .blamed_by(&problems),
        ]
    }

    fn password_fields(&self, say: Language) -> [Field; 2] {
        let problems = self.problems(say);
        let hint = say.text_with("setup-password-hint", &[("minimum", self.password_chars_min.into())]);
        [
            Field::new("password", FieldKind::NewPassword, say.text("password"), say)
                .with_hint(hint)
                .blamed_by(&problems),
            Field::new("password_again", FieldKind::NewPassword, say.text("setup-repeat"), say)
                .blamed_by(&problems),
        ]
    }

    fn code_field(&self, say: Language) -> Field {
        Field::new("code", FieldKind::Code, say.text("code-label"), say)
            .with_hint(say.text("setup-code-hint"))
            .blamed_by(&self.problems(say))
    }

    /// The secret in groups, as people read it.
    fn key_groups(&self) -> Vec<String> {
        let characters: Vec<char> = self.totp_secret.chars().collect();
        characters.chunks(KEY_GROUP_CHARS).map(|group| group.iter().collect()).collect()
    }

    /// The address an app on this device opens.
    fn otpauth_href(&self) -> Option<&str> {
        self.otpauth_url.starts_with("otpauth://totp/").then_some(self.otpauth_url)
    }
}

impl SetupProblem {
    fn told(self, say: Language) -> Problem {
        let of = |field, key| Problem::of(field, say.text(key));
        let limit =
            |field, key, name, limit: usize| Problem::of(field, say.text_with(key, &[(name, limit.into())]));
        match self {
            Self::EmptyFullName => of("full_name", "setup-no-full-name"),
            Self::EmptyUserName => of("username", "setup-no-user-name"),
            Self::BadUserName { maximum } => limit("username", "setup-bad-user-name", "maximum", maximum),
            Self::UserNameTaken => of("username", "setup-taken-user-name"),
            Self::EmptyPassword => of("password", "setup-no-password"),
            Self::PasswordTooShort { minimum } => {
                limit("password", "setup-short-password", "minimum", minimum)
            }
            Self::PasswordTooLong { maximum } => limit("password", "setup-long-password", "maximum", maximum),
            Self::WeakPassword { why, minimum } => Problem::of("password", say.weakness(why, minimum)),
            Self::PasswordsDiffer => of("password_again", "setup-passwords-differ"),
            Self::EmptyCode => of("code", "setup-no-code"),
            Self::WrongCode => of("code", "setup-wrong-code"),
        }
    }
}

/// The first administrator exists now.
#[derive(Clone, Debug)]
pub struct SetupDonePage<'a> {
    /// What they type to log in.
    pub user_name: &'a str,
    /// Where.
    pub login_href: &'a str,
}

page!(SetupDonePage<'a>, "setup_done.html");

impl Content for SetupDonePage<'_> {
    fn heading(&self, say: Language) -> String {
        say.text("setup-done-heading")
    }
}

impl SetupDonePage<'_> {
    fn login_href(&self) -> Option<&str> {
        web_address(self.login_href)
    }
}

/// The link was used, is too old, or never was one; which is not told.
#[derive(Clone, Copy, Debug)]
pub struct SetupLinkInvalidPage<'a> {
    /// What finds the log lines.
    pub reference: &'a str,
}

page!(SetupLinkInvalidPage<'a>, "setup_link_invalid.html");

impl Content for SetupLinkInvalidPage<'_> {
    fn heading(&self, say: Language) -> String {
        say.text("setup-link-invalid-heading")
    }

    fn is_error(&self) -> bool {
        true
    }
}
