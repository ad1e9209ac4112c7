//! Who may log in, for how long a proof counts, what a request may ask for, and how the answer is sent.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use portner_audit_log::Event;
use portner_federation::Reply;

use crate::browser::{Browser, asks_code, asks_password, posted};
use crate::stage::{OIOSAML3, SUBSTANTIAL, Sp, World, for_each_world};

const PASSWORD_OVER_TLS: &str = "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport";
const LOW: &[&str] = &["https://data.gov.dk/concept/core/nsis/loa/Low"];

#[tokio::test]
async fn who_is_in_no_admitted_group_is_told_so_and_it_is_written_down() {
    for_each_world(|world| async move {
        let (anna, node) = (world.anna().await, world.node().await);
        let sp = world
            .sp("sag", "groups = { any_of = [\"Sag\", \"Borgerservice\"], none_of = [\"vikarer\"] }")
            .await;
        let answer = async |browser: &mut Browser| {
            let request = sp.request(&world, |_| {});
            let form = browser.logs_in(&world, &node, &request, &anna).await;
            match sp.reads(&world, &form.saml_response, &request.id) {
                Ok(_) => "an assertion".to_owned(),
                Err(_) => sp.hears(&world, &form.saml_response, &request.id),
            }
        };
        let mut browser = Browser::default();
        assert_eq!(answer(&mut browser).await, "RequestDenied");
        world.join(&anna, "sag").await;
        assert_eq!(answer(&mut browser).await, "an assertion", "in the same session, without a question");
        world.join(&anna, "Vikarer").await;
        assert_eq!(answer(&mut browser).await, "RequestDenied");
        world.leave(&anna, "Vikarer").await;
        world.leave(&anna, "sag").await;
        assert_eq!(answer(&mut browser).await, "RequestDenied", "and at every issue");
        let denied: Vec<_> = world.events("access-denied").await;
        let whys: Vec<_> = denied
            .iter()
            .map(|event| match event {
                Event::AccessDenied { identity, why, .. } => {
                    assert_eq!(*identity, anna.identity.id);
                    why.as_str()
                }
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(whys, ["in-no-admitted-group", "in-excluded-group", "in-no-admitted-group"]);
        assert_eq!(world.issued().await, 1);
    })
    .await;
}

#[tokio::test]
async fn t_mfa_02_who_leaves_the_group_between_login_and_issue_gets_nothing() {
    for_each_world(|world| async move {
        let (anna, node) = (world.anna().await, world.node().await);
        let sp = world.sp("sag", "groups = { any_of = [\"Sag\"] }").await;
        world.join(&anna, "Sag").await;
        let mut browser = Browser::default();
        let request = sp.request(&world, |it| it.class_refs = SUBSTANTIAL);
        let asked = browser.opens(&world, &node, &request).await;
        let asked = browser.types_password(&world, &node, &asked, &anna).await;
        let (flow, code) = (asks_code(&asked).flow, world.code(&anna));
        let proved =
            browser.does_once(&world, &node, async |it, visit| it.code(flow, &code, visit).await).await;
        assert!(matches!(proved, Ok(Reply::GoTo(to)) if to == flow), "{proved:?}");
        world.leave(&anna, "Sag").await;
        let other = world.node().await;
        let reply = browser.does(&world, &other, async |it, visit| it.show(flow, visit).await).await.unwrap();
        assert_eq!(sp.hears(&world, &posted(reply).saml_response, &request.id), "RequestDenied");
        assert_eq!(world.issued().await, 0);
    })
    .await;
}

#[tokio::test]
async fn a_service_provider_may_want_proofs_to_be_younger_and_only_there() {
    for_each_world(|world| async move {
        let (anna, node) = (world.anna().await, world.node().await);
        let strict =
            world.sp("strict", "session = { password_minutes = 30, second_factor_minutes = 10 }").await;
        let lax =
            world.sp("lax", "session = { password_minutes = 100000, second_factor_minutes = 100000 }").await;
        let usual = world.sp("usual", OIOSAML3).await;
        let mut browser = Browser::default();
        let opens = async |browser: &mut Browser, sp: &Sp| {
            browser.opens(&world, &node, &sp.request(&world, |it| it.class_refs = SUBSTANTIAL)).await
        };
        let request = usual.request(&world, |it| it.class_refs = SUBSTANTIAL);
        browser.logs_in(&world, &node, &request, &anna).await;

        world.pass(10);
        posted(opens(&mut browser, &strict).await);
        world.pass(1);
        let asked = opens(&mut browser, &strict).await;
        asks_code(&asked);
        posted(opens(&mut browser, &usual).await);
        // The code proves anew what was too old, here and elsewhere.
        posted(browser.types_code(&world, &node, &asked, &world.code(&anna)).await);
        posted(opens(&mut browser, &strict).await);
        world.pass(20);
        asks_password(&opens(&mut browser, &strict).await);
        posted(opens(&mut browser, &usual).await);
        posted(opens(&mut browser, &lax).await);
        world.pass(41);
        asks_code(&opens(&mut browser, &lax).await);
        assert_eq!(world.issued().await, 7);
    })
    .await;
}

#[tokio::test]
async fn a_proof_that_grows_too_old_before_the_answer_counts_for_nothing() {
    for_each_world(|world| async move {
        let (anna, node) = (world.anna().await, world.node().await);
        let sp = world.sp("strict", "session = { second_factor_minutes = 1 }").await;
        let mut browser = Browser::default();
        let request = sp.request(&world, |it| it.class_refs = SUBSTANTIAL);
        let asked = browser.opens(&world, &node, &request).await;
        let asked = browser.types_password(&world, &node, &asked, &anna).await;
        let (flow, code) = (asks_code(&asked).flow, world.code(&anna));
        browser.does_once(&world, &node, async |it, visit| it.code(flow, &code, visit).await).await.unwrap();
        world.pass(2);
        let reply = browser.does(&world, &node, async |it, visit| it.show(flow, visit).await).await.unwrap();
        assert_eq!(sp.hears(&world, &posted(reply).saml_response, &request.id), "NoAuthnContext");
        assert_eq!(world.issued().await, 0);
    })
    .await;
}

/// What a service provider hears when Anna logs in: the context of the assertion, or the status.
async fn context(world: &World, sp: &Sp, class_refs: &'static [&str]) -> Result<String, String> {
    let node = world.node().await;
    let request = sp.request(world, |it| it.class_refs = class_refs);
    let mut browser = Browser::default();
    let anna = portner_federation::standing_of_name(&world.stage.database, &"anna".parse().unwrap()).await;
    let anna = crate::stage::User { identity: anna.unwrap().unwrap().identity, secret: None };
    let reply = match browser.opens(world, &node, &request).await {
        asked @ Reply::AskPassword(_) => browser.types_password(world, &node, &asked, &anna).await,
        other => other,
    };
    let Reply::Post(form) = reply else { return Err(format!("{reply:?}").chars().take(8).collect()) };
    match sp.reads(world, &form.saml_response, &request.id) {
        Ok(read) => Ok(read.class_ref.unwrap()),
        Err(_) => Err(sp.hears(world, &form.saml_response, &request.id)),
    }
}

#[tokio::test]
async fn an_answer_names_the_context_that_the_policy_wants_and_never_more_than_was_reached() {
    for_each_world(|world| async move {
        world.anna().await;
        let check = async |policy: &str, class_refs, expected: Result<&str, &str>| {
            let sp = world.sp(&format!("sp{}", world.now().0), policy).await;
            world.stage.clock.advance(portner_domain::Millis(1));
            let heard = context(&world, &sp, class_refs).await;
            assert_eq!(heard.as_deref().map_err(String::as_str), expected, "{policy} {class_refs:?}");
        };
        let low = LOW[0];
        check("class_ref = \"nsis\"", LOW, Ok("https://data.gov.dk/concept/core/nsis")).await;
        check("class_ref = \"password-protected-transport\"", LOW, Ok(PASSWORD_OVER_TLS)).await;
        let echo = "class_ref = \"echo\"";
        check(echo, LOW, Ok(low)).await;
        check(echo, &[], Ok(low)).await;
        check(echo, &[PASSWORD_OVER_TLS], Ok(PASSWORD_OVER_TLS)).await;
        check(echo, &["https://data.gov.dk/concept/core/nsis/loa/High", "https://data.gov.dk/concept/core/nsis/loa/Low"], Ok(low)).await;
        check(echo, &["https://data.gov.dk/eid/Professional"], Ok(low)).await;

        // References that nobody knows, until a policy says what they ask for.
        check(echo, &["urn:old:login"], Err("NoAuthnContext")).await;
        let legacy = "legacy_class_refs = { \"urn:old:login\" = \"any-login\", \"urn:old:mfa\" = \"several-factors\" }";
        let echo = format!("{echo}\n{legacy}");
        check(&echo, &["urn:old:login"], Ok("urn:old:login")).await;
        check(&echo, &["urn:other", "urn:old:login"], Ok("urn:old:login")).await;
        check(&echo, &["urn:other"], Err("NoAuthnContext")).await;
        check(&echo, &["urn:old:login", "https://data.gov.dk/eid/Person"], Err("NoAuthnContext")).await;
        check(&echo, &["urn:old:mfa"], Err("AskCode(")).await;
        check(legacy, &["urn:old:login"], Ok(low)).await;
    })
    .await;
}

#[tokio::test]
async fn several_factors_are_echoed_when_there_were_several() {
    for_each_world(|world| async move {
        let (anna, node) = (world.anna().await, world.node().await);
        let policy = "class_ref = \"echo\"\nlegacy_class_refs = { \"urn:old:mfa\" = \"several-factors\" }";
        let sp = world.sp("sag", policy).await;
        let request = sp.request(&world, |it| it.class_refs = &["urn:old:mfa"]);
        let form = Browser::default().logs_in(&world, &node, &request, &anna).await;
        let read = sp.reads(&world, &form.saml_response, &request.id).unwrap();
        assert_eq!(read.class_ref.as_deref(), Some("urn:old:mfa"));
        assert_eq!(read.value("https://data.gov.dk/concept/core/nsis/loa"), Some("Substantial"));
    })
    .await;
}

#[tokio::test]
async fn exactly_a_level_is_at_least_that_level_unless_the_policy_takes_it_literally() {
    for_each_world(|world| async move {
        let (anna, node) = (world.anna().await, world.node().await);
        let lenient = world.sp("lenient", OIOSAML3).await;
        let literal = world.sp("literal", "exact_comparison = \"as-written\"").await;
        let mut browser = Browser::default();
        let request = lenient.request(&world, |it| it.class_refs = SUBSTANTIAL);
        browser.logs_in(&world, &node, &request, &anna).await;
        for (sp, comparison, heard) in [
            (&lenient, "exact", "an assertion"),
            (&literal, "exact", "NoAuthnContext"),
            (&literal, "minimum", "an assertion"),
        ] {
            let request = sp.request_comparing(&world, comparison, LOW);
            let form = posted(browser.opens(&world, &node, &request).await);
            let found = match sp.reads(&world, &form.saml_response, &request.id) {
                Ok(_) => "an assertion".to_owned(),
                Err(_) => sp.hears(&world, &form.saml_response, &request.id),
            };
            assert_eq!(found, heard, "{comparison}");
        }
        let request = literal.request_comparing(&world, "exact", SUBSTANTIAL);
        let form = posted(browser.opens(&world, &node, &request).await);
        assert!(literal.reads(&world, &form.saml_response, &request.id).is_ok());
    })
    .await;
}

#[tokio::test]
async fn chosen_algorithms_and_signatures_are_used() {
    for_each_world(|world| async move {
        let (anna, node) = (world.anna().await, world.node().await);
        let check = async |name: &str, policy: &str, cipher: &str, transport: &str, signatures: usize| {
            let sp = world.sp(name, policy).await;
            let request = sp.request(&world, |_| {});
            let form = Browser::default().logs_in(&world, &node, &request, &anna).await;
            assert!(sp.reads(&world, &form.saml_response, &request.id).is_ok());
            let xml = String::from_utf8(STANDARD.decode(&form.saml_response).unwrap()).unwrap();
            assert!(xml.contains(cipher) && xml.contains(transport), "{policy}: {xml}");
            assert_eq!(xml.matches("<ds:SignatureValue").count(), signatures, "{policy}");
        };
        let explicit =
            "encryption = { explicit = { cipher = \"aes192-gcm\", transport = \"rsa-oaep-mgf1p\" } }";
        check("a", explicit, "xmlenc11#aes192-gcm", "xmlenc#rsa-oaep-mgf1p", 0).await;
        check("b", OIOSAML3, "xmlenc11#aes256-gcm", "xmlenc11#rsa-oaep", 0).await;
        check(
            "c",
            "encryption = \"compatible\"\nsigning = \"assertion-and-response\"",
            "xmlenc11#aes256-gcm",
            "xmlenc#rsa-oaep-mgf1p",
            1,
        )
        .await;
    })
    .await;
}
