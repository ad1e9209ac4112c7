//! The pages of a person's own in a real browser: both languages, desktop and phone.

use crate::harness::{Browser, Demo, Language};

#[tokio::test]
async fn the_own_pages_in_danish() {
    every_own_page(Language::Danish).await;
}

#[tokio::test]
async fn the_own_pages_in_english() {
    every_own_page(Language::English).await;
}

async fn every_own_page(language: Language) {
    let demo = Demo::start().await;
    let anna = demo.user("anna");
    let browser = Browser::start(language).await;
    let name = |page: &str| format!("own-{page}-{}", language.tag());
    let at = |path: &str| format!("{}{path}", demo.url.trim_end_matches('/'));

    browser.open(&at("/me")).await;
    browser.log_in(&anna.username, &anna.password).await;
    browser.read("level").await;
    assert_eq!(browser.url().await.path(), "/me");
    browser.inspect(&name("profile")).await;
    browser.open(&at("/me/authenticators")).await;
    browser.inspect(&name("authenticators")).await;

    // A change asks for the second factor, and comes back.
    browser.open(&at("/me/totp/new")).await;
    browser.enter_code(anna.totp_secret.as_ref().unwrap()).await;
    browser.read("key").await;
    assert_eq!(browser.url().await.path(), "/me/totp/new");
    browser.inspect(&name("totp")).await;
    let shown = browser.read("key").await.split_whitespace().collect::<String>();
    browser.fill("code", "000000").await;
    browser.click("submit").await;
    browser.problems().await;
    browser.inspect(&name("totp-wrong")).await;
    browser.enter_code(&shown).await;
    browser.read("said").await;
    browser.inspect(&name("totp-added")).await;

    for (page, path) in [("sessions", "/me/sessions"), ("log", "/me/log"), ("terms", "/me/terms")] {
        browser.open(&at(path)).await;
        browser.inspect(&name(page)).await;
    }
    browser.open(&at("/me/block")).await;
    browser.inspect(&name("block")).await;
    browser.click("submit").await;
    assert!(browser.eventually_leaves("/me/block").await.ends_with("/me/blocked"));
    browser.inspect(&name("blocked")).await;
    browser.open(&at("/me")).await;
    browser.log_in(&anna.username, &anna.password).await;
    browser.problems().await;
}
