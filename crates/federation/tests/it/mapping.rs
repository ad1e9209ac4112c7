//! What the profiles tell, held against OIOSAML 3, and what people are called.

use portner_domain::assurance::Notified;
use portner_saml::{NameIdFormat, PrivilegeList, VerifiedAssertion};

use crate::browser::{Browser, posted};
use crate::stage::{Node, OIOSAML3, SUBSTANTIAL, Sp, User, World, for_each_world};

const PRIVILEGES: &str = "https://data.gov.dk/model/core/eid/privilegesIntermediate";
const KOMBIT: &str = "profile = \"kombit-context-handler\"";
const LEGACY_LEVEL: &str = "dk:gov:saml:attribute:AssuranceLevel";

async fn told(world: &World, sp: &Sp, user: &User) -> VerifiedAssertion {
    told_through(&world.node().await, world, sp, user).await
}

async fn told_through(node: &Node, world: &World, sp: &Sp, user: &User) -> VerifiedAssertion {
    // A code is good once.
    world.pass(1);
    let request = sp.request(world, |it| it.class_refs = SUBSTANTIAL);
    let form = Browser::default().logs_in(world, node, &request, user).await;
    sp.reads(world, &form.saml_response, &request.id).unwrap()
}

/// The names of the attributes, without what the vocabularies begin with.
fn names(assertion: &VerifiedAssertion) -> Vec<&str> {
    let begins = ["https://data.gov.dk/model/core/", "https://data.gov.dk/concept/core/"];
    let short =
        |name: &'_ str| begins.iter().find(|begin| name.starts_with(**begin)).map_or(0, |it| it.len());
    assertion.attributes.iter().map(|it| &it.name[short(&it.name)..]).collect()
}

/// What OIOSAML 3 says of every professional assertion: each attribute once with one value (several only of e-mail),
/// what is mandatory, the shapes of values, and never an old level beside a level.
fn conforms(assertion: &VerifiedAssertion) {
    let mut seen = names(assertion);
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen.len(), assertion.attributes.len(), "{:?}", assertion.attributes);
    for it in &assertion.attributes {
        assert_eq!(it.values.len(), 1, "{it:?}");
        let long = it.name == PRIVILEGES;
        assert!(it.values.iter().all(|value| long || (1..=256).contains(&value.chars().count())), "{it:?}");
        assert_eq!(it.name_format, portner_saml::AttributeNameFormat::Uri);
    }
    let value = |name: &str| assertion.value(&format!("https://data.gov.dk/model/core/{name}"));
    assert_eq!(value("specVersion"), Some("OIO-SAML-3.0"));
    assert!(value("eid/professional/cvr").is_some_and(|cvr| cvr.len() == 8 && cvr.parse::<u32>().is_ok()));
    assert!(value("eid/professional/orgName").is_some());
    let loa = assertion.value("https://data.gov.dk/concept/core/nsis/loa");
    assert!(loa.is_none_or(|loa| ["Low", "Substantial", "High"].contains(&loa)));
    assert!(loa.is_none() || assertion.value(LEGACY_LEVEL).is_none());
}

