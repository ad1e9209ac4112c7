//! Which models of keys are accepted, what vouches for them, and what becomes of a model that is known to be broken.

use std::collections::BTreeSet;
use std::path::PathBuf;

use portner_audit_log::testing::unique_name;
use portner_audit_log::{Actor, Event};
use portner_authenticators::webauthn::{
    Acceptance, Asked, Declined, Metadata, MetadataFile, MetadataProblem, Models, Policy, Wish,
};
use portner_authenticators::{KeyFault, KeyResponse, Refusal};
use portner_domain::Clock;
use portner_domain::authenticator::Kind;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::key_login::{ORIGIN, SESSION, bound, fido, fido_with};
use crate::soft_key::{Maker, Publisher, SoftKey};
use crate::stage::{HERE, World, for_each_world};

const MODEL: Uuid = Uuid::from_u128(0x1111_1111_1111_4111_8111_1111_1111_1111);
const OTHER: Uuid = Uuid::from_u128(0x2222_2222_2222_4222_8222_2222_2222_2222);
const NEXT: &str = "2026-12-24";

/// A file with what is published, and a policy that rests on it.
struct Published {
    publisher: Publisher,
    path: PathBuf,
}

impl Published {
    fn new(world: &World, entries: &[Value]) -> Self {
        let it = Self { publisher: Publisher::fido(), path: world.stage.folder.path().join("fido.jwt") };
        it.again(5, entries);
        it
    }

    fn again(&self, number: u64, entries: &[Value]) {
        std::fs::write(&self.path, self.publisher.publishes(number, NEXT, entries)).unwrap();
    }

    fn policy(&self, accepted: Acceptance, high: &[Uuid]) -> Policy {
        let roots = self.publisher.root_pem.clone().into_bytes();
        let metadata = Some(MetadataFile { path: self.path.clone(), roots });
        Policy { accepted, high: high.iter().copied().collect(), metadata }
    }
}

fn listed(models: &[Uuid]) -> Acceptance {
    Acceptance::Listed(models.iter().copied().collect::<BTreeSet<_>>())
}

/// What becomes of a passkey of this maker under a policy.
async fn becomes(world: &World, policy: Policy, key: &mut SoftKey) -> Result<Kind, Declined> {
    let (fido, anna) = (fido(world, policy).await, world.nobody_yet(&unique_name()).await);
    let options = fido.ask_new(SESSION, &anna, Wish::Passkey).await.unwrap().unwrap();
    let said = fido
        .verify_new(SESSION, anna.id, Wish::Passkey, &key.makes(&options), Actor::Identity(anna.id))
        .await
        .unwrap();
    said.map(|new| new.kind())
}

#[tokio::test]
async fn only_an_attested_key_of_a_listed_model_in_hardware_with_a_pin_is_a_candidate_for_high() {
    for_each_world(|world| async move {
        let maker = || Maker::of(MODEL);
        let one = maker();
        let entry = one.entry("FIDO_CERTIFIED_L1");
        let published = Published::new(&world, std::slice::from_ref(&entry));
        let policy = |high: &[Uuid]| published.policy(Acceptance::Any, high);
        let mut key = SoftKey::made_by(one, ORIGIN);
        assert_eq!(becomes(&world, policy(&[MODEL]), &mut key).await, Ok(Kind::AttestedPasskey));
        assert_eq!(becomes(&world, policy(&[]), &mut key).await, Ok(Kind::Passkey), "not listed");
        assert_eq!(becomes(&world, policy(&[OTHER]), &mut key).await, Ok(Kind::Passkey), "not listed");
        key.synced = true;
        assert_eq!(becomes(&world, policy(&[MODEL]), &mut key).await, Ok(Kind::SyncedPasskey), "copied");
        key.synced = false;
        for (at, value) in [
            ("keyProtection", json!(["software"])),
            ("keyProtection", json!(["hardware", "software"])),
            ("userVerificationDetails", json!([[{ "userVerificationMethod": "fingerprint_internal" }]])),
            ("attestationRootCertificates", json!([])),
        ] {
            let mut changed = entry.clone();
            changed["metadataStatement"][at] = value;
            published.again(5, &[changed]);
            assert_eq!(becomes(&world, policy(&[MODEL]), &mut key).await, Ok(Kind::Passkey), "{at}");
        }
        published.again(5, &[entry]);
        let mut claims = SoftKey::claiming(MODEL, ORIGIN);
        assert_eq!(becomes(&world, policy(&[MODEL]), &mut claims).await, Ok(Kind::Passkey), "only claims it");
        let mut other = SoftKey::made_by(maker(), ORIGIN);
        assert_eq!(becomes(&world, policy(&[MODEL]), &mut other).await, Ok(Kind::Passkey), "another root");
    })
    .await;
}

