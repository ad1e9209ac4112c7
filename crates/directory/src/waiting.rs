//! A meeting that a second officer has yet to agree to: nothing is proofed until they do, and it waits no longer than
//! the person can be expected to.

use portner_audit_log::envelope::Place;
use portner_audit_log::{Database, Event, Tx};
use portner_domain::meeting::MEETING_WAITS_MAX;
use portner_domain::{IdentityId, Level, Moment, PersonId};

use crate::meeting::Record;
use crate::{Error, Personal, store};

/// A meeting that waits.
#[derive(Clone, Debug)]
pub struct WaitingMeeting {
    /// Who was met.
    pub person: PersonId,
    /// By which identity of theirs.
    pub identity: IdentityId,
    /// Who met them.
    pub officer: IdentityId,
    /// Whose identity that is.
    pub officer_person: PersonId,
    /// The level of that officer's session.
    pub officer_level: Level,
    /// When.
    pub at: Moment,
}

impl WaitingMeeting {
    /// Is it too long ago?
    pub fn is_void(&self, now: Moment) -> bool {
        now.since(self.at).is_none_or(|age| age > MEETING_WAITS_MAX)
    }
}

/// Leave a meeting for a second officer. An earlier one with the same person waits no more.
pub async fn leave_meeting(
    personal: &Personal,
    tx: &mut Tx,
    meeting: &WaitingMeeting,
    record: &Record,
) -> Result<(), Error> {
    let conn = tx.write(Event::MeetingAwaitsSecond { identity: meeting.identity });
    let plain = zeroize::Zeroizing::new(store::to_json(record)?);
    let row = meeting.person.to_string();
    let sealed = personal.seal(conn, meeting.person, &place(&row), plain.as_bytes()).await?;
    store::waiting::put(conn, meeting, &sealed).await
}

/// Those that wait, oldest first.
pub async fn waiting_meetings(db: &Database, now: Moment) -> Result<Vec<WaitingMeeting>, Error> {
    let all = store::waiting::all(db).await?;
    Ok(all.into_iter().map(|(meeting, _)| meeting).filter(|meeting| !meeting.is_void(now)).collect())
}

/// The one with this person, and what was shown at it.
pub async fn waiting_meeting(
    db: &Database,
    personal: &Personal,
    person: PersonId,
    now: Moment,
) -> Result<Option<(WaitingMeeting, Record)>, Error> {
    let found = store::waiting::of(db, person).await?;
    let Some((meeting, sealed)) = found.filter(|(meeting, _)| !meeting.is_void(now)) else {
        return Ok(None);
    };
    let row = person.to_string();
    let Some(plain) = personal.open_for(person, &place(&row), &sealed).await? else { return Ok(None) };
    let record = serde_json::from_slice(&plain)
        .map_err(|_| Error::Corrupt(format!("what was shown at the meeting with {row}")))?;
    Ok(Some((meeting, record)))
}

/// It waits no more, in the transaction of what became of it. False if another officer was faster.
pub async fn take_meeting(tx: &mut Tx, event: Event, meeting: &WaitingMeeting) -> Result<bool, Error> {
    store::waiting::take(tx.write(event), meeting.person, meeting.at).await
}

const fn place(person: &str) -> Place<'_> {
    Place { table: "meeting_waiting", column: "sealed", row: person }
}
