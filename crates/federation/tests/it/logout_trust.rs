//! Single logout: who may begin it, which session is meant, and whose word counts.

use portner_audit_log::Event;
use portner_domain::Millis;
use portner_saml::NameIdFormat;
use portner_saml::status::{SecondStatus, Status, TopStatus};

use crate::browser::Browser;
use crate::leaving::{hop, not_acted_upon, not_believed};
use crate::office::{Office, REDIRECT};
use crate::slo::Told;
use crate::stage::{OIOSAML3, SUBSTANTIAL, for_each_world, strange_key};

#[tokio::test]
async fn t_slo_01_a_request_that_can_not_be_trusted_ends_nothing() {
    for_each_world(|world| async move {
        let mut it = Office::of(world).await;
        let (told, _) = it.both().await;
        let Office { world, node, browser, sag, .. } = &mut it;
        let (stranger, off) = (strange_key(), world.sp_with_logout("fra", OIOSAML3, REDIRECT).await);
        world.disable(&off).await;
        let minutes = |n| Millis::minutes(n);
        let now = world.now();
        let wrong = [
            ("bad-signature", sag.wants_out(world, &told, |it| it.signer = &stranger)),
            (
                "unknown-service-provider",
                sag.wants_out(world, &told, |it| it.issuer = "https://nobody.example"),
            ),
            ("service-provider-disabled", off.wants_out(world, &told, |_| {})),
            ("wrong-destination", sag.wants_out(world, &told, |it| it.destination = crate::stage::SSO)),
            ("expired", sag.wants_out(world, &told, |it| it.now = now.minus(minutes(9)))),
            ("expired", sag.wants_out(world, &told, |it| it.not_on_or_after = now.minus(minutes(4)))),
            ("from-the-future", sag.wants_out(world, &told, |it| it.now = now.plus(minutes(4)))),
        ];
        for (why, wants) in &wrong {
            assert_eq!(not_acted_upon(browser.brings(world, node, wants).await), *why);
            assert_eq!(not_acted_upon(browser.posts(world, node, wants).await), *why);
        }
        let mut unsigned = sag.wants_out(world, &told, |_| {});
        unsigned.query = unsigned.query.split("&SigAlg=").next().unwrap().to_owned();
        assert_eq!(not_acted_upon(browser.brings(world, node, &unsigned).await), "unsigned");
        let moved = sag.wants_out(world, &told, |_| {});
        let moved = crate::slo::Message { query: moved.query.replace("rs%2F1", "rs%2F2"), ..moved };
        assert_eq!(not_acted_upon(browser.brings(world, node, &moved).await), "bad-signature");
        assert_eq!(it.world.events("request-refused").await.len(), 2 * wrong.len() + 2);
        assert_eq!((it.is_logged_in().await, it.sessions_ended().await), (true, (0, 0)));
    })
    .await;
}

#[tokio::test]
async fn t_slo_01_nobody_ends_a_session_by_what_they_were_not_told() {
    for_each_world(|world| async move {
        let mut it = Office::of(world).await;
        let (told, at_plan) = it.both().await;
        let Office { world, node, browser, sag, .. } = &mut it;
        let wrong = [
            sag.wants_out(world, &told, |it| it.name_id.value = at_plan.name_id.value.clone()),
            sag.wants_out(world, &told, |it| it.name_id.format = NameIdFormat::Transient),
            sag.wants_out(world, &told, |it| it.indexes = vec![at_plan.index.clone()]),
            sag.wants_out(world, &told, |it| it.indexes = vec![told.index.clone(), at_plan.index.clone()]),
            sag.wants_out(world, &told, |it| it.indexes = vec![told.index.clone(); 9]),
            sag.wants_out(world, &told, |it| it.indexes = vec![format!("_{}", "0".repeat(64))]),
            sag.wants_out(world, &at_plan, |_| {}),
            sag.wants_out(world, &at_plan, |it| it.indexes.clear()),
        ];
        for wants in &wrong {
            let heard = sag.hears_of_logout(world, browser.brings(world, node, wants).await);
            assert_eq!(heard.status.top, TopStatus::Responder);
            assert_eq!(heard.status.second, Some(SecondStatus::UnknownPrincipal));
        }
        assert_eq!((it.is_logged_in().await, it.sessions_ended().await), (true, (0, 0)));
    })
    .await;
}

#[tokio::test]
async fn t_slo_01_a_request_counts_once() {
    for_each_world(|world| async move {
        let mut it = Office::of(world).await;
        let (told, _) = it.both().await;
        let Office { world, node, browser, sag, anna, .. } = &mut it;
        let wants = sag.wants_out(world, &told, |_| {});
        let first = hop(browser.brings(world, node, &wants).await);
        let again = hop(browser.brings(world, node, &wants).await);
        assert_eq!((first.logout, first.hop), (again.logout, again.hop), "somebody went back");
        let mut other = Browser::default();
        other.is_known_to(world, node, sag, anna).await;
        assert_eq!(not_acted_upon(other.brings(world, node, &wants).await), "replayed");
        assert_eq!(not_acted_upon(other.posts(world, node, &wants).await), "replayed");
        assert!(other.is_logged_in(world, node).await);
        world.pass(7);
        assert_eq!(not_acted_upon(other.brings(world, node, &wants).await), "replayed");
        world.pass(60);
        assert_eq!(not_acted_upon(other.brings(world, node, &wants).await), "expired");
        assert_eq!(it.sessions_ended().await, (0, 1));
    })
    .await;
}

