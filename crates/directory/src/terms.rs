//! The terms of use: which version is in force, and who agreed to it (NSIS 3.1.1).
//!
//! A version's texts never change; whoever has other texts publishes another version.

use std::net::IpAddr;

use aws_lc_rs::digest::{SHA256, digest};
use portner_audit_log::{Database, Event, Tx};
use portner_domain::session::SessionName;
use portner_domain::terms::HoldFor;
use portner_domain::{IdentityId, Level, Moment};

use crate::{Error, store};

/// The longest text of the terms, in either language.
pub const TERMS_BYTES_MAX: usize = 64 * 1024;
/// The longest name of a version, in characters.
pub const VERSION_CHARS_MAX: usize = 40;

/// A version of the terms, as somebody wrote it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Terms {
    /// What it is called: "2026-1".
    pub version: String,
    /// The text in Danish; empty lines part its paragraphs.
    pub danish: String,
    /// The text in English.
    pub english: String,
    /// Must it be agreed to?
    pub duty: Duty,
    /// Also by whoever agreed to an earlier version?
    pub again: Again,
    /// What waits for it?
    pub hold_for: HoldFor,
}

/// Must it be agreed to?
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Duty {
    /// Nobody may go without.
    Mandatory,
    /// It may be read and left.
    Voluntary,
}

/// Whether an agreement to an earlier version is enough.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Again {
    /// Everybody has to agree anew.
    Everybody,
    /// Only who never agreed.
    Newcomers,
}

/// A version in force, or that was.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Published {
    /// The version.
    pub terms: Terms,
    /// Since when.
    pub at: Moment,
}

/// Somebody and the terms.
#[derive(Clone, Debug)]
pub struct Agreement {
    /// The version in force, if there is any.
    pub current: Option<Published>,
    /// The versions that they agreed to, and when; newest first.
    pub accepted: Vec<(String, Moment)>,
    /// Do they still have to agree to the one in force?
    pub is_due: bool,
}

/// Which terms somebody agrees to, and how.
#[derive(Clone, Debug)]
pub struct Acceptance<'a> {
    /// The version that they were shown.
    pub version: &'a str,
    /// SHA-256 of the text that they were shown, in hexadecimal: in whichever language they read it.
    pub sha256: &'a str,
    /// In which session.
    pub session: SessionName,
    /// How well they were recognised in it.
    pub aal: Option<Level>,
    /// From where.
    pub address: IpAddr,
}

/// Terms that can't be published.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Unpublishable {
    /// The version says something else already.
    #[error(
        "the terms {0} are published with another text or to another effect; give the new ones a new version"
    )]
    Changed(String),
    /// Empty, or too long.
    #[error(
        "the terms have a version of 1 to {VERSION_CHARS_MAX} characters and texts of 1 to {TERMS_BYTES_MAX} bytes"
    )]
    Size,
}

/// Versions in a list, at most.
pub const TERMS_LISTED_MAX: u32 = 100;

/// A version in a list.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TermsVersion {
    /// What it is called.
    pub version: String,
    /// Since when.
    pub at: Moment,
    /// How many agreed to it.
    pub agreed: u64,
}

/// The versions, newest first, at most [`TERMS_LISTED_MAX`]; the first is in force.
pub async fn terms_versions(db: &Database) -> Result<Vec<TermsVersion>, Error> {
    store::terms_versions(db, TERMS_LISTED_MAX).await
}

/// The version of this name.
pub async fn terms_called(db: &Database, version: &str) -> Result<Option<Published>, Error> {
    store::terms(db, version).await
}

/// The version in force, if there is any.
pub async fn terms_in_force(db: &Database) -> Result<Option<Published>, Error> {
    store::terms_in_force(db).await
}

/// Put a version into force. Writes nothing if it is in force already.
pub async fn publish_terms(
    db: &Database,
    tx: &mut Tx,
    terms: &Terms,
) -> Result<Result<(), Unpublishable>, Error> {
    let fits = |text: &str| !text.trim().is_empty() && text.len() <= TERMS_BYTES_MAX;
    let named = (1..=VERSION_CHARS_MAX).contains(&terms.version.chars().count());
    if !named || !fits(&terms.danish) || !fits(&terms.english) {
        return Ok(Err(Unpublishable::Size));
    }
    let known = store::terms(db, &terms.version).await?;
    if let Some(known) = known {
        let same = known.terms == *terms;
        return Ok(if same { Ok(()) } else { Err(Unpublishable::Changed(terms.version.clone())) });
    }
    let now = tx.now();
    let (danish_sha256, english_sha256) = (terms_sha256(&terms.danish), terms_sha256(&terms.english));
    let event = Event::TermsPublished {
        version: terms.version.clone(),
        danish_sha256: danish_sha256.clone(),
        english_sha256: english_sha256.clone(),
    };
    store::insert_terms(tx.write(event), terms, (&danish_sha256, &english_sha256), now).await?;
    Ok(Ok(()))
}

/// How somebody stands to the terms.
pub async fn agreement(db: &Database, identity: IdentityId) -> Result<Agreement, Error> {
    let current = store::terms_in_force(db).await?;
    let accepted = store::accepted_terms(db, identity).await?;
    let is_due = store::has_terms_due(db, identity).await?;
    Ok(Agreement { current, accepted, is_due })
}

/// Somebody agrees to the version in force. False if it is another one by now, or they did before.
pub async fn accept_terms(
    db: &Database,
    tx: &mut Tx,
    identity: IdentityId,
    how: &Acceptance<'_>,
) -> Result<bool, Error> {
    let Some(Published { terms, .. }) = store::terms_in_force(db).await? else { return Ok(false) };
    let is_its_text = [&terms.danish, &terms.english].iter().any(|text| terms_sha256(text) == how.sha256);
    if terms.version != how.version || !is_its_text {
        return Ok(false);
    }
    let now = tx.now();
    let event = Event::TermsAccepted {
        identity,
        version: terms.version.clone(),
        session: how.session.to_string(),
        aal: how.aal,
        text_sha256: Some(how.sha256.to_owned()),
        address: Some(how.address.to_string()),
    };
    store::accept_terms(tx.write(event), identity, &terms.version, now).await
}

/// What a text is called in events, and in the form by which somebody agrees to it: its SHA-256, in hexadecimal.
pub fn terms_sha256(text: &str) -> String {
    hex::encode(digest(&SHA256, text.as_bytes()))
}
