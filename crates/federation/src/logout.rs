//! Single logout: our own session ends, and then the browser is taken to every service provider that was told.
//!
//! Whoever begins it, the session is over before anything else is sent, so that nothing that follows can keep it
//! alive. The rest is [`portner_domain::logout`], kept in the session store; a page of ours stands before each
//! service provider, so that one that fails, or never sends the browser back, does not stop the others.

mod arrival;
mod kept;
mod send;

use portner_audit_log::{Actor, Event};
use portner_domain::logout::{Ending, Event as Step, Fate, Hop, Initiator, Logout};
use portner_domain::session::{SentName, Session};
use portner_domain::{LogoutId, Moment, ServiceProviderId};
use portner_saml::response::new_id;

use crate::answer::{Origin, Reply};
use crate::registry::Registered;
use crate::standing::Extent;
use crate::{Changed, Error, Federation, Secret, Visit};
use kept::{Held, Kept, Stage};
use send::for_requests;

pub use send::LogoutMessage;

/// Service providers that one logout goes to: as many as a session remembers.
const HOPS_MAX: usize = portner_domain::session::PARTICIPANTS_MAX;
/// The profile of NemLog-in, which goes last: it ends more than one login.
const LAST: &str = "nemlog-in";

/// A page before the browser goes to a service provider.
#[derive(Clone, Debug)]
pub struct LogoutHop {
    /// In which logout.
    pub logout: LogoutId,
    /// Which hop.
    pub hop: usize,
    /// What the service is called.
    pub service_provider: String,
    /// Where the request will go.
    pub location: String,
    /// Which one it is of those who can be asked, from 1.
    pub position: usize,
    /// How many can be asked.
    pub of: usize,
    /// How often it was tried before.
    pub retries: u32,
}

/// How a logout ended.
#[derive(Clone, Debug)]
pub struct LoggedOut {
    /// Which.
    pub logout: LogoutId,
    /// Everywhere, or only here for certain.
    pub ending: Ending,
    /// What became of each service provider.
    pub services: Vec<HopOutcome>,
    /// Where it began, if at a service provider.
    pub origin: Origin,
}

/// What became of one service provider.
#[derive(Clone, Debug)]
pub struct HopOutcome {
    /// Which hop.
    pub hop: usize,
    /// What the service is called.
    pub service_provider: String,
    /// What became of it.
    pub fate: Fate,
}

/// A logout that this browser has not seen the end of.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Unfinished {
    /// It can go on.
    Logout(LogoutId),
    /// An administrator ended the session, and those who were told have not heard of it.
    Ended,
}

impl Federation {
    /// The owner logs out on our own page, or goes on with what an administrator began.
    pub async fn log_out(&self, visit: &mut Visit) -> Result<Reply, Error> {
        let now = self.log.now();
        let Some(secret) = visit.session.clone() else { return Ok(Reply::GoHome) };
        let ended = match self.stored_session(&secret, now).await? {
            Some(stored) => self.end_session(stored.name, now).await?,
            None => None,
        };
        let ended = match ended {
            Some(session) => Some(session),
            None => self.end_nameless(&secret, now).await?,
        };
        // The browser keeps what it carries until it is worth nothing.
        (visit.session, visit.session_changed) = (None, Changed::Yes);
        let Some(session) = ended else { return Ok(Reply::GoHome) };
        let identity = session.identity;
        let begun_by =
            if self.was_ended(&session).await? { Initiator::Administrator } else { Initiator::Owner };
        if begun_by == Initiator::Owner {
            let event = Event::SessionEnded { identity, session: session.name.to_string() };
            self.log_of(visit).append(Actor::Identity(identity), event).await?;
        }
        Ok(self.open_own_logout(session, begun_by, visit).await?.map_or(Reply::GoHome, Reply::GoToLogout))
    }

    /// Somebody logs in over the session of another identity, which ends with that. Whom it told is left to do, on the
    /// start page: a service that still shows the other one would be taken for this one's.
    pub(crate) async fn leave_behind(&self, was: Option<&Secret>, visit: &mut Visit) -> Result<(), Error> {
        let Some(was) = was else { return Ok(()) };
        let Some(stored) = self.stored_session(was, self.now()).await? else { return Ok(()) };
        let Some(session) = self.end_session(stored.name, self.now()).await? else { return Ok(()) };
        if self.was_ended(&session).await? {
            self.open_own_logout(session, Initiator::Administrator, visit).await?;
        } else if session.is_alive(&self.settings.rules.limits, self.now()) {
            let event = Event::SessionEnded { identity: session.identity, session: session.name.to_string() };
            self.log_of(visit).append(visit.stranger(), event).await?;
            self.open_own_logout(session, Initiator::Owner, visit).await?;
        }
        Ok(())
    }

