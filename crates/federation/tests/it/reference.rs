//! A strict OIOSAML 3 service provider, written for this test alone: it shares no code with what it judges. It
//! looks at a response in the steps that the official reference implementation takes, numbered as in
//! `audit/oiosaml.toml` (`SP-04` is step 4), and says which of them object.

use std::collections::BTreeSet;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::digest;
use aws_lc_rs::encoding::{AsDer as _, PublicKeyX509Der};
use aws_lc_rs::rsa::{KeyPair, OAEP_SHA256_MGF1SHA256, OaepPrivateDecryptingKey, PrivateDecryptingKey};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use portner_domain::{Level, Millis, Moment};
use roxmltree::{Document, Node as Element};

use crate::browser::Browser;
use crate::stage::{ENTITY_ID, OIOSAML3, SUBSTANTIAL, Sp, World, for_each_world, own_metadata};

const SKEW: Millis = Millis::minutes(5);
/// Service providers cap what they read; with a full list of privileges it may be several times this.
const RESPONSE_BYTES_MAX: usize = 12 * 1024;
const UUID_PREFIX: &str = "https://data.gov.dk/model/core/eid/professional/uuid/";
const CORE: &str = "https://data.gov.dk/model/core/";
const LOA: &str = "https://data.gov.dk/concept/core/nsis/loa";

/// What the service provider knows before a response comes.
struct Reference<'a> {
    sp: &'a Sp,
    request_id: &'a str,
    asked: Level,
    now: Moment,
    seen: BTreeSet<String>,
}

/// The steps that object, by number.
type Objections = BTreeSet<u8>;

