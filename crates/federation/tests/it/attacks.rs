//! Attackers who can sign, or who are logged in: what they still may not do.

use portner_federation::Reply;
use portner_saml::redirect::{self, Carried};
use portner_saml::{RequestDescription, authn_request, new_id};

use crate::browser::{Browser, asks_password, posted, refused};
use crate::stage::{ENTITY_ID, HIGH, OIOSAML3, Request, SSO, SUBSTANTIAL, Sp, World, for_each_world};

/// An error, too, tells somebody something: it goes where an answer would go, or nowhere.
#[tokio::test]
async fn t_idp_01_an_error_goes_no_further_than_an_answer_would() {
    for_each_world(|world| async move {
        let (sp, node) = (world.sp("sag", OIOSAML3).await, world.node().await);
        let (anna, mut browser) = (world.anna().await, Browser::default());
        let first = sp.request(&world, |it| it.class_refs = SUBSTANTIAL);
        browser.logs_in(&world, &node, &first, &anna).await;
        type Wish = fn(&mut RequestDescription<'_>);
        let wishes: [(Wish, &str); 4] = [
            (|it| it.is_passive = true, "NoPassive"),
            (|it| (it.is_passive, it.force_authn) = (true, true), "NoPassive"),
            (|it| it.class_refs = HIGH, "NoAuthnContext"),
            (|it| it.class_refs = &["https://data.gov.dk/eid/Person"], "NoAuthnContext"),
        ];
        for (wish, status) in wishes {
            for evil in
                ["https://evil.example/acs", "javascript:alert(1)", "https://sag.example/acs?next=evil"]
            {
                for browser in [&mut Browser::default(), &mut browser] {
                    let request = sp.request(&world, |it| {
                        wish(it);
                        it.acs = Some(evil);
                    });
                    assert_eq!(
                        refused(browser.opens(&world, &node, &request).await),
                        "unknown-acs",
                        "{evil}"
                    );
                }
            }
            let request = sp.request(&world, wish);
            let form = posted(Browser::default().opens(&world, &node, &request).await);
            assert_eq!(
                (form.acs.as_str(), sp.hears(&world, &form.saml_response, &request.id).as_str()),
                (sp.acs.as_str(), status)
            );
        }
    })
    .await;
}

/// A session that was enough for one service provider says nothing it has not proved to the next.
#[tokio::test]
async fn a_lower_session_is_never_passed_off_for_a_higher_one() {
    for_each_world(|world| async move {
        let (sp, node) = (world.sp("sag", OIOSAML3).await, world.node().await);
        let (anna, mut browser) = (world.anna().await, Browser::default());
        let low = sp.request(&world, |_| {});
        let mut reply = browser.opens(&world, &node, &low).await;
        reply = browser.types_password(&world, &node, &reply, &anna).await;
        sp.reads(&world, &posted(reply).saml_response, &low.id).unwrap();

        let passive = sp.request(&world, |it| (it.is_passive, it.class_refs) = (true, SUBSTANTIAL));
        let form = posted(browser.opens(&world, &node, &passive).await);
        assert_eq!(sp.hears(&world, &form.saml_response, &passive.id), "NoPassive");
        let active = sp.request(&world, |it| it.class_refs = SUBSTANTIAL);
        let reply = browser.opens(&world, &node, &active).await;
        assert!(matches!(reply, Reply::AskCode(_)), "the second factor is asked for: {reply:?}");
        assert_eq!(world.issued().await, 1);
    })
    .await;
}

/// Who answers the prompt of a fresh login with another tab's session has not logged in afresh.
#[tokio::test]
async fn a_forced_login_is_not_done_by_a_session_from_another_tab() {
    for_each_world(|world: World| async move {
        let (sp, node) = (world.sp("sag", OIOSAML3).await, world.node().await);
        let (anna, mut browser) = (world.anna().await, Browser::default());
        let forced = sp.request(&world, |it| it.force_authn = true);
        let asked = browser.opens(&world, &node, &forced).await;
        let flow = asks_password(&asked).flow;
        let other = sp.request(&world, |_| {});
        browser.logs_in(&world, &node, &other, &anna).await;
        world.pass(1);
        let again = browser.does(&world, &node, async |it, visit| it.show(flow, visit).await).await.unwrap();
        asks_password(&again);
        let passive = sp.request(&world, |it| (it.is_passive, it.force_authn) = (true, true));
        let form = posted(browser.opens(&world, &node, &passive).await);
        assert_eq!(sp.hears(&world, &form.saml_response, &passive.id), "NoPassive");
    })
    .await;
}

/// A request with something more in it than our own requests ever have.
fn request_with(world: &World, sp: &Sp, more: &str) -> Request {
    let id = new_id(&*world.stage.entropy);
    let plain = authn_request(&RequestDescription {
        id: &id,
        issuer: &sp.entity_id,
        destination: SSO,
        acs: None,
        now: world.now(),
        force_authn: false,
        is_passive: false,
        class_refs: SUBSTANTIAL,
        requester_ids: &[],
    });
    let xml = plain.unwrap().replace("</samlp:AuthnRequest>", &format!("{more}</samlp:AuthnRequest>"));
    Request { id, url: redirect::signed_url(SSO, Carried::Request, &xml, None, &sp.key).unwrap() }
}

#[tokio::test]
async fn nobody_is_passed_off_for_the_subject_of_a_request() {
    for_each_world(|world| async move {
        let (sp, node) = (world.sp("sag", OIOSAML3).await, world.node().await);
        let (anna, mut browser) = (world.anna().await, Browser::default());
        let about = |name: &str| {
            let saml = "urn:oasis:names:tc:SAML:2.0:assertion";
            let subject = format!(
                "<saml:Subject xmlns:saml=\"{saml}\"><saml:NameID>{name}</saml:NameID></saml:Subject>"
            );
            request_with(&world, &sp, &subject)
        };
        let somebody = about("https://data.gov.dk/model/core/eid/professional/uuid/somebody-else");
        let form = browser.logs_in(&world, &node, &somebody, &anna).await;
        assert_eq!(sp.hears(&world, &form.saml_response, &somebody.id), "UnknownPrincipal");
        let plain = request_with(&world, &sp, "");
        let form = posted(browser.opens(&world, &node, &plain).await);
        let name = sp.reads(&world, &form.saml_response, &plain.id).unwrap().name_id.value;
        let herself = about(&name);
        let form = posted(browser.opens(&world, &node, &herself).await);
        assert_eq!(sp.reads(&world, &form.saml_response, &herself.id).unwrap().name_id.value, name);
    })
    .await;
}

#[tokio::test]
async fn a_request_for_other_identity_providers_is_not_answered_by_us() {
    for_each_world(|world| async move {
        let (sp, node) = (world.sp("sag", OIOSAML3).await, world.node().await);
        let among = |providers: &[&str]| {
            let entry = |id: &&str| format!("<samlp:IDPEntry ProviderID=\"{id}\"></samlp:IDPEntry>");
            let entries: String = providers.iter().map(entry).collect();
            let list = format!(
                "<samlp:Scoping ProxyCount=\"0\"><samlp:IDPList>{entries}</samlp:IDPList></samlp:Scoping>"
            );
            request_with(&world, &sp, &list)
        };
        let others = among(&["https://saml.other.example", "https://saml.third.example"]);
        let form = posted(Browser::default().opens(&world, &node, &others).await);
        assert_eq!(sp.hears(&world, &form.saml_response, &others.id), "NoSupportedIDP");
        // We ask nobody else, so that nobody else may be asked is no obstacle.
        let ours = among(&["https://saml.other.example", ENTITY_ID]);
        asks_password(&Browser::default().opens(&world, &node, &ours).await);
    })
    .await;
}
