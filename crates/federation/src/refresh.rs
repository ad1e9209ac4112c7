//! Keeping metadata fresh: who is due, fetching it, and what becomes of what was fetched.
//!
//! Any node may refresh any service provider; a lease in the session store sees to it that one does at a time.
//! How fetching goes is kept in the session store too: if that is lost, everybody is fetched again. Only what
//! changes what is used, or waits to, is written to the database, with an event.

use std::future::Future;
use std::sync::Arc;

use portner_audit_log::volatile::Volatile;
use portner_audit_log::{Actor, AuditLog, Event};
use portner_domain::{Entropy, Millis, Moment, ServiceProviderId};
use portner_saml::ServiceProvider;
use portner_saml::metadata::change::Change;
use serde::{Deserialize, Serialize};

use crate::fetch::{Fetched, Fetcher, MetadataUrl};
use crate::kept::write;
use crate::registry::{Refusal, StoredSp, sha256};
use crate::source::{Held, Judged, Source, Verdict, judge};
use crate::store::metadata as rows;
use crate::{Error, store};

/// How often it is looked who is due.
const BETWEEN_LOOKS: Millis = Millis::minutes(1);
/// Longer than fetching and writing may take.
const LEASE: Millis = Millis::minutes(1);
/// No service provider is asked more often, whatever it says.
const REFRESH_MIN: Millis = Millis::hours(1);
/// None is asked more seldom.
const REFRESH_MAX: Millis = Millis::hours(24);
/// How often one is asked that does not say.
const REFRESH_USUAL: Millis = Millis::hours(6);
/// How soon one is asked again that could not be fetched; twice that after the next failure, and so on.
const RETRY_MIN: Millis = Millis::minutes(15);
const RETRY_MAX: Millis = Millis::hours(6);
/// A pause is longer by up to a tenth, so that not everybody is fetched in the same minute.
const JITTER_SHARE: u64 = 10;
/// How long it is remembered how fetching went.
const MEMORY: Millis = Millis::hours(90 * 24);
/// Changes told in one event, and the length of each.
const CHANGES_TOLD_MAX: usize = 50;
const CHANGE_CHARS_MAX: usize = 300;

/// How fetching somebody's metadata goes.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct Progress {
    /// When it was last tried.
    pub attempted: Option<Moment>,
    /// When it last went well.
    pub succeeded: Option<Moment>,
    /// How often it has not, since then.
    pub failures: u32,
    /// Why not, the last time.
    pub failure: Option<String>,
    /// When it is due.
    pub due: Option<Moment>,
    /// The tag of the version that was fetched last, and the SHA-256 of that version.
    tag: Option<(String, String)>,
}

/// What came of it.
#[derive(Clone, Debug)]
pub enum Refreshed {
    /// It is as it was.
    Unchanged,
    /// A new version is used now.
    Replaced(Vec<Change>),
    /// A new version waits for approval.
    Held(Vec<Change>),
    /// The version that waits, or was rejected, is still the one.
    StillHeld(Verdict),
    /// Nothing could be fetched, or not be used; the old version stays.
    Failed(String),
    /// Somebody else is at it.
    Busy,
    /// Its metadata has no address.
    ByHand,
}

/// Keeps metadata fresh. Cheap to clone.
#[derive(Clone)]
pub struct Refresher {
    log: AuditLog,
    volatile: Arc<dyn Volatile>,
    fetcher: Fetcher,
    entropy: Arc<dyn Entropy>,
}

/// When one is fetched.
#[derive(Clone, Copy, Debug)]
enum When {
    /// If it is due still.
    Due,
    /// Now.
    Always,
}

impl Refresher {
    /// Put together.
    pub fn new(
        log: AuditLog,
        volatile: Arc<dyn Volatile>,
        fetcher: Fetcher,
        entropy: Arc<dyn Entropy>,
    ) -> Self {
        Self { log, volatile, fetcher, entropy }
    }

    /// Refresh whoever is due, until `stop`. Every node does.
    pub async fn run(self, stop: impl Future<Output = ()>) {
        let refreshing = async {
            loop {
                if let Err(error) = self.refresh_due().await {
                    tracing::error!(error = &error as &dyn std::error::Error, "metadata is not refreshed");
                }
                tokio::time::sleep(BETWEEN_LOOKS.as_duration()).await;
            }
        };
        tokio::select! { () = stop => {}, () = refreshing => {} }
    }

    /// Refresh whoever is due, and measure.
    pub async fn refresh_due(&self) -> Result<(), Error> {
        for (id, _) in rows::fetched(self.log.database()).await? {
            if self.is_due(id).await? {
                // One that can't be refreshed does not keep the others from it.
                if let Err(error) = self.refresh_if(When::Due, id, Actor::system("metadata")).await {
                    let error = &error as &dyn std::error::Error;
                    tracing::error!(error, service_provider = %id, "metadata is not refreshed");
                }
            }
        }
        self.measure().await
    }

