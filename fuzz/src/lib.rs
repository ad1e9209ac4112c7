//! The small world that is fuzzed: an identity provider, a service provider, their keys, a moment, and the
//! messages that were honestly signed. `seeds` writes the messages down as the corpus to begin with.

use std::sync::LazyLock;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::rsa::{OAEP_SHA1_MGF1SHA1, OaepPublicEncryptingKey, PublicEncryptingKey};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use portner_domain::{Entropy, Millis, Moment};
use portner_saml::logout::{self, LogoutRequestDescription, LogoutResponseDescription};
use portner_saml::{
    Attribute, AttributeNameFormat, Binding, Certificate, Contact, ContactKind, DecryptionKey,
    EncryptionDefault, EncryptionTarget, Expected, ExpectedResponse, Failure, FileKey, IdentityProvider,
    IdpDescription, LocalName, LogoutEndpoint, NameId, NameIdFormat, Organization, RequestDescription,
    RequestedAttribute, ResponseSigning, ServiceProvider, SpDescription, Status, Success, authn_request,
    metadata, response, signed_authn_request,
};

/// Our entity id.
pub const IDP: &str = "https://saml.idp.example.dk";
/// Where requests go.
pub const SSO: &str = "https://login.example.dk/saml/sso";
/// Where logout messages go.
pub const SLO: &str = "https://login.example.dk/saml/slo";
/// The service provider's entity id.
pub const SP: &str = "https://saml.sp.example.dk";
/// Where responses go.
pub const ACS: &str = "https://sp.example.dk/saml/assertionConsumer";
/// The request that was answered.
pub const REQUEST: &str = "_request";

macro_rules! testdata {
    ($name:literal) => {
        include_bytes!(concat!("../../crates/saml/testdata/", $name))
    };
}

/// The identity provider's key.
pub static IDP_KEY: LazyLock<FileKey> =
    LazyLock::new(|| FileKey::from_pem(testdata!("idp.key.pem"), testdata!("idp.crt.pem")).expect("a key"));
/// The service provider's key.
pub static SP_KEY: LazyLock<FileKey> =
    LazyLock::new(|| FileKey::from_pem(testdata!("sp.key.pem"), testdata!("sp.crt.pem")).expect("a key"));
/// What the service provider decrypts with.
pub static SP_DECRYPTION: LazyLock<DecryptionKey> =
    LazyLock::new(|| DecryptionKey::from_pem(testdata!("sp.key.pem")).expect("a key"));
/// What we know of the service provider.
pub static PROVIDER: LazyLock<ServiceProvider> =
    LazyLock::new(|| ServiceProvider::parse(sp_metadata().as_bytes()).expect("metadata"));
/// What the service provider knows of us.
pub static IDENTITY_PROVIDER: LazyLock<IdentityProvider> =
    LazyLock::new(|| IdentityProvider::parse(idp_metadata().as_bytes()).expect("metadata"));

/// Not random: what is fuzzed is to be found again.
pub struct Sevens;

impl Entropy for Sevens {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(7);
    }
}

/// The one moment at which everything happens.
pub const NOW: Moment = Moment(1_795_252_504_120);

/// What the identity provider expects of a request.
pub fn expected() -> Expected<'static> {
    expected_at(SSO)
}

/// What it expects of a message to one of its addresses.
pub fn expected_at(destination: &str) -> Expected<'_> {
    Expected { destination, now: NOW, skew: Millis::minutes(3), lifetime: Millis::minutes(5) }
}

/// What the service provider expects of a response.
pub fn expected_response() -> ExpectedResponse<'static> {
    let skew = Millis::minutes(3);
    ExpectedResponse { acs: ACS, audience: SP, in_response_to: REQUEST, now: NOW, skew }
}

fn certificate(pem: &[u8]) -> Certificate {
    Certificate::from_pem(pem).expect("a certificate")
}

/// Metadata of the service provider.
pub fn sp_metadata() -> String {
    let certificate = certificate(testdata!("sp.crt.pem"));
    let description = SpDescription {
        entity_id: SP.to_owned(),
        signing: vec![certificate.clone()],
        encryption: vec![certificate],
        assertion_consumers: vec![ACS.to_owned(), format!("{ACS}/2")],
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
    };
    metadata::service_provider_metadata(&description).expect("metadata")
}

