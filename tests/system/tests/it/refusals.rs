//! A request that cannot be trusted ends here, on a page with a reference number, and nowhere else.

use crate::harness::{AuthnRequest, Page, Portner, Storage, ThrowAwaySp, Visitor};
use time::Duration;

#[tokio::test]
async fn what_cannot_be_trusted_ends_on_a_local_page() {
    let portner = Portner::install(Storage::Sqlite).await;
    let sp = ThrowAwaySp::registered_at(&portner, "known");
    let stranger = ThrowAwaySp::new("stranger");
    let good = || sp.request(&portner);
    let tampered = good().signed_url(&sp).replace("RelayState=where", "RelayState=elsewhere");
    let twice = format!("{}&RelayState=again", good().signed_url(&sp));

    check(&portner, "not SAML at all", &format!("{}?SAMLRequest=%25%25", portner.sso_url())).await;
    check(&portner, "no request", &portner.sso_url()).await;
    check(&portner, "unsigned", &good().unsigned_url()).await;
    check(&portner, "tampered", &tampered).await;
    check(&portner, "a parameter twice", &twice).await;
    check(&portner, "an unknown issuer", &stranger.request(&portner).signed_url(&stranger)).await;
    check(&portner, "somebody else's key", &good().signed_url(&stranger)).await;
    let old = AuthnRequest { age: Duration::hours(1), ..good() };
    check(&portner, "an old bookmark", &old.signed_url(&sp)).await;
    let early = AuthnRequest { age: Duration::hours(-1), ..good() };
    check(&portner, "from the future", &early.signed_url(&sp)).await;
    let elsewhere = AuthnRequest { acs_url: "http://localhost:9/other".into(), ..good() };
    check(&portner, "another address to answer to", &elsewhere.signed_url(&sp)).await;
    let posted = [("SAMLRequest", good().posted()), ("RelayState", "where I was".to_owned())];
    let posted = Visitor::new().post(&portner.sso_url(), &posted).await.unwrap();
    is_local(&portner, "by a binding that the policy does not have", &posted);
    portner.cli.verify_audit_log();
}

#[tokio::test]
async fn a_request_is_good_once() {
    let portner = Portner::install(Storage::Sqlite).await;
    let sp = ThrowAwaySp::registered_at(&portner, "known");
    let url = sp.request(&portner).signed_url(&sp);
    let first = Visitor::new().open(&url).await.unwrap();
    assert_eq!(first.status, 200, "{}", first.html);
    check(&portner, "replayed by somebody else", &url).await;
}

async fn check(portner: &Portner, what: &str, url: &str) {
    is_local(portner, what, &Visitor::new().open(url).await.unwrap());
}

fn is_local(portner: &Portner, what: &str, page: &Page) {
    assert!((400..500).contains(&page.status), "{what}: status {}", page.status);
    assert_eq!(page.url.origin().ascii_serialization(), portner.url, "{what}: left the IdP");
    let reference = page.reference().unwrap_or_else(|| panic!("{what}: no reference number"));
    assert!(portner.cli.events("request-refused").contains(&reference), "{what}: not in the log");
    assert!(posts_nowhere_else(page), "{what}: posts to {:?}", page.form_targets());
}

fn posts_nowhere_else(page: &Page) -> bool {
    let here = page.url.origin();
    page.saml_response().is_none() && page.form_targets().iter().all(|target| target.origin() == here)
}
