//! A level that was not earned is not given, and the person is told why.

use crate::harness::{Browser, Demo, Language, Portner, ServiceProviders, Storage};

#[tokio::test]
async fn proofing_worth_low_does_not_make_substantial() {
    told_why_then_no_authn_context("carla").await;
}

#[tokio::test]
async fn no_proofing_makes_nothing() {
    told_why_then_no_authn_context("dorte").await;
}

async fn told_why_then_no_authn_context(username: &str) {
    let demo = Demo::start().await;
    for language in [Language::Danish, Language::English] {
        let browser = Browser::start(language).await;
        browser.open(&demo.sp_url).await;
        browser.click("login").await;
        // No code is asked for: it would not help.
        let user = demo.user(username);
        browser.log_in(&user.username, &user.password).await;
        assert!(!browser.reasons().await.is_empty(), "the page gives no reason");
        browser.inspect(&format!("level-{username}-{}", language.tag())).await;
        browser.click("continue").await;
        browser.see("NoAuthnContext").await;
    }
    demo.cli.verify_audit_log();
}

#[tokio::test]
async fn real_service_providers_hear_no_authn_context() {
    let portner = Portner::install(Storage::Sqlite).await;
    let providers = ServiceProviders::start_at(&portner).await;
    let bo = portner.cli.add_user_without_second_factor("bo");
    let browser = Browser::start(Language::English).await;
    browser.open(&providers.shibboleth("/substantial/")).await;
    browser.log_in_as(&bo).await;
    browser.click("continue").await;
    browser.see("urn:oasis:names:tc:SAML:2.0:status:NoAuthnContext").await;

    // Whoever did not get through has no session.
    browser.open(&providers.mellon("/substantial/")).await;
    browser.log_in_as(&bo).await;
    browser.click("continue").await;
    browser.see("Unauthorized").await;
    assert!(providers.mellon_log().contains("status:NoAuthnContext"), "{}", providers.mellon_log());
}
