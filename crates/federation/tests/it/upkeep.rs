//! The calendar: who is past their last day, and who never finished what they began.

use portner_audit_log::Event;
use portner_authenticators::invitation::invite;
use portner_domain::authenticator::Ceremony;
use portner_domain::identity::State;
use portner_domain::life::{Admission, Validity};
use portner_domain::proofing::Evidence;
use portner_domain::{Level, Millis, Moment};
use portner_federation::upkeep::{Patience, Upkeep};

use crate::stage::{Node, User, World, for_each_world};

const DAYS: Millis = Millis::hours(30 * 24);
const PATIENCE: Patience = Patience { grace: Millis::hours(3), activation: Some(DAYS) };

fn upkeep(node: &Node) -> Upkeep {
    Upkeep::new(node.log.clone(), node.volatile.clone(), node.authenticators.clone(), PATIENCE)
}

async fn until(world: &World, user: &User, until: Moment) {
    let mut tx = world.begin().await;
    let validity = Validity { from: None, until: Some(until) };
    portner_directory::set_validity(&mut tx, user.identity.id, validity).await.unwrap().unwrap();
    tx.commit().await.unwrap();
}

async fn state(world: &World, user: &User) -> State {
    portner_directory::by_id(&world.stage.database, user.identity.id).await.unwrap().unwrap().state
}

#[tokio::test]
async fn t_life_01_who_is_past_the_last_day_ends_with_all_they_log_in_with() {
    for_each_world(|world| async move {
        let node = world.node().await;
        let over = world.user("over").with_password().with_totp().registered().await;
        let stays = world.user("stays").with_password().registered().await;
        let now = world.now();
        until(&world, &over, now.plus(Millis::hours(1))).await;
        until(&world, &stays, now.plus(Millis::hours(9))).await;
        assert_eq!(upkeep(&node).end_overdue().await.unwrap(), 0);
        world.pass(60 + 179);
        let found = portner_directory::by_id(&world.stage.database, over.identity.id).await.unwrap().unwrap();
        assert!(!found.is_usable(world.now()), "at once, whatever the job does");
        assert_eq!(upkeep(&node).end_overdue().await.unwrap(), 0, "a wrong date can be put right");
        world.pass(1);
        // Two nodes look at the same time: one does it.
        let other = upkeep(&world.node().await);
        let (one, two) = tokio::join!(async { upkeep(&node).look().await }, async { other.look().await });
        one.unwrap();
        two.unwrap();
        assert_eq!((state(&world, &over).await, state(&world, &stays).await), (State::Ended, State::Active));
        assert!(node.authenticators.of(over.identity.id).await.unwrap().is_empty());
        assert_eq!(node.authenticators.of(stays.identity.id).await.unwrap().len(), 1);
        assert_eq!(upkeep(&node).end_overdue().await.unwrap(), 0, "once");
        world.stage.seal().await;
        assert_eq!(world.events("identity-ended").await.len(), 1);
        assert_eq!(world.events("authenticator-removed").await.len(), 2);
    })
    .await;
}

#[tokio::test]
async fn whose_last_day_was_put_right_meanwhile_goes_on() {
    for_each_world(|world| async move {
        let node = world.node().await;
        let user = world.user("user").with_password().registered().await;
        until(&world, &user, world.now()).await;
        world.pass(181);
        let cut = world.now().minus(PATIENCE.grace);
        let overdue = portner_directory::overdue(&world.stage.database, cut, 9).await.unwrap();
        assert_eq!(overdue, [user.identity.id]);
        until(&world, &user, world.now().plus(DAYS)).await;
        let mut tx = world.begin().await;
        let ended = portner_directory::end_overdue(&mut tx, user.identity.id, cut, "late").await;
        assert!(ended.unwrap().is_err());
        drop(tx);
        assert_eq!(upkeep(&node).end_overdue().await.unwrap(), 0);
        assert_eq!(state(&world, &user).await, State::Active);
    })
    .await;
}

/// A second authenticator at a level for somebody who has no other.
async fn half(world: &World, node: &Node, name: &'static str) -> User {
    let user = world.user(name).proofed(Evidence::InPerson).registered().await;
    let hashed = node
        .authenticators
        .choose_password(
            &user.identity,
            &portner_authenticators::Password::typed("en ret lang kode 17").unwrap(),
        )
        .await
        .unwrap()
        .unwrap();
    let mut tx = world.begin().await;
    let with = Ceremony::WithProofing(Level::Substantial);
    node.authenticators.bind_password(&mut tx, user.identity.id, &hashed, with).await.unwrap();
    tx.commit().await.unwrap();
    user
}

#[tokio::test]
async fn t_life_01_what_was_begun_and_never_finished_is_taken_back_and_the_permission_stays() {
    for_each_world(|world| async move {
        let node = world.node().await;
        let begun = half(&world, &node, "begun").await;
        let withheld = half(&world, &node, "withheld").await;
        let whole =
            world.user("whole").with_password().with_totp().proofed(Evidence::InPerson).registered().await;
        let plain = world.user("plain").with_password().registered().await;
        let mut tx = world.begin().await;
        portner_directory::admit(&mut tx, withheld.identity.id, Admission::Withheld, "x")
            .await
            .unwrap()
            .unwrap();
        tx.commit().await.unwrap();
        world.stage.clock.advance(Millis(DAYS.0 - Millis::minutes(1).0));
        assert_eq!(upkeep(&node).reset_unfinished().await.unwrap(), 0);
        world.pass(1);
        let again = half(&world, &node, "again").await;
        let mut tx = world.begin().await;
        let life = Millis::hours(24);
        invite(&mut tx, &*world.stage.entropy, begun.identity.id, None, life).await.unwrap().unwrap();
        tx.commit().await.unwrap();
        assert_eq!(upkeep(&node).reset_unfinished().await.unwrap(), 0, "who is invited is about to go on");
        world.pass(24 * 60 + 1);
        assert_eq!(upkeep(&node).reset_unfinished().await.unwrap(), 1);
        let count = async |user: &User| node.authenticators.of(user.identity.id).await.unwrap().len();
        assert_eq!(count(&begun).await, 0);
        for (user, has) in [(&withheld, 1), (&whole, 2), (&plain, 1), (&again, 1)] {
            assert_eq!(count(user).await, has, "{}", user.identity.user_name);
        }
        let found =
            portner_directory::by_id(&world.stage.database, begun.identity.id).await.unwrap().unwrap();
        assert_eq!(found.life.admission, Admission::Permitted);
        assert_eq!(upkeep(&node).reset_unfinished().await.unwrap(), 0);
        world.stage.seal().await;
        let events = world.events("activation-reset").await;
        assert_eq!(events, [Event::ActivationReset { identity: begun.identity.id }]);
    })
    .await;
}
