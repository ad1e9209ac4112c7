//! SAML 2.0 and OIOSAML 3 messages: bytes in, verified values out, and back.
//!
//! Pure: no I/O, no clock; randomness is an argument (only RSA-OAEP padding draws its own, inside the
//! cryptographic library). There is one XML parser and one strict shape of signature. No option weakens
//! verification, and the types of verified things have no other constructor than verification.
//!
//! | to do | call |
//! |---|---|
//! | read a request | [`redirect::receive`] or [`post::receive`], then [`request::Received::verify`] |
//! | answer it | [`response::success`] or [`response::failure`] |
//! | read a service provider's metadata | [`metadata::ServiceProvider::parse`] |
//! | publish ours | [`metadata::identity_provider`] |
//! | log out, in either role | [`logout::receive_redirect`], [`logout::receive_post`]; [`logout::logout_request`], [`logout::logout_response`] |
//! | be a service provider | [`ask::authn_request`], [`redirect::signed_url`], [`response::receive`] |

pub mod ask;
pub mod encryption;
#[cfg(fuzzing)]
pub mod fuzzing;
pub mod generate;
pub mod key;
pub mod logout;
mod message;
pub mod metadata;
mod names;
pub mod peek;
pub mod post;
pub mod privilege;
pub mod redirect;
pub mod refusal;
pub mod request;
pub mod response;
mod signature;
pub mod status;
mod xml;

#[cfg(test)]
mod tests;

pub use ask::{RequestDescription, authn_request, signed_authn_request};
pub use encryption::{
    BlockCipher, EncryptionDefault, EncryptionKey, EncryptionTarget, KeyTransport, NoUsableKey,
};
pub use key::{Certificate, DecryptionKey, FileKey, KeyError, PublicKey, SignError, Signer};
pub use logout::{
    LogoutForm, LogoutRequest, LogoutRequestDescription, LogoutResponse, LogoutResponseDescription, Peer,
    ReceivedLogout, ReceivedLogoutRequest, ReceivedLogoutResponse, logout_request, logout_response,
    signed_logout_request, signed_logout_response,
};
pub use metadata::{
    AssertionConsumer, Binding, Contact, ContactKind, IdentityProvider, IdpDescription, LocalName, Logo,
    LogoutEndpoint, MetadataError, NameIdFormat, Organization, RequestedAttribute, ServiceProvider,
    SpDescription,
};
pub use privilege::{PrivilegeList, PrivilegeNamespace};
pub use redirect::Carried;
pub use refusal::Refusal;
pub use request::{AuthnRequest, Comparison, Expected, NameIdPolicy, Profile, Received, RequestedLevel};
pub use response::{
    Attribute, AttributeNameFormat, BuildError, ExpectedResponse, Failure, NameId, ReportedFailure,
    ResponseRefusal, ResponseSigning, Success, VerifiedAssertion, new_id,
};
pub use status::{SecondStatus, Status, TopStatus};
pub use xml::XmlFault;
pub use xml::writer::{Unwritable, is_writable};
