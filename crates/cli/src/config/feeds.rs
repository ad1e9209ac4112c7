//! `[[feeds]]`: registers and directories that people come from by themselves.

use std::path::{Path, PathBuf};

use portner_directory::feed::{Hour, MAPPING_BYTES_MAX, Mapping, Schedule};
use portner_domain::Millis;
use serde::Deserialize;

/// Most feeds.
const FEEDS_MAX: usize = 32;
/// How often one is read at most, and at least.
const EVERY_MINUTES_MIN: u64 = 5;
const EVERY_MINUTES_MAX: u64 = 24 * 60;

/// A feed that is read by itself.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Feed {
    /// What the source is called, in every identity that comes from it.
    pub name: String,
    /// What kind of source it is.
    pub kind: Kind,
    /// What it means; seen from the data folder, as the file is.
    mapping: PathBuf,
    /// The file, where it is one.
    file: Option<PathBuf>,
    /// How often it is read.
    every_minutes: Option<u64>,
    /// When everything is read, in Danish time.
    at: Option<String>,
}

/// What kind of source a feed is.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A file of comma-separated values.
    Csv,
    /// A directory.
    Ldap,
}

impl Kind {
    /// The word for it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Ldap => "ldap",
        }
    }
}

impl Feed {
    /// When it is read.
    pub fn schedule(&self) -> Result<Schedule, String> {
        let at = self.at.as_deref().map(|at| {
            at.parse::<Hour>().map_err(|error| format!("feeds: {}: at = {at:?}: {error}", self.name))
        });
        let every = match self.every_minutes {
            Some(minutes) if !(EVERY_MINUTES_MIN..=EVERY_MINUTES_MAX).contains(&minutes) => {
                return Err(format!(
                    "feeds: {}: every_minutes is between {EVERY_MINUTES_MIN} and {EVERY_MINUTES_MAX}",
                    self.name
                ));
            }
            minutes => minutes.map(Millis::minutes),
        };
        match (every, at.transpose()?) {
            (None, None) => Err(format!("feeds: {} is never read; set every_minutes or at", self.name)),
            (every, at) => Ok(Schedule { every, at }),
        }
    }

    /// What it means.
    pub fn mapping(&self, data: &Path) -> Result<Mapping, String> {
        let file = data.join(&self.mapping);
        let wrong = |why: String| format!("feeds: {}: the mapping {}: {why}", self.name, file.display());
        let bytes = std::fs::metadata(&file).map_err(|error| wrong(error.to_string()))?.len();
        if usize::try_from(bytes).is_ok_and(|bytes| bytes > MAPPING_BYTES_MAX) {
            return Err(wrong(format!("it has more than {MAPPING_BYTES_MAX} bytes")));
        }
        let text = std::fs::read_to_string(&file).map_err(|error| wrong(error.to_string()))?;
        let mapping = Mapping::parse(&self.name, &text).map_err(|error| wrong(error.to_string()))?;
        match (self.kind, mapping.place.is_some()) {
            (Kind::Ldap, false) => Err(wrong("it has no [ldap]".to_owned())),
            (Kind::Csv, true) => Err(wrong("it is of a directory ([ldap])".to_owned())),
            _ => Ok(mapping),
        }
    }

    /// The file, where it is one.
    pub fn file(&self, data: &Path) -> Result<PathBuf, String> {
        let none = || format!("feeds: {}: name its file", self.name);
        self.file.as_ref().map(|file| data.join(file)).ok_or_else(none)
    }
}

/// What is wrong with them.
pub fn problems(feeds: &[Feed], data: &Path) -> Vec<String> {
    let mut problems = Vec::new();
    if feeds.len() > FEEDS_MAX {
        problems.push(format!("feeds: there are more than {FEEDS_MAX}"));
    }
    for (n, feed) in feeds.iter().enumerate() {
        problems.extend(feed.schedule().err());
        problems.extend(feed.mapping(data).err());
        match feed.kind {
            Kind::Csv => problems.extend(feed.file(data).err()),
            Kind::Ldap if feed.file.is_some() => {
                problems.push(format!("feeds: {} is a directory, and has no file", feed.name));
            }
            Kind::Ldap => {}
        }
        if feeds.iter().take(n).any(|other| other.name == feed.name) {
            problems.push(format!("feeds: two are called {}", feed.name));
        }
    }
    problems
}
