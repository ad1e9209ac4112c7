//! Hundreds of signed messages, respelled and damaged from a seed, judged by libxml2 and xmlsec1: what we accept
//! they accept, and the bytes we digest are the bytes they digest.
//!
//! The tests are silent where the tools are not installed; `make test` installs them.

use std::process::Command;

use super::placements::signed_assertion;
use super::{ENTROPY, IDP_KEY, SP_KEY, base64, idp_description, request, respond_as};
use crate::xml::{self, Kind, c14n};
use crate::{ResponseSigning, Signer, metadata, post, signature, signed_authn_request};

/// As many as take less than half a minute.
const MESSAGES: u64 = 800;

/// SplitMix64: the same numbers from the same seed, everywhere.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % u64::try_from(sides.max(1)).unwrap()).unwrap()
    }

    fn one_of<'a>(&mut self, all: &[&'a str]) -> &'a str {
        all[self.roll(all.len())]
    }

    /// A place where this text stands; its first, if the dice say so far too often.
    fn place(&mut self, of: &str, text: &str) -> Option<usize> {
        let all: Vec<_> = text.match_indices(of).map(|(at, _)| at).collect();
        (!all.is_empty()).then(|| all[self.roll(all.len())])
    }
}

/// The messages that are respelled and damaged, each with the element that is signed and who signed.
fn honest() -> [(&'static str, String, &'static str); 5] {
    [
        (
            "urn:oasis:names:tc:SAML:2.0:protocol:AuthnRequest",
            signed_authn_request(&request("_signed"), &*SP_KEY).unwrap(),
            "sp.crt.pem",
        ),
        ("urn:oasis:names:tc:SAML:2.0:protocol:AuthnRequest", with_inclusive_prefixes(), "sp.crt.pem"),
        (
            "urn:oasis:names:tc:SAML:2.0:protocol:Response",
            respond_as(ResponseSigning::AssertionAndResponse, |_| ()),
            "idp.crt.pem",
        ),
        ("urn:oasis:names:tc:SAML:2.0:assertion:Assertion", signed_assertion(), "idp.crt.pem"),
        (
            "urn:oasis:names:tc:SAML:2.0:metadata:EntityDescriptor",
            metadata::signed_identity_provider(&idp_description(), &*IDP_KEY, &ENTROPY).unwrap(),
            "idp.crt.pem",
        ),
    ]
}

/// A request signed in another spelling than ours: default namespaces, an inclusive prefix, indentation.
fn with_inclusive_prefixes() -> String {
    let digest_of = |text: &str, prefixes: &[&str]| {
        let document = xml::parse(text, Kind::Message).unwrap();
        let canonical = c14n::exclusive(document.root_element(), None, prefixes);
        aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA512, &canonical).as_ref().to_vec()
    };
    let body = "\n  <p:Extensions><a xmlns=\"\" b='\"'>&#xE6; &amp; <xs:c xmlns:d=\"urn:d\" d:e=\"&#10;\"/></a></p:Extensions>\n";
    let head = "<p:AuthnRequest xmlns:p=\"urn:oasis:names:tc:SAML:2.0:protocol\" xmlns:xs=\"urn:xs\" ID=\"_signed\" \
                Version=\"2.0\">\n  <Issuer xmlns=\"urn:oasis:names:tc:SAML:2.0:assertion\">urn:sp</Issuer>";
    let digest = digest_of(&format!("{head}{body}</p:AuthnRequest>"), &["xs", "#default"]);
    let info = |namespace: &str| {
        format!(
            "<SignedInfo{namespace}>\n<CanonicalizationMethod Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\">\
             </CanonicalizationMethod><SignatureMethod \
             Algorithm=\"http://www.w3.org/2001/04/xmldsig-more#rsa-sha256\"></SignatureMethod><Reference \
             URI=\"#_signed\"><Transforms><Transform \
             Algorithm=\"http://www.w3.org/2000/09/xmldsig#enveloped-signature\"></Transform> <Transform \
             Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"><ec:InclusiveNamespaces \
             xmlns:ec=\"http://www.w3.org/2001/10/xml-exc-c14n#\" PrefixList=\"xs #default\">\
             </ec:InclusiveNamespaces></Transform></Transforms><DigestMethod \
             Algorithm=\"http://www.w3.org/2001/04/xmlenc#sha512\"></DigestMethod><DigestValue>{}</DigestValue>\
             </Reference></SignedInfo>",
            encoded(&digest)
        )
    };
    let namespace = " xmlns=\"http://www.w3.org/2000/09/xmldsig#\"";
    let value = SP_KEY.sign(info(namespace).as_bytes()).unwrap();
    let signature = format!(
        "<Signature{namespace}>{}<SignatureValue>{}</SignatureValue></Signature>",
        info(""),
        encoded(&value)
    );
    format!("{head}{signature}{body}</p:AuthnRequest>")
}

