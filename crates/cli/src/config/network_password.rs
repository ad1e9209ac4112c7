//! `[network_password]`: the directory that knows the passwords of the local network.

use std::path::{Path, PathBuf};

use portner_authenticators::network::{
    Account, BindName, Finder, For, NetworkSettings, SERVERS_MAX, Search, SearchFilter, ServerAddress,
};
use portner_domain::Millis;
use portner_domain::throttle::Allowance;
use serde::Deserialize;

use super::first_line;

/// People of Active Directory, by their logon name.
const ACTIVE_DIRECTORY_FILTER: &str = "(&(objectCategory=person)(objectClass=user)(sAMAccountName={user}))";

/// More wrong passwords than this no directory should be told of.
const ATTEMPTS_MAX: u64 = 5;

/// The shortest time for which wrong passwords are remembered: directories remember them longer.
const WINDOW_MINUTES_MIN: u64 = 15;

/// The longest time for which wrong passwords are remembered.
const WINDOW_MINUTES_MAX: u64 = 24 * 60;

/// The directory that knows the passwords of the local network.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NetworkPassword {
    /// Asked in this order: `ldaps://HOST`, or `ldap://HOST` for StartTLS.
    servers: Vec<String>,
    /// Authorities (PEM) that vouch for them, and nobody else does; the machine's if absent.
    ca_file: Option<PathBuf>,
    /// Whose network password is taken.
    #[serde(rename = "for", default)]
    whose: Whose,
    /// Wrong passwords of one account before the directory is asked no more.
    #[serde(default = "attempts")]
    attempts: u64,
    /// Until the first of them is forgotten.
    #[serde(default = "window_minutes")]
    window_minutes: u64,
    /// How the name in the directory follows from the user name.
    bind_name: Option<String>,
    /// The account that looks for entries, where it does not.
    search_account: Option<String>,
    /// Its password.
    search_password_file: Option<PathBuf>,
    /// Below which entry it looks.
    search_base: Option<String>,
    /// What an entry has to be like.
    search_filter: Option<String>,
}

/// Whose network password is taken.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "kebab-case")]
enum Whose {
    /// Also of those who have a password here.
    Everybody,
    /// Of those who have none.
    #[default]
    WithoutLocalPassword,
}

const fn attempts() -> u64 {
    4
}

const fn window_minutes() -> u64 {
    30
}

impl NetworkPassword {
    /// Understood, with its files read; or what is wrong, in a sentence.
    pub fn settings(&self, data: &Path) -> Result<NetworkSettings, String> {
        Ok(NetworkSettings {
            servers: self.servers()?,
            authorities: self.ca_file.as_ref().map(|file| authorities(&data.join(file))).transpose()?,
            finder: self.finder(data)?,
            whose: match self.whose {
                Whose::Everybody => For::Everybody,
                Whose::WithoutLocalPassword => For::WithoutLocalPassword,
            },
            limit: self.limit()?,
        })
    }

    /// The file with a secret in it.
    pub fn password_file(&self, data: &Path) -> Option<PathBuf> {
        self.search_password_file.as_ref().map(|file| data.join(file))
    }

    fn servers(&self) -> Result<Vec<ServerAddress>, String> {
        if !(1..=SERVERS_MAX).contains(&self.servers.len()) {
            return Err(format!("network_password.servers names none, or more than {SERVERS_MAX}"));
        }
        let parse = |text: &String| {
            text.parse().map_err(|error| format!("network_password.servers has {text:?}; {error}"))
        };
        self.servers.iter().map(parse).collect()
    }

