//! Devices that their holders register: who gets one, and what somebody learns who tries numbers.

use portner_audit_log::{Actor, Event};
use portner_authenticators::device::claim::{Claim, ClaimRefusal, Claimant, HeldDevice};
use portner_authenticators::device::{DRIFT_SET_MAX, DeviceState};
use portner_authenticators::{Authenticators, CodeShape, Refusal};
use portner_domain::authenticator::{Authenticator, Ceremony, Kind};
use portner_domain::throttle::{CALM, FREE_FAILURES_MAX, Wait};
use portner_domain::{Level, Millis};

use crate::device::{Device, EIGHT, release};
use crate::stage::{HERE, User, World, for_each_world};

const LOW: Ceremony = Ceremony::InSession(Level::Low);

async fn claims(node: &Authenticators, who: &User, claim: &Claim<'_>) -> Result<HeldDevice, ClaimRefusal> {
    let identity = &who.identity;
    let by = Actor::Identity(identity.id);
    let claimant = Claimant { identity, by, address: HERE.parse().unwrap() };
    node.verify_claim(&claimant, claim).await.unwrap()
}

async fn binds(
    world: &World,
    node: &Authenticators,
    who: &User,
    held: &HeldDevice,
) -> Result<Authenticator, ClaimRefusal> {
    let mut tx = world.stage.log.begin(Actor::Identity(who.identity.id)).await.unwrap();
    let bound = node.bind_held_device(&mut tx, who.identity.id, held, LOW).await.unwrap();
    if bound.is_ok() {
        tx.commit().await.unwrap();
    }
    bound
}

/// Somebody types the number and two codes of a device whose clock is so far ahead.
async fn registers(
    world: &World,
    node: &Authenticators,
    who: &User,
    (device, ahead): (&Device, i64),
) -> Result<Authenticator, ClaimRefusal> {
    let codes = [device.shows_ahead(world, ahead), device.shows_ahead(world, ahead + 1)];
    let claim = Claim { serial: device.serial.as_str(), codes: [&codes[0], &codes[1]] };
    let held = claims(node, who, &claim).await?;
    binds(world, node, who, &held).await
}

async fn why(world: &World) -> Vec<(Option<String>, String)> {
    let declined = world.events("code-device-declined").await;
    let read = |event: Event| match event {
        Event::CodeDeviceDeclined { serial, why, .. } => (serial, why),
        other => panic!("{other:?}"),
    };
    declined.into_iter().map(read).collect()
}

#[tokio::test]
async fn who_holds_a_free_device_registers_it_with_two_codes_whatever_its_clock_says() {
    for_each_world(|world| async move {
        let (anna, node) = (world.user("anna").await, world.node().await);
        for (number, shape, ahead) in [("a-1", CodeShape::APP, 0), ("a-2", EIGHT, -60), ("a-3", EIGHT, 60)] {
            let device = Device::bought(&world, number, shape).await;
            let bound = registers(&world, &node, &anna, (&device, ahead)).await.unwrap();
            assert_eq!((bound.kind, bound.registered), (Kind::TotpDevice, Some(Level::Low)));
            let spent = device.shows_ahead(&world, ahead + 1);
            let again = world.types_code(&node, &anna, &spent).await.map(drop);
            assert_eq!(again, Err(Refusal::AlreadyUsed), "{number}");
            let next = device.shows_ahead(&world, ahead + 2);
            assert!(world.types_code(&node, &anna, &next).await.is_ok(), "{number}: its clock is known now");
        }
        let devices = node.code_devices(None).await.unwrap();
        let states: Vec<_> = devices.iter().map(|it| it.state).collect();
        let (stock, hers) = (DeviceState::InStock, DeviceState::Assigned);
        assert_eq!(states, [stock, stock, hers], "one person has one device");
        assert_eq!(why(&world).await, []);
    })
    .await;
}

