//! How keys come to belong to somebody (WebAuthn 7.1): each step that can fail, what they become, and how they go.

use portner_audit_log::{Actor, Event};
use portner_authenticators::webauthn::{Asked, Declined, KEYS_MAX, Policy, Wish};
use portner_authenticators::{AuthenticatorName, KeyFault, KeyResponse, Refusal};
use portner_domain::authenticator::{Authenticator, Ceremony, Kind};
use portner_domain::{Level, Millis};

use crate::key_login::{ORIGIN, SESSION, bound, fido};
use crate::soft_key::{Said, SoftKey};
use crate::stage::{HERE, for_each_world};

/// Something else than is true.
type Lie = fn(&mut Said);

/// The lie is refused at its step, nothing is bound, and it is written down.
async fn check(wish: Wish, why: Declined, lie: Lie) {
    for_each_world(|world| async move {
        let (fido, anna) = (fido(&world, Policy::default()).await, world.nobody_yet("anna").await);
        let options = fido.ask_new(SESSION, &anna, wish).await.unwrap().unwrap();
        let response = SoftKey::new(ORIGIN).makes_but(&options, lie);
        let said =
            fido.verify_new(SESSION, anna.id, wish, &response, Actor::Identity(anna.id)).await.unwrap();
        assert_eq!(said.map(drop), Err(why));
        let told = world.events("fido-credential-declined").await;
        let [Event::FidoCredentialDeclined { identity, why: written, .. }] = told.as_slice() else {
            panic!("{told:?}")
        };
        assert_eq!((*identity, written.as_str()), (anna.id, why.code()));
        assert!(fido.keys_of(anna.id).await.unwrap().is_empty());
    })
    .await;
}

#[tokio::test]
async fn t_wa_01_a_new_credential_passes_every_step_or_is_refused() {
    let fault = Declined::Fault;
    let steps: [(KeyFault, Lie); 8] = [
        (KeyFault::Type, |said| said.kind = "webauthn.get".to_owned()),
        (KeyFault::Challenge, |said| said.challenge = "AAAA".to_owned()),
        (KeyFault::Origin, |said| said.origin = "https://evil.example".to_owned()),
        (KeyFault::Origin, |said| said.cross_origin = true),
        (KeyFault::RelyingParty, |said| said.rp_id = "evil.example".to_owned()),
        (KeyFault::NotPresent, Said::untouched),
        (KeyFault::Id, |said| said.id = vec![7; 32]),
        (KeyFault::Id, |said| (said.id, said.raw_id) = (vec![7; 32], vec![7; 32])),
    ];
    for (step, lie) in steps {
        check(Wish::Passkey, fault(step), lie).await;
        check(Wish::SecurityKey, fault(step), lie).await;
    }
}

#[tokio::test]
async fn t_wa_02_a_passkey_that_does_not_ask_its_owner_is_not_bound() {
    check(Wish::Passkey, Declined::Fault(KeyFault::NotVerified), Said::unverified).await;
}

#[tokio::test]
async fn t_wa_02_what_was_wished_for_is_what_it_becomes_whatever_the_key_can() {
    for_each_world(|world| async move {
        let (fido, anna) = (fido(&world, Policy::default()).await, world.nobody_yet("anna").await);
        // A key that asks for a PIN although nobody wants it to is touched all the same, and no more.
        let options = fido.ask_new(SESSION, &anna, Wish::SecurityKey).await.unwrap().unwrap();
        assert!(options.contains("\"userVerification\":\"discouraged\""), "{options}");
        assert!(options.contains("\"attestation\":\"direct\""), "{options}");
        let mut key = SoftKey::new(ORIGIN);
        let verified = options.replace("discouraged", "required");
        let made = fido
            .verify_new(SESSION, anna.id, Wish::SecurityKey, &key.makes(&verified), Actor::Identity(anna.id))
            .await
            .unwrap()
            .unwrap();
        assert_eq!(made.kind(), Kind::SecurityKey);

        let mut synced = SoftKey::synced(ORIGIN);
        assert_eq!(bound(&world, &fido, &anna, &mut synced, Wish::Passkey).await, Kind::SyncedPasskey);
        let mut device = SoftKey::new(ORIGIN);
        assert_eq!(bound(&world, &fido, &anna, &mut device, Wish::Passkey).await, Kind::Passkey);
        let levels: Vec<_> = fido.keys_of(anna.id).await.unwrap().iter().map(|key| key.registered).collect();
        assert_eq!(levels, [Some(Level::Low), Some(Level::Substantial)]);
    })
    .await;
}

