//! What waits for a second person.

use super::{OfficeFrame, Said};
use crate::pages::{Content, Problem, page};
use crate::text::Language;

/// All of it that is any of this officer's business.
#[derive(Clone, Debug)]
pub struct ProposalsPage<'a> {
    /// What stands around it.
    pub frame: &'a OfficeFrame,
    /// Where the forms go.
    pub action: &'a str,
    /// Their token.
    pub csrf: &'a str,
    /// What waits, oldest first.
    pub rows: Vec<ProposalRow>,
    /// What stood in the way.
    pub problem: Option<Said>,
}

/// One of them.
#[derive(Clone, Debug)]
pub struct ProposalRow {
    /// Which.
    pub id: String,
    /// From how many a held feed would take login or level; nothing for the others.
    pub losing: u64,
    /// What it would do, as a sentence.
    pub what: String,
    /// Where it is written out, if it is.
    pub href: Option<String>,
    /// Who asked.
    pub by: String,
    /// When.
    pub at: String,
    /// Why, in their words.
    pub why: String,
    /// Why this officer may not agree, as a sentence.
    pub not_agree: Option<String>,
    /// May this officer decline?
    pub may_decline: bool,
}

page!(ProposalsPage<'a>, "office_proposals.html");

impl Content for ProposalsPage<'_> {
    fn heading(&self, say: Language) -> String {
        say.text("office-proposals-heading")
    }

    fn problems(&self, say: Language) -> Vec<Problem> {
        let own = self.problem.map(|problem| problem.problem(say));
        own.into_iter().chain(self.frame.problems(say)).collect()
    }
}
