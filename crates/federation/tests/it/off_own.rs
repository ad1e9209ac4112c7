//! Ways to a person's own pages, and that none leads past a lock.

use portner_authenticators::device::claim::Claim;
use portner_authenticators::invitation::{INVITATION_LIFE_MAX, invite};
use portner_authenticators::webauthn::Wish;
use portner_authenticators::{NotAdopted, Password};
use portner_domain::role::Action;
use portner_federation::office::NotInOffice;
use portner_federation::{Begun, Chosen, Declined, KeyDeclined, Me, NotFinished, OwnPage, Reply, TermsRead};

use crate::browser::{Browser, asks_code, asks_password};
use crate::soft_key::SoftKey;
use crate::stage::{Node, ORIGIN, PASSWORD, User, World, for_each_world};

/// Public functions that take a visit and have to do with no service provider.
pub const OWN_WAYS: [&str; 26] = [
    "me",
    "log_in_for",
    "step_up_for",
    "add_totp",
    "add_code_device",
    "change_password",
    "new_recovery_codes",
    "remove_authenticator",
    "report_lost",
    "rename_authenticator",
    "block_myself",
    "agree_on_own_page",
    "network_password",
    "end_own_session",
    "end_other_sessions",
    "look_at_invitation",
    "begin_welcome",
    "welcome_under_way",
    "choose_welcome_password",
    "finish_welcome",
    "key",
    "go_over",
    "choose",
    "add_key",
    "officer",
    "warrant",
];

const CLAIM: Claim<'static> = Claim { serial: "1234567", codes: ["000000", "111111"] };

/// Somebody in the middle of everything when the lock falls.
struct Caught {
    node: Node,
    anna: User,
    browser: Browser,
    me: Me,
    key: SoftKey,
    new_key: String,
    code: String,
}

async fn caught(world: &World) -> Caught {
    let (node, anna, mut browser) = (world.node().await, world.anna().await, Browser::default());
    let asked = browser.does(world, &node, async |it, visit| it.step_up_for(OwnPage::AddKey, visit).await);
    let asked = asked.await.unwrap();
    let asked = browser.types_password(world, &node, &asked, &anna).await;
    asks_code(&asked);
    browser.types_code(world, &node, &asked, &world.code(&anna)).await;
    let me = node.federation.me(&browser.visit(world)).await.unwrap().unwrap();
    let mut key = SoftKey::new(ORIGIN);
    let options = node.federation.new_key_question(&me, Wish::Passkey).await.unwrap().unwrap();
    let made = key.makes(&options);
    let name = "Min nøgle".parse().unwrap();
    node.federation.add_key(Wish::Passkey, &name, &made, &browser.visit(world)).await.unwrap().unwrap();
    let options = node.federation.new_key_question(&me, Wish::SecurityKey).await.unwrap().unwrap();
    let new_key = SoftKey::new(ORIGIN).makes(&options);
    let mut tx = world.begin().await;
    let invited = invite(&mut tx, &*world.stage.entropy, anna.identity.id, None, INVITATION_LIFE_MAX).await;
    tx.commit().await.unwrap();
    let code = invited.unwrap().unwrap().1.expose().to_string();
    let mut visit = browser.visit(world);
    assert!(matches!(node.federation.begin_welcome(&code, &mut visit).await.unwrap(), Begun::Here(_)));
    browser.browser = visit.browser;
    Caught { node, anna, browser, me, key, new_key, code }
}

fn typed() -> Password {
    Password::typed(PASSWORD).unwrap()
}

async fn tries(world: &World, way: &str, it: &mut Caught) {
    let Caught { node, anna, browser, me, new_key, .. } = it;
    let (federation, visit) = (&node.federation, &browser.visit(world));
    let which = me.standing.authenticators.first().unwrap().id;
    let name = "Nyt navn".parse().unwrap();
    let logged_out = Some(Declined::LoggedOut);
    match way {
        "me" => assert!(federation.me(visit).await.unwrap().is_none()),
        "log_in_for" | "step_up_for" | "key" | "go_over" | "choose" => tries_login(world, way, it).await,
        "add_key" => {
            let added = federation.add_key(Wish::SecurityKey, &name, new_key, visit).await.unwrap();
            assert_eq!(added.err(), logged_out.map(KeyDeclined::Change));
        }
        "add_totp" => assert_eq!(federation.add_totp("000000", visit).await.unwrap().err(), logged_out),
        "add_code_device" => {
            assert_eq!(federation.add_code_device(&CLAIM, visit).await.unwrap().err(), logged_out);
        }
        "change_password" => {
            let hashed = node.authenticators.hash(&typed()).await.unwrap();
            assert_eq!(federation.change_password(&hashed, visit).await.unwrap().err(), logged_out);
        }
        "new_recovery_codes" => {
            assert_eq!(federation.new_recovery_codes(visit).await.unwrap().err(), logged_out);
        }
        "remove_authenticator" => {
            assert_eq!(federation.remove_authenticator(which, visit).await.unwrap().err(), logged_out);
        }
        "report_lost" => assert_eq!(federation.report_lost(which, visit).await.unwrap().err(), logged_out),
        "rename_authenticator" => {
            let renamed = federation.rename_authenticator(which, &name, visit).await.unwrap();
            assert_eq!(renamed.err(), logged_out);
        }
        "officer" => assert!(matches!(federation.officer(visit).await.unwrap(), Err(NotInOffice::LoggedOut))),
        "warrant" => {
            let warrant = federation.warrant(visit, Action::FindPeople, None).await.unwrap();
            assert!(matches!(warrant, Err(NotInOffice::LoggedOut)));
        }
        // Whoever was let in just before the lock ends nothing more than the lock did.
        "block_myself" => federation.block_myself(me, visit).await.unwrap(),
        "agree_on_own_page" => {
            let read = TermsRead { version: "2026-1", sha256: "" };
            assert!(!federation.agree_on_own_page(me, read, visit).await.unwrap());
        }
        "network_password" => {
            let locked = federation.network_password(&anna.identity, &typed(), visit).await.unwrap();
            assert_eq!(locked.err(), Some(NotAdopted::NoDirectory));
        }
        "end_own_session" => {
            assert!(!federation.end_own_session(me, me.session.name, visit).await.unwrap());
        }
        "end_other_sessions" => {
            assert_eq!(federation.end_other_sessions(me, "test", visit).await.unwrap(), 0);
        }
        welcome => tries_welcome(world, welcome, it).await,
    }
}

