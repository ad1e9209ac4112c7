//! Who may administer what: roles, what each may do, on whom, and what nobody may hold together.
//!
//! There is no role that may do everything. Whoever acts needs a session at Substantial, never acts on themselves,
//! and on nobody who administers something themselves unless the administration of users is theirs.

mod approval;

pub use approval::{APPROVAL_LIFE, Asked, Proposal};

use serde::{Deserialize, Serialize};

use crate::assurance::{Notified, assess};
use crate::authenticator::Proof;
use crate::identity::Standing;
use crate::session::Limits;
use crate::unit::Unit;
use crate::{IdentityId, Level, Millis, Moment, PersonId};

/// The level that a session needs before anything is administered with it (NSIS 4.1.5, 3.1.2).
pub const OFFICE_LEVEL: Level = Level::Substantial;
/// How long ago whatever carries that level may have been proved.
pub const OFFICE_FRESH_MAX: Millis = Millis::minutes(60);

/// What a session is worth to whoever administers: the lower of how well the person is known and how well they were
/// recognised lately. What the organisation is notified for is no part of it: that is about what is said to others.
pub fn office_level(standing: &Standing, proofs: &[Proof], limits: &Limits, now: Moment) -> Option<Level> {
    let limits = limits.tightened(Some(OFFICE_FRESH_MAX), Some(OFFICE_FRESH_MAX));
    let session = assess(standing, proofs, Notified::default(), &limits, now);
    session.ial.min(session.aal)
}

/// A role that somebody holds besides being an employee.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Helps people who can't log in.
    Support,
    /// Proofs people's identity.
    Registrar,
    /// Decides who is in the directory, and who may have a level.
    UserAdministrator,
    /// Decides who belongs to which group and may do what at service providers.
    RightsAdministrator,
    /// Runs the service providers and the feeds of the directory.
    SpAdministrator,
    /// Grants roles, approves what needs two, writes terms; the first administrator of an installation holds it.
    SecurityAdministrator,
    /// Keeps the signing keys.
    KeyCustodian,
    /// Reads everything and changes nothing.
    Auditor,
}

impl Role {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Support,
        Self::Registrar,
        Self::UserAdministrator,
        Self::RightsAdministrator,
        Self::SpAdministrator,
        Self::SecurityAdministrator,
        Self::KeyCustodian,
        Self::Auditor,
    ];

    /// The word for it in rows and commands.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Support => "support",
            Self::Registrar => "registrar",
            Self::UserAdministrator => "user-administrator",
            Self::RightsAdministrator => "rights-administrator",
            Self::SpAdministrator => "sp-administrator",
            Self::SecurityAdministrator => "security-administrator",
            Self::KeyCustodian => "key-custodian",
            Self::Auditor => "auditor",
        }
    }

    /// May it be held for a part of the organisation only?
    pub const fn has_units(self) -> bool {
        matches!(self, Self::Support | Self::Registrar | Self::UserAdministrator | Self::RightsAdministrator)
    }

    /// What nobody may hold together: whoever grants holds nothing else, whoever audits neither, and whoever proofs
    /// does not hand out what is logged in with, nor register whom to proof.
    pub const fn conflicts_with(self, other: Self) -> bool {
        use Role::{
            Auditor, KeyCustodian, Registrar, SecurityAdministrator, SpAdministrator, Support,
            UserAdministrator,
        };
        match (self, other) {
            (Auditor, Auditor) | (SecurityAdministrator, SecurityAdministrator) => false,
            (Auditor | SecurityAdministrator, _) | (_, Auditor | SecurityAdministrator) => true,
            (Registrar, Support | UserAdministrator | SpAdministrator)
            | (Support | UserAdministrator | SpAdministrator, Registrar)
            | (KeyCustodian, SpAdministrator)
            | (SpAdministrator, KeyCustodian) => true,
            _ => false,
        }
    }

    /// May it do that?
    pub const fn may(self, action: Action) -> bool {
        use Action as Do;
        match action {
            Do::FindPeople | Do::SeePerson => {
                matches!(
                    self,
                    Self::Support
                        | Self::Registrar
                        | Self::UserAdministrator
                        | Self::RightsAdministrator
                        | Self::Auditor
                )
            }
            Do::LookUpCpr => matches!(self, Self::Support | Self::Registrar | Self::UserAdministrator),
            Do::Help => matches!(self, Self::Support | Self::UserAdministrator),
            Do::Block | Do::LiftSupportLock => matches!(self, Self::Support | Self::UserAdministrator),
            Do::Administer | Do::SeeFeeds => matches!(self, Self::UserAdministrator),
            Do::Proof => matches!(self, Self::Registrar),
            Do::ChangeRights => matches!(self, Self::RightsAdministrator),
            Do::SeeServiceProviders => {
                matches!(self, Self::SpAdministrator | Self::SecurityAdministrator | Self::Auditor)
            }
            Do::ChangeServiceProviders => matches!(self, Self::SpAdministrator),
            Do::ChangeClients => matches!(self, Self::SecurityAdministrator),
            Do::SeeRoles => matches!(self, Self::SecurityAdministrator | Self::Auditor),
            Do::ProposeRoles | Do::ChangeTerms | Do::ChangeNetworks => {
                matches!(self, Self::SecurityAdministrator)
            }
            Do::SeeKeys => matches!(self, Self::KeyCustodian | Self::SecurityAdministrator | Self::Auditor),
            Do::SeeProposals => matches!(
                self,
                Self::UserAdministrator | Self::SpAdministrator | Self::SecurityAdministrator | Self::Auditor
            ),
            Do::SeeHealth => !matches!(self, Self::Support | Self::Registrar),
            Do::ReadLog => matches!(self, Self::Auditor),
        }
    }
}

