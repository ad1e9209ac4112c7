//! XML encryption of one assertion to one service provider, and its reverse.
//!
//! What is offered is a subset of OIO-ALG-01: AES-GCM with RSA-OAEP; AES-CBC only towards a service
//! provider whose metadata admits nothing else, and never when we decrypt.

use std::fmt;
use std::sync::Arc;

use aws_lc_rs::aead::{self, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::cipher::{self, EncryptionContext, PaddedBlockEncryptingKey, UnboundCipherKey};
use aws_lc_rs::{iv::FixedLength, rsa};
use portner_domain::{Entropy, Moment};
use roxmltree::Node;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::key::{Certificate, DecryptionKey};
use crate::metadata::ServiceProvider;
use crate::names;
use crate::response::BuildError;
use crate::xml::{self, Unprefixed as _, writer::Writer};

/// A key to encrypt to, and what its owner says it can decrypt.
#[derive(Clone)]
pub struct EncryptionKey {
    certificate: Certificate,
    key: Arc<rsa::OaepPublicEncryptingKey>,
    methods: Vec<EncryptionMethod>,
}

/// An algorithm that metadata lists for a key (`md:EncryptionMethod`).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct EncryptionMethod {
    /// The cipher or key transport.
    pub algorithm: String,
    /// The digests a key transport is said to work with; empty says nothing.
    pub digests: Vec<String>,
    /// The mask generation functions it is said to work with; empty says nothing.
    pub masks: Vec<String>,
}

impl EncryptionKey {
    /// The key of a certificate, if it is RSA: no other can be encrypted to.
    pub fn new(certificate: Certificate, methods: Vec<EncryptionMethod>) -> Option<Self> {
        let key = Arc::new(certificate.public_key().for_encryption()?);
        Some(Self { certificate, key, methods })
    }

    /// The certificate that publishes it.
    pub fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    /// What its owner says it can decrypt, in order of preference; empty says nothing.
    pub fn methods(&self) -> &[EncryptionMethod] {
        &self.methods
    }

    /// The best that its methods let us do.
    pub(crate) fn admits(&self) -> Admits {
        let transport = Transport::choose(&self.methods, EncryptionDefault::Oiosaml3);
        Admits {
            authenticated: Cipher::choose(&self.methods, EncryptionDefault::Oiosaml3)
                .is_ok_and(Cipher::is_authenticated),
            sha256: transport.is_ok_and(|it| it == Transport::OaepSha256)
                || self.methods.iter().any(|it| Transport::from_method(it) == Some(Transport::OaepSha256)),
        }
    }
}

/// What encryption methods let us do, as far as it can be told better from worse.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Admits {
    /// A cipher that notices changes (AES-GCM).
    authenticated: bool,
    /// Key transport without SHA-1.
    sha256: bool,
}

impl Admits {
    pub(crate) const fn is_weaker_than(self, other: Self) -> bool {
        (other.authenticated && !self.authenticated) || (other.sha256 && !self.sha256)
    }
}

impl fmt::Debug for EncryptionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EncryptionKey")
            .field("certificate", &self.certificate)
            .field("methods", &self.methods)
            .finish_non_exhaustive()
    }
}

/// A block cipher that an administrator may choose: none without integrity of its own.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum BlockCipher {
    /// AES with 256 bits, GCM.
    Aes256Gcm,
    /// AES with 192 bits, GCM.
    Aes192Gcm,
    /// AES with 128 bits, GCM.
    Aes128Gcm,
}

/// A key transport that an administrator may choose.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum KeyTransport {
    /// RSA-OAEP of XML Encryption 1.0, which has SHA-1 inside.
    RsaOaepMgf1p,
    /// RSA-OAEP of XML Encryption 1.1, with SHA-256 throughout.
    RsaOaepSha256,
}

/// What to use towards a service provider whose metadata leaves it open.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub enum EncryptionDefault {
    /// RSA-OAEP as every implementation knows it (SHA-1 inside OAEP, where it is sound).
    #[default]
    Widest,
    /// RSA-OAEP with SHA-256 throughout, as NemLog-in uses it.
    Oiosaml3,
    /// These, whatever the metadata says: it may list what its software can not do.
    Explicit(BlockCipher, KeyTransport),
}

/// There is nothing to encrypt with, so there is no assertion.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum NoUsableKey {
    /// No key at all.
    #[error("the service provider has no key to encrypt to")]
    NoKey,
    /// Its metadata lists only algorithms that are not offered.
    #[error("the service provider's metadata lists no encryption algorithm that is offered here")]
    NothingInCommon,
}