/// The same with a login that begins now.
async fn tries_login(world: &World, way: &str, it: &mut Caught) {
    let Caught { node, anna, browser, me, key, .. } = it;
    match way {
        "log_in_for" | "step_up_for" => {
            let asked = browser.does(world, node, async |it, visit| match way {
                "log_in_for" => it.log_in_for(OwnPage::Profile, visit).await,
                _ => it.step_up_for(OwnPage::Profile, visit).await,
            });
            let asked = asked.await.unwrap();
            asks_password(&browser.types_password(world, node, &asked, anna).await);
        }
        "key" => {
            let asked =
                browser.does(world, node, async |it, visit| it.log_in_for(OwnPage::Profile, visit).await);
            let Reply::AskPassword(ask) = asked.await.unwrap() else { panic!("a passkey would do") };
            let answer = key.answers(ask.key.as_deref().unwrap()).unwrap();
            let reply = browser.does(world, node, async |it, visit| it.key(ask.flow, &answer, visit).await);
            asks_password(&reply.await.unwrap());
        }
        "go_over" => {
            let gone =
                node.federation.go_over(me, anna.identity.id, &mut browser.visit(world)).await.unwrap();
            assert!(gone.is_none());
        }
        "choose" => {
            let asked =
                browser.does(world, node, async |it, visit| it.log_in_for(OwnPage::Profile, visit).await);
            let flow = asks_password(&asked.await.unwrap()).flow;
            let who = Some(anna.identity.id);
            let chosen = browser.does(world, node, async |it, visit| it.choose(flow, who, visit).await);
            asks_password(&chosen.await.unwrap());
        }
        other => panic!("say what somebody does at {other}"),
    }
}

/// The same with an invitation.
async fn tries_welcome(world: &World, way: &str, it: &Caught) {
    let Caught { node, browser, new_key, code, .. } = it;
    let (federation, visit) = (&node.federation, &browser.visit(world));
    let name = "Nyt navn".parse().unwrap();
    match way {
        "look_at_invitation" | "begin_welcome" => {
            let begun = federation.begin_welcome(code, &mut browser.visit(world)).await.unwrap();
            assert!(matches!(begun, Begun::NotGood), "{begun:?}");
        }
        "welcome_under_way" => assert!(federation.welcome_under_way(visit).await.unwrap().is_none()),
        "choose_welcome_password" => {
            let hashed = node.authenticators.hash(&Password::typed(PASSWORD).unwrap()).await.unwrap();
            assert!(!federation.choose_welcome_password(&hashed, visit).await.unwrap());
        }
        "finish_welcome" => {
            for chosen in [
                Chosen::App("000000"),
                Chosen::Device(CLAIM),
                Chosen::Key { wish: Wish::Passkey, name: &name, response: new_key },
            ] {
                let finished = federation.finish_welcome(chosen, visit).await.unwrap();
                assert_eq!(finished.map(drop), Err(NotFinished::Gone));
            }
        }
        other => panic!("say what somebody does at {other}"),
    }
}

#[tokio::test]
async fn t_off_01_no_way_to_ones_own_pages_leads_past_a_lock() {
    for_each_world(|world| async move {
        let mut it = caught(&world).await;
        world.lock(&it.anna).await;
        let before =
            (world.events("session-begun").await.len(), world.events("authenticator-bound").await.len());
        for way in OWN_WAYS {
            tries(&world, way, &mut it).await;
        }
        let after =
            (world.events("session-begun").await.len(), world.events("authenticator-bound").await.len());
        assert_eq!(before, after);
        // Who blocks herself in the moment of another's lock has one of her own besides.
        assert_eq!(world.events("identity-locked").await.len(), 2);
        assert!(!it.browser.is_logged_in(&world, &it.node).await);
    })
    .await;
}
