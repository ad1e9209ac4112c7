//! One person with two jobs, in a real browser: the second is registered, a passkey asks which is meant, and one goes over
//! to the other.

use serde_json::json;

use crate::harness::{Browser, Demo, Language};
use crate::keys::{adds_a_key, authenticator};

const CPR: &str = "0101701234";

/// The administration puts Anna's number on record, and registers her second job under it.
async fn registers_a_second_job(demo: &Demo) {
    let uma = demo.cli.add_officer("uma", "user-administrator");
    let browser = Browser::start(Language::English).await;
    let at = |path: &str| format!("{}{path}", demo.url.trim_end_matches('/'));
    browser.open(&at("/office")).await;
    browser.log_in_as(&uma).await;
    // What stands in front of an officer is the search.
    browser.fill("q", "anna").await;
    browser.click("search").await;
    browser.follow_first().await;
    browser.follow("/change").await;
    browser.fill("cpr", CPR).await;
    browser.fill("why", "as the payroll office has it").await;
    browser.click("submit").await;
    browser.see("The details are changed.").await;
    browser.open(&at("/office")).await;
    assert!(browser.read("lately").await.contains("anna"), "{}", browser.text().await);
    browser.open(&at("/office/people/new")).await;
    browser.fill("user-name", "anna.havn").await;
    browser.fill("last-name", "Andersen").await;
    let organisation = browser.option("organisation", 1).await;
    browser.choose("organisation", &organisation).await;
    browser.choose("staff", "permanent").await;
    browser.fill("cpr", CPR).await;
    browser.fill("why", "second job").await;
    browser.click("submit").await;
    browser.click("same").await;
    browser.fill("cpr", CPR).await;
    browser.click("submit").await;
    browser.see("The person is registered").await;
}

#[tokio::test]
async fn somebody_with_two_jobs_says_which_is_meant_and_goes_over_to_the_other() {
    let demo = Demo::start().await;
    registers_a_second_job(&demo).await;
    let browser = Browser::start(Language::English).await;
    browser.has_authenticator(authenticator("internal", &json!({}))).await;
    adds_a_key(&demo, &browser, "passkey").await;
    browser.forget_cookies().await;
    browser.open(&format!("{}login", demo.url)).await;
    browser.see("Choose who you log in as").await;
    browser.inspect("choose-identity-en").await;
    browser.press("Log in as anna").await;
    browser.read("logout").await;
    browser.offers_no_passkeys_in_fields().await;
    browser.open(&format!("{}me", demo.url)).await;
    browser.click("identities").await;
    browser.see("You are logged in as anna.").await;
    browser.inspect("me-identities-en").await;
    browser.press("Log in as anna.havn").await;
    let asked = browser.eventually_leaves("/me/identities").await;
    assert!(asked.contains("/login/"), "nothing is carried over: {asked}");
    browser.read("submit").await;
    // Until that login is done, she is who she was.
    browser.open(&demo.url).await;
    browser.read("logout").await;
    demo.cli.verify_audit_log();
}
