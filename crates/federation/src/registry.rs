//! The service providers we answer: their metadata, kept as it came, and their policy.

use std::sync::Arc;
use std::time::Duration;

use aws_lc_rs::digest::{SHA256, digest};
use moka::future::Cache;
use portner_audit_log::{Database, Event, Tx};
use portner_domain::{Entropy, Moment, ServiceProviderId};
use portner_saml::metadata::change::{AnotherEntity, Change};
use portner_saml::metadata::{MetadataError, ServiceProvider};

use crate::policy::Policy;
use crate::source::{Source, judge};
use crate::{Error, kept, store};

/// How long a node may go on with what it knows of a service provider: a change or a stop by another node
/// takes effect within this time.
const CACHE_LIFE: Duration = Duration::from_secs(1);
/// Service providers remembered; the rest are read again.
const CACHE_ENTRIES_MAX: u64 = 1_000;

/// A service provider as it is used: parsed, with its policy.
#[derive(Clone, Debug)]
pub struct Registered {
    /// Its identifier here.
    pub id: ServiceProviderId,
    /// What its metadata says.
    pub metadata: ServiceProvider,
    /// What it may know.
    pub policy: Policy,
    /// Whether we answer it.
    pub state: SpState,
}

/// Whether we answer it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum SpState {
    /// Yes.
    Enabled,
    /// No, and whoever comes from there is told so.
    Disabled,
}

impl SpState {
    /// The word for it in rows and on the command line.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Enabled => "enabled",
            Self::Disabled => "disabled",
        }
    }

    pub(crate) fn of_word(word: &str) -> Option<Self> {
        [Self::Enabled, Self::Disabled].into_iter().find(|state| state.word() == word)
    }
}

/// A row.
#[derive(Clone, Debug)]
pub(crate) struct StoredSp {
    pub id: ServiceProviderId,
    pub entity_id: String,
    pub metadata: String,
    pub policy: String,
    pub state: SpState,
}

impl StoredSp {
    pub(crate) fn corrupt(&self, error: &dyn std::fmt::Display) -> Error {
        Error::Corrupt(format!("{}: {error}", self.entity_id))
    }

    pub(crate) fn parsed(&self) -> Result<ServiceProvider, Error> {
        ServiceProvider::parse(self.metadata.as_bytes()).map_err(|error| self.corrupt(&error))
    }
}

impl Registered {
    fn from_stored(stored: &StoredSp) -> Result<Self, Error> {
        let corrupt = |error: &dyn std::fmt::Display| stored.corrupt(error);
        Ok(Self {
            id: stored.id,
            metadata: stored.parsed()?,
            policy: serde_json::from_str(&stored.policy).map_err(|error| corrupt(&error))?,
            state: stored.state,
        })
    }

    /// Why it gets no answers now, if it gets none: a stable code. Metadata is used until it says itself that it
    /// may not be (SAML metadata 2.3.2), whatever else is wrong with fetching it.
    pub fn out_of_service(&self, now: Moment) -> Option<&'static str> {
        let has_expired = self.metadata.valid_until.is_some_and(|until| until <= now);
        match self.state {
            SpState::Disabled => Some("service-provider-disabled"),
            SpState::Enabled => has_expired.then_some("metadata-expired"),
        }
    }

    /// Its name among people, in Danish if it has one.
    pub fn name(&self) -> &str {
        let names = &self.metadata.display_name;
        names.da.as_deref().or(names.en.as_deref()).unwrap_or(&self.metadata.entity_id)
    }

    /// Where a person starts again: what the policy says, or else the front page of where answers go.
    pub fn home_url(&self) -> Option<String> {
        self.policy.home_url.clone().or_else(|| origin(&self.metadata.default_assertion_consumer()?.location))
    }
}

/// `https://host:port/` of a URL that metadata parsing has accepted.
fn origin(location: &str) -> Option<String> {
    let (scheme, rest) = location.split_once("://")?;
    let host = rest.split(['/', '?', '#']).next()?;
    Some(format!("{scheme}://{host}/"))
}

/// Why a service provider can't be registered.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// Its metadata.
    #[error(transparent)]
    Metadata(#[from] MetadataError),
    /// Its metadata, again.
    #[error("the metadata is not UTF-8 text; save it as UTF-8")]
    NotText,
    /// Its metadata, once more.
    #[error(
        "the metadata says that it may not be used any more (validUntil); fetch it anew from the service"
    )]
    Outdated,
    /// There is no such service provider.
    #[error("there is no service provider with the entityID {0:?}; `portner sp list` shows them")]
    Unknown(String),
    /// It is in that state already.
    #[error("nothing to change: it is as it should be already")]
    NothingToChange,
    /// Its metadata is somebody else's.
    #[error(transparent)]
    AnotherEntity(#[from] AnotherEntity),
    /// Its metadata differs in a way that somebody has to have seen.
    #[error("{} of the changes lower security or lead elsewhere", .0.iter().filter(|it| it.concern.is_some()).count())]
    OfConcern(Vec<Change>),
    /// Nothing waits.
    #[error("no metadata of {0:?} waits for approval; `portner sp pending` shows what does")]
    NothingHeld(String),
    /// Something else waits than what was seen.
    #[error("what waits now is {0}, not what you saw; look at `portner sp pending` again")]
    NotWhatIsHeld(String),
    /// Somebody else was faster.
    #[error("its metadata was changed by somebody else meanwhile; look again")]
    ChangedMeanwhile,
}