    /// The logout of a session that has ended; none if nobody was told.
    async fn open_own_logout(
        &self,
        session: Session,
        begun_by: Initiator,
        visit: &mut Visit,
    ) -> Result<Option<LogoutId>, Error> {
        let (identity, started) = (Some(session.identity), self.now());
        let hops = self.hops(vec![session], None).await?;
        if hops.is_empty() {
            return Ok(None);
        }
        let logout = Logout { identity, begun_by, started, owed: None, hops };
        let browser = Some(visit.browser(&*self.entropy).hash());
        let id = LogoutId::new(started, &*self.entropy);
        let opened = self.open_logout(id, Kept { logout, browser, stage: Stage::Ended }).await?;
        let Some(held) = opened else { return Ok(None) };
        self.note_unasked(&held, visit).await?;
        Ok(Some(held.id))
    }

    /// The logout that `/` and `/logout` offer to finish.
    pub async fn unfinished_logout(&self, visit: &Visit) -> Result<Option<Unfinished>, Error> {
        let now = self.log.now();
        if let Some(id) = self.logout_of(visit).await? {
            return Ok(Some(Unfinished::Logout(id)));
        }
        let Some(secret) = &visit.session else { return Ok(None) };
        let stored = self.stored_session(secret, now).await?.filter(|it| !it.participants.is_empty());
        let Some(session) = stored else { return Ok(None) };
        Ok(self.was_ended(&session).await?.then_some(Unfinished::Ended))
    }

    /// Where a logout is. Whoever comes here while a service provider has the floor came back without its answer.
    pub async fn show_logout(&self, id: LogoutId, visit: &mut Visit) -> Result<Reply, Error> {
        let mut held = match self.held_logout(id, visit).await? {
            Ok(held) => held,
            Err(reply) => return Ok(reply),
        };
        if let Some(hop) = held.kept.logout.asked()
            && self.take_step(&mut held, &Step::CameBack).await?
        {
            self.note_outcome(&held, hop, visit).await?;
        }
        self.go_on(held, visit).await
    }

    /// Send the browser to a service provider. A second press of the button sends the same request again.
    pub async fn ask_to_log_out(&self, id: LogoutId, hop: usize, visit: &mut Visit) -> Result<Reply, Error> {
        let mut held = match self.held_logout(id, visit).await? {
            Ok(held) => held,
            Err(reply) => return Ok(reply),
        };
        let Some(to) = held.kept.logout.hops.get(hop) else { return Ok(Reply::GoToLogout(id)) };
        let sp = self.registry.readable(to.service_provider).await?;
        let Some(sp) = sp.filter(|sp| can_be_asked(sp, self.now())) else {
            return self.skip_in_logout(id, hop, visit).await;
        };
        let request = new_id(&*self.entropy);
        let step = Step::Asked { hop, request: request.clone() };
        self.expect_answer(&request, &held).await?;
        if self.take_step(&mut held, &step).await? {
            let event = Event::LogoutRequested {
                identity: held.kept.logout.identity,
                service_provider: sp.id,
                request_id: request,
                sessions: hop_sessions(&held.kept.logout, hop),
            };
            self.log_of(visit).append(visit.stranger(), event).await?;
        }
        match held.kept.logout.hops.get(hop).filter(|to| to.fate == Fate::Asked) {
            Some(to) => self.request_to(&sp, to),
            None => Ok(Reply::GoToLogout(id)),
        }
    }

    /// The browser can't go there, or the person will not.
    pub async fn skip_in_logout(&self, id: LogoutId, hop: usize, visit: &mut Visit) -> Result<Reply, Error> {
        let mut held = match self.held_logout(id, visit).await? {
            Ok(held) => held,
            Err(reply) => return Ok(reply),
        };
        if self.take_step(&mut held, &Step::Skipped { hop }).await? {
            self.note_outcome(&held, hop, visit).await?;
        }
        Ok(Reply::GoToLogout(id))
    }

