//! Many tabs, many clicks: each login is its own, and is answered once.

use std::sync::atomic::Ordering;

use portner_federation::{Federation, Reply, Visit};

use crate::browser::{Browser, asks_password, posted};
use crate::stage::{OIOSAML3, SUBSTANTIAL, for_each_world};

#[tokio::test]
async fn five_tabs_at_two_service_providers_are_all_answered() {
    for_each_world(|world| async move {
        let (anna, node, mut browser) = (world.anna().await, world.node().await, Browser::default());
        let sps = [world.sp("sag", OIOSAML3).await, world.sp("plan", OIOSAML3).await];
        let mut tabs = Vec::new();
        for n in 0..5 {
            let sp = &sps[n % 2];
            let request = sp.request(&world, |_| {});
            let asked = browser.opens(&world, &node, &request).await;
            tabs.push((sp, request, asks_password(&asked).flow, asked));
        }
        let (sp, request, _, asked) = &tabs[3];
        let form = posted(browser.types_password(&world, &node, asked, &anna).await);
        sp.reads(&world, &form.saml_response, &request.id).unwrap();
        for (n, (sp, request, _, asked)) in tabs.iter().enumerate().filter(|(n, _)| *n != 3) {
            let form = posted(browser.types_password(&world, &node, asked, &anna).await);
            sp.reads(&world, &form.saml_response, &request.id)
                .unwrap_or_else(|error| panic!("tab {n}: {error}"));
        }
        assert_eq!(world.issued().await, 5);
    })
    .await;
}

#[tokio::test]
async fn a_tab_that_asks_stops_asking_once_somebody_logged_in_in_another() {
    for_each_world(|world| async move {
        let (anna, node, mut browser) = (world.anna().await, world.node().await, Browser::default());
        let sps = [world.sp("sag", OIOSAML3).await, world.sp("plan", OIOSAML3).await];
        let (request, forced) =
            (sps[0].request(&world, |_| {}), sps[0].request(&world, |it| it.force_authn = true));
        let waiting = asks_password(&browser.opens(&world, &node, &request).await).flow;
        let careful = asks_password(&browser.opens(&world, &node, &forced).await).flow;
        browser.passes_after_login(&world, &node, &sps[1], &anna).await;
        let mut visit = browser.visit(&world);
        let form = posted(node.federation.show(waiting, &mut visit).await.unwrap());
        sps[0].reads(&world, &form.saml_response, &request.id).unwrap();
        asks_password(&node.federation.show(careful, &mut visit).await.unwrap());
    })
    .await;
}

#[tokio::test]
async fn tabs_with_a_session_are_answered_at_once_and_all_remembered() {
    for_each_world(|world| async move {
        let (anna, node, mut browser) = (world.anna().await, world.node().await, Browser::default());
        let mut sps = Vec::new();
        for name in ["a", "b", "c", "d", "e", "f"] {
            sps.push(world.sp(name, OIOSAML3).await);
        }
        browser.passes_after_login(&world, &node, &sps[0], &anna).await;
        let tabs = sps.iter().skip(1).map(async |sp| browser.clone().passes(&world, &node, sp).await);
        futures_util::future::join_all(tabs).await;
        let view = node.federation.start_view(&browser.visit(&world)).await.unwrap().unwrap();
        assert_eq!(view.services.len(), 6, "{:?}", view.services);
    })
    .await;
}

#[tokio::test]
async fn a_button_pressed_ten_times_gets_one_assertion() {
    for_each_world(|world| async move {
        let (anna, sp, mut browser) =
            (world.anna().await, world.sp("sag", OIOSAML3).await, Browser::default());
        let nodes = [world.node().await, world.node().await];
        let request = sp.request(&world, |it| it.class_refs = SUBSTANTIAL);
        let asked = browser.opens(&world, &nodes[0], &request).await;
        let asked = browser.types_password(&world, &nodes[0], &asked, &anna).await;
        let Reply::AskCode(ask) = &asked else { panic!("{asked:?}") };
        let (flow, code) = (ask.flow, world.code(&anna));
        let presses = (0..10).map(async |n: usize| {
            let mut tab = browser.clone();
            let press = async |it: &Federation, visit: &mut Visit| it.code(flow, &code, visit).await;
            tab.does_once(&world, &nodes[n % 2], press).await.unwrap();
            tab
        });
        // All tabs share what the browser carries, so the session that one of them was given is there for all.
        let tabs = futures_util::future::join_all(presses).await;
        let mut given: Vec<_> = tabs.into_iter().filter(Browser::has_session).collect();
        assert_eq!(given.len(), 1);
        let shown = (0..10).map(async |n: usize| {
            let mut tab = given[0].clone();
            tab.does(&world, &nodes[n % 2], async |it, visit| it.show(flow, visit).await).await.unwrap()
        });
        let replies = futures_util::future::join_all(shown).await;
        let answered = replies.iter().filter(|reply| matches!(reply, Reply::Post(_))).count();
        assert_eq!((answered, world.issued().await), (1, 1), "{replies:?}");
        given[0].passes(&world, &nodes[0], &sp).await;
    })
    .await;
}

#[tokio::test]
async fn a_right_code_counts_though_another_tab_was_wrong_at_that_moment() {
    for_each_world(|world| async move {
        let (anna, sp, node) = (world.anna().await, world.sp("sag", OIOSAML3).await, world.node().await);
        let mut browser = Browser::default();
        let request = sp.request(&world, |it| it.class_refs = SUBSTANTIAL);
        let asked = browser.opens(&world, &node, &request).await;
        world.another_tab_is_faster.store(true, Ordering::SeqCst);
        let asked = browser.types_password(&world, &node, &asked, &anna).await;
        world.another_tab_is_faster.store(true, Ordering::SeqCst);
        let form = posted(browser.types_code(&world, &node, &asked, &world.code(&anna)).await);
        sp.reads(&world, &form.saml_response, &request.id).unwrap();
        assert!(!world.another_tab_is_faster.load(Ordering::SeqCst), "another tab was there");
    })
    .await;
}

#[tokio::test]
async fn t_ses_02_under_load_every_answer_is_about_the_owner_of_the_cookie() {
    for_each_world(|world| async move {
        let (sp, nodes) = (world.sp("sag", OIOSAML3).await, [world.node().await, world.node().await]);
        let mut people = Vec::new();
        for name in ["anna", "bo", "carl", "dorte", "erik", "freja", "gert", "hanne", "ib", "jytte"] {
            let user = world.user(name).with_password().registered().await;
            let mut browser = Browser::default();
            browser.passes_after_login(&world, &nodes[0], &sp, &user).await;
            people.push((name, browser));
        }
        let all = (0..100).map(async |n: usize| {
            let (name, browser) = &people[n % 10];
            let request = sp.request(&world, |_| {});
            let form = posted(browser.clone().opens(&world, &nodes[n / 10 % 2], &request).await);
            let told = sp.reads(&world, &form.saml_response, &request.id).unwrap();
            let email = told.value("https://data.gov.dk/model/core/eid/email").unwrap();
            assert_eq!(email, format!("{name}@example.dk"));
        });
        futures_util::future::join_all(all).await;
    })
    .await;
}
