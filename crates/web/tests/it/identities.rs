//! Somebody with several identities, through the pages: the choice at a login, and the way over on one's own page.

use axum::http::Method;

use crate::browser::{Browser, Form, ORIGIN, Page};
use crate::key::{adds_a_passkey, key_form, question};
use crate::own_pages::visits;
use crate::soft_key::SoftKey;
use crate::stage::{OIOSAML3, PASSWORD, for_each_world};

/// The form of the button under this user name.
fn pressed(page: &Page, name: &str) -> Form {
    let (_, rest) = page.html.split_once(&format!("<h2>{name}</h2>")).unwrap();
    let which = rest.split("name=\"identity\" value=\"").nth(1).and_then(|rest| rest.split('"').next());
    page.forms().into_iter().find(|form| form.field("identity") == which).unwrap()
}

#[tokio::test]
async fn the_page_after_a_passkey_shows_ones_own_identities_and_nobody_elses() {
    for_each_world(|world| async move {
        let (mut first, mut key) = (Browser::new(&world).await, SoftKey::new(ORIGIN));
        let anna = adds_a_passkey(&world, &mut first, &mut key).await;
        world.another_of(&anna, "anna.havn").await;
        world.user("bo").with_password().registered().await;
        let (mut browser, sp) = (Browser::new(&world).await, world.sp("sag", OIOSAML3).await);
        let page = browser.asks(&sp.request(&world, |_| {})).await;
        assert!(!page.html.contains("anna.havn"), "nobody is told before the proof");
        let response = key.answers(&question(&page, "id=\"key-form\"")).unwrap();
        let page = browser.sends_form(&key_form(&page), &[("response", &response)]).await;
        assert!(page.shows("Choose who you log in to Tjenesten sag as"), "{}", page.html);
        assert!(page.html.contains("<h2>anna.havn</h2>") && page.html.contains("Eksempel Havn"));
        assert!(!page.html.contains("<h2>bo</h2>"));
        let form = pressed(&page, "anna");
        let refused = browser.sends_form(&form, &[("csrf", "another")]).await;
        assert_eq!(refused.status, 403, "{}", refused.html);
        let again = browser.sends_form(&form, &[("identity", "nobody")]).await;
        assert!(again.shows("You cannot choose that user name"), "{}", again.html);
        let page = browser.sends_form(&form, &[]).await;
        assert!(page.has_field("SAMLResponse"), "{}", page.html);
    })
    .await;
}

#[tokio::test]
async fn going_over_on_ones_own_page_is_a_login_with_what_belongs_to_the_other() {
    for_each_world(|world| async move {
        let anna = world.anna().await;
        let mut browser = Browser::new(&world).await;
        let alone = visits(&mut browser, &world, &anna, "/me").await;
        assert!(!alone.html.contains("/me/identities"), "whoever has one identity reads nothing of others");
        let harbour = world.another_of(&anna, "anna.havn").await;
        let page = browser.opens("/me").await;
        assert!(page.html.contains("href=\"/me/identities\""), "{}", page.html);
        let page = browser.opens("/me/identities").await;
        let asked = browser.sends_form(&pressed(&page, "anna.havn"), &[]).await;
        assert_eq!(asked.form().field("username"), Some("anna.havn"), "{}", asked.html);
        let home = browser.submits(&asked, &[("password", PASSWORD)]).await;
        assert!(home.html.contains("Anna"), "{}", home.html);
        let page = visits(&mut browser, &world, &harbour, "/me").await;
        assert!(page.html.contains("anna.havn") && page.html.contains("Eksempel Havn"), "{}", page.html);
        let page = browser.opens("/me/identities").await;
        assert!(page.html.contains("<h2>anna</h2>"), "and back again");
    })
    .await;
}

#[tokio::test]
async fn an_identity_that_ended_since_the_page_was_read_is_said_to_be_gone() {
    for_each_world(|world| async move {
        let anna = world.anna().await;
        let harbour = world.another_of(&anna, "anna.havn").await;
        let mut browser = Browser::new(&world).await;
        let page = visits(&mut browser, &world, &anna, "/me/identities").await;
        let form = pressed(&page, "anna.havn");
        world.lock(&harbour).await;
        let page = browser.sends_form(&form, &[]).await;
        assert!(
            page.shows("You cannot choose that user name") && !page.html.contains("<h2>anna.havn"),
            "{}",
            page.html
        );
        let stranger = world.user("bo").with_password().registered().await;
        let csrf = form.field("csrf").unwrap().to_owned();
        let named = stranger.identity.id.to_string();
        let typed = [("csrf", csrf.as_str()), ("identity", named.as_str())];
        let answer = browser.sends(Method::POST, "/me/identities", &typed).await;
        assert_eq!(answer.header("location"), "/me/identities");
    })
    .await;
}
