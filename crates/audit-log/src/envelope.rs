//! Secrets at rest: sealed so that they open only in the place they were sealed for.
//!
//! AES-256-GCM with a random nonce. The key's name stands in the text, so that keys can be rolled; table, column,
//! row and key are authenticated, so that a ciphertext moved to another row, or to another column, does not open.

use std::collections::BTreeMap;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64URL;
use portner_domain::Entropy;
use zeroize::Zeroizing;

use crate::Error;
use crate::error::within;

/// Length of a key.
pub const KEY_BYTES: usize = 32;
/// The most that is sealed at once: the largest secret is a private key.
pub const SECRET_BYTES_MAX: usize = 64 * 1024;
/// The longest name of a key.
pub const KEY_ID_BYTES_MAX: usize = 64;

/// The form of the text; part of what is authenticated.
const FORM: &str = "p1";

/// Where a secret is kept.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Place<'a> {
    /// The table.
    pub table: &'static str,
    /// The column.
    pub column: &'static str,
    /// The primary key of the row.
    pub row: &'a str,
}

/// The keys that seal and open. Seals with the current one.
pub struct Envelope {
    current: String,
    keys: BTreeMap<String, LessSafeKey>,
}

impl Envelope {
    /// With one key: seals and opens.
    pub fn new(key_id: &str, key: &[u8; KEY_BYTES]) -> Result<Self, Error> {
        let keys = BTreeMap::from([(key_id.to_owned(), usable(key_id, key)?)]);
        Ok(Self { current: key_id.to_owned(), keys })
    }

    /// With an older key too: only opens.
    pub fn with_retired(mut self, key_id: &str, key: &[u8; KEY_BYTES]) -> Result<Self, Error> {
        if self.keys.insert(key_id.to_owned(), usable(key_id, key)?).is_some() {
            return Err(Error::Secret("two keys have the same name"));
        }
        Ok(self)
    }

    /// Seal a secret for its place. The text is `p1.<key>.<nonce and ciphertext>`.
    ///
    /// Random nonces of 96 bits are safe for 2^32 secrets under a key (NIST SP 800-38D, 8.3), far more than an
    /// organisation has.
    pub fn seal(&self, entropy: &dyn Entropy, place: &Place<'_>, plaintext: &[u8]) -> Result<String, Error> {
        within("a secret", plaintext.len(), SECRET_BYTES_MAX)?;
        let key = self.keys.get(&self.current).ok_or(Error::Secret("there is no current key"))?;
        let mut nonce = [0; NONCE_LEN];
        entropy.fill(&mut nonce);
        // The plaintext is encrypted where it lies: this buffer never holds it afterwards.
        let mut sealed = Zeroizing::new(plaintext.to_vec());
        let tag = key
            .seal_in_place_separate_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(associated(place, &self.current)),
                &mut sealed,
            )
            .map_err(|_| Error::Secret("a secret can't be sealed"))?;
        let bytes = [nonce.as_slice(), &sealed, tag.as_ref()].concat();
        Ok(format!("{FORM}.{}.{}", self.current, BASE64URL.encode(bytes)))
    }

    /// Open what was sealed for this place.
    pub fn open(&self, place: &Place<'_>, sealed: &str) -> Result<Zeroizing<Vec<u8>>, Error> {
        let (key_id, bytes) = take_apart(sealed).ok_or(Error::Stored("secret"))?;
        let key =
            self.keys.get(key_id).ok_or(Error::Secret("a secret is sealed with a key that is not here"))?;
        let (nonce, ciphertext) = bytes.split_first_chunk::<NONCE_LEN>().ok_or(Error::Stored("secret"))?;
        let mut plaintext = Zeroizing::new(ciphertext.to_vec());
        let length = key
            .open_in_place(
                Nonce::assume_unique_for_key(*nonce),
                Aad::from(associated(place, key_id)),
                &mut plaintext,
            )
            .map_err(|_| Error::Secret("a secret does not open here: altered, moved, or another key"))?
            .len();
        plaintext.truncate(length);
        Ok(plaintext)
    }

    /// Whether a sealed text should be sealed again with the current key.
    pub fn is_stale(&self, sealed: &str) -> bool {
        take_apart(sealed).is_none_or(|(key_id, _)| key_id != self.current)
    }
}