#[tokio::test]
async fn an_oiosaml_service_provider_that_asks_for_everything_is_told_what_there_is() {
    for_each_world(|world| async move {
        let anna = world.anna().await;
        world.grant(&anna, "urn:dk:example:caseworker", "cvr:12345678").await;
        let asked = [
            "eid/privilegesIntermediate",
            "eid/professional/uuid/persistent",
            "eid/email",
            "eid/lastName",
            "eid/firstName",
            "eid/fullName",
            "eid/cprNumber",
            LEGACY_LEVEL,
        ];
        let told = told(&world, &world.sp_that_asks("sag", OIOSAML3, &asked).await, &anna).await;
        conforms(&told);
        assert_eq!(
            names(&told),
            [
                "specVersion",
                "nsis/loa",
                "nsis/ial",
                "nsis/aal",
                "eid/professional/cvr",
                "eid/professional/orgName",
                "eid/fullName",
                "eid/firstName",
                "eid/lastName",
                "eid/email",
                "eid/professional/uuid/persistent",
                "eid/privilegesIntermediate",
            ]
        );
        let friendly: Vec<_> = told.attributes.iter().filter_map(|it| it.friendly_name.as_deref()).collect();
        assert_eq!(
            friendly,
            [
                "SpecVer",
                "NSISLevelOfAssurance",
                "IdentityAssuranceLevel",
                "AuthenticationAssuranceLevel",
                "CVR",
                "OrganizationName",
                "FullName",
                "FirstName",
                "LastName",
                "Email",
                "ProfessionalPersistentUUID",
                "Privileges",
            ]
        );
        let list = PrivilegeList::read(told.value(PRIVILEGES).unwrap()).unwrap();
        assert_eq!(list.groups().len(), 1);
        assert_eq!(list.groups()[0].privileges[0].as_str(), "urn:dk:example:caseworker");
    })
    .await;
}

#[tokio::test]
async fn the_context_handler_is_told_a_distinguished_name_and_the_roles_of_the_organisation() {
    for_each_world(|world| async move {
        let (anna, sp) = (world.anna().await, world.sp("kombit", KOMBIT).await);
        world.grant(&anna, "http://eksempel.dk/roles/jobrole/leder/1", "cvr:12345678").await;
        world.grant(&anna, "http://eksempel.dk/roles/jobrole/gaest/1", "cvr:87654321").await;
        let first = told(&world, &sp, &anna).await;
        conforms(&first);
        assert_eq!(first.name_id.format, NameIdFormat::X509SubjectName);
        let subject = format!("C=DK,O=12345678,CN=Anna Østergård & Søn,Serial={}", anna.identity.id);
        assert_eq!(first.name_id.value, subject);
        assert_eq!(first.class_ref.as_deref(), Some("https://data.gov.dk/concept/core/nsis"));
        let always = [
            "dk:gov:saml:attribute:KombitSpecVer",
            "specVersion",
            "nsis/loa",
            "eid/professional/cvr",
            "eid/professional/orgName",
            "eid/email",
            "eid/professional/uuid/persistent",
        ];
        assert_eq!(names(&first), [always.as_slice(), &["eid/privilegesIntermediate"]].concat());
        assert_eq!(first.value("dk:gov:saml:attribute:KombitSpecVer"), Some("2.0"));
        let list = PrivilegeList::read(first.value(PRIVILEGES).unwrap()).unwrap();
        let told: Vec<_> = list.groups().iter().flat_map(|it| &it.privileges).map(|it| it.as_str()).collect();
        assert_eq!(told, ["http://eksempel.dk/roles/jobrole/leder/1"], "not what holds elsewhere");

        let bo = world
            .user("bo")
            .with_password()
            .with_totp()
            .proofed(portner_domain::proofing::Evidence::InPerson);
        let bo = bo.registered().await;
        assert_eq!(
            names(&self::told(&world, &sp, &bo).await),
            always,
            "without rights there is no empty list"
        );
    })
    .await;
}

#[tokio::test]
async fn without_a_notification_the_old_level_stands_in() {
    for_each_world(|mut world| async move {
        world.rules.notified = Notified::default();
        let (anna, sp, node) = (world.anna().await, world.sp("kombit", KOMBIT).await, world.node().await);
        let request = sp.request(&world, |_| {});
        let form = Browser::default().logs_in(&world, &node, &request, &anna).await;
        let told = sp.reads(&world, &form.saml_response, &request.id).unwrap();
        conforms(&told);
        assert_eq!(told.value(LEGACY_LEVEL), Some("2"), "a password is one factor");
    })
    .await;
}

