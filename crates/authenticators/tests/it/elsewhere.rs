//! Logging in with the network password, and making it the password here.

use std::sync::Arc;
use std::time::Duration;

use portner_audit_log::{Actor, Event};
use portner_authenticators::network::{For, NetworkPasswords};
use portner_authenticators::{Authenticators, NotAdopted, Password, Refusal, Weakness};
use portner_domain::authenticator::{Authenticator, Ceremony, Kind};
use portner_domain::identity::{Identity, State};
use portner_domain::throttle::{FREE_FAILURES_MAX, Wait};
use portner_domain::{Clock, Level, Millis};

use crate::directory::{Authority, By, LIMIT, Slapd, passwords_of};
use crate::stage::{PASSWORD, World, for_each_world};

const ANNAS: &str = "annas network password";
const UNAVAILABLE: Result<Kind, Refusal> = Err(Refusal::Unavailable);
const WRONG: Result<Kind, Refusal> = Err(Refusal::Wrong);

/// Nodes that ask this directory.
struct Network {
    authority: Authority,
    slapd: Slapd,
}

impl Network {
    fn start() -> Option<Arc<Self>> {
        let authority = Authority::new();
        let slapd = Slapd::start(&authority)?;
        Some(Arc::new(Self { authority, slapd }))
    }

    fn passwords(&self, world: &World, whose: For) -> NetworkPasswords {
        let server = [format!("ldaps://localhost:{}", self.slapd.ldaps)];
        passwords_of(whose, &server, By::Search, &self.authority, Arc::clone(&world.stage.clock) as _)
    }

    async fn node(&self, world: &World, whose: For) -> Authenticators {
        world.node().await.with_network_passwords(self.passwords(world, whose))
    }
}

/// The directory is asked no more for now.
fn too_many(world: &World) -> Refusal {
    Refusal::TooMany(Wait::Until(world.stage.clock.now().plus(LIMIT.window)))
}

async fn types(
    world: &World,
    node: &Authenticators,
    (name, identity): (&str, Option<&Identity>),
    typed: &str,
) -> Result<Kind, Refusal> {
    world.types_password(node, name, identity, typed).await.map(|proof| proof.kind)
}

#[tokio::test]
async fn a_right_network_password_is_a_proof_of_its_own_kind_that_carries_no_level() {
    let Some(network) = Network::start() else { return };
    for_each_world(|world| {
        let network = Arc::clone(&network);
        async move {
            let node = network.node(&world, For::WithoutLocalPassword).await;
            let anna = world.nobody_yet("anna").await;
            let who = ("anna", Some(&anna));
            assert_eq!(types(&world, &node, who, "wrong").await, WRONG);
            assert_eq!(node.of(anna.id).await.unwrap(), [], "what was wrong binds nothing");
            // All at once, and once more: bound once.
            let tries: Vec<_> = (0..LIMIT.attempts)
                .map(|_| {
                    let (node, anna) = (node.clone(), anna.clone());
                    let attempt = world.attempt("192.0.2.1");
                    tokio::spawn(async move {
                        let password = crate::stage::password(ANNAS);
                        node.verify_password(&attempt, &anna.user_name, Some(&anna), &password).await.unwrap()
                    })
                })
                .collect();
            for one in tries {
                drop(one.await.unwrap());
            }
            assert_eq!(types(&world, &node, who, ANNAS).await, Ok(Kind::NetworkPassword));
            let bound = node.of(anna.id).await.unwrap();
            let [bound] = bound.as_slice() else { panic!("{bound:?}") };
            assert_eq!((bound.kind, bound.registered), (Kind::NetworkPassword, None));
            let told = world.events("authenticator-bound").await;
            let [Event::AuthenticatorBound { authenticator_kind, ceremony, level, .. }] = told.as_slice()
            else {
                panic!("{told:?}")
            };
            assert_eq!(
                (*authenticator_kind, *ceremony, *level),
                (Kind::NetworkPassword, Ceremony::Unvouched, None)
            );
        }
    })
    .await;
}

