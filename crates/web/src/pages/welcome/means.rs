//! What somebody with an invitation is going to log in with: first a password, then what stands beside it; or a passkey.

use portner_authenticators::Weakness;

use crate::pages::device::device_fields;
use crate::pages::qr::Picture;
use crate::pages::{Content, Field, FieldKind, Notice, Problem, page, web_address};
use crate::text::Language;

/// A key is shown in groups of so many characters, as people read it.
const KEY_GROUP_CHARS: usize = 4;

/// The last step: what is shown to be held.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum WelcomeStep {
    /// An app, beside the password.
    App,
    /// A code device, beside the password.
    Device,
    /// A security key, beside the password.
    SecurityKey,
    /// A passkey, instead of the password.
    Passkey,
}

impl WelcomeStep {
    const ALL: [Self; 4] = [Self::App, Self::Device, Self::SecurityKey, Self::Passkey];

    /// Where its page is.
    pub const fn path(self) -> &'static str {
        match self {
            Self::App => "/welcome/app",
            Self::Device => "/welcome/device",
            Self::SecurityKey => "/welcome/security-key",
            Self::Passkey => "/welcome/passkey",
        }
    }

    /// Where its form goes.
    pub fn action(self) -> String {
        format!("{}/finish", self.path())
    }

    /// The step whose page or form this is.
    pub fn at(path: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|step| step.path() == path || step.action() == path)
    }

    const fn name_key(self) -> &'static str {
        match self {
            Self::App => "me-add-totp",
            Self::Device => "me-add-device",
            Self::SecurityKey => "welcome-way-key",
            Self::Passkey => "welcome-passkey-instead",
        }
    }
}

/// What may stand beside the password here, and which of it a page is about.
#[derive(Clone, Debug)]
pub struct WelcomeWays {
    /// All of them.
    pub all: Vec<WelcomeStep>,
    /// This one.
    pub current: WelcomeStep,
}

impl WelcomeWays {
    fn rows(&self, say: Language) -> Vec<(&'static str, String, bool)> {
        let row = |way: &WelcomeStep| (way.path(), say.text(way.name_key()), *way == self.current);
        self.all.iter().map(row).collect()
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
    /// It was chosen too long ago.
    PasswordGone,
    /// No code.
    EmptyCode,
    /// Not a code of now.
    WrongCode,
    /// The secret was shown too long ago.
    NewSecret,
    /// No number, or a code is missing.
    DeviceIncomplete,
    /// The number or the codes.
    DeviceWrong,
    /// Too many attempts.
    DeviceTooMany,
    /// The key has no name.
    KeyNeedsName,
    /// It was asked too long ago.
    KeyTooLate,
    /// It can't be used.
    KeyUnfit,
    /// Somebody has it.
    KeyTaken,
    /// Its model is not accepted.
    KeyModel,
    /// It can't stand for a password.
    KeyNoPasskey,
}

impl MeansProblem {
    fn told(self, say: Language) -> Problem {
        let of = |field, key| Problem::of(field, say.text(key));
        let at_button = |key| Problem::begin_at("key", say.text(key));
        match self {
            Self::Network(notice) => network_problem(notice, say),
            Self::EmptyPassword => of("password", "setup-no-password"),
            Self::WeakPassword { why, minimum } => Problem::of("password", say.weakness(why, minimum)),
            Self::PasswordTooLong { maximum } => {
                let limit = [("maximum", maximum.into())];
                Problem::of("password", say.text_with("setup-long-password", &limit))
            }
            Self::PasswordsDiffer => of("password_again", "setup-passwords-differ"),
            Self::PasswordGone => Problem::begin_at("password", say.text("welcome-password-gone")),
            Self::EmptyCode => of("code", "setup-no-code"),
            Self::WrongCode => of("code", "setup-wrong-code"),
            Self::NewSecret => of("code", "welcome-new-secret"),
            Self::DeviceIncomplete => of("serial", "device-incomplete"),
            Self::DeviceWrong => of("serial", "device-wrong"),
            Self::DeviceTooMany => Problem::general(say.text("device-too-many")),
            Self::KeyNeedsName => of("name", "me-notice-key-needs-name"),
            Self::KeyTooLate => at_button("me-notice-key-too-late"),
            Self::KeyUnfit => at_button("me-notice-key-unfit"),
            Self::KeyTaken => at_button("me-notice-key-taken"),
            Self::KeyModel => at_button("me-notice-key-model"),
            Self::KeyNoPasskey => at_button("welcome-key-no-passkey"),
        }
    }
}

/// None of them says how long a password has to be: that is a weakness of its own.
fn network_problem(notice: Notice, say: Language) -> Problem {
    let text = notice.text(say, 0);
    match notice.field() {
        Some(field) => Problem::of(field, text),
        None => Problem::general(text),
    }
}

fn told(problems: &[MeansProblem], say: Language) -> Vec<Problem> {
    problems.iter().map(|problem| problem.told(say)).collect()
}

/// Which password somebody takes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum PasswordChoice {
    /// One for here.
    New,
    /// The one of the network.
    Network,
}

