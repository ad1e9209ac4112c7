//! Roles: what there is, what an identity has, and where it holds.

use serde_json::{Value, json};

use super::desk::{Desk, Reply};
use super::fields::Fields;
use super::organisation::Role;
use super::people::{Assignment, Scope};
use super::refusal::Refusal;

impl Desk<'_> {
    /// What can be assigned.
    pub fn catalogue(&self) -> Reply {
        Reply::Json(json!({ "roles": self.organisation.settings.roles }))
    }

    /// What an identity has: a bare list.
    pub fn roles_of(&self, uuid: &str) -> Result<Reply, Refusal> {
        let identity = self.identity(uuid)?;
        let told = |held: &Assignment| {
            let mut told = self.role_as_told(&held.role);
            if let Value::Object(fields) = &mut told {
                fields.insert("teaserText".to_owned(), Value::from(""));
                fields.insert("scope".to_owned(), json!(held.scope));
                fields.insert("isInternal".to_owned(), Value::from(false));
                fields
                    .insert("from".to_owned(), Value::from(held.from.xs_date_time().replace('Z', "+00:00")));
                fields.insert("to".to_owned(), Value::Null);
            }
            told
        };
        Ok(Reply::Json(identity.roles.iter().map(told).collect()))
    }

    /// More of them. What it has already it keeps once.
    pub fn assign_roles(&mut self, uuid: &str, fields: &Fields) -> Result<Reply, Refusal> {
        let (scope, roles) = self.scoped_roles(fields)?;
        for role in &roles {
            self.known_role(role)?;
        }
        let from = self.now;
        let identity = self.identity_mut(uuid)?;
        for role in roles {
            if !identity.roles.iter().any(|held| held.role == role && held.scope == scope) {
                identity.roles.push(Assignment { role, scope: scope.clone(), from });
            }
        }
        Ok(Reply::Done)
    }

    /// Fewer of them. It may have roles that are not in the catalogue any more.
    pub fn remove_roles(&mut self, uuid: &str, fields: &Fields) -> Result<Reply, Refusal> {
        let (scope, roles) = self.scoped_roles(fields)?;
        for role in &roles {
            if !self.identity(uuid)?.roles.iter().any(|held| held.role == *role) {
                self.known_role(role)?;
            }
        }
        let identity = self.identity_mut(uuid)?;
        identity.roles.retain(|held| held.scope != scope || !roles.contains(&held.role));
        Ok(Reply::Done)
    }

    /// Numbers for tax: a bare list, and nothing else in it.
    pub fn se_numbers(&self) -> Reply {
        let numbers = &self.organisation.settings.se_numbers;
        Reply::Plain(numbers.iter().map(|number| json!({ "seNumber": number })).collect())
    }

    /// Places of work: a bare list, and nothing else in it.
    pub fn production_units(&self) -> Reply {
        let settings = &self.organisation.settings;
        let told = settings.production_units.iter().map(|unit| {
            let mut told = json!(unit);
            if let Value::Object(fields) = &mut told {
                fields.insert("cvrNumber".to_owned(), Value::from(settings.cvr.as_str()));
            }
            told
        });
        Reply::Plain(told.collect())
    }

    /// A scope that is the organisation's own.
    pub fn scope(&self, fields: &Fields) -> Result<Scope, Refusal> {
        let (kind, value) = (fields.required("type")?, fields.required("value")?);
        let settings = &self.organisation.settings;
        let is_own = match kind {
            "Cvr" => settings.cvr == value,
            "PU" => settings.production_units.iter().any(|unit| unit.p_number.to_string() == value),
            "SE" => settings.se_numbers.iter().any(|number| number == value),
            _ => return Err(Refusal::invalid("The field scope.type is not Cvr, PU or SE.")),
        };
        let scope = Scope { kind: kind.to_owned(), value: value.to_owned() };
        is_own
            .then_some(scope)
            .ok_or_else(|| Refusal::invalid("The field scope.value is not of the organisation."))
    }

    /// Refuse a role that is not in the catalogue.
    pub fn known_role(&self, uuid: &str) -> Result<&Role, Refusal> {
        let found = self.organisation.settings.roles.iter().find(|role| role.uuid.eq_ignore_ascii_case(uuid));
        found.ok_or_else(|| Refusal::invalid(format!("The role {uuid} is not in the catalogue.")))
    }

    /// A role as answers show it; of one that left the catalogue only the identifier is known.
    pub fn role_as_told(&self, uuid: &str) -> Value {
        match self.known_role(uuid) {
            Ok(role) => json!({ "uuid": role.uuid, "name": role.name, "description": role.description }),
            Err(_) => json!({ "uuid": uuid, "name": null, "description": null }),
        }
    }

    fn scoped_roles(&self, fields: &Fields) -> Result<(Scope, Vec<String>), Refusal> {
        let roles = fields.texts("roleUuids")?;
        if roles.is_empty() {
            return Err(Refusal::invalid("The field roleUuids is required."));
        }
        let scope = self.scope(&fields.object("scope")?)?;
        Ok((scope, roles.iter().map(|role| role.to_ascii_lowercase()).collect()))
    }
}
