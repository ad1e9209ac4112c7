//! Proofs for others: that an event is in the log, and that a log only grew.

use std::ops::Range;

use futures_util::TryStreamExt as _;
use sqlx::AnyPool;

use crate::seal::as_bigint;
use crate::tree::{Frontier, Hash, consistency_ranges, inclusion_ranges};
use crate::{AuditLog, Error, EventId};

/// Where an event stands, and the hashes that prove it: see [`crate::tree::verify_inclusion`].
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Inclusion {
    /// The place of the event.
    pub index: u64,
    /// The size of the tree the proof is for.
    pub size: u64,
    /// The path.
    pub hashes: Vec<Hash>,
}

impl AuditLog {
    /// The signed note over all that is sealed: what an auditor takes home.
    pub async fn newest_checkpoint(&self) -> Result<Option<String>, Error> {
        Ok(sqlx::query_scalar("SELECT note FROM audit_checkpoint ORDER BY number DESC LIMIT 1")
            .fetch_optional(self.database().reader())
            .await?)
    }

    /// Prove that the event is in the tree of this size. Reads every leaf hash of the tree once.
    pub async fn prove_inclusion(&self, event: EventId, size: u64) -> Result<Inclusion, Error> {
        let reader = self.database().reader();
        let seq: Option<i64> = sqlx::query_scalar("SELECT seq FROM audit_event WHERE id = $1")
            .bind(event.to_string())
            .fetch_optional(reader)
            .await?;
        let index = seq.and_then(|seq| u64::try_from(seq).ok()).ok_or(Error::NoSuchEvent)?;
        let ranges = inclusion_ranges(index, size).ok_or(Error::NoSuchEvent)?;
        Ok(Inclusion { index, size, hashes: roots(reader, ranges).await? })
    }

    /// Prove that the tree of size `new` begins with the tree of size `old`.
    pub async fn prove_consistency(&self, old: u64, new: u64) -> Result<Vec<Hash>, Error> {
        let ranges = consistency_ranges(old, new).ok_or(Error::NoSuchEvent)?;
        roots(self.database().reader(), ranges).await
    }
}

async fn roots(reader: &AnyPool, ranges: Vec<Range<u64>>) -> Result<Vec<Hash>, Error> {
    let mut roots = Vec::with_capacity(ranges.len());
    for range in ranges {
        let mut leaves =
            sqlx::query_scalar("SELECT leaf_hash FROM audit_event WHERE seq >= $1 AND seq < $2 ORDER BY seq")
                .bind(as_bigint(range.start)?)
                .bind(as_bigint(range.end)?)
                .fetch(reader);
        let mut tree = Frontier::default();
        while let Some(leaf) = leaves.try_next().await? {
            let leaf: String = leaf;
            tree.push(leaf.parse().map_err(|_| Error::Stored("leaf hash"))?);
        }
        if tree.size() != range.end - range.start {
            return Err(Error::NoSuchEvent);
        }
        roots.push(tree.root());
    }
    Ok(roots)
}
