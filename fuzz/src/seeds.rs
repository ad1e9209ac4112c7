//! Writes the honest messages, and small beginnings of each kind, into the corpus: `fuzz/run seeds`.

use std::fs;
use std::path::Path;

use portner_fuzz::{
    SLO, SP_KEY, SSO, encrypted_response, failure, idp_metadata, logout_request, logout_response,
    plain_request, signed_assertion, signed_idp_metadata, signed_request, sp_metadata,
};
use portner_saml::redirect::Carried;
use portner_saml::{ResponseSigning, redirect};

/// Two groups, one of them with a constraint.
const PRIVILEGES: &str = "<bpp:PrivilegeList xmlns:bpp=\"http://digst.dk/oiosaml/basic_privilege_profile\">\
    <PrivilegeGroup Scope=\"urn:dk:gov:saml:cvrNumberIdentifier:12345678\"><Privilege>urn:dk:example:a</Privilege>\
    <Constraint Name=\"urn:dk:kombit:KLE\">27.39.00</Constraint></PrivilegeGroup>\
    <PrivilegeGroup Scope=\"urn:dk:gov:saml:productionUnitIdentifier:1234567890\">\
    <Privilege>urn:dk:example:b</Privilege><Privilege>urn:dk:example:c</Privilege></PrivilegeGroup>\
    </bpp:PrivilegeList>";

fn main() -> std::io::Result<()> {
    let folder = std::env::args().nth(1).unwrap_or_else(|| "corpus".to_owned());
    let query = |state| {
        let url = redirect::signed_url(SSO, redirect::Carried::Request, &plain_request(), state, &*SP_KEY)
            .expect("a URL");
        url.split_once('?').map(|(_, query)| query.to_owned()).unwrap_or_default()
    };
    let sp = sp_metadata();
    let by_hand = format!("<?xml version='1.0' encoding='utf-8'?>\n<!-- by hand -->\n{sp}<?pi x?>");
    let plain = ResponseSigning::AssertionOnly;
    let logout_query = |carried, xml: &str| {
        let url = redirect::signed_url(SLO, carried, xml, Some("state"), &*SP_KEY).expect("a URL");
        url.split_once('?').map(|(_, query)| query.to_owned()).unwrap_or_default()
    };
    let seeds = [
        ("logout", "request", logout_request(true)),
        ("logout", "response", logout_response(true)),
        ("logout", "request-query", logout_query(Carried::Request, &logout_request(false))),
        ("logout", "response-query", logout_query(Carried::Response, &logout_response(false))),
        ("redirect", "plain", query(None)),
        ("redirect", "state", query(Some("state"))),
        ("redirect", "escapes", query(Some("a&b=c/+%"))),
        ("request", "plain", plain_request()),
        ("request", "broker", plain_request().replace("</samlp:RequesterID>", "</samlp:RequesterID><a/>")),
        ("post", "signed", signed_request()),
        ("response", "encrypted", encrypted_response(plain)),
        ("response", "signed", encrypted_response(ResponseSigning::AssertionAndResponse)),
        ("response", "failure", failure()),
        ("assertion", "signed", signed_assertion()),
        ("sp_metadata", "ours", sp.clone()),
        ("sp_metadata", "by-hand", by_hand.clone()),
        ("idp_metadata", "ours", idp_metadata()),
        ("idp_metadata", "signed", signed_idp_metadata()),
        (
            "canonical",
            "prefixes",
            "<a xmlns=\"urn:x\" xmlns:p=\"urn:p\"><p:b p:c='&#9;\"'/>&lt;æ</a>".to_owned(),
        ),
        ("canonical", "cdata", "<a><?pi x?><![CDATA[<]]>]]&gt;&#13;<b xmlns=\"\"/></a>".to_owned()),
        ("canonical", "metadata", by_hand),
        ("privilege", "constrained", PRIVILEGES.to_owned()),
        ("privilege", "older", PRIVILEGES.replace("digst.dk", "itst.dk").replace("cvrNumber", "CvrNumber")),
    ];
    for (target, name, text) in seeds {
        let folder = Path::new(&folder).join(target);
        fs::create_dir_all(&folder)?;
        fs::write(folder.join(name), text)?;
    }
    Ok(())
}
