//! Nobody learns by trying whether a user name is somebody's.

use std::sync::Arc;
use std::time::Duration;

use portner_authenticators::{Cost, HashPool, HashPoolError, Refusal};
use portner_domain::identity::{Identity, State};
use portner_domain::throttle::{FREE_FAILURES_MAX, Wait};
use portner_domain::{Clock, Millis};
use tokio::task::JoinHandle;

use crate::stage::{Forgetful, PASSWORD, World, for_each_world, password};

/// Everybody who must not be told apart: nobody, an employee, one who is locked, one without a password.
async fn alike(world: &World) -> [(&'static str, Option<Identity>, &'static str); 4] {
    let anna = world.user("anna").await.identity;
    let locked = Identity { state: State::Locked, ..world.user("bo").await.identity };
    let without = world.nobody_yet("carl").await;
    [
        ("nobody", None, "x"),
        ("anna", Some(anna), "x"),
        ("bo", Some(locked), PASSWORD),
        ("carl", Some(without), "x"),
    ]
}

#[tokio::test]
async fn t_enum_01_strangers_and_employees_are_refused_alike() {
    for_each_world(|world| async move {
        let node = world.node().await;
        for (name, identity, typed) in alike(&world).await {
            let mut heard = Vec::new();
            for _ in 0..FREE_FAILURES_MAX + 2 {
                let outcome = world.types_password(&node, name, identity.as_ref(), typed).await;
                heard.push(outcome.unwrap_err());
            }
            let until = world.stage.clock.now().plus(Millis::minutes(1));
            let waits = [Refusal::TooMany(Wait::Until(until)); 2];
            let expected = [[Refusal::Wrong; 5].as_slice(), &waits].concat();
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
        let slow = Cost { memory_kib: 65_536, passes: 40 };
        let hashing = HashPool::start(1, slow, &*world.stage.entropy).unwrap();
        let node = world.node_with(Arc::new(Forgetful), hashing.clone()).await;
        let waiting = fill(&hashing).await;
        for (name, identity, typed) in people {
            let outcome = world.types_password(&node, name, identity.as_ref(), typed).await;
            assert_eq!(outcome.map(drop), Err(Refusal::Busy), "{name}");
        }
        waiting.iter().for_each(JoinHandle::abort);
    })
    .await;
}

/// Give a pool of one worker more to do than it takes. Twice: the worker may have fetched its first job only
/// after the first round, and so made room.
async fn fill(hashing: &HashPool) -> Vec<JoinHandle<Result<bool, HashPoolError>>> {
    let mut waiting = Vec::new();
    for _ in 0..2 {
        for _ in 0..80 {
            let hashing = hashing.clone();
            waiting.push(tokio::spawn(
                async move { hashing.verify(hashing.slot()?, &password("x"), None).await },
            ));
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(waiting.iter().any(JoinHandle::is_finished), "nobody was refused");
    waiting
}