    fn finder(&self, data: &Path) -> Result<Finder, String> {
        let searched = [&self.search_account, &self.search_base, &self.search_filter];
        let is_searched = searched.iter().any(|it| it.is_some()) || self.search_password_file.is_some();
        match (&self.bind_name, is_searched) {
            (Some(template), false) => template
                .parse::<BindName>()
                .map(Finder::Named)
                .map_err(|error| format!("network_password.bind_name = {template:?}: {error}")),
            (None, true) => self.search(data).map(Finder::Searched),
            (Some(_), true) => Err(
                "network_password has bind_name and search_… both; remove one, since an entry is found in one way"
                    .to_owned(),
            ),
            (None, false) => Err(
                "network_password does not say how an entry is found; set bind_name = \"{user}@ad.example.dk\", or \
                 search_account, search_password_file and search_base"
                    .to_owned(),
            ),
        }
    }

    fn search(&self, data: &Path) -> Result<Search, String> {
        let missing = |key: &str| format!("network_password.{key} is absent; a search needs it");
        let filter = self.search_filter.as_deref().unwrap_or(ACTIVE_DIRECTORY_FILTER);
        let file = self.password_file(data).ok_or_else(|| missing("search_password_file"))?;
        let name = self.search_account.clone().filter(|name| !name.is_empty());
        Ok(Search {
            account: Account {
                name: name.ok_or_else(|| missing("search_account"))?,
                password: first_line("network_password.search_password_file", &file)?,
            },
            base: self.search_base.clone().ok_or_else(|| missing("search_base"))?,
            filter: filter
                .parse::<SearchFilter>()
                .map_err(|error| format!("network_password.search_filter = {filter:?}: {error}"))?,
        })
    }

    fn limit(&self) -> Result<Allowance, String> {
        if !(1..=ATTEMPTS_MAX).contains(&self.attempts) {
            return Err(format!(
                "network_password.attempts = {} is not between 1 and {ATTEMPTS_MAX}",
                self.attempts
            ));
        }
        if !(WINDOW_MINUTES_MIN..=WINDOW_MINUTES_MAX).contains(&self.window_minutes) {
            return Err(format!(
                "network_password.window_minutes = {} is not between {WINDOW_MINUTES_MIN} and {WINDOW_MINUTES_MAX}",
                self.window_minutes
            ));
        }
        Ok(Allowance { attempts: self.attempts, window: Millis::minutes(self.window_minutes) })
    }
}

fn authorities(file: &Path) -> Result<Vec<u8>, String> {
    std::fs::read(file)
        .map_err(|error| format!("network_password.ca_file {} can't be read: {error}", file.display()))
}

#[cfg(test)]
mod tests {
    use super::NetworkPassword;

    fn said(text: &str) -> String {
        let section: NetworkPassword = toml::from_str(text).unwrap();
        section.settings("/nowhere".as_ref()).err().unwrap_or_default()
    }

    #[test]
    fn what_cannot_work_is_said_with_the_remedy() {
        let servers = "servers = [\"ldaps://dc1.ad.example.dk\"]\n";
        let named = format!("{servers}bind_name = \"{{user}}@ad.example.dk\"\n");
        let check = |text: &str, parts: &[&str]| {
            let said = said(text);
            assert!(parts.iter().all(|part| said.contains(part)), "{text}: {said}");
        };
        assert_eq!(said(&named), "");
        check("servers = []", &["servers", "names none"]);
        check("servers = [\"http://dc1\"]", &["http://dc1", "write ldaps://HOST"]);
        check(servers, &["does not say how", "bind_name"]);
        check(&format!("{servers}bind_name = \"anna\""), &["bind_name", "{user}"]);
        check(&format!("{named}search_base = \"dc=x\""), &["remove one"]);
        check(&format!("{servers}search_base = \"dc=x\""), &["search_password_file", "a search needs it"]);
        check(&format!("{servers}search_password_file = \"no\"\nsearch_account = \"a\""), &["can't be read"]);
        check(&format!("{named}attempts = 6"), &["attempts = 6", "between 1 and 5"]);
        check(&format!("{named}window_minutes = 5"), &["window_minutes = 5", "between 15 and 1440"]);
        check(&format!("{named}ca_file = \"no\""), &["ca_file /nowhere/no", "can't be read"]);
    }
}
