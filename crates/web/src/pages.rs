//! What people see: one value per page, turned into HTML by a pure function.
//!
//! A page knows what it says and which fields it has; its template in `templates/` knows where that goes; the
//! sentences are in `locales/`; the looks are in `assets/portner.css`. Nothing here asks for the time, a
//! request or a database. Every value is escaped where it is written, and an address that comes from outside
//! becomes a link only if it is one of the web's.

mod agreement;
pub mod assets;
mod choice;
mod device;
mod due;
mod error;
mod field;
mod handover;
mod home;
mod identities;
pub(crate) mod key;
mod login;
mod logout;
mod me;
mod office;
mod qr;
mod setup;
mod welcome;
mod when;

pub use agreement::{AgreementPage, TermsDeclinedPage};
pub use due::PasswordDuePage;
pub use error::{ErrorKind, ErrorPage};
pub use handover::{
    CannotReachLevelPage, ExpiredPage, FinishedPage, HAND_OVER_SCRIPT_HASH, Outcome, PostPage,
};
pub use home::{LoggedOutPage, ServiceRow, StartPage};
pub use identities::{ChooseIdentityPage, IdentityRow, OwnIdentitiesPage};
pub use key::{KeyPlace, KeyProblem, KeyQuestion};
pub use login::{LoginField, LoginPage, LoginProblem, PaperCodes, TotpPage, TotpProblem};
pub use logout::{
    LOGOUT_SCRIPT_HASH, LogoutAnswerRefusedPage, LogoutHopPage, LogoutResultPage, LogoutRow, UnfinishedLogout,
};
pub use me::recovery::{RecoveryCodesMadePage, RecoveryCodesPage};
pub use me::{
    AcceptedRow, AddCodeDevicePage, AddTotpPage, AuthenticatorRow, AuthenticatorsPage, BlockPage,
    BlockedPage, ChangePasswordPage, LogPage, LogRow, NetworkPasswordPage, NewKeyPage, Notice, Own,
    PasswordDue, ProfilePage, RemovePage, RenamePage, Replaces, ReportLostPage, SessionRow, SessionsPage,
    ShownTerms, TermsPage,
};
pub use office::{
    Act, ActPage, CallerPage, CodePage, CprPage, DeskNotes, ErhvervPage, ErhvervPersonPage, ErhvervPlanPage,
    EventRow, Failures, HalfPage, HealthPage, Held, MeetingRow, MeetingsPage, NewRolePage, NotAllowedPage,
    OfficeFrame, OfficeLogPage, OfficeStartPage, PeoplePage, PersonLink, PersonPage, PersonRow, PlanRow,
    ProofFault, ProofForm, ProofPage, ProposalRow, ProposalsPage, ProviderPage, ProviderRow, ProvidersPage,
    RoleForm, RoleRow, RolesPage, Said, SecondPage, TakeRolePage, TroubleRow, Waits,
};
pub use office::{CandidateRow, Decision, ErhvervDecisionPage, SyncEventRow};
pub use office::{
    ChangeRow, Fault, GroupRow, GroupsPage, HeldRow, LetterRow, LettersPage, MemberRow, MembersPage,
    NetworkRow, NetworksPage, Options, OrganisationPage, OrganisationRow, PlaceRow, RightsPage, Sheet,
    SheetPage, TermsVersionsPage, Typed, VersionRow,
};
pub use office::{DraftPage, NewProviderPage, PolicyPage, SeenMetadata, TrialPage, TrialShown};
pub use setup::{SetupDonePage, SetupLinkInvalidPage, SetupPage, SetupProblem};
pub use welcome::means::{
    MeansProblem, PasswordChoice, WelcomeAppPage, WelcomeDevicePage, WelcomeKeyPage, WelcomePasswordPage,
    WelcomeStep, WelcomeWays,
};
pub use welcome::{WelcomeCodePage, WelcomeCodeProblem, WelcomeDonePage, WelcomeInvalidPage, WelcomePage};
pub use when::{date_and_time, day_begins, day_ends, day_of};

use choice::{Choice, Tick};
use field::{Field, FieldKind, Problem};
pub(crate) use me::list_in;

use crate::text::Language;

