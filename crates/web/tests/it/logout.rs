//! Logouts by HTTP: the pages, their forms and scripts, and the headers that let them work.

use axum::http::Method;
use portner_saml::logout::{LogoutForm, receive_post, receive_redirect};
use portner_saml::status::{SecondStatus, Status};
use portner_saml::{Binding, ReceivedLogout};

use crate::browser::{Browser, Page};
use crate::slo::{Message, Told};
use crate::stage::{OIOSAML3, Sp, User, World, for_each_world};

const SLO_PATH: &str = "/saml/slo";

/// Log in at a service provider; what it is told.
async fn known_to(browser: &mut Browser, world: &World, sp: &Sp, user: &User) -> Told {
    let request = sp.request(world, |_| {});
    let page = browser.logs_in(world, &request, user).await;
    sp.reads(world, page.form().field("SAMLResponse").unwrap(), &request.id).unwrap().into()
}

/// What the browser takes to a service provider, by Redirect or in a form.
fn taken(page: &Page) -> ReceivedLogout {
    if let Some((_, query)) = page.header("location").split_once('?') {
        return receive_redirect(query).unwrap();
    }
    let form = page.form();
    let field = |name| form.field(name).map(str::to_owned);
    let (saml_request, saml_response) = (field("SAMLRequest"), field("SAMLResponse"));
    receive_post(&LogoutForm { saml_request, saml_response, relay_state: field("RelayState") }).unwrap()
}

/// Anna, logged in at a service provider, looks at the start page.
struct Started {
    browser: Browser,
    sag: Sp,
    anna: User,
    start: Page,
}

impl Started {
    async fn at(world: &World) -> Self {
        let (anna, mut browser) = (world.anna().await, Browser::new(world).await);
        let sag = world.sp_with_logout("sag", OIOSAML3, &[Binding::Redirect]).await;
        known_to(&mut browser, world, &sag, &anna).await;
        let start = browser.opens("/").await;
        Self { browser, sag, anna, start }
    }
}

/// Press a button, and stay where the answer sends one elsewhere.
async fn presses(browser: &mut Browser, page: &Page, action: &str) -> Page {
    let form = page.forms().into_iter().find(|form| form.action.ends_with(action));
    let form = form.unwrap_or_else(|| panic!("there is no {action}: {}", page.html));
    let fields: Vec<_> = form.fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    browser.sends(Method::POST, &form.action, &fields).await
}

/// What comes back from a service provider, by Redirect.
async fn brings(browser: &mut Browser, message: &Message) -> Page {
    browser.opens(&format!("{SLO_PATH}?{}", message.query)).await
}

/// What comes back from a service provider in a form: from another site, and so without cookies.
async fn posts(browser: &mut Browser, message: &Message) -> Page {
    let form = &message.form;
    let fields = [
        ("SAMLRequest", &form.saml_request),
        ("SAMLResponse", &form.saml_response),
        ("RelayState", &form.relay_state),
    ];
    let fields: Vec<_> = fields.into_iter().filter_map(|(name, it)| Some((name, it.as_deref()?))).collect();
    let mut bare = browser.clone();
    bare.cookies.clear();
    bare.headers.push(("sec-fetch-site", "cross-site"));
    let page = bare.sends(Method::POST, SLO_PATH, &fields).await;
    match page.headers.get("location") {
        Some(path) => browser.opens(path.to_str().unwrap()).await,
        None => page,
    }
}

