//! A service provider that exists for one test: a key, metadata, and other people's tools to judge what it gets.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

use time::Duration;

use super::Portner;
use super::portner::COMPATIBLE;
use super::process::{Folder, folder, run};
use super::request::AuthnRequest;

/// Nothing listens there: tests read what would be posted.
const ACS_URL: &str = "http://localhost:9/acs";

pub struct ThrowAwaySp {
    pub entity_id: String,
    folder: Folder,
}

impl ThrowAwaySp {
    /// With a new key, known to nobody.
    pub fn new(name: &str) -> Self {
        let sp = Self { entity_id: format!("https://saml.{name}.test"), folder: folder(name) };
        openssl(&[
            &["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-sha256", "-days", "30", "-subj", "/CN=sp"],
            &["-keyout", &sp.path("key.pem"), "-out", &sp.path("certificate.pem")][..],
        ]);
        fs::write(sp.metadata_file(), sp.metadata()).expect("metadata on disk");
        sp
    }

    /// … and trusted by `portner`.
    pub fn registered_at(portner: &Portner, name: &str) -> Self {
        let sp = Self::new(name);
        portner.cli.add_service_provider(&sp.metadata_file(), COMPATIBLE);
        sp
    }

    /// A request that nothing is wrong with.
    pub fn request(&self, portner: &Portner) -> AuthnRequest {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        AuthnRequest {
            id: format!("_request-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed)),
            issuer: self.entity_id.clone(),
            destination: portner.sso_url(),
            acs_url: ACS_URL.to_owned(),
            age: Duration::ZERO,
            relay_state: Some("where I was & why".to_owned()),
            minimum: None,
            is_passive: false,
        }
    }

    /// The same key as an IdP's, for service providers that only have to find their way.
    pub fn as_idp_metadata(&self, sso_url: &str) -> String {
        format!(
            "<md:EntityDescriptor xmlns:md=\"urn:oasis:names:tc:SAML:2.0:metadata\" \
             xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\" entityID=\"{}\"><md:IDPSSODescriptor \
             protocolSupportEnumeration=\"urn:oasis:names:tc:SAML:2.0:protocol\" \
             WantAuthnRequestsSigned=\"true\">{}<md:SingleSignOnService \
             Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect\" Location=\"{sso_url}\"/>\
             </md:IDPSSODescriptor></md:EntityDescriptor>",
            self.entity_id,
            self.key("signing"),
        )
    }

    pub fn acs_url(&self) -> &'static str {
        ACS_URL
    }

    pub fn sign(&self, bytes: &[u8]) -> Vec<u8> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let (message, signature) = (self.path(&format!("{number}.txt")), self.path(&format!("{number}.sig")));
        fs::write(&message, bytes).expect("message on disk");
        openssl(&[&["dgst", "-sha256", "-sign", &self.path("key.pem"), "-out", &signature, &message]]);
        fs::read(signature).expect("signature on disk")
    }

    /// The response as it is after xmlsec1 has opened its encrypted assertion.
    pub fn decrypt(&self, response: &str) -> Result<String, String> {
        let file = self.new_file("response", response);
        let mut xmlsec = Command::new("xmlsec1");
        xmlsec.args(["--decrypt", "--privkey-pem", &self.path("key.pem")]).arg(file);
        run(&mut xmlsec, "")
    }

    /// Does xmlsec1 find the assertion signed by the key in the IdP's metadata?
    pub fn verify(&self, decrypted: &str, idp_metadata: &str) -> Result<(), String> {
        let file = self.new_file("decrypted", decrypted);
        let certificate = self.new_file("idp", &signing_certificate(idp_metadata));
        let mut xmlsec = Command::new("xmlsec1");
        xmlsec.args(["--verify", "--id-attr:ID", "urn:oasis:names:tc:SAML:2.0:assertion:Assertion"]);
        xmlsec.arg("--pubkey-cert-pem").arg(certificate).arg(file);
        run(&mut xmlsec, "").map(drop)
    }

    /// Its private key, in PEM.
    pub fn key_pem(&self) -> String {
        fs::read_to_string(self.path("key.pem")).expect("key")
    }

    pub fn metadata_file(&self) -> PathBuf {
        self.folder.join("metadata.xml")
    }

    fn metadata(&self) -> String {
        format!(
            "<md:EntityDescriptor xmlns:md=\"urn:oasis:names:tc:SAML:2.0:metadata\" \
             xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\" entityID=\"{}\"><md:SPSSODescriptor \
             protocolSupportEnumeration=\"urn:oasis:names:tc:SAML:2.0:protocol\" \
             AuthnRequestsSigned=\"true\" WantAssertionsSigned=\"true\">{}{}<md:AssertionConsumerService \
             Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST\" Location=\"{ACS_URL}\" index=\"0\" \
             isDefault=\"true\"/></md:SPSSODescriptor></md:EntityDescriptor>",
            self.entity_id,
            self.key("signing"),
            self.key("encryption"),
        )
    }

    fn key(&self, purpose: &str) -> String {
        let pem = fs::read_to_string(self.path("certificate.pem")).expect("certificate");
        let certificate: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
        format!(
            "<md:KeyDescriptor use=\"{purpose}\"><ds:KeyInfo><ds:X509Data><ds:X509Certificate>{certificate}\
             </ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>"
        )
    }

    fn path(&self, name: &str) -> String {
        self.folder.join(name).to_str().expect("UTF-8").to_owned()
    }

    fn new_file(&self, name: &str, content: &str) -> PathBuf {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let file = self.folder.join(&format!("{name}-{}", COUNT.fetch_add(1, Ordering::Relaxed)));
        fs::write(&file, content).expect("file on disk");
        file
    }
}

pub fn signing_certificate(metadata: &str) -> String {
    let certificate = metadata.split("X509Certificate>").nth(1).expect("a certificate in the metadata");
    let base64 = certificate.split('<').next().expect("its text").split_whitespace().collect::<String>();
    // openssl reads PEM only in lines of 64.
    let lines: Vec<_> = base64.as_bytes().chunks(64).map(String::from_utf8_lossy).collect();
    format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", lines.join("\n"))
}

fn openssl(arguments: &[&[&str]]) {
    let mut openssl = Command::new("openssl");
    openssl.args(arguments.concat());
    run(&mut openssl, "").unwrap_or_else(|error| panic!("{error}"));
}
