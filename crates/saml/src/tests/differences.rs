//! What readers of XML differ about: encodings, names, references, markup inside values. Each such message is
//! refused, or reads as if it had been written plainly.

use super::placements::{around, signed_assertion};
use super::{
    SP, SP_KEY, SSO, base64, expected, expected_response, identity_provider, provider, request, sp_decryption,
};
use crate::xml::{self, Kind, XmlFault, c14n};
use crate::{AuthnRequest, Refusal, post, redirect, response, signed_authn_request};

fn plain() -> String {
    crate::authn_request(&request("_r1")).unwrap()
}

/// Whatever the bytes are, signed over the query by the service provider: the signature is right.
fn read(xml: &[u8]) -> Result<AuthnRequest, Refusal> {
    use base64::Engine as _;
    use std::io::Write as _;
    let mut deflate = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::fast());
    deflate.write_all(xml).unwrap();
    let base64 = |bytes: &[u8]| base64::engine::general_purpose::STANDARD.encode(bytes);
    let escaped = |text: String| text.replace('+', "%2B").replace('/', "%2F").replace('=', "%3D");
    let message = escaped(base64(&deflate.finish().unwrap()));
    let algorithm = "http%3A%2F%2Fwww.w3.org%2F2001%2F04%2Fxmldsig-more%23rsa-sha256";
    let signed = format!("SAMLRequest={message}&SigAlg={algorithm}");
    let signature = escaped(base64(&crate::Signer::sign(&*SP_KEY, signed.as_bytes()).unwrap()));
    redirect::receive(&format!("{signed}&Signature={signature}"))?.verify(&provider(), &expected())
}

#[track_caller]
fn reads_as_plain(xml: &str) {
    let said = read(xml.as_bytes()).unwrap_or_else(|refusal| panic!("{refusal}: {xml}"));
    assert_eq!(format!("{said:?}"), format!("{:?}", read(plain().as_bytes()).unwrap()), "{xml}");
}

#[track_caller]
fn refused(xml: &[u8], refusal: Refusal) {
    assert_eq!(read(xml).err(), Some(refusal), "{}", String::from_utf8_lossy(xml));
}

#[test]
fn t_parse_01_only_utf_8_is_read() {
    let xml = plain();
    let utf_16 = |unit: fn(u16) -> [u8; 2]| xml.encode_utf16().flat_map(unit).collect::<Vec<u8>>();
    let marked = |mark: &[u8], bytes: Vec<u8>| [mark, &bytes].concat();
    refused(&utf_16(u16::to_le_bytes), Refusal::NotXml);
    refused(&utf_16(u16::to_be_bytes), Refusal::NotXml);
    refused(&marked(b"\xff\xfe", utf_16(u16::to_le_bytes)), Refusal::Undecodable);
    refused(&marked(b"\xfe\xff", utf_16(u16::to_be_bytes)), Refusal::Undecodable);
    // Overlong, a surrogate, beyond Unicode, cut off, Latin-1.
    for bytes in [&b"\xc0\xbc"[..], b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xe2\x82", b"\xe6"] {
        let (head, tail) = xml.split_once("saml.sp").unwrap();
        refused(&[head.as_bytes(), bytes, b"saml.sp", tail.as_bytes()].concat(), Refusal::Undecodable);
    }
    for encoding in ["UTF-16", "ISO-8859-1", "utf-7", "UTF8", "utf-8x", "UTF-8'"] {
        let declared = format!("<?xml version=\"1.0\" encoding=\"{encoding}\"?>{xml}");
        refused(declared.as_bytes(), Refusal::Undecodable);
    }
    for declaration in [
        "version=\"1.1\"",
        "version=\"1&#46;0\"",
        "encoding=\"utf-8\"",
        "version=\"1.0\"encoding=\"utf-8\"",
        "encoding=\"utf-8\" version=\"1.0\"",
        "version=\"1.0\" standalone=\"maybe\"",
        "version=\"1.0\" version=\"1.0\"",
        "",
    ] {
        refused(format!("<?xml {declaration}?>{xml}").as_bytes(), Refusal::NotXml);
    }
    reads_as_plain(&format!("\u{feff}{xml}"));
    reads_as_plain(&format!("<?xml version=\"1.0\" encoding='utf-8'?>\n{xml}\n"));
    reads_as_plain(&format!("<?xml version=\"1.0\" standalone=\"yes\"?>{xml}"));
    refused(format!("\u{feff}\u{feff}{xml}").as_bytes(), Refusal::NotXml);
    refused(format!(" <?xml version=\"1.0\"?>{xml}").as_bytes(), Refusal::Markup);
}

