//! Every way in which verifying or signing can fail: it ends in a refusal, never in a message that counts.

use aws_lc_rs::hmac;

use super::placements::signed_assertion;
use super::{
    ENTROPY, IDP_KEY, OTHER_KEY, SP, SP_KEY, SSO, base64, certificate, expected, provider, request, target,
    testdata,
};
use crate::key::{Algorithm, PublicKey, SignError};
use crate::signature::{Sealed, SignatureFault};
use crate::{
    AuthnRequest, BuildError, Carried, Certificate, Failure, Refusal, ResponseSigning, Signer, Status,
    Success, authn_request, post, redirect, response, signed_authn_request,
};

const ALGORITHMS: [Algorithm; 4] =
    [Algorithm::RsaSha256, Algorithm::RsaSha384, Algorithm::RsaSha512, Algorithm::EcdsaSha256];
const SAID: &[u8] = b"SAMLRequest=x&SigAlg=y";

fn keys() -> Vec<Certificate> {
    vec![
        certificate(testdata!("sp.crt.pem")),
        certificate(testdata!("idp.crt.pem")),
        certificate(testdata!("other.crt.pem")),
        certificate(testdata!("ec.crt.pem")),
    ]
}

/// Everything that a signature could be by accident or design, made of a right one.
fn misshapen(right: &[u8]) -> Vec<Vec<u8>> {
    let length = right.len();
    let reversed: Vec<u8> = right.iter().rev().copied().collect();
    let flipped = |at: usize| {
        let mut bytes = right.to_vec();
        bytes[at] ^= 1;
        bytes
    };
    let mut all = vec![
        Vec::new(),
        vec![0],
        vec![0; 64],
        vec![0xff; 64],
        vec![0; length],
        vec![0xff; length],
        vec![0; 8 * length],
        right[1..].to_vec(),
        right[..length - 1].to_vec(),
        [right, &[0]].concat(),
        [&[0], right].concat(),
        [right, right].concat(),
        reversed,
    ];
    all.extend((0..length).step_by(17).map(flipped));
    all
}

#[test]
fn t_sig_02_whatever_the_signature_looks_like_only_the_right_one_is_right() {
    let right = SP_KEY.sign(SAID).unwrap();
    let verdict = |algorithm, value: &[u8], keys: &[Certificate]| {
        Sealed::new(SAID.to_vec(), algorithm, value.to_vec()).is_by(keys)
    };
    for algorithm in ALGORITHMS {
        for (number, key) in keys().into_iter().enumerate() {
            let is_right = algorithm == Algorithm::RsaSha256 && number == 0;
            let expected = if is_right { Ok(()) } else { Err(SignatureFault::Wrong) };
            assert_eq!(
                verdict(algorithm, &right, std::slice::from_ref(&key)),
                expected,
                "{algorithm:?} {key:?}"
            );
            for value in misshapen(&right) {
                assert_eq!(
                    verdict(algorithm, &value, std::slice::from_ref(&key)),
                    Err(SignatureFault::Wrong),
                    "{value:?}"
                );
            }
        }
        assert_eq!(verdict(algorithm, &right, &[]), Err(SignatureFault::Wrong), "no key, no signature");
    }
    let other = Sealed::new(b"SAMLRequest=z&SigAlg=y".to_vec(), Algorithm::RsaSha256, right);
    assert_eq!(other.is_by(&keys()), Err(SignatureFault::Wrong));
}

#[test]
fn t_sig_02_a_damaged_key_verifies_nothing() {
    let right = SP_KEY.sign(SAID).unwrap();
    let whole = certificate(testdata!("sp.crt.pem"));
    let der = whole.der().to_vec();
    let (_, parsed) = x509_parser::parse_x509_certificate(&der).unwrap();
    let spki = parsed.public_key().raw;
    assert!(PublicKey::from_spki(spki).unwrap().verifies(Algorithm::RsaSha256, SAID, &right));
    // The empty parameters of the algorithm are its spelling, not part of the key.
    let parameters = spki.windows(2).position(|two| two == [5, 0]).unwrap();
    for at in 0..spki.len() {
        for bit in [0x01, 0x80] {
            let mut damaged = spki.to_vec();
            damaged[at] ^= bit;
            if let Ok(key) = PublicKey::from_spki(&damaged) {
                let verifies = key.verifies(Algorithm::RsaSha256, SAID, &right);
                assert!(!verifies || at == parameters, "a key damaged at byte {at} verifies");
                assert!(!ALGORITHMS[1..].iter().any(|other| key.verifies(*other, SAID, &right)));
            }
        }
    }
    for end in 0..spki.len() {
        assert!(PublicKey::from_spki(&spki[..end]).is_err(), "{end} bytes of a key");
    }
    for end in 0..der.len() {
        assert!(Certificate::from_der(&der[..end]).is_err(), "{end} bytes of a certificate");
    }
    assert!(Certificate::from_der(&[der.as_slice(), &[0]].concat()).is_err());
}