    async fn is_due(&self, id: ServiceProviderId) -> Result<bool, Error> {
        let now = self.log.now();
        Ok(progress(&*self.volatile, id, now).await?.due.is_none_or(|due| due <= now))
    }

    /// Refresh one now, due or not.
    pub async fn refresh(&self, id: ServiceProviderId, actor: Actor) -> Result<Refreshed, Error> {
        self.refresh_if(When::Always, id, actor).await
    }

    async fn refresh_if(&self, when: When, id: ServiceProviderId, actor: Actor) -> Result<Refreshed, Error> {
        let now = self.log.now();
        let source = Source::of(self.log.database(), id).await?;
        let Some(url) = &source.url else { return Ok(Refreshed::ByHand) };
        let lease = format!("metadata-lease/{id}");
        if !self.volatile.put_if_absent(&lease, "", now.plus(LEASE), now).await? {
            return Ok(Refreshed::Busy);
        }
        let refreshed = match when {
            // Another node was done between the look and the lease.
            When::Due if !self.is_due(id).await? => Ok(Refreshed::Busy),
            When::Due | When::Always => self.refresh_alone(id, url, &source, actor).await,
        };
        self.volatile.remove(&lease).await?;
        refreshed
    }

    async fn refresh_alone(
        &self,
        id: ServiceProviderId,
        url: &MetadataUrl,
        source: &Source,
        actor: Actor,
    ) -> Result<Refreshed, Error> {
        let db = self.log.database();
        let stored = store::sp_by_id(db, id).await?;
        let stored = stored.ok_or_else(|| Error::Corrupt(format!("service provider {id} is gone")))?;
        let held = rows::held(db, id).await?;
        let mut progress = progress(&*self.volatile, id, self.log.now()).await?;
        let here = [Some(sha256(&stored.metadata)), held.as_ref().map(Held::sha256)];
        progress.tag.take_if(|(_, of)| !here.iter().flatten().any(|sha256| sha256 == of));
        let tag = progress.tag.as_ref().map(|(tag, _)| tag.as_str());
        let before = progress.failures;
        let refreshed = match self.fetcher.fetch(url, tag).await {
            Ok(Fetched::Unchanged) => self.still(&stored, held.as_ref(), &progress),
            Ok(Fetched::Document(bytes, tag)) => {
                progress.tag = tag.zip(std::str::from_utf8(&bytes).ok().map(sha256));
                let it = Arrived { stored: &stored, held, source, url, bytes: &bytes };
                self.arrived(it, actor.clone()).await?
            }
            Err(fault) => Refreshed::Failed(fault.to_string()),
        };
        let parsed = store::sp_by_id(db, id).await?.unwrap_or(stored).parsed()?;
        self.conclude(&parsed, &refreshed, &mut progress);
        if let (Refreshed::Failed(why), 0) = (&refreshed, before) {
            let why = why.chars().take(CHANGE_CHARS_MAX).collect();
            let event = Event::MetadataRefreshFailed { service_provider: id, why };
            self.log.append(actor, event).await?;
        }
        let (text, now) = (write(&progress)?, self.log.now());
        self.volatile.put(&key(id), &text, now.plus(MEMORY), now).await?;
        told(&parsed.entity_id, &refreshed);
        Ok(refreshed)
    }

    /// The server says that nothing has changed since the version whose tag it gave.
    fn still(&self, stored: &StoredSp, held: Option<&Held>, progress: &Progress) -> Refreshed {
        let in_use = progress.tag.as_ref().is_some_and(|(_, of)| *of == sha256(&stored.metadata));
        match held.filter(|_| !in_use) {
            Some(held) => Refreshed::StillHeld(held.verdict),
            None => self.unless_expired(stored),
        }
    }

    fn unless_expired(&self, stored: &StoredSp) -> Refreshed {
        let now = self.log.now();
        match stored.parsed() {
            Ok(it) if it.valid_until.is_none_or(|until| now < until) => Refreshed::Unchanged,
            Ok(_) => Refreshed::Failed(Refusal::Outdated.to_string()),
            Err(error) => Refreshed::Failed(error.to_string()),
        }
    }