#[tokio::test]
async fn what_a_key_said_of_itself_is_on_record_for_the_auditor() {
    for_each_world(|world| async move {
        let (fido, anna) = (fido(&world, Policy::default()).await, world.nobody_yet("anna").await);
        let mut key = SoftKey::synced(ORIGIN);
        bound(&world, &fido, &anna, &mut key, Wish::Passkey).await;
        let told = world.events("fido-credential-recorded").await;
        let [Event::FidoCredentialRecorded { aaguid, attestation, user_verified, backup_eligible, .. }] =
            told.as_slice()
        else {
            panic!("{told:?}")
        };
        assert_eq!(aaguid, "00000000-0000-0000-0000-000000000000");
        assert_eq!((attestation.as_str(), *user_verified, *backup_eligible), ("nobody", true, true));
        let (object, transports): (String, String) =
            sqlx::query_as("SELECT attestation_object, transports FROM fido_credential")
                .fetch_one(world.stage.database.reader())
                .await
                .unwrap();
        assert!(object.len() > 200 && transports == "usb", "{object} {transports}");
        assert_eq!(world.events("authenticator-bound").await.len(), 1);
        let verifier: String = sqlx::query_scalar("SELECT verifier FROM authenticator")
            .fetch_one(world.stage.database.reader())
            .await
            .unwrap();
        assert!(!verifier.contains("cred_id"), "sealed");
    })
    .await;
}

#[tokio::test]
async fn t_wa_01_a_credential_belongs_to_one_person() {
    for_each_world(|world| async move {
        let fido = fido(&world, Policy::default()).await;
        let (anna, carl) = (world.nobody_yet("anna").await, world.nobody_yet("carl").await);
        let options = fido.ask_new(SESSION, &anna, Wish::Passkey).await.unwrap().unwrap();
        let response = SoftKey::new(ORIGIN).makes(&options);
        // What Anna made is not Carl's to send.
        let stolen = fido
            .verify_new(SESSION, carl.id, Wish::Passkey, &response, Actor::Identity(carl.id))
            .await
            .unwrap();
        assert_eq!(stolen.map(drop), Err(Declined::Fault(KeyFault::Foreign)));
        let again = fido
            .verify_new(SESSION, anna.id, Wish::Passkey, &response, Actor::Identity(anna.id))
            .await
            .unwrap();
        assert_eq!(again.map(drop), Err(Declined::Fault(KeyFault::Over)), "a question is answered once");
        let elsewhere = fido
            .verify_new("another session", anna.id, Wish::Passkey, &response, Actor::Identity(anna.id))
            .await
            .unwrap();
        assert_eq!(elsewhere.map(drop), Err(Declined::Fault(KeyFault::Over)));
    })
    .await;
}