#[test]
fn t_parse_01_what_is_no_character_is_refused_raw_or_as_a_reference() {
    let xml = plain();
    for bad in ["\0", "\u{1}", "\u{b}", "\u{c}", "\u{1f}", "\u{fffe}", "\u{ffff}"] {
        for place in ["saml.sp", "_r1", "login.example"] {
            refused(xml.replacen(place, &format!("{bad}{place}"), 1).as_bytes(), Refusal::NotXml);
            let reference = format!("&#{};{place}", u32::from(bad.chars().next().unwrap()));
            refused(xml.replacen(place, &reference, 1).as_bytes(), Refusal::NotXml);
        }
    }
    for bad in
        ["&#xD800;", "&#x110000;", "&#99999999999;", "&#;", "&#x;", "&#-1;", "&nbsp;", "&a", "&", "&#X41;"]
    {
        refused(xml.replacen("saml.sp", bad, 1).as_bytes(), Refusal::NotXml);
    }
}

#[test]
fn t_parse_01_a_character_and_its_reference_are_the_same() {
    let xml = plain();
    let spelled = |text: &str, hex: bool| -> String {
        let one =
            |c: char| if hex { format!("&#x{:X};", u32::from(c)) } else { format!("&#{};", u32::from(c)) };
        text.chars().map(one).collect()
    };
    for hex in [true, false] {
        for value in [SP, SSO, "_r1", "minimum", "Substantial"] {
            reads_as_plain(&xml.replace(value, &spelled(value, hex)));
        }
    }
    // Normalised away in an attribute unless it is a reference (XML 1.0 3.3.3): either way another address.
    for white in ["\n", "\t", "&#10;", "&#9;", "&#13;", " "] {
        refused(xml.replacen(SSO, &format!("{SSO}{white}"), 1).as_bytes(), Refusal::WrongDestination);
    }
}

const ASSERTION: &str = "urn:oasis:names:tc:SAML:2.0:assertion";

