//! Looking somebody up by their CPR number: with a reason, written down before the answer is shown, and only where the
//! officer may find people.

use portner_directory::{Card, card, identities_of, is_officer, note_look_up};
use portner_domain::cpr::Cpr;
use portner_domain::role::{Action, Target};
use portner_domain::throttle::Allowance;
use portner_domain::{Millis, PersonId};

use super::{NotDone, Officer, Warrant};
use crate::{Error, Federation, Visit};

/// Look-ups by one officer: more than a day at a counter needs, and far too few to go through a list of numbers.
pub const LOOK_UPS: Allowance = Allowance { attempts: 60, window: Millis::minutes(60) };

impl Federation {
    /// The identities of whoever has this CPR number, as far as the officer may find them.
    pub async fn look_up_cpr(
        &self,
        warrant: &Warrant,
        (cpr, why): (&Cpr, &str),
        visit: &Visit,
    ) -> Result<Result<Vec<Card>, NotDone>, Error> {
        warrant.for_any(Action::LookUpCpr)?;
        let officer = warrant.officer();
        if !self.may_look_up(officer).await? {
            return Ok(Err(NotDone::TooMany));
        }
        let found = match self.personal.by_cpr(cpr).await? {
            Some(person) => self.within_reach_of(officer, person).await?,
            None => Vec::new(),
        };
        let mut tx = self.act(officer, visit).await?;
        note_look_up(&mut tx, found.iter().map(|card| card.identity.id).collect(), why).await?;
        tx.commit().await?;
        Ok(Ok(found))
    }

    /// Whatever tells whether a number is on record counts, on whichever page.
    pub(super) async fn may_look_up(&self, officer: &Officer) -> Result<bool, Error> {
        let now = self.log.now();
        let key = format!("cpr/{}", officer.mandate.person);
        let count = self.volatile.increment(&key, now.plus(LOOK_UPS.window), now).await?;
        Ok(LOOK_UPS.admits(count))
    }

    pub(super) async fn within_reach_of(
        &self,
        officer: &Officer,
        person: PersonId,
    ) -> Result<Vec<Card>, Error> {
        let (database, now) = (self.log.database(), self.log.now());
        let is_officer = is_officer(database, person, now).await?;
        let mut found = Vec::new();
        for identity in identities_of(database, person).await? {
            let Some(card) = card(database, identity).await? else { continue };
            let target = Target { identity, person, unit: card.about.unit.clone(), is_officer };
            if officer.mandate.may_to(Action::LookUpCpr, &target, now).is_ok() {
                found.push(card);
            }
        }
        Ok(found)
    }
}
