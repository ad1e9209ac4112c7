//! Signatures moved, doubled, emptied and dressed up: none of it gets past.

use proptest::prelude::*;

use super::{OTHER_KEY, SP_KEY, base64, expected, provider, request};
use crate::{AuthnRequest, Refusal, post, signed_authn_request};

fn verify(xml: &str) -> Result<AuthnRequest, Refusal> {
    post::receive(&base64(xml), None)?.verify(&provider(), &expected())
}

fn signed() -> String {
    signed_authn_request(&request("_signed"), &*SP_KEY).unwrap()
}

/// The signed message taken apart: without its signature, and the signature.
fn apart() -> (String, String) {
    let whole = signed();
    let (head, rest) = whole.split_once("<ds:Signature ").unwrap();
    let (signature, tail) = rest.split_once("</ds:Signature>").unwrap();
    (format!("{head}{tail}"), format!("<ds:Signature {signature}</ds:Signature>"))
}

/// What the attacker wants to have read: another ID, another consumer, somebody else's force.
fn evil() -> String {
    let (plain, _) = apart();
    plain.replace("_signed", "_evil").replace("ForceAuthn=\"false\"", "ForceAuthn=\"true\"")
}

fn insert(into: &str, what: &str) -> String {
    into.replacen("</saml:Issuer>", &format!("</saml:Issuer>{what}"), 1)
}

fn append(to: &str, what: &str) -> String {
    to.replace("</samlp:AuthnRequest>", &format!("{what}</samlp:AuthnRequest>"))
}

#[test]
fn t_xsw_01_no_wrapping_is_accepted() {
    let (plain, signature) = apart();
    let (whole, evil) = (signed(), evil());
    assert!(verify(&whole).is_ok());
    let object = |inner: &str| {
        signature.replace("</ds:Signature>", &format!("<ds:Object>{inner}</ds:Object></ds:Signature>"))
    };
    let extensions = |inner: &str| format!("<samlp:Extensions>{inner}</samlp:Extensions>");
    let same_id = |it: &str| it.replace("_evil", "_signed");
    let variants = [
        ("1: evil root, signature holds the original", insert(&evil, &object(&plain))),
        ("2: evil root, signature beside the original", append(&insert(&evil, &signature), &plain)),
        ("3: evil root around the signed original", append(&evil, &whole)),
        ("4: original inside evil, signature at evil", insert(&evil, &format!("{signature}{plain}"))),
        ("5: changed in place", whole.replace("ForceAuthn=\"false\"", "ForceAuthn=\"true\"")),
        ("6: changed in place, original in the signature", insert(&evil, &object(&whole))),
        ("7: original in extensions", append(&insert(&evil, &signature), &extensions(&plain))),
        ("8: evil in an object of the good signature", insert(&plain, &object(&evil))),
        ("two with one ID, evil outside", append(&insert(&same_id(&evil), &signature), &plain)),
        ("two with one ID, evil inside", append(&insert(&plain, &signature), &same_id(&evil))),
        ("signature in extensions", append(&plain, &extensions(&signature))),
        ("signature twice", insert(&whole, &signature)),
        ("good signature second", insert(&insert(&plain, &signature), &other_signature())),
    ];
    for (name, document) in variants {
        let refusal = verify(&document).err();
        let by_signature = matches!(refusal, Some(Refusal::SignatureProfile | Refusal::BadSignature));
        assert!(by_signature, "{name}: {refusal:?} {document}");
    }
}

fn other_signature() -> String {
    let whole = signed_authn_request(&request("_signed"), &*OTHER_KEY).unwrap();
    let (_, rest) = whole.split_once("<ds:Signature ").unwrap();
    let (signature, _) = rest.split_once("</ds:Signature>").unwrap();
    format!("<ds:Signature {signature}</ds:Signature>")
}

fn refused(change: impl Fn(&str) -> String) -> Option<Refusal> {
    let (whole, changed) = (signed(), change(&signed()));
    assert_ne!(whole, changed, "the change must change something");
    verify(&changed).err()
}

