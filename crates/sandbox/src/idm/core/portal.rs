//! What happens behind the API's back: people put there, an administrator at work in the portal, logins.

use portner_domain::Moment;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::desk::Desk;
use super::organisation::Ial;
use super::people::{Assignment, Authenticator, AuthenticatorKind, Identity, Permissions, Scope};
use super::refusal::Refusal;
use super::states::State;
use super::world::World;

/// The most people that one request puts there.
const SEEDED_MAX: usize = 200_000;

/// People to put there.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Seed {
    organisation: String,
    people: Vec<Person>,
}

/// Somebody to put there, and how `GET /seed` shows them.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Person {
    uuid: Option<String>,
    state: Option<State>,
    given_name: String,
    surname: String,
    email_address: String,
    cpr_number: Option<String>,
    rid: Option<String>,
    subject_name_id: Option<String>,
    private_mitid: bool,
    pseudonym: bool,
}

/// One thing that is done in the portal, or by the person.
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "edit", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Edit {
    /// Stop somebody.
    Suspend { uuid: String },
    /// Let them go on.
    Reactivate { uuid: String },
    /// Delete them.
    Delete { uuid: String },
    /// Give them other names or another address.
    Rename {
        uuid: String,
        given_name: Option<String>,
        surname: Option<String>,
        email_address: Option<String>,
    },
    /// Give them a local authenticator of this name.
    NameLocal { uuid: String, subject_name_id: String },
    /// Let them use their private MitID, with their consent.
    AddPrivateMitid { uuid: String },
    /// Take an authenticator away.
    Revoke { uuid: String, authenticator: String },
    /// Assign a role, whether or not it is in the catalogue.
    AssignRole { uuid: String, role: String, scope: Scope },
    /// Take a role away, wherever it holds.
    RemoveRole { uuid: String, role: String },
    /// Say what they administer, and whether they act alone for the organisation.
    Administer { uuid: String, admin_roles: Vec<String>, authorized_to_represent: bool },
    /// They activate, and agree to the use of their private MitID.
    Activate { uuid: String },
    /// They validate with their private MitID, so as to sign with their local authenticator.
    ValidateSigning { uuid: String },
    /// They log in with the name that the local IdP says.
    Login { organisation: String, subject_name_id: String },
}

impl World {
    /// Put people there: all, or none and why.
    pub fn seed(&mut self, seed: Seed, at: Moment) -> Result<Value, String> {
        if seed.people.len() > SEEDED_MAX {
            return Err(format!("one request seeds at most {SEEDED_MAX} people"));
        }
        let now = self.now(at);
        let before = self.organisations.get(&seed.organisation).map(|it| it.people.clone());
        let Some(mut desk) = self.desk(&seed.organisation, now) else {
            return Err(format!("there is no organisation {}", seed.organisation));
        };
        let seeded: Result<Vec<String>, String> =
            seed.people.into_iter().map(|person| desk.put(person)).collect();
        if let (Err(_), Some(before)) = (&seeded, before) {
            desk.organisation.people = before;
        }
        seeded.map(|uuids| json!({ "uuids": uuids }))
    }

    /// Who is there, as they could be seeded.
    pub fn seeded(&self) -> Value {
        let people = self.organisations.iter().map(|(cvr, organisation)| {
            let people: Vec<Person> = organisation.people.all().map(as_seeded).collect();
            json!({ "organisation": cvr, "people": people })
        });
        people.collect()
    }

    /// Who is there, whole, and who is not there any more.
    pub fn identities(&self) -> Value {
        let people = self.organisations.iter().map(|(cvr, organisation)| {
            let identities: Vec<_> = organisation.people.all().collect();
            let gone: Vec<_> = organisation.people.gone().collect();
            json!({ "organisation": cvr, "identities": identities, "gone": gone })
        });
        people.collect()
    }

