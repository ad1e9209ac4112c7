//! Nobody learns by trying whether a user name is somebody's.

use std::sync::Arc;

use portner_authenticators::{Cost, HashPool, HashPoolError, Refusal};
use portner_domain::identity::{Identity, State};
use portner_domain::throttle::ACCOUNT;

use crate::stage::{Forgetful, PASSWORD, World, for_each_world, password};

/// Everybody who must not be told apart: nobody, an employee, one who is locked, one without a password.
async fn alike(world: &World) -> [(&'static str, Option<Identity>, &'static str); 4] {
    let anna = world.user("anna").await.identity;
    let locked = Identity { state: State::Locked, ..world.user("bo").await.identity };
    let without = world.nobody_yet("carl").await;
    [("nobody", None, "x"), ("anna", Some(anna), "x"), ("bo", Some(locked), PASSWORD), ("carl", Some(without), "x")]
}

#[tokio::test]
async fn t_enum_01_strangers_and_employees_are_refused_alike() {
    for_each_world(|world| async move {
        let node = world.node().await;
        for (name, identity, typed) in alike(&world).await {
            let mut heard = Vec::new();
            for _ in 0..ACCOUNT.attempts + 2 {
                let outcome = world.types_password(&node, name, identity.as_ref(), typed).await;
                heard.push(outcome.unwrap_err());
            }
            let expected = [[Refusal::Wrong; 5].as_slice(), &[Refusal::TooMany; 2]].concat();
            assert_eq!(heard, expected, "{name}");
        }
    })
    .await;
}

/// Work that is done can be seen without a watch: while the only worker is busy and its queue is full, who is
/// hashed hears that it is full, and who is not hears something else.
#[tokio::test]
async fn t_enum_01_strangers_cost_a_hash_like_everybody() {
    for_each_world(|world| async move {
        let people = alike(&world).await;
        let slow = Cost { memory_kib: 65_536, passes: 60 };
        let hashing = HashPool::start(1, slow, &*world.stage.entropy).unwrap();
        let node = world.node_with(Arc::new(Forgetful), hashing.clone()).await;
        let mut waiting = Vec::new();
        for _ in 0..80 {
            let hashing = hashing.clone();
            waiting.push(tokio::spawn(async move { hashing.verify(&password("x"), None).await }));
        }
        tokio::task::yield_now().await;
        while !waiting.iter().any(tokio::task::JoinHandle::is_finished) {
            tokio::task::yield_now().await;
        }
        for (name, identity, typed) in people {
            let outcome = world.types_password(&node, name, identity.as_ref(), typed).await;
            assert_eq!(outcome.map(drop), Err(Refusal::Busy), "{name}");
        }
        let refused = waiting.iter_mut().filter(|one| one.is_finished());
        for one in refused {
            assert_eq!(one.await.unwrap(), Err(HashPoolError::Busy));
        }
        waiting.iter().for_each(tokio::task::JoinHandle::abort);
    })
    .await;
}