    async fn arrived(&self, it: Arrived<'_>, actor: Actor) -> Result<Refreshed, Error> {
        let Ok(text) = std::str::from_utf8(it.bytes) else {
            return Ok(Refreshed::Failed(Refusal::NotText.to_string()));
        };
        if text == it.stored.metadata {
            if let Some(held) = it.held {
                self.withdraw(&held, actor).await?;
            }
            return Ok(self.unless_expired(it.stored));
        }
        if let Some(held) = it.held.as_ref().filter(|held| held.metadata == text) {
            return Ok(Refreshed::StillHeld(held.verdict));
        }
        let old = it.stored.parsed()?;
        match judge(Some(&old), it.source.certificate.as_ref(), it.bytes, self.log.now()) {
            Err(refusal) => Ok(Refreshed::Failed(refusal.to_string())),
            Ok(judged) if judged.is_harmless() => self.replace(&it, text, judged, actor).await,
            Ok(judged) => self.hold(&it, text, judged, actor).await,
        }
    }

    async fn replace(
        &self,
        it: &Arrived<'_>,
        text: &str,
        judged: Judged,
        actor: Actor,
    ) -> Result<Refreshed, Error> {
        let mut tx = self.log.begin(actor).await?;
        let now = tx.now();
        let event = Event::MetadataRefreshed {
            service_provider: it.stored.id,
            metadata_sha256: sha256(text),
            changes: in_words(&judged.changes),
        };
        let conn = tx.write(event);
        if !rows::replace_metadata(conn, it.stored.id, &it.stored.metadata, text, now).await? {
            return Ok(Refreshed::Busy);
        }
        tx.commit().await?;
        Ok(Refreshed::Replaced(judged.changes))
    }

    async fn hold(
        &self,
        it: &Arrived<'_>,
        text: &str,
        judged: Judged,
        actor: Actor,
    ) -> Result<Refreshed, Error> {
        let mut tx = self.log.begin(actor).await?;
        let held = Held {
            service_provider: it.stored.id,
            metadata: text.to_owned(),
            url: it.url.to_string(),
            verdict: Verdict::Waiting,
            found_at: tx.now(),
        };
        let event = Event::MetadataHeld {
            service_provider: it.stored.id,
            metadata_sha256: held.sha256(),
            concerns: judged.concerns(),
        };
        rows::hold(tx.write(event), &held).await?;
        tx.commit().await?;
        Ok(Refreshed::Held(judged.changes))
    }

    async fn withdraw(&self, held: &Held, actor: Actor) -> Result<(), Error> {
        let mut tx = self.log.begin(actor).await?;
        let service_provider = held.service_provider;
        let event = Event::MetadataWithdrawn { service_provider, metadata_sha256: held.sha256() };
        rows::release(tx.write(event), service_provider).await?;
        Ok(tx.commit().await?)
    }

    fn conclude(&self, metadata: &ServiceProvider, refreshed: &Refreshed, progress: &mut Progress) {
        let now = self.log.now();
        progress.attempted = Some(now);
        let pause = if let Refreshed::Failed(why) = refreshed {
            progress.failures = progress.failures.saturating_add(1);
            progress.failure = Some(why.chars().take(CHANGE_CHARS_MAX).collect());
            after_failure(progress.failures)
        } else {
            progress.succeeded = Some(now);
            progress.failures = 0;
            progress.failure = None;
            after_success(metadata, now)
        };
        progress.due = Some(now.plus(self.a_little_longer(pause)));
    }

    fn a_little_longer(&self, pause: Millis) -> Millis {
        let mut bytes = [0; 8];
        self.entropy.fill(&mut bytes);
        let extra = u64::from_be_bytes(bytes) % (pause.0 / JITTER_SHARE + 1);
        Millis(pause.0 + extra).min(REFRESH_MAX)
    }

    /// Gauges: how long ago each was fetched, how often it failed since, what waits, and whose metadata is over.
    async fn measure(&self) -> Result<(), Error> {
        let (db, now) = (self.log.database(), self.log.now());
        for (id, entity_id) in rows::fetched(db).await? {
            let progress = progress(&*self.volatile, id, now).await?;
            let label = || entity_id.clone();
            if let Some(age) = progress.succeeded.and_then(|at| now.age_of(at)) {
                metrics::gauge!("portner_metadata_age_seconds", "service_provider" => label())
                    .set(seconds(age));
            }
            metrics::gauge!("portner_metadata_failures", "service_provider" => label())
                .set(f64::from(progress.failures));
        }
        let waiting = i32::try_from(rows::waiting(db).await?).unwrap_or(i32::MAX);
        metrics::gauge!("portner_metadata_waiting").set(f64::from(waiting));
        let all = crate::registry::all(db).await?;
        let over = all.iter().filter(|sp| sp.out_of_service(now) == Some("metadata-expired")).count();
        metrics::gauge!("portner_metadata_expired").set(f64::from(u32::try_from(over).unwrap_or(u32::MAX)));
        Ok(())
    }
}

