//! Every call, with its verb, its address, how long it may take and whether it may be repeated.

use std::time::Duration;

use reqwest::Method;
use serde::Serialize;

use super::{Call, Client, Failure};
use crate::wire::{
    Activate, AllowSigning, AuthenticatorUuid, Authenticators, Catalogue, Create, Created, Employee,
    EmployeeUuid, Employees, HeldRole, Items, NonSensitive, ProductionUnit, Profile, RequestCredentials,
    RoleChange, SeNumber, Search,
};

const EMPLOYEE: &str = "/api/administration/identity/employee";
const RIGHTS: &str = "/api/administration/rights";
const ORGANISATION: &str = "/api/administration/organization";
const ACTIVATION: &str = "/api/admin/organization-activation";

/// A list of everybody takes its time over there.
const LIST_PATIENCE: Duration = Duration::from_mins(3);
const PATIENCE: Duration = Duration::from_mins(1);
/// Two hundred thousand identities in five hundred bytes each, and some.
const LIST_BYTES_MAX: usize = 128 * 1024 * 1024;
/// All that is said of one identity, or of the organisation.
const ANSWER_BYTES_MAX: usize = 4 * 1024 * 1024;

/// What became of something that is as good as done if there is nobody to do it to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Done {
    /// It was done.
    Done,
    /// There is no such identity, or no such authenticator.
    NotThere,
}

impl Client {
    /// Everybody but imported identities.
    pub async fn list(&self) -> Result<Employees, Failure> {
        self.ask(long(call(Method::POST, format!("{EMPLOYEE}/search")).with(&Search::ALL))).await
    }

    /// Imported identities that nobody took into use.
    pub async fn imported(&self) -> Result<Employees, Failure> {
        self.ask(long(call(Method::GET, format!("{ACTIVATION}/migrated-identities/0")))).await
    }

    /// One identity.
    pub async fn read(&self, who: EmployeeUuid) -> Result<Employee, Failure> {
        self.ask(call(Method::GET, format!("{EMPLOYEE}/{who}"))).await
    }

    /// What one logs in with.
    pub async fn authenticators(&self, who: EmployeeUuid) -> Result<Authenticators, Failure> {
        self.ask(call(Method::GET, format!("{EMPLOYEE}/{who}/authenticators"))).await
    }

    /// Make one. Said once; if it fails with [`Failure::Lost`], [`Failure::Broken`], [`Failure::Unreadable`] or
    /// [`Failure::TooLarge`], it may have been made.
    pub async fn create(&self, who: &Create) -> Result<Created, Failure> {
        let call = call(Method::POST, EMPLOYEE.to_owned()).with(who);
        self.ask(Call { is_repeatable: false, ..call }).await
    }

    /// Say who one is.
    pub async fn change_profile(&self, who: EmployeeUuid, to: &Profile) -> Result<(), Failure> {
        self.say(call(Method::PUT, format!("{EMPLOYEE}/{who}/profile")).with(to)).await
    }

    /// Say who an imported one is.
    pub async fn describe_draft(&self, who: EmployeeUuid, to: &Profile) -> Result<(), Failure> {
        self.say(call(Method::PUT, format!("{EMPLOYEE}/{who}/profile/draft")).with(to)).await
    }

    /// Say one's e-mail.
    pub async fn change_email(&self, who: EmployeeUuid, to: &NonSensitive) -> Result<(), Failure> {
        self.say(call(Method::PUT, format!("{EMPLOYEE}/{who}/profile/nonsensitive")).with(to)).await
    }

    /// Let nobody log in with one. Not repeated: of one that is suspended it is refused.
    pub async fn suspend(&self, who: EmployeeUuid) -> Result<Done, Failure> {
        let call = call(Method::PUT, format!("{EMPLOYEE}/{who}/suspend"));
        done(self.say(Call { is_repeatable: false, ..call }).await)
    }

    /// Lift that. Not repeated, either. [`Failure::NotThere`]: begin anew.
    pub async fn reactivate(&self, who: EmployeeUuid) -> Result<(), Failure> {
        let call = call(Method::PUT, format!("{EMPLOYEE}/{who}/reactivate"));
        self.say(Call { is_repeatable: false, ..call }).await
    }

