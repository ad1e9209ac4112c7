//! What MitID Erhverv is known to have: one row of the mirror that is made by reading it.

use std::collections::BTreeSet;

use portner_domain::cpr::Cpr;
use serde::{Deserialize, Serialize};

use super::desired::{Desired, Right};
use super::step::Step;
use crate::wire::{
    AuthenticatorKind, AuthenticatorUuid, Authenticators, Employee, EmployeeUuid, HeldRole, Items, Listed,
    Quirks, Status,
};

/// Which reading of the other side something was seen in. Whoever acts upon a plan asks whether it is still the last.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(transparent)]
pub struct Version(pub u64);

/// An identity over there. What is `None` has not been read, or was not told.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Observed {
    /// Which.
    pub employee: EmployeeUuid,
    /// When it was seen.
    #[serde(skip)]
    pub version: Version,
    /// Where it is in its life.
    pub state: State,
    /// First names.
    pub given_name: Option<String>,
    /// Surname.
    pub surname: Option<String>,
    /// Work e-mail.
    pub email: Option<String>,
    /// Its number from before MitID, by which the portal knows it, too.
    #[serde(default)]
    pub rid: Option<String>,
    /// The person's number. Never in JSON: rows have it beside, sealed.
    #[serde(skip)]
    pub cpr: Option<Cpr>,
    /// What it logs in with.
    pub authenticators: Option<Authenticates>,
    /// May it sign?
    pub may_sign: Option<bool>,
    /// Has it no name toward service providers?
    pub is_pseudonymous: Option<bool>,
    /// What it holds.
    pub rights: Option<BTreeSet<Right>>,
}

/// Where an identity is in its life.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// Imported, and not taken into use: from a list of its own.
    Draft,
    /// Made, and not yet used.
    Pending,
    /// In use.
    Active,
    /// Nobody can log in with it.
    Suspended,
    /// Asked for by its UUID, and not there. To be missing from a list is not enough: see `Finding::NotListed`.
    Gone,
    /// In a state of which we know nothing but the word.
    Unknown(String),
}

impl State {
    /// Could somebody log in with it, now or after its first login?
    pub const fn is_alive(&self) -> bool {
        matches!(self, Self::Pending | Self::Active)
    }
}

impl From<Option<&Status>> for State {
    fn from(status: Option<&Status>) -> Self {
        match status {
            Some(Status::Pending) => Self::Pending,
            Some(Status::Active) => Self::Active,
            Some(Status::Suspended) => Self::Suspended,
            Some(Status::Other(word)) => Self::Unknown(word.clone()),
            None => Self::Unknown(String::new()),
        }
    }
}

impl std::fmt::Display for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Draft => "imported",
            Self::Pending => "pending",
            Self::Active => "active",
            Self::Suspended => "suspended",
            Self::Gone => "gone",
            Self::Unknown(word) => word,
        })
    }
}

/// What an identity logs in with, as far as we care.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct Authenticates {
    /// The NameID of the Local IdP.
    pub local: Option<String>,
    /// The person's own MitID.
    pub private_mitid: Option<PrivateMitId>,
}

/// That a person may use their own MitID.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct PrivateMitId {
    /// By what it can be taken away.
    pub authenticator: Option<AuthenticatorUuid>,
}

impl Observed {
    /// From a list; nothing is known of its authenticators, permissions and rights.
    pub fn listed(it: &Listed, version: Version) -> Self {
        let profile = it.profile.as_ref();
        Self {
            employee: it.uuid,
            version,
            state: State::from(it.status.as_ref()),
            given_name: profile.and_then(|it| it.given_name.clone()),
            surname: profile.and_then(|it| it.surname.clone()),
            email: it.email_address.clone(),
            rid: it.rid.clone(),
            cpr: profile.and_then(|it| it.cpr_number.clone()),
            authenticators: None,
            may_sign: None,
            is_pseudonymous: None,
            rights: None,
        }
    }

    /// From the list of imported ones, whatever it calls their state.
    pub fn imported(it: &Listed, version: Version) -> Self {
        Self { state: State::Draft, ..Self::listed(it, version) }
    }

    /// Of which nothing is known but that it is there, or was.
    pub const fn unread(employee: EmployeeUuid) -> Self {
        Self {
            employee,
            version: Version(0),
            state: State::Unknown(String::new()),
            given_name: None,
            surname: None,
            email: None,
            rid: None,
            cpr: None,
            authenticators: None,
            may_sign: None,
            is_pseudonymous: None,
            rights: None,
        }
    }

