//! The number that the Danish population register knows a person by.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A CPR number: ten digits, of which the first six are a date of birth. Never printed whole, never in an event, and
/// stored only where it is encrypted.
#[derive(Clone, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct Cpr(String);

/// Not a CPR number.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("a CPR number is a date of birth and four digits: 0101701234 or 010170-1234")]
pub struct BadCpr;

impl Cpr {
    /// The ten digits, for whoever has a right to them.
    pub fn digits(&self) -> &str {
        &self.0
    }

    /// What may be shown of it: the date of birth.
    pub fn masked(&self) -> String {
        format!("{}-••••", self.0.get(..6).unwrap_or_default())
    }
}

impl FromStr for Cpr {
    type Err = BadCpr;

    /// The check digit is not looked at: since 2007 there are numbers without one. Sixty is added to the day of numbers
    /// that hospitals give to people who have none (erstatningspersonnummer).
    fn from_str(text: &str) -> Result<Self, BadCpr> {
        let text = text.trim();
        let digits = match text.split_once(['-', ' ']) {
            Some((date, rest)) if date.len() == 6 => format!("{date}{rest}"),
            Some(_) => return Err(BadCpr),
            None => text.to_owned(),
        };
        if digits.len() != 10 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(BadCpr);
        }
        let number = |range| digits.get(range).and_then(|part: &str| part.parse::<u8>().ok()).unwrap_or(0);
        let (day, month) = (number(0..2), number(2..4));
        let is_day = matches!(day, 1..=31 | 61..=91);
        if is_day && (1..=12).contains(&month) { Ok(Self(digits)) } else { Err(BadCpr) }
    }
}

impl TryFrom<String> for Cpr {
    type Error = BadCpr;

    fn try_from(text: String) -> Result<Self, BadCpr> {
        text.parse()
    }
}

impl From<Cpr> for String {
    fn from(cpr: Cpr) -> Self {
        cpr.0
    }
}

impl fmt::Debug for Cpr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Cpr(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::Cpr;

    #[test]
    fn a_cpr_number_is_a_date_and_four_digits() {
        for good in ["0101701234", "010170-1234", " 010170 1234 ", "3112994321", "7101701234"] {
            assert!(good.parse::<Cpr>().is_ok(), "{good}");
        }
        for bad in [
            "",
            "010170-123",
            "01017012345",
            "3201701234",
            "0113701234",
            "0001701234",
            "01-0170-1234",
            "０１01701234",
        ] {
            assert!(bad.parse::<Cpr>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_cpr_number_is_never_printed_whole() {
        let cpr: Cpr = "010170-1234".parse().unwrap();
        assert_eq!((format!("{cpr:?}").as_str(), cpr.masked().as_str()), ("Cpr(…)", "010170-••••"));
        assert_eq!(cpr.digits(), "0101701234");
    }
}
