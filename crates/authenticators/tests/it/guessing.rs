//! Guessing is slowed down, whatever is guessed, however it is spelt, from wherever it comes.

use portner_audit_log::{Actor, Event};
use portner_authenticators::Reopening;
use portner_authenticators::{Authenticators, Refusal};
use portner_domain::throttle::{ADDRESS, FAILURES_IN_A_ROW_MAX, FREE_FAILURES_MAX, Wait};
use portner_domain::{Clock, Level, Millis};

use crate::stage::{PASSWORD, User, World, for_each_world, password, wrong_code};

const WRONG: Result<(), Refusal> = Err(Refusal::Wrong);

/// The first wait after too many wrong answers.
const FIRST_WAIT: Millis = Millis::minutes(1);

fn is_too_many(outcome: Result<(), Refusal>) -> bool {
    matches!(outcome, Err(Refusal::TooMany(_)))
}

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
        for _ in 0..FREE_FAILURES_MAX {
            assert_eq!(guesses_password(&world, &node, &anna, "wrong").await, WRONG);
            assert_eq!(guesses_code(&world, &node, &anna).await, WRONG);
        }
        assert!(is_too_many(guesses_password(&world, &node, &anna, PASSWORD).await), "though it is right");
        let right = world.types_code(&node, &anna, &world.code(&anna)).await;
        assert!(is_too_many(right.map(drop)), "so is this");
        world.stage.clock.advance(FIRST_WAIT);
        assert!(guesses_password(&world, &node, &anna, PASSWORD).await.is_ok());
        assert!(world.types_code(&node, &anna, &world.code(&anna)).await.is_ok());
    })
    .await;
}

#[tokio::test]
async fn t_bf_01_a_right_password_does_not_forgive_wrong_codes() {
    for_each_world(|world| async move {
        let (anna, node) = (world.user("anna").await, world.node().await);
        for _ in 0..FREE_FAILURES_MAX {
            assert!(guesses_password(&world, &node, &anna, PASSWORD).await.is_ok());
            assert_eq!(guesses_code(&world, &node, &anna).await, WRONG);
        }
        assert!(guesses_password(&world, &node, &anna, PASSWORD).await.is_ok());
        assert!(is_too_many(guesses_code(&world, &node, &anna).await));
    })
    .await;
}

#[tokio::test]
async fn who_is_right_may_be_wrong_again() {
    for_each_world(|world| async move {
        let (anna, node) = (world.user("anna").await, world.node().await);
        for _ in 0..3 {
            for _ in 1..FREE_FAILURES_MAX {
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
        let one_more = guess("bo".to_owned(), "2001:db8:0:1:ffff::1".to_owned()).await;
        assert!(is_too_many(one_more.map(drop)));
        assert_eq!(guess("bo".to_owned(), "2001:db8:0:2::1".to_owned()).await.map(drop), WRONG);
        let right =
            node.verify_code(&world.attempt("2001:db8:0:1::7"), &anna.identity, &world.code(&anna)).await;
        assert!(is_too_many(right.unwrap().map(drop)), "no factor is looked at from there");
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
        assert!(is_too_many(sixth.map(drop)));
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
                        let typed = password("wrong");
                        node.verify_password(&attempt, name, Some(&identity), &typed).await.unwrap().map(drop)
                    } else {
                        node.verify_code(&attempt, &identity, &wrong).await.unwrap().map(drop)
                    };
                    (n < 100, outcome)
                })
            })
            .collect();
        let mut outcomes = Vec::new();
        for guess in guesses {
            outcomes.push(guess.await.unwrap());
        }
        for is_password in [true, false] {
            let of_kind =
                outcomes.iter().filter(|(kind, _)| *kind == is_password).map(|(_, outcome)| *outcome);
            assert_eq!(
                of_kind.clone().filter(|outcome| *outcome == WRONG).count(),
                usize::try_from(FREE_FAILURES_MAX).unwrap()
            );
            let not_looked_at = |outcome| is_too_many(outcome) || outcome == Err(Refusal::Busy);
            assert_eq!(
                of_kind.filter(|outcome| not_looked_at(*outcome)).count(),
                100 - usize::try_from(FREE_FAILURES_MAX).unwrap()
            );
        }
        assert!(is_too_many(guesses_password(&world, &nodes[0], &anna, PASSWORD).await));
    })
    .await;
}

