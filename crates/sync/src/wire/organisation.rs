//! The organisation's places of work and tax numbers, which limit roles.

use portner_domain::right::Digits;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::lenient;

/// One of `GET …/organization/senumber`.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct SeNumber {
    /// Eight digits.
    #[serde(deserialize_with = "digits")]
    pub se_number: Digits<8>,
}

/// One of `GET …/organization/productionunits`.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct ProductionUnit {
    /// Ten digits; a JSON number there.
    #[serde(deserialize_with = "digits")]
    pub p_number: Digits<10>,
    /// Whose it is.
    #[serde(default, deserialize_with = "lenient")]
    pub cvr_number: Option<String>,
    /// What it is called.
    #[serde(default, deserialize_with = "lenient")]
    pub name: Option<String>,
    /// Where it lies.
    #[serde(default, deserialize_with = "lenient")]
    pub street_name: Option<String>,
    /// … and at which door.
    #[serde(default, deserialize_with = "lenient")]
    pub street_building_identifier: Option<String>,
}

/// Digits, as a number or as text; a number has lost its leading zeros.
fn digits<'de, const N: usize, D: Deserializer<'de>>(from: D) -> Result<Digits<N>, D::Error> {
    let text = match Value::deserialize(from)? {
        Value::Number(number) => format!("{:0>N$}", number.to_string()),
        Value::String(text) => text,
        _ => return Err(serde::de::Error::custom("digits are due")),
    };
    text.parse().map_err(serde::de::Error::custom)
}
