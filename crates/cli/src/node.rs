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
use portner_authenticators::network::NetworkPasswords;
use portner_authenticators::{Authenticators, Fido, HashPool};
use portner_directory::Personal;
use portner_domain::Millis;
use portner_domain::flow::{Rules, Tells};
use portner_domain::session::Limits;
use portner_federation::fetch::{Fetcher, SystemResolver};
use portner_federation::keys::file::Protection;
use portner_federation::keys::life::{Record, adopt};
use portner_federation::keys::token::{Token, TokenSettings};
use portner_federation::keys::{Place, PrivateHalves};
use portner_federation::{Federation, IndexKey, Keys, Parts, Settings};
use portner_saml::Certificate;
use portner_web::mail::{MailServer, MailSettings, MailTls};
use zeroize::Zeroizing;

use crate::config::{Config, Metadata, Tls};
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
    /// What verifies and binds FIDO keys.
    pub fido: Fido,
    /// What only some may read of people.
    pub personal: Personal,
    /// The keys that sign.
    pub keys: Keys,
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
        let keys = keys(config, &log).await?;
        let envelope = Arc::new(envelope(config)?);
        let personal = Personal::open(log.clone(), Arc::clone(&envelope), Arc::new(RealEntropy)).await?;
        let hashing = HashPool::start(workers, config.hash_cost(), &RealEntropy)?;
        let authenticators =
            Authenticators::new(log.clone(), Arc::clone(&volatile), envelope, hashing, Arc::new(RealEntropy));
        let mut authenticators = authenticators.with_rules(config.password_rules().map_err(Problem::new)?);
        if let Some(network) = network_passwords(config)? {
            authenticators = authenticators.with_network_passwords(network);
        }
        let fido = crate::fido::fido(config, authenticators.clone())?;
        Ok(Self { log, volatile, authenticators, fido, personal, keys })
    }

    /// The federation side.
    pub fn federation(&self, config: &Config) -> Result<Federation, Problem> {
        let public = config.public().map_err(Problem::new)?;
        let settings = Settings {
            entity_id: config.entity_id.clone(),
            sso_url: format!("{}/saml/sso", public.origin),
            slo_url: format!("{}/saml/slo", public.origin),
            rules: Rules { notified: config.notified(), limits: Limits::NSIS, tells: Tells::Nothing },
            skew: SKEW,
            request_life: REQUEST_LIFE,
            assertion_life: ASSERTION_LIFE,
        };
        let parts = Parts {
            log: self.log.clone(),
            volatile: Arc::clone(&self.volatile),
            authenticators: self.authenticators.clone(),
            fido: self.fido.clone(),
            personal: self.personal.clone(),
            keys: self.keys.clone(),
            index_key: Arc::new(index_key(config)?),
            entropy: Arc::new(RealEntropy),
        };
        Ok(Federation::new(settings, parts).with_fetcher(fetcher(config)?))
    }
}

