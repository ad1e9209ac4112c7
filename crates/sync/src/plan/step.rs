//! What is to be done, why, and what is only told: each as a word for programs and a sentence for people. Neither has a
//! person's name or number in it.

use serde::{Deserialize, Serialize, Serializer};

use super::desired::{Lack, Right};
use super::observed::State;
use crate::wire::{AuthenticatorUuid, EmployeeUuid};

/// One thing to be done to one identity. What is said with it is made of what is desired at that moment: see
/// [`crate::plan::bodies`].
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(tag = "do", rename_all = "kebab-case")]
pub enum Step {
    /// Look at it before anything else.
    Look,
    /// Nobody may log in with it. "Not there" is as good.
    Suspend,
    /// For good. "Not there" is as good.
    Delete,
    /// It is not there: untie ours from it. Nothing is said.
    Forget,
    /// It was found there: tie ours to it. Nothing is said.
    Adopt {
        /// Which.
        employee: EmployeeUuid,
    },
    /// Make one. Never twice: on no answer, look whether it is there.
    Create,
    /// Say who an imported one is.
    DescribeDraft,
    /// Take an imported one into use.
    OrderActivation,
    /// Take a right away.
    TakeRight {
        /// Which.
        right: Right,
    },
    /// Take the person's own MitID away.
    RevokePrivateMitId {
        /// By what.
        authenticator: AuthenticatorUuid,
    },
    /// Say who it is.
    ChangeProfile,
    /// Say its e-mail.
    ChangeEmail,
    /// Say under which NameID it logs in here.
    SetLocalName,
    /// Lift the suspension. "Not there" is not as good: forget it and begin anew.
    Reactivate,
    /// Let its person use their own MitID.
    AllowPrivateMitId,
    /// Say whether it may sign.
    AllowSigning {
        /// May it?
        allowed: bool,
    },
    /// Give a right.
    GiveRight {
        /// Which.
        right: Right,
    },
}

impl Step {
    /// Does it take somebody's login? Then the brake counts it.
    pub const fn loses(&self) -> bool {
        matches!(self, Self::Suspend | Self::Delete)
    }
}

/// What stands before a right in [`Step::TakeRight`] and [`Step::GiveRight`].
const TAKE: &str = "take ";
const GIVE: &str = "give ";

impl Step {
    /// The step that these words are of, which is how the log has it. Which authenticator it is that a private MitID is
    /// revoked by is not in them.
    pub fn of_words(words: &str) -> Option<Self> {
        let right = |words: &str| words.parse().ok();
        if let Some(right) = words.strip_prefix(TAKE).and_then(right) {
            return Some(Self::TakeRight { right });
        }
        if let Some(right) = words.strip_prefix(GIVE).and_then(right) {
            return Some(Self::GiveRight { right });
        }
        let any = AuthenticatorUuid(uuid::Uuid::nil());
        let plain = [
            Self::Look,
            Self::Suspend,
            Self::Delete,
            Self::Forget,
            Self::Create,
            Self::DescribeDraft,
            Self::OrderActivation,
            Self::RevokePrivateMitId { authenticator: any },
            Self::ChangeProfile,
            Self::ChangeEmail,
            Self::SetLocalName,
            Self::Reactivate,
            Self::AllowPrivateMitId,
            Self::AllowSigning { allowed: true },
            Self::AllowSigning { allowed: false },
        ];
        plain.into_iter().find(|step| step.to_string() == words)
    }
}

impl std::fmt::Display for Step {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Look => f.write_str("look at it"),
            Self::Suspend => f.write_str("suspend it"),
            Self::Delete => f.write_str("delete it"),
            Self::Forget => f.write_str("untie it from the user here"),
            Self::Adopt { employee } => write!(f, "tie {employee} to the user here"),
            Self::Create => f.write_str("create it"),
            Self::DescribeDraft => f.write_str("describe the imported identity"),
            Self::OrderActivation => f.write_str("order the activation of the imported identity"),
            Self::TakeRight { right } => write!(f, "{TAKE}{right}"),
            Self::RevokePrivateMitId { .. } => f.write_str("revoke the private MitID"),
            Self::ChangeProfile => f.write_str("say anew who it is and what is vouched for"),
            Self::ChangeEmail => f.write_str("change its e-mail"),
            Self::SetLocalName => f.write_str("set the name that it logs in with here"),
            Self::Reactivate => f.write_str("reactivate it"),
            Self::AllowPrivateMitId => f.write_str("allow the private MitID"),
            Self::AllowSigning { allowed: true } => f.write_str("allow it to sign"),
            Self::AllowSigning { allowed: false } => f.write_str("allow it no more to sign"),
            Self::GiveRight { right } => write!(f, "{GIVE}{right}"),
        }
    }
}

