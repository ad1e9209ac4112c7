//! A query with more, fewer, other or disguised parameters, and bodies that are larger inside than outside.

use std::io::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};

use super::{ACS, SP_KEY, SSO, expected, provider, request};
use crate::{AuthnRequest, Carried, Refusal, RequestDescription, Signer, authn_request, redirect};

fn query_of(change: impl FnOnce(&mut RequestDescription<'_>), state: Option<&str>) -> String {
    let mut description = request("_r1");
    change(&mut description);
    let xml = authn_request(&description).unwrap();
    let url = redirect::signed_url(SSO, Carried::Request, &xml, state, &*SP_KEY).unwrap();
    url.split_once('?').unwrap().1.to_owned()
}

fn verify(query: &str) -> Result<AuthnRequest, Refusal> {
    redirect::receive(query)?.verify(&provider(), &expected())
}

fn parameters(query: &str) -> Vec<(&str, &str)> {
    query.split('&').filter_map(|parameter| parameter.split_once('=')).collect()
}

#[test]
fn t_red_01_no_disguise_of_a_name_is_taken_for_the_name_or_passed_over() {
    let good = query_of(|_| (), Some("state"));
    for (name, value) in parameters(&good) {
        let escapes = (0..name.len()).flat_map(|at| {
            let escape = |escape: String| format!("{}{escape}{}", &name[..at], &name[at + 1..]);
            let byte = name.as_bytes()[at];
            [escape(format!("%{byte:02X}")), escape(format!("%{byte:02x}"))]
        });
        let others = [
            "%00NAME",
            "NAME%00",
            "NAME%20",
            "+NAME",
            "NAME+",
            "NAME[]",
            "NAME[0]",
            "NAME%5B%5D",
            "NAME\0",
            "NAME\u{200b}",
        ];
        let others = others.map(|other| other.replace("NAME", name));
        for disguise in escapes.chain(others).chain([name.to_lowercase(), name.to_uppercase()]) {
            if disguise == name {
                continue;
            }
            // Instead of the parameter, beside it, and before it.
            let instead = good.replacen(&format!("{name}="), &format!("{disguise}="), 1);
            for query in [instead, format!("{good}&{disguise}={value}"), format!("{disguise}=x&{good}")] {
                assert_eq!(verify(&query).err(), Some(Refusal::UnknownParameter), "{query}");
            }
        }
        for doubled in
            [format!("{good}&{name}={value}"), format!("{name}={value}&{good}"), format!("{good}&{name}")]
        {
            assert_eq!(verify(&doubled).err(), Some(Refusal::DuplicateParameter), "{doubled}");
        }
    }
}

#[test]
fn t_red_01_nothing_is_taken_from_one_message_for_another() {
    let good = query_of(|_| (), Some("state"));
    let evil = query_of(|it| it.force_authn = true, Some("evil"));
    let (good_parts, evil_parts) = (parameters(&good), parameters(&evil));
    for swapped in 0..good_parts.len() {
        if good_parts[swapped] == evil_parts[swapped] {
            continue;
        }
        let mixed = |n: usize| if n == swapped { evil_parts[n] } else { good_parts[n] };
        let query: Vec<_> =
            (0..good_parts.len()).map(mixed).map(|(name, value)| format!("{name}={value}")).collect();
        assert_eq!(verify(&query.join("&")).err(), Some(Refusal::BadSignature), "{query:?}");
    }
    for without in 0..good_parts.len() {
        let rest = good_parts.iter().enumerate().filter(|(n, _)| *n != without);
        let query: Vec<_> = rest.map(|(_, (name, value))| format!("{name}={value}")).collect();
        assert!(verify(&query.join("&")).is_err(), "{query:?}");
    }
    for (query, refusal) in [
        (good.replacen("SAMLRequest=", "SAMLRequest=&x=", 1), Refusal::Undecodable),
        (good.replacen("&RelayState", ";RelayState", 1), Refusal::Undecodable),
        (good.replace('&', ";"), Refusal::Unsigned),
        (good.replacen("SAMLRequest", "SAMLResponse", 1), Refusal::NoMessage),
        (format!("{good}&SAMLResponse="), Refusal::TwoMessages),
        (String::new(), Refusal::NoMessage),
        ("&&&".to_owned(), Refusal::NoMessage),
        ("=&=".to_owned(), Refusal::NoMessage),
    ] {
        assert_eq!(verify(&query).err(), Some(refusal), "{query}");
    }
    // In any order: the signature is over the order of the specification.
    let mut reversed: Vec<_> = good.split('&').collect();
    reversed.reverse();
    assert_eq!(format!("{:?}", verify(&reversed.join("&"))), format!("{:?}", verify(&good)));
    assert!(verify(&good).is_ok());
}

#[test]
fn a_level_cannot_be_stripped_from_a_request() {
    let asked = query_of(|_| (), None);
    let stripped = query_of(|it| it.class_refs = &[], None);
    let lower = query_of(|it| it.class_refs = &["https://data.gov.dk/concept/core/nsis/loa/Low"], None);
    let passive = query_of(|it| it.is_passive = true, None);
    for other in [stripped, lower, passive] {
        let (message, _) = other.split_once("&SigAlg=").unwrap();
        let (_, signature) = asked.split_once("&SigAlg=").unwrap();
        assert_eq!(verify(&format!("{message}&SigAlg={signature}")).err(), Some(Refusal::BadSignature));
    }
}

/// These bytes as a message, signed over the query.
fn signed(message: &[u8]) -> String {
    let escaped = |text: String| text.replace('+', "%2B").replace('/', "%2F").replace('=', "%3D");
    let algorithm = "http%3A%2F%2Fwww.w3.org%2F2001%2F04%2Fxmldsig-more%23rsa-sha256";
    let query = format!("SAMLRequest={}&SigAlg={algorithm}", escaped(STANDARD.encode(message)));
    let signature = escaped(STANDARD.encode(SP_KEY.sign(query.as_bytes()).unwrap()));
    format!("{query}&Signature={signature}")
}

#[test]
fn t_dos_01_no_compressed_body_is_larger_than_we_read() {
    let xml = authn_request(&request("_r1")).unwrap();
    let deflated = |bytes: &[u8]| {
        let mut deflate = DeflateEncoder::new(Vec::new(), Compression::best());
        deflate.write_all(bytes).unwrap();
        deflate.finish().unwrap()
    };
    assert!(verify(&signed(&deflated(xml.as_bytes()))).is_ok());
    for megabytes in [1, 2, 8, 10] {
        let bomb = deflated(&vec![b' '; megabytes * 1024 * 1024]);
        assert_eq!(verify(&signed(&bomb)).err(), Some(Refusal::TooLarge), "{megabytes} MiB");
        // A good message first, the flood behind it.
        let behind = deflated(format!("{xml}{}", " ".repeat(megabytes * 1024 * 1024)).as_bytes());
        assert_eq!(verify(&signed(&behind)).err(), Some(Refusal::TooLarge), "{megabytes} MiB behind");
    }
    let just = 128 * 1024 - xml.len();
    assert!(verify(&signed(&deflated(format!("{xml}{}", " ".repeat(just)).as_bytes()))).is_ok());
    let over = deflated(format!("{xml}{}", " ".repeat(just + 1)).as_bytes());
    assert_eq!(verify(&signed(&over)).err(), Some(Refusal::TooLarge));
    // Compressed twice, cut off, or in another envelope: not a message.
    let mut zlib = ZlibEncoder::new(Vec::new(), Compression::best());
    zlib.write_all(xml.as_bytes()).unwrap();
    let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
    gzip.write_all(xml.as_bytes()).unwrap();
    let whole = deflated(xml.as_bytes());
    for bytes in [
        zlib.finish().unwrap(),
        gzip.finish().unwrap(),
        deflated(&whole),
        whole[..whole.len() - 8].to_vec(),
        xml.into_bytes(),
    ] {
        let refusal = verify(&signed(&bytes)).err();
        assert!(matches!(refusal, Some(Refusal::Undecodable | Refusal::NotXml)), "{refusal:?}");
    }
}

#[test]
fn t_idp_01_an_address_that_only_looks_registered_is_not() {
    let looks = [
        format!("{ACS}/"),
        format!("{ACS}#x"),
        format!("{ACS}?x=1"),
        format!("{ACS}%20"),
        ACS.replace("https", "HTTPS"),
        ACS.replace("https", "http"),
        ACS.replace("sp.example.dk", "sp.example.dk:443"),
        ACS.replace("sp.example.dk", "sp.example.dk."),
        ACS.replace("sp.example.dk", "sp.example.dk@evil.example"),
        ACS.replace("/saml/", "/saml/../saml/"),
        ACS.replace("/saml/", "/%73aml/"),
        ACS.replace('a', "\u{430}"),
        format!(" {ACS}"),
        format!("{ACS} "),
        String::new(),
    ];
    for address in looks {
        let xml = authn_request(&RequestDescription { acs: Some(&address), ..request("_r1") }).unwrap();
        let url = redirect::signed_url(SSO, Carried::Request, &xml, None, &*SP_KEY).unwrap();
        let query = url.split_once('?').unwrap().1;
        assert_eq!(verify(query).err(), Some(Refusal::UnknownAcs), "{address}");
    }
}

/// Some libraries forget to escape the plus of base64; what they signed is what they sent.
#[test]
fn an_unescaped_plus_is_a_plus_and_signed_as_one() {
    let xml = authn_request(&request("_plus")).unwrap();
    let good = redirect::signed_url(SSO, redirect::Carried::Request, &xml, Some("a b"), &*SP_KEY).unwrap();
    let (signed, _) = good.split_once('?').unwrap().1.split_once("&Signature=").unwrap();
    let sloppy = signed.replace("%2B", "+");
    assert_ne!(sloppy, signed, "a message without a plus says nothing");
    let signature = STANDARD.encode(SP_KEY.sign(sloppy.as_bytes()).unwrap()).replace('=', "%3D");
    assert_eq!(
        verify(&format!("{sloppy}&Signature={signature}")).unwrap().relay_state.as_deref(),
        Some("a b")
    );
    let strict = STANDARD.encode(SP_KEY.sign(signed.as_bytes()).unwrap()).replace('+', "%2B");
    let repaired = format!("{sloppy}&Signature={strict}");
    assert_eq!(
        verify(&repaired).err(),
        Some(Refusal::BadSignature),
        "nothing is repaired before it is verified"
    );
}
