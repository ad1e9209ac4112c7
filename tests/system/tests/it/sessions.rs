//! Sessions end when they should: at logout, and at once when somebody is locked.

use crate::harness::{Browser, Demo, Language, Portner, ServiceProviders, Storage};

#[tokio::test]
async fn a_locked_user_cannot_log_in() {
    let demo = Demo::start().await;
    let browser = Browser::start(Language::Danish).await;
    browser.open(&demo.sp_url).await;
    browser.click("login-low").await;
    let erik = demo.user("erik");
    browser.log_in(&erik.username, &erik.password).await;
    browser.problems().await;
}

#[tokio::test]
async fn a_lock_ends_the_session_at_once() {
    let demo = Demo::start().await;
    let bo = demo.user("bo");
    let browser = logged_in_as_bo(&demo).await;
    demo.cli.lock(&bo.username);
    browser.open(&demo.sp_url).await;
    browser.click("login-low").await;
    browser.log_in(&bo.username, &bo.password).await;
    browser.problems().await;

    demo.cli.unlock(&bo.username);
    browser.log_in(&bo.username, &bo.password).await;
    browser.read("attributes").await;
}

#[tokio::test]
async fn a_lock_ends_the_session_at_once_on_postgresql_and_redis() {
    let portner = Portner::install(Storage::PostgresAndRedis).await;
    let providers = ServiceProviders::start_at(&portner).await;
    let bo = portner.cli.add_user_without_second_factor("bo");
    let browser = Browser::start(Language::Danish).await;
    browser.open(&providers.mellon("/secure/")).await;
    browser.log_in_as(&bo).await;
    browser.see("loa=Low").await;

    portner.cli.lock(&bo.username);
    browser.open(&providers.shibboleth("/secure/")).await;
    browser.log_in_as(&bo).await;
    browser.problems().await;
    portner.cli.verify_audit_log();
}

#[tokio::test]
async fn the_start_page_says_where_one_is_logged_in_and_logs_out() {
    let demo = Demo::start().await;
    let browser = logged_in_as_bo(&demo).await;
    browser.open(&demo.url).await;
    browser.inspect("start-en").await;
    browser.click("logout").await;
    browser.see("You are logged out at Eksempel Kommune").await;
    browser.open(&demo.sp_url).await;
    browser.click("login-passive").await;
    browser.see("NoPassive").await;
}

async fn logged_in_as_bo(demo: &Demo) -> Browser {
    let browser = Browser::start(Language::English).await;
    browser.open(&demo.sp_url).await;
    browser.click("login-low").await;
    browser.log_in_as(demo.user("bo")).await;
    browser.read("attributes").await;
    browser
}
