//! AuthnRequests written by hand, right or wrong in any one respect.

use std::fmt::Write;
use std::io::Write as _;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use flate2::Compression;
use flate2::write::DeflateEncoder;
use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime};
use url::form_urlencoded::byte_serialize;

use super::ThrowAwaySp;

const RSA_SHA256: &str = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256";

/// A request as its service provider means it; change a field to make it wrong.
#[derive(Clone)]
pub struct AuthnRequest {
    pub id: String,
    pub issuer: String,
    pub destination: String,
    pub acs_url: String,
    pub age: Duration,
    pub relay_state: Option<String>,
    /// The least level asked for, as a URI.
    pub minimum: Option<&'static str>,
    pub is_passive: bool,
}

impl AuthnRequest {
    pub fn xml(&self) -> String {
        let Self { id, issuer, destination, acs_url, is_passive, .. } = self;
        let issued = (OffsetDateTime::now_utc() - self.age).format(&Rfc3339).expect("a date");
        let minimum = self.minimum.map_or_else(String::new, |level| {
            format!(
                "<samlp:RequestedAuthnContext Comparison=\"minimum\"><saml:AuthnContextClassRef>{level}\
                 </saml:AuthnContextClassRef></samlp:RequestedAuthnContext>"
            )
        });
        format!(
            "<samlp:AuthnRequest xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\" \
             xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\" ID=\"{id}\" Version=\"2.0\" \
             IssueInstant=\"{issued}\" Destination=\"{destination}\" IsPassive=\"{is_passive}\" \
             AssertionConsumerServiceURL=\"{acs_url}\"><saml:Issuer>{issuer}</saml:Issuer>{minimum}\
             </samlp:AuthnRequest>"
        )
    }

    /// The URL of the HTTP-Redirect binding, signed with the service provider's key (SAML Bindings 3.4.4.1).
    pub fn signed_url(&self, sp: &ThrowAwaySp) -> String {
        let mut query = self.query();
        let _ = write!(query, "&SigAlg={}", escape(RSA_SHA256.as_bytes()));
        let signature = sp.sign(query.as_bytes());
        format!("{}?{query}&Signature={}", self.destination, escape(BASE64.encode(signature).as_bytes()))
    }

    pub fn unsigned_url(&self) -> String {
        format!("{}?{}", self.destination, self.query())
    }

    /// What the HTTP-POST binding would carry, unsigned.
    pub fn posted(&self) -> String {
        BASE64.encode(self.xml())
    }

    fn query(&self) -> String {
        let mut deflate = DeflateEncoder::new(Vec::new(), Compression::default());
        deflate.write_all(self.xml().as_bytes()).expect("memory");
        let message = BASE64.encode(deflate.finish().expect("memory"));
        let mut query = format!("SAMLRequest={}", escape(message.as_bytes()));
        if let Some(state) = &self.relay_state {
            let _ = write!(query, "&RelayState={}", escape(state.as_bytes()));
        }
        query
    }
}

fn escape(bytes: &[u8]) -> String {
    byte_serialize(bytes).collect()
}