#[tokio::test]
async fn t_wa_01_an_attestation_that_was_tampered_with_is_refused() {
    for_each_world(|world| async move {
        let (fido, anna) = (fido(&world, Policy::default()).await, world.nobody_yet("anna").await);
        let mut key = SoftKey::made_by(Maker::of(MODEL), ORIGIN);
        let options = fido.ask_new(SESSION, &anna, Wish::Passkey).await.unwrap().unwrap();
        let response = key.makes_but(&options, |said| said.signature_is_changed = true);
        let said = fido
            .verify_new(SESSION, anna.id, Wish::Passkey, &response, Actor::Identity(anna.id))
            .await
            .unwrap();
        assert!(
            matches!(said, Err(Declined::Fault(KeyFault::Attestation | KeyFault::Signature))),
            "{said:?}"
        );
        // Another model than the one in the maker's certificate.
        key.model = OTHER;
        let options = fido.ask_new(SESSION, &anna, Wish::Passkey).await.unwrap().unwrap();
        let said = fido
            .verify_new(SESSION, anna.id, Wish::Passkey, &key.makes(&options), Actor::Identity(anna.id))
            .await
            .unwrap();
        assert_eq!(said.map(drop), Err(Declined::Fault(KeyFault::Attestation)));
    })
    .await;
}

#[tokio::test]
async fn t_wa_01_a_list_of_models_takes_no_keys_word_for_its_model() {
    for_each_world(|world| async move {
        let (one, other) = (Maker::of(MODEL), Maker::of(OTHER));
        let entries = [one.entry("FIDO_CERTIFIED"), other.entry("FIDO_CERTIFIED")];
        let published = Published::new(&world, &entries);
        let policy = |accepted| published.policy(accepted, &[]);
        let refused = Err(Declined::ModelNotAccepted);
        let mut claims = SoftKey::claiming(MODEL, ORIGIN);
        let mut wrong_root = SoftKey::made_by(Maker::of(MODEL), ORIGIN);
        let (mut one, mut other) = (SoftKey::made_by(one, ORIGIN), SoftKey::made_by(other, ORIGIN));
        for accepted in [Acceptance::Known, listed(&[MODEL])] {
            assert_eq!(becomes(&world, policy(accepted.clone()), &mut one).await, Ok(Kind::Passkey));
            assert_eq!(becomes(&world, policy(accepted.clone()), &mut claims).await, refused);
            assert_eq!(becomes(&world, policy(accepted), &mut wrong_root).await, refused);
        }
        assert_eq!(becomes(&world, policy(Acceptance::Known), &mut other).await, Ok(Kind::Passkey));
        assert_eq!(becomes(&world, policy(listed(&[MODEL])), &mut other).await, refused);
        assert_eq!(becomes(&world, policy(Acceptance::Any), &mut claims).await, Ok(Kind::Passkey));
    })
    .await;
}

#[tokio::test]
async fn t_wa_01_a_model_known_to_be_broken_is_neither_bound_nor_used_any_more() {
    for_each_world(|world| async move {
        let maker = Maker::of(MODEL);
        let (fine, broken) = (maker.entry("FIDO_CERTIFIED_L2"), maker.entry("USER_KEY_PHYSICAL_COMPROMISE"));
        let published = Published::new(&world, &[fine]);
        let models = Models::open(published.policy(Acceptance::Any, &[]), world.stage.clock.now()).unwrap();
        let fido = fido_with(&world, models.clone()).await;
        let anna = world.nobody_yet("anna").await;
        let mut key = SoftKey::made_by(maker, ORIGIN);
        bound(&world, &fido, &anna, &mut key, Wish::Passkey).await;
        let log_in = async |key: &mut SoftKey| {
            let attempt = world.attempt(HERE);
            let options = fido.ask(attempt.flow, Asked::Anybody).await.unwrap().unwrap();
            let response = KeyResponse::parse(&key.answers(&options).unwrap()).unwrap();
            fido.verify(&attempt, Some(&anna), &response).await.unwrap().map(drop)
        };
        assert_eq!(log_in(&mut key).await, Ok(()));

        published.again(6, &[broken]);
        assert_eq!(log_in(&mut key).await, Ok(()), "not read yet");
        models.reload(world.stage.clock.now()).unwrap();
        assert_eq!(log_in(&mut key).await, Err(Refusal::Key(KeyFault::Model)));
        let told = world.events("fido-credential-suspected").await;
        let [Event::FidoCredentialSuspected { why, .. }] = told.as_slice() else { panic!("{told:?}") };
        assert_eq!(why, "its model is reported as USER_KEY_PHYSICAL_COMPROMISE");
        let options = fido.ask_new(SESSION, &anna, Wish::Passkey).await.unwrap().unwrap();
        let said = fido
            .verify_new(SESSION, anna.id, Wish::Passkey, &key.makes(&options), Actor::Identity(anna.id))
            .await
            .unwrap();
        assert_eq!(said.map(drop), Err(Declined::ModelWithdrawn));
    })
    .await;
}

