//! The first time: from the link of an invitation to a login at Substantial, and codes on paper.

use serde_json::json;

use crate::harness::{Browser, Demo, Language, code_ahead};
use crate::keys::authenticator;

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
    browser.read("password").await;
    browser.inspect(&name("welcome-password")).await;
    browser.click("submit").await;
    browser.problems().await;
    browser.inspect(&name("welcome-password-wrong")).await;
    choose_password(&browser).await;
    let secret: String = browser.read("key").await.split_whitespace().collect();
    browser.inspect(&name("welcome-app")).await;
    browser.click("submit").await;
    browser.problems().await;
    browser.inspect(&name("welcome-app-wrong")).await;
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

async fn choose_password(browser: &Browser) {
    browser.fill("password", PASSWORD).await;
    browser.fill("password_again", PASSWORD).await;
    browser.click("submit").await;
}

#[tokio::test]
async fn a_key_and_a_passkey_are_chosen_with_invitations_in_danish() {
    invited_with_keys(Language::Danish).await;
}

#[tokio::test]
async fn a_key_and_a_passkey_are_chosen_with_invitations_in_english() {
    invited_with_keys(Language::English).await;
}

async fn invited_with_keys(language: Language) {
    let demo = Demo::start().await;
    let anna = demo.user("anna");
    let name = |page: &str| format!("{page}-{}", language.tag());
    let at = |path: &str| format!("{}{path}", demo.url.trim_end_matches('/'));
    let browser = Browser::start(language).await;
    browser.offers_no_passkeys_in_fields().await;
    browser.has_authenticator(authenticator("internal", &json!({}))).await;

    browser.open(&demo.cli.invite(&anna.username)).await;
    browser.click("submit").await;
    choose_password(&browser).await;
    browser.read("key").await;
    browser.open(&at("/welcome/security-key")).await;
    browser.read("name").await;
    browser.inspect(&name("welcome-key")).await;
    browser.fill("name", "Blå nøgle").await;
    browser.click("key").await;
    browser.read("continue").await;
    browser.inspect(&name("welcome-key-done")).await;
    assert!(demo.cli.show(&anna.username).contains("security-key (Substantial)"));
    browser.open(&demo.sp_url).await;
    browser.click("login").await;
    browser.log_in(&anna.username, PASSWORD).await;
    browser.click("key").await;
    assert!(browser.read("attributes").await.contains("Substantial"));

    browser.forget_cookies().await;
    browser.open(&demo.cli.invite(&anna.username)).await;
    browser.click("submit").await;
    browser.click("passkey").await;
    browser.read("name").await;
    browser.inspect(&name("welcome-passkey")).await;
    browser.fill("name", "Arbejdscomputer").await;
    browser.click("key").await;
    browser.read("continue").await;
    browser.inspect(&name("welcome-passkey-done")).await;
    let shown = demo.cli.show(&anna.username);
    assert!(shown.contains("authenticator  passkey (Substantial)"), "{shown}");
    assert_eq!(shown.matches("authenticator  ").count(), 1, "what she had before is gone: {shown}");
    browser.open(&demo.sp_url).await;
    browser.click("login").await;
    browser.click("key").await;
    assert!(browser.read("attributes").await.contains("Substantial"));
    demo.cli.verify_audit_log();
}

#[tokio::test]
async fn a_code_device_is_registered_by_its_holder_in_danish() {
    with_a_device(Language::Danish).await;
}

#[tokio::test]
async fn a_code_device_is_registered_by_its_holder_in_english() {
    with_a_device(Language::English).await;
}

async fn with_a_device(language: Language) {
    let demo = Demo::start().await;
    let anna = demo.user("anna");
    let name = |page: &str| format!("{page}-{}", language.tag());
    let at = |path: &str| format!("{}{path}", demo.url.trim_end_matches('/'));
    let secret = demo.cli.add_code_device("1234567");
    let browser = Browser::start(language).await;

    browser.open(&demo.cli.invite(&anna.username)).await;
    browser.click("submit").await;
    choose_password(&browser).await;
    browser.read("key").await;
    browser.open(&at("/welcome/device")).await;
    browser.read("serial").await;
    browser.inspect(&name("welcome-device")).await;
    type_device(&browser, "7654321", &secret).await;
    browser.problems().await;
    browser.inspect(&name("welcome-device-wrong")).await;
    type_device(&browser, "1234567", &secret).await;
    browser.read("continue").await;
    assert!(demo.cli.show(&anna.username).contains("totp-device (Substantial)"));

    // Hers now: she may register it anew, in place of itself.
    browser.open(&at("/me/code-devices/new")).await;
    browser.log_in(&anna.username, PASSWORD).await;
    // Both that she registered with are used up; the one after them is near enough.
    let code = code_ahead(&secret, 2);
    browser.fill("code", &code).await;
    browser.click("submit").await;
    browser.read("serial").await;
    browser.inspect(&name("own-device")).await;
    type_device(&browser, "7654321", &secret).await;
    browser.problems().await;
    browser.inspect(&name("own-device-wrong")).await;
}

/// The number, and what the device shows.
async fn type_device(browser: &Browser, serial: &str, secret: &str) {
    let [code, next] = [code_ahead(secret, 0), code_ahead(secret, 1)];
    browser.fill("serial", serial).await;
    browser.fill("code", &code).await;
    browser.fill("next_code", &next).await;
    browser.click("submit").await;
}

#[tokio::test]
async fn without_scripts_an_invitation_says_so_and_offers_the_others() {
    let demo = Demo::start().await;
    let browser = Browser::start(Language::English).await;
    browser.without_scripts().await;
    browser.open(&demo.cli.invite(&demo.user("anna").username)).await;
    browser.click("submit").await;
    browser.click("passkey").await;
    browser.see("needs JavaScript to be switched on").await;
    browser.see("Use a password instead").await;
    browser.open(&format!("{}welcome", demo.url)).await;
    choose_password(&browser).await;
    let secret: String = browser.read("key").await.split_whitespace().collect();
    browser.open(&format!("{}welcome/security-key", demo.url)).await;
    browser.see("needs JavaScript to be switched on").await;
    browser.open(&format!("{}welcome/app", demo.url)).await;
    browser.enter_code(&secret).await;
    browser.read("continue").await;
}
