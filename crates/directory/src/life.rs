//! Stopping identities and letting them go on, permitting them a level, and ending them.
//!
//! Each change begins by touching the identity's row, so that of two made at the same moment the second sees the first.

use portner_audit_log::{Database, Event, Tx};
use portner_domain::life::{Admission, Lifter, Lock, Locker, State, Validity, may_lift};
use portner_domain::{IdentityId, Moment};

use crate::{Error, Refusal, store};

/// Stop an identity from logging in. Its sessions end with it, at once and on every node, because a session
/// is held against the identity's row each time it is used.
pub async fn lock(
    tx: &mut Tx,
    identity: IdentityId,
    locker: Locker,
    why: &str,
) -> Result<Result<(), Refusal>, Error> {
    let now = tx.now();
    let conn = tx.write(Event::IdentityLocked { identity, locker, why: why.to_owned() });
    if !store::life::touch(conn, identity, now).await? {
        return Ok(Err(Refusal::NoSuchIdentity));
    }
    if !is_living(store::life::state(conn, identity).await?) {
        return Ok(Err(Refusal::Over));
    }
    if !store::life::insert_lock(conn, identity, locker, why, now).await? {
        return Ok(Err(Refusal::NothingToChange));
    }
    store::life::set_state(conn, identity, State::Locked).await?;
    store::end_sessions(conn, identity, now).await?;
    Ok(Ok(()))
}

/// Lift a lock. The identity may log in again if it was the last; its old sessions stay ended.
pub async fn lift(
    tx: &mut Tx,
    identity: IdentityId,
    locker: Locker,
    by: Lifter,
    why: &str,
) -> Result<Result<(), Refusal>, Error> {
    let now = tx.now();
    let conn = tx.write(Event::IdentityUnlocked { identity, locker, why: why.to_owned() });
    if !store::life::touch(conn, identity, now).await? {
        return Ok(Err(Refusal::NoSuchIdentity));
    }
    // A lock that is left of an employment that is over is lifted when the employment begins anew, and not before.
    if !is_living(store::life::state(conn, identity).await?) {
        return Ok(Err(Refusal::Over));
    }
    let locks = store::life::locks(conn, identity).await?;
    let Some(lock) = locks.iter().find(|lock| lock.locker == locker) else {
        return Ok(Err(Refusal::NothingToChange));
    };
    let proofed = store::life::last_proofed(conn, identity).await?;
    if let Err(stays) = may_lift(lock, by, proofed) {
        return Ok(Err(Refusal::Stays(stays)));
    }
    store::life::delete_lock(conn, identity, locker).await?;
    if locks.len() == 1 {
        store::life::set_state(conn, identity, State::Active).await?;
    }
    Ok(Ok(()))
}

/// Is the employment not over?
pub(crate) const fn is_living(state: State) -> bool {
    matches!(state, State::Active | State::Locked)
}

/// Lift every lock. Refused as a whole if one of them has to stay.
pub async fn lift_all(
    db: &Database,
    tx: &mut Tx,
    identity: IdentityId,
    by: Lifter,
    why: &str,
) -> Result<Result<(), Refusal>, Error> {
    let held = locks(db, identity).await?;
    let mut answer = if held.is_empty() { Err(Refusal::NothingToChange) } else { Ok(()) };
    for lock in held {
        answer = answer.and(lift(tx, identity, lock.locker, by, why).await?);
        if answer.is_err() {
            break;
        }
    }
    Ok(answer)
}

/// The locks on an identity, oldest first.
pub async fn locks(db: &Database, identity: IdentityId) -> Result<Vec<Lock>, Error> {
    store::life::locks(&mut *db.reader().acquire().await?, identity).await
}

/// Decide that an identity may have a level, or that it may not.
pub async fn admit(
    tx: &mut Tx,
    identity: IdentityId,
    admission: Admission,
    why: &str,
) -> Result<Result<(), Refusal>, Error> {
    let now = tx.now();
    let conn = tx.write(Event::AdmissionChanged { identity, admission, why: why.to_owned() });
    if !store::life::touch(conn, identity, now).await? {
        return Ok(Err(Refusal::NoSuchIdentity));
    }
    match store::life::admission(conn, identity).await? {
        Admission::Never => Ok(Err(Refusal::Robot)),
        now if now == admission => Ok(Err(Refusal::NothingToChange)),
        now if now.may_become(admission) => {
            store::life::set_admission(conn, identity, admission).await?;
            Ok(Ok(()))
        }
        _ => Ok(Err(Refusal::Robot)),
    }
}

