//! A recovery code stands in for a device, once.

use std::sync::Arc;

use portner_audit_log::{Actor, Event};
use portner_authenticators::{PaperCode, RECOVERY_CODES, Refusal};
use portner_domain::Level;
use portner_domain::authenticator::{Authenticator, Ceremony, Kind};
use portner_domain::throttle::ADDRESS;

use crate::stage::{Forgetful, User, World, for_each_world};

async fn codes_for(world: &World, user: &User, ceremony: Ceremony) -> (Authenticator, Vec<String>) {
    let node = world.node().await;
    let mut tx = world.stage.log.begin(Actor::system("test")).await.unwrap();
    let (bound, codes) = node.bind_recovery_codes(&mut tx, user.identity.id, ceremony).await.unwrap();
    tx.commit().await.unwrap();
    (bound, codes.iter().map(|code| code.expose().to_string()).collect())
}

#[tokio::test]
async fn t_rec_01_a_code_is_good_once_even_for_fifty_at_a_time_on_two_nodes() {
    for_each_world(|world| async move {
        let anna = world.user("anna").await;
        let (_, codes) = codes_for(&world, &anna, Ceremony::Unvouched).await;
        // Nothing is throttled here, so all fifty come as far as the database.
        let nodes = [
            world.node_with(Arc::new(Forgetful), world.hashing.clone()).await,
            world.node_with(Arc::new(Forgetful), world.hashing.clone()).await,
        ];
        let tries: Vec<_> = (0..50)
            .map(|n| {
                let (node, code, identity) = (nodes[n % 2].clone(), codes[0].clone(), anna.identity.clone());
                let attempt = world.attempt("192.0.2.1");
                tokio::spawn(async move { node.verify_code(&attempt, &identity, &code).await.unwrap() })
            })
            .collect();
        let mut outcomes = Vec::new();
        for one in tries {
            outcomes.push(one.await.unwrap());
        }
        assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
        assert_eq!(outcomes.iter().filter(|outcome| **outcome == Err(Refusal::AlreadyUsed)).count(), 49);
        assert_eq!(world.events("recovery-code-used").await.len(), 1);
        assert_eq!(world.events("authenticator-accepted").await.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn t_rec_01_each_code_works_once_and_says_how_many_are_left() {
    for_each_world(|world| async move {
        let (anna, node) = (world.user("anna").await, world.node().await);
        let (bound, codes) = codes_for(&world, &anna, Ceremony::Unvouched).await;
        assert_eq!(codes.len(), RECOVERY_CODES);
        for (used, code) in (1_u64..).zip(&codes) {
            let typed = code.to_lowercase().replace('-', " ");
            let proof = world.types_code(&node, &anna, &typed).await.unwrap();
            assert_eq!((proof.authenticator, proof.kind), (bound.id, Kind::RecoveryCode));
            assert_eq!(world.types_code(&node, &anna, code).await.map(drop), Err(Refusal::AlreadyUsed));
            let left = node.recovery_codes_left(anna.identity.id).await.unwrap();
            assert_eq!(left, Some(u64::try_from(RECOVERY_CODES).unwrap() - used));
            let told = world.events("recovery-code-used").await;
            let Some(Event::RecoveryCodeUsed { left: told, .. }) = told.last() else { panic!("{told:?}") };
            assert_eq!(Some(*told), left);
        }
    })
    .await;
}

#[tokio::test]
async fn a_new_set_takes_the_place_of_the_old_and_nobody_has_anothers() {
    for_each_world(|world| async move {
        let (anna, bo, node) = (world.user("anna").await, world.user("bo").await, world.node().await);
        let (_, old) = codes_for(&world, &anna, Ceremony::Unvouched).await;
        let (_, new) = codes_for(&world, &anna, Ceremony::Unvouched).await;
        codes_for(&world, &bo, Ceremony::Unvouched).await;
        let typed = async |user, code| world.types_code(&node, user, code).await.map(drop);
        assert_eq!(typed(&anna, &old[0]).await, Err(Refusal::Wrong));
        assert_eq!(typed(&bo, &new[0]).await, Err(Refusal::Wrong));
        assert_eq!(typed(&anna, &new[0]).await, Ok(()));
        assert_eq!(node.recovery_codes_left(anna.identity.id).await.unwrap(), Some(9));
        assert_eq!(typed(&anna, &world.code(&anna)).await, Ok(()), "the app works as before");
    })
    .await;
}

#[tokio::test]
async fn a_code_is_kept_as_a_hash_and_worth_low_at_most() {
    for_each_world(|world| async move {
        let anna = world.user("anna").await;
        let (bound, codes) = codes_for(&world, &anna, Ceremony::InSession(Level::High)).await;
        assert_eq!(bound.registered, Some(Level::Low));
        let kept: Vec<String> = sqlx::query_scalar("SELECT hash FROM recovery_code ORDER BY number")
            .fetch_all(world.stage.database.reader())
            .await
            .unwrap();
        for code in &codes {
            let plain = code.replace('-', "");
            assert!(kept.iter().all(|hash| hash.len() == 64 && !hash.contains(&plain)), "{kept:?}");
            let hash = PaperCode::typed(code).unwrap().hash(&format!("recovery-code/{}", bound.id));
            assert!(kept.contains(&hash));
        }
    })
    .await;
}

#[tokio::test]
async fn t_bf_01_whoever_has_several_kinds_of_codes_has_no_more_guesses() {
    for_each_world(|world| async move {
        let (anna, node) = (world.user("anna").await, world.node().await);
        let (_, codes) = codes_for(&world, &anna, Ceremony::Unvouched).await;
        let mut looked_at = 0;
        for n in 0..ADDRESS.attempts {
            let guess = if n % 2 == 0 { "0000000000ABCDE" } else { "000000" };
            match world.types_code(&node, &anna, guess).await {
                Err(Refusal::Wrong) => looked_at += 1,
                _ => break,
            }
        }
        assert_eq!(looked_at, 5, "as many as with an app alone");
        assert!(world.types_code(&node, &anna, &codes[0]).await.is_err(), "though it is right");
    })
    .await;
}
