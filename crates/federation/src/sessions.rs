//! Sessions in the session store, under the hash of the browser's secret; and where each is, under its name.

use portner_audit_log::Event;
use portner_domain::authenticator::Proof;
use portner_domain::flow::{Demand, Login};
use portner_domain::identity::Standing;
use portner_domain::session::{Participant, SentName, Session, SessionName};
use portner_domain::{IdentityId, Moment, ServiceProviderId};

use crate::kept::{self, write};
use crate::standing::Extent;
use crate::terms::Terms;
use crate::{Changed, Error, Federation, Secret, Visit};

/// A session that is alive, and the standing of its identity now.
pub struct Live {
    pub session: Session,
    pub standing: Standing,
    /// The session as it was read, which proves that it has not changed meanwhile.
    text: String,
}

/// 128 bits of the hash in hexadecimal: enough to find a session by, and nothing to become one with.
const KEY_CHARS: usize = 32;

/// How often a tab tries to change a session or a login that other tabs change at the same time.
pub const SWAPS_MAX: usize = 16;

impl Federation {
    /// The session that the browser carries, if it is alive and its identity may still be used. Both are
    /// looked up each time: that is how a lock ends sessions at once, on every node.
    pub(crate) async fn session_of(
        &self,
        visit: &Visit,
        extent: Extent,
        now: Moment,
    ) -> Result<Option<Live>, Error> {
        let Some(secret) = &visit.session else { return Ok(None) };
        let Some(text) = self.volatile.get(&key(secret), now).await? else { return Ok(None) };
        let session: Session = read(&text)?;
        if !session.is_alive(&self.settings.rules.limits, now) {
            return Ok(None);
        }
        let standing = self.standings.of(session.identity, extent).await?;
        let standing = standing.filter(|standing| standing.admits(session.started, now));
        Ok(standing.map(|standing| Live { session, standing, text }))
    }

    /// Where a login begins for what this browser carries: at nothing, or at what its session has proved already.
    pub(crate) async fn begun(
        &self,
        demand: Demand,
        terms: &Terms,
        visit: &Visit,
        now: Moment,
    ) -> Result<(Login, Option<Live>), Error> {
        let live = self.session_of(visit, terms.extent, now).await?;
        let session = live.as_ref().map(|live| (&live.session, &live.standing));
        Ok((Login::begin(demand, session, &terms.rules, now), live))
    }

    /// A login succeeded: a new session under a new secret, whatever the browser carried before (T-SES-01).
    /// Its name and what it told service providers earlier are kept if it is the same identity.
    pub(crate) async fn begin_session(
        &self,
        visit: &mut Visit,
        identity: IdentityId,
        proofs: Vec<Proof>,
        now: Moment,
    ) -> Result<(), Error> {
        let mut session = Session::begin(SessionName::new(&*self.entropy), identity, proofs, now);
        let old = self.session_of(visit, Extent::Login, now).await?.map(|live| live.session);
        let old = old.filter(|old| old.identity == identity);
        let goes_on = old.is_some();
        if !goes_on {
            // Whoever proves anew what has aged is still logged in where they were.
            session.participants = self.told_before(visit, identity, now).await?;
        }
        if let Some(old) = old {
            let rests_on_old = session.proofs.iter().any(|proof| old.proofs.contains(proof));
            // One more factor makes a session stronger, not younger.
            session.started = if rests_on_old { old.started } else { now };
            (session.name, session.participants) = (old.name, old.participants);
        }
        let secret = Secret::new(&*self.entropy);
        let event = Event::SessionBegun { identity, session: session.name.to_string() };
        self.log_of(visit).append(portner_audit_log::Actor::Identity(identity), event).await?;
        self.volatile.put(&key(&secret), &write(&session)?, self.latest_end(&session), now).await?;
        let was = visit.session.take();
        if let Some(was) = was.as_ref().filter(|_| goes_on) {
            if !self.renamed(&session, was, &secret, now).await? {
                return Ok(());
            }
        } else {
            let (pointer, ends) = (pointer(session.name), self.latest_end(&session));
            self.volatile.put(&pointer, &key(&secret), ends, now).await?;
            self.leave_behind(was.as_ref(), visit).await?;
        }
        self.list(&session, visit, now).await?;
        (visit.session, visit.session_changed) = (Some(secret), Changed::Yes);
        Ok(())
    }

    /// Whom the session that this browser carries has told, if it is of this identity and only its time was up.
    async fn told_before(
        &self,
        visit: &Visit,
        identity: IdentityId,
        now: Moment,
    ) -> Result<Vec<Participant>, Error> {
        let Some(secret) = &visit.session else { return Ok(Vec::new()) };
        let stored = self.stored_session(secret, now).await?.filter(|old| old.identity == identity);
        match stored {
            Some(old) if !self.was_ended(&old).await? => Ok(old.participants),
            _ => Ok(Vec::new()),
        }
    }

    /// Let the name of a session that goes on lead to its new secret, and its old secret to nothing. False if it
    /// was ended meanwhile: then it does not go on.
    async fn renamed(
        &self,
        session: &Session,
        was: &Secret,
        secret: &Secret,
        now: Moment,
    ) -> Result<bool, Error> {
        let (pointer, ends) = (pointer(session.name), self.latest_end(session));
        let renamed = self.volatile.swap(&pointer, &key(was), &key(secret), ends, now).await?;
        self.volatile.remove(&key(if renamed { was } else { secret })).await?;
        Ok(renamed)
    }

