//! Single sign-on, and how it ends: by time, by logging out, by a lock.

use std::sync::atomic::Ordering;

use portner_audit_log::Event;
use portner_domain::Millis;
use portner_domain::proofing::Evidence;
use portner_domain::session::Limits;
use portner_domain::throttle::{FREE_FAILURES_MAX, Wait};
use portner_federation::{Outcome, Problem};

use crate::browser::{Browser, asks_code, asks_password, posted};
use crate::stage::{OIOSAML3, SUBSTANTIAL, for_each_world};

#[tokio::test]
async fn one_login_is_enough_for_the_next_service_provider_on_any_node() {
    for_each_world(|world| async move {
        let (anna, mut browser) = (world.anna().await, Browser::default());
        let (sag, plan) = (world.sp("sag", OIOSAML3).await, world.sp("plan", OIOSAML3).await);
        let (one, other) = (world.node().await, world.node().await);
        let first = sag.request(&world, |it| it.class_refs = SUBSTANTIAL);
        let form = browser.logs_in(&world, &one, &first, &anna).await;
        let at_sag = sag.reads(&world, &form.saml_response, &first.id).unwrap();
        world.pass(5);
        let second = plan.request(&world, |it| it.class_refs = SUBSTANTIAL);
        let form = posted(browser.opens(&world, &other, &second).await);
        let at_plan = plan.reads(&world, &form.saml_response, &second.id).unwrap();
        assert_eq!(at_plan.authn_instant, at_sag.authn_instant, "nobody proved anything since");
        assert_ne!(
            at_plan.session_index, at_sag.session_index,
            "two service providers have no name for a session in common"
        );
        assert_ne!(at_plan.id, at_sag.id);
        let view = one.federation.start_view(&browser.visit(&world)).await.unwrap().unwrap();
        let names: Vec<_> = view.services.iter().map(|it| it.name.as_str()).collect();
        assert_eq!(names, ["Tjenesten plan", "Tjenesten sag"]);
    })
    .await;
}

#[tokio::test]
async fn a_code_counts_for_an_hour_and_a_password_for_three() {
    for_each_world(|world| async move {
        let (anna, sp, node) = (world.anna().await, world.sp("sag", OIOSAML3).await, world.node().await);
        let mut browser = Browser::default();
        let substantial = || sp.request(&world, |it| it.class_refs = SUBSTANTIAL);
        browser.logs_in(&world, &node, &substantial(), &anna).await;
        world.pass(60);
        posted(browser.opens(&world, &node, &substantial()).await);
        world.pass(1);
        browser.passes(&world, &node, &sp).await;
        let asked = browser.opens(&world, &node, &substantial()).await;
        posted(browser.types_code(&world, &node, &asked, &world.code(&anna)).await);
        for _ in 0..2 {
            world.pass(59);
            browser.passes(&world, &node, &sp).await;
        }
        world.pass(1);
        browser.passes(&world, &node, &sp).await;
        world.pass(1);
        asks_password(&browser.opens(&world, &node, &sp.request(&world, |_| {})).await);
    })
    .await;
}

#[tokio::test]
async fn a_session_ends_when_it_is_idle() {
    for_each_world(|world| async move {
        let (anna, sp, node) = (world.anna().await, world.sp("sag", OIOSAML3).await, world.node().await);
        let mut browser = Browser::default();
        browser.logs_in(&world, &node, &sp.request(&world, |_| {}), &anna).await;
        world.pass(60);
        browser.passes(&world, &node, &sp).await;
        world.pass(61);
        asks_password(&browser.opens(&world, &node, &sp.request(&world, |_| {})).await);
        assert!(!browser.is_logged_in(&world, &node).await);
    })
    .await;
}

