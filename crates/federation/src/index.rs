//! The SessionIndex: what a session is called toward one service provider.
//!
//! It is the session's name, encrypted. So it is the same each time and differs between service providers, who
//! can't compare notes; nobody but us can read or make one; and nothing has to be stored to read it again.

use aws_lc_rs::aead::{AES_256_GCM_SIV, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::hmac::{HMAC_SHA256, Key, sign};
use data_encoding::HEXLOWER;
use portner_domain::ServiceProviderId;
use portner_domain::session::SessionName;

use crate::Error;

/// Length of the key it is derived from, and of the key.
const KEY_BYTES: usize = 32;
/// Tells this key from others with the same origin.
const LABEL: &[u8] = b"portner session index\x01";
/// Before the hexadecimal digits, so that it may stand wherever an XML ID may.
const FIRST: char = '_';

/// The key that makes and reads every SessionIndex of an installation.
pub struct IndexKey(LessSafeKey);

impl IndexKey {
    /// From another key of the installation, which it does not give away (HKDF-Expand, RFC 5869 2.3).
    pub fn derived_from(key: &[u8; KEY_BYTES]) -> Result<Self, Error> {
        let derived = sign(&Key::new(HMAC_SHA256, key), LABEL);
        let key = UnboundKey::new(&AES_256_GCM_SIV, derived.as_ref());
        Ok(Self(LessSafeKey::new(key.map_err(|_| Error::Corrupt("the index key".into()))?)))
    }

    /// What `session` is called toward `sp`.
    pub fn index(&self, session: SessionName, sp: ServiceProviderId) -> Result<String, Error> {
        let mut bytes = session.to_bytes().to_vec();
        let sealed = self.0.seal_in_place_append_tag(nonce(), Aad::from(sp.0.into_bytes()), &mut bytes);
        sealed.map_err(|_| Error::Corrupt("a session index can't be made".into()))?;
        Ok(format!("{FIRST}{}", HEXLOWER.encode(&bytes)))
    }

    /// Which session `sp` calls so; none if that was not made here for it.
    pub fn session(&self, index: &str, sp: ServiceProviderId) -> Option<SessionName> {
        let mut bytes = hex::decode(index.strip_prefix(FIRST)?).ok()?;
        let opened = self.0.open_in_place(nonce(), Aad::from(sp.0.into_bytes()), &mut bytes).ok()?;
        Some(SessionName::from_bytes((*opened).try_into().ok()?))
    }
}

/// Always the same: equal names shall look equal to the same service provider. That is what AES-GCM-SIV allows, and
/// AES-GCM does not (RFC 8452, 1).
fn nonce() -> Nonce {
    Nonce::assume_unique_for_key([0; NONCE_LEN])
}

#[cfg(test)]
mod tests {
    use portner_domain::ServiceProviderId;
    use portner_domain::session::SessionName;
    use uuid::Uuid;

    use super::IndexKey;

    #[test]
    fn t_slo_01_a_session_index_is_stable_and_only_we_can_read_or_make_one() {
        let (key, other) =
            (IndexKey::derived_from(&[1; 32]).unwrap(), IndexKey::derived_from(&[2; 32]).unwrap());
        let [a, b] = [1, 2].map(|n| ServiceProviderId(Uuid::from_u128(n)));
        let name = SessionName::from_bytes([7; 16]);
        let index = key.index(name, a).unwrap();
        assert_eq!(key.index(name, a).unwrap(), index);
        assert_eq!(key.session(&index, a), Some(name));
        assert!(!index.contains(&name.to_string()));
        assert_ne!(key.index(name, b).unwrap(), index);
        assert_eq!((key.session(&index, b), other.session(&index, a)), (None, None));
        for at in 0..index.len() {
            let mut bytes = index.clone().into_bytes();
            bytes[at] = if bytes[at] == b'0' { b'1' } else { b'0' };
            assert_eq!(key.session(&String::from_utf8(bytes).unwrap(), a), None, "{at}");
            assert_eq!(key.session(&index[..at], a), None, "{at}");
        }
    }
}