#[test]
fn t_sig_04_exactly_one_of_each_part() {
    let double = |element: &'static str| {
        move |xml: &str| {
            let (start, end) = (format!("<ds:{element}"), format!("</ds:{element}>"));
            let (head, rest) = xml.split_once(&start).unwrap();
            let (inner, tail) = rest.split_once(&end).unwrap();
            format!("{head}{start}{inner}{end}{start}{inner}{end}{tail}")
        }
    };
    for element in [
        "SignedInfo",
        "Reference",
        "SignatureValue",
        "KeyInfo",
        "DigestValue",
        "Transforms",
        "CanonicalizationMethod",
        "SignatureMethod",
        "DigestMethod",
    ] {
        assert_eq!(refused(double(element)), Some(Refusal::SignatureProfile), "{element}");
    }
    let object = |xml: &str| xml.replace("</ds:Signature>", "<ds:Object></ds:Object></ds:Signature>");
    assert_eq!(refused(object), Some(Refusal::SignatureProfile));
    let text = |xml: &str| xml.replace("<ds:SignatureValue>", "x<ds:SignatureValue>");
    assert_eq!(refused(text), Some(Refusal::SignatureProfile));
}

/// Nobody signs what is in `KeyInfo`, so an element with the signed ID can be put there; a reader that goes by the ID
/// might take it for the signed one.
#[test]
fn t_xsw_01_no_id_stands_twice_even_where_nothing_is_signed() {
    for twin in ["ID", "Id", "id", "iD", "xml:id"] {
        let hidden = format!("<ds:KeyInfo><ds:MgmtData {twin}=\"_signed\"></ds:MgmtData>");
        assert_eq!(
            refused(|xml| xml.replace("<ds:KeyInfo>", &hidden)),
            Some(Refusal::SignatureProfile),
            "{twin}"
        );
    }
}

/// Left out of the digest wherever it stands, a signature deeper inside would verify.
#[test]
fn t_sig_04_a_signature_is_a_child_of_what_it_signs() {
    let (plain, signature) = apart();
    for child in ["<samlp:RequestedAuthnContext Comparison=\"minimum\">", "Substantial"] {
        let deeper = plain.replacen(child, &format!("{child}{signature}"), 1);
        assert_eq!(verify(&deeper).err(), Some(Refusal::SignatureProfile), "{deeper}");
    }
    assert!(verify(&append(&plain, &signature)).is_ok(), "behind the other children it is still a child");
}

#[test]
fn t_alg_01_no_other_transform_method_or_parameter() {
    let enveloped = "http://www.w3.org/2000/09/xmldsig#enveloped-signature";
    let exclusive = "<ds:Transform Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"></ds:Transform>";
    let inclusive = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315";
    let with_comments = "http://www.w3.org/2001/10/xml-exc-c14n#WithComments";
    let xslt = "<ds:Transform Algorithm=\"http://www.w3.org/TR/1999/REC-xslt-19991116\"></ds:Transform>";
    let method = "xmldsig-more#rsa-sha256\"></ds:SignatureMethod>";
    let hmac = "xmldsig-more#rsa-sha256\"><ds:HMACOutputLength>1</ds:HMACOutputLength></ds:SignatureMethod>";
    let changes = [
        (enveloped, "http://www.w3.org/TR/1999/REC-xpath-19991116"),
        (exclusive, ""),
        (exclusive, xslt),
        ("</ds:Transforms>", &format!("{xslt}</ds:Transforms>")),
        ("http://www.w3.org/2001/10/xml-exc-c14n#", inclusive),
        ("http://www.w3.org/2001/10/xml-exc-c14n#", with_comments),
        (method, hmac),
        ("URI=\"#_signed\"", "URI=\"\""),
        ("URI=\"#_signed\"", "URI=\"#xpointer(/)\""),
        ("URI=\"#_signed\"", "URI=\"https://evil.example/\""),
        ("URI=\"#_signed\"", "Id=\"x\""),
    ];
    for (from, to) in changes {
        assert_eq!(refused(|xml| xml.replace(from, to)), Some(Refusal::SignatureProfile), "{from} -> {to}");
    }
    for (from, to) in [
        ("xmldsig-more#rsa-sha256", "xmldsig-more#hmac-sha256"),
        ("2001/04/xmldsig-more#rsa-sha256", "2000/09/xmldsig#rsa-sha1"),
        ("2001/04/xmlenc#sha256", "2000/09/xmldsig#sha1"),
    ] {
        assert_eq!(refused(|xml| xml.replace(from, to)), Some(Refusal::AlgorithmNotAllowed), "{to}");
    }
}

