//! Making an identity: what has to be in the request, and what may not be the same as somebody else's.

use portner_domain::cpr::Cpr;
use serde_json::json;

use super::desk::{About, Desk, Reply};
use super::fields::Fields;
use super::organisation::{Ial, InvoiceChannel, Mode, Settings};
use super::people::{Authenticator, AuthenticatorKind, Identity, Permissions};
use super::refusal::Refusal;
use super::states::State;
use super::switches::{LocalIdpActivation, PrivateConsent};

/// The most identities that an organisation ever has.
pub const IDENTITIES_MAX: usize = 500_000;
/// The longest name at a local IdP.
pub const SUBJECT_CHARS_MAX: usize = 255;
const NAME_CHARS_MAX: usize = 255;

/// What a request says of a person, looked at.
pub struct Person {
    /// All names but the last.
    pub given_name: String,
    /// The last name.
    pub surname: String,
    /// Where letters go.
    pub email_address: String,
    /// The CPR number, if there is one.
    pub cpr_number: Option<String>,
}

impl Desk<'_> {
    /// A new identity.
    pub fn create(&mut self, fields: &Fields) -> Result<Reply, Refusal> {
        let profile = fields.object("identityProfile")?;
        let asked = fields.object("identityAuthenticators")?;
        if let Some(status) = profile.text("status")? {
            one_of("status", status, &["Pending", "Active"])?;
        }
        let person = self.person(&profile)?;
        let (registered_ial, target_ial) = self.levels(&profile)?;
        let pseudonym = profile.flag("pseudonym")?.unwrap_or(false);
        if pseudonym && !self.organisation.settings.allow_pseudonym {
            return Err(Refusal::invalid("The organisation does not allow pseudonym."));
        }
        let organisation = fields.object("identityOrganizationProfile")?;
        let invoice_method = invoice_method(&self.organisation.settings, &organisation)?;
        let authenticators = self.first_authenticators(&asked)?;
        let rid = self.rid(profile.text("rid")?)?;
        self.refuse_twins(&person)?;
        if self.organisation.people.ever() >= IDENTITIES_MAX {
            return Err(Refusal::internal());
        }
        let has_local = authenticators.iter().any(|it| it.kind == AuthenticatorKind::Local);
        let mode = self.organisation.settings.mode;
        let uuid = self.identifiers.uuid();
        self.organisation.people.add(Identity {
            id: self.organisation.people.next_id(),
            uuid: uuid.clone(),
            state: self.first_state(has_local),
            before_suspension: None,
            registered_ial,
            target_ial,
            given_name: person.given_name,
            surname: person.surname,
            email_address: person.email_address,
            cpr_number: person.cpr_number,
            rid,
            pseudonym,
            invoice_method,
            permissions: Permissions {
                allow_qualified_certificate_issuance: profile
                    .flag("allowQualifiedCertificateIssuance")?
                    .unwrap_or(false),
                ..Permissions::default()
            },
            admin_roles: Vec::new(),
            authenticators,
            roles: Vec::new(),
            busy_until: None,
        });
        if mode != Mode::Full {
            self.write_to(&uuid, About::Activation);
        }
        Ok(Reply::Json(json!({ "employeeUuid": uuid })))
    }

    /// Names, address and CPR number of a request that has to have them all.
    pub fn person(&self, fields: &Fields) -> Result<Person, Refusal> {
        let person = Person {
            given_name: self.name(fields, "givenName")?,
            surname: self.name(fields, "surname")?,
            email_address: self.address(fields)?,
            cpr_number: Some(fields.required("cprNumber")?.to_owned()),
        };
        self.consistent(&person)?;
        Ok(person)
    }

    /// A CPR number that can be one, and whose owner has this name.
    pub fn consistent(&self, person: &Person) -> Result<(), Refusal> {
        let Some(number) = &person.cpr_number else { return Ok(()) };
        if self.switches.strict_validation && (number.len() != 10 || number.parse::<Cpr>().is_err()) {
            return Err(Refusal::invalid("The field cprNumber is not a CPR number."));
        }
        if let Some(age) = self.switches.min_age.filter(|age| younger_than(number, *age, self.now)) {
            return Err(Refusal::invalid(format!("The field cprNumber is of a person younger than {age}.")));
        }
        let name = format!("{} {}", person.given_name, person.surname);
        let is_known = self.register.get(number).is_some_and(|registered| *registered == name);
        if self.switches.cpr_register && !is_known {
            return Err(Refusal::invalid(
                "The fields cprNumber, givenName and surname do not belong together.",
            ));
        }
        Ok(())
    }

    /// A name without blanks around it.
    pub fn name(&self, fields: &Fields, name: &str) -> Result<String, Refusal> {
        let text = fields.required(name)?;
        if self.switches.strict_validation && (text.trim() != text || text.chars().count() > NAME_CHARS_MAX) {
            return Err(Refusal::invalid(format!("The field {name} has blanks around it or is too long.")));
        }
        Ok(text.to_owned())
    }

    /// An e-mail address without blanks around it.
    pub fn address(&self, fields: &Fields) -> Result<String, Refusal> {
        let address = self.name(fields, "emailAddress")?;
        let has_parts = address.split_once('@').is_some_and(|(who, at)| !who.is_empty() && !at.is_empty());
        if self.switches.strict_validation && !has_parts {
            return Err(Refusal::invalid("The field emailAddress is not an e-mail address."));
        }
        Ok(address)
    }

    /// What the organisation claims of an identity and what it shall reach.
    pub fn levels(&self, fields: &Fields) -> Result<(Option<Ial>, Option<Ial>), Refusal> {
        let (registered, target) = (level(fields, "registeredIal")?, level(fields, "targetIal")?);
        if registered > Some(self.organisation.settings.ial) {
            return Err(Refusal::invalid("The field registeredIal is above the level of the organisation."));
        }
        Ok((registered, target))
    }

    /// May the organisation have authenticators of this kind?
    pub fn allowed(&self, name: &str) -> Result<AuthenticatorKind, Refusal> {
        let kind = AuthenticatorKind::requested(name)
            .ok_or_else(|| Refusal::invalid(format!("The authenticator type {name} is unknown.")))?;
        let settings = &self.organisation.settings;
        let is_allowed = match kind {
            AuthenticatorKind::Local => settings.has_local_idp(),
            AuthenticatorKind::PrivateMitid => settings.allow_private_mitid,
        };
        let refusal =
            || Refusal::invalid(format!("The organisation does not allow the authenticator type {name}."));
        is_allowed.then_some(kind).ok_or_else(refusal)
    }

    /// A name at the local IdP that nobody else has.
    pub fn free_subject(&self, fields: &Fields, holder: Option<&str>) -> Result<String, Refusal> {
        let subject = fields.required("subjectNameId")?;
        if subject.trim() != subject || subject.chars().count() > SUBJECT_CHARS_MAX {
            return Err(Refusal::invalid("The field subjectNameId has blanks around it or is too long."));
        }
        match self.organisation.people.holder(subject) {
            Some(other) if Some(other) != holder => {
                Err(Refusal::conflict("The subjectNameId is already in use."))
            }
            _ => Ok(subject.to_owned()),
        }
    }

    /// A private MitID, agreed to or not yet.
    pub fn private_mitid(&mut self) -> Authenticator {
        Authenticator {
            uuid: self.identifiers.uuid(),
            kind: AuthenticatorKind::PrivateMitid,
            active: self.switches.private_consent == PrivateConsent::Immediate,
            subject_name_id: None,
        }
    }

    fn first_authenticators(&mut self, asked: &Fields) -> Result<Vec<Authenticator>, Refusal> {
        let types = asked.texts("authenticatorTypes")?;
        if types.is_empty() {
            return Err(Refusal::invalid("The field authenticatorTypes is required."));
        }
        let mut made: Vec<Authenticator> = Vec::new();
        for name in types {
            let kind = self.allowed(&name)?;
            if made.iter().any(|it| it.kind == kind) {
                continue;
            }
            made.push(match kind {
                AuthenticatorKind::PrivateMitid => self.private_mitid(),
                AuthenticatorKind::Local => Authenticator {
                    subject_name_id: Some(self.free_subject(asked, None)?),
                    uuid: self.identifiers.uuid(),
                    kind,
                    active: true,
                },
            });
        }
        Ok(made)
    }

    fn first_state(&self, has_local: bool) -> State {
        let at_once = self.switches.local_idp_activation == LocalIdpActivation::Immediate;
        let proofed = self.organisation.settings.mode == Mode::Full && has_local;
        if at_once && proofed { State::Active } else { State::Pending }
    }

    fn rid(&mut self, wanted: Option<&str>) -> Result<String, Refusal> {
        match wanted.filter(|rid| !rid.is_empty()) {
            None => Ok(self.organisation.people.new_rid(self.identifiers)),
            Some(rid) if self.organisation.people.has_rid(rid) => {
                Err(Refusal::conflict("The rid is already in use."))
            }
            Some(rid) => Ok(rid.to_owned()),
        }
    }

    fn refuse_twins(&self, person: &Person) -> Result<(), Refusal> {
        let is_twin = |other: &Identity| {
            other.cpr_number == person.cpr_number
                && other.email_address.eq_ignore_ascii_case(&person.email_address)
        };
        if self.switches.dup_person_conflict && self.organisation.people.all().any(is_twin) {
            return Err(Refusal::conflict("The person has an identity with this e-mail address."));
        }
        Ok(())
    }
}

