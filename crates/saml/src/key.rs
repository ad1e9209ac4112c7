//! Keys: ours to sign and decrypt with, and the ones metadata says are theirs.

use std::fmt;
use std::sync::Arc;

use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::rsa::{KeyPair, OaepPrivateDecryptingKey, PrivateDecryptingKey};
use aws_lc_rs::signature::{self as aws, KeyPair as _, ParsedPublicKey, UnparsedPublicKey};
use aws_lc_rs::{digest, rsa};
use portner_domain::Moment;
use x509_parser::prelude::{FromDer, X509Certificate};
use x509_parser::public_key::PublicKey as Parsed;
use zeroize::Zeroizing;

use crate::names;

/// Below this an RSA key is refused, ours or theirs (saml2int SDP-MD06).
pub const RSA_BITS_MIN: usize = 2048;
/// Beyond this only our time is spent.
pub const RSA_BITS_MAX: usize = 8192;
/// A certificate with every extension in use is below 4 KiB.
const CERTIFICATE_BYTES_MAX: usize = 16 * 1024;

/// Something that signs with RSA PKCS#1 v1.5 and SHA-256: a key in a file, or in a token that never shows it.
pub trait Signer: Send + Sync {
    /// The signature of `bytes`.
    fn sign(&self, bytes: &[u8]) -> Result<Vec<u8>, SignError>;
    /// The certificate that publishes the key.
    fn certificate(&self) -> &Certificate;
    /// Which key it is, in logs and records: the first half of the certificate's SHA-256, in hexadecimal.
    fn key_id(&self) -> &str {
        self.certificate().key_id()
    }
}

/// The signing device refused or broke.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("the signing key could not be used: {0}")]
pub struct SignError(pub String);

/// Why a key or certificate is no good.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum KeyError {
    /// Not PEM of the expected kind.
    #[error("this is not a PEM file with a {0}")]
    NotPem(&'static str),
    /// The private key does not parse, or is not RSA of an allowed size.
    #[error("the private key is not an unencrypted PKCS#8 RSA key of {RSA_BITS_MIN} to {RSA_BITS_MAX} bits")]
    BadPrivateKey,
    /// The certificate does not parse.
    #[error("the certificate is damaged: it is not DER of an X.509 certificate")]
    BadCertificate,
    /// The certificate's key is of a kind or size that is not allowed.
    #[error(
        "the certificate's key is neither RSA of {RSA_BITS_MIN} to {RSA_BITS_MAX} bits nor ECDSA on P-256"
    )]
    KeyNotAllowed,
    /// They do not belong together.
    #[error("the private key does not belong to the certificate")]
    NotAPair,
}

/// A signing key whose bytes this process holds.
pub struct FileKey {
    pair: KeyPair,
    certificate: Certificate,
}

impl FileKey {
    /// A key and its certificate, which must belong together.
    pub fn from_pem(pkcs8_pem: &[u8], certificate_pem: &[u8]) -> Result<Self, KeyError> {
        Self::from_pkcs8(&private_key(pkcs8_pem)?, Certificate::from_pem(certificate_pem)?)
    }

    /// A key in the DER of PKCS#8 and its certificate, which must belong together.
    pub fn from_pkcs8(pkcs8: &[u8], certificate: Certificate) -> Result<Self, KeyError> {
        let pair = KeyPair::from_pkcs8(pkcs8).map_err(|_| KeyError::BadPrivateKey)?;
        let bits = pair.public_modulus_len() * 8;
        if !(RSA_BITS_MIN..=RSA_BITS_MAX).contains(&bits) {
            return Err(KeyError::BadPrivateKey);
        }
        let public: PublicKeyX509Der<'_> = pair.public_key().as_der().map_err(|_| KeyError::BadPrivateKey)?;
        if public.as_ref() == certificate.public_key.0.spki.as_slice() {
            Ok(Self { pair, certificate })
        } else {
            Err(KeyError::NotAPair)
        }
    }
}

impl Signer for FileKey {
    fn sign(&self, bytes: &[u8]) -> Result<Vec<u8>, SignError> {
        sign(&self.pair, bytes)
    }

    fn certificate(&self) -> &Certificate {
        &self.certificate
    }
}

/// RSA PKCS#1 v1.5 with SHA-256.
pub(crate) fn sign(pair: &KeyPair, bytes: &[u8]) -> Result<Vec<u8>, SignError> {
    let mut signature = vec![0; pair.public_modulus_len()];
    let digest = digest::digest(&digest::SHA256, bytes);
    match pair.sign_digest(&aws::RSA_PKCS1_SHA256, &digest, &mut signature) {
        Ok(()) => Ok(signature),
        Err(unspecified) => Err(SignError(unspecified.to_string())),
    }
}

impl fmt::Debug for FileKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FileKey").field("key_id", &self.certificate.key_id).finish_non_exhaustive()
    }
}

