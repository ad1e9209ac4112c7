//! How authenticators come to belong to somebody, what they are worth, and how they are kept.

use portner_audit_log::{Actor, Event};
use portner_authenticators::{Error, Refusal, TotpSecret};
use portner_domain::Level;
use portner_domain::authenticator::{Ceremony, Kind};

use crate::stage::{PASSWORD, code_at, for_each_world, password};
use portner_domain::Clock;

#[tokio::test]
async fn what_nobody_vouched_for_carries_no_level() {
    for_each_world(|world| async move {
        let (carl, node) = (world.nobody_yet("carl").await, world.node().await);
        let hashed = node.hash(&password(PASSWORD)).await.unwrap();
        for (ceremony, level) in [
            (Ceremony::Unvouched, None),
            (Ceremony::InSession(Level::Low), Some(Level::Low)),
            (Ceremony::WithProofing(Level::High), Some(Level::Substantial)),
        ] {
            let mut tx = world.stage.log.begin(Actor::system("test")).await.unwrap();
            let bound = node.bind_password(&mut tx, carl.id, &hashed, ceremony).await.unwrap();
            tx.commit().await.unwrap();
            assert_eq!(bound.registered, level, "{ceremony:?}");
            let on_record = node.of(carl.id).await.unwrap();
            assert_eq!(on_record.as_slice(), std::slice::from_ref(&bound));
            let told = world.events("authenticator-bound").await;
            let Some(Event::AuthenticatorBound { authenticator, level: written, .. }) = told.last() else {
                panic!("{told:?}")
            };
            assert_eq!((*authenticator, *written), (bound.id, level));
        }
    })
    .await;
}

#[tokio::test]
async fn a_replaced_password_or_device_stops_working() {
    for_each_world(|world| async move {
        let (anna, node) = (world.user("anna").await, world.node().await);
        let hashed = node.hash(&password("et helt andet kodeord")).await.unwrap();
        let secret = TotpSecret::generate(&*world.stage.entropy);
        let before = node.of(anna.identity.id).await.unwrap();
        let mut tx = world.stage.log.begin(Actor::system("test")).await.unwrap();
        node.bind_password(&mut tx, anna.identity.id, &hashed, Ceremony::Unvouched).await.unwrap();
        node.bind_totp(&mut tx, anna.identity.id, &secret, Ceremony::Unvouched).await.unwrap();
        tx.commit().await.unwrap();

        let typed = async |text| {
            world.types_password(&node, "anna", Some(&anna.identity), text).await.map(|p| p.kind)
        };
        assert_eq!(typed(PASSWORD).await, Err(Refusal::Wrong));
        assert_eq!(typed("et helt andet kodeord").await, Ok(Kind::Password));
        assert_eq!(world.types_code(&node, &anna, &world.code(&anna)).await.map(drop), Err(Refusal::Wrong));
        let code = code_at(&secret, world.stage.clock.now());
        assert!(world.types_code(&node, &anna, &code).await.is_ok());
        let after = node.of(anna.identity.id).await.unwrap();
        assert_eq!(after.len(), 2);
        assert!(after.iter().all(|now| before.iter().all(|then| then.id != now.id)));
    })
    .await;
}

#[tokio::test]
async fn a_sealed_secret_moved_to_another_row_does_not_open() {
    for_each_world(|world| async move {
        let (anna, mallory) = (world.user("anna").await, world.user("mallory").await);
        let node = world.node().await;
        // Whoever can write the table gives Anna's row the secret of a device they hold themselves.
        let moved = sqlx::query(
            "UPDATE authenticator SET verifier = (SELECT verifier FROM authenticator \
             WHERE identity = $1 AND kind = 'totp') WHERE identity = $2 AND kind = 'totp'",
        )
        .bind(mallory.identity.id.to_string())
        .bind(anna.identity.id.to_string())
        .execute(world.stage.danger_writer())
        .await
        .unwrap();
        assert_eq!(moved.rows_affected(), 1);
        let answer =
            node.verify_code(&world.attempt("192.0.2.1"), &anna.identity, &world.code(&mallory)).await;
        assert!(matches!(answer, Err(Error::Log(portner_audit_log::Error::Secret(_)))), "{answer:?}");
        assert!(
            world.types_code(&node, &mallory, &world.code(&mallory)).await.is_ok(),
            "in its own row it does"
        );
    })
    .await;
}

#[tokio::test]
async fn a_password_is_kept_as_a_hash_and_a_secret_sealed() {
    for_each_world(|world| async move {
        let anna = world.user("anna").await;
        let kept: Vec<String> = sqlx::query_scalar("SELECT verifier FROM authenticator ORDER BY kind")
            .fetch_all(world.stage.database.reader())
            .await
            .unwrap();
        assert!(kept[0].starts_with("$argon2id$v=19$"), "{}", kept[0]);
        assert!(!kept[1].contains(anna.secret.expose().as_str()));
        assert!(!kept[0].contains(PASSWORD));
    })
    .await;
}

#[tokio::test]
async fn a_code_of_somebody_without_a_device_is_wrong_and_so_is_one_of_somebody_locked() {
    for_each_world(|world| async move {
        let (mut anna, node) = (world.user("anna").await, world.node().await);
        let carl = world.nobody_yet("carl").await;
        let without = node.verify_code(&world.attempt("192.0.2.1"), &carl, "123456").await.unwrap();
        assert_eq!(without, Err(Refusal::Wrong));
        anna.identity.state = portner_domain::identity::State::Locked;
        assert_eq!(world.types_code(&node, &anna, &world.code(&anna)).await, Err(Refusal::Wrong));
    })
    .await;
}
