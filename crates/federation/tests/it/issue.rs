//! The last moment: what held when a page was shown is looked at again before an assertion leaves.

use portner_domain::FlowId;
use portner_federation::Reply;

use crate::browser::{Browser, asks_code, asks_password, posted};
use crate::stage::{OIOSAML3, Request, SUBSTANTIAL, Sp, User, World, for_each_world};

/// A login in which everything is proved and nothing issued yet: the browser has not followed the redirect.
async fn all_proved(world: &World, sp: &Sp, user: &User, browser: &mut Browser) -> (Request, FlowId) {
    let node = world.node().await;
    let request = sp.request(world, |it| it.class_refs = SUBSTANTIAL);
    let asked = browser.opens(world, &node, &request).await;
    let asked = browser.types_password(world, &node, &asked, user).await;
    let (flow, code) = (asks_code(&asked).flow, world.code(user));
    let reply = browser.does_once(world, &node, async |it, visit| it.code(flow, &code, visit).await).await;
    assert!(matches!(reply, Ok(Reply::GoTo(to)) if to == flow), "{reply:?}");
    (request, flow)
}

#[tokio::test]
async fn t_mfa_02_the_policy_is_held_at_issue_not_at_the_page() {
    for_each_world(|world| async move {
        let (anna, sp) = (world.anna().await, world.sp("sag", OIOSAML3).await);
        for (turn, back, heard) in [
            (
                "UPDATE proofing SET withdrawn_at = 1",
                "UPDATE proofing SET withdrawn_at = NULL",
                "NoAuthnContext",
            ),
            (
                "UPDATE authenticator SET removed_at = 1 WHERE kind = 'totp'",
                "UPDATE authenticator SET removed_at = NULL",
                "NoAuthnContext",
            ),
            (
                "UPDATE authenticator SET removed_at = 1 WHERE kind = 'password'",
                "UPDATE authenticator SET removed_at = NULL",
                "NoAuthnContext",
            ),
            (
                "UPDATE authenticator SET registered = 'Low' WHERE kind = 'totp'",
                "UPDATE authenticator SET registered = 'Substantial'",
                "NoAuthnContext",
            ),
        ] {
            let mut browser = Browser::default();
            let (request, flow) = all_proved(&world, &sp, &anna, &mut browser).await;
            world.sql(turn).await;
            let node = world.node().await;
            let reply = browser.does(&world, &node, async |it, visit| it.show(flow, visit).await).await;
            let answer = posted(reply.unwrap()).saml_response;
            assert_eq!(sp.hears(&world, &answer, &request.id), heard, "{turn}");
            assert_eq!(world.issued().await, 0, "{turn}");
            world.sql(back).await;
            world.pass(1);
        }
        let mut browser = Browser::default();
        let (request, flow) = all_proved(&world, &sp, &anna, &mut browser).await;
        let node = world.node().await;
        let reply = browser.does(&world, &node, async |it, visit| it.show(flow, visit).await).await;
        sp.reads(&world, &posted(reply.unwrap()).saml_response, &request.id).unwrap();
        assert_eq!(world.issued().await, 1, "when nothing has changed it is issued");
    })
    .await;
}

#[tokio::test]
async fn t_mfa_02_a_lock_in_the_last_moment_is_in_time() {
    for_each_world(|world| async move {
        let (anna, sp, mut browser) =
            (world.anna().await, world.sp("sag", OIOSAML3).await, Browser::default());
        let (_, flow) = all_proved(&world, &sp, &anna, &mut browser).await;
        world.lock(&anna).await;
        let node = world.node().await;
        let reply = browser.does(&world, &node, async |it, visit| it.show(flow, visit).await).await;
        let asked = reply.unwrap();
        let problem = browser.types_password(&world, &node, &asked, &anna).await;
        assert!(asks_password(&problem).problem.is_some(), "and is told no more than a stranger");
        assert_eq!(world.issued().await, 0);
    })
    .await;
}

#[tokio::test]
async fn t_off_01_a_service_provider_disabled_during_a_login_gets_no_assertion() {
    for_each_world(|world| async move {
        let (anna, sp, mut browser) =
            (world.anna().await, world.sp("sag", OIOSAML3).await, Browser::default());
        let (request, flow) = all_proved(&world, &sp, &anna, &mut browser).await;
        world.disable(&sp).await;
        let node = world.node().await;
        let reply = browser.does(&world, &node, async |it, visit| it.show(flow, visit).await).await;
        if let Ok(Reply::Post(form)) = reply {
            assert_eq!(sp.hears(&world, &form.saml_response, &request.id), "RequestDenied");
        }
        assert_eq!(world.issued().await, 0);
    })
    .await;
}

#[tokio::test]
async fn t_key_04_an_assertion_is_written_down_before_it_leaves() {
    for_each_world(|world| async move {
        let (anna, sp, node) = (world.anna().await, world.sp("sag", OIOSAML3).await, world.node().await);
        let request = sp.request(&world, |it| {
            it.class_refs = SUBSTANTIAL;
            it.requester_ids = &["https://saml.behind.example"];
        });
        let form = Browser::default().logs_in(&world, &node, &request, &anna).await;
        let told = sp.reads(&world, &form.saml_response, &request.id).unwrap();
        let events = world.events("assertion-issued").await;
        let [portner_audit_log::Event::AssertionIssued(written)] = events.as_slice() else {
            panic!("{events:?}")
        };
        assert_eq!((&written.assertion_id, &written.request_id), (&told.id, &request.id));
        assert_eq!(
            (written.identity, Some(&written.session_index)),
            (anna.identity.id, told.session_index.as_ref())
        );
        assert_eq!(written.assessment.loa, Some(portner_domain::Level::Substantial));
        assert_eq!(written.attributes.len(), told.attributes.len());
        assert_eq!(written.requesters, ["https://saml.behind.example"]);
        assert_eq!(written.key_id.len(), 32);
    })
    .await;
}
