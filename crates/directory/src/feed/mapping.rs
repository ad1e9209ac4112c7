//! The file that says what the columns of a source mean: read once, and wrong in words.

use std::collections::{BTreeMap, BTreeSet};

use aws_lc_rs::digest::{SHA256, digest};
use portner_domain::identity::Employment;
use serde::Deserialize;

use super::brake::Brake;
use super::date::DateFormat;
use super::entry::BETWEEN_GROUPS;
use super::place::{Place, WrittenPlace, with_usual_status};
use super::plan::Speaks;
use super::record::{Field, Reading, Status};

/// Longest mapping file, in bytes.
pub const MAPPING_BYTES_MAX: usize = 64 * 1024;
/// Longest name of a feed, in characters.
const FEED_CHARS_MAX: usize = 64;

/// A feed: what it is called, what it speaks of, and how much it may take without being asked about.
#[derive(Clone, Debug)]
pub struct Feed {
    /// Its name, in every identity that comes from it.
    pub name: String,
    /// All there is, or what changed.
    pub load: Load,
    /// How the bond with the organisation is known of whoever it registers.
    pub employment: Employment,
    /// What it speaks of.
    pub speaks: Speaks,
    /// How much it may take.
    pub brake: Brake,
}

/// How much a source says.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "kebab-case")]
pub enum Load {
    /// Everybody: who is not in it is stopped.
    Full,
    /// Some: who is not in it stays as they are.
    Delta,
}

/// How the bytes of a file are letters.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq)]
pub enum Encoding {
    /// As most programs write today.
    #[default]
    #[serde(rename = "utf-8")]
    Utf8,
    /// As Windows programs in Western Europe did.
    #[serde(rename = "windows-1252")]
    Windows1252,
}

/// A mapping that was understood.
#[derive(Clone, Debug)]
pub struct Mapping {
    /// The feed.
    pub feed: Feed,
    /// How values are written.
    pub reading: Reading,
    /// How the bytes are letters.
    pub encoding: Encoding,
    /// What is between two values.
    pub separator: u8,
    /// The name of the column that has a field.
    pub columns: BTreeMap<Field, String>,
    /// What is the same for all.
    pub constants: BTreeMap<Field, String>,
    /// The directory, if it is of one and not of files.
    pub place: Option<Place>,
    /// The file it was read from: what was held is held as it was understood.
    pub text: String,
}

/// A mapping that can't be one.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{0}")]
pub struct BadMapping(String);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    load: Load,
    #[serde(default)]
    encoding: Encoding,
    separator: Option<String>,
    date_format: Option<String>,
    ldap: Option<WrittenPlace>,
    employment_source: Option<String>,
    columns: BTreeMap<Field, String>,
    #[serde(default)]
    constants: BTreeMap<Field, String>,
    #[serde(default)]
    words: Words,
    #[serde(default)]
    status: Statuses,
    groups: Option<Groups>,
    #[serde(default)]
    brake: Brake,
}

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Words {
    yes: Vec<String>,
    no: Vec<String>,
}

