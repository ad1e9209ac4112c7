//! Devices that show codes: whose they are, and how their clocks are kept up with.

use std::sync::Arc;

use portner_audit_log::{Actor, Event};
use portner_authenticators::device::{DRIFT_LEARNT_MAX, DeviceRefusal, DeviceState, NewDevice, Serial};
use portner_authenticators::{Authenticators, CodeAlgorithm, CodeShape, Refusal, TotpSecret};
use portner_domain::authenticator::{Ceremony, Kind};
use portner_domain::{Clock, Level, Millis, Moment};

use crate::stage::{Forgetful, User, World, for_each_world};

pub const EIGHT: CodeShape = CodeShape { digits: 8, period_seconds: 60, algorithm: CodeAlgorithm::Sha256 };

/// A device in the stock, and a copy of what is inside it.
pub struct Device {
    pub serial: Serial,
    seed: TotpSecret,
    shape: CodeShape,
}

impl Device {
    pub async fn bought(world: &World, serial: &str, shape: CodeShape) -> Self {
        let (serial, seed) = (serial.parse::<Serial>().unwrap(), TotpSecret::generate(&*world.stage.entropy));
        let copy = || TotpSecret::from_base32(&seed.expose()).unwrap();
        let new = NewDevice { serial: serial.clone(), seed: copy(), shape };
        let mut tx = world.stage.log.begin(Actor::system("test")).await.unwrap();
        assert_eq!(world.node().await.add_code_devices(&mut tx, &[new]).await.unwrap(), 1);
        tx.commit().await.unwrap();
        Self { serial, seed, shape }
    }

    /// What it shows when its clock says so.
    fn shows(&self, at: Moment) -> String {
        let bytes = data_encoding::BASE32_NOPAD.decode(self.seed.expose().as_bytes()).unwrap();
        let algorithm = match self.shape.algorithm {
            CodeAlgorithm::Sha1 => totp_rs::Algorithm::SHA1,
            CodeAlgorithm::Sha256 => totp_rs::Algorithm::SHA256,
        };
        let builder = totp_rs::Builder::new().with_secret(bytes).with_algorithm(algorithm);
        let builder = builder.with_digits(self.shape.digits).with_step_duration(self.shape.period_seconds);
        builder.build_noncompliant().generate(at.unix_seconds()).to_string()
    }

    /// What it shows now, with a clock so many steps ahead of ours.
    pub fn shows_ahead(&self, world: &World, steps: i64) -> String {
        let step = i64::try_from(self.shape.period_seconds).unwrap() * 1_000;
        self.shows(Moment(world.stage.clock.now().0 + steps * step))
    }

    pub async fn given(&self, world: &World, node: &Authenticators, to: &User) -> Result<(), DeviceRefusal> {
        let ceremony = Ceremony::WithProofing(Level::Substantial);
        let mut tx = world.stage.log.begin(Actor::system("test")).await.unwrap();
        let given = node.assign_code_device(&mut tx, &self.serial, to.identity.id, ceremony).await.unwrap();
        if let Ok(bound) = &given {
            assert_eq!((bound.kind, bound.registered), (Kind::TotpDevice, Some(Level::Substantial)));
            tx.commit().await.unwrap();
        }
        given.map(drop)
    }

    async fn resynced(&self, world: &World, codes: [&str; 2]) -> Result<i64, DeviceRefusal> {
        let mut tx = world.stage.log.begin(Actor::system("test")).await.unwrap();
        let done = world.node().await.resync_code_device(&mut tx, &self.serial, codes).await.unwrap();
        if done.is_ok() {
            tx.commit().await.unwrap();
        }
        done
    }

    pub fn one_period(&self) -> Millis {
        Millis::seconds(self.shape.period_seconds)
    }
}

async fn unthrottled(world: &World) -> Authenticators {
    world.node_with(Arc::new(Forgetful), world.hashing.clone()).await
}

pub async fn release(world: &World, serial: &Serial, into: DeviceState) -> Result<(), DeviceRefusal> {
    let mut tx = world.stage.log.begin(Actor::system("test")).await.unwrap();
    let done = world.node().await.release_code_device(&mut tx, serial, into).await.unwrap();
    if done.is_ok() {
        tx.commit().await.unwrap();
    }
    done
}

