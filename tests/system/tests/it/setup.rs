//! The first administrator: from the link that `init` prints to a login.

use crate::harness::{Browser, Language, Portner, Storage};

const USERNAME: &str = "admin";
const PASSWORD: &str = "en lang adgangskode til admin";

#[tokio::test]
async fn the_link_makes_the_first_administrator_in_danish() {
    first_administrator(Language::Danish).await;
}

#[tokio::test]
async fn the_link_makes_the_first_administrator_in_english() {
    first_administrator(Language::English).await;
}

async fn first_administrator(language: Language) {
    let portner = Portner::install(Storage::Sqlite).await;
    let browser = Browser::start(language).await;
    let name = |page: &str| format!("{page}-{}", language.tag());

    browser.open(&portner.setup_link).await;
    let secret: String = browser.read("key").await.split_whitespace().collect();
    assert_eq!(browser.language_of_page().await, language.tag());
    browser.inspect(&name("setup")).await;
    browser.click("submit").await;
    browser.problems().await;
    browser.inspect(&name("setup-wrong")).await;

    browser.fill("full_name", "Ada Min Administrator").await;
    browser.fill("username", USERNAME).await;
    browser.fill("password", PASSWORD).await;
    browser.fill("password_again", PASSWORD).await;
    browser.enter_code(&secret).await;
    browser.read("continue").await;
    browser.inspect(&name("setup-done")).await;
    browser.click("continue").await;
    browser.log_in(USERNAME, PASSWORD).await;
    browser.read("logout").await;
    assert!(browser.text().await.contains("Ada Min Administrator"));

    browser.open(&portner.setup_link).await;
    assert!(!browser.reference().await.is_empty(), "the link works twice");
    browser.inspect(&name("setup-used")).await;
    portner.cli.verify_audit_log();
}