/// The session store.
pub async fn volatile(config: &Config) -> Result<Arc<dyn Volatile>, Problem> {
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

/// Where network passwords are checked, if anywhere. Nobody is asked yet: a directory that does not answer keeps
/// nobody from starting.
pub fn network_passwords(config: &Config) -> Result<Option<NetworkPasswords>, Problem> {
    let Some(section) = &config.network_password else { return Ok(None) };
    let settings = section.settings(&config.storage.data).map_err(Problem::new)?;
    let network = NetworkPasswords::new(settings, Arc::new(RealClock));
    network.map(Some).map_err(|error| Problem::new(format!("network_password.ca_file: {error}")))
}

/// What fetches metadata.
pub fn fetcher(config: &Config) -> Result<Fetcher, Problem> {
    let Metadata { allowed_networks, ca_file } = &config.metadata;
    let authorities = ca_file
        .as_deref()
        .map(|file| std::fs::read(file).map_err(|error| Problem::file("metadata.ca_file", file, &error)));
    let authorities = authorities.transpose()?;
    Ok(Fetcher::new(Arc::new(SystemResolver), allowed_networks.clone(), authorities.as_deref())?)
}

/// What takes letters to people, if there is any.
pub fn mail_server(config: &Config) -> Result<Option<MailServer>, Problem> {
    let Some(mail) = &config.mail else { return Ok(None) };
    let (tls, usual_port) = match mail.tls {
        Tls::Implicit => (MailTls::Implicit, 465),
        Tls::Starttls => (MailTls::StartTls, 587),
        Tls::DangerPlain => (MailTls::DangerPlain, 25),
    };
    let login = match (&mail.user, &mail.password_file) {
        (Some(user), Some(file)) => {
            let password = read(&config.key_file(file))?;
            Some((user.clone(), Zeroizing::new(password.trim_end_matches(['\r', '\n']).to_owned())))
        }
        (None, None) => None,
        _ => {
            return Err(Problem::new(
                "mail.user and mail.password_file belong together; set both or neither",
            ));
        }
    };
    let authorities = mail
        .ca_file
        .as_deref()
        .map(|file| std::fs::read(file).map_err(|error| Problem::file("mail.ca_file", file, &error)));
    Ok(Some(MailServer::new(MailSettings {
        server: mail.server.clone(),
        port: mail.port.unwrap_or(usual_port),
        tls,
        login,
        from: mail.from.clone(),
        authorities: authorities.transpose()?,
    })?))
}

/// The signing keys on record. An installation that has none begins with the configured one.
async fn keys(config: &Config, log: &AuditLog) -> Result<Keys, Problem> {
    adopt_configured_key(config, log, Actor::system("keys")).await?;
    Ok(Keys::on_record(log.clone(), private_halves(config)?).await?)
}

/// The configured key becomes the first on record, if there is none.
pub async fn adopt_configured_key(config: &Config, log: &AuditLog, actor: Actor) -> Result<(), Problem> {
    if !Record::read(log.database()).await?.keys.is_empty() {
        return Ok(());
    }
    let (certificate, place) = configured_key(config)?;
    private_halves(config)?.open(&place, certificate.clone()).map_err(|problem| {
        Problem::new(format!(
            "keys.signing_key_file and keys.signing_certificate_file can't be used: {problem}"
        ))
    })?;
    let mut tx = log.begin(actor).await?;
    if adopt(log.database(), &mut tx, &certificate, &place).await? {
        tx.commit().await?;
    }
    Ok(())
}

/// The certificate of the configured key, and where its private half is.
pub fn configured_key(config: &Config) -> Result<(Certificate, Place), Problem> {
    let pem = read(&config.key_file(&config.keys.signing_certificate_file))?;
    let certificate = Certificate::from_pem(pem.as_bytes())
        .map_err(|error| Problem::new(format!("keys.signing_certificate_file can't be used: {error}")))?;
    Ok((certificate, Place::File(config.keys.signing_key_file.clone())))
}

/// The private halves within reach: below the data folder, and in the token if there is one.
pub fn private_halves(config: &Config) -> Result<PrivateHalves, Problem> {
    let passphrase = match config.passphrase_file() {
        Some(file) => Some(passphrase(&file)?),
        None => None,
    };
    let token = config.keys.pkcs11.as_ref().map(|it| {
        let pin = Zeroizing::new(read(&config.key_file(&it.pin_file))?.trim().to_owned());
        let settings = TokenSettings { module: it.module.clone(), label: it.token.clone(), pin };
        Token::start(settings).map_err(Problem::from)
    });
    Ok(PrivateHalves::new(config.storage.data.clone(), passphrase, token.transpose()?))
}

/// The first line of the file, as `openssl -passin file:` takes it.
fn passphrase(file: &Path) -> Result<Zeroizing<Vec<u8>>, Problem> {
    let text = read(file)?;
    match text.lines().next().unwrap_or_default() {
        "" => Err(Problem::new(format!("keys.passphrase_file {} is empty", file.display()))),
        line => Ok(Zeroizing::new(line.as_bytes().to_vec())),
    }
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

/// What seals secrets at rest.
pub fn envelope(config: &Config) -> Result<Envelope, Problem> {
    let key = key_of_32(&config.key_file(&config.keys.envelope_key_file), "keys.envelope_key_file")?;
    Ok(Envelope::new(ENVELOPE_KEY_ID, &key)?)
}

fn index_key(config: &Config) -> Result<IndexKey, Problem> {
    let key = key_of_32(&config.key_file(&config.keys.envelope_key_file), "keys.envelope_key_file")?;
    Ok(IndexKey::derived_from(&key)?)
}

/// What is wrong with the content of keys and certificates, for `check-config`.
pub fn keys_problem(config: &Config) -> Option<String> {
    let problems = [
        signing_keys_problem(config),
        envelope(config).err(),
        audit_signer(config).err(),
        fetcher(config).err(),
        mail_server(config).err(),
        crate::fido::models(config).err(),
    ];
    problems.into_iter().flatten().next().map(|problem| problem.to_string())
}

fn signing_keys_problem(config: &Config) -> Option<Problem> {
    let halves = match private_halves(config) {
        Ok(halves) => halves,
        Err(problem) => return Some(problem),
    };
    let first = config.key_file(&config.keys.signing_key_file).exists().then(|| {
        let (certificate, place) = configured_key(config)?;
        halves.open(&place, certificate).map_err(|problem| {
            Problem::new(format!(
                "keys.signing_key_file and keys.signing_certificate_file can't be used: {problem}"
            ))
        })
    });
    let first = first.and_then(Result::err);
    let later =
        || config.later_key_files().into_iter().find_map(|file| halves.protection(&Place::File(file)).err());
    let token = || halves.reaches_token().err();
    first.or_else(|| later().map(Problem::from)).or_else(|| token().map(Problem::from))
}

/// What could be better about the keys, for `check-config`.
pub fn notes_on_keys(config: &Config) -> Vec<String> {
    let Ok(halves) = private_halves(config) else { return Vec::new() };
    let first = config.key_file(&config.keys.signing_key_file);
    let files = config.later_key_files().into_iter().chain(first.exists().then_some(first));
    let plain = files.filter(|file| {
        halves
            .protection(&Place::File(file.clone()))
            .is_ok_and(|protection| protection == Some(Protection::None))
    });
    plain
        .map(|file| {
            let file = file.display();
            format!("note: {file} is not under a passphrase; docs/how-to/roll-keys.md says how to put it under one")
        })
        .collect()
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
