//! The log for whoever audits: everything, about everybody. That it was read is written down, too.

use std::collections::BTreeMap;

use portner_audit_log::own::{Cursor, EventPage, own_events, own_events_that};
use portner_audit_log::sealed::sealed_events;
use portner_audit_log::{Actor, Event, Recorded};
use portner_domain::IdentityId;
use portner_domain::identity::UserName;
use portner_domain::role::Action;

use super::Warrant;
use crate::{Error, Federation, Visit};

/// What of the log is looked for.
#[derive(Clone, Debug, Default)]
pub struct LogSought {
    /// Events of this kind.
    pub kind: Option<String>,
    /// Events about this person.
    pub about: Option<UserName>,
    /// Older than that place.
    pub before: Option<Cursor>,
}

/// A page of the log.
#[derive(Clone, Debug)]
pub struct Read {
    /// What is on it.
    pub page: EventPage,
    /// What those are called who did something, as far as they are on record.
    pub names: BTreeMap<IdentityId, UserName>,
}

impl Federation {
    /// A page of the log; nothing if nobody has that user name.
    pub async fn read_log(
        &self,
        warrant: &Warrant,
        sought: &LogSought,
        visit: &Visit,
    ) -> Result<Option<Read>, Error> {
        warrant.for_any(Action::ReadLog)?;
        let database = self.log.database();
        let about = match &sought.about {
            None => None,
            Some(name) => match portner_directory::by_user_name(database, name).await? {
                Some(identity) => Some(identity.id),
                None => return Ok(None),
            },
        };
        let mut tx = self.act(warrant.officer(), visit).await?;
        tx.write(Event::LogRead { of_kind: sought.kind.clone(), about });
        tx.commit().await?;
        let page = match about {
            Some(id) => {
                let mut own = own_events(database, id, sought.before).await?;
                own.events.retain(|it| sought.kind.as_ref().is_none_or(|kind| it.event.kind() == kind));
                own
            }
            None => sealed_events(database, sought.kind.as_deref(), sought.before).await?,
        };
        let names = self.names_of(&page.events).await?;
        Ok(Some(Read { page, names }))
    }

    /// What was said to MitID Erhverv about somebody, and what was decided of that. It is written down first that it was
    /// read, and by whom. That one was only looked at there is left out.
    pub async fn read_sync_events(
        &self,
        warrant: &Warrant,
        before: Option<Cursor>,
        visit: &Visit,
    ) -> Result<Read, Error> {
        let identity = warrant.for_act(Action::SeePerson)?.identity.id;
        let mut tx = self.act(warrant.officer(), visit).await?;
        tx.write(Event::PersonSeen { identity });
        tx.commit().await?;
        let is_said = |event: &Event| {
            matches!(
                event,
                Event::SyncAsked { .. }
                    | Event::SyncAnswered { .. }
                    | Event::SyncTied { .. }
                    | Event::SyncUntied { .. }
            )
        };
        let page = own_events_that(self.log.database(), identity, is_said, before).await?;
        let names = self.names_of(&page.events).await?;
        Ok(Read { page, names })
    }

    pub(super) async fn names_of(
        &self,
        events: &[Recorded],
    ) -> Result<BTreeMap<IdentityId, UserName>, Error> {
        let mut names = BTreeMap::new();
        for recorded in events {
            let Actor::Identity(id) = &recorded.actor else { continue };
            if names.contains_key(id) {
                continue;
            }
            if let Some(who) = portner_directory::by_id(self.log.database(), *id).await? {
                names.insert(*id, who.user_name);
            }
        }
        Ok(names)
    }
}
