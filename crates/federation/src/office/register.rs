//! Who is in the directory by the administration's hand, and what is on record about them.

use portner_audit_log::Event;
use portner_directory::{
    About, Card, NewEmployee, Refusal, describe, describe_new, is_officer, note_look_up, register,
    register_another, rename, set_validity,
};
use portner_domain::cpr::Cpr;
use portner_domain::life::Validity;
use portner_domain::role::{Action, Target};
use portner_domain::unit::Unit;
use portner_domain::{IdentityId, PersonId};

use super::life::living;
use super::{NotDone, Obstacle, Officer, Warrant};
use crate::{Error, Federation, Visit};

/// Somebody who is to be registered.
#[derive(Clone, Debug)]
pub struct Newcomer {
    /// Who, and for whom they work.
    pub employee: NewEmployee,
    /// What else is known.
    pub about: About,
    /// From when and until when.
    pub validity: Validity,
    /// Their number, if it is known. Whoever has it already gets one more identity.
    pub cpr: Option<Cpr>,
    /// Who has that number, as the officer was told and confirmed.
    pub confirmed: Option<PersonId>,
}

/// What is on record about somebody, as an officer wants it.
#[derive(Clone, Debug)]
pub struct Details {
    /// First names.
    pub first_name: String,
    /// Surname.
    pub last_name: String,
    /// What else is known.
    pub about: About,
    /// Another number, if there is to be one.
    pub cpr: Option<Cpr>,
    /// Which version of it the officer saw.
    pub seen: i64,
}

/// Why somebody was not registered.
#[derive(Clone, Debug)]
pub enum NotRegistered {
    /// It was not done.
    NotDone(NotDone),
    /// This person has that number: those of their identities that the officer may find.
    Known(PersonId, Vec<Card>),
}

impl From<NotDone> for NotRegistered {
    fn from(not: NotDone) -> Self {
        Self::NotDone(not)
    }
}

impl From<Refusal> for NotRegistered {
    fn from(refusal: Refusal) -> Self {
        Self::NotDone(NotDone::Directory(refusal))
    }
}

impl Federation {
    /// Register somebody by hand. Whoever has the number already is found by it, and the officer confirms that it is the
    /// same person: then the names are those on record.
    pub async fn register_by_hand(
        &self,
        warrant: &Warrant,
        newcomer: &Newcomer,
        why: &str,
        visit: &Visit,
    ) -> Result<Result<IdentityId, NotRegistered>, Error> {
        warrant.for_any(Action::Administer)?;
        let officer = warrant.officer();
        if !self.places(officer, newcomer.about.unit.as_ref()) {
            return Ok(Err(NotDone::Administration(Obstacle::NotTheirUnit).into()));
        }
        let known = match &newcomer.cpr {
            None => None,
            Some(cpr) => match self.known_by(officer, (cpr, why), newcomer, visit).await? {
                Ok(known) => known,
                Err(not) => return Ok(Err(not)),
            },
        };
        let mut tx = self.act(officer, visit).await?;
        let registered = match known {
            Some(person) => register_another(&mut tx, &*self.entropy, person, &newcomer.employee).await?,
            None => register(&mut tx, &*self.entropy, &newcomer.employee).await?,
        };
        let identity = match registered {
            Ok(identity) => identity,
            Err(refusal) => return Ok(Err(refusal.into())),
        };
        tx.write(Event::ReasonGiven { identity: Some(identity.id), why: why.to_owned() });
        let about = match known {
            Some(person) => self.as_on_record(person, &newcomer.about).await?,
            None => newcomer.about.clone(),
        };
        describe_new(&mut tx, &identity, &about).await?;
        if newcomer.validity != Validity::default()
            && let Err(refusal) = set_validity(&mut tx, identity.id, newcomer.validity).await?
        {
            return Ok(Err(refusal.into()));
        }
        if let (None, Some(cpr)) = (known, &newcomer.cpr)
            && let Err(refusal) = self.personal.set_cpr(&mut tx, identity.person, cpr).await?
        {
            return Ok(Err(refusal.into()));
        }
        tx.commit().await?;
        Ok(Ok(identity.id))
    }

    /// Change what the organisation has on record. What is the person's and not this identity's needs the officer to
    /// administer all of their identities.
    pub async fn change_person(
        &self,
        warrant: &Warrant,
        (details, why): (&Details, &str),
        visit: &Visit,
    ) -> Result<Result<(), NotDone>, Error> {
        let card = warrant.for_act(Action::Administer)?;
        if let Some(not) = self.in_the_way(warrant, card, details).await? {
            return Ok(Err(not));
        }
        if let Some(cpr) = &details.cpr {
            if !self.may_look_up(warrant.officer()).await? {
                return Ok(Err(NotDone::TooMany));
            }
            // That a number is somebody's is an answer, too: it is written down before it is given.
            let theirs = self.personal.by_cpr(cpr).await?;
            if theirs.is_some_and(|person| person != card.identity.person) {
                let mut tx = self.act(warrant.officer(), visit).await?;
                note_look_up(&mut tx, Vec::new(), why).await?;
                tx.commit().await?;
                return Ok(Err(NotDone::Directory(Refusal::CprTaken)));
            }
        }
        let (identity, about) = (&card.identity, &details.about);
        let is_renamed =
            (&identity.first_name, &identity.last_name) != (&details.first_name, &details.last_name);
        let mut tx = self.act(warrant.officer(), visit).await?;
        tx.write(Event::ReasonGiven { identity: Some(identity.id), why: why.to_owned() });
        let mut is_changed = is_renamed;
        if is_renamed {
            rename(&mut tx, identity.person, &details.first_name, &details.last_name).await?;
        }
        if let Some(cpr) = &details.cpr {
            match self.personal.set_cpr(&mut tx, identity.person, cpr).await? {
                Ok(()) => is_changed = true,
                Err(Refusal::NothingToChange) => {}
                Err(refusal) => return Ok(Err(NotDone::Directory(refusal))),
            }
        }
        if card.about != *about {
            if let Err(refusal) = describe(self.log.database(), &mut tx, identity.id, about).await? {
                return Ok(Err(NotDone::Directory(refusal)));
            }
            is_changed = true;
        }
        if !is_changed {
            return Ok(Err(NotDone::Directory(Refusal::NothingToChange)));
        }
        tx.commit().await?;
        Ok(Ok(()))
    }

