//! Passwords over time: chosen, brought from elsewhere, hashed anew, measured by rules that have changed.

use std::path::Path;

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use portner_audit_log::{Actor, Event};
use portner_authenticators::{
    Authenticators, Cost, HashPool, ImportedHash, Owner, PasswordNotice, PasswordRules, Refusal,
    RuleSettings, Weakness,
};
use portner_domain::authenticator::Ceremony;
use portner_domain::identity::{Identity, State};
use portner_domain::{Clock, Level, Millis};

use crate::stage::{CHEAP, PASSWORD, User, World, for_each_world, password};

const DAY: Millis = Millis::hours(24);
/// The hash of [`PASSWORD`] that the C library's bcrypt makes.
const BCRYPT: &str = "$2y$05$abcdefghijklmnopqrstuuNFErKH6vJKCjK5eSUzqwB2CEpVwxSkW";
/// The one that Python's PBKDF2 makes, as Django writes it.
const DJANGO: &str = "pbkdf2_sha256$5000$Zm9vYmFyYmF6cXV4$GMPDkTDFojE/6dpeDLvBZVuX/kGGgryTU62Q5BcssLs=";

fn with(node: &Authenticators, settings: RuleSettings) -> Authenticators {
    node.clone().with_rules(PasswordRules::open(settings).unwrap())
}

async fn logs_in(
    world: &World,
    node: &Authenticators,
    user: &User,
) -> Result<Option<PasswordNotice>, Refusal> {
    let (attempt, identity) = (world.attempt("192.0.2.1"), &user.identity);
    let typed = password(PASSWORD);
    let accepted = node.verify_password(&attempt, &identity.user_name, Some(identity), &typed).await.unwrap();
    accepted.map(|accepted| accepted.notice)
}

async fn chooses(
    world: &World,
    node: &Authenticators,
    identity: &Identity,
    text: &str,
) -> Result<(), Weakness> {
    let chosen = node.choose_password(identity, &password(text)).await.unwrap()?;
    let mut tx = world.stage.log.begin(Actor::Identity(identity.id)).await.unwrap();
    node.bind_password(&mut tx, identity.id, &chosen, Ceremony::InSession(Level::Substantial)).await.unwrap();
    tx.commit().await.unwrap();
    world.stage.clock.advance(Millis(1));
    Ok(())
}

#[tokio::test]
async fn a_chosen_password_meets_the_rules_and_none_of_the_last_is_taken_again() {
    for_each_world(|world| async move {
        let (anna, node) = (world.user("anna").await.identity, world.node().await);
        assert_eq!(chooses(&world, &node, &anna, "kort").await, Err(Weakness::TooShort));
        assert_eq!(chooses(&world, &node, &anna, "Anna-Andersen-1984").await, Err(Weakness::Personal));
        assert_eq!(chooses(&world, &node, &anna, PASSWORD).await, Err(Weakness::UsedBefore), "she has it");
        for n in 1..=8 {
            assert_eq!(chooses(&world, &node, &anna, &format!("{PASSWORD}, nummer {n}")).await, Ok(()));
            let first = if n < 8 { Err(Weakness::UsedBefore) } else { Ok(()) };
            let again = node.choose_password(&anna, &password(PASSWORD)).await.unwrap().map(drop);
            assert_eq!(again, first, "after {n} others");
        }
        let kept = world.hashes(&anna).await;
        let kept: Vec<bool> = kept.iter().map(|hash| hash.starts_with("$argon2id$")).collect();
        assert_eq!(kept, [[true; 8].as_slice(), &[false]].concat(), "what is not compared with is not kept");
    })
    .await;
}

#[tokio::test]
async fn an_organisation_that_wants_no_history_keeps_none() {
    for_each_world(|world| async move {
        let anna = world.user("anna").await.identity;
        let node = with(&world.node().await, RuleSettings { history: 0, ..Default::default() });
        assert_eq!(chooses(&world, &node, &anna, PASSWORD).await, Ok(()));
        let hashes = world.hashes(&anna).await;
        assert!(hashes[0].starts_with("$argon2id$") && hashes[1].is_empty(), "{hashes:?}");
    })
    .await;
}

#[tokio::test]
async fn somebody_who_is_yet_to_be_registered_is_held_to_the_same_rules() {
    for_each_world(|world| async move {
        let node = world.node().await;
        let choose = async |text| {
            let owner = Owner::called(["bo", "Bo Bøgelund"]);
            node.choose_first_password(&owner, &password(text)).await.unwrap().map(drop)
        };
        assert_eq!(choose("BoBøgelund 1984!").await, Err(Weakness::Personal));
        assert_eq!(choose(PASSWORD).await, Ok(()));
    })
    .await;
}