/// Choose a password, or take the one of the network.
#[derive(Clone, Debug)]
pub struct WelcomePasswordPage<'a> {
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
    /// Where to choose a passkey instead, if that is possible here.
    pub passkey_href: Option<&'a str>,
    /// What was wrong, all of it at once.
    pub problems: Vec<MeansProblem>,
}

page!(WelcomePasswordPage<'a>, "welcome_password.html");

impl Content for WelcomePasswordPage<'_> {
    fn heading(&self, say: Language) -> String {
        say.text(match self.choice {
            PasswordChoice::New => "welcome-password-heading",
            PasswordChoice::Network => "network-heading",
        })
    }

    fn problems(&self, say: Language) -> Vec<Problem> {
        told(&self.problems, say)
    }
}

impl WelcomePasswordPage<'_> {
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
        vec![
            Field::new("password", FieldKind::NewPassword, say.text("password"), say)
                .with_hint(hint("setup-password-hint"))
                .blamed_by(&problems)
                .focused_unless(&problems),
            Field::new("password_again", FieldKind::NewPassword, say.text("setup-repeat"), say)
                .blamed_by(&problems),
        ]
    }

    /// What leads to the other choice.
    fn other(&self, say: Language) -> String {
        say.text(match self.choice {
            PasswordChoice::New => "network-use",
            PasswordChoice::Network => "network-choose-other",
        })
    }

    fn other_href(&self) -> Option<&str> {
        self.other_href.and_then(web_address)
    }

    fn passkey_href(&self) -> Option<&str> {
        self.passkey_href.and_then(web_address)
    }
}

/// An app that shows codes.
#[derive(Clone, Debug)]
pub struct WelcomeAppPage<'a> {
    /// Where the form goes.
    pub action: &'a str,
    /// Its token.
    pub csrf: &'a str,
    /// What else may be chosen.
    pub ways: WelcomeWays,
    /// The secret of the one-time codes, in base32.
    pub secret: &'a str,
    /// The same as an `otpauth:` address.
    pub otpauth_url: &'a str,
    /// What was wrong.
    pub problem: Option<MeansProblem>,
}

page!(WelcomeAppPage<'a>, "welcome_app.html");

impl Content for WelcomeAppPage<'_> {
    fn heading(&self, say: Language) -> String {
        say.text("welcome-second-heading")
    }

    fn problems(&self, say: Language) -> Vec<Problem> {
        told(self.problem.as_slice(), say)
    }
}

impl WelcomeAppPage<'_> {
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

/// A device that shows codes.
#[derive(Clone, Debug)]
pub struct WelcomeDevicePage<'a> {
    /// Where the form goes.
    pub action: &'a str,
    /// Its token.
    pub csrf: &'a str,
    /// What else may be chosen.
    pub ways: WelcomeWays,
    /// The number that was typed.
    pub serial: &'a str,
    /// What was wrong.
    pub problem: Option<MeansProblem>,
}

page!(WelcomeDevicePage<'a>, "welcome_device.html");

impl Content for WelcomeDevicePage<'_> {
    fn heading(&self, say: Language) -> String {
        say.text("welcome-second-heading")
    }

    fn problems(&self, say: Language) -> Vec<Problem> {
        told(self.problem.as_slice(), say)
    }
}

impl WelcomeDevicePage<'_> {
    fn fields(&self, say: Language) -> [Field; 3] {
        device_fields(say, self.serial, &self.problems(say))
    }
}

/// A security key beside the password, or a passkey instead of it.
#[derive(Clone, Debug)]
pub struct WelcomeKeyPage<'a> {
    /// Where the form goes.
    pub action: &'a str,
    /// Its token.
    pub csrf: &'a str,
    /// Which of the two, and what else may be chosen.
    pub ways: WelcomeWays,
    /// What the browser is asked, as JSON.
    pub options: &'a str,
    /// What was wrong.
    pub problem: Option<MeansProblem>,
}

page!(WelcomeKeyPage<'a>, "welcome_key.html");

impl Content for WelcomeKeyPage<'_> {
    fn heading(&self, say: Language) -> String {
        say.text(match self.ways.current {
            WelcomeStep::Passkey => "welcome-passkey-heading",
            WelcomeStep::App | WelcomeStep::Device | WelcomeStep::SecurityKey => "welcome-second-heading",
        })
    }

    fn problems(&self, say: Language) -> Vec<Problem> {
        told(self.problem.as_slice(), say)
    }
}

impl WelcomeKeyPage<'_> {
    fn is_passkey(&self) -> bool {
        self.ways.current == WelcomeStep::Passkey
    }

    fn wish(&self) -> &'static str {
        use portner_authenticators::webauthn::Wish;
        if self.is_passkey() { Wish::Passkey.word() } else { Wish::SecurityKey.word() }
    }

    fn name_field(&self, say: Language) -> Field {
        Field::new("name", FieldKind::Label, say.text("key-new-name"), say)
            .with_hint(say.text("key-new-name-hint"))
            .blamed_by(&self.problems(say))
    }
}
