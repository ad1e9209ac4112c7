//! What is true of every page, and of pages that must not be told apart.

use axum::http::Method;
use portner_domain::throttle::FREE_FAILURES_MAX;

use crate::browser::{Browser, Page};
use crate::stage::{OIOSAML3, PASSWORD, SUBSTANTIAL, World, for_each_world};

fn is_hardened(page: &Page, what: &str) {
    let expect = |header, value| assert_eq!(page.header(header), value, "{what}: {header}");
    expect("x-frame-options", "DENY");
    expect("x-content-type-options", "nosniff");
    expect("referrer-policy", "strict-origin");
    expect("strict-transport-security", "max-age=31536000");
    let policy = page.header("content-security-policy");
    for part in ["default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'"] {
        assert!(policy.contains(part), "{what}: {policy}");
    }
    assert!(!policy.contains("unsafe"), "{what}: {policy}");
    let answers = page.has_field("SAMLResponse");
    assert_eq!(policy.contains("form-action 'self'"), !answers, "{what}: {policy}");
    let asks_for_a_key = page.html.contains("id=\"key-form\"");
    assert_eq!(
        policy.contains("script-src"),
        answers || asks_for_a_key,
        "{what}: only the page that posts by itself, or asks for a key, has a script"
    );
    assert_eq!(policy.contains("script-src 'self';"), asks_for_a_key, "{what}: one from a file of ours");
    assert!(answers || asks_for_a_key || !page.html.contains("<script"), "{what}");
    assert!(!page.html.contains(" style=") && !page.html.contains(" onclick="), "{what}");
    if !what.contains("asset") {
        expect("cache-control", "no-store");
    }
}

#[tokio::test]
async fn every_answer_carries_the_headers_that_keep_browsers_safe() {
    for_each_world(|world| async move {
        let (anna, sp) = (world.anna().await, world.sp("sag", OIOSAML3).await);
        let mut browser = Browser::new(&world).await;
        for target in
            ["/", "/login", "/saml/metadata", "/saml/sso", "/setup/x", "/nothing", "/login/nothing", "/was"]
        {
            is_hardened(&browser.opens(target).await, target);
            is_hardened(&browser.sends(Method::POST, target, &[]).await, target);
            is_hardened(&browser.sends(Method::DELETE, target, &[]).await, target);
        }
        let login = browser.asks(&sp.request(&world, |it| it.class_refs = SUBSTANTIAL)).await;
        is_hardened(&login, "login");
        let stylesheet =
            login.html.split("rel=\"stylesheet\" href=\"").nth(1).unwrap().split('"').next().unwrap();
        let asset = browser.opens(stylesheet).await;
        assert_eq!((asset.status, asset.header("content-type")), (200, "text/css; charset=utf-8"));
        assert!(asset.header("cache-control").contains("immutable"));
        is_hardened(&asset, "an asset");
        let code = browser.submits(&login, &[("username", "anna"), ("password", PASSWORD)]).await;
        is_hardened(&code, "code");
        let done = browser.submits(&code, &[("code", &world.code(&anna))]).await;
        assert!(done.has_field("SAMLResponse"));
        is_hardened(&done, "answer");
        is_hardened(&browser.opens("/").await, "start");
        browser.headers = vec![("host", "evil.example")];
        is_hardened(&browser.opens("/").await, "wrong host");
    })
    .await;
}

/// What somebody sees who types this, as far as it may differ from what others see.
async fn seen(world: &World, name: &str, typed: &str, times: usize) -> (u16, Vec<(String, String)>, String) {
    let mut browser = Browser::new(world).await;
    let mut page = browser.opens("/login").await;
    for _ in 0..times {
        page = browser.submits(&page, &[("username", name), ("password", typed)]).await;
    }
    let form = page.form();
    let mut html = page.html.clone();
    let (_, challenge) = html.split_once("challenge&#34;:&#34;").unwrap();
    let challenge = challenge.split('&').next().unwrap().to_owned();
    for (of_this_login, stand_in) in [
        (challenge.as_str(), "CHALLENGE"),
        (form.action.trim_end_matches("/password"), "FLOW"),
        (form.field("csrf").unwrap(), "TOKEN"),
        (&format!("value=\"{name}\""), "NAME"),
    ] {
        assert!(html.contains(of_this_login), "{of_this_login}: {html}");
        html = html.replace(of_this_login, stand_in);
    }
    let headers =
        page.headers.iter().map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()));
    (page.status, headers.filter(|(name, _)| name != "content-length").collect(), html)
}

