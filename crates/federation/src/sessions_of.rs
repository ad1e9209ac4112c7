//! Where somebody is logged in: the sessions of one identity, in all browsers.
//!
//! A list beside the sessions says which there are, and what can't be seen from a session: where its browser is and
//! what it is. Whether one is alive is never read from the list, but from the session.

use portner_audit_log::{Actor, Event};
use portner_domain::session::{Session, SessionName};
use portner_domain::{IdentityId, Moment};
use serde::{Deserialize, Serialize};

use crate::kept::{read, write};
use crate::own::Service;
use crate::sessions::SWAPS_MAX;
use crate::{Device, Error, Federation, Me, Visit};

/// Sessions that one identity may have. Whoever begins one more ends the oldest.
pub const SESSIONS_MAX: usize = 50;

/// Why a session was ended by its owner in another browser.
const BY_OWNER: &str = "owner";
/// Why it was ended when there were too many.
const TOO_MANY: &str = "too-many";

/// A session in the list.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
struct Listed {
    name: SessionName,
    began: Moment,
    address: String,
    device: Device,
}

/// A session as its owner sees it.
#[derive(Clone, Debug)]
pub struct OwnSession {
    /// Its name.
    pub name: SessionName,
    /// When it began.
    pub started: Moment,
    /// When it was last used.
    pub used: Moment,
    /// Where its browser was when it last proved something.
    pub address: String,
    /// What its browser is.
    pub device: Device,
    /// Who was told, newest first.
    pub services: Vec<Service>,
    /// Is it the one that asks?
    pub is_this: bool,
}

impl Federation {
    /// Where somebody is logged in, newest first.
    pub async fn own_sessions(&self, me: &Me) -> Result<Vec<OwnSession>, Error> {
        let now = self.log.now();
        let mut found = Vec::new();
        for listed in self.listed(me.session.identity, now).await?.1 {
            let Some(session) = self.session_named(listed.name, now).await? else { continue };
            let lives = session.is_alive(&self.settings.rules.limits, now);
            if !lives || !me.standing.admits(session.started, now) || session.identity != me.session.identity
            {
                continue;
            }
            found.push(OwnSession {
                name: session.name,
                started: session.started,
                used: session.used,
                services: self.services_of(&session).await?,
                address: listed.address,
                device: listed.device,
                is_this: session.name == me.session.name,
            });
        }
        found.sort_by_key(|session| std::cmp::Reverse((session.is_this, session.started)));
        Ok(found)
    }

    /// End another session of theirs. False if it is not theirs, or over.
    pub async fn end_own_session(&self, me: &Me, name: SessionName, visit: &Visit) -> Result<bool, Error> {
        let now = self.log.now();
        let theirs = self.session_named(name, now).await?;
        let theirs = theirs.is_some_and(|session| session.identity == me.session.identity);
        if !theirs || name == me.session.name {
            return Ok(false);
        }
        self.stop(me.session.identity, name, BY_OWNER, visit).await
    }

    /// End all of theirs but this one, for this reason; how many.
    pub async fn end_other_sessions(&self, me: &Me, why: &str, visit: &Visit) -> Result<usize, Error> {
        let mut ended = 0;
        for listed in self.listed(me.session.identity, self.log.now()).await?.1 {
            if listed.name != me.session.name
                && self.stop(me.session.identity, listed.name, why, visit).await?
            {
                ended += 1;
            }
        }
        Ok(ended)
    }

    /// Put a session that begins, or goes on, on the list of its owner's.
    pub(crate) async fn list(&self, session: &Session, visit: &Visit, now: Moment) -> Result<(), Error> {
        let key = key(session.identity);
        let expires = now.plus(self.settings.rules.limits.absolute);
        for _ in 0..SWAPS_MAX {
            let (text, mut list) = self.listed(session.identity, now).await?;
            list.retain(|listed| listed.name != session.name);
            let too_many = self.make_room(&mut list, now).await?;
            list.push(Listed {
                name: session.name,
                began: session.started,
                address: visit.address.to_string(),
                device: visit.device.clone(),
            });
            let written = write(&list)?;
            let won = match &text {
                Some(text) => self.volatile.swap(&key, text, &written, expires, now).await?,
                None => self.volatile.put_if_absent(&key, &written, expires, now).await?,
            };
            if won {
                for name in too_many {
                    self.stop(session.identity, name, TOO_MANY, visit).await?;
                }
                return Ok(());
            }
        }
        // It is alive all the same, and ends by its own limits and by every lock.
        tracing::warn!(session = %session.name, "a list of sessions changes too often to be added to");
        Ok(())
    }

    /// Take from a full list what is over, and then the oldest; which of them have to be ended.
    async fn make_room(&self, list: &mut Vec<Listed>, now: Moment) -> Result<Vec<SessionName>, Error> {
        if list.len() < SESSIONS_MAX {
            return Ok(Vec::new());
        }
        let mut alive = Vec::with_capacity(list.len());
        for listed in list.drain(..) {
            let session = self.session_named(listed.name, now).await?;
            if session.is_some_and(|session| session.is_alive(&self.settings.rules.limits, now)) {
                alive.push(listed);
            }
        }
        alive.sort_by_key(|listed| listed.began);
        let over = (alive.len() + 1).saturating_sub(SESSIONS_MAX);
        let too_many = alive.drain(..over).map(|listed| listed.name).collect();
        *list = alive;
        Ok(too_many)
    }

    async fn stop(
        &self,
        identity: IdentityId,
        name: SessionName,
        why: &str,
        visit: &Visit,
    ) -> Result<bool, Error> {
        if !self.stop_session(name, self.log.now()).await? {
            return Ok(false);
        }
        let (session, why) = (name.to_string(), why.to_owned());
        let event = Event::SessionEndedElsewhere { identity, session, why };
        self.log_of(visit).append(Actor::Identity(identity), event).await?;
        Ok(true)
    }

    /// The list as it is kept, and what it says.
    async fn listed(
        &self,
        identity: IdentityId,
        now: Moment,
    ) -> Result<(Option<String>, Vec<Listed>), Error> {
        let text = self.volatile.get(&key(identity), now).await?;
        let list = text.as_deref().map_or(Ok(Vec::new()), |text| read("a list of sessions", text))?;
        Ok((text, list))
    }
}

fn key(identity: IdentityId) -> String {
    format!("sessions-of/{identity}")
}
