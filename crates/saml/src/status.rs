//! How a request ends: the status codes of SAML core 3.2.2.2, and which of them we use when.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

/// The outcome a response reports.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Status {
    /// Whose fault it is.
    pub top: TopStatus,
    /// What it is.
    pub second: Option<SecondStatus>,
    /// A short sentence for whoever reads the service provider's log; never personal data.
    pub message: Option<Cow<'static, str>>,
}

/// The top-level code.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub enum TopStatus {
    /// It worked.
    Success,
    /// The request cannot be met as it was put.
    Requester,
    /// We could not meet it.
    Responder,
    /// Not SAML 2.0.
    VersionMismatch,
}

/// The second-level code.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub enum SecondStatus {
    /// Nobody was authenticated: cancelled, failed, locked.
    AuthnFailed,
    /// No such identifier can be made.
    InvalidNameIdPolicy,
    /// The requested level or context cannot be reached.
    NoAuthnContext,
    /// It cannot be done without asking the user.
    NoPassive,
    /// None of the identity providers listed is this one.
    NoSupportedIdp,
    /// Some participants could not be logged out.
    PartialLogout,
    /// Another identity provider would have to be asked, and may not.
    ProxyCountExceeded,
    /// Understood, and refused.
    RequestDenied,
    /// The version is above ours.
    RequestVersionTooHigh,
    /// The version is below ours.
    RequestVersionTooLow,
    /// The subject asked for is not known, or not the one who is here.
    UnknownPrincipal,
    /// The response was asked for over a binding we do not use.
    UnsupportedBinding,
}

impl Status {
    /// It worked.
    pub const SUCCESS: Self = Self { top: TopStatus::Success, second: None, message: None };
    /// Not by the binding asked for.
    pub const UNSUPPORTED_BINDING: Self =
        Self::requester(SecondStatus::UnsupportedBinding, "ProtocolBinding must be absent or HTTP-POST");
    /// The name identifier policy cannot be met.
    pub const INVALID_NAME_ID_POLICY: Self =
        Self::requester(SecondStatus::InvalidNameIdPolicy, "the NameIDPolicy cannot be met");
    /// Passive, and the user would have to act.
    pub const NO_PASSIVE: Self = Self::responder(SecondStatus::NoPassive, "the user would have to act");
    /// The level, profile or context asked for is out of reach.
    pub const NO_AUTHN_CONTEXT: Self = Self::responder(
        SecondStatus::NoAuthnContext,
        "the requested authentication context cannot be reached",
    );
    /// Cancelled, wrong, or locked.
    pub const AUTHN_FAILED: Self =
        Self::responder(SecondStatus::AuthnFailed, "the user was not authenticated");
    /// Authenticated, but not for this service provider.
    pub const REQUEST_DENIED: Self =
        Self::responder(SecondStatus::RequestDenied, "the user may not log in here");
    /// Somebody else than the subject of the request.
    pub const UNKNOWN_PRINCIPAL: Self =
        Self::responder(SecondStatus::UnknownPrincipal, "the requested subject is not the one logged in");
    /// The request lists identity providers, and not us.
    pub const NO_SUPPORTED_IDP: Self =
        Self::responder(SecondStatus::NoSupportedIdp, "the request excludes this identity provider");
    /// The request forbids asking another identity provider.
    pub const PROXY_COUNT_EXCEEDED: Self =
        Self::responder(SecondStatus::ProxyCountExceeded, "another identity provider would be needed");
    /// Our fault, and nobody's business why.
    pub const INTERNAL: Self = Self { top: TopStatus::Responder, second: None, message: None };
    /// Logged out here, but not everywhere.
    pub const PARTIAL_LOGOUT: Self =
        Self { top: TopStatus::Success, second: Some(SecondStatus::PartialLogout), message: None };
    /// A version of SAML above 2.0.
    pub const VERSION_TOO_HIGH: Self = Self::version(SecondStatus::RequestVersionTooHigh);
    /// A version of SAML below 2.0.
    pub const VERSION_TOO_LOW: Self = Self::version(SecondStatus::RequestVersionTooLow);

