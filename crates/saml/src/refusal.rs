//! Why a message is not accepted: one name for each reason, for pages, logs and tests.

use crate::signature::SignatureFault;
use crate::xml::XmlFault;

/// Why a request is refused without a SAML answer: nobody has been proved to have sent it, or it is not
/// safe to answer where it says.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Refusal {
    /// Not base64, not DEFLATE, not UTF-8, or bad escapes.
    #[error("the message cannot be decoded")]
    Undecodable,
    /// Larger than any honest message.
    #[error("the message is larger than allowed")]
    TooLarge,
    /// Not well-formed XML.
    #[error("the message is not well-formed XML")]
    NotXml,
    /// With a document type declaration.
    #[error("the message has a document type declaration")]
    Doctype,
    /// With comments, processing instructions or CDATA sections.
    #[error("the message has a comment, processing instruction or CDATA section")]
    Markup,
    /// XML, but not the request it should be.
    #[error("the message is not an AuthnRequest")]
    NotAnAuthnRequest,
    /// A required part is missing or makes no sense.
    #[error("a part of the message is missing or cannot be understood")]
    Malformed,
    /// XML, but not the logout message that its parameter says.
    #[error("the message is not a LogoutRequest in SAMLRequest or a LogoutResponse in SAMLResponse")]
    NotALogoutMessage,
    /// No message at all, or not the one that belongs here.
    #[error("there is no SAML message of the kind that belongs here")]
    NoMessage,
    /// A request and a response at once: two readers could read two messages.
    #[error("there are both SAMLRequest and SAMLResponse")]
    TwoMessages,
    /// A parameter occurs twice: two readers could read two messages.
    #[error("a parameter occurs twice")]
    DuplicateParameter,
    /// A parameter that does not belong, or whose name is disguised.
    #[error("a parameter does not belong in the query")]
    UnknownParameter,
    /// The message has no signature.
    #[error("the message is not signed")]
    Unsigned,
    /// The signature has another shape than SAML allows.
    #[error("the signature does not follow the SAML profile")]
    SignatureProfile,
    /// The signature does not fit the message and the sender's keys.
    #[error("the signature is wrong")]
    BadSignature,
    /// An algorithm outside the list.
    #[error("the signature algorithm is not allowed")]
    AlgorithmNotAllowed,
    /// Verified against another party than the one it names.
    #[error("the message is from another issuer")]
    WrongIssuer,
    /// Sent to another address, or to none.
    #[error("the message is meant for another address")]
    WrongDestination,
    /// Too old: usually a bookmarked login page.
    #[error("the message has expired")]
    Expired,
    /// From later than now.
    #[error("the message is from the future: a clock is wrong")]
    FromTheFuture,
    /// The response is wanted at an address that metadata does not have.
    #[error("the response is wanted at an address the service provider has not registered")]
    UnknownAcs,
    /// Not SAML 2.0.
    #[error("the message is not SAML 2.0")]
    UnsupportedVersion,
    /// Whom a logout is about is encrypted.
    #[error("the NameID is encrypted (EncryptedID); a logout request must have it in plain text")]
    EncryptedNameId,
    /// Whom a logout is about is a name that others use among themselves.
    #[error("the NameID is qualified for other parties")]
    ForeignNameId,
}

impl Refusal {
    /// All of them.
    pub const ALL: [Self; 24] = [
        Self::Undecodable,
        Self::TooLarge,
        Self::NotXml,
        Self::Doctype,
        Self::Markup,
        Self::NotAnAuthnRequest,
        Self::NotALogoutMessage,
        Self::Malformed,
        Self::NoMessage,
        Self::TwoMessages,
        Self::DuplicateParameter,
        Self::UnknownParameter,
        Self::Unsigned,
        Self::SignatureProfile,
        Self::BadSignature,
        Self::AlgorithmNotAllowed,
        Self::WrongIssuer,
        Self::WrongDestination,
        Self::Expired,
        Self::FromTheFuture,
        Self::UnknownAcs,
        Self::UnsupportedVersion,
        Self::EncryptedNameId,
        Self::ForeignNameId,
    ];

    /// A word that never changes, for logs, pages and support.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Undecodable => "undecodable",
            Self::TooLarge => "too-large",
            Self::NotXml => "not-xml",
            Self::Doctype => "doctype",
            Self::Markup => "markup",
            Self::NotAnAuthnRequest => "not-an-authn-request",
            Self::NotALogoutMessage => "not-a-logout-message",
            Self::Malformed => "malformed",
            Self::NoMessage => "no-message",
            Self::TwoMessages => "two-messages",
            Self::DuplicateParameter => "duplicate-parameter",
            Self::UnknownParameter => "unknown-parameter",
            Self::Unsigned => "unsigned",
            Self::SignatureProfile => "signature-profile",
            Self::BadSignature => "bad-signature",
            Self::AlgorithmNotAllowed => "algorithm-not-allowed",
            Self::WrongIssuer => "wrong-issuer",
            Self::WrongDestination => "wrong-destination",
            Self::Expired => "expired",
            Self::FromTheFuture => "from-the-future",
            Self::UnknownAcs => "unknown-acs",
            Self::UnsupportedVersion => "unsupported-version",
            Self::EncryptedNameId => "encrypted-name-id",
            Self::ForeignNameId => "foreign-name-id",
        }
    }
}

impl From<XmlFault> for Refusal {
    fn from(fault: XmlFault) -> Self {
        match fault {
            XmlFault::TooLarge => Self::TooLarge,
            XmlFault::Doctype => Self::Doctype,
            XmlFault::Markup => Self::Markup,
            XmlFault::Encoding => Self::Undecodable,
            XmlFault::Malformed => Self::NotXml,
        }
    }
}

impl From<SignatureFault> for Refusal {
    fn from(fault: SignatureFault) -> Self {
        match fault {
            SignatureFault::Missing => Self::Unsigned,
            SignatureFault::NotTheProfile => Self::SignatureProfile,
            SignatureFault::AlgorithmNotAllowed => Self::AlgorithmNotAllowed,
            SignatureFault::Wrong => Self::BadSignature,
        }
    }
}
