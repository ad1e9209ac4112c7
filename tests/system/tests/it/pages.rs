//! The pages as people see them: both languages, desktop and phone, nothing for axe to object to.

use crate::harness::{Browser, Demo, Language};

#[tokio::test]
async fn the_pages_in_danish() {
    every_page(Language::Danish).await;
}

#[tokio::test]
async fn the_pages_in_english() {
    every_page(Language::English).await;
}

/// The sandbox speaks Danish only.
#[tokio::test]
async fn the_service_provider_of_the_demo() {
    let demo = Demo::start().await;
    let browser = Browser::start(Language::Danish).await;
    browser.open(&demo.sp_url).await;
    browser.inspect("sandbox").await;
    browser.click("login-low").await;
    browser.log_in_as(demo.user("bo")).await;
    browser.read("attributes").await;
    browser.inspect("sandbox-me").await;
}

#[tokio::test]
async fn a_page_in_english_stays_in_english() {
    let demo = Demo::start().await;
    let anna = demo.user("anna");
    let browser = Browser::start(Language::Danish).await;
    browser.open(&demo.sp_url).await;
    browser.click("login").await;
    browser.read("username").await;
    assert_eq!(browser.language_of_page().await, "da");

    browser.open(&format!("{}?lang=en", browser.url().await)).await;
    browser.read("username").await;
    assert_eq!(browser.language_of_page().await, "en");
    browser.log_in(&anna.username, &anna.password).await;
    browser.read("code").await;
    assert_eq!(browser.language_of_page().await, "en");
}

async fn every_page(language: Language) {
    let demo = Demo::start().await;
    let anna = demo.user("anna");
    let browser = Browser::start(language).await;
    let name = |page: &str| format!("{page}-{}", language.tag());

    browser.open(&format!("{}/saml/sso?SAMLRequest=nonsense", demo.url.trim_end_matches('/'))).await;
    assert!(!browser.reference().await.is_empty(), "no reference number");
    browser.inspect(&name("error")).await;

    browser.open(&demo.sp_url).await;
    browser.click("login").await;
    browser.read("username").await;
    assert_eq!(browser.language_of_page().await, language.tag());
    browser.inspect(&name("login")).await;

    browser.log_in(&anna.username, "wrong").await;
    browser.problems().await;
    browser.inspect(&name("login-wrong")).await;

    browser.log_in(&anna.username, &anna.password).await;
    browser.read("code").await;
    browser.inspect(&name("totp")).await;

    browser.enter_code(anna.totp_secret.as_ref().unwrap()).await;
    browser.read("attributes").await;
    browser.open(&demo.url).await;
    browser.inspect(&name("start")).await;
}
