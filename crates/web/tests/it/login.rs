//! Whole logins through the forms.

use axum::http::Method;

use crate::browser::{Browser, Page};
use crate::stage::{OIOSAML3, PASSWORD, SUBSTANTIAL, Sp, for_each_world};

/// The answer that a page carries to the service provider.
fn answer(sp: &Sp, page: &Page) -> String {
    let form = page.form();
    assert_eq!((page.status, form.action.as_str()), (200, sp.acs.as_str()), "{}", page.html);
    form.field("SAMLResponse").unwrap().to_owned()
}

#[tokio::test]
async fn from_the_request_to_the_assertion_in_three_forms() {
    for_each_world(|world| async move {
        let (anna, sp) = (world.anna().await, world.sp("sag", OIOSAML3).await);
        let mut browser = Browser::new(&world).await;
        let request = sp.request_with(&world, Some("tilbage hertil"), |it| it.class_refs = SUBSTANTIAL);
        let page = browser.asks(&request).await;
        assert!(page.has_field("username") && page.has_field("password") && !page.has_field("code"));
        let page = browser.submits(&page, &[("username", " ANNA "), ("password", PASSWORD)]).await;
        assert!(page.has_field("code") && page.shows("Anna Østergård & Søn"), "{}", page.html);
        let page = browser.submits(&page, &[("code", &world.code(&anna))]).await;
        let told = sp.reads(&world, &answer(&sp, &page), &request.id).unwrap();
        assert_eq!(told.value("https://data.gov.dk/concept/core/nsis/loa"), Some("Substantial"));
        assert_eq!(page.form().field("RelayState"), Some("tilbage hertil"));

        let next = world.sp("plan", OIOSAML3).await;
        let request = next.request(&world, |it| it.class_refs = SUBSTANTIAL);
        let page = browser.moved(&world).await.asks(&request).await;
        next.reads(&world, &answer(&next, &page), &request.id).unwrap();
        assert_eq!(page.form().field("RelayState"), None);
    })
    .await;
}

#[tokio::test]
async fn a_mistake_is_named_and_the_name_need_not_be_typed_again() {
    for_each_world(|world| async move {
        let (anna, sp) = (world.anna().await, world.sp("sag", OIOSAML3).await);
        let mut browser = Browser::new(&world).await;
        let page = browser.asks(&sp.request(&world, |it| it.class_refs = SUBSTANTIAL)).await;
        let page = browser.submits(&page, &[("username", "anna"), ("password", "wrong")]).await;
        assert!(page.shows("The user name or the password is wrong"), "{}", page.html);
        assert_eq!(page.form().field("username"), Some("anna"));
        assert_eq!(page.form().field("password"), Some(""));
        let page = browser.submits(&page, &[("password", PASSWORD)]).await;
        let page = browser.submits(&page, &[("code", "000 000")]).await;
        assert!(page.shows("The code is wrong or has expired") && page.has_field("code"));
        assert_eq!(page.form().field("code"), Some(""), "a wrong code is not shown again");
        let page = browser.submits(&page, &[("code", &world.code(&anna))]).await;
        assert!(page.has_field("SAMLResponse"));
    })
    .await;
}

#[tokio::test]
async fn who_cancels_is_sent_back_without_a_login() {
    for_each_world(|world| async move {
        let (sp, mut browser) = (world.sp("sag", OIOSAML3).await, Browser::new(&world).await);
        let request = sp.request(&world, |_| {});
        let page = browser.asks(&request).await;
        let cancel = page.forms().into_iter().find(|form| form.action.ends_with("/cancel")).unwrap();
        let page = browser.sends_form(&cancel, &[]).await;
        assert_eq!(sp.hears(&world, &answer(&sp, &page), &request.id), "AuthnFailed");
        assert!(page.shows("You were not logged in"));
    })
    .await;
}

