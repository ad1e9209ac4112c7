//! The first administrator, through the pages.

use axum::http::Method;
use portner_authenticators::TotpSecret;
use portner_directory::{by_user_name, make_setup_link, name_organisation};

use crate::browser::{Browser, Page};
use crate::stage::{User, World, for_each_world};

const CHOSEN: &str = "et langt og godt kodeord";

async fn a_link(world: &World) -> String {
    let mut tx = world.begin().await;
    let cvr = "12345678".parse().unwrap();
    name_organisation(&world.stage.database, &mut tx, &cvr, "Eksempel Kommune").await.unwrap();
    let token = make_setup_link(&mut tx, &*world.stage.entropy).await.unwrap();
    tx.commit().await.unwrap();
    format!("/setup/{}", token.expose())
}

/// Everything that is to be typed, with the code of the secret that the page shows.
fn typed(world: &World, page: &Page, user_name: &'static str) -> Vec<(&'static str, String)> {
    let secret = TotpSecret::from_base32(page.form().field("secret").unwrap()).unwrap();
    let raw = data_encoding::BASE32_NOPAD.decode(secret.expose().as_bytes()).unwrap();
    let code =
        totp_rs::Builder::new().with_secret(raw).build_noncompliant().generate(world.now().unix_seconds());
    vec![
        ("full_name", "Anna Andersen".to_owned()),
        ("username", user_name.to_owned()),
        ("password", CHOSEN.to_owned()),
        ("password_again", CHOSEN.to_owned()),
        ("code", code.to_string()),
    ]
}

async fn sends(browser: &mut Browser, page: &Page, typed: &[(&'static str, String)]) -> Page {
    let typed: Vec<_> = typed.iter().map(|(name, value)| (*name, value.as_str())).collect();
    browser.submits(page, &typed).await
}

#[tokio::test]
async fn the_first_administrator_is_made_once_and_can_log_in() {
    for_each_world(|world| async move {
        let (link, mut browser) = (a_link(&world).await, Browser::new(&world).await);
        let page = browser.opens(&link).await;
        let secret = TotpSecret::from_base32(page.form().field("secret").unwrap()).unwrap();
        let form = typed(&world, &page, "admin");
        let done = sends(&mut browser, &page, &form).await;
        assert_eq!(done.status, 200, "{}", done.html);
        let identity = by_user_name(&world.stage.database, &"admin".parse().unwrap()).await.unwrap().unwrap();
        assert_eq!(identity.full_name(), "Anna Andersen");
        for again in [browser.opens(&link).await, sends(&mut browser, &page, &form).await] {
            assert_eq!((again.status, again.forms().len()), (404, 0), "{}", again.html);
        }
        let admin = User { identity, secret: Some(secret) };
        let page = browser.opens("/login").await;
        let start = browser.submits(&page, &[("username", "admin"), ("password", CHOSEN)]).await;
        assert!(start.shows("Anna Andersen"), "{}", start.html);
        let bound = world.node().await.authenticators.of(admin.identity.id).await.unwrap();
        assert!(bound.len() == 2 && bound.iter().all(|it| it.registered.is_none()), "nobody vouched for it");
    })
    .await;
}

#[tokio::test]
async fn every_mistake_is_named_and_the_link_stays_good() {
    for_each_world(|world| async move {
        let (link, mut browser) = (a_link(&world).await, Browser::new(&world).await);
        let page = browser.opens(&link).await;
        let good = typed(&world, &page, "admin");
        for (field, value) in [
            ("full_name", " "),
            ("username", "two words"),
            ("password", "too short"),
            ("password_again", "another long password"),
            ("code", "000000"),
        ] {
            let with_mistake: Vec<_> = good
                .iter()
                .map(|(name, typed)| (*name, if *name == field { value.to_owned() } else { typed.clone() }))
                .collect();
            let answer = sends(&mut browser, &page, &with_mistake).await;
            assert!(answer.html.contains("aria-invalid"), "{field}: {}", answer.html);
            let shown = answer.form();
            assert_eq!(
                shown.field("secret"),
                page.form().field("secret"),
                "the app need not be set up again"
            );
            assert_eq!((shown.field("password"), shown.field("code")), (Some(""), Some("")), "{field}");
        }
        assert_eq!(world.events("person-registered").await, []);
        assert_eq!(sends(&mut browser, &page, &good).await.forms().len(), 0);
        assert_eq!(world.events("setup-link-used").await.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_weak_password_is_refused_with_its_rule_and_the_link_stays_good() {
    for_each_world(|world| async move {
        let (link, mut browser) = (a_link(&world).await, Browser::new(&world).await);
        let page = browser.opens(&link).await;
        let good = typed(&world, &page, "admin");
        for (weak, said) in [
            ("Anna Andersen 1984", "made of your name"),
            ("correct horse battery staple", "many would choose"),
            ("qwertyuiopasdfghjkl", "follows the keyboard"),
        ] {
            let mut form = good.clone();
            form.iter_mut()
                .filter(|(name, _)| name.starts_with("password"))
                .for_each(|(_, it)| *it = weak.into());
            let answer = sends(&mut browser, &page, &form).await;
            assert!(answer.html.contains(said), "{weak}: {}", answer.html);
        }
        assert_eq!(sends(&mut browser, &page, &good).await.forms().len(), 0);
    })
    .await;
}

#[tokio::test]
async fn t_once_01_of_two_who_fill_in_the_link_at_once_one_becomes_administrator() {
    for_each_world(|world| async move {
        let link = a_link(&world).await;
        let (mut one, mut other) = (Browser::new(&world).await, Browser::new(&world).await);
        let (ones, others) = (one.opens(&link).await, other.opens(&link).await);
        let (ones_form, others_form) = (typed(&world, &ones, "one"), typed(&world, &others, "other"));
        let (first, second) =
            tokio::join!(sends(&mut one, &ones, &ones_form), sends(&mut other, &others, &others_form));
        let mut statuses = [first.status, second.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 404]);
        assert_eq!(world.events("role-granted").await.len(), 1);
        assert_eq!(world.events("person-registered").await.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn t_csrf_01_the_setup_form_works_only_in_the_browser_that_opened_it() {
    for_each_world(|world| async move {
        let (link, mut browser) = (a_link(&world).await, Browser::new(&world).await);
        let page = browser.opens(&link).await;
        let form = typed(&world, &page, "admin");
        let mut stranger = Browser::new(&world).await;
        assert_eq!(sends(&mut stranger, &page, &form).await.status, 403);
        assert_eq!(browser.sends(Method::POST, &link, &[("csrf", "x")]).await.status, 403);
        assert_eq!(world.events("setup-link-used").await, []);
    })
    .await;
}
