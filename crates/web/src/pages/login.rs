//! Who are you, and can you prove it: the pages for the password and for the one-time code.

use portner_authenticators::Weakness;
use portner_domain::Level;
use portner_domain::authenticator::Kind;

use super::{Content, Field, FieldKind, KeyProblem, KeyQuestion, Problem, page, web_address};
use crate::text::Language;

/// User name and password.
#[derive(Clone, Debug)]
pub struct LoginPage<'a> {
    /// Where the form goes.
    pub action: &'a str,
    /// The token that ties the form to the login in progress.
    pub csrf: &'a str,
    /// Who asked; `None` for somebody on the way to their own page.
    pub service_provider: Option<&'a str>,
    /// What was typed last time.
    pub user_name: &'a str,
    /// What was wrong with it.
    pub problem: Option<LoginProblem>,
    /// A passkey would do instead.
    pub key: Option<KeyQuestion<'a>>,
    /// Where the form of the Cancel button goes.
    pub cancel_action: Option<&'a str>,
}

/// Why the password page is shown again. A locked account is not told apart from a wrong password.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum LoginProblem {
    /// One of them is wrong; which is not told.
    WrongUserNameOrPassword,
    /// Wait.
    TooManyAttempts {
        /// For so long.
        minutes: u64,
    },
    /// So often wrong in a row that time does not help any more.
    ClosedByGuessing,
    /// The password was right, but must not be used until it is changed.
    MustChange {
        /// Which rule it does not meet.
        why: Weakness,
        /// The fewest characters of a password.
        minimum: usize,
    },
    /// Something was left empty.
    EmptyField(LoginField),
    /// All hash workers have work to do.
    Busy,
    /// Network passwords can't be checked.
    DirectoryUnavailable,
    /// The network password has to be changed first.
    NetworkPasswordExpired,
    /// The account of the network can't be used.
    NetworkAccountUnusable,
    /// A key has answered in vain.
    Key(KeyProblem),
}

/// What can be left empty on the password page.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum LoginField {
    /// The user name only.
    UserName,
    /// The password only.
    Password,
    /// Both.
    Both,
}

page!(LoginPage<'a>, "login.html");

impl Content for LoginPage<'_> {
    fn heading(&self, say: Language) -> String {
        match self.service_provider {
            Some(service) => say.about("login-heading-for", "service", service),
            None => say.text("login-heading"),
        }
    }

    fn problems(&self, say: Language) -> Vec<Problem> {
        let no_user_name = || Problem::of("username", say.text("login-no-user-name"));
        let no_password = || Problem::of("password", say.text("login-no-password"));
        match self.problem {
            None => vec![],
            Some(LoginProblem::WrongUserNameOrPassword) => {
                vec![Problem::begin_at("username", say.text("login-wrong"))]
            }
            Some(LoginProblem::TooManyAttempts { minutes }) => vec![too_many_attempts(say, minutes)],
            Some(LoginProblem::ClosedByGuessing) => vec![Problem::general(say.text("closed-by-guessing"))],
            Some(LoginProblem::MustChange { why, minimum }) => {
                let why = say.weakness(why, minimum);
                vec![Problem::general(say.about("login-must-change", "why", &why))]
            }
            Some(LoginProblem::EmptyField(LoginField::UserName)) => vec![no_user_name()],
            Some(LoginProblem::EmptyField(LoginField::Password)) => vec![no_password()],
            Some(LoginProblem::EmptyField(LoginField::Both)) => vec![no_user_name(), no_password()],
            Some(LoginProblem::Key(problem)) => vec![problem.said(say)],
            Some(LoginProblem::Busy) => vec![Problem::general(say.text("login-busy"))],
            Some(LoginProblem::DirectoryUnavailable) => {
                vec![Problem::general(say.text("login-directory-unavailable"))]
            }
            Some(LoginProblem::NetworkPasswordExpired) => {
                vec![Problem::general(say.text("login-network-password-expired"))]
            }
            Some(LoginProblem::NetworkAccountUnusable) => {
                vec![Problem::general(say.text("login-network-account-unusable"))]
            }
        }
    }
}

impl LoginPage<'_> {
    fn fields(&self, say: Language) -> [Field; 2] {
        let problems = self.problems(say);
        let kind = if self.key.is_some() { FieldKind::UserNameOrPasskey } else { FieldKind::UserName };
        let user_name = Field::new("username", kind, say.text("user-name"), say)
            .with_value(self.user_name)
            .blamed_by(&problems);
        let password =
            Field::new("password", FieldKind::Password, say.text("password"), say).blamed_by(&problems);
        if self.user_name.is_empty() {
            [user_name.focused_unless(&problems), password]
        } else {
            [user_name, password.focused_unless(&problems)]
        }
    }

    fn cancel(&self, say: Language) -> Option<Cancel<'_>> {
        cancel(self.cancel_action, self.service_provider, say)
    }
}

