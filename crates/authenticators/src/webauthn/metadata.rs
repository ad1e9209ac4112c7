//! What FIDO publishes about models of keys (FIDO Metadata Service 3): a signed file, verified before it is read.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey, VerificationAlgorithm,
};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use crypto_glue::traits::DecodeDer;
use crypto_glue::x509::{Certificate, GeneralName, SubjectAltName, X509Store};
use portner_domain::Moment;
use serde::Deserialize;
use uuid::Uuid;

/// Whose certificate signs the file (Metadata Service 3.1.3). The roots are public authorities: they have
/// certified others too.
const SIGNER: &str = "mds.fidoalliance.org";
/// What makes a model unfit (Metadata Service 3.1.4). Some of it may be put right by new firmware, which a key can't
/// prove that it has.
const WITHDRAWN: [&str; 5] = [
    "REVOKED",
    "USER_VERIFICATION_BYPASS",
    "ATTESTATION_KEY_COMPROMISE",
    "USER_KEY_REMOTE_COMPROMISE",
    "USER_KEY_PHYSICAL_COMPROMISE",
];
/// A PIN that the key itself checks, wherever it is typed. Who is recognised by a finger alone is not at High.
const PINS: [&str; 2] = ["passcode_internal", "passcode_external"];

/// Why the file can't be used.
#[derive(Debug, thiserror::Error)]
pub enum MetadataProblem {
    /// There has to be one.
    #[error("a list of models needs the metadata that says which keys are of these models")]
    Missing,
    /// It can't be read.
    #[error("it can't be read")]
    Unreadable(#[source] std::io::Error),
    /// It is far larger than what is published.
    #[error("it is too large")]
    TooLarge,
    /// It is no signed file of this kind.
    #[error("it is no signed metadata: {0}")]
    Malformed(&'static str),
    /// No root was given, or what was given is none.
    #[error("the root file has no certificate that can be read")]
    Roots,
    /// The certificate that signs it does not lead to a root that was given, is out of date, or is not FIDO's.
    #[error("the certificate that signs it can't be trusted")]
    Untrusted,
    /// It is not what was signed.
    #[error("its signature is wrong")]
    Signature,
    /// A newer one was in use.
    #[error("it is older than what was in use before")]
    OlderThanBefore,
}

/// What is known of models.
#[derive(Debug, Default)]
pub struct Metadata {
    /// It counts upward.
    pub number: u64,
    /// When the next one is due.
    pub next_update: Option<Moment>,
    models: BTreeMap<Uuid, Model>,
}

/// What is known of one model.
#[derive(Debug, Default)]
pub struct Model {
    /// The certificates that those of its keys lead to.
    pub(super) roots: Vec<Certificate>,
    /// Why none of it is accepted any more: a word of FIDO's.
    pub(super) withdrawn: Option<String>,
    /// Its keys never leave hardware.
    pub(super) holds_keys_in_hardware: bool,
    /// It can ask for a PIN, and checks that itself.
    pub(super) asks_for_a_pin: bool,
}

impl Metadata {
    /// Read a file that is signed by FIDO, as these roots say.
    pub fn verify(text: &str, roots_pem: &[u8], now: Moment) -> Result<Self, MetadataProblem> {
        let text = text.trim();
        let (signed, signature) = text.rsplit_once('.').ok_or(MetadataProblem::Malformed("three parts"))?;
        let (header, payload) = signed.split_once('.').ok_or(MetadataProblem::Malformed("three parts"))?;
        let header: Header = part(header)?;
        let chain = header.x5c.iter().map(|text| certificate(text)).collect::<Option<Vec<_>>>();
        let chain = chain.ok_or(MetadataProblem::Malformed("x5c"))?;
        let roots = roots(roots_pem)?;
        let (leaf, rest) = chain.split_first().ok_or(MetadataProblem::Malformed("x5c"))?;
        let trusted = roots.iter().any(|root| {
            X509Store::new(std::slice::from_ref(root)).verify(leaf, rest, system_time(now)).is_ok()
        });
        if !trusted || !is_of(leaf, SIGNER) {
            return Err(MetadataProblem::Untrusted);
        }
        let signature =
            URL_SAFE_NO_PAD.decode(signature).map_err(|_| MetadataProblem::Malformed("signature"))?;
        check_signature(leaf, &header.alg, signed.as_bytes(), &signature)?;
        Ok(Self::read(part(payload)?, now))
    }

    /// What is known of a model.
    pub fn model(&self, aaguid: Uuid) -> Option<&Model> {
        self.models.get(&aaguid)
    }

    /// How many models it knows.
    pub fn len(&self) -> usize {
        self.models.len()
    }

    /// Is nothing known of any?
    pub fn is_empty(&self) -> bool {
        self.models.is_empty()
    }

    /// Is the next one due?
    pub fn is_stale(&self, now: Moment) -> bool {
        self.next_update.is_some_and(|due| due < now)
    }

    fn read(payload: Payload, now: Moment) -> Self {
        let models = payload.entries.into_iter().filter_map(|entry| {
            let aaguid = entry.aaguid?;
            Some((aaguid, Model::read(&entry, now)))
        });
        Self { number: payload.no, next_update: moment_of(&payload.next_update), models: models.collect() }
    }
}

impl Model {
    fn read(entry: &Entry, now: Moment) -> Self {
        let statement = &entry.metadata_statement;
        let in_force = |report: &&StatusReport| {
            let from = report.effective_date.as_deref().and_then(moment_of);
            from.is_none_or(|from| from <= now)
        };
        let mut statuses = entry.status_reports.iter().filter(in_force).map(|report| report.status.as_str());
        let withdrawn = statuses.find(|status| WITHDRAWN.contains(status)).map(str::to_owned);
        let protection = |word: &str| statement.key_protection.iter().any(|it| it == word);
        let mut methods = statement.user_verification_details.iter().flatten();
        Self {
            // One that can't be read vouches for nobody.
            roots: statement.attestation_root_certificates.iter().filter_map(|it| certificate(it)).collect(),
            withdrawn,
            holds_keys_in_hardware: protection("hardware") && !protection("software"),
            asks_for_a_pin: methods.any(|it| PINS.contains(&it.user_verification_method.as_str())),
        }
    }
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    #[serde(default)]
    x5c: Vec<String>,
}

/// What is read of it. The rest is for people, and grows with every edition.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Payload {
    no: u64,
    next_update: String,
    entries: Vec<Entry>,
}

/// A model; those of older protocols have no AAGUID.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entry {
    aaguid: Option<Uuid>,
    #[serde(default)]
    status_reports: Vec<StatusReport>,
    #[serde(default)]
    metadata_statement: Statement,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct StatusReport {
    status: String,
    effective_date: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Statement {
    attestation_root_certificates: Vec<String>,
    key_protection: Vec<String>,
    user_verification_details: Vec<Vec<Method>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Method {
    #[serde(default)]
    user_verification_method: String,
}

/// What the library for certificates wants to be told instead of asking.
pub(super) fn system_time(now: Moment) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(now.unix_seconds())
}

fn part<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, MetadataProblem> {
    let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| MetadataProblem::Malformed("base64"))?;
    serde_json::from_slice(&bytes).map_err(|_| MetadataProblem::Malformed("JSON"))
}

/// In base64, sometimes with line breaks in it.
fn certificate(text: &str) -> Option<Certificate> {
    let text: String = text.split_whitespace().collect();
    Certificate::from_der(&STANDARD.decode(text).ok()?).ok()
}

fn roots(pem: &[u8]) -> Result<Vec<Certificate>, MetadataProblem> {
    let text = std::str::from_utf8(pem).map_err(|_| MetadataProblem::Roots)?;
    let blocks = text.split("-----BEGIN CERTIFICATE-----").skip(1);
    let bodies = blocks.map(|block| block.split("-----END").next().unwrap_or_default());
    let roots = bodies.map(certificate).collect::<Option<Vec<_>>>().filter(|roots| !roots.is_empty());
    roots.ok_or(MetadataProblem::Roots)
}

/// Is the certificate this host's? By its alternative names alone (RFC 9525 6.3).
fn is_of(certificate: &Certificate, host: &str) -> bool {
    let names = certificate.tbs_certificate().get_extension::<SubjectAltName>().ok().flatten();
    names.is_some_and(|(_, names)| {
        names.0.iter().any(
            |name| matches!(name, GeneralName::DnsName(name) if name.as_str().eq_ignore_ascii_case(host)),
        )
    })
}

fn check_signature(
    signer: &Certificate,
    algorithm: &str,
    signed: &[u8],
    signature: &[u8],
) -> Result<(), MetadataProblem> {
    let algorithm: &'static dyn VerificationAlgorithm = match algorithm {
        "RS256" => &RSA_PKCS1_2048_8192_SHA256,
        "ES256" => &ECDSA_P256_SHA256_FIXED,
        _ => return Err(MetadataProblem::Malformed("algorithm")),
    };
    let key = signer.tbs_certificate().subject_public_key_info().subject_public_key.raw_bytes();
    UnparsedPublicKey::new(algorithm, key).verify(signed, signature).map_err(|_| MetadataProblem::Signature)
}

/// The first moment of a day, `2026-11-30`.
fn moment_of(day: &str) -> Option<Moment> {
    let format = time::macros::format_description!("[year]-[month]-[day]");
    let day = time::Date::parse(day, format).ok()?;
    Some(Moment(day.midnight().assume_utc().unix_timestamp().saturating_mul(1_000)))
}
