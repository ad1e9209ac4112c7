//! The words of the business and its rules, as pure functions.
//!
//! Nothing here does I/O, asks what time it is or draws a random number: [`Moment`] and [`Entropy`] are
//! arguments. What a login is worth is decided in [`assurance`]; what a login needs next in [`flow`],
//! whom a logout goes to next in [`logout`].

pub mod assurance;
pub mod authenticator;
pub mod binding;
pub mod cpr;
pub mod flow;
pub mod help;
mod id;
pub mod identity;
mod input;
pub mod letter;
mod level;
pub mod life;
pub mod logout;
pub mod meeting;
pub mod proofing;
pub mod right;
pub mod role;
pub mod session;
pub mod signing_key;
pub mod terms;
pub mod throttle;
pub mod unit;

pub use id::random_uuid;
pub use id::{
    AuthenticatorId, FeedRunId, FlowId, GroupId, IdentityId, InvitationId, LogoutId, PersonId, ProofingId,
    ProposalId, Reference, ServiceProviderId,
};
pub use input::{Clock, Entropy, Millis, Moment, NODES_APART_MAX};
pub use level::{Level, UnknownLevel};
