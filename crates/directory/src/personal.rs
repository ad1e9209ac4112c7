//! What only some may read of a person: sealed with a key of the person's own, and found again by a keyed hash.
//!
//! Erasing a person destroys the key, and with it every copy of what it sealed.

use std::sync::Arc;

use aws_lc_rs::hmac;
use portner_audit_log::envelope::{Envelope, KEY_BYTES, Place};
use portner_audit_log::{Actor, AuditLog, Database, Event, Tx};
use portner_domain::cpr::Cpr;
use portner_domain::{Entropy, IdentityId, PersonId};
use zeroize::Zeroizing;

use crate::{Error, Refusal, store};

/// The name under which a person's key seals.
const PERSON_KEY: &str = "person";
/// The row of the key for look-ups.
const LOOK_UP: &str = "look-up";

/// A CPR number as it stands in rows.
pub(crate) struct SealedCpr {
    /// The person's key, sealed.
    pub(crate) key: String,
    /// The number, sealed with it.
    pub(crate) cpr: String,
    /// Under what it is found.
    pub(crate) index: String,
}

/// The keys to what only some may read.
#[derive(Clone)]
pub struct Personal {
    log: AuditLog,
    envelope: Arc<Envelope>,
    entropy: Arc<dyn Entropy>,
    look_up: hmac::Key,
}

impl Personal {
    /// With the key for look-ups that is on record, or a new one on the first start. Of several nodes that start for
    /// the first time at the same moment, one makes it and all read it.
    pub async fn open(
        log: AuditLog,
        envelope: Arc<Envelope>,
        entropy: Arc<dyn Entropy>,
    ) -> Result<Self, Error> {
        let db = log.database();
        let sealed = match store::personal::look_up_key(db, LOOK_UP).await? {
            Some(sealed) => sealed,
            None => {
                let made = new_key(&*entropy);
                let sealed = envelope.seal(&*entropy, &look_up_place(), made.as_slice())?;
                let mut tx = log.begin(Actor::system("directory")).await?;
                let conn = tx.write(Event::LookUpKeyMade);
                if store::personal::insert_look_up_key(conn, LOOK_UP, &sealed).await? {
                    tx.commit().await?;
                }
                let kept = store::personal::look_up_key(db, LOOK_UP).await?;
                kept.ok_or_else(|| Error::Corrupt("no key for look-ups".to_owned()))?
            }
        };
        let key = envelope.open(&look_up_place(), &sealed)?;
        let look_up = hmac::Key::new(hmac::HMAC_SHA256, &key);
        Ok(Self { log, envelope, entropy, look_up })
    }

    /// Put a person's CPR number on record, or another one. With another one, what proofed the person before is worth
    /// nothing: it was about somebody with that number (NSIS 3.1.2).
    pub async fn set_cpr(
        &self,
        tx: &mut Tx,
        person: PersonId,
        cpr: &Cpr,
    ) -> Result<Result<(), Refusal>, Error> {
        let now = tx.now();
        let index = self.index("cpr", cpr.digits());
        let conn = tx.write(Event::CprRecorded { person });
        let before = store::personal::cpr_index(conn, person).await?;
        if before.as_deref() == Some(index.as_str()) {
            return Ok(Err(Refusal::NothingToChange));
        }
        if store::personal::person_by_index(conn, &index).await?.is_some() {
            return Ok(Err(Refusal::CprTaken));
        }
        let keeper = self.keeper_in(conn, person).await?;
        let sealed = keeper.seal(&*self.entropy, &cpr_place(&person.to_string()), cpr.digits().as_bytes())?;
        store::personal::set_cpr(conn, person, &sealed, &index).await?;
        // A meeting that waits for a second registrar was held with the papers of another number, or of none.
        store::waiting::forget(conn, person).await?;
        if before.is_some() {
            for proofing in store::proofings_in_force(conn, person).await? {
                let event = Event::ProofingWithdrawn { proofing, person, why: "another-cpr".to_owned() };
                store::withdraw_proofing(tx.write(event), proofing, now).await?;
            }
        }
        Ok(Ok(()))
    }

    /// A CPR number for somebody who is about to be registered, with a key of their own.
    pub(crate) fn sealed_for(&self, person: PersonId, cpr: &Cpr) -> Result<SealedCpr, Error> {
        let (made, row) = (new_key(&*self.entropy), person.to_string());
        let key = self.envelope.seal(&*self.entropy, &key_place(&row), made.as_slice())?;
        let keeper = Envelope::new(PERSON_KEY, &made)?;
        let cpr_sealed = keeper.seal(&*self.entropy, &cpr_place(&row), cpr.digits().as_bytes())?;
        Ok(SealedCpr { key, cpr: cpr_sealed, index: self.cpr_index(cpr) })
    }

    /// Under what a CPR number is found.
    pub fn cpr_index(&self, cpr: &Cpr) -> String {
        self.index("cpr", cpr.digits())
    }

