//! Terms of use in a real browser: a login waits for them, leads back without them, and goes on with them.

use crate::harness::{Browser, Demo, Language};

const DANISH: &str =
    "Du lover dette:\n\n- Del aldrig din adgangskode.\n- Meld det, hvis du mister din telefon.\n";
const ENGLISH: &str = "You promise this:\n\n- Never share your password.\n- Say so if you lose your phone.\n";

#[tokio::test]
async fn a_login_waits_for_the_terms_in_danish() {
    agreed_to(Language::Danish, "Meld det, hvis du mister din telefon.").await;
}

#[tokio::test]
async fn a_login_waits_for_the_terms_in_english() {
    agreed_to(Language::English, "Say so if you lose your phone.").await;
}

async fn agreed_to(language: Language, last_words: &str) {
    let demo = Demo::start().await.with_terms("2026-1", DANISH, ENGLISH).await;
    let (anna, browser) = (demo.user("anna"), Browser::start(language).await);
    let name = |page: &str| format!("{page}-{}", language.tag());

    browser.open(&demo.sp_url).await;
    browser.click("login").await;
    browser.log_in_as(anna).await;
    browser.read("decline").await;
    browser.see(last_words).await;
    let declared = browser.examine(&name("terms")).await;
    assert_eq!((declared.language.as_str(), declared.headings), (language.tag(), 1));
    browser.click("decline").await;
    browser.read("again").await;
    let declared = browser.examine(&name("terms-declined")).await;
    assert_eq!((declared.language.as_str(), declared.headings), (language.tag(), 1));
    browser.click("continue").await;
    assert!(browser.read("status").await.contains("RequestDenied"));

    // The session is there: nothing has to be proved again.
    browser.open(&demo.sp_url).await;
    browser.click("login").await;
    browser.read("decline").await;
    browser.click("submit").await;
    assert!(browser.read("attributes").await.contains("Substantial"));
    browser.open(&format!("{}/me/terms", demo.url.trim_end_matches('/'))).await;
    browser.see("2026-1").await;
    assert!(!browser.shows("submit").await, "there is nothing left to agree to");
    browser.examine(&name("terms-agreed")).await;

    // Once is enough.
    let elsewhere = Browser::start(language).await;
    elsewhere.open(&demo.sp_url).await;
    elsewhere.click("login").await;
    elsewhere.log_in_as(anna).await;
    elsewhere.read("attributes").await;
    demo.cli.verify_audit_log();
    let count = |kind| demo.cli.events(kind).trim().lines().count();
    assert_eq!((count("terms-accepted"), count("session-begun")), (1, 2));
}