/// What was fetched, and for whom.
struct Arrived<'a> {
    stored: &'a StoredSp,
    held: Option<Held>,
    source: &'a Source,
    url: &'a MetadataUrl,
    bytes: &'a [u8],
}

/// How fetching somebody's metadata goes.
pub async fn progress(
    volatile: &dyn Volatile,
    id: ServiceProviderId,
    now: Moment,
) -> Result<Progress, Error> {
    let text = volatile.get(&key(id), now).await?;
    // What another version wrote is as good as nothing: it is fetched again.
    Ok(text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default())
}

fn key(id: ServiceProviderId) -> String {
    format!("metadata-progress/{id}")
}

/// As long as the document says, and in time before it is over.
fn after_success(metadata: &ServiceProvider, now: Moment) -> Millis {
    let wanted = metadata.cache_duration.unwrap_or(REFRESH_USUAL);
    let half_of_the_rest = metadata.valid_until.and_then(|end| end.since(now)).map(|left| Millis(left.0 / 2));
    half_of_the_rest.map_or(wanted, |half| wanted.min(half)).clamp(REFRESH_MIN, REFRESH_MAX)
}

fn after_failure(failures: u32) -> Millis {
    let doubled = RETRY_MIN.0.saturating_mul(2_u64.saturating_pow(failures.saturating_sub(1)));
    Millis(doubled).min(RETRY_MAX)
}

fn in_words(changes: &[Change]) -> Vec<String> {
    let word = |change: &Change| change.what.to_string().chars().take(CHANGE_CHARS_MAX).collect();
    changes.iter().take(CHANGES_TOLD_MAX).map(word).collect()
}

fn told(entity_id: &str, refreshed: &Refreshed) {
    match refreshed {
        Refreshed::Replaced(changes) => {
            tracing::info!(entity_id, changes = changes.len(), "metadata replaced");
        }
        Refreshed::Held(changes) => {
            tracing::warn!(entity_id, changes = changes.len(), "new metadata waits for approval");
        }
        Refreshed::Failed(why) => tracing::warn!(entity_id, why, "metadata not refreshed; the old stays"),
        Refreshed::Unchanged | Refreshed::StillHeld(_) | Refreshed::Busy | Refreshed::ByHand => {
            tracing::debug!(entity_id, outcome = ?refreshed, "metadata looked at");
        }
    }
}

fn seconds(age: Millis) -> f64 {
    f64::from(u32::try_from(age.0 / 1_000).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use portner_domain::{Millis, Moment};
    use portner_saml::metadata::service_provider_metadata;
    use portner_saml::{Certificate, LocalName, ServiceProvider, SpDescription};

    use super::{after_failure, after_success};

    #[test]
    fn what_the_document_says_counts_between_an_hour_and_a_day() {
        let now = Moment::parse_xs_date_time("2026-11-21T09:00:00Z").unwrap();
        let certificate = Certificate::from_pem(include_bytes!("../../saml/testdata/sp.crt.pem")).unwrap();
        let metadata = service_provider_metadata(&SpDescription {
            entity_id: "https://saml.sp.example".to_owned(),
            signing: vec![certificate.clone()],
            encryption: vec![certificate],
            assertion_consumers: vec!["https://sp.example/acs".to_owned()],
            logout: Vec::new(),
            name_id_formats: Vec::new(),
            display_name: LocalName::default(),
            requested_attributes: Vec::new(),
        })
        .unwrap();
        let check = |says: &str, expected: Millis| {
            let text = metadata.replace(" entityID", &format!(" {says} entityID"));
            let metadata = ServiceProvider::parse(text.as_bytes()).unwrap();
            assert_eq!(after_success(&metadata, now), expected, "{says}");
        };
        check("", Millis::hours(6));
        check("cacheDuration=\"PT5M\"", Millis::hours(1));
        check("cacheDuration=\"PT8H\"", Millis::hours(8));
        check("cacheDuration=\"P30D\"", Millis::hours(24));
        check("validUntil=\"2026-11-21T13:00:00Z\"", Millis::hours(2));
        check("validUntil=\"2026-11-21T09:10:00Z\"", Millis::hours(1));
        check("validUntil=\"2026-11-21T08:00:00Z\"", Millis::hours(6));
        check("validUntil=\"2027-11-21T08:00:00Z\" cacheDuration=\"PT2H\"", Millis::hours(2));
    }

    #[test]
    fn who_fails_is_asked_less_and_less_often() {
        let pauses: Vec<u64> = (1..=7).map(|n| after_failure(n).whole_minutes()).collect();
        assert_eq!(pauses, [15, 30, 60, 120, 240, 360, 360]);
        assert_eq!(after_failure(u32::MAX), Millis::hours(6));
    }
}
