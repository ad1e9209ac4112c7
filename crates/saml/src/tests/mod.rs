//! A small world to test in: an identity provider, a service provider, somebody else, and the time.

mod canonical;
mod changes;
mod differences;
mod encrypted;
mod failing;
mod judged;
mod logout;
mod metadata;
mod placements;
mod pollution;
mod privileges;
mod requests;
mod responses;
mod wrapping;

use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};

use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use portner_domain::{Entropy, Millis, Moment};

use crate::metadata::{LocalName, service_provider_metadata};
use crate::{
    Attribute, AttributeNameFormat, Binding, Certificate, DecryptionKey, EncryptionDefault, EncryptionTarget,
    Expected, ExpectedResponse, FileKey, IdentityProvider, IdpDescription, LogoutEndpoint, NameId,
    NameIdFormat, RequestDescription, RequestedAttribute, ServiceProvider, SpDescription, Success, new_id,
};

pub(crate) const IDP: &str = "https://saml.idp.example.dk";
pub(crate) const SSO: &str = "https://login.example.dk/saml/sso";
pub(crate) const SP: &str = "https://saml.sp.example.dk";
pub(crate) const ACS: &str = "https://sp.example.dk/saml/assertionConsumer";
pub(crate) const ACS_2: &str = "https://sp.example.dk/saml/other";

macro_rules! testdata {
    ($name:literal) => {
        include_bytes!(concat!("../../testdata/", $name))
    };
}

macro_rules! key {
    ($name:ident, $key:literal, $certificate:literal) => {
        pub(crate) static $name: LazyLock<FileKey> =
            LazyLock::new(|| FileKey::from_pem(testdata!($key), testdata!($certificate)).unwrap());
    };
}

key!(IDP_KEY, "idp.key.pem", "idp.crt.pem");
key!(SP_KEY, "sp.key.pem", "sp.crt.pem");
key!(OTHER_KEY, "other.key.pem", "other.crt.pem");

pub(crate) use testdata;

/// Different every time, the same in every run.
pub(crate) struct Sequence(AtomicU64);

impl Entropy for Sequence {
    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(32) {
            let n = self.0.fetch_add(1, Ordering::Relaxed).to_be_bytes();
            chunk.copy_from_slice(&digest::digest(&digest::SHA256, &n).as_ref()[..chunk.len()]);
        }
    }
}

pub(crate) static ENTROPY: Sequence = Sequence(AtomicU64::new(0));

pub(crate) fn now() -> Moment {
    Moment::parse_xs_date_time("2026-11-21T09:15:04.120Z").unwrap()
}

pub(crate) fn expected() -> Expected<'static> {
    Expected { destination: SSO, now: now(), skew: Millis::minutes(3), lifetime: Millis::minutes(5) }
}

pub(crate) fn certificate(pem: &[u8]) -> Certificate {
    Certificate::from_pem(pem).unwrap()
}

pub(crate) fn sp_description() -> SpDescription {
    SpDescription {
        entity_id: SP.to_owned(),
        signing: vec![certificate(testdata!("sp.crt.pem"))],
        encryption: vec![certificate(testdata!("sp.crt.pem"))],
        assertion_consumers: vec![ACS.to_owned(), ACS_2.to_owned()],
        logout: vec![LogoutEndpoint {
            binding: Binding::Redirect,
            location: "https://sp.example.dk/saml/logout".to_owned(),
            response_location: Some("https://sp.example.dk/saml/logoutResponse".to_owned()),
        }],
        name_id_formats: vec![NameIdFormat::Persistent],
        display_name: LocalName { da: Some("Selvbetjening".to_owned()), en: Some("Self-service".to_owned()) },
        requested_attributes: vec![RequestedAttribute {
            name: "https://data.gov.dk/concept/core/nsis/loa".to_owned(),
            friendly_name: Some("NSISLevelOfAssurance".to_owned()),
            required: true,
        }],
    }
}

pub(crate) fn provider() -> ServiceProvider {
    let metadata = service_provider_metadata(&sp_description()).unwrap();
    ServiceProvider::parse(metadata.as_bytes()).unwrap()
}