/// Metadata that somebody brings, and what to make of it.
#[derive(Clone, Debug)]
pub struct Brought<'a> {
    /// The document.
    pub metadata: &'a [u8],
    /// What the service provider may know.
    pub policy: &'a Policy,
    /// Where metadata comes from henceforth; as it was if absent.
    pub source: Option<Source>,
    /// What happens if something in it is of concern.
    pub concerns: Concerns,
}

/// What happens to metadata in which something is of concern.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Concerns {
    /// It is refused.
    Refused,
    /// Whoever brings it has seen what differs, and says so.
    Accepted,
}

/// Register a service provider, or replace the metadata and policy of one that is registered, unless something in
/// the new metadata is of concern.
pub async fn add(
    db: &Database,
    tx: &mut Tx,
    entropy: &dyn Entropy,
    metadata: &[u8],
    policy: &Policy,
) -> Result<Result<Registered, Refusal>, Error> {
    bring(db, tx, entropy, &Brought { metadata, policy, source: None, concerns: Concerns::Refused }).await
}

/// Register a service provider, or replace the metadata and policy of one that is registered. One that is
/// disabled stays so: new metadata lowers no guard (T-MD-01). What waited for approval waits no more.
pub async fn bring(
    db: &Database,
    tx: &mut Tx,
    entropy: &dyn Entropy,
    brought: &Brought<'_>,
) -> Result<Result<Registered, Refusal>, Error> {
    let Ok(text) = std::str::from_utf8(brought.metadata) else { return Ok(Err(Refusal::NotText)) };
    let entity_id = match ServiceProvider::parse(brought.metadata) {
        Ok(parsed) => parsed.entity_id,
        Err(error) => return Ok(Err(error.into())),
    };
    let known = store::sp_by_entity_id(db, &entity_id).await?;
    let source = match (&brought.source, &known) {
        (Some(source), _) => source.clone(),
        (None, Some(known)) => Source::of(db, known.id).await?,
        (None, None) => Source::default(),
    };
    let now = tx.now();
    let old = known.as_ref().map(StoredSp::parsed).transpose()?;
    let judged = match judge(old.as_ref(), source.certificate.as_ref(), brought.metadata, now) {
        Ok(judged) => judged,
        Err(refusal) => return Ok(Err(refusal)),
    };
    if brought.concerns == Concerns::Refused && !judged.is_harmless() {
        return Ok(Err(Refusal::OfConcern(judged.changes)));
    }
    let policy = brought.policy.clone();
    let stored = StoredSp {
        id: known.as_ref().map_or_else(|| ServiceProviderId::new(now, entropy), |known| known.id),
        entity_id,
        metadata: text.to_owned(),
        policy: kept::write(&policy)?,
        state: known.as_ref().map_or(SpState::Enabled, |known| known.state),
    };
    if !write(tx, known.as_ref(), &stored).await? {
        return Ok(Err(Refusal::ChangedMeanwhile));
    }
    if let Some(source) = &brought.source {
        source.record(tx, stored.id).await?;
    }
    Ok(Ok(Registered { id: stored.id, metadata: judged.metadata, policy, state: stored.state }))
}

/// False if somebody else was faster.
async fn write(tx: &mut Tx, known: Option<&StoredSp>, stored: &StoredSp) -> Result<bool, Error> {
    let (service_provider, now) = (stored.id, tx.now());
    let (metadata_sha256, policy_sha256) = (sha256(&stored.metadata), sha256(&stored.policy));
    let Some(known) = known else {
        let entity_id = stored.entity_id.clone();
        let event =
            Event::ServiceProviderAdded { service_provider, entity_id, metadata_sha256, policy_sha256 };
        return store::insert_sp(tx.write(event), stored, now).await;
    };
    let event = Event::ServiceProviderChanged { service_provider, metadata_sha256, policy_sha256 };
    let conn = tx.write(event);
    let replaced =
        store::metadata::replace_metadata(conn, known.id, &known.metadata, &stored.metadata, now).await?;
    Ok(replaced && store::replace_policy(conn, known.id, &known.policy, &stored.policy, now).await?)
}

/// Give a service provider another policy. It is the same one otherwise, and in the same state.
pub async fn change_policy(
    db: &Database,
    tx: &mut Tx,
    entity_id: &str,
    policy: &Policy,
) -> Result<Result<(), Refusal>, Error> {
    let Some(known) = store::sp_by_entity_id(db, entity_id).await? else {
        return Ok(Err(Refusal::Unknown(entity_id.to_owned())));
    };
    let policy = kept::write(policy)?;
    if policy == known.policy {
        return Ok(Err(Refusal::NothingToChange));
    }
    let changed = StoredSp { policy, ..known.clone() };
    let event = Event::ServiceProviderChanged {
        service_provider: changed.id,
        metadata_sha256: sha256(&changed.metadata),
        policy_sha256: sha256(&changed.policy),
    };
    let now = tx.now();
    let conn = tx.write(event);
    let written = store::replace_policy(conn, known.id, &known.policy, &changed.policy, now).await?;
    Ok(if written { Ok(()) } else { Err(Refusal::ChangedMeanwhile) })
}