#[test]
fn t_parse_01_names_are_what_their_namespace_says() {
    let xml = plain();
    // Any prefix, none, and one that means something else further in.
    reads_as_plain(&xml.replace("samlp:", "p:").replace("xmlns:samlp", "xmlns:p"));
    reads_as_plain(
        &xml.replace("<saml:Issuer xmlns:saml=", "<Issuer xmlns=").replace("</saml:Issuer>", "</Issuer>"),
    );
    let rebound = format!("<saml:Issuer xmlns:saml=\"{ASSERTION}\" xmlns:samlp=\"{ASSERTION}\">");
    reads_as_plain(&xml.replace(&format!("<saml:Issuer xmlns:saml=\"{ASSERTION}\">"), &rebound));
    // Of the right name in another namespace: not read.
    for other in
        ["<Issuer xmlns=\"urn:x\">evil</Issuer>", "<Issuer>evil</Issuer>", "<x:Issuer xmlns:x=\"urn:x\"/>"]
    {
        reads_as_plain(&xml.replacen("<saml:Issuer ", &format!("{other}<saml:Issuer "), 1));
    }
    // Of the right name by another prefix: one too many.
    for other in [
        format!("<Issuer xmlns=\"{ASSERTION}\">evil</Issuer>"),
        format!("<x:Issuer xmlns:x=\"{ASSERTION}\">evil</x:Issuer>"),
        format!("<samlp:Issuer xmlns:samlp=\"{ASSERTION}\">evil</samlp:Issuer>"),
    ] {
        refused(
            xml.replacen("<saml:Issuer ", &format!("{other}<saml:Issuer "), 1).as_bytes(),
            Refusal::NotXml,
        );
    }
    let attribute = |more: &str| xml.replacen(" ID=", &format!(" {more} ID="), 1);
    // An attribute with a prefix is another attribute.
    reads_as_plain(&attribute("xmlns:x=\"urn:x\" x:Destination=\"https://evil.example\" x:ID=\"_evil\""));
    for twice in [
        "ID=\"_evil\"",
        "xmlns:a=\"urn:x\" xmlns:b=\"urn:x\" a:c=\"1\" b:c=\"2\"",
        "xmlns:a=\"urn:x\" xmlns:a=\"urn:y\"",
        "xmlns=\"urn:x\" xmlns=\"urn:y\"",
    ] {
        refused(attribute(twice).as_bytes(), Refusal::NotXml);
    }
    for reserved in [
        "xmlns:xml=\"urn:x\"",
        "xmlns:xmlns=\"urn:x\"",
        "a:xmlns=\"urn:x\"",
        "xmlns:a=\"urn:x\" a:xmlns=\"urn:y\"",
        "xmlns:a=\"http://www.w3.org/XML/1998/namespace\"",
        "xmlns:a=\"http://www.w3.org/2000/xmlns/\"",
        "xmlns=\"http://www.w3.org/XML/1998/namespace\"",
        "xmlns:=\"urn:x\"",
        "xmlns:a=\"\"",
        "undeclared:a=\"\"",
        ":a=\"\"",
        "a:=\"\"",
    ] {
        refused(attribute(reserved).as_bytes(), Refusal::NotXml);
    }
}

#[test]
fn t_parse_01_broken_tags_are_not_mended() {
    let xml = plain();
    for (from, to) in [
        ("</saml:Issuer>", "</saml:Issuer x=\"\">"),
        ("</saml:Issuer>", "</ saml:Issuer>"),
        ("</saml:Issuer>", "</issuer>"),
        ("</saml:Issuer>", ""),
        (" ID=", " ID"),
        (" ID=\"_r1\"", " ID=_r1"),
        (" ID=\"_r1\"", " ID=\"_r1'"),
        (" ID=\"_r1\"", " ID=\"_r1\"Extra=\"\""),
        (" ID=\"_r1\"", " ID=\"<_r1\""),
        ("<saml:Issuer ", "< saml:Issuer "),
        ("https://saml.sp", "]]>https://saml.sp"),
        ("</samlp:AuthnRequest>", "</samlp:AuthnRequest></samlp:AuthnRequest>"),
    ] {
        assert!(xml.contains(from), "{from}");
        let refusal = read(xml.replacen(from, to, 1).as_bytes()).err();
        assert_eq!(refusal, Some(Refusal::NotXml), "{from} -> {to}");
    }
}

#[test]
fn t_parse_01_the_declaration_is_no_instruction_and_stands_at_the_beginning() {
    for text in [
        "<a><?xml?pi x?></a>",
        "<a><?XML x?></a>",
        "<a/><?xml version='1.0'?>",
        "<a><?xml?></a>",
        "<a><?x*y z?></a>",
        "<a><??></a>",
    ] {
        assert_eq!(xml::parse(text, Kind::Metadata).err(), Some(XmlFault::Malformed), "{text}");
    }
    assert!(xml::parse("<a><?xml-stylesheet x?></a>", Kind::Metadata).is_ok());
}