/// A signer that gives what it is told to.
struct Broken(Result<Vec<u8>, SignError>);

impl Signer for Broken {
    fn sign(&self, _: &[u8]) -> Result<Vec<u8>, SignError> {
        self.0.clone()
    }

    fn certificate(&self) -> &Certificate {
        SP_KEY.certificate()
    }
}

fn verify(xml: &str) -> Result<AuthnRequest, Refusal> {
    post::receive(&base64(xml), None)?.verify(&provider(), &expected())
}

fn verify_query(query: &str) -> Result<AuthnRequest, Refusal> {
    redirect::receive(query)?.verify(&provider(), &expected())
}

#[test]
fn t_sig_02_every_wrong_signature_is_refused_on_both_bindings() {
    let xml = authn_request(&request("_r")).unwrap();
    let right = SP_KEY.sign(b"something else").unwrap();
    for value in misshapen(&right).into_iter().chain([right.clone()]) {
        let signer = Broken(Ok(value.clone()));
        let posted = signed_authn_request(&request("_r"), &signer).unwrap();
        let refusal = verify(&posted).err();
        let fits = matches!(refusal, Some(Refusal::BadSignature | Refusal::SignatureProfile));
        assert!(fits, "{refusal:?} {value:?}");
        let url = redirect::signed_url(SSO, Carried::Request, &xml, None, &signer).unwrap();
        let refusal = verify_query(url.split_once('?').unwrap().1).err();
        let fits = matches!(refusal, Some(Refusal::BadSignature | Refusal::Unsigned));
        assert!(fits, "{refusal:?} {value:?}");
    }
}

#[test]
fn t_sig_02_a_signer_that_fails_sends_nothing() {
    let broken = Broken(Err(SignError("the token was pulled out".to_owned())));
    let is_told = |built: Result<String, BuildError>| assert!(matches!(built, Err(BuildError::Sign(_))));
    is_told(signed_authn_request(&request("_r"), &broken));
    let name_id = super::name_id();
    let attributes = super::attributes(&["x"]);
    let success = Success {
        response_id: "_r",
        assertion_id: "_a",
        in_response_to: "_q",
        issuer: SP,
        acs: SSO,
        audience: SP,
        now: super::now(),
        valid_for: portner_domain::Millis::minutes(5),
        authn_instant: super::now(),
        session_index: "_a",
        session_not_on_or_after: None,
        class_ref: "x",
        name_id: &name_id,
        attributes: &attributes,
        authenticating_authority: None,
    };
    for signing in [ResponseSigning::AssertionOnly, ResponseSigning::AssertionAndResponse] {
        is_told(response::success(&success, &broken, &target(), signing, &ENTROPY));
    }
    let status = Status::INTERNAL;
    let failure = Failure {
        response_id: "_f",
        in_response_to: "_q",
        issuer: SP,
        acs: SSO,
        now: super::now(),
        status: &status,
    };
    is_told(response::failure(&failure, &broken));
    is_told(crate::metadata::signed_identity_provider(&super::idp_description(), &broken, &ENTROPY));
    let xml = authn_request(&request("_r")).unwrap();
    assert!(redirect::signed_url(SSO, Carried::Request, &xml, None, &broken).is_err());
}

/// The public key is public: as the key of an HMAC it would let anybody sign.
#[test]
fn t_alg_01_a_public_key_is_never_the_key_of_a_mac() {
    let whole =
        redirect::signed_url(SSO, Carried::Request, &authn_request(&request("_r")).unwrap(), None, &*SP_KEY)
            .unwrap();
    let query = whole.split_once('?').unwrap().1;
    let (signed, _) = query.split_once("&Signature=").unwrap();
    let der = SP_KEY.certificate().der().to_vec();
    let (_, parsed) = x509_parser::parse_x509_certificate(&der).unwrap();
    let pem = testdata!("sp.crt.pem");
    for secret in [&der[..], parsed.public_key().raw, &parsed.public_key().subject_public_key.data, pem] {
        for (algorithm, refusal) in [
            ("xmldsig-more%23rsa-sha256", Refusal::BadSignature),
            ("xmldsig-more%23hmac-sha256", Refusal::AlgorithmNotAllowed),
            ("xmldsig-more%23hmac-sha512", Refusal::AlgorithmNotAllowed),
        ] {
            let signed = signed.replace("xmldsig-more%23rsa-sha256", algorithm);
            let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), signed.as_bytes());
            let tag = base64_of(tag.as_ref()).replace('+', "%2B");
            assert_eq!(
                verify_query(&format!("{signed}&Signature={tag}")).err(),
                Some(refusal),
                "{algorithm}"
            );
        }
    }
}

