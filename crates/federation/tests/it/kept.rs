//! Messages that came to nothing are kept for whoever looks into it: some, for a while, and never a secret.

use portner_domain::Reference;
use portner_federation::{Kept, Reply, Visit, failures, registry, remedy};
use portner_saml::{Binding, Refusal};

use crate::browser::{Browser, asks_password, posted};
use crate::stage::{Node, OIOSAML3, Request, Sp, World, for_each_world, strange_key};

async fn kept(world: &World, node: &Node, sp: &Sp) -> Vec<Kept> {
    let known = registry::by_entity_id(node.log.database(), &sp.entity_id).await.unwrap().unwrap();
    failures(&*node.volatile, known.id, world.now()).await.unwrap()
}

fn forged(world: &World) -> Request {
    let mut forger = Sp::named("sag");
    forger.key = strange_key();
    forger.request(world, |_| {})
}

async fn comes_from(world: &World, node: &Node, address: &str, request: &Request) -> Reference {
    let reference = Reference::new(world.now(), &*world.stage.entropy);
    let mut visit = Visit::new(address.parse().unwrap(), reference, None, None);
    let reply = node.federation.receive_redirect(request.raw_query(), &mut visit).await.unwrap();
    assert!(matches!(reply, Reply::Refused(_)), "{reply:?}");
    reference
}

#[tokio::test]
async fn what_was_refused_is_kept_with_its_reason_and_reference_newest_first() {
    for_each_world(|world| async move {
        let (sp, node) = (world.sp("sag", OIOSAML3).await, world.node().await);
        let ordinary = sp.request(&world, |_| {});
        let unsigned =
            Request { id: String::new(), url: ordinary.url.split("&SigAlg").next().unwrap().to_owned() };
        let cases = [
            ("bad-signature", forged(&world)),
            ("unsigned", unsigned),
            ("unknown-acs", sp.request(&world, |it| it.acs = Some("https://evil.example/acs"))),
        ];
        let mut references = Vec::new();
        for (_, request) in &cases {
            references.push(comes_from(&world, &node, "192.0.2.1", request).await);
            world.pass(1);
        }
        let all = kept(&world, &node, &sp).await;
        assert_eq!(all.len(), cases.len());
        for (one, ((why, _), reference)) in all.iter().rev().zip(cases.iter().zip(&references)) {
            assert_eq!((one.why.as_str(), one.reference), (*why, *reference));
            assert_eq!((one.binding, one.network.as_str()), (Some(Binding::Redirect), "192.0.2.1"));
            assert!(one.xml.as_ref().unwrap().contains("<samlp:AuthnRequest"), "{:?}", one.xml);
        }
        world.pass(15 * 24 * 60);
        assert_eq!(kept(&world, &node, &sp).await, [], "after two weeks it is gone");
    })
    .await;
}

#[tokio::test]
async fn what_is_nobodys_is_not_kept_and_what_is_somebody_elses_is_kept_there() {
    for_each_world(|world| async move {
        let (sp, other) = (world.sp("sag", OIOSAML3).await, world.sp("anden", OIOSAML3).await);
        let node = world.node().await;
        comes_from(&world, &node, "192.0.2.1", &Sp::named("fremmed").request(&world, |_| {})).await;
        for nonsense in ["?SAMLRequest=x", "?", "?SAMLRequest=%3Ca%3E", "?RelayState=secret"] {
            let request = Request { id: String::new(), url: nonsense.to_owned() };
            comes_from(&world, &node, "192.0.2.1", &request).await;
        }
        assert_eq!(kept(&world, &node, &sp).await, []);
        world.disable(&other).await;
        let node = world.node().await;
        comes_from(&world, &node, "192.0.2.1", &other.request(&world, |_| {})).await;
        assert_eq!(kept(&world, &node, &sp).await, []);
        assert_eq!(kept(&world, &node, &other).await[0].why, "service-provider-disabled");
    })
    .await;
}

#[tokio::test]
async fn what_was_answered_without_an_assertion_is_kept_too_and_no_secret_with_it() {
    for_each_world(|world| async move {
        let (anna, sp, node) = (world.anna().await, world.sp("sag", OIOSAML3).await, world.node().await);
        let mut browser = Browser::default();
        posted(browser.opens(&world, &node, &sp.request(&world, |it| it.is_passive = true)).await);
        let all = kept(&world, &node, &sp).await;
        assert_eq!(all[0].why, "NoPassive");
        assert!(all[0].xml.as_ref().unwrap().contains("IsPassive=\"true\""));
        world.pass(1);
        let asked = browser.opens(&world, &node, &sp.request(&world, |_| {})).await;
        posted(browser.gives_up(&world, &node, asks_password(&asked).flow).await);
        let all = kept(&world, &node, &sp).await;
        assert_eq!((all.len(), all[0].why.as_str(), all[0].xml.as_ref()), (2, "AuthnFailed", None));
        // A login that goes well leaves nothing.
        browser.passes_after_login(&world, &node, &sp, &anna).await;
        let all = kept(&world, &node, &sp).await;
        assert_eq!(all.len(), 2);
        let visit = browser.visit(&world);
        for secret in [visit.session.unwrap(), visit.browser.unwrap()] {
            assert!(!format!("{all:?}").contains(secret.expose()));
            assert!(!serde_json::to_string(&all).unwrap().contains(&secret.hash()));
        }
    })
    .await;
}

#[tokio::test]
async fn nobody_fills_the_store_and_no_one_address_pushes_out_the_rest() {
    for_each_world(|world| async move {
        let (sp, node) = (world.sp("sag", OIOSAML3).await, world.node().await);
        let request = forged(&world);
        for n in 0..30 {
            comes_from(&world, &node, &format!("2001:db8:1:1::{n}"), &request).await;
        }
        let all = kept(&world, &node, &sp).await;
        assert_eq!(all.len(), 20, "one customer is one address");
        let mut last = None;
        for n in 0..70 {
            world.pass(1);
            last = Some(comes_from(&world, &node, &format!("192.0.2.{n}"), &request).await);
        }
        let all = kept(&world, &node, &sp).await;
        assert_eq!(all.len(), 50);
        assert_eq!(Some(all[0].reference), last);
        assert_eq!(all[49].network, "192.0.2.20", "the newest fifty, none of them twice");
    })
    .await;
}

#[test]
fn every_reason_has_a_sentence_and_a_remedy() {
    let own = "service-provider-disabled metadata-expired unknown-network binding-not-allowed replayed unexpected-response NoPassive NoAuthnContext \
        AuthnFailed RequestDenied UnknownPrincipal InvalidNameIDPolicy NoSupportedIDP PartialLogout \
        ProxyCountExceeded RequestVersionTooHigh RequestVersionTooLow UnsupportedBinding Requester \
        Responder VersionMismatch";
    for why in Refusal::ALL.iter().map(Refusal::code).chain(own.split(' ')) {
        assert!(remedy(why).is_some(), "{why}");
    }
    assert_eq!(remedy("never-heard-of"), None);
}