/// A document with something put before, into and behind each piece of text in it.
fn with_in_text(whole: &str, put: &str) -> Vec<String> {
    let document = xml::parse(whole, Kind::Message).unwrap();
    let texts = document.descendants().filter(roxmltree::Node::is_text).map(|node| node.range());
    let at = |place: usize| format!("{}{put}{}", &whole[..place], &whole[place..]);
    texts.flat_map(|range| [at(range.start), at(range.start + 1), at(range.end)]).collect()
}

/// The digest of a message with comments is the digest without them: only refusing them helps.
#[test]
fn t_sig_05_no_value_of_any_message_holds_markup() {
    let request = signed_authn_request(&request("_r1"), &*SP_KEY).unwrap();
    let response = super::respond_as(crate::ResponseSigning::AssertionAndResponse, |_| ());
    let (idp, key) = (identity_provider(), sp_decryption());
    for markup in ["<!---->", "<!--x-->", "<?a b?>", "<![CDATA[]]>", "<![CDATA[x]]>"] {
        let requests = with_in_text(&request, markup);
        assert!(requests.len() > 12, "issuer, digest, signature, certificate, reference");
        for changed in requests {
            assert_eq!(post::receive(&base64(&changed), None).err(), Some(Refusal::Markup), "{changed}");
        }
        for changed in with_in_text(&response, markup) {
            let refusal = response::receive(&base64(&changed)).unwrap_err();
            assert_eq!(refusal.code(), "markup", "{changed}");
        }
        // Inside the encryption there is nobody else to refuse it.
        let assertions = with_in_text(&signed_assertion(), markup);
        assert!(assertions.len() > 20, "NameID, audience, values, and the rest");
        for changed in assertions {
            let received = response::receive(&base64(&around(&changed))).unwrap();
            let refusal = received.verify(&idp, &key, &expected_response()).unwrap_err();
            assert_eq!(refusal.code(), "markup", "{changed}");
        }
    }
}

#[test]
fn t_c14n_01_no_prefix_list_makes_work_or_nothing() {
    let whole = signed_authn_request(&request("_r1"), &*SP_KEY).unwrap();
    let method = "<ds:Transform Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"></ds:Transform>";
    let listing = |list: &str| {
        let inclusive = format!(
            "<ds:Transform Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"><ec:InclusiveNamespaces \
             xmlns:ec=\"http://www.w3.org/2001/10/xml-exc-c14n#\" PrefixList=\"{list}\"></ec:InclusiveNamespaces>\
             </ds:Transform>"
        );
        let changed = whole.replace(method, &inclusive);
        assert_ne!(changed, whole);
        post::receive(&base64(&changed), None).and_then(|it| it.verify(&provider(), &expected())).err()
    };
    for long in ["p ".repeat(17), "p".repeat(100_000) + " p", "#default ".repeat(20_000)] {
        let refusal = listing(&long).unwrap();
        assert!(matches!(refusal, Refusal::SignatureProfile | Refusal::BadSignature), "{refusal:?}");
    }
    // A list that changes nothing in the canonical form of the message still changes what was signed.
    for short in ["", "absent", "#default", "xml xmlns", "samlp"] {
        assert_eq!(listing(short), Some(Refusal::BadSignature), "{short}");
    }
}

