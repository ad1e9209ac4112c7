//! `portner.toml`: read, overridden by the environment, and checked before anything starts.

mod feeds;
mod mitid_erhverv;
mod network_password;
mod passwords;
mod upkeep;

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use ipnet::IpNet;
use portner_directory::feed::Brake;
use portner_domain::Level;
use portner_domain::assurance::Notified;
use portner_domain::identity::Cvr;
use portner_domain::terms::HoldFor;
use portner_web::PublicUrl;
use serde::Deserialize;
use uuid::Uuid;

pub use self::feeds::{Feed, Kind as FeedKind};
pub use self::mitid_erhverv::MitIdErhverv;
use self::network_password::NetworkPassword;
use self::passwords::Passwords;
use self::upkeep::Upkeep;
use crate::problem::Problem;
use crate::say::{complain, say};

/// Environment variables that begin so override the file: `PORTNER__STORAGE__DATABASE` is `storage.database`.
const ENVIRONMENT: &str = "PORTNER__";

/// Where `portner key` makes files, seen from the data folder.
const SIGNING_KEYS: &str = "keys/signing";

/// Everything an operator decides before the start.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Where browsers reach us.
    pub public_url: String,
    /// Our name in the federation.
    pub entity_id: String,
    /// Whose this is.
    pub organisation: Organisation,
    /// Who helps.
    pub support: Support,
    /// Where we listen.
    #[serde(default)]
    pub listen: Listen,
    /// Where things are kept.
    pub storage: Storage,
    /// What we are notified for.
    #[serde(default)]
    pub nsis: Nsis,
    /// The keys.
    #[serde(default)]
    pub keys: Keys,
    /// What our metadata says besides.
    #[serde(default)]
    pub publication: Publication,
    /// Proxies in front of us.
    #[serde(default)]
    pub proxy: Proxy,
    /// The operational log.
    #[serde(default)]
    pub log: Log,
    /// Fetching the metadata of service providers.
    #[serde(default)]
    pub metadata: Metadata,
    /// The directory that knows the passwords of the local network.
    pub network_password: Option<NetworkPassword>,
    /// What a password has to be.
    #[serde(default)]
    pub password: Passwords,
    /// The terms of use, if there are any.
    pub terms: Option<Terms>,
    /// The server that takes letters to people; without one nobody is told what happens to their login.
    pub mail: Option<Mail>,
    /// Security keys and passkeys.
    #[serde(default)]
    pub webauthn: Webauthn,
    /// Programs that feed the directory by SCIM; without the section none is heard.
    pub scim: Option<Scim>,
    /// How long people are waited for.
    #[serde(default)]
    pub upkeep: Upkeep,
    /// Where people come from by themselves.
    #[serde(default)]
    pub feeds: Vec<Feed>,
    /// Where identities are registered that NemLog-in takes.
    pub mitid_erhverv: Option<MitIdErhverv>,
}

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

impl Config {
    /// Read the file and the environment, and refuse what can't work.
    pub fn load(path: &Path) -> Result<Self, Problem> {
        let config = Self::read(path)?;
        match config.problems().into_iter().next() {
            Some(problem) => Err(Problem::new(format!("{}: {problem}", path.display()))),
            None => Ok(config),
        }
    }

    fn read(path: &Path) -> Result<Self, Problem> {
        let text = std::fs::read_to_string(path).map_err(|error| {
            let hint = "give its path with --config, or make one with `portner init`";
            Problem::new(format!("the configuration {} can't be read ({error}); {hint}", path.display()))
        })?;
        let environment = std::env::vars().filter_map(|(name, value)| {
            name.strip_prefix(ENVIRONMENT).map(|key| (key.to_lowercase(), value))
        });
        Self::parse(&text, environment)
            .map_err(|problem| Problem::new(format!("{}: {problem}", path.display())))
    }

    fn parse(text: &str, environment: impl Iterator<Item = (String, String)>) -> Result<Self, Problem> {
        let mut table: toml::Table = text.parse().map_err(|error| unreadable(&error, text))?;
        // The file by itself first: then a mistake in it has a line number.
        let file: Result<Self, _> = toml::from_str(text);
        let mut overridden = false;
        for (key, value) in environment {
            overridden = true;
            override_key(&mut table, &key, value)?;
        }
        match file {
            Ok(config) if !overridden => Ok(config),
            Err(error) if !overridden => Err(unreadable(&error, text)),
            _ => table.try_into().map_err(|error: toml::de::Error| unreadable(&error, "")),
        }
    }

