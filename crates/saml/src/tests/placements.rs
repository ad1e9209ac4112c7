//! Every place a signed element can be moved to, and everything that can be put around or beside it, generated:
//! the result is refused, or reads exactly as what was signed (SAML core 5.4; the wrappings known as XSW 1 to 8
//! are among them).

use super::{
    ENTROPY, IDP, SP_KEY, base64, expected, expected_response, identity_provider, provider, request, respond,
    respond_as, sp_decryption, target,
};
use crate::logout::{
    LogoutForm, LogoutRequestDescription, Peer, ReceivedLogout, receive_post, signed_logout_request,
};
use crate::xml::writer::Writer;
use crate::{ResponseSigning, post, response, signed_authn_request};

/// A signed document taken apart at the seams.
struct Parts {
    /// From the start tag to the end of the issuer.
    head: String,
    signature: String,
    rest: String,
    end: String,
    id: String,
}

impl Parts {
    fn of(whole: &str) -> Self {
        let (before, after) = whole.split_once("<ds:Signature ").unwrap();
        let (signature, after) = after.split_once("</ds:Signature>").unwrap();
        let (rest, name) = after.rsplit_once("</").unwrap();
        let (_, id) = before.split_once(" ID=\"").unwrap();
        Self {
            head: before.to_owned(),
            signature: format!("<ds:Signature {signature}</ds:Signature>"),
            rest: rest.to_owned(),
            end: format!("</{name}"),
            id: id.split_once('"').unwrap().0.to_owned(),
        }
    }

    fn unsigned(&self) -> String {
        [self.head.as_str(), &self.rest, &self.end].concat()
    }

    /// The same message with other content and another identity; `twin` says where the signed ID is repeated.
    fn forged(&self, twin: &str, change: fn(&str) -> String) -> Self {
        let own = format!(" ID=\"{}\"", self.id);
        let identity = twin.replace("SIGNED", &self.id);
        let split = self.head.find('>').unwrap();
        let (start, issuer) = self.head.split_at(split);
        Self {
            head: change(&start.replace(&own, &identity)) + issuer,
            signature: self.signature.clone(),
            rest: change(&self.rest),
            end: self.end.clone(),
            id: self.id.clone(),
        }
    }

