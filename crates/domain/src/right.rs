//! What an identity belongs to and may do: groups, and rights toward service providers.
//!
//! The words are those of the OIO Basic Privilege Profile, so that whatever is on record can be told as it is.
//! A value of these types is one that may be told: nothing else can be made.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::identity::Cvr;

/// Longest name of a group, in characters: it is told as an attribute value, and fits.
pub const GROUP_CHARS_MAX: usize = 256;
/// Longest URI of a privilege or a constraint, in bytes.
pub const URI_BYTES_MAX: usize = 256;
/// Longest value of a constraint, in characters.
pub const CONSTRAINT_CHARS_MAX: usize = 256;
/// Constraints on one right.
pub const CONSTRAINTS_MAX: usize = 16;

/// What is on record about an identity's groups and rights.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Holdings {
    /// What it belongs to, in order.
    pub groups: Vec<Group>,
    /// What it may do, in order.
    pub rights: Vec<Right>,
}

/// A group of identities, known by its name.
#[derive(Clone, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct Group(String);

/// A group's name that can't be one.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("a group's name has 1 to {GROUP_CHARS_MAX} characters, and none of them controls anything")]
pub struct BadGroup;

impl Group {
    /// Its name as it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Are these two names of one group? Nobody is kept in or out by a capital letter.
    pub fn is(&self, other: &Self) -> bool {
        self.0.to_lowercase() == other.0.to_lowercase()
    }
}

impl FromStr for Group {
    type Err = BadGroup;

    fn from_str(typed: &str) -> Result<Self, BadGroup> {
        let name = typed.trim();
        if is_text(name, GROUP_CHARS_MAX) { Ok(Self(name.to_owned())) } else { Err(BadGroup) }
    }
}

/// An absolute URI (RFC 3986 4.3, with or without fragment), which names a privilege or a kind of constraint.
#[derive(Clone, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct Uri(String);

/// Not an absolute URI.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error(
    "it has to be an absolute URI such as urn:dk:example:role:caseworker or https://sag.example/roles/1, of at most \
     {URI_BYTES_MAX} bytes, with everything but ASCII letters, digits and the signs of URIs written as %XX"
)]
pub struct BadUri;

impl Uri {
    /// As it is written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Uri {
    type Err = BadUri;

    fn from_str(text: &str) -> Result<Self, BadUri> {
        let (scheme, rest) = text.split_once(':').ok_or(BadUri)?;
        let scheme_char = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.');
        let named = scheme.starts_with(|c: char| c.is_ascii_alphabetic()) && scheme.chars().all(scheme_char);
        let sign = |c: char| c.is_ascii_alphanumeric() || "-._~:/?#[]@!$&'()*+,;=%".contains(c);
        let is_uri = named && !rest.is_empty() && rest.chars().all(sign) && text.len() <= URI_BYTES_MAX;
        if is_uri { Ok(Self(text.to_owned())) } else { Err(BadUri) }
    }
}

/// Exactly `N` ASCII digits.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Digits<const N: usize>(String);

impl<const N: usize> Digits<N> {
    /// The digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<const N: usize> FromStr for Digits<N> {
    type Err = BadScope;

    fn from_str(text: &str) -> Result<Self, BadScope> {
        let are_digits = text.len() == N && text.bytes().all(|b| b.is_ascii_digit());
        if are_digits { Ok(Self(text.to_owned())) } else { Err(BadScope) }
    }
}

/// Where a right holds. A person's own number is not offered: a right of an employee is about an organisation.
#[derive(Clone, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(try_from = "String", into = "String")]
pub enum Scope {
    /// In a company or authority.
    Cvr(Cvr),
    /// At one of its production units.
    ProductionUnit(Digits<10>),
    /// For an entity with a tax number of its own.
    SeNumber(Digits<8>),
}

/// Not a scope.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("a scope is cvr: and 8 digits, production-unit: and 10, or se-number: and 8")]
pub struct BadScope;

impl Scope {
    /// The number it consists of.
    pub fn digits(&self) -> &str {
        match self {
            Self::Cvr(cvr) => cvr.as_str(),
            Self::ProductionUnit(digits) => digits.as_str(),
            Self::SeNumber(digits) => digits.as_str(),
        }
    }

