//! Proving that somebody has a key: each step that an answer can fail at (WebAuthn 7.2), and what is kept of it.

use portner_audit_log::{Actor, Event};
use portner_authenticators::webauthn::{Asked, CEREMONY_LIFE, Fido, Models, Policy, RelyingParty, Wish};
use portner_authenticators::{Attempt, AuthenticatorName, KeyFault, KeyResponse, Refusal};
use portner_domain::authenticator::{Ceremony, Kind, Proof};
use portner_domain::identity::{Identity, State};
use portner_domain::{Clock, FlowId, Level, Millis};

use crate::soft_key::{Said, SoftKey};
use crate::stage::{HERE, World, for_each_world};

pub const ORIGIN: &str = "https://login.example.dk";
pub const SESSION: &str = "a session";

/// What verifies keys at a node, under a policy.
pub async fn fido(world: &World, policy: Policy) -> Fido {
    let models = Models::open(policy, world.stage.clock.now()).unwrap();
    fido_with(world, models).await
}

pub async fn fido_with(world: &World, models: Models) -> Fido {
    let site = RelyingParty { origin: ORIGIN.to_owned(), name: "Medarbejderlogin".to_owned() };
    Fido::new(world.node().await, &site, models).unwrap()
}

/// Somebody makes a key here, and it becomes theirs.
pub async fn bound(world: &World, fido: &Fido, who: &Identity, key: &mut SoftKey, wish: Wish) -> Kind {
    let options = fido.ask_new(SESSION, who, wish).await.unwrap().unwrap();
    let made = fido
        .verify_new(SESSION, who.id, wish, &key.makes(&options), Actor::Identity(who.id))
        .await
        .unwrap()
        .unwrap();
    let name: AuthenticatorName = "Nøgle".parse().unwrap();
    let mut tx = world.stage.log.begin(Actor::system("test")).await.unwrap();
    let ceremony = Ceremony::InSession(Level::Substantial);
    let bound = fido.bind(&mut tx, made, &name, ceremony).await.unwrap().unwrap();
    tx.commit().await.unwrap();
    bound.kind
}

/// Somebody with a key of this kind.
async fn somebody(world: &World, fido: &Fido, name: &str, wish: Wish) -> (Identity, SoftKey) {
    let (who, mut key) = (world.nobody_yet(name).await, SoftKey::new(ORIGIN));
    bound(world, fido, &who, &mut key, wish).await;
    (who, key)
}

async fn answered(
    fido: &Fido,
    attempt: &Attempt,
    who: Option<&Identity>,
    response: &str,
) -> Result<Proof, Refusal> {
    match KeyResponse::parse(response) {
        Ok(response) => fido.verify(attempt, who, &response).await.unwrap(),
        Err(fault) => Err(Refusal::Key(fault)),
    }
}

/// A login with a passkey, in which the key says something else than is true.
async fn lies(world: &World, wish: Wish, lie: impl FnOnce(&mut Said)) -> Result<Proof, Refusal> {
    let fido = fido(world, Policy::default()).await;
    let (anna, mut key) = somebody(world, &fido, "anna", wish).await;
    let attempt = world.attempt(HERE);
    let kinds = [Kind::SecurityKey];
    let asked = match wish {
        Wish::Passkey => Asked::Anybody,
        Wish::SecurityKey => Asked::Owner(anna.id, &kinds),
    };
    let options = fido.ask(attempt.flow, asked).await.unwrap().unwrap();
    let response = key.answers_but(&options, lie).unwrap();
    answered(&fido, &attempt, Some(&anna), &response).await
}

