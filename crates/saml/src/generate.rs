//! New keys with a certificate around them, for whoever speaks SAML.

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::KeyPair as _;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use portner_domain::{Entropy, Moment};
use rcgen::{CertificateParams, DnType, KeyUsagePurpose, SerialNumber};
use zeroize::Zeroizing;

use crate::key::{KeyError, PublicKey, SignError};

/// How long the certificate says it is good for. In a federation it only carries the key.
const YEARS: i64 = 3;
const SERIAL_BYTES: usize = 16;

/// A private key (PKCS#8) and its certificate, both in PEM.
pub struct NewKey {
    /// The private key.
    pub key_pem: Zeroizing<String>,
    /// The certificate, signed with the key itself.
    pub certificate_pem: String,
}

/// A key could not be made.
#[derive(Clone, Debug, thiserror::Error)]
#[error("a key can't be made: {0}")]
pub struct CannotGenerate(String);

/// An RSA key that nobody has certified yet: in our hands, or in a token that only signs.
pub trait BareKey: Send + Sync {
    /// Its public half: the DER of an `RSAPublicKey` (RFC 8017, A.1.1).
    fn public_key(&self) -> &[u8];
    /// The signature of `bytes`: RSA PKCS#1 v1.5 with SHA-256.
    fn sign(&self, bytes: &[u8]) -> Result<Vec<u8>, SignError>;
}

/// A bare key whose bytes we hold.
pub struct OwnKey {
    pair: KeyPair,
    pkcs8: Zeroizing<Vec<u8>>,
}

impl OwnKey {
    /// A new one of 3072 bits, the size of OCES3. Its randomness is drawn inside the cryptographic library.
    pub fn generate() -> Result<Self, CannotGenerate> {
        Self::of_size(KeySize::Rsa3072)
    }

    fn of_size(size: KeySize) -> Result<Self, CannotGenerate> {
        let pair = KeyPair::generate(size).map_err(failed)?;
        let pkcs8 = pair.as_der().map_err(failed)?.as_ref().to_vec();
        Ok(Self { pair, pkcs8: Zeroizing::new(pkcs8) })
    }

    /// One from the DER of its PKCS#8.
    pub fn from_pkcs8(pkcs8: &[u8]) -> Result<Self, CannotGenerate> {
        let pair = KeyPair::from_pkcs8(pkcs8).map_err(failed)?;
        Ok(Self { pair, pkcs8: Zeroizing::new(pkcs8.to_vec()) })
    }

    /// The DER of its PKCS#8.
    pub fn pkcs8(&self) -> &[u8] {
        &self.pkcs8
    }
}

impl BareKey for OwnKey {
    fn public_key(&self) -> &[u8] {
        self.pair.public_key().as_ref()
    }

    fn sign(&self, bytes: &[u8]) -> Result<Vec<u8>, SignError> {
        crate::key::sign(&self.pair, bytes)
    }
}

/// Make an RSA key of 3072 bits under this name, and a certificate around it.
pub fn rsa_3072(name: &str, now: Moment, entropy: &dyn Entropy) -> Result<NewKey, CannotGenerate> {
    made(&OwnKey::generate()?, name, now, entropy)
}

/// The same with 2048 bits, the least that is accepted anywhere.
pub fn rsa_2048(name: &str, now: Moment, entropy: &dyn Entropy) -> Result<NewKey, CannotGenerate> {
    made(&OwnKey::of_size(KeySize::Rsa2048)?, name, now, entropy)
}

fn made(key: &OwnKey, name: &str, now: Moment, entropy: &dyn Entropy) -> Result<NewKey, CannotGenerate> {
    let certificate_pem = self_signed(name, key, now, entropy)?;
    Ok(NewKey { key_pem: pkcs8_pem(key.pkcs8()), certificate_pem })
}

/// A certificate under this name, signed with the key itself, in PEM.
pub fn self_signed(
    name: &str,
    key: &dyn BareKey,
    now: Moment,
    entropy: &dyn Entropy,
) -> Result<String, CannotGenerate> {
    Ok(parameters(name, now, entropy)?.self_signed(&Certified(key)).map_err(failed)?.pem())
}

/// Whom a certificate is asked for.
#[derive(Clone, Debug)]
pub struct Subject {
    /// What the certificate is for.
    pub name: String,
    /// The organisation.
    pub organisation: String,
    /// Its number in the Danish business register.
    pub cvr: String,
}

/// A request for a certificate (PKCS#10) around this key, in PEM, to send to an issuer such as OCES3.
pub fn certificate_request(subject: &Subject, key: &dyn BareKey) -> Result<String, CannotGenerate> {
    // ETSI EN 319 412-1, 5.1.4: NTR, the country, and the number in its register.
    const ORGANISATION_IDENTIFIER: [u64; 4] = [2, 5, 4, 97];
    let mut parameters = CertificateParams::default();
    let name = &mut parameters.distinguished_name;
    name.push(DnType::CountryName, "DK");
    name.push(DnType::OrganizationName, subject.organisation.as_str());
    let identifier = DnType::CustomDnType(ORGANISATION_IDENTIFIER.to_vec());
    name.push(identifier, format!("NTRDK-{}", subject.cvr));
    name.push(DnType::CommonName, subject.name.as_str());
    parameters.serialize_request(&Certified(key)).and_then(|request| request.pem()).map_err(failed)
}