#[test]
fn t_dos_02_a_document_at_every_limit_is_read_and_its_canonical_form_is_bounded() {
    const TIMES_LARGER_MAX: usize = 32;
    let long = |n: usize| format!("urn:{}{n:02}", "x".repeat(240));
    let declared: String = (0..63).map(|n| format!(" xmlns:p{n}=\"{}\"", long(n))).collect();
    let used: String = (0..60).map(|n| format!(" p{n}:a=\"\"")).collect();
    let wide = format!("<a{declared}>{}</a>", format!("<b{used}/>").repeat(400));
    let deep = format!("{}{}", "<a>".repeat(64), "</a>".repeat(64));
    let many = format!("<a>{}</a>", "<b/>".repeat(9_990));
    for text in [wide, deep, many] {
        let document = xml::parse(&text, Kind::Message).unwrap();
        let canonical = c14n::exclusive(document.root_element(), None, &[]);
        assert!(canonical.len() < TIMES_LARGER_MAX * text.len(), "{} of {}", canonical.len(), text.len());
    }
    for (text, fault) in [
        (format!("{}{}", "<a>".repeat(65), "</a>".repeat(65)), XmlFault::TooLarge),
        (format!("<a>{}</a>", "<b/>".repeat(10_001)), XmlFault::TooLarge),
        (format!("<a>{}</a>", "x".repeat(256 * 1024)), XmlFault::TooLarge),
        (format!("<{}/>", "a".repeat(257)), XmlFault::TooLarge),
        (format!("<a {}=\"\"/>", "a".repeat(257)), XmlFault::TooLarge),
        (format!("<a xmlns=\"urn:{}\"/>", "x".repeat(256)), XmlFault::TooLarge),
        (format!("<a{}/>", (0..65).map(|n| format!(" a{n}=\"\"")).collect::<String>()), XmlFault::TooLarge),
    ] {
        assert_eq!(xml::parse(&text, Kind::Message).err(), Some(fault), "{}", &text[..60]);
    }
    // Sixty-five namespaces in scope, though no element declares more than one.
    let nested: String = (0..63).map(|n| format!("<a xmlns:n{n}=\"urn:n\" xmlns:m{n}=\"urn:m\">")).collect();
    let nested = nested + &"</a>".repeat(63);
    assert_eq!(xml::parse(&nested, Kind::Message).err(), Some(XmlFault::TooLarge));
}

#[test]
fn what_is_of_no_use_to_us_changes_nothing() {
    let xml = plain();
    let attribute = |more: &str| xml.replacen(" ID=", &format!(" {more} ID="), 1);
    for more in [
        "AttributeConsumingServiceIndex=\"7\"",
        "ProviderName=\"&lt;b>Somebody else's name&lt;/b>\"",
        "Consent=\"urn:oasis:names:tc:SAML:2.0:consent:obtained\"",
    ] {
        reads_as_plain(&attribute(more));
    }
    let app_switch = "<samlp:Extensions><nl:AppSwitch xmlns:nl=\"https://data.gov.dk/eid/saml/extensions\">\
                      <nl:Platform>iOS</nl:Platform><nl:ReturnURL>https://evil.example</nl:ReturnURL>\
                      </nl:AppSwitch></samlp:Extensions>";
    let conditions = format!(
        "<saml:Conditions xmlns:saml=\"{ASSERTION}\" NotOnOrAfter=\"2099-01-01T00:00:00Z\"></saml:Conditions>"
    );
    for more in [app_switch, &conditions] {
        reads_as_plain(&xml.replacen(
            "<samlp:RequestedAuthnContext",
            &format!("{more}<samlp:RequestedAuthnContext"),
            1,
        ));
    }
}

#[test]
fn an_issuer_is_an_entity_and_there_is_one() {
    let xml = plain();
    let format = |name: &str| {
        let format = format!("<saml:Issuer Format=\"urn:oasis:names:tc:SAML:{name}\"");
        xml.replacen("<saml:Issuer", &format, 1)
    };
    reads_as_plain(&format("2.0:nameid-format:entity"));
    reads_as_plain(&xml.replace(&format!(">{SP}<"), &format!(">\n  {SP}\n<")));
    refused(format("1.1:nameid-format:unspecified").as_bytes(), Refusal::Malformed);
    refused(format("2.0:nameid-format:persistent").as_bytes(), Refusal::Malformed);
    refused(xml.replace(&format!(">{SP}<"), "><").as_bytes(), Refusal::Malformed);
    refused(xml.replace("saml:Issuer", "saml:Other").as_bytes(), Refusal::Malformed);
    let long = format!(">{}<", "x".repeat(1_025));
    refused(xml.replace(&format!(">{SP}<"), &long).as_bytes(), Refusal::Malformed);
}