    const fn requester(second: SecondStatus, message: &'static str) -> Self {
        Self { top: TopStatus::Requester, second: Some(second), message: Some(Cow::Borrowed(message)) }
    }

    const fn responder(second: SecondStatus, message: &'static str) -> Self {
        Self { top: TopStatus::Responder, second: Some(second), message: Some(Cow::Borrowed(message)) }
    }

    const fn version(second: SecondStatus) -> Self {
        let message = Some(Cow::Borrowed("only SAML 2.0 is spoken here"));
        Self { top: TopStatus::VersionMismatch, second: Some(second), message }
    }

    /// The same with another sentence, such as one that ends with a reference number.
    #[must_use]
    pub fn saying(self, message: impl Into<Cow<'static, str>>) -> Self {
        Self { message: Some(message.into()), ..self }
    }
}

impl TopStatus {
    const ALL: [Self; 4] = [Self::Success, Self::Requester, Self::Responder, Self::VersionMismatch];

    /// From what SAML writes. There are no others (SAML core 3.2.2.2).
    pub(crate) fn from_uri(uri: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|code| code.uri() == uri)
    }

    /// The code as SAML writes it.
    pub const fn uri(self) -> &'static str {
        match self {
            Self::Success => "urn:oasis:names:tc:SAML:2.0:status:Success",
            Self::Requester => "urn:oasis:names:tc:SAML:2.0:status:Requester",
            Self::Responder => "urn:oasis:names:tc:SAML:2.0:status:Responder",
            Self::VersionMismatch => "urn:oasis:names:tc:SAML:2.0:status:VersionMismatch",
        }
    }
}

impl SecondStatus {
    const ALL: [Self; 12] = [
        Self::AuthnFailed,
        Self::InvalidNameIdPolicy,
        Self::NoAuthnContext,
        Self::NoPassive,
        Self::NoSupportedIdp,
        Self::PartialLogout,
        Self::ProxyCountExceeded,
        Self::RequestDenied,
        Self::RequestVersionTooHigh,
        Self::RequestVersionTooLow,
        Self::UnknownPrincipal,
        Self::UnsupportedBinding,
    ];

    /// From what SAML writes, if it is one of ours.
    pub(crate) fn from_uri(uri: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|code| code.uri() == uri)
    }

    /// The code as SAML writes it.
    pub const fn uri(self) -> &'static str {
        match self {
            Self::AuthnFailed => "urn:oasis:names:tc:SAML:2.0:status:AuthnFailed",
            Self::InvalidNameIdPolicy => "urn:oasis:names:tc:SAML:2.0:status:InvalidNameIDPolicy",
            Self::NoAuthnContext => "urn:oasis:names:tc:SAML:2.0:status:NoAuthnContext",
            Self::NoPassive => "urn:oasis:names:tc:SAML:2.0:status:NoPassive",
            Self::NoSupportedIdp => "urn:oasis:names:tc:SAML:2.0:status:NoSupportedIDP",
            Self::PartialLogout => "urn:oasis:names:tc:SAML:2.0:status:PartialLogout",
            Self::ProxyCountExceeded => "urn:oasis:names:tc:SAML:2.0:status:ProxyCountExceeded",
            Self::RequestDenied => "urn:oasis:names:tc:SAML:2.0:status:RequestDenied",
            Self::RequestVersionTooHigh => "urn:oasis:names:tc:SAML:2.0:status:RequestVersionTooHigh",
            Self::RequestVersionTooLow => "urn:oasis:names:tc:SAML:2.0:status:RequestVersionTooLow",
            Self::UnknownPrincipal => "urn:oasis:names:tc:SAML:2.0:status:UnknownPrincipal",
            Self::UnsupportedBinding => "urn:oasis:names:tc:SAML:2.0:status:UnsupportedBinding",
        }
    }
}