#[tokio::test]
async fn a_password_brought_from_elsewhere_works_carries_no_level_and_is_hashed_anew_at_the_first_login() {
    for_each_world(|world| async move {
        let (anna, node) = (world.user("anna").await, world.node().await);
        for (brought, from) in [(BCRYPT, "bcrypt 5"), (DJANGO, "pbkdf2 i=5000")] {
            let hash = ImportedHash::parse(brought).unwrap();
            let mut tx = world.stage.log.begin(Actor::system("test")).await.unwrap();
            let bound = node.bind_imported_password(&mut tx, anna.identity.id, &hash).await.unwrap();
            tx.commit().await.unwrap();
            assert_eq!(bound.registered, None);
            world.stage.clock.advance(Millis(1));
            let wrong = world.types_password(&node, "anna", Some(&anna.identity), "wrong").await;
            assert_eq!(wrong.map(drop), Err(Refusal::Wrong));
            assert_eq!(world.hashes(&anna.identity).await[0], brought, "a guess changes nothing");
            for _ in 0..2 {
                assert_eq!(logs_in(&world, &node, &anna).await, Ok(None));
            }
            let now = world.hashes(&anna.identity).await[0].clone();
            assert!(now.starts_with("$argon2id$v=19$m=64,t=1,p=1$"), "{now}");
            let events = world.events("password-rehashed").await;
            let Some(Event::PasswordRehashed { authenticator, from: was, to, .. }) = events.last() else {
                panic!("{events:?}")
            };
            assert_eq!(
                (*authenticator, was.as_str(), to.as_str()),
                (bound.id, from, "argon2id m=64,t=1,p=1")
            );
        }
        assert_eq!(world.events("password-rehashed").await.len(), 2, "once each");
    })
    .await;
}

#[tokio::test]
async fn a_hash_is_made_anew_when_the_cost_rises_and_not_when_it_falls() {
    for_each_world(|world| async move {
        let (anna, node) = (world.user("anna").await, world.node().await);
        assert_eq!(logs_in(&world, &node, &anna).await, Ok(None));
        assert_eq!(world.events("password-rehashed").await.len(), 0);
        let dearer = Cost { passes: 3, ..CHEAP };
        let hashing = HashPool::start(1, dearer, &*world.stage.entropy).unwrap();
        let dear = world.node_with(world.volatile().await, hashing).await;
        assert_eq!(logs_in(&world, &dear, &anna).await, Ok(None));
        assert!(world.hashes(&anna.identity).await[0].starts_with("$argon2id$v=19$m=64,t=3,p=1$"));
        assert_eq!(logs_in(&world, &node, &anna).await, Ok(None));
        assert_eq!(world.events("password-rehashed").await.len(), 1, "the cheaper node leaves it as it is");
    })
    .await;
}

/// Of a change of the password and a login that finds its hash outdated, the change stands.
#[tokio::test]
async fn a_hash_made_anew_never_brings_back_a_password_that_was_changed_meanwhile() {
    for_each_world(|world| async move {
        let (anna, node) = (world.user("anna").await, world.node().await);
        world.puts_on_record(&anna.identity, BCRYPT).await;
        let (logged_in, changed) = tokio::join!(
            logs_in(&world, &node, &anna),
            chooses(&world, &node, &anna.identity, "en anden sætning som er ny"),
        );
        assert_eq!(changed, Ok(()));
        assert!(matches!(logged_in, Ok(None) | Err(Refusal::Wrong)), "{logged_in:?}");
        let old = world.types_password(&node, "anna", Some(&anna.identity), PASSWORD).await;
        assert_eq!(old.map(drop), Err(Refusal::Wrong));
    })
    .await;
}

#[tokio::test]
async fn a_password_that_falls_short_of_new_rules_is_told_and_works_until_its_deadline() {
    for_each_world(|world| async move {
        let (anna, easy) = (world.user("anna").await, world.node().await);
        let strict = with(&easy, RuleSettings { chars_min: 30, ..Default::default() });
        let change_by = world.stage.clock.now().plus(Millis(30 * DAY.0));
        let notice = PasswordNotice { why: Weakness::TooShort, change_by };
        for _ in 0..2 {
            assert_eq!(logs_in(&world, &strict, &anna).await, Ok(Some(notice)));
            world.stage.clock.advance(DAY);
        }
        assert_eq!(strict.password_notice(anna.identity.id).await.unwrap(), Some(notice));
        assert_eq!(world.events("password-falls-short").await.len(), 1, "the deadline is set once");
        world.stage.clock.advance(Millis(28 * DAY.0));
        assert_eq!(logs_in(&world, &strict, &anna).await, Err(Refusal::MustChange(Weakness::TooShort)));
        let wrong = world.types_password(&strict, "anna", Some(&anna.identity), "wrong").await;
        assert_eq!(
            wrong.map(drop),
            Err(Refusal::Wrong),
            "nobody learns of it who does not know the password"
        );
        let locked = Identity { state: State::Locked, ..anna.identity.clone() };
        let locked = world.types_password(&strict, "anna", Some(&locked), PASSWORD).await;
        assert_eq!(locked.map(drop), Err(Refusal::Wrong));
        assert_eq!(logs_in(&world, &easy, &anna).await, Ok(None), "rules that it meets again");
        assert_eq!(world.events("password-meets-rules").await.len(), 1);
        assert_eq!(easy.password_notice(anna.identity.id).await.unwrap(), None);
        let renewed = world.stage.clock.now().plus(Millis(30 * DAY.0));
        let again = logs_in(&world, &strict, &anna).await.unwrap().unwrap();
        assert_eq!(again.change_by, renewed);
    })
    .await;
}

