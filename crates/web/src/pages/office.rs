//! The pages of those who administer: what stands around each, and the first of them.

mod act;
mod desk;
mod erhverv;
mod health;
mod letters;
mod log;
mod networks;
mod organisation;
mod people;
mod policy;
mod proof;
mod proposals;
mod provider_new;
mod providers;
mod rights;
mod roles;
mod second;
mod sheet;
mod terms;

pub use act::{Act, ActPage, Said};
pub use desk::{CallerPage, CodePage, CprPage, HalfPage};
pub use erhverv::{
    CandidateRow, Decision, ErhvervDecisionPage, ErhvervPage, ErhvervPersonPage, ErhvervPlanPage, Held,
    PlanRow, SyncEventRow, TroubleRow,
};
pub use health::HealthPage;
pub use letters::{ChangeRow, LetterRow, LettersPage};
pub use log::{EventRow, OfficeLogPage};
pub use networks::{NetworkRow, NetworksPage};
pub use organisation::{OrganisationPage, OrganisationRow, PlaceRow};
pub use people::{DeskNotes, Failures, PeoplePage, PersonLink, PersonPage, PersonRow};
pub use policy::{PolicyPage, TrialPage, TrialShown};
pub use proof::{ProofFault, ProofForm, ProofPage};
pub use proposals::{ProposalRow, ProposalsPage};
pub use provider_new::{DraftPage, NewProviderPage, SeenMetadata};
pub use providers::{ProviderPage, ProviderRow, ProvidersPage, Waits};
pub use rights::{GroupRow, GroupsPage, HeldRow, MemberRow, MembersPage, RightsPage};
pub use roles::{NewRolePage, RoleForm, RoleRow, RolesPage, TakeRolePage};
pub use second::{MeetingRow, MeetingsPage, SecondPage};
pub use sheet::{Fault, Options, Sheet, SheetPage, Typed};
pub use terms::{TermsVersionsPage, VersionRow};

use portner_domain::Level;
use portner_domain::role::Denied;

use super::{Content, Problem, page};
use crate::office::denied_key;
use crate::text::Language;

/// What stands around a page of the office.
#[derive(Clone, Debug)]
pub struct OfficeFrame {
    /// What has become of the form that was just sent.
    pub said: Option<Said>,
    /// The pages at the top that this officer may read: address and key of the text.
    pub tabs: Vec<(&'static str, &'static str)>,
    /// Where they are.
    pub path: String,
}

impl OfficeFrame {
    /// Is this the page they are on, or the one above it?
    pub(crate) fn is_current(&self, href: &str) -> bool {
        let below = self.path.strip_prefix(href).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        below && !self.tabs.iter().any(|(other, _)| other.len() > href.len() && self.path.starts_with(other))
    }

    pub(crate) fn said(&self, say: Language) -> Option<String> {
        self.said.filter(|said| !said.is_problem()).map(|said| said.text(say))
    }

    pub(crate) fn problems(&self, say: Language) -> Vec<Problem> {
        let problem = self.said.filter(|said| said.is_problem());
        problem.map(|said| Problem::general(said.text(say))).into_iter().collect()
    }
}

/// Where officers begin.
#[derive(Clone, Debug)]
pub struct OfficeStartPage<'a> {
    /// What stands around it.
    pub frame: &'a OfficeFrame,
    /// Who it is.
    pub name: &'a str,
    /// What they hold, as sentences.
    pub roles: Vec<String>,
    /// The level of their session.
    pub level: Option<Level>,
    /// Where people are looked for, for whoever may.
    pub search: Option<&'a str>,
    /// Where meetings wait, and how many, for whoever agrees to any.
    pub meetings: Option<(&'a str, usize)>,
    /// Where proposals wait, and how many that this officer may agree to.
    pub proposals: Option<(&'a str, usize)>,
    /// Who was stopped today.
    pub stopped: Option<Vec<PersonRow>>,
    /// Whom they had before them last.
    pub lately: Option<Vec<PersonRow>>,
}

page!(OfficeStartPage<'a>, "office_start.html");

impl Content for OfficeStartPage<'_> {
    fn heading(&self, say: Language) -> String {
        say.text("office-start-heading")
    }

    fn problems(&self, say: Language) -> Vec<Problem> {
        self.frame.problems(say)
    }
}

impl OfficeStartPage<'_> {
    /// What waits: where, and a sentence with how many.
    fn waiting(&self, say: Language) -> Vec<(&str, String)> {
        let told =
            |key: &str, (href, count): (_, usize)| (href, say.text_with(key, &[("count", count.into())]));
        let meetings = self.meetings.map(|it| told("office-start-meetings", it));
        let proposals = self.proposals.map(|it| told("office-start-proposals", it));
        meetings.into_iter().chain(proposals).collect()
    }
}

/// Somebody wants to use a page of the office and may not.
#[derive(Clone, Copy, Debug)]
pub struct NotAllowedPage<'a> {
    /// Why.
    pub why: Denied,
    /// Where to go instead.
    pub start_href: &'a str,
    /// What to quote.
    pub reference: &'a str,
}

page!(NotAllowedPage<'a>, "office_not_allowed.html");

impl Content for NotAllowedPage<'_> {
    fn heading(&self, say: Language) -> String {
        say.text("office-denied-heading")
    }

    fn is_error(&self) -> bool {
        true
    }
}

impl NotAllowedPage<'_> {
    fn why(&self, say: Language) -> String {
        say.text(denied_key(self.why))
    }
}