fn usable(key_id: &str, key: &[u8; KEY_BYTES]) -> Result<LessSafeKey, Error> {
    let plain = |c: u8| c.is_ascii_alphanumeric() || c == b'-' || c == b'_';
    if key_id.is_empty() || key_id.len() > KEY_ID_BYTES_MAX || !key_id.bytes().all(plain) {
        return Err(Error::Secret("a key's name is letters, digits, - and _, at most 64"));
    }
    let unbound = UnboundKey::new(&AES_256_GCM, key).map_err(|_| Error::Secret("an unusable AES key"))?;
    Ok(LessSafeKey::new(unbound))
}

fn take_apart(sealed: &str) -> Option<(&str, Vec<u8>)> {
    let (key_id, encoded) = sealed.strip_prefix(FORM)?.strip_prefix('.')?.split_once('.')?;
    Some((key_id, BASE64URL.decode(encoded).ok()?))
}

/// What is authenticated beside the ciphertext. Lengths stand before the parts, so that no two places look alike.
fn associated(place: &Place<'_>, key_id: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    for part in [FORM, key_id, place.table, place.column, place.row] {
        bytes.extend_from_slice(&(part.len() as u64).to_be_bytes());
        bytes.extend_from_slice(part.as_bytes());
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::{Envelope, Place, SECRET_BYTES_MAX};
    use crate::testing::TestEntropy;

    const HERE: Place<'_> = Place { table: "totp", column: "secret", row: "r1" };

    #[test]
    fn a_secret_opens_only_where_it_was_sealed() {
        let (envelope, entropy) = (Envelope::new("k1", &[1; 32]).unwrap(), TestEntropy::new(1));
        let sealed = envelope.seal(&entropy, &HERE, b"150370-0001").unwrap();
        assert_eq!(envelope.open(&HERE, &sealed).unwrap().as_slice(), b"150370-0001");
        for elsewhere in [
            Place { table: "totps", ..HERE },
            Place { column: "secretr", row: "1", ..HERE },
            Place { column: "other", ..HERE },
            Place { row: "r2", ..HERE },
            Place { table: "totpsecret", column: "", ..HERE },
        ] {
            assert!(envelope.open(&elsewhere, &sealed).is_err(), "{elsewhere:?}");
        }
        assert!(Envelope::new("k1", &[2; 32]).unwrap().open(&HERE, &sealed).is_err());
        assert!(Envelope::new("k2", &[1; 32]).unwrap().open(&HERE, &sealed).is_err());
        assert!(Envelope::new("k2", &[1; 32]).unwrap().open(&HERE, &sealed.replace("k1", "k2")).is_err());
    }

    #[test]
    fn no_character_of_a_sealed_secret_can_be_changed() {
        let (envelope, entropy) = (Envelope::new("k1", &[1; 32]).unwrap(), TestEntropy::new(1));
        let sealed = envelope.seal(&entropy, &HERE, b"x").unwrap();
        for at in 0..sealed.len() {
            let mut bytes = sealed.clone().into_bytes();
            bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
            assert!(envelope.open(&HERE, &String::from_utf8(bytes).unwrap()).is_err(), "{at}");
            assert!(envelope.open(&HERE, &sealed[..at]).is_err(), "{at}");
        }
    }

    #[test]
    fn the_same_secret_never_looks_the_same() {
        let (envelope, entropy) = (Envelope::new("k1", &[1; 32]).unwrap(), TestEntropy::new(1));
        let seal = || envelope.seal(&entropy, &HERE, b"x").unwrap();
        assert_ne!(seal(), seal());
    }

    #[test]
    fn a_retired_key_opens_and_its_secrets_are_stale() {
        let entropy = TestEntropy::new(1);
        let old = Envelope::new("2025", &[1; 32]).unwrap().seal(&entropy, &HERE, b"x").unwrap();
        let envelope = Envelope::new("2026", &[2; 32]).unwrap().with_retired("2025", &[1; 32]).unwrap();
        assert_eq!(envelope.open(&HERE, &old).unwrap().as_slice(), b"x");
        assert!(envelope.is_stale(&old));
        assert!(!envelope.is_stale(&envelope.seal(&entropy, &HERE, b"x").unwrap()));
    }

    #[test]
    fn secrets_and_key_names_have_limits() {
        let envelope = Envelope::new("k1", &[1; 32]).unwrap();
        assert!(envelope.seal(&TestEntropy::new(1), &HERE, &vec![0; SECRET_BYTES_MAX + 1]).is_err());
        for name in ["", "a.b", "a b", &"x".repeat(65)] {
            assert!(Envelope::new(name, &[1; 32]).is_err(), "{name}");
        }
    }
}