#[tokio::test]
async fn t_totp_01_a_devices_code_is_accepted_once_even_by_fifty_at_a_time() {
    for_each_world(|world| async move {
        let anna = world.user("anna").await;
        let device = Device::bought(&world, "a-1", EIGHT).await;
        device.given(&world, &world.node().await, &anna).await.unwrap();
        let (nodes, code) =
            ([unthrottled(&world).await, unthrottled(&world).await], device.shows_ahead(&world, 0));
        let tries: Vec<_> = (0..50)
            .map(|n| {
                let (node, code, identity) = (nodes[n % 2].clone(), code.clone(), anna.identity.clone());
                let attempt = world.attempt("192.0.2.1");
                tokio::spawn(async move { node.verify_code(&attempt, &identity, &code).await.unwrap() })
            })
            .collect();
        let mut outcomes = Vec::new();
        for one in tries {
            outcomes.push(one.await.unwrap().map(|proof| proof.kind));
        }
        assert_eq!(outcomes.iter().filter(|outcome| **outcome == Ok(Kind::TotpDevice)).count(), 1);
        assert_eq!(outcomes.iter().filter(|outcome| **outcome == Err(Refusal::AlreadyUsed)).count(), 49);
    })
    .await;
}

#[tokio::test]
async fn a_drift_is_learnt_code_by_code_and_no_further_than_its_bound() {
    for_each_world(|world| async move {
        let (anna, node) = (world.user("anna").await, unthrottled(&world).await);
        let device = Device::bought(&world, "a-1", CodeShape::APP).await;
        device.given(&world, &node, &anna).await.unwrap();
        assert_eq!(
            world.types_code(&node, &anna, &device.shows_ahead(&world, 2)).await.map(drop),
            Err(Refusal::Wrong)
        );
        for ahead in 1..=DRIFT_LEARNT_MAX {
            world.stage.clock.advance(device.one_period());
            let typed = device.shows_ahead(&world, ahead);
            assert!(world.types_code(&node, &anna, &typed).await.is_ok(), "{ahead} steps ahead");
            assert_eq!(node.code_device(&device.serial).await.unwrap().unwrap().drift, ahead);
        }
        world.stage.clock.advance(device.one_period());
        let code = device.shows_ahead(&world, DRIFT_LEARNT_MAX + 1);
        assert!(world.types_code(&node, &anna, &code).await.is_ok(), "one beyond is within the window");
        world.stage.clock.advance(device.one_period());
        let code = device.shows_ahead(&world, DRIFT_LEARNT_MAX + 2);
        assert_eq!(world.types_code(&node, &anna, &code).await.map(drop), Err(Refusal::Wrong));
    })
    .await;
}

#[tokio::test]
async fn two_codes_in_a_row_set_a_clock_anew_and_are_spent_by_it() {
    for_each_world(|world| async move {
        let (anna, node) = (world.user("anna").await, unthrottled(&world).await);
        let device = Device::bought(&world, "a-1", EIGHT).await;
        device.given(&world, &node, &anna).await.unwrap();
        let [one, two, three, far, further] =
            [59, 60, 61, 101, 102].map(|ahead| device.shows_ahead(&world, ahead));
        assert_eq!(world.types_code(&node, &anna, &one).await.map(drop), Err(Refusal::Wrong));
        for wrong in [[&two, &one], [&one, &one], [&one, &three], [&far, &further]] {
            let codes = wrong.map(String::as_str);
            assert_eq!(device.resynced(&world, codes).await, Err(DeviceRefusal::NotInARow), "{codes:?}");
        }
        assert_eq!(device.resynced(&world, [&one, &two]).await, Ok(60));
        assert_eq!(
            device.resynced(&world, [&one, &two]).await,
            Err(DeviceRefusal::NotInARow),
            "they are spent"
        );
        assert_eq!(world.types_code(&node, &anna, &two).await.map(drop), Err(Refusal::AlreadyUsed));
        assert!(world.types_code(&node, &anna, &three).await.is_ok());
        let behind = [-80, -79].map(|ahead| device.shows_ahead(&world, ahead));
        let codes = [behind[0].as_str(), behind[1].as_str()];
        assert_eq!(device.resynced(&world, codes).await, Err(DeviceRefusal::NotInARow), "no clock goes back");
    })
    .await;
}