#[tokio::test]
async fn the_log_out_button_leads_through_every_service_provider_to_a_page_that_says_how_it_went() {
    for_each_world(|world| async move {
        let (anna, mut browser) = (world.anna().await, Browser::new(&world).await);
        let sag = world.sp_with_logout("sag", OIOSAML3, &[Binding::Redirect]).await;
        let plan = world.sp_with_logout("plan", OIOSAML3, &[Binding::Post]).await;
        let at_sag = known_to(&mut browser, &world, &sag, &anna).await;
        known_to(&mut browser, &world, &plan, &anna).await;
        let start = browser.opens("/").await;
        let hop = browser.submits(&start, &[]).await;
        assert!(hop.shows("Next is Tjenesten sag (1\u{a0}of\u{a0}2)."), "{}", hop.html);
        assert!(browser.opens("/").await.shows("Your last logout is not finished"));
        assert!(browser.opens("/").await.shows("You are not logged in"));
        let sent = presses(&mut browser, &hop, "/go").await;
        assert_eq!(sent.status, 303);
        let asked = sag.reads_request(&world, taken(&sent));
        assert_eq!((&asked.name_id, &asked.session_indexes), (&at_sag.name_id, &vec![at_sag.index]));
        let hop = posts(&mut browser, &sag.answers(&world, &asked.id, &Status::SUCCESS)).await;
        assert!(hop.shows("Next is Tjenesten plan (2\u{a0}of\u{a0}2)."), "{}", hop.html);
        let sent = presses(&mut browser, &hop, "/go").await;
        assert_eq!(sent.form().action, "https://plan.example/slo");
        let asked = plan.reads_request(&world, taken(&sent));
        let end = brings(&mut browser, &plan.answers(&world, &asked.id, &Status::INTERNAL)).await;
        for part in
            ["You are not logged out everywhere", "Close all windows", "Logged out", "Could not log you out"]
        {
            assert!(end.shows(part), "{part}: {}", end.html);
        }
        let hop = browser.submits(&end, &[]).await;
        assert!(hop.shows("Next is Tjenesten plan"), "{}", hop.html);
        let sent = presses(&mut browser, &hop, "/go").await;
        let asked = plan.reads_request(&world, taken(&sent));
        let end = posts(&mut browser, &plan.answers(&world, &asked.id, &Status::SUCCESS)).await;
        assert!(end.shows("You are logged out at Eksempel Kommune and at the services"), "{}", end.html);
        assert!(end.forms().is_empty());
        assert!(!browser.opens("/").await.shows("not finished"));
    })
    .await;
}

#[tokio::test]
async fn a_service_provider_hears_how_it_ended_whatever_became_of_the_others() {
    for_each_world(|world| async move {
        let (anna, mut browser) = (world.anna().await, Browser::new(&world).await);
        let sag = world.sp_with_logout("sag", OIOSAML3, &[Binding::Redirect]).await;
        let plan = world.sp_with_logout("plan", OIOSAML3, &[Binding::Redirect]).await;
        for by_post in [false, true] {
            let told = known_to(&mut browser, &world, &sag, &anna).await;
            known_to(&mut browser, &world, &plan, &anna).await;
            let wants = sag.wants_out(&world, &told, |_| {});
            let hop =
                if by_post { posts(&mut browser, &wants).await } else { brings(&mut browser, &wants).await };
            assert!(hop.shows("Next is Tjenesten plan (1\u{a0}of\u{a0}1)."), "{}", hop.html);
            assert!(!browser.opens("/").await.shows("Anna"));
            let skipped = presses(&mut browser, &hop, "/skip").await;
            let sent = browser.sends(Method::GET, skipped.header("location"), &[]).await;
            let heard = sag.reads_response(&world, taken(&sent));
            assert_eq!(heard.status.second, Some(SecondStatus::PartialLogout));
            assert_eq!(heard.relay_state.as_deref(), Some("rs/1?a=b&c"));
            let back = browser.opens(skipped.header("location")).await;
            assert!(
                back.shows("Was not reached") && back.shows("Continue to Tjenesten sag"),
                "{}",
                back.html
            );
        }
    })
    .await;
}

#[tokio::test]
async fn t_csrf_01_a_logout_goes_on_only_by_its_own_forms() {
    for_each_world(|world| async move {
        let Started { mut browser, start, .. } = Started::at(&world).await;
        let token = start.form().field("csrf").unwrap().to_owned();
        for wrong in ["", "x", &"0".repeat(64)] {
            assert_eq!(browser.sends(Method::POST, "/logout", &[("csrf", wrong)]).await.status, 403);
        }
        browser.headers.push(("sec-fetch-site", "cross-site"));
        assert_eq!(browser.sends(Method::POST, "/logout", &[("csrf", &token)]).await.status, 403);
        browser.headers.pop();
        assert!(browser.opens("/").await.shows("Anna"), "nothing happened");
        let hop = browser.submits(&start, &[]).await;
        for form in hop.forms() {
            let csrf = form.field("csrf").unwrap().to_owned();
            for wrong in ["", token.as_str()] {
                let page = browser.sends(Method::POST, &form.action, &[("csrf", wrong), ("hop", "0")]).await;
                assert_eq!(page.status, 403, "{}", form.action);
            }
            let fields = [("csrf", csrf.as_str()), ("hop", "0")];
            browser.headers.push(("origin", "https://evil.example"));
            assert_eq!(browser.sends(Method::POST, &form.action, &fields).await.status, 403);
            browser.headers.pop();
            for hop in ["-1", "x", ""] {
                let fields = [("csrf", csrf.as_str()), ("hop", hop)];
                assert_eq!(browser.sends(Method::POST, &form.action, &fields).await.status, 400);
            }
        }
        assert!(world.events("logout-outcome").await.is_empty());
        assert!(world.events("logout-requested").await.is_empty());
        let retry = format!("{}/retry", hop.forms()[0].action.trim_end_matches("/go"));
        assert_eq!(browser.sends(Method::POST, &retry, &[("hop", "0")]).await.status, 403);
    })
    .await;
}

