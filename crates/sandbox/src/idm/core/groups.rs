//! Groups of an organisation, as they were used in 2023: their roles, but not who is in them.

use serde::Serialize;
use serde_json::{Value, json};

use super::desk::{Desk, Reply};
use super::fields::Fields;
use super::people::Scope;
use super::refusal::Refusal;

/// The most that an organisation has.
const GROUPS_MAX: usize = 10_000;

/// A group.
#[derive(Clone, Debug, Serialize)]
pub struct Group {
    name: String,
    description: String,
    organization_group_identifier: String,
    scope: Scope,
    roles: Vec<String>,
}

impl Desk<'_> {
    /// A new one.
    pub fn create_group(&mut self, fields: &Fields) -> Result<Reply, Refusal> {
        if fields.required("mainGroupType")? != "Regular" {
            return Err(Refusal::invalid("The field mainGroupType is not Regular."));
        }
        if self.organisation.groups.len() >= GROUPS_MAX {
            return Err(Refusal::conflict("The organisation has too many groups."));
        }
        let group = self.described(fields, Vec::new())?;
        let uuid = self.identifiers.uuid();
        self.organisation.groups.insert(uuid.clone(), group);
        Ok(Reply::Json(json!({ "uuid": uuid })))
    }

    /// One.
    pub fn read_group(&self, uuid: &str) -> Result<Reply, Refusal> {
        let group = self.organisation.groups.get(uuid).ok_or_else(no_such_group)?;
        let roles: Vec<Value> = group.roles.iter().map(|role| self.role_as_told(role)).collect();
        Ok(Reply::Json(json!({
            "uuid": uuid,
            "name": group.name,
            "description": group.description,
            "organizationGroupIdentifier": group.organization_group_identifier,
            "scope": group.scope,
            "roles": roles,
        })))
    }

    /// Another name, description or scope.
    pub fn update_group(&mut self, uuid: &str, fields: &Fields) -> Result<Reply, Refusal> {
        let roles = self.organisation.groups.get(uuid).ok_or_else(no_such_group)?.roles.clone();
        let group = self.described(fields, roles)?;
        self.organisation.groups.insert(uuid.to_owned(), group);
        Ok(Reply::Vague)
    }

    /// Not there any more.
    pub fn delete_group(&mut self, uuid: &str) -> Result<Reply, Refusal> {
        self.organisation.groups.remove(uuid).map(|_| Reply::Vague).ok_or_else(no_such_group)
    }

    /// One role more.
    pub fn add_group_role(&mut self, uuid: &str, role: &str) -> Result<Reply, Refusal> {
        self.known_role(role)?;
        let group = self.organisation.groups.get_mut(uuid).ok_or_else(no_such_group)?;
        if !group.roles.iter().any(|known| known == role) {
            group.roles.push(role.to_owned());
        }
        Ok(Reply::Vague)
    }

    /// One role less.
    pub fn remove_group_role(&mut self, uuid: &str, role: &str) -> Result<Reply, Refusal> {
        let group = self.organisation.groups.get_mut(uuid).ok_or_else(no_such_group)?;
        group.roles.retain(|known| known != role);
        Ok(Reply::Vague)
    }

    fn described(&self, fields: &Fields, roles: Vec<String>) -> Result<Group, Refusal> {
        let text = |name| Ok::<_, Refusal>(fields.text(name)?.unwrap_or_default().to_owned());
        Ok(Group {
            name: fields.required("name")?.to_owned(),
            description: text("description")?,
            organization_group_identifier: text("organizationGroupIdentifier")?,
            scope: self.scope(&fields.object("scope")?)?,
            roles,
        })
    }
}

fn no_such_group() -> Refusal {
    Refusal::nothing_there("group")
}
