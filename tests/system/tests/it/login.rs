//! The main job: a person logs in at a service provider, with whatever clumsiness people have.

use crate::harness::{Browser, Demo, Language, Visitor};

#[tokio::test]
async fn an_employee_logs_in_with_password_and_code() {
    let demo = Demo::start().await;
    let browser = Browser::start(Language::Danish).await;
    browser.open(&demo.sp_url).await;
    browser.click("login").await;
    browser.log_in_as(demo.user("anna")).await;
    let attributes = browser.read("attributes").await;
    assert!(attributes.contains("https://data.gov.dk/concept/core/nsis/loa\nSubstantial"), "{attributes}");
    assert!(attributes.contains("OIO-SAML-3.0"), "{attributes}");
    let name_id = browser.read("name-id").await;
    assert!(name_id.contains("https://data.gov.dk/model/core/eid/professional/uuid/"), "{name_id}");
}

#[tokio::test]
async fn a_password_alone_is_enough_where_low_is_enough() {
    let demo = Demo::start().await;
    let browser = Browser::start(Language::English).await;
    browser.open(&demo.sp_url).await;
    browser.click("login-low").await;
    browser.log_in_as(demo.user("bo")).await;
    let attributes = browser.read("attributes").await;
    assert!(attributes.contains("https://data.gov.dk/concept/core/nsis/loa\nLow"), "{attributes}");
}

#[tokio::test]
async fn a_second_start_on_the_same_folder_keeps_everything() {
    let demo = Demo::start().await;
    let (url, before) = (demo.url.clone(), demo.user("anna").clone());
    let health = Visitor::new().open(&format!("{}health/ready", demo.management_url)).await.unwrap();
    assert_eq!(health.status, 200, "{}", health.html);
    // The edition that bears no date.
    let undated = format!("{}?for=upload", demo.metadata_url);
    let metadata = Visitor::new().open(&undated).await.unwrap().html;

    let demo = demo.start_again().await;
    let after = demo.user("anna");
    assert_eq!(
        (&demo.url, &after.password, &after.totp_secret),
        (&url, &before.password, &before.totp_secret)
    );
    assert_eq!(Visitor::new().open(&undated).await.unwrap().html, metadata);
    let browser = Browser::start(Language::Danish).await;
    browser.open(&demo.sp_url).await;
    browser.click("login").await;
    browser.log_in_as(&before).await;
    browser.read("attributes").await;
    demo.cli.verify_audit_log();
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_name_look_the_same() {
    let demo = Demo::start().await;
    let browser = Browser::start(Language::English).await;
    browser.open(&demo.sp_url).await;
    browser.click("login").await;
    browser.log_in("anna", "not her password").await;
    let wrong_password = browser.problems().await;
    browser.log_in("nobody", "not her password").await;
    assert_eq!(browser.problems().await, wrong_password);
}

#[tokio::test]
async fn back_refresh_and_double_submit_are_harmless() {
    let demo = Demo::start().await;
    let anna = demo.user("anna");
    let browser = Browser::start(Language::Danish).await;
    browser.open(&demo.sp_url).await;
    browser.click("login").await;

    browser.read("username").await;
    browser.refresh().await;
    browser.fill("username", &anna.username).await;
    browser.fill("password", &anna.password).await;
    browser.click_twice("submit").await;

    browser.read("code").await;
    browser.refresh().await;
    browser.back().await;
    // The page before may be the old form or the code again: either way the login goes on.
    if browser.shows("username").await {
        browser.log_in(&anna.username, &anna.password).await;
    }
    browser.fill_code(anna.totp_secret.as_ref().unwrap()).await;
    browser.click_twice("submit").await;
    browser.read("attributes").await;
}