    /// One that was made as we asked for it.
    pub fn made(employee: EmployeeUuid, desired: &Desired, quirks: &Quirks) -> Self {
        let private_mitid = desired.wants_private_mitid(quirks);
        let mut made = Self {
            state: State::Pending,
            cpr: desired.person.cpr.clone(),
            authenticators: Some(Authenticates {
                local: desired.local_name().map(str::to_owned),
                private_mitid: private_mitid.then_some(PrivateMitId { authenticator: None }),
            }),
            may_sign: Some(false),
            is_pseudonymous: Some(desired.may.be_pseudonymous),
            rights: Some(BTreeSet::new()),
            ..Self::unread(employee)
        };
        made.described(desired);
        made
    }

    /// A step was done: what it is like now.
    pub fn done(&mut self, step: &Step, desired: &Desired) {
        match step {
            Step::Suspend => self.state = State::Suspended,
            // What was never used may be as it was before: the next reading tells.
            Step::Reactivate => self.state = State::Active,
            Step::Delete => self.state = State::Gone,
            Step::OrderActivation => self.state = State::Pending,
            Step::DescribeDraft => {
                self.described(desired);
                self.cpr.clone_from(&desired.person.cpr);
            }
            Step::ChangeProfile => self.described(desired),
            Step::ChangeEmail => self.email = desired.person.email.as_deref().map(|it| it.trim().to_owned()),
            Step::SetLocalName => {
                let held = self.authenticators.get_or_insert_default();
                held.local = desired.local_name().map(str::to_owned);
            }
            Step::AllowPrivateMitId => {
                let held = self.authenticators.get_or_insert_default();
                held.private_mitid = Some(PrivateMitId { authenticator: None });
            }
            Step::RevokePrivateMitId { .. } => {
                self.authenticators.get_or_insert_default().private_mitid = None;
            }
            Step::AllowSigning { allowed } => self.may_sign = Some(*allowed),
            Step::GiveRight { right } => drop(self.rights.get_or_insert_default().insert(right.clone())),
            Step::TakeRight { right } => drop(self.rights.get_or_insert_default().remove(right)),
            Step::Look | Step::Create | Step::Forget | Step::Adopt { .. } => {}
        }
    }

    fn described(&mut self, desired: &Desired) {
        let trimmed = |text: &str| Some(text.trim().to_owned());
        self.given_name = trimmed(&desired.person.given_name);
        self.surname = trimmed(&desired.person.surname);
        self.email = desired.person.email.as_deref().and_then(trimmed);
    }

    /// … and what a later list says of it; what no list tells stays.
    #[must_use]
    pub fn listed_again(self, it: Self) -> Self {
        Self {
            version: it.version,
            state: it.state,
            given_name: it.given_name.or(self.given_name),
            surname: it.surname.or(self.surname),
            email: it.email.or(self.email),
            rid: it.rid.or(self.rid),
            cpr: it.cpr.or(self.cpr),
            ..self
        }
    }

    /// … and what was read of it alone, which is newer.
    #[must_use]
    pub fn with_employee(mut self, it: &Employee) -> Self {
        if let Some(profile) = &it.identity_profile {
            if profile.status.is_some() {
                self.state = State::from(profile.status.as_ref());
            }
            let newer = |new: &Option<String>, old| new.clone().or(old);
            self.given_name = newer(&profile.given_name, self.given_name);
            self.surname = newer(&profile.surname, self.surname);
            self.email = newer(&profile.email_address, self.email);
            self.rid = newer(&profile.rid, self.rid);
            self.cpr = profile.cpr_number.clone().or(self.cpr);
            self.is_pseudonymous = profile.pseudonym;
        }
        self.may_sign = it.identity_permissions.as_ref().and_then(|it| it.allow_signing);
        self
    }

    /// … and what it logs in with; nothing is known if one of them can't be read.
    #[must_use]
    pub fn with_authenticators(mut self, them: &Authenticators) -> Self {
        let them = &them.authenticators;
        let of = |kind: AuthenticatorKind| them.read.iter().find(move |it| it.kind == kind);
        let held = Authenticates {
            local: of(AuthenticatorKind::Local).map(|it| it.id.clone().unwrap_or_default()),
            private_mitid: of(AuthenticatorKind::PrivateMitId)
                .map(|it| PrivateMitId { authenticator: it.uuid }),
        };
        self.authenticators = (them.unreadable == 0).then_some(held);
        self
    }

    /// … and what it holds; nothing is known if one of them can't be read.
    #[must_use]
    pub fn with_rights(mut self, them: &Items<HeldRole>) -> Self {
        let held = them.read.iter().map(|it| Right { role: it.uuid, scope: it.scope.clone() }).collect();
        self.rights = (them.unreadable == 0).then_some(held);
        self
    }

