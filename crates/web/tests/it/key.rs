//! Keys in the pages: what a page carries for the browser's script, and what its form leads to.

use axum::http::Method;

use crate::browser::{Browser, Form, ORIGIN, Page};
use crate::soft_key::SoftKey;
use crate::stage::{OIOSAML3, PASSWORD, User, World, for_each_world};

/// The form for a key's answer, with the question in it.
pub fn key_form(page: &Page) -> Form {
    let form = page.forms().into_iter().find(|form| form.field("response").is_some());
    form.unwrap_or_else(|| panic!("a form for a key was due: {}", page.html))
}

/// What the script would ask the browser; `after` stands before the question in the page.
pub fn question(page: &Page, after: &str) -> String {
    let (_, rest) = page.html.split_once(after).unwrap();
    let (_, rest) = rest.split_once("data-options=\"").unwrap();
    rest.split('"').next().unwrap().replace("&#34;", "\"").replace("&quot;", "\"")
}

/// Somebody adds a passkey through the pages of their own.
pub async fn adds_a_passkey(world: &World, browser: &mut Browser, key: &mut SoftKey) -> User {
    let anna = world.anna().await;
    let page = browser.opens("/me/keys/new").await;
    let page = browser.submits(&page, &[("username", "anna"), ("password", PASSWORD)]).await;
    let mut page = browser.submits(&page, &[("code", &world.code(&anna))]).await;
    if page.has_field("password") {
        page = browser.submits(&page, &[("password", PASSWORD)]).await;
    }
    let made = key.makes(&question(&page, "value=\"passkey\""));
    let form = key_form(&page);
    let typed = [("wish", "passkey"), ("name", "Min nøgle"), ("response", made.as_str())];
    let shown: Vec<_> = form.fields.iter().filter(|(name, _)| name == "csrf").collect();
    let mut all: Vec<(&str, &str)> =
        shown.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    all.extend(typed);
    let answer = browser.sends(Method::POST, &form.action, &all).await;
    assert_eq!((answer.status, answer.header("location")), (303, "/me/authenticators"), "{}", answer.html);
    world.pass(1);
    anna
}

#[tokio::test]
async fn a_passkey_is_added_and_used_through_the_pages() {
    for_each_world(|world| async move {
        let (mut browser, mut key) = (Browser::new(&world).await, SoftKey::new(ORIGIN));
        adds_a_passkey(&world, &mut browser, &mut key).await;
        let (mut another, sp) = (Browser::new(&world).await, world.sp("sag", OIOSAML3).await);
        let page = another.asks(&sp.request(&world, |_| {})).await;
        let policy = page.header("content-security-policy").to_owned();
        assert!(policy.contains("script-src 'self';") && !policy.contains("unsafe"), "{policy}");
        assert!(page.html.contains("autocomplete=\"username webauthn\""));
        assert!(page.shows("Log in with a passkey") && page.shows("needs JavaScript"));
        let response = key.answers(&question(&page, "id=\"key-form\"")).unwrap();
        let page = another.sends_form(&key_form(&page), &[("response", &response)]).await;
        assert!(page.has_field("SAMLResponse"), "{}", page.html);
    })
    .await;
}

#[tokio::test]
async fn a_key_in_vain_is_told_on_the_page_with_a_link_to_the_button() {
    for_each_world(|world| async move {
        let (mut browser, sp) = (Browser::new(&world).await, world.sp("sag", OIOSAML3).await);
        let page = browser.asks(&sp.request(&world, |_| {})).await;
        let page = browser.sends_form(&key_form(&page), &[("response", "{}")]).await;
        assert!(page.shows("The key cannot be used for this login") && page.html.contains("href=\"#key\""));
        let long = "x".repeat(300 * 1024);
        let page = browser.sends_form(&key_form(&page), &[("response", &long)]).await;
        assert_eq!(page.status, 413, "{}", page.html);
    })
    .await;
}

#[tokio::test]
async fn t_csrf_01_the_answer_of_a_key_needs_the_token_of_its_login() {
    for_each_world(|world| async move {
        let (mut browser, mut key) = (Browser::new(&world).await, SoftKey::new(ORIGIN));
        adds_a_passkey(&world, &mut browser, &mut key).await;
        let (mut another, sp) = (Browser::new(&world).await, world.sp("sag", OIOSAML3).await);
        let page = another.asks(&sp.request(&world, |_| {})).await;
        let response = key.answers(&question(&page, "id=\"key-form\"")).unwrap();
        let refused =
            another.sends_form(&key_form(&page), &[("response", &response), ("csrf", "another")]).await;
        assert_eq!(refused.status, 403, "{}", refused.html);
        let page = another.sends_form(&key_form(&page), &[("response", &response)]).await;
        assert!(page.has_field("SAMLResponse"), "the question was not used up: {}", page.html);
    })
    .await;
}
