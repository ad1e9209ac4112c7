//! Identities, and the names that only one of them may have.

use std::collections::{BTreeMap, BTreeSet};

use portner_domain::Moment;
use serde::{Deserialize, Serialize};

use super::faults::Sequence;
use super::organisation::Ial;
use super::states::State;

/// What an identity logs in with. It has three spellings: one in requests, one in answers, one in searches.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum AuthenticatorKind {
    /// The organisation's own IdP.
    Local,
    /// The MitID of the person.
    PrivateMitid,
}

impl AuthenticatorKind {
    /// As it is asked for.
    pub fn requested(name: &str) -> Option<Self> {
        [(Self::Local, "LocalIdentityProvider"), (Self::PrivateMitid, "PrivateNemIdMitId")]
            .into_iter()
            .find(|(_, known)| known.eq_ignore_ascii_case(name))
            .map(|(kind, _)| kind)
    }

    /// As it is read.
    pub fn told(self) -> &'static str {
        match self {
            Self::Local => "LocalIdentityProvider",
            Self::PrivateMitid => "PrivateMitId",
        }
    }

    /// As a search shows it.
    pub fn summed_up(self) -> &'static str {
        match self {
            Self::Local => "Local",
            Self::PrivateMitid => "PrivateMitID",
        }
    }
}

/// One thing that an identity logs in with.
#[derive(Clone, Debug, Serialize)]
pub struct Authenticator {
    /// Its identifier.
    pub uuid: String,
    /// What it is.
    pub kind: AuthenticatorKind,
    /// Can it be used?
    pub active: bool,
    /// The name that the local IdP says, as it was given.
    pub subject_name_id: Option<String>,
}

/// A role, and where it holds.
#[derive(Clone, Debug, Serialize)]
pub struct Assignment {
    /// The role.
    pub role: String,
    /// Where it holds.
    pub scope: Scope,
    /// Since when.
    pub from: Moment,
}

/// Where a role holds.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Scope {
    /// `Cvr`, `PU` or `SE`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The number.
    pub value: String,
}

/// What it may do without asking.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct Permissions {
    /// Act alone for the organisation.
    pub authorized_to_represent: bool,
    /// Sign.
    pub allow_signing: bool,
    /// Have qualified certificates.
    pub allow_qualified_certificate_issuance: bool,
}

/// Somebody in an organisation.
#[derive(Clone, Debug, Serialize)]
pub struct Identity {
    /// The number that only searches show.
    pub id: i64,
    /// The identifier.
    pub uuid: String,
    /// Where it is in its life.
    pub state: State,
    /// Where it goes when it is let go on.
    pub before_suspension: Option<State>,
    /// What the organisation says of it.
    pub registered_ial: Option<Ial>,
    /// What it shall reach.
    pub target_ial: Option<Ial>,
    /// All names but the last.
    pub given_name: String,
    /// The last name.
    pub surname: String,
    /// Where letters go.
    pub email_address: String,
    /// The number of the person, if known.
    pub cpr_number: Option<String>,
    /// The number of the employee, from NemID's days.
    pub rid: String,
    /// Is it anonymous?
    pub pseudonym: bool,
    /// How its costs are invoiced.
    pub invoice_method: Option<String>,
    /// What it may do.
    pub permissions: Permissions,
    /// What it administers in the portal.
    pub admin_roles: Vec<String>,
    /// What it logs in with.
    pub authenticators: Vec<Authenticator>,
    /// What it is assigned.
    pub roles: Vec<Assignment>,
    /// Until when a change is under way, by the machine's clock.
    #[serde(skip)]
    pub busy_until: Option<Moment>,
}

impl Identity {
    /// Its authenticator of a kind.
    pub fn authenticator(&self, kind: AuthenticatorKind) -> Option<&Authenticator> {
        self.authenticators.iter().find(|it| it.kind == kind)
    }
}

/// The identities of one organisation.
#[derive(Clone, Debug, Default)]
pub struct People {
    by_id: BTreeMap<i64, Identity>,
    by_uuid: BTreeMap<String, i64>,
    subjects: BTreeMap<String, String>,
    rids: BTreeSet<String>,
}

impl People {
    /// Somebody who is there.
    pub fn find(&self, uuid: &str) -> Option<&Identity> {
        let identity = self.by_id.get(self.by_uuid.get(uuid)?)?;
        (identity.state != State::Gone).then_some(identity)
    }

