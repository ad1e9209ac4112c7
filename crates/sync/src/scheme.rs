//! What an organisation wants of MitID Erhverv, and what that makes of one identity of ours.

use std::collections::BTreeSet;

use portner_directory::Registered;
use portner_directory::feed::Brake;
use portner_domain::assurance::identity_level;
use portner_domain::identity::Cvr;
use portner_domain::life::{Admission, State};
use portner_domain::right::{self, Group, Holdings, Uri};
use portner_domain::{Level, Millis, Moment};

use crate::plan::{Bond, Desired, May, Model, Person, Right, Wanted};
use crate::wire::{InvoiceMethodUuid, Quirks, RoleUuid};

/// How long after its employment an identity is deleted there, if nothing else is said: until then it is suspended, so
/// that whoever comes back finds what they had.
pub const DELETED_AFTER: Millis = Millis::hours(90 * 24);

/// … and how often it is read at most because something is not clear, if nothing else is said.
pub const BETWEEN_READINGS: Millis = Millis::minutes(5);

/// What holds for all of an organisation's identities.
#[derive(Clone, Debug)]
pub struct Scheme {
    /// The organisation.
    pub cvr: Cvr,
    /// Who vouches for identities, and who logs them in.
    pub form: Form,
    /// What the organisation is notified for as an identification scheme.
    pub notified: Option<Level>,
    /// How long after the end of an employment its identity is deleted there.
    pub deleted_after: Millis,
    /// Who may sign.
    pub signing: Whose,
    /// Who may use their own MitID, too.
    pub private_mitid: Whose,
    /// Are people with a protected name pseudonymous there? The organisation has to have ordered that.
    pub hides_protected: bool,
    /// How identities are paid for, if there are several ways.
    pub invoice_method: Option<InvoiceMethodUuid>,
    /// Which roles there follow from what is held here. None: roles are kept elsewhere.
    pub roles: Vec<Rule>,
    /// At least so long between two readings because something is not clear, and between asking for somebody and taking a
    /// list without them for an answer.
    pub between_readings: Millis,
    /// How many may lose their login in a day before somebody has to look.
    pub brake: Brake,
    /// What is believed of the other side.
    pub quirks: Quirks,
}

/// Who vouches for identities, and who logs them in.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Form {
    /// People show their own MitID, and log in with MitID: "Local IdM light".
    Light,
    /// People show their own MitID once, and log in here.
    LightWithLocalIdp,
    /// The organisation vouches, and people log in here: "Local IdM + Local IdP".
    Full {
        /// Is the organisation assessed to proof people for qualified certificates, too?
        qualified: bool,
    },
}

impl Form {
    /// The word for it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Light => "light",
            Self::LightWithLocalIdp => "light-with-local-idp",
            Self::Full { .. } => "full",
        }
    }
}

/// Who of all.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Whose {
    /// None of them.
    Nobodys,
    /// All of them.
    Everybodys,
    /// Those of a group.
    Members(Group),
}

/// A role there, and whom it is given to.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Rule {
    /// Which role.
    pub role: RoleUuid,
    /// To whom.
    pub given: Given,
}

/// What a role there follows from here.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Given {
    /// Whoever belongs to this group has it, for the whole organisation.
    With(Group),
    /// Whoever has this right has it, where they have that.
    For(Uri),
}

impl Scheme {
    /// Does it concern identities of this organisation?
    pub fn concerns(&self, it: &Registered) -> bool {
        it.standing.identity.cvr == self.cvr
    }

    /// What an identity of ours is to be over there at `now`.
    pub fn desired(&self, it: &Registered, bond: Bond, now: Moment) -> Desired {
        let identity = &it.standing.identity;
        let level = self.vouched_for(it, now);
        let nobody = Holdings::default();
        let holdings = it.standing.holdings.as_ref().unwrap_or(&nobody);
        let model = match self.form {
            Form::Light => Model::Light,
            Form::LightWithLocalIdp => Model::LightWithLocalIdp,
            // Without a level it is not wanted, and no level is said of it.
            Form::Full { qualified } => Model::Full { level: level.unwrap_or(Level::Low), qualified },
        };
        Desired {
            identity: identity.id,
            bond,
            wanted: self.wanted(it, level, now),
            model,
            person: Person {
                given_name: identity.first_name.clone(),
                surname: identity.last_name.clone(),
                email: identity.email.clone(),
                cpr: it.cpr.clone(),
            },
            subject_name_id: model.has_local_idp().then(|| identity.subject_name_id()),
            may: May {
                sign: self.signing.holds(holdings),
                use_private_mitid: self.private_mitid.holds(holdings),
                be_pseudonymous: self.hides_protected && it.is_protected,
            },
            invoice_method: self.invoice_method,
            rights: (!self.roles.is_empty()).then(|| self.rights(holdings)),
        }
    }

    fn wanted(&self, it: &Registered, level: Option<Level>, now: Moment) -> Wanted {
        let identity = &it.standing.identity;
        let is_vouched_for = match self.form {
            Form::Light | Form::LightWithLocalIdp => identity.life.admission == Admission::Permitted,
            Form::Full { .. } => level >= Some(Level::Substantial),
        };
        match identity.state {
            State::Erased => Wanted::Gone,
            State::Ended => {
                let is_over = it.ended.is_none_or(|at| at.plus(self.deleted_after) <= now);
                if is_over { Wanted::Gone } else { Wanted::Suspended }
            }
            _ if is_vouched_for && identity.is_usable(now) => Wanted::Active,
            _ => Wanted::Suspended,
        }
    }

    /// The lower of what is known of the identity and what the organisation is notified for.
    fn vouched_for(&self, it: &Registered, now: Moment) -> Option<Level> {
        identity_level(&it.standing, now).min(self.notified)
    }

    fn rights(&self, holdings: &Holdings) -> BTreeSet<Right> {
        let everywhere = right::Scope::Cvr(self.cvr.clone());
        let of = |rule: &Rule| -> Vec<Right> {
            let scoped = |scope: &right::Scope| Right { role: rule.role, scope: scope.into() };
            match &rule.given {
                Given::With(group) if holdings.groups.iter().any(|it| it.is(group)) => {
                    vec![scoped(&everywhere)]
                }
                Given::With(_) => Vec::new(),
                Given::For(privilege) => {
                    let held = holdings.rights.iter().filter(|it| it.privilege == *privilege);
                    held.map(|it| scoped(&it.scope)).collect()
                }
            }
        };
        self.roles.iter().flat_map(of).collect()
    }
}

impl Whose {
    fn holds(&self, holdings: &Holdings) -> bool {
        match self {
            Self::Nobodys => false,
            Self::Everybodys => true,
            Self::Members(group) => holdings.groups.iter().any(|it| it.is(group)),
        }
    }
}