/// What is the same on every page of an installation.
#[derive(Clone, Debug)]
pub struct Site {
    /// Whose login this is: "Eksempel Kommune".
    pub organisation: String,
    /// What they call it: "Medarbejderlogin".
    pub service_name: String,
    /// Who helps.
    pub support: Support,
    /// Where the accessibility statement is, which Danish public bodies must link to.
    pub accessibility_url: Option<String>,
}

/// Who helps people who can't get in.
#[derive(Clone, Debug)]
pub struct Support {
    /// "IT-service".
    pub name: String,
    /// As people write it: "70 10 20 30".
    pub phone: Option<String>,
    /// An address that is read.
    pub email: Option<String>,
}

/// What surrounds one page.
#[derive(Clone, Debug)]
pub struct Frame<'a> {
    /// Whose page it is.
    pub site: &'a Site,
    /// What it speaks.
    pub language: Language,
    /// The same page in the other language; empty if there is no such address.
    pub other_language_href: String,
}

/// A page that could not be made.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The template engine gave up.
    #[error("a page could not be written")]
    Template(#[from] askama::Error),
    /// A form would be sent to something that is no address on the web.
    #[error("a form has no address on the web")]
    NotAWebAddress,
    /// A message in a form is not in base64.
    #[error("a message is not in base64")]
    NotBase64,
}

/// What the frame has to know about the page inside it.
trait Content {
    /// The page's one `h1`, which also begins its title.
    fn heading(&self, language: Language) -> String;

    /// What has to be put right before going on.
    fn problems(&self, _language: Language) -> Vec<Problem> {
        Vec::new()
    }

    /// Did something go wrong? Then the title says so first.
    fn is_error(&self) -> bool {
        false
    }

    /// Is there a reason not to write this page at all?
    fn check(&self) -> Result<(), Error> {
        Ok(())
    }
}

/// Gives a page its `render`, and its template what that may use: the page, its frame, and `say`, the language.
macro_rules! page {
    ($page:ident<$life:lifetime>, $path:literal) => {
        impl<$life> $page<$life> {
            /// The whole page as HTML.
            pub fn render(&self, frame: &$crate::pages::Frame<'_>) -> Result<String, $crate::pages::Error> {
                use $crate::pages::Content as _;

                #[derive(askama::Template)]
                #[template(path = $path)]
                struct View<'v, $life> {
                    frame: &'v $crate::pages::Frame<'v>,
                    page: &'v $page<$life>,
                    say: $crate::text::Language,
                    title: String,
                    heading: String,
                    problems: Vec<$crate::pages::Problem>,
                }

                self.check()?;
                let say = frame.language;
                let (title, heading, problems) = (frame.title(self), self.heading(say), self.problems(say));
                Ok(askama::Template::render(&View { frame, page: self, say, title, heading, problems })?)
            }
        }
    };
}
use page;

impl Frame<'_> {
    /// What the browser's tab says.
    fn title(&self, page: &impl Content) -> String {
        let wrong = page.is_error() || !page.problems(self.language).is_empty();
        let key = if wrong { "title-error" } else { "title" };
        let heading = page.heading(self.language);
        let service = self.site.service_name.as_str();
        self.language.text_with(key, &[("heading", heading.into()), ("service", service.into())])
    }

    fn accessibility_href(&self) -> Option<&str> {
        self.site.accessibility_url.as_deref().and_then(web_address)
    }

    fn other_language_href(&self) -> Option<&str> {
        web_address(&self.other_language_href)
    }
}

impl Support {
    /// The number a telephone dials.
    fn dialled(&self) -> Option<String> {
        let phone = self.phone.as_ref()?;
        Some(phone.chars().filter(|c| c.is_ascii_digit() || *c == '+').collect())
    }
}

/// `address`, if it is one a browser may be sent to: ours, or `https`, or `http` for test systems. It keeps
/// `javascript:` out of links and forms whatever a service provider registered.
fn web_address(address: &str) -> Option<&str> {
    let ours = address.starts_with('/') && !address.starts_with("//") && !address.starts_with("/\\");
    let relative = address.starts_with('?');
    let theirs = ["https://", "http://"]
        .iter()
        .any(|scheme| address.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme)));
    // Browsers drop tabs and line ends before they read an address: "/\t/elsewhere" is not ours.
    let plain = !address.contains(|c: char| c.is_control() || c.is_whitespace());
    (plain && (ours || relative || theirs)).then_some(address)
}

#[cfg(test)]
mod tests;
