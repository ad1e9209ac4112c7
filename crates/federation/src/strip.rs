//! Whoever ends logs in with nothing any more, and whoever comes back begins with nothing.

use portner_audit_log::Tx;
use portner_authenticators::{Authenticators, Error as AuthenticatorsError};
use portner_directory::Error;
use portner_directory::scim::{Strip, Stripping};
use portner_domain::IdentityId;

/// What the directory has done where it can't do it itself.
pub struct Stripper(pub Authenticators);

impl Strip for Stripper {
    fn strip<'a>(&'a self, tx: &'a mut Tx, identity: IdentityId) -> Stripping<'a> {
        Box::pin(strip(&self.0, tx, identity))
    }
}

/// Take away what an identity logs in with.
pub async fn strip(authenticators: &Authenticators, tx: &mut Tx, identity: IdentityId) -> Result<(), Error> {
    let failed = |error| match error {
        AuthenticatorsError::Log(error) => Error::Log(error),
        AuthenticatorsError::Storage(error) => Error::Storage(error),
        other => Error::Corrupt(other.to_string()),
    };
    authenticators.strip(tx, identity).await.map_err(failed)
}
