//! Requests that end here: a page with a number, and no form to anywhere.

use axum::http::Method;
use portner_domain::Millis;

use crate::browser::{Browser, Page};
use crate::stage::{OIOSAML3, Request, SUBSTANTIAL, Sp, for_each_world, strange_key};

fn ends_here(page: &Page, status: u16, sentence: &str) {
    assert_eq!(page.status, status, "{}", page.html);
    assert!(page.shows(sentence), "{sentence}: {}", page.html);
    assert!(page.forms().is_empty() && !page.html.contains("<script"), "{}", page.html);
    assert!(page.reference().is_some_and(|number| number.len() >= 8), "{}", page.html);
}

#[tokio::test]
async fn t_off_01_what_can_not_be_answered_ends_on_our_own_page() {
    for_each_world(|world| async move {
        let (sp, mut browser) = (world.sp("sag", OIOSAML3).await, Browser::new(&world).await);
        let off = world.sp("slukket", OIOSAML3).await;
        world.disable(&off).await;
        let now = world.now();
        let mut forger = Sp::named("sag");
        forger.key = strange_key();
        let unsigned = Request {
            id: String::new(),
            url: sp.request(&world, |_| {}).url.split("&SigAlg").next().unwrap().to_owned(),
        };
        let evil = "https://evil.example/acs";
        for (request, status, sentence) in [
            (Sp::named("fremmed").request(&world, |_| {}), 403, "The service is not connected"),
            (off.request(&world, |_| {}), 403, "The service is closed for login"),
            (sp.request(&world, |it| it.acs = Some(evil)), 400, "reply address is wrong"),
            (
                sp.request(&world, |it| it.now = now.minus(Millis::minutes(9))),
                400,
                "The login link is too old",
            ),
            (
                sp.request(&world, |it| it.now = now.plus(Millis::minutes(9))),
                400,
                "The login link is too old",
            ),
            (forger.request(&world, |_| {}), 400, "We don’t know who is asking"),
            (unsigned, 400, "We don’t know who is asking"),
        ] {
            ends_here(&browser.asks(&request).await, status, sentence);
        }
        ends_here(&browser.opens("/saml/sso").await, 400, "can’t be read");
        assert_eq!(world.events("request-refused").await.len(), 8);
    })
    .await;
}

#[tokio::test]
async fn t_cond_02_a_request_that_was_used_in_another_browser_ends_here() {
    for_each_world(|world| async move {
        let (anna, sp) = (world.anna().await, world.sp("sag", OIOSAML3).await);
        let request = sp.request(&world, |_| {});
        Browser::new(&world).await.logs_in(&world, &request, &anna).await;
        let page = Browser::new(&world).await.asks(&request).await;
        ends_here(&page, 400, "The login link has already been used");
        assert!(page.shows("Start again at Tjenesten sag"));
    })
    .await;
}

#[tokio::test]
async fn a_link_scanner_does_not_use_a_request_up() {
    for_each_world(|world| async move {
        let (sp, mut browser) = (world.sp("sag", OIOSAML3).await, Browser::new(&world).await);
        let request = sp.request(&world, |_| {});
        let path = request.url.strip_prefix(crate::browser::ORIGIN).unwrap();
        assert_eq!(Browser::new(&world).await.sends(Method::HEAD, path, &[]).await.status, 405);
        assert!(browser.asks(&request).await.has_field("password"));
    })
    .await;
}

#[tokio::test]
async fn a_request_by_post_is_answered_where_the_policy_has_it() {
    for_each_world(|world| async move {
        let anna = world.anna().await;
        let sp = world.sp("sag", "requests = [\"redirect\", \"post\"]").await;
        let strict = world.sp("streng", OIOSAML3).await;
        let mut browser = Browser::new(&world).await;
        browser.logs_in(&world, &sp.request(&world, |it| it.class_refs = SUBSTANTIAL), &anna).await;
        let carried = std::mem::take(&mut browser.cookies);

        // From another site the browser sends no cookies; our redirect brings it back with them.
        browser.headers.push(("sec-fetch-site", "cross-site"));
        let (id, field) = sp.form(&world, |it| it.class_refs = SUBSTANTIAL);
        let sent =
            browser.sends(Method::POST, "/saml/sso", &[("SAMLRequest", &field), ("RelayState", "x")]).await;
        assert_eq!(sent.status, 303);
        browser.cookies = carried;
        let page = browser.opens(sent.header("location")).await;
        sp.reads(&world, page.form().field("SAMLResponse").unwrap(), &id).unwrap();
        assert_eq!(page.form().field("RelayState"), Some("x"));

        let (_, field) = strict.form(&world, |_| {});
        let refused = browser.sends(Method::POST, "/saml/sso", &[("SAMLRequest", &field)]).await;
        ends_here(&refused, 400, "can’t be read");
    })
    .await;
}

#[tokio::test]
async fn t_dos_01_more_than_we_read_is_said_to_be_too_much() {
    for_each_world(|world| async move {
        let mut browser = Browser::new(&world).await;
        let large = "A".repeat(300 * 1024);
        let page = browser.sends(Method::POST, "/saml/sso", &[("SAMLRequest", &large)]).await;
        ends_here(&page, 413, "The message is too large");
        let long = format!("/saml/sso?SAMLRequest={}", "A".repeat(20 * 1024));
        ends_here(&browser.opens(&long).await, 413, "The message is too large");
    })
    .await;
}

#[tokio::test]
async fn t_fuzz_01_nonsense_is_answered_and_never_with_an_error_of_ours() {
    for_each_world(|world| async move {
        let mut browser = Browser::new(&world).await;
        let login = browser.opens("/login").await.form().action;
        let flow = login.trim_end_matches("/password").to_owned();
        for target in [
            "/saml/sso?SAMLRequest",
            "/saml/sso?SAMLRequest=%",
            "/saml/sso?SAMLRequest=%ff%fe&Signature=&SigAlg=",
            "/saml/sso?SAMLRequest=AAAA&Signature=AAAA&SigAlg=http%3A%2F%2Fwww.w3.org%2F2001%2F04%2Fxmldsig-more%23rsa-sha256",
            "/login/00000000-0000-0000-0000-000000000000",
            "/login/%00",
            "/login/..%2f..%2fetc",
            "/setup/%ff",
            "/assets/../../Cargo.toml",
            "/assets/%2e%2e/x",
            "/?lang=%ff",
            "/%ff%fe",
        ] {
            for method in [Method::GET, Method::POST, Method::HEAD, Method::PUT] {
                let page = browser.sends(method.clone(), target, &[("csrf", "\u{0}"), ("username", "\u{fffe}")]).await;
                assert!(page.status < 500, "{method} {target}: {}", page.status);
            }
        }
        let csrf = browser.opens(&flow).await.form().field("csrf").unwrap().to_owned();
        for (name, password) in [("\u{0}", "x"), ("x".repeat(10_000).as_str(), "x"), ("x", "y".repeat(5_000).as_str()), ("", "")] {
            let typed = [("csrf", csrf.as_str()), ("username", name), ("password", password)];
            let page = browser.sends(Method::POST, &login, &typed).await;
            assert_eq!(page.status, 303, "{} {}", name.len(), password.len());
        }
        assert_eq!(browser.opens(&flow).await.status, 200);
    })
    .await;
}
