//! The sections of `portner.toml` that are values and nothing more.

use std::collections::BTreeSet;
use std::path::PathBuf;

use ipnet::IpNet;
use portner_directory::feed::Brake;
use portner_domain::Level;
use portner_domain::identity::Cvr;
use portner_domain::terms::HoldFor;
use serde::Deserialize;
use uuid::Uuid;

/// Programs that feed the directory by SCIM.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scim {
    /// How much one of them may take in a day without being asked about.
    #[serde(default)]
    pub brake: Brake,
}

/// The terms of use: the version in force. Its texts never change; other texts are another version.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Terms {
    /// What it is called.
    pub version: String,
    /// The text in Danish.
    pub danish_file: PathBuf,
    /// The text in English.
    pub english_file: PathBuf,
    /// Must it be agreed to?
    #[serde(default = "yes")]
    pub mandatory: bool,
    /// Also by those who agreed to an earlier version?
    #[serde(default)]
    pub accept_again: bool,
    /// What waits until it is agreed to: "levels" of NSIS, or "everything" that is told to a service provider.
    #[serde(default)]
    pub hold_for: HoldFor,
}

/// The server that takes letters to people.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mail {
    /// Its host name, which its certificate has to have.
    pub server: String,
    /// Its port; 465 for implicit TLS and 587 for STARTTLS if absent.
    pub port: Option<u16>,
    /// How the way to it is protected.
    #[serde(default)]
    pub tls: Tls,
    /// The user, if it wants one.
    pub user: Option<String>,
    /// The file of its password.
    pub password_file: Option<PathBuf>,
    /// Whom letters are from.
    pub from: String,
    /// Certificate authorities (PEM) that are trusted besides the machine's.
    pub ca_file: Option<PathBuf>,
}

/// How the way to a mail server is protected.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "kebab-case")]
pub enum Tls {
    /// TLS from the first byte.
    Implicit,
    /// STARTTLS, without which nothing is said.
    #[default]
    Starttls,
    /// Not at all; for a server on this machine.
    DangerPlain,
}

/// Security keys and passkeys.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Webauthn {
    /// What FIDO publishes about models: its signed file.
    pub metadata_file: Option<PathBuf>,
    /// The certificates (PEM) that the signature has to lead to.
    pub metadata_root_file: Option<PathBuf>,
    /// Whose keys are accepted.
    pub allowed: Allowed,
    /// The models (AAGUID) that are accepted for level High.
    pub high: BTreeSet<Uuid>,
}

/// Whose keys are accepted: a word, or a list of models.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged, expecting = "webauthn.allowed has to be \"any\", \"known\" or a list of models (AAGUID)")]
pub enum Allowed {
    /// A word.
    Word(AllowedWord),
    /// Models (AAGUID).
    Models(BTreeSet<Uuid>),
}

/// A word for it.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AllowedWord {
    /// Everybody's.
    Any,
    /// Those of models in the metadata.
    Known,
}

impl Default for Allowed {
    fn default() -> Self {
        Self::Word(AllowedWord::Any)
    }
}

/// Fetching the metadata of service providers.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Metadata {
    /// Networks that may be gone to although they are not on the public Internet.
    pub allowed_networks: Vec<IpNet>,
    /// Certificate authorities (PEM) that are trusted besides the machine's.
    pub ca_file: Option<PathBuf>,
}

/// Whose this is.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Organisation {
    /// Its name.
    pub name: String,
    /// Its number.
    pub cvr: Cvr,
    /// What employees call this service.
    #[serde(default = "service_name")]
    pub service_name: String,
    /// Its accessibility statement.
    pub accessibility_url: Option<String>,
}

/// Who helps.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Support {
    /// What they are called.
    pub name: String,
    /// Telephone.
    pub phone: Option<String>,
    /// E-mail.
    pub email: Option<String>,
}

/// Where we listen.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Listen {
    /// For the reverse proxy.
    pub address: String,
    /// For health checks and metrics.
    pub management: String,
}

/// Where things are kept.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Storage {
    /// The data folder.
    pub data: PathBuf,
    /// The database; a SQLite file in the data folder if absent.
    pub database: Option<String>,
    /// A file that holds the same, because it has a password in it.
    pub database_file: Option<PathBuf>,
    /// `database`, or the URL of a Redis server.
    #[serde(default = "sessions")]
    pub sessions: String,
}

/// What we are notified for; absent is not notified.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Nsis {
    /// As an electronic identification scheme.
    pub scheme_level: Option<Level>,
    /// As an identity broker.
    pub broker_level: Option<Level>,
}

/// The key files, relative to the data folder.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Keys {
    /// The private key of the first signing key (PEM, PKCS#8). Later ones are on record.
    pub signing_key_file: PathBuf,
    /// Its certificate (PEM).
    pub signing_certificate_file: PathBuf,
    /// What opens key files that are under a passphrase, and is put on new ones.
    pub passphrase_file: Option<PathBuf>,
    /// The token that signing keys can live in.
    pub pkcs11: Option<Pkcs11>,
    /// The key that encrypts secrets in the database (32 bytes in base64).
    pub envelope_key_file: PathBuf,
    /// The key that signs the audit log's checkpoints (32 bytes in base64).
    pub audit_key_file: PathBuf,
}

/// A token that signing keys can live in.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pkcs11 {
    /// The library that speaks for it.
    pub module: PathBuf,
    /// Its label.
    pub token: String,
    /// What opens it.
    pub pin_file: PathBuf,
}

/// What our metadata says besides.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Publication {
    /// Who answers questions about the connection; the support address if absent.
    pub technical_email: Option<String>,
    /// The organisation's web site; where we are reached if absent.
    pub organisation_url: Option<String>,
    /// A picture to find us by.
    pub logo: Option<Picture>,
}

/// A picture on the web.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Picture {
    /// Where: https.
    pub url: String,
    /// In pixels.
    pub width: u32,
    /// In pixels.
    pub height: u32,
}

/// Proxies in front of us.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Proxy {
    /// Networks whose `X-Forwarded-For` is believed.
    #[serde(default)]
    pub trusted: Vec<IpNet>,
}

/// The operational log.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Log {
    /// `text` or `json`.
    pub format: LogFormat,
    /// `error`, `warn`, `info`, `debug` or `trace`.
    pub level: String,
}

/// How the operational log is written.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "kebab-case")]
pub enum LogFormat {
    /// For people.
    Text,
    /// For machines.
    Json,
}

fn service_name() -> String {
    "Medarbejderlogin".to_owned()
}

const fn yes() -> bool {
    true
}

fn sessions() -> String {
    "database".to_owned()
}

impl Default for Listen {
    fn default() -> Self {
        Self { address: "127.0.0.1:8080".to_owned(), management: "127.0.0.1:8081".to_owned() }
    }
}

impl Default for Keys {
    fn default() -> Self {
        Self {
            signing_key_file: "keys/signing.key".into(),
            signing_certificate_file: "keys/signing.crt".into(),
            passphrase_file: None,
            pkcs11: None,
            envelope_key_file: "keys/envelope.key".into(),
            audit_key_file: "keys/audit.key".into(),
        }
    }
}

impl Default for Log {
    fn default() -> Self {
        Self { format: LogFormat::Text, level: "info".to_owned() }
    }
}