/// Why something is done.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Why {
    /// What became of something that was asked for it, or a part of it, is not known.
    NotKnown,
    /// The user here is locked or waits.
    MayNotBeUsed,
    /// The user here has ended.
    HasEnded,
    /// The person got another CPR number, and an identity keeps its first.
    AnotherCpr,
    /// It is not there any more.
    NotThere,
    /// There is none.
    IsNew,
    /// One with the same person and name is there.
    SamePerson,
    /// It came from an older system.
    WasImported,
    /// The user here may be used again.
    MayBeUsedAgain,
    /// Said otherwise here.
    ChangedHere,
}

impl std::fmt::Display for Why {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::NotKnown => "what became of something that was asked for it is not known",
            Self::MayNotBeUsed => "the user here may not be used",
            Self::HasEnded => "the user here has ended",
            Self::AnotherCpr => "the person has another CPR number, and an identity keeps its first",
            Self::NotThere => "it is not there any more",
            Self::IsNew => "there is none yet",
            Self::SamePerson => "it is the same person's and is not tied to anybody",
            Self::WasImported => "it was imported and is not in use",
            Self::MayBeUsedAgain => "the user here may be used again",
            Self::ChangedHere => "it was changed here",
        })
    }
}

/// A step with its reason.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Planned {
    /// What.
    pub step: Step,
    /// Why.
    pub why: Why,
}

impl std::fmt::Display for Planned {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.step, self.why)
    }
}

impl Serialize for Planned {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Shown<'a> {
            #[serde(flatten)]
            step: &'a Step,
            why: Why,
            words: String,
        }
        Shown { step: &self.step, why: self.why, words: self.to_string() }.serialize(to)
    }
}

/// Something that a person has to look at. Nothing is done about it.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(tag = "found", rename_all = "kebab-case")]
pub enum Finding {
    /// It was suspended over there.
    SuspendedThere,
    /// We suspended it, and it was reactivated over there. It is suspended again.
    ReactivatedThere,
    /// It was deleted over there.
    DeletedThere,
    /// It is on no list, and has not been asked for by its UUID.
    NotListed,
    /// One was asked for, the answer was lost, and nobody has looked since whether it is there.
    Unclear,
    /// It was given another name over there.
    RenamedThere,
    /// … another e-mail.
    EmailChangedThere,
    /// … another CPR number.
    CprChangedThere,
    /// … another NameID, or none. Nobody logs in with it here until that is mended.
    LocalNameChangedThere,
    /// … or its private MitID was allowed or revoked.
    PrivateMitIdChangedThere,
    /// … or its signing.
    SigningChangedThere,
    /// It got a right over there.
    RightGivenThere {
        /// Which.
        right: Right,
    },
    /// It lost a right over there that we gave.
    RightTakenThere {
        /// Which.
        right: Right,
    },
    /// A right is to be taken or given that the catalogue does not have.
    RoleNotInCatalogue {
        /// Which.
        right: Right,
    },
    /// A right is to be given in a place that is not the organisation's there.
    NotOurPlace {
        /// Which.
        right: Right,
    },
    /// It is to have a name or none, which is settled when it is made.
    PseudonymIsFixed,
    /// It is in a state that we do not know.
    UnknownState {
        /// The word.
        state: String,
    },
    /// A step is not allowed, or doubted, in the state that it is in.
    NotInThisState {
        /// Which.
        step: Step,
        /// In which.
        state: State,
    },
    /// Somebody else over there has the NameID.
    NameTaken {
        /// Who.
        by: EmployeeUuid,
    },
    /// One of these may be it; none is tied, and none is made.
    Candidates {
        /// Which.
        employees: Vec<EmployeeUuid>,
    },
    /// This is missing here.
    Lacks {
        /// What.
        what: Lack,
    },
}

