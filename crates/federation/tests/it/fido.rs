//! Keys at the door: a passkey instead of the password, a security key after it, and what each is worth.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use portner_audit_log::{Actor, Event};
use portner_authenticators::webauthn::{
    Acceptance, Asked, Declined as Unfit, MetadataFile, Models, Policy as KeyPolicy, RelyingParty, Wish,
    watch,
};
use portner_authenticators::{Attempt, Fido, KeyFault, KeyResponse, Password, Refusal};
use portner_domain::authenticator::{Ceremony, Kind};
use portner_domain::proofing::Evidence;
use portner_domain::throttle::{FAILURES_IN_A_ROW_MAX, Wait};
use portner_domain::{FlowId, Level};
use portner_federation::{Declined, KeyDeclined, OwnPage, Problem, Reply};

use crate::browser::{Browser, asks_code, asks_password, posted};
use crate::soft_key::{Maker, Publisher, Said, SoftKey};
use crate::stage::{Node, OIOSAML3, ORIGIN, SUBSTANTIAL, User, World, for_each_world};
use uuid::Uuid;

const LOA: &str = "https://data.gov.dk/concept/core/nsis/loa";

/// Log in to one's own pages, as far as a change needs it.
async fn on_own_page(world: &World, node: &Node, user: &User) -> Browser {
    let mut browser = Browser::default();
    let page = OwnPage::AddKey;
    let mut reply =
        browser.does(world, node, async |it, visit| it.step_up_for(page, visit).await).await.unwrap();
    reply = browser.types_password(world, node, &reply, user).await;
    if let Reply::AskCode(_) = reply {
        reply = browser.types_code(world, node, &reply, &world.code(user)).await;
    }
    assert!(matches!(reply, Reply::GoToOwn(OwnPage::AddKey)), "{reply:?}");
    browser
}

async fn adds(
    world: &World,
    node: &Node,
    browser: &Browser,
    wish: Wish,
    key: &mut SoftKey,
) -> Result<(), KeyDeclined> {
    let visit = browser.visit(world);
    let me = node.federation.me(&visit).await.unwrap().unwrap();
    let options = node.federation.new_key_question(&me, wish).await.unwrap()?;
    let name = "Min nøgle".parse().unwrap();
    node.federation.add_key(wish, &name, &key.makes(&options), &visit).await.unwrap().map(drop)
}

/// Somebody with this key of theirs.
pub async fn somebody(world: &World, node: &Node, wish: Wish, key: &mut SoftKey) -> User {
    let anna = world.anna().await;
    let browser = on_own_page(world, node, &anna).await;
    adds(world, node, &browser, wish, key).await.unwrap();
    world.pass(1);
    anna
}

pub async fn answers(
    browser: &mut Browser,
    world: &World,
    node: &Node,
    asked: &Reply,
    response: &str,
) -> Reply {
    let flow = match asked {
        Reply::AskPassword(ask) | Reply::AskCode(ask) => ask.flow,
        other => panic!("{other:?}"),
    };
    browser.does(world, node, async |it, visit| it.key(flow, response, visit).await).await.unwrap()
}

#[tokio::test]
async fn a_passkey_of_one_device_is_substantial_and_one_that_is_copied_is_low() {
    for (make, level) in [
        (SoftKey::new as fn(&str) -> SoftKey, Some("Substantial")),
        (SoftKey::synced as fn(&str) -> SoftKey, Some("Low")),
    ] {
        for_each_world(|world| async move {
            let (node, sp) = (world.node().await, world.sp("sag", OIOSAML3).await);
            let mut key = make(ORIGIN);
            somebody(&world, &node, Wish::Passkey, &mut key).await;
            let mut browser = Browser::default();
            let request = sp.request(&world, |_| {});
            let asked = browser.opens(&world, &node, &request).await;
            let options = asks_password(&asked).key.clone().unwrap();
            assert!(options.contains("\"allowCredentials\":[]"), "{options}");
            let response = key.answers(&options).unwrap();
            let form = posted(answers(&mut browser, &world, &node, &asked, &response).await);
            let told = sp.reads(&world, &form.saml_response, &request.id).unwrap();
            assert_eq!(told.value(LOA), level);
        })
        .await;
    }
}

