//! What a password has to be (NIST SP 800-63B-4, 3.1.1.2): long, and not among those that are guessed first. No kinds
//! of characters are demanded, and none expires by itself.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::{Arc, LazyLock};

use portner_domain::Millis;
use portner_domain::identity::Identity;
use serde::{Deserialize, Serialize};

use super::breached::{BadList, BreachedList};
use super::patterns::{Words, is_made_of, is_repetition, is_sequence};
use super::{PASSWORD_BYTES_MAX, PASSWORD_CHARS_MIN, Password};

/// The longest minimum that can be set, and the shortest maximum, in characters.
pub const PASSWORD_CHARS_BOUND: usize = 64;
/// Most passwords of somebody that a new one is compared with.
pub const HISTORY_MAX: u32 = 24;
/// Largest file of the organisation's own words, in bytes.
const WORDS_BYTES_MAX: u64 = 1024 * 1024;

/// Sentences that are on everybody's list, as letters only.
static PHRASES: LazyLock<Words> = LazyLock::new(|| Words::of(include_str!("common_phrases.txt").lines()));
/// Words that passwords are put together from.
static WORDS: LazyLock<Words> = LazyLock::new(|| Words::of(include_str!("common_words.txt").lines()));

/// Which rule a password does not meet. Each has a sentence that says what to do.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Weakness {
    /// Fewer characters than [`PasswordRules::chars_min`].
    TooShort,
    /// More characters than [`PasswordRules::chars_max`].
    TooLong,
    /// Something short over and over.
    Repetition,
    /// A walk along the keyboard or the alphabet.
    Sequence,
    /// A known sentence, or put together from words, seasons and years that everybody takes.
    Common,
    /// The organisation's name or words.
    Organisation,
    /// Its owner's names, user name or address.
    Personal,
    /// It is known from a breach.
    Breached,
    /// Its owner had it before, or has it.
    UsedBefore,
}

impl Weakness {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::TooShort,
        Self::TooLong,
        Self::Repetition,
        Self::Sequence,
        Self::Common,
        Self::Organisation,
        Self::Personal,
        Self::Breached,
        Self::UsedBefore,
    ];

    /// A stable word for rows, the log and the keys of sentences.
    pub const fn word(self) -> &'static str {
        match self {
            Self::TooShort => "too-short",
            Self::TooLong => "too-long",
            Self::Repetition => "repetition",
            Self::Sequence => "sequence",
            Self::Common => "common",
            Self::Organisation => "organisation",
            Self::Personal => "personal",
            Self::Breached => "breached",
            Self::UsedBefore => "used-before",
        }
    }
}

impl FromStr for Weakness {
    type Err = ();

    fn from_str(word: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|weakness| weakness.word() == word).ok_or(())
    }
}

/// For operators; people are told by the pages.
impl fmt::Display for Weakness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TooShort => "the password is too short; four or five random words are easy to remember",
            Self::TooLong => "the password has more characters than [password] chars_max; take a shorter one",
            Self::Repetition => {
                "the password repeats something short; take words that have nothing in common"
            }
            Self::Sequence => {
                "the password goes along the keyboard or the alphabet; take random words instead"
            }
            Self::Common => {
                "the password is one that many would take; take words that have nothing in common"
            }
            Self::Organisation => "the password is the organisation's words and digits; take other words",
            Self::Personal => "the password is its owner's name or address and digits; take other words",
            Self::Breached => "the password is known from a breach elsewhere; take another one",
            Self::UsedBefore => "the password was used before; take a new one",
        })
    }
}

/// What an installation demands; see `docs/reference/configuration.md`, `[password]`.
#[derive(Clone, Debug)]
pub struct RuleSettings {
    /// Fewest characters.
    pub chars_min: usize,
    /// Most characters.
    pub chars_max: usize,
    /// How many of somebody's last passwords a new one must differ from.
    pub history: u32,
    /// How long a password that falls short of changed rules may still be used.
    pub grace: Millis,
    /// How long one that is found on the list of breached ones may.
    pub breached_grace: Millis,
    /// The organisation's name.
    pub organisation: String,
    /// A file of the organisation's own words, one on each line.
    pub words_file: Option<PathBuf>,
    /// The list of passwords known from breaches.
    pub breached_file: Option<PathBuf>,
}

impl Default for RuleSettings {
    fn default() -> Self {
        Self {
            chars_min: PASSWORD_CHARS_MIN,
            chars_max: PASSWORD_BYTES_MAX,
            history: 8,
            grace: Millis::hours(30 * 24),
            breached_grace: Millis::hours(7 * 24),
            organisation: String::new(),
            words_file: None,
            breached_file: None,
        }
    }
}

