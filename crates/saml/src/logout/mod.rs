//! Single logout: the two messages, which either side may send and either side may receive (SAML profiles 4.4).
//!
//! They are the same whoever sends them, so there is one writer and one reader for the identity provider and
//! for service providers. Every one is signed, on both bindings: an unsigned request to log somebody out would
//! be everybody's (T-SLO-01).

mod build;
mod receive;

pub use build::{
    LogoutRequestDescription, LogoutResponseDescription, logout_request, logout_response,
    signed_logout_request, signed_logout_response,
};
pub use receive::{
    LogoutForm, LogoutRequest, LogoutResponse, Peer, ReceivedLogout, ReceivedLogoutRequest,
    ReceivedLogoutResponse, receive_post, receive_redirect,
};