#[tokio::test]
async fn a_security_key_after_the_password_is_substantial() {
    for_each_world(|world| async move {
        let (node, sp) = (world.node().await, world.sp("sag", OIOSAML3).await);
        let mut key = SoftKey::new(ORIGIN);
        let anna = somebody(&world, &node, Wish::SecurityKey, &mut key).await;
        let mut browser = Browser::default();
        let request = sp.request(&world, |it| it.class_refs = SUBSTANTIAL);
        let asked = browser.opens(&world, &node, &request).await;
        let for_anybody = asks_password(&asked).key.clone().unwrap();
        assert!(key.answers(&for_anybody).is_none(), "it does not say who she is");
        let asked = browser.types_password(&world, &node, &asked, &anna).await;
        assert_eq!(asks_code(&asked).choices, [Kind::Totp, Kind::SecurityKey]);
        let options = asks_code(&asked).key.clone().unwrap();
        let response = key.answers(&options).unwrap();
        let form = posted(answers(&mut browser, &world, &node, &asked, &response).await);
        let told = sp.reads(&world, &form.saml_response, &request.id).unwrap();
        assert_eq!(told.value(LOA), Some("Substantial"));
    })
    .await;
}

#[tokio::test]
async fn t_wa_03_who_has_keys_is_told_only_after_the_password() {
    for_each_world(|world| async move {
        let (node, sp) = (world.node().await, world.sp("sag", OIOSAML3).await);
        somebody(&world, &node, Wish::SecurityKey, &mut SoftKey::new(ORIGIN)).await;
        let mut questions = Vec::new();
        for typed in ["anna", "nobody"] {
            let mut browser = Browser::default();
            let asked = browser.opens(&world, &node, &sp.request(&world, |_| {})).await;
            let flow = asks_password(&asked).flow;
            let again = browser
                .does(&world, &node, async |it, visit| {
                    it.password(flow, typed, "wrong password", visit).await
                })
                .await
                .unwrap();
            let question = asks_password(&again).key.clone().unwrap();
            let mut question: serde_json::Value = serde_json::from_str(&question).unwrap();
            question["publicKey"]["challenge"] = serde_json::Value::Null;
            questions.push(question);
        }
        assert_eq!(questions.first(), questions.last());
    })
    .await;
}

#[tokio::test]
async fn t_mfa_01_the_key_of_somebody_else_does_not_help() {
    for_each_world(|world| async move {
        let (node, sp) = (world.node().await, world.sp("sag", OIOSAML3).await);
        let mut annas = SoftKey::new(ORIGIN);
        somebody(&world, &node, Wish::Passkey, &mut annas).await;
        let carl = world.user("carl").with_password().with_totp().proofed(Evidence::InPerson);
        let carl = carl.registered().await;
        let browser = on_own_page(&world, &node, &carl).await;
        adds(&world, &node, &browser, Wish::SecurityKey, &mut SoftKey::new(ORIGIN)).await.unwrap();
        let mut browser = Browser::default();
        let request = sp.request(&world, |it| it.class_refs = SUBSTANTIAL);
        let asked = browser.opens(&world, &node, &request).await;
        let asked = browser.types_password(&world, &node, &asked, &carl).await;
        let options = asks_code(&asked).key.clone().unwrap();
        let mut forged: serde_json::Value = serde_json::from_str(&options).unwrap();
        forged["publicKey"]["allowCredentials"] = serde_json::json!([]);
        let response = annas.answers(&forged.to_string()).unwrap();
        let again = answers(&mut browser, &world, &node, &asked, &response).await;
        assert_eq!(asks_code(&again).problem, Some(Problem::WrongKey));
        assert!(!browser.has_session());
    })
    .await;
}

#[tokio::test]
async fn a_key_that_is_not_in_order_is_told_of_and_nobody_is_logged_in() {
    for_each_world(|world| async move {
        let (node, sp) = (world.node().await, world.sp("sag", OIOSAML3).await);
        let mut key = SoftKey::new(ORIGIN);
        somebody(&world, &node, Wish::Passkey, &mut key).await;
        let mut browser = Browser::default();
        let asked = browser.opens(&world, &node, &sp.request(&world, |_| {})).await;
        let options = asks_password(&asked).key.clone().unwrap();
        let lie = key.answers_but(&options, Said::unverified).unwrap();
        let again = answers(&mut browser, &world, &node, &asked, &lie).await;
        assert_eq!(asks_password(&again).problem, Some(Problem::WrongKey));
        // The page that says so asks a new question; the old one is over.
        let late = key.answers(&options).unwrap();
        let again = answers(&mut browser, &world, &node, &again, &late).await;
        assert_eq!(asks_password(&again).problem, Some(Problem::WrongKey));
        let options = asks_password(&again).key.clone().unwrap();
        world.pass(6);
        let late = key.answers(&options).unwrap();
        let again = answers(&mut browser, &world, &node, &again, &late).await;
        assert_eq!(asks_password(&again).problem, Some(Problem::KeyTooLate));
        let again = answers(&mut browser, &world, &node, &again, "nonsense").await;
        assert_eq!(asks_password(&again).problem, Some(Problem::WrongKey));
        assert!(!browser.has_session());
    })
    .await;
}

