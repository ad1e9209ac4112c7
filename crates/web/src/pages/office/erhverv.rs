//! MitID Erhverv: how it goes, what is planned, and how it is with one person.

use super::{OfficeFrame, Said};
use crate::pages::field::{Field, FieldKind};
use crate::pages::{Content, Problem, page};
use crate::text::Language;

/// How it goes.
#[derive(Clone, Debug)]
pub struct ErhvervPage<'a> {
    /// What stands around it.
    pub frame: &'a OfficeFrame,
    /// What is known, each with its name; none if nothing is connected.
    pub facts: Option<Vec<(String, String)>>,
    /// Who would lose their login.
    pub held: Option<Held>,
    /// What was not done, newest first.
    pub troubles: Vec<TroubleRow>,
    /// Is what is planned done?
    pub is_live: bool,
    /// Is nothing done?
    pub is_paused: bool,
    /// Where the plan is.
    pub plan_href: &'a str,
    /// Where the forms go, and their token, for whoever may change something.
    pub form: Option<(&'a str, String)>,
    /// The reason as it was typed.
    pub why: &'a str,
    /// What stood in the way.
    pub problem: Option<Said>,
}

/// Those who would lose their login, and wait until somebody has looked.
#[derive(Clone, Debug)]
pub struct Held {
    /// User names, and where their pages are.
    pub people: Vec<(String, String)>,
    /// How many more there are.
    pub more: usize,
    /// Of how many.
    pub of: u64,
    /// All of them, as a sum.
    pub digest: String,
}

impl Held {
    fn title(&self, say: Language) -> String {
        let many = self.people.len() + self.more;
        say.text_with("office-sync-held", &[("count", many.into()), ("of", self.of.into())])
    }

    fn others(&self, say: Language) -> String {
        say.text_with("office-sync-more", &[("count", self.more.into())])
    }
}

/// Something that was not done.
#[derive(Clone, Debug)]
pub struct TroubleRow {
    /// For whom.
    pub user_name: String,
    /// Where their page is.
    pub href: String,
    /// What.
    pub what: String,
    /// Why, and what to do.
    pub remedy: String,
    /// When.
    pub at: String,
    /// In the words of the other side.
    pub why: String,
}

page!(ErhvervPage<'a>, "office_erhverv.html");

impl Content for ErhvervPage<'_> {
    fn heading(&self, say: Language) -> String {
        say.text("office-sync-heading")
    }

    fn problems(&self, say: Language) -> Vec<Problem> {
        let own = self.problem.map(|problem| problem.problem(say));
        own.into_iter().chain(self.frame.problems(say)).collect()
    }
}

impl ErhvervPage<'_> {
    fn why(&self, say: Language, problems: &[Problem]) -> Field {
        Field::new("why", FieldKind::Other, say.text("office-reason"), say)
            .with_hint(say.text("office-reason-hint"))
            .with_value(self.why)
            .blamed_by(problems)
    }
}

/// What would be done, a page at a time.
#[derive(Clone, Debug)]
pub struct ErhvervPlanPage<'a> {
    /// What stands around it.
    pub frame: &'a OfficeFrame,
    /// Whom there is something to do for, or to look at.
    pub rows: Vec<PlanRow>,
    /// Where it goes back to.
    pub back_href: &'a str,
    /// Where the first are, if these are not.
    pub first_href: Option<&'a str>,
    /// Where the next are.
    pub next_href: Option<String>,
}

/// One of them.
#[derive(Clone, Debug)]
pub struct PlanRow {
    /// Who.
    pub user_name: String,
    /// Where their page is.
    pub href: String,
    /// What is done, in this order.
    pub steps: Vec<String>,
    /// What a person has to look at.
    pub findings: Vec<String>,
}

page!(ErhvervPlanPage<'a>, "office_erhverv_plan.html");

impl Content for ErhvervPlanPage<'_> {
    fn heading(&self, say: Language) -> String {
        say.text("office-sync-plan-heading")
    }

    fn problems(&self, say: Language) -> Vec<Problem> {
        self.frame.problems(say)
    }
}

/// How it is with one person.
#[derive(Clone, Debug)]
pub struct ErhvervPersonPage<'a> {
    /// What stands around it.
    pub frame: &'a OfficeFrame,
    /// Who.
    pub name: &'a str,
    /// Is anything connected?
    pub is_connected: bool,
    /// What is known of them there, each with its name.
    pub facts: Vec<(String, String)>,
    /// What is done, in this order.
    pub steps: Vec<String>,
    /// What a person has to look at.
    pub findings: Vec<String>,
    /// Where it goes back to.
    pub back_href: &'a str,
}

page!(ErhvervPersonPage<'a>, "office_erhverv_person.html");

impl Content for ErhvervPersonPage<'_> {
    fn heading(&self, say: Language) -> String {
        say.about("office-sync-person-heading", "name", self.name)
    }

    fn problems(&self, say: Language) -> Vec<Problem> {
        self.frame.problems(say)
    }
}