    /// The same, to change.
    pub fn find_mut(&mut self, uuid: &str) -> Option<&mut Identity> {
        let identity = self.by_id.get_mut(self.by_uuid.get(uuid)?)?;
        (identity.state != State::Gone).then_some(identity)
    }

    /// The state of somebody, whether or not they are there.
    pub fn state(&self, uuid: &str) -> Option<State> {
        self.by_id.get(self.by_uuid.get(uuid)?).map(|identity| identity.state)
    }

    /// Everybody who is there, by number.
    pub fn all(&self) -> impl Iterator<Item = &Identity> {
        self.by_id.values().filter(|identity| identity.state != State::Gone)
    }

    /// How many there ever were.
    pub fn ever(&self) -> usize {
        self.by_id.len()
    }

    /// Who is not there any more.
    pub fn gone(&self) -> impl Iterator<Item = &str> {
        self.by_id.values().filter(|it| it.state == State::Gone).map(|it| it.uuid.as_str())
    }

    /// Who has this name at the local IdP, or had it when they were deleted.
    pub fn holder(&self, subject: &str) -> Option<&str> {
        self.subjects.get(&subject.to_lowercase()).map(String::as_str)
    }

    /// Was this employee number ever given?
    pub fn has_rid(&self, rid: &str) -> bool {
        self.rids.contains(rid)
    }

    /// One more, whose names nobody else has: that is asked before.
    pub fn add(&mut self, identity: Identity) {
        for subject in identity.authenticators.iter().filter_map(|it| it.subject_name_id.as_ref()) {
            self.subjects.insert(subject.to_lowercase(), identity.uuid.clone());
        }
        self.rids.insert(identity.rid.clone());
        self.by_uuid.insert(identity.uuid.clone(), identity.id);
        self.by_id.insert(identity.id, identity);
    }

    /// The number of the next identity. Numbers begin where nobody takes them for an index.
    pub fn next_id(&self) -> i64 {
        self.by_id.last_key_value().map_or(10_001, |(id, _)| id.saturating_add(1))
    }

    /// An employee number that nobody had.
    pub fn new_rid(&self, identifiers: &mut Sequence) -> String {
        loop {
            let rid = format!("{}", 10_000_000 + identifiers.below(90_000_000));
            if !self.rids.contains(&rid) {
                return rid;
            }
        }
    }

    /// Give somebody a local authenticator of this name, or theirs this name.
    pub fn name(&mut self, uuid: &str, subject: &str, new: String) {
        let Some(identity) = self.by_id.get_mut(self.by_uuid.get(uuid).unwrap_or(&0)) else { return };
        match identity.authenticators.iter_mut().find(|it| it.kind == AuthenticatorKind::Local) {
            Some(local) => {
                let before = local.subject_name_id.replace(subject.to_owned());
                self.subjects.remove(&before.unwrap_or_default().to_lowercase());
            }
            None => identity.authenticators.push(Authenticator {
                uuid: new,
                kind: AuthenticatorKind::Local,
                active: true,
                subject_name_id: Some(subject.to_owned()),
            }),
        }
        self.subjects.insert(subject.to_lowercase(), uuid.to_owned());
    }

    /// Take an authenticator away. False if there is none.
    pub fn revoke(&mut self, uuid: &str, authenticator: &str) -> bool {
        let Some(identity) = self.by_id.get_mut(self.by_uuid.get(uuid).unwrap_or(&0)) else { return false };
        let Some(place) = identity.authenticators.iter().position(|it| it.uuid == authenticator) else {
            return false;
        };
        if let Some(subject) = identity.authenticators.remove(place).subject_name_id {
            self.subjects.remove(&subject.to_lowercase());
        }
        true
    }

    /// Somebody is not there any more. Their roles and authenticators go; whether the name stays taken is a switch.
    pub fn delete(&mut self, uuid: &str, keep_name: bool) {
        let Some(identity) = self.by_id.get_mut(self.by_uuid.get(uuid).unwrap_or(&0)) else { return };
        identity.state = State::Gone;
        identity.roles.clear();
        for subject in identity.authenticators.drain(..).filter_map(|it| it.subject_name_id) {
            if !keep_name {
                self.subjects.remove(&subject.to_lowercase());
            }
        }
    }
}
