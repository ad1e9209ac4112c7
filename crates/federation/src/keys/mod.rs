//! The signing keys as this node knows them, and which of them signs for whom.
//!
//! What is known of them is read every second beside the logins, not in them. A node that lacks the private half
//! of the key it should sign with signs nothing: another key would be refused, or worse, accepted.

pub mod file;
mod half;
pub mod life;
mod store;
pub mod token;
mod watch;

use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use portner_audit_log::AuditLog;
use portner_domain::signing_key::{KeyState, Pin, SigningKey, published, signs_for};
use portner_domain::{Millis, Moment, ServiceProviderId};
use portner_saml::{Certificate, SignError, Signer};

pub use self::half::{Made, Place, PrivateHalves};
use self::store::StoredKey;
pub use self::watch::{CERTIFICATES_WATCHED_EVERY, look_at_certificates, watch_certificates};
use crate::Error;

/// How often a node looks whether another has moved a key.
const REFRESHED_EVERY: Duration = Duration::from_secs(1);
/// How long one look may take.
const REFRESH_TIME_MAX: Duration = Duration::from_secs(5);
/// How long a node signs with what it knew: after that a retired key could still be in use here.
const KNOWN_FOR_MAX: Millis = Millis::seconds(60);
/// How often a private half that is missing is looked for.
const MISSED_EVERY: Millis = Millis::seconds(10);

/// What is wrong with a key, in a sentence for whoever keeps them.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{0}")]
pub struct KeyProblem(String);

impl KeyProblem {
    /// In these words.
    pub fn new(sentence: impl Into<String>) -> Self {
        Self(sentence.into())
    }
}

/// The keys as a node knows them. Cheap to clone.
#[derive(Clone)]
pub struct Keys(Arc<Known>);

struct Known {
    /// Where they come from; nothing for a key that never changes.
    source: Option<(AuditLog, PrivateHalves)>,
    ring: RwLock<Arc<Ring>>,
    read_at: AtomicI64,
}

/// All keys at one moment. Another moment is another ring.
pub(crate) struct Ring {
    lives: Vec<SigningKey>,
    pins: Vec<Pin>,
    /// Those that are not retired.
    held: HashMap<String, Held>,
    active: Held,
    rows: Vec<StoredKey>,
    /// When private halves were last looked for.
    looked: Moment,
}

#[derive(Clone)]
struct Held {
    certificate: Certificate,
    signer: Result<Arc<dyn Signer>, KeyProblem>,
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.ring().lives.iter().map(|life| (&life.id, life.state))).finish()
    }
}

impl Keys {
    /// One key, always the same: for tests and measurements.
    pub fn only(signer: Arc<dyn Signer>) -> Self {
        let certificate = signer.certificate().clone();
        let life = SigningKey {
            id: signer.key_id().to_owned(),
            state: KeyState::Active,
            announced: certificate.not_before(),
            since: certificate.not_before(),
            not_before: certificate.not_before(),
            not_after: certificate.not_after(),
        };
        let (looked, active) = (certificate.not_before(), Held { certificate, signer: Ok(signer) });
        let held = HashMap::from([(life.id.clone(), active.clone())]);
        let ring = Ring { lives: vec![life], pins: Vec::new(), held, active, rows: Vec::new(), looked };
        Self::with(None, ring, looked)
    }

    /// Those on record, with the private halves that are within reach.
    pub async fn on_record(log: AuditLog, halves: PrivateHalves) -> Result<Self, Error> {
        let now = log.now();
        let (rows, pins) = (store::all(log.database()).await?, store::pins(log.database()).await?);
        let ring = token::off_the_runtime(|| Ring::read(rows, pins, &halves, &HashMap::new(), now))?;
        Ok(Self::with(Some((log, halves)), ring, now))
    }

    fn with(source: Option<(AuditLog, PrivateHalves)>, ring: Ring, now: Moment) -> Self {
        let (ring, read_at) = (RwLock::new(Arc::new(ring)), AtomicI64::new(now.0));
        Self(Arc::new(Known { source, ring, read_at }))
    }

    /// Look at the record again.
    pub async fn refresh(&self) -> Result<(), Error> {
        let Some((log, halves)) = &self.0.source else { return Ok(()) };
        let now = log.now();
        let (rows, pins) = (store::all(log.database()).await?, store::pins(log.database()).await?);
        let known = self.ring();
        let look_again = known.lacks_any() && now.since(known.looked).is_none_or(|age| age >= MISSED_EVERY);
        if known.rows != rows || known.pins != pins || look_again {
            // Opening a key takes a passphrase's or a token's time.
            let ring = token::off_the_runtime(|| Ring::read(rows, pins, halves, &known.held, now))?;
            *self.0.ring.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(ring);
        }
        self.0.read_at.store(now.0, Ordering::SeqCst);
        Ok(())
    }