#[tokio::test]
async fn who_can_not_reach_the_level_reads_why_and_goes_back_with_no_authn_context() {
    for_each_world(|world| async move {
        let sp = world.sp("sag", OIOSAML3).await;
        let bo = world.user("bo").with_password().with_totp().registered().await;
        let mut browser = Browser::new(&world).await;
        let request = sp.request(&world, |it| it.class_refs = SUBSTANTIAL);
        let page = browser.logs_in(&world, &request, &bo).await;
        assert!(page.shows("You can’t log in to Tjenesten sag"), "{}", page.html);
        assert!(page.reference().is_some());
        let page = browser.submits(&page, &[]).await;
        assert_eq!(sp.hears(&world, &answer(&sp, &page), &request.id), "NoAuthnContext");
    })
    .await;
}

#[tokio::test]
async fn who_goes_back_after_the_end_is_told_that_it_is_the_end() {
    for_each_world(|world| async move {
        world.anna().await;
        let (sp, mut browser) = (world.sp("sag", OIOSAML3).await, Browser::new(&world).await);
        let request = sp.request(&world, |_| {});
        let first = browser.asks(&request).await;
        browser.submits(&first, &[("username", "anna"), ("password", PASSWORD)]).await;
        for page in [browser.asks(&request).await, browser.submits(&first, &[("username", "anna")]).await] {
            assert!(page.shows("This login is finished") && !page.has_field("SAMLResponse"), "{}", page.html);
        }
        assert_eq!(world.issued().await, 1);
    })
    .await;
}

#[tokio::test]
async fn a_login_left_lying_names_the_service_and_the_way_back() {
    for_each_world(|world| async move {
        let (sp, mut browser) = (world.sp("sag", OIOSAML3).await, Browser::new(&world).await);
        let page = browser.asks(&sp.request(&world, |_| {})).await;
        world.pass(21);
        let page = browser.submits(&page, &[("username", "anna"), ("password", PASSWORD)]).await;
        assert!(page.shows("Your login has expired") && page.shows("Start again at Tjenesten sag"));
        assert!(page.html.contains("href=\"https://sag.example/\""), "{}", page.html);
        assert!(page.reference().is_some());
    })
    .await;
}

#[tokio::test]
async fn the_start_page_is_about_its_owner_and_nobody_else() {
    for_each_world(|world| async move {
        let (anna, sp) = (world.anna().await, world.sp("sag", OIOSAML3).await);
        world.user("bo").with_password().registered().await;
        let (mut annas, mut bos) = (Browser::new(&world).await, Browser::new(&world).await);
        annas.logs_in(&world, &sp.request(&world, |_| {}), &anna).await;
        let page = bos.opens("/login").await;
        let page = bos.submits(&page, &[("username", "bo"), ("password", PASSWORD)]).await;
        assert!(!page.shows("Tjenesten sag"), "Bo was at no service: {}", page.html);
        assert!(annas.opens("/").await.shows("Tjenesten sag"));

        // Bo finds the address of a page in which Anna is asked for her code.
        let asked = annas.asks(&sp.request(&world, |it| it.class_refs = SUBSTANTIAL)).await;
        assert!(asked.has_field("code"));
        let address = asked.form().action.trim_end_matches("/code").to_owned();
        let seen = bos.opens(&address).await;
        assert_eq!(seen.status, 400);
        assert!(!seen.shows("Anna") && seen.forms().is_empty(), "{}", seen.html);
    })
    .await;
}

#[tokio::test]
async fn who_logs_out_here_is_logged_out_here() {
    for_each_world(|world| async move {
        let (anna, sp) = (world.anna().await, world.sp("sag", OIOSAML3).await);
        let mut browser = Browser::new(&world).await;
        browser.logs_in(&world, &sp.request(&world, |_| {}), &anna).await;
        let mut copy = browser.moved(&world).await;
        let start = browser.opens("/").await;
        assert_eq!(start.form().action, "/logout");
        let unsigned = browser.sends(Method::POST, "/logout", &[]).await;
        assert_eq!(unsigned.status, 403, "somebody else's page can't do it");
        browser.submits(&start, &[]).await;
        assert!(!browser.cookies.contains_key("__Host-portner-session"));
        assert!(
            copy.asks(&sp.request(&world, |_| {})).await.has_field("password"),
            "nor is a copy of the cookie good"
        );
    })
    .await;
}
