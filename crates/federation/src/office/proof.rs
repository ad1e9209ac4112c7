//! A registrar proofs somebody they met: what there was goes on record, and the rules say what it is worth.

use portner_audit_log::{Event, Tx};
use portner_directory::{
    Card, Met, PaperNumber, Record, WaitingMeeting, also_shown_by, confirm, leave_meeting, met,
    waiting_meetings,
};
use portner_domain::help::Help;
use portner_domain::meeting::{Check, Meeting, Second, Shortfall, Shown};
use portner_domain::proofing::Proofing;
use portner_domain::role::Action;
use portner_domain::{IdentityId, PersonId};

use super::{NotDone, Warrant, settled};
use crate::{Error, Federation, Visit};

/// What a registrar wrote down of a meeting.
#[derive(Clone, Debug)]
pub struct MeetingNotes {
    /// The papers, each with its number.
    pub shown: Vec<(Shown, PaperNumber)>,
    /// What was checked, and came out well.
    pub checks: Vec<Check>,
    /// How else it was made sure.
    pub second: Option<Second>,
    /// Where they met.
    pub place: String,
    /// The day: year, month, day.
    pub today: (i32, u8, u8),
    /// Has the officer looked into it that others showed one of the papers?
    pub looked_into: bool,
}

/// Does the registrar do it alone?
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Alone {
    /// Yes: Substantial at most.
    Yes,
    /// No: for High a second one has to agree.
    WithSecond,
}

/// What became of a meeting.
#[derive(Clone, Debug)]
pub enum Recorded {
    /// They are proofed.
    Proofed(Proofing),
    /// It waits for a second officer.
    Waits,
}

/// Why a meeting proves nothing.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum NotProofed {
    /// It falls short.
    Shortfalls(Vec<Shortfall>),
    /// So many others showed one of the papers; the officer has to look into it.
    AlsoShown(usize),
    /// Something else is in the way.
    NotDone(NotDone),
}

impl Federation {
    /// Put a meeting on record, or leave it for a second officer.
    pub async fn proof(
        &self,
        warrant: &Warrant,
        (notes, alone): (&MeetingNotes, Alone),
        visit: &Visit,
    ) -> Result<Result<Recorded, NotProofed>, Error> {
        let card = warrant.for_act(Action::Proof)?;
        let meeting = meeting_of(warrant, card, notes);
        if let Some(short) = shortfalls(&meeting, alone) {
            return Ok(Err(NotProofed::Shortfalls(short)));
        }
        let (papers, person) = (paper_numbers(notes), card.identity.person);
        let others = also_shown_by(self.log.database(), &self.personal, person, &papers).await?;
        if !others.is_empty() && !notes.looked_into {
            return Ok(Err(NotProofed::AlsoShown(others.len())));
        }
        let mut tx = self.act(warrant.officer(), visit).await?;
        if alone == Alone::WithSecond {
            let Some(officer_level) = meeting.officer_level else {
                return Ok(Err(NotProofed::Shortfalls(vec![Shortfall::OfficerLevel])));
            };
            let waiting = WaitingMeeting {
                person,
                identity: card.identity.id,
                officer: warrant.officer().mandate.identity,
                officer_person: meeting.officer,
                officer_level,
                at: tx.now(),
            };
            leave_meeting(&self.personal, &mut tx, &waiting, &record_of(&meeting, notes)).await?;
            tx.commit().await?;
            return Ok(Ok(Recorded::Waits));
        }
        let first = warrant.officer().mandate.identity;
        let of = (card.identity.id, first, None);
        let done = self.proofed_in(&mut tx, &meeting, of, (&papers, &notes.place)).await?;
        match done {
            Ok(proofing) => {
                tx.commit().await?;
                Ok(Ok(Recorded::Proofed(proofing)))
            }
            Err(short) => Ok(Err(NotProofed::Shortfalls(short))),
        }
    }

    /// Another name in the population register is this person's: the officer saw papers that say so. A meeting that is put
    /// on record since then says it as well.
    pub async fn confirm_name(
        &self,
        warrant: &Warrant,
        why: &str,
        visit: &Visit,
    ) -> Result<Result<(), NotDone>, Error> {
        let card = warrant.for_act(Action::Proof)?;
        let identity = card.identity.id;
        if card.identity.life.reopened.is_none() {
            return Ok(Err(NotDone::Directory(portner_directory::Refusal::NothingToChange)));
        }
        let mut tx = self.act(warrant.officer(), visit).await?;
        tx.write(Event::HelpGiven { identity, help: Help::NameConfirmed, why: why.to_owned() });
        let done = confirm(&mut tx, card.identity.person, why).await?;
        settled(tx, done).await
    }

    /// Does a meeting with this person wait for a second officer?
    pub(crate) async fn meeting_waits(&self, person: PersonId) -> Result<bool, Error> {
        let all = waiting_meetings(self.log.database(), self.log.now()).await?;
        Ok(all.iter().any(|waiting| waiting.person == person))
    }

    /// Put a meeting on record in a transaction that goes on, with who met whom.
    pub(super) async fn proofed_in(
        &self,
        tx: &mut Tx,
        meeting: &Meeting,
        (identity, officer, second_officer): (IdentityId, IdentityId, Option<IdentityId>),
        (papers, place): (&[PaperNumber], &str),
    ) -> Result<Result<Proofing, Vec<Shortfall>>, Error> {
        let said = met(&self.personal, &*self.entropy, tx, meeting, (officer, papers, place)).await?;
        let Met { proofing, also_shown_by } = match said {
            Ok(met) => met,
            Err(short) => return Ok(Err(short)),
        };
        let event = Event::ProofedInPerson {
            identity,
            proofing: proofing.id,
            officer,
            second_officer,
            also_shown_by,
        };
        tx.write(event);
        Ok(Ok(proofing))
    }
}

fn meeting_of(warrant: &Warrant, card: &Card, notes: &MeetingNotes) -> Meeting {
    let mandate = &warrant.officer().mandate;
    Meeting {
        person: card.identity.person,
        shown: notes.shown.iter().map(|(shown, _)| shown.clone()).collect(),
        checks: notes.checks.clone(),
        second: notes.second,
        has_cpr: card.has_cpr,
        officer: mandate.person,
        officer_level: mandate.level,
        second_officer: None,
        today: notes.today,
    }
}

/// Whatever is missing, at once: for Substantial, and for High if that is wished for.
fn shortfalls(meeting: &Meeting, alone: Alone) -> Option<Vec<Shortfall>> {
    let mut short = meeting.evidence().err().unwrap_or_default();
    if alone == Alone::WithSecond {
        short.extend(meeting.short_of_high());
    }
    (!short.is_empty()).then_some(short)
}

fn paper_numbers(notes: &MeetingNotes) -> Vec<PaperNumber> {
    notes.shown.iter().map(|(_, number)| number.clone()).collect()
}

fn record_of(meeting: &Meeting, notes: &MeetingNotes) -> Record {
    Record {
        papers: paper_numbers(notes),
        shown: meeting.shown.clone(),
        checks: meeting.checks.clone(),
        second: meeting.second,
        place: notes.place.clone(),
    }
}