    /// The person wants one to be asked once more.
    pub async fn retry_in_logout(&self, id: LogoutId, hop: usize, visit: &mut Visit) -> Result<Reply, Error> {
        let mut held = match self.held_logout(id, visit).await? {
            Ok(held) => held,
            Err(reply) => return Ok(reply),
        };
        if self.take_step(&mut held, &Step::AskedAgain { hop }).await? {
            self.offer_to_finish(&held).await?;
        }
        Ok(Reply::GoToLogout(id))
    }

    /// To whoever is next, or to the end.
    async fn go_on(&self, held: Held, visit: &Visit) -> Result<Reply, Error> {
        if let Some(hop) = held.kept.logout.next() {
            return self.before_hop(&held, hop).await;
        }
        if let Some(owed) = held.kept.logout.owed.clone() {
            return self.tell(held, &owed, visit).await;
        }
        self.result(&held).await
    }

    async fn before_hop(&self, held: &Held, hop: usize) -> Result<Reply, Error> {
        let hops = &held.kept.logout.hops;
        let Some(to) = hops.get(hop) else { return Ok(Reply::GoHome) };
        let sp = self.registry.readable(to.service_provider).await?;
        let askable = |hops: &[Hop]| hops.iter().filter(|hop| hop.fate != Fate::NotAsked).count();
        let endpoint = sp.as_deref().and_then(for_requests);
        Ok(Reply::LogoutHop(LogoutHop {
            logout: held.id,
            hop,
            service_provider: sp.as_deref().map(|sp| sp.name().to_owned()).unwrap_or_default(),
            location: endpoint.map(|endpoint| endpoint.location.clone()).unwrap_or_default(),
            position: askable(hops.get(..=hop).unwrap_or_default()),
            of: askable(hops),
            retries: to.retries,
        }))
    }

    async fn result(&self, held: &Held) -> Result<Reply, Error> {
        self.finished(held).await?;
        let logout = &held.kept.logout;
        let mut services = Vec::new();
        for (hop, to) in logout.hops.iter().enumerate() {
            if let Some(sp) = self.registry.readable(to.service_provider).await? {
                let service_provider = sp.name().to_owned();
                services.push(HopOutcome { hop, service_provider, fate: to.fate.clone() });
            }
        }
        let origin = match logout.begun_by {
            Initiator::ServiceProvider(id) => self.registry.readable(id).await?.as_deref().map(Origin::of),
            Initiator::Owner | Initiator::Administrator => None,
        };
        let (ending, origin) = (logout.ending(), origin.unwrap_or_default());
        Ok(Reply::LoggedOut(LoggedOut { logout: held.id, ending, services, origin }))
    }

    /// A logout that this browser may go on with, if our own session has ended.
    async fn held_logout(&self, id: LogoutId, visit: &mut Visit) -> Result<Result<Held, Reply>, Error> {
        let Some(mut held) = self.logout(id).await? else { return Ok(Err(Reply::GoHome)) };
        if held.kept.browser.is_none() && !self.adopt(&mut held, visit).await? {
            return Ok(Err(Reply::GoToLogout(id)));
        }
        if !held.belongs_to(visit) {
            return Ok(Err(Reply::OtherBrowser));
        }
        match held.kept.stage {
            Stage::Ended => Ok(Ok(held)),
            Stage::Arrived | Stage::Sought(_) => {
                self.refuse_logout(visit, "interrupted", None).await.map(Err)
            }
        }
    }

    /// A logout that came by POST, without cookies, becomes that of the first browser that asks; if it named no
    /// session, it is about the one that this browser carries. False if another was first.
    async fn adopt(&self, held: &mut Held, visit: &mut Visit) -> Result<bool, Error> {
        let browser = Some(visit.browser(&*self.entropy).hash());
        let was = held.kept.stage.clone();
        let stage = if was == Stage::Ended { Stage::Ended } else { Stage::Arrived };
        if !self.advance_logout(held, Kept { browser, stage, ..held.kept.clone() }).await? {
            return Ok(false);
        }
        if let Stage::Sought(name) = was {
            let sessions = self.carried(&name, held, visit).await?;
            self.end_by_request(held, sessions.unwrap_or_default(), visit).await?;
        }
        self.offer_to_finish(held).await?;
        Ok(true)
    }