    /// What is wrong with a configuration that is not in a file yet, before anything is made for it.
    pub fn check_draft(text: &str) -> Result<(), Problem> {
        let draft = Self::parse(text, std::iter::empty())?;
        draft.wrong_in_itself().into_iter().next().map_or(Ok(()), |problem| Err(Problem::new(problem)))
    }

    /// Everything that can't work, each in a sentence that names the key and the remedy.
    pub fn problems(&self) -> Vec<String> {
        let mut problems = self.wrong_in_itself();
        let mut note = |problem: Option<String>| problems.extend(problem);
        note(folder_problem(&self.storage.data));
        note(self.database_url().err());
        note(self.password_rules().err());
        note(self.scim.and_then(|scim| scim.brake.checked().err()).map(|wrong| format!("scim.{wrong}")));
        for (key, file) in self.key_files() {
            note(secret_file_problem(key, &file));
        }
        if let Some(file) = &self.storage.database_file {
            note(secret_file_problem("storage.database_file", file));
        }
        if let Some(terms) = &self.terms {
            for (key, file) in [("danish_file", &terms.danish_file), ("english_file", &terms.english_file)] {
                note((!file.is_file()).then(|| format!("terms.{key} {} is no file", file.display())));
            }
        }
        if let Some(file) = self.mail.as_ref().and_then(|mail| mail.password_file.as_ref()) {
            note(secret_file_problem("mail.password_file", &self.key_file(file)));
        }
        problems.extend(feeds::problems(&self.feeds, &self.storage.data));
        if let Some(section) = &self.mitid_erhverv {
            let (data, cvr) = (&self.storage.data, &self.organisation.cvr);
            problems.extend(mitid_erhverv::problems(section, data, cvr, self.nsis.scheme_level));
            let files = section.secret_files(data).into_iter().filter(|(_, file)| file.exists());
            problems.extend(files.filter_map(|(key, file)| secret_file_problem(key, &file)));
        }
        let mut note = |problem: Option<String>| problems.extend(problem);
        if let Some(network) = &self.network_password {
            note(network.settings(&self.storage.data).err());
            let file = network.password_file(&self.storage.data);
            let key = "network_password.search_password_file";
            note(file.filter(|file| file.exists()).and_then(|file| secret_file_problem(key, &file)));
        }
        problems
    }

    /// What is wrong whatever is on the disk.
    fn wrong_in_itself(&self) -> Vec<String> {
        let mut problems = Vec::new();
        let mut note = |problem: Option<String>| problems.extend(problem);
        note(self.public().err());
        note(entity_id_problem(&self.entity_id));
        for (key, address) in
            [("listen.address", &self.listen.address), ("listen.management", &self.listen.management)]
        {
            let wrong = address.parse::<SocketAddr>().is_err();
            note(
                wrong
                    .then(|| format!("{key} = {address:?} is no address; write one like \"127.0.0.1:8080\"")),
            );
        }
        note(sessions_problem(&self.storage.sessions));
        for problem in self.wrong_with_passwords().into_iter().chain(self.upkeep.problems()) {
            note(Some(problem));
        }
        let quiet = ["error", "warn", "info", "debug", "trace"].contains(&self.log.level.as_str());
        note((!quiet).then(|| {
            format!("log.level = {:?} is no level; write error, warn, info, debug or trace", self.log.level)
        }));
        problems
    }

    /// Where browsers reach us, taken apart.
    pub fn public(&self) -> Result<PublicUrl, String> {
        let wrong = |why: &str| {
            format!(
                "public_url = {:?} {why}; write the address that browsers use, like \"https://login.example.dk\"",
                self.public_url
            )
        };
        let url = url::Url::parse(&self.public_url).map_err(|_| wrong("is no URL"))?;
        let host = url.host_str().ok_or_else(|| wrong("has no host"))?;
        let loopback = ["localhost", "127.0.0.1", "[::1]"].contains(&host);
        if url.scheme() != "https" && !(url.scheme() == "http" && loopback) {
            return Err(wrong("does not begin with https:// (http:// is for localhost only)"));
        }
        if url.path() != "/"
            || url.query().is_some()
            || url.fragment().is_some()
            || !url.username().is_empty()
        {
            return Err(wrong("is more than scheme, host and port"));
        }
        let host = url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
        Ok(PublicUrl { origin: format!("{}://{host}", url.scheme()), host })
    }

