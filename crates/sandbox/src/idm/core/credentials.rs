//! What an identity logs in with: asked for, read, taken away.

use serde_json::{Value, json};

use super::desk::{About, Desk, Reply};
use super::fields::Fields;
use super::people::{Authenticator, AuthenticatorKind};
use super::refusal::Refusal;
use super::states::State;

/// The most identities in one activation order.
const ORDERED_MAX: usize = 1_000;

impl Desk<'_> {
    /// All of it.
    pub fn authenticators(&self, uuid: &str) -> Result<Reply, Refusal> {
        let told = |it: &Authenticator| {
            json!({
                "uuid": it.uuid,
                "type": it.kind.told(),
                "status": if it.active { "Active" } else { "Pending" },
                "id": it.subject_name_id,
            })
        };
        let authenticators: Vec<Value> = self.identity(uuid)?.authenticators.iter().map(told).collect();
        Ok(Reply::Json(json!({ "authenticators": authenticators })))
    }

    /// A local authenticator, another name for it, or a private MitID.
    pub fn request_credentials(&mut self, uuid: &str, fields: &Fields) -> Result<Reply, Refusal> {
        let kinds = self.settable(fields)?;
        // All is looked at before anything is done.
        let subject = match kinds.contains(&AuthenticatorKind::Local) {
            true => Some(self.free_subject(fields, Some(uuid))?),
            false => None,
        };
        let local = self.identity(uuid)?.authenticator(AuthenticatorKind::Local);
        if subject.is_some() && local.is_some() && !self.switches.local_id_upsert {
            return Err(Refusal::conflict("The identity has a local authenticator."));
        }
        if let Some(subject) = subject {
            let new = self.identifiers.uuid();
            self.organisation.people.name(uuid, &subject, new);
        }
        let has_private = self.identity(uuid)?.authenticator(AuthenticatorKind::PrivateMitid).is_some();
        if kinds.contains(&AuthenticatorKind::PrivateMitid) && !has_private {
            let private = self.private_mitid();
            self.identity_mut(uuid)?.authenticators.push(private);
        }
        Ok(Reply::Vague)
    }

    /// One thing less, even if it was the last.
    pub fn revoke_credential(&mut self, uuid: &str, authenticator: &str) -> Result<Reply, Refusal> {
        let was_there = self.organisation.people.revoke(uuid, authenticator);
        was_there.then_some(Reply::Vague).ok_or_else(|| Refusal::nothing_there("authenticator"))
    }

    /// Activate identities that were brought over: all that are named, or none.
    pub fn activate(&mut self, fields: &Fields) -> Result<Reply, Refusal> {
        self.settable(fields)?;
        let uuids = named_identities(fields)?;
        for uuid in &uuids {
            let identity = self.identity(uuid)?;
            if identity.state != State::Draft {
                if self.switches.strict_state {
                    return Err(Refusal::wrong_state(identity.state.name()));
                }
                continue;
            }
            if identity.cpr_number.is_none() || identity.surname.is_empty() || identity.given_name.is_empty()
            {
                return Err(Refusal::invalid("The profile has no cprNumber or no name."));
            }
        }
        for uuid in &uuids {
            let identity = self.identity_mut(uuid)?;
            if identity.state == State::Draft {
                identity.state = State::Pending;
                self.write_to(uuid, About::Activation);
            }
        }
        Ok(Reply::Vague)
    }

    fn settable(&self, fields: &Fields) -> Result<Vec<AuthenticatorKind>, Refusal> {
        let types = fields.texts("authenticatorSettingTypes")?;
        if types.is_empty() {
            return Err(Refusal::invalid("The field authenticatorSettingTypes is required."));
        }
        types.iter().map(|name| self.allowed(name)).collect()
    }
}

/// Whom an activation order names.
pub fn named_identities(fields: &Fields) -> Result<Vec<String>, Refusal> {
    let uuids = fields.texts("userUuids")?;
    if uuids.is_empty() || uuids.len() > ORDERED_MAX {
        return Err(Refusal::invalid("The field userUuids is required, and has at most 1000 in it."));
    }
    Ok(uuids.iter().map(|uuid| uuid.to_ascii_lowercase()).collect())
}
