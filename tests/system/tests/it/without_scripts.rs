//! Everything that a person can change about their login, in a browser that runs no scripts, and the notice after
//! each. A new key needs a script, because WebAuthn has no other way in; its page says so.

use crate::harness::{Browser, Demo, Language, Visitor};

const CHOSEN: &str = "helt andre ord end dem før";

#[tokio::test]
async fn every_change_works_without_scripts() {
    let demo = Demo::start().await;
    let (anna, browser) = (demo.user("anna"), Browser::start(Language::Danish).await);
    let at = |path: &str| format!("{}{path}", demo.url.trim_end_matches('/'));
    browser.without_scripts().await;
    browser.open(&at("/me/password")).await;
    browser.log_in_as(anna).await;
    browser.read("password_again").await;
    browser.open(&at("/me/recovery-codes")).await;
    browser.click("submit").await;
    assert_eq!(browser.read("codes").await.lines().count(), 10);
    browser.open(&at("/me/keys/new")).await;
    browser.see("kræver, at JavaScript er slået til").await;

    let list = at("/me/authenticators");
    browser.open(&list).await;
    browser.open(&browser.last_link("/name").await).await;
    browser.fill("name", "").await;
    browser.click("submit").await;
    assert!(browser.problems().await.contains("Skriv et navn"));
    browser.fill("name", "Papiret i skuffen").await;
    browser.click("submit").await;
    assert_eq!(browser.read("said").await, "Navnet er ændret.");
    browser.open(&browser.last_link("/remove").await).await;
    browser.see("Det gælder »Papiret i skuffen«.").await;
    browser.click("submit").await;
    assert_eq!(browser.read("said").await, "Loginmidlet er fjernet.");

    browser.open(&at("/me/totp/new")).await;
    browser.fill("code", "000000").await;
    browser.click("submit").await;
    assert!(browser.problems().await.contains("Koden er forkert eller udløbet."));
    browser.open(&at("/me/password")).await;
    browser.fill("password", CHOSEN).await;
    browser.fill("password_again", "noget andet").await;
    browser.click("submit").await;
    assert!(browser.problems().await.contains("ikke ens"));
    browser.fill("password", CHOSEN).await;
    browser.fill("password_again", CHOSEN).await;
    browser.click("submit").await;
    assert!(browser.read("said").await.contains("Adgangskoden er ændret."));

    let elsewhere = Visitor::new();
    let page = elsewhere.open(&at("/login")).await.unwrap();
    elsewhere.submit(&page, &[("username", &anna.username), ("password", CHOSEN)]).await.unwrap();
    browser.open(&at("/me/sessions")).await;
    browser.click("end-others").await;
    assert_eq!(browser.read("said").await, "Alle andre logins er afsluttet.");

    browser.open(&list).await;
    browser.open(&browser.last_link("/lost").await).await;
    browser.click("submit").await;
    assert!(browser.read("said").await.contains("virker ikke længere"));
    browser.see("Meldt mistet").await;
    browser.open(&at("/me/block")).await;
    browser.click("submit").await;
    browser.see("Dit login er spærret").await;
    demo.cli.verify_audit_log();
}