    /// First names and surname, if both are known.
    pub fn name(&self) -> Option<(&str, &str)> {
        Some((self.given_name.as_deref()?.trim(), self.surname.as_deref()?.trim()))
    }
}

/// An identity over there that may be the one we want: it has the person's number, or the NameID.
#[derive(Clone, Debug)]
pub struct Other {
    /// Which.
    pub found: Observed,
    /// Is it tied to another identity of ours?
    pub is_claimed: bool,
}

#[cfg(test)]
mod tests {
    use serde::de::DeserializeOwned;
    use serde_json::{Value, json};

    use super::{Authenticates, Observed, State, Version};
    use crate::wire::Listed;

    fn read<T: DeserializeOwned>(answer: Value) -> T {
        serde_json::from_value(answer).unwrap()
    }

    fn listed(status: &Value) -> Listed {
        read(json!({
            "uuid": "8f1f4a0e-6d3a-4a9e-8d47-2a3b7a1d9c55", "status": status, "emailAddress": "abj@example.dk", "rid": "38129944",
            "profile": { "givenName": "Anders Bo ", "surname": "Jensen", "cprNumber": "0101701234" },
            "employeeCredentials": [{ "id": "Local" }]
        }))
    }

    #[test]
    fn a_state_is_what_the_list_says_or_not_known() {
        let state = |status: Value| Observed::listed(&listed(&status), Version(1)).state;
        assert_eq!(state(json!("Pending")), State::Pending);
        assert_eq!(state(json!("active")), State::Active);
        assert_eq!(state(json!("Suspended")), State::Suspended);
        assert_eq!(state(json!("Archived")), State::Unknown("Archived".to_owned()));
        assert_eq!(state(json!(null)), State::Unknown(String::new()));
        assert_eq!(Observed::imported(&listed(&json!("Pending")), Version(1)).state, State::Draft);
    }

    #[test]
    fn what_is_read_alone_is_newer_than_the_list_and_says_no_less() {
        let it = Observed::listed(&listed(&json!("Active")), Version(7));
        assert!(it.authenticators.is_none() && it.rights.is_none() && it.may_sign.is_none());
        assert_eq!((it.version, it.name()), (Version(7), Some(("Anders Bo", "Jensen"))));
        let employee = read(json!({
            "identityProfile": { "status": "Suspended", "surname": "Hansen" },
            "identityPermissions": { "allowSigning": true }
        }));
        let newer = it.clone().with_employee(&employee);
        assert_eq!((newer.state.clone(), newer.may_sign), (State::Suspended, Some(true)));
        assert_eq!(newer.name(), Some(("Anders Bo", "Hansen")));
        assert_eq!((newer.email, newer.cpr), (it.email.clone(), it.cpr.clone()));
        assert_eq!((newer.rid.as_deref(), &newer.rid), (Some("38129944"), &it.rid));
        let without = Observed { rid: None, ..it.clone() };
        assert_eq!(it.clone().listed_again(without).rid, it.rid, "a list that says nothing takes nothing");
        assert_eq!(it.clone().with_employee(&read(json!({}))), it, "an answer that says nothing");
    }

    #[test]
    fn half_of_what_it_logs_in_with_or_holds_is_nothing_to_go_by() {
        let it = Observed::listed(&listed(&json!("Active")), Version(1));
        let local = json!({ "type": "LocalIdentityProvider", "id": "abj@12345678" });
        let private = json!({ "type": "PrivateMitId" });
        let whole = read(json!({ "authenticators": [private, local, { "type": "Shared" }] }));
        let held = it.clone().with_authenticators(&whole).authenticators.unwrap();
        assert!(held.local.as_deref() == Some("abj@12345678") && held.private_mitid.is_some());
        let none = it.clone().with_authenticators(&read(json!({}))).authenticators;
        assert_eq!(none, Some(Authenticates::default()));
        assert!(
            it.clone()
                .with_authenticators(&read(json!({ "authenticators": [local, 7] })))
                .authenticators
                .is_none()
        );
        let right = json!({ "uuid": "8f1f4a0e-6d3a-4a9e-8d47-2a3b7a1d9c55", "scope": { "type": "PU", "value": "1" } });
        assert_eq!(it.clone().with_rights(&read(json!([right]))).rights.map(|them| them.len()), Some(1));
        assert!(it.with_rights(&read(json!([right, {}]))).rights.is_none());
    }
}
