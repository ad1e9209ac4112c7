//! Guessing is slowed down, whatever is guessed, however it is spelt, from wherever it comes.

use portner_authenticators::{Authenticators, Refusal};
use portner_domain::throttle::{ACCOUNT, ADDRESS};
use portner_domain::{Clock, Millis};

use crate::stage::{PASSWORD, User, World, for_each_world, password, wrong_code};

const WRONG: Result<(), Refusal> = Err(Refusal::Wrong);
const TOO_MANY: Result<(), Refusal> = Err(Refusal::TooMany);

async fn guesses_password(
    world: &World,
    node: &Authenticators,
    user: &User,
    guess: &str,
) -> Result<(), Refusal> {
    let name = user.identity.user_name.as_str();
    world.types_password(node, name, Some(&user.identity), guess).await.map(drop)
}

async fn guesses_code(world: &World, node: &Authenticators, user: &User) -> Result<(), Refusal> {
    let guess = wrong_code(&user.secret, world.stage.clock.now());
    world.types_code(node, user, &guess).await.map(drop)
}

#[tokio::test]
async fn t_bf_01_every_factor_is_throttled() {
    for_each_world(|world| async move {
        let (anna, node) = (world.user("anna").await, world.node().await);
        for _ in 0..ACCOUNT.attempts {
            assert_eq!(guesses_password(&world, &node, &anna, "wrong").await, WRONG);
            assert_eq!(guesses_code(&world, &node, &anna).await, WRONG);
        }
        assert_eq!(guesses_password(&world, &node, &anna, PASSWORD).await, TOO_MANY, "though it is right");
        assert_eq!(
            world.types_code(&node, &anna, &world.code(&anna)).await.map(drop),
            TOO_MANY,
            "so is this"
        );
        world.stage.clock.advance(ACCOUNT.window);
        assert!(guesses_password(&world, &node, &anna, PASSWORD).await.is_ok());
        assert!(world.types_code(&node, &anna, &world.code(&anna)).await.is_ok());
    })
    .await;
}

#[tokio::test]
async fn t_bf_01_a_right_password_does_not_forgive_wrong_codes() {
    for_each_world(|world| async move {
        let (anna, node) = (world.user("anna").await, world.node().await);
        for _ in 0..ACCOUNT.attempts {
            assert!(guesses_password(&world, &node, &anna, PASSWORD).await.is_ok());
            assert_eq!(guesses_code(&world, &node, &anna).await, WRONG);
        }
        assert!(guesses_password(&world, &node, &anna, PASSWORD).await.is_ok());
        assert_eq!(guesses_code(&world, &node, &anna).await, TOO_MANY);
    })
    .await;
}

#[tokio::test]
async fn who_is_right_may_be_wrong_again() {
    for_each_world(|world| async move {
        let (anna, node) = (world.user("anna").await, world.node().await);
        for _ in 0..3 {
            for _ in 1..ACCOUNT.attempts {
                assert_eq!(guesses_password(&world, &node, &anna, "wrong").await, WRONG);
            }
            assert!(guesses_password(&world, &node, &anna, PASSWORD).await.is_ok());
        }
    })
    .await;
}

#[tokio::test]
async fn t_bf_01_one_address_can_not_go_on_from_name_to_name() {
    for_each_world(|world| async move {
        let (anna, node) = (world.user("anna").await, world.node().await);
        let guess = async |name: String, from: String| {
            let attempt = world.attempt(&from);
            node.verify_password(&attempt, &name.parse().unwrap(), None, &password("sommer2026"))
                .await
                .unwrap()
        };
        // A customer has a whole /64, and uses it.
        for n in 0..ADDRESS.attempts {
            let outcome = guess(format!("name{n}"), format!("2001:db8:0:1::{n:x}")).await;
            assert_eq!(outcome.map(drop), WRONG, "{n}");
        }
        assert_eq!(guess("bo".to_owned(), "2001:db8:0:1:ffff::1".to_owned()).await.map(drop), TOO_MANY);
        assert_eq!(guess("bo".to_owned(), "2001:db8:0:2::1".to_owned()).await.map(drop), WRONG);
        let right =
            node.verify_code(&world.attempt("2001:db8:0:1::7"), &anna.identity, &world.code(&anna)).await;
        assert_eq!(right.unwrap().map(drop), TOO_MANY, "no factor is looked at from there");
        assert!(guesses_password(&world, &node, &anna, PASSWORD).await.is_ok(), "elsewhere nobody notices");
    })
    .await;
}

#[tokio::test]
async fn t_bf_03_all_spellings_of_a_name_share_one_counter() {
    for_each_world(|world| async move {
        let (anna, node) = (world.user("anna").await, world.node().await);
        let spellings = ["anna", "ANNA", " Anna ", "aNNa", "anna\t"];
        for spelling in spellings {
            let outcome = world.types_password(&node, spelling, Some(&anna.identity), "wrong").await;
            assert_eq!(outcome.map(drop), WRONG);
            assert_eq!(
                world.types_password(&node, &spelling.replace('a', "o"), None, "wrong").await.map(drop),
                WRONG
            );
        }
        let sixth = world.types_password(&node, "annA", Some(&anna.identity), PASSWORD).await;
        assert_eq!(sixth.map(drop), TOO_MANY);
    })
    .await;
}

#[tokio::test]
async fn t_bf_04_of_a_hundred_parallel_guesses_no_more_than_the_limit_are_looked_at() {
    for_each_world(|world| async move {
        let anna = world.user("anna").await;
        let nodes = [world.node().await, world.node().await];
        let wrong = wrong_code(&anna.secret, world.stage.clock.now());
        let guesses: Vec<_> = (0..200)
            .map(|n| {
                let (node, identity, wrong) = (nodes[n % 2].clone(), anna.identity.clone(), wrong.clone());
                let attempt = world.attempt("192.0.2.1");
                tokio::spawn(async move {
                    let name = &identity.user_name;
                    let outcome = if n < 100 {
                        node.verify_password(&attempt, name, Some(&identity), &password("wrong")).await
                    } else {
                        node.verify_code(&attempt, &identity, &wrong).await
                    };
                    (n < 100, outcome.unwrap().map(drop))
                })
            })
            .collect();
        let mut outcomes = Vec::new();
        for guess in guesses {
            outcomes.push(guess.await.unwrap());
        }
        for is_password in [true, false] {
            let of_kind = |outcome| outcomes.iter().filter(|one| **one == (is_password, outcome)).count();
            assert_eq!(of_kind(WRONG), usize::try_from(ACCOUNT.attempts).unwrap());
            let not_looked_at = of_kind(TOO_MANY) + of_kind(Err(Refusal::Busy));
            assert_eq!(not_looked_at, 100 - usize::try_from(ACCOUNT.attempts).unwrap());
        }
        world.stage.clock.advance(Millis::minutes(1));
        assert_eq!(guesses_password(&world, &nodes[0], &anna, PASSWORD).await, TOO_MANY);
    })
    .await;
}