#[tokio::test]
async fn a_key_is_added_only_while_the_rule_allows_it_and_where_it_was_asked_for() {
    for_each_world(|world| async move {
        let (node, anna) = (world.node().await, world.anna().await);
        let browser = on_own_page(&world, &node, &anna).await;
        let visit = browser.visit(&world);
        let me = node.federation.me(&visit).await.unwrap().unwrap();
        let wish = Wish::Passkey;
        let options = node.federation.new_key_question(&me, wish).await.unwrap().unwrap();
        let (mut key, name) = (SoftKey::new(ORIGIN), "Min nøgle".parse().unwrap());
        let made = key.makes(&options);
        let other = node.federation.add_key(Wish::SecurityKey, &name, &made, &visit).await.unwrap();
        let over = Unfit::Fault(portner_authenticators::KeyFault::Over);
        assert_eq!(other, Err(KeyDeclined::Key(over)), "another wish is another question");
        let stranger = Browser::default().visit(&world);
        let nobody = node.federation.add_key(wish, &name, &made, &stranger).await.unwrap();
        assert_eq!(nobody, Err(KeyDeclined::Change(Declined::LoggedOut)));
        world.pass(11);
        let late = node.federation.add_key(wish, &name, &made, &visit).await.unwrap();
        assert!(matches!(late, Err(KeyDeclined::Change(Declined::Rule(_)))), "{late:?}");
        assert!(world.events("fido-credential-recorded").await.is_empty());
    })
    .await;
}

/// Guess at the password until it is closed, and once more.
async fn closes_the_password(world: &World, node: &Node, user: &User) {
    let (attempt, wrong) = (
        Attempt {
            flow: FlowId::new(world.now(), &*world.stage.entropy),
            address: "198.51.100.7".parse().unwrap(),
        },
        Password::typed("wrong").unwrap(),
    );
    let (it, name) = (&node.authenticators, &user.identity.user_name);
    for _ in 0..=FAILURES_IN_A_ROW_MAX {
        if let Some(Wait::Until(until)) = it.closed(user.identity.id, Kind::Password).await.unwrap() {
            world.stage.clock.advance(until.since(world.now()).unwrap());
        }
        it.verify_password(&attempt, name, Some(&user.identity), &wrong).await.unwrap().unwrap_err();
    }
}

#[tokio::test]
async fn a_new_password_opens_what_guessing_at_the_old_one_has_closed() {
    for_each_world(|world| async move {
        let (node, mut key) = (world.node().await, SoftKey::new(ORIGIN));
        let anna = somebody(&world, &node, Wish::Passkey, &mut key).await;
        closes_the_password(&world, &node, &anna).await;
        let closed = world.events("factor-closed").await;
        let (identity, authenticator_kind) = (anna.identity.id, Kind::Password);
        assert_eq!(closed, [Event::FactorClosed { identity, authenticator_kind }], "told once");
        let mut browser = Browser::default();
        let page = OwnPage::ChangePassword;
        let asked = browser.does(&world, &node, async |it, visit| it.step_up_for(page, visit).await).await;
        let asked = asked.unwrap();
        let refused = browser.types_password(&world, &node, &asked, &anna).await;
        assert_eq!(asks_password(&refused).problem, Some(Problem::TooMany(Wait::ForHelp)));
        let response = key.answers(&asks_password(&refused).key.clone().unwrap()).unwrap();
        let reply = answers(&mut browser, &world, &node, &refused, &response).await;
        assert!(matches!(reply, Reply::GoToOwn(OwnPage::ChangePassword)), "{reply:?}");

        let new = Password::typed("en helt anden sætning").unwrap();
        let hashed = node.authenticators.choose_password(&anna.identity, &new).await.unwrap().unwrap();
        node.federation.change_password(&hashed, &browser.visit(&world)).await.unwrap().unwrap();
        let why = "new-password".to_owned();
        assert_eq!(world.events("factors-reopened").await, [Event::FactorsReopened { identity, why }]);
        assert_eq!(node.authenticators.closed(identity, Kind::Password).await.unwrap(), None);

        // A change where nothing is closed opens nothing.
        let newer = Password::typed("endnu en anden sætning").unwrap();
        let hashed = node.authenticators.choose_password(&anna.identity, &newer).await.unwrap().unwrap();
        node.federation.change_password(&hashed, &browser.visit(&world)).await.unwrap().unwrap();
        assert_eq!(world.events("factors-reopened").await.len(), 1);
    })
    .await;
}