/// A chosen key with chosen algorithms.
#[derive(Clone)]
pub struct EncryptionTarget {
    key: EncryptionKey,
    cipher: Cipher,
    transport: Transport,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Cipher {
    Aes256Gcm,
    Aes192Gcm,
    Aes128Gcm,
    Aes256Cbc,
    Aes128Cbc,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Transport {
    /// `rsa-oaep-mgf1p`, always with SHA-1: with another digest, implementations disagree about the mask.
    Mgf1p,
    /// `xmlenc11#rsa-oaep` with SHA-256 as digest and in the mask.
    OaepSha256,
}

impl EncryptionTarget {
    /// Choose the newest current key, and the first of its listed algorithms that is offered.
    ///
    /// A certificate in metadata is a container for a key (SAML metadata interoperability profile 2.6.1),
    /// so an expired one is used when there is no other.
    pub fn choose(
        provider: &ServiceProvider,
        preference: EncryptionDefault,
        now: Moment,
    ) -> Result<Self, NoUsableKey> {
        let newest = |key: &&EncryptionKey| (key.certificate.is_current(now), key.certificate.not_after());
        let key = provider.encryption_keys.iter().max_by_key(newest).ok_or(NoUsableKey::NoKey)?;
        Ok(Self {
            cipher: Cipher::choose(&key.methods, preference)?,
            transport: Transport::choose(&key.methods, preference)?,
            key: key.clone(),
        })
    }

    /// The certificate of the chosen key.
    pub fn certificate(&self) -> &Certificate {
        &self.key.certificate
    }

    /// The chosen cipher and key transport, for the record.
    pub fn algorithms(&self) -> (&'static str, &'static str) {
        (self.cipher.uri(), self.transport.uri())
    }

    /// Is the cipher one without integrity of its own (AES-CBC)? The record and the console show it.
    pub fn is_legacy(&self) -> bool {
        !self.cipher.is_authenticated()
    }

    /// Write `xenc:EncryptedData` of an element, with the key for it inside (ENC-05).
    pub(crate) fn encrypt(
        &self,
        w: &mut Writer,
        element: &str,
        entropy: &dyn Entropy,
    ) -> Result<(), BuildError> {
        let key = Zeroizing::new(random(entropy, self.cipher.key_bytes()));
        let content = self.cipher.encrypt(&key, element, entropy).ok_or(BuildError::Encryption)?;
        let mut room = vec![0; self.key.key.ciphertext_size()];
        let wrapped = self
            .key
            .key
            .encrypt(self.transport.padding(), &key, &mut room, None)
            .map_err(|_| BuildError::Encryption)?;
        w.open("xenc:EncryptedData").attribute("xmlns:xenc", names::XENC);
        w.attribute("Type", names::ENCRYPTED_ELEMENT);
        w.open("xenc:EncryptionMethod").attribute("Algorithm", self.cipher.uri()).close();
        w.open("ds:KeyInfo").attribute("xmlns:ds", names::DS).open("xenc:EncryptedKey");
        self.transport.write(w);
        crate::signature::key_info(w, &self.key.certificate);
        w.open("xenc:CipherData").open("xenc:CipherValue").base64(wrapped).close().close();
        w.close().close();
        w.open("xenc:CipherData").open("xenc:CipherValue").base64(&content).close().close();
        w.close();
        Ok(())
    }
}

impl fmt::Debug for EncryptionTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EncryptionTarget")
            .field("certificate", &self.key.certificate)
            .field("algorithms", &self.algorithms())
            .finish_non_exhaustive()
    }
}

impl Cipher {
    const ALL: [Self; 5] =
        [Self::Aes256Gcm, Self::Aes192Gcm, Self::Aes128Gcm, Self::Aes256Cbc, Self::Aes128Cbc];

