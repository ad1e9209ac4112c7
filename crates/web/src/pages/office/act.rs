//! Something that is done to somebody, with a reason; and what became of it.

use portner_authenticators::device::DeviceRefusal;
use portner_directory::Refusal;
use portner_domain::life::Stays;
use portner_federation::office::NotDone;

use super::OfficeFrame;
use crate::pages::{Choice, Content, Field, FieldKind, Problem, page};
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
    /// End their password, and make a code to choose another.
    Reset,
    /// A device is lost.
    Lose,
    /// Give them a device that shows codes.
    Give,
    /// Another name is theirs.
    ConfirmName,
    /// Make a code that rests on their proofing.
    HandOut,
    /// Show half of a code.
    ShowHalf,
}

impl Act {
    /// Each of them.
    pub const ALL: [Self; 10] = [
        Self::Block,
        Self::Unblock,
        Self::LogOut,
        Self::Reopen,
        Self::Reset,
        Self::Lose,
        Self::Give,
        Self::ConfirmName,
        Self::HandOut,
        Self::ShowHalf,
    ];

    /// Its name in keys of texts.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Block => "block",
            Self::Unblock => "unblock",
            Self::LogOut => "log-out",
            Self::Reopen => "reopen",
            Self::Reset => "reset",
            Self::Lose => "lose",
            Self::Give => "give",
            Self::ConfirmName => "confirm-name",
            Self::HandOut => "hand-out",
            Self::ShowHalf => "show-half",
        }
    }

    /// What the person's page says when it is done.
    pub const fn said(self) -> Said {
        match self {
            Self::Block => Said::Blocked,
            Self::Unblock => Said::Unblocked,
            Self::LogOut => Said::LoggedOut,
            Self::Reopen => Said::Reopened,
            Self::Lose => Said::DeviceLost,
            Self::Give => Said::DeviceGiven,
            Self::ConfirmName => Said::NameConfirmed,
            // These show a page of their own.
            Self::Reset | Self::HandOut | Self::ShowHalf => Said::CodeMade,
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
    /// The device works no more.
    DeviceLost = "said-device-lost";
    /// The device is theirs.
    DeviceGiven = "said-device-given";
    /// The name is theirs.
    NameConfirmed = "said-name-confirmed";
    /// A code was made.
    CodeMade = "said-code-made";
    /// It is them who ask.
    CallerVerified = "said-caller-verified";
    /// It is not.
    CallerNotVerified = "said-caller-not-verified";
    /// They are proofed.
    Proofed = "said-proofed";
    /// The meeting waits for a second registrar.
    MeetingWaits = "said-meeting-waits";
    /// The second registrar did not agree.
    MeetingDeclined = "said-meeting-declined";
    /// A role was proposed.
    RoleProposed = "said-role-proposed";
    /// A role was taken away.
    RoleWithdrawn = "said-role-withdrawn";
    /// What was proposed is done.
    Agreed = "said-agreed";
    /// What was proposed comes to nothing.
    Declined = "said-declined";
    /// The service gets answers.
    ProviderEnabled = "said-provider-enabled";
    /// The service gets none.
    ProviderDisabled = "said-provider-disabled";
    /// That metadata is used was proposed.
    MetadataProposed = "said-metadata-proposed";
    /// The metadata is not used.
    MetadataRejected = "said-metadata-rejected";
    /// Adding a service was proposed.
    ProviderProposed = "said-provider-proposed";
    /// Another policy is in force.
    PolicyChanged = "said-policy-changed";
    /// Another policy was proposed.
    PolicyProposed = "said-policy-proposed";
    /// A second person is asked.
    Proposed = "said-proposed";
    /// They may have a level.
    Permitted = "said-permitted";
    /// They may have none.
    Withheld = "said-withheld";
    /// From when and until when is set.
    ValiditySet = "said-validity-set";
    /// The employment is over.
    Ended = "said-ended";
    /// They are back.
    Resumed = "said-resumed";
    /// What is on record is changed.
    Changed = "said-changed";
    /// They are registered.
    Registered = "said-registered";
    /// They belong to the group.
    GroupJoined = "said-group-joined";
    /// They belong to it no more.
    GroupLeft = "said-group-left";
    /// They have the right.
    RightGranted = "said-right-granted";
    /// They have it no more.
    RightWithdrawn = "said-right-withdrawn";
    /// The terms are in force.
    TermsPublished = "said-terms-published";
    /// Something else is done about MitID Erhverv.
    SyncModeSet = "said-sync-mode-set";
    /// They lose their login there.
    SyncApproved = "said-sync-approved";
    /// They are one with an identity there.
    SyncTied = "said-sync-tied";
    /// They are not.
    SyncUntied = "said-sync-untied";
    /// The letter has other words.
    LetterWorded = "said-letter-worded";
    /// The letter has our own words again.
    LetterOwn = "said-letter-own";
    /// The network is known.
    NetworkAdded = "said-network-added";
    /// The network is known no more.
    NetworkRemoved = "said-network-removed";
    /// Nobody has that user name.
    NoSuchUser = "problem-no-such-user";
    /// No role was chosen.
    RoleMissing = "problem-role-missing";
    /// That is no unit.
    BadUnit = "problem-bad-unit";
    /// That is no day.
    BadDay = "problem-bad-day";
    /// That day is over.
    OverAlready = "problem-over-already";
    /// The roles do not go together.
    RolesConflict = "problem-roles-conflict";
    /// The role is held for the whole organisation.
    NoUnits = "problem-no-units";
    /// It is not what it was when it was read.
    ChangedMeanwhile = "problem-changed-meanwhile";
    /// Somebody else has to decide it.
    NotYours = "problem-not-yours";
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
    /// Nobody made sure lately who is asking.
    CallerUnknown = "problem-caller-unknown";
    /// Answered questions alone do not say who is asking.
    QuestionsOnly = "problem-questions-only";
    /// Neither of the buttons was pressed.
    OutcomeMissing = "problem-outcome-missing";
    /// They may not log in at all.
    NotUsable = "problem-not-usable";
    /// The network's directory keeps their password.
    NetworkPassword = "problem-network-password";
    /// Nothing was chosen.
    DeviceMissing = "problem-device-missing";
    /// That is no serial number.
    SerialMissing = "problem-serial-missing";
    /// Nobody entered that device.
    NoSuchDevice = "problem-no-such-device";
    /// The device is somebody's.
    DeviceTaken = "problem-device-taken";
    /// Too many look-ups.
    TooMany = "problem-too-many";
    /// That is no CPR number.
    CprMissing = "problem-cpr-missing";
    /// Nothing waits.
    NothingWaits = "problem-nothing-waits";
    /// It has to be another officer.
    SameOfficer = "problem-same-officer";
    /// They were not proofed in person lately.
    ProofingTooOld = "problem-proofing-too-old";
    /// They have another name since they were proofed.
    NameOpen = "problem-name-open";
    /// The officer's own login is worth too little.
    OfficerLevel = "problem-officer-level";
    /// How the second half reaches them was not chosen.
    WayMissing = "problem-way-missing";
    /// The photo was not compared.
    NotCompared = "problem-not-compared";
    /// Nobody there is known by that UUID.
    SyncNobodyThere = "problem-sync-nobody-there";
    /// They are one with another there.
    SyncTiedHere = "problem-sync-tied-here";
    /// Another is one with it.
    SyncTiedThere = "problem-sync-tied-there";
    /// The CPR numbers do not say that they are one.
    SyncAnotherPerson = "problem-sync-another-person";
    /// Whether one was made is not clear.
    SyncUnclear = "problem-sync-unclear";
    /// The identity there is to lose its login first.
    SyncIsToLose = "problem-sync-is-to-lose";
    /// It can't be done, for another reason.
    NotPossible = "problem-not-possible";
}

impl Said {
    /// Did something stand in the way?
    pub fn is_problem(self) -> bool {
        self.word().starts_with("problem-")
    }

    /// As what has to be put right, at its field.
    pub(super) fn problem(self, say: Language) -> Problem {
        match self.field() {
            Some(field) => Problem::of(field, self.text(say)),
            None => Problem::general(self.text(say)),
        }
    }

    /// As a sentence.
    pub fn text(self, say: Language) -> String {
        say.text(&format!("office-{}", self.word()))
    }

    /// Why something was not done.
    pub const fn of(not: NotDone) -> Self {
        match not {
            NotDone::Directory(refusal) => Self::of_refusal(refusal),
            NotDone::CallerUnknown => Self::CallerUnknown,
            NotDone::QuestionsOnly => Self::QuestionsOnly,
            NotDone::NotUsable => Self::NotUsable,
            NotDone::NetworkPassword => Self::NetworkPassword,
            NotDone::NotBound => Self::DeviceMissing,
            NotDone::Device(DeviceRefusal::NoSuchDevice) => Self::NoSuchDevice,
            NotDone::Device(DeviceRefusal::NotInStock) => Self::DeviceTaken,
            NotDone::Device(DeviceRefusal::NothingToChange | DeviceRefusal::NotInARow) => Self::NotPossible,
            NotDone::TooMany => Self::TooMany,
            NotDone::NothingWaits => Self::NothingWaits,
            NotDone::SameOfficer => Self::SameOfficer,
            NotDone::ProofingTooOld => Self::ProofingTooOld,
            NotDone::NameOpen => Self::NameOpen,
            NotDone::OfficerLevel => Self::OfficerLevel,
            NotDone::OverAlready => Self::OverAlready,
            NotDone::ChangedMeanwhile => Self::ChangedMeanwhile,
            NotDone::Denied(_) => Self::NotYours,
            // The forms of the administration say it at the entry to blame.
            NotDone::Administration(_) => Self::NotPossible,
        }
    }

    /// The field that is to blame, if one is.
    pub(super) const fn field(self) -> Option<&'static str> {
        match self {
            Self::ReasonMissing => Some("why"),
            Self::DeviceMissing => Some("device"),
            Self::SerialMissing | Self::NoSuchDevice | Self::DeviceTaken => Some("serial"),
            Self::WayMissing => Some("way"),
            Self::NoSuchUser => Some("user"),
            Self::RoleMissing | Self::RolesConflict => Some("role"),
            Self::BadUnit | Self::NoUnits => Some("unit"),
            Self::BadDay | Self::OverAlready => Some("until"),
            _ => None,
        }
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
            Refusal::Conflict(_) => Self::RolesConflict,
            Refusal::NoUnits => Self::NoUnits,
            Refusal::NotWaiting => Self::NothingWaits,
            Refusal::UserNameTaken
            | Refusal::NoSuchIdentity
            | Refusal::NotEnded
            | Refusal::CprTaken
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
    /// Where to verify first who is asking, if that is needed.
    pub need_href: Option<String>,
    /// What else is chosen: value and text of each, and the one chosen.
    pub choice: Option<(Vec<(String, String)>, &'a str)>,
    /// What was typed: a serial number, where one is asked for.
    pub serial: &'a str,
    /// The reason as it was typed.
    pub why: &'a str,
}

page!(ActPage<'a>, "office_act.html");

impl Content for ActPage<'_> {
    fn heading(&self, say: Language) -> String {
        say.about(&format!("office-{}-heading", self.act.word()), "name", self.name)
    }

    fn problems(&self, say: Language) -> Vec<Problem> {
        let own = self.problem.map(|problem| problem.problem(say));
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
            .with_value(self.why)
            .blamed_by(problems)
            .focused_unless(problems)
    }

    fn choice(&self, say: Language, problems: &[Problem]) -> Option<Choice> {
        let (options, chosen) = self.choice.as_ref()?;
        let name = if self.act == Act::Lose { "device" } else { "way" };
        let label = say.text(&format!("office-{}-choice", self.act.word()));
        Some(Choice::new(name, label, options.clone(), say).with_value(chosen).blamed_by(problems))
    }

    fn serial(&self, say: Language, problems: &[Problem]) -> Option<Field> {
        let field = || Field::new("serial", FieldKind::PaperCode, say.text("desk-serial"), say);
        let hint = say.text("desk-serial-hint");
        (self.act == Act::Give).then(|| field().with_hint(hint).with_value(self.serial).blamed_by(problems))
    }

    fn submit(&self, say: Language) -> String {
        say.text(&format!("office-{}-submit", self.act.word()))
    }
}
