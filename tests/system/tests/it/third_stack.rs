//! A service provider on node-saml, which shares no XML code with the others: a login is understood, and anything
//! altered is not.

use crate::harness::{NodeSaml, Portner, Storage, ThrowAwaySp, Visitor, signing_certificate};

#[tokio::test]
async fn node_saml_logs_in_with_a_signed_and_encrypted_assertion_and_refuses_it_altered() {
    let portner = Portner::install(Storage::Sqlite).await;
    let sp = ThrowAwaySp::registered_at(&portner, "node");
    let node = NodeSaml::with_key_of(&sp, &portner).await;
    let anna = portner.cli.add_user("anna");

    let (url, request_id) = node.asks();
    let page = Visitor::new().log_in(&url, &anna).await.unwrap();
    let response = page.saml_response().unwrap_or_else(|| panic!("no response:\n{}", page.html));
    assert_eq!(response.destination, sp.acs_url());
    assert_eq!(response.relay_state.as_deref(), Some("where-I-was&why"));

    let profile = node.judges(&response.xml, &request_id).unwrap();
    assert_eq!(profile["issuer"], "https://saml.portner.test");
    assert!(profile["nameID"].as_str().unwrap().contains("/eid/professional/uuid/"), "{profile}");
    assert_eq!(profile["attributes"]["https://data.gov.dk/concept/core/nsis/loa"], "Substantial");
    assert_eq!(profile["attributes"]["https://data.gov.dk/model/core/eid/professional/cvr"], "12345678");
    assert!(profile["sessionIndex"].as_str().is_some_and(|index| index.len() > 32), "{profile}");

    // The judge can say no: to another request, another key, and one character of the encrypted content.
    let refused = |node: &NodeSaml<'_>, xml: &str, request_id: &str| {
        node.judges(xml, request_id).expect_err("the judge accepts anything")
    };
    refused(&node, &response.xml, "_another");
    let stranger = ThrowAwaySp::new("stranger").as_idp_metadata("http://localhost:9/sso");
    refused(&node.trusting(&signing_certificate(&stranger)), &response.xml, &request_id);
    let middle = response.xml.rfind("</xenc:CipherValue>").unwrap() - 400;
    let (head, tail) = response.xml.split_at(middle);
    let other = if tail.starts_with('A') { "B" } else { "A" };
    refused(&node, &[head, other, &tail[1..]].concat(), &request_id);

    // Opened it is still signed: as it was it is accepted, with another level or name it is not.
    let opened = without_envelope(&sp.decrypt(&response.xml).unwrap());
    node.judges(&opened, &request_id).unwrap();
    for (from, to) in
        [(">Substantial<", ">High<"), ("12345678", "87654321"), ("/professional/uuid/", "/person/uuid/")]
    {
        assert!(opened.contains(from), "{from}: {opened}");
        let why = refused(&node, &opened.replace(from, to), &request_id);
        assert!(why.to_lowercase().contains("signature"), "{why}");
    }
}

/// The response with its decrypted assertion as a plain one.
fn without_envelope(decrypted: &str) -> String {
    let (head, rest) = decrypted.split_once("<saml:EncryptedAssertion").expect("an envelope");
    let (_, rest) = rest.split_once('>').expect("its end");
    format!("{head}{}", rest.replace("</saml:EncryptedAssertion>", ""))
}
