//! New keys with a certificate around them, for whoever speaks SAML.

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use portner_domain::{Entropy, Moment};
use rcgen::{CertificateParams, DnType, KeyUsagePurpose, SerialNumber};
use zeroize::Zeroizing;

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

/// Make an RSA key of 3072 bits, the size of OCES3, under this name. The key's randomness is drawn inside the
/// cryptographic library.
pub fn rsa_3072(name: &str, now: Moment, entropy: &dyn Entropy) -> Result<NewKey, CannotGenerate> {
    rsa(KeySize::Rsa3072, name, now, entropy)
}

/// The same with 2048 bits, the least that is accepted anywhere.
pub fn rsa_2048(name: &str, now: Moment, entropy: &dyn Entropy) -> Result<NewKey, CannotGenerate> {
    rsa(KeySize::Rsa2048, name, now, entropy)
}

fn rsa(size: KeySize, name: &str, now: Moment, entropy: &dyn Entropy) -> Result<NewKey, CannotGenerate> {
    let failed = |error: &dyn std::fmt::Display| CannotGenerate(error.to_string());
    let pair = KeyPair::generate(size).map_err(|error| failed(&error))?;
    let pkcs8 = pair.as_der().map_err(|error| failed(&error))?;
    let key = rcgen::KeyPair::try_from(pkcs8.as_ref()).map_err(|error| failed(&error))?;
    let certificate = parameters(name, now, entropy)?.self_signed(&key).map_err(|error| failed(&error))?;
    Ok(NewKey { key_pem: Zeroizing::new(key.serialize_pem()), certificate_pem: certificate.pem() })
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

    use super::rsa_3072;
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
}