    const fn uri(self) -> &'static str {
        match self {
            Self::Aes256Gcm => "http://www.w3.org/2009/xmlenc11#aes256-gcm",
            Self::Aes192Gcm => "http://www.w3.org/2009/xmlenc11#aes192-gcm",
            Self::Aes128Gcm => "http://www.w3.org/2009/xmlenc11#aes128-gcm",
            Self::Aes256Cbc => "http://www.w3.org/2001/04/xmlenc#aes256-cbc",
            Self::Aes128Cbc => "http://www.w3.org/2001/04/xmlenc#aes128-cbc",
        }
    }

    fn from_uri(uri: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|cipher| cipher.uri() == uri)
    }

    const fn is_authenticated(self) -> bool {
        matches!(self, Self::Aes256Gcm | Self::Aes192Gcm | Self::Aes128Gcm)
    }

    const fn key_bytes(self) -> usize {
        match self {
            Self::Aes256Gcm | Self::Aes256Cbc => 32,
            Self::Aes192Gcm => 24,
            Self::Aes128Gcm | Self::Aes128Cbc => 16,
        }
    }

    fn choose(methods: &[EncryptionMethod], preference: EncryptionDefault) -> Result<Self, NoUsableKey> {
        if let EncryptionDefault::Explicit(cipher, _) = preference {
            return Ok(cipher.into());
        }
        let ciphers: Vec<&str> =
            methods.iter().map(|m| m.algorithm.as_str()).filter(|a| !is_transport(a)).collect();
        if ciphers.is_empty() {
            return Ok(Self::Aes256Gcm);
        }
        let offered = || ciphers.iter().filter_map(|uri| Self::from_uri(uri));
        offered()
            .find(|cipher| cipher.is_authenticated())
            .or_else(|| offered().next())
            .ok_or(NoUsableKey::NothingInCommon)
    }

    fn gcm(self) -> Option<&'static aead::Algorithm> {
        match self {
            Self::Aes256Gcm => Some(&aead::AES_256_GCM),
            Self::Aes192Gcm => Some(&aead::AES_192_GCM),
            Self::Aes128Gcm => Some(&aead::AES_128_GCM),
            Self::Aes256Cbc | Self::Aes128Cbc => None,
        }
    }

    /// Initialisation vector, ciphertext and tag, as XML encryption lays them out (xmlenc-core1 5.2).
    fn encrypt(self, key: &[u8], plain: &str, entropy: &dyn Entropy) -> Option<Vec<u8>> {
        let Some(algorithm) = self.gcm() else { return self.encrypt_cbc(key, plain, entropy) };
        let key = LessSafeKey::new(UnboundKey::new(algorithm, key).ok()?);
        let mut nonce = [0; aead::NONCE_LEN];
        entropy.fill(&mut nonce);
        let mut out = Vec::with_capacity(plain.len() + 28);
        out.extend_from_slice(&nonce);
        out.extend_from_slice(plain.as_bytes());
        let content = out.get_mut(aead::NONCE_LEN..)?;
        let nonce = Nonce::assume_unique_for_key(nonce);
        let tag = key.seal_in_place_separate_tag(nonce, Aad::empty(), content).ok()?;
        out.extend_from_slice(tag.as_ref());
        Some(out)
    }

    fn encrypt_cbc(self, key: &[u8], plain: &str, entropy: &dyn Entropy) -> Option<Vec<u8>> {
        let algorithm = if self == Self::Aes128Cbc { &cipher::AES_128 } else { &cipher::AES_256 };
        let key = PaddedBlockEncryptingKey::cbc_pkcs7(UnboundCipherKey::new(algorithm, key).ok()?).ok()?;
        let mut vector = [0; cipher::AES_CBC_IV_LEN];
        entropy.fill(&mut vector);
        let mut content = plain.as_bytes().to_vec();
        let context = EncryptionContext::Iv128(FixedLength::from(vector));
        key.less_safe_encrypt(&mut content, context).ok()?;
        Some([vector.as_slice(), &content].concat())
    }
}

impl From<BlockCipher> for Cipher {
    fn from(cipher: BlockCipher) -> Self {
        match cipher {
            BlockCipher::Aes256Gcm => Self::Aes256Gcm,
            BlockCipher::Aes192Gcm => Self::Aes192Gcm,
            BlockCipher::Aes128Gcm => Self::Aes128Gcm,
        }
    }
}

fn is_transport(algorithm: &str) -> bool {
    matches!(algorithm, names::RSA_OAEP_MGF1P | names::RSA_OAEP | "http://www.w3.org/2001/04/xmlenc#rsa-1_5")
}

