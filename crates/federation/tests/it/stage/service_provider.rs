//! What a service provider does: it describes itself, asks for logins, and reads what it is answered.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use portner_domain::Millis;
use portner_saml::{
    BuildError, Carried, Certificate, DecryptionKey, ExpectedResponse, FileKey, IdentityProvider, LocalName,
    NameIdFormat, RequestDescription, RequestedAttribute, ResponseRefusal, Signer, SpDescription,
    VerifiedAssertion, authn_request, new_id, redirect, response, signed_authn_request,
};

use super::{Request, SSO, Sp, World, own_metadata};

impl Sp {
    /// One that nobody has registered yet.
    pub fn named(name: &str) -> Self {
        let key = testdata!("sp.key.pem");
        Self {
            entity_id: format!("https://saml.{name}.example"),
            acs: format!("https://{name}.example/acs"),
            key: FileKey::from_pem(key, testdata!("sp.crt.pem")).unwrap(),
            logout: Vec::new(),
            decryption: DecryptionKey::from_pem(key).unwrap(),
            provider: IdentityProvider::parse(own_metadata().as_bytes()).unwrap(),
        }
    }

    /// Its administrator gives it our metadata.
    pub fn learns(&mut self, metadata: &str) {
        self.provider = IdentityProvider::parse(metadata.as_bytes()).unwrap();
    }

    /// The keys it knows us by.
    pub fn knows(&self) -> Vec<&str> {
        self.provider.signing_keys.iter().map(Certificate::key_id).collect()
    }

    /// What its metadata says.
    pub fn describes_itself(&self, name: &str) -> SpDescription {
        self.describes_itself_asking(name, &["eid/fullName", "eid/email"])
    }

    /// The same when it asks for these attributes.
    pub fn describes_itself_asking(&self, name: &str, attributes: &[&str]) -> SpDescription {
        let certificate = self.key.certificate().clone();
        let attribute = |name: &str| RequestedAttribute {
            name: if name.contains(':') {
                name.to_owned()
            } else {
                format!("https://data.gov.dk/model/core/{name}")
            },
            friendly_name: None,
            required: false,
        };
        SpDescription {
            entity_id: self.entity_id.clone(),
            signing: vec![certificate.clone()],
            encryption: vec![certificate],
            assertion_consumers: vec![self.acs.clone()],
            logout: self.logout.clone(),
            name_id_formats: vec![NameIdFormat::Persistent],
            display_name: LocalName { da: Some(format!("Tjenesten {name}")), en: None },
            requested_attributes: attributes.iter().map(|name| attribute(name)).collect(),
        }
    }

    /// A request, with whatever is to differ from the ordinary one.
    pub fn request(&self, world: &World, wish: impl FnOnce(&mut RequestDescription<'_>)) -> Request {
        self.request_with(world, None, wish)
    }

    /// A request with a RelayState.
    pub fn request_with(
        &self,
        world: &World,
        relay_state: Option<&str>,
        wish: impl FnOnce(&mut RequestDescription<'_>),
    ) -> Request {
        let (id, xml) = self.described(world, wish, authn_request);
        Request {
            id,
            url: redirect::signed_url(SSO, Carried::Request, &xml, relay_state, &self.key).unwrap(),
        }
    }

    /// A request that wishes for a kind of name.
    pub fn request_for_name(&self, world: &World, format: &str) -> Request {
        let (id, xml) = self.described(world, |_| (), authn_request);
        let (head, _) = xml.rsplit_once("</").unwrap();
        let xml = xml.replacen(head, &format!("{head}<samlp:NameIDPolicy Format=\"{format}\"/>"), 1);
        Request { id, url: redirect::signed_url(SSO, Carried::Request, &xml, None, &self.key).unwrap() }
    }

    /// A request for levels with a comparison of its own.
    pub fn request_comparing(
        &self,
        world: &World,
        comparison: &str,
        class_refs: &'static [&'static str],
    ) -> Request {
        let (id, xml) = self.described(world, |it| it.class_refs = class_refs, authn_request);
        let xml = xml.replace("Comparison=\"minimum\"", &format!("Comparison=\"{comparison}\""));
        assert!(xml.contains(comparison), "{xml}");
        Request { id, url: redirect::signed_url(SSO, Carried::Request, &xml, None, &self.key).unwrap() }
    }

    /// A request in a form: its ID and the field `SAMLRequest`.
    pub fn form(&self, world: &World, wish: impl FnOnce(&mut RequestDescription<'_>)) -> (String, String) {
        let (id, xml) = self.described(world, wish, |it| signed_authn_request(it, &self.key));
        (id, STANDARD.encode(xml))
    }

    fn described(
        &self,
        world: &World,
        wish: impl FnOnce(&mut RequestDescription<'_>),
        write: impl Fn(&RequestDescription<'_>) -> Result<String, BuildError>,
    ) -> (String, String) {
        let id = new_id(&*world.stage.entropy);
        let mut it = RequestDescription {
            id: &id,
            issuer: &self.entity_id,
            destination: SSO,
            acs: Some(&self.acs),
            now: world.now(),
            force_authn: false,
            is_passive: false,
            class_refs: &[],
            requester_ids: &[],
        };
        wish(&mut it);
        let xml = write(&it).unwrap();
        (id, xml)
    }

    /// Decrypt, verify, and read: issuer, audience, addresses, times and the request are looked at on the way.
    pub fn reads(
        &self,
        world: &World,
        answer: &str,
        request_id: &str,
    ) -> Result<VerifiedAssertion, ResponseRefusal> {
        let expected = ExpectedResponse {
            acs: &self.acs,
            audience: &self.entity_id,
            in_response_to: request_id,
            now: world.now(),
            skew: Millis(0),
        };
        response::receive(answer)?.verify(&self.provider, &self.decryption, &expected)
    }

    /// The last word of the second status code of an answer that is none, and signed.
    pub fn hears(&self, world: &World, answer: &str, request_id: &str) -> String {
        match self.reads(world, answer, request_id) {
            Err(ResponseRefusal::Failed(failure)) => {
                assert!(failure.signed, "{failure:?}");
                failure.second.unwrap().rsplit(':').next().unwrap().to_owned()
            }
            other => panic!("an answer without assertion was due: {other:?}"),
        }
    }
}

impl Request {
    /// As it reaches us: without question mark, exactly as it was written.
    pub fn raw_query(&self) -> &str {
        self.url.split_once('?').unwrap().1
    }
}