    const fn word(&self) -> &'static str {
        match self {
            Self::Cvr(_) => "cvr",
            Self::ProductionUnit(_) => "production-unit",
            Self::SeNumber(_) => "se-number",
        }
    }
}

impl FromStr for Scope {
    type Err = BadScope;

    fn from_str(text: &str) -> Result<Self, BadScope> {
        match text.split_once(':') {
            Some(("cvr", digits)) => digits.parse().map(Self::Cvr).map_err(|_| BadScope),
            Some(("production-unit", digits)) => digits.parse().map(Self::ProductionUnit),
            Some(("se-number", digits)) => digits.parse().map(Self::SeNumber),
            _ => Err(BadScope),
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.word(), self.digits())
    }
}

/// Within which data a right holds.
#[derive(Clone, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(try_from = "(String, String)", into = "(String, String)")]
pub struct Constraint {
    name: Uri,
    value: String,
}

/// Not a constraint.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error(
    "a constraint is NAME=VALUE: an absolute URI without =, and 1 to {CONSTRAINT_CHARS_MAX} characters that control nothing"
)]
pub struct BadConstraint;

impl Constraint {
    /// One of that name and value.
    pub fn new(name: Uri, value: &str) -> Result<Self, BadConstraint> {
        let fits = is_text(value, CONSTRAINT_CHARS_MAX) && !name.as_str().contains('=');
        if fits { Ok(Self { name, value: value.to_owned() }) } else { Err(BadConstraint) }
    }

    /// What kind it is.
    pub const fn name(&self) -> &Uri {
        &self.name
    }

    /// To what it constrains.
    pub fn value(&self) -> &str {
        &self.value
    }
}

impl FromStr for Constraint {
    type Err = BadConstraint;

    fn from_str(text: &str) -> Result<Self, BadConstraint> {
        let (name, value) = text.split_once('=').ok_or(BadConstraint)?;
        Self::new(name.parse().map_err(|_| BadConstraint)?, value)
    }
}

impl fmt::Display for Constraint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.name.as_str(), self.value)
    }
}

impl TryFrom<(String, String)> for Constraint {
    type Error = BadConstraint;

    fn try_from((name, value): (String, String)) -> Result<Self, BadConstraint> {
        Self::new(name.parse().map_err(|_| BadConstraint)?, &value)
    }
}

impl From<Constraint> for (String, String) {
    fn from(it: Constraint) -> Self {
        (it.name.0, it.value)
    }
}

/// What an identity may do, and where.
#[derive(Clone, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
pub struct Right {
    /// What.
    pub privilege: Uri,
    /// Where.
    pub scope: Scope,
    /// Within which data.
    pub constraints: Constraints,
}

/// The constraints on one right: each once, in order, so that the same right is always written the same way.
#[derive(Clone, Debug, Default, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(try_from = "Vec<Constraint>", into = "Vec<Constraint>")]
pub struct Constraints(Vec<Constraint>);

/// More constraints than a right has.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("a right has at most {CONSTRAINTS_MAX} constraints")]
pub struct TooManyConstraints;

impl Constraints {
    /// All of them.
    pub fn iter(&self) -> std::slice::Iter<'_, Constraint> {
        self.0.iter()
    }

    /// Is the right unconstrained?
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl TryFrom<Vec<Constraint>> for Constraints {
    type Error = TooManyConstraints;

    fn try_from(mut all: Vec<Constraint>) -> Result<Self, TooManyConstraints> {
        all.sort();
        all.dedup();
        if all.len() <= CONSTRAINTS_MAX { Ok(Self(all)) } else { Err(TooManyConstraints) }
    }
}

impl From<Constraints> for Vec<Constraint> {
    fn from(all: Constraints) -> Self {
        all.0
    }
}

impl fmt::Display for Right {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} in {}", self.privilege.as_str(), self.scope)?;
        self.constraints.iter().try_for_each(|constraint| write!(f, " {constraint}"))
    }
}