    /// The database's URL, from the key, the file or the data folder.
    pub fn database_url(&self) -> Result<String, String> {
        let storage = &self.storage;
        let url = match (&storage.database, &storage.database_file) {
            (Some(_), Some(_)) => {
                return Err("storage.database and storage.database_file are both set; remove one".to_owned());
            }
            (Some(url), None) => url.clone(),
            (None, Some(file)) => {
                std::fs::read_to_string(file).map(|text| text.trim().to_owned()).map_err(|error| {
                    format!("storage.database_file {} can't be read: {error}", file.display())
                })?
            }
            (None, None) => return Ok(format!("sqlite://{}", storage.data.join("portner.db").display())),
        };
        let known = ["sqlite:", "postgres:", "postgresql:"].iter().any(|scheme| url.starts_with(scheme));
        if known { Ok(url) } else { Err("storage.database must begin with sqlite: or postgres:".to_owned()) }
    }

    /// What we are notified for.
    pub const fn notified(&self) -> Notified {
        Notified { scheme: self.nsis.scheme_level, broker: self.nsis.broker_level }
    }

    /// A key file, seen from the data folder.
    pub fn key_file(&self, file: &Path) -> PathBuf {
        self.storage.data.join(file)
    }

    fn key_files(&self) -> Vec<(&'static str, PathBuf)> {
        let Keys { signing_key_file, signing_certificate_file, envelope_key_file, audit_key_file, .. } =
            &self.keys;
        let mut files = vec![
            ("keys.envelope_key_file", self.key_file(envelope_key_file)),
            ("keys.audit_key_file", self.key_file(audit_key_file)),
        ];
        files.extend(self.passphrase_file().map(|file| ("keys.passphrase_file", file)));
        files.extend(self.keys.pkcs11.iter().map(|it| ("keys.pkcs11.pin_file", self.key_file(&it.pin_file))));
        // The first key goes when it has retired, and is not missed.
        let first = [
            ("keys.signing_key_file", self.key_file(signing_key_file)),
            ("keys.signing_certificate_file", self.key_file(signing_certificate_file)),
        ];
        files.extend(first.into_iter().filter(|(_, file)| file.exists()));
        files.extend(self.later_key_files().into_iter().map(|file| ("a signing key", file)));
        files
    }

    /// What works and could be better.
    fn notes(&self) -> Vec<String> {
        let mut notes = crate::node::notes_on_keys(self);
        notes.extend(crate::fido::note(self));
        if !self.entity_id.starts_with("https://saml.") {
            notes.push(
                "note: entity_id does not begin with https://saml., which NemLog-in asks of a local IdP"
                    .into(),
            );
        }
        if self.mail.is_none() {
            notes.push(
                "note: there is no [mail], so nobody is told by e-mail what happens to their login".into(),
            );
        }
        if self.support.email.is_none() && self.publication.technical_email.is_none() {
            notes.push("note: neither support.email nor publication.technical_email is set, so our metadata names nobody to turn to".into());
        }
        notes
    }

    /// The files that `portner key` has made.
    pub fn later_key_files(&self) -> Vec<PathBuf> {
        let entries = std::fs::read_dir(self.storage.data.join(SIGNING_KEYS)).into_iter().flatten();
        let mut files: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
        files.retain(|file| file.extension().is_some_and(|extension| extension == "key"));
        files.sort();
        files
    }

    /// The file of the passphrase, seen from the data folder.
    pub fn passphrase_file(&self) -> Option<PathBuf> {
        self.keys.passphrase_file.as_ref().map(|file| self.key_file(file))
    }
}

