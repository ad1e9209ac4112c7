//! A logout message arrives: verified, a request ends sessions, and an answer is noted.

use portner_audit_log::Event;
use portner_domain::LogoutId;
use portner_domain::logout::{Event as Step, Initiator, Logout, Owed};
use portner_domain::session::{SentName, Session};
use portner_saml::logout::{LogoutForm, receive_post, receive_redirect};
use portner_saml::metadata::Binding;
use portner_saml::request::Expected;
use portner_saml::status::{SecondStatus, Status};
use portner_saml::{LogoutRequest, LogoutResponse, Peer, ReceivedLogout, Refusal};

use super::is_called;
use super::kept::{Held, Kept, Stage};
use crate::answer::{Origin, Reply};
use crate::failures::Sent;
use crate::kept::begun_by_request;
use crate::registry::Registered;
use crate::{Changed, Error, Federation, Visit};

/// Sessions that one request may end. A browser has one; more are left over from lost cookies.
const SESSIONS_MAX: usize = 8;

/// What a request is about.
enum Meant {
    /// These sessions, as far as there are any left.
    Sessions(Vec<Session>),
    /// The one that the browser will carry when it comes with its cookies.
    Carried,
}

impl Federation {
    /// A logout message by HTTP-Redirect: the raw query, exactly as it came.
    pub async fn receive_logout_redirect(&self, raw_query: &str, visit: &mut Visit) -> Result<Reply, Error> {
        visit.brings(Sent::Redirect(raw_query.to_owned()));
        self.admit_logout(receive_redirect(raw_query), visit).await
    }

    /// A logout message by HTTP-POST. The browser comes from another site, so it brings no cookies.
    pub async fn receive_logout_post(&self, form: &LogoutForm, visit: &mut Visit) -> Result<Reply, Error> {
        if let Some(message) = form.saml_request.as_ref().or(form.saml_response.as_ref()) {
            visit.brings(Sent::Post(message.clone()));
        }
        self.admit_logout(receive_post(form), visit).await
    }

    async fn admit_logout(
        &self,
        received: Result<ReceivedLogout, Refusal>,
        visit: &mut Visit,
    ) -> Result<Reply, Error> {
        let received = match received {
            Ok(received) => received,
            Err(refusal) => return self.refuse_logout(visit, refusal.code(), None).await,
        };
        let claimed = received.claimed_issuer().to_owned();
        let Some(sp) = self.registry.by_entity_id(&claimed).await? else {
            return self.refuse_logout(visit, "unknown-service-provider", Some(claimed)).await;
        };
        if let Some(why) = sp.out_of_service(self.now()) {
            return self.refuse_logout(visit, why, Some(claimed)).await;
        }
        let peer = Peer {
            entity_id: &sp.metadata.entity_id,
            signing_keys: &sp.metadata.signing_keys,
            recipient: &self.settings.entity_id,
        };
        let expected = Expected {
            destination: &self.settings.slo_url,
            now: self.now(),
            skew: self.settings.skew,
            lifetime: self.settings.request_life,
        };
        match received {
            ReceivedLogout::Request(received) => match received.verify(&peer, &expected) {
                Ok(request) => self.begin_logout(request, &sp, visit).await,
                Err(refusal) => self.refuse_logout(visit, refusal.code(), Some(claimed)).await,
            },
            ReceivedLogout::Response(received) => match received.verify(&peer, &expected) {
                Ok(response) => self.note_answer(&response, &sp, visit).await,
                Err(refusal) => self.refuse_answer(visit, refusal.code(), claimed).await,
            },
        }
    }

    async fn begin_logout(
        &self,
        request: LogoutRequest,
        sp: &Registered,
        visit: &mut Visit,
    ) -> Result<Reply, Error> {
        let id = LogoutId(begun_by_request("logout", sp.id, &request.id));
        let browser = match request.binding {
            Binding::Redirect => Some(visit.browser(&*self.entropy).hash()),
            // No cookies came along: it becomes the logout of the browser that follows to its page.
            Binding::Post => None,
        };
        let owed = Owed {
            service_provider: sp.id,
            request_id: request.id.clone(),
            relay_state: request.relay_state.clone(),
        };
        let logout = Logout {
            identity: None,
            begun_by: Initiator::ServiceProvider(sp.id),
            started: self.now(),
            owed: Some(owed.clone()),
            hops: Vec::new(),
        };
        let name = SentName {
            format: request.name_id.format.uri().to_owned(),
            value: request.name_id.value.clone(),
        };
        let by_cookie = request.session_indexes.is_empty() && browser.is_none();
        let stage = if by_cookie { Stage::Sought(name.clone()) } else { Stage::Arrived };
        let kept = Kept { logout, browser, stage };
        let Some(mut held) = self.open_logout(id, kept).await? else {
            return self.seen_logout(id, sp, visit).await;
        };
        match self.meant(&request, &name, sp, &held, visit).await? {
            Some(Meant::Carried) => Ok(Reply::GoToLogout(id)),
            Some(Meant::Sessions(sessions)) => {
                self.end_by_request(&mut held, sessions, visit).await?;
                let more = held.kept.logout.next().is_some();
                if more { Ok(Reply::GoToLogout(id)) } else { self.go_on(held, visit).await }
            }
            None => {
                self.take_step(&mut held, &Step::Told).await?;
                self.answer_logout(sp, &owed, &Status::UNKNOWN_PRINCIPAL, &held, visit).await
            }
        }
    }

