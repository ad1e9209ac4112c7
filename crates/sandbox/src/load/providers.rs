//! The service providers that the crowd goes round: each with a key, and an eye for who comes.

use portner_domain::{Clock, Millis};
use portner_saml::generate::rsa_2048;
use portner_saml::metadata::service_provider_metadata;
use portner_saml::{
    Carried, DecryptionKey, ExpectedResponse, FileKey, IdentityProvider, LocalName, NameIdFormat,
    RequestDescription, RequestedAttribute, Signer, SpDescription, VerifiedAssertion, authn_request, new_id,
    redirect, response,
};

use crate::demo::folder::{Folder, write_atomically};
use crate::demo::program::{Program, run};
use crate::problem::Problem;
use crate::real::{RealClock, RealEntropy};

/// How far the clocks may be apart.
const SKEW: Millis = Millis::minutes(3);
const LEVEL: &str = "https://data.gov.dk/concept/core/nsis/loa/Substantial";
const FULL_NAME: &str = "https://data.gov.dk/model/core/eid/fullName";

/// A service provider.
pub struct Provider {
    entity_id: String,
    acs: String,
    key: FileKey,
    decryption: DecryptionKey,
}

/// A question under way.
pub struct Question {
    /// Its identifier.
    pub id: String,
    /// The address that carries it.
    pub url: String,
}

impl Provider {
    /// A new one, known to Portner.
    pub async fn register(number: u32, program: &Program, folder: &Folder) -> Result<Self, Problem> {
        let failed = |error: &dyn std::fmt::Display| Problem::new(format!("a service provider: {error}"));
        let made = rsa_2048("load", RealClock.now(), &RealEntropy).map_err(|error| failed(&error))?;
        let (key, certificate) = (made.key_pem.as_bytes(), made.certificate_pem.as_bytes());
        let provider = Self {
            entity_id: format!("https://saml.load-{number}.example"),
            acs: format!("https://load-{number}.example/acs"),
            key: FileKey::from_pem(key, certificate).map_err(|error| failed(&error))?,
            decryption: DecryptionKey::from_pem(key).map_err(|error| failed(&error))?,
        };
        let file = folder.own(&format!("load-{number}.xml"));
        let metadata = service_provider_metadata(&provider.description()).map_err(|error| failed(&error))?;
        write_atomically(&file, metadata.as_bytes())?;
        run(program.command().args(["sp", "add"]).arg(&file), "").await?;
        Ok(provider)
    }

    fn description(&self) -> SpDescription {
        SpDescription {
            entity_id: self.entity_id.clone(),
            signing: vec![self.key.certificate().clone()],
            encryption: vec![self.key.certificate().clone()],
            assertion_consumers: vec![self.acs.clone()],
            logout: Vec::new(),
            name_id_formats: vec![NameIdFormat::Persistent],
            display_name: LocalName::default(),
            requested_attributes: vec![RequestedAttribute {
                name: FULL_NAME.to_owned(),
                friendly_name: None,
                required: true,
            }],
        }
    }

    /// Who is it?
    pub fn ask(&self, idp: &IdentityProvider) -> Result<Question, Problem> {
        let id = new_id(&RealEntropy);
        let request = authn_request(&RequestDescription {
            id: &id,
            issuer: &self.entity_id,
            destination: &idp.sso_redirect,
            acs: Some(&self.acs),
            now: RealClock.now(),
            force_authn: false,
            is_passive: false,
            class_refs: &[LEVEL],
            requester_ids: &[],
        });
        let request = request.map_err(|error| Problem::new(error.to_string()))?;
        let url = redirect::signed_url(&idp.sso_redirect, Carried::Request, &request, None, &self.key);
        Ok(Question { id, url: url.map_err(|error| Problem::new(error.to_string()))? })
    }

    /// What the answer to a question says, if it can be believed: the name for machines and the name for people.
    pub fn believe(
        &self,
        field: &str,
        question: &Question,
        idp: &IdentityProvider,
    ) -> Result<(String, String), Problem> {
        let expected = ExpectedResponse {
            acs: &self.acs,
            audience: &self.entity_id,
            in_response_to: &question.id,
            now: RealClock.now(),
            skew: SKEW,
        };
        let received = response::receive(field).map_err(|error| Problem::new(error.to_string()))?;
        let assertion: VerifiedAssertion = received
            .verify(idp, &self.decryption, &expected)
            .map_err(|error| Problem::new(error.to_string()))?;
        let full_name = assertion.value(FULL_NAME).unwrap_or_default().to_owned();
        Ok((assertion.name_id.value, full_name))
    }

    /// Which one it is.
    pub fn name(&self) -> &str {
        &self.entity_id
    }
}
