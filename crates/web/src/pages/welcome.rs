//! The first time: from the invitation to a login of one's own.

use portner_authenticators::Weakness;
use portner_domain::{Level, Moment};

use super::qr::Picture;
use super::{Content, Field, FieldKind, Notice, Problem, date_and_time, page, web_address};
use crate::text::Language;

/// A key is shown in groups of so many characters, as people read it.
const KEY_GROUP_CHARS: usize = 4;

/// Type the code of an invitation.
#[derive(Clone, Debug)]
pub struct WelcomeCodePage<'a> {
    /// Where the form goes.
    pub action: &'a str,
    /// The token that ties the form to the browser.
    pub csrf: &'a str,
    /// What was wrong with the last code.
    pub problem: Option<WelcomeCodeProblem>,
}

/// What can be wrong with the code of an invitation.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum WelcomeCodeProblem {
    /// It does not work.
    NotGood,
    /// Another browser has begun with it.
    Elsewhere,
    /// Too many wrong ones.
    TooMany,
}

impl WelcomeCodeProblem {
    const fn key(self) -> &'static str {
        match self {
            Self::NotGood => "welcome-code-wrong",
            Self::Elsewhere => "welcome-elsewhere",
            Self::TooMany => "welcome-too-many",
        }
    }
}

page!(WelcomeCodePage<'a>, "welcome_code.html");

impl Content for WelcomeCodePage<'_> {
    fn heading(&self, say: Language) -> String {
        say.text("welcome-heading")
    }

    fn problems(&self, say: Language) -> Vec<Problem> {
        self.problem.map(|problem| Problem::of("code", say.text(problem.key()))).into_iter().collect()
    }
}

impl WelcomeCodePage<'_> {
    fn field(&self, say: Language) -> Field {
        let problems = self.problems(say);
        Field::new("code", FieldKind::PaperCode, say.text("welcome-code"), say)
            .with_hint(say.text("welcome-code-hint"))
            .blamed_by(&problems)
            .focused_unless(&problems)
    }
}

/// What is going to happen, before it begins.
#[derive(Clone, Debug)]
pub struct WelcomePage<'a> {
    /// Where the form goes.
    pub action: &'a str,
    /// Its token.
    pub csrf: &'a str,
    /// What they will log in with.
    pub user_name: &'a str,
    /// Until when the invitation works.
    pub expires: Moment,
}

page!(WelcomePage<'a>, "welcome.html");

impl Content for WelcomePage<'_> {
    fn heading(&self, say: Language) -> String {
        say.text("welcome-heading")
    }
}

impl WelcomePage<'_> {
    fn until(&self, say: Language) -> String {
        say.about("welcome-until", "when", &date_and_time(say, self.expires))
    }

    /// What to be careful with.
    fn advice(&self, say: Language) -> [String; 4] {
        ["welcome-advice-share", "welcome-advice-password", "welcome-advice-phone", "welcome-advice-lost"]
            .map(|key| say.text(key))
    }
}

/// Choose a password and set up an app.
#[derive(Clone, Debug)]
pub struct WelcomeMeansPage<'a> {
    /// Where the form goes.
    pub action: &'a str,
    /// Its token.
    pub csrf: &'a str,
    /// What they will log in with.
    pub user_name: &'a str,
    /// The fewest characters of a password.
    pub password_chars_min: usize,
    /// Which password.
    pub choice: PasswordChoice,
    /// Where the other choice is, if there is one.
    pub other_href: Option<&'a str>,
    /// The secret of the one-time codes, in base32.
    pub secret: &'a str,
    /// The same as an `otpauth:` address.
    pub otpauth_url: &'a str,
    /// What was wrong, all of it at once.
    pub problems: Vec<MeansProblem>,
}

/// Which password somebody takes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum PasswordChoice {
    /// One for here.
    New,
    /// The one of the network.
    Network,
}

impl PasswordChoice {
    /// The word for it in a form.
    pub const fn word(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Network => "network",
        }
    }
}

/// What can be wrong with it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum MeansProblem {
    /// The network password was not taken.
    Network(Notice),
    /// No password.
    EmptyPassword,
    /// It does not meet the rules.
    WeakPassword {
        /// Which.
        why: Weakness,
        /// The fewest characters of a password.
        minimum: usize,
    },
    /// Too many bytes.
    PasswordTooLong {
        /// The most.
        maximum: usize,
    },
    /// The two are not the same.
    PasswordsDiffer,
    /// No code.
    EmptyCode,
    /// Not a code of now.
    WrongCode,
    /// The secret was shown too long ago.
    NewSecret,
}

page!(WelcomeMeansPage<'a>, "welcome_means.html");

impl Content for WelcomeMeansPage<'_> {
    fn heading(&self, say: Language) -> String {
        say.text("welcome-means-heading")
    }

    fn problems(&self, say: Language) -> Vec<Problem> {
        self.problems.iter().map(|problem| problem.told(say)).collect()
    }
}