#[tokio::test]
async fn t_enum_01_strangers_and_employees_see_the_same_page() {
    for_each_world(|world| async move {
        world.anna().await;
        let locked = world.user("bo").with_password().registered().await;
        world.lock(&locked).await;
        world.user("carl").registered().await;
        for times in [1, 6] {
            let stranger = seen(&world, "nobody", "wrong", times).await;
            for (name, typed) in
                [("anna", "wrong"), ("bo", PASSWORD), ("carl", "wrong"), ("no body", "wrong")]
            {
                if name == "no body" && times > 1 {
                    continue;
                }
                assert_eq!(seen(&world, name, typed, times).await, stranger, "{name}, {times}");
            }
            world.pass(15);
        }
    })
    .await;
}

#[tokio::test]
async fn a_page_says_how_long_there_is_still_to_wait() {
    for_each_world(|world| async move {
        let (_, sp) = (world.anna().await, world.sp("sag", OIOSAML3).await);
        let mut browser = Browser::new(&world).await;
        let mut page = browser.asks(&sp.request(&world, |_| {})).await;
        let types = [("username", "anna"), ("password", "wrong")];
        for _ in 0..=FREE_FAILURES_MAX {
            page = browser.submits(&page, &types).await;
        }
        assert!(page.html.contains("Wait 1 minute and try again"), "{}", page.html);
        world.pass(1);
        page = browser.submits(&page, &types).await;
        assert!(page.html.contains("The user name or the password is wrong"), "{}", page.html);
        page = browser.submits(&page, &types).await;
        assert!(page.html.contains("Wait 2 minutes and try again"), "{}", page.html);
        world.pass(1);
        let page = browser.opens(&page.form().action.replace("/password", "")).await;
        assert!(page.html.contains("Wait 1 minute and try again"), "{}", page.html);
    })
    .await;
}

#[tokio::test]
async fn t_redir_01_what_a_service_provider_sends_along_comes_back_as_it_was() {
    for_each_world(|world| async move {
        let (anna, sp) = (world.anna().await, world.sp("sag", OIOSAML3).await);
        let mut browser = Browser::new(&world).await;
        browser.logs_in(&world, &sp.request(&world, |_| {}), &anna).await;
        for state in [
            "\"><script>alert(1)</script><input value=\"",
            "'; alert(1); '&quot;&#34;&amp;",
            "https://evil.example/?next=//evil.example",
            "æøå \u{1F600} \u{202e} %00%0d%0aSet-Cookie: x=y + \t.",
        ] {
            let request = sp.request_with(&world, Some(state), |_| {});
            let page = browser.asks(&request).await;
            assert_eq!(page.forms().len(), 1);
            assert_eq!(page.form().action, sp.acs);
            assert_eq!(page.form().field("RelayState"), Some(state));
            assert_eq!(page.html.matches("<script").count(), 1, "ours");
            assert!(!page.headers.contains_key("location"));
        }
    })
    .await;
}

#[tokio::test]
async fn our_metadata_is_there_for_everybody() {
    for_each_world(|world| async move {
        let page = Browser::new(&world).await.opens("/saml/metadata").await;
        assert_eq!((page.status, page.header("content-type")), (200, "application/samlmetadata+xml"));
        assert!(portner_saml::IdentityProvider::parse(page.html.as_bytes()).is_ok());
    })
    .await;
}

#[tokio::test]
async fn an_edition_is_had_by_its_name_and_there_is_no_other() {
    for_each_world(|world| async move {
        let mut browser = Browser::new(&world).await;
        let published = browser.opens("/saml/metadata").await.html;
        assert!(published.contains("validUntil=") && published.contains("<ds:Signature"));
        for name in ["upload", "mitid-erhverv", "kombit"] {
            let page = browser.opens(&format!("/saml/metadata?for={name}")).await;
            assert_eq!((page.status, page.header("content-type")), (200, "application/samlmetadata+xml"));
            assert!(!page.html.contains("validUntil=") && !page.html.contains("<ds:Signature"), "{name}");
        }
        assert_eq!(browser.opens("/saml/metadata?for=nobody").await.status, 404);
    })
    .await;
}