fn base64_of(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

/// Everything `KeyInfo` may hold (XML-DSig 4.5), all of it naming the key that really signed.
fn key_infos(signer: &Certificate) -> Vec<String> {
    let der = signer.der();
    let (_, parsed) = x509_parser::parse_x509_certificate(der).unwrap();
    let x509_parser::public_key::PublicKey::RSA(rsa) = parsed.public_key().parsed().unwrap() else {
        panic!()
    };
    let certificate = base64_of(der);
    let own = base64_of(SP_KEY.certificate().der());
    [
        format!(
            "<ds:KeyValue><ds:RSAKeyValue><ds:Modulus>{}</ds:Modulus><ds:Exponent>{}</ds:Exponent>\
             </ds:RSAKeyValue></ds:KeyValue>",
            base64_of(rsa.modulus),
            base64_of(rsa.exponent)
        ),
        format!("<ds:X509Data><ds:X509Certificate>{certificate}</ds:X509Certificate></ds:X509Data>"),
        format!(
            "<ds:X509Data><ds:X509Certificate>{own}</ds:X509Certificate><ds:X509Certificate>{certificate}\
             </ds:X509Certificate></ds:X509Data>"
        ),
        format!("<ds:KeyName>{SP}</ds:KeyName>"),
        "<ds:RetrievalMethod URI=\"file:///etc/passwd\" \
         Type=\"http://www.w3.org/2000/09/xmldsig#X509Data\"></ds:RetrievalMethod>"
            .to_owned(),
        "<dsig11:KeyInfoReference xmlns:dsig11=\"http://www.w3.org/2009/xmldsig11#\" \
         URI=\"https://evil.example/\"></dsig11:KeyInfoReference>"
            .to_owned(),
        format!(
            "<dsig11:DEREncodedKeyValue xmlns:dsig11=\"http://www.w3.org/2009/xmldsig11#\">{}\
             </dsig11:DEREncodedKeyValue>",
            base64_of(parsed.public_key().raw)
        ),
        "<ds:MgmtData>x</ds:MgmtData><ds:PGPData></ds:PGPData><ds:SPKIData></ds:SPKIData>".to_owned(),
    ]
    .to_vec()
}

fn with_key_info(whole: &str, info: &str) -> String {
    let (head, rest) = whole.split_once("<ds:KeyInfo>").unwrap();
    let (_, tail) = rest.split_once("</ds:KeyInfo>").unwrap();
    format!("{head}<ds:KeyInfo>{info}</ds:KeyInfo>{tail}")
}

#[test]
fn t_sig_03_a_message_cannot_bring_its_own_key() {
    let theirs = signed_authn_request(&request("_r"), &*OTHER_KEY).unwrap();
    let ours = signed_authn_request(&request("_r"), &*SP_KEY).unwrap();
    for info in key_infos(OTHER_KEY.certificate()) {
        let refusal = verify(&with_key_info(&theirs, &info)).err();
        assert_eq!(refusal, Some(Refusal::BadSignature), "{info}");
        assert!(verify(&with_key_info(&ours, &info)).is_ok(), "what is not read does no harm: {info}");
    }
}

#[test]
fn t_md_01_a_key_for_encryption_signs_nothing() {
    let mut description = super::sp_description();
    description.encryption = vec![certificate(testdata!("other.crt.pem"))];
    let metadata = crate::metadata::service_provider_metadata(&description).unwrap();
    let provider = crate::ServiceProvider::parse(metadata.as_bytes()).unwrap();
    let signed = signed_authn_request(&request("_r"), &*OTHER_KEY).unwrap();
    let refusal = post::receive(&base64(&signed), None).unwrap().verify(&provider, &expected()).err();
    assert_eq!(refusal, Some(Refusal::BadSignature));
}

#[test]
fn t_sig_02_an_assertion_signed_by_anybody_else_is_nobodys() {
    let signed = signed_assertion();
    let document = crate::xml::parse(&signed, crate::xml::Kind::Message).unwrap();
    let by = |keys: &[Certificate]| crate::signature::examine(document.root_element()).unwrap().is_by(keys);
    assert_eq!(by(&[IDP_KEY.certificate().clone()]), Ok(()));
    assert_eq!(
        by(&[SP_KEY.certificate().clone(), OTHER_KEY.certificate().clone()]),
        Err(SignatureFault::Wrong)
    );
}