    /// A person's CPR number, for whoever has a right to it.
    pub async fn cpr(&self, person: PersonId) -> Result<Option<Cpr>, Error> {
        let mut conn = self.log.database().reader().acquire().await.map_err(Error::Storage)?;
        let Some(sealed) = store::personal::cpr(&mut conn, person).await? else { return Ok(None) };
        let Some(key) = store::personal::person_key(&mut conn, person).await? else { return Ok(None) };
        self.opened_cpr(person, &key, &sealed).map(Some)
    }

    /// A person's CPR number, from the two columns that seal it.
    pub(crate) fn opened_cpr(&self, person: PersonId, key: &str, sealed: &str) -> Result<Cpr, Error> {
        let corrupt = || Error::Corrupt(format!("the CPR number of {person}"));
        let opened = self.keeper(person, key)?.open(&cpr_place(&person.to_string()), sealed)?;
        let text = std::str::from_utf8(&opened).map_err(|_| corrupt())?;
        text.parse().map_err(|_| corrupt())
    }

    pub(crate) fn database(&self) -> &Database {
        self.log.database()
    }

    /// Who has this CPR number? Nothing is written: whoever asks for a person says why first, with [`note_look_up`].
    pub async fn by_cpr(&self, cpr: &Cpr) -> Result<Option<PersonId>, Error> {
        let mut conn = self.log.database().reader().acquire().await.map_err(Error::Storage)?;
        store::personal::person_by_index(&mut conn, &self.index("cpr", cpr.digits())).await
    }

    /// Under which something is found again: the same for the same text and kind, and telling nothing of it.
    pub(crate) fn index(&self, kind: &str, text: &str) -> String {
        let text = Zeroizing::new(format!("{kind}\0{text}"));
        hex::encode(hmac::sign(&self.look_up, text.as_bytes()))
    }

    /// Seal something for a person, in the transaction that writes it.
    pub(crate) async fn seal(
        &self,
        conn: &mut sqlx::AnyConnection,
        person: PersonId,
        place: &Place<'_>,
        plain: &[u8],
    ) -> Result<String, Error> {
        Ok(self.keeper_in(conn, person).await?.seal(&*self.entropy, place, plain)?)
    }

    /// What was sealed for a person; nothing if they were erased.
    pub(crate) async fn open_for(
        &self,
        person: PersonId,
        place: &Place<'_>,
        sealed: &str,
    ) -> Result<Option<Zeroizing<Vec<u8>>>, Error> {
        let mut conn = self.log.database().reader().acquire().await.map_err(Error::Storage)?;
        let keeper = self.keeper_of(&mut conn, person).await?;
        Ok(keeper.map(|keeper| keeper.open(place, sealed)).transpose()?)
    }

    async fn keeper_of(
        &self,
        conn: &mut sqlx::AnyConnection,
        person: PersonId,
    ) -> Result<Option<Envelope>, Error> {
        let sealed = store::personal::person_key(conn, person).await?;
        sealed.map(|sealed| self.keeper(person, &sealed)).transpose()
    }

    fn keeper(&self, person: PersonId, sealed: &str) -> Result<Envelope, Error> {
        let opened = self.envelope.open(&key_place(&person.to_string()), sealed)?;
        let key: [u8; KEY_BYTES] =
            opened.as_slice().try_into().map_err(|_| Error::Corrupt(format!("the key of {person}")))?;
        Ok(Envelope::new(PERSON_KEY, &key)?)
    }

    /// The person's key, made if this is the first that is sealed for them.
    async fn keeper_in(&self, conn: &mut sqlx::AnyConnection, person: PersonId) -> Result<Envelope, Error> {
        if let Some(keeper) = self.keeper_of(conn, person).await? {
            return Ok(keeper);
        }
        let made = new_key(&*self.entropy);
        let sealed = self.envelope.seal(&*self.entropy, &key_place(&person.to_string()), made.as_slice())?;
        store::personal::insert_person_key(conn, person, &sealed).await?;
        let kept = self.keeper_of(conn, person).await?;
        kept.ok_or_else(|| Error::Corrupt(format!("no key of {person}")))
    }
}

/// Write down that a CPR number was looked up, why, and whom it led to; before the answer is shown.
pub async fn note_look_up(tx: &mut Tx, found: Vec<IdentityId>, why: &str) -> Result<(), Error> {
    tx.write(Event::CprLookedUp { found, why: why.to_owned() });
    Ok(())
}

fn new_key(entropy: &dyn Entropy) -> Zeroizing<[u8; KEY_BYTES]> {
    let mut key = Zeroizing::new([0; KEY_BYTES]);
    entropy.fill(&mut *key);
    key
}

const fn look_up_place() -> Place<'static> {
    Place { table: "look_up_key", column: "sealed", row: LOOK_UP }
}

const fn key_place(person: &str) -> Place<'_> {
    Place { table: "person_key", column: "sealed", row: person }
}

const fn cpr_place(person: &str) -> Place<'_> {
    Place { table: "person", column: "cpr", row: person }
}
