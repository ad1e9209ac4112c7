//! Single logout: whom it reaches, and that nothing stops it.

use portner_domain::logout::Ending;
use portner_federation::{Reply, Unfinished};
use portner_saml::Binding;
use portner_saml::status::{SecondStatus, Status, TopStatus};

use crate::browser::{Browser, asks_code, asks_password};
use crate::leaving::{ended, fates, hop, not_acted_upon, not_believed};
use crate::office::{Office, REDIRECT};
use crate::stage::{ENTITY_ID, OIOSAML3, SUBSTANTIAL, for_each_world};

const NEMLOG_IN: &str = "profile = \"nemlog-in\"\nrequired_level = \"Low\"";

#[tokio::test]
async fn whoever_logs_out_here_is_taken_to_everybody_who_was_told() {
    for_each_world(|world| async move {
        let mut it = Office::of(world).await;
        let Office { world, node, anna, browser, .. } = &mut it;
        let national = world.sp_with_logout("national", NEMLOG_IN, &[Binding::Post, Binding::Redirect]).await;
        let silent = world.sp("stum", OIOSAML3).await;
        let last = browser.is_known_to(world, node, &national, anna).await;
        browser.is_known_to(world, node, &silent, anna).await;
        let (first, second) = it.both().await;
        let Office { world, node, browser, sag, plan, .. } = &mut it;

        let at = hop(browser.logs_out(world, node).await);
        assert!(!browser.is_logged_in(world, node).await, "before anybody is asked");
        assert_eq!((at.position, at.of, at.service_provider.as_str()), (1, 3, "Tjenesten sag"));
        let asked = sag.is_asked(world, browser.goes_on(world, node, &at).await);
        assert_eq!((&asked.name_id, &asked.session_indexes), (&first.name_id, &vec![first.index]));
        let at = hop(browser.brings(world, node, &sag.answers(world, &asked.id, &Status::SUCCESS)).await);
        assert_eq!((at.position, at.of, at.service_provider.as_str()), (2, 3, "Tjenesten plan"));
        let sent = browser.goes_on(world, node, &at).await;
        assert!(matches!(sent, Reply::PostLogout(_)), "it takes nothing else");
        let asked = plan.is_asked(world, sent);
        assert_eq!((&asked.name_id, &asked.session_indexes), (&second.name_id, &vec![second.index]));
        let at = hop(browser.posts(world, node, &plan.answers(world, &asked.id, &Status::SUCCESS)).await);
        assert_eq!((at.position, at.of, at.service_provider.as_str()), (3, 3, "Tjenesten national"));
        let sent = browser.goes_on(world, node, &at).await;
        assert!(matches!(sent, Reply::SendTo(_)), "by Redirect, if it can be");
        let Reply::SendTo(url) = &sent else { unreachable!() };
        assert!(url.starts_with("https://national.example/slo?SAMLRequest="), "{url}");
        let asked = national.is_asked(world, sent);
        assert_eq!((&asked.name_id, &asked.session_indexes), (&last.name_id, &vec![last.index]));
        let end = browser.brings(world, node, &national.answers(world, &asked.id, &Status::SUCCESS)).await;
        let end = ended(end);
        assert_eq!(end.ending, Ending::Here, "nobody knows about one that can't be asked");
        let expected = [
            ("Tjenesten stum", "not-asked"),
            ("Tjenesten sag", "logged-out"),
            ("Tjenesten plan", "logged-out"),
            ("Tjenesten national", "logged-out"),
        ];
        assert_eq!(fates(&end), expected);
        assert_eq!(it.sessions_ended().await, (1, 0));
        assert_eq!(it.outcomes().await, ["not-asked", "logged-out", "logged-out", "logged-out"]);
        assert_eq!(it.world.events("logout-requested").await.len(), 3);
    })
    .await;
}