#[tokio::test]
async fn a_changed_password_has_no_deadline() {
    for_each_world(|world| async move {
        let (anna, easy) = (world.user("anna").await, world.node().await);
        let strict = with(&easy, RuleSettings { chars_min: 24, ..Default::default() });
        assert!(logs_in(&world, &strict, &anna).await.unwrap().is_some());
        let longer = "fire tilfældige ord her og et til";
        assert_eq!(chooses(&world, &strict, &anna.identity, longer).await, Ok(()));
        world.stage.clock.advance(Millis(31 * DAY.0));
        assert!(world.types_password(&strict, "anna", Some(&anna.identity), longer).await.is_ok());
        assert_eq!(strict.password_notice(anna.identity.id).await.unwrap(), None);
    })
    .await;
}

fn breached(file: &Path, passwords: &[&str]) -> RuleSettings {
    let hash = |text: &&str| hex::encode_upper(digest(&SHA1_FOR_LEGACY_USE_ONLY, text.as_bytes()));
    let mut lines: Vec<String> = passwords.iter().map(hash).map(|hash| format!("{hash}:3\r\n")).collect();
    lines.sort();
    std::fs::write(file, lines.concat()).unwrap();
    RuleSettings { breached_file: Some(file.to_owned()), ..Default::default() }
}

#[tokio::test]
async fn a_password_known_from_a_breach_is_not_taken_and_has_a_week_where_it_is_in_use() {
    for_each_world(|world| async move {
        let (anna, node) = (world.user("anna").await, world.node().await);
        let file = tempfile::NamedTempFile::new().unwrap();
        let node = with(&node, breached(file.path(), &[PASSWORD, "en anden sætning som er ny"]));
        let chosen = chooses(&world, &node, &anna.identity, "en anden sætning som er ny").await;
        assert_eq!(chosen, Err(Weakness::Breached));
        let change_by = world.stage.clock.now().plus(Millis(7 * DAY.0));
        let notice = PasswordNotice { why: Weakness::Breached, change_by };
        assert_eq!(logs_in(&world, &node, &anna).await, Ok(Some(notice)));
        world.stage.clock.advance(Millis(7 * DAY.0));
        assert_eq!(logs_in(&world, &node, &anna).await, Err(Refusal::MustChange(Weakness::Breached)));
        // The list is gone: what was found stands, and nothing new is taken.
        std::fs::write(file.path(), "").unwrap();
        assert_eq!(logs_in(&world, &node, &anna).await, Err(Refusal::MustChange(Weakness::Breached)));
        assert!(
            node.choose_password(&anna.identity, &password("en tredje sætning som er ny")).await.is_err()
        );
    })
    .await;
}

#[tokio::test]
async fn a_deadline_that_was_told_comes_nearer_and_never_moves_away() {
    for_each_world(|world| async move {
        let (anna, node) = (world.user("anna").await, world.node().await);
        let file = tempfile::NamedTempFile::new().unwrap();
        let began = world.stage.clock.now();
        let found = with(&node, breached(file.path(), &[PASSWORD]));
        let strict = with(&node, RuleSettings { chars_min: 30, ..Default::default() });
        let told = logs_in(&world, &strict, &anna).await.unwrap().unwrap();
        assert_eq!(told.change_by, began.plus(Millis(30 * DAY.0)));
        let told = logs_in(&world, &found, &anna).await.unwrap().unwrap();
        assert_eq!(
            told,
            PasswordNotice { why: Weakness::Breached, change_by: began.plus(Millis(7 * DAY.0)) }
        );
        let told = logs_in(&world, &strict, &anna).await.unwrap().unwrap();
        assert_eq!(
            told,
            PasswordNotice { why: Weakness::TooShort, change_by: began.plus(Millis(7 * DAY.0)) }
        );
    })
    .await;
}
