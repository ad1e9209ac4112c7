//! MitID Erhverv in the office, as far as nothing is asked there.

use std::sync::Arc;

use portner_audit_log::{Actor, Event};
use portner_directory::feed::Brake;
use portner_directory::{Personal, Registered};
use portner_domain::identity::{Employment, Identity, Life, Standing, State};
use portner_domain::proofing::{Evidence, Proofing};
use portner_domain::role::Role;
use portner_domain::{IdentityId, Level, Moment, PersonId, ProofingId};
use portner_federation::policy::Policy;
use portner_saml::generate::rsa_2048;
use portner_sync::client::{BaseUrl, Client, Pair, Settings};
use portner_sync::plan::{Bond, Wanted, bodies};
use portner_sync::wire::Quirks;
use portner_sync::{DELETED_AFTER, Form, Liaison, Mode, Parts, Scheme, Whose};
use proptest::{prop_assert, prop_assert_eq, proptest};
use uuid::Uuid;

use crate::browser::{Besides, Browser, router_with};
use crate::office::officer;
use crate::own_pages::visits;
use crate::stage::{Node, World, for_each_world};

/// Nobody answers at its address.
pub async fn liaison(world: &World, node: &Node) -> Liaison {
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
        scheme: scheme(),
    })
}

fn scheme() -> Scheme {
    Scheme {
        cvr: "12345678".parse().unwrap(),
        form: Form::LightWithLocalIdp,
        notified: None,
        deleted_after: DELETED_AFTER,
        signing: Whose::Nobodys,
        private_mitid: Whose::Nobodys,
        hides_protected: false,
        invoice_method: None,
        roles: Vec::new(),
        between_readings: portner_sync::BETWEEN_READINGS,
        brake: Brake::default(),
        quirks: Quirks::default(),
    }
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

proptest! {
    /// Whoever NemLog-in hears of by one name and knows by another does not get in.
    #[test]
    fn the_name_that_nemlog_in_hears_is_the_one_that_is_registered(
        typed in "\\PC{1,140}",
        cvr in "[0-9]{8}",
        is_full: bool,
    ) {
        let Ok(user_name) = typed.parse() else { return Ok(()) };
        let identity = Identity {
            id: IdentityId(Uuid::from_u128(1)),
            person: PersonId(Uuid::from_u128(2)),
            user_name,
            first_name: "Anna".to_owned(),
            last_name: "Holm".to_owned(),
            email: Some("anna@example.dk".to_owned()),
            cvr: cvr.parse().unwrap(),
            organisation: "Testkommunen".to_owned(),
            employment: Employment::Verified { source: "hr".to_owned() },
            state: State::Active,
            sessions_ended: Moment(0),
            life: Life::PERMITTED,
        };
        let heard = Policy::of_profile("nemlog-in").unwrap().name_of(&identity);
        let form = if is_full { Form::Full { qualified: false } } else { Form::LightWithLocalIdp };
        let scheme = Scheme { cvr: identity.cvr.clone(), notified: Some(Level::Substantial), form, ..scheme() };
        let proofing = Proofing {
            id: ProofingId(Uuid::from_u128(3)),
            person: identity.person,
            evidence: Evidence::InPerson,
            at: Moment(1),
            withdrawn: None,
        };
        let standing = Standing {
            identity,
            proofings: vec![proofing],
            authenticators: Vec::new(),
            holdings: None,
            terms_due: None,
        };
        let cpr = "0101701234".parse().ok();
        let registered = Registered { standing, ended: None, is_protected: false, cpr };
        let desired = scheme.desired(&registered, Bond::None, Moment(2));
        prop_assert_eq!(desired.wanted, Wanted::Active);
        let body = bodies::create(&desired, &scheme.quirks).unwrap();
        prop_assert!(heard.is_some());
        prop_assert_eq!(body.identity_authenticators.subject_name_id, heard);
    }
}
