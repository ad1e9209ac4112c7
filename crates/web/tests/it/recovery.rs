//! Codes on paper, through the pages: made once, shown once, used once.

use crate::browser::{Browser, Page};
use crate::stage::{OIOSAML3, PASSWORD, SUBSTANTIAL, User, World, for_each_world};

fn codes(page: &Page) -> Vec<String> {
    let found = page.html.split("<code>").skip(1).filter_map(|rest| rest.split('<').next());
    found.map(str::to_owned).collect()
}

/// Logged in, with everything proved that a change needs.
async fn at_the_codes(browser: &mut Browser, world: &World, user: &User) -> Page {
    let mut page = browser.opens("/me/recovery-codes").await;
    page = browser.submits(&page, &[("username", "anna"), ("password", PASSWORD)]).await;
    // The button asks for the second factor, and leads back.
    page = browser.submits(&page, &[]).await;
    if page.has_field("code") {
        page = browser.submits(&page, &[("code", &world.code(user))]).await;
    }
    page
}

async fn made(browser: &mut Browser, world: &World, user: &User) -> Vec<String> {
    let mut page = at_the_codes(browser, world, user).await;
    if codes(&page).is_empty() {
        page = browser.submits(&page, &[]).await;
    }
    let made = codes(&page);
    assert_eq!(made.len(), 10, "{}", page.html);
    made
}

#[tokio::test]
async fn codes_are_shown_once_and_counted_down() {
    for_each_world(|world| async move {
        let (anna, mut browser) = (world.anna().await, Browser::new(&world).await);
        let paper = made(&mut browser, &world, &anna).await;
        let page = browser.opens("/me/recovery-codes").await;
        assert!(codes(&page).is_empty() && page.shows("You have 10 codes left"), "{}", page.html);
        assert!(!page.html.contains(&paper[0]));

        // A service that asks for Low is content with the password; a change of what one logs in with is not.
        let mut other = Browser::new(&world).await;
        let page = other.opens("/me/recovery-codes").await;
        let page = other.submits(&page, &[("username", "anna"), ("password", PASSWORD)]).await;
        let page = other.submits(&page, &[]).await;
        let form = page.forms().into_iter().find(|form| form.field("recovery_code").is_some());
        let page = other.sends_form(&form.unwrap(), &[("recovery_code", &paper[3])]).await;
        assert!(page.shows("You have 9 codes left") || !codes(&page).is_empty(), "{}", page.html);
        assert_eq!(world.events("recovery-code-used").await.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_code_is_not_wasted_where_it_is_of_no_use() {
    for_each_world(|world| async move {
        let (anna, sp) = (world.anna().await, world.sp("sag", OIOSAML3).await);
        let mut browser = Browser::new(&world).await;
        let paper = made(&mut browser, &world, &anna).await;
        let mut other = Browser::new(&world).await;
        let page = other.asks(&sp.request(&world, |it| it.class_refs = SUBSTANTIAL)).await;
        let page = other.submits(&page, &[("username", "anna"), ("password", PASSWORD)]).await;
        assert!(page.has_field("code") && !page.has_field("recovery_code"), "{}", page.html);
        let page = other.submits(&page, &[("code", &paper[0])]).await;
        assert!(page.shows("The code is wrong or has expired"), "{}", page.html);
        assert_eq!(world.events("recovery-code-used").await, []);
    })
    .await;
}