#[tokio::test]
async fn t_enum_01_whatever_is_wrong_about_a_device_the_answer_is_the_same_and_the_log_knows() {
    for_each_world(|world| async move {
        let (anna, bo, node) = (world.user("anna").await, world.user("bo").await, world.node().await);
        let free = Device::bought(&world, "free", CodeShape::APP).await;
        let bos = Device::bought(&world, "bos", CodeShape::APP).await;
        let lost = Device::bought(&world, "lost", CodeShape::APP).await;
        bos.given(&world, &node, &bo).await.unwrap();
        release(&world, &lost.serial, DeviceState::Lost).await.unwrap();
        let far = i64::try_from(DRIFT_SET_MAX).unwrap() + 1;
        let eight = Device::bought(&world, "eight", EIGHT).await;
        for (serial, device, steps, reason) in [
            ("nobodys", &free, [0, 1], (None, "no-such-device")),
            ("no serial / number", &free, [0, 1], (None, "no-such-device")),
            ("bos", &bos, [0, 1], (Some("BOS"), "not-free")),
            ("lost", &lost, [0, 1], (Some("LOST"), "not-free")),
            ("free", &bos, [0, 1], (Some("FREE"), "wrong-codes")),
            ("free", &free, [far, far + 1], (Some("FREE"), "wrong-codes")),
            ("free", &free, [1, 0], (Some("FREE"), "wrong-codes")),
            ("free", &free, [0, 0], (Some("FREE"), "wrong-codes")),
            ("free", &free, [0, 2], (Some("FREE"), "wrong-codes")),
            ("free", &eight, [0, 1], (Some("FREE"), "wrong-codes")),
        ] {
            let codes = steps.map(|ahead| device.shows_ahead(&world, ahead));
            let claim = Claim { serial, codes: [&codes[0], &codes[1]] };
            assert_eq!(claims(&node, &anna, &claim).await.map(drop), Err(ClaimRefusal::Wrong), "{serial}");
            let (serial, reason) = (reason.0.map(str::to_owned), reason.1.to_owned());
            assert_eq!(why(&world).await.pop(), Some((serial, reason)));
            // Each is looked at: how many are is another test's.
            world.stage.clock.advance(CALM);
        }
        let nonsense = Claim { serial: "free", codes: ["x", ""] };
        assert_eq!(claims(&node, &anna, &nonsense).await.map(drop), Err(ClaimRefusal::Wrong));
        assert!(world.events("code-device-resynced").await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn t_bf_01_numbers_and_codes_of_devices_are_guessed_at_no_more_than_other_factors() {
    for_each_world(|world| async move {
        let (anna, node) = (world.user("anna").await, world.node().await);
        let device = Device::bought(&world, "a-1", CodeShape::APP).await;
        let wrong = Claim { serial: "a-1", codes: ["000000", "000001"] };
        for _ in 0..FREE_FAILURES_MAX {
            assert_eq!(claims(&node, &anna, &wrong).await.map(drop), Err(ClaimRefusal::Wrong));
        }
        for _ in 0..3 {
            let closed = registers(&world, &node, &anna, (&device, 0)).await.map(drop);
            assert!(matches!(closed, Err(ClaimRefusal::TooMany(Wait::Until(_)))), "{closed:?}");
        }
        let told = why(&world).await.into_iter().filter(|(_, why)| why == "too-many").count();
        assert_eq!(told, 1, "whoever goes on does not fill the log");
        assert!(world.types_code(&node, &anna, &world.code(&anna)).await.is_ok(), "her app is not closed");
        let bo = world.user("bo").await;
        assert_eq!(claims(&node, &bo, &wrong).await.map(drop), Err(ClaimRefusal::Wrong), "nor is bo");
        world.stage.clock.advance(Millis::minutes(1));
        assert!(registers(&world, &node, &anna, (&device, 0)).await.is_ok());
        for _ in 0..FREE_FAILURES_MAX {
            let again = claims(&node, &anna, &wrong).await.map(drop);
            assert_eq!(again, Err(ClaimRefusal::Wrong), "a right answer forgives");
        }
    })
    .await;
}

#[tokio::test]
async fn of_two_who_show_the_same_codes_one_gets_the_device() {
    for_each_world(|world| async move {
        let (anna, bo) = (world.user("anna").await, world.user("bo").await);
        let (one, other) = (world.node().await, world.node().await);
        let device = Device::bought(&world, "a-1", CodeShape::APP).await;
        let codes = [device.shows_ahead(&world, 0), device.shows_ahead(&world, 1)];
        let claim = Claim { serial: "a-1", codes: [&codes[0], &codes[1]] };
        let hers = claims(&one, &anna, &claim).await.unwrap();
        let his = claims(&other, &bo, &claim).await.unwrap();
        let (hers, his) = tokio::join!(binds(&world, &one, &anna, &hers), binds(&world, &other, &bo, &his));
        assert_eq!([&hers, &his].iter().filter(|bound| bound.is_ok()).count(), 1, "{hers:?} {his:?}");
        let bound = world.events("code-device-assigned").await;
        assert_eq!(bound.len(), 1, "and nothing of the other is on record: {bound:?}");
    })
    .await;
}

#[tokio::test]
async fn ones_own_device_is_registered_anew_also_after_it_was_removed_but_not_after_it_was_lost() {
    for_each_world(|world| async move {
        let (anna, bo, node) = (world.user("anna").await, world.user("bo").await, world.node().await);
        let device = Device::bought(&world, "a-1", CodeShape::APP).await;
        let pass = || world.stage.clock.advance(Millis::minutes(2));
        let mut mine = registers(&world, &node, &anna, (&device, 0)).await.unwrap();
        pass();
        mine = {
            let again = registers(&world, &node, &anna, (&device, 0)).await.unwrap();
            assert_ne!(again.id, mine.id, "as it is");
            again
        };
        let mut tx = world.stage.log.begin(Actor::Identity(anna.identity.id)).await.unwrap();
        assert!(node.remove(&mut tx, anna.identity.id, &mine).await.unwrap());
        tx.commit().await.unwrap();
        pass();
        assert_eq!(registers(&world, &node, &bo, (&device, 0)).await.map(drop), Err(ClaimRefusal::Wrong));
        let back = registers(&world, &node, &anna, (&device, 0)).await.unwrap();
        let mut tx = world.stage.log.begin(Actor::Identity(anna.identity.id)).await.unwrap();
        assert!(node.report_lost(&mut tx, anna.identity.id, &back).await.unwrap());
        tx.commit().await.unwrap();
        pass();
        assert_eq!(registers(&world, &node, &anna, (&device, 0)).await.map(drop), Err(ClaimRefusal::Wrong));
    })
    .await;
}
