//! MitID Erhverv in the office, as far as nothing is asked there.

use std::sync::Arc;

use portner_audit_log::{Actor, Event};
use portner_directory::Personal;
use portner_directory::feed::Brake;
use portner_domain::role::Role;
use portner_saml::generate::rsa_2048;
use portner_sync::client::{BaseUrl, Client, Pair, Settings};
use portner_sync::wire::Quirks;
use portner_sync::{DELETED_AFTER, Form, Liaison, Mode, Parts, Scheme, Whose};

use crate::browser::{Besides, Browser, router_with};
use crate::office::officer;
use crate::own_pages::visits;
use crate::stage::{Node, World, for_each_world};

/// Nobody answers at its address.
async fn liaison(world: &World, node: &Node) -> Liaison {
    let (clock, entropy) = (Arc::clone(&world.stage.clock), Arc::clone(&world.stage.entropy));
    let made = rsa_2048("erhverv.test", world.stage.log.now(), &*entropy).unwrap();
    let pair = Pair::from_pem(made.certificate_pem.as_bytes(), made.key_pem.as_bytes()).unwrap();
    let settings = Settings::new(BaseUrl::parse("https://127.0.0.1:1").unwrap(), vec![pair]);
    let client = Client::new(settings, clock, Arc::clone(&entropy) as _).unwrap();
    let envelope = Arc::clone(&world.envelope);
    let personal = Personal::open(node.log.clone(), Arc::clone(&envelope), Arc::clone(&entropy) as _);
    Liaison::new(Parts {
        actor: Actor::system("sync"),
        log: node.log.clone(),
        volatile: Arc::clone(&node.volatile),
        personal: personal.await.unwrap(),
        envelope,
        entropy,
        client: Arc::new(client),
        scheme: Scheme {
            cvr: "12345678".parse().unwrap(),
            form: Form::LightWithLocalIdp,
            notified: None,
            deleted_after: DELETED_AFTER,
            signing: Whose::Nobodys,
            private_mitid: Whose::Nobodys,
            hides_protected: false,
            invoice_method: None,
            roles: Vec::new(),
            brake: Brake::default(),
            quirks: Quirks::default(),
        },
    })
}

#[tokio::test]
async fn the_plan_is_read_before_anything_is_said_and_whoever_switches_it_on_says_why() {
    for_each_world(|world| async move {
        let node = world.node().await;
        let liaison = liaison(&world, &node).await;
        let uma = officer(&world, "uma", Role::UserAdministrator, None).await;
        let besides = Besides { erhverv: Some(liaison.clone()), ..Besides::default() };
        let mut browser = Browser::at(router_with(&world, &node, besides));
        visits(&mut browser, &world, &uma, "/office").await;
        let page = browser.opens("/office/mitid-erhverv").await;
        assert!(
            page.shows("Nothing is said to MitID Erhverv") && page.shows("Nothing is waiting"),
            "{}",
            page.html
        );
        let plan = browser.opens("/office/mitid-erhverv/plan").await;
        assert!(plan.shows("uma") && plan.shows("This is missing here: CPR number"), "{}", plan.html);
        let person = browser.opens(&format!("/office/people/{}/mitid-erhverv", uma.identity.id)).await;
        assert!(person.shows("not tied to anybody") && person.shows("CPR number"), "{}", person.html);

        let without = browser.submits(&page, &[("change", "live"), ("why", " ")]).await;
        assert!(without.status == 400 && without.shows("Write a reason"), "{}", without.html);
        let nothing =
            browser.submits(&page, &[("change", "approve"), ("why", "because"), ("digest", "00")]).await;
        assert!(nothing.status == 400, "nobody is held: {}", nothing.html);
        assert_eq!(liaison.mode().await.unwrap(), Mode::DryRun);
        let live = browser.submits(&page, &[("change", "live"), ("why", "we tried it out")]).await;
        assert!(live.shows("This is so from now on") && live.shows("within seconds"), "{}", live.html);
        assert_eq!(liaison.mode().await.unwrap(), Mode::Live);
        let changed = world.events("sync-mode-changed").await;
        assert!(
            matches!(changed.as_slice(), [Event::SyncModeChanged { mode }] if mode == "live"),
            "{changed:?}"
        );

        let audra = officer(&world, "audra", Role::Auditor, None).await;
        let mut reader =
            Browser::at(router_with(&world, &node, Besides { erhverv: Some(liaison), ..Besides::default() }));
        visits(&mut reader, &world, &audra, "/office").await;
        let read = reader.opens("/office/mitid-erhverv").await;
        assert!(read.shows("within seconds") && !read.has_field("why"), "{}", read.html);
    })
    .await;
}

#[tokio::test]
async fn whoever_has_nothing_connected_is_told_how() {
    for_each_world(|world| async move {
        let uma = officer(&world, "uma", Role::UserAdministrator, None).await;
        let mut browser = Browser::new(&world).await;
        visits(&mut browser, &world, &uma, "/office").await;
        for path in ["/office/mitid-erhverv", "/office/mitid-erhverv/plan"] {
            let page = browser.opens(path).await;
            assert!(page.shows("is not connected") && !page.has_field("why"), "{}", page.html);
        }
    })
    .await;
}
