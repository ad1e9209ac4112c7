//! What a run would do, counted: nothing is done before it is known.

use std::collections::{BTreeMap, BTreeSet};

use aws_lc_rs::digest::{SHA256, digest};
use portner_domain::IdentityId;
use serde::{Deserialize, Serialize};

use super::batch::{BATCH_RECORDS, Contested, Planned, Planner, Work};
use super::mapping::Load;
use super::names::{USER_NAMES_CHANGED_MAX, Wish, settle};
use super::plan::{Kind, Step};
use super::record::Wrong;
use super::source::{Source, Unusable};
use super::{FirstReading, Lease, Told, Watch};
use crate::{Error, store};

/// Of each kind, so many are told by key.
pub const TOLD_MAX: usize = 20;
/// Identities looked at in one page when those are sought that the source has no more.
pub const MISSING_PAGE: u32 = 1_000;

/// What a run would do.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Survey {
    /// Records read.
    pub records: u64,
    /// Records that can't be used.
    pub failed: u64,
    /// How many of each kind.
    pub counts: BTreeMap<Kind, u64>,
    /// The first of each kind.
    pub first: BTreeMap<Kind, Vec<One>>,
    /// From how many it takes login or level.
    pub losing: u64,
    /// Of so many that come from the feed and are in use.
    pub of: u64,
    /// Not in the source, and left alone all the same: some records have no key, and might be theirs.
    pub left_alone: u64,
    /// Is it so much that a second person is asked?
    pub held: bool,
    /// What it takes from whom, as a sum in which order does not count.
    pub losers: String,
    #[serde(skip)]
    pub(super) wishes: Vec<Wish>,
    #[serde(skip)]
    sum: u128,
}

/// What is read again of a plan.
#[derive(Deserialize)]
pub(super) struct Losers {
    #[serde(default)]
    pub(super) losers: String,
}

/// One identity, and what changes.
#[derive(Clone, Debug, Serialize)]
pub struct One {
    /// What it is called in the feed.
    pub key: String,
    /// What, in words; never to what.
    pub what: String,
}

/// A record that waits to know whether the holder of the user name gives it up.
struct Claim {
    line: u64,
    key: Option<String>,
    contested: Contested,
}

impl Survey {
    /// Is there nothing to do?
    pub fn is_empty(&self) -> bool {
        self.counts.iter().all(|(kind, count)| *kind == Kind::Returner || *count == 0)
    }

    /// How many of a kind.
    pub fn count(&self, kind: Kind) -> u64 {
        self.counts.get(&kind).copied().unwrap_or(0)
    }

    fn note(&mut self, kind: Kind, key: &str, what: String) {
        *self.counts.entry(kind).or_default() += 1;
        let first = self.first.entry(kind).or_default();
        if first.len() < TOLD_MAX {
            first.push(One { key: key.to_owned(), what });
        }
    }

    fn note_work(&mut self, work: &Work) {
        for (kind, steps) in work.plan.kinds() {
            let words: Vec<String> = steps.iter().map(|step| step.words()).collect();
            self.note(kind, &work.record.key, words.join(", "));
        }
        let lost: Vec<String> = work.plan.steps.iter().filter(|step| step.loses()).map(Step::words).collect();
        if !lost.is_empty() {
            self.lose(&work.record.key, &lost.join(", "));
        }
    }

    fn lose(&mut self, key: &str, what: &str) {
        self.losing += 1;
        let hash = digest(&SHA256, format!("{key}\n{what}").as_bytes());
        let short = hash.as_ref().iter().take(size_of::<u128>());
        self.sum = self.sum.wrapping_add(short.fold(0, |sum, byte| (sum << 8) | u128::from(*byte)));
    }

    fn wish(&mut self, work: &Work, holder: Option<IdentityId>) {
        if work.plan.steps.contains(&Step::UserName) {
            let (identity, name) = (work.identity, work.record.user_name.clone());
            self.wishes.push(Wish { identity, name, holder });
        }
    }
}

/// Compare all of a source with what is on record.
pub(super) async fn survey<S: Source, W: Watch>(
    planner: &Planner<'_>,
    source: &mut S,
    watch: &mut W,
    (read, lease): (&FirstReading, Option<&Lease<'_>>),
) -> Result<Result<Survey, Unusable>, Error> {
    let records = read.records;
    let mut survey = Survey { records, ..Survey::default() };
    survey.of = store::feed::count_in_use(planner.db, &planner.feed.name).await?;
    let mut claims = Vec::new();
    if let Err(unusable) = source.begin().await {
        return Ok(Err(unusable));
    }
    let mut done = 0_u64;
    loop {
        let rows = match source.next(BATCH_RECORDS).await {
            Ok(rows) if rows.is_empty() => break,
            Ok(rows) => rows,
            Err(unusable) => return Ok(Err(unusable)),
        };
        done += super::whole(rows.len());
        for planned in planner.plans(rows).await? {
            compare(&mut survey, &mut claims, planned, watch);
        }
        if claims.len().max(survey.wishes.len()) > USER_NAMES_CHANGED_MAX {
            return Ok(Err(Unusable::TooManyUserNames));
        }
        if !super::still_ours(lease).await? {
            return Ok(Err(Unusable::Busy));
        }
        watch.progress(done, records);
    }
    decide(&mut survey, claims, watch);
    count_missing(&mut survey, planner, read.keyless).await?;
    if !super::still_ours(lease).await? {
        return Ok(Err(Unusable::Busy));
    }
    survey.losers = format!("{:032x}", survey.sum);
    survey.held = planner.feed.brake.holds(survey.losing, survey.of);
    Ok(Ok(survey))
}

fn compare<W: Watch>(survey: &mut Survey, claims: &mut Vec<Claim>, planned: Planned, watch: &mut W) {
    let Planned { line, key, work, contested } = planned;
    match (work, contested) {
        (Ok(work), _) => {
            survey.wish(&work, None);
            survey.note_work(&work);
        }
        (Err(_), Some(contested)) => {
            survey.wish(&contested.work, Some(contested.holder));
            claims.push(Claim { line, key, contested });
        }
        (Err(wrong), None) => {
            survey.failed += 1;
            watch.wrong(&Told { line, key, wrong });
        }
    }
}

/// Who gets the user name that somebody else has: those whose holder gets another.
fn decide<W: Watch>(survey: &mut Survey, claims: Vec<Claim>, watch: &mut W) {
    survey.wishes = settle(std::mem::take(&mut survey.wishes));
    let given_up: BTreeSet<IdentityId> = survey.wishes.iter().map(|wish| wish.identity).collect();
    for Claim { line, key, contested } in claims {
        if given_up.contains(&contested.holder) {
            survey.note_work(&contested.work);
        } else {
            survey.failed += 1;
            watch.wrong(&Told { line, key, wrong: Wrong::UserNameTaken });
        }
    }
}

async fn count_missing(survey: &mut Survey, planner: &Planner<'_>, keyless: u64) -> Result<(), Error> {
    if planner.feed.load == Load::Delta {
        return Ok(());
    }
    let mut after = None;
    loop {
        let page = store::feed::in_use(planner.db, &planner.feed.name, after, MISSING_PAGE).await?;
        for (_, key) in page.iter().filter(|(_, key)| !planner.index.has(key)) {
            if keyless > 0 {
                survey.left_alone += 1;
            } else {
                survey.lose(key, "stop");
                survey.note(Kind::Lock, key, "stop: not in the source any more".to_owned());
            }
        }
        after = match page.last() {
            Some((last, _)) => Some(*last),
            None => return Ok(()),
        };
    }
}
