//! A node put together from its configuration: database, log, session store, keys, and what stands on them.

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use portner_audit_log::envelope::Envelope;
use portner_audit_log::note::NoteSigner;
use portner_audit_log::volatile::{Volatile, VolatileDatabase, VolatileRedis};
use portner_audit_log::{Actor, AuditLog, Database, Settings as DatabaseSettings};
use portner_authenticators::{Authenticators, Cost, HashPool};
use portner_domain::Millis;
use portner_domain::flow::Rules;
use portner_domain::session::Limits;
use portner_federation::{Federation, IndexKey, Parts, Settings};
use portner_saml::{FileKey, Signer};
use zeroize::Zeroizing;

use crate::config::Config;
use crate::done;
use crate::problem::Problem;
use crate::real::{RealClock, RealEntropy};

/// The name of the envelope key in sealed secrets; a second key will have another.
const ENVELOPE_KEY_ID: &str = "k1";
/// OIO-GE-01 allows three to five minutes.
const SKEW: Millis = Millis::minutes(3);
/// How old a request may be, apart from that.
const REQUEST_LIFE: Millis = Millis::minutes(5);
/// How long an assertion may be used.
const ASSERTION_LIFE: Millis = Millis::minutes(5);

/// Longest name that an operator may claim, in characters.
const CLAIM_CHARS_MAX: usize = 64;

/// Keys and tables that do not fit together are noticed here, before anybody logs in.
pub struct Node {
    /// The log, and through it the database and the clock.
    pub log: AuditLog,
    /// The session store.
    pub volatile: Arc<dyn Volatile>,
    /// What verifies and binds authenticators.
    pub authenticators: Authenticators,
    /// The signing key.
    pub signer: Arc<FileKey>,
}

/// Open the database as it is.
pub async fn database(config: &Config) -> Result<Database, Problem> {
    let url = config.database_url().map_err(Problem::new)?;
    Database::open(&DatabaseSettings::new(url)).await.map_err(|error| {
        let hint = "is storage.database right, and does the server run?";
        Problem::new(format!("the database can't be opened: {}; {hint}", Problem::from(error)))
    })
}

/// Open the database, and refuse one that is of an older version.
pub async fn current_database(config: &Config) -> Result<Database, Problem> {
    let database = database(config).await?;
    let pending = database.pending_migrations().await?;
    if pending.is_empty() {
        return Ok(database);
    }
    Err(Problem::new(format!(
        "the database is older than this program: {} steps wait; take a backup and run `portner migrate`",
        pending.len()
    )))
}

/// The log, for commands that write.
pub fn log(database: Database) -> AuditLog {
    AuditLog::new(database, Arc::new(RealClock), Arc::new(RealEntropy))
}

/// `portner migrate`.
pub async fn migrate(config: &Config) -> Result<ExitCode, Problem> {
    let database = database(config).await?;
    let pending = database.pending_migrations().await?;
    database.migrate().await?;
    Ok(done(&match pending.as_slice() {
        [] => "the database is of this version already".to_owned(),
        steps => format!(
            "the database is of this version now; {} steps were taken: {}",
            steps.len(),
            steps.join(", ")
        ),
    }))
}

/// Who acts at the command line: the account the kernel says, and the one that logged in before any `sudo`. The
/// name is what the environment claims; whoever can run this command can claim another.
pub fn operator() -> Actor {
    let uid = rustix::process::getuid().as_raw();
    let login = std::fs::read_to_string("/proc/self/loginuid").ok();
    let login = login.as_deref().map(str::trim).filter(|login| *login != "4294967295").unwrap_or("unknown");
    let claimed = ["SUDO_USER", "USER", "LOGNAME"].into_iter().find_map(|key| std::env::var(key).ok());
    let claimed: String =
        claimed.unwrap_or_else(|| "nobody".to_owned()).chars().take(CLAIM_CHARS_MAX).collect();
    Actor::Operator { name: format!("uid {uid}, login uid {login}, claims to be {claimed}") }
}

impl Node {
    /// Put together, with so many hash workers.
    pub async fn open(config: &Config, workers: usize) -> Result<Self, Problem> {
        let log = log(current_database(config).await?);
        let volatile = volatile(config).await?;
        let signer = Arc::new(signing_key(config)?);
        let envelope = Arc::new(envelope(config)?);
        let hashing = HashPool::start(workers, Cost::DEFAULT, &RealEntropy)?;
        let authenticators =
            Authenticators::new(log.clone(), Arc::clone(&volatile), envelope, hashing, Arc::new(RealEntropy));
        Ok(Self { log, volatile, authenticators, signer })
    }