#[tokio::test]
async fn a_post_without_cookies_ends_the_session_that_it_means() {
    for_each_world(|world| async move {
        let mut it = Office::of(world).await;
        for by_index in [true, false] {
            it.browser = Browser::default();
            let (told, _) = it.both().await;
            let Office { world, node, browser, sag, plan, .. } = &mut it;
            let mut wants = sag.wants_out(world, &told, |_| {});
            if !by_index {
                wants = sag.wants_out(world, &told, |it| it.indexes.clear());
            }
            let at = hop(browser.posts(world, node, &wants).await);
            assert!(!browser.is_logged_in(world, node).await, "by index: {by_index}");
            let told = browser.passes_hop(world, (node, plan), &at, &Status::SUCCESS).await;
            assert!(sag.hears_of_logout(world, told).is_complete());
        }
        assert_eq!(it.sessions_ended().await, (0, 2));
    })
    .await;
}

#[tokio::test]
async fn a_request_about_another_session_leaves_the_one_in_this_browser() {
    for_each_world(|world| async move {
        let mut it = Office::of(world).await;
        let (told, _) = it.both().await;
        let Office { world, node, browser, sag, plan, anna } = &mut it;
        let mut other = Browser::default();
        other.is_known_to(world, node, plan, anna).await;
        let at = hop(other.brings(world, node, &sag.wants_out(world, &told, |_| {})).await);
        assert!(other.is_logged_in(world, node).await);
        assert!(!browser.is_logged_in(world, node).await);
        assert_eq!(at.service_provider, "Tjenesten plan", "where the ended session was used");
        let again = sag.wants_out(world, &told, |_| {});
        assert!(
            sag.hears_of_logout(world, other.brings(world, node, &again).await).is_complete(),
            "it is gone"
        );
    })
    .await;
}

#[tokio::test]
async fn a_step_up_keeps_what_a_session_is_called() {
    for_each_world(|world| async move {
        let mut it = Office::of(world).await;
        let (told, _) = it.both().await;
        let Office { world, node, browser, sag, anna, .. } = &mut it;
        world.pass(1);
        let request = sag.request(world, |it| it.class_refs = SUBSTANTIAL);
        let form = browser.logs_in(world, node, &request, anna).await;
        let after = Told::from(sag.reads(world, &form.saml_response, &request.id).unwrap());
        assert_eq!(after, told);
        let names = world.events("session-begun").await.into_iter().map(|event| match event {
            Event::SessionBegun { session, .. } => session,
            other => panic!("{other:?}"),
        });
        let names: Vec<_> = names.collect();
        assert_eq!(names.len(), 2);
        assert_eq!(names[0], names[1]);
        assert!(!told.index.contains(&names[0]), "nobody can read it");
        hop(browser.brings(world, node, &sag.wants_out(world, &told, |_| {})).await);
        assert!(!it.is_logged_in().await);
    })
    .await;
}

#[tokio::test]
async fn somebody_else_in_the_same_browser_is_another_session() {
    for_each_world(|world| async move {
        let mut it = Office::of(world).await;
        let (told, _) = it.both().await;
        let Office { world, node, browser, sag, plan, .. } = &mut it;
        let bo = world.user("bo").with_password().registered().await;
        let force = plan.request(world, |it| it.force_authn = true);
        browser.logs_in(world, node, &force, &bo).await;
        let wants = sag.wants_out(world, &told, |_| {});
        assert!(sag.hears_of_logout(world, browser.brings(world, node, &wants).await).is_complete());
        assert!(browser.is_logged_in(world, node).await, "it was about Anna");
    })
    .await;
}

#[tokio::test]
async fn a_name_that_is_new_each_time_is_the_one_that_counts() {
    for_each_world(|world| async move {
        let mut it = Office::of(world).await;
        let Office { world, node, browser, anna, .. } = &mut it;
        let plain = world.sp_with_logout("plain", "name_id = \"transient\"", REDIRECT).await;
        let first = browser.is_known_to(world, node, &plain, anna).await;
        let second = browser.is_known_to(world, node, &plain, anna).await;
        assert_eq!(first.index, second.index);
        assert_ne!(first.name_id, second.name_id);
        let at = hop(browser.logs_out(world, node).await);
        let asked = plain.is_asked(world, browser.goes_on(world, node, &at).await);
        assert_eq!(asked.name_id, second.name_id);
    })
    .await;
}

#[tokio::test]
async fn t_slo_01_an_answer_that_can_not_be_trusted_changes_nothing() {
    for_each_world(|world| async move {
        let mut it = Office::of(world).await;
        it.both().await;
        let Office { world, node, browser, sag, plan, .. } = &mut it;
        let at = hop(browser.logs_out(world, node).await);
        let asked = sag.is_asked(world, browser.goes_on(world, node, &at).await).id;
        let forged = sag.answers_as(world, &asked, &Status::SUCCESS, &strange_key());
        let others = plan.answers(world, &asked, &Status::SUCCESS);
        let unasked = sag.answers(world, "_0123456789abcdef0123456789abcdef01234567", &Status::SUCCESS);
        let long = sag.answers(world, &format!("_{}", "a".repeat(200)), &Status::SUCCESS);
        for (why, answer) in [
            ("bad-signature", &forged),
            ("unexpected-response", &others),
            ("unexpected-response", &unasked),
            ("unexpected-response", &long),
        ] {
            let mut anybody = Browser::default();
            assert_eq!(not_believed(anybody.brings(world, node, answer).await), why);
            assert_eq!(not_believed(anybody.posts(world, node, answer).await), why);
        }
        assert!(it.outcomes().await.is_empty());
        let Office { world, node, browser, sag, .. } = &mut it;
        let true_one = sag.answers(world, &asked, &Status::SUCCESS);
        assert_eq!(hop(browser.brings(world, node, &true_one).await).service_provider, "Tjenesten plan");
        assert_eq!(it.outcomes().await, ["logged-out"]);
    })
    .await;
}
