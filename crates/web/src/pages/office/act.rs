//! Something that is done to somebody, with a reason; and what became of it.

use portner_directory::Refusal;
use portner_domain::life::Stays;

use super::OfficeFrame;
use crate::pages::{Content, Field, FieldKind, Problem, page};
use crate::text::Language;

/// What is done.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Act {
    /// Stop them.
    Block,
    /// Let them go on.
    Unblock,
    /// End their sessions.
    LogOut,
    /// Look at their attempts again.
    Reopen,
}

impl Act {
    /// Each of them.
    pub const ALL: [Self; 4] = [Self::Block, Self::Unblock, Self::LogOut, Self::Reopen];

    /// Its name in keys of texts.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Block => "block",
            Self::Unblock => "unblock",
            Self::LogOut => "log-out",
            Self::Reopen => "reopen",
        }
    }

    /// What the person's page says when it is done.
    pub const fn said(self) -> Said {
        match self {
            Self::Block => Said::Blocked,
            Self::Unblock => Said::Unblocked,
            Self::LogOut => Said::LoggedOut,
            Self::Reopen => Said::Reopened,
        }
    }
}

macro_rules! said {
    ($($(#[$doc:meta])* $name:ident = $word:literal;)*) => {
        /// What has become of a form.
        #[derive(Clone, Copy, Debug, Eq, PartialEq)]
        pub enum Said {
            $($(#[$doc])* $name,)*
        }

        impl Said {
            /// Its name where it waits for its page.
            pub const fn word(self) -> &'static str {
                match self {
                    $(Self::$name => $word,)*
                }
            }

            /// Each of them.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// By that name.
            pub fn of_word(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|said| said.word() == word)
            }
        }
    };
}

said! {
    /// They are stopped.
    Blocked = "said-blocked";
    /// They may go on.
    Unblocked = "said-unblocked";
    /// Their sessions are over.
    LoggedOut = "said-logged-out";
    /// Their attempts are looked at again.
    Reopened = "said-reopened";
    /// A reason is missing.
    ReasonMissing = "problem-reason-missing";
    /// There is nothing to change.
    NothingToChange = "problem-nothing-to-change";
    /// Somebody else's lock.
    AnothersLock = "problem-anothers-lock";
    /// A proofing has to come first.
    ProofingNeeded = "problem-proofing-needed";
    /// A second person has to approve.
    ApprovalNeeded = "problem-approval-needed";
    /// The employment is over.
    Over = "problem-over";
    /// It is a robot.
    Robot = "problem-robot";
    /// It can't be done, for another reason.
    NotPossible = "problem-not-possible";
}

impl Said {
    /// Did something stand in the way?
    pub fn is_problem(self) -> bool {
        self.word().starts_with("problem-")
    }

    /// As a sentence.
    pub fn text(self, say: Language) -> String {
        say.text(&format!("office-{}", self.word()))
    }

    /// Why the directory did not do something.
    pub const fn of_refusal(refusal: Refusal) -> Self {
        match refusal {
            Refusal::NothingToChange => Self::NothingToChange,
            Refusal::Stays(Stays::AnothersLock(_)) => Self::AnothersLock,
            Refusal::Stays(Stays::ProofingNeeded) => Self::ProofingNeeded,
            Refusal::Stays(Stays::ApprovalNeeded) => Self::ApprovalNeeded,
            Refusal::Over => Self::Over,
            Refusal::Robot => Self::Robot,
            Refusal::UserNameTaken
            | Refusal::NoSuchIdentity
            | Refusal::NotEnded
            | Refusal::CprTaken
            | Refusal::Conflict(_)
            | Refusal::NoUnits
            | Refusal::NotWaiting
            | Refusal::TooMany => Self::NotPossible,
        }
    }
}

/// Do it? What will happen stands before the button, and so does the field for why.
#[derive(Clone, Debug)]
pub struct ActPage<'a> {
    /// What stands around it.
    pub frame: &'a OfficeFrame,
    /// What is done.
    pub act: Act,
    /// To whom.
    pub name: &'a str,
    /// Where the form goes.
    pub action: &'a str,
    /// Its token.
    pub csrf: &'a str,
    /// Where not to.
    pub back_href: &'a str,
    /// What stood in the way.
    pub problem: Option<Said>,
}

page!(ActPage<'a>, "office_act.html");

impl Content for ActPage<'_> {
    fn heading(&self, say: Language) -> String {
        say.about(&format!("office-{}-heading", self.act.word()), "name", self.name)
    }

    fn problems(&self, say: Language) -> Vec<Problem> {
        let own = self.problem.map(|problem| match problem {
            Said::ReasonMissing => Problem::of("why", problem.text(say)),
            _ => Problem::general(problem.text(say)),
        });
        own.into_iter().chain(self.frame.problems(say)).collect()
    }
}

impl ActPage<'_> {
    fn what_happens(&self, say: Language) -> String {
        say.text(&format!("office-{}-what", self.act.word()))
    }

    fn reason(&self, say: Language, problems: &[Problem]) -> Field {
        Field::new("why", FieldKind::Other, say.text("office-reason"), say)
            .with_hint(say.text("office-reason-hint"))
            .blamed_by(problems)
            .focused_unless(problems)
    }

    fn submit(&self, say: Language) -> String {
        say.text(&format!("office-{}-submit", self.act.word()))
    }
}