    /// Do something in the portal. It says whom it was about, as they are now.
    pub fn edit(&mut self, edit: Edit, at: Moment) -> Result<Value, String> {
        let now = self.now(at);
        if let Edit::Login { organisation, subject_name_id } = edit {
            return self.log_in(&organisation, &subject_name_id);
        }
        let uuid = edit.uuid().to_ascii_lowercase();
        let holds =
            |cvr: &&String| self.organisations.get(*cvr).is_some_and(|it| it.people.find(&uuid).is_some());
        let nobody = || format!("there is no identity {uuid}");
        let cvr = self.organisations.keys().find(holds).cloned().ok_or_else(nobody)?;
        let mut desk = self.desk(&cvr, now).ok_or_else(nobody)?;
        desk.edit(&uuid, edit)?;
        Ok(desk.organisation.people.find(&uuid).map_or(Value::Null, |it| json!(it)))
    }

    /// Log somebody in by the name that the local IdP says of them.
    fn log_in(&mut self, cvr: &str, subject: &str) -> Result<Value, String> {
        let organisation =
            self.organisations.get_mut(cvr).ok_or_else(|| format!("there is no organisation {cvr}"))?;
        let proofs_itself = organisation.settings.mode == super::organisation::Mode::Full;
        let uuid = organisation.people.holder(subject).map(str::to_owned).unwrap_or_default();
        let identity =
            organisation.people.find_mut(&uuid).ok_or_else(|| format!("nobody is called {subject}"))?;
        let before = identity.state;
        match before {
            State::Active => {}
            State::Pending if proofs_itself => identity.state = State::Active,
            _ => return Err(format!("{uuid} can't log in: it is {}", before.name())),
        }
        Ok(json!({ "identity": uuid, "before": before, "after": identity.state }))
    }
}

impl Edit {
    fn uuid(&self) -> &str {
        match self {
            Self::Suspend { uuid }
            | Self::Reactivate { uuid }
            | Self::Delete { uuid }
            | Self::Rename { uuid, .. }
            | Self::NameLocal { uuid, .. }
            | Self::AddPrivateMitid { uuid }
            | Self::Revoke { uuid, .. }
            | Self::AssignRole { uuid, .. }
            | Self::RemoveRole { uuid, .. }
            | Self::Administer { uuid, .. }
            | Self::Activate { uuid }
            | Self::ValidateSigning { uuid } => uuid,
            Self::Login { .. } => "",
        }
    }
}

