//! Logging out once is enough: at Portner and at real service providers, whoever begins it and whoever fails.

use serde_json::Value;

use crate::harness::{Browser, Demo, Language, Portner, ServiceProviders, Storage, User};

/// What a service provider shows to whoever is logged in there.
const IN: &str = "spec_version=OIO-SAML-3.0";

/// What Portner says at the end, and what became of whoever could not be reached.
fn words(language: Language) -> (&'static str, &'static str, [&'static str; 2]) {
    match language {
        Language::Danish => (
            "Du er logget ud hos Testkommunen og hos de tjenester",
            "Du er ikke logget ud alle steder",
            ["(mellon) Blev ikke nået", "(Shibboleth) Logget ud"],
        ),
        Language::English => (
            "You are logged out at Testkommunen and at the services",
            "You are not logged out everywhere",
            ["(mellon) Was not reached", "(Shibboleth) Logged out"],
        ),
    }
}

#[tokio::test]
async fn a_logout_begun_at_mellon_ends_the_session_at_shibboleth() {
    let world = World::new(Storage::Sqlite, Language::Danish).await;
    let cookies = world.browser.cookies().await;
    world.log_out_at_mellon().await;
    world.is_back_at_mellon().await;
    world.answered("Success");
    world.is_out_everywhere_with(&cookies).await;
}

#[tokio::test]
async fn a_logout_begun_at_shibboleth_ends_the_session_at_mellon() {
    let world = World::new(Storage::PostgresAndRedis, Language::English).await;
    let cookies = world.browser.cookies().await;
    world.log_out_at_shibboleth().await;
    world.browser.see("Logout completed successfully").await;
    world.answered("Success");
    world.is_out_everywhere_with(&cookies).await;
}

#[tokio::test]
async fn a_logout_begun_at_portner_ends_both_in_danish() {
    begun_at_portner(Language::Danish).await;
}

#[tokio::test]
async fn a_logout_begun_at_portner_ends_both_in_english() {
    begun_at_portner(Language::English).await;
}

async fn begun_at_portner(language: Language) {
    let world = World::new(Storage::Sqlite, language).await;
    let cookies = world.browser.cookies().await;
    world.browser.open(&world.portner.url).await;
    world.browser.click("logout").await;
    world.browser.see(words(language).0).await;
    assert_eq!(world.browser.language_of_page().await, language.tag());
    world.browser.inspect(&format!("logout-everywhere-{}", language.tag())).await;
    world.is_out_everywhere_with(&cookies).await;
}

#[tokio::test]
async fn without_scripts_every_service_provider_is_one_press_away() {
    for language in [Language::Danish, Language::English] {
        let world = World::new(Storage::Sqlite, language).await;
        world.browser.open(&world.portner.url).await;
        world.browser.without_scripts().await;
        world.browser.click("logout").await;
        for hop in ["first", "second"] {
            world.browser.read("continue").await;
            // axe is a script, too.
            world.browser.with_scripts().await;
            world.browser.inspect(&format!("logout-{hop}-{}", language.tag())).await;
            world.browser.without_scripts().await;
            world.browser.click("continue").await;
        }
        world.browser.see(words(language).0).await;
        world.is_out_everywhere().await;
    }
}

#[tokio::test]
async fn mellon_being_down_does_not_keep_shibboleth_and_is_told() {
    for language in [Language::Danish, Language::English] {
        let world = World::new(Storage::Sqlite, language).await;
        world.providers.halt("mellon");
        world.browser.open(&world.portner.url).await;
        world.browser.click("logout").await;
        let (_, partial, rows) = words(language);
        let page = world.browser.see(partial).await.replace('\n', " ");
        assert!(rows.iter().all(|row| page.contains(row)), "{page}");
        world.browser.inspect(&format!("logout-partial-{}", language.tag())).await;
        world.is_out_at_shibboleth().await;
    }
}

#[tokio::test]
async fn shibboleth_can_be_tried_again_when_it_is_back() {
    let world = World::new(Storage::PostgresAndRedis, Language::English).await;
    world.providers.halt("shibboleth");
    world.browser.open(&world.portner.url).await;
    world.browser.click("logout").await;
    world.browser.see("Was not reached").await;
    // Its sessions are kept by its daemon, which was there all the time.
    world.providers.resume("shibboleth");
    world.browser.press("Try").await;
    world.browser.see(words(Language::English).0).await;
    world.is_out_everywhere().await;
}

#[tokio::test]
async fn mellon_never_answering_does_not_keep_shibboleth() {
    let world = World::new(Storage::Sqlite, Language::Danish).await;
    let silence = world.providers.stall_mellon();
    world.browser.open(&world.portner.url).await;
    world.browser.click("logout").await;
    world.browser.see("Luk alle browserens vinduer").await;
    drop(silence);
    world.is_out_at_shibboleth().await;
}

#[tokio::test]
async fn logout_messages_by_post_are_as_good() {
    let portner = Portner::install(Storage::Sqlite).await;
    let providers = ServiceProviders::start_at_with_logout_by_post(&portner).await;
    let world = World::of(portner, providers, Language::Danish).await;
    world.log_out_at_shibboleth().await;
    world.browser.see("Logout completed successfully").await;
    world.is_out_everywhere().await;
    world.log_in_again().await;
    world.browser.open(&world.portner.url).await;
    world.browser.click("logout").await;
    world.browser.see(words(Language::Danish).0).await;
    world.is_out_everywhere().await;
}

#[tokio::test]
async fn whoever_began_it_is_told_that_mellon_was_down() {
    let world = World::new(Storage::Sqlite, Language::English).await;
    world.providers.halt("mellon");
    world.log_out_at_shibboleth().await;
    world.browser.see("Partial Logout").await;
    world.is_out_at_shibboleth().await;
    world.answered("Success urn:oasis:names:tc:SAML:2.0:status:PartialLogout");
}

#[tokio::test]
async fn whoever_began_it_is_told_that_shibboleth_was_down() {
    let world = World::new(Storage::Sqlite, Language::Danish).await;
    world.providers.halt("shibboleth");
    world.log_out_at_mellon().await;
    world.is_back_at_mellon().await;
    world.answered("Success urn:oasis:names:tc:SAML:2.0:status:PartialLogout");
    world.browser.open(&world.providers.mellon("/secure/")).await;
    world.browser.read("username").await;
}

#[tokio::test]
async fn the_demo_logs_out_everywhere() {
    let demo = Demo::start().await;
    let browser = Browser::start(Language::Danish).await;
    browser.open(&demo.sp_url).await;
    browser.click("login-low").await;
    browser.log_in_as(demo.user("bo")).await;
    browser.click("logout-everywhere").await;
    browser.read("logout-complete").await;
    browser.inspect("sandbox-logout").await;
    browser.open(&demo.sp_url).await;
    browser.click("login-passive").await;
    browser.see("NoPassive").await;
}

#[tokio::test]
async fn the_demo_is_logged_out_when_portner_is() {
    let demo = Demo::start().await;
    let browser = Browser::start(Language::Danish).await;
    browser.open(&demo.sp_url).await;
    browser.click("login-low").await;
    browser.log_in_as(demo.user("bo")).await;
    browser.read("attributes").await;
    browser.open(&demo.url).await;
    browser.click("logout").await;
    browser.see("Du er logget ud hos").await;
    browser.open(&format!("{}me", demo.sp_url)).await;
    browser.read("login-low").await;
    assert!(!browser.text().await.contains("logget ind som"), "{}", browser.text().await);
    demo.cli.verify_audit_log();
}

/// Bo, logged in at both service providers.
struct World {
    portner: Portner,
    providers: ServiceProviders,
    browser: Browser,
    bo: User,
}

impl World {
    async fn new(storage: Storage, language: Language) -> Self {
        let portner = Portner::install(storage).await;
        let providers = ServiceProviders::start_at(&portner).await;
        Self::of(portner, providers, language).await
    }

    async fn of(portner: Portner, providers: ServiceProviders, language: Language) -> Self {
        let bo = portner.cli.add_user_without_second_factor("bo");
        let browser = Browser::start(language).await;
        let world = Self { portner, providers, browser, bo };
        world.log_in_again().await;
        world
    }

    async fn log_in_again(&self) {
        self.browser.open(&self.providers.mellon("/secure/")).await;
        self.browser.log_in_as(&self.bo).await;
        self.browser.see(IN).await;
        self.browser.open(&self.providers.shibboleth("/secure/")).await;
        self.browser.see(IN).await;
    }

    async fn log_out_at_mellon(&self) {
        let back = self.providers.mellon("/open").replace(':', "%3A").replace('/', "%2F");
        self.browser.open(&self.providers.mellon(&format!("/mellon/logout?ReturnTo={back}"))).await;
    }

    async fn log_out_at_shibboleth(&self) {
        self.browser.open(&self.providers.shibboleth("/Shibboleth.sso/Logout")).await;
    }

    async fn is_out_everywhere(&self) {
        self.browser.open(&self.providers.mellon("/secure/")).await;
        self.browser.read("username").await;
        self.is_out_at_shibboleth().await;
        self.portner.cli.verify_audit_log();
    }

    /// Even whoever has kept the cookies of before, as a thief might, is out.
    async fn is_out_everywhere_with(&self, cookies: &[Value]) {
        self.is_out_everywhere().await;
        self.browser.restore(cookies).await;
        self.is_out_everywhere().await;
    }

    async fn is_out_at_shibboleth(&self) {
        self.browser.open(&self.providers.shibboleth("/secure/")).await;
        self.browser.read("username").await;
    }

    /// Where mellon sends the browser when it has read its answer; it says nothing of reservations.
    async fn is_back_at_mellon(&self) {
        self.browser.see("Service provider").await;
        assert_eq!(self.browser.url().await.as_str(), self.providers.mellon("/open"));
    }

    /// Portner has answered whoever began it with this status and no other, as the audit log has it.
    fn answered(&self, status: &str) {
        let answers = self.portner.cli.events("request-answered");
        let status = format!("\"status\":\"urn:oasis:names:tc:SAML:2.0:status:{status}\"");
        assert!(answers.lines().count() == 1 && answers.contains(&status), "{answers}");
    }
}
