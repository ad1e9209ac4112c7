//! The canonicaliser against libxml2, and the writer against the canonicaliser.

use std::process::Command;

use proptest::prelude::*;

use super::{ENTROPY, IDP_KEY, SP_KEY, idp_description, request, respond, sp_description};
use crate::xml::{self, Kind, c14n};
use crate::{ResponseSigning, metadata, signed_authn_request};

fn ours(text: &str) -> String {
    let document = xml::parse(text, Kind::Metadata).unwrap_or_else(|fault| panic!("{fault}: {text}"));
    String::from_utf8(c14n::exclusive(document.root_element(), None, &[])).unwrap()
}

/// The same by libxml2; `None` where it is not installed. Comments are left out beforehand, since its
/// command line keeps them.
fn theirs(text: &str) -> Option<String> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("it.xml");
    std::fs::write(&file, text).unwrap();
    let output = match Command::new("xmllint").arg("--nonet").arg("--exc-c14n").arg(&file).output() {
        // `make test` installs it, and says so; elsewhere it may be missing.
        Err(_) if std::env::var_os("PORTNER_TEST_ALL").is_none() => return None,
        output => output.unwrap(),
    };
    assert!(output.status.success(), "{}: {text}", String::from_utf8_lossy(&output.stderr));
    Some(String::from_utf8(output.stdout).unwrap())
}

fn agree(text: &str) {
    if let Some(theirs) = theirs(text) {
        assert_eq!(ours(text), theirs.trim_end_matches('\n'), "{text}");
    }
}

#[test]
fn we_agree_with_libxml2_on_the_hard_cases() {
    for text in [
        "<a/>",
        "<a b=\"1\" a='2'  ></a >",
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<a>\n <b/>\r\n <c>&#13;&#10;&#9;\t</c></a>",
        "<a xmlns=\"urn:x\"><b xmlns=\"\"><c xmlns=\"urn:x\"/></b></a>",
        "<a xmlns=\"urn:x\"><b xmlns=\"urn:x\"/><c xmlns=\"urn:y\"><d/></c></a>",
        "<a xmlns:p=\"urn:p\" xmlns:q=\"urn:q\"><p:b q:c=\"\"><q:d p:e=\"\"/></p:b><p:f/></a>",
        "<p:a xmlns:p=\"urn:1\"><p:b xmlns:p=\"urn:2\"><p:c xmlns:p=\"urn:1\"/></p:b><p:d/></p:a>",
        "<a xmlns:z=\"urn:a\" xmlns:y=\"urn:b\" z:x=\"1\" y:x=\"2\" x=\"3\" w=\"4\"/>",
        "<a xml:lang=\"da\" xml:space=\"preserve\"><b/></a>",
        "<a b=\"&lt;&gt;&amp;&quot;&apos;&#9;&#10;&#13;&#xE6;\">&lt;&gt;&amp;\"'&#xE6;\u{e6}\u{1F600}</a>",
        "<a b='\"'>]]&gt;<![CDATA[<x>&amp;]]><![CDATA[]]></a>",
        "<a><?pi  some value ?><?empty?></a>",
        "<a b=\"one\ttwo\nthree\r\nfour\"/>",
        "<a xmlns:a=\"urn:a\" xmlns:b=\"urn:a\"><b:c a:d=\"1\"/><a:c b:d=\"1\"/></a>",
        "<a xmlns=\"urn:x\" xmlns:p=\"urn:x\"><p:a/><a/></a>",
    ] {
        agree(text);
    }
}

/// Elements with any mixture of prefixes, declarations, attributes and text.
fn element() -> impl Strategy<Value = String> {
    let prefix = || prop_oneof![Just(""), Just("p:"), Just("q:")];
    let declared = prop::collection::btree_map(
        prop_oneof![Just("xmlns"), Just("xmlns:p"), Just("xmlns:q")],
        prop_oneof![Just("urn:1"), Just("urn:2"), Just("urn:3")],
        0..3,
    );
    let attributes = prop::collection::btree_map("[a-c]", "[ -;=?-~\u{e6}\u{10000}]{0,6}", 0..3);
    let piece = (prefix(), "[a-c]", declared, prefix(), attributes, "[ -;=?-~\u{e6}]{0,8}");
    prop::collection::vec(piece, 1..8).prop_map(|pieces| {
        let (mut open, mut close) = (String::new(), String::new());
        for (n, (prefix, name, declared, attribute_prefix, attributes, text)) in
            pieces.into_iter().enumerate()
        {
            let mut tag = format!("<{prefix}{name}");
            for (declaration, uri) in declared {
                // The prefixes are always bound, and to namespaces of their own.
                if declaration == "xmlns" {
                    tag += &format!(" {declaration}=\"{uri}\"");
                }
            }
            if n % 3 == 0 {
                tag += &format!(" xmlns:p=\"urn:p{n}\" xmlns:q=\"urn:q{}\"", n / 2);
            }
            for (attribute, value) in attributes {
                let value = value.replace('&', "&amp;").replace('"', "&#34;");
                tag += &format!(" {attribute_prefix}{attribute}=\"{value}\"");
            }
            open += &format!("{tag}>{}", text.replace('&', "&amp;").replace(']', ""));
            close = format!("</{prefix}{name}>{close}");
        }
        open + &close
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn we_agree_with_libxml2_on_generated_documents(text in element()) {
        agree(&text);
    }

    #[test]
    fn canonical_form_is_its_own_canonical_form(text in element()) {
        let once = ours(&text);
        prop_assert_eq!(&ours(&once), &once);
    }
}

#[test]
fn inclusive_prefixes_are_declared_where_they_are_not_used() {
    let text = "<a xmlns=\"urn:d\" xmlns:p=\"urn:p\" xmlns:q=\"urn:q\"><b p:x=\"\"><c/></b></a>";
    let document = xml::parse(text, Kind::Message).unwrap();
    let b = document.root_element().first_element_child().unwrap();
    let canonical = |prefixes| String::from_utf8(c14n::exclusive(b, None, prefixes)).unwrap();
    let with_q = "<b xmlns=\"urn:d\" xmlns:p=\"urn:p\" xmlns:q=\"urn:q\" p:x=\"\"><c></c></b>";
    assert_eq!(canonical(&["q", "absent"]), with_q);
    assert_eq!(canonical(&["#default"]), with_q.replace(" xmlns:q=\"urn:q\"", ""));
}

#[test]
fn comments_are_left_out() {
    assert_eq!(ours("<!--1--><a><!--2-->x<!--3--></a>"), "<a>x</a>");
}

#[test]
fn what_we_write_is_canonical() {
    let documents = [
        signed_authn_request(&request("_a"), &*SP_KEY).unwrap(),
        super::logout::signed_request(),
        super::logout::signed_response(),
        respond(|_| ()),
        super::respond_as(ResponseSigning::AssertionAndResponse, |_| ()),
        metadata::service_provider_metadata(&sp_description()).unwrap(),
        metadata::identity_provider(&idp_description()).unwrap(),
        metadata::signed_identity_provider(&idp_description(), &*IDP_KEY, &ENTROPY).unwrap(),
    ];
    for document in documents {
        assert_eq!(ours(&document), document);
    }
}
