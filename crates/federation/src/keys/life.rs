//! What is done with signing keys, each time with a trace: entered, activated, rolled back, retired, pinned.

use portner_audit_log::{Database, Event, KeyOrigin, Tx};
use portner_domain::signing_key::{self as rules, KeyRefusal, KeyState, Pin, SigningKey, Step, Urgency};
use portner_domain::{Moment, ServiceProviderId};
use portner_saml::Certificate;
use portner_saml::generate::pem;

use super::store::{self, StoredKey};
use super::{KeyProblem, Place};
use crate::Error;

/// A key on record.
#[derive(Clone, Debug)]
pub struct Recorded {
    /// Where in its life it is.
    pub life: SigningKey,
    /// Its certificate.
    pub certificate: Certificate,
    /// Where its private half is.
    pub place: Place,
}

/// Everything on record about signing keys.
#[derive(Clone, Debug)]
pub struct Record {
    /// The keys: active, next, retiring, retired.
    pub keys: Vec<Recorded>,
    /// Who is signed for with a key of its own.
    pub pins: Vec<Pin>,
}

impl Record {
    /// As it is now.
    pub async fn read(db: &Database) -> Result<Self, Error> {
        let mut keys = Vec::new();
        for row in store::all(db).await? {
            let (life, certificate) = of_row(&row)?;
            keys.push(Recorded { life, certificate, place: row.place.parse()? });
        }
        keys.sort_by_key(|key| (key.life.state, std::cmp::Reverse(key.life.since)));
        Ok(Self { keys, pins: store::pins(db).await? })
    }

    /// The lives of all keys.
    pub fn lives(&self) -> Vec<SigningKey> {
        self.keys.iter().map(|key| key.life.clone()).collect()
    }

    /// The one key whose name begins so.
    pub fn named(&self, beginning: &str) -> Result<&Recorded, KeyRefusal> {
        let mut fitting =
            self.keys.iter().filter(|key| !beginning.is_empty() && key.life.id.starts_with(beginning));
        match (fitting.next(), fitting.next()) {
            (Some(key), None) => Ok(key),
            _ => Err(KeyRefusal::NoSuchKey),
        }
    }
}

/// The configured key of an installation without any becomes its first: active at once. False if there are keys.
pub async fn adopt(
    db: &Database,
    tx: &mut Tx,
    certificate: &Certificate,
    place: &Place,
) -> Result<bool, Error> {
    if !store::all(db).await?.is_empty() {
        return Ok(false);
    }
    enter(tx, (certificate, place), KeyOrigin::Configured, KeyState::Active).await
}

/// A key pair was made, whose certificate is yet to come.
pub fn note_made(tx: &mut Tx, public_key: String, place: &Place) {
    tx.write(Event::SigningKeyMade { public_key, place: place.to_string() });
}

/// Announce the next key.
pub async fn announce(
    db: &Database,
    tx: &mut Tx,
    (certificate, place): (&Certificate, &Place),
    origin: KeyOrigin,
) -> Result<Result<(), KeyRefusal>, Error> {
    let record = Record::read(db).await?;
    if let Err(refusal) = rules::announce(&record.lives(), certificate.key_id()) {
        return Ok(Err(refusal));
    }
    let entered = enter(tx, (certificate, place), origin, KeyState::Next).await?;
    Ok(if entered { Ok(()) } else { Err(KeyRefusal::NextIsKnown) })
}

/// The announced key signs from now on.
pub async fn activate(
    db: &Database,
    tx: &mut Tx,
    urgency: Urgency,
) -> Result<Result<Vec<Step>, KeyRefusal>, Error> {
    let steps = rules::activate(&Record::read(db).await?.lives(), urgency, tx.now());
    take_all(tx, steps, urgency).await
}

/// The key before it signs again.
pub async fn roll_back(db: &Database, tx: &mut Tx) -> Result<Result<Vec<Step>, KeyRefusal>, Error> {
    let steps = rules::roll_back(&Record::read(db).await?.lives(), tx.now());
    take_all(tx, steps, Urgency::Ordinary).await
}

/// A key is published no more. Whoever was pinned to it is signed for as everybody else.
pub async fn retire(
    db: &Database,
    tx: &mut Tx,
    id: &str,
    urgency: Urgency,
) -> Result<Result<Vec<Step>, KeyRefusal>, Error> {
    let record = Record::read(db).await?;
    let step = rules::retire(&record.lives(), &record.pins, id, urgency, tx.now());
    if step.is_ok() {
        for pin in record.pins.iter().filter(|pin| pin.key == id) {
            remove_pin(tx, pin.service_provider).await?;
        }
    }
    take_all(tx, step.map(|step| vec![step]), urgency).await
}