/// The key with which others encrypt assertions to us, when we are the service provider.
pub struct DecryptionKey(OaepPrivateDecryptingKey);

impl DecryptionKey {
    /// An RSA key in unencrypted PKCS#8.
    pub fn from_pem(pkcs8_pem: &[u8]) -> Result<Self, KeyError> {
        let pkcs8 = private_key(pkcs8_pem)?;
        let key = PrivateDecryptingKey::from_pkcs8(&pkcs8).map_err(|_| KeyError::BadPrivateKey)?;
        if !(RSA_BITS_MIN..=RSA_BITS_MAX).contains(&key.key_size_bits()) {
            return Err(KeyError::BadPrivateKey);
        }
        OaepPrivateDecryptingKey::new(key).map(Self).map_err(|_| KeyError::BadPrivateKey)
    }

    /// What was encrypted with RSA-OAEP; nothing says why it could not be decrypted.
    pub(crate) fn decrypt(
        &self,
        padding: &'static rsa::OaepAlgorithm,
        encrypted: &[u8],
    ) -> Option<Zeroizing<Vec<u8>>> {
        let mut room = Zeroizing::new(vec![0; self.0.min_output_size()]);
        let length = self.0.decrypt(padding, encrypted, &mut room, None).ok()?.len();
        room.truncate(length);
        Some(room)
    }
}

impl fmt::Debug for DecryptionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DecryptionKey(…)")
    }
}

/// An X.509 certificate. Who issued it is no matter: metadata says whose key it holds.
#[derive(Clone)]
pub struct Certificate {
    der: Arc<[u8]>,
    key_id: String,
    subject: String,
    public_key: PublicKey,
    not_before: Moment,
    not_after: Moment,
}

impl Certificate {
    /// From DER, all of it.
    pub fn from_der(der: &[u8]) -> Result<Self, KeyError> {
        if der.len() > CERTIFICATE_BYTES_MAX {
            return Err(KeyError::BadCertificate);
        }
        let (rest, parsed) = X509Certificate::from_der(der).map_err(|_| KeyError::BadCertificate)?;
        if !rest.is_empty() {
            return Err(KeyError::BadCertificate);
        }
        let validity = parsed.validity();
        Ok(Self {
            der: der.into(),
            key_id: key_id(der),
            subject: parsed.subject().to_string(),
            public_key: PublicKey::from_spki(parsed.public_key().raw)?,
            not_before: Moment(validity.not_before.timestamp().saturating_mul(1_000)),
            not_after: Moment(validity.not_after.timestamp().saturating_mul(1_000)),
        })
    }

    /// From the first certificate of a PEM file.
    pub fn from_pem(pem: &[u8]) -> Result<Self, KeyError> {
        Self::from_der(&from_pem(pem, "CERTIFICATE").ok_or(KeyError::NotPem("certificate"))?)
    }

    /// Its DER.
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// The first half of its SHA-256, in hexadecimal.
    pub fn key_id(&self) -> &str {
        &self.key_id
    }

    /// All of its SHA-256, in hexadecimal, as people compare it.
    pub fn fingerprint(&self) -> String {
        hex::encode(digest::digest(&digest::SHA256, &self.der))
    }

    /// Whom it names.
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// Its key.
    pub fn public_key(&self) -> &PublicKey {
        &self.public_key
    }

    /// From when it says it is valid.
    pub fn not_before(&self) -> Moment {
        self.not_before
    }

    /// Until when it says it is valid.
    pub fn not_after(&self) -> Moment {
        self.not_after
    }

    /// Is `now` within its dates?
    pub fn is_current(&self, now: Moment) -> bool {
        self.not_before <= now && now <= self.not_after
    }
}

impl PartialEq for Certificate {
    fn eq(&self, other: &Self) -> bool {
        self.der == other.der
    }
}

impl Eq for Certificate {}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Certificate")
            .field("key_id", &self.key_id)
            .field("subject", &self.subject)
            .field("not_after", &self.not_after)
            .finish_non_exhaustive()
    }
}

/// A public key that is allowed to verify: RSA of at least 2048 bits, or ECDSA on P-256. Parsed once.
#[derive(Clone)]
pub struct PublicKey(Arc<KeyMaterial>);