impl Transport {
    const fn uri(self) -> &'static str {
        match self {
            Self::Mgf1p => names::RSA_OAEP_MGF1P,
            Self::OaepSha256 => names::RSA_OAEP,
        }
    }

    fn choose(methods: &[EncryptionMethod], preference: EncryptionDefault) -> Result<Self, NoUsableKey> {
        let mut listed = methods.iter().filter(|method| is_transport(&method.algorithm)).peekable();
        let open = listed.peek().is_none();
        match preference {
            EncryptionDefault::Explicit(_, KeyTransport::RsaOaepMgf1p) => return Ok(Self::Mgf1p),
            EncryptionDefault::Explicit(_, KeyTransport::RsaOaepSha256) => return Ok(Self::OaepSha256),
            EncryptionDefault::Widest if open => return Ok(Self::Mgf1p),
            EncryptionDefault::Oiosaml3 if open => return Ok(Self::OaepSha256),
            EncryptionDefault::Widest | EncryptionDefault::Oiosaml3 => {}
        }
        listed.find_map(Self::from_method).ok_or(NoUsableKey::NothingInCommon)
    }

    fn from_method(method: &EncryptionMethod) -> Option<Self> {
        let open_or = |listed: &[String], one: &str| listed.is_empty() || listed.iter().any(|it| it == one);
        match method.algorithm.as_str() {
            names::RSA_OAEP_MGF1P => Some(Self::Mgf1p),
            names::RSA_OAEP
                if open_or(&method.digests, names::SHA256) && open_or(&method.masks, names::MGF1_SHA256) =>
            {
                Some(Self::OaepSha256)
            }
            _ => None,
        }
    }

    fn padding(self) -> &'static rsa::OaepAlgorithm {
        match self {
            Self::Mgf1p => &rsa::OAEP_SHA1_MGF1SHA1,
            Self::OaepSha256 => &rsa::OAEP_SHA256_MGF1SHA256,
        }
    }

    fn write(self, w: &mut Writer) {
        w.open("xenc:EncryptionMethod").attribute("Algorithm", self.uri());
        let digest = match self {
            Self::Mgf1p => names::SHA1,
            Self::OaepSha256 => names::SHA256,
        };
        w.open("ds:DigestMethod").attribute("Algorithm", digest).close();
        if self == Self::OaepSha256 {
            w.open("xenc11:MGF").attribute("xmlns:xenc11", names::XENC11);
            w.attribute("Algorithm", names::MGF1_SHA256).close();
        }
        w.close();
    }

    /// What the sender used, if it is one of the two we know, with the parameters we know it to have.
    fn read(method: Node<'_, '_>) -> Option<Self> {
        let algorithm = |namespace, name| {
            let found = xml::child(method, namespace, name).ok()?;
            Some(found.and_then(|node| node.unprefixed("Algorithm")))
        };
        let digest = algorithm(names::DS, "DigestMethod")?;
        let mask = algorithm(names::XENC11, "MGF")?;
        let labelled = xml::children(method, names::XENC, "OAEPparams").next().is_some();
        match (method.unprefixed("Algorithm")?, digest, mask) {
            _ if labelled => None,
            (names::RSA_OAEP_MGF1P, None | Some(names::SHA1), None) => Some(Self::Mgf1p),
            (names::RSA_OAEP, Some(names::SHA256), Some(names::MGF1_SHA256)) => Some(Self::OaepSha256),
            _ => None,
        }
    }
}

/// The one element that an `EncryptedAssertion` holds, decrypted. `None` for every failure alike: a sender
/// that could tell them apart could decrypt by asking (T-ENC-02).
pub(crate) fn decrypt(encrypted: Node<'_, '_>, key: &DecryptionKey) -> Option<String> {
    let data = xml::child(encrypted, names::XENC, "EncryptedData").ok()??;
    let cipher = Cipher::from_uri(method(data)?.unprefixed("Algorithm")?)?;
    let algorithm = cipher.gcm()?;
    let wrapped = encrypted_key(encrypted, data)?;
    let transport = Transport::read(method(wrapped)?)?;
    let content_key = key.decrypt(transport.padding(), &cipher_value(wrapped)?)?;
    let content_key = LessSafeKey::new(UnboundKey::new(algorithm, &content_key).ok()?);
    let mut sealed = cipher_value(data)?;
    let (nonce, content) = sealed.split_at_mut_checked(aead::NONCE_LEN)?;
    let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
    let plain = content_key.open_in_place(nonce, Aad::empty(), content).ok()?;
    String::from_utf8(plain.to_vec()).ok()
}

/// The one key, inside the data or beside it.
fn encrypted_key<'a, 'i>(encrypted: Node<'a, 'i>, data: Node<'a, 'i>) -> Option<Node<'a, 'i>> {
    let info = xml::child(data, names::DS, "KeyInfo").ok()?;
    let inside = info.into_iter().flat_map(|info| xml::children(info, names::XENC, "EncryptedKey"));
    let mut keys = inside.chain(xml::children(encrypted, names::XENC, "EncryptedKey"));
    keys.next().filter(|_| keys.next().is_none())
}

fn method<'a, 'i>(node: Node<'a, 'i>) -> Option<Node<'a, 'i>> {
    xml::child(node, names::XENC, "EncryptionMethod").ok()?
}

fn cipher_value(node: Node<'_, '_>) -> Option<Vec<u8>> {
    let data = xml::child(node, names::XENC, "CipherData").ok()??;
    xml::base64(xml::text(xml::child(data, names::XENC, "CipherValue").ok()??).ok()?)
}

fn random(entropy: &dyn Entropy, bytes: usize) -> Vec<u8> {
    let mut random = vec![0; bytes];
    entropy.fill(&mut random);
    random
}
