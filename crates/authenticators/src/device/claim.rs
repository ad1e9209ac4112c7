//! A device that its holder registers: the serial number on it, and two codes that it showed one after the other.
//!
//! A number that nobody entered, a device that is somebody else's and codes of another device are one answer, found by
//! the same steps, so that nobody learns which numbers there are. Each is counted against the account and the address
//! (T-BF-01). Two codes, because clocks wander while devices lie on the shelf: they set this one's anew.

use std::net::IpAddr;

use portner_audit_log::{Actor, Event, Tx};
use portner_domain::authenticator::{Authenticator, Ceremony, Kind};
use portner_domain::identity::Identity;
use portner_domain::throttle::Wait;
use portner_domain::{AuthenticatorId, IdentityId};

use super::{CodeDevice, DRIFT_SET_MAX, DeviceState, Serial, ahead};
use crate::throttle::{self, Told};
use crate::totp::{CodeShape, TotpSecret};
use crate::{Authenticators, Error, store};

/// What somebody typed.
#[derive(Clone, Copy, Debug)]
pub struct Claim<'a> {
    /// What is printed on the device.
    pub serial: &'a str,
    /// What it showed, and what it showed next.
    pub codes: [&'a str; 2],
}

/// Who typed it.
#[derive(Clone, Debug)]
pub struct Claimant<'a> {
    /// Who the device is to belong to.
    pub identity: &'a Identity,
    /// As whom they are known to us now.
    pub by: Actor,
    /// Where they are.
    pub address: IpAddr,
}

/// A device that somebody has shown to hold, and that is free.
#[derive(Clone, Debug)]
pub struct HeldDevice {
    serial: Serial,
    step: u64,
    drift: i64,
    /// What it was to them before they removed it.
    removed: Option<AuthenticatorId>,
}

/// Why it is not theirs.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ClaimRefusal {
    /// The number or the codes: which is not told.
    Wrong,
    /// It was not even looked at.
    TooMany(Wait),
}

impl Authenticators {
    /// Do they hold this device, and is it free?
    pub async fn verify_claim(
        &self,
        claimant: &Claimant<'_>,
        claim: &Claim<'_>,
    ) -> Result<Result<HeldDevice, ClaimRefusal>, Error> {
        let (now, identity) = (self.log.now(), claimant.identity);
        let (from, name) = (claimant.address, &identity.user_name);
        let store = &*self.volatile;
        let admitted = throttle::admits(store, from, name, Some(identity), Kind::TotpDevice, now).await?;
        if let Err(closed) = admitted {
            throttle::count_against_address(store, from, now).await?;
            if closed.told == Told::NotYet {
                self.declined(claimant, None, "too-many").await?;
            }
            return Ok(Err(ClaimRefusal::TooMany(closed.wait)));
        }
        let Some(held) = self.held(identity.id, claim).await? else {
            throttle::count_against_address(store, from, now).await?;
            self.declined_as_wrong(claimant, claim.serial).await?;
            return Ok(Err(ClaimRefusal::Wrong));
        };
        throttle::forgive(store, identity.id, Kind::TotpDevice, now).await?;
        Ok(Ok(held))
    }

    /// Bind it. Another device of theirs goes back to the stock, and the two codes are used up.
    pub async fn bind_held_device(
        &self,
        tx: &mut Tx,
        identity: IdentityId,
        held: &HeldDevice,
        ceremony: Ceremony,
    ) -> Result<Result<Authenticator, ClaimRefusal>, Error> {
        let serial = held.serial.as_str();
        if let Some(before) = held.removed {
            let state = DeviceState::InStock.word().to_owned();
            let event = Event::CodeDeviceReleased { serial: serial.to_owned(), state };
            if !store::device::give_up(tx.write(event), serial, before).await? {
                return Ok(Err(ClaimRefusal::Wrong));
            }
        }
        let Ok(bound) = self.assign_code_device(tx, &held.serial, identity, ceremony).await? else {
            return Ok(Err(ClaimRefusal::Wrong));
        };
        let event = Event::CodeDeviceResynced { serial: serial.to_owned(), drift: held.drift };
        let set = store::device::resync(tx.write(event), serial, held.step, held.drift).await?;
        Ok(if set { Ok(bound) } else { Err(ClaimRefusal::Wrong) })
    }

    async fn held(&self, identity: IdentityId, claim: &Claim<'_>) -> Result<Option<HeldDevice>, Error> {
        let serial = claim.serial.parse::<Serial>();
        let number = serial.as_ref().map_or("", Serial::as_str);
        let free = store::device::claimable(self.log.database(), number, identity).await?;
        let takes = |shape: CodeShape| claim.codes.iter().all(|code| shape.takes(code));
        // Whatever was typed, codes are made and compared: of a secret of nobody's, if need be.
        let (device, seed) = match free.filter(|(device, _)| takes(device.shape)) {
            Some((device, sealed)) => {
                let seed = self.seed(&device.serial, &sealed)?;
                (Some(device), seed)
            }
            None => (None, TotpSecret::generate(&*self.entropy)),
        };
        let shape = device.as_ref().map_or_else(|| decoy(claim.codes), |device| device.shape);
        let now = shape.step_at(self.log.now());
        let step = seed.pair_near(shape, claim.codes, now, DRIFT_SET_MAX);
        let (Some(device), Some(step)) = (device, step) else { return Ok(None) };
        let removed = self.removed(&device).await?;
        Ok(Some(HeldDevice { serial: device.serial, step, drift: ahead(step, now), removed }))
    }

    /// What the device was to somebody who has it no more.
    async fn removed(&self, device: &CodeDevice) -> Result<Option<AuthenticatorId>, Error> {
        let Some(id) = device.authenticator else { return Ok(None) };
        let owner = store::device::owner(self.log.database(), id).await?;
        Ok(owner.is_none().then_some(id))
    }

    /// The log says what the answer does not.
    async fn declined_as_wrong(&self, claimant: &Claimant<'_>, serial: &str) -> Result<(), Error> {
        let db = self.log.database();
        let number = serial.parse::<Serial>().map(|serial| serial.as_str().to_owned()).unwrap_or_default();
        let found = store::device::by_serial(db, &number).await?;
        let free = store::device::claimable(db, &number, claimant.identity.id).await?;
        let why = match (&found, &free) {
            (None, _) => "no-such-device",
            (Some(_), None) => "not-free",
            (Some(_), Some(_)) => "wrong-codes",
        };
        self.declined(claimant, found.map(|(device, _)| device.serial.to_string()), why).await
    }

    async fn declined(
        &self,
        claimant: &Claimant<'_>,
        serial: Option<String>,
        why: &str,
    ) -> Result<(), Error> {
        let identity = claimant.identity.id;
        let event = Event::CodeDeviceDeclined { identity, serial, why: why.to_owned() };
        self.log.from_address(claimant.address).append(claimant.by.clone(), event).await?;
        Ok(())
    }
}

/// The shape of codes that nobody's device shows: that of what was typed.
fn decoy(codes: [&str; 2]) -> CodeShape {
    let eight = CodeShape { digits: 8, ..CodeShape::APP };
    if codes.iter().all(|code| eight.takes(code)) { eight } else { CodeShape::APP }
}
