//! What becomes of an identity: other names, stopped, let go on, deleted, leave to sign.

use serde_json::json;

use super::create::Person;
use super::desk::{About, Desk, Reply};
use super::fields::Fields;
use super::refusal::Refusal;
use super::states::State;
use super::switches::PutSemantics;

impl Desk<'_> {
    /// Other names, address, number or levels. Whoever is anonymous stays so: that is chosen once.
    pub fn update(&mut self, uuid: &str, fields: &Fields) -> Result<Reply, Refusal> {
        let person = match self.switches.put_semantics {
            PutSemantics::Replace => self.person(fields)?,
            PutSemantics::Patch => self.patched(uuid, fields)?,
        };
        let (registered, target) = self.levels(fields)?;
        let replaces = self.switches.put_semantics == PutSemantics::Replace;
        let identity = self.identity_mut(uuid)?;
        identity.given_name = person.given_name;
        identity.surname = person.surname;
        identity.email_address = person.email_address;
        identity.cpr_number = person.cpr_number;
        identity.registered_ial = registered.or(identity.registered_ial.filter(|_| !replaces));
        identity.target_ial = target.or(identity.target_ial.filter(|_| !replaces));
        Ok(Reply::Vague)
    }

    /// Another e-mail address.
    pub fn update_address(&mut self, uuid: &str, fields: &Fields) -> Result<Reply, Refusal> {
        let address = self.address(fields)?;
        self.identity_mut(uuid)?.email_address = address;
        Ok(Reply::Json(json!({})))
    }

    /// Stop it for a while. Its authenticators, names and roles stay.
    pub fn suspend(&mut self, uuid: &str) -> Result<Reply, Refusal> {
        let identity = self.identity_mut(uuid)?;
        identity.before_suspension = Some(identity.state);
        identity.state = State::Suspended;
        Ok(Reply::Done)
    }

    /// Let it go on, from where it was.
    pub fn reactivate(&mut self, uuid: &str) -> Result<Reply, Refusal> {
        let identity = self.identity_mut(uuid)?;
        identity.state = identity.before_suspension.take().unwrap_or(State::Active);
        Ok(Reply::Done)
    }

    /// Not there any more.
    pub fn delete(&mut self, uuid: &str) -> Result<Reply, Refusal> {
        self.organisation.people.delete(uuid, self.switches.tombstone_subject_name);
        Ok(Reply::Done)
    }

    /// May it sign? Where its organisation was not assessed, its person is asked to validate first.
    pub fn allow_signing(&mut self, uuid: &str, fields: &Fields) -> Result<Reply, Refusal> {
        let allow = fields.flag("allowSigning")?;
        let allow = allow.ok_or_else(|| Refusal::invalid("The field allowSigning is required."))?;
        let assessed = self.organisation.settings.eidas_assessed;
        let linked = self.switches.allowsigning_links_qc && assessed;
        let permissions = &mut self.identity_mut(uuid)?.permissions;
        permissions.allow_signing = allow;
        if linked {
            permissions.allow_qualified_certificate_issuance = allow;
        }
        if allow && !assessed {
            self.write_to(uuid, About::ValidationForSigning);
        }
        Ok(Reply::Vague)
    }

    fn patched(&self, uuid: &str, fields: &Fields) -> Result<Person, Refusal> {
        let known = self.identity(uuid)?;
        let name = |name: &str, known: &str| match fields.text(name)? {
            Some(_) => self.name(fields, name),
            None => Ok(known.to_owned()),
        };
        let person = Person {
            given_name: name("givenName", &known.given_name)?,
            surname: name("surname", &known.surname)?,
            email_address: match fields.text("emailAddress")? {
                Some(_) => self.address(fields)?,
                None => known.email_address.clone(),
            },
            cpr_number: fields.text("cprNumber")?.map(str::to_owned).or_else(|| known.cpr_number.clone()),
        };
        self.consistent(&person)?;
        Ok(person)
    }
}
