//! What was last seen there and what was said of it, as values: rows with the CPR number beside them, sealed.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use portner_audit_log::envelope::{Envelope, Place};
use portner_audit_log::{AuditLog, Database};
use portner_directory::Personal;
use portner_domain::cpr::Cpr;
use portner_domain::{Entropy, IdentityId, Moment};

use crate::Error;
use crate::plan::{Agreed, Bond, Desired, Observed, Other, Version};
use crate::store::{self, BondRow, SeenRow};
use crate::wire::EmployeeUuid;

/// What ties one of ours to one there, and whether something said of it was never answered.
#[derive(Clone, Debug)]
pub(crate) struct Kept {
    pub(crate) bond: Bond,
    pub(crate) look_first: bool,
}

impl Kept {
    pub(crate) const NOTHING: Self = Self { bond: Bond::None, look_first: false };
}

/// The tables, with the keys to what is sealed in them.
#[derive(Clone)]
pub(crate) struct Mirror {
    pub(crate) log: AuditLog,
    pub(crate) personal: Personal,
    pub(crate) envelope: Arc<Envelope>,
    pub(crate) entropy: Arc<dyn Entropy>,
}

impl Mirror {
    pub(crate) fn db(&self) -> &Database {
        self.log.database()
    }

    /// What each of these is tied to; those that are not named are tied to nothing.
    pub(crate) async fn bonds(&self, of: &[IdentityId]) -> Result<HashMap<IdentityId, Kept>, Error> {
        let rows = store::bonds(self.db(), of).await?;
        rows.iter().map(|row| Ok((row.identity, self.kept(row)?))).collect()
    }

    pub(crate) async fn bond(&self, of: IdentityId) -> Result<Kept, Error> {
        Ok(self.bonds(&[of]).await?.remove(&of).unwrap_or(Kept::NOTHING))
    }

    /// What was seen of each of these.
    pub(crate) async fn seen(
        &self,
        of: &[EmployeeUuid],
    ) -> Result<BTreeMap<EmployeeUuid, (Observed, Option<IdentityId>)>, Error> {
        let rows = store::seen(self.db(), of).await?;
        rows.into_iter().map(|(uuid, (row, whose))| Ok((uuid, (self.observed(&row)?, whose)))).collect()
    }

    /// All there with the number or the name of one of these, for those of them that a plan needs it for.
    pub(crate) async fn others(&self, of: &[&Desired]) -> Result<Others, Error> {
        let sought = || of.iter().flat_map(|desired| desired.sought());
        let indexes: Vec<_> = sought().filter_map(|it| Some(self.personal.cpr_index(it.cpr?))).collect();
        let names: Vec<_> = sought().filter_map(|it| Some(it.local_name?.trim().to_lowercase())).collect();
        let (indexes, names) = (strs(&indexes), strs(&names));
        let mut others = Others::default();
        for (row, whose) in store::seen_with(self.db(), &indexes, &names).await? {
            let place = others.all.len();
            for key in [row.cpr_index.clone(), row.local_name.clone()].into_iter().flatten() {
                others.by.entry(key).or_default().push(place);
            }
            others.all.push((self.observed(&row)?, whose));
        }
        Ok(others)
    }

    /// Those of them that bear on one.
    pub(crate) fn others_of(&self, desired: &Desired, others: &Others) -> Vec<Other> {
        let keys = desired.sought().flat_map(|it| {
            let index = it.cpr.map(|cpr| self.personal.cpr_index(cpr));
            [index, it.local_name.map(|name| name.trim().to_lowercase())]
        });
        let mut places: Vec<usize> =
            keys.flatten().flat_map(|key| others.by.get(&key).cloned().unwrap_or_default()).collect();
        places.sort_unstable();
        places.dedup();
        let of = |place: usize| others.all.get(place);
        let other = |(found, whose): &(Observed, Option<IdentityId>)| Other {
            is_claimed: whose.is_some_and(|whose| whose != desired.identity),
            found: found.clone(),
        };
        places.into_iter().filter_map(of).map(other).collect()
    }