#[tokio::test]
async fn a_closed_factor_is_told_once_a_wait_and_leaves_the_others_open() {
    for_each_world(|world| async move {
        let (anna, node) = (world.user("anna").await, world.node().await);
        for _ in 0..FREE_FAILURES_MAX {
            assert_eq!(guesses_password(&world, &node, &anna, "wrong").await, WRONG);
        }
        let until = world.stage.clock.now().plus(FIRST_WAIT);
        for _ in 0..3 {
            let refused = guesses_password(&world, &node, &anna, PASSWORD).await;
            assert_eq!(refused, Err(Refusal::TooMany(Wait::Until(until))));
        }
        let told = world.events("authenticator-refused").await;
        let too_many =
            |event: &&Event| matches!(event, Event::AuthenticatorRefused { why, .. } if why == "too-many");
        assert_eq!(told.iter().filter(too_many).count(), 1);
        assert!(
            world.types_code(&node, &anna, &world.code(&anna)).await.is_ok(),
            "the device is not in the way"
        );
        assert!(
            is_too_many(guesses_password(&world, &node, &anna, PASSWORD).await),
            "nor does it help a guesser"
        );
    })
    .await;
}

#[tokio::test]
async fn what_guessing_has_closed_is_opened_by_support_or_by_a_session_that_is_worth_enough() {
    for_each_world(|world| async move {
        let (anna, node) = (world.user("anna").await, world.node().await);
        let system = || Actor::system("test");
        let close = async || {
            let mut guesses = 0;
            loop {
                match guesses_password(&world, &node, &anna, "wrong").await {
                    Err(Refusal::TooMany(Wait::Until(until))) => {
                        world.stage.clock.advance(until.since(world.stage.clock.now()).unwrap());
                    }
                    Err(Refusal::TooMany(Wait::ForHelp)) => return guesses,
                    wrong => assert_eq!((wrong, guesses += 1), (WRONG, ())),
                }
            }
        };
        assert_eq!(close().await, FAILURES_IN_A_ROW_MAX);
        let low = Reopening::Session(Level::Low);
        assert!(!node.reopen(system(), anna.identity.id, low).await.unwrap());
        assert!(is_too_many(guesses_password(&world, &node, &anna, PASSWORD).await));
        for (why, written) in [
            (Reopening::Support("seen at the desk".to_owned()), "seen at the desk"),
            (Reopening::Session(Level::Substantial), "session:Substantial"),
        ] {
            assert!(node.reopen(system(), anna.identity.id, why).await.unwrap());
            let events = world.events("factors-reopened").await;
            let identity = anna.identity.id;
            assert_eq!(events.last(), Some(&Event::FactorsReopened { identity, why: written.to_owned() }));
            assert!(guesses_password(&world, &node, &anna, PASSWORD).await.is_ok());
            assert_eq!(close().await, FAILURES_IN_A_ROW_MAX);
        }
    })
    .await;
}

#[tokio::test]
async fn a_new_password_begins_its_own_count_and_no_other_factor_does() {
    for_each_world(|world| async move {
        let (anna, node) = (world.user("anna").await, world.node().await);
        for _ in 0..FREE_FAILURES_MAX {
            assert_eq!(guesses_password(&world, &node, &anna, "wrong").await, WRONG);
            assert_eq!(guesses_code(&world, &node, &anna).await, WRONG);
        }
        node.forgive_former_password(anna.identity.id).await.unwrap();
        assert!(guesses_password(&world, &node, &anna, PASSWORD).await.is_ok());
        let right = world.types_code(&node, &anna, &world.code(&anna)).await;
        assert!(is_too_many(right.map(drop)));
        assert!(world.events("factors-reopened").await.is_empty(), "waiting is no news");
    })
    .await;
}
