//! What one person alone may not do: it is proposed, and done when another person agrees.

use serde::{Deserialize, Serialize};

use super::{Denied, Mandate, OFFICE_LEVEL, Role};
use crate::unit::Unit;
use crate::{IdentityId, Millis, Moment, PersonId};

/// How long a proposal waits before it is void.
pub const APPROVAL_LIFE: Millis = Millis::hours(7 * 24);

/// Something that needs two.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(tag = "proposal", rename_all = "kebab-case", rename_all_fields = "kebab-case")]
pub enum Proposal {
    /// Somebody is to hold a role.
    GrantRole {
        /// Who.
        identity: IdentityId,
        /// Which.
        role: Role,
        /// Where; everywhere if absent.
        unit: Option<Unit>,
        /// Until when; until it is taken away if absent.
        until: Option<Moment>,
    },
    /// Somebody whom the administration stopped is to go on.
    LiftLock {
        /// Who.
        identity: IdentityId,
    },
    /// What is known of somebody is to be erased.
    Erase {
        /// Who.
        identity: IdentityId,
    },
    /// A feed that was held, because it stops or removes too many, is to go on.
    ReleaseFeed {
        /// Which run.
        run: String,
    },
    /// Metadata of a service provider that lowers security is to be used.
    UseMetadata {
        /// Whose.
        service_provider: crate::ServiceProviderId,
        /// SHA-256 of the metadata that was seen, in hexadecimal: no other bytes are used.
        sha256: String,
    },
    /// A service provider that nobody knew is to get answers.
    AddServiceProvider {
        /// What it is called in the federation.
        entity_id: String,
        /// SHA-256 of what was written of it, in hexadecimal.
        sha256: String,
    },
    /// A service provider is to be told more, or others are to be let in.
    ChangePolicy {
        /// Whose policy.
        service_provider: crate::ServiceProviderId,
        /// SHA-256 of what was written, in hexadecimal.
        sha256: String,
    },
}

impl Proposal {
    /// Who may agree to it. For each but one it is the role that may propose it, in another person.
    pub const fn decided_by(&self) -> Role {
        match self {
            Self::GrantRole { .. } => Role::SecurityAdministrator,
            Self::LiftLock { .. } | Self::Erase { .. } | Self::ReleaseFeed { .. } => Role::UserAdministrator,
            Self::UseMetadata { .. } | Self::AddServiceProvider { .. } | Self::ChangePolicy { .. } => {
                Role::SpAdministrator
            }
        }
    }

    /// Who it is about, if it is about somebody.
    pub const fn about(&self) -> Option<IdentityId> {
        match self {
            Self::GrantRole { identity, .. } | Self::LiftLock { identity } | Self::Erase { identity } => {
                Some(*identity)
            }
            Self::ReleaseFeed { .. }
            | Self::UseMetadata { .. }
            | Self::AddServiceProvider { .. }
            | Self::ChangePolicy { .. } => None,
        }
    }
}

/// A proposal that waits, and the persons it concerns.
#[derive(Clone, Debug)]
pub struct Asked {
    /// What.
    pub proposal: Proposal,
    /// The person who asked, whichever of their identities they used; none if Portner did.
    pub by: Option<PersonId>,
    /// The person it is about.
    pub about: Option<PersonId>,
    /// When.
    pub at: Moment,
}

impl Asked {
    /// Is it void by now?
    pub fn is_void(&self, now: Moment) -> bool {
        now.since(self.at).is_none_or(|age| age > APPROVAL_LIFE)
    }

    /// May they agree to it? Persons are compared and not identities, so that nobody agrees with themselves, by
    /// whichever role or user name (T-DEL-01). Whoever may not agree may still decline if the role is theirs.
    pub fn may_agree(&self, mandate: &Mandate, now: Moment) -> Result<(), Denied> {
        self.may_decline(mandate, now)?;
        let concerned = [self.by, self.about].contains(&Some(mandate.person));
        if concerned { Err(Denied::Oneself) } else { Ok(()) }
    }

    /// May they decline it? Only those who could agree if they were others.
    pub fn may_decline(&self, mandate: &Mandate, now: Moment) -> Result<(), Denied> {
        if mandate.level < Some(OFFICE_LEVEL) {
            return Err(Denied::Level);
        }
        let role = self.proposal.decided_by();
        let holds = mandate.roles(now).any(|grant| grant.role == role && grant.unit.is_none());
        if holds { Ok(()) } else { Err(Denied::NoRole) }
    }
}
