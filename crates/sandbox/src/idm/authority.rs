//! Who vouches for the simulator and for its clients: a chain of its own, made at every start and trusted by nobody else.

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, PKCS_RSA_SHA256, RsaKeySize,
};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::problem::Problem;

/// An authority.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    certificate: CertificateDer<'static>,
    pem: String,
}

/// A certificate for a client, with its key.
pub struct Issued {
    /// As it is shown.
    pub certificate_der: Vec<u8>,
    /// The same as text.
    pub certificate_pem: String,
    /// The key (PKCS#8).
    pub key_pem: String,
}

impl Authority {
    /// A new one.
    pub fn new() -> Result<Self, Problem> {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        params.distinguished_name.push(DnType::CommonName, "Simulated authority, good for nothing else");
        let key = KeyPair::generate().map_err(failed)?;
        let certificate = params.self_signed(&key).map_err(failed)?;
        let pem = certificate.pem();
        Ok(Self { issuer: Issuer::new(params, key), certificate: certificate.der().clone(), pem })
    }

    /// What clients of the simulator have to trust.
    pub fn pem(&self) -> &str {
        &self.pem
    }

    /// The same in bytes.
    pub fn certificate(&self) -> CertificateDer<'static> {
        self.certificate.clone()
    }

    /// A certificate for this machine, and its key.
    pub fn server(&self) -> Result<(CertificateDer<'static>, PrivateKeyDer<'static>), Problem> {
        let names = ["localhost", "127.0.0.1", "::1"].map(str::to_owned);
        let mut params = CertificateParams::new(names).map_err(failed)?;
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        let key = KeyPair::generate().map_err(failed)?;
        let certificate = params.signed_by(&key, &self.issuer).map_err(failed)?;
        let key = PrivateKeyDer::try_from(key.serialize_der()).map_err(failed)?;
        Ok((certificate.der().clone(), key))
    }

    /// A certificate for a client: RSA, as those of OCES3 are.
    pub fn client(&self, name: &str) -> Result<Issued, Problem> {
        let mut params = CertificateParams::default();
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        params.distinguished_name.push(DnType::CountryName, "DK");
        params.distinguished_name.push(DnType::CommonName, format!("Simulated system certificate {name}"));
        let key = KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_3072).map_err(failed)?;
        let certificate = params.signed_by(&key, &self.issuer).map_err(failed)?;
        Ok(Issued {
            certificate_der: certificate.der().to_vec(),
            certificate_pem: certificate.pem(),
            key_pem: key.serialize_pem(),
        })
    }
}

fn failed(error: impl std::fmt::Display) -> Problem {
    Problem::new(format!("the simulator's certificates can't be made: {error}"))
}
