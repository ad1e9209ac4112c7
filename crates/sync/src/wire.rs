//! The IdM API of MitID Erhverv as JSON: what we write is exact to the property, what we read may be more, less or other
//! than expected.
//!
//! A property that is missing, null or of another type reads as `None`, and a word that we do not know as `Other`. Only what
//! makes an item useless, such as an identity without its UUID, fails, and then that item alone: see [`Items`]. The text of
//! an error is not here, because nothing may be read from it but the two words of [`crate::wire::error`].

mod authenticator;
pub mod error;
mod identity;
mod items;
mod organisation;
mod quirks;
mod right;
#[cfg(test)]
mod tests;
mod token;
mod word;

pub use authenticator::{
    Activate, AllowSigning, Asked, Authenticator, AuthenticatorKind, Authenticators, RequestCredentials,
};
pub use identity::{
    Authenticating, Changed, Create, Created, Credential, Employee, Employees, IdentityProfile, Listed,
    ListedProfile, NewProfile, NonSensitive, Permissions, Profile, RegisteredAt, Search, Status,
};
pub use items::{Items, lenient};
pub use organisation::{ProductionUnit, SeNumber};
pub use quirks::{Doubt, Quirks};
pub use right::{Catalogue, CatalogueRole, HeldRole, RoleChange, Scope, ScopeKind};
pub use token::Token;

portner_domain::uuid_names! {
    /// An identity, as MitID Erhverv numbers it: told when it is made, and for ever its own.
    EmployeeUuid;
    /// One authenticator of an identity.
    AuthenticatorUuid;
    /// A role that may be assigned.
    RoleUuid;
    /// What an identity's costs are invoiced by.
    InvoiceMethodUuid;
}