/// Say from when and until when an identity may be used. Whoever is in a session past the end is out of it.
pub async fn set_validity(
    tx: &mut Tx,
    identity: IdentityId,
    validity: Validity,
) -> Result<Result<(), Refusal>, Error> {
    let now = tx.now();
    let Validity { from, until } = validity;
    let conn = tx.write(Event::ValidityChanged { identity, from, until });
    if !store::life::touch(conn, identity, now).await? {
        return Ok(Err(Refusal::NoSuchIdentity));
    }
    store::life::set_validity(conn, identity, validity).await?;
    Ok(Ok(()))
}

/// End an identity: the employment is over. Its sessions end, and its roles, groups and rights are gone. Whoever calls
/// this removes what it logged in with in the same transaction. What is known of the person stays until it is erased.
pub async fn end(tx: &mut Tx, identity: IdentityId, why: &str) -> Result<Result<(), Refusal>, Error> {
    end_if(tx, identity, None, why).await
}

/// The same, if its last day was over at `until`, as it is on record by now.
pub async fn end_overdue(
    tx: &mut Tx,
    identity: IdentityId,
    until: Moment,
    why: &str,
) -> Result<Result<(), Refusal>, Error> {
    end_if(tx, identity, Some(until), why).await
}

async fn end_if(
    tx: &mut Tx,
    identity: IdentityId,
    overdue: Option<Moment>,
    why: &str,
) -> Result<Result<(), Refusal>, Error> {
    let now = tx.now();
    let conn = tx.write(Event::IdentityEnded { identity, why: why.to_owned() });
    if !store::life::touch(conn, identity, now).await? {
        return Ok(Err(Refusal::NoSuchIdentity));
    }
    if let Some(until) = overdue
        && !store::life::is_overdue(conn, identity, until).await?
    {
        return Ok(Err(Refusal::NothingToChange));
    }
    if !store::life::state(conn, identity).await?.may_become(State::Ended) {
        return Ok(Err(Refusal::NothingToChange));
    }
    store::life::end(conn, identity, now).await?;
    Ok(Ok(()))
}

/// Let an identity that ended begin anew. Whoever calls this makes sure that nothing is left that it logged in with: who
/// comes back is invited again.
pub async fn resume(tx: &mut Tx, identity: IdentityId, why: &str) -> Result<Result<(), Refusal>, Error> {
    let now = tx.now();
    let conn = tx.write(Event::IdentityResumed { identity, why: why.to_owned() });
    if !store::life::touch(conn, identity, now).await? {
        return Ok(Err(Refusal::NoSuchIdentity));
    }
    if store::life::state(conn, identity).await? != State::Ended {
        return Ok(Err(Refusal::NothingToChange));
    }
    store::life::resume(conn, identity).await?;
    Ok(Ok(()))
}

/// Erase what is known of an identity that ended, and of its person if it was the last: names, number, what was shown
/// at proofings. What is sealed with the person's key can't be read any more, wherever it was copied to. The log still
/// says what happened, to whom by identifier only.
pub async fn erase(tx: &mut Tx, identity: IdentityId) -> Result<Result<(), Refusal>, Error> {
    let now = tx.now();
    let conn = tx.write(Event::IdentityErased { identity });
    if !store::life::touch(conn, identity, now).await? {
        return Ok(Err(Refusal::NoSuchIdentity));
    }
    if !store::life::state(conn, identity).await?.may_become(State::Erased) {
        return Ok(Err(Refusal::NotEnded));
    }
    store::life::erase(conn, identity).await?;
    let person = store::life::person_of(conn, identity).await?;
    if store::life::identities_left(conn, person).await? == 0 {
        let conn = tx.write(Event::PersonErased { person });
        store::life::erase_person(conn, person).await?;
    }
    Ok(Ok(()))
}

/// Those whose last day is over and who have not ended: for the job that ends them. At most `most`.
pub async fn overdue(db: &Database, now: Moment, most: u32) -> Result<Vec<IdentityId>, Error> {
    store::life::overdue(db, now, most).await
}
