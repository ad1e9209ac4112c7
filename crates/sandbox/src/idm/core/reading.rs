//! Reading identities: one, all, and those that were brought over.

use serde_json::{Value, json};

use super::desk::{Desk, Reply};
use super::fields::Fields;
use super::people::Identity;
use super::refusal::Refusal;
use super::states::State;

impl Desk<'_> {
    /// One, with what it may do.
    pub fn read(&self, uuid: &str) -> Result<Reply, Refusal> {
        let it = self.identity(uuid)?;
        Ok(Reply::Json(json!({
            "uuid": it.uuid,
            "identityProfile": {
                "status": it.state.name(),
                "registeredIal": it.registered_ial,
                "targetIal": it.target_ial,
                "givenName": it.given_name,
                "surname": it.surname,
                "emailAddress": it.email_address,
                "cprNumber": it.cpr_number,
                "rid": it.rid,
                "pseudonym": it.pseudonym,
                "allowQualifiedCertificateIssuance": it.permissions.allow_qualified_certificate_issuance,
                "roles": it.admin_roles,
            },
            "identityOrganizationProfile": { "invoiceMethodUuid": it.invoice_method },
            "identityPermissions": {
                "authorizedToRepresent": it.permissions.authorized_to_represent,
                "allowSigning": it.permissions.allow_signing,
            },
        })))
    }

    /// All, in the order of their numbers, or so many of them. There are no pages: 0 is all.
    pub fn search(&self, fields: &Fields) -> Result<Reply, Refusal> {
        let most = match fields.count("maxCount")?.unwrap_or(0) {
            0 => usize::MAX,
            count => count,
        };
        let with_uuid = !fields.flag("removeUuidFromResultSet")?.unwrap_or(false);
        let mut found = Vec::new();
        for identity in self.organisation.people.all() {
            let is_shown = self.switches.search_states.contains(&identity.state);
            if is_shown && (!self.switches.search_filters || passes(identity, fields)?) {
                found.push(item(identity, with_uuid));
            }
            if found.len() == most {
                break;
            }
        }
        Ok(Reply::Json(json!({ "employees": found })))
    }

    /// Those that were brought over and not activated.
    pub fn imported(&self) -> Reply {
        let drafts = self.organisation.people.all().filter(|it| it.state == State::Draft);
        Reply::Json(json!({ "employees": drafts.map(|it| item(it, true)).collect::<Vec<_>>() }))
    }
}

fn item(it: &Identity, with_uuid: bool) -> Value {
    let credentials = it.authenticators.iter().map(|one| json!({ "id": one.kind.summed_up() }));
    let mut item = json!({
        "id": it.id,
        "status": it.state.name(),
        "emailAddress": it.email_address,
        "rid": it.rid,
        "profile": { "givenName": it.given_name, "surname": it.surname, "cprNumber": it.cpr_number },
        "employeeCredentials": credentials.collect::<Vec<_>>(),
    });
    if let (Value::Object(fields), true) = (&mut item, with_uuid) {
        fields.insert("uuid".to_owned(), Value::from(it.uuid.as_str()));
    }
    item
}

fn passes(it: &Identity, fields: &Fields) -> Result<bool, Refusal> {
    let values = [
        ("status", Some(it.state.name())),
        ("cprNumber", it.cpr_number.as_deref()),
        ("emailAddress", Some(it.email_address.as_str())),
        ("rid", Some(it.rid.as_str())),
    ];
    for (name, value) in values {
        let wanted = fields.text(name)?;
        if wanted.is_some_and(|wanted| !value.is_some_and(|value| value.eq_ignore_ascii_case(wanted))) {
            return Ok(false);
        }
    }
    Ok(true)
}