    /// The document with a signature or none, and something put somewhere.
    fn with(&self, signature: Option<&str>, place: Place, put: &str) -> Option<String> {
        let inside = |before: &str| {
            let (head, tail) = signature?.rsplit_once(before)?;
            Some([head, put, before, tail].concat())
        };
        let placed = match place {
            Place::InSignature => inside("</ds:Signature>")?,
            Place::InKeyInfo => inside("</ds:KeyInfo>")?,
            Place::InSignedInfo => inside("</ds:SignedInfo>")?,
            _ => signature.unwrap_or_default().to_owned(),
        };
        let at = |here: Place| if place == here { put } else { "" };
        let (start, issuer) = self.head.split_at(self.head.find('>')? + 1);
        Some(
            [
                at(Place::BeforeRoot),
                start,
                at(Place::First),
                issuer,
                at(Place::BeforeSignature),
                &placed,
                at(Place::BehindSignature),
                &self.rest,
                at(Place::Last),
                &self.end,
                at(Place::BehindRoot),
            ]
            .concat(),
        )
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Place {
    BeforeRoot,
    First,
    BeforeSignature,
    InSignature,
    InKeyInfo,
    InSignedInfo,
    BehindSignature,
    Last,
    BehindRoot,
}

const PLACES: [Place; 9] = [
    Place::BeforeRoot,
    Place::First,
    Place::BeforeSignature,
    Place::InSignature,
    Place::InKeyInfo,
    Place::InSignedInfo,
    Place::BehindSignature,
    Place::Last,
    Place::BehindRoot,
];

/// Around what is put there.
const WRAPPERS: [&str; 8] = [
    "IT",
    "<samlp:Extensions xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\">IT</samlp:Extensions>",
    "<ds:Object xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\">IT</ds:Object>",
    "<ds:Signature xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"><ds:Object>IT</ds:Object></ds:Signature>",
    "<saml:Advice xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\">IT</saml:Advice>",
    "<saml:Assertion xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\" ID=\"_w\">IT</saml:Assertion>",
    "<samlp:Response xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\" ID=\"_w\">IT</samlp:Response>",
    "<Reference xmlns=\"http://www.w3.org/2000/09/xmldsig#\" URI=\"\">IT</Reference>",
];

/// What stands where the forged document's own ID stood.
const TWINS: [&str; 7] = [
    " ID=\"_forged\"",
    " ID=\"SIGNED\"",
    " ID=\"_forged\" Id=\"SIGNED\"",
    " ID=\"_forged\" id=\"SIGNED\"",
    " ID=\"_forged\" xml:id=\"SIGNED\"",
    " ID=\"_forged\" xmlns:x=\"urn:x\" x:ID=\"SIGNED\"",
    "",
];

/// Every arrangement of a signed document, its signature, and a forgery of it.
fn arrangements(whole: &str, change: fn(&str) -> String) -> Vec<String> {
    let good = Parts::of(whole);
    let (plain, signature) = (good.unsigned(), good.signature.clone());
    let mut all = Vec::new();
    for twin in TWINS {
        let evil = good.forged(twin, change);
        let forgery = evil.unsigned();
        let evil_whole = evil.with(Some(&signature), Place::Last, "").unwrap();
        for place in PLACES {
            for wrapper in WRAPPERS {
                let wrapped = |it: &str| wrapper.replace("IT", it);
                // The forgery outside, with the good signature or without, and the original somewhere in it.
                for moved in [&plain, whole, &signature] {
                    all.extend(evil.with(None, place, &wrapped(moved)));
                    all.extend(evil.with(Some(&signature), place, &wrapped(moved)));
                }
                // The original outside, and the forgery somewhere in it.
                for moved in [&forgery, &evil_whole] {
                    all.extend(good.with(Some(&signature), place, &wrapped(moved)));
                }
                // The signature moved away from what it signs, and back beside a forgery.
                all.extend(good.with(None, place, &wrapped(&signature)));
                all.extend(good.with(None, place, &wrapped(&(signature.clone() + &forgery))));
            }
        }
    }
    all
}

/// Each is refused, or reads as the original; both happen, or nothing was tried.
#[track_caller]
fn check(whole: &str, arranged: Vec<String>, read: impl Fn(&str) -> Option<String>) {
    let original = read(whole).expect("the original is accepted");
    let mut same = 0;
    let tried = arranged.len();
    for document in arranged {
        if let Some(said) = read(&document) {
            assert_eq!(said, original, "{document}");
            same += 1;
        }
    }
    assert!(tried > 3_000 && same > 0 && same < tried / 20, "{same} of {tried} read as the original");
}

fn evil_request(part: &str) -> String {
    part.replace("ForceAuthn=\"false\"", "ForceAuthn=\"true\"").replace("Substantial", "Low")
}

#[test]
fn t_xsw_01_no_arrangement_of_a_request_says_anything_but_what_was_signed() {
    let whole = signed_authn_request(&request("_signed"), &*SP_KEY).unwrap();
    check(&whole, arrangements(&whole, evil_request), |xml| {
        let verified = post::receive(&base64(xml), None).ok()?.verify(&provider(), &expected()).ok()?;
        Some(format!("{verified:?}"))
    });
}

fn evil_assertion(part: &str) -> String {
    part.replace("Eksempel Kommune", "Anden Kommune").replace("3f0d6e6e", "ffffffff")
}

/// A response around an assertion of anybody's making, encrypted as anybody can.
pub(super) fn around(assertion: &str) -> String {
    let mut w = Writer::with_capacity(1_000);
    w.open("saml:EncryptedAssertion").attribute("xmlns:saml", "urn:oasis:names:tc:SAML:2.0:assertion");
    target().encrypt(&mut w, assertion, &ENTROPY).unwrap();
    let encrypted = w.finish().unwrap();
    let response = respond(|_| ());
    let (head, rest) = response.split_once("<saml:EncryptedAssertion").unwrap();
    let (_, tail) = rest.split_once("</saml:EncryptedAssertion>").unwrap();
    [head, &encrypted, tail].concat()
}

/// The assertion inside a response of ours, signed.
pub(super) fn signed_assertion() -> String {
    let response = respond(|_| ());
    let document = crate::xml::parse(&response, crate::xml::Kind::Message).unwrap();
    let root = document.root_element();
    let encrypted = root.children().find(|node| node.tag_name().name() == "EncryptedAssertion").unwrap();
    crate::encryption::decrypt(encrypted, &sp_decryption()).unwrap()
}

#[test]
fn t_xsw_01_no_arrangement_of_an_assertion_says_anything_but_what_was_signed() {
    let whole = signed_assertion();
    assert!(whole.contains("3f0d6e6e") && whole.contains("Eksempel Kommune"));
    let key = sp_decryption();
    let idp = identity_provider();
    let turn = std::cell::Cell::new(0);
    check(&whole, arrangements(&whole, evil_assertion), |assertion| {
        // Decrypting takes most of the time: what has no acceptable signature goes all the way at times only.
        turn.set(turn.get() + 1);
        if turn.get() % 16 != 0 && !is_signed(assertion) {
            return None;
        }
        let received = response::receive(&base64(&around(assertion))).ok()?;
        Some(format!("{:?}", received.verify(&idp, &key, &expected_response()).ok()?))
    });
}

fn is_signed(assertion: &str) -> bool {
    let Ok(document) = crate::xml::parse(assertion, crate::xml::Kind::Message) else { return false };
    let sealed = crate::signature::examine(document.root_element());
    sealed.is_ok_and(|sealed| sealed.is_by(&identity_provider().signing_keys).is_ok())
}

/// Another person's assertion, unsigned, and somebody else's name on the envelope.
fn evil_response(part: &str) -> String {
    part.replace(IDP, "https://saml.evil.example").replace("status:Success", "status:Requester")
}

#[test]
fn t_xsw_01_no_arrangement_of_a_response_says_anything_but_what_was_signed() {
    let whole = respond_as(ResponseSigning::AssertionAndResponse, |_| ());
    let key = sp_decryption();
    let idp = identity_provider();
    check(&whole, arrangements(&whole, evil_response), |xml| {
        let received = response::receive(&base64(xml)).ok()?;
        Some(format!("{:?}", received.verify(&idp, &key, &expected_response()).ok()?))
    });
}

fn evil_logout(part: &str) -> String {
    part.replace("3f0d6e6e", "ffffffff").replace(">_session<", ">_other<")
}

#[test]
fn t_xsw_01_no_arrangement_of_a_logout_request_says_anything_but_what_was_signed() {
    let name_id = super::name_id();
    let description = LogoutRequestDescription {
        id: "_signed",
        issuer: super::SP,
        destination: super::SSO,
        now: super::now(),
        not_on_or_after: super::now().plus(portner_domain::Millis::minutes(5)),
        name_id: &name_id,
        session_indexes: &["_session"],
    };
    let whole = signed_logout_request(&description, &*SP_KEY).unwrap();
    assert!(whole.contains("3f0d6e6e") && whole.contains(">_session<"));
    let provider = provider();
    let peer = Peer { entity_id: super::SP, signing_keys: &provider.signing_keys, recipient: IDP };
    check(&whole, arrangements(&whole, evil_logout), |xml| {
        let form = LogoutForm { saml_request: Some(base64(xml)), ..LogoutForm::default() };
        let ReceivedLogout::Request(received) = receive_post(&form).ok()? else { return None };
        Some(format!("{:?}", received.verify(&peer, &expected()).ok()?))
    });
}