#[tokio::test]
async fn a_status_counts_from_its_day_and_only_those_that_make_a_model_unfit() {
    for_each_world(|world| async move {
        let maker = Maker::of(MODEL);
        let now = world.stage.clock.now();
        let published = Published::new(&world, &[]);
        let withdrawn = |status: &str, from: &str| {
            let mut entry = maker.entry(status);
            entry["statusReports"][0]["effectiveDate"] = json!(from);
            published.again(5, &[entry]);
            Models::open(published.policy(Acceptance::Any, &[]), now).unwrap().withdrawn(MODEL)
        };
        for status in [
            "REVOKED",
            "USER_VERIFICATION_BYPASS",
            "ATTESTATION_KEY_COMPROMISE",
            "USER_KEY_REMOTE_COMPROMISE",
            "USER_KEY_PHYSICAL_COMPROMISE",
        ] {
            assert_eq!(withdrawn(status, "2026-11-21").as_deref(), Some(status));
            assert_eq!(withdrawn(status, "2027-01-01"), None, "{status}, not yet");
            assert_eq!(withdrawn(status, "soon").as_deref(), Some(status), "no day is now");
        }
        for status in ["NOT_FIDO_CERTIFIED", "FIDO_CERTIFIED", "UPDATE_AVAILABLE", "SOMETHING_NEW"] {
            assert_eq!(withdrawn(status, "2026-11-21"), None, "{status}");
        }
    })
    .await;
}

#[tokio::test]
async fn metadata_is_what_fido_signed_or_it_is_nothing() {
    for_each_world(|world| async move {
        let now = world.stage.clock.now();
        let fido = Publisher::fido();
        let file = fido.publishes(7, NEXT, &[Maker::of(MODEL).entry("FIDO_CERTIFIED")]);
        let read = |text: &str, roots: &str| Metadata::verify(text, roots.as_bytes(), now);
        let metadata = read(&file, &fido.root_pem).unwrap();
        assert_eq!((metadata.number, metadata.len(), metadata.is_stale(now)), (7, 1, false));
        let both = format!("{}{}", Publisher::fido().root_pem, fido.root_pem);
        assert!(read(&file, &both).is_ok(), "one of several roots");
        let old = fido.publishes(7, "2026-11-01", &[]);
        assert!(read(&old, &fido.root_pem).unwrap().is_stale(now));

        let other = Publisher::fido();
        assert!(matches!(read(&file, &other.root_pem), Err(MetadataProblem::Untrusted)));
        let somebody = Publisher::named("mds.example.org");
        let theirs = somebody.publishes(8, NEXT, &[]);
        assert!(matches!(read(&theirs, &somebody.root_pem), Err(MetadataProblem::Untrusted)), "not FIDO's");
        for roots in ["", "nonsense", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"] {
            assert!(matches!(read(&file, roots), Err(MetadataProblem::Roots)), "{roots}");
        }
        let parts: Vec<&str> = file.split('.').collect();
        let swapped = format!("{}.{}.{}", parts[0], old.split('.').nth(1).unwrap(), parts[2]);
        assert!(matches!(read(&swapped, &fido.root_pem), Err(MetadataProblem::Signature)));
        for none in [parts[0].to_owned(), format!("{}.{}", parts[0], parts[1]), String::new()] {
            assert!(matches!(read(&none, &fido.root_pem), Err(MetadataProblem::Malformed(_))), "{none}");
        }
        let unsigned = json!({ "alg": "none", "x5c": [] }).to_string();
        let unsigned = base64::Engine::encode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, unsigned);
        let unsigned = format!("{unsigned}.{}.", parts[1]);
        assert!(matches!(read(&unsigned, &fido.root_pem), Err(MetadataProblem::Malformed(_))));
        let expired = portner_domain::Moment(now.0 + 10_000 * 365 * 86_400_000);
        let late = Metadata::verify(&file, fido.root_pem.as_bytes(), expired);
        assert!(matches!(late, Err(MetadataProblem::Untrusted)), "its certificate is out of date");
    })
    .await;
}

#[tokio::test]
async fn what_was_read_before_stands_while_the_file_is_wrong_or_older() {
    for_each_world(|world| async move {
        let now = world.stage.clock.now();
        let maker = Maker::of(MODEL);
        let published = Published::new(&world, &[maker.entry("REVOKED")]);
        let models = Models::open(published.policy(Acceptance::Any, &[]), now).unwrap();
        assert!(models.withdrawn(MODEL).is_some());
        published.again(4, &[maker.entry("FIDO_CERTIFIED")]);
        assert!(matches!(models.reload(now), Err(MetadataProblem::OlderThanBefore)));
        std::fs::write(&published.path, "half a fi").unwrap();
        assert!(matches!(models.reload(now), Err(MetadataProblem::Malformed(_))));
        std::fs::remove_file(&published.path).unwrap();
        assert!(matches!(models.reload(now), Err(MetadataProblem::Unreadable(_))));
        assert!(models.withdrawn(MODEL).is_some());
        let without = Policy { accepted: Acceptance::Known, ..Policy::default() };
        assert!(matches!(Models::open(without, now), Err(MetadataProblem::Missing)));
    })
    .await;
}
