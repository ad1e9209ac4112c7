//! Requests that are not answered, and requests that come twice.

use portner_audit_log::Event;
use portner_domain::Millis;
use portner_federation::Reply;
use portner_saml::redirect;

use crate::browser::{Browser, asks_password, posted, refused};
use crate::stage::{Node, OIOSAML3, Request, SSO, Sp, World, for_each_world, strange_key};

const BY_POST_TOO: &str = "requests = [\"redirect\", \"post\"]";

async fn opens_form(browser: &mut Browser, world: &World, node: &Node, field: &str) -> Reply {
    browser
        .does(world, node, async |it, visit| it.receive_post(field, Some("state"), visit).await)
        .await
        .unwrap()
}

#[tokio::test]
async fn t_off_01_what_can_not_be_trusted_is_refused_here_and_written_down() {
    for_each_world(|world| async move {
        let (sp, node) = (world.sp("sag", OIOSAML3).await, world.node().await);
        let off = world.sp("slukket", OIOSAML3).await;
        world.disable(&off).await;
        let ordinary = sp.request(&world, |_| {});
        let signed =
            |sp: &Sp, wish: &dyn Fn(&mut portner_saml::RequestDescription<'_>)| sp.request(&world, wish).url;
        let forged = {
            let mut forger = Sp::named("sag");
            forger.key = strange_key();
            forger.request(&world, |_| {}).url
        };
        let (now, tampered) =
            (world.now(), ordinary.url.replace("SAMLRequest=", "RelayState=x&SAMLRequest="));
        let cases = [
            ("unknown-service-provider", signed(&Sp::named("fremmed"), &|_| {})),
            ("service-provider-disabled", signed(&off, &|_| {})),
            ("service-provider-disabled", signed(&off, &|it| it.is_passive = true)),
            ("unknown-acs", signed(&sp, &|it| it.acs = Some("https://evil.example/acs"))),
            ("wrong-destination", signed(&sp, &|it| it.destination = "https://other.example/sso")),
            ("expired", signed(&sp, &|it| it.now = now.minus(Millis::minutes(9)))),
            ("from-the-future", signed(&sp, &|it| it.now = now.plus(Millis::minutes(4)))),
            ("bad-signature", forged),
            ("bad-signature", tampered),
            ("unsigned", ordinary.url.split("&SigAlg").next().unwrap().to_owned()),
            ("no-message", "?RelayState=x".to_owned()),
        ];
        for (why, url) in &cases {
            let request = Request { id: String::new(), url: url.clone() };
            assert_eq!(refused(Browser::default().opens(&world, &node, &request).await), *why, "{url}");
        }
        let (_, field) = sp.form(&world, |_| {});
        assert_eq!(
            refused(opens_form(&mut Browser::default(), &world, &node, &field).await),
            "binding-not-allowed"
        );
        let (_, field) = off.form(&world, |_| {});
        let reply = opens_form(&mut Browser::default(), &world, &node, &field).await;
        assert_eq!(refused(reply), "service-provider-disabled");

        let written = world.events("request-refused").await;
        assert_eq!(written.len(), cases.len() + 2);
        let claimed = |event: &Event| match event {
            Event::RequestRefused { claimed_issuer, .. } => claimed_issuer.clone(),
            _ => None,
        };
        assert_eq!(claimed(&written[0]).as_deref(), Some("https://saml.fremmed.example"));
        assert_eq!(world.events("request-answered").await, [], "nobody was sent anything");
        posted_after_login(&world, &node, &ordinary).await;
    })
    .await;
}

/// The request that the altered ones were made from is good, and none of them has used it up.
async fn posted_after_login(world: &World, node: &Node, request: &Request) {
    let anna = world.anna().await;
    Browser::default().logs_in(world, node, request, &anna).await;
}

#[tokio::test]
async fn t_off_01_a_disabled_service_provider_gets_nothing_from_a_live_session() {
    for_each_world(|world| async move {
        let (anna, sp, mut browser) =
            (world.anna().await, world.sp("sag", OIOSAML3).await, Browser::default());
        browser.passes_after_login(&world, &world.node().await, &sp, &anna).await;
        world.disable(&sp).await;
        let reply = browser.opens(&world, &world.node().await, &sp.request(&world, |_| {})).await;
        assert_eq!(refused(reply), "service-provider-disabled");
        assert_eq!(world.issued().await, 1);
    })
    .await;
}

#[tokio::test]
async fn the_reference_on_the_page_finds_the_event() {
    for_each_world(|world| async move {
        let (sp, node) = (Sp::named("fremmed"), world.node().await);
        let reply = Browser::default().opens(&world, &node, &sp.request(&world, |_| {})).await;
        let Reply::Refused(shown) = reply else { panic!("{reply:?}") };
        let written = world.written().await;
        let found: Vec<_> =
            written.iter().filter(|body| body.contains(&shown.reference.to_string())).collect();
        assert_eq!(found.len(), 1);
        assert!(found[0].contains("unknown-service-provider"));
    })
    .await;
}

#[tokio::test]
async fn nobody_fills_the_log_with_nonsense() {
    for_each_world(|world| async move {
        let node = world.node().await;
        let nonsense = Request { id: String::new(), url: "?SAMLRequest=x".to_owned() };
        for _ in 0..110 {
            Browser::default().opens(&world, &node, &nonsense).await;
        }
        assert_eq!(world.events("request-refused").await.len(), 100);
        world.pass(15);
        Browser::default().opens(&world, &node, &nonsense).await;
        assert_eq!(world.events("request-refused").await.len(), 101);
    })
    .await;
}

#[tokio::test]
async fn t_cond_02_a_request_is_good_in_one_browser_on_every_node_and_after_a_restart() {
    for_each_world(|world| async move {
        let (anna, sp) = (world.anna().await, world.sp("sag", OIOSAML3).await);
        let (one, other) = (world.node().await, world.node().await);
        let (request, mut browser) = (sp.request(&world, |_| {}), Browser::default());
        asks_password(&browser.opens(&world, &one, &request).await);
        asks_password(&browser.opens(&world, &other, &request).await);
        for node in [&one, &other, &world.node().await] {
            assert_eq!(refused(Browser::default().opens(&world, node, &request).await), "replayed");
        }
        let form = browser.logs_in(&world, &other, &request, &anna).await;
        sp.reads(&world, &form.saml_response, &request.id).unwrap();
        let restarted = world.node().await;
        let again = browser.opens(&world, &restarted, &request).await;
        assert!(matches!(again, Reply::Finished(_)), "whoever goes back is told that it is over: {again:?}");
        let mut somebody = Browser::default();
        somebody.passes_after_login(&world, &one, &sp, &anna).await;
        assert_eq!(refused(somebody.opens(&world, &restarted, &request).await), "replayed");
        assert_eq!(world.issued().await, 2);
    })
    .await;
}

#[tokio::test]
async fn t_cond_02_of_fifty_who_send_one_request_at_once_one_goes_on() {
    for_each_world(|world| async move {
        let (sp, nodes) = (world.sp("sag", OIOSAML3).await, [world.node().await, world.node().await]);
        let request = sp.request(&world, |_| {});
        let all =
            (0..50).map(async |n: usize| Browser::default().opens(&world, &nodes[n % 2], &request).await);
        let replies = futures_util::future::join_all(all).await;
        let on = replies.iter().filter(|reply| matches!(reply, Reply::AskPassword(_))).count();
        let replayed =
            replies.into_iter().filter(|reply| matches!(reply, Reply::Refused(it) if it.why == "replayed"));
        assert_eq!((on, replayed.count()), (1, 49));
    })
    .await;
}

#[tokio::test]
async fn a_request_by_post_finds_the_session_when_the_browser_follows() {
    for_each_world(|world| async move {
        let (anna, node) = (world.anna().await, world.node().await);
        let sp = world.sp("sag", BY_POST_TOO).await;
        let mut browser = Browser::default();
        browser.passes_after_login(&world, &node, &sp, &anna).await;
        // From another site a browser posts without cookies; the redirect that follows brings them.
        for passive in [false, true] {
            let (id, field) = sp.form(&world, |it| it.is_passive = passive);
            let sent = opens_form_once(&mut Browser::default(), &world, &node, &field).await;
            let Reply::GoTo(flow) = sent else { panic!("{sent:?}") };
            let reply = browser.does(&world, &node, async |it, visit| it.show(flow, visit).await).await;
            let form = posted(reply.unwrap());
            assert_eq!(form.relay_state.as_deref(), Some("state"));
            sp.reads(&world, &form.saml_response, &id).unwrap();
        }
        let (id, field) = sp.form(&world, |it| it.is_passive = true);
        let form = posted(opens_form(&mut Browser::default(), &world, &node, &field).await);
        assert_eq!(sp.hears(&world, &form.saml_response, &id), "NoPassive");
    })
    .await;
}

async fn opens_form_once(browser: &mut Browser, world: &World, node: &Node, field: &str) -> Reply {
    browser
        .does_once(world, node, async |it, visit| it.receive_post(field, Some("state"), visit).await)
        .await
        .unwrap()
}

#[tokio::test]
async fn a_request_by_post_belongs_to_the_first_browser_that_follows() {
    for_each_world(|world| async move {
        let (sp, node) = (world.sp("sag", BY_POST_TOO).await, world.node().await);
        let (_, field) = sp.form(&world, |_| {});
        let Reply::GoTo(flow) = opens_form_once(&mut Browser::default(), &world, &node, &field).await else {
            panic!()
        };
        let all = (0..10).map(async |_| {
            Browser::default()
                .does(&world, &node, async |it, visit| it.show(flow, visit).await)
                .await
                .unwrap()
        });
        let replies = futures_util::future::join_all(all).await;
        let asked = replies.iter().filter(|reply| matches!(reply, Reply::AskPassword(_))).count();
        let others = replies.iter().filter(|reply| matches!(reply, Reply::OtherBrowser)).count();
        assert_eq!((asked, others), (1, 9), "{replies:?}");
        let replay = opens_form(&mut Browser::default(), &world, &node, &field).await;
        assert_eq!(refused(replay), "replayed");
    })
    .await;
}

#[tokio::test]
async fn a_login_of_another_browser_is_nobody_elses() {
    for_each_world(|world| async move {
        let (anna, sp, node) = (world.anna().await, world.sp("sag", OIOSAML3).await, world.node().await);
        let mut browser = Browser::default();
        let asked = browser.opens(&world, &node, &sp.request(&world, |_| {})).await;
        let flow = asks_password(&asked).flow;
        let name = anna.identity.user_name.as_str();
        let mut thief = Browser::default();
        let page = thief.does(&world, &node, async |it, visit| it.show(flow, visit).await).await;
        assert!(matches!(page, Ok(Reply::OtherBrowser)));
        let typed = thief
            .does(&world, &node, async |it, visit| {
                it.password(flow, name, crate::stage::PASSWORD, visit).await
            })
            .await;
        assert!(matches!(typed, Ok(Reply::OtherBrowser)));
        assert!(matches!(thief.gives_up(&world, &node, flow).await, Reply::OtherBrowser));
        assert_eq!(world.events("authenticator-accepted").await, [], "the password was not even looked at");
        posted(browser.types_password(&world, &node, &asked, &anna).await);
    })
    .await;
}

#[tokio::test]
async fn a_login_that_took_too_long_says_where_it_came_from_and_an_unknown_one_that_it_is_unknown() {
    for_each_world(|world| async move {
        let (anna, sp, node) = (world.anna().await, world.sp("sag", OIOSAML3).await, world.node().await);
        let mut browser = Browser::default();
        let asked = browser.opens(&world, &node, &sp.request(&world, |_| {})).await;
        world.pass(21);
        let Reply::Expired(origin) = browser.types_password(&world, &node, &asked, &anna).await else {
            panic!()
        };
        assert_eq!(origin.service_provider.as_deref(), Some("Tjenesten sag"));
        assert_eq!(origin.home.as_deref(), Some("https://sag.example/"));
        let nothing = portner_domain::FlowId::new(world.now(), &*world.stage.entropy);
        let reply = browser.does(&world, &node, async |it, visit| it.show(nothing, visit).await).await;
        assert!(matches!(reply, Ok(Reply::NoSuchLogin)));
        assert_eq!(world.issued().await, 0);
    })
    .await;
}

#[tokio::test]
async fn t_redir_01_relay_state_goes_back_as_it_came_and_has_a_limit() {
    for_each_world(|world| async move {
        let (anna, sp, node) = (world.anna().await, world.sp("sag", OIOSAML3).await, world.node().await);
        let mut browser = Browser::default();
        browser.passes_after_login(&world, &node, &sp, &anna).await;
        let longest = "x".repeat(1024);
        for state in [
            "",
            "https://evil.example/?a=b&c",
            "\"><script>alert(1)</script>",
            "æ\u{1F600}\r\n%00+ ",
            &longest,
        ] {
            let request = sp.request_with(&world, Some(state), |_| {});
            let form = posted(browser.opens(&world, &node, &request).await);
            assert_eq!(form.relay_state.as_deref(), Some(state));
            assert_eq!(form.acs, sp.acs, "an address in it leads nowhere");
        }
        let request = sp.request_with(&world, Some(&"x".repeat(1025)), |_| {});
        assert_eq!(refused(browser.opens(&world, &node, &request).await), "too-large");
        let form = posted(browser.opens(&world, &node, &sp.request(&world, |_| {})).await);
        assert_eq!(form.relay_state, None, "what was not sent is not sent back");
        assert!(redirect::receive(request.raw_query()).is_err() && request.url.starts_with(SSO));
    })
    .await;
}
