//! Devices that show one-time codes, and nothing else: known by their serial number before anybody has one, and
//! belonging to one person at a time (NSIS 3.2.1).
//!
//! Their clocks drift, each at its own pace. We keep how many steps a clock is ahead of ours: each code that is
//! accepted says it again, so the window of codes that are accepted stays as narrow as that of an app. How far it may
//! wander that way is bounded; beyond that, two codes in a row set it anew.

pub mod claim;
pub mod import;
mod pskc;

use portner_audit_log::{Event, Tx};
use portner_domain::authenticator::{Authenticator, Ceremony, Kind};
use portner_domain::{AuthenticatorId, IdentityId, Moment};

use crate::totp::{CodeShape, TotpSecret};
use crate::{Authenticators, Error, store};

/// Signs of a serial number.
pub const SERIAL_CHARS_MAX: usize = 64;
/// Steps that a clock may wander from where it was last set, learnt code by code.
pub const DRIFT_LEARNT_MAX: i64 = 10;
/// Steps within which two codes in a row are looked for to set it anew.
pub const DRIFT_SET_MAX: u64 = 100;
/// Devices that are listed at a time.
const PAGE_DEVICES: i64 = 500;

/// What is printed on the back.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Serial(String);

/// Something that can't be a serial number.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("a serial number has 1 to {SERIAL_CHARS_MAX} letters, digits, dots or hyphens")]
pub struct BadSerial;

impl Serial {
    /// As it is on record: capital letters.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for Serial {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::str::FromStr for Serial {
    type Err = BadSerial;

    fn from_str(text: &str) -> Result<Self, BadSerial> {
        let text = text.trim().to_ascii_uppercase();
        let plain = text.bytes().all(|sign| sign.is_ascii_alphanumeric() || sign == b'-' || sign == b'.');
        if plain && (1..=SERIAL_CHARS_MAX).contains(&text.len()) { Ok(Self(text)) } else { Err(BadSerial) }
    }
}

/// Where a device is in its life.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum DeviceState {
    /// On the shelf.
    InStock,
    /// Somebody's.
    Assigned,
    /// Not used any more.
    Retired,
    /// Nobody knows where it is.
    Lost,
}

impl DeviceState {
    /// The word for it in rows and on the command line.
    pub const fn word(self) -> &'static str {
        match self {
            Self::InStock => "in-stock",
            Self::Assigned => "assigned",
            Self::Retired => "retired",
            Self::Lost => "lost",
        }
    }
}

impl std::str::FromStr for DeviceState {
    type Err = ();

    fn from_str(word: &str) -> Result<Self, ()> {
        let all = [Self::InStock, Self::Assigned, Self::Retired, Self::Lost];
        all.into_iter().find(|state| state.word() == word).ok_or(())
    }
}

/// A device as its maker describes it.
pub struct NewDevice {
    /// What is printed on it.
    pub serial: Serial,
    /// What its codes are made from.
    pub seed: TotpSecret,
    /// What its codes look like.
    pub shape: CodeShape,
}

/// A device on record; its seed stays sealed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct CodeDevice {
    /// What is printed on it.
    pub serial: Serial,
    /// What its codes look like.
    pub shape: CodeShape,
    /// Where it is in its life.
    pub state: DeviceState,
    /// What it is to its owner, if it has one.
    pub authenticator: Option<AuthenticatorId>,
    /// Its owner.
    pub user_name: Option<String>,
    /// How many steps its clock was ahead of ours when it was last set.
    pub drift_set: i64,
    /// How many when it was last seen.
    pub drift: i64,
}

/// A device in somebody's hands, as it was read for one login.
pub struct Owned {
    /// Which device.
    pub serial: Serial,
    /// What it is to its owner.
    pub authenticator: AuthenticatorId,
}

/// Why nothing was done with a device.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum DeviceRefusal {
    /// Nobody entered it.
    #[error("no device has that serial number; `portner token list` shows those there are")]
    NoSuchDevice,
    /// It is somebody's, lost or retired.
    #[error("the device is not in stock; `portner token show` says where it is")]
    NotInStock,
    /// It is in that state already.
    #[error("nothing to change: the device is in that state already")]
    NothingToChange,
    /// The two codes do not follow each other anywhere near now, or were used.
    #[error(
        "these are not two codes in a row of this device within {DRIFT_SET_MAX} steps of now; wait for two new ones"
    )]
    NotInARow,
}

impl Authenticators {
    /// Enter devices into the stock. Those that are known already are left as they are; how many are new.
    pub async fn add_code_devices(&self, tx: &mut Tx, devices: &[NewDevice]) -> Result<usize, Error> {
        let now = tx.now();
        let mut new = 0;
        for device in devices {
            let serial = device.serial.as_str();
            if store::device::by_serial(self.log.database(), serial).await?.is_some() {
                continue;
            }
            let seed =
                self.envelope.seal(&*self.entropy, &store::device::place(serial), device.seed.bytes())?;
            let event = Event::CodeDeviceAdded { serial: serial.to_owned() };
            if !store::device::insert(tx.write(event), device, &seed, now).await? {
                return Err(Error::Corrupt(format!("the device {serial} was entered twice at once")));
            }
            new += 1;
        }
        Ok(new)
    }

