//! Responses: built by the identity provider, verified by the service provider.

mod build;
mod receive;

pub use build::{
    Attribute, AttributeNameFormat, BuildError, Failure, NameId, ResponseSigning, Success, failure, new_id,
    success,
};
pub(crate) use build::{Envelope, write_status};
pub use receive::{
    ExpectedResponse, ReceivedResponse, ReportedFailure, ResponseRefusal, VerifiedAssertion, receive,
};