fn one_of(name: &str, value: &str, known: &[&str]) -> Result<(), Refusal> {
    let is_known = known.iter().any(|it| it.eq_ignore_ascii_case(value));
    is_known.then_some(()).ok_or_else(|| Refusal::invalid(format!("The field {name} has an unknown value.")))
}

fn level(fields: &Fields, name: &str) -> Result<Option<Ial>, Refusal> {
    let Some(text) = fields.text(name)? else { return Ok(None) };
    one_of(name, text, &["Low", "Substantial", "High"])?;
    Ok(Some(match text.to_ascii_lowercase().as_str() {
        "low" => Ial::Low,
        "substantial" => Ial::Substantial,
        _ => Ial::High,
    }))
}

fn invoice_method(settings: &Settings, fields: &Fields) -> Result<Option<String>, Refusal> {
    let named = fields.text("invoiceMethodUuid")?.filter(|uuid| !uuid.is_empty());
    let is_known = |uuid: &str| settings.invoice_methods.iter().any(|it| it.eq_ignore_ascii_case(uuid));
    let is_valid = match (settings.invoice_channel, named) {
        (InvoiceChannel::Other, _) => true,
        (InvoiceChannel::NemHandel, Some(uuid)) => is_known(uuid),
        (InvoiceChannel::NemHandel, None) => settings.default_invoice_method.is_some(),
    };
    // The sentence is the service's own; clients look for it.
    const DEMAND: &str = "The organization has chosen NemHandel as invoice method. When this is chosen, a valid invoice setting UUid or EAN must be provided";
    is_valid.then(|| named.map(str::to_owned)).ok_or_else(|| Refusal::invalid(DEMAND))
}

/// Who was born so late that they are not so old. The seventh digit says in which century.
fn younger_than(cpr: &str, age: u8, now: portner_domain::Moment) -> bool {
    let number = |range| cpr.get(range).and_then(|part: &str| part.parse::<u32>().ok()).unwrap_or(0);
    let (day, month, year, seventh) = (number(0..2) % 60, number(2..4), number(4..6), number(6..7));
    let century = match (seventh, year) {
        (0..=3, _) | (4 | 9, 37..) => 1900,
        (5..=8, 58..) => 1800,
        _ => 2000,
    };
    let birthday = format!("{:04}-{month:02}-{day:02}", century + year + u32::from(age));
    now.xs_date_time() < birthday
}