#[tokio::test]
async fn the_page_before_a_service_provider_may_ask_its_host_and_nobody_else() {
    for_each_world(|world| async move {
        let Started { mut browser, start, .. } = Started::at(&world).await;
        let hop = browser.submits(&start, &[]).await;
        let policy = hop.header("content-security-policy");
        for part in [
            "default-src 'none'",
            "connect-src https://sag.example/;",
            "frame-ancestors 'none'",
            "base-uri 'none'",
        ] {
            assert!(policy.contains(part), "{policy}");
        }
        assert!(!policy.contains("unsafe") && !policy.contains("form-action"), "{policy}");
        assert!(hop.html.contains("data-probe=\"https://sag.example/\""));
        assert_eq!(hop.html.matches("<script").count(), 1);
        let skipped = presses(&mut browser, &hop, "/skip").await;
        let end = browser.opens(skipped.header("location")).await;
        assert!(end.header("content-security-policy").contains("form-action 'self'"));
        let again = browser.submits(&end, &[]).await;
        assert!(!again.html.contains("data-probe"), "whoever insists is taken there");
        assert!(!again.header("content-security-policy").contains("connect-src"));
    })
    .await;
}

#[tokio::test]
async fn what_is_no_logout_message_is_refused_with_a_page() {
    for_each_world(|world| async move {
        let mut browser = Browser::new(&world).await;
        for (method, target, status) in [
            (Method::GET, SLO_PATH, 400),
            (Method::POST, SLO_PATH, 400),
            (Method::GET, "/saml/slo?SAMLRequest=x&SAMLResponse=y", 400),
            (Method::GET, "/saml/slo?SAMLResponse=x", 400),
            (Method::HEAD, SLO_PATH, 405),
            (Method::GET, "/logout/nothing", 404),
        ] {
            let page = browser.sends(method.clone(), target, &[]).await;
            assert_eq!(page.status, status, "{method} {target}");
        }
        let page = browser.sends(Method::GET, SLO_PATH, &[]).await;
        assert!(page.shows("You have not been logged out") && page.reference().is_some());
        let unknown = "/logout/019ab2c4-7d1e-7c3a-9f52-6b0e8d41c7aa";
        assert!(browser.opens(unknown).await.shows("You are not logged in"), "it is over");
        assert!(browser.opens("/logout").await.shows("You are not logged in"), "there is none");
    })
    .await;
}

#[tokio::test]
async fn an_answer_that_can_not_be_used_leaves_a_way_on() {
    for_each_world(|world| async move {
        let Started { mut browser, sag, start, .. } = Started::at(&world).await;
        let hop = browser.submits(&start, &[]).await;
        presses(&mut browser, &hop, "/go").await;
        let page = posts(&mut browser, &sag.answers(&world, "_not_asked", &Status::SUCCESS)).await;
        assert_eq!(page.status, 400);
        assert!(page.html.contains("href=\"/logout\"") && page.reference().is_some(), "{}", page.html);
        assert!(browser.opens("/logout").await.shows("Did not answer"));
    })
    .await;
}

#[tokio::test]
async fn who_was_logged_out_by_an_administrator_can_tell_the_services() {
    for_each_world(|world| async move {
        let Started { mut browser, anna, .. } = Started::at(&world).await;
        world.pass(1);
        world.end_sessions(&anna).await;
        let page = browser.moved(&world).await.opens("/").await;
        assert!(page.shows("You are not logged in") && page.shows("ended from elsewhere"), "{}", page.html);
        let hop = browser.submits(&page, &[]).await;
        assert!(hop.shows("Next is Tjenesten sag (1\u{a0}of\u{a0}1)."), "{}", hop.html);
    })
    .await;
}