#[test]
fn t_sig_03_key_info_is_not_read() {
    // Whatever stands in KeyInfo, the key is metadata's: the signature neither gains nor loses by it.
    let whole = signed();
    let (head, rest) = whole.split_once("<ds:KeyInfo>").unwrap();
    let (_, tail) = rest.split_once("</ds:KeyInfo>").unwrap();
    for info in [
        "",
        "<ds:KeyInfo></ds:KeyInfo>",
        "<ds:KeyInfo><ds:RetrievalMethod URI=\"http://169.254.169.254/\"></ds:RetrievalMethod></ds:KeyInfo>",
        "<ds:KeyInfo><ds:X509Data><ds:X509Certificate>AAAA</ds:X509Certificate></ds:X509Data></ds:KeyInfo>",
    ] {
        assert!(verify(&format!("{head}{info}{tail}")).is_ok(), "{info}");
    }
}

#[test]
fn t_c14n_01_what_canonicalisers_differ_about_is_refused() {
    for (from, to) in [
        (
            "xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\"",
            "xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\" xmlns:r=\"relative\"",
        ),
        ("xmlns:samlp=\"urn:oasis", "xmlns:e=\"\" xmlns:samlp=\"urn:oasis"),
        ("xmlns:samlp=\"urn:oasis", "xmlns:samlp=\"&#117;rn:oasis"),
        ("<saml:Issuer ", "<:a></:a><saml:Issuer "),
        ("<saml:Issuer ", "<a:b:c></a:b:c><saml:Issuer "),
        ("Version=\"2.0\"", "Version=\"2.0\" :a=\"\""),
    ] {
        assert_eq!(refused(|xml| xml.replacen(from, to, 1)), Some(Refusal::NotXml), "{to}");
    }
    // Nothing digested is never something signed.
    let empty = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
    let digest = |xml: &str| {
        let (head, rest) = xml.split_once("<ds:DigestValue>").unwrap();
        let (_, tail) = rest.split_once('<').unwrap();
        format!("{head}<ds:DigestValue>{empty}<{tail}")
    };
    assert_eq!(refused(digest), Some(Refusal::BadSignature));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    /// Whatever is replaced, removed or inserted: the message is refused, or says what was signed.
    #[test]
    fn t_sig_01_no_alteration_changes_what_is_read(
        at in any::<prop::sample::Index>(),
        removed in 0_usize..4,
        inserted in "[ -~\n\t\u{e6}]{0,3}",
    ) {
        let whole = signed();
        let at = at.index(whole.len());
        let end = (at + removed).min(whole.len());
        let altered = format!("{}{inserted}{}", &whole[..at], &whole[end..]);
        if let Ok(read) = verify(&altered) {
            prop_assert_eq!(format!("{read:?}"), format!("{:?}", verify(&whole).unwrap()));
        }
    }

    /// The parser and its check in front say yes or no to anything, and never fall over.
    #[test]
    fn t_parse_01_garbage_is_refused_quietly(text in "([<>/=\"'&;:!?a-c \n-]|xmlns|<!--|-->|<a>|</a>){0,40}") {
        for kind in [crate::xml::Kind::Message, crate::xml::Kind::Metadata] {
            if let Ok(document) = crate::xml::parse(&text, kind) {
                prop_assert!(!crate::xml::c14n::exclusive(document.root_element(), None, &[]).is_empty());
            }
        }
    }
}
