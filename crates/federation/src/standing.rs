//! Everything on record about an identity that bears on a login, gathered from its owners.

use portner_audit_log::{Database, Gather};
use portner_domain::IdentityId;
use portner_domain::identity::{Standing, UserName};

use crate::{Error, store};

/// How much of it is read.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Extent {
    /// What every login needs.
    Login,
    /// Groups and rights too.
    WithHoldings,
}

/// What is on record about an identity now, as far as every login needs it.
pub async fn of(db: &Database, identity: IdentityId) -> Result<Option<Standing>, Error> {
    read(db, identity, Extent::Login).await
}

async fn read(db: &Database, identity: IdentityId, extent: Extent) -> Result<Option<Standing>, Error> {
    let (_, rows) = store::standings(db.reader().acquire().await?, vec![(identity, extent)]).await?;
    rows.first().map_or(Ok(None), |rows| store::standing_in(rows, extent))
}

/// The same for whoever asks at the same moment, in one statement.
#[derive(Clone)]
pub struct Standings(Gather<(IdentityId, Extent), store::Rows>);

impl Standings {
    pub fn new(db: &Database) -> Self {
        Self(Gather::over(db.reader().clone(), store::standings))
    }

    /// What is on record about an identity now.
    pub async fn of(&self, identity: IdentityId, extent: Extent) -> Result<Option<Standing>, Error> {
        store::standing_in(&self.0.ask((identity, extent)).await?, extent)
    }
}

/// All of it, by user name.
pub async fn of_name(db: &Database, name: &UserName) -> Result<Option<Standing>, Error> {
    match portner_directory::by_user_name(db, name).await? {
        Some(identity) => read(db, identity.id, Extent::WithHoldings).await,
        None => Ok(None),
    }
}