/// Every key may be in the wrong hands: this one takes the place of them all at once.
pub async fn replace_all(
    db: &Database,
    tx: &mut Tx,
    (certificate, place): (&Certificate, &Place),
) -> Result<Vec<Step>, Error> {
    let record = Record::read(db).await?;
    for pin in &record.pins {
        remove_pin(tx, pin.service_provider).await?;
    }
    let steps = rules::abandon(&record.lives());
    for step in &steps {
        take(tx, step, Urgency::Emergency).await?;
    }
    match enter(tx, (certificate, place), KeyOrigin::Made, KeyState::Active).await? {
        true => Ok(steps),
        false => Err(meanwhile()),
    }
}

/// Sign for a service provider with a key of its own.
pub async fn pin(db: &Database, tx: &mut Tx, pin: &Pin) -> Result<Result<(), KeyRefusal>, Error> {
    if let Err(refusal) = rules::pin(&Record::read(db).await?.lives(), &pin.key) {
        return Ok(Err(refusal));
    }
    let Pin { service_provider, key, until } = pin.clone();
    let (now, event) = (tx.now(), Event::SigningKeyPinned { service_provider, key_id: key, until });
    store::put_pin(tx.write(event), pin, now).await?;
    Ok(Ok(()))
}

/// Sign for a service provider as for everybody else. False if that is done already.
pub async fn unpin(db: &Database, tx: &mut Tx, sp: ServiceProviderId) -> Result<bool, Error> {
    let known = store::pins(db).await?.iter().any(|pin| pin.service_provider == sp);
    if known {
        remove_pin(tx, sp).await?;
    }
    Ok(known)
}

/// A row, understood.
pub(super) fn of_row(row: &StoredKey) -> Result<(SigningKey, Certificate), Error> {
    let corrupt = |error| Error::Corrupt(format!("signing_key {}: {error}", row.id));
    let certificate = Certificate::from_pem(row.certificate.as_bytes()).map_err(corrupt)?;
    let life = SigningKey {
        id: row.id.clone(),
        state: row.state,
        announced: row.announced,
        since: row.since,
        not_before: certificate.not_before(),
        not_after: certificate.not_after(),
    };
    Ok((life, certificate))
}

async fn enter(
    tx: &mut Tx,
    (certificate, place): (&Certificate, &Place),
    origin: KeyOrigin,
    state: KeyState,
) -> Result<bool, Error> {
    let now = tx.now();
    let row = StoredKey {
        id: certificate.key_id().to_owned(),
        certificate: pem("CERTIFICATE", certificate.der()).to_string(),
        place: place.to_string(),
        state,
        announced: now,
        since: now,
    };
    let event = Event::SigningKeyAdded {
        key_id: row.id.clone(),
        place: row.place.clone(),
        origin,
        state,
        not_after: certificate.not_after(),
    };
    store::insert(tx.write(event), &row).await
}

async fn take_all(
    tx: &mut Tx,
    steps: Result<Vec<Step>, KeyRefusal>,
    urgency: Urgency,
) -> Result<Result<Vec<Step>, KeyRefusal>, Error> {
    let steps = match steps {
        Ok(steps) => steps,
        Err(refusal) => return Ok(Err(refusal)),
    };
    for step in &steps {
        take(tx, step, urgency).await?;
    }
    Ok(Ok(steps))
}

async fn take(tx: &mut Tx, step: &Step, urgency: Urgency) -> Result<(), Error> {
    let Step { key, from, to } = step.clone();
    let (now, event) = (tx.now(), Event::SigningKeyMoved { key_id: key, from, to, urgency });
    if store::take(tx.write(event), step, now).await? { Ok(()) } else { Err(meanwhile()) }
}

async fn remove_pin(tx: &mut Tx, service_provider: ServiceProviderId) -> Result<(), Error> {
    let removed =
        store::remove_pin(tx.write(Event::SigningKeyUnpinned { service_provider }), service_provider);
    if removed.await? { Ok(()) } else { Err(meanwhile()) }
}

fn meanwhile() -> Error {
    KeyProblem::new(
        "the keys were changed by somebody else meanwhile; look at `portner key list` and try again",
    )
    .into()
}

/// As a date that people and files know: `2027-02-28`.
pub fn date(moment: Moment) -> String {
    moment.xs_date_time().chars().take(10).collect()
}
