//! What a feed says about one identity, and what can be wrong with it.

use std::collections::{BTreeMap, BTreeSet};

use portner_domain::cpr::Cpr;
use portner_domain::identity::{Cvr, UserName};
use portner_domain::life::{Admission, Validity};
use portner_domain::right::Group;
use serde::{Deserialize, Serialize};

use crate::person::{About, FIELD_CHARS_MAX};

/// Longest key of a record, in characters.
pub const KEY_CHARS_MAX: usize = 128;

/// Something that a feed may say of an identity.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    /// What the identity is called there; never changes.
    Key,
    /// What they log in with.
    UserName,
    /// First names.
    FirstName,
    /// Surname.
    LastName,
    /// The name they go by.
    KnownAs,
    /// Are name and address protected?
    Protected,
    /// Work e-mail.
    Email,
    /// What they do.
    Title,
    /// Where in the organisation.
    Unit,
    /// Where in the business register.
    ProductionUnit,
    /// Which organisation.
    Cvr,
    /// The person's number.
    Cpr,
    /// The first day.
    ValidFrom,
    /// The last day.
    ValidUntil,
    /// May it have a level?
    Nsis,
    /// Is it a robot's?
    Robot,
    /// What it belongs to.
    Groups,
    /// Are they at work?
    Status,
}

impl Field {
    /// Those without which nobody can be registered.
    pub const NEEDED: [Self; 5] = [Self::Key, Self::UserName, Self::FirstName, Self::LastName, Self::Cvr];

    /// The word for it in mappings and error files.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Key => "key",
            Self::UserName => "user_name",
            Self::FirstName => "first_name",
            Self::LastName => "last_name",
            Self::KnownAs => "known_as",
            Self::Protected => "protected",
            Self::Email => "email",
            Self::Title => "title",
            Self::Unit => "unit",
            Self::ProductionUnit => "production_unit",
            Self::Cvr => "cvr",
            Self::Cpr => "cpr",
            Self::ValidFrom => "valid_from",
            Self::ValidUntil => "valid_until",
            Self::Nsis => "nsis",
            Self::Robot => "robot",
            Self::Groups => "groups",
            Self::Status => "status",
        }
    }
}

/// Where somebody stands with their employer, as the record says.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Status {
    /// At work.
    #[default]
    Employed,
    /// Away for now: on leave, suspended.
    Stopped,
    /// Gone.
    Ended,
    /// Back after they were gone, and known to be the same person.
    Returned,
}

/// What a feed wants to be on record of an identity. Of what the feed does not speak, the value here says nothing.
#[derive(Clone, Debug)]
pub struct Record {
    /// What it is called there.
    pub key: String,
    /// What they log in with.
    pub user_name: UserName,
    /// First names.
    pub first_name: String,
    /// Surname.
    pub last_name: String,
    /// What else is known.
    pub about: About,
    /// Where they work.
    pub cvr: Cvr,
    /// The person's number, if it is told.
    pub cpr: Option<Cpr>,
    /// From when and until when.
    pub validity: Validity,
    /// May it have a level? Nothing if the feed leaves that to others.
    pub admission: Option<Admission>,
    /// The feed's own groups that it belongs to.
    pub groups: BTreeSet<Group>,
    /// Are they at work?
    pub status: Status,
}

/// One record of a source, understood or not.
#[derive(Debug)]
pub struct Row {
    /// Where in the source, counted from one.
    pub line: u64,
    /// Whose it is; nothing if that can't be read.
    pub key: Option<String>,
    /// What it says.
    pub said: Result<Box<Record>, Wrong>,
}