/// Stop answering a service provider.
pub async fn disable(db: &Database, tx: &mut Tx, entity_id: &str) -> Result<Result<(), Refusal>, Error> {
    let Some(known) = store::sp_by_entity_id(db, entity_id).await? else {
        return Ok(Err(Refusal::Unknown(entity_id.to_owned())));
    };
    let (id, now) = (known.id, tx.now());
    let event = Event::ServiceProviderDisabled { service_provider: id };
    let done = store::set_sp_state(tx.write(event), id, SpState::Disabled, now).await?;
    Ok(if done { Ok(()) } else { Err(Refusal::NothingToChange) })
}

/// Answer a service provider again.
pub async fn enable(db: &Database, tx: &mut Tx, entity_id: &str) -> Result<Result<(), Refusal>, Error> {
    let Some(known) = store::sp_by_entity_id(db, entity_id).await? else {
        return Ok(Err(Refusal::Unknown(entity_id.to_owned())));
    };
    let (id, now) = (known.id, tx.now());
    let event = Event::ServiceProviderEnabled { service_provider: id };
    let done = store::set_sp_state(tx.write(event), id, SpState::Enabled, now).await?;
    Ok(if done { Ok(()) } else { Err(Refusal::NothingToChange) })
}

/// All of them, by entityID. One whose record can't be read is left out, with a line in the log: it gets no answers,
/// and is not to stand in the way of the others.
pub async fn all(db: &Database) -> Result<Vec<Registered>, Error> {
    let stored = store::all_sps(db).await?;
    Ok(stored.iter().filter_map(|stored| readable(Registered::from_stored(stored))).collect())
}

/// The one with this identifier.
pub async fn by_id(db: &Database, id: ServiceProviderId) -> Result<Option<Registered>, Error> {
    store::sp_by_id(db, id).await?.as_ref().map(Registered::from_stored).transpose()
}

/// The one with this entityID.
pub async fn by_entity_id(db: &Database, entity_id: &str) -> Result<Option<Registered>, Error> {
    store::sp_by_entity_id(db, entity_id).await?.as_ref().map(Registered::from_stored).transpose()
}

/// SHA-256 of a text, in hexadecimal: what metadata and policies are named by where somebody has to mean this very one.
pub fn sha256(text: &str) -> String {
    hex::encode(digest(&SHA256, text.as_bytes()))
}

/// What this node remembers of service providers, for [`CACHE_LIFE`]: parsing metadata costs more than
/// answering a request.
#[derive(Clone)]
pub struct Registry {
    db: Database,
    by_entity_id: Cache<String, Option<Arc<Registered>>>,
    by_id: Cache<ServiceProviderId, Option<Arc<Registered>>>,
}

impl Registry {
    /// An empty memory.
    pub fn new(db: Database) -> Self {
        Self { db, by_entity_id: cache(), by_id: cache() }
    }

    /// The one with this entityID.
    pub async fn by_entity_id(&self, entity_id: &str) -> Result<Option<Arc<Registered>>, Error> {
        if let Some(known) = self.by_entity_id.get(entity_id).await {
            return Ok(known);
        }
        let found = store::sp_by_entity_id(&self.db, entity_id).await?;
        let found = parsed(found.as_ref())?;
        self.by_entity_id.insert(entity_id.to_owned(), found.clone()).await;
        Ok(found)
    }

    /// The one with this identifier.
    pub async fn by_id(&self, id: ServiceProviderId) -> Result<Option<Arc<Registered>>, Error> {
        if let Some(known) = self.by_id.get(&id).await {
            return Ok(known);
        }
        let found = store::sp_by_id(&self.db, id).await?;
        let found = parsed(found.as_ref())?;
        self.by_id.insert(id, found.clone()).await;
        Ok(found)
    }

    /// The same where others must not suffer from a record that can't be read: it is as if it were not there.
    pub async fn readable(&self, id: ServiceProviderId) -> Result<Option<Arc<Registered>>, Error> {
        match self.by_id(id).await {
            Err(error @ Error::Corrupt(_)) => Ok(readable(Err(error))),
            other => other,
        }
    }
}

fn parsed(stored: Option<&StoredSp>) -> Result<Option<Arc<Registered>>, Error> {
    stored.map(|stored| Registered::from_stored(stored).map(Arc::new)).transpose()
}

fn readable<T>(read: Result<T, Error>) -> Option<T> {
    read.inspect_err(|error| {
        tracing::error!(error = error as &dyn std::error::Error, "a service provider can't be read");
    })
    .ok()
}

fn cache<K: std::hash::Hash + Eq + Send + Sync + 'static, V: Clone + Send + Sync + 'static>() -> Cache<K, V> {
    Cache::builder().max_capacity(CACHE_ENTRIES_MAX).time_to_live(CACHE_LIFE).build()
}
