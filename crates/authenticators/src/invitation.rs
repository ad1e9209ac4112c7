//! Invitations: a code, on paper or in a message, with which somebody chooses their first password and second factor.
//!
//! By itself it says nothing of who used it, and what is bound with it has no level. Handed over in person in the same
//! process as a proofing, it carries that proofing's level, and only as long as that is fresh (NSIS 3.2.2).

use portner_audit_log::envelope::Place;
use portner_audit_log::{Database, Event, Tx};
use portner_domain::authenticator::Ceremony;
use portner_domain::proofing::Proofing;
use portner_domain::{Entropy, IdentityId, InvitationId, Millis, Moment, ProofingId};
use zeroize::Zeroizing;

use crate::{Authenticators, Error, HashedPassword, PaperCode, store};

/// The longest that an invitation works, and the oldest that a proofing may be that it rests on.
pub const INVITATION_LIFE_MAX: Millis = Millis::hours(48);

/// How long a password that was chosen waits for what is to stand beside it.
pub const CHOSEN_LIFE: Millis = Millis::minutes(60);

/// An invitation that works.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Invitation {
    /// Which.
    pub id: InvitationId,
    /// Who is invited.
    pub identity: IdentityId,
    /// The proofing with which it was handed over.
    pub proofing: Option<ProofingId>,
    /// Until when it works.
    pub expires: Moment,
}

/// Why nobody is invited.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum InvitationRefusal {
    /// What it is to rest on was too long ago, or is worth nothing.
    #[error("the proofing is older than {} hours, or withdrawn; proof the person again", INVITATION_LIFE_MAX.whole_minutes() / 60)]
    ProofingNotFresh,
}

/// Invite somebody. Earlier invitations of theirs work no more.
pub async fn invite(
    tx: &mut Tx,
    entropy: &dyn Entropy,
    identity: IdentityId,
    proofing: Option<&Proofing>,
    life: Millis,
) -> Result<Result<(Invitation, PaperCode), InvitationRefusal>, Error> {
    let now = tx.now();
    let mut expires = now.plus(life.min(INVITATION_LIFE_MAX));
    if let Some(proofing) = proofing {
        let fresh_until = proofing.at.plus(INVITATION_LIFE_MAX);
        if proofing.level(now).is_none() || fresh_until <= now {
            return Ok(Err(InvitationRefusal::ProofingNotFresh));
        }
        expires = expires.min(fresh_until);
    }
    let (id, code) = (InvitationId::new(now, entropy), PaperCode::generate(entropy));
    let proofing = proofing.map(|proofing| proofing.id);
    let invitation = Invitation { id, identity, proofing, expires };
    let conn = tx.write(Event::InvitationMade { invitation: id, identity, expires, proofing });
    store::invitation::end_all(conn, identity, now).await?;
    store::invitation::insert(conn, &invitation, &hash(&code), now).await?;
    Ok(Ok((invitation, code)))
}

/// The invitation with this code, if it works at `now`. Looking at it does not use it up.
pub async fn invitation_of(
    db: &Database,
    code: &PaperCode,
    now: Moment,
) -> Result<Option<Invitation>, Error> {
    store::invitation::by_hash(db, &hash(code), now).await
}

/// This invitation, if it still works.
pub async fn invitation(db: &Database, id: InvitationId, now: Moment) -> Result<Option<Invitation>, Error> {
    store::invitation::by_id(db, id, now).await
}

/// The invitation that somebody has and did not use, if it still works.
pub async fn open_invitation(
    db: &Database,
    identity: IdentityId,
    now: Moment,
) -> Result<Option<Invitation>, Error> {
    store::invitation::open_of(db, identity, now).await
}

/// Use it up, in the transaction of what it is used for. False if it does not work any more.
pub async fn use_invitation(tx: &mut Tx, invitation: &Invitation) -> Result<bool, Error> {
    let (now, id, identity) = (tx.now(), invitation.id, invitation.identity);
    store::invitation::use_up(tx.write(Event::InvitationUsed { invitation: id, identity }), id, now).await
}