/// The lie is refused at its step, and nothing but the lie was wrong.
async fn check(wish: Wish, fault: KeyFault, lie: fn(&mut Said)) {
    for_each_world(|world| async move {
        assert_eq!(lies(&world, wish, lie).await.map(drop), Err(Refusal::Key(fault)));
        let told = world.events("authenticator-refused").await;
        let is_told = told
            .iter()
            .any(|it| matches!(it, Event::AuthenticatorRefused { why, .. } if why == fault.code()));
        let unread = matches!(fault, KeyFault::Id | KeyFault::Unreadable) || told.is_empty();
        assert!(is_told || unread, "{told:?}");
        assert!(world.events("authenticator-accepted").await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_true_answer_proves_it() {
    for wish in [Wish::Passkey, Wish::SecurityKey] {
        for_each_world(|world| async move {
            let proof = lies(&world, wish, |_| {}).await.unwrap();
            assert_eq!(proof.kind, if wish == Wish::Passkey { Kind::Passkey } else { Kind::SecurityKey });
            assert_eq!(proof.at, world.stage.clock.now());
            assert_eq!(world.events("authenticator-accepted").await.len(), 1);
        })
        .await;
    }
}

#[tokio::test]
async fn t_wa_01_an_answer_to_another_kind_of_question_is_refused() {
    check(Wish::Passkey, KeyFault::Type, |said| said.kind = "webauthn.create".to_owned()).await;
}

#[tokio::test]
async fn t_wa_01_an_answer_to_another_question_is_refused() {
    check(Wish::Passkey, KeyFault::Challenge, |said| said.challenge = "AAAA".to_owned()).await;
}

#[tokio::test]
async fn t_wa_01_an_answer_made_at_another_site_is_refused() {
    let elsewhere: [fn(&mut Said); 5] = [
        |said| said.origin = "https://login.example.dk.evil.example".to_owned(),
        |said| said.origin = "https://evil.login.example.dk".to_owned(),
        |said| said.origin = "https://example.dk".to_owned(),
        |said| said.origin = "https://login.example.dk:8443".to_owned(),
        |said| said.origin = "http://login.example.dk".to_owned(),
    ];
    for lie in elsewhere {
        check(Wish::Passkey, KeyFault::Origin, lie).await;
    }
}

#[tokio::test]
async fn t_wa_01_an_answer_made_inside_another_sites_page_is_refused() {
    check(Wish::Passkey, KeyFault::Origin, |said| said.cross_origin = true).await;
}

#[tokio::test]
async fn t_wa_01_an_answer_for_another_relying_party_is_refused() {
    check(Wish::Passkey, KeyFault::RelyingParty, |said| said.rp_id = "example.dk".to_owned()).await;
}

#[tokio::test]
async fn t_wa_01_an_answer_that_nobody_touched_is_refused() {
    check(Wish::Passkey, KeyFault::NotPresent, Said::untouched).await;
    check(Wish::SecurityKey, KeyFault::NotPresent, Said::untouched).await;
}

#[tokio::test]
async fn t_wa_01_a_changed_signature_is_refused() {
    check(Wish::Passkey, KeyFault::Signature, |said| said.signature_is_changed = true).await;
}

#[tokio::test]
async fn t_wa_01_two_names_for_one_credential_are_refused() {
    check(Wish::Passkey, KeyFault::Id, |said| said.id = vec![7; 32]).await;
    check(Wish::Passkey, KeyFault::Id, |said| said.raw_id = vec![7; 32]).await;
    check(Wish::Passkey, KeyFault::Id, |said| said.credential_type = "password".to_owned()).await;
}

#[tokio::test]
async fn t_wa_01_a_credential_that_may_be_copied_since_is_refused() {
    check(Wish::Passkey, KeyFault::Backup, Said::may_be_copied).await;
}

#[tokio::test]
async fn t_wa_01_a_passkey_has_to_say_whose_it_is_and_be_right() {
    check(Wish::Passkey, KeyFault::UserHandle, |said| said.user_handle = None).await;
    check(Wish::Passkey, KeyFault::UserHandle, |said| said.user_handle = Some(Vec::new())).await;
    check(Wish::Passkey, KeyFault::UserHandle, |said| said.user_handle = Some(vec![1; 16])).await;
    check(Wish::SecurityKey, KeyFault::UserHandle, |said| said.user_handle = Some(vec![1; 16])).await;
}

#[tokio::test]
async fn t_wa_01_a_credential_of_nobody_or_of_somebody_else_is_refused() {
    for_each_world(|world| async move {
        let fido = fido(&world, Policy::default()).await;
        let (anna, mut annas) = somebody(&world, &fido, "anna", Wish::Passkey).await;
        let (carl, _) = somebody(&world, &fido, "carl", Wish::Passkey).await;
        let attempt = world.attempt(HERE);
        let asked = async || fido.ask(attempt.flow, Asked::Anybody).await.unwrap().unwrap();
        let response = annas.answers(&asked().await).unwrap();
        let owner = fido.owner(&KeyResponse::parse(&response).unwrap()).await.unwrap();
        assert_eq!(owner, Some(anna.id));
        let said = answered(&fido, &attempt, Some(&carl), &response).await;
        assert_eq!(said.map(drop), Err(Refusal::Key(KeyFault::Foreign)));

        let response = annas.answers_but(&asked().await, |said| {
            (said.id, said.raw_id) = (vec![7; 32], vec![7; 32]);
        });
        let response = response.unwrap();
        assert_eq!(fido.owner(&KeyResponse::parse(&response).unwrap()).await.unwrap(), None);
        let said = answered(&fido, &attempt, None, &response).await;
        assert_eq!(said.map(drop), Err(Refusal::Key(KeyFault::Unknown)));

        let response = annas.answers(&asked().await).unwrap();
        let locked = Identity { state: State::Locked, ..anna };
        let said = answered(&fido, &attempt, Some(&locked), &response).await;
        assert_eq!(said.map(drop), Err(Refusal::Key(KeyFault::Foreign)), "locked");
    })
    .await;
}

#[tokio::test]
async fn t_wa_01_a_question_is_answered_once_by_one_of_many() {
    for_each_world(|world| async move {
        let fido = fido(&world, Policy::default()).await;
        let (anna, mut key) = somebody(&world, &fido, "anna", Wish::Passkey).await;
        let attempt = world.attempt(HERE);
        let options = fido.ask(attempt.flow, Asked::Anybody).await.unwrap().unwrap();
        let response = key.answers(&options).unwrap();
        let all = (0..20).map(|_| answered(&fido, &attempt, Some(&anna), &response));
        let said = futures_util::future::join_all(all).await;
        assert_eq!(said.iter().filter(|it| it.is_ok()).count(), 1, "{said:?}");
        let over = Err(Refusal::Key(KeyFault::Over));
        assert!(said.iter().filter(|it| it.is_err()).all(|it| it.clone().map(drop) == over));

        let another =
            Attempt { flow: FlowId::new(world.stage.clock.now(), &*world.stage.entropy), ..attempt };
        assert_eq!(answered(&fido, &another, Some(&anna), &response).await.map(drop), over, "another login");
    })
    .await;
}

#[tokio::test]
async fn t_wa_01_a_question_waits_five_minutes() {
    for_each_world(|world| async move {
        let fido = fido(&world, Policy::default()).await;
        let (anna, mut key) = somebody(&world, &fido, "anna", Wish::Passkey).await;
        let attempt = world.attempt(HERE);
        let options = fido.ask(attempt.flow, Asked::Anybody).await.unwrap().unwrap();
        let response = key.answers(&options).unwrap();
        world.stage.clock.advance(Millis(CEREMONY_LIFE.0 + 1));
        let said = answered(&fido, &attempt, Some(&anna), &response).await;
        assert_eq!(said.map(drop), Err(Refusal::Key(KeyFault::Over)));
    })
    .await;
}

#[tokio::test]
async fn t_wa_02_a_passkey_that_did_not_ask_its_owner_is_refused_whatever_the_browser_was_told() {
    check(Wish::Passkey, KeyFault::NotVerified, Said::unverified).await;
    // As a second factor beside a security key, where the browser is told that it may do without.
    for_each_world(|world| async move {
        let fido = fido(&world, Policy::default()).await;
        let (anna, mut key) = somebody(&world, &fido, "anna", Wish::Passkey).await;
        bound(&world, &fido, &anna, &mut SoftKey::new(ORIGIN), Wish::SecurityKey).await;
        let attempt = world.attempt(HERE);
        let kinds = [Kind::Passkey, Kind::SecurityKey];
        let options = fido.ask(attempt.flow, Asked::Owner(anna.id, &kinds)).await.unwrap().unwrap();
        assert!(options.contains("\"userVerification\":\"preferred\""), "{options}");
        let response = key.answers_but(&options, Said::unverified).unwrap();
        let said = answered(&fido, &attempt, Some(&anna), &response).await;
        assert_eq!(said.map(drop), Err(Refusal::Key(KeyFault::NotVerified)));
    })
    .await;
}

#[tokio::test]
async fn t_wa_03_the_question_to_anybody_names_no_credential_and_is_the_same_for_all() {
    for_each_world(|world| async move {
        let fido = fido(&world, Policy::default()).await;
        somebody(&world, &fido, "anna", Wish::Passkey).await;
        let options = fido.ask(world.attempt(HERE).flow, Asked::Anybody).await.unwrap().unwrap();
        let options: serde_json::Value = serde_json::from_str(&options).unwrap();
        let options = &options["publicKey"];
        assert_eq!(options["allowCredentials"], serde_json::json!([]));
        assert_eq!(options["userVerification"], "required");
        assert_eq!(options["rpId"], "login.example.dk");
    })
    .await;
}

#[tokio::test]
async fn a_security_key_does_not_say_who_somebody_is() {
    for_each_world(|world| async move {
        let fido = fido(&world, Policy::default()).await;
        let (anna, mut key) = somebody(&world, &fido, "anna", Wish::SecurityKey).await;
        let attempt = world.attempt(HERE);
        let asked = fido.ask(attempt.flow, Asked::Anybody).await.unwrap().unwrap();
        assert!(key.answers(&asked).is_none(), "it is not discoverable");
        // One that is, all the same, is refused.
        let kinds = [Kind::SecurityKey];
        let named = fido.ask(world.attempt(HERE).flow, Asked::Owner(anna.id, &kinds)).await.unwrap().unwrap();
        let mut forged: serde_json::Value = serde_json::from_str(&asked).unwrap();
        let named: serde_json::Value = serde_json::from_str(&named).unwrap();
        forged["publicKey"]["allowCredentials"] = named["publicKey"]["allowCredentials"].clone();
        let handle = anna.id.0.as_bytes().to_vec();
        let response = key.answers_but(&forged.to_string(), |said| said.user_handle = Some(handle)).unwrap();
        let said = answered(&fido, &attempt, Some(&anna), &response).await;
        assert_eq!(said.map(drop), Err(Refusal::Key(KeyFault::NotAsked)));
    })
    .await;
}

#[tokio::test]
async fn t_mfa_01_the_key_of_one_person_is_no_second_factor_for_another() {
    for_each_world(|world| async move {
        let fido = fido(&world, Policy::default()).await;
        let (anna, mut annas) = somebody(&world, &fido, "anna", Wish::SecurityKey).await;
        let (carl, _) = somebody(&world, &fido, "carl", Wish::SecurityKey).await;
        let kinds = [Kind::SecurityKey];
        let attempt = world.attempt(HERE);
        let for_carl = fido.ask(attempt.flow, Asked::Owner(carl.id, &kinds)).await.unwrap().unwrap();
        assert!(annas.answers(&for_carl).is_none(), "Carl's question names Carl's key");
        let for_anna =
            fido.ask(world.attempt(HERE).flow, Asked::Owner(anna.id, &kinds)).await.unwrap().unwrap();
        let mut forged: serde_json::Value = serde_json::from_str(&for_carl).unwrap();
        let annas_key: serde_json::Value = serde_json::from_str(&for_anna).unwrap();
        forged["publicKey"]["allowCredentials"] = annas_key["publicKey"]["allowCredentials"].clone();
        let response = annas.answers(&forged.to_string()).unwrap();
        let said = answered(&fido, &attempt, Some(&carl), &response).await;
        assert_eq!(said.map(drop), Err(Refusal::Key(KeyFault::Foreign)));
    })
    .await;
}

#[tokio::test]
async fn a_key_that_came_after_the_question_does_not_answer_it() {
    for_each_world(|world| async move {
        let fido = fido(&world, Policy::default()).await;
        let (anna, _) = somebody(&world, &fido, "anna", Wish::SecurityKey).await;
        let (attempt, kinds) = (world.attempt(HERE), [Kind::SecurityKey]);
        let asked = fido.ask(attempt.flow, Asked::Owner(anna.id, &kinds)).await.unwrap().unwrap();
        let mut later = SoftKey::new(ORIGIN);
        bound(&world, &fido, &anna, &mut later, Wish::SecurityKey).await;
        let both = fido.ask(world.attempt(HERE).flow, Asked::Owner(anna.id, &kinds)).await.unwrap().unwrap();
        let mut forged: serde_json::Value = serde_json::from_str(&asked).unwrap();
        let both: serde_json::Value = serde_json::from_str(&both).unwrap();
        forged["publicKey"]["allowCredentials"] = both["publicKey"]["allowCredentials"].clone();
        let response = later.answers(&forged.to_string()).unwrap();
        let said = answered(&fido, &attempt, Some(&anna), &response).await;
        assert_eq!(said.map(drop), Err(Refusal::Key(KeyFault::NotAsked)));
        let none = fido.ask(attempt.flow, Asked::Owner(anna.id, &[Kind::Passkey])).await.unwrap();
        assert_eq!(none, None, "a question that nobody could answer");
    })
    .await;
}

#[tokio::test]
async fn t_wa_01_a_count_that_does_not_rise_is_refused_and_written_down() {
    for_each_world(|world| async move {
        let fido = fido(&world, Policy::default()).await;
        let (anna, mut key) = somebody(&world, &fido, "anna", Wish::Passkey).await;
        let log_in = async |key: &mut SoftKey| {
            let attempt = world.attempt(HERE);
            let options = fido.ask(attempt.flow, Asked::Anybody).await.unwrap().unwrap();
            let response = key.answers(&options).unwrap();
            answered(&fido, &attempt, Some(&anna), &response).await.map(drop)
        };
        key.count = 9;
        assert_eq!(log_in(&mut key).await, Ok(()));
        for copy in [9, 5, 0] {
            key.count = copy;
            assert_eq!(log_in(&mut key).await, Err(Refusal::Key(KeyFault::Count)), "{copy}");
        }
        key.count = 10;
        assert_eq!(log_in(&mut key).await, Ok(()));
        let told = world.events("fido-credential-suspected").await;
        assert_eq!(told.len(), 3, "{told:?}");
        let Event::FidoCredentialSuspected { identity, why, .. } = &told[0] else { panic!("{told:?}") };
        assert_eq!((*identity, why.as_str()), (anna.id, "its count of signatures is not above 9"));
    })
    .await;
}

#[tokio::test]
async fn of_two_answers_with_the_same_count_one_wins() {
    for_each_world(|world| async move {
        let fido = fido(&world, Policy::default()).await;
        let (anna, mut key) = somebody(&world, &fido, "anna", Wish::Passkey).await;
        let mut answers = Vec::new();
        for _ in 0..4 {
            let attempt = world.attempt(HERE);
            let options = fido.ask(attempt.flow, Asked::Anybody).await.unwrap().unwrap();
            answers.push((attempt, key.answers_but(&options, |said| said.count = 50).unwrap()));
        }
        let all = answers.iter().map(|(attempt, it)| answered(&fido, attempt, Some(&anna), it));
        let said = futures_util::future::join_all(all).await;
        assert_eq!(said.iter().filter(|it| it.is_ok()).count(), 1, "{said:?}");
    })
    .await;
}

#[tokio::test]
async fn a_key_that_does_not_count_is_used_again_and_again() {
    for_each_world(|world| async move {
        let fido = fido(&world, Policy::default()).await;
        let (anna, mut key) = (world.nobody_yet("anna").await, SoftKey::new(ORIGIN));
        key.count = 0;
        bound(&world, &fido, &anna, &mut key, Wish::Passkey).await;
        for _ in 0..7 {
            let attempt = world.attempt(HERE);
            let options = fido.ask(attempt.flow, Asked::Anybody).await.unwrap().unwrap();
            let response = key.answers(&options).unwrap();
            assert!(answered(&fido, &attempt, Some(&anna), &response).await.is_ok());
        }
    })
    .await;
}

#[tokio::test]
async fn wrong_answers_are_counted_like_wrong_codes() {
    for_each_world(|world| async move {
        let fido = fido(&world, Policy::default()).await;
        let (anna, mut key) = somebody(&world, &fido, "anna", Wish::Passkey).await;
        let mut said = Vec::new();
        for turn in 0..6 {
            let attempt = world.attempt(HERE);
            let options = fido.ask(attempt.flow, Asked::Anybody).await.unwrap().unwrap();
            let response = key.answers_but(&options, |said| said.signature_is_changed = turn < 5).unwrap();
            said.push(answered(&fido, &attempt, Some(&anna), &response).await.map(drop));
        }
        assert_eq!(said[4], Err(Refusal::Key(KeyFault::Signature)));
        assert!(matches!(said[5], Err(Refusal::TooMany(_))), "a right one, after too many");
    })
    .await;
}

#[tokio::test]
async fn a_key_moved_to_another_row_does_not_open() {
    for_each_world(|world| async move {
        let fido = fido(&world, Policy::default()).await;
        let (anna, _) = somebody(&world, &fido, "anna", Wish::Passkey).await;
        let (_, mut mallorys) = somebody(&world, &fido, "mallory", Wish::Passkey).await;
        // Whoever can write the tables gives the public key of a credential of theirs to Anna's.
        let swapped = sqlx::query(
            "UPDATE authenticator SET verifier = (SELECT verifier FROM authenticator WHERE identity <> $1) \
             WHERE identity = $1",
        );
        swapped.bind(anna.id.to_string()).execute(world.stage.danger_writer()).await.unwrap();
        let attempt = world.attempt(HERE);
        let options = fido.ask(attempt.flow, Asked::Anybody).await.unwrap().unwrap();
        let annas_id: String = sqlx::query_scalar(
            "SELECT credential_id FROM fido_credential f JOIN authenticator a ON a.id = f.authenticator \
             WHERE a.identity = $1",
        )
        .bind(anna.id.to_string())
        .fetch_one(world.stage.database.reader())
        .await
        .unwrap();
        let id = base64::Engine::decode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, annas_id).unwrap();
        let handle = anna.id.0.as_bytes().to_vec();
        let response = mallorys.answers_but(&options, |said| {
            (said.id, said.raw_id, said.user_handle) = (id.clone(), id.clone(), Some(handle));
        });
        let response = KeyResponse::parse(&response.unwrap()).unwrap();
        let said = fido.verify(&attempt, Some(&anna), &response).await;
        assert!(said.is_err(), "{said:?}");
    })
    .await;
}

#[test]
fn what_is_no_answer_is_not_read() {
    let long = format!("{{\"id\":\"{}\"}}", "a".repeat(64 * 1024));
    for text in ["", "{}", "null", "[]", "{\"id\":\"AAAA\",\"rawId\":\"AAAA\"}", &long] {
        assert_eq!(KeyResponse::parse(text).map(drop), Err(KeyFault::Unreadable));
    }
}