    /// Remember that a service provider is told. Tabs that do so at the same time lose nothing. False if the
    /// session was ended meanwhile: then it must not be told, since no logout would ever reach it.
    pub(crate) async fn remember(
        &self,
        secret: &Secret,
        mut live: Live,
        (told, name): (ServiceProviderId, &SentName),
        now: Moment,
    ) -> Result<bool, Error> {
        for _ in 0..SWAPS_MAX {
            if !live.session.told(told, name, now) {
                return Ok(true);
            }
            let (text, ends) = (write(&live.session)?, self.latest_end(&live.session));
            if self.volatile.swap(&key(secret), &live.text, &text, ends, now).await? {
                return Ok(true);
            }
            let Some(text) = self.volatile.get(&key(secret), now).await? else { return Ok(false) };
            live.session = read(&text)?;
            if live.session.ended.is_some() {
                return Ok(false);
            }
            live.text = text;
        }
        tracing::warn!(session = %live.session.name, "a session changes too often to remember who was told");
        Ok(false)
    }

    fn latest_end(&self, session: &Session) -> Moment {
        session.started.plus(self.settings.rules.limits.absolute)
    }

    /// The session under this secret as it is stored, alive or not.
    pub(crate) async fn stored_session(
        &self,
        secret: &Secret,
        now: Moment,
    ) -> Result<Option<Session>, Error> {
        self.volatile.get(&key(secret), now).await?.as_deref().map(read).transpose()
    }

    /// The session of this name as it is stored, alive or not.
    pub(crate) async fn session_named(
        &self,
        name: SessionName,
        now: Moment,
    ) -> Result<Option<Session>, Error> {
        let Some(found) = self.volatile.get(&pointer(name), now).await? else { return Ok(None) };
        let key = found.strip_prefix(ENDING).unwrap_or(&found);
        self.volatile.get(key, now).await?.as_deref().map(read).transpose()
    }

    /// End the session of this name, whatever secret the browser has for it by now. Of those who do so at once,
    /// one gets what was known of it.
    pub(crate) async fn end_session(&self, name: SessionName, now: Moment) -> Result<Option<Session>, Error> {
        let pointer = pointer(name);
        for _ in 0..SWAPS_MAX {
            let Some(found) = self.volatile.get(&pointer, now).await? else { return Ok(None) };
            let marked = found.strip_prefix(ENDING).map(str::to_owned);
            // Marked first: from here on no step-up can move it, and whoever is interrupted can be followed.
            if marked.is_none() {
                let (mark, ends) =
                    (format!("{ENDING}{found}"), now.plus(self.settings.rules.limits.absolute));
                if !self.volatile.swap(&pointer, &found, &mark, ends, now).await? {
                    continue;
                }
            }
            let session = self.volatile.take(&marked.unwrap_or(found), now).await?;
            self.volatile.remove(&pointer).await?;
            return session.as_deref().map(read).transpose();
        }
        Err(Error::Corrupt(format!("the session {name} changes too often to be ended")))
    }

    /// End the session of this name from elsewhere: nobody gets in with it any more, on any node, and its own
    /// browser can still finish the logout. False if it was over.
    pub(crate) async fn stop_session(&self, name: SessionName, now: Moment) -> Result<bool, Error> {
        let (pointer, ends) = (pointer(name), now.plus(self.settings.rules.limits.absolute));
        for _ in 0..SWAPS_MAX {
            let Some(found) = self.volatile.get(&pointer, now).await? else { return Ok(false) };
            let key = found.strip_prefix(ENDING).unwrap_or(&found);
            // Marked first, as when it is ended for good: from here on no step-up can move it.
            if key == found {
                let mark = format!("{ENDING}{found}");
                if !self.volatile.swap(&pointer, &found, &mark, ends, now).await? {
                    continue;
                }
            }
            let Some(text) = self.volatile.get(key, now).await? else { return Ok(false) };
            let mut session: Session = read(&text)?;
            if session.ended.is_some() {
                return Ok(false);
            }
            session.ended = Some(now);
            if self.volatile.swap(key, &text, &write(&session)?, self.latest_end(&session), now).await? {
                return Ok(true);
            }
        }
        Err(Error::Corrupt(format!("the session {name} changes too often to be ended")))
    }

    /// End the session under this secret, whose name leads nowhere.
    pub(crate) async fn end_nameless(&self, secret: &Secret, now: Moment) -> Result<Option<Session>, Error> {
        self.volatile.take(&key(secret), now).await?.as_deref().map(read).transpose()
    }
}

/// Stands before the key of a session that is being ended.
const ENDING: &str = "ending/";

fn key(secret: &Secret) -> String {
    format!("session/{:.KEY_CHARS$}", secret.hash())
}

/// Where the key of a session stands. Written when a session begins or gets a new secret, and never else.
fn pointer(name: SessionName) -> String {
    format!("named/{name}")
}

fn read(text: &str) -> Result<Session, Error> {
    kept::read("a session", text)
}