impl Invitation {
    /// What is bound with it comes to somebody so, given the person's proofings.
    pub fn ceremony(&self, proofings: &[Proofing], now: Moment) -> Ceremony {
        let with = self.proofing.and_then(|id| proofings.iter().find(|proofing| proofing.id == id));
        let fresh = with.filter(|it| now.age_of(it.at).is_some_and(|age| age < INVITATION_LIFE_MAX));
        fresh.and_then(|proofing| proofing.level(now)).map_or(Ceremony::Unvouched, Ceremony::WithProofing)
    }
}

/// Between the two steps, what was chosen in the first is nobody's password yet: its hash waits in the session store,
/// sealed.
impl Authenticators {
    /// Keep the password that was chosen with an invitation. One chosen before is forgotten.
    pub async fn keep_chosen(&self, with: InvitationId, password: &HashedPassword) -> Result<(), Error> {
        let (key, now) = (chosen_key(with), self.log.now());
        let text = Zeroizing::new(serde_json::to_vec(password).map_err(|_| unreadable())?);
        let sealed = self.envelope.seal(&*self.entropy, &chosen_place(&key), &text)?;
        Ok(self.volatile.put(&key, &sealed, now.plus(CHOSEN_LIFE), now).await?)
    }

    /// The password that was chosen with it, if it still waits.
    pub async fn chosen(&self, with: InvitationId) -> Result<Option<HashedPassword>, Error> {
        let key = chosen_key(with);
        let Some(sealed) = self.volatile.get(&key, self.log.now()).await? else { return Ok(None) };
        let text = self.envelope.open(&chosen_place(&key), &sealed)?;
        serde_json::from_slice(&text).map(Some).map_err(|_| unreadable())
    }

    /// It waits no more.
    pub async fn forget_chosen(&self, with: InvitationId) -> Result<(), Error> {
        Ok(self.volatile.remove(&chosen_key(with)).await?)
    }
}

fn unreadable() -> Error {
    Error::Corrupt("a chosen password".to_owned())
}

fn chosen_key(with: InvitationId) -> String {
    format!("welcome/chosen/{with}")
}

const fn chosen_place(key: &str) -> Place<'_> {
    Place { table: "volatile", column: "value", row: key }
}

impl Authenticators {
    /// Leave half of a code for another officer, sealed. An earlier one for the same identity is gone.
    pub async fn leave_half(&self, of: &Invitation, half: &str) -> Result<(), Error> {
        let (key, now) = (half_key(of.identity), self.log.now());
        let plain = Zeroizing::new(format!("{} {half}", of.id));
        let sealed = self.envelope.seal(&*self.entropy, &half_place(&key), plain.as_bytes())?;
        Ok(self.volatile.put(&key, &sealed, of.expires, now).await?)
    }

    /// Does half of a code wait for another officer?
    pub async fn half_waits(&self, identity: IdentityId) -> Result<bool, Error> {
        Ok(self.volatile.get(&half_key(identity), self.log.now()).await?.is_some())
    }

    /// The half that waits, and the invitation it is of.
    pub async fn half_waiting(
        &self,
        identity: IdentityId,
    ) -> Result<Option<(InvitationId, Zeroizing<String>)>, Error> {
        let key = half_key(identity);
        let Some(sealed) = self.volatile.get(&key, self.log.now()).await? else { return Ok(None) };
        let plain = self.envelope.open(&half_place(&key), &sealed)?;
        let corrupt = || Error::Corrupt("half of a code".to_owned());
        let text = std::str::from_utf8(&plain).map_err(|_| corrupt())?;
        let (invitation, half) = text.split_once(' ').ok_or_else(corrupt)?;
        Ok(Some((invitation.parse().map_err(|_| corrupt())?, Zeroizing::new(half.to_owned()))))
    }

    /// It waits no more. False if somebody else was faster.
    pub async fn take_half(&self, identity: IdentityId) -> Result<bool, Error> {
        Ok(self.volatile.take(&half_key(identity), self.log.now()).await?.is_some())
    }
}

fn half_key(identity: IdentityId) -> String {
    format!("half/{identity}")
}

const fn half_place(key: &str) -> Place<'_> {
    Place { table: "volatile", column: "value", row: key }
}

/// Under which a code is on record. It is random, so that this can't be reversed.
fn hash(code: &PaperCode) -> String {
    code.hash("invitation")
}