    /// The federation side.
    pub fn federation(&self, config: &Config) -> Result<Federation, Problem> {
        let public = config.public().map_err(Problem::new)?;
        let settings = Settings {
            entity_id: config.entity_id.clone(),
            sso_url: format!("{}/saml/sso", public.origin),
            slo_url: format!("{}/saml/slo", public.origin),
            rules: Rules { notified: config.notified(), limits: Limits::NSIS },
            skew: SKEW,
            request_life: REQUEST_LIFE,
            assertion_life: ASSERTION_LIFE,
        };
        let parts = Parts {
            log: self.log.clone(),
            volatile: Arc::clone(&self.volatile),
            authenticators: self.authenticators.clone(),
            signer: Arc::clone(&self.signer) as Arc<dyn Signer>,
            index_key: Arc::new(index_key(config)?),
            entropy: Arc::new(RealEntropy),
        };
        Ok(Federation::new(settings, parts))
    }
}

async fn volatile(config: &Config) -> Result<Arc<dyn Volatile>, Problem> {
    if config.storage.sessions != "database" {
        let store = VolatileRedis::open(&config.storage.sessions, "portner").await.map_err(|error| {
            let hint = "is storage.sessions right, and does the server run?";
            Problem::new(format!("the session store can't be opened: {}; {hint}", Problem::from(error)))
        })?;
        return Ok(Arc::new(store));
    }
    let url = config.database_url().map_err(Problem::new)?;
    Ok(Arc::new(VolatileDatabase::open(&DatabaseSettings::new(url)).await?))
}

/// The key that signs assertions.
pub fn signing_key(config: &Config) -> Result<FileKey, Problem> {
    let key = read(&config.key_file(&config.keys.signing_key_file))?;
    let certificate = read(&config.key_file(&config.keys.signing_certificate_file))?;
    FileKey::from_pem(key.as_bytes(), certificate.as_bytes()).map_err(|error| {
        Problem::new(format!(
            "keys.signing_key_file and keys.signing_certificate_file can't be used: {error}; they are a PKCS#8 RSA key and its certificate, in PEM"
        ))
    })
}

/// The key that signs checkpoints; its name in them is our entityID without its scheme.
pub fn audit_signer(config: &Config) -> Result<NoteSigner, Problem> {
    let seed = key_of_32(&config.key_file(&config.keys.audit_key_file), "keys.audit_key_file")?;
    Ok(NoteSigner::new(&log_name(config), &seed)?)
}

/// What checkpoints call this log.
fn log_name(config: &Config) -> String {
    let name = config.entity_id.split_once("://").map_or(config.entity_id.as_str(), |(_, rest)| rest);
    format!("{}/audit", name.trim_end_matches('/').replace([' ', '+'], "-"))
}

fn envelope(config: &Config) -> Result<Envelope, Problem> {
    let key = key_of_32(&config.key_file(&config.keys.envelope_key_file), "keys.envelope_key_file")?;
    Ok(Envelope::new(ENVELOPE_KEY_ID, &key)?)
}

fn index_key(config: &Config) -> Result<IndexKey, Problem> {
    let key = key_of_32(&config.key_file(&config.keys.envelope_key_file), "keys.envelope_key_file")?;
    Ok(IndexKey::derived_from(&key)?)
}

/// What is wrong with the content of the keys, for `check-config`.
pub fn keys_problem(config: &Config) -> Option<String> {
    let problems = [signing_key(config).err(), envelope(config).err(), audit_signer(config).err()];
    problems.into_iter().flatten().next().map(|problem| problem.to_string())
}

fn key_of_32(path: &Path, name: &str) -> Result<Zeroizing<[u8; 32]>, Problem> {
    let wrong = || Problem::new(format!("{name} {} is not 32 bytes in base64", path.display()));
    let text = read(path)?;
    let bytes = Zeroizing::new(STANDARD.decode(text.trim()).map_err(|_| wrong())?);
    Ok(Zeroizing::new(bytes.as_slice().try_into().map_err(|_| wrong())?))
}

fn read(path: &Path) -> Result<Zeroizing<String>, Problem> {
    std::fs::read_to_string(path)
        .map(Zeroizing::new)
        .map_err(|error| Problem::file("the key file", path, &error))
}
