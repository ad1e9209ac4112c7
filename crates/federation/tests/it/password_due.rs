//! A password that falls short of the rules is told at the login in which it was typed, and works until its deadline.

use portner_authenticators::{Password, PasswordNotice, PasswordRules, RuleSettings, Weakness};
use portner_domain::Millis;
use portner_federation::{Problem, Reply};

use crate::browser::{Browser, asks_password, posted};
use crate::stage::{OIOSAML3, SUBSTANTIAL, World, for_each_world};

const LONGER: &str = "fire tilfældige ord her og et par til";

fn strict(world: &mut World) {
    let settings = RuleSettings { chars_min: 30, ..Default::default() };
    world.password_rules = PasswordRules::open(settings).unwrap();
}

fn due(reply: &Reply) -> PasswordNotice {
    match reply {
        Reply::PasswordDue(_, _, notice) => *notice,
        other => panic!("it should be told, not {other:?}"),
    }
}

#[tokio::test]
async fn it_is_told_once_in_the_login_and_the_login_goes_on() {
    for_each_world(|mut world| async move {
        strict(&mut world);
        let (anna, sp, node) = (world.anna().await, world.sp("sag", OIOSAML3).await, world.node().await);
        let mut browser = Browser::default();
        let request = sp.request(&world, |it| it.class_refs = SUBSTANTIAL);
        let reply = browser.opens(&world, &node, &request).await;
        let flow = asks_password(&reply).flow;
        let reply = browser.types_password(&world, &node, &reply, &anna).await;
        let change_by = world.now().plus(Millis::hours(24 * 30));
        let reply = browser.types_code(&world, &node, &reply, &world.code(&anna)).await;
        assert_eq!(due(&reply), PasswordNotice { why: Weakness::TooShort, change_by });
        assert_eq!(world.issued().await, 0);
        let again = browser.does(&world, &node, async |it, visit| it.show(flow, visit).await).await.unwrap();
        due(&again);
        let reply = browser
            .does(&world, &node, async |it, visit| it.has_read_of_password(flow, visit).await)
            .await
            .unwrap();
        let form = posted(reply);
        assert!(sp.reads(&world, &form.saml_response, &request.id).is_ok());
        // It was told; the session goes on without.
        browser.passes(&world, &node, &sp).await;

        // After the deadline it is taken for a change only, and nobody is let in.
        world.stage.clock.advance(Millis::hours(24 * 30));
        let mut later = Browser::default();
        let reply = later.opens(&world, &node, &sp.request(&world, |_| {})).await;
        let reply = later.types_password(&world, &node, &reply, &anna).await;
        assert_eq!(asks_password(&reply).problem, Some(Problem::MustChange(Weakness::TooShort)));
        assert!(!later.has_session());
    })
    .await;
}

#[tokio::test]
async fn who_changes_it_first_goes_on_with_the_new_one() {
    for_each_world(|mut world| async move {
        strict(&mut world);
        let bo = world.user("bo").with_password().registered().await;
        let (sp, node) = (world.sp("sag", OIOSAML3).await, world.node().await);
        let mut browser = Browser::default();
        let request = sp.request(&world, |_| {});
        let reply = browser.opens(&world, &node, &request).await;
        let flow = asks_password(&reply).flow;
        due(&browser.types_password(&world, &node, &reply, &bo).await);
        let longer = Password::typed(LONGER).unwrap();
        let hashed = node.authenticators.choose_password(&bo.identity, &longer).await.unwrap().unwrap();
        let visit = browser.visit(&world);
        node.federation.change_password(&hashed, &visit).await.unwrap().unwrap();
        world.pass(1);
        let reply = browser.does(&world, &node, async |it, visit| it.show(flow, visit).await).await.unwrap();
        asks_password(&reply);
        let reply = browser.types_password(&world, &node, &reply, &bo).await;
        assert_eq!(asks_password(&reply).problem, Some(Problem::WrongPassword), "the old one works no more");
        let reply = browser
            .does(&world, &node, async |it, visit| it.password(flow, "bo", LONGER, visit).await)
            .await
            .unwrap();
        let form = posted(reply);
        assert!(sp.reads(&world, &form.saml_response, &request.id).is_ok());
    })
    .await;
}

#[tokio::test]
async fn nobody_learns_of_it_who_has_not_proved_it() {
    for_each_world(|mut world| async move {
        strict(&mut world);
        let bo = world.user("bo").with_password().registered().await;
        let (sp, node) = (world.sp("sag", OIOSAML3).await, world.node().await);
        let mut browser = Browser::default();
        let reply = browser.opens(&world, &node, &sp.request(&world, |_| {})).await;
        let flow = asks_password(&reply).flow;
        due(&browser.types_password(&world, &node, &reply, &bo).await);
        let mut other = browser.without_session();
        let reply = other.does(&world, &node, async |it, visit| it.show(flow, visit).await).await.unwrap();
        asks_password(&reply);
    })
    .await;
}
