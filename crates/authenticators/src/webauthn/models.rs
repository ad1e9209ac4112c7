//! Which models of keys are accepted, and what each can be: the organisation's policy over what is known of them.

use std::collections::BTreeSet;
use std::future::Future;
use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::SystemTime;

use crypto_glue::x509::{Certificate, X509Store};
use portner_domain::authenticator::Kind;
use portner_domain::{Clock, Millis, Moment};
use uuid::Uuid;

use super::enrolment::Declined;
use super::metadata::{Metadata, MetadataProblem, system_time};
use super::{Vouched, Wish};

/// How often the file is looked at.
const BETWEEN_LOOKS: Millis = Millis::minutes(1);
/// The largest file: what FIDO publishes is seven megabytes.
const FILE_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// Whose keys are accepted.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub enum Acceptance {
    /// Everybody's, but for models known to be broken.
    #[default]
    Any,
    /// Those whose maker vouches for them, of any model in the metadata.
    Known,
    /// Those whose maker vouches for them, of these models.
    Listed(BTreeSet<Uuid>),
}

/// What the organisation has decided.
#[derive(Clone, Debug, Default)]
pub struct Policy {
    /// Whose keys are accepted.
    pub accepted: Acceptance,
    /// The models that it accepts for level High.
    pub high: BTreeSet<Uuid>,
    /// Where what is known of models stands.
    pub metadata: Option<MetadataFile>,
}

/// What FIDO publishes about models, in a file.
#[derive(Clone, Debug)]
pub struct MetadataFile {
    /// The signed file.
    pub path: PathBuf,
    /// The certificates (PEM) that its signature has to lead to.
    pub roots: Vec<u8>,
}

impl MetadataFile {
    /// Read and verified.
    pub fn read(&self, now: Moment) -> Result<Metadata, MetadataProblem> {
        let size = std::fs::metadata(&self.path).map_err(MetadataProblem::Unreadable)?.len();
        if size > FILE_BYTES_MAX {
            return Err(MetadataProblem::TooLarge);
        }
        let text = std::fs::read_to_string(&self.path).map_err(MetadataProblem::Unreadable)?;
        Metadata::verify(&text, &self.roots, now)
    }

    fn changed_at(&self) -> Option<SystemTime> {
        std::fs::metadata(&self.path).and_then(|it| it.modified()).ok()
    }
}

/// A policy with what is known now. Cheap to clone; all clones know the same.
#[derive(Clone)]
pub struct Models {
    policy: Arc<Policy>,
    known: Arc<RwLock<Arc<Metadata>>>,
}

/// A new credential, as far as its model is concerned.
pub(super) struct Presented<'a> {
    pub wish: Wish,
    pub aaguid: Uuid,
    /// The certificates that vouch for it; the signature that they make is verified.
    pub chain: &'a [Certificate],
    pub backup_eligible: bool,
}

impl Models {
    /// With the file read now: a policy that rests on a file that can't be used is no policy.
    pub fn open(policy: Policy, now: Moment) -> Result<Self, MetadataProblem> {
        let known = match &policy.metadata {
            Some(file) => file.read(now)?,
            None if policy.accepted != Acceptance::Any || !policy.high.is_empty() => {
                return Err(MetadataProblem::Missing);
            }
            None => Metadata::default(),
        };
        Ok(Self { policy: Arc::new(policy), known: Arc::new(RwLock::new(Arc::new(known))) })
    }

    /// Read the file again. What is known stays if the file is wrong, or older than what was read before.
    pub fn reload(&self, now: Moment) -> Result<(), MetadataProblem> {
        let Some(file) = &self.policy.metadata else { return Ok(()) };
        let read = file.read(now)?;
        if read.number < self.known().number {
            return Err(MetadataProblem::OlderThanBefore);
        }
        *self.known.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(read);
        Ok(())
    }

    /// What is known now.
    pub fn known(&self) -> Arc<Metadata> {
        Arc::clone(&self.known.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Why no key of this model is accepted any more, if that is so: a word of FIDO's.
    pub fn withdrawn(&self, aaguid: Uuid) -> Option<String> {
        self.known().model(aaguid).and_then(|model| model.withdrawn.clone())
    }

    /// What a credential is, if it is accepted.
    pub(super) fn judge(&self, it: &Presented<'_>, now: Moment) -> Result<(Kind, Vouched), Declined> {
        let known = self.known();
        let model = known.model(it.aaguid);
        if model.is_some_and(|model| model.withdrawn.is_some()) {
            return Err(Declined::ModelWithdrawn);
        }
        let roots = model.map_or(&[][..], |model| &model.roots);
        let vouched = match it.chain {
            [] => Vouched::ByNobody,
            [leaf, rest @ ..] if leads_to(leaf, rest, roots, now) => Vouched::ByMaker,
            _ => Vouched::BySomebody,
        };
        let accepted = match &self.policy.accepted {
            Acceptance::Any => true,
            Acceptance::Known => vouched == Vouched::ByMaker,
            Acceptance::Listed(models) => vouched == Vouched::ByMaker && models.contains(&it.aaguid),
        };
        if !accepted {
            return Err(Declined::ModelNotAccepted);
        }
        let high = vouched == Vouched::ByMaker
            && self.policy.high.contains(&it.aaguid)
            && model.is_some_and(|model| model.holds_keys_in_hardware && model.asks_for_a_pin);
        let kind = match it.wish {
            Wish::SecurityKey => Kind::SecurityKey,
            Wish::Passkey if it.backup_eligible => Kind::SyncedPasskey,
            Wish::Passkey if high => Kind::AttestedPasskey,
            Wish::Passkey => Kind::Passkey,
        };
        Ok((kind, vouched))
    }
}

/// Do these certificates lead to one that the metadata has for the model, or is the first itself in there?
fn leads_to(leaf: &Certificate, rest: &[Certificate], roots: &[Certificate], now: Moment) -> bool {
    if roots.contains(leaf) {
        return true;
    }
    // One at a time: several may have the same name, and a store looks at the first of that name only.
    roots.iter().any(|root| {
        let mut store = X509Store::new(std::slice::from_ref(root));
        // Makers leave the constraint out of the certificates of their devices (WebAuthn 8.2.1 asks for it).
        store.leaf_basic_constraints_required(false);
        store.verify(leaf, rest, system_time(now)).is_ok()
    })
}

/// Read the file again whenever it changes, until `stop`.
pub async fn watch(models: Models, clock: Arc<dyn Clock>, stop: impl Future<Output = ()>) {
    let watching = async {
        let Some(file) = models.policy.metadata.clone() else { return std::future::pending().await };
        let mut seen = file.changed_at();
        loop {
            tokio::time::sleep(BETWEEN_LOOKS.as_duration()).await;
            let changed = file.changed_at();
            if changed == seen {
                continue;
            }
            seen = changed;
            match models.reload(clock.now()) {
                Ok(()) => tracing::info!(number = models.known().number, "metadata of keys was read again"),
                Err(error) => tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "metadata of keys can't be used; what was read before stands"
                ),
            }
        }
    };
    tokio::select! { () = stop => {}, () = watching => {} }
}
