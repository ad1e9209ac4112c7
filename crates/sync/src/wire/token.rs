//! The token that every call but one carries.

use serde::{Deserialize, Deserializer};
use zeroize::Zeroizing;

use super::lenient;

/// The answer to `POST …/idmlogin/tls/authenticate`. What the token says is nobody's business but theirs.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Token {
    /// Told as `Bearer`, whatever its type is said to be.
    #[serde(deserialize_with = "wiped")]
    pub access_token: Zeroizing<String>,
    /// For how long, presumably in seconds.
    #[serde(default, deserialize_with = "lenient")]
    pub expires_in: Option<u64>,
}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Token").field("expires_in", &self.expires_in).finish_non_exhaustive()
    }
}

fn wiped<'de, D: Deserializer<'de>>(from: D) -> Result<Zeroizing<String>, D::Error> {
    String::deserialize(from).map(Zeroizing::new)
}