#[tokio::test]
async fn people_are_called_what_the_policy_says() {
    for_each_world(|world| async move {
        let anna = world.anna().await;
        let check = async |name: &str, policy: &str, format, expected: &str| {
            let told = told(&world, &world.sp(name, policy).await, &anna).await;
            assert_eq!((told.name_id.format, told.name_id.value.as_str()), (format, expected), "{policy}");
        };
        let email = "anna@example.dk";
        check("a", "name_id = \"email\"", NameIdFormat::Email, email).await;
        check("b", "name_id = \"email\"\nname_id_format = \"persistent\"", NameIdFormat::Persistent, email)
            .await;
        check("c", "name_id = \"user-name\"", NameIdFormat::Unspecified, "anna").await;
        check(
            "d",
            "name_id = \"user-name\"\nname_id_format = \"persistent\"",
            NameIdFormat::Persistent,
            "anna",
        )
        .await;
        check("e", "name_id = \"subject-name-id\"", NameIdFormat::Persistent, "anna@12345678").await;
        let transient = world.sp("f", "name_id = \"transient\"").await;
        let (first, second) = (told(&world, &transient, &anna).await, told(&world, &transient, &anna).await);
        assert_eq!(first.name_id.format, NameIdFormat::Transient);
        assert_ne!(first.name_id.value, second.name_id.value);
    })
    .await;
}

#[tokio::test]
async fn service_providers_of_one_group_know_the_same_name_and_nobody_else_does() {
    for_each_world(|world| async move {
        let (anna, node) = (world.anna().await, world.node().await);
        let together = |prefix: &str| format!("name_id = {{ pairwise-group = \"skole\" }}\n{prefix}");
        let (a, b) =
            (world.sp("a", &together("")).await, world.sp("b", &together("name_id_prefix = \"\"")).await);
        let c = world.sp("c", OIOSAML3).await;
        let name = async |sp: &Sp| told_through(&node, &world, sp, &anna).await.name_id.value;
        let (of_a, of_b, of_c) = (name(&a).await, name(&b).await, name(&c).await);
        assert!(of_a.ends_with(&format!("/uuid/{of_b}")), "{of_a} {of_b}");
        assert!(of_b.parse::<uuid::Uuid>().is_ok_and(|uuid| uuid.get_version_num() == 4));
        assert_ne!(of_a, of_c);
        assert_eq!(world.events("shared-name-id-assigned").await.len(), 1, "written down once");
        // One that leaves the group is told another name as soon as the node reads its policy again.
        world.change_policy(&a, OIOSAML3).await;
        tokio::time::sleep(std::time::Duration::from_millis(1_100)).await;
        assert_ne!(name(&a).await, of_a);
    })
    .await;
}

#[tokio::test]
async fn a_wish_for_a_kind_of_name_is_met_or_refused() {
    for_each_world(|world| async move {
        let (sp, node) = (world.sp("sag", OIOSAML3).await, world.node().await);
        let begins = async |format: &str| {
            let request = sp.request_for_name(&world, format);
            (Browser::default().opens(&world, &node, &request).await, request)
        };
        for good in [
            "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent",
            "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified",
        ] {
            assert!(matches!(begins(good).await.0, portner_federation::Reply::AskPassword(_)), "{good}");
        }
        for bad in [
            "urn:oasis:names:tc:SAML:2.0:nameid-format:transient",
            "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress",
        ] {
            let (reply, request) = begins(bad).await;
            assert_eq!(sp.hears(&world, &posted(reply).saml_response, &request.id), "InvalidNameIDPolicy");
        }
        let careless = world.sp("careless", "requested_name_format = \"ignore\"").await;
        let request =
            careless.request_for_name(&world, "urn:oasis:names:tc:SAML:2.0:nameid-format:transient");
        let reply = Browser::default().opens(&world, &node, &request).await;
        assert!(matches!(reply, portner_federation::Reply::AskPassword(_)), "{reply:?}");
    })
    .await;
}