/// What is wrong with a record: enough to mend it, and never a CPR number.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Wrong {
    /// A value that has to be there is not.
    #[error("{} is empty", .0.word())]
    Missing(Field),
    /// A value that can't be one.
    #[error("{}: {}", .0.word(), .1)]
    Unreadable(Field, String),
    /// More or fewer values than the header has names.
    #[error("the line has {found} values, and the header {expected}")]
    Ragged {
        /// So many.
        found: usize,
        /// In place of so many.
        expected: usize,
    },
    /// Two records have that key.
    #[error("several records have this key")]
    KeyTwice,
    /// Two records have that user name.
    #[error("several records have this user name")]
    UserNameTwice,
    /// Somebody has that user name, and keeps it.
    #[error("the user name is taken")]
    UserNameTaken,
    /// Somebody has that user name who is not from this feed.
    #[error("the user name belongs to somebody who is not from this feed")]
    NotOurs,
    /// Another person has that CPR number.
    #[error("another person is on record with this CPR number")]
    CprTaken,
    /// The person's other identity says another number.
    #[error("another record of the same person has another CPR number")]
    CprDisputed,
    /// Nobody named that organisation.
    #[error("there is no organisation with this CVR number here")]
    NoSuchOrganisation,
    /// It belongs to another organisation.
    #[error("it belongs to another organisation on record")]
    OtherOrganisation,
    /// It was a person's, or a robot's, and is to be the other.
    #[error("a robot never becomes a person, nor a person a robot")]
    Robot,
    /// The first day is after the last.
    #[error("the first day is after the last")]
    Backwards,
    /// Belongs to more groups than anybody may.
    #[error("it belongs to more groups than anybody may")]
    TooManyGroups,
    /// Somebody else changed it at the same moment.
    #[error("it was changed by somebody else meanwhile")]
    Raced,
}

impl Wrong {
    /// What to do about it.
    pub const fn remedy(&self) -> &'static str {
        match self {
            Self::Missing(_) | Self::Unreadable(..) | Self::Backwards => "correct the value in the source",
            Self::Ragged { .. } => "look for a separator or a quotation mark inside a value of this line",
            Self::KeyTwice => "give every identity a key of its own; none of these records was used",
            Self::UserNameTwice => {
                "give every identity a user name of its own; none of these records was used"
            }
            Self::UserNameTaken => "choose another user name in the source, or erase who has it and has left",
            Self::NotOurs => "choose another user name, or give the one on record the same CPR number first",
            Self::CprTaken => "find out which of the two has the right number",
            Self::CprDisputed => "let all records of the person say the same number",
            Self::NoSuchOrganisation => {
                "correct the number, or let the configuration name the organisation first"
            }
            Self::OtherOrganisation | Self::Robot => "end this one, and give the new one a key of its own",
            Self::TooManyGroups => "leave groups out",
            Self::Raced => "nothing; the next run tries again",
        }
    }
}

/// How values are written in a source, whatever kind of source it is.
#[derive(Clone, Debug)]
pub struct Reading {
    /// The order of day, month and year.
    pub date: super::date::DateFormat,
    /// What stands for yes, in small letters.
    pub yes: BTreeSet<String>,
    /// What stands for no, in small letters; an empty value does, too.
    pub no: BTreeSet<String>,
    /// What the words of the status mean, in small letters. Others mean that they are at work.
    pub statuses: BTreeMap<String, Status>,
    /// What is between two groups.
    pub group_separator: char,
    /// What the names of the feed's own groups begin with: it never touches others.
    pub group_prefix: String,
}