/// The one-time code.
#[derive(Clone, Debug)]
pub struct TotpPage<'a> {
    /// Where the form goes.
    pub action: &'a str,
    /// The token that ties the form to the login in progress.
    pub csrf: &'a str,
    /// Who asked; `None` for somebody on the way to their own page.
    pub service_provider: Option<&'a str>,
    /// The level that makes a code necessary, which the page gives as its reason.
    pub required: Option<Level>,
    /// Whose login it is.
    pub display_name: &'a str,
    /// Whether a code on paper does as well.
    pub paper: PaperCodes,
    /// What was wrong with the last code.
    pub problem: Option<TotpProblem>,
    /// What would do.
    pub choices: &'a [Kind],
    /// What to ask the browser for, if a key would do.
    pub key: Option<KeyQuestion<'a>>,
    /// Where the form of the Cancel button goes.
    pub cancel_action: Option<&'a str>,
}

/// Whether a code on paper will do.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum PaperCodes {
    /// It will not, or there are none.
    No,
    /// As well as one from an app or a device.
    AsWell,
    /// There is nothing else.
    Only,
}

/// Why the code page is shown again.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum TotpProblem {
    /// Not a code of now.
    WrongCode,
    /// A code of now that was used before (RFC 6238, 5.2).
    CodeAlreadyUsed,
    /// Wait.
    TooManyAttempts {
        /// For so long.
        minutes: u64,
    },
    /// So often wrong in a row that time does not help any more.
    ClosedByGuessing,
    /// Nothing was typed.
    EmptyField,
    /// A key has answered in vain.
    Key(KeyProblem),
}

page!(TotpPage<'a>, "totp.html");

impl Content for TotpPage<'_> {
    fn heading(&self, say: Language) -> String {
        say.text(match (self.takes_code(), &self.key) {
            (true, None) => "code-heading",
            (true, Some(_)) => "key-second-heading",
            (false, _) => "key-heading",
        })
    }

    fn problems(&self, say: Language) -> Vec<Problem> {
        let field = if self.asks_device() { "code" } else { "recovery_code" };
        match self.problem {
            None => vec![],
            Some(TotpProblem::WrongCode) => vec![Problem::of(field, say.text("code-wrong"))],
            Some(TotpProblem::CodeAlreadyUsed) => vec![Problem::of(field, say.text("code-already-used"))],
            Some(TotpProblem::TooManyAttempts { minutes }) => vec![too_many_attempts(say, minutes)],
            Some(TotpProblem::ClosedByGuessing) => vec![Problem::general(say.text("closed-by-guessing"))],
            Some(TotpProblem::EmptyField) => vec![Problem::of(field, say.text("code-empty"))],
            Some(TotpProblem::Key(problem)) => vec![problem.said(say)],
        }
    }
}

impl TotpPage<'_> {
    /// Is there a field for a code?
    fn takes_code(&self) -> bool {
        self.choices.iter().any(|kind| kind.is_code())
    }

    fn field(&self, say: Language, organisation: &str) -> Field {
        let problems = self.problems(say);
        Field::new("code", FieldKind::Code, say.text("code-label"), say)
            .with_hint(say.about("code-hint", "organisation", organisation))
            .blamed_by(&problems)
            .focused_unless(&problems)
    }

    fn paper_field(&self, say: Language) -> Field {
        let field = Field::new("recovery_code", FieldKind::PaperCode, say.text("code-paper-label"), say);
        let field = field.with_hint(say.text("welcome-code-hint"));
        // A wrong code is told at the other field, where it may have been typed as well.
        if self.paper == PaperCodes::Only { field.focused_unless(&self.problems(say)) } else { field }
    }

    fn asks_device(&self) -> bool {
        self.paper != PaperCodes::Only
    }

    fn takes_paper(&self) -> bool {
        self.paper != PaperCodes::No
    }

    /// Why a code is needed.
    fn why(&self, say: Language) -> Option<String> {
        let level = say.level(self.required?);
        let (there, here) = match (self.takes_code(), &self.key) {
            (true, None) => ("code-why", "code-why-here"),
            (true, Some(_)) => ("key-second-why", "key-second-why-here"),
            (false, _) => ("key-why", "key-why-here"),
        };
        Some(match self.service_provider {
            Some(service) => say.text_with(there, &[("service", service.into()), ("level", level.into())]),
            None => say.about(here, "level", &level),
        })
    }

    fn cancel(&self, say: Language) -> Option<Cancel<'_>> {
        cancel(self.cancel_action, self.service_provider, say)
    }
}

/// The button that gives up.
pub(super) struct Cancel<'a> {
    pub(super) action: &'a str,
    pub(super) label: String,
}

pub(super) fn cancel<'a>(
    action: Option<&'a str>,
    service: Option<&str>,
    say: Language,
) -> Option<Cancel<'a>> {
    let action = action.and_then(web_address)?;
    let label = match service {
        Some(service) => say.about("login-cancel-to", "service", service),
        None => say.text("login-cancel"),
    };
    Some(Cancel { action, label })
}

fn too_many_attempts(say: Language, minutes: u64) -> Problem {
    Problem::general(say.text_with("too-many-attempts", &[("minutes", minutes.into())]))
}
