//! Single logout: who may begin it, whom it reaches, and that nothing stops it.

use portner_audit_log::Event;
use portner_domain::Millis;
use portner_domain::logout::Ending;
use portner_federation::{Reply, Unfinished};
use portner_saml::status::{SecondStatus, Status, TopStatus};
use portner_saml::{Binding, NameIdFormat};

use crate::browser::{Browser, asks_code, asks_password};
use crate::leaving::{ended, fates, hop, not_acted_upon, not_believed};
use crate::slo::Told;
use crate::stage::{ENTITY_ID, Node, OIOSAML3, SUBSTANTIAL, Sp, User, World, for_each_world, strange_key};

const NEMLOG_IN: &str = "profile = \"nemlog-in\"\nrequired_level = \"Low\"";
const REDIRECT: &[Binding] = &[Binding::Redirect];
const POST: &[Binding] = &[Binding::Post];

/// Anna, with a password in her browser's session, and service providers that take logout requests.
struct Office {
    world: World,
    node: Node,
    anna: User,
    browser: Browser,
    sag: Sp,
    plan: Sp,
}

impl Office {
    async fn of(world: World) -> Self {
        let (node, anna) = (world.node().await, world.anna().await);
        let sag = world.sp_with_logout("sag", OIOSAML3, REDIRECT).await;
        let plan = world.sp_with_logout("plan", OIOSAML3, POST).await;
        Self { world, node, anna, browser: Browser::default(), sag, plan }
    }

    /// Anna is logged in at both; what `sag` and `plan` know.
    async fn both(&mut self) -> (Told, Told) {
        let Self { world, node, anna, browser, sag, plan } = self;
        let at_sag = browser.is_known_to(world, node, sag, anna).await;
        (at_sag, browser.is_known_to(world, node, plan, anna).await)
    }

    async fn is_logged_in(&self) -> bool {
        self.browser.is_logged_in(&self.world, &self.node).await
    }

    async fn sessions_ended(&self) -> (usize, usize) {
        let world = &self.world;
        (
            world.events("session-ended").await.len(),
            world.events("session-ended-by-service-provider").await.len(),
        )
    }

    async fn outcomes(&self) -> Vec<String> {
        let outcome = |event| match event {
            Event::LogoutOutcome { outcome, .. } => outcome,
            other => panic!("{other:?}"),
        };
        self.world.events("logout-outcome").await.into_iter().map(outcome).collect()
    }
}

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