impl Desk<'_> {
    /// One person more, in whatever state is wanted.
    fn put(&mut self, person: Person) -> Result<String, String> {
        let uuid = person.uuid.map_or_else(|| self.identifiers.uuid(), |uuid| uuid.to_ascii_lowercase());
        let people = &self.organisation.people;
        if people.state(&uuid).is_some() || person.rid.as_ref().is_some_and(|rid| people.has_rid(rid)) {
            return Err(format!("{uuid} or its rid is there already"));
        }
        let mut authenticators = Vec::new();
        if let Some(subject) = person.subject_name_id {
            if people.holder(&subject).is_some() {
                return Err(format!("the name {subject} is taken"));
            }
            authenticators.push(self.authenticator(AuthenticatorKind::Local, Some(subject)));
        }
        if person.private_mitid {
            authenticators.push(self.authenticator(AuthenticatorKind::PrivateMitid, None));
        }
        let people = &self.organisation.people;
        let rid = person.rid.unwrap_or_else(|| people.new_rid(self.identifiers));
        let state = person.state.filter(|state| *state != State::Gone).unwrap_or(State::Active);
        self.organisation.people.add(Identity {
            id: self.organisation.people.next_id(),
            uuid: uuid.clone(),
            state,
            before_suspension: (state == State::Suspended).then_some(State::Active),
            registered_ial: Some(self.organisation.settings.ial),
            target_ial: Some(Ial::Substantial),
            given_name: person.given_name,
            surname: person.surname,
            email_address: person.email_address,
            cpr_number: person.cpr_number,
            rid,
            pseudonym: person.pseudonym,
            invoice_method: None,
            permissions: Permissions::default(),
            admin_roles: Vec::new(),
            authenticators,
            roles: Vec::new(),
            busy_until: None,
        });
        Ok(uuid)
    }

    fn authenticator(&mut self, kind: AuthenticatorKind, subject_name_id: Option<String>) -> Authenticator {
        Authenticator { uuid: self.identifiers.uuid(), kind, active: true, subject_name_id }
    }

    fn edit(&mut self, uuid: &str, edit: Edit) -> Result<(), String> {
        match edit {
            Edit::Suspend { .. } | Edit::Reactivate { .. } | Edit::Delete { .. } => {
                return self.move_on(uuid, &edit).map_err(|refusal| refusal.message);
            }
            Edit::NameLocal { subject_name_id, .. } => return self.name_local(uuid, &subject_name_id),
            Edit::Revoke { authenticator, .. } => {
                let was_there = self.organisation.people.revoke(uuid, &authenticator.to_ascii_lowercase());
                return was_there.then_some(()).ok_or_else(|| format!("{uuid} has no such authenticator"));
            }
            _ => {}
        }
        let new = self.authenticator(AuthenticatorKind::PrivateMitid, None);
        let from = self.now;
        let identity = self.identity_mut(uuid).map_err(|refusal| refusal.message)?;
        match edit {
            Edit::Rename { given_name, surname, email_address, .. } => {
                identity.given_name = given_name.unwrap_or_else(|| identity.given_name.clone());
                identity.surname = surname.unwrap_or_else(|| identity.surname.clone());
                identity.email_address = email_address.unwrap_or_else(|| identity.email_address.clone());
            }
            Edit::AddPrivateMitid { .. } => {
                identity.authenticators.retain(|it| it.kind != AuthenticatorKind::PrivateMitid);
                identity.authenticators.push(new);
            }
            Edit::AssignRole { role, scope, .. } => {
                identity.roles.push(Assignment { role: role.to_ascii_lowercase(), scope, from });
            }
            Edit::RemoveRole { role, .. } => {
                identity.roles.retain(|held| !held.role.eq_ignore_ascii_case(&role));
            }
            Edit::Administer { admin_roles, authorized_to_represent, .. } => {
                identity.admin_roles = admin_roles;
                identity.permissions.authorized_to_represent = authorized_to_represent;
            }
            Edit::Activate { .. } => {
                if !matches!(identity.state, State::Pending | State::Active) {
                    return Err(format!("{uuid} can't be activated: it is {}", identity.state.name()));
                }
                identity.state = State::Active;
                identity.authenticators.iter_mut().for_each(|it| it.active = true);
            }
            Edit::ValidateSigning { .. } => identity.permissions.allow_qualified_certificate_issuance = true,
            _ => {}
        }
        Ok(())
    }

    fn move_on(&mut self, uuid: &str, edit: &Edit) -> Result<(), Refusal> {
        let state = self.identity(uuid)?.state;
        let fits = match edit {
            Edit::Suspend { .. } => matches!(state, State::Pending | State::Active),
            Edit::Reactivate { .. } => state == State::Suspended,
            _ => true,
        };
        if !fits {
            return Err(Refusal::wrong_state(state.name()));
        }
        match edit {
            Edit::Suspend { .. } => self.suspend(uuid),
            Edit::Reactivate { .. } => self.reactivate(uuid),
            _ => self.delete(uuid),
        }
        .map(|_| ())
    }

    fn name_local(&mut self, uuid: &str, subject: &str) -> Result<(), String> {
        if self.organisation.people.holder(subject).is_some_and(|holder| holder != uuid) {
            return Err(format!("the name {subject} is taken"));
        }
        let new = self.identifiers.uuid();
        self.organisation.people.name(uuid, subject, new);
        Ok(())
    }
}

fn as_seeded(it: &Identity) -> Person {
    Person {
        uuid: Some(it.uuid.clone()),
        state: Some(it.state),
        given_name: it.given_name.clone(),
        surname: it.surname.clone(),
        email_address: it.email_address.clone(),
        cpr_number: it.cpr_number.clone(),
        rid: Some(it.rid.clone()),
        subject_name_id: it
            .authenticator(AuthenticatorKind::Local)
            .and_then(|local| local.subject_name_id.clone()),
        private_mitid: it.authenticator(AuthenticatorKind::PrivateMitid).is_some(),
        pseudonym: it.pseudonym,
    }
}
