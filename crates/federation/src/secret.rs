//! Secrets that browsers carry: random, never stored, never printed.

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use data_encoding::HEXLOWER;
use portner_domain::Entropy;
use zeroize::Zeroizing;

const SECRET_BYTES: usize = 32;
/// A secret in text: 43 letters for 256 bits.
const SECRET_CHARS: usize = 43;

/// 256 random bits in a cookie. What is stored is a hash of it: who reads the store can't be anybody.
#[derive(Clone)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// A new one.
    pub fn new(entropy: &dyn Entropy) -> Self {
        let mut bytes = Zeroizing::new([0_u8; SECRET_BYTES]);
        entropy.fill(&mut *bytes);
        Self(Zeroizing::new(URL_SAFE_NO_PAD.encode(*bytes)))
    }

    /// What a browser sent, if it has the right form.
    pub fn received(text: &str) -> Option<Self> {
        let form = text.len() == SECRET_CHARS
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
        form.then(|| Self(Zeroizing::new(text.to_owned())))
    }

    /// For the cookie.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Under which it is known here. Being the hash of 256 random bits, it needs no salt, and comparing two
    /// of them tells nothing about the secret.
    pub fn hash(&self) -> String {
        HEXLOWER.encode(digest(&SHA256, self.0.as_bytes()).as_ref())
    }

    /// A token for one purpose, which says nothing about the secret or about other purposes.
    pub fn token_for(&self, purpose: &str) -> String {
        let text = Zeroizing::new(format!("{purpose}\0{}", *self.0));
        HEXLOWER.encode(digest(&SHA256, text.as_bytes()).as_ref())
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}
