//! What an identity in MitID Erhverv is to be, and what we have said of it so far.

use std::collections::BTreeSet;

use portner_domain::cpr::Cpr;
use portner_domain::{IdentityId, Level, Moment};
use serde::{Deserialize, Serialize};

use super::observed::{Observed, Version};
use super::step::Step;
use crate::wire::{Asked, EmployeeUuid, InvoiceMethodUuid, Quirks, RoleUuid, Scope};

/// Longest NameID that is known to be stored over there.
pub const SUBJECT_NAME_ID_CHARS_MAX: usize = 255;

/// One of our identities, as MitID Erhverv is to have it.
#[derive(Clone, Debug)]
pub struct Desired {
    /// Which of ours.
    pub identity: IdentityId,
    /// Which over there.
    pub bond: Bond,
    /// Where it is to be in its life.
    pub wanted: Wanted,
    /// Who vouches for it, and who logs it in.
    pub model: Model,
    /// Whose it is.
    pub person: Person,
    /// The NameID that we send for it: `domain::identity::Identity::subject_name_id`, of all but [`Model::Light`].
    pub subject_name_id: Option<String>,
    /// What it may.
    pub may: May,
    /// How it is paid for, if not as all others; said once, when it is made.
    pub invoice_method: Option<InvoiceMethodUuid>,
    /// What it is to hold; `None` if rights are kept elsewhere.
    pub rights: Option<BTreeSet<Right>>,
}

/// What ties one of our identities to one over there.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Bond {
    /// Nothing: we never asked for one.
    None,
    /// We asked for one, and nobody heard the answer.
    Unsure {
        /// What we said of it.
        asked: Box<Agreed>,
        /// The last reading before: only a later one shows whether it was made.
        since: Version,
    },
    /// It is this one.
    With {
        /// Which.
        employee: EmployeeUuid,
        /// What we have said of it.
        agreed: Box<Agreed>,
    },
}

impl Bond {
    /// Which it is over there, if that is known.
    pub const fn employee(&self) -> Option<EmployeeUuid> {
        match self {
            Self::None | Self::Unsure { .. } => None,
            Self::With { employee, .. } => Some(*employee),
        }
    }

    /// The last reading before one was asked for, if nobody heard the answer.
    pub const fn unsure_since(&self) -> Option<Version> {
        match self {
            Self::Unsure { since, .. } => Some(*since),
            Self::None | Self::With { .. } => None,
        }
    }

    /// What is written down before [`Step::Create`] is done.
    pub fn about_to_create(desired: &Desired, since: Version, quirks: &Quirks, now: Moment) -> Self {
        let mut asked = Box::<Agreed>::default();
        asked.said(&Step::Create, desired, quirks);
        asked.asked_at = Some(now);
        Self::Unsure { asked, since }
    }

    /// What comes of it when one is found over there, or told by the answer.
    #[must_use]
    pub fn tied(&self, found: &Observed) -> Self {
        let mut agreed = match self {
            Self::None => Box::default(),
            Self::Unsure { asked: agreed, .. } | Self::With { agreed, .. } => agreed.clone(),
        };
        agreed.asked_at = None;
        Self::With { employee: found.employee, agreed }
    }
}

/// Where an identity is to be in its life.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Wanted {
    /// In use.
    Active,
    /// Nobody may log in with it for now.
    Suspended,
    /// For good.
    Gone,
}

/// Who vouches for an identity, and who logs it in. Only the last has been seen at work.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Model {
    /// The person shows their own MitID, and logs in with MitID.
    Light,
    /// The person shows their own MitID once, and logs in here.
    LightWithLocalIdp,
    /// The organisation vouches, and the person logs in here.
    Full {
        /// Up to which level.
        level: Level,
        /// Is the organisation assessed to proof people for qualified certificates, too?
        qualified: bool,
    },
}

impl Model {
    /// Does it log in here?
    pub const fn has_local_idp(self) -> bool {
        !matches!(self, Self::Light)
    }

    /// What the organisation vouches for.
    pub const fn registered_ial(self, quirks: &Quirks) -> Option<Level> {
        match self {
            Self::Light | Self::LightWithLocalIdp => quirks.light_registered_ial,
            Self::Full { level, .. } => Some(level),
        }
    }

    /// Where the identity is to end.
    pub const fn target_ial(self, quirks: &Quirks) -> Level {
        match self {
            Self::Light | Self::LightWithLocalIdp => quirks.light_target_ial,
            Self::Full { level, .. } => level,
        }
    }
}

/// A person, in the words of the CPR register.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Person {
    /// First names.
    pub given_name: String,
    /// Surname.
    pub surname: String,
    /// Work e-mail.
    pub email: Option<String>,
    /// Their number.
    pub cpr: Option<Cpr>,
}