impl std::str::FromStr for Role {
    type Err = UnknownRole;

    fn from_str(word: &str) -> Result<Self, UnknownRole> {
        Self::ALL.into_iter().find(|role| role.word() == word).ok_or(UnknownRole)
    }
}

/// Not a role.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error(
    "roles are support, registrar, user-administrator, rights-administrator, sp-administrator, security-administrator, key-custodian, auditor"
)]
pub struct UnknownRole;

/// What an officer may want to do.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// Look for somebody by name or user name, and list people.
    FindPeople,
    /// Look for somebody by CPR number, with a reason.
    LookUpCpr,
    /// Read what is on record about somebody, and why a login failed.
    SeePerson,
    /// Help somebody who can't log in: a new password, a code, a lost device, a registered device.
    Help,
    /// Stop somebody, and end their sessions.
    Block,
    /// Let somebody go on whom the support desk stopped.
    LiftSupportLock,
    /// Register, change, permit, stop, end and erase.
    Administer,
    /// Proof somebody's identity.
    Proof,
    /// Change groups and rights.
    ChangeRights,
    /// Read about service providers.
    SeeServiceProviders,
    /// Change them.
    ChangeServiceProviders,
    /// Let in the programs that feed the directory.
    ChangeClients,
    /// Read about feeds and their runs, start them, and propose to let one that is held go on.
    SeeFeeds,
    /// Read who holds which role.
    SeeRoles,
    /// Propose that somebody holds a role, and take one away.
    ProposeRoles,
    /// Write terms and texts.
    ChangeTerms,
    /// Say which networks are known.
    ChangeNetworks,
    /// Read about signing keys.
    SeeKeys,
    /// Read what waits for a second person. Who may decide depends on what it is.
    SeeProposals,
    /// Read how the installation is.
    SeeHealth,
    /// Read and export the log of everybody.
    ReadLog,
}

impl Action {
    /// All of them.
    pub const ALL: [Self; 21] = [
        Self::FindPeople,
        Self::LookUpCpr,
        Self::SeePerson,
        Self::Help,
        Self::Block,
        Self::LiftSupportLock,
        Self::Administer,
        Self::Proof,
        Self::ChangeRights,
        Self::SeeServiceProviders,
        Self::ChangeServiceProviders,
        Self::ChangeClients,
        Self::SeeFeeds,
        Self::SeeRoles,
        Self::ProposeRoles,
        Self::ChangeTerms,
        Self::ChangeNetworks,
        Self::SeeKeys,
        Self::SeeProposals,
        Self::SeeHealth,
        Self::ReadLog,
    ];

    /// Does it change something for the person it is done to?
    const fn touches(self) -> bool {
        matches!(
            self,
            Self::Help
                | Self::Block
                | Self::LiftSupportLock
                | Self::Administer
                | Self::Proof
                | Self::ChangeRights
                | Self::ProposeRoles
        )
    }
}

