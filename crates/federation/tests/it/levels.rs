//! Levels that can't be reached: said at once where nobody can, and to the person where that person can't.

use portner_domain::Level;
use portner_domain::assurance::Notified;
use portner_domain::proofing::Evidence;
use portner_federation::Reply;

use crate::browser::{Browser, posted};
use crate::stage::{HIGH, OIOSAML3, SUBSTANTIAL, for_each_world};

#[tokio::test]
async fn who_can_not_reach_the_level_is_told_why_and_the_service_provider_that() {
    for_each_world(|world| async move {
        let (sp, node) = (world.sp("sag", OIOSAML3).await, world.node().await);
        for (user, best) in [
            (
                world.user("register").with_password().with_totp().proofed(Evidence::Register),
                Some(Level::Low),
            ),
            (world.user("nocode").with_password().proofed(Evidence::InPerson), Some(Level::Low)),
            (world.user("unknown").with_password().with_totp(), None),
        ] {
            let user = user.registered().await;
            let mut browser = Browser::default();
            let request = sp.request(&world, |it| it.class_refs = SUBSTANTIAL);
            let asked = browser.opens(&world, &node, &request).await;
            let reply = browser.types_password(&world, &node, &asked, &user).await;
            let Reply::OutOfReach(stuck) = reply else { panic!("{reply:?}") };
            assert_eq!((stuck.level, stuck.best.loa), (Some(Level::Substantial), best));
            assert!(!stuck.best.because.is_empty());
            let form = posted(browser.gives_up(&world, &node, stuck.flow).await);
            assert_eq!(sp.hears(&world, &form.saml_response, &request.id), "NoAuthnContext");
        }
        assert_eq!(world.issued().await, 0);
    })
    .await;
}

#[tokio::test]
async fn a_level_nobody_here_can_reach_is_answered_before_anybody_is_asked() {
    for_each_world(|mut world| async move {
        let sp = world.sp("sag", OIOSAML3).await;
        let check = async |world: &crate::stage::World, class_refs: &'static [&str]| {
            let (node, request) = (world.node().await, sp.request(world, |it| it.class_refs = class_refs));
            let form = posted(Browser::default().opens(world, &node, &request).await);
            assert_eq!(sp.hears(world, &form.saml_response, &request.id), "NoAuthnContext");
        };
        check(&world, HIGH).await;
        world.rules.notified = Notified { scheme: Some(Level::Substantial), broker: Some(Level::Low) };
        check(&world, SUBSTANTIAL).await;
        world.rules.notified = Notified { scheme: None, broker: Some(Level::Substantial) };
        check(&world, SUBSTANTIAL).await;
    })
    .await;
}

#[tokio::test]
async fn who_gives_up_was_not_authenticated() {
    for_each_world(|world| async move {
        let (anna, sp, node) = (world.anna().await, world.sp("sag", OIOSAML3).await, world.node().await);
        for with_password in [false, true] {
            let mut browser = Browser::default();
            let request = sp.request(&world, |it| it.class_refs = SUBSTANTIAL);
            let mut reply = browser.opens(&world, &node, &request).await;
            let Reply::AskPassword(ask) = &reply else { panic!("{reply:?}") };
            let flow = ask.flow;
            if with_password {
                reply = browser.types_password(&world, &node, &reply, &anna).await;
                assert!(matches!(reply, Reply::AskCode(_)));
            }
            let form = posted(browser.gives_up(&world, &node, flow).await);
            assert_eq!(sp.hears(&world, &form.saml_response, &request.id), "AuthnFailed");
            assert!(!browser.is_logged_in(&world, &node).await);
            assert!(matches!(browser.gives_up(&world, &node, flow).await, Reply::Finished(_)), "once");
        }
    })
    .await;
}