    fn kept(&self, row: &BondRow) -> Result<Kept, Error> {
        let mut agreed: Agreed = from_json(&row.agreed)?;
        agreed.cpr = self.opened("sync_bond", &row.identity.to_string(), row.cpr.as_deref())?;
        let agreed = Box::new(agreed);
        let bond = match (row.employee, row.unsure_since) {
            (Some(employee), _) => Bond::With { employee, agreed },
            (None, Some(since)) => Bond::Unsure { asked: agreed, since },
            (None, None) => Bond::None,
        };
        Ok(Kept { bond, look_first: row.look_first })
    }

    /// As a row. A bond with nothing has none.
    pub(crate) fn bond_row(
        &self,
        identity: IdentityId,
        bond: &Bond,
        look_first: bool,
    ) -> Result<BondRow, Error> {
        let (employee, unsure_since, agreed) = match bond {
            Bond::None => (None, None, None),
            Bond::Unsure { asked, since } => (None, Some(*since), Some(asked)),
            Bond::With { employee, agreed } => (Some(*employee), None, Some(agreed)),
        };
        let cpr = agreed.and_then(|agreed| agreed.cpr.as_ref());
        let cpr = self.sealed("sync_bond", &identity.to_string(), cpr)?;
        let agreed = to_json(&agreed.map(AsRef::as_ref).unwrap_or(&Agreed::default()))?;
        Ok(BondRow { identity, employee, unsure_since, agreed, cpr, look_first })
    }

    pub(crate) fn observed(&self, row: &SeenRow) -> Result<Observed, Error> {
        let mut observed: Observed = from_json(&row.seen)?;
        observed.cpr = self.opened("sync_mirror", &row.employee.to_string(), row.cpr.as_deref())?;
        Ok(observed)
    }

    pub(crate) fn seen_row(&self, observed: &Observed) -> Result<SeenRow, Error> {
        let local = observed.authenticators.as_ref().and_then(|held| held.local.as_deref());
        Ok(SeenRow {
            employee: observed.employee,
            seen: to_json(observed)?,
            cpr: self.sealed("sync_mirror", &observed.employee.to_string(), observed.cpr.as_ref())?,
            cpr_index: observed.cpr.as_ref().map(|cpr| self.personal.cpr_index(cpr)),
            local_name: local.map(|name| name.trim().to_lowercase()),
        })
    }

    fn sealed(&self, table: &'static str, row: &str, cpr: Option<&Cpr>) -> Result<Option<String>, Error> {
        let place = Place { table, column: "cpr", row };
        let seal = |cpr: &Cpr| self.envelope.seal(&*self.entropy, &place, cpr.digits().as_bytes());
        Ok(cpr.map(seal).transpose()?)
    }

    fn opened(&self, table: &'static str, row: &str, sealed: Option<&str>) -> Result<Option<Cpr>, Error> {
        let place = Place { table, column: "cpr", row };
        let Some(sealed) = sealed else { return Ok(None) };
        let opened = self.envelope.open(&place, sealed)?;
        let text = std::str::from_utf8(&opened).map_err(|_| Error::Stored("number"))?;
        text.parse().map(Some).map_err(|_| Error::Stored("number"))
    }

    /// When the lists of the last reading were asked for.
    pub(crate) async fn listed_at(&self) -> Result<Option<Moment>, Error> {
        let text = store::state(self.db(), LISTED_AT).await?;
        Ok(text.and_then(|text| text.parse().ok()).map(Moment))
    }

    /// The last reading.
    pub(crate) async fn reading(&self) -> Result<Version, Error> {
        let text = store::state(self.db(), READING).await?;
        Ok(Version(text.and_then(|text| text.parse().ok()).unwrap_or(0)))
    }
}

/// The name of the row that has the number of the last reading.
pub(crate) const READING: &str = "reading";
/// … and of the one that has when its lists were asked for.
pub(crate) const LISTED_AT: &str = "listed-at";

/// Some of those there, found by number and name.
#[derive(Default)]
pub(crate) struct Others {
    all: Vec<(Observed, Option<IdentityId>)>,
    by: HashMap<String, Vec<usize>>,
}

fn strs(texts: &[String]) -> Vec<&str> {
    texts.iter().map(String::as_str).collect()
}

fn to_json<T: serde::Serialize>(value: &T) -> Result<String, Error> {
    serde_json::to_string(value).map_err(|_| Error::Stored("value"))
}

fn from_json<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, Error> {
    serde_json::from_str(text).map_err(|_| Error::Stored("value"))
}