#[tokio::test]
async fn a_credential_that_is_on_record_is_not_bound_again_to_anybody() {
    for_each_world(|world| async move {
        let fido = fido(&world, Policy::default()).await;
        let (anna, carl) = (world.nobody_yet("anna").await, world.nobody_yet("carl").await);
        let mut key = SoftKey::new(ORIGIN);
        bound(&world, &fido, &anna, &mut key, Wish::Passkey).await;
        let (name, how): (AuthenticatorName, _) = ("Min".parse().unwrap(), Ceremony::Unvouched);
        // A key that was copied, or that makes no keys of its own, presents the same credential.
        let options = fido.ask_new(SESSION, &carl, Wish::Passkey).await.unwrap().unwrap();
        let said = fido
            .verify_new(SESSION, carl.id, Wish::Passkey, &key.makes_again(&options), Actor::Identity(carl.id))
            .await
            .unwrap();
        assert_eq!(said.map(drop), Err(Declined::Taken));
        // Of two who are verified at once, one is bound.
        let mut new = Vec::new();
        let mut other = SoftKey::new(ORIGIN);
        for (who, session) in [(&anna, "one"), (&carl, "two")] {
            let options = fido.ask_new(session, who, Wish::Passkey).await.unwrap().unwrap();
            let made = if new.is_empty() { other.makes(&options) } else { other.makes_again(&options) };
            new.push(
                fido.verify_new(session, who.id, Wish::Passkey, &made, Actor::Identity(who.id))
                    .await
                    .unwrap()
                    .unwrap(),
            );
        }
        let mut said = Vec::new();
        for one in new {
            let mut tx = world.stage.log.begin(Actor::system("test")).await.unwrap();
            let bound = fido.bind(&mut tx, one, &name, how).await.unwrap();
            if bound.is_ok() {
                tx.commit().await.unwrap();
            }
            said.push(bound.map(drop));
        }
        assert_eq!(said, [Ok(()), Err(Declined::Taken)]);
        assert!(fido.keys_of(carl.id).await.unwrap().is_empty());
    })
    .await;
}

#[tokio::test]
async fn somebody_has_several_keys_with_names_and_removes_one() {
    for_each_world(|world| async move {
        let fido = fido(&world, Policy::default()).await;
        let (anna, carl) = (world.nobody_yet("anna").await, world.nobody_yet("carl").await);
        let mut key = SoftKey::new(ORIGIN);
        for _ in 0..KEYS_MAX {
            bound(&world, &fido, &anna, &mut key, Wish::SecurityKey).await;
            world.stage.clock.advance(Millis(1));
        }
        let more = fido.ask_new(SESSION, &anna, Wish::SecurityKey).await.unwrap();
        assert_eq!(more.map(drop), Err(Declined::TooMany));

        let keys = fido.keys_of(anna.id).await.unwrap();
        assert_eq!(keys.len(), KEYS_MAX);
        let named = world.node().await.owned(anna.id).await.unwrap();
        assert_eq!(named[0].name.as_deref(), Some("Nøgle"));
        let (node, newest) = (world.node().await, keys.last().unwrap());
        let held = Authenticator { id: newest.id, kind: newest.kind, registered: newest.registered };
        let remove = async |who| {
            let mut tx = world.stage.log.begin(Actor::system("test")).await.unwrap();
            let gone = node.remove(&mut tx, who, &held).await.unwrap();
            if gone {
                tx.commit().await.unwrap();
            }
            gone
        };
        assert!(!remove(carl.id).await, "not his");
        assert!(remove(anna.id).await);
        assert_eq!(fido.keys_of(anna.id).await.unwrap().len(), KEYS_MAX - 1);

        let (attempt, kinds) = (world.attempt(HERE), [Kind::SecurityKey]);
        let options = fido.ask(attempt.flow, Asked::Owner(anna.id, &kinds)).await.unwrap().unwrap();
        let mut forged: serde_json::Value = serde_json::from_str(&options).unwrap();
        forged["publicKey"]["allowCredentials"] = serde_json::json!([{ "id": key.newest() }]);
        let response = KeyResponse::parse(&key.answers(&forged.to_string()).unwrap()).unwrap();
        let said = fido.verify(&attempt, Some(&anna), &response).await.unwrap();
        assert_eq!(said.map(drop), Err(Refusal::Key(KeyFault::Unknown)), "it proves nothing any more");
    })
    .await;
}
