//! Where a service provider's metadata comes from, and what becomes of a new version of it.
//!
//! A version in which nothing is of concern takes the place of the old one. Any other waits until somebody has
//! seen what differs and approved these bytes; until then everything goes on as the old version says.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use portner_audit_log::{Database, Event, Tx};
use portner_domain::{Moment, ServiceProviderId};
use portner_saml::metadata::change::{Change, Vouched, changes};
use portner_saml::{Certificate, ServiceProvider};

use crate::fetch::MetadataUrl;
use crate::registry::{Refusal, StoredSp, sha256};
use crate::store;
use crate::{Error, store::metadata as rows};

/// Where metadata comes from.
#[derive(Clone, Debug, Default)]
pub struct Source {
    /// Its address; absent if it is brought by hand.
    pub url: Option<MetadataUrl>,
    /// What has to sign it; absent if nothing has to.
    pub certificate: Option<Certificate>,
}

/// A row.
#[derive(Clone, Debug)]
pub(crate) struct StoredSource {
    pub service_provider: ServiceProviderId,
    pub url: Option<String>,
    pub certificate: Option<String>,
}

/// A version that is not used, because of what differs in it.
#[derive(Clone, Debug)]
pub struct Held {
    /// Whose.
    pub service_provider: ServiceProviderId,
    /// All of it.
    pub metadata: String,
    /// Where it was found.
    pub url: String,
    /// What somebody said about it.
    pub verdict: Verdict,
    /// When it was found.
    pub found_at: Moment,
}

/// What somebody said about a version that is held.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Verdict {
    /// Nothing yet.
    Waiting,
    /// No. It is kept so that the same bytes do not come again.
    Rejected,
}

impl Verdict {
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Rejected => "rejected",
        }
    }

    pub(crate) fn of_word(word: &str) -> Option<Self> {
        [Self::Waiting, Self::Rejected].into_iter().find(|verdict| verdict.word() == word)
    }
}

impl Held {
    /// SHA-256 of its bytes, in hexadecimal: what is approved is named by it.
    pub fn sha256(&self) -> String {
        sha256(&self.metadata)
    }
}

impl Source {
    /// On record for a service provider.
    pub async fn of(db: &Database, id: ServiceProviderId) -> Result<Self, Error> {
        let Some(row) = rows::source(db, id).await? else { return Ok(Self::default()) };
        let corrupt = || Error::Corrupt(format!("metadata_source of {id}"));
        let certificate = row.certificate.map(|text| {
            let der = STANDARD.decode(text).map_err(|_| corrupt())?;
            Certificate::from_der(&der).map_err(|_| corrupt())
        });
        let url = row.url.map(|url| MetadataUrl::parse(&url).map_err(|_| corrupt()));
        Ok(Self { url: url.transpose()?, certificate: certificate.transpose()? })
    }

    /// Put it on record.
    pub(crate) async fn record(&self, tx: &mut Tx, id: ServiceProviderId) -> Result<(), Error> {
        let url = self.url.as_ref().map(ToString::to_string);
        let row = StoredSource {
            service_provider: id,
            url: url.clone(),
            certificate: self.certificate.as_ref().map(|it| STANDARD.encode(it.der())),
        };
        let event = Event::MetadataSourceSet {
            service_provider: id,
            url,
            certificate_sha256: self.certificate.as_ref().map(Certificate::fingerprint),
        };
        rows::set_source(tx.write(event), &row).await
    }
}

/// A new version of somebody's metadata, read and compared.
pub(crate) struct Judged {
    pub metadata: ServiceProvider,
    pub changes: Vec<Change>,
}

impl Judged {
    /// May it take the place of the old one without anybody's word?
    pub fn is_harmless(&self) -> bool {
        self.changes.iter().all(|change| change.concern.is_none())
    }

    /// Stable codes of what is of concern, each once.
    pub fn concerns(&self) -> Vec<String> {
        let mut codes: Vec<_> =
            self.changes.iter().filter_map(|change| change.concern).map(|it| it.code().to_owned()).collect();
        codes.sort();
        codes.dedup();
        codes
    }
}