impl Finding {
    /// Those over there that it names.
    pub fn named(&self) -> &[EmployeeUuid] {
        match self {
            Self::NameTaken { by } => std::slice::from_ref(by),
            Self::Candidates { employees } => employees,
            _ => &[],
        }
    }
}

impl std::fmt::Display for Finding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::SuspendedThere => f.write_str("it was suspended in MitID Erhverv and stays so"),
            Self::ReactivatedThere => {
                f.write_str("it was reactivated in MitID Erhverv though it may not be used")
            }
            Self::DeletedThere => f.write_str("it was deleted in MitID Erhverv and is not made again"),
            Self::NotListed => {
                f.write_str("it is on no list of MitID Erhverv; nothing is done until that is clear")
            }
            Self::Unclear => {
                f.write_str("whether it was made is not clear until MitID Erhverv is read again")
            }
            Self::RenamedThere => f.write_str("it has another name in MitID Erhverv than was said here"),
            Self::EmailChangedThere => {
                f.write_str("it has another e-mail in MitID Erhverv than was said here")
            }
            Self::CprChangedThere => f.write_str("it has another CPR number in MitID Erhverv than here"),
            Self::LocalNameChangedThere => {
                f.write_str("it logs in under another name in MitID Erhverv than here, so it can't")
            }
            Self::PrivateMitIdChangedThere => {
                f.write_str("its private MitID was allowed or revoked in MitID Erhverv")
            }
            Self::SigningChangedThere => f.write_str("whether it may sign was changed in MitID Erhverv"),
            Self::RightGivenThere { right } => write!(f, "{right} was given in MitID Erhverv and is left"),
            Self::RightTakenThere { right } => write!(f, "{right} was taken in MitID Erhverv and stays so"),
            Self::RoleNotInCatalogue { right } => {
                write!(f, "{right} is not in the catalogue and is left alone")
            }
            Self::NotOurPlace { right } => {
                write!(f, "{right} is not given: MitID Erhverv lists no such number of the organisation's")
            }
            Self::PseudonymIsFixed => f.write_str(
                "whether it goes without a name was settled when it was made; delete it, or leave it",
            ),
            Self::UnknownState { state } => write!(f, "it is in a state that is not known here: {state:?}"),
            Self::NotInThisState { step, state } => write!(f, "can't be done while it is {state}: {step}"),
            Self::NameTaken { by } => write!(f, "{by} has the name that it is to log in with"),
            Self::Candidates { employees } => {
                write!(f, "{} in MitID Erhverv may be it; choose", employees.len())
            }
            Self::Lacks { what } => write!(f, "something is missing here: {what:?}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Step;
    use crate::plan::Right;

    #[test]
    fn what_the_log_has_of_a_step_is_the_step_again() {
        let right: Right = "role 10000000-0000-4000-8000-000000000000 in PU 1012345678".parse().unwrap();
        let authenticator = "8f1f4a0e-6d3a-4a9e-8d47-2a3b7a1d9c55".parse().unwrap();
        let steps = [
            Step::Look,
            Step::Suspend,
            Step::Delete,
            Step::Forget,
            Step::Create,
            Step::DescribeDraft,
            Step::OrderActivation,
            Step::TakeRight { right: right.clone() },
            Step::ChangeProfile,
            Step::ChangeEmail,
            Step::SetLocalName,
            Step::Reactivate,
            Step::AllowPrivateMitId,
            Step::AllowSigning { allowed: true },
            Step::AllowSigning { allowed: false },
            Step::GiveRight { right },
        ];
        for step in steps {
            assert_eq!(Step::of_words(&step.to_string()), Some(step));
        }
        let revoked = Step::of_words(&Step::RevokePrivateMitId { authenticator }.to_string());
        assert!(matches!(revoked, Some(Step::RevokePrivateMitId { .. })));
        for other in ["", "take", "take role x in Cvr 1", "give it", "Suspend it"] {
            assert_eq!(Step::of_words(other), None, "{other}");
        }
    }
}
