//! Pages of the support desk: who is asking, a code in two halves, and who has a CPR number.

use portner_domain::Level;
use portner_domain::help::{CallerCheck, SecondHalf};

use super::{OfficeFrame, PersonRow, Said};
use crate::pages::{Content, Field, FieldKind, Problem, Tick, page};
use crate::text::Language;

/// Who is asking? The script of the support desk.
#[derive(Clone, Debug)]
pub struct CallerPage<'a> {
    /// What stands around it.
    pub frame: &'a OfficeFrame,
    /// Whom they say they are.
    pub name: &'a str,
    /// Where the form goes.
    pub action: &'a str,
    /// Its token.
    pub csrf: &'a str,
    /// Where not to.
    pub back_href: &'a str,
    /// What was done, as it was ticked.
    pub checks: &'a [CallerCheck],
    /// What was written.
    pub note: &'a str,
    /// What stood in the way.
    pub problem: Option<Said>,
}

page!(CallerPage<'a>, "office_caller.html");

impl Content for CallerPage<'_> {
    fn heading(&self, say: Language) -> String {
        say.about("desk-caller-heading", "name", self.name)
    }

    fn problems(&self, say: Language) -> Vec<Problem> {
        let own = self.problem.map(|problem| match problem {
            Said::QuestionsOnly => Problem::of("called-back", problem.text(say)),
            _ => Problem::general(problem.text(say)),
        });
        own.into_iter().chain(self.frame.problems(say)).collect()
    }
}

impl CallerPage<'_> {
    fn ticks(&self, say: Language, problems: &[Problem]) -> Vec<Tick> {
        let tick = |check: CallerCheck| {
            let label = say.text(&format!("desk-check-{}", check.word()));
            Tick::new(check.word(), label, say).set(self.checks.contains(&check)).blamed_by(problems)
        };
        CallerCheck::ALL.into_iter().map(tick).collect()
    }

    fn note(&self, say: Language) -> Field {
        Field::new("note", FieldKind::Other, say.text("desk-note"), say)
            .with_hint(say.text("desk-note-hint"))
            .with_value(self.note)
            .optional()
    }
}

/// A code in two halves: the one to read out or hand over, and where the other is.
#[derive(Clone, Debug)]
pub struct CodePage<'a> {
    /// What stands around it.
    pub frame: &'a OfficeFrame,
    /// For whom.
    pub name: &'a str,
    /// What they log in with.
    pub user_name: &'a str,
    /// The first half.
    pub first: &'a str,
    /// The second, where nothing can be sent.
    pub second: Option<&'a str>,
    /// How the second reaches them.
    pub way: SecondHalf,
    /// Where it was sent.
    pub email: Option<&'a str>,
    /// Where the code is typed.
    pub welcome: &'a str,
    /// Until when it works.
    pub until: String,
    /// What they can reach with what they still have.
    pub now: Option<Level>,
    /// What they can reach once they have used the code.
    pub after: Option<Level>,
    /// Why no more, as sentences.
    pub reasons: Vec<String>,
    /// Where to go next.
    pub back_href: &'a str,
}

page!(CodePage<'a>, "office_code.html");

impl Content for CodePage<'_> {
    fn heading(&self, say: Language) -> String {
        say.about("desk-code-heading", "name", self.name)
    }
}

impl CodePage<'_> {
    fn way(&self, say: Language) -> String {
        let email = self.email.unwrap_or_default();
        say.about(&format!("desk-code-{}", self.way.word()), "email", email)
    }

    fn after(&self, say: Language) -> String {
        match self.after {
            Some(level) => say.at_level("desk-code-after", level),
            None => say.text("desk-code-after-none"),
        }
    }

    fn is_substantial(&self) -> bool {
        self.after >= Some(Level::Substantial)
    }
}

/// The other half of a code, for another officer's eyes.
#[derive(Clone, Debug)]
pub struct HalfPage<'a> {
    /// What stands around it.
    pub frame: &'a OfficeFrame,
    /// For whom.
    pub name: &'a str,
    /// It.
    pub half: &'a str,
    /// Where to go next.
    pub back_href: &'a str,
}

page!(HalfPage<'a>, "office_half.html");

impl Content for HalfPage<'_> {
    fn heading(&self, say: Language) -> String {
        say.about("desk-half-heading", "name", self.name)
    }
}

/// Who has this CPR number?
#[derive(Clone, Debug)]
pub struct CprPage<'a> {
    /// What stands around it.
    pub frame: &'a OfficeFrame,
    /// Where the form goes.
    pub action: &'a str,
    /// Its token.
    pub csrf: &'a str,
    /// The reason as it was typed. The number never comes back.
    pub why: &'a str,
    /// What stood in the way.
    pub problem: Option<Said>,
    /// Of the number that was looked up, what may be shown; and whom it led to.
    pub found: Option<(String, Vec<PersonRow>)>,
}

page!(CprPage<'a>, "office_cpr.html");

impl Content for CprPage<'_> {
    fn heading(&self, say: Language) -> String {
        say.text("desk-cpr-heading")
    }

    fn problems(&self, say: Language) -> Vec<Problem> {
        let own = self.problem.map(|problem| match problem {
            Said::CprMissing => Problem::of("cpr", problem.text(say)),
            Said::ReasonMissing => Problem::of("why", problem.text(say)),
            _ => Problem::general(problem.text(say)),
        });
        own.into_iter().chain(self.frame.problems(say)).collect()
    }
}

impl CprPage<'_> {
    fn cpr(&self, say: Language, problems: &[Problem]) -> Field {
        Field::new("cpr", FieldKind::PaperCode, say.text("desk-cpr"), say)
            .with_hint(say.text("desk-cpr-hint"))
            .blamed_by(problems)
    }

    fn why(&self, say: Language, problems: &[Problem]) -> Field {
        Field::new("why", FieldKind::Other, say.text("office-reason"), say)
            .with_hint(say.text("office-reason-hint"))
            .with_value(self.why)
            .blamed_by(problems)
    }
}