    /// Look at the record every second until `stop`.
    pub async fn follow(&self, stop: impl Future<Output = ()>) {
        let following = async {
            loop {
                tokio::time::sleep(REFRESHED_EVERY).await;
                match tokio::time::timeout(REFRESH_TIME_MAX, self.refresh()).await {
                    Ok(Ok(())) => {}
                    Ok(Err(error)) => {
                        let error = &error as &dyn std::error::Error;
                        tracing::error!(error, "signing keys can't be read");
                    }
                    Err(_) => tracing::error!("signing keys were not read within {REFRESH_TIME_MAX:?}"),
                }
            }
        };
        tokio::select! { () = stop => {}, () = following => {} }
    }

    /// What keeps this node from signing for everybody, or for a service provider with a pin, if anything.
    pub fn problem(&self, now: Moment) -> Option<KeyProblem> {
        let ring = self.ring();
        let pinned =
            ring.pins.iter().filter_map(|pin| signs_for(&ring.lives, &ring.pins, pin.service_provider, now));
        let held = pinned.filter_map(|life| ring.held.get(&life.id));
        let mut needed = std::iter::once(&ring.active).chain(held);
        needed.find_map(|held| held.signer.as_ref().err().cloned()).or_else(|| self.forgotten(now))
    }

    /// Which key signs for this service provider now. One whose private half is not here says so when it is used.
    pub(crate) fn signer(&self, sp: ServiceProviderId, now: Moment) -> Arc<dyn Signer> {
        let ring = self.ring();
        let held = signs_for(&ring.lives, &ring.pins, sp, now).and_then(|life| ring.held.get(&life.id));
        self.usable(held.unwrap_or(&ring.active), now)
    }

    /// The active key of a ring, which signs what is for everybody.
    pub(crate) fn active_signer(&self, ring: &Ring, now: Moment) -> Arc<dyn Signer> {
        self.usable(&ring.active, now)
    }

    fn usable(&self, Held { certificate, signer }: &Held, now: Moment) -> Arc<dyn Signer> {
        let why = match (signer, self.forgotten(now)) {
            (Ok(signer), None) => return Arc::clone(signer),
            (Err(why), _) => why.clone(),
            (Ok(_), Some(why)) => why,
        };
        Arc::new(WouldSign { certificate: certificate.clone(), why })
    }

    /// Has the record not been read for too long?
    fn forgotten(&self, now: Moment) -> Option<KeyProblem> {
        self.0.source.as_ref()?;
        let age = now.age_of(Moment(self.0.read_at.load(Ordering::SeqCst)));
        let fresh = age.is_some_and(|age| age <= KNOWN_FOR_MAX);
        (!fresh).then(|| KeyProblem::new("the record of the signing keys has not been read for too long"))
    }

    pub(crate) fn ring(&self) -> Arc<Ring> {
        Arc::clone(&self.0.ring.read().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Ring {
    fn read(
        rows: Vec<StoredKey>,
        pins: Vec<Pin>,
        halves: &PrivateHalves,
        known: &HashMap<String, Held>,
        now: Moment,
    ) -> Result<Self, Error> {
        let (mut lives, mut held) = (Vec::new(), HashMap::new());
        for row in &rows {
            let (life, certificate) = life::of_row(row)?;
            if life.state != KeyState::Retired {
                let before = known.get(&life.id);
                let signer = match before {
                    Some(Held { signer: Ok(signer), .. }) => Ok(Arc::clone(signer)),
                    _ => row.place.parse().and_then(|place| halves.open(&place, certificate.clone())),
                };
                if let (Err(why), true) = (&signer, before.is_none_or(|before| before.signer.is_ok())) {
                    let key_id = &life.id;
                    tracing::error!(key_id, %why, "the private half of a signing key is not here");
                }
                held.insert(life.id.clone(), Held { certificate, signer });
            }
            lives.push(life);
        }
        let active = lives.iter().find(|life| life.state == KeyState::Active);
        let active = active.and_then(|life| held.get(&life.id)).cloned();
        let active = active.ok_or_else(|| KeyProblem::new("no signing key is active on record"))?;
        Ok(Self { lives, pins, held, active, rows, looked: now })
    }

    fn lacks_any(&self) -> bool {
        self.held.values().any(|held| held.signer.is_err())
    }

    /// The certificates that metadata shows, in its order.
    pub(crate) fn published(&self) -> Vec<Certificate> {
        let shown = published(&self.lives).into_iter().filter_map(|life| self.held.get(&life.id));
        shown.map(|held| held.certificate.clone()).collect()
    }
}

/// Stands for a key that can't be used here, under its name.
struct WouldSign {
    certificate: Certificate,
    why: KeyProblem,
}

impl Signer for WouldSign {
    fn sign(&self, _: &[u8]) -> Result<Vec<u8>, SignError> {
        Err(SignError(self.why.to_string()))
    }

    fn certificate(&self) -> &Certificate {
        &self.certificate
    }
}