/// Read metadata that arrived for whoever is known, or for somebody new. Where a certificate is on record, the
/// document has to be signed with it, whoever brings it.
pub(crate) fn judge(
    known: Option<&ServiceProvider>,
    certificate: Option<&Certificate>,
    metadata: &[u8],
    now: Moment,
) -> Result<Judged, Refusal> {
    let new = match certificate {
        Some(one) => ServiceProvider::parse_signed_by(metadata, std::slice::from_ref(one))?,
        None => ServiceProvider::parse(metadata)?,
    };
    if new.valid_until.is_some_and(|until| until <= now) {
        return Err(Refusal::Outdated);
    }
    let Some(old) = known else { return Ok(Judged { metadata: new, changes: Vec::new() }) };
    let vouched =
        certificate.is_some() || ServiceProvider::parse_signed_by(metadata, &old.signing_keys).is_ok();
    let changes = changes(old, &new, if vouched { Vouched::Yes } else { Vouched::No })?;
    Ok(Judged { metadata: new, changes })
}

/// What is held for a service provider, if anything.
pub async fn held(db: &Database, id: ServiceProviderId) -> Result<Option<Held>, Error> {
    rows::held(db, id).await
}

/// What would change if this metadata took the place of what is on record, the concerns first. Nothing if
/// nobody of that entityID is registered.
pub async fn difference(
    db: &Database,
    source: &Source,
    metadata: &[u8],
    now: Moment,
) -> Result<Result<Vec<Change>, Refusal>, Error> {
    let entity_id = match ServiceProvider::parse(metadata) {
        Ok(parsed) => parsed.entity_id,
        Err(error) => return Ok(Err(error.into())),
    };
    let Some(stored) = store::sp_by_entity_id(db, &entity_id).await? else { return Ok(Ok(Vec::new())) };
    let old = stored.parsed()?;
    Ok(judge(Some(&old), source.certificate.as_ref(), metadata, now).map(|judged| judged.changes))
}

/// Use what is held. `seen` is the SHA-256 that was shown with what differs: if something else is held by now, it
/// is not approved.
pub async fn approve(
    db: &Database,
    tx: &mut Tx,
    entity_id: &str,
    seen: &str,
) -> Result<Result<Vec<Change>, Refusal>, Error> {
    let (stored, held) = match known_and_held(db, entity_id).await? {
        Ok(found) => found,
        Err(refusal) => return Ok(Err(refusal)),
    };
    if !held.sha256().eq_ignore_ascii_case(seen.trim()) {
        return Ok(Err(Refusal::NotWhatIsHeld(held.sha256())));
    }
    let source = Source::of(db, stored.id).await?;
    let old = stored.parsed()?;
    let judged = match judge(Some(&old), source.certificate.as_ref(), held.metadata.as_bytes(), tx.now()) {
        Ok(judged) => judged,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let event = Event::MetadataApproved {
        service_provider: stored.id,
        metadata_sha256: held.sha256(),
        concerns: judged.concerns(),
    };
    let now = tx.now();
    let conn = tx.write(event);
    if !rows::replace_metadata(conn, stored.id, &stored.metadata, &held.metadata, now).await? {
        return Ok(Err(Refusal::ChangedMeanwhile));
    }
    Ok(Ok(judged.changes))
}

/// Do not use what is held, and do not ask about the same bytes again.
pub async fn reject(db: &Database, tx: &mut Tx, entity_id: &str) -> Result<Result<(), Refusal>, Error> {
    let (stored, held) = match known_and_held(db, entity_id).await? {
        Ok(found) => found,
        Err(refusal) => return Ok(Err(refusal)),
    };
    if held.verdict == Verdict::Rejected {
        return Ok(Err(Refusal::NothingToChange));
    }
    let event = Event::MetadataRejected { service_provider: stored.id, metadata_sha256: held.sha256() };
    rows::hold(tx.write(event), &Held { verdict: Verdict::Rejected, ..held }).await?;
    Ok(Ok(()))
}

async fn known_and_held(db: &Database, entity_id: &str) -> Result<Result<(StoredSp, Held), Refusal>, Error> {
    let Some(stored) = store::sp_by_entity_id(db, entity_id).await? else {
        return Ok(Err(Refusal::Unknown(entity_id.to_owned())));
    };
    let held = held(db, stored.id).await?;
    Ok(held.map(|held| (stored, held)).ok_or_else(|| Refusal::NothingHeld(entity_id.to_owned())))
}