#[tokio::test]
async fn a_session_ends_at_last_however_much_it_is_used() {
    for_each_world(|mut world| async move {
        let long = Millis::hours(24);
        world.rules.limits = Limits { knowledge: long, possession: long, ..Limits::NSIS };
        let (anna, sp, node) = (world.anna().await, world.sp("sag", OIOSAML3).await, world.node().await);
        let mut browser = Browser::default();
        browser.logs_in(&world, &node, &sp.request(&world, |_| {}), &anna).await;
        for _ in 0..8 {
            world.pass(59);
            browser.passes(&world, &node, &sp).await;
        }
        world.pass(9);
        asks_password(&browser.opens(&world, &node, &sp.request(&world, |_| {})).await);
    })
    .await;
}

#[tokio::test]
async fn a_step_up_asks_only_for_what_is_missing() {
    for_each_world(|world| async move {
        let (anna, sp, node) = (world.anna().await, world.sp("sag", OIOSAML3).await, world.node().await);
        let mut browser = Browser::default();
        browser.passes_after_login(&world, &node, &sp, &anna).await;
        world.pass(10);
        let request = sp.request(&world, |it| it.class_refs = SUBSTANTIAL);
        let asked = browser.opens(&world, &node, &request).await;
        assert_eq!(asks_code(&asked).person, "Anna Østergård & Søn");
        let form = posted(browser.types_code(&world, &node, &asked, &world.code(&anna)).await);
        let told = sp.reads(&world, &form.saml_response, &request.id).unwrap();
        assert_eq!(told.value("https://data.gov.dk/concept/core/nsis/loa"), Some("Substantial"));
    })
    .await;
}

#[tokio::test]
async fn force_authn_asks_everything_again_and_the_answer_says_when() {
    for_each_world(|world| async move {
        let (anna, sp, node) = (world.anna().await, world.sp("sag", OIOSAML3).await, world.node().await);
        let mut browser = Browser::default();
        browser.logs_in(&world, &node, &sp.request(&world, |it| it.class_refs = SUBSTANTIAL), &anna).await;
        world.pass(5);
        let request = sp.request(&world, |it| {
            it.class_refs = SUBSTANTIAL;
            it.force_authn = true;
        });
        let asked = browser.opens(&world, &node, &request).await;
        let asked = browser.types_password(&world, &node, &asked, &anna).await;
        let form = posted(browser.types_code(&world, &node, &asked, &world.code(&anna)).await);
        let told = sp.reads(&world, &form.saml_response, &request.id).unwrap();
        assert_eq!(told.authn_instant, world.now());
        browser.passes(&world, &node, &sp).await;
    })
    .await;
}

#[tokio::test]
async fn whoever_logs_in_afresh_is_who_it_is_about() {
    for_each_world(|world| async move {
        let (anna, sp, node) = (world.anna().await, world.sp("sag", OIOSAML3).await, world.node().await);
        let bo = world.user("bo").with_password().registered().await;
        let mut browser = Browser::default();
        let force = || sp.request(&world, |it| it.force_authn = true);
        for user in [&anna, &bo] {
            let request = force();
            let form = browser.logs_in(&world, &node, &request, user).await;
            let told = sp.reads(&world, &form.saml_response, &request.id).unwrap();
            let email = told.value("https://data.gov.dk/model/core/eid/email").unwrap();
            assert_eq!(email, format!("{}@example.dk", user.identity.user_name));
        }
        let view = node.federation.start_view(&browser.visit(&world)).await.unwrap().unwrap();
        assert_eq!(view.services.len(), 1, "what Anna's session was used for is not Bo's to see");
    })
    .await;
}