#[tokio::test]
async fn only_identities_here_that_are_active_and_marked_are_asked_about() {
    let Some(network) = Network::start() else { return };
    for_each_world(|world| {
        let network = Arc::clone(&network);
        async move {
            let own_first = network.node(&world, For::WithoutLocalPassword).await;
            let everybody = network.node(&world, For::Everybody).await;
            let with_own = world.user("anna").await.identity;
            let anna = ("anna", Some(&with_own));
            assert_eq!(types(&world, &everybody, anna, PASSWORD).await, Ok(Kind::Password));
            assert_eq!(types(&world, &everybody, anna, ANNAS).await, Ok(Kind::NetworkPassword));
            assert_eq!(types(&world, &own_first, anna, PASSWORD).await, Ok(Kind::Password));
            assert_eq!(types(&world, &own_first, anna, ANNAS).await, WRONG);

            let locked = Identity { state: State::Locked, ..world.nobody_yet("bo").await };
            let bos = "bos own network password";
            for node in [&own_first, &everybody] {
                let name = ("bo", Some(&locked));
                assert_eq!(types(&world, node, name, bos).await, WRONG, "locked here");
            }
            // Known there, and nobody here.
            assert_eq!(types(&world, &everybody, ("half", None), "½å ´ halv kodeord").await, WRONG);
        }
    })
    .await;
}

#[tokio::test]
async fn t_bf_01_the_directory_is_not_asked_beyond_the_limit() {
    let Some(network) = Network::start() else { return };
    for_each_world(|world| {
        let network = Arc::clone(&network);
        async move {
            let node = network.node(&world, For::WithoutLocalPassword).await;
            let (anna, other) = (world.nobody_yet("anna").await, world.user("carl").await.identity);
            // Known, unknown and with a password here: the same limit, or it would tell them apart.
            for who in [("anna", Some(&anna)), ("nobody", None), ("carl", Some(&other))] {
                for _ in 0..LIMIT.attempts {
                    assert_eq!(types(&world, &node, who, "wrong").await, WRONG, "{}", who.0);
                }
                // What is not looked at does not count here either, or the wait would outlast the directory's.
                for _ in 0..=FREE_FAILURES_MAX {
                    assert_eq!(types(&world, &node, who, "wrong").await, Err(too_many(&world)), "{}", who.0);
                }
            }
            network.slapd.stop();
            let who = ("anna", Some(&anna));
            assert_eq!(
                types(&world, &node, who, ANNAS).await,
                Err(too_many(&world)),
                "nobody is there to be asked"
            );
            network.slapd.start_again();
            world.stage.clock.advance(Millis::minutes(16));
            assert_eq!(
                types(&world, &node, who, ANNAS).await,
                Err(too_many(&world)),
                "the directory's window is longer"
            );
            world.stage.clock.advance(Millis::minutes(15));
            assert_eq!(types(&world, &node, who, ANNAS).await, Ok(Kind::NetworkPassword));
        }
    })
    .await;
}

#[tokio::test]
async fn t_bf_01_a_right_password_here_does_not_forgive_what_the_directory_counts() {
    let Some(network) = Network::start() else { return };
    for_each_world(|world| {
        let network = Arc::clone(&network);
        async move {
            let node = network.node(&world, For::Everybody).await;
            let anna = world.user("anna").await.identity;
            let who = ("anna", Some(&anna));
            // However often its owner logs in, that does not use up the limit.
            for _ in 0..LIMIT.attempts + 1 {
                assert_eq!(types(&world, &node, who, PASSWORD).await, Ok(Kind::Password));
            }
            for _ in 0..LIMIT.attempts {
                assert_eq!(types(&world, &node, who, "wrong").await, WRONG);
                if types(&world, &node, who, PASSWORD).await == Err(too_many(&world)) {
                    break;
                }
            }
            assert_eq!(types(&world, &node, who, "wrong").await, Err(too_many(&world)));
            // Whoever is right at the directory is forgiven there, too.
            world.stage.clock.advance(LIMIT.window);
            assert_eq!(types(&world, &node, who, "wrong").await, WRONG);
            assert_eq!(types(&world, &node, who, ANNAS).await, Ok(Kind::NetworkPassword));
            assert_eq!(types(&world, &node, who, "wrong").await, WRONG);
        }
    })
    .await;
}