pub(crate) fn idp_description() -> IdpDescription {
    IdpDescription {
        entity_id: IDP.to_owned(),
        signing: vec![certificate(testdata!("idp.crt.pem"))],
        sso_redirect: SSO.to_owned(),
        sso_post: None,
        logout: Vec::new(),
        name_id_formats: vec![NameIdFormat::Persistent],
        attributes: vec![(
            "https://data.gov.dk/model/core/specVersion".to_owned(),
            Some("SpecVer".to_owned()),
        )],
        display_name: LocalName { da: Some("Kommunens log ind".to_owned()), en: None },
        logo: None,
        organization: None,
        contacts: Vec::new(),
        error_url: None,
        valid_until: None,
        cache_duration: None,
    }
}

pub(crate) fn identity_provider() -> IdentityProvider {
    let metadata = crate::metadata::identity_provider(&idp_description()).unwrap();
    IdentityProvider::parse(metadata.as_bytes()).unwrap()
}

pub(crate) fn request(id: &str) -> RequestDescription<'_> {
    RequestDescription {
        id,
        issuer: SP,
        destination: SSO,
        acs: Some(ACS),
        now: now(),
        force_authn: false,
        is_passive: false,
        class_refs: &["https://data.gov.dk/concept/core/nsis/loa/Substantial"],
        requester_ids: &[],
    }
}

pub(crate) fn sp_decryption() -> DecryptionKey {
    DecryptionKey::from_pem(testdata!("sp.key.pem")).unwrap()
}

pub(crate) fn target() -> EncryptionTarget {
    EncryptionTarget::choose(&provider(), EncryptionDefault::Widest, now()).unwrap()
}

pub(crate) fn base64(text: &str) -> String {
    STANDARD.encode(text)
}

pub(crate) fn expected_response() -> ExpectedResponse<'static> {
    ExpectedResponse {
        acs: ACS,
        audience: SP,
        in_response_to: "_request",
        now: now(),
        skew: Millis::minutes(3),
    }
}

pub(crate) fn name_id() -> NameId {
    NameId {
        format: NameIdFormat::Persistent,
        value: "https://data.gov.dk/model/core/eid/professional/uuid/3f0d6e6e-0b0e-4a54-9c52-0f4f5d5b9a11"
            .to_owned(),
    }
}

pub(crate) fn attributes(values: &[&str]) -> Vec<Attribute> {
    vec![Attribute {
        name: "https://data.gov.dk/model/core/eid/professional/orgName".to_owned(),
        name_format: AttributeNameFormat::Uri,
        friendly_name: Some("OrganizationName".to_owned()),
        values: values.iter().map(|value| (*value).to_owned()).collect(),
    }]
}

/// Build a response from a success that the caller has changed.
pub(crate) fn respond(change: impl FnOnce(&mut Success<'_>)) -> String {
    respond_as(crate::ResponseSigning::AssertionOnly, change)
}

pub(crate) fn respond_as(signing: crate::ResponseSigning, change: impl FnOnce(&mut Success<'_>)) -> String {
    let (response_id, assertion_id) = (new_id(&ENTROPY), new_id(&ENTROPY));
    let (name_id, attributes) = (name_id(), attributes(&["Eksempel Kommune"]));
    let mut success = Success {
        response_id: &response_id,
        assertion_id: &assertion_id,
        in_response_to: "_request",
        issuer: IDP,
        acs: ACS,
        audience: SP,
        now: now(),
        valid_for: Millis::minutes(5),
        authn_instant: now().minus(Millis::seconds(6)),
        session_index: &assertion_id,
        session_not_on_or_after: None,
        class_ref: "https://data.gov.dk/concept/core/nsis/loa/Substantial",
        name_id: &name_id,
        attributes: &attributes,
        authenticating_authority: None,
    };
    change(&mut success);
    crate::response::success(&success, &*IDP_KEY, &target(), signing, &ENTROPY).unwrap()
}
