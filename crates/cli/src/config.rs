//! `portner.toml`: read, overridden by the environment, and checked before anything starts.

mod feeds;
mod mitid_erhverv;
mod network_password;
mod passwords;
mod sections;
mod upkeep;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use portner_domain::assurance::Notified;
use portner_web::PublicUrl;
use serde::Deserialize;
use zeroize::Zeroizing;

pub use self::feeds::{Feed, Kind as FeedKind};
pub use self::mitid_erhverv::MitIdErhverv;
use self::network_password::NetworkPassword;
use self::passwords::Passwords;
pub use self::sections::{
    Allowed, AllowedWord, Keys, Listen, Log, LogFormat, Mail, Metadata, Nsis, Organisation, Proxy,
    Publication, Scim, Storage, Support, Terms, Tls, Webauthn,
};
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
            problems.extend(files.filter_map(|(key, file)| secret_file_problem(&key, &file)));
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

/// A secret is the first line of its file, as `openssl -passin file:` takes it.
fn first_line(key: &str, file: &Path) -> Result<Zeroizing<String>, String> {
    let text = std::fs::read_to_string(file).map(Zeroizing::new);
    let text = text.map_err(|error| format!("{key} {} can't be read: {error}", file.display()))?;
    match text.lines().next().unwrap_or_default() {
        "" => Err(format!("{key} {} is empty", file.display())),
        line => Ok(Zeroizing::new(line.to_owned())),
    }
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