#[tokio::test]
async fn an_outage_is_nobodys_failure_and_everybody_hears_of_it_alike() {
    let Some(network) = Network::start() else { return };
    for_each_world(|world| {
        let network = Arc::clone(&network);
        async move {
            let node = network.node(&world, For::WithoutLocalPassword).await;
            let (anna, bo) = (world.nobody_yet("anna").await, world.nobody_yet("bo").await);
            let (anna, bo) = (("anna", Some(&anna)), ("bo", Some(&bo)));
            assert_eq!(types(&world, &node, anna, "wrong").await, WRONG);
            network.slapd.stop();
            for _ in 0..FREE_FAILURES_MAX + 1 {
                for who in [anna, bo, ("nobody", None)] {
                    assert_eq!(types(&world, &node, who, ANNAS).await, UNAVAILABLE, "{}", who.0);
                }
            }
            network.slapd.start_again();
            assert_eq!(types(&world, &node, ("nobody", None), ANNAS).await, UNAVAILABLE, "not tried again yet");
            world.stage.clock.advance(Millis::seconds(15));
            // What was wrong before the outage still counts, and nothing since.
            assert_eq!(types(&world, &node, anna, "wrong").await, WRONG);
            assert_eq!(types(&world, &node, anna, ANNAS).await, Err(too_many(&world)));
            assert_eq!(types(&world, &node, bo, "bos own network password").await, Ok(Kind::NetworkPassword));
            assert_eq!(types(&world, &node, ("nobody", None), ANNAS).await, WRONG);
            let told = world.events("authenticator-refused").await;
            let outage = |event: &&Event| {
                matches!(event, Event::AuthenticatorRefused { why, .. } if why == "directory-unavailable")
            };
            assert_eq!(told.iter().filter(outage).count(), 19, "each is on record");
        }
    })
    .await;
}

#[tokio::test]
async fn during_an_outage_a_password_kept_here_works_and_wrong_ones_count() {
    let Some(network) = Network::start() else { return };
    for_each_world(|world| {
        let network = Arc::clone(&network);
        async move {
            let node = network.node(&world, For::Everybody).await;
            network.slapd.stop();
            let anna = world.user("anna").await.identity;
            let own_first = network.node(&world, For::WithoutLocalPassword).await;
            assert_eq!(types(&world, &node, ("anna", Some(&anna)), PASSWORD).await, Ok(Kind::Password));
            for _ in 0..LIMIT.attempts {
                assert_eq!(types(&world, &own_first, ("anna", Some(&anna)), "wrong").await, UNAVAILABLE);
            }
            assert_eq!(
                types(&world, &own_first, ("anna", Some(&anna)), PASSWORD).await,
                Err(too_many(&world))
            );
            network.slapd.start_again();
        }
    })
    .await;
}

/// The directory's answer takes its time; nobody shall see by it who was asked about.
#[tokio::test]
async fn t_enum_01_who_is_not_asked_about_waits_as_long() {
    let Some(network) = Network::start() else { return };
    for_each_world(|world| {
        let network = Arc::clone(&network);
        async move {
            let node = network.node(&world, For::WithoutLocalPassword).await;
            let (anna, carl) = (world.nobody_yet("anna").await, world.user("carl").await.identity);
            for who in [("anna", Some(&anna)), ("carl", Some(&carl)), ("nobody", None)] {
                let begun = tokio::time::Instant::now();
                assert_eq!(types(&world, &node, who, "wrong").await, WRONG);
                let took = begun.elapsed();
                assert!(took >= Duration::from_millis(500), "{}: {took:?}", who.0);
            }
            // Whoever is right learns nothing by waiting, and does not.
            assert_eq!(types(&world, &node, ("anna", Some(&anna)), ANNAS).await, Ok(Kind::NetworkPassword));
        }
    })
    .await;
}

