//! How many people there are in the organisation, where, and what is not on record of them. Who has ended is not among them.

use portner_audit_log::Database;
use portner_domain::identity::Cvr;
use portner_domain::unit::{ProductionUnit, Unit};

use crate::{Error, store};

/// Places in one list, at most.
pub const PLACES_MAX: u32 = 200;

/// An organisation, and how many work there.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct OrganisationCount {
    /// Its number in the business register.
    pub cvr: Cvr,
    /// Its name.
    pub name: String,
    /// Identities that may be used.
    pub active: u64,
    /// Identities that are stopped.
    pub locked: u64,
    /// Identities whose employment is over. What is left of those that were erased is not counted.
    pub ended: u64,
}

/// Something that may not be on record of somebody.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Lacking {
    /// Where in the organisation they work.
    Unit,
    /// Where in the business register.
    ProductionUnit,
    /// A work e-mail: what happens to their login can't be told to them.
    Email,
}

impl Lacking {
    /// Each of them.
    pub const ALL: [Self; 3] = [Self::Unit, Self::ProductionUnit, Self::Email];

    /// The word for it in addresses and keys of texts.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Unit => "unit",
            Self::ProductionUnit => "production-unit",
            Self::Email => "email",
        }
    }
}

impl std::str::FromStr for Lacking {
    type Err = NothingLacking;

    fn from_str(word: &str) -> Result<Self, NothingLacking> {
        Self::ALL.into_iter().find(|it| it.word() == word).ok_or(NothingLacking)
    }
}

/// Nothing that could be lacking is called so.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("what may be lacking is unit, production-unit or email")]
pub struct NothingLacking;

/// The organisations, by name.
pub async fn organisations_counted(db: &Database) -> Result<Vec<OrganisationCount>, Error> {
    store::organisation::counted(db).await
}

/// The units that somebody works in, by path and after one in that order, with how many work in each and in no part of it.
pub async fn units_counted(
    db: &Database,
    after: Option<&Unit>,
    most: u32,
) -> Result<Vec<(Unit, u64)>, Error> {
    store::organisation::units(db, after, most.clamp(1, PLACES_MAX)).await
}

/// The production units that somebody works in, by number and after one in that order, with how many.
pub async fn production_units_counted(
    db: &Database,
    after: Option<&ProductionUnit>,
    most: u32,
) -> Result<Vec<(ProductionUnit, u64)>, Error> {
    store::organisation::production_units(db, after, most.clamp(1, PLACES_MAX)).await
}

/// Of how many something is not on record.
pub async fn lacking_counted(db: &Database) -> Result<Vec<(Lacking, u64)>, Error> {
    store::organisation::lacking(db).await
}