impl WelcomeMeansPage<'_> {
    fn user_name_field(&self, say: Language) -> Field {
        // Shown for password managers as well, which keep a password by the name beside it.
        Field::new("username", FieldKind::UserName, say.text("user-name"), say)
            .with_value(self.user_name)
            .fixed()
    }

    fn password_fields(&self, say: Language) -> Vec<Field> {
        let problems = self.problems(say);
        let hint = |key| say.text_with(key, &[("minimum", self.password_chars_min.into())]);
        if self.choice == PasswordChoice::Network {
            let field = Field::new("password", FieldKind::Password, say.text("network-password"), say);
            let field = field.with_hint(hint("network-hint")).blamed_by(&problems);
            return vec![field.focused_unless(&problems)];
        }
        let hint = hint("setup-password-hint");
        vec![
            Field::new("password", FieldKind::NewPassword, say.text("password"), say)
                .with_hint(hint)
                .blamed_by(&problems)
                .focused_unless(&problems),
            Field::new("password_again", FieldKind::NewPassword, say.text("setup-repeat"), say)
                .blamed_by(&problems),
        ]
    }

    /// What stands above the fields for it, and what leads to the other choice.
    fn password_words(&self, say: Language) -> [String; 2] {
        match self.choice {
            PasswordChoice::New => ["welcome-password-heading", "network-use"],
            PasswordChoice::Network => ["welcome-network-heading", "network-choose-other"],
        }
        .map(|key| say.text(key))
    }

    fn code_field(&self, say: Language) -> Field {
        Field::new("code", FieldKind::Code, say.text("code-label"), say)
            .with_hint(say.text("setup-code-hint"))
            .blamed_by(&self.problems(say))
    }

    fn key_groups(&self) -> Vec<String> {
        let characters: Vec<char> = self.secret.chars().collect();
        characters.chunks(KEY_GROUP_CHARS).map(|group| group.iter().collect()).collect()
    }

    fn picture(&self) -> Option<Picture> {
        Picture::of(self.otpauth_url)
    }

    fn otpauth_href(&self) -> Option<&str> {
        self.otpauth_url.starts_with("otpauth://totp/").then_some(self.otpauth_url)
    }
}

impl MeansProblem {
    fn told(self, say: Language) -> Problem {
        let of = |field, key| Problem::of(field, say.text(key));
        let limit =
            |field, key, name, limit: usize| Problem::of(field, say.text_with(key, &[(name, limit.into())]));
        match self {
            // None of them says how long a password has to be: that is a weakness of its own.
            Self::Network(notice) => {
                let text = notice.text(say, 0);
                notice.field().map_or(Problem::general(text.clone()), |field| Problem::of(field, text))
            }
            Self::EmptyPassword => of("password", "setup-no-password"),
            Self::WeakPassword { why, minimum } => Problem::of("password", say.weakness(why, minimum)),
            Self::PasswordTooLong { maximum } => limit("password", "setup-long-password", "maximum", maximum),
            Self::PasswordsDiffer => of("password_again", "setup-passwords-differ"),
            Self::EmptyCode => of("code", "setup-no-code"),
            Self::WrongCode => of("code", "setup-wrong-code"),
            Self::NewSecret => of("code", "welcome-new-secret"),
        }
    }
}

/// They can log in now.
#[derive(Clone, Debug)]
pub struct WelcomeDonePage<'a> {
    /// What they log in with.
    pub user_name: &'a str,
    /// The best they can reach.
    pub best: Option<Level>,
    /// Why, as sentences.
    pub reasons: Vec<String>,
    /// Where.
    pub login_href: &'a str,
}

page!(WelcomeDonePage<'a>, "welcome_done.html");

impl Content for WelcomeDonePage<'_> {
    fn heading(&self, say: Language) -> String {
        say.text("welcome-done-heading")
    }
}

impl WelcomeDonePage<'_> {
    fn level(&self, say: Language) -> String {
        match self.best {
            Some(level) => say.about("welcome-done-level", "level", &say.level(level)),
            None => say.text("welcome-done-no-level"),
        }
    }

    fn login_href(&self) -> Option<&str> {
        web_address(self.login_href)
    }
}

/// The invitation was used, is too old, or never was one; which is not told.
#[derive(Clone, Copy, Debug)]
pub struct WelcomeInvalidPage<'a> {
    /// What finds the log lines.
    pub reference: &'a str,
    /// Where a code can be typed.
    pub code_href: &'a str,
    /// What is in the way.
    pub problem: WelcomeCodeProblem,
}

page!(WelcomeInvalidPage<'a>, "welcome_invalid.html");

impl Content for WelcomeInvalidPage<'_> {
    fn heading(&self, say: Language) -> String {
        say.text("welcome-invalid-heading")
    }

    fn is_error(&self) -> bool {
        true
    }
}

impl WelcomeInvalidPage<'_> {
    fn why(&self, say: Language) -> String {
        say.text(self.problem.key())
    }

    fn code_href(&self) -> Option<&str> {
        web_address(self.code_href)
    }
}