/// What a session or an invitation does: checked before the transaction, bound in it.
async fn adopts(
    node: &Authenticators,
    world: &World,
    identity: &Identity,
    typed: &str,
) -> Result<Authenticator, NotAdopted> {
    let password = Password::typed(typed).unwrap();
    let checked = node.network_password(&world.attempt("192.0.2.1"), identity, &password).await.unwrap();
    let hashed = checked?;
    let mut tx = world.stage.log.begin(Actor::Identity(identity.id)).await.unwrap();
    let ceremony = Ceremony::InSession(Level::Substantial);
    let bound = node.bind_password(&mut tx, identity.id, &hashed, ceremony).await.unwrap();
    tx.commit().await.unwrap();
    Ok(bound)
}

#[tokio::test]
async fn a_network_password_that_is_checked_in_a_session_becomes_the_password_here() {
    let Some(network) = Network::start() else { return };
    for_each_world(|world| {
        let network = Arc::clone(&network);
        async move {
            let node = network.node(&world, For::WithoutLocalPassword).await;
            let anna = world.nobody_yet("anna").await;
            let who = ("anna", Some(&anna));
            let adopt = async |identity: &Identity, typed: &str| adopts(&node, &world, identity, typed).await;
            assert_eq!(adopt(&anna, "wrong").await, Err(NotAdopted::Refused(Refusal::Wrong)));
            let kort = world.nobody_yet("kort").await;
            let short = NotAdopted::NotGoodEnough(Weakness::TooShort);
            assert_eq!(adopt(&kort, "kort").await, Err(short), "right, and not good enough");
            let locked = Identity { state: State::Locked, ..anna.clone() };
            assert_eq!(adopt(&locked, ANNAS).await, Err(NotAdopted::Refused(Refusal::Wrong)));

            let bound = adopt(&anna, ANNAS).await.unwrap();
            assert_eq!((bound.kind, bound.registered), (Kind::Password, Some(Level::Substantial)));
            let told = world.events("network-password-adopted").await;
            let [Event::NetworkPasswordAdopted { identity, authenticator }] = told.as_slice() else {
                panic!("{told:?}")
            };
            assert_eq!((*identity, *authenticator), (anna.id, bound.id));

            // From then on nobody else is asked.
            network.slapd.stop();
            assert_eq!(types(&world, &node, who, ANNAS).await, Ok(Kind::Password));
            assert_eq!(adopt(&anna, ANNAS).await, Err(NotAdopted::Refused(Refusal::Unavailable)));
            network.slapd.start_again();
            let alone = world.node().await;
            assert_eq!(adopts(&alone, &world, &anna, ANNAS).await, Err(NotAdopted::NoDirectory));
            assert!(node.asks_a_directory() && !alone.asks_a_directory());
        }
    })
    .await;
}

#[tokio::test]
async fn guessing_in_a_session_is_limited_like_guessing_at_the_door() {
    let Some(network) = Network::start() else { return };
    for_each_world(|world| {
        let network = Arc::clone(&network);
        async move {
            let node = network.node(&world, For::WithoutLocalPassword).await;
            let anna = world.nobody_yet("anna").await;
            let adopt = async |typed: &str| adopts(&node, &world, &anna, typed).await.map(drop);
            assert_eq!(adopt("wrong").await, Err(NotAdopted::Refused(Refusal::Wrong)));
            assert_eq!(types(&world, &node, ("anna", Some(&anna)), "wrong").await, WRONG);
            assert_eq!(adopt(ANNAS).await, Err(NotAdopted::Refused(too_many(&world))));
            assert_eq!(types(&world, &node, ("anna", Some(&anna)), ANNAS).await, Err(too_many(&world)));
        }
    })
    .await;
}
