//! Everything on record about an identity that bears on a login, gathered from its owners.

use portner_audit_log::Database;
use portner_domain::IdentityId;
use portner_domain::identity::{Identity, Standing, UserName};

use crate::Error;

/// What is on record about an identity now.
pub async fn of(db: &Database, identity: IdentityId) -> Result<Option<Standing>, Error> {
    match portner_directory::by_id(db, identity).await? {
        Some(identity) => gather(db, identity).await.map(Some),
        None => Ok(None),
    }
}

/// The same, by user name.
pub async fn of_name(db: &Database, name: &UserName) -> Result<Option<Standing>, Error> {
    match portner_directory::by_user_name(db, name).await? {
        Some(identity) => gather(db, identity).await.map(Some),
        None => Ok(None),
    }
}

async fn gather(db: &Database, identity: Identity) -> Result<Standing, Error> {
    let proofings = portner_directory::proofings(db, identity.person).await?;
    let authenticators = portner_authenticators::of(db, identity.id).await?;
    Ok(Standing { identity, proofings, authenticators })
}