impl Reference<'_> {
    /// Steps 2 to 13: the envelope. Also what is in it, decrypted.
    fn envelope(&self, xml: &str) -> (Objections, Option<String>) {
        let mut against = Objections::new();
        let mut holds = |step: u8, it: bool| against.extend((!it).then_some(step));
        let document = Document::parse(xml).unwrap();
        let response = document.root_element();
        holds(2, response.tag_name().name() == "Response");
        holds(4, !all(response, "EncryptedAssertion").is_empty());
        holds(6, value(response, "Destination") == Some(&self.sp.acs));
        let issued = time(response, "IssueInstant");
        holds(7, issued.is_some_and(|it| it <= self.now.plus(SKEW)));
        holds(8, issued.is_some_and(|it| it >= self.now.minus(SKEW)));
        let codes = all(response, "StatusCode");
        let success = "urn:oasis:names:tc:SAML:2.0:status:Success";
        holds(10, codes.len() == 1 && codes.iter().all(|it| value(*it, "Value") == Some(success)));
        holds(11, value(response, "InResponseTo") == Some(self.request_id));
        holds(12, all(response, "Signature").is_empty());
        holds(13, all(response, "Assertion").is_empty() && all(response, "EncryptedAssertion").len() == 1);
        let decrypted = decrypt(response);
        holds(5, decrypted.is_some());
        (against, decrypted)
    }

    /// Steps 8 to 26: the assertion.
    fn assertion(&mut self, xml: &str) -> Objections {
        let mut against = Objections::new();
        let document = Document::parse(xml).unwrap();
        let assertion = document.root_element();
        let mut holds = |step: u8, it: bool| against.extend((!it).then_some(step));
        let issued = time(assertion, "IssueInstant");
        holds(8, issued.is_some_and(|it| it >= self.now.minus(SKEW)));
        holds(14, is_signed(xml));
        holds(
            25,
            child(assertion, "Signature")
                .is_some_and(|it| it.prev_sibling_element() == child(assertion, "Issuer")),
        );
        let issuer = child(assertion, "Issuer");
        holds(15, issuer.is_some_and(|it| it.text() == Some(ENTITY_ID) && value(it, "Format").is_none()));
        let id = value(assertion, "ID").unwrap_or_default();
        holds(26, self.seen.insert(id.to_owned()) && id.len() >= 33);
        against.extend(self.window_and_audience(assertion));
        against.extend(self.subject(assertion));
        against.extend(self.attributes(assertion));
        against
    }

    /// Steps 9, 20 and 21.
    fn window_and_audience(&self, assertion: Element<'_, '_>) -> Objections {
        let mut against = Objections::new();
        let mut holds = |step: u8, it: bool| against.extend((!it).then_some(step));
        let conditions = child(assertion, "Conditions");
        let window = |name| conditions.and_then(|it| time(it, name));
        holds(9, window("NotOnOrAfter").is_some_and(|end| self.now < end));
        holds(9, window("NotBefore").is_some_and(|begin| self.now.plus(SKEW) > begin));
        let audiences = conditions.map(|it| all(it, "Audience")).unwrap_or_default();
        holds(20, audiences.len() == 1 && audiences.iter().all(|it| it.text() == Some(&self.sp.entity_id)));
        holds(20, conditions.is_some_and(|it| all(it, "AudienceRestriction").len() == 1));
        let statements = all(assertion, "AuthnStatement");
        holds(21, statements.len() == 1 && all(assertion, "AttributeStatement").len() == 1);
        holds(
            21,
            statements.iter().all(|it| value(*it, "SessionIndex").is_some_and(|index| !index.is_empty())),
        );
        against
    }

    /// Steps 16 to 19.
    fn subject(&self, assertion: Element<'_, '_>) -> Objections {
        let mut against = Objections::new();
        let mut holds = |step: u8, it: bool| against.extend((!it).then_some(step));
        let names = all(assertion, "NameID");
        let format = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent";
        holds(16, names.len() == 1 && names.iter().all(|it| value(*it, "Format") == Some(format)));
        let name = names.first().and_then(Element::text).unwrap_or_default();
        holds(17, name.rsplit_once("/uuid/").is_some_and(|(_, uuid)| uuid.parse::<uuid::Uuid>().is_ok()));
        holds(18, name.starts_with(UUID_PREFIX));
        let bearer = child(assertion, "Subject").and_then(|it| child(it, "SubjectConfirmation"));
        let data = bearer.and_then(|it| child(it, "SubjectConfirmationData"));
        holds(
            19,
            bearer.is_some_and(|it| value(it, "Method") == Some("urn:oasis:names:tc:SAML:2.0:cm:bearer")),
        );
        holds(19, data.is_some_and(|it| value(it, "Recipient") == Some(&self.sp.acs)));
        holds(19, data.and_then(|it| time(it, "NotOnOrAfter")).is_some_and(|end| self.now < end));
        holds(19, data.is_some_and(|it| value(it, "InResponseTo") == Some(self.request_id)));
        holds(19, data.is_some_and(|it| value(it, "NotBefore").is_none()));
        against
    }

    /// Steps 22 to 24, and how every attribute must be written.
    fn attributes(&self, assertion: Element<'_, '_>) -> Objections {
        let mut against = Objections::new();
        let mut holds = |step: u8, it: bool| against.extend((!it).then_some(step));
        let of = |name: String| {
            let attribute =
                all(assertion, "Attribute").into_iter().find(|it| value(*it, "Name") == Some(&name));
            attribute.and_then(|it| child(it, "AttributeValue")).and_then(|it| it.text())
        };
        holds(22, of(format!("{CORE}specVersion")) == Some("OIO-SAML-3.0"));
        let cvr = of(format!("{CORE}eid/professional/cvr")).unwrap_or_default();
        holds(23, cvr.len() == 8 && cvr.chars().all(|c| c.is_ascii_digit()));
        holds(23, of(format!("{CORE}eid/professional/orgName")).is_some_and(|name| !name.is_empty()));
        let level = of(LOA.to_owned()).and_then(|level| level.parse::<Level>().ok());
        holds(24, level >= Some(self.asked));
        let old = "dk:gov:saml:attribute:AssuranceLevel";
        holds(24, of(old.to_owned()).is_none());
        let uri = "urn:oasis:names:tc:SAML:2.0:attrname-format:uri";
        holds(22, all(assertion, "Attribute").iter().all(|it| value(*it, "NameFormat") == Some(uri)));
        let plain =
            |it: &Element<'_, '_>| it.attributes().len() == 0 && it.children().all(|part| part.is_text());
        holds(22, all(assertion, "AttributeValue").iter().all(plain));
        against
    }
}

/// Every element of this name; in these messages a name means one thing only.
fn all<'a, 'i>(node: Element<'a, 'i>, name: &str) -> Vec<Element<'a, 'i>> {
    node.descendants().filter(|it| it.tag_name().name() == name).collect()
}

fn child<'a, 'i>(node: Element<'a, 'i>, name: &str) -> Option<Element<'a, 'i>> {
    node.children().find(|it| it.tag_name().name() == name)
}

fn value<'a>(node: Element<'a, '_>, name: &str) -> Option<&'a str> {
    node.attributes().find(|it| it.name() == name && it.namespace().is_none()).map(|it| it.value())
}

fn time(node: Element<'_, '_>, name: &str) -> Option<Moment> {
    value(node, name).and_then(Moment::parse_xs_date_time)
}

