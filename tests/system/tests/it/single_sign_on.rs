//! Logging in once is enough: at two real service providers, on both kinds of storage, in many tabs.

use crate::harness::{Browser, Language, Portner, ServiceProviders, Storage};

const DONE: &str = "spec_version=OIO-SAML-3.0";

#[tokio::test]
async fn mellon_then_shibboleth_without_a_prompt_on_sqlite() {
    one_login_for_two_service_providers(Storage::Sqlite).await;
}

#[tokio::test]
async fn mellon_then_shibboleth_without_a_prompt_on_postgresql_and_redis() {
    one_login_for_two_service_providers(Storage::PostgresAndRedis).await;
}

async fn one_login_for_two_service_providers(storage: Storage) {
    let portner = Portner::install(storage).await;
    let providers = ServiceProviders::start_at(&portner).await;
    let anna = portner.cli.add_user("anna");
    let browser = Browser::start(Language::Danish).await;

    browser.open(&providers.mellon("/substantial/")).await;
    browser.log_in_as(&anna).await;
    let at_mellon = browser.see(DONE).await;
    assert!(at_mellon.contains("loa=Substantial"), "{at_mellon}");
    assert!(at_mellon.contains("cvr=12345678") && at_mellon.contains("org_name=Testkommunen"), "{at_mellon}");
    assert!(
        at_mellon.contains("authn_context=https://data.gov.dk/concept/core/nsis/loa/Substantial"),
        "{at_mellon}"
    );

    for path in ["/secure/", "/substantial/"] {
        browser.open(&providers.shibboleth(path)).await;
        let at_shibboleth = browser.see(DONE).await;
        assert!(at_shibboleth.contains("loa=Substantial"), "{at_shibboleth}");
        assert_ne!(name_id(&at_shibboleth), name_id(&at_mellon), "service providers could compare notes");
    }
    portner.cli.verify_audit_log();
}

#[tokio::test]
async fn five_tabs_at_two_service_providers_all_arrive() {
    let portner = Portner::install(Storage::Sqlite).await;
    let providers = ServiceProviders::start_at(&portner).await;
    let bo = portner.cli.add_user_without_second_factor("bo");
    let browser = Browser::start(Language::English).await;

    let mut tabs = Vec::new();
    for number in 0..5 {
        tabs.push(browser.new_tab().await);
        let page =
            if number % 2 == 0 { providers.mellon("/secure/") } else { providers.shibboleth("/secure/") };
        browser.open(&page).await;
        browser.read("username").await;
    }
    for tab in tabs.iter().rev() {
        browser.switch_to(tab).await;
        browser.log_in_as(&bo).await;
        browser.see(DONE).await;
    }
}

#[tokio::test]
async fn force_authn_asks_again() {
    let portner = Portner::install(Storage::Sqlite).await;
    let providers = ServiceProviders::start_at(&portner).await;
    let bo = portner.cli.add_user_without_second_factor("bo");
    let browser = Browser::start(Language::Danish).await;
    browser.open(&providers.mellon("/secure/")).await;
    browser.log_in_as(&bo).await;
    browser.see(DONE).await;

    browser.open(&providers.shibboleth("/force/")).await;
    browser.log_in_as(&bo).await;
    browser.see(DONE).await;
}

#[tokio::test]
async fn a_request_by_post_is_as_good() {
    let portner = Portner::install(Storage::Sqlite).await;
    let providers = ServiceProviders::start_at(&portner).await;
    let bo = portner.cli.add_user_without_second_factor("bo");
    for language in [Language::Danish, Language::English] {
        let browser = Browser::start(language).await;
        browser.open(&providers.shibboleth("/Shibboleth.sso/Post?target=/secure/")).await;
        browser.log_in_as(&bo).await;
        browser.see(DONE).await;
        // The session is known to a request by POST as well, though it comes from another site.
        browser.open(&providers.mellon("/secure/")).await;
        browser.see(DONE).await;
    }
}

#[tokio::test]
async fn is_passive_never_prompts() {
    let portner = Portner::install(Storage::Sqlite).await;
    let providers = ServiceProviders::start_at(&portner).await;
    let bo = portner.cli.add_user_without_second_factor("bo");
    let browser = Browser::start(Language::English).await;
    browser.open(&providers.shibboleth("/passive/")).await;
    browser.see("urn:oasis:names:tc:SAML:2.0:status:NoPassive").await;
    browser.open(&providers.mellon("/mellon/login?IsPassive=true&ReturnTo=/secure/")).await;
    browser.see("Unauthorized").await;
    assert!(providers.mellon_log().contains("status:NoPassive"), "{}", providers.mellon_log());

    browser.open(&providers.mellon("/secure/")).await;
    browser.log_in_as(&bo).await;
    browser.see(DONE).await;
    browser.open(&providers.shibboleth("/passive/")).await;
    browser.see(DONE).await;
}

fn name_id(page: &str) -> &str {
    page.lines().find_map(|line| line.strip_prefix("name_id=")).expect("a NameID")
}