fn idp_description() -> IdpDescription {
    IdpDescription {
        entity_id: IDP.to_owned(),
        signing: vec![certificate(testdata!("idp.crt.pem")), certificate(testdata!("other.crt.pem"))],
        sso_redirect: SSO.to_owned(),
        sso_post: Some(SSO.to_owned()),
        logout: vec![LogoutEndpoint {
            binding: Binding::Post,
            location: "https://login.example.dk/saml/slo".to_owned(),
            response_location: None,
        }],
        name_id_formats: Vec::new(),
        attributes: vec![("urn:a".to_owned(), Some("a".to_owned()))],
        display_name: LocalName { da: Some("Kommunens log ind".to_owned()), en: None },
        logo: None,
        organization: Some(Organization {
            name: "Eksempel".to_owned(),
            display_name: "Eksempel".to_owned(),
            url: "https://example.dk/".to_owned(),
        }),
        contacts: vec![Contact {
            kind: ContactKind::Technical,
            company: None,
            email: "it@example.dk".to_owned(),
            telephone: None,
        }],
        error_url: None,
        valid_until: Some(NOW),
        cache_duration: Some(Millis::hours(6)),
    }
}

/// Metadata of the identity provider.
pub fn idp_metadata() -> String {
    metadata::identity_provider(&idp_description()).expect("metadata")
}

/// … with a signature.
pub fn signed_idp_metadata() -> String {
    metadata::signed_identity_provider(&idp_description(), &*IDP_KEY, &Sevens).expect("metadata")
}

fn request() -> RequestDescription<'static> {
    RequestDescription {
        id: REQUEST,
        issuer: SP,
        destination: SSO,
        acs: Some(ACS),
        now: NOW,
        force_authn: false,
        is_passive: false,
        class_refs: &["https://data.gov.dk/concept/core/nsis/loa/Substantial"],
        requester_ids: &["urn:a"],
    }
}

/// A request without a signature.
pub fn plain_request() -> String {
    authn_request(&request()).expect("a request")
}

/// A request with a signature inside.
pub fn signed_request() -> String {
    signed_authn_request(&request(), &*SP_KEY).expect("a request")
}

/// A request to log somebody out, with a signature inside or none.
pub fn logout_request(signed: bool) -> String {
    let name_id = NameId { format: NameIdFormat::Persistent, value: "urn:uuid:anna".to_owned() };
    let it = LogoutRequestDescription {
        id: "_logout",
        issuer: SP,
        destination: SLO,
        now: NOW,
        not_on_or_after: NOW.plus(Millis::minutes(5)),
        name_id: &name_id,
        session_indexes: &["_session"],
    };
    let built =
        if signed { logout::signed_logout_request(&it, &*SP_KEY) } else { logout::logout_request(&it) };
    built.expect("a request")
}

/// The answer to one.
pub fn logout_response(signed: bool) -> String {
    let status = Status::PARTIAL_LOGOUT;
    let it = LogoutResponseDescription {
        id: "_answer",
        in_response_to: "_logout",
        issuer: SP,
        destination: SLO,
        now: NOW,
        status: &status,
    };
    let built =
        if signed { logout::signed_logout_response(&it, &*SP_KEY) } else { logout::logout_response(&it) };
    built.expect("a response")
}

/// A response, with one assertion signed and encrypted.
pub fn encrypted_response(signing: ResponseSigning) -> String {
    let name_id = NameId { format: NameIdFormat::Persistent, value: "urn:uuid:anna".to_owned() };
    let attributes = [Attribute {
        name: "https://data.gov.dk/model/core/eid/fullName".to_owned(),
        name_format: AttributeNameFormat::Uri,
        friendly_name: Some("Name".to_owned()),
        values: vec!["Anna".to_owned(), String::new()],
    }];
    let success = Success {
        response_id: "_response",
        assertion_id: "_assertion",
        in_response_to: REQUEST,
        issuer: IDP,
        acs: ACS,
        audience: SP,
        now: NOW,
        valid_for: Millis::minutes(5),
        authn_instant: NOW,
        session_index: "_assertion",
        session_not_on_or_after: None,
        class_ref: "https://data.gov.dk/concept/core/nsis/loa/Substantial",
        name_id: &name_id,
        attributes: &attributes,
        authenticating_authority: None,
    };
    let target = EncryptionTarget::choose(&PROVIDER, EncryptionDefault::Widest, NOW).expect("a key");
    response::success(&success, &*IDP_KEY, &target, signing, &Sevens).expect("a response")
}