const MODEL: Uuid = Uuid::from_u128(0x1111_1111_1111_4111_8111_1111_1111_1111);

/// A login with a passkey that a maker vouches for.
async fn proves(fido: &Fido, world: &World, anna: &User, key: &mut SoftKey) -> Result<(), Refusal> {
    let flow = FlowId::new(world.now(), &*world.stage.entropy);
    let attempt = Attempt { flow, address: "192.0.2.1".parse().unwrap() };
    let options = fido.ask(flow, Asked::Anybody).await.unwrap().unwrap();
    let response = KeyResponse::parse(&key.answers(&options).unwrap()).unwrap();
    fido.verify(&attempt, Some(&anna.identity), &response).await.unwrap().map(drop)
}

/// What `watch` waits for between two looks at the file, and no more than it.
async fn the_file_is_looked_at() {
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(61)).await;
    for _ in 0..10 {
        tokio::task::yield_now().await;
    }
    tokio::time::resume();
}

#[tokio::test]
async fn t_wa_01_a_model_that_is_withdrawn_stops_working_without_a_restart() {
    for_each_world(|world| async move {
        let (node, anna) = (world.node().await, world.anna().await);
        let (maker, publisher) = (Maker::of(MODEL), Publisher::fido());
        let path = world.stage.folder.path().join("fido.jwt");
        let mut day = SystemTime::UNIX_EPOCH;
        let (fine, broken) = (maker.entry("FIDO_CERTIFIED"), maker.entry("USER_KEY_REMOTE_COMPROMISE"));
        let mut publish = |number, entry: &serde_json::Value| {
            let text = publisher.publishes(number, "2026-12-24", std::slice::from_ref(entry));
            std::fs::write(&path, text).unwrap();
            // Not the same moment, however coarse the clock of the file system.
            day += Duration::from_secs(60);
            std::fs::File::options().write(true).open(&path).unwrap().set_modified(day).unwrap();
        };
        publish(1, &fine);
        let roots = publisher.root_pem.clone().into_bytes();
        let metadata = Some(MetadataFile { path: path.clone(), roots });
        let policy = KeyPolicy { accepted: Acceptance::Known, metadata, ..KeyPolicy::default() };
        let models = Models::open(policy, world.now()).unwrap();
        let site = RelyingParty { origin: ORIGIN.to_owned(), name: "Medarbejderlogin".to_owned() };
        let fido = Fido::new(node.authenticators.clone(), &site, models.clone()).unwrap();
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let watching = tokio::spawn(watch(models, Arc::clone(&world.stage.clock) as _, async {
            drop(stopped.await);
        }));
        tokio::task::yield_now().await;

        let mut key = SoftKey::made_by(maker, ORIGIN);
        let options = fido.ask_new("s", &anna.identity, Wish::Passkey).await.unwrap().unwrap();
        let by = Actor::Identity(anna.identity.id);
        let made = key.makes(&options);
        let made = fido.verify_new("s", anna.identity.id, Wish::Passkey, &made, by).await.unwrap().unwrap();
        let mut tx = world.begin().await;
        let (name, ceremony) = ("Nøgle".parse().unwrap(), Ceremony::InSession(Level::Substantial));
        fido.bind(&mut tx, made, &name, ceremony).await.unwrap().unwrap();
        tx.commit().await.unwrap();
        assert_eq!(proves(&fido, &world, &anna, &mut key).await, Ok(()));

        publish(2, &broken);
        assert_eq!(proves(&fido, &world, &anna, &mut key).await, Ok(()), "nobody has looked yet");
        the_file_is_looked_at().await;
        let withdrawn = Err(Refusal::Key(KeyFault::Model));
        assert_eq!(proves(&fido, &world, &anna, &mut key).await, withdrawn);
        assert_eq!(world.events("fido-credential-suspected").await.len(), 1);

        std::fs::write(&path, "half a fi").unwrap();
        the_file_is_looked_at().await;
        assert_eq!(proves(&fido, &world, &anna, &mut key).await, withdrawn, "a broken file changes nothing");
        publish(3, &fine);
        the_file_is_looked_at().await;
        assert_eq!(proves(&fido, &world, &anna, &mut key).await, Ok(()), "and the watch goes on after it");
        drop(stop);
        watching.await.unwrap();
    })
    .await;
}