/// What an identity may.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct May {
    /// Sign.
    pub sign: bool,
    /// Be logged in with by its person's own MitID, too. In the light models that is how it is.
    pub use_private_mitid: bool,
    /// Go without a name toward service providers.
    pub be_pseudonymous: bool,
}

/// A role, and where.
#[derive(Clone, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
pub struct Right {
    /// Which role.
    pub role: RoleUuid,
    /// Where.
    pub scope: Scope,
}

impl std::fmt::Display for Right {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "role {} in {}", self.role, self.scope)
    }
}

/// Not the words of a right.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("these are not the words of a right")]
pub struct NoRight;

impl std::str::FromStr for Right {
    type Err = NoRight;

    fn from_str(words: &str) -> Result<Self, NoRight> {
        let (role, scope) =
            words.strip_prefix("role ").and_then(|rest| rest.split_once(" in ")).ok_or(NoRight)?;
        let role = role.parse().map_err(|_| NoRight)?;
        Ok(Self { role, scope: Scope::of_words(scope).ok_or(NoRight)? })
    }
}

/// A person of whom all is known that has to be said.
#[derive(Clone, Debug)]
pub struct Told<'a> {
    /// First names.
    pub given_name: &'a str,
    /// Surname.
    pub surname: &'a str,
    /// Work e-mail.
    pub email: &'a str,
    /// Their number.
    pub cpr: &'a Cpr,
}

/// What is missing.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Lack {
    /// First names.
    GivenName,
    /// Surname.
    Surname,
    /// Work e-mail.
    Email,
    /// CPR number.
    Cpr,
    /// A CPR number that is a person's own: hospitals' replacement numbers are in no register.
    OwnCpr,
    /// The NameID that a Local IdP sends.
    SubjectNameId,
}

/// By what an identity of ours is found over there that is tied to none.
#[derive(Clone, Copy, Debug)]
pub struct Sought<'a> {
    /// The person's number.
    pub cpr: Option<&'a Cpr>,
    /// The NameID, if it has one.
    pub local_name: Option<&'a str>,
    /// Work e-mail; nobody is found by that alone.
    pub email: Option<&'a str>,
}

impl Desired {
    /// By what it is found: by what we asked for, if nobody heard the answer, and by what it is now.
    pub fn sought(&self) -> impl Iterator<Item = Sought<'_>> {
        let asked = match &self.bond {
            Bond::Unsure { asked, .. } => Some(asked.sought()),
            Bond::None | Bond::With { .. } => None,
        };
        asked.into_iter().chain([self.sought_now()])
    }

    pub(super) fn sought_now(&self) -> Sought<'_> {
        let Person { email, cpr, .. } = &self.person;
        Sought { cpr: cpr.as_ref(), local_name: self.local_name(), email: email.as_deref() }
    }

    /// All that has to be said of the person, without outer blanks, which are refused; or what is missing.
    pub fn told(&self) -> Result<Told<'_>, Vec<Lack>> {
        let Person { given_name, surname, email, cpr } = &self.person;
        let (given_name, surname) = (given_name.trim(), surname.trim());
        let email = email.as_deref().unwrap_or_default().trim();
        let is_own = |cpr: &Cpr| cpr.digits().starts_with(['0', '1', '2', '3']);
        let lacks = [
            (given_name.is_empty(), Lack::GivenName),
            (surname.is_empty(), Lack::Surname),
            (email.is_empty(), Lack::Email),
            (cpr.is_none(), Lack::Cpr),
            (cpr.as_ref().is_some_and(|cpr| !is_own(cpr)), Lack::OwnCpr),
            (self.model.has_local_idp() && self.local_name().is_none(), Lack::SubjectNameId),
        ];
        let lacks: Vec<_> = lacks.into_iter().filter_map(|(lacks, what)| lacks.then_some(what)).collect();
        match cpr {
            Some(cpr) if lacks.is_empty() => Ok(Told { given_name, surname, email, cpr }),
            _ => Err(lacks),
        }
    }

    /// The NameID under which it logs in here, if it does.
    pub fn local_name(&self) -> Option<&str> {
        let name = self.subject_name_id.as_deref().filter(|_| self.model.has_local_idp())?;
        let fits = !name.trim().is_empty() && name.chars().count() <= SUBJECT_NAME_ID_CHARS_MAX;
        fits.then_some(name)
    }

    /// May its person use their own MitID?
    pub fn wants_private_mitid(&self, quirks: &Quirks) -> bool {
        match self.model {
            Model::Light | Model::LightWithLocalIdp => {
                quirks.light_authenticators.contains(&Asked::PrivateNemIdMitId)
            }
            Model::Full { .. } => self.may.use_private_mitid,
        }
    }
}

