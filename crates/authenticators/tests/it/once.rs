//! A one-time code is good once.

use std::sync::Arc;

use portner_authenticators::Refusal;
use portner_domain::{Clock, Millis};

use crate::stage::{Forgetful, code_at, for_each_world};

#[tokio::test]
async fn t_totp_01_a_code_is_accepted_once_even_by_fifty_at_a_time() {
    for_each_world(|world| async move {
        let anna = world.user("anna").await;
        let code = world.code(&anna);
        // Nothing is throttled here, so all fifty come as far as the database.
        let nodes = [
            world.node_with(Arc::new(Forgetful), world.hashing.clone()).await,
            world.node_with(Arc::new(Forgetful), world.hashing.clone()).await,
        ];
        let tries: Vec<_> = (0..50)
            .map(|n| {
                let (node, code, identity) = (nodes[n % 2].clone(), code.clone(), anna.identity.clone());
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
        assert_eq!(world.events("authenticator-accepted").await.len(), 1);
        assert_eq!(world.events("authenticator-refused").await.len(), 49);
    })
    .await;
}

#[tokio::test]
async fn t_totp_01_an_earlier_code_is_not_good_after_a_later_one() {
    for_each_world(|world| async move {
        let (anna, node) = (world.user("anna").await, world.node().await);
        let now = world.stage.clock.now();
        let [before, present, after] = [now.minus(Millis::seconds(30)), now, now.plus(Millis::seconds(30))]
            .map(|at| code_at(&anna.secret, at));
        assert!(world.types_code(&node, &anna, &present).await.is_ok());
        assert_eq!(world.types_code(&node, &anna, &present).await, Err(Refusal::AlreadyUsed));
        assert_eq!(world.types_code(&node, &anna, &before).await, Err(Refusal::AlreadyUsed));
        assert!(world.types_code(&node, &anna, &after).await.is_ok(), "a clock that is ahead");
        world.stage.clock.advance(Millis::seconds(30));
        assert_eq!(world.types_code(&node, &anna, &after).await, Err(Refusal::AlreadyUsed));
        world.stage.clock.advance(Millis::seconds(30));
        assert!(world.types_code(&node, &anna, &world.code(&anna)).await.is_ok());
    })
    .await;
}
