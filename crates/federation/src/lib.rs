//! Service providers, sessions, the login flow driven, assertions issued and logged.
//!
//! A request comes in at [`Federation::receive_redirect`]; whatever follows is a [`Reply`]. An assertion
//! leaves only through `issue`, which recomputes the level and waits until its event is durable.

mod agreement;
mod answer;
mod arrival;
mod changes;
mod choice;
mod context;
mod device;
mod draft;
mod failures;
pub mod fetch;
mod fido;
mod flows;
mod index;
mod issue;
mod kept;
pub mod keys;
mod login;
mod logout;
mod me;
mod name_id;
mod network;
pub mod office;
mod own;
pub mod policy;
pub mod preview;
pub mod publication;
pub mod refresh;
pub mod registry;
mod release;
mod secret;
mod sessions;
mod sessions_of;
pub mod source;
mod standing;
mod store;
mod strip;
mod terms;
pub mod upkeep;
mod welcome;

pub use agreement::{TermsAsked, TermsRead};
pub use answer::{Ask, Origin, Outcome, PostForm, Refused, Reply, Stuck};
pub use changes::Declined;
pub use choice::ChoiceAsked;
pub use device::Device;
pub use failures::{Kept, failures, remedy};
pub use fido::KeyDeclined;
pub use flows::Problem;
pub use index::IndexKey;
pub use keys::{KeyProblem, Keys};
pub use logout::{HopOutcome, LoggedOut, LogoutHop, LogoutMessage, Unfinished};
pub use me::{Me, OwnPage};
pub use network::{BadNetwork, KnownNetworks, NETWORKS_MAX, Network};
pub use own::{Service, StartView};
pub use portner_directory::Sibling;
pub use portner_saml::{BuildError, Carried, LogoutForm};
pub use publication::{About, Edition, Publication};
pub use registry::{Registered, SpState};
pub use release::Absent;
pub use secret::Secret;
pub use sessions_of::{OwnSession, SESSIONS_MAX};
pub use standing::{of as standing_of, of_name as standing_of_name};
pub use strip::{Stripper, strip};
pub use welcome::{Begun, Chosen, Invited, NotFinished, Welcomed};

use std::net::IpAddr;
use std::sync::Arc;

use moka::future::Cache;
use portner_audit_log::volatile::Volatile;
use portner_audit_log::{Actor, AuditLog};
use portner_authenticators::{Authenticators, Fido};
use portner_directory::Personal;
use portner_domain::flow::Rules;
use portner_domain::{Entropy, IdentityId, Millis, Reference, ServiceProviderId};
use portner_saml::Signer;

use crate::failures::Sent;
use crate::name_id::Circle;
use crate::registry::Registry;
use crate::standing::Standings;

/// Pairwise names that a node remembers, of about 200 bytes each.
const NAME_IDS_MAX: u64 = 50_000;