/// What both sides last had in common, or what we last said: whatever differs from it over there was changed over there.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct Agreed {
    /// When it was asked for, as long as nobody heard the answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked_at: Option<Moment>,
    /// In use, or suspended by us.
    pub state: Option<Wanted>,
    /// First names and surname.
    pub name: Option<(String, String)>,
    /// Work e-mail.
    pub email: Option<String>,
    /// The person's number. Never in JSON: rows have it beside, sealed.
    #[serde(skip)]
    pub cpr: Option<Cpr>,
    /// The NameID.
    pub subject_name_id: Option<String>,
    /// What we vouched for, if the profile is from us.
    #[serde(default)]
    pub vouched: Option<Vouched>,
    /// What it may.
    pub may: May,
    /// What it got from us.
    pub rights: BTreeSet<Right>,
}

/// What we vouched for.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Vouched {
    /// Up to which level; nothing, if people show their own MitID.
    pub up_to: Option<Level>,
}

impl Agreed {
    /// A step is done.
    pub fn said(&mut self, step: &Step, desired: &Desired, quirks: &Quirks) {
        match step {
            Step::Suspend => self.state = Some(Wanted::Suspended),
            Step::Reactivate => self.state = Some(Wanted::Active),
            Step::Create => {
                *self = Self { state: Some(Wanted::Active), ..Self::default() };
                self.profile(desired, quirks);
                self.subject_name_id = desired.local_name().map(str::to_owned);
                self.may.be_pseudonymous = desired.may.be_pseudonymous;
                self.may.use_private_mitid = desired.wants_private_mitid(quirks);
            }
            Step::DescribeDraft | Step::ChangeProfile => self.profile(desired, quirks),
            Step::ChangeEmail => self.email.clone_from(&desired.person.email),
            Step::OrderActivation => self.state = Some(Wanted::Active),
            Step::SetLocalName => self.subject_name_id = desired.local_name().map(str::to_owned),
            Step::AllowPrivateMitId => self.may.use_private_mitid = true,
            Step::RevokePrivateMitId { .. } => self.may.use_private_mitid = false,
            Step::AllowSigning { allowed } => self.may.sign = *allowed,
            Step::GiveRight { right } => drop(self.rights.insert(right.clone())),
            Step::TakeRight { right } => drop(self.rights.remove(right)),
            Step::Look | Step::Delete | Step::Forget | Step::Adopt { .. } => {}
        }
    }

    /// Did we vouch for who it is?
    pub(super) fn vouches(&self) -> bool {
        self.vouched.is_some_and(|said| said.up_to.is_some())
    }

    pub(super) fn sought(&self) -> Sought<'_> {
        let (local_name, email) = (self.subject_name_id.as_deref(), self.email.as_deref());
        Sought { cpr: self.cpr.as_ref(), local_name, email }
    }

    fn profile(&mut self, desired: &Desired, quirks: &Quirks) {
        let Person { given_name, surname, email, cpr } = &desired.person;
        self.name = Some((given_name.trim().to_owned(), surname.trim().to_owned()));
        self.email.clone_from(email);
        self.cpr.clone_from(cpr);
        self.vouched = Some(Vouched { up_to: desired.model.registered_ial(quirks) });
    }

    /// Both sides have been looked at: what they have in common is agreed upon.
    pub fn met(&mut self, desired: &Desired, found: &Observed, quirks: &Quirks) {
        // That it is suspended says nothing of who did it: only who did may lift that (NSIS 3.2.3).
        if desired.wanted == Wanted::Active && found.state.is_alive() {
            self.state = Some(Wanted::Active);
        }
        let name = (desired.person.given_name.trim(), desired.person.surname.trim());
        if found.name() == Some(name) {
            self.name = Some((name.0.to_owned(), name.1.to_owned()));
        }
        if same_text(desired.person.email.as_deref(), found.email.as_deref()) {
            self.email.clone_from(&desired.person.email);
        }
        if found.cpr.is_some() && found.cpr == desired.person.cpr {
            self.cpr.clone_from(&found.cpr);
        }
        if let Some(held) = &found.authenticators {
            if same_text(desired.local_name(), held.local.as_deref()) {
                self.subject_name_id.clone_from(&desired.subject_name_id);
            }
            let wants = desired.wants_private_mitid(quirks);
            if wants == held.private_mitid.is_some() {
                self.may.use_private_mitid = wants;
            }
        }
        if found.may_sign == Some(desired.may.sign) {
            self.may.sign = desired.may.sign;
        }
        if found.is_pseudonymous == Some(desired.may.be_pseudonymous) {
            self.may.be_pseudonymous = desired.may.be_pseudonymous;
        }
        if let (Some(wanted), Some(held)) = (&desired.rights, &found.rights) {
            self.rights.retain(|right| wanted.contains(right) || held.contains(right));
            self.rights.extend(wanted.intersection(held).cloned());
        }
    }
}

/// Are both there, and the same but for case and outer blanks?
pub(super) fn same_text(one: Option<&str>, other: Option<&str>) -> bool {
    one.zip(other).is_some_and(|(one, other)| one.trim().to_lowercase() == other.trim().to_lowercase())
}
