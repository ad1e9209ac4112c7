//! What a service provider is told, by profile.

use portner_domain::Level;
use portner_domain::assurance::Notified;
use portner_domain::proofing::Evidence;
use portner_saml::{NameIdFormat, VerifiedAssertion};

use crate::browser::Browser;
use crate::stage::{OIOSAML3, SUBSTANTIAL, Sp, User, World, for_each_world};

const UUID: &str = "https://data.gov.dk/model/core/eid/professional/uuid/";
const PASSWORD_OVER_TLS: &str = "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport";

async fn told(world: &World, sp: &Sp, user: &User, class_refs: &'static [&str]) -> VerifiedAssertion {
    let node = world.node().await;
    let request = sp.request(world, |it| it.class_refs = class_refs);
    let form = Browser::default().logs_in(world, &node, &request, user).await;
    assert_eq!(form.acs, sp.acs);
    sp.reads(world, &form.saml_response, &request.id).unwrap()
}

/// Names without what their vocabulary begins with, each with its one value.
fn attributes(assertion: &VerifiedAssertion) -> Vec<(&str, &str)> {
    let begins = ["https://data.gov.dk/model/core/", "https://data.gov.dk/concept/core/", "urn:oid:"];
    let mut pairs = Vec::new();
    for it in &assertion.attributes {
        let [value] = it.values.as_slice() else { panic!("{it:?}") };
        let name = begins.iter().find_map(|begin| it.name.strip_prefix(begin));
        pairs.push((name.unwrap_or(&it.name), value.as_str()));
    }
    pairs
}

#[tokio::test]
async fn an_oiosaml_service_provider_is_told_the_level_the_organisation_and_what_it_asked_for() {
    for_each_world(|world| async move {
        let (anna, sp) = (world.anna().await, world.sp("sag", OIOSAML3).await);
        let told = told(&world, &sp, &anna, SUBSTANTIAL).await;
        assert_eq!(told.name_id.format, NameIdFormat::Persistent);
        let uuid = told.name_id.value.strip_prefix(UUID).unwrap();
        assert!(uuid.parse::<uuid::Uuid>().is_ok_and(|uuid| uuid.get_version_num() == 4), "{uuid}");
        assert!(!uuid.contains(&anna.identity.id.to_string()), "the name says nothing elsewhere");
        assert_eq!(
            attributes(&told),
            [
                ("specVersion", "OIO-SAML-3.0"),
                ("nsis/loa", "Substantial"),
                ("nsis/ial", "Substantial"),
                ("nsis/aal", "Substantial"),
                ("eid/professional/cvr", "12345678"),
                ("eid/professional/orgName", "Eksempel Kommune"),
                ("eid/fullName", "Anna Østergård & Søn"),
                ("eid/email", "anna@example.dk"),
            ]
        );
        assert_eq!(told.class_ref.as_deref(), Some(SUBSTANTIAL[0]));
        assert_eq!(told.authn_instant, world.now());
        assert!(told.session_index.is_some());
    })
    .await;
}

#[tokio::test]
async fn nemlog_in_is_told_the_registered_subject_and_no_names() {
    for_each_world(|world| async move {
        let (anna, sp) = (world.anna().await, world.sp("nemlogin", "profile = \"nemlog-in\"").await);
        // It asks for no level; its policy does.
        let told = told(&world, &sp, &anna, &[]).await;
        assert_eq!(
            (told.name_id.format.clone(), told.name_id.value.as_str()),
            (NameIdFormat::Persistent, "anna@12345678")
        );
        assert_eq!(anna.identity.subject_name_id(), told.name_id.value);
        let names: Vec<_> = attributes(&told).into_iter().map(|(name, _)| name).collect();
        let cvr = ["eid/professional/cvr", "eid/professional/orgName"];
        assert_eq!(names, [["specVersion", "nsis/loa", "nsis/ial", "nsis/aal"].as_slice(), &cvr].concat());
    })
    .await;
}