    /// The participants of sessions that have ended, in the order in which they are asked.
    async fn hops(
        &self,
        sessions: Vec<Session>,
        except: Option<ServiceProviderId>,
    ) -> Result<Vec<Hop>, Error> {
        let (mut hops, mut last): (Vec<Hop>, Vec<Hop>) = (Vec::new(), Vec::new());
        for session in sessions {
            for told in session.participants.into_iter().filter(|it| Some(it.service_provider) != except) {
                let sp = self.registry.readable(told.service_provider).await?;
                let can_be = sp.as_deref().is_some_and(|sp| can_be_asked(sp, self.now()));
                let fate = if can_be { Fate::Waiting } else { Fate::NotAsked };
                let is_last = sp.as_deref().is_some_and(|sp| sp.policy.profile == LAST);
                let among = if is_last { &mut last } else { &mut hops };
                let same =
                    |hop: &&mut Hop| hop.service_provider == told.service_provider && hop.name == told.name;
                match among.iter_mut().find(same) {
                    Some(hop) => hop.sessions.push(session.name),
                    None => among.push(Hop::of(told, session.name, fate)),
                }
            }
        }
        hops.append(&mut last);
        if hops.len() > HOPS_MAX {
            tracing::warn!(
                count = hops.len(),
                "a logout reaches only the first {HOPS_MAX} service providers"
            );
            hops.truncate(HOPS_MAX);
        }
        Ok(hops)
    }

    /// Was it ended from elsewhere: by its owner in another browser, or by an administrator who locked the owner or
    /// ended all the owner's sessions?
    pub(crate) async fn was_ended(&self, session: &Session) -> Result<bool, Error> {
        if session.ended.is_some() {
            return Ok(true);
        }
        let now = self.log.now();
        let standing = self.standings.of(session.identity, Extent::Login).await?;
        Ok(!standing.is_some_and(|standing| standing.admits(session.started, now)))
    }

    /// Of those who can't be asked, nothing more will be heard.
    async fn note_unasked(&self, held: &Held, visit: &Visit) -> Result<(), Error> {
        for (hop, to) in held.kept.logout.hops.iter().enumerate() {
            if to.fate == Fate::NotAsked {
                self.note_outcome(held, hop, visit).await?;
            }
        }
        Ok(())
    }

    async fn note_outcome(&self, held: &Held, hop: usize, visit: &Visit) -> Result<(), Error> {
        let logout = &held.kept.logout;
        let Some(to) = logout.hops.get(hop) else { return Ok(()) };
        let event = Event::LogoutOutcome {
            identity: logout.identity,
            service_provider: to.service_provider,
            request_id: to.request.clone(),
            outcome: to.fate.word().to_owned(),
            status: match &to.fate {
                Fate::Failed { status } => Some(status.clone()),
                _ => None,
            },
        };
        self.log_of(visit).append(visit.stranger(), event).await?;
        metrics::counter!("portner_logout_outcomes_total", "outcome" => to.fate.word()).increment(1);
        Ok(())
    }

    /// The session that the browser carries, if the one who asks was told that its owner is called so.
    /// None if it is a name that the service provider was not given in the session that is there.
    async fn carried(
        &self,
        name: &SentName,
        held: &Held,
        visit: &Visit,
    ) -> Result<Option<Vec<Session>>, Error> {
        let (Some(secret), Initiator::ServiceProvider(sp)) = (&visit.session, held.kept.logout.begun_by)
        else {
            return Ok(Some(Vec::new()));
        };
        let stored = self.stored_session(secret, self.log.now()).await?;
        let told = stored.as_ref().and_then(|session| session.participant(sp));
        Ok(match told.map(|told| is_called(&told.name, name)) {
            Some(true) => Some(stored.into_iter().collect()),
            Some(false) => None,
            None => Some(Vec::new()),
        })
    }

    fn now(&self) -> Moment {
        self.log.now()
    }
}

/// Is it the name that was given? A service provider may leave the format out, and then it says nothing else.
fn is_called(given: &SentName, named: &SentName) -> bool {
    let unspecified = portner_saml::NameIdFormat::Unspecified;
    given.value == named.value && (given.format == named.format || named.format == unspecified.uri())
}

fn can_be_asked(sp: &Registered, now: Moment) -> bool {
    sp.out_of_service(now).is_none() && for_requests(sp).is_some()
}

fn hop_sessions(logout: &Logout, hop: usize) -> Vec<String> {
    let sessions = logout.hops.get(hop).map(|hop| hop.sessions.as_slice()).unwrap_or_default();
    sessions.iter().map(ToString::to_string).collect()
}