#[tokio::test]
async fn a_service_provider_begins_a_logout_and_hears_how_it_ended() {
    for_each_world(|world| async move {
        let mut it = Office::of(world).await;
        let (at_sag, at_plan) = it.both().await;
        let Office { world, node, browser, sag, plan, anna } = &mut it;
        let wants = sag.wants_out(world, &at_sag, |_| {});
        let at = hop(browser.brings(world, node, &wants).await);
        assert!(!browser.is_logged_in(world, node).await && !browser.has_session());
        assert_eq!((at.position, at.of, at.service_provider.as_str()), (1, 1, "Tjenesten plan"));
        let asked = plan.is_asked(world, browser.goes_on(world, node, &at).await);
        assert_eq!((&asked.name_id, &asked.session_indexes), (&at_plan.name_id, &vec![at_plan.index]));
        let told = browser.posts(world, node, &plan.answers(world, &asked.id, &Status::SUCCESS)).await;
        let heard = sag.hears_of_logout(world, told);
        assert_eq!((heard.in_response_to.as_str(), heard.issuer.as_str()), (wants.id.as_str(), ENTITY_ID));
        assert_eq!(heard.relay_state.as_deref(), Some("rs/1?a=b&c"));
        assert!(heard.is_complete(), "{:?}", heard.status);

        let again = browser.is_known_to(world, node, plan, anna).await;
        let wants = plan.wants_out(world, &again, |_| {});
        let alone = browser.brings(world, node, &wants).await;
        let Reply::PostLogout(sent) = &alone else { panic!("{alone:?}") };
        assert_eq!(sent.action, "https://plan.example/out", "where its responses go");
        assert!(plan.hears_of_logout(world, alone).is_complete(), "nobody else was told");
        assert_eq!(it.sessions_ended().await, (0, 2));
        assert_eq!(it.world.events("request-answered").await.len(), 2);
    })
    .await;
}

#[tokio::test]
async fn t_ses_03_a_step_up_that_waits_in_another_tab_brings_no_session_back() {
    for_each_world(|world| async move {
        let mut it = Office::of(world).await;
        it.both().await;
        let Office { world, node, browser, sag, anna, .. } = &mut it;
        world.pass(1);
        let request = sag.request(world, |it| it.class_refs = SUBSTANTIAL);
        let asked = browser.opens(world, node, &request).await;
        asks_code(&asked);
        browser.logs_out(world, node).await;
        let again = browser.types_code(world, node, &asked, &world.code(anna)).await;
        asks_password(&again);
        assert!(!browser.has_session() && !it.is_logged_in().await);
    })
    .await;
}