/// The public half, as certificates hold it.
pub fn public_key_of(key: &dyn BareKey) -> Result<PublicKey, KeyError> {
    PublicKey::from_spki(&rcgen::PublicKeyData::subject_public_key_info(&Certified(key)))
}

/// The DER of an unencrypted PKCS#8 key as PEM.
pub fn pkcs8_pem(pkcs8: &[u8]) -> Zeroizing<String> {
    pem("PRIVATE KEY", pkcs8)
}

/// DER as PEM (RFC 7468).
pub fn pem(label: &str, der: &[u8]) -> Zeroizing<String> {
    const LINE_CHARS: usize = 64;
    let text = Zeroizing::new(STANDARD.encode(der));
    let mut pem = Zeroizing::new(String::with_capacity(text.len() + text.len() / LINE_CHARS + 80));
    pem.push_str(&format!("-----BEGIN {label}-----\n"));
    let mut rest = text.as_str();
    while !rest.is_empty() {
        let (line, next) = rest.split_at(rest.len().min(LINE_CHARS));
        pem.push_str(line);
        pem.push('\n');
        rest = next;
    }
    pem.push_str(&format!("-----END {label}-----\n"));
    pem
}

/// A bare key as `rcgen` wants it.
struct Certified<'k>(&'k dyn BareKey);

impl rcgen::PublicKeyData for Certified<'_> {
    fn der_bytes(&self) -> &[u8] {
        self.0.public_key()
    }

    fn algorithm(&self) -> &'static rcgen::SignatureAlgorithm {
        &rcgen::PKCS_RSA_SHA256
    }
}

impl rcgen::SigningKey for Certified<'_> {
    fn sign(&self, bytes: &[u8]) -> Result<Vec<u8>, rcgen::Error> {
        self.0.sign(bytes).map_err(|_| rcgen::Error::RemoteKeyError)
    }
}

fn failed(error: impl std::fmt::Display) -> CannotGenerate {
    CannotGenerate(error.to_string())
}

fn parameters(name: &str, now: Moment, entropy: &dyn Entropy) -> Result<CertificateParams, CannotGenerate> {
    let from = time::OffsetDateTime::from_unix_timestamp(now.0.div_euclid(1_000))
        .map_err(|error| CannotGenerate(error.to_string()))?;
    let mut serial = [0; SERIAL_BYTES];
    entropy.fill(&mut serial);
    let mut parameters = CertificateParams::default();
    parameters.not_before = from;
    parameters.not_after = from + time::Duration::days(365 * YEARS);
    parameters.serial_number = Some(SerialNumber::from_slice(&serial));
    parameters.key_usages = vec![KeyUsagePurpose::DigitalSignature, KeyUsagePurpose::KeyEncipherment];
    parameters.distinguished_name.push(DnType::CommonName, name);
    Ok(parameters)
}

#[cfg(test)]
mod tests {
    use portner_domain::{Entropy, Moment};

    use super::{Subject, certificate_request, rsa_3072};
    use crate::{DecryptionKey, FileKey, Signer};

    struct Zeros;

    impl Entropy for Zeros {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(7);
        }
    }

    #[test]
    fn a_new_key_signs_and_opens_and_says_whose_it_is() {
        let now = Moment(1_795_252_504_000);
        let made = rsa_3072("Eksempel Kommune", now, &Zeros).unwrap();
        let key = FileKey::from_pem(made.key_pem.as_bytes(), made.certificate_pem.as_bytes()).unwrap();
        assert!(key.certificate().subject().contains("Eksempel Kommune"));
        assert!(key.certificate().is_current(now));
        assert!(DecryptionKey::from_pem(made.key_pem.as_bytes()).is_ok());
    }

    #[test]
    fn a_request_names_the_organisation_and_is_signed_with_the_key() {
        use x509_parser::prelude::FromDer as _;
        let key = super::OwnKey::generate().unwrap();
        let subject = Subject {
            name: "Eksempel - Portner".to_owned(),
            organisation: "Eksempel Kommune".to_owned(),
            cvr: "12345678".to_owned(),
        };
        let pem = certificate_request(&subject, &key).unwrap();
        let (_, pem) = x509_parser::pem::parse_x509_pem(pem.as_bytes()).unwrap();
        let (_, request) =
            x509_parser::certification_request::X509CertificationRequest::from_der(&pem.contents).unwrap();
        let info = &request.certification_request_info;
        let named = info.subject.to_string();
        for part in ["C=DK", "O=Eksempel Kommune", "NTRDK-12345678", "CN=Eksempel - Portner"] {
            assert!(named.contains(part), "{named}");
        }
        assert_eq!(&*info.subject_pki.subject_public_key.data, super::BareKey::public_key(&key));
        let signed = crate::PublicKey::from_spki(info.subject_pki.raw).unwrap();
        let signature = &request.signature_value.data;
        assert!(signed.verifies(crate::key::Algorithm::RsaSha256, info.raw, signature));
    }
}
