//! People as other registers are told of them: who they are, what that rests on, what they hold and, for whoever has a
//! right to it, their number. Many at a time, in the order of their identifiers.

use std::collections::HashMap;

use portner_audit_log::Database;
use portner_domain::cpr::Cpr;
use portner_domain::identity::Standing;
use portner_domain::{IdentityId, Moment};

use crate::{Error, Personal, store};

/// Most that one page has.
pub const REGISTERED_PAGE_MAX: u32 = 500;

/// An identity, and all that is told of it.
#[derive(Clone, Debug)]
pub struct Registered {
    /// Who, with the proofings of its person and what it holds. What it logs in with is not read.
    pub standing: Standing,
    /// Since when the employment is over, if it is.
    pub ended: Option<Moment>,
    /// Are name and address of the person protected?
    pub is_protected: bool,
    /// The person's number, if it is on record.
    pub cpr: Option<Cpr>,
}

/// Which ones.
#[derive(Clone, Copy, Debug)]
pub enum Which<'a> {
    /// The next ones after this, or the first.
    After(Option<IdentityId>),
    /// These, at most [`REGISTERED_PAGE_MAX`].
    These(&'a [IdentityId]),
}

impl Personal {
    /// A page of them, by identifier. It is the last if it is empty, or those that were asked for.
    pub async fn registered(&self, which: Which<'_>) -> Result<Vec<Registered>, Error> {
        let db = self.database();
        let rows = store::registered::page(db, which).await?;
        let persons: Vec<_> = rows.iter().map(|row| row.identity.person).collect();
        let mut proofings: HashMap<_, Vec<_>> = HashMap::new();
        for proofing in store::registered::proofings(db, &persons).await? {
            proofings.entry(proofing.person).or_default().push(proofing);
        }
        let told = |row: store::registered::Row| {
            let person = row.identity.person;
            let cpr = match (&row.key, &row.cpr) {
                (Some(key), Some(cpr)) => {
                    let opened = self.opened_cpr(person, key, cpr);
                    // One that can't be opened is as good as none, and keeps nobody else from being told of.
                    opened
                        .inspect_err(|error| tracing::error!(%person, %error, "a CPR number can't be opened"))
                        .ok()
                }
                _ => None,
            };
            let standing = Standing {
                proofings: proofings.get(&person).cloned().unwrap_or_default(),
                identity: row.identity,
                authenticators: Vec::new(),
                holdings: Some(row.holdings),
                terms_due: None,
            };
            Ok(Registered { standing, ended: row.ended, is_protected: row.is_protected, cpr })
        };
        rows.into_iter().map(told).collect()
    }
}

/// Whose validity began or ended after `from` and not after `until`: time says so, and no event does.
pub async fn turned(db: &Database, from: Moment, until: Moment) -> Result<Vec<IdentityId>, Error> {
    store::registered::turned(db, from, until).await
}