/// Text of one line that XML can carry: no control characters, and none of the two that are never characters.
fn is_text(text: &str, chars_max: usize) -> bool {
    let carried =
        |c: char| !c.is_control() && !matches!(c, '\u{fffe}' | '\u{ffff}' | '\u{2028}' | '\u{2029}');
    !text.is_empty() && text.chars().count() <= chars_max && text.chars().all(carried)
}

macro_rules! texts {
    ($($name:ident: $error:ident => $write:expr;)*) => {$(
        impl TryFrom<String> for $name {
            type Error = $error;

            fn try_from(text: String) -> Result<Self, $error> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(it: $name) -> Self {
                let write: fn($name) -> Self = $write;
                write(it)
            }
        }
    )*};
}

texts! {
    Group: BadGroup => |group| group.0;
    Uri: BadUri => |uri| uri.0;
    Scope: BadScope => |scope| scope.to_string();
}

#[cfg(test)]
mod tests {
    use super::{CONSTRAINTS_MAX, Constraint, Constraints, Group, Scope, Uri};

    #[test]
    fn a_scope_holds_its_digits_and_nothing_else() {
        for good in ["cvr:12345678", "production-unit:1234567890", "se-number:12345678"] {
            assert_eq!(good.parse::<Scope>().unwrap().to_string(), good);
        }
        for bad in [
            "cvr:1234567",
            "cvr:123456789",
            "cvr:1234567x",
            "cvr: 12345678",
            "cvr:１２３４５６７８",
            "cvr:12345678\n",
            "production-unit:12345678",
            "se-number:1234567890",
            "cpr:0101701234",
            "CVR:12345678",
            "12345678",
            "",
        ] {
            assert!(bad.parse::<Scope>().is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_privilege_is_an_absolute_uri() {
        for good in
            ["urn:dk:kombit:KLE", "http://sag.example/roles/jobrole/leder/1", "https://a.dk/x?y=%C3%A6#z"]
        {
            assert!(good.parse::<Uri>().is_ok(), "{good:?}");
        }
        let long = format!("urn:{}", "x".repeat(253));
        for bad in [
            "", "urn:", "leder", "/roles/1", "1a:b", "urn:a b", "urn:a\nb", "urn:æ", "urn:<b>", "urn:\"",
            &long,
        ] {
            assert!(bad.parse::<Uri>().is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_constraint_has_a_value_of_one_line() {
        let good: Constraint = "urn:dk:kombit:KLE=27.39 = <&]]>".parse().unwrap();
        assert_eq!((good.name().as_str(), good.value()), ("urn:dk:kombit:KLE", "27.39 = <&]]>"));
        for bad in ["urn:a", "urn:a=", "=b", "a=b", "urn:a=b\nc", "urn:a=\0", "urn:a=\u{fffe}"] {
            assert!(bad.parse::<Constraint>().is_err(), "{bad:?}");
        }
        assert!(Constraint::new("urn:a".parse().unwrap(), &"x".repeat(257)).is_err());
    }

    #[test]
    fn constraints_are_kept_in_one_order_each_once() {
        let [a, b]: [Constraint; 2] = ["urn:a=1", "urn:b=1"].map(|text| text.parse().unwrap());
        let all = Constraints::try_from(vec![b.clone(), a.clone(), b.clone()]).unwrap();
        assert_eq!(all.iter().collect::<Vec<_>>(), [&a, &b]);
        let many = (0..=CONSTRAINTS_MAX).map(|n| format!("urn:a={n}").parse().unwrap()).collect::<Vec<_>>();
        assert!(Constraints::try_from(many).is_err());
    }

    #[test]
    fn a_capital_letter_makes_no_other_group() {
        let group = |name: &str| name.parse::<Group>().unwrap();
        assert!(group(" Ældre og Omsorg ").is(&group("ældre og omsorg")));
        assert!(!group("ældre").is(&group("ældre og omsorg")));
        for bad in ["", "  ", "a\nb", "a\u{7f}", "\u{ffff}", &"x".repeat(257)] {
            assert!(bad.parse::<Group>().is_err(), "{bad:?}");
        }
    }
}
