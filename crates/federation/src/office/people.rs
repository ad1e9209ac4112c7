//! Finding people and reading what is on record about them. Whoever reads is written down.

use portner_audit_log::Event;
use portner_audit_log::own::{EventPage, own_events};
use portner_authenticators::Owned;
use portner_directory::{Card, Filter, Page, PeopleFile, Sought};
use portner_domain::assurance::{Assessment, within_reach};
use portner_domain::proofing::Proofing;
use portner_domain::role::{Action, Grant};
use portner_domain::throttle::Wait;
use portner_domain::{IdentityId, Moment};

use super::Warrant;
use crate::standing::Extent;
use crate::{Error, Federation, Visit};

/// What an officer reads about somebody.
#[derive(Clone, Debug)]
pub struct Seen {
    /// What is on record.
    pub card: Card,
    /// What they log in with, oldest first.
    pub authenticators: Vec<Owned>,
    /// How they were proofed, newest first.
    pub proofings: Vec<Proofing>,
    /// What they hold themselves.
    pub roles: Vec<Grant>,
    /// The best that they could reach, and what is in the way.
    pub best: Assessment,
    /// Is what they log in with closed because of guessing?
    pub closed: Option<Wait>,
    /// What happened lately, newest first: why a login failed is here.
    pub events: EventPage,
    /// Until when this officer knows that it is them who ask, if at all.
    pub caller_until: Option<Moment>,
    /// What waits for another officer.
    pub waits: Waits,
}

/// What about somebody waits for another officer.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Waits {
    /// A meeting, for a second one to agree.
    pub meeting: bool,
    /// The second half of a code.
    pub half: bool,
}

impl Federation {
    /// People, by name, where the officer may find any.
    pub async fn find_people(
        &self,
        warrant: &Warrant,
        (typed, filter): (&str, Option<Filter>),
        after: Option<IdentityId>,
        rows: u32,
    ) -> Result<Page, Error> {
        let units = self.units_for(warrant.officer(), Action::FindPeople);
        let sought = Sought { filter, ..Sought::typed(typed, units) };
        Ok(portner_directory::find(self.log.database(), &sought, after, rows).await?)
    }

    /// The same people as a file. That it is handed out is durable before the first line of it is.
    pub async fn export_people(
        &self,
        warrant: &Warrant,
        (typed, filter): (&str, Option<Filter>),
        visit: &Visit,
    ) -> Result<PeopleFile, Error> {
        warrant.for_any(Action::FindPeople)?;
        let units = self.units_for(warrant.officer(), Action::FindPeople);
        let mut tx = self.act(warrant.officer(), visit).await?;
        let sought = Sought { filter, ..Sought::typed(typed, units) };
        let file = portner_directory::export_people(self.log.database(), &mut tx, sought).await?;
        tx.commit().await?;
        Ok(file)
    }

    /// All that is on record about somebody. It is written down first that it was read, and by whom.
    pub async fn see_person(&self, warrant: &Warrant, visit: &Visit) -> Result<Seen, Error> {
        let card = warrant.for_act(Action::SeePerson)?.clone();
        let identity = card.identity.id;
        let mut tx = self.act(warrant.officer(), visit).await?;
        tx.write(Event::PersonSeen { identity });
        tx.commit().await?;
        self.note_seen(warrant.officer(), identity).await?;
        let (database, now, rules) = (self.log.database(), self.log.now(), &self.settings.rules);
        let standing = self.standings.of(identity, Extent::Login).await?;
        let standing = standing.ok_or_else(|| Error::Corrupt(format!("no standing of {identity}")))?;
        let best = within_reach(&standing, rules.notified, &rules.limits, now);
        let mut proofings = standing.proofings;
        proofings.sort_unstable_by_key(|proofing| std::cmp::Reverse((proofing.at, proofing.id)));
        Ok(Seen {
            authenticators: self.authenticators.owned(identity).await?,
            roles: portner_directory::grants_of(database, identity).await?,
            closed: self
                .authenticators
                .closed(identity, portner_domain::authenticator::Kind::Password)
                .await?,
            events: own_events(database, identity, None).await?,
            caller_until: self.caller_until(warrant.officer(), identity).await?,
            waits: Waits {
                meeting: self.meeting_waits(card.identity.person).await?,
                half: self.authenticators.half_waits(identity).await?,
            },
            card,
            proofings,
            best,
        })
    }
}
