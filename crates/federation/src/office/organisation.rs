//! The organisation as whoever looks after the installation sees it: how many, where, and what is not on record.

use portner_directory::{
    Lacking, OrganisationCount, PLACES_MAX, lacking_counted, organisations_counted, production_units_counted,
    units_counted,
};
use portner_domain::role::Action;
use portner_domain::unit::{ProductionUnit, Unit};

use super::Warrant;
use crate::{Error, Federation};

/// Places in order, and after which the list goes on, if it does.
#[derive(Clone, Debug)]
pub struct Places<T> {
    /// Each with how many work there.
    pub rows: Vec<(T, u64)>,
    /// The last of these, if there are more.
    pub next: Option<T>,
}

/// The organisation in numbers.
#[derive(Clone, Debug)]
pub struct InNumbers {
    /// The organisations of this installation: mostly one.
    pub organisations: Vec<OrganisationCount>,
    /// The units that somebody works in.
    pub units: Places<Unit>,
    /// The production units that somebody works in.
    pub production_units: Places<ProductionUnit>,
    /// Of how many something is not on record.
    pub lacking: Vec<(Lacking, u64)>,
}

impl Federation {
    /// How many people there are, and where; a page of the places after these.
    pub async fn in_numbers(
        &self,
        warrant: &Warrant,
        (unit, production_unit): (Option<&Unit>, Option<&ProductionUnit>),
    ) -> Result<InNumbers, Error> {
        warrant.for_any(Action::SeeHealth)?;
        let database = self.log.database();
        Ok(InNumbers {
            organisations: organisations_counted(database).await?,
            units: paged(units_counted(database, unit, PLACES_MAX).await?),
            production_units: paged(production_units_counted(database, production_unit, PLACES_MAX).await?),
            lacking: lacking_counted(database).await?,
        })
    }
}

/// A full page is taken for one with more behind it: the last of them is empty then, and says so.
fn paged<T: Clone>(rows: Vec<(T, u64)>) -> Places<T> {
    let is_full = u32::try_from(rows.len()).is_ok_and(|rows| rows >= PLACES_MAX);
    let next = rows.last().filter(|_| is_full).map(|(last, _)| last.clone());
    Places { rows, next }
}
