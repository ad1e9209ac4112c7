//! Putting on record that somebody was proofed in person: what it was worth is computed, what was shown is sealed.

use portner_audit_log::envelope::Place;
use portner_audit_log::{Database, Event, Tx};
use portner_domain::meeting::{Check, Meeting, Paper, Second, Shortfall, Shown};
use portner_domain::proofing::Proofing;
use portner_domain::{Entropy, IdentityId, PersonId, ProofingId};
use serde::{Deserialize, Serialize};

use crate::{Error, Personal, store};

/// Longest number of a paper, in characters.
pub const PAPER_NUMBER_CHARS_MAX: usize = 40;

/// The number of a paper that can't be one.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("the number of a paper is 1 to {PAPER_NUMBER_CHARS_MAX} letters and digits, its country two letters")]
pub struct BadPaperNumber;

/// The number of a paper that was shown, and who issued it.
#[derive(Clone, Deserialize, Serialize)]
pub struct PaperNumber {
    /// Which of the papers.
    pub paper: Paper,
    /// Two letters of the country (ISO 3166-1).
    pub country: String,
    /// Its number, without spaces, in capital letters.
    pub number: String,
}

impl PaperNumber {
    /// As somebody typed it: however it is spaced, it is the same number.
    pub fn typed(paper: Paper, country: &str, number: &str) -> Result<Self, BadPaperNumber> {
        let plain = |text: &str| -> String {
            text.chars().filter(|c| !c.is_whitespace() && *c != '-').flat_map(char::to_uppercase).collect()
        };
        let (country, number) = (plain(country), plain(number));
        let is_country = country.len() == 2 && country.bytes().all(|byte| byte.is_ascii_uppercase());
        let is_number = (1..=PAPER_NUMBER_CHARS_MAX).contains(&number.chars().count())
            && number.chars().all(char::is_alphanumeric);
        if is_country && is_number { Ok(Self { paper, country, number }) } else { Err(BadPaperNumber) }
    }
}

impl std::fmt::Debug for PaperNumber {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PaperNumber({:?}, …)", self.paper)
    }
}

/// What came of a meeting.
#[derive(Clone, Debug)]
pub struct Met {
    /// The proofing on record.
    pub proofing: Proofing,
    /// Others who showed one of these papers: somebody should look at that.
    pub also_shown_by: Vec<PersonId>,
}

/// Everything about a meeting that is sealed.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Record {
    /// The numbers of the papers.
    pub papers: Vec<PaperNumber>,
    /// What they were.
    pub shown: Vec<Shown>,
    /// What was checked.
    pub checks: Vec<Check>,
    /// How else it was made sure.
    pub second: Option<Second>,
    /// Where they met.
    pub place: String,
}

/// What was shown at a proofing; nothing if it was not in person, or the person was erased.
pub async fn shown_at(
    db: &Database,
    personal: &Personal,
    (person, proofing): (PersonId, ProofingId),
) -> Result<Option<Record>, Error> {
    let Some(sealed) = store::meeting::sealed(db, proofing).await? else { return Ok(None) };
    let row = proofing.to_string();
    let opened = personal.open_for(person, &details_place(&row), &sealed).await?;
    let read = |plain: zeroize::Zeroizing<Vec<u8>>| {
        serde_json::from_slice(&plain).map_err(|_| Error::Corrupt(format!("what was shown at {row}")))
    };
    opened.map(read).transpose()
}

/// Who else showed one of these papers?
pub async fn also_shown_by(
    db: &Database,
    personal: &Personal,
    person: PersonId,
    papers: &[PaperNumber],
) -> Result<Vec<PersonId>, Error> {
    let mut conn = db.reader().acquire().await?;
    let mut found = std::collections::BTreeSet::new();
    for paper in papers {
        found.extend(store::meeting::shown_by_others(&mut conn, &index_of(personal, paper), person).await?);
    }
    Ok(found.into_iter().collect())
}

/// Put a meeting on record, if it proves anything.
pub async fn met(
    personal: &Personal,
    entropy: &dyn Entropy,
    tx: &mut Tx,
    meeting: &Meeting,
    (officer, papers, place): (IdentityId, &[PaperNumber], &str),
) -> Result<Result<Met, Vec<Shortfall>>, Error> {
    let evidence = match meeting.evidence() {
        Ok(evidence) => evidence,
        Err(shortfalls) => return Ok(Err(shortfalls)),
    };
    let (at, person) = (tx.now(), meeting.person);
    let proofing = Proofing { id: ProofingId::new(at, entropy), person, evidence, at, withdrawn: None };
    let event = Event::ProofingRecorded {
        proofing: proofing.id,
        person,
        evidence: proofing.evidence.clone(),
        level: proofing.evidence.level(),
    };
    let conn = tx.write(event);
    store::insert_proofing(conn, &proofing).await?;
    let record = Record {
        papers: papers.to_vec(),
        shown: meeting.shown.clone(),
        checks: meeting.checks.clone(),
        second: meeting.second,
        place: place.to_owned(),
    };
    let plain = zeroize::Zeroizing::new(store::to_json(&record)?);
    let row = proofing.id.to_string();
    let sealed = personal.seal(conn, person, &details_place(&row), plain.as_bytes()).await?;
    let officers = (officer, meeting.second_officer);
    store::meeting::insert(conn, proofing.id, officers, &sealed).await?;
    let mut also_shown_by = Vec::new();
    for paper in papers {
        let index = index_of(personal, paper);
        also_shown_by.extend(store::meeting::shown_by_others(conn, &index, person).await?);
        store::meeting::insert_paper(conn, &index, proofing.id).await?;
    }
    Ok(Ok(Met { proofing, also_shown_by }))
}

/// Under which the number of a paper is found again.
fn index_of(personal: &Personal, paper: &PaperNumber) -> String {
    let text = format!("{}\0{}\0{}", paper.paper.word(), paper.country, paper.number);
    personal.index("paper", &text)
}

const fn details_place(proofing: &str) -> Place<'_> {
    Place { table: "meeting", column: "sealed", row: proofing }
}
