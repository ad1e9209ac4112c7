//! The log for whoever audits: everything, about everybody. That it was read is written down, too.

use std::collections::BTreeMap;

use portner_audit_log::own::{Cursor, own_events};
use portner_audit_log::sealed::{Sealed, sealed_events};
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
#[derive(Clone, Debug, Default)]
pub struct Read {
    /// Newest first.
    pub events: Vec<Recorded>,
    /// Where the older ones are, if there are any.
    pub older: Option<Cursor>,
    /// What those are called who did something, as far as they are on record.
    pub names: BTreeMap<IdentityId, UserName>,
    /// Nobody has that user name.
    pub is_nobody: bool,
}

impl Federation {
    /// A page of the log.
    pub async fn read_log(
        &self,
        warrant: &Warrant,
        sought: &LogSought,
        visit: &Visit,
    ) -> Result<Read, Error> {
        warrant.for_any(Action::ReadLog)?;
        let database = self.log.database();
        let about = match &sought.about {
            None => None,
            Some(name) => match portner_directory::by_user_name(database, name).await? {
                Some(identity) => Some(identity.id),
                None => return Ok(Read { is_nobody: true, ..Read::default() }),
            },
        };
        let mut tx = self.act(warrant.officer(), visit).await?;
        tx.write(Event::LogRead { of_kind: sought.kind.clone(), about });
        tx.commit().await?;
        let (events, older): (Vec<Recorded>, _) = match about {
            Some(id) => {
                let own = own_events(database, id, sought.before).await?;
                let of_kind = |it: &Recorded| sought.kind.as_ref().is_none_or(|kind| it.event.kind() == kind);
                (own.events.into_iter().filter(of_kind).collect(), own.older)
            }
            None => {
                let page = sealed_events(database, sought.kind.as_deref(), sought.before).await?;
                (page.events.into_iter().map(|Sealed { recorded, .. }| recorded).collect(), page.older)
            }
        };
        let names = self.names_of(&events).await?;
        Ok(Read { events, older, names, is_nobody: false })
    }

    async fn names_of(&self, events: &[Recorded]) -> Result<BTreeMap<IdentityId, UserName>, Error> {
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
