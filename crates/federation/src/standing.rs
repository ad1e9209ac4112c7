//! Everything on record about an identity that bears on a login, gathered from its owners.

use portner_audit_log::Database;
use portner_domain::IdentityId;
use portner_domain::identity::{Standing, UserName};

use crate::{Error, store};

/// What is on record about an identity now.
pub async fn of(db: &Database, identity: IdentityId) -> Result<Option<Standing>, Error> {
    store::standing(db, identity).await
}

/// The same, by user name.
pub async fn of_name(db: &Database, name: &UserName) -> Result<Option<Standing>, Error> {
    match portner_directory::by_user_name(db, name).await? {
        Some(identity) => of(db, identity.id).await,
        None => Ok(None),
    }
}