/// A response that says no.
pub fn failure() -> String {
    let status = Status::NO_AUTHN_CONTEXT;
    let failure = Failure {
        response_id: "_f",
        in_response_to: REQUEST,
        issuer: IDP,
        acs: ACS,
        now: NOW,
        status: &status,
    };
    response::failure(&failure, &*IDP_KEY).expect("a response")
}

/// The assertion that is inside [`encrypted_response`], signed: decrypted as its owner would.
pub fn signed_assertion() -> String {
    let response = encrypted_response(ResponseSigning::AssertionOnly);
    let (_, tail) = response.rsplit_once("<xenc:CipherValue>").expect("content");
    let (content, _) = tail.split_once('<').expect("content");
    let mut sealed = STANDARD.decode(content).expect("base64");
    let (nonce, content) = sealed.split_at_mut(NONCE_LEN);
    let nonce = Nonce::try_assume_unique_for_key(nonce).expect("a nonce");
    let plain = content_key().open_in_place(nonce, Aad::empty(), content).expect("our own content");
    String::from_utf8(plain.to_vec()).expect("UTF-8")
}

/// The key that [`Sevens`] makes for every assertion.
fn content_key() -> LessSafeKey {
    LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &[7; 32]).expect("32 bytes"))
}

/// Whatever it is, as an encrypted assertion in a response without a signature: anybody can do that.
pub fn encrypted_to_the_provider(plain: &[u8]) -> String {
    static WRAPPED: LazyLock<String> = LazyLock::new(|| {
        let spki = SP_KEY_SPKI.as_slice();
        let key = PublicEncryptingKey::from_der(spki).expect("a key");
        let key = OaepPublicEncryptingKey::new(key).expect("a key");
        let mut room = vec![0; key.ciphertext_size()];
        let wrapped = key.encrypt(&OAEP_SHA1_MGF1SHA1, &[7; 32], &mut room, None).expect("room");
        STANDARD.encode(wrapped)
    });
    let mut content = plain.to_vec();
    let tag = content_key()
        .seal_in_place_separate_tag(Nonce::assume_unique_for_key([7; NONCE_LEN]), Aad::empty(), &mut content)
        .expect("a message");
    let sealed = STANDARD.encode([&[7; NONCE_LEN][..], &content, tag.as_ref()].concat());
    let whole = encrypted_response(ResponseSigning::AssertionOnly);
    let mut values = whole.split("<xenc:CipherValue>");
    let (head, middle, tail) = (values.next(), values.next(), values.next());
    let after = |part: Option<&str>| part.and_then(|it| it.split_once('<')).map(|(_, rest)| rest.to_owned());
    format!(
        "{}<xenc:CipherValue>{}<{}<xenc:CipherValue>{sealed}<{}",
        head.unwrap_or_default(),
        *WRAPPED,
        after(middle).unwrap_or_default(),
        after(tail).unwrap_or_default(),
    )
}

/// The `SubjectPublicKeyInfo` of the service provider's key.
static SP_KEY_SPKI: LazyLock<Vec<u8>> = LazyLock::new(|| {
    use aws_lc_rs::encoding::{AsDer as _, PublicKeyX509Der};
    use aws_lc_rs::signature::KeyPair as _;
    let pem = String::from_utf8_lossy(testdata!("sp.key.pem")).into_owned();
    let body: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
    let pair = aws_lc_rs::rsa::KeyPair::from_pkcs8(&STANDARD.decode(body).expect("base64")).expect("a key");
    let der: PublicKeyX509Der<'_> = pair.public_key().as_der().expect("a key");
    der.as_ref().to_vec()
});
