//! Sessions in the session store, under the hash of the browser's secret.

use portner_audit_log::Event;
use portner_domain::authenticator::Proof;
use portner_domain::flow::{Demand, Login};
use portner_domain::identity::Standing;
use portner_domain::session::Session;
use portner_domain::{IdentityId, Moment, ServiceProviderId};

use crate::{Changed, Error, Federation, Secret, Visit};

/// A session that is alive, and the standing of its identity now.
pub struct Live {
    pub session: Session,
    pub standing: Standing,
    /// The session as it was read, which proves that it has not changed meanwhile.
    text: String,
}

/// 128 bits in hexadecimal.
const PUBLIC_NAME_CHARS: usize = 32;

/// How often a tab tries to change a session or a login that other tabs change at the same time.
pub const SWAPS_MAX: usize = 16;

impl Federation {
    /// The session that the browser carries, if it is alive and its identity may still be used. Both are
    /// looked up each time: that is how a lock ends sessions at once, on every node.
    pub(crate) async fn session_of(&self, visit: &Visit, now: Moment) -> Result<Option<Live>, Error> {
        let Some(secret) = &visit.session else { return Ok(None) };
        let Some(text) = self.volatile.get(&key(secret), now).await? else { return Ok(None) };
        let session: Session = read(&text)?;
        if !session.is_alive(&self.settings.rules.limits, now) {
            return Ok(None);
        }
        let standing = self.standings.of(session.identity).await?;
        let standing = standing.filter(|standing| standing.admits(session.started));
        Ok(standing.map(|standing| Live { session, standing, text }))
    }

    /// Where a login begins for what this browser carries: at nothing, or at what its session has proved already.
    pub(crate) async fn begun(
        &self,
        demand: Demand,
        visit: &Visit,
        now: Moment,
    ) -> Result<(Login, Option<Live>), Error> {
        let live = self.session_of(visit, now).await?;
        let session = live.as_ref().map(|live| (&live.session, &live.standing));
        Ok((Login::begin(demand, session, &self.settings.rules, now), live))
    }

    /// A login succeeded: a new session under a new secret, whatever the browser carried before (T-SES-01).
    /// What it told service providers earlier is kept if it is the same identity.
    pub(crate) async fn begin_session(
        &self,
        visit: &mut Visit,
        identity: IdentityId,
        proofs: Vec<Proof>,
        now: Moment,
    ) -> Result<(), Error> {
        let mut session = Session::begin(identity, proofs, now);
        if let Some(old) = self.session_of(visit, now).await?.filter(|old| old.session.identity == identity) {
            let rests_on_old = session.proofs.iter().any(|proof| old.session.proofs.contains(proof));
            session.participants = old.session.participants;
            // One more factor makes a session stronger, not younger.
            session.started = if rests_on_old { old.session.started } else { now };
        }
        if let Some(old) = &visit.session {
            self.volatile.remove(&key(old)).await?;
        }
        let secret = Secret::new(&*self.entropy);
        let event = Event::SessionBegun { identity, session: public_name(&secret) };
        self.log_of(visit).append(portner_audit_log::Actor::Identity(identity), event).await?;
        self.volatile.put(&key(&secret), &write(&session)?, self.latest_end(&session), now).await?;
        visit.session = Some(secret);
        visit.session_changed = Changed::Yes;
        Ok(())
    }

    /// Remember that a service provider was told. Tabs that do so at the same time lose nothing, and a session
    /// that was ended meanwhile stays ended.
    pub(crate) async fn remember(
        &self,
        secret: &Secret,
        mut live: Live,
        told: ServiceProviderId,
        now: Moment,
    ) -> Result<(), Error> {
        for _ in 0..SWAPS_MAX {
            if !live.session.told(told, now) {
                return Ok(());
            }
            let (text, ends) = (write(&live.session)?, self.latest_end(&live.session));
            if self.volatile.swap(&key(secret), &live.text, &text, ends, now).await? {
                return Ok(());
            }
            let Some(text) = self.volatile.get(&key(secret), now).await? else { return Ok(()) };
            live.session = read(&text)?;
            live.text = text;
        }
        tracing::warn!(session = public_name(secret), "a session changes too often to remember who was told");
        Ok(())
    }

    fn latest_end(&self, session: &Session) -> Moment {
        session.started.plus(self.settings.rules.limits.absolute)
    }

    /// The owner logs out here.
    pub(crate) async fn end_session(&self, visit: &mut Visit, now: Moment) -> Result<(), Error> {
        let Some(secret) = visit.session.take() else { return Ok(()) };
        visit.session_changed = Changed::Yes;
        let Some(text) = self.volatile.take(&key(&secret), now).await? else { return Ok(()) };
        let identity = read(&text)?.identity;
        let event = Event::SessionEnded { identity, session: public_name(&secret) };
        self.log_of(visit).append(portner_audit_log::Actor::Identity(identity), event).await?;
        Ok(())
    }
}

/// What the log calls a session: half of the hash of its secret. It finds the session in the store, and nobody
/// can become it by knowing this.
pub fn public_name(secret: &Secret) -> String {
    secret.hash().chars().take(PUBLIC_NAME_CHARS).collect()
}

fn key(secret: &Secret) -> String {
    format!("session/{}", public_name(secret))
}

fn write(session: &Session) -> Result<String, Error> {
    serde_json::to_string(session).map_err(|error| Error::Corrupt(error.to_string()))
}

fn read(text: &str) -> Result<Session, Error> {
    serde_json::from_str(text).map_err(|error| Error::Corrupt(format!("a session: {error}")))
}