/// A role held: where, and until when.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Grant {
    /// Which.
    pub role: Role,
    /// In which part of the organisation; everywhere if absent.
    pub unit: Option<Unit>,
    /// Until when; until it is taken away if absent.
    pub until: Option<Moment>,
}

/// An officer in a session: what they hold, and how well they were recognised.
#[derive(Clone, Debug)]
pub struct Mandate {
    /// Who.
    pub identity: IdentityId,
    /// Whose identity that is: two identities of one person are one person.
    pub person: PersonId,
    /// What they hold now.
    pub grants: Vec<Grant>,
    /// The level of their session, before what the organisation is notified for: the lower of how well they are known
    /// and how well they were recognised.
    pub level: Option<Level>,
}

/// Whom something is to be done to.
#[derive(Clone, Debug)]
pub struct Target {
    /// Which identity.
    pub identity: IdentityId,
    /// Whose.
    pub person: PersonId,
    /// Where they work.
    pub unit: Option<Unit>,
    /// Do they administer anything themselves?
    pub is_officer: bool,
}

/// Why an officer may not.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Denied {
    /// None of their roles may do that.
    #[error("none of your roles may do that")]
    NoRole,
    /// They may, elsewhere in the organisation.
    #[error("that person does not work in the part of the organisation that you administer")]
    OutsideUnit,
    /// It is themselves.
    #[error("nobody does that to themselves; ask a colleague")]
    Oneself,
    /// It is somebody who administers something.
    #[error("that person administers Portner; a user administrator has to do it")]
    Officer,
    /// They were not recognised well enough.
    #[error("this needs a login at level Substantial")]
    Level,
}

impl Mandate {
    /// The roles that hold at `now`.
    pub fn roles(&self, now: Moment) -> impl Iterator<Item = &Grant> {
        self.grants.iter().filter(move |grant| grant.until.is_none_or(|until| now < until))
    }

    /// May they do this at all, to somebody or to something that is nobody's?
    pub fn may(&self, action: Action, now: Moment) -> Result<(), Denied> {
        if self.level < Some(OFFICE_LEVEL) {
            return Err(Denied::Level);
        }
        if self.roles(now).any(|grant| grant.role.may(action)) { Ok(()) } else { Err(Denied::NoRole) }
    }

    /// May they do this whomever it is about: in the whole organisation?
    pub fn may_everywhere(&self, action: Action, now: Moment) -> Result<(), Denied> {
        self.may(action, now)?;
        let mut grants = self.roles(now).filter(|grant| grant.role.may(action));
        if grants.any(|grant| grant.unit.is_none()) { Ok(()) } else { Err(Denied::OutsideUnit) }
    }

    /// May they do this to that person?
    pub fn may_to(&self, action: Action, target: &Target, now: Moment) -> Result<(), Denied> {
        self.may(action, now)?;
        let here = |grant: &&Grant| match (&grant.unit, &target.unit) {
            (None, _) => true,
            (Some(mine), Some(theirs)) => mine.contains(theirs),
            (Some(_), None) => false,
        };
        let mut grants = self.roles(now).filter(|grant| grant.role.may(action)).filter(here).peekable();
        if grants.peek().is_none() {
            return Err(Denied::OutsideUnit);
        }
        if !action.touches() {
            return Ok(());
        }
        if target.person == self.person {
            return Err(Denied::Oneself);
        }
        let over_officers = |grant: &Grant| {
            grant.unit.is_none()
                && matches!(
                    grant.role,
                    Role::UserAdministrator | Role::SecurityAdministrator | Role::Registrar
                )
        };
        if target.is_officer && !grants.any(over_officers) { Err(Denied::Officer) } else { Ok(()) }
    }

    /// The parts of the organisation in which they may do this; `None` among them means all of it. For lists.
    pub fn units_for(&self, action: Action, now: Moment) -> Vec<Option<Unit>> {
        self.roles(now).filter(|grant| grant.role.may(action)).map(|grant| grant.unit.clone()).collect()
    }
}

/// Would somebody who holds these be given one that does not go with them?
pub fn conflict(held: &[Role], new: Role) -> Option<Role> {
    held.iter().copied().find(|role| role.conflicts_with(new))
}

#[cfg(test)]
mod tests;
