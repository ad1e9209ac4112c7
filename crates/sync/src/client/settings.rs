//! Where the IdM API is, and who we are there.

use p12_keystore::{KeyStore, KeyStoreEntry, Pkcs12ImportPolicy, PrivateKeyChain};
use pkcs8::LineEnding;
use pkcs8::der::pem;
use portner_domain::Moment;
use reqwest::Identity;
use url::Url;
use x509_parser::pem::Pem;
use zeroize::Zeroizing;

use super::Pace;
use super::failure::with_causes;
use crate::wire::Quirks;

/// How everything in DER begins that is no text.
const DER_SEQUENCE: &[u8] = &[0x30];

/// Largest PKCS#12 file that is opened: one key with its chain is a tenth of it.
const PKCS12_BYTES_MAX: usize = 64 * 1024;

/// What a client is made with.
pub struct Settings {
    /// Where it is.
    pub base: BaseUrl,
    /// Our certificate, and the next one while they change: the first that is valid and let in is used.
    pub pairs: Vec<Pair>,
    /// Who vouches for the server (PEM), if not the authorities of the machine.
    pub authorities: Option<Vec<u8>>,
    /// How often and how fast things are repeated.
    pub pace: Pace,
    /// How long a token holds that does not say: [`Quirks::token_seconds`].
    pub token_seconds: u64,
}

impl Settings {
    /// As it is but for where and who.
    pub fn new(base: BaseUrl, pairs: Vec<Pair>) -> Self {
        let token_seconds = Quirks::default().token_seconds;
        Self { base, pairs, authorities: None, pace: Pace::default(), token_seconds }
    }
}

/// Settings that can't be used.
#[derive(Debug, thiserror::Error)]
pub enum BadSettings {
    /// Not an address.
    #[error("the address has to be https:// and a host, perhaps with a port, and nothing else: {0:?}")]
    Address(String),
    /// There is none.
    #[error("a certificate with its private key is needed")]
    NoCertificate,
    /// Not a certificate and its key.
    #[error("it has to be a certificate and its private key, as PEM without a passphrase or as PKCS#12: {0}")]
    Pair(String),
    /// None is in it.
    #[error("there is no certificate authority (PEM) in it")]
    NoAuthority,
    /// The library refused.
    #[error("TLS can't be set up: {0}")]
    Tls(String),
}

/// The address of the IdM API. It comes from the settings and from nowhere else.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct BaseUrl(Url);

impl BaseUrl {
    /// Production, as all known clients have it.
    pub const PRODUCTION: &str = "https://services.nemlog-in.dk";

    /// From what an administrator wrote.
    pub fn parse(text: &str) -> Result<Self, BadSettings> {
        let wrong = || BadSettings::Address(text.chars().take(200).collect());
        let url = Url::parse(text).map_err(|_| wrong())?;
        let is_bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
        let is_nobodys = url.username().is_empty() && url.password().is_none();
        let is_https = url.scheme() == "https" && url.has_host();
        if is_bare && is_nobodys && is_https { Ok(Self(url)) } else { Err(wrong()) }
    }

    pub(super) fn join(&self, path: &str) -> Url {
        let mut url = self.0.clone();
        url.set_path(path);
        url
    }
}

/// A certificate and its private key.
pub struct Pair {
    pem: Zeroizing<Vec<u8>>,
    not_before: Moment,
    not_after: Moment,
}

impl Pair {
    /// From two files, or twice the same: the certificate first, then those that vouch for it.
    pub fn from_pem(certificate: &[u8], key: &[u8]) -> Result<Self, BadSettings> {
        let wrong = |why: &str| BadSettings::Pair(why.to_owned());
        let first = Pem::iter_from_buffer(certificate)
            .filter_map(Result::ok)
            .find(|pem| pem.label == "CERTIFICATE")
            .ok_or_else(|| match certificate.starts_with(DER_SEQUENCE) {
                true => wrong("this is no PEM; PKCS#12 is opened with its password"),
                false => wrong("there is no certificate"),
            })?;
        let parsed = first.parse_x509().map_err(|_| wrong("the certificate can't be read"))?;
        let moment = |at: x509_parser::time::ASN1Time| Moment(at.timestamp().saturating_mul(1_000));
        let validity = parsed.validity();
        let (not_before, not_after) = (moment(validity.not_before), moment(validity.not_after));
        let both = if certificate == key { certificate.to_vec() } else { [certificate, b"\n", key].concat() };
        let pair = Self { pem: Zeroizing::new(both), not_before, not_after };
        pair.identity()?;
        Ok(pair)
    }

    /// From one file under a password, as it is handed out (PKCS#12, RFC 7292).
    pub fn from_pkcs12(file: &[u8], password: &str) -> Result<Self, BadSettings> {
        let wrong = |why: String| BadSettings::Pair(why);
        if file.len() > PKCS12_BYTES_MAX {
            return Err(wrong(format!("it is larger than {PKCS12_BYTES_MAX} bytes")));
        }
        let store = KeyStore::from_pkcs12(file, password, Pkcs12ImportPolicy::Strict).map_err(|error| {
            wrong(format!("it can't be opened with this password: {}", with_causes(&error)))
        })?;
        let chains: Vec<&PrivateKeyChain> = store
            .entries()
            .filter_map(|(_, entry)| match entry {
                KeyStoreEntry::PrivateKeyChain(chain) => Some(chain),
                _ => None,
            })
            .collect();
        let [chain] = chains.as_slice() else {
            let many = chains.len();
            return Err(wrong(format!(
                "there are {many} private keys in it that name their certificate, not one"
            )));
        };
        let text = |label, der: &[u8]| {
            pem::encode_string(label, LineEnding::LF, der).map_err(|error| wrong(error.to_string()))
        };
        let certificates: Result<String, _> =
            chain.certs().iter().map(|it| text("CERTIFICATE", it.as_der())).collect();
        let key = Zeroizing::new(text("PRIVATE KEY", chain.key().as_der())?);
        Self::from_pem(certificates?.as_bytes(), key.as_bytes())
    }

    /// May it be shown at this time?
    pub fn is_valid(&self, now: Moment) -> bool {
        self.not_before <= now && now <= self.not_after
    }

    /// When it expires. A new one is ordered by hand, so somebody has to be told long before.
    pub const fn expires(&self) -> Moment {
        self.not_after
    }

    pub(super) fn identity(&self) -> Result<Identity, BadSettings> {
        Identity::from_pem(&self.pem).map_err(|error| BadSettings::Pair(with_causes(&error)))
    }
}

impl std::fmt::Debug for Pair {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pair").field("expires", &self.not_after).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::BaseUrl;

    #[test]
    fn an_address_is_https_and_a_host_and_nothing_else() {
        for good in [BaseUrl::PRODUCTION, "https://localhost:8443/", "https://127.0.0.1:1"] {
            assert!(BaseUrl::parse(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "services.nemlog-in.dk",
            "http://services.nemlog-in.dk",
            "https://services.nemlog-in.dk/api",
            "https://services.nemlog-in.dk/?x",
            "https://services.nemlog-in.dk/#x",
            "https://user:secret@services.nemlog-in.dk",
            "file:///etc/passwd",
        ] {
            assert!(BaseUrl::parse(bad).is_err(), "{bad}");
        }
        let base = BaseUrl::parse("https://localhost:8443").unwrap();
        for path in ["//evil.example/x", "/api/x", "https://evil.example", "/../x?y#z"] {
            let url = base.join(path);
            assert_eq!(
                (url.host_str(), url.port(), url.query()),
                (Some("localhost"), Some(8443), None),
                "{path}"
            );
        }
    }
}