fn bytes(text: &str) -> Vec<u8> {
    STANDARD.decode(text).unwrap()
}

fn private_key(pem: &[u8]) -> Vec<u8> {
    let text = std::str::from_utf8(pem).unwrap();
    bytes(&text.lines().filter(|line| !line.starts_with('-')).collect::<String>())
}

/// RSA-OAEP with SHA-256 twice and AES-256-GCM, said and used (OIO-ALG-01).
fn decrypt(response: Element<'_, '_>) -> Option<String> {
    let [content, key] = all(response, "EncryptionMethod").try_into().ok()?;
    let said = |it: Element<'_, '_>, name: &str| {
        child(it, name).and_then(|it| value(it, "Algorithm")).map(str::to_owned)
    };
    let as_said = value(content, "Algorithm")? == "http://www.w3.org/2009/xmlenc11#aes256-gcm"
        && value(key, "Algorithm")? == "http://www.w3.org/2009/xmlenc11#rsa-oaep"
        && said(key, "DigestMethod")? == "http://www.w3.org/2001/04/xmlenc#sha256"
        && said(key, "MGF")? == "http://www.w3.org/2009/xmlenc11#mgf1sha256";
    let data = all(response, "EncryptedData").pop()?;
    let inline = child(data, "KeyInfo").and_then(|it| child(it, "EncryptedKey")).is_some();
    let as_said = as_said && inline && value(data, "Type")? == "http://www.w3.org/2001/04/xmlenc#Element";
    let [wrapped, sealed] = all(response, "CipherValue").try_into().ok()?;
    let own = private_key(include_bytes!("../../../saml/testdata/sp.key.pem"));
    let own = OaepPrivateDecryptingKey::new(PrivateDecryptingKey::from_pkcs8(&own).ok()?).ok()?;
    let mut room = vec![0; own.min_output_size()];
    let key = own.decrypt(&OAEP_SHA256_MGF1SHA256, &bytes(wrapped.text()?), &mut room, None).ok()?;
    let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key).ok()?);
    let mut sealed = bytes(sealed.text()?);
    let (nonce, content) = sealed.split_at_mut(NONCE_LEN);
    let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
    let plain = key.open_in_place(nonce, Aad::empty(), content).ok()?;
    String::from_utf8(plain.to_vec()).ok().filter(|_| as_said)
}

/// Signed with the first key of the metadata. What we send is canonical as it stands, so the digest is over the bytes
/// without the signature, and the signature over `SignedInfo` with its namespace declared.
fn is_signed(xml: &str) -> bool {
    let between = |start: &str, end: &str| Some(xml.split_once(start)?.1.split_once(end)?.0.to_owned());
    let check = || {
        let signature = between("<ds:Signature ", "</ds:Signature>")?;
        let covered = xml.replace(&format!("<ds:Signature {signature}</ds:Signature>"), "");
        let claimed = between("<ds:DigestValue>", "<")?;
        let info = between("<ds:SignedInfo>", "</ds:SignedInfo>")?;
        let namespace = "http://www.w3.org/2000/09/xmldsig#";
        let info = format!("<ds:SignedInfo xmlns:ds=\"{namespace}\">{info}</ds:SignedInfo>");
        let certificate = between("<ds:X509Certificate>", "<")?;
        let published = own_metadata().split_once("<ds:X509Certificate>")?.1.split_once('<')?.0.to_owned();
        let own = private_key(include_bytes!("../../../saml/testdata/idp.key.pem"));
        let pair = KeyPair::from_pkcs8(&own).ok()?;
        let public: PublicKeyX509Der<'_> = pair.public_key().as_der().ok()?;
        let key = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, public.as_ref());
        let is_by = key.verify(info.as_bytes(), &bytes(&between("<ds:SignatureValue>", "<")?)).is_ok();
        let fits = digest::digest(&digest::SHA256, covered.as_bytes()).as_ref() == bytes(&claimed);
        let reference = format!("URI=\"#{}\"", between(" ID=\"", "\"")?);
        let profile = info.matches("<ds:Transform ").count() == 2
            && info.contains(&reference)
            && info.contains("xmldsig#enveloped-signature")
            && info.matches("2001/10/xml-exc-c14n#").count() == 2
            && info.contains("xmldsig-more#rsa-sha256")
            && info.contains("xmlenc#sha256");
        Some(is_by && fits && profile && certificate == published && !xml.contains("&#13;"))
    };
    check().unwrap_or(false)
}