/// Why settings can't be used.
#[derive(Debug, thiserror::Error)]
pub enum BadRules {
    /// The minimum is out of bounds.
    #[error("chars_min is {0}; it can be {PASSWORD_CHARS_MIN} to {PASSWORD_CHARS_BOUND}")]
    Minimum(usize),
    /// The maximum is out of bounds.
    #[error("chars_max is {0}; it can be {PASSWORD_CHARS_BOUND} to {PASSWORD_BYTES_MAX}")]
    Maximum(usize),
    /// Too much history.
    #[error("history is {0}; it can be 0 to {HISTORY_MAX}")]
    History(u32),
    /// The words can't be read.
    #[error("words_file {0:?} can't be read as text of at most {WORDS_BYTES_MAX} bytes: {1}")]
    Words(PathBuf, String),
    /// The list can't be used.
    #[error("breached_file {0:?}: {1}")]
    Breached(PathBuf, #[source] BadList),
}

/// The rules, with their lists open. Cheap to clone.
#[derive(Clone)]
pub struct PasswordRules {
    settings: Arc<RuleSettings>,
    organisation: Arc<Words>,
    breached: Option<Arc<BreachedList>>,
}

/// Those that hold where nothing is set.
impl Default for PasswordRules {
    fn default() -> Self {
        Self { settings: Arc::default(), organisation: Arc::default(), breached: None }
    }
}

/// Words about the owner of a password that it must not be made of.
pub struct Owner(Words);

impl Owner {
    /// Somebody on record.
    pub fn of(identity: &Identity) -> Self {
        let Identity { user_name, first_name, last_name, email, .. } = identity;
        Self::called([user_name.as_str(), first_name, last_name, email.as_deref().unwrap_or_default()])
    }

    /// Somebody who is yet to be registered: user name, names, address.
    pub fn called<'t>(words: impl IntoIterator<Item = &'t str>) -> Self {
        Self(Words::of(words))
    }
}

impl PasswordRules {
    /// Check the settings and open the lists.
    pub fn open(settings: RuleSettings) -> Result<Self, BadRules> {
        if !(PASSWORD_CHARS_MIN..=PASSWORD_CHARS_BOUND).contains(&settings.chars_min) {
            return Err(BadRules::Minimum(settings.chars_min));
        }
        if !(PASSWORD_CHARS_BOUND..=PASSWORD_BYTES_MAX).contains(&settings.chars_max) {
            return Err(BadRules::Maximum(settings.chars_max));
        }
        if settings.history > HISTORY_MAX {
            return Err(BadRules::History(settings.history));
        }
        let own = match &settings.words_file {
            Some(file) => words_in(file)?,
            None => String::new(),
        };
        let organisation = Words::of(own.lines().chain([settings.organisation.as_str()]));
        let open = |file: &PathBuf| {
            BreachedList::open(file).map(Arc::new).map_err(|error| BadRules::Breached(file.clone(), error))
        };
        let breached = settings.breached_file.as_ref().map(open).transpose()?;
        Ok(Self { settings: Arc::new(settings), organisation: Arc::new(organisation), breached })
    }

    /// Fewest characters.
    pub fn chars_min(&self) -> usize {
        self.settings.chars_min
    }

    /// Most characters.
    pub fn chars_max(&self) -> usize {
        self.settings.chars_max
    }

    /// How many of somebody's last passwords a new one must differ from.
    pub fn history(&self) -> u32 {
        self.settings.history
    }

    /// How long a password with this weakness may still be used.
    pub fn grace(&self, weakness: Weakness) -> Millis {
        match weakness {
            Weakness::Breached => self.settings.breached_grace,
            _ => self.settings.grace,
        }
    }

    /// What is wrong with it, apart from the list of breached ones, which is on the disk.
    pub fn weakness(&self, password: &Password, owner: &Owner) -> Option<Weakness> {
        let text = password.text();
        let length = text.chars().count();
        if length < self.settings.chars_min {
            return Some(Weakness::TooShort);
        }
        if length > self.settings.chars_max {
            return Some(Weakness::TooLong);
        }
        if is_repetition(text, self.settings.chars_min) {
            return Some(Weakness::Repetition);
        }
        if is_sequence(text) {
            return Some(Weakness::Sequence);
        }
        // In the order of what can be said most exactly.
        let lists: [(Weakness, &[&Words]); 3] = [
            (Weakness::Common, &[&WORDS]),
            (Weakness::Organisation, &[&WORDS, &self.organisation]),
            (Weakness::Personal, &[&WORDS, &self.organisation, &owner.0]),
        ];
        if is_made_of(text, &[&PHRASES]) {
            return Some(Weakness::Common);
        }
        lists.into_iter().find(|(_, lists)| is_made_of(text, lists)).map(|(weakness, _)| weakness)
    }

    /// Is it known from a breach? Reads the disk, on a thread for such things.
    pub async fn is_breached(&self, password: &Password) -> Result<bool, BadList> {
        let Some(list) = self.breached.clone() else { return Ok(false) };
        let password = password.bytes();
        let looked = tokio::task::spawn_blocking(move || list.holds(&password)).await;
        looked.unwrap_or_else(|error| Err(BadList::Unreadable(std::io::Error::other(error))))
    }
}

fn words_in(file: &PathBuf) -> Result<String, BadRules> {
    let bad = |error: &dyn fmt::Display| BadRules::Words(file.clone(), error.to_string());
    let size = std::fs::metadata(file).map_err(|error| bad(&error))?.len();
    if size > WORDS_BYTES_MAX {
        return Err(bad(&format!("it has {size} bytes")));
    }
    std::fs::read_to_string(file).map_err(|error| bad(&error))
}

#[cfg(test)]
mod tests;