    /// What a request is about; nothing if it names what its sender was never told.
    async fn meant(
        &self,
        request: &LogoutRequest,
        name: &SentName,
        sp: &Registered,
        held: &Held,
        visit: &Visit,
    ) -> Result<Option<Meant>, Error> {
        if matches!(held.kept.stage, Stage::Sought(_)) {
            return Ok(Some(Meant::Carried));
        }
        if request.session_indexes.is_empty() {
            return Ok(self.carried(name, held, visit).await?.map(Meant::Sessions));
        }
        if request.session_indexes.len() > SESSIONS_MAX {
            return Ok(None);
        }
        let mut sessions = Vec::new();
        for index in &request.session_indexes {
            let Some(session) = self.index_key.session(index, sp.id) else { return Ok(None) };
            // One that is over already is as logged out as it can be.
            let Some(session) = self.session_named(session, self.now()).await? else { continue };
            if !session.participant(sp.id).is_some_and(|told| is_called(&told.name, name)) {
                return Ok(None);
            }
            sessions.push(session);
        }
        Ok(Some(Meant::Sessions(sessions)))
    }

    /// End these sessions, and remember who else was told in them.
    pub(super) async fn end_by_request(
        &self,
        held: &mut Held,
        sessions: Vec<Session>,
        visit: &mut Visit,
    ) -> Result<(), Error> {
        let now = self.now();
        let Some(owed) = held.kept.logout.owed.clone() else { return Ok(()) };
        let carried = match &visit.session {
            Some(secret) => self.stored_session(secret, now).await?.map(|session| session.name),
            None => None,
        };
        let mut ended = Vec::new();
        for session in sessions {
            // As it is at its end: somebody may have been told since it was read.
            let Some(session) = self.end_session(session.name, now).await? else { continue };
            let event = Event::SessionEndedByServiceProvider {
                identity: session.identity,
                session: session.name.to_string(),
                service_provider: owed.service_provider,
                request_id: owed.request_id.clone(),
            };
            self.log_of(visit).append(visit.stranger(), event).await?;
            if carried == Some(session.name) {
                (visit.session, visit.session_changed) = (None, Changed::Yes);
            }
            ended.push(session);
        }
        let identity = ended.first().map(|session| session.identity);
        let hops = self.hops(ended, Some(owed.service_provider)).await?;
        let logout = Logout { identity, hops, ..held.kept.logout.clone() };
        let kept = Kept { logout, stage: Stage::Ended, ..held.kept.clone() };
        if !self.advance_logout(held, kept).await? {
            return Err(Error::Corrupt("a logout was changed before it began".into()));
        }
        self.note_unasked(held, visit).await
    }

    /// The same request again: somebody going back or reloading, or a replay.
    async fn seen_logout(&self, id: LogoutId, sp: &Registered, visit: &Visit) -> Result<Reply, Error> {
        if self.logout(id).await?.is_some_and(|held| held.belongs_to(visit)) {
            return Ok(Reply::GoToLogout(id));
        }
        let issuer = Some(sp.metadata.entity_id.clone());
        self.refuse_logout(visit, "replayed", issuer).await
    }

    /// A service provider says how it went. It counts if we asked it just that, and have not heard yet.
    async fn note_answer(
        &self,
        response: &LogoutResponse,
        sp: &Registered,
        visit: &Visit,
    ) -> Result<Reply, Error> {
        let held = self.logout_with(&response.in_response_to).await?;
        let asked = |held: &Held| {
            let to_it = |hop: &portner_domain::logout::Hop| {
                hop.service_provider == sp.id && hop.request.as_deref() == Some(&response.in_response_to)
            };
            held.kept.logout.hops.iter().position(to_it)
        };
        let Some((mut held, hop)) = held.and_then(|held| asked(&held).map(|hop| (held, hop))) else {
            let issuer = sp.metadata.entity_id.clone();
            return self.refuse_answer(visit, "unexpected-response", issuer).await;
        };
        let said = if response.is_complete() { Ok(()) } else { Err(codes(response)) };
        let step = Step::Answered { request: response.in_response_to.clone(), said };
        if self.take_step(&mut held, &step).await? {
            self.note_outcome(&held, hop, visit).await?;
        }
        Ok(Reply::GoToLogout(held.id))
    }

    /// A message that is not acted upon.
    pub(super) async fn refuse_logout(
        &self,
        visit: &Visit,
        why: &'static str,
        issuer: Option<String>,
    ) -> Result<Reply, Error> {
        Ok(match self.refuse(visit, why, issuer, Origin::default()).await? {
            Reply::Refused(refused) => Reply::LogoutRefused(refused),
            other => other,
        })
    }

    /// An answer that can't be used changes nothing; the person is offered to go on without it.
    async fn refuse_answer(&self, visit: &Visit, why: &'static str, issuer: String) -> Result<Reply, Error> {
        Ok(match self.refuse(visit, why, Some(issuer), Origin::default()).await? {
            Reply::Refused(refused) => Reply::LogoutAnswerRefused(refused),
            other => other,
        })
    }
}

/// The status codes of an answer, top and second.
fn codes(response: &LogoutResponse) -> String {
    let known = response.status.second.map(SecondStatus::uri);
    let second = known.or(response.unknown_second.as_deref());
    [Some(response.status.top.uri()), second].into_iter().flatten().collect::<Vec<_>>().join(" ")
}