#[tokio::test]
async fn a_device_belongs_to_one_person_at_a_time_and_takes_no_code_along() {
    for_each_world(|world| async move {
        let (anna, bo, node) = (world.user("anna").await, world.user("bo").await, unthrottled(&world).await);
        let device = Device::bought(&world, "a-1", CodeShape::APP).await;
        assert_eq!(device.given(&world, &node, &anna).await, Ok(()));
        assert_eq!(device.given(&world, &node, &bo).await, Err(DeviceRefusal::NotInStock));
        let code = device.shows_ahead(&world, 0);
        assert!(world.types_code(&node, &anna, &code).await.is_ok());
        assert_eq!(release(&world, &device.serial, DeviceState::InStock).await, Ok(()));
        let next = device.shows_ahead(&world, 1);
        assert_eq!(
            world.types_code(&node, &anna, &next).await.map(drop),
            Err(Refusal::Wrong),
            "hers no more"
        );
        assert_eq!(device.given(&world, &node, &bo).await, Ok(()));
        assert_eq!(world.types_code(&node, &bo, &code).await.map(drop), Err(Refusal::AlreadyUsed));
        assert!(world.types_code(&node, &bo, &next).await.is_ok());
        let owner = node.code_device(&device.serial).await.unwrap().unwrap();
        assert_eq!((owner.state, owner.user_name.as_deref()), (DeviceState::Assigned, Some("bo")));
    })
    .await;
}

#[tokio::test]
async fn a_lost_device_stops_working_at_once_and_a_new_one_sends_the_old_back() {
    for_each_world(|world| async move {
        let (anna, node) = (world.user("anna").await, unthrottled(&world).await);
        let (first, second) =
            (Device::bought(&world, "a-1", EIGHT).await, Device::bought(&world, "a-2", CodeShape::APP).await);
        first.given(&world, &node, &anna).await.unwrap();
        second.given(&world, &node, &anna).await.unwrap();
        let state = async |device: &Device| node.code_device(&device.serial).await.unwrap().unwrap().state;
        assert_eq!(
            (state(&first).await, state(&second).await),
            (DeviceState::InStock, DeviceState::Assigned)
        );
        assert_eq!(release(&world, &second.serial, DeviceState::Lost).await, Ok(()));
        assert_eq!(
            release(&world, &second.serial, DeviceState::Lost).await,
            Err(DeviceRefusal::NothingToChange)
        );
        assert_eq!(second.given(&world, &node, &anna).await, Err(DeviceRefusal::NotInStock));
        let code = second.shows_ahead(&world, 0);
        assert_eq!(world.types_code(&node, &anna, &code).await.map(drop), Err(Refusal::Wrong));
        let kinds: Vec<_> = node.of(anna.identity.id).await.unwrap().iter().map(|one| one.kind).collect();
        assert_eq!(kinds, [Kind::Password, Kind::Totp]);
        let removed = world.events("authenticator-removed").await;
        assert!(matches!(removed.as_slice(), [Event::AuthenticatorRemoved { .. }]), "{removed:?}");
        let released = world.events("code-device-released").await;
        let Some(Event::CodeDeviceReleased { state, .. }) = released.last() else { panic!("{released:?}") };
        assert_eq!(state, "lost");
        let unknown = "x-9".parse().unwrap();
        assert_eq!(release(&world, &unknown, DeviceState::Lost).await, Err(DeviceRefusal::NoSuchDevice));
    })
    .await;
}

#[tokio::test]
async fn a_seed_is_kept_sealed_and_a_known_device_stays_as_it_is() {
    for_each_world(|world| async move {
        let device = Device::bought(&world, "a-1", EIGHT).await;
        let kept: String = sqlx::query_scalar("SELECT seed FROM code_device")
            .fetch_one(world.stage.database.reader())
            .await
            .unwrap();
        assert!(kept.starts_with("p1.k1.") && !kept.contains(device.seed.expose().as_str()), "{kept}");
        let again = NewDevice {
            serial: device.serial.clone(),
            seed: TotpSecret::generate(&*world.stage.entropy),
            shape: CodeShape::APP,
        };
        let mut tx = world.stage.log.begin(Actor::system("test")).await.unwrap();
        assert_eq!(world.node().await.add_code_devices(&mut tx, &[again]).await.unwrap(), 0);
        tx.commit().await.unwrap();
        let listed = world.node().await.code_devices(None).await.unwrap();
        assert_eq!(listed.iter().map(|it| it.shape).collect::<Vec<_>>(), [EIGHT]);
        assert_eq!(world.node().await.code_devices(Some(&device.serial)).await.unwrap(), []);
    })
    .await;
}
