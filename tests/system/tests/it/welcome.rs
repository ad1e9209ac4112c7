//! The first time: from the link of an invitation to a login at Substantial, and codes on paper.

use crate::harness::{Browser, Demo, Language};

const PASSWORD: &str = "en lang adgangskode til den første dag";

#[tokio::test]
async fn an_invitation_leads_to_substantial_in_danish() {
    invited(Language::Danish).await;
}

#[tokio::test]
async fn an_invitation_leads_to_substantial_in_english() {
    invited(Language::English).await;
}

async fn invited(language: Language) {
    let demo = Demo::start().await;
    let anna = demo.user("anna");
    let link = demo.cli.invite(&anna.username);
    let browser = Browser::start(language).await;
    let name = |page: &str| format!("{page}-{}", language.tag());

    browser.open(&format!("{}/welcome", demo.url.trim_end_matches('/'))).await;
    browser.read("code").await;
    browser.inspect(&name("welcome-code")).await;

    browser.open(&link).await;
    browser.read("submit").await;
    assert_eq!(browser.language_of_page().await, language.tag());
    browser.inspect(&name("welcome")).await;
    browser.click("submit").await;
    let secret: String = browser.read("key").await.split_whitespace().collect();
    browser.inspect(&name("welcome-means")).await;
    browser.click("submit").await;
    browser.problems().await;
    browser.inspect(&name("welcome-means-wrong")).await;

    browser.fill("password", PASSWORD).await;
    browser.fill("password_again", PASSWORD).await;
    browser.enter_code(&secret).await;
    browser.read("continue").await;
    browser.inspect(&name("welcome-done")).await;

    browser.open(&demo.sp_url).await;
    browser.click("login").await;
    browser.log_in(&anna.username, PASSWORD).await;
    browser.enter_code(&secret).await;
    assert!(browser.read("attributes").await.contains("Substantial"));

    browser.open(&link).await;
    assert!(!browser.reference().await.is_empty(), "the link works twice");
    browser.inspect(&name("welcome-used")).await;

    let me = format!("{}/me/recovery-codes", demo.url.trim_end_matches('/'));
    browser.open(&me).await;
    browser.read("left").await;
    browser.inspect(&name("recovery")).await;
    browser.click("submit").await;
    assert_eq!(browser.read("codes").await.lines().count(), 10);
    browser.inspect(&name("recovery-made")).await;
    demo.cli.verify_audit_log();
}
