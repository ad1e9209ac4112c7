//! What we issue, judged by xmlsec1.

use crate::harness::{AuthnRequest, Portner, SUBSTANTIAL, Storage, ThrowAwaySp, Visitor};

#[tokio::test]
async fn xmlsec1_decrypts_and_verifies_what_we_issue() {
    let portner = Portner::install(Storage::Sqlite).await;
    let sp = ThrowAwaySp::registered_at(&portner, "judge");
    let anna = portner.cli.add_user("anna");
    let request = AuthnRequest { minimum: Some(SUBSTANTIAL), ..sp.request(&portner) };
    let page = Visitor::new().log_in(&request.signed_url(&sp), &anna).await.unwrap();
    let response = page.saml_response().unwrap_or_else(|| panic!("no response:\n{}", page.html));

    assert_eq!(response.destination, sp.acs_url());
    assert_eq!(response.relay_state, request.relay_state);
    assert!(response.xml.contains(&format!("InResponseTo=\"{}\"", request.id)), "{}", response.xml);
    assert_eq!(response.xml.matches("<saml:EncryptedAssertion").count(), 1, "{}", response.xml);
    assert!(!response.xml.contains("AttributeValue"), "something was left unencrypted");

    let decrypted = sp.decrypt(&response.xml).unwrap();
    let metadata = portner.metadata().await;
    sp.verify(&decrypted, &metadata).unwrap();
    assert!(decrypted.contains(&format!("<saml:Audience>{}</saml:Audience>", sp.entity_id)), "{decrypted}");
    assert!(decrypted.contains(SUBSTANTIAL), "{decrypted}");

    let altered = decrypted.replace(&sp.entity_id, "https://saml.other.test");
    assert!(sp.verify(&altered, &metadata).is_err(), "the judge accepts anything");
}

#[tokio::test]
async fn is_passive_without_a_session_is_answered_not_prompted() {
    let portner = Portner::install(Storage::Sqlite).await;
    let sp = ThrowAwaySp::registered_at(&portner, "passive");
    let request = AuthnRequest { is_passive: true, ..sp.request(&portner) };
    let page = Visitor::new().open(&request.signed_url(&sp)).await.unwrap();
    let response = page.saml_response().unwrap_or_else(|| panic!("no response:\n{}", page.html));
    assert!(response.xml.contains("urn:oasis:names:tc:SAML:2.0:status:NoPassive"), "{}", response.xml);
    assert!(!response.xml.contains("Assertion"), "{}", response.xml);
}
