//! The second registrar, for High: another person, who compares the photo with the person themselves.

use portner_audit_log::Event;
use portner_directory::{
    Card, Record, WaitingMeeting, card, take_meeting, waiting_meeting, waiting_meetings,
};
use portner_domain::Level;
use portner_domain::meeting::{Meeting, Shortfall};
use portner_domain::role::{Action, Target};

use super::proof::NotProofed;
use super::{NotDone, Warrant};
use crate::{Error, Federation, Visit};

/// What the second registrar says.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum AtSecond<'a> {
    /// The photo is theirs; on this day: year, month, day.
    Agrees((i32, u8, u8)),
    /// Something is wrong, in their words.
    Declines(&'a str),
}

impl Federation {
    /// The meetings that wait for a second registrar, with whom it was, where this one may proof.
    pub async fn meetings_that_wait(&self, warrant: &Warrant) -> Result<Vec<(WaitingMeeting, Card)>, Error> {
        warrant.for_any(Action::Proof)?;
        let (database, now) = (self.log.database(), self.log.now());
        let mut found = Vec::new();
        for waiting in waiting_meetings(database, now).await? {
            let Some(card) = card(database, waiting.identity).await? else { continue };
            let is_officer = portner_directory::is_officer(database, waiting.person, now).await?;
            let unit = card.about.unit.clone();
            let target = Target { identity: waiting.identity, person: waiting.person, unit, is_officer };
            if warrant.officer().mandate.may_to(Action::Proof, &target, now).is_ok() {
                found.push((waiting, card));
            }
        }
        Ok(found)
    }

    /// The meeting that waits with this person, with what was shown.
    pub async fn meeting_that_waits(
        &self,
        warrant: &Warrant,
    ) -> Result<Option<(WaitingMeeting, Record)>, Error> {
        let person = warrant.for_act(Action::Proof)?.identity.person;
        Ok(waiting_meeting(self.log.database(), &self.personal, person, self.log.now()).await?)
    }

    /// The second registrar agrees, and they are proofed; or does not, and nothing was.
    pub async fn settle_meeting(
        &self,
        warrant: &Warrant,
        said: AtSecond<'_>,
        visit: &Visit,
    ) -> Result<Result<(), NotProofed>, Error> {
        let card = warrant.for_act(Action::Proof)?;
        let Some((waiting, record)) = self.meeting_that_waits(warrant).await? else {
            return Ok(Err(NotProofed::NotDone(NotDone::NothingWaits)));
        };
        let (identity, mandate) = (card.identity.id, &warrant.officer().mandate);
        if waiting.officer_person == mandate.person {
            return Ok(Err(NotProofed::NotDone(NotDone::SameOfficer)));
        }
        let mut tx = self.act(warrant.officer(), visit).await?;
        let officer = waiting.officer;
        let event = match said {
            AtSecond::Declines(why) => Event::MeetingDeclined { identity, officer, why: why.to_owned() },
            AtSecond::Agrees(_) => Event::MeetingAgreed { identity, officer },
        };
        if !take_meeting(&mut tx, event, &waiting).await? {
            return Ok(Err(NotProofed::NotDone(NotDone::NothingWaits)));
        }
        if let AtSecond::Agrees(today) = said {
            let meeting = Meeting {
                person: waiting.person,
                shown: record.shown.clone(),
                checks: record.checks.clone(),
                second: record.second,
                has_cpr: card.has_cpr,
                officer: waiting.officer_person,
                // Neither vouches for more than they were recognised at.
                officer_level: Some(waiting.officer_level).min(mandate.level),
                second_officer: Some(mandate.person),
                today,
            };
            if let Some(short) = short_of(&meeting) {
                return Ok(Err(NotProofed::Shortfalls(short)));
            }
            let of = (waiting.identity, officer, Some(mandate.identity));
            let proofed = self.proofed_in(&mut tx, &meeting, of, (&record.papers, &record.place)).await?;
            if let Err(short) = proofed {
                return Ok(Err(NotProofed::Shortfalls(short)));
            }
        }
        tx.commit().await?;
        Ok(Ok(()))
    }
}

/// Two registrars who come to less than High have not done what they were asked for.
fn short_of(meeting: &Meeting) -> Option<Vec<Shortfall>> {
    match meeting.evidence() {
        Ok(evidence) if evidence.level() == Level::High => None,
        Ok(_) => Some(meeting.short_of_high()),
        Err(short) => Some(short),
    }
}