    /// Give a device from the stock to somebody. One they had before is theirs no more.
    pub async fn assign_code_device(
        &self,
        tx: &mut Tx,
        serial: &Serial,
        identity: IdentityId,
        ceremony: Ceremony,
    ) -> Result<Result<Authenticator, DeviceRefusal>, Error> {
        let db = self.log.database();
        if store::device::by_serial(db, serial.as_str()).await?.is_none() {
            return Ok(Err(DeviceRefusal::NoSuchDevice));
        }
        if let Some(before) = store::bound(db, identity, Kind::TotpDevice).await?
            && let Some((device, _)) = store::device::of(db, before.authenticator.id).await?
        {
            put_back(tx, &device.serial, DeviceState::InStock).await?;
        }
        let bound = self.new_authenticator(tx.now(), Kind::TotpDevice, ceremony);
        self.bind(tx, identity, &bound, ceremony, "").await?;
        let (serial, authenticator) = (serial.as_str().to_owned(), bound.id);
        let conn = tx.write(Event::CodeDeviceAssigned { serial: serial.clone(), authenticator, identity });
        let taken = store::device::assign(conn, &serial, bound.id).await?;
        Ok(if taken { Ok(bound) } else { Err(DeviceRefusal::NotInStock) })
    }

    /// Take a device from whoever has it, if anybody has, and note what became of it.
    pub async fn release_code_device(
        &self,
        tx: &mut Tx,
        serial: &Serial,
        into: DeviceState,
    ) -> Result<Result<(), DeviceRefusal>, Error> {
        let found = store::device::by_serial(self.log.database(), serial.as_str()).await?;
        let Some((device, _)) = found else { return Ok(Err(DeviceRefusal::NoSuchDevice)) };
        if let Some(id) = device.authenticator
            && let Some((identity, bound)) = store::device::owner(self.log.database(), id).await?
        {
            self.remove(tx, identity, &bound).await?;
        }
        let changed = put_back(tx, serial, into).await?;
        Ok(if changed { Ok(()) } else { Err(DeviceRefusal::NothingToChange) })
    }

    /// Learn a device's clock anew from two codes that it showed one after the other. How far ahead it is.
    pub async fn resync_code_device(
        &self,
        tx: &mut Tx,
        serial: &Serial,
        codes: [&str; 2],
    ) -> Result<Result<i64, DeviceRefusal>, Error> {
        let found = store::device::by_serial(self.log.database(), serial.as_str()).await?;
        let Some((device, sealed)) = found else { return Ok(Err(DeviceRefusal::NoSuchDevice)) };
        let seed = self.seed(&device.serial, &sealed)?;
        let now = device.shape.step_at(tx.now());
        let Some(step) = seed.pair_near(device.shape, codes, now, DRIFT_SET_MAX) else {
            return Ok(Err(DeviceRefusal::NotInARow));
        };
        let drift = ahead(step, now);
        let event = Event::CodeDeviceResynced { serial: serial.as_str().to_owned(), drift };
        let set = store::device::resync(tx.write(event), serial.as_str(), step, drift).await?;
        Ok(if set { Ok(drift) } else { Err(DeviceRefusal::NotInARow) })
    }

    /// One device.
    pub async fn code_device(&self, serial: &Serial) -> Result<Option<CodeDevice>, Error> {
        let found = store::device::by_serial(self.log.database(), serial.as_str()).await?;
        Ok(found.map(|(device, _)| device))
    }

    /// The devices on record, in the order of their serial numbers: some that follow `after`; none at the end.
    pub async fn code_devices(&self, after: Option<&Serial>) -> Result<Vec<CodeDevice>, Error> {
        store::device::page(self.log.database(), after.map_or("", Serial::as_str), PAGE_DEVICES).await
    }

    /// Is there any on the shelf, so that it makes sense to speak of them?
    pub async fn has_code_devices_in_stock(&self) -> Result<bool, Error> {
        store::device::any_in_stock(self.log.database()).await
    }

    /// The step that this code of somebody's device has, and how far its clock is ahead then.
    pub(crate) async fn step_of_device(
        &self,
        authenticator: AuthenticatorId,
        code: &str,
        now: Moment,
    ) -> Result<Option<(Owned, u64, i64)>, Error> {
        let found = store::device::of(self.log.database(), authenticator).await?;
        let Some((device, sealed)) = found else { return Ok(None) };
        let now = device.shape.step_at(now);
        let centre = now.saturating_add_signed(device.drift);
        let Some(step) = self.seed(&device.serial, &sealed)?.step_near(device.shape, code, centre) else {
            return Ok(None);
        };
        let (least, most) = (device.drift_set - DRIFT_LEARNT_MAX, device.drift_set + DRIFT_LEARNT_MAX);
        let drift = ahead(step, now).clamp(least, most);
        Ok(Some((Owned { serial: device.serial, authenticator }, step, drift)))
    }

    fn seed(&self, serial: &Serial, sealed: &str) -> Result<TotpSecret, Error> {
        let seed = self.envelope.open(&store::device::place(serial.as_str()), sealed)?;
        TotpSecret::from_bytes(&seed).map_err(|_| Error::Corrupt("the seed of a code device".into()))
    }
}

async fn put_back(tx: &mut Tx, serial: &Serial, into: DeviceState) -> Result<bool, Error> {
    let (serial, state) = (serial.as_str().to_owned(), into.word().to_owned());
    let conn = tx.write(Event::CodeDeviceReleased { serial: serial.clone(), state });
    store::device::release(conn, &serial, into).await
}

fn ahead(step: u64, now: u64) -> i64 {
    i64::try_from(i128::from(step) - i128::from(now)).unwrap_or(i64::MAX)
}
