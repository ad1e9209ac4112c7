//! Security keys and passkeys in a real browser: added by their owner, and used to log in, at the level of the table.

use serde_json::{Value, json};

use crate::harness::{Browser, Demo, Language};

/// A key of the browser's, as WebDriver describes it (WebAuthn 11.2).
pub fn authenticator(transport: &str, more: &Value) -> Value {
    let mut it = json!({
        "protocol": "ctap2",
        "transport": transport,
        "hasResidentKey": true,
        "hasUserVerification": true,
        "isUserConsenting": true,
        "isUserVerified": true,
    });
    for (key, value) in more.as_object().unwrap() {
        it[key] = value.clone();
    }
    it
}

/// Log in with all there is, and add a key of this kind.
pub async fn adds_a_key(demo: &Demo, browser: &Browser, wish: &str) {
    browser.open(&format!("{}me/keys/new", demo.url)).await;
    browser.log_in_as(demo.user("anna")).await;
    browser.click(wish).await;
    browser.fill("name", "Min nøgle").await;
    browser.click("key").await;
    let added = browser.eventually_leaves("/me/keys/new").await;
    assert!(!added.contains("problem"), "{added}");
    assert!(demo.cli.events("fido-credential-recorded").contains("fido-credential-recorded"));
}

/// A login that begins anew, with the key instead of the password, and the level that the start page tells.
async fn passkey_is_worth(more: Value, level: &str) {
    let demo = Demo::start().await;
    let browser = Browser::start(Language::English).await;
    browser.has_authenticator(authenticator("internal", &more)).await;
    adds_a_key(&demo, &browser, "passkey").await;
    browser.forget_cookies().await;
    // The browser offers the passkey in the field for the user name, and this one's owner consents to everything.
    browser.open(&format!("{}login", demo.url)).await;
    browser.read("logout").await;
    let text = browser.text().await;
    assert!(text.contains(level), "{level} is not in:\n{text}");
    demo.cli.verify_audit_log();
}

#[tokio::test]
async fn a_passkey_of_one_device_is_substantial() {
    passkey_is_worth(json!({}), "Substantial").await;
}

#[tokio::test]
async fn a_passkey_that_is_copied_is_low() {
    passkey_is_worth(json!({ "defaultBackupEligibility": true, "defaultBackupState": true }), "Low").await;
}

#[tokio::test]
async fn a_security_key_without_a_pin_is_touched_after_the_password() {
    let demo = Demo::start().await;
    let browser = Browser::start(Language::English).await;
    let bare = json!({ "hasResidentKey": false, "hasUserVerification": false, "isUserVerified": false });
    browser.has_authenticator(authenticator("usb", &bare)).await;
    adds_a_key(&demo, &browser, "security-key").await;
    browser.forget_cookies().await;
    browser.open(&demo.sp_url).await;
    browser.click("login").await;
    let anna = demo.user("anna");
    browser.log_in(&anna.username, &anna.password).await;
    browser.read("code").await;
    browser.inspect("code-or-key-en").await;
    browser.click("key").await;
    browser.read("attributes").await;
    assert!(browser.text().await.contains("Substantial"));
}

#[tokio::test]
async fn a_login_is_begun_with_the_button_for_passkeys() {
    let demo = Demo::start().await;
    let browser = Browser::start(Language::English).await;
    browser.offers_no_passkeys_in_fields().await;
    browser.has_authenticator(authenticator("internal", &json!({}))).await;
    adds_a_key(&demo, &browser, "passkey").await;
    browser.forget_cookies().await;
    browser.open(&demo.sp_url).await;
    browser.click("login").await;
    browser.read("username").await;
    browser.inspect("login-passkey-button-en").await;
    browser.click("key").await;
    assert!(browser.read("attributes").await.contains("Substantial"));
    assert!(demo.cli.events("authenticator-accepted").contains("\"passkey\""), "nothing else was used");
    // The same without a service provider.
    browser.forget_cookies().await;
    browser.open(&format!("{}login", demo.url)).await;
    browser.click("key").await;
    browser.read("logout").await;
    assert!(browser.text().await.contains("Substantial"));
    demo.cli.verify_audit_log();
}

#[tokio::test]
async fn what_the_browser_says_is_told_in_words_and_the_button_is_in_reach() {
    let demo = Demo::start().await;
    for language in [Language::Danish, Language::English] {
        let browser = Browser::start(language).await;
        // A key that has nothing for us.
        browser.has_authenticator(authenticator("usb", &json!({}))).await;
        browser.open(&format!("{}login", demo.url)).await;
        browser.read("key").await;
        browser.inspect(&format!("login-key-{}", language.tag())).await;
        browser.click("key").await;
        browser.see(if matches!(language, Language::Danish) { "Prøv igen" } else { "Try again" }).await;
        assert_eq!(browser.focused().await, "key");
        browser.inspect(&format!("login-key-cancelled-{}", language.tag())).await;
        browser.open(&format!("{}me/keys/new", demo.url)).await;
        browser.log_in_as(demo.user("anna")).await;
        browser.read("name").await;
        browser.inspect(&format!("key-new-{}", language.tag())).await;
    }
}

#[tokio::test]
async fn without_scripts_the_page_says_so_and_the_password_works() {
    let demo = Demo::start().await;
    let browser = Browser::start(Language::English).await;
    browser.without_scripts().await;
    browser.open(&format!("{}login", demo.url)).await;
    browser.see("needs JavaScript").await;
    let anna = demo.user("anna");
    browser.log_in(&anna.username, &anna.password).await;
    browser.read("logout").await;
}
