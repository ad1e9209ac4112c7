//! Which key and which algorithms are chosen, and what is not decrypted.

use super::{
    SP, base64, certificate, expected_response, identity_provider, now, provider, respond, sp_decryption,
    sp_description, testdata,
};
use crate::metadata::service_provider_metadata;
use crate::{
    BlockCipher, DecryptionKey, EncryptionDefault, EncryptionTarget, KeyTransport, MetadataError,
    NoUsableKey, ResponseRefusal, ServiceProvider, response,
};

const GCM_256: &str = "http://www.w3.org/2009/xmlenc11#aes256-gcm";
const GCM_128: &str = "http://www.w3.org/2009/xmlenc11#aes128-gcm";
const CBC_256: &str = "http://www.w3.org/2001/04/xmlenc#aes256-cbc";
const TRIPLE_DES: &str = "http://www.w3.org/2001/04/xmlenc#tripledes-cbc";
const MGF1P: &str = "http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p";
const OAEP: &str = "http://www.w3.org/2009/xmlenc11#rsa-oaep";
const RSA_1_5: &str = "http://www.w3.org/2001/04/xmlenc#rsa-1_5";

/// The service provider's metadata with these encryption methods.
fn listing(methods: &[&str]) -> ServiceProvider {
    let methods: String = methods
        .iter()
        .map(|method| match method.split_once('+') {
            None => format!("<md:EncryptionMethod Algorithm=\"{method}\"/>"),
            Some((method, digest)) => format!(
                "<md:EncryptionMethod Algorithm=\"{method}\"><ds:DigestMethod \
                 xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\" Algorithm=\"{digest}\"/></md:EncryptionMethod>"
            ),
        })
        .collect();
    let metadata = service_provider_metadata(&sp_description()).unwrap();
    let (head, tail) = metadata.rsplit_once("</md:KeyDescriptor>").unwrap();
    let metadata = format!("{head}{methods}</md:KeyDescriptor>{tail}");
    ServiceProvider::parse(metadata.as_bytes()).unwrap()
}

fn chosen(
    methods: &[&str],
    preference: EncryptionDefault,
) -> Result<(&'static str, &'static str), NoUsableKey> {
    let target = EncryptionTarget::choose(&listing(methods), preference, now());
    target.map(|target| target.algorithms())
}

#[test]
fn the_choice_follows_metadata_in_its_order_and_else_the_preference() {
    use EncryptionDefault::{Oiosaml3, Widest};
    let sha256 = "http://www.w3.org/2001/04/xmlenc#sha256";
    let sha512 = "http://www.w3.org/2001/04/xmlenc#sha512";
    let (oaep_256, oaep_512) = (format!("{OAEP}+{sha256}"), format!("{OAEP}+{sha512}"));
    let mgf1p_256 = format!("{MGF1P}+{sha256}");
    let cases: [(&[&str], _, _); 14] = [
        (&[], Widest, Ok((GCM_256, MGF1P))),
        (&[], Oiosaml3, Ok((GCM_256, OAEP))),
        (&[GCM_128, GCM_256], Widest, Ok((GCM_128, MGF1P))),
        (&[OAEP, MGF1P], Widest, Ok((GCM_256, OAEP))),
        (&[MGF1P, OAEP], Oiosaml3, Ok((GCM_256, MGF1P))),
        (&[&oaep_256], Widest, Ok((GCM_256, OAEP))),
        (&[&oaep_512, MGF1P], Widest, Ok((GCM_256, MGF1P))),
        (&[&mgf1p_256], Widest, Ok((GCM_256, MGF1P))),
        (&[CBC_256, GCM_128, MGF1P], Widest, Ok((GCM_128, MGF1P))),
        (&[CBC_256, TRIPLE_DES, MGF1P], Widest, Ok((CBC_256, MGF1P))),
        (&[CBC_256], Oiosaml3, Ok((CBC_256, OAEP))),
        (&[TRIPLE_DES, MGF1P], Widest, Err(NoUsableKey::NothingInCommon)),
        (&[GCM_256, RSA_1_5], Widest, Err(NoUsableKey::NothingInCommon)),
        (&[&oaep_512], Oiosaml3, Err(NoUsableKey::NothingInCommon)),
    ];
    for (methods, preference, expected) in cases {
        assert_eq!(chosen(methods, preference), expected, "{methods:?}");
    }
    // What an administrator chose is used, whatever the metadata lists.
    let explicit = EncryptionDefault::Explicit(BlockCipher::Aes128Gcm, KeyTransport::RsaOaepMgf1p);
    for methods in [&[][..], &[GCM_256, OAEP], &[CBC_256], &[TRIPLE_DES, RSA_1_5]] {
        assert_eq!(chosen(methods, explicit), Ok((GCM_128, MGF1P)), "{methods:?}");
    }
    let legacy = EncryptionTarget::choose(&listing(&[CBC_256]), Widest, now()).unwrap();
    assert!(legacy.is_legacy());
}

#[test]
fn t_enc_02_without_a_key_nothing_is_sent() {
    let metadata = service_provider_metadata(&sp_description()).unwrap();
    let only_signing = metadata.replace("use=\"encryption\"", "use=\"signing\"");
    assert_eq!(ServiceProvider::parse(only_signing.as_bytes()).err(), Some(MetadataError::NoEncryptionKey));
    let mut keyless = provider();
    keyless.encryption_keys.clear();
    let chosen = EncryptionTarget::choose(&keyless, EncryptionDefault::Widest, now());
    assert_eq!(chosen.err(), Some(NoUsableKey::NoKey));
}