    /// For good. Not repeated: one that is gone is looked for by reading.
    pub async fn delete(&self, who: EmployeeUuid) -> Result<Done, Failure> {
        let call = call(Method::DELETE, format!("{EMPLOYEE}/{who}"));
        done(self.say(Call { is_repeatable: false, ..call }).await)
    }

    /// Let one log in with something. Not repeated: what a second request for the person's own MitID does is not known.
    pub async fn request_credentials(
        &self,
        who: EmployeeUuid,
        what: &RequestCredentials,
    ) -> Result<(), Failure> {
        let call = call(Method::POST, format!("{EMPLOYEE}/{who}/requestcredentials")).with(what);
        self.say(Call { is_repeatable: false, ..call }).await
    }

    /// Let one log in with something no more. The verb is POST, and there is no body.
    pub async fn revoke_credential(
        &self,
        who: EmployeeUuid,
        what: AuthenticatorUuid,
    ) -> Result<Done, Failure> {
        done(self.say(call(Method::POST, format!("{EMPLOYEE}/{who}/revokecredential/{what}"))).await)
    }

    /// Say whether one may sign. The verb is PUT.
    pub async fn allow_signing(&self, who: EmployeeUuid, may: AllowSigning) -> Result<(), Failure> {
        self.say(call(Method::PUT, format!("{EMPLOYEE}/{who}/allowsigning")).with(&may)).await
    }

    /// Take imported ones into use. Not repeated: each time they get a letter.
    pub async fn order_activation(&self, of: &Activate) -> Result<(), Failure> {
        let call = call(Method::POST, format!("{ACTIVATION}/activation-orders")).with(of);
        self.say(Call { is_repeatable: false, ..call }).await
    }

    /// The roles that may be assigned.
    pub async fn catalogue(&self) -> Result<Catalogue, Failure> {
        self.ask(call(Method::GET, format!("{RIGHTS}/categorizedRoles"))).await
    }

    /// What one holds. If there is no such identity, that reads as [`Failure::Broken`]: ask [`Client::read`].
    pub async fn rights(&self, who: EmployeeUuid) -> Result<Items<HeldRole>, Failure> {
        self.ask(call(Method::GET, format!("{RIGHTS}/identity/{who}/roles"))).await
    }

    /// Assign roles in one scope.
    pub async fn give(&self, who: EmployeeUuid, what: &RoleChange) -> Result<(), Failure> {
        self.say(call(Method::POST, format!("{RIGHTS}/identity/{who}/roles")).with(what)).await
    }

    /// Take roles in one scope. A DELETE with a body.
    pub async fn take(&self, who: EmployeeUuid, what: &RoleChange) -> Result<(), Failure> {
        self.say(call(Method::DELETE, format!("{RIGHTS}/identity/{who}/roles")).with(what)).await
    }

    /// The organisation's tax numbers.
    pub async fn se_numbers(&self) -> Result<Items<SeNumber>, Failure> {
        self.ask(call(Method::GET, format!("{ORGANISATION}/senumber"))).await
    }

    /// The organisation's places of work.
    pub async fn production_units(&self) -> Result<Items<ProductionUnit>, Failure> {
        self.ask(call(Method::GET, format!("{ORGANISATION}/productionunits"))).await
    }
}

fn call(method: Method, path: String) -> Call {
    Call { method, path, body: None, is_repeatable: true, patience: PATIENCE, bytes_max: ANSWER_BYTES_MAX }
}

fn long(call: Call) -> Call {
    Call { patience: LIST_PATIENCE, bytes_max: LIST_BYTES_MAX, ..call }
}

impl Call {
    /// With a body. What we write is text, numbers and lists, of which JSON can always be made.
    fn with(self, body: &impl Serialize) -> Self {
        Self { body: Some(serde_json::to_vec(body).unwrap_or_default()), ..self }
    }
}

fn done(said: Result<(), Failure>) -> Result<Done, Failure> {
    match said {
        Ok(()) => Ok(Done::Done),
        Err(Failure::NotThere) => Ok(Done::NotThere),
        Err(failure) => Err(failure),
    }
}