struct KeyMaterial {
    spki: Vec<u8>,
    family: Family,
    /// For the SHA-256 algorithm of its family, which is what everyone uses.
    parsed: ParsedPublicKey,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Family {
    Rsa { bits: usize },
    P256,
}

impl PublicKey {
    /// From the DER of a `SubjectPublicKeyInfo`.
    pub fn from_spki(spki: &[u8]) -> Result<Self, KeyError> {
        let (_, info) =
            x509_parser::x509::SubjectPublicKeyInfo::from_der(spki).map_err(|_| KeyError::BadCertificate)?;
        let (family, algorithm): (_, &'static dyn aws::VerificationAlgorithm) =
            match info.parsed().map_err(|_| KeyError::KeyNotAllowed)? {
                Parsed::RSA(key) if (RSA_BITS_MIN..=RSA_BITS_MAX).contains(&key.key_size()) => {
                    (Family::Rsa { bits: key.key_size() }, &aws::RSA_PKCS1_2048_8192_SHA256)
                }
                Parsed::EC(_) => (Family::P256, &aws::ECDSA_P256_SHA256_FIXED),
                _ => return Err(KeyError::KeyNotAllowed),
            };
        let parsed = ParsedPublicKey::new(algorithm, spki).map_err(|_| KeyError::KeyNotAllowed)?;
        Ok(Self(Arc::new(KeyMaterial { spki: spki.to_vec(), family, parsed })))
    }

    /// Is `signature` this key's signature of `bytes`? A key of another family than the algorithm's says no.
    pub(crate) fn verifies(&self, algorithm: Algorithm, bytes: &[u8], signature: &[u8]) -> bool {
        let key = &self.0;
        let rare = |algorithm: &'static dyn aws::VerificationAlgorithm| {
            UnparsedPublicKey::new(algorithm, &key.spki).verify(bytes, signature)
        };
        let verified = match (algorithm, key.family) {
            (Algorithm::RsaSha256, Family::Rsa { .. }) | (Algorithm::EcdsaSha256, Family::P256) => {
                key.parsed.verify_sig(bytes, signature)
            }
            (Algorithm::RsaSha384, Family::Rsa { .. }) => rare(&aws::RSA_PKCS1_2048_8192_SHA384),
            (Algorithm::RsaSha512, Family::Rsa { .. }) => rare(&aws::RSA_PKCS1_2048_8192_SHA512),
            _ => return false,
        };
        verified.is_ok()
    }

    /// The key in the form that encrypts, if it is RSA.
    pub(crate) fn for_encryption(&self) -> Option<rsa::OaepPublicEncryptingKey> {
        let key = rsa::PublicEncryptingKey::from_der(&self.0.spki).ok()?;
        rsa::OaepPublicEncryptingKey::new(key).ok()
    }

    /// Its name: the first half of the SHA-256 of its `SubjectPublicKeyInfo`, in hexadecimal.
    pub fn id(&self) -> String {
        key_id(&self.0.spki)
    }

    /// The modulus without leading zeros, if it is RSA: by it a token finds the key.
    pub fn rsa_modulus(&self) -> Option<Vec<u8>> {
        let (_, info) = x509_parser::x509::SubjectPublicKeyInfo::from_der(&self.0.spki).ok()?;
        match info.parsed().ok()? {
            Parsed::RSA(key) => Some(key.modulus.iter().copied().skip_while(|byte| *byte == 0).collect()),
            _ => None,
        }
    }

    /// How hard it is to break, as the size of an RSA key (NIST SP 800-57 part 1, 5.6.1.1).
    pub(crate) fn strength_as_rsa_bits(&self) -> usize {
        match self.0.family {
            Family::Rsa { bits } => bits,
            Family::P256 => 3072,
        }
    }

    /// As people say it: "RSA 2048 bits".
    pub fn description(&self) -> String {
        match self.0.family {
            Family::Rsa { bits } => format!("RSA {bits} bits"),
            Family::P256 => "ECDSA P-256".to_owned(),
        }
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.description())
    }
}

/// The signature algorithms we accept (saml2int SDP-ALG01, and the longer RSA ones). No SHA-1, no HMAC.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Algorithm {
    RsaSha256,
    RsaSha384,
    RsaSha512,
    EcdsaSha256,
}

impl Algorithm {
    pub(crate) fn from_uri(uri: &str) -> Option<Self> {
        match uri {
            names::RSA_SHA256 => Some(Self::RsaSha256),
            names::RSA_SHA384 => Some(Self::RsaSha384),
            names::RSA_SHA512 => Some(Self::RsaSha512),
            names::ECDSA_SHA256 => Some(Self::EcdsaSha256),
            _ => None,
        }
    }
}

fn key_id(der: &[u8]) -> String {
    let hash = digest::digest(&digest::SHA256, der);
    hex::encode(hash.as_ref().iter().take(16).copied().collect::<Vec<u8>>())
}

fn private_key(pem: &[u8]) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    from_pem(pem, "PRIVATE KEY").ok_or(KeyError::NotPem("private key in PKCS#8"))
}

/// The bytes of the first block with this label (RFC 7468).
fn from_pem(pem: &[u8], label: &str) -> Option<Zeroizing<Vec<u8>>> {
    let text = std::str::from_utf8(pem).ok()?;
    let (_, block) = text.split_once(&format!("-----BEGIN {label}-----"))?;
    let (block, _) = block.split_once(&format!("-----END {label}-----"))?;
    crate::xml::base64(block).map(Zeroizing::new)
}