#[test]
fn the_newest_current_key_is_chosen_and_an_expired_one_only_when_there_is_no_other() {
    let (long, short) = (certificate(testdata!("sp.crt.pem")), certificate(testdata!("sp-short.crt.pem")));
    let mut description = sp_description();
    description.encryption = vec![short.clone(), long.clone()];
    let metadata = service_provider_metadata(&description).unwrap();
    let both = ServiceProvider::parse(metadata.as_bytes()).unwrap();
    description.encryption = vec![short.clone()];
    let metadata = service_provider_metadata(&description).unwrap();
    let one = ServiceProvider::parse(metadata.as_bytes()).unwrap();
    let chosen = |provider: &ServiceProvider, now| {
        let target = EncryptionTarget::choose(provider, EncryptionDefault::Widest, now).unwrap();
        target.certificate().clone()
    };
    let later = short.not_after().plus(portner_domain::Millis::hours(1));
    assert!(!short.is_current(later) && long.is_current(later));
    assert_eq!(chosen(&both, later), long);
    assert_eq!(chosen(&one, later), short);
}

fn verify(xml: &str, key: &DecryptionKey) -> Option<ResponseRefusal> {
    let received = response::receive(&base64(xml)).unwrap();
    received.verify(&identity_provider(), key, &expected_response()).err()
}

#[test]
fn t_enc_02_every_failure_to_decrypt_looks_the_same() {
    let good = respond(|_| ());
    assert_eq!(verify(&good, &sp_decryption()), None);
    let other = DecryptionKey::from_pem(testdata!("other.key.pem")).unwrap();
    assert_eq!(verify(&good, &other), Some(ResponseRefusal::Undecryptable));
    let swap = |from: &str, to: &str| {
        assert!(good.contains(from), "{from}");
        good.replace(from, to)
    };
    // One character of the content, of the key; and every algorithm that is not offered.
    let (head, tail) = good.rsplit_once("<xenc:CipherValue>").unwrap();
    let changed =
        format!("{head}<xenc:CipherValue>{}{}", if tail.starts_with('A') { 'B' } else { 'A' }, &tail[1..]);
    let (head, tail) = good.split_once("<xenc:CipherValue>").unwrap();
    let key =
        format!("{head}<xenc:CipherValue>{}{}", if tail.starts_with('A') { 'B' } else { 'A' }, &tail[1..]);
    for bad in [
        changed,
        key,
        swap(GCM_256, CBC_256),
        swap(GCM_256, GCM_128),
        swap(GCM_256, TRIPLE_DES),
        swap(MGF1P, RSA_1_5),
        swap(MGF1P, OAEP),
        swap("http://www.w3.org/2000/09/xmldsig#sha1", "http://www.w3.org/2001/04/xmlenc#sha256"),
        swap("<xenc:CipherData>", "<xenc:CipherData><xenc:CipherReference URI=\"https://evil.example\"/>")
            .replace("<xenc:CipherValue>", "<xenc:Other>")
            .replace("</xenc:CipherValue>", "</xenc:Other>"),
    ] {
        assert_eq!(verify(&bad, &sp_decryption()), Some(ResponseRefusal::Undecryptable));
    }
}

#[test]
fn both_key_transports_and_ciphers_arrive() {
    for (methods, arrives) in
        [(&[GCM_128, OAEP][..], true), (&[GCM_256, MGF1P], true), (&[CBC_256, MGF1P], false)]
    {
        let target = EncryptionTarget::choose(&listing(methods), EncryptionDefault::Widest, now()).unwrap();
        let mut w = crate::xml::writer::Writer::with_capacity(100);
        w.open("saml:EncryptedAssertion").attribute("xmlns:saml", "urn:oasis:names:tc:SAML:2.0:assertion");
        target.encrypt(&mut w, "<it/>", &super::ENTROPY).unwrap();
        let xml = w.finish().unwrap();
        let document = crate::xml::parse(&xml, crate::xml::Kind::Message).unwrap();
        let plain = crate::encryption::decrypt(document.root_element(), &sp_decryption());
        assert_eq!(plain.as_deref(), arrives.then_some("<it/>"), "{methods:?}: CBC is never decrypted here");
    }
    assert_eq!(provider().entity_id, SP);
}

/// How much randomness was asked for, each time.
struct Listening(std::sync::Mutex<Vec<usize>>);

impl portner_domain::Entropy for Listening {
    fn fill(&self, bytes: &mut [u8]) {
        self.0.lock().unwrap().push(bytes.len());
        portner_domain::Entropy::fill(&super::ENTROPY, bytes);
    }
}

#[test]
fn every_assertion_has_a_key_and_a_vector_of_its_own() {
    let listening = Listening(std::sync::Mutex::default());
    let target = EncryptionTarget::choose(&provider(), EncryptionDefault::Oiosaml3, now()).unwrap();
    let mut contents = std::collections::HashSet::new();
    for _ in 0..50 {
        let mut w = crate::xml::writer::Writer::with_capacity(1_000);
        w.open("saml:EncryptedAssertion").attribute("xmlns:saml", "urn:oasis:names:tc:SAML:2.0:assertion");
        target.encrypt(&mut w, "<the-same/>", &listening).unwrap();
        let xml = w.finish().unwrap();
        let (_, content) = xml.rsplit_once("<xenc:CipherValue>").unwrap();
        assert!(contents.insert(content.split_once('<').unwrap().0.to_owned()), "the same twice");
    }
    assert_eq!(
        *listening.0.lock().unwrap(),
        [32, 12].repeat(50),
        "256 bits of key and 96 of vector, each time"
    );
}