/// `portner check-config`.
pub fn check(path: &Path) -> ExitCode {
    let config = match Config::read(path) {
        Ok(config) => config,
        Err(problem) => {
            complain(&problem.to_string());
            return ExitCode::FAILURE;
        }
    };
    let mut problems = config.problems();
    if problems.is_empty() {
        problems.extend(crate::node::keys_problem(&config));
    }
    for problem in &problems {
        complain(&format!("{}: {problem}", path.display()));
    }
    if problems.is_empty() {
        config.notes().iter().for_each(|note| say(note));
    }
    let behind_proxy = config.public_url.starts_with("https://");
    if behind_proxy && config.proxy.trusted.is_empty() {
        say(
            "note: proxy.trusted is empty, so all browsers seem to have the proxy's address and are throttled as one; name the proxy there",
        );
    }
    if config.nsis.scheme_level.is_none() || config.nsis.broker_level.is_none() {
        say("note: nsis.scheme_level or nsis.broker_level is absent, so no login will carry an NSIS level");
    }
    if problems.is_empty() {
        say(&format!("{}: nothing is wrong", path.display()));
        return ExitCode::SUCCESS;
    }
    ExitCode::FAILURE
}

/// What the parser says, with the line where it says it.
fn unreadable(error: &toml::de::Error, text: &str) -> Problem {
    let before = error.span().and_then(|span| text.get(..span.start));
    let line =
        before.map(|before| format!("line {}: ", before.matches('\n').count() + 1)).unwrap_or_default();
    let remedy =
        if error.message().starts_with("unknown field") { "; correct or remove the key" } else { "" };
    Problem::new(format!("{line}{}{remedy}", error.message().replace("unknown field", "unknown key")))
}

fn override_key(table: &mut toml::Table, key: &str, value: String) -> Result<(), Problem> {
    let value = format!("v = {value}")
        .parse::<toml::Table>()
        .ok()
        .and_then(|mut parsed| parsed.remove("v"))
        .unwrap_or(toml::Value::String(value));
    match key.split_once("__") {
        None => drop(table.insert(key.to_owned(), value)),
        Some((section, key)) => {
            let section_table =
                table.entry(section.to_owned()).or_insert(toml::Value::Table(toml::Table::new()));
            let Some(section_table) = section_table.as_table_mut() else {
                return Err(Problem::new(format!(
                    "{ENVIRONMENT}{} overrides inside {section}, which is no section",
                    format!("{section}__{key}").to_uppercase()
                )));
            };
            section_table.insert(key.to_owned(), value);
        }
    }
    Ok(())
}

fn entity_id_problem(entity_id: &str) -> Option<String> {
    let absolute = url::Url::parse(entity_id).is_ok() && entity_id.chars().count() <= 256;
    (!absolute).then(|| format!("entity_id = {entity_id:?} is no absolute URI of at most 256 characters; write one like \"https://saml.example.dk\""))
}

fn folder_problem(folder: &Path) -> Option<String> {
    let name = format!("storage.data = {:?}", folder.display().to_string());
    if !folder.is_dir() {
        return Some(format!("{name} is no folder; create it, or run `portner init`"));
    }
    // Several commands at once must not remove each other's.
    let probe = folder.join(format!(".portner-write-test-{}", std::process::id()));
    match std::fs::write(&probe, b"").and_then(|()| std::fs::remove_file(&probe)) {
        Ok(()) => None,
        Err(error) => Some(format!("{name} can't be written ({error}); give this user write access to it")),
    }
}

fn sessions_problem(sessions: &str) -> Option<String> {
    let known = sessions == "database" || sessions.starts_with("redis://");
    (!known).then(|| format!("storage.sessions = {sessions:?} is neither \"database\" nor a redis:// URL"))
}

fn secret_file_problem(key: &str, file: &Path) -> Option<String> {
    use std::os::unix::fs::PermissionsExt;
    let metadata = match std::fs::File::open(file).and_then(|file| file.metadata()) {
        Ok(metadata) => metadata,
        Err(error) => {
            let or = if key.starts_with("keys.") { ", or make new keys with `portner init`" } else { "" };
            return Some(format!(
                "{key} = {:?} can't be read ({error}); put the file there{or}",
                file.display().to_string()
            ));
        }
    };
    // systemd lends a credential to the service alone, and shows that as a right of the group.
    let lent = std::env::var_os("CREDENTIALS_DIRECTORY").is_some_and(|folder| file.starts_with(folder));
    let open_to_others = metadata.permissions().mode() & 0o077 != 0 && !key.contains("certificate") && !lent;
    open_to_others.then(|| {
        let file = file.display();
        format!("{key} = \"{file}\" can be read by others; run `chmod 600 {file}`")
    })
}

#[cfg(test)]
mod tests;