async fn issued<F, Fut>(check: F)
where
    F: Fn(World, Sp, String, String) -> Fut + Copy,
    Fut: Future<Output = ()>,
{
    for_each_world(|world| async move {
        let (anna, node) = (world.anna().await, world.node().await);
        let sp = world.sp("sag", OIOSAML3).await;
        let request = sp.request(&world, |it| it.class_refs = SUBSTANTIAL);
        let form = Browser::default().logs_in(&world, &node, &request, &anna).await;
        assert_eq!(form.acs, sp.acs, "step 1: by POST, to the address in the metadata");
        let xml = String::from_utf8(bytes(&form.saml_response)).unwrap();
        check(world, sp, xml, request.id).await;
    })
    .await;
}

fn reference<'a>(world: &World, sp: &'a Sp, request_id: &'a str) -> Reference<'a> {
    Reference { sp, request_id, asked: Level::Substantial, now: world.now(), seen: BTreeSet::new() }
}

#[tokio::test]
async fn a_strict_oiosaml_service_provider_objects_to_nothing() {
    issued(|world, sp, xml, request_id| async move {
        let mut reference = reference(&world, &sp, &request_id);
        let (against, assertion) = reference.envelope(&xml);
        assert_eq!(against, Objections::new(), "{xml}");
        assert!(xml.len() < RESPONSE_BYTES_MAX, "{} bytes are many for an ordinary response", xml.len());
        let assertion = assertion.unwrap();
        assert_eq!(reference.assertion(&assertion), Objections::new(), "{assertion}");
        assert_eq!(reference.assertion(&assertion), Objections::from([26]), "the same twice is a replay");
    })
    .await;
}

#[tokio::test]
async fn the_strict_service_provider_can_object_at_every_step() {
    issued(|world, sp, xml, request_id| async move {
        let judge = || reference(&world, &sp, &request_id);
        let (_, assertion) = judge().envelope(&xml);
        let assertion = assertion.unwrap();
        let envelope = |step: u8, from: &str, to: &str| {
            assert!(xml.contains(from), "{from}: {xml}");
            assert!(judge().envelope(&xml.replace(from, to)).0.contains(&step), "step {step}");
        };
        envelope(4, "saml:EncryptedAssertion", "saml:Other");
        envelope(5, "aes256-gcm", "aes128-gcm");
        envelope(6, &format!("Destination=\"{}\"", sp.acs), "Destination=\"https://other.example\"");
        envelope(7, " IssueInstant=\"20", " IssueInstant=\"21");
        envelope(8, " IssueInstant=\"20", " IssueInstant=\"19");
        envelope(10, "status:Success", "status:Responder");
        envelope(11, &format!("InResponseTo=\"{request_id}\""), "InResponseTo=\"_other\"");
        envelope(12, "<samlp:Status>", "<ds:Signature xmlns:ds=\"urn:d\"/><samlp:Status>");
        envelope(13, "<samlp:Status>", "<saml:Assertion xmlns:saml=\"urn:s\"/><samlp:Status>");
        let inside = |step: u8, from: &str, to: &str| {
            assert!(assertion.contains(from), "{from}: {assertion}");
            let against = judge().assertion(&assertion.replacen(from, to, 1));
            assert!(against.contains(&step) && against.contains(&14), "step {step}: {against:?}");
        };
        inside(8, " IssueInstant=\"20", " IssueInstant=\"19");
        inside(9, "<saml:Conditions NotBefore=\"20", "<saml:Conditions NotBefore=\"21");
        inside(15, &format!(">{ENTITY_ID}<"), ">https://saml.other.example<");
        inside(16, "nameid-format:persistent", "nameid-format:unspecified");
        inside(17, "/uuid/", "/name/");
        inside(18, "eid/professional/uuid/", "eid/person/uuid/");
        inside(19, &format!("Recipient=\"{}\"", sp.acs), "Recipient=\"https://other.example\"");
        inside(19, "cm:bearer", "cm:sender-vouches");
        inside(20, &format!(">{}<", sp.entity_id), ">https://saml.other.example<");
        inside(21, "</saml:AttributeStatement>", "</saml:AttributeStatement><saml:AttributeStatement/>");
        inside(22, "OIO-SAML-3.0", "OIO-SAML-2.0");
        inside(22, "<saml:AttributeValue>", "<saml:AttributeValue type=\"xs:string\">");
        inside(23, ">12345678<", ">1234567<");
        inside(24, ">Substantial<", ">Low<");
        inside(25, "</saml:Issuer>", "</saml:Issuer><saml:Subject/>");
    })
    .await;
}
