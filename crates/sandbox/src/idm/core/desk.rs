//! Where a call of one organisation is worked on: everything that the work may look at or change.

use std::collections::BTreeMap;

use portner_domain::Moment;
use serde::Serialize;
use serde_json::Value;

use super::faults::Sequence;
use super::fields::Fields;
use super::organisation::Organisation;
use super::people::Identity;
use super::refusal::Refusal;
use super::route::Operation;
use super::switches::Switches;

/// The most letters that are kept.
const LETTERS_MAX: usize = 100_000;

/// A letter that MitID Erhverv would have sent. Nothing is sent.
#[derive(Clone, Debug, Serialize)]
pub struct Letter {
    /// Whom it is about.
    pub identity: String,
    /// Where it would go.
    pub to: String,
    /// What it asks for.
    pub about: About,
}

/// What a letter asks for.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum About {
    /// To activate an identity.
    Activation,
    /// To validate with a private MitID, so as to sign.
    ValidationForSigning,
}

/// An answer that is a success.
#[derive(Clone, Debug, PartialEq)]
pub enum Reply {
    /// 200 and this.
    Json(Value),
    /// 200 and this, with nothing added: clients read these strictly.
    Plain(Value),
    /// 204.
    Done,
    /// 204 by default; only that it is a success is known.
    Vague,
}

/// Everything within reach.
pub struct Desk<'w> {
    /// The organisation that is calling.
    pub organisation: &'w mut Organisation,
    /// What is unknown of the real service.
    pub switches: &'w Switches,
    /// Where identifiers come from.
    pub identifiers: &'w mut Sequence,
    /// What would have been sent.
    pub letters: &'w mut Vec<Letter>,
    /// Names by CPR number.
    pub register: &'w BTreeMap<String, String>,
    /// The time by the simulator's clock.
    pub now: Moment,
}

impl Desk<'_> {
    /// Do what is asked; that it is legal has been seen to.
    pub fn perform(&mut self, operation: &Operation, body: &[u8]) -> Result<Reply, Refusal> {
        let fields = || Fields::parse(body);
        match operation {
            Operation::Create => self.create(&fields()?),
            Operation::Search => self.search(&fields()?),
            Operation::Imported => Ok(self.imported()),
            Operation::Activate => self.activate(&fields()?),
            Operation::Read(it) => self.read(it),
            Operation::Authenticators(it) => self.authenticators(it),
            Operation::UpdateProfile(it) | Operation::UpdateDraft(it) => self.update(it, &fields()?),
            Operation::UpdateNonSensitive(it) => self.update_address(it, &fields()?),
            Operation::Suspend(it) => self.suspend(it),
            Operation::Reactivate(it) => self.reactivate(it),
            Operation::Delete(it) => self.delete(it),
            Operation::RequestCredentials(it) => self.request_credentials(it, &fields()?),
            Operation::RevokeCredential(it, authenticator) => self.revoke_credential(it, authenticator),
            Operation::AllowSigning(it) => self.allow_signing(it, &fields()?),
            Operation::Roles(it) => self.roles_of(it),
            Operation::AssignRoles(it) => self.assign_roles(it, &fields()?),
            Operation::RemoveRoles(it) => self.remove_roles(it, &fields()?),
            Operation::Catalogue => Ok(self.catalogue()),
            Operation::CreateGroup => self.create_group(&fields()?),
            Operation::ReadGroup(it) => self.read_group(it),
            Operation::UpdateGroup(it) => self.update_group(it, &fields()?),
            Operation::DeleteGroup(it) => self.delete_group(it),
            Operation::AddGroupRole(it, role) => self.add_group_role(it, role),
            Operation::RemoveGroupRole(it, role) => self.remove_group_role(it, role),
            Operation::SeNumbers => Ok(self.se_numbers()),
            Operation::ProductionUnits => Ok(self.production_units()),
            Operation::Authenticate => Err(Refusal::internal()),
        }
    }

    /// Somebody of this organisation.
    pub fn identity(&self, uuid: &str) -> Result<&Identity, Refusal> {
        self.organisation.people.find(uuid).ok_or_else(Refusal::no_such_identity)
    }

    /// The same, to change.
    pub fn identity_mut(&mut self, uuid: &str) -> Result<&mut Identity, Refusal> {
        self.organisation.people.find_mut(uuid).ok_or_else(Refusal::no_such_identity)
    }

    /// Write down a letter that would be sent.
    pub fn write_to(&mut self, uuid: &str, about: About) {
        let Some(identity) = self.organisation.people.find(uuid) else { return };
        let letter = Letter { identity: uuid.to_owned(), to: identity.email_address.clone(), about };
        if self.letters.len() < LETTERS_MAX {
            self.letters.push(letter);
        }
    }
}
