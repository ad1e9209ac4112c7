//! Terms of use stop a login until they are agreed to, whoever asks and however it is asked.

use portner_audit_log::Event;
use portner_directory::Again::{Everybody, Newcomers};
use portner_domain::Level;
use portner_domain::terms::HoldFor::{Everything, Levels};
use portner_federation::{Problem, Reply, TermsRead};

use crate::browser::{Browser, asks_terms, posted};
use crate::stage::{OIOSAML3, SUBSTANTIAL, for_each_world};

const PLAIN: &str = "profile = \"plain\"";

#[tokio::test]
async fn no_level_is_told_before_the_terms_are_agreed_to_and_the_agreement_is_on_record() {
    for_each_world(|world| async move {
        let (anna, sp, node) = (world.anna().await, world.sp("sag", OIOSAML3).await, world.node().await);
        let terms = world.publishes("2026-1", Newcomers, Levels).await;
        let mut browser = Browser::default();
        let request = sp.request(&world, |it| it.class_refs = SUBSTANTIAL);
        let reply = browser.opens(&world, &node, &request).await;
        let reply = browser.types_password(&world, &node, &reply, &anna).await;
        let reply = browser.types_code(&world, &node, &reply, &world.code(&anna)).await;
        let asked = asks_terms(&reply);
        assert_eq!((&asked.published.terms, asked.knew_earlier), (&terms, false));
        assert_eq!(asked.origin.service_provider.as_deref(), Some("Tjenesten sag"));
        assert_eq!(world.issued().await, 0);

        let form = posted(browser.agrees(&world, &node, &reply).await);
        let told = sp.reads(&world, &form.saml_response, &request.id).unwrap();
        assert_eq!(told.value("https://data.gov.dk/concept/core/nsis/loa"), Some("Substantial"));
        let agreed = world.events("terms-accepted").await;
        let [Event::TermsAccepted { identity, version, session, aal, text_sha256, address }] =
            agreed.as_slice()
        else {
            panic!("{agreed:?}")
        };
        let begun = world.events("session-begun").await;
        assert!(matches!(&begun[..], [Event::SessionBegun { session: name, .. }] if name == session));
        assert_eq!(
            (*identity, version.as_str(), *aal),
            (anna.identity.id, "2026-1", Some(Level::Substantial))
        );
        assert_eq!(*text_sha256, Some(portner_directory::terms_sha256(&terms.english)));
        assert_eq!(address.as_deref(), Some("192.0.2.1"));
        // Nobody is asked twice.
        browser.passes(&world, &node, &sp).await;
        browser.passes(&world, &node, &world.sp("plan", OIOSAML3).await).await;
        assert_eq!(world.events("terms-accepted").await.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn new_terms_stop_a_live_session_once_on_every_node_and_never_silently() {
    for_each_world(|world| async move {
        let (anna, sp) = (world.anna().await, world.sp("sag", OIOSAML3).await);
        let (one, other) = (world.node().await, world.node().await);
        let mut browser = Browser::default();
        browser.passes_after_login(&world, &one, &sp, &anna).await;
        world.publishes("2026-1", Newcomers, Levels).await;

        let passive = sp.request(&world, |it| it.is_passive = true);
        let form = posted(browser.opens(&world, &other, &passive).await);
        assert_eq!(sp.hears(&world, &form.saml_response, &passive.id), "NoPassive");
        let request = sp.request(&world, |_| {});
        let asked = browser.opens(&world, &other, &request).await;
        assert_eq!(world.issued().await, 1);
        let form = posted(browser.agrees(&world, &other, &asked).await);
        assert!(sp.reads(&world, &form.saml_response, &request.id).is_ok());
        let passive = sp.request(&world, |it| it.is_passive = true);
        let form = posted(browser.opens(&world, &one, &passive).await);
        assert!(sp.reads(&world, &form.saml_response, &passive.id).is_ok());

        world.publishes("2026-2", Newcomers, Levels).await;
        browser.passes(&world, &one, &sp).await;
        world.publishes("2027-1", Everybody, Levels).await;
        let asked = browser.opens(&world, &one, &sp.request(&world, |_| {})).await;
        assert!(asks_terms(&asked).knew_earlier);
        posted(browser.agrees(&world, &one, &asked).await);
        browser.passes(&world, &other, &sp).await;

        // Everything proved anew, and still the terms come last.
        world.publishes("2027-2", Everybody, Levels).await;
        let forced = sp.request(&world, |it| it.force_authn = true);
        let reply = browser.opens(&world, &one, &forced).await;
        let asked = browser.types_password(&world, &one, &reply, &anna).await;
        let form = posted(browser.agrees(&world, &one, &asked).await);
        assert!(sp.reads(&world, &form.saml_response, &forced.id).is_ok());
    })
    .await;
}

#[tokio::test]
async fn who_is_told_nothing_of_nsis_is_not_stopped_unless_the_terms_say_so() {
    for_each_world(|world| async move {
        let (anna, node) = (world.anna().await, world.node().await);
        let (sag, plain) = (world.sp("sag", OIOSAML3).await, world.sp("plain", PLAIN).await);
        let bo = world.user("bo").with_password().registered().await;
        let (mut annas, mut bos) = (Browser::default(), Browser::default());
        world.publishes("2026-1", Newcomers, Levels).await;
        annas.passes_after_login(&world, &node, &plain, &anna).await;
        bos.passes_after_login(&world, &node, &sag, &bo).await;
        asks_terms(&annas.opens(&world, &node, &sag.request(&world, |_| {})).await);
        assert!(annas.is_logged_in(&world, &node).await, "our own pages are open");

        world.publishes("2026-2", Newcomers, Everything).await;
        for (browser, sp) in [(&mut annas, &plain), (&mut bos, &sag)] {
            let passive = sp.request(&world, |it| it.is_passive = true);
            let form = posted(browser.opens(&world, &node, &passive).await);
            assert_eq!(sp.hears(&world, &form.saml_response, &passive.id), "NoPassive");
            let asked = browser.opens(&world, &node, &sp.request(&world, |_| {})).await;
            posted(browser.agrees(&world, &node, &asked).await);
        }
    })
    .await;
}

#[tokio::test]
async fn who_does_not_agree_reads_what_comes_of_it_and_goes_back_with_request_denied() {
    for_each_world(|world| async move {
        let (anna, sp, node) = (world.anna().await, world.sp("sag", OIOSAML3).await, world.node().await);
        world.publishes("2026-1", Newcomers, Levels).await;
        let mut browser = Browser::default();
        let request = sp.request(&world, |_| {});
        let reply = browser.opens(&world, &node, &request).await;
        let reply = browser.types_password(&world, &node, &reply, &anna).await;
        let flow = asks_terms(&reply).flow;
        let declined = browser.does(&world, &node, async |it, visit| it.decline(flow, visit).await).await;
        assert!(matches!(declined.unwrap(), Reply::TermsDeclined(of, _) if of == flow));
        let again = browser.does(&world, &node, async |it, visit| it.show(flow, visit).await).await.unwrap();
        asks_terms(&again);
        let form = posted(browser.gives_up(&world, &node, flow).await);
        assert_eq!(sp.hears(&world, &form.saml_response, &request.id), "RequestDenied");
        let answered = world.events("request-answered").await;
        assert!(
            matches!(&answered[..], [Event::RequestAnswered { identity, .. }] if *identity == Some(anna.identity.id))
        );
        assert_eq!((world.issued().await, world.events("terms-accepted").await.len()), (0, 0));
    })
    .await;
}

#[tokio::test]
async fn nobody_agrees_to_a_text_that_they_were_not_shown_or_for_somebody_else() {
    for_each_world(|world| async move {
        let (anna, sp, node) = (world.anna().await, world.sp("sag", OIOSAML3).await, world.node().await);
        let terms = world.publishes("2026-1", Newcomers, Levels).await;
        let mut browser = Browser::default();
        let reply = browser.opens(&world, &node, &sp.request(&world, |_| {})).await;
        let reply = browser.types_password(&world, &node, &reply, &anna).await;
        let flow = asks_terms(&reply).flow;
        let sha256 = portner_directory::terms_sha256(&terms.danish);
        let other_text = portner_directory::terms_sha256("Anything goes.");
        for (version, sha256) in [("2025-9", &sha256), ("2026-1", &other_text)] {
            let read = TermsRead { version, sha256 };
            let reply =
                browser.does(&world, &node, async |it, visit| it.agree(flow, read, visit).await).await;
            assert_eq!(asks_terms(&reply.unwrap()).problem, Some(Problem::TermsChanged));
        }
        // Whoever finds the address of the page has neither its browser nor what was proved in it.
        let read = TermsRead { version: "2026-1", sha256: &sha256 };
        let mut stranger = Browser::default();
        let reply = stranger.does(&world, &node, async |it, visit| it.agree(flow, read, visit).await).await;
        assert!(matches!(reply.unwrap(), Reply::OtherBrowser));
        let mut without_session = browser.without_session();
        let reply =
            without_session.does(&world, &node, async |it, visit| it.agree(flow, read, visit).await).await;
        assert!(matches!(reply.unwrap(), Reply::AskPassword(_)));
        assert_eq!(world.events("terms-accepted").await.len(), 0);

        // The terms change while somebody reads them.
        let reply = browser.opens(&world, &node, &sp.request(&world, |_| {})).await;
        world.publishes("2026-2", Newcomers, Levels).await;
        let changed = browser.agrees(&world, &node, &reply).await;
        let asked = asks_terms(&changed);
        assert_eq!(
            (asked.published.terms.version.as_str(), asked.problem),
            ("2026-2", Some(Problem::TermsChanged))
        );
        posted(browser.agrees(&world, &node, &changed).await);
    })
    .await;
}

#[tokio::test]
async fn agreeing_in_one_tab_is_enough_for_those_that_wait() {
    for_each_world(|world| async move {
        let (anna, sp, node) = (world.anna().await, world.sp("sag", OIOSAML3).await, world.node().await);
        world.publishes("2026-1", Newcomers, Levels).await;
        let mut browser = Browser::default();
        let reply = browser.opens(&world, &node, &sp.request(&world, |_| {})).await;
        let first = browser.types_password(&world, &node, &reply, &anna).await;
        let second = browser.opens(&world, &node, &sp.request(&world, |_| {})).await;
        asks_terms(&second);
        posted(browser.agrees(&world, &node, &first).await);
        // Its button was pressed before its page was loaded anew.
        posted(browser.agrees(&world, &node, &second).await);
        assert_eq!((world.issued().await, world.events("terms-accepted").await.len()), (2, 1));
    })
    .await;
}