    async fn in_the_way(
        &self,
        warrant: &Warrant,
        card: &Card,
        details: &Details,
    ) -> Result<Option<NotDone>, Error> {
        if let Err(not) = living(warrant)? {
            return Ok(Some(not));
        }
        let obstacle = |obstacle| Ok(Some(NotDone::Administration(obstacle)));
        if card.source.is_some() {
            return obstacle(Obstacle::FromFeed);
        }
        if card.version != details.seen {
            return obstacle(Obstacle::ChangedMeanwhile);
        }
        let (officer, unit) = (warrant.officer(), details.about.unit.as_ref());
        if unit != card.about.unit.as_ref() && !self.places(officer, unit) {
            return obstacle(Obstacle::NotTheirUnit);
        }
        let identity = &card.identity;
        let is_about_person = (&identity.first_name, &identity.last_name)
            != (&details.first_name, &details.last_name)
            || card.about.known_as != details.about.known_as
            || card.about.is_protected != details.about.is_protected
            || details.cpr.is_some();
        if !is_about_person {
            return Ok(None);
        }
        for other in &card.others {
            let Some(other) = portner_directory::card(self.log.database(), *other).await? else { continue };
            if other.source.is_some() {
                return obstacle(Obstacle::FromFeed);
            }
            if !self.administers(officer, &other).await? {
                return obstacle(Obstacle::OtherIdentity);
            }
        }
        Ok(None)
    }

    /// Whoever has this number already, if they may have one more identity here and the officer confirmed it. The look-up
    /// is counted and written down as any other.
    async fn known_by(
        &self,
        officer: &Officer,
        of: (&Cpr, &str),
        newcomer: &Newcomer,
        visit: &Visit,
    ) -> Result<Result<Option<PersonId>, NotRegistered>, Error> {
        if !self.may_look_up(officer).await? {
            return Ok(Err(NotDone::TooMany.into()));
        }
        // The number is typed anew for the confirmation: it has to be the one that was confirmed.
        let person = match (self.personal.by_cpr(of.0).await?, newcomer.confirmed) {
            (Some(person), None) => person,
            (Some(person), Some(confirmed)) if person == confirmed => person,
            (None, None) => return Ok(Ok(None)),
            (_, Some(_)) => return Ok(Err(NotDone::Administration(Obstacle::OtherPerson).into())),
        };
        let (database, now) = (self.log.database(), self.log.now());
        let identities = portner_directory::identities_of(database, person).await?;
        let Some(identity) = identities.first().copied() else { return Ok(Ok(None)) };
        let is_officer = is_officer(database, person, now).await?;
        // Where they are to work, and whoever they are besides: nobody gives themselves another identity.
        let target = Target { identity, person, unit: newcomer.about.unit.clone(), is_officer };
        if let Err(denied) = officer.mandate.may_to(Action::Administer, &target, now) {
            return Ok(Err(NotDone::Administration(Obstacle::Denied(denied)).into()));
        }
        if newcomer.confirmed.is_some() {
            return Ok(Ok(Some(person)));
        }
        let found = self.within_reach_of(officer, person).await?;
        let mut tx = self.act(officer, visit).await?;
        note_look_up(&mut tx, found.iter().map(|card| card.identity.id).collect(), of.1).await?;
        tx.commit().await?;
        Ok(Err(NotRegistered::Known(person, found)))
    }

    /// What is the person's stays as it is on record.
    async fn as_on_record(&self, person: PersonId, about: &About) -> Result<About, Error> {
        let database = self.log.database();
        let corrupt = || Error::Corrupt(format!("no identity of {person}"));
        let identities = portner_directory::identities_of(database, person).await?;
        let first = identities.first().ok_or_else(corrupt)?;
        let card = portner_directory::card(database, *first).await?.ok_or_else(corrupt)?;
        let About { known_as, is_protected, .. } = card.about;
        Ok(About { known_as, is_protected, ..about.clone() })
    }

    async fn administers(&self, officer: &Officer, card: &Card) -> Result<bool, Error> {
        let (now, person) = (self.log.now(), card.identity.person);
        let is_officer = is_officer(self.log.database(), person, now).await?;
        let unit = card.about.unit.clone();
        let target = Target { identity: card.identity.id, person, unit, is_officer };
        Ok(officer.mandate.may_to(Action::Administer, &target, now).is_ok())
    }

    /// Is that part of the organisation theirs to administer? Whoever has a part puts nobody outside of it.
    fn places(&self, officer: &Officer, unit: Option<&Unit>) -> bool {
        self.units_for(officer, Action::Administer).iter().any(|mine| match (mine, unit) {
            (None, _) => true,
            (Some(mine), Some(unit)) => mine.contains(unit),
            (Some(_), None) => false,
        })
    }
}
