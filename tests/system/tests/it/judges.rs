//! Who judges the judges: the tools of these tests, tried where the answer is known.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::harness::{Browser, Language, ServiceProviders, ThrowAwaySp, redirect_of};

const GOOD_PAGE: &str = "data:text/html,<!doctype html><html lang=en><title>Good</title>\
    <main><h1>Good</h1><form><label>Name <input id=username></label></form></main>";
const BAD_PAGE: &str =
    "data:text/html,<!doctype html><title>Bad</title><main><h1>Bad</h1><input id=username></main>";

#[tokio::test]
async fn axe_objects_to_a_bad_page_and_not_to_a_good_one() {
    let browser = Browser::start(Language::English).await;
    browser.open(GOOD_PAGE).await;
    browser.fill("username", "anna").await;
    browser.inspect("judges-good").await;
    browser.open(BAD_PAGE).await;
    let rules: Vec<_> = browser.axe().await.iter().map(|found| found["rule"].to_string()).collect();
    assert_eq!(rules, [r#""html-has-lang""#, r#""label""#]);
}

#[tokio::test]
async fn the_browser_asks_in_its_own_language() {
    for language in [Language::Danish, Language::English] {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let heard = tokio::spawn(hear_request(listener));
        Browser::start(language).await.open(&url).await;
        let request = heard.await.unwrap().to_lowercase();
        let asked = format!("accept-language: {}", language.tag());
        assert!(request.contains(&asked), "{language:?}: {request}");
    }
}

async fn hear_request(listener: TcpListener) -> String {
    let (mut browser, _) = listener.accept().await.unwrap();
    let mut request = [0; 4096];
    let length = browser.read(&mut request).await.unwrap();
    browser.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").await.unwrap();
    String::from_utf8_lossy(&request[..length]).into_owned()
}

#[tokio::test]
async fn service_providers_send_the_browser_to_their_idp() {
    let idp = ThrowAwaySp::new("no-idp");
    let browser = Browser::start(Language::Danish).await;
    let providers = ServiceProviders::start(&idp.as_idp_metadata("http://localhost:9/sso"));
    for page in [providers.mellon("/open"), providers.shibboleth("/open")] {
        browser.open(&page).await;
        browser.see("Service provider").await;
    }
    for page in [providers.mellon("/substantial/"), providers.shibboleth("/substantial/")] {
        let sent_to = redirect_of(&page).await;
        assert!(sent_to.starts_with("http://localhost:9/sso?SAMLRequest="), "{page} led to {sent_to}");
        assert!(sent_to.contains("&SigAlg=") && sent_to.contains("&Signature="), "{sent_to} is not signed");
    }
}