#[tokio::test]
async fn a_plain_service_provider_is_told_names_as_directories_have_them() {
    for_each_world(|world| async move {
        let (anna, sp) = (world.anna().await, world.sp("plan", "profile = \"plain\"").await);
        let told = told(&world, &sp, &anna, &[]).await;
        assert!(told.name_id.value.starts_with(UUID));
        let expected = [
            ("2.5.4.42", "Anna"),
            ("2.5.4.4", "Østergård & Søn"),
            ("0.9.2342.19200300.100.1.3", "anna@example.dk"),
        ];
        assert_eq!(attributes(&told), expected);
        assert_eq!(told.class_ref.as_deref(), Some(PASSWORD_OVER_TLS));
    })
    .await;
}

#[tokio::test]
async fn a_password_alone_is_low_and_nobody_is_asked_for_more_than_is_asked_for() {
    for_each_world(|world| async move {
        let (anna, sp) = (world.anna().await, world.sp("sag", OIOSAML3).await);
        let told = told(&world, &sp, &anna, &[]).await;
        let level = |name| told.value(&format!("https://data.gov.dk/concept/core/nsis/{name}"));
        assert_eq!(
            [level("loa"), level("ial"), level("aal")],
            [Some("Low"), Some("Substantial"), Some("Low")]
        );
        assert_eq!(told.class_ref.as_deref(), Some("https://data.gov.dk/concept/core/nsis/loa/Low"));
    })
    .await;
}

#[tokio::test]
async fn without_a_notification_nothing_is_said_about_levels() {
    for_each_world(|mut world| async move {
        world.rules.notified = Notified::default();
        let (anna, sp) = (world.anna().await, world.sp("sag", OIOSAML3).await);
        let told = told(&world, &sp, &anna, &[]).await;
        assert!(
            attributes(&told).iter().all(|(name, _)| !name.starts_with("nsis/")),
            "{:?}",
            told.attributes
        );
        assert_eq!(told.class_ref.as_deref(), Some(PASSWORD_OVER_TLS));
    })
    .await;
}

#[tokio::test]
async fn a_level_rests_on_the_proofing_whatever_is_used_to_log_in() {
    for_each_world(|world| async move {
        let register =
            world.user("bo").with_password().with_totp().proofed(Evidence::Register).registered().await;
        let nobody = world.user("carl").with_password().with_totp().registered().await;
        let sp = world.sp("sag", OIOSAML3).await;
        for (user, level) in [(register, Some(Level::Low)), (nobody, None)] {
            let told = told(&world, &sp, &user, &[]).await;
            let said = told
                .value("https://data.gov.dk/concept/core/nsis/loa")
                .map(|word| word.parse::<Level>().unwrap());
            assert_eq!(said, level, "{}", user.identity.user_name);
        }
    })
    .await;
}

#[tokio::test]
async fn a_pairwise_name_stays_the_same_and_is_another_at_every_service_provider() {
    for_each_world(|world| async move {
        let anna = world.anna().await;
        let bo = world.user("bo").with_password().registered().await;
        let (sag, plan) = (world.sp("sag", OIOSAML3).await, world.sp("plan", OIOSAML3).await);
        let mut names = Vec::new();
        for (sp, user) in [(&sag, &anna), (&plan, &anna), (&sag, &bo), (&plan, &bo)] {
            let first = told(&world, sp, user, &[]).await.name_id.value;
            // Each of them comes through a node of its own.
            assert_eq!(told(&world, sp, user, &[]).await.name_id.value, first);
            names.push(first);
        }
        names.sort();
        names.dedup();
        assert_eq!(names.len(), 4);
        assert_eq!(world.events("name-id-assigned").await.len(), 4, "each was written down once");
    })
    .await;
}

#[tokio::test]
async fn of_many_who_name_somebody_at_once_all_use_one_name() {
    for_each_world(|world| async move {
        let (anna, sp) = (world.anna().await, world.sp("sag", OIOSAML3).await);
        let nodes = [world.node().await, world.node().await];
        let logins = (0..4).map(async |n: usize| {
            let request = sp.request(&world, |_| {});
            let form = Browser::default().logs_in(&world, &nodes[n % 2], &request, &anna).await;
            sp.reads(&world, &form.saml_response, &request.id).unwrap().name_id.value
        });
        let mut names = Vec::new();
        for name in futures_util::future::join_all(logins).await {
            names.push(name);
        }
        names.dedup();
        assert_eq!(names.len(), 1, "{names:?}");
        assert_eq!(world.events("name-id-assigned").await.len(), 1);
    })
    .await;
}