#[tokio::test]
async fn a_service_provider_that_fails_does_not_stop_the_chain() {
    for_each_world(|world| async move {
        let mut it = Office::of(world).await;
        for (how, word) in [
            ("skips", "not-reached"),
            ("hangs", "not-reached"),
            ("comes back", "no-answer"),
            ("fails", "failed"),
            ("does half", "failed"),
        ] {
            it.browser = Browser::default();
            let Office { world, node, browser, sag, plan, anna } = &mut it;
            let third = world.sp_with_logout(&format!("x{}", how.len()), OIOSAML3, REDIRECT).await;
            let begins = browser.is_known_to(world, node, &third, anna).await;
            browser.is_known_to(world, node, sag, anna).await;
            browser.is_known_to(world, node, plan, anna).await;
            let wants = third.wants_out(world, &begins, |_| {});
            let at = hop(browser.brings(world, node, &wants).await);
            let reply = match how {
                "skips" => browser.skips(world, node, &at).await,
                "hangs" => {
                    browser.goes_on(world, node, &at).await;
                    browser.skips(world, node, &at).await
                }
                "comes back" => {
                    browser.goes_on(world, node, &at).await;
                    browser.comes_back(world, node, at.logout).await
                }
                "fails" => browser.passes_hop(world, (node, sag), &at, &Status::INTERNAL).await,
                _ => browser.passes_hop(world, (node, sag), &at, &Status::PARTIAL_LOGOUT).await,
            };
            let at = hop(reply);
            assert_eq!(at.service_provider, "Tjenesten plan", "{how}");
            let told = browser.passes_hop(world, (node, plan), &at, &Status::SUCCESS).await;
            let heard = third.hears_of_logout(world, told);
            assert_eq!(heard.status.top, TopStatus::Success, "{how}");
            assert_eq!(heard.status.second, Some(SecondStatus::PartialLogout), "{how}");
            let end = ended(browser.comes_back(world, node, at.logout).await);
            assert_eq!(end.origin.service_provider, Some(format!("Tjenesten x{}", how.len())));
            assert_eq!(fates(&end), [("Tjenesten sag", word), ("Tjenesten plan", "logged-out")], "{how}");
            assert!(!it.is_logged_in().await, "{how}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_late_answer_is_noted_and_one_may_be_tried_again() {
    for_each_world(|world| async move {
        let mut it = Office::of(world).await;
        it.both().await;
        let Office { world, node, browser, sag, plan, .. } = &mut it;
        let at = hop(browser.logs_out(world, node).await);
        let first = sag.is_asked(world, browser.goes_on(world, node, &at).await);
        let same = sag.is_asked(world, browser.goes_on(world, node, &at).await);
        assert_eq!(first.id, same.id, "a second press of the button");
        let at = hop(browser.comes_back(world, node, at.logout).await);
        let second = plan.is_asked(world, browser.goes_on(world, node, &at).await);
        let late = sag.answers(world, &first.id, &Status::SUCCESS);
        browser.brings(world, node, &late).await;
        browser.brings(world, node, &late).await;
        let end = ended(browser.comes_back(world, node, at.logout).await);
        assert_eq!(fates(&end), [("Tjenesten sag", "logged-out"), ("Tjenesten plan", "no-answer")]);
        let again = hop(browser.retries(world, node, at.logout, 1).await);
        assert_eq!((again.hop, again.retries), (1, 1));
        let third = plan.is_asked(world, browser.goes_on(world, node, &again).await);
        assert_ne!(third.id, second.id);
        let old = plan.answers(world, &second.id, &Status::SUCCESS);
        assert_eq!(not_believed(browser.posts(world, node, &old).await), "unexpected-response");
        let end = ended(browser.posts(world, node, &plan.answers(world, &third.id, &Status::SUCCESS)).await);
        assert_eq!(end.ending, Ending::Everywhere);
        let same = ended(browser.retries(world, node, at.logout, 1).await);
        assert_eq!(same.ending, Ending::Everywhere, "there is nothing to try");
        assert_eq!(it.outcomes().await, ["no-answer", "logged-out", "no-answer", "logged-out"]);
    })
    .await;
}

#[tokio::test]
async fn two_tabs_and_two_logouts_end_a_session_once() {
    for_each_world(|world| async move {
        let mut it = Office::of(world).await;
        let (told, _) = it.both().await;
        let Office { world, node, browser, sag, .. } = &mut it;
        let (mut tab, mut third) = (browser.clone(), browser.clone());
        let wants = sag.wants_out(world, &told, |_| {});
        let (one, two, three) = tokio::join!(
            browser.logs_out(world, node),
            tab.logs_out(world, node),
            third.brings(world, node, &wants),
        );
        let begun = [&one, &two, &three].into_iter().filter(|it| matches!(it, Reply::LogoutHop(_)));
        assert_eq!(begun.count(), 1, "{one:?} {two:?} {three:?}");
        let ends = it.sessions_ended().await;
        assert_eq!(ends.0 + ends.1, 1);
        it.browser = Browser::default();
        it.both().await;
        let Office { world, node, browser, plan, .. } = &mut it;
        let at = hop(browser.logs_out(world, node).await);
        let mut tab = browser.clone();
        let other_tab = hop(tab.comes_back(world, node, at.logout).await);
        assert_eq!(other_tab.hop, at.hop, "looking changes nothing");
        let (asked, skipped) =
            tokio::join!(browser.goes_on(world, node, &at), tab.skips(world, node, &other_tab));
        assert_eq!(hop(skipped).hop, 1, "{asked:?}");
        let last = hop(browser.comes_back(world, node, at.logout).await);
        browser.passes_hop(world, (node, plan), &last, &Status::SUCCESS).await;
    })
    .await;
}

#[tokio::test]
async fn our_own_session_ends_even_if_nothing_else_works() {
    for_each_world(|world| async move {
        let mut it = Office::of(world).await;
        it.both().await;
        let Office { world, node, browser, .. } = &mut it;
        let left = browser.clone();
        node.log.database().close().await;
        let failed = browser.does_once(world, node, async |it, visit| it.log_out(visit).await).await;
        assert!(failed.is_err(), "{failed:?}");
        let healthy = world.node().await;
        assert!(!browser.has_session() && !left.is_logged_in(world, &healthy).await);
    })
    .await;
}

#[tokio::test]
async fn an_interrupted_logout_tells_nobody_that_it_went_well() {
    for_each_world(|world| async move {
        let mut it = Office::of(world).await;
        // A node forgets a service provider after a second; one that does so too soon fails too early.
        for _ in 0..10 {
            (it.node, it.browser) = (it.world.node().await, Browser::default());
            let (told, _) = it.both().await;
            let Office { world, node, browser, sag, .. } = &mut it;
            let wants = sag.wants_out(world, &told, |_| {});
            node.log.database().close().await;
            let query = &wants.query;
            let failed = browser
                .does_once(world, node, async |it, visit| it.receive_logout_redirect(query, visit).await);
            assert!(failed.await.is_err());
            let healthy = world.node().await;
            if browser.is_logged_in(world, &healthy).await {
                continue;
            }
            assert_eq!(not_acted_upon(browser.brings(world, &healthy, &wants).await), "interrupted");
            assert!(world.events("request-answered").await.is_empty());
            return;
        }
        panic!("it never came as far as ending the session");
    })
    .await;
}

#[tokio::test]
async fn a_logout_is_offered_until_it_is_finished_and_only_to_its_browser() {
    for_each_world(|world| async move {
        let mut it = Office::of(world).await;
        it.both().await;
        let Office { world, node, browser, sag, plan, anna } = &mut it;
        let at = hop(browser.logs_out(world, node).await);
        browser.goes_on(world, node, &at).await;
        let offered = node.federation.unfinished_logout(&browser.visit(world)).await.unwrap();
        assert_eq!(offered, Some(Unfinished::Logout(at.logout)));
        let mut other = Browser::default();
        other.is_known_to(world, node, sag, anna).await;
        assert_eq!(node.federation.unfinished_logout(&other.visit(world)).await.unwrap(), None);
        for act in [
            other.comes_back(world, node, at.logout).await,
            other.skips(world, node, &at).await,
            other.goes_on(world, node, &at).await,
            other.retries(world, node, at.logout, 0).await,
        ] {
            assert!(matches!(act, Reply::OtherBrowser), "{act:?}");
        }
        let at = hop(browser.comes_back(world, node, at.logout).await);
        ended(browser.passes_hop(world, (node, plan), &at, &Status::SUCCESS).await);
        assert_eq!(node.federation.unfinished_logout(&browser.visit(world)).await.unwrap(), None);
        world.pass(21);
        let forgotten = browser.comes_back(world, node, at.logout).await;
        assert!(matches!(forgotten, Reply::GoHome), "{forgotten:?}");
    })
    .await;
}

#[tokio::test]
async fn t_ses_03_an_administrators_logout_is_over_on_every_node_and_the_browser_can_finish_it() {
    for_each_world(|world| async move {
        let mut it = Office::of(world).await;
        for new_login in [false, true] {
            it.browser = Browser::default();
            it.both().await;
            let Office { world, browser, sag, plan, anna, .. } = &mut it;
            let other = world.node().await;
            world.pass(1);
            world.end_sessions(anna).await;
            assert!(!browser.is_logged_in(world, &other).await);
            let offered = other.federation.unfinished_logout(&browser.visit(world)).await.unwrap();
            assert_eq!(offered, Some(Unfinished::Ended));
            let asked = browser.opens(world, &other, &sag.request(world, |_| {})).await;
            asks_password(&asked);
            world.pass(1);
            let mut reply = if new_login {
                browser.types_password(world, &other, &asked, anna).await;
                let offered = other.federation.unfinished_logout(&browser.visit(world)).await.unwrap();
                let Some(Unfinished::Logout(id)) = offered else { panic!("{offered:?}") };
                browser.comes_back(world, &other, id).await
            } else {
                browser.logs_out(world, &other).await
            };
            for sp in [sag, plan] {
                let at = hop(reply);
                reply = browser.passes_hop(world, (&other, sp), &at, &Status::SUCCESS).await;
            }
            assert_eq!(ended(reply).ending, Ending::Everywhere);
            assert_eq!(browser.is_logged_in(world, &other).await, new_login, "the new session is another");
        }
        assert_eq!(it.world.events("sessions-ended").await.len(), 2);
        assert_eq!(it.sessions_ended().await, (0, 0), "said once");
    })
    .await;
}

#[tokio::test]
async fn one_that_was_switched_off_meanwhile_is_not_asked() {
    for_each_world(|world| async move {
        let mut it = Office::of(world).await;
        it.both().await;
        let Office { world, browser, sag, plan, .. } = &mut it;
        world.disable(plan).await;
        let node = world.node().await;
        let at = hop(browser.logs_out(world, &node).await);
        assert_eq!(at.of, 1);
        let end = ended(browser.passes_hop(world, (&node, sag), &at, &Status::SUCCESS).await);
        assert_eq!(fates(&end), [("Tjenesten sag", "logged-out"), ("Tjenesten plan", "not-asked")]);
    })
    .await;
}
