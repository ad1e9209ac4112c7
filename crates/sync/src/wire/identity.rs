//! Identities: making, finding, reading and changing them.

use portner_domain::Level;
use portner_domain::cpr::Cpr;
use serde::{Deserialize, Serialize};

use super::authenticator::{Asked, AuthenticatorKind};
use super::word::words;
use super::{EmployeeUuid, InvoiceMethodUuid, Items, lenient};

words! {
    /// Where an identity is in its life there. Whether it is `Pending` or `Active` before its first login is not known:
    /// both are alive.
    Status {
        /// Not yet used.
        Pending = "Pending",
        /// In use.
        Active = "Active",
        /// Nobody can log in with it.
        Suspended = "Suspended",
    }
}

/// `POST …/employee`: make an identity. Repeating it makes another one.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Create {
    /// Who.
    pub identity_profile: NewProfile,
    /// How they are paid for.
    pub identity_organization_profile: RegisteredAt,
    /// What they log in with.
    pub identity_authenticators: Authenticating,
}

/// The person and their level, when the identity is made.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NewProfile {
    /// Always `Pending`.
    pub status: Status,
    /// What the organisation itself vouches for; left out by an organisation that does not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub registered_ial: Option<Level>,
    /// Where it is to end.
    pub target_ial: Level,
    /// First names, as the CPR register has them.
    pub given_name: String,
    /// Surname, as the CPR register has it.
    pub surname: String,
    /// Work e-mail.
    pub email_address: String,
    /// The person's number.
    pub cpr_number: Cpr,
    /// Never ours to give: null lets the server choose it.
    pub rid: Option<String>,
    /// Without a name toward service providers. It can't be changed later.
    pub pseudonym: bool,
    /// Proofed well enough for qualified certificates.
    pub allow_qualified_certificate_issuance: bool,
}

/// The identity in its organisation.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RegisteredAt {
    /// Null where the organisation has one way of paying.
    pub invoice_method_uuid: Option<InvoiceMethodUuid>,
}

/// What an identity is to log in with.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Authenticating {
    /// One, or both.
    pub authenticator_types: Vec<Asked>,
    /// The NameID that a Local IdP sends; left out where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject_name_id: Option<String>,
}

/// The answer to [`Create`]. Without the UUID, nobody knows what was made.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct Created {
    /// Which it is.
    pub employee_uuid: EmployeeUuid,
}

/// `POST …/employee/search`.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Search {
    /// Zero is all.
    pub max_count: u32,
    /// Nobody wants a list without it.
    pub remove_uuid_from_result_set: bool,
}

impl Search {
    /// Everybody there is.
    pub const ALL: Self = Self { max_count: 0, remove_uuid_from_result_set: false };
}

/// The answer to [`Search`], and to the question for imported identities.
#[derive(Clone, Debug, Deserialize)]
pub struct Employees {
    /// An answer without the list is none: it would read as an organisation without anybody.
    pub employees: Items<Listed>,
}

/// An identity in a list.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Listed {
    /// Which.
    pub uuid: EmployeeUuid,
    /// A number that lists know it by, too.
    #[serde(default, deserialize_with = "lenient")]
    pub id: Option<i64>,
    /// Where it is in its life.
    #[serde(default, deserialize_with = "lenient")]
    pub status: Option<Status>,
    /// Work e-mail.
    #[serde(default, deserialize_with = "lenient")]
    pub email_address: Option<String>,
    /// Its number from before MitID.
    #[serde(default, deserialize_with = "lenient")]
    pub rid: Option<String>,
    /// Who it is.
    #[serde(default, deserialize_with = "lenient")]
    pub profile: Option<ListedProfile>,
    /// An older summary of what it logs in with.
    #[serde(default, deserialize_with = "lenient")]
    pub employee_credentials: Option<Items<Credential>>,
}

/// The person of an identity in a list.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ListedProfile {
    /// First names.
    #[serde(default, deserialize_with = "lenient")]
    pub given_name: Option<String>,
    /// Surname.
    #[serde(default, deserialize_with = "lenient")]
    pub surname: Option<String>,
    /// The person's number, if it is one.
    #[serde(default, deserialize_with = "lenient")]
    pub cpr_number: Option<Cpr>,
}

/// One of the older summary.
#[derive(Clone, Debug, Deserialize)]
pub struct Credential {
    /// What it is, in a spelling of its own.
    #[serde(default, deserialize_with = "lenient")]
    pub id: Option<AuthenticatorKind>,
}

/// `GET …/employee/{uuid}`.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Employee {
    /// Which.
    #[serde(default, deserialize_with = "lenient")]
    pub uuid: Option<EmployeeUuid>,
    /// Who, and in which state.
    #[serde(default, deserialize_with = "lenient")]
    pub identity_profile: Option<IdentityProfile>,
    /// What it may do.
    #[serde(default, deserialize_with = "lenient")]
    pub identity_permissions: Option<Permissions>,
}

/// The profile of one identity. What is below `roles` is likely to be there, but was not promised.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct IdentityProfile {
    /// Where it is in its life.
    #[serde(default, deserialize_with = "lenient")]
    pub status: Option<Status>,
    /// Its number from before MitID.
    #[serde(default, deserialize_with = "lenient")]
    pub rid: Option<String>,
    /// Proofed well enough for qualified certificates.
    #[serde(default, deserialize_with = "lenient")]
    pub allow_qualified_certificate_issuance: Option<bool>,
    /// What it administers in MitID Erhverv.
    #[serde(default, deserialize_with = "lenient")]
    pub roles: Option<Items<String>>,
    /// First names.
    #[serde(default, deserialize_with = "lenient")]
    pub given_name: Option<String>,
    /// Surname.
    #[serde(default, deserialize_with = "lenient")]
    pub surname: Option<String>,
    /// Work e-mail.
    #[serde(default, deserialize_with = "lenient")]
    pub email_address: Option<String>,
    /// The person's number, if it is one.
    #[serde(default, deserialize_with = "lenient")]
    pub cpr_number: Option<Cpr>,
    /// Without a name toward service providers.
    #[serde(default, deserialize_with = "lenient")]
    pub pseudonym: Option<bool>,
}

/// What an identity may do.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Permissions {
    /// Alone, for the organisation. Only read.
    #[serde(default, deserialize_with = "lenient")]
    pub authorized_to_represent: Option<bool>,
    /// Sign.
    #[serde(default, deserialize_with = "lenient")]
    pub allow_signing: Option<bool>,
}

/// `PUT …/profile` and `PUT …/profile/draft`: all that is said of a person.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Profile {
    /// Spelled otherwise than when the identity is made; that is no slip of ours.
    #[serde(rename = "registeredIAL", skip_serializing_if = "Option::is_none")]
    pub registered_ial: Option<Level>,
    /// Where it is to end.
    pub target_ial: Level,
    /// Who.
    #[serde(flatten)]
    pub changed: Changed,
}

/// What may change of a person.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Changed {
    /// First names, as the CPR register has them.
    pub given_name: String,
    /// Surname, as the CPR register has it.
    pub surname: String,
    /// The person's number.
    pub cpr_number: Cpr,
    /// Work e-mail.
    pub email_address: String,
}

/// `PUT …/profile/nonsensitive`: what changes without anybody being proofed anew.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NonSensitive {
    /// Work e-mail.
    pub email_address: String,
}
