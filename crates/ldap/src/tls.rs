//! TLS toward directories: 1.2 or later, a certificate from an authority that is trusted, for the name that was
//! asked for. There is no switch to turn that off.

use std::sync::Arc;

use rustls::crypto::aws_lc_rs::default_provider;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};

/// Authorities that can't be used.
#[derive(Debug, thiserror::Error)]
pub enum BadAuthorities {
    /// Not certificates.
    #[error("there is no certificate (PEM) in it, or one that can't be read")]
    Unreadable,
    /// The machine has none.
    #[error("the machine trusts no certificate authority; install ca-certificates or set ca_file")]
    NoneOnTheMachine,
    /// The library refused.
    #[error("TLS can't be set up: {0}")]
    Tls(#[from] rustls::Error),
}

/// What every connection is made with. Authorities of one's own take the place of the machine's: then nobody else
/// can vouch for a directory.
pub fn client_config(authorities: Option<&[u8]>) -> Result<Arc<ClientConfig>, BadAuthorities> {
    let mut roots = RootCertStore::empty();
    match authorities {
        Some(pem) => {
            for certificate in CertificateDer::pem_slice_iter(pem) {
                let certificate = certificate.map_err(|_| BadAuthorities::Unreadable)?;
                roots.add(certificate).map_err(|_| BadAuthorities::Unreadable)?;
            }
            if roots.is_empty() {
                return Err(BadAuthorities::Unreadable);
            }
        }
        None => {
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
            if roots.is_empty() {
                return Err(BadAuthorities::NoneOnTheMachine);
            }
        }
    }
    let config = ClientConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Arc::new(config))
}

#[cfg(test)]
mod tests {
    use super::{BadAuthorities, client_config};

    #[test]
    fn what_is_no_authority_is_refused() {
        for pem in ["", "no certificate", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"] {
            assert!(matches!(client_config(Some(pem.as_bytes())), Err(BadAuthorities::Unreadable)), "{pem}");
        }
    }
}