impl Reading {
    /// What the values of one record mean.
    pub fn record<'v>(&self, value: impl Fn(Field) -> Option<&'v str>) -> Result<Record, Wrong> {
        let given = |field| value(field).map(str::trim).filter(|text| !text.is_empty());
        let needed = |field| given(field).ok_or(Wrong::Missing(field)).and_then(|text| within(field, text));
        let optional = |field| given(field).map(|text| within(field, text)).transpose();
        let is = |field| self.yes_or_no(field, given(field));
        let validity = Validity {
            from: given(Field::ValidFrom)
                .map(|text| self.date.first_moment(Field::ValidFrom, text))
                .transpose()?,
            until: given(Field::ValidUntil)
                .map(|text| self.date.last_moment(Field::ValidUntil, text))
                .transpose()?,
        };
        if validity.from.zip(validity.until).is_some_and(|(from, until)| until <= from) {
            return Err(Wrong::Backwards);
        }
        let admission = match (is(Field::Robot)?, value(Field::Nsis).map(|_| is(Field::Nsis)).transpose()?) {
            (true, _) => Some(Admission::Never),
            (false, Some(true)) => Some(Admission::Permitted),
            (false, Some(false)) => Some(Admission::Withheld),
            (false, None) => None,
        };
        Ok(Record {
            key: key(given(Field::Key))?,
            user_name: parsed(Field::UserName, needed(Field::UserName)?.as_str())?,
            first_name: needed(Field::FirstName)?,
            last_name: needed(Field::LastName)?,
            about: About {
                known_as: optional(Field::KnownAs)?,
                is_protected: is(Field::Protected)?,
                email: optional(Field::Email)?,
                title: optional(Field::Title)?,
                unit: given(Field::Unit).map(|text| parsed(Field::Unit, text)).transpose()?,
                production_unit: given(Field::ProductionUnit)
                    .map(|text| parsed(Field::ProductionUnit, text))
                    .transpose()?,
            },
            cvr: parsed(Field::Cvr, needed(Field::Cvr)?.as_str())?,
            cpr: given(Field::Cpr).map(|text| parsed(Field::Cpr, text)).transpose()?,
            validity,
            admission,
            groups: self.groups(given(Field::Groups))?,
            status: self.status(given(Field::Status)),
        })
    }

    fn yes_or_no(&self, field: Field, text: Option<&str>) -> Result<bool, Wrong> {
        let Some(text) = text.map(str::to_lowercase) else { return Ok(false) };
        match (self.yes.contains(&text), self.no.contains(&text)) {
            (true, _) => Ok(true),
            (false, true) => Ok(false),
            (false, false) => Err(Wrong::Unreadable(field, "it is neither a yes nor a no".to_owned())),
        }
    }

    fn groups(&self, text: Option<&str>) -> Result<BTreeSet<Group>, Wrong> {
        let names = text.unwrap_or_default().split(self.group_separator).map(str::trim);
        let names = names.filter(|name| !name.is_empty());
        let groups: BTreeSet<Group> = names
            .map(|name| parsed(Field::Groups, &format!("{}{name}", self.group_prefix)))
            .collect::<Result<_, _>>()?;
        if groups.len() > crate::GROUPS_MAX { Err(Wrong::TooManyGroups) } else { Ok(groups) }
    }

    fn status(&self, text: Option<&str>) -> Status {
        let word = text.map(str::to_lowercase).unwrap_or_default();
        self.statuses.get(&word).copied().unwrap_or_default()
    }
}

/// The key in a value, if it can be one.
pub fn key(text: Option<&str>) -> Result<String, Wrong> {
    let text = text.map(str::trim).filter(|text| !text.is_empty()).ok_or(Wrong::Missing(Field::Key))?;
    if text.chars().count() <= KEY_CHARS_MAX && !text.chars().any(char::is_control) {
        return Ok(text.to_owned());
    }
    Err(Wrong::Unreadable(
        Field::Key,
        format!("a key has at most {KEY_CHARS_MAX} characters, none of them controls"),
    ))
}

/// The text of bad values is not repeated: it may be a number of a person in the wrong column.
fn parsed<T: std::str::FromStr>(field: Field, text: &str) -> Result<T, Wrong>
where
    T::Err: std::fmt::Display,
{
    text.parse().map_err(|error: T::Err| Wrong::Unreadable(field, error.to_string()))
}

fn within(field: Field, text: &str) -> Result<String, Wrong> {
    if text.chars().count() > FIELD_CHARS_MAX {
        return Err(Wrong::Unreadable(field, format!("it has more than {FIELD_CHARS_MAX} characters")));
    }
    if text.chars().any(char::is_control) {
        return Err(Wrong::Unreadable(field, "it has a character that controls something".to_owned()));
    }
    Ok(text.to_owned())
}
