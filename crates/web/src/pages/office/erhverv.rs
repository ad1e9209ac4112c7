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
    /// Is everything shown, or only what somebody has to decide?
    pub is_all: bool,
    /// Where everything is.
    pub all_href: &'a str,
    /// Where the rest of it is.
    pub decide_href: &'a str,
    /// The rest of it as a file.
    pub file_href: &'a str,
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

impl ErhvervPlanPage<'_> {
    /// What an empty page says: whether it is the last tells what that is worth.
    fn nothing(&self, say: Language) -> String {
        say.text(match (&self.next_href, self.is_all) {
            (Some(_), _) => "office-sync-plan-none-yet",
            (None, true) => "office-sync-plan-none",
            (None, false) => "office-sync-plan-none-waits",
        })
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
    /// Who there may be them, or has their name.
    pub others: Vec<CandidateRow>,
    /// Has somebody else to decide which of them it is?
    pub is_others_decision: bool,
    /// Where it is said that they are not the same, if they are tied.
    pub untie_href: Option<String>,
    /// What was said and decided, newest first.
    pub history: Vec<SyncEventRow>,
    /// Where the newest are, if these are not.
    pub newest_href: Option<String>,
    /// Where the older ones are.
    pub older_href: Option<String>,
    /// The whole log about them, for whoever may read it.
    pub log_href: Option<String>,
    /// Where it goes back to.
    pub back_href: &'a str,
}

/// One there that may be the person, or is in their way.
#[derive(Clone, Debug)]
pub struct CandidateRow {
    /// What it is called.
    pub name: Option<String>,
    /// What tells it from others, each with its name.
    pub facts: Vec<(String, String)>,
    /// Whose it is here, and where their page is.
    pub whose: Option<(String, String)>,
    /// Why it can't be them.
    pub why_not: Option<String>,
    /// Where it is said that it is them.
    pub tie_href: Option<String>,
}

/// Something that was said or decided.
#[derive(Clone, Debug)]
pub struct SyncEventRow {
    /// What.
    pub what: String,
    /// Why, or what was answered.
    pub more: Option<String>,
    /// When.
    pub at: String,
    /// By whom.
    pub by: String,
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

/// What is decided about one of ours and one there.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Decision {
    /// They are the same.
    Tie,
    /// They are not.
    Untie,
}

/// Is it so? What follows stands before the field for why.
#[derive(Clone, Debug)]
pub struct ErhvervDecisionPage<'a> {
    /// What stands around it.
    pub frame: &'a OfficeFrame,
    /// What is decided.
    pub decision: Decision,
    /// About whom.
    pub name: &'a str,
    /// What is known of the one there, each with its name.
    pub facts: Vec<(String, String)>,
    /// What is planned then, as sentences.
    pub then: Vec<String>,
    /// What else has to be known.
    pub notes: Vec<String>,
    /// The UUID of the one there.
    pub employee: &'a str,
    /// Where the form goes, and its token, if it can be sent.
    pub form: Option<(&'a str, String)>,
    /// The reason as it was typed.
    pub why: &'a str,
    /// Where not to.
    pub back_href: &'a str,
    /// What stood in the way.
    pub problem: Option<Said>,
}

page!(ErhvervDecisionPage<'a>, "office_erhverv_decision.html");

impl Content for ErhvervDecisionPage<'_> {
    fn heading(&self, say: Language) -> String {
        let key = match self.decision {
            Decision::Tie => "office-sync-tie-heading",
            Decision::Untie => "office-sync-untie-heading",
        };
        say.about(key, "name", self.name)
    }

    fn problems(&self, say: Language) -> Vec<Problem> {
        // A field that is not there is not to blame.
        let own = self.problem.filter(|problem| self.form.is_some() || problem.field().is_none());
        own.map(|problem| problem.problem(say)).into_iter().chain(self.frame.problems(say)).collect()
    }
}

impl ErhvervDecisionPage<'_> {
    fn what_happens(&self, say: Language) -> String {
        say.text(match self.decision {
            Decision::Tie => "office-sync-tie-what",
            Decision::Untie => "office-sync-untie-what",
        })
    }

    fn submit(&self, say: Language) -> String {
        say.text(match self.decision {
            Decision::Tie => "office-sync-this-is",
            Decision::Untie => "office-sync-not-same",
        })
    }

    fn why(&self, say: Language, problems: &[Problem]) -> Field {
        Field::new("why", FieldKind::Other, say.text("office-reason"), say)
            .with_hint(say.text("office-reason-hint"))
            .with_value(self.why)
            .blamed_by(problems)
    }
}
