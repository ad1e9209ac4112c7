//! The first time: from the invitation to a login of one's own.

pub mod means;

use portner_domain::{Level, Moment};

use super::{Content, Field, FieldKind, Problem, date_and_time, page, web_address};
use crate::text::Language;
use means::WelcomeStep;

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

/// They can log in now.
#[derive(Clone, Debug)]
pub struct WelcomeDonePage<'a> {
    /// What they chose last.
    pub with: WelcomeStep,
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
    fn how(&self, say: Language) -> String {
        match self.with {
            WelcomeStep::Passkey => say.text("welcome-done-passkey"),
            WelcomeStep::App | WelcomeStep::Device | WelcomeStep::SecurityKey => {
                say.about("welcome-done", "user_name", self.user_name)
            }
        }
    }

    /// What to have beside it. Codes on paper stand beside a password only.
    fn spare(&self, say: Language) -> String {
        say.text(match self.with {
            WelcomeStep::Passkey => "welcome-done-another",
            WelcomeStep::App | WelcomeStep::Device | WelcomeStep::SecurityKey => "welcome-done-codes",
        })
    }

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