#[tokio::test]
async fn t_ses_03_what_is_ended_on_one_node_is_over_on_the_other() {
    for_each_world(|world| async move {
        let (anna, sp) = (world.anna().await, world.sp("sag", OIOSAML3).await);
        let (one, other) = (world.node().await, world.node().await);
        let mut browser = Browser::default();
        browser.passes_after_login(&world, &one, &sp, &anna).await;
        let stolen = browser.clone();
        browser.passes(&world, &other, &sp).await;
        browser.does_once(&world, &one, async |it, visit| it.log_out(visit).await).await.unwrap();
        for mut copy in [browser, stolen] {
            assert!(!copy.is_logged_in(&world, &other).await);
            asks_password(&copy.opens(&world, &other, &sp.request(&world, |_| {})).await);
        }
        assert_eq!(world.events("session-ended").await.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn t_ses_03_a_lock_ends_sessions_everywhere_and_an_unlock_brings_none_back() {
    for_each_world(|world| async move {
        let (anna, sp) = (world.anna().await, world.sp("sag", OIOSAML3).await);
        let (one, other) = (world.node().await, world.node().await);
        let mut browser = Browser::default();
        browser.passes_after_login(&world, &one, &sp, &anna).await;
        world.pass(1);
        world.lock(&anna).await;
        asks_password(&browser.clone().opens(&world, &other, &sp.request(&world, |_| {})).await);
        assert!(!browser.is_logged_in(&world, &one).await);
        world.pass(1);
        world.unlock(&anna).await;
        let asked = browser.opens(&world, &other, &sp.request(&world, |_| {})).await;
        assert!(!browser.is_logged_in(&world, &one).await);
        posted(browser.types_password(&world, &one, &asked, &anna).await);
        browser.passes(&world, &other, &sp).await;
    })
    .await;
}

#[tokio::test]
async fn t_bf_02_a_login_begun_before_a_lock_comes_to_nothing() {
    for_each_world(|world| async move {
        let (anna, sp, node) = (world.anna().await, world.sp("sag", OIOSAML3).await, world.node().await);
        for unlocked_in_between in [false, true] {
            let mut browser = Browser::default();
            let request = sp.request(&world, |it| it.class_refs = SUBSTANTIAL);
            let asked = browser.opens(&world, &node, &request).await;
            let asked = browser.types_password(&world, &node, &asked, &anna).await;
            world.pass(1);
            world.lock(&anna).await;
            world.pass(1);
            if unlocked_in_between {
                world.unlock(&anna).await;
            }
            let reply = browser.types_code(&world, &node, &asked, &world.code(&anna)).await;
            if unlocked_in_between {
                asks_password(&reply);
            } else {
                assert!(asks_code(&reply).problem.is_some());
                world.unlock(&anna).await;
            }
            assert_eq!(world.issued().await, 0);
            assert!(!browser.is_logged_in(&world, &node).await, "unlocked in between: {unlocked_in_between}");
            asks_password(&browser.opens(&world, &node, &sp.request(&world, |_| {})).await);
            world.pass(1);
        }
    })
    .await;
}

#[tokio::test]
async fn t_bf_02_guessing_codes_ends_the_login_and_what_was_proved_in_it() {
    for_each_world(|world| async move {
        let (anna, sp, node) = (world.anna().await, world.sp("sag", OIOSAML3).await, world.node().await);
        let mut browser = Browser::default();
        let request = sp.request(&world, |it| it.class_refs = SUBSTANTIAL);
        let asked = browser.opens(&world, &node, &request).await;
        let mut asked = browser.types_password(&world, &node, &asked, &anna).await;
        for _ in 0..FREE_FAILURES_MAX {
            asked = browser.types_code(&world, &node, &asked, "000 000").await;
            assert_eq!(asks_code(&asked).problem, Some(Problem::WrongCode));
        }
        let until = world.now().plus(Millis::minutes(1));
        let asked = browser.types_code(&world, &node, &asked, &world.code(&anna)).await;
        assert_eq!(asks_password(&asked).problem, Some(Problem::TooMany(Wait::Until(until))));
        world.pass(2);
        let asked = browser.types_password(&world, &node, &asked, &anna).await;
        assert_eq!(asks_code(&asked).problem, None, "the password has to be proved again, and then the code");
        let answer = browser.types_code(&world, &node, &asked, &world.code(&anna)).await;
        sp.reads(&world, &posted(answer).saml_response, &request.id).unwrap();
    })
    .await;
}

#[tokio::test]
async fn t_mfa_01_the_code_of_somebody_else_does_not_help() {
    for_each_world(|world| async move {
        let (anna, sp, node) = (world.anna().await, world.sp("sag", OIOSAML3).await, world.node().await);
        let mallory =
            world.user("mallory").with_password().with_totp().proofed(Evidence::InPerson).registered().await;
        let mut browser = Browser::default();
        let asked = browser.opens(&world, &node, &sp.request(&world, |it| it.class_refs = SUBSTANTIAL)).await;
        let asked = browser.types_password(&world, &node, &asked, &anna).await;
        let asked = browser.types_code(&world, &node, &asked, &world.code(&mallory)).await;
        assert!(asks_code(&asked).problem.is_some());
        posted(browser.types_code(&world, &node, &asked, &world.code(&anna)).await);
    })
    .await;
}

#[tokio::test]
async fn nobody_is_told_of_a_session_that_ended_while_the_answer_was_made() {
    for_each_world(|world| async move {
        let (node, anna, mut browser) = (world.node().await, world.anna().await, Browser::default());
        let (sag, plan) = (world.sp("sag", OIOSAML3).await, world.sp("plan", OIOSAML3).await);
        browser.passes_after_login(&world, &node, &sag, &anna).await;
        world.a_logout_is_faster.store(true, Ordering::SeqCst);
        let form = posted(browser.opens(&world, &node, &plan.request(&world, |_| {})).await);
        assert!(!world.a_logout_is_faster.load(Ordering::SeqCst), "it was");
        assert_eq!(form.outcome, Outcome::Failure, "no logout would ever reach it");
        assert!(!browser.is_logged_in(&world, &node).await);
    })
    .await;
}

#[tokio::test]
async fn a_logout_that_was_interrupted_is_finished_by_the_next() {
    for_each_world(|world| async move {
        let (node, anna, mut browser) = (world.node().await, world.anna().await, Browser::default());
        let sag = world.sp("sag", OIOSAML3).await;
        browser.passes_after_login(&world, &node, &sag, &anna).await;
        let name = match &world.events("session-begun").await[..] {
            [Event::SessionBegun { session, .. }] => format!("named/{session}"),
            other => panic!("{other:?}"),
        };
        let (now, store) = (world.now(), &node.volatile);
        let key = store.get(&name, now).await.unwrap().unwrap();
        let later = now.plus(Millis::hours(1));
        store.put(&name, &format!("ending/{key}"), later, now).await.unwrap();
        browser.logs_out(&world, &node).await;
        assert!(store.get(&key, now).await.unwrap().is_none(), "it is over");
        assert!(store.get(&name, now).await.unwrap().is_none());
        assert_eq!(world.events("session-ended").await.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_service_provider_whose_record_is_damaged_stands_in_nobodys_way() {
    for_each_world(|world| async move {
        let (node, anna, mut browser) = (world.node().await, world.anna().await, Browser::default());
        let (sag, plan) = (world.sp("sag", OIOSAML3).await, world.sp("plan", OIOSAML3).await);
        browser.passes_after_login(&world, &node, &sag, &anna).await;
        browser.passes(&world, &node, &plan).await;
        world.sql("UPDATE service_provider SET metadata = 'damaged' WHERE entity_id LIKE '%sag%'").await;
        let later = world.node().await;
        assert!(browser.is_logged_in(&world, &later).await, "the front page is there");
        let all = portner_federation::registry::all(&world.stage.database).await.unwrap();
        let all: Vec<_> = all.iter().map(|sp| sp.metadata.entity_id.as_str()).collect();
        assert_eq!(all, [plan.entity_id.as_str()]);
        browser.logs_out(&world, &later).await;
        assert!(!browser.is_logged_in(&world, &later).await);
    })
    .await;
}