/// Something failed that is nobody's mistake. The page says so and nobody is logged in.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The database, the log or the session store.
    #[error(transparent)]
    Log(#[from] portner_audit_log::Error),
    /// The directory.
    #[error(transparent)]
    Directory(#[from] portner_directory::Error),
    /// The authenticators.
    #[error(transparent)]
    Authenticators(#[from] portner_authenticators::Error),
    /// The database.
    #[error("the federation's tables can't be read or written")]
    Storage(#[from] sqlx::Error),
    /// A message could not be built.
    #[error("a message can't be built")]
    Build(#[from] portner_saml::response::BuildError),
    /// No key to encrypt for.
    #[error("the service provider has no usable encryption key")]
    NoKey(#[from] portner_saml::encryption::NoUsableKey),
    /// A row or a record says something that none of our versions writes.
    #[error("a record of the federation can't be understood: {0}")]
    Corrupt(String),
    /// A signing key can't be used.
    #[error(transparent)]
    Key(#[from] keys::KeyProblem),
}

/// What this identity provider is.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Our name in the federation; depends on no host name.
    pub entity_id: String,
    /// Where requests arrive: what `Destination` has to be.
    pub sso_url: String,
    /// Where logout messages arrive, by either binding.
    pub slo_url: String,
    /// What logins have to obey.
    pub rules: Rules,
    /// How far a service provider's clock may be off (OIO-GE-01: three to five minutes).
    pub skew: Millis,
    /// How old a request may be, apart from that.
    pub request_life: Millis,
    /// How long an assertion may be used.
    pub assertion_life: Millis,
}

/// The federation side of this node. Cheap to clone.
#[derive(Clone)]
pub struct Federation {
    settings: Arc<Settings>,
    log: AuditLog,
    volatile: Arc<dyn Volatile>,
    authenticators: Authenticators,
    fido: Fido,
    personal: Personal,
    registry: Registry,
    standings: Standings,
    keys: Keys,
    index_key: Arc<IndexKey>,
    entropy: Arc<dyn Entropy>,
    /// What fetches metadata for officers; nothing is fetched without it.
    fetcher: Option<fetch::Fetcher>,
    /// Pairwise names, which never change once they are assigned.
    name_ids: Cache<(IdentityId, Circle), String>,
}

/// What it is put together from.
pub struct Parts {
    /// The log, and through it the database and the clock.
    pub log: AuditLog,
    /// The session store.
    pub volatile: Arc<dyn Volatile>,
    /// What verifies passwords and codes.
    pub authenticators: Authenticators,
    /// What verifies FIDO keys.
    pub fido: Fido,
    /// What only some may read of people.
    pub personal: Personal,
    /// The keys that sign.
    pub keys: Keys,
    /// The key that names sessions to service providers.
    pub index_key: Arc<IndexKey>,
    /// Randomness.
    pub entropy: Arc<dyn Entropy>,
}

/// A browser at our door: where it is, what it carries, and what it is to carry from now on.
#[derive(Debug)]
pub struct Visit {
    /// Its address, as far as our own proxies vouch for it.
    pub address: IpAddr,
    /// What its page will be told to quote; also in every event of this visit.
    pub reference: Reference,
    /// The session's secret.
    pub session: Option<Secret>,
    /// The secret that ties logins in progress to this browser.
    pub browser: Option<Secret>,
    /// Was `session` set or ended in this visit?
    pub session_changed: Changed,
    /// Was `browser` set in this visit?
    pub browser_changed: Changed,
    /// What it is, as it says itself.
    pub device: Device,
    /// The message it brought, in case it comes to nothing.
    sent: Option<Sent>,
}

/// Whether a cookie has to be sent.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Changed {
    /// It stands as it came.
    #[default]
    No,
    /// It is another one, or gone.
    Yes,
}

impl Visit {
    /// Somebody comes in.
    pub fn new(
        address: IpAddr,
        reference: Reference,
        session: Option<Secret>,
        browser: Option<Secret>,
    ) -> Self {
        Self {
            address,
            reference,
            session,
            browser,
            session_changed: Changed::No,
            browser_changed: Changed::No,
            device: Device::default(),
            sent: None,
        }
    }

    /// See to it that the browser has a secret for its forms.
    pub fn keep_browser(&mut self, entropy: &dyn Entropy) {
        self.browser(entropy);
    }

    /// It brings a message. What is refused or answered with an error in this visit is kept with it.
    pub(crate) fn brings(&mut self, sent: Sent) {
        self.sent = Some(sent);
    }

    pub(crate) fn stranger(&self) -> Actor {
        Actor::Anonymous { address: self.address.to_string() }
    }

    /// The browser's secret, made now if it has none.
    pub(crate) fn browser(&mut self, entropy: &dyn Entropy) -> &Secret {
        if self.browser.is_none() {
            self.browser_changed = Changed::Yes;
        }
        self.browser.get_or_insert_with(|| Secret::new(entropy))
    }
}

impl Federation {
    /// Put together, on a Tokio runtime.
    pub fn new(settings: Settings, parts: Parts) -> Self {
        let Parts { log, volatile, authenticators, fido, personal, keys, index_key, entropy } = parts;
        let registry = Registry::new(log.database().clone());
        let standings = Standings::new(log.database());
        let name_ids = Cache::new(NAME_IDS_MAX);
        Self {
            settings: Arc::new(settings),
            log,
            volatile,
            authenticators,
            fido,
            personal,
            registry,
            standings,
            keys,
            index_key,
            entropy,
            fetcher: None,
            name_ids,
        }
    }

    /// The same with what fetches metadata from addresses that officers give.
    #[must_use]
    pub fn with_fetcher(self, fetcher: fetch::Fetcher) -> Self {
        Self { fetcher: Some(fetcher), ..self }
    }

    /// What this identity provider is.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The keys that sign.
    pub const fn keys(&self) -> &Keys {
        &self.keys
    }

    /// The key that signs whatever this service provider is sent.
    pub(crate) fn signer(&self, sp: ServiceProviderId) -> Arc<dyn Signer> {
        self.keys.signer(sp, self.log.now())
    }

    /// The log of a visit: its events carry the visit's reference, and who is told of them is told from where.
    fn log_of(&self, visit: &Visit) -> AuditLog {
        self.log.about(visit.reference).from_address(visit.address)
    }
}
