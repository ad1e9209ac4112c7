//! Where in an organisation somebody works.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Longest path of a unit, in characters.
pub const UNIT_CHARS_MAX: usize = 256;

/// A unit of an organisation, as the path to it from the top: `Børn og Unge/Nordskolen`. Compared without regard to
/// case.
#[derive(Clone, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct Unit(String);

/// Not the path of a unit.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("a unit is the names from the top down with / between them, 1 to {UNIT_CHARS_MAX} characters in all")]
pub struct BadUnit;

impl Unit {
    /// The path as it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Is `other` this unit, or part of it?
    pub fn contains(&self, other: &Self) -> bool {
        let (mine, theirs) = (self.0.to_lowercase(), other.0.to_lowercase());
        theirs.strip_prefix(&mine).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }
}

impl FromStr for Unit {
    type Err = BadUnit;

    fn from_str(text: &str) -> Result<Self, BadUnit> {
        let names: Vec<&str> = text.split('/').map(str::trim).collect();
        let is_name = |name: &&str| !name.is_empty() && !name.chars().any(char::is_control);
        let path = names.join("/");
        if names.iter().all(is_name) && path.chars().count() <= UNIT_CHARS_MAX {
            Ok(Self(path))
        } else {
            Err(BadUnit)
        }
    }
}

impl TryFrom<String> for Unit {
    type Error = BadUnit;

    fn try_from(text: String) -> Result<Self, BadUnit> {
        text.parse()
    }
}

impl From<Unit> for String {
    fn from(unit: Unit) -> Self {
        unit.0
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The number of a place of work in the Danish business register: ten digits.
#[derive(Clone, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct ProductionUnit(String);

/// Not ten digits.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("a P-number is ten digits")]
pub struct BadProductionUnit;

impl ProductionUnit {
    /// The ten digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ProductionUnit {
    type Err = BadProductionUnit;

    fn from_str(text: &str) -> Result<Self, BadProductionUnit> {
        let text = text.trim();
        let digits = text.len() == 10 && text.bytes().all(|byte| byte.is_ascii_digit());
        if digits { Ok(Self(text.to_owned())) } else { Err(BadProductionUnit) }
    }
}

impl TryFrom<String> for ProductionUnit {
    type Error = BadProductionUnit;

    fn try_from(text: String) -> Result<Self, BadProductionUnit> {
        text.parse()
    }
}

impl From<ProductionUnit> for String {
    fn from(unit: ProductionUnit) -> Self {
        unit.0
    }
}

#[cfg(test)]
mod tests {
    use super::{ProductionUnit, Unit};

    #[test]
    fn a_unit_contains_itself_and_what_is_below_it_by_whole_names() {
        let unit = |text: &str| text.parse::<Unit>().unwrap();
        assert!(unit("Skole").contains(&unit("skole")));
        assert!(unit("Skole").contains(&unit("Skole / Nord")));
        assert!(!unit("Skole").contains(&unit("Skolen")));
        assert!(!unit("Skole/Nord").contains(&unit("Skole")));
    }

    #[test]
    fn a_path_has_no_empty_names() {
        for bad in ["", "/", "a//b", "/a", "a/", "a\nb", &"x".repeat(257)] {
            assert!(bad.parse::<Unit>().is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_p_number_is_ten_digits() {
        assert!(" 1003388394 ".parse::<ProductionUnit>().is_ok());
        for bad in ["", "12345678", "10033883941", "1003388a94"] {
            assert!(bad.parse::<ProductionUnit>().is_err(), "{bad:?}");
        }
    }
}