fn encoded(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

/// The same message to a reader of XML, spelled differently.
fn respell(text: &str, dice: &mut Dice) -> String {
    let insert = |at: usize, what: &str| format!("{}{what}{}", &text[..at], &text[at..]);
    let replace =
        |at: usize, length: usize, what: &str| format!("{}{what}{}", &text[..at], &text[at + length..]);
    let changed = match dice.roll(9) {
        // Space where a tag allows it.
        0 => dice.place("\">", text).map(|at| insert(at + 1, dice.one_of(&[" ", "\n", "\t ", "\r\n"]))),
        1 => dice.place("=\"", text).map(|at| insert(at, dice.one_of(&[" ", "\n"]))),
        2 => dice.place("></", text).map(|at| {
            // An empty element by one tag, if this is one.
            let closing = text[at..].find('>').and_then(|_| text[at + 1..].find('>')).unwrap_or(0) + 1;
            let opens = text[..at].rfind('<').unwrap_or(0);
            let name = text[opens + 1..at].split([' ', '\n', '\t', '\r']).next().unwrap_or_default();
            let same = text[at + 3..].starts_with(&format!("{name}>")) && !text[opens..].starts_with("</");
            if same { replace(at, closing + 1, "/>") } else { text.to_owned() }
        }),
        // A declaration that nothing uses.
        3 => dice.place(" ID=\"", text).map(|at| insert(at, " xmlns:unused=\"urn:unused\"")),
        // A character by its number, in text or in a value.
        4 | 5 => {
            let letter = dice.one_of(&["e", "s", "2", ":", "/", "_", "."]);
            let value = dice.place(letter, text);
            value.filter(|at| in_value(text, *at)).map(|at| {
                let number = u32::from(text[at..].chars().next().unwrap());
                let spelled =
                    if dice.roll(2) == 0 { format!("&#{number};") } else { format!("&#x{number:x};") };
                replace(at, 1, &spelled)
            })
        }
        6 => Some(format!("{}{text}", dice.one_of(&["<?xml version=\"1.0\"?>", "\u{feff}", "\n"]))),
        7 => Some(format!("{text}{}", dice.one_of(&["\n", " \t", "\r\n"]))),
        // Line breaks where base64 has them.
        _ => dice.place("SignatureValue>", text).map(|at| insert(at + 15 + dice.roll(3) * 4, "\n")),
    };
    changed.unwrap_or_else(|| text.to_owned())
}

/// Inside quotes or between tags, and not part of a reference.
fn in_value(text: &str, at: usize) -> bool {
    let before = &text[..at];
    let in_tag = before.rfind('<') > before.rfind('>');
    let quotes = before[before.rfind('<').unwrap_or(0)..].matches('"').count();
    let declares = before.rfind(' ').is_some_and(|space| before[space..].starts_with(" xmlns"));
    let in_reference = before.rfind('&').is_some_and(|start| !before[start..].contains(';'));
    (!in_tag || (quotes % 2 == 1 && !declares)) && !in_reference
}

/// Another message, or none: bytes and pieces changed anywhere.
fn damage(text: &str, dice: &mut Dice) -> String {
    let boundary = |at: usize| (at..=text.len()).find(|at| text.is_char_boundary(*at)).unwrap();
    let at = boundary(dice.roll(text.len()));
    let end = boundary((at + 1 + dice.roll(12)).min(text.len()));
    let pieces = [
        "",
        " ",
        "x",
        "\"",
        "<",
        ">",
        "&",
        "<a/>",
        "<a>",
        "</a>",
        "<!---->",
        "<?a?>",
        "<![CDATA[x]]>",
        "]]>",
        "&#0;",
        "&#xD800;",
        "&lt;",
        "\u{0}",
        "\u{e6}",
        "\r",
        "xml:",
        " xmlns=\"\"",
        " xmlns:p=\"urn:q\"",
        " ID=\"_signed\"",
        " Id=\"_signed\"",
        " xml:id=\"_signed\"",
        " a:ID=\"_signed\"",
        ":a",
        "<!DOCTYPE a>",
        "&#38;",
        "\u{feff}",
    ];
    match dice.roll(5) {
        0 => format!("{}{}", &text[..at], &text[end..]),
        1 => format!("{}{}{}", &text[..at], dice.one_of(&pieces), &text[at..]),
        2 => format!("{}{}{}", &text[..at], dice.one_of(&pieces), &text[end..]),
        // An element twice, or somewhere else.
        3 | 4 => {
            let Some(start) = dice.place("<", text) else { return text.to_owned() };
            let stop = text[start..].match_indices('>').map(|(at, _)| start + at + 1).nth(dice.roll(3));
            let piece = &text[start..stop.unwrap_or(text.len())];
            let to = dice.place("<", text).unwrap_or(0);
            format!("{}{piece}{}", &text[..to], &text[to..])
        }
        _ => text.to_owned(),
    }
}

/// The corpus: message number `n` is always the same.
fn message(n: u64, honest: &[(&'static str, String, &'static str)]) -> (&'static str, String, &'static str) {
    let mut dice = Dice(n);
    let (element, whole, key) = &honest[dice.roll(honest.len())];
    let mut text = whole.clone();
    for _ in 0..dice.roll(6) {
        text = respell(&text, &mut dice);
    }
    for _ in 0..dice.roll(3).saturating_sub(n.is_multiple_of(2).into()) {
        text = damage(&text, &mut dice);
    }
    (element, text, key)
}

fn is_installed(tool: &str) -> bool {
    let found = Command::new(tool).arg("--version").output().is_ok();
    assert!(found || std::env::var_os("PORTNER_TEST_ALL").is_none(), "{tool} is not installed");
    found
}

/// Is it signed, as far as we can see?
fn we_accept(text: &str, key: &str) -> bool {
    let Ok(document) = xml::parse(text, Kind::Message) else { return false };
    let certificate = if key == "sp.crt.pem" { SP_KEY.certificate() } else { IDP_KEY.certificate() };
    let sealed = signature::examine(document.root_element());
    sealed.is_ok_and(|sealed| sealed.is_by(std::slice::from_ref(certificate)).is_ok())
}

#[test]
fn t_xsw_01_nothing_is_accepted_that_xmlsec1_refuses() {
    if !is_installed("xmlsec1") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let (honest, mut accepted, mut altered) = (honest(), 0, 0);
    for n in 0..MESSAGES {
        let (element, text, key) = message(n, &honest);
        if !we_accept(&text, key) {
            continue;
        }
        accepted += 1;
        altered += usize::from(honest.iter().all(|(_, whole, _)| *whole != text));
        let file = folder.path().join(format!("{n}.xml"));
        std::fs::write(&file, &text).unwrap();
        let mut judge = Command::new("xmlsec1");
        judge.current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/testdata"));
        // The key is the one given; what the message says about keys is not looked at, here or there.
        judge.args(["--verify", "--pubkey-cert-pem", key, "--enabled-key-data", "key-name", "--id-attr:ID"]);
        let judged = judge.arg(element).arg(&file).output().unwrap();
        let said = String::from_utf8_lossy(&judged.stderr);
        assert!(judged.status.success(), "we accept what xmlsec1 refuses (message {n}): {said}\n{text}");
    }
    assert!(
        accepted > 200 && altered > 150,
        "{accepted} accepted, {altered} of them altered: too few to say"
    );
}

#[test]
fn t_c14n_01_what_we_digest_is_what_libxml2_writes() {
    if !is_installed("xmllint") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let (honest, mut files, mut ours) = (honest(), Vec::new(), Vec::new());
    for n in 0..MESSAGES {
        let (_, text, _) = message(n, &honest);
        let Ok(document) = xml::parse(&text, Kind::Message) else { continue };
        let file = folder.path().join(format!("{n}.xml"));
        std::fs::write(&file, &text).unwrap();
        files.push(file);
        ours.push(String::from_utf8(c14n::exclusive(document.root_element(), None, &[])).unwrap());
    }
    assert!(files.len() > 350, "{} documents are too few to say", files.len());
    let canonical = |files: &[std::path::PathBuf]| {
        let output = Command::new("xmllint").args(["--nonet", "--exc-c14n"]).args(files).output().unwrap();
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
    };
    // All at once; only a disagreement is looked for one by one.
    if canonical(&files) != ours.concat() {
        for (file, ours) in files.iter().zip(&ours) {
            let theirs = canonical(std::slice::from_ref(file));
            let same = ours.bytes().zip(theirs.bytes()).take_while(|(a, b)| a == b).count();
            let near = |text: &str| {
                let bytes = &text.as_bytes()[same.saturating_sub(60)..text.len().min(same + 60)];
                String::from_utf8_lossy(bytes).into_owned()
            };
            assert_eq!(near(ours), near(&theirs), "{theirs}");
        }
        panic!("together they differ, one by one they do not");
    }
}

#[test]
fn t_sig_01_no_damage_changes_what_is_read() {
    let whole = signed_authn_request(&request("_signed"), &*SP_KEY).unwrap();
    let read = |text: &str| {
        let verified =
            post::receive(&base64(text), None).ok()?.verify(&super::provider(), &super::expected());
        Some(format!("{:?}", verified.ok()?))
    };
    let original = read(&whole).unwrap();
    for n in 0..4 * MESSAGES {
        let mut dice = Dice(n);
        let mut text = respell(&whole, &mut dice);
        for _ in 0..=dice.roll(2) {
            text = damage(&text, &mut dice);
        }
        if let Some(said) = read(&text) {
            assert_eq!(said, original, "{text}");
        }
    }
}
