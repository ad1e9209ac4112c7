//! A service provider made with node-saml: it asks, and judges what it gets, with code that no other judge shares.

use std::process::Command;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Value, json};

use super::process::{run, tests_folder};
use super::throw_away_sp::signing_certificate;
use super::{Portner, ThrowAwaySp};

pub struct NodeSaml<'s> {
    sp: &'s ThrowAwaySp,
    sso_url: String,
    idp_certificate: String,
}

impl<'s> NodeSaml<'s> {
    /// With the key of `sp`, trusting what `portner` publishes.
    pub async fn with_key_of(sp: &'s ThrowAwaySp, portner: &Portner) -> Self {
        let idp_certificate = signing_certificate(&portner.metadata().await);
        Self { sp, sso_url: portner.sso_url(), idp_certificate }
    }

    /// The same, trusting somebody else's key.
    pub fn trusting(&self, certificate: &str) -> Self {
        Self { sp: self.sp, sso_url: self.sso_url.clone(), idp_certificate: certificate.to_owned() }
    }

    /// The URL of a signed request, and its ID.
    pub fn asks(&self) -> (String, String) {
        let answer = self.answer(json!({ "ask": true }));
        let text = |name: &str| answer[name].as_str().expect("a text").to_owned();
        (text("url"), text("requestId"))
    }

    /// Who is logged in by this response to that request, or why nobody is.
    pub fn judges(&self, response: &str, request_id: &str) -> Result<Value, String> {
        let mut answer = self.answer(json!({ "response": BASE64.encode(response), "requestId": request_id }));
        match answer["refused"].as_str() {
            Some(why) => Err(why.to_owned()),
            None => Ok(answer["profile"].take()),
        }
    }

    fn answer(&self, mut question: Value) -> Value {
        question["acs"] = self.sp.acs_url().into();
        question["sso"] = self.sso_url.as_str().into();
        question["entityId"] = self.sp.entity_id.as_str().into();
        question["idp"] = "https://saml.portner.test".into();
        question["idpCertificate"] = self.idp_certificate.as_str().into();
        question["key"] = self.sp.key_pem().into();
        let mut node = Command::new("node");
        node.arg(tests_folder().join("service-providers/node-saml.mjs"));
        let said = run(&mut node, &question.to_string()).unwrap_or_else(|error| panic!("{error}"));
        serde_json::from_str(&said).expect("JSON")
    }
}