impl Default for Words {
    fn default() -> Self {
        let words = |all: &[&str]| all.iter().map(|word| (*word).to_owned()).collect();
        Self { yes: words(&["yes", "ja", "true", "1", "x"]), no: words(&["no", "nej", "false", "0"]) }
    }
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Statuses {
    stopped: Vec<String>,
    ended: Vec<String>,
    returned: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Groups {
    prefix: String,
    separator: Option<String>,
}

impl Mapping {
    /// Read one, for a feed of that name.
    pub fn parse(feed: &str, text: &str) -> Result<Self, BadMapping> {
        if text.len() > MAPPING_BYTES_MAX {
            return Err(BadMapping(format!("a mapping has at most {MAPPING_BYTES_MAX} bytes")));
        }
        let written: Written = toml::from_str(text).map_err(|error| BadMapping(error.to_string()))?;
        written.understood(feed, text).map_err(BadMapping)
    }

    pub(super) fn text_digest(&self) -> String {
        hex::encode(digest(&SHA256, self.text.as_bytes()))
    }
}

impl Written {
    fn understood(self, feed: &str, text: &str) -> Result<Mapping, String> {
        let of = self.fields()?;
        if self.ldap.is_some() && (self.separator.is_some() || self.encoding != Encoding::default()) {
            return Err("separator and encoding are of files; a mapping with [ldap] has neither".to_owned());
        }
        let (group_prefix, group_separator) = self.own_groups(&of)?;
        let mut statuses = self.statuses()?;
        with_usual_status(&mut statuses, &self.columns);
        let place = self.ldap.map(|written| written.understood(&self.columns)).transpose()?;
        let date = DateFormat::parse(self.date_format.as_deref().unwrap_or("yyyy-mm-dd"))?;
        let date = if place.is_some() { date.or_moments() } else { date };
        let separator = one_sign("separator", self.separator.as_deref().unwrap_or(";"))?;
        let separator = u8::try_from(separator).map_err(|_| "separator is an ASCII sign".to_owned())?;
        if self.employment_source.as_deref().is_some_and(|source| source.trim().is_empty()) {
            return Err("employment_source names the register, or is left out".to_owned());
        }
        Ok(Mapping {
            feed: Feed {
                name: feed_name(feed)?,
                load: self.load,
                employment: match &self.employment_source {
                    Some(source) => Employment::Verified { source: source.trim().to_owned() },
                    None => Employment::Entered,
                },
                speaks: Speaks { of, group_prefix: group_prefix.clone() },
                brake: self.brake.checked()?,
            },
            reading: Reading {
                date,
                yes: lower(&self.words.yes),
                no: lower(&self.words.no),
                statuses,
                group_separator,
                group_prefix,
            },
            encoding: self.encoding,
            separator,
            columns: self.columns,
            constants: self.constants,
            place,
            text: text.to_owned(),
        })
    }

    fn fields(&self) -> Result<BTreeSet<Field>, String> {
        if let Some(field) = self.columns.keys().find(|field| self.constants.contains_key(field)) {
            return Err(format!("{} is both a column and a constant; choose one", field.word()));
        }
        if self.constants.contains_key(&Field::Key) {
            return Err("key can't be the same for all; name its column".to_owned());
        }
        let column = |field| self.columns.get(&field);
        if column(Field::Cpr).is_some_and(|cpr| column(Field::Key) == Some(cpr)) {
            return Err("key and cpr can't be one column: keys are told in plans and error files".to_owned());
        }
        let of: BTreeSet<Field> = self.columns.keys().chain(self.constants.keys()).copied().collect();
        match Field::NEEDED.iter().find(|field| !of.contains(field)) {
            Some(field) => Err(format!("{} is neither a column nor a constant; it is needed", field.word())),
            None => Ok(of),
        }
    }

    fn own_groups(&self, of: &BTreeSet<Field>) -> Result<(String, char), String> {
        let needs = "groups need [groups] with a prefix: the feed joins and leaves those whose names begin with it, and no others";
        match &self.groups {
            None if of.contains(&Field::Groups) => Err(needs.to_owned()),
            None => Ok((String::new(), '|')),
            Some(groups) if groups.prefix.trim().is_empty() => Err(needs.to_owned()),
            Some(groups) => {
                if self.ldap.is_some() {
                    return Ok((groups.prefix.trim_start().to_owned(), BETWEEN_GROUPS));
                }
                let separator = one_sign("groups.separator", groups.separator.as_deref().unwrap_or("|"))?;
                Ok((groups.prefix.trim_start().to_owned(), separator))
            }
        }
    }

    fn statuses(&self) -> Result<BTreeMap<String, Status>, String> {
        let mut statuses = BTreeMap::new();
        let kinds = [
            (&self.status.stopped, Status::Stopped),
            (&self.status.ended, Status::Ended),
            (&self.status.returned, Status::Returned),
        ];
        for (words, status) in kinds {
            for word in lower(words) {
                if statuses.insert(word.clone(), status).is_some() {
                    return Err(format!("status: {word} means two things"));
                }
            }
        }
        Ok(statuses)
    }
}

/// The name of a feed, if it can be one.
pub fn feed_name(name: &str) -> Result<String, String> {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if (1..=FEED_CHARS_MAX).contains(&name.len()) && name.chars().all(plain) {
        return Ok(name.to_owned());
    }
    Err(format!("a feed is called by 1 to {FEED_CHARS_MAX} small letters, digits and -"))
}

fn lower(words: &[String]) -> BTreeSet<String> {
    words.iter().map(|word| word.trim().to_lowercase()).collect()
}

fn one_sign(name: &str, text: &str) -> Result<char, String> {
    let mut signs = text.chars();
    match (signs.next(), signs.next()) {
        (Some(sign), None) if sign != '"' && sign != '\n' && sign != '\r' => Ok(sign),
        _ => Err(format!("{name} is one sign")),
    }
}

#[cfg(test)]
mod tests {
    use super::Mapping;

    const GOOD: &str = "load = \"full\"\n[columns]\nkey = \"Nr\"\nuser_name = \"Bruger\"\nfirst_name = \"Fornavn\"\n\
         last_name = \"Efternavn\"\n[constants]\ncvr = \"12345678\"\n";

    #[test]
    fn what_is_wrong_is_said_in_words() {
        assert!(Mapping::parse("payroll", GOOD).is_ok());
        for (from, to, says) in [
            ("load = \"full\"", "load = \"all\"", "full"),
            ("load = \"full\"", "lod = \"full\"", "unknown field `lod`"),
            ("key = \"Nr\"", "kay = \"Nr\"", "unknown variant `kay`"),
            ("key = \"Nr\"\n", "", "key is neither"),
            ("cvr = \"12345678\"", "user_name = \"x\"\ncvr = \"12345678\"", "user_name is both"),
            ("load", "separator = \";;\"\nload", "separator is one sign"),
            ("load", "date_format = \"dd\"\nload", "date_format has"),
            ("[columns]", "[columns]\ngroups = \"Hold\"", "groups need"),
            ("[constants]", "[brake]\npercent = 200\n[constants]", "percent is at most 100"),
            ("[constants]", "[brake]\npercnt = 2\n[constants]", "unknown field `percnt`"),
            (
                "[constants]",
                "[status]\nstopped = [\"x\"]\nended = [\"X\"]\n[constants]",
                "x means two things",
            ),
        ] {
            let said = Mapping::parse("payroll", &GOOD.replacen(from, to, 1)).unwrap_err().to_string();
            assert!(said.contains(says), "{to}: {said}");
        }
        for bad in ["", "Payroll", "pay roll", "løn"] {
            assert!(Mapping::parse(bad, GOOD).is_err(), "{bad}");
        }
    }
}
