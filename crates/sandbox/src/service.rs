//! The sandbox's service provider: it asks Portner who somebody is, and shows the answer.
//!
//! It believes only what `portner_saml` has verified, as a service provider in production must.

mod login;
mod logout;
mod own;
mod pages;
mod visitors;
mod website;

#[cfg(test)]
mod tests;

pub use login::Service;
pub use own::{Own, policy};
pub use website::router;

/// What the start page shows of the world around.
#[derive(Clone, Debug)]
pub struct Surroundings {
    /// Portner's start page.
    pub portner_url: String,
    /// Portner's metadata.
    pub metadata_url: String,
    /// The link that makes the first administrator, while it works.
    pub admin_link: Option<String>,
    /// Who can try to log in.
    pub users: Vec<ShownUser>,
}

/// Somebody who can try to log in.
#[derive(Clone, Debug)]
pub struct ShownUser {
    /// Their name.
    pub name: String,
    /// What they log in with.
    pub username: String,
    /// Their password.
    pub password: String,
    /// Their secret for one-time codes, in base32.
    pub totp_secret: Option<String>,
    /// What they are there to show.
    pub purpose: String,
}
