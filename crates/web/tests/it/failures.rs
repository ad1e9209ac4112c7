//! When something under us fails, people read so, and nobody is logged in.

use std::sync::atomic::Ordering;

use axum::http::Method;

use crate::browser::{Browser, Page, router};
use crate::stage::{OIOSAML3, PASSWORD, SUBSTANTIAL, Sp, User, World, for_each_world};

/// The page, the forms of a login as far as it has come, and what to type next.
async fn come_as_far_as(world: &World, sp: &Sp, user: &User, browser: &mut Browser, code: bool) -> Page {
    let mut page = browser.asks(&sp.request(world, |it| it.class_refs = SUBSTANTIAL)).await;
    if code {
        let name = user.identity.user_name.as_str();
        page = browser.submits(&page, &[("username", name), ("password", PASSWORD)]).await;
    }
    page
}

fn says_that_nobody_can(page: &Page, when: &str) {
    assert_eq!(page.status, 503, "{when}: {}", page.html);
    assert!(page.shows("Nobody can log in right now"), "{when}: {}", page.html);
    assert!(page.forms().is_empty() && page.reference().is_some(), "{when}");
    assert!(!page.html.to_lowercase().contains("sql"), "{when}: the cause is for the log");
}

#[tokio::test]
async fn t_fail_01_without_storage_every_page_says_that_nobody_can_log_in() {
    for_each_world(|world| async move {
        let (anna, sp) = (world.anna().await, world.sp("sag", OIOSAML3).await);
        let broken = &world.store_is_broken;
        for database in [true, false] {
            let node = world.node().await;
            let mut browser = Browser::at(router(&world, &node));
            let password = come_as_far_as(&world, &sp, &anna, &mut browser, false).await;
            let mut second = Browser::at(router(&world, &node));
            let code = come_as_far_as(&world, &sp, &anna, &mut second, true).await;
            if database {
                node.log.database().close().await;
            } else {
                broken.store(true, Ordering::SeqCst);
            }
            let typed = [("username", "anna"), ("password", PASSWORD)];
            let stranger = Sp::named("fremmed").request(&world, |_| {});
            says_that_nobody_can(&browser.submits(&password, &typed).await, "password");
            says_that_nobody_can(&second.submits(&code, &[("code", &world.code(&anna))]).await, "code");
            says_that_nobody_can(&Browser::at(router(&world, &node)).asks(&stranger).await, "request");
            broken.store(false, Ordering::SeqCst);
            world.pass(1);
        }
        assert_eq!(world.issued().await, 0);
    })
    .await;
}

#[tokio::test]
async fn t_fail_01_without_the_log_there_is_no_answer_to_carry_away() {
    for_each_world(|world| async move {
        let (anna, sp) = (world.anna().await, world.sp("sag", OIOSAML3).await);
        let mut browser = Browser::new(&world).await;
        browser.logs_in(&world, &sp.request(&world, |_| {}), &anna).await;
        world.sql("ALTER TABLE audit_pending RENAME TO audit_pending_gone").await;
        let page = browser.asks(&sp.request(&world, |_| {})).await;
        says_that_nobody_can(&page, "a live session");
        let stranger = Sp::named("fremmed").request(&world, |_| {});
        says_that_nobody_can(&browser.asks(&stranger).await, "a refusal is written down as well");
        world.sql("ALTER TABLE audit_pending_gone RENAME TO audit_pending").await;
        assert_eq!(world.issued().await, 1);
        assert!(browser.asks(&sp.request(&world, |_| {})).await.has_field("SAMLResponse"), "it works again");
    })
    .await;
}

#[tokio::test]
async fn health_says_whether_somebody_could_log_in() {
    for_each_world(|world| async move {
        let node = world.node().await;
        let metrics = std::sync::Arc::new(|| "portner_up 1\n".to_owned());
        let management = portner_web::management::Management {
            log: node.log.clone(),
            keys: node.federation.keys().clone(),
            metrics,
        };
        let mut machine = Browser::at(portner_web::management::router(management));
        assert_eq!(machine.sends(Method::GET, "/health/ready", &[]).await.status, 200);
        assert_eq!(machine.sends(Method::GET, "/metrics", &[]).await.html, "portner_up 1\n");
        node.log.database().close().await;
        assert_eq!(machine.sends(Method::GET, "/health/ready", &[]).await.status, 503);
        assert_eq!(machine.sends(Method::GET, "/health/live", &[]).await.status, 200);
    })
    .await;
}

#[tokio::test]
async fn without_the_private_half_of_the_key_nobody_can_log_in_and_health_says_so() {
    use portner_federation::Keys;
    use portner_federation::keys::life::adopt;
    use portner_federation::keys::{Place, PrivateHalves};
    for_each_world(|world| async move {
        let pem = include_bytes!("../../../saml/testdata/idp.crt.pem");
        let certificate = portner_saml::Certificate::from_pem(pem).unwrap();
        let mut tx = world.begin().await;
        let place = Place::File("keys/signing/lost.key".into());
        assert!(adopt(&world.stage.database, &mut tx, &certificate, &place).await.unwrap());
        tx.commit().await.unwrap();
        let nowhere = PrivateHalves::new(world.stage.folder.path().to_owned(), None, None);
        let node = world.node_with(async |log| Keys::on_record(log, nowhere).await.unwrap()).await;

        let management = portner_web::management::Management {
            log: node.log.clone(),
            keys: node.federation.keys().clone(),
            metrics: std::sync::Arc::new(String::new),
        };
        let mut machine = Browser::at(portner_web::management::router(management));
        let page = machine.sends(Method::GET, "/health/ready", &[]).await;
        assert!(page.status == 503 && page.html.contains("\"signing\":\"down\""), "{}", page.html);

        let sp = world.sp("sag", OIOSAML3).await;
        let mut browser = Browser::at(router(&world, &node));
        let page = browser.asks(&sp.request(&world, |it| it.is_passive = true)).await;
        says_that_nobody_can(&page, "an answer without a login is signed as well");
        assert_eq!(browser.opens("/saml/metadata").await.status, 503);
        assert_eq!(browser.opens("/saml/metadata?for=upload").await.status, 200);
    })
    .await;
}
