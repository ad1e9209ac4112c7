//! What we send in a logout: requests to those who were told, and the answer to whoever began it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use portner_audit_log::Event;
use portner_domain::Millis;
use portner_domain::logout::{Ending, Event as Step, Hop, Owed};
use portner_saml::metadata::{Binding, LogoutEndpoint};
use portner_saml::response::{BuildError, NameId, new_id};
use portner_saml::status::{SecondStatus, Status};
use portner_saml::{
    Carried, LogoutRequestDescription, LogoutResponseDescription, NameIdFormat, Signer, logout_request,
    logout_response, redirect, signed_logout_request, signed_logout_response,
};

use super::kept::Held;
use crate::answer::Reply;
use crate::registry::Registered;
use crate::{Error, Federation, Visit};

/// How long a service provider may take to act on a request.
const REQUEST_LIFE: Millis = Millis::minutes(5);

/// A logout message in a form that the browser posts to a service provider.
#[derive(Clone, Debug)]
pub struct LogoutMessage {
    /// Where to; from its metadata.
    pub action: String,
    /// A request or a response.
    pub carried: Carried,
    /// The message, in base64.
    pub message: String,
    /// To be sent along as it came.
    pub relay_state: Option<String>,
    /// Who receives it.
    pub service_provider: String,
}

/// A message and where it goes.
struct Envelope<'a> {
    sp: &'a Registered,
    carried: Carried,
    binding: Binding,
    to: &'a str,
    relay_state: Option<&'a str>,
}

/// Where requests go: by Redirect if it can be, since some list POST and read only Redirect there.
pub fn for_requests(sp: &Registered) -> Option<&LogoutEndpoint> {
    let endpoints = &sp.metadata.logout;
    endpoints.iter().find(|one| one.binding == Binding::Redirect).or_else(|| endpoints.first())
}

impl Federation {
    /// The request of a hop, as the browser takes it along.
    pub(super) fn request_to(&self, sp: &Registered, hop: &Hop) -> Result<Reply, Error> {
        let (Some(endpoint), Some(id)) = (for_requests(sp), &hop.request) else { return Ok(Reply::GoHome) };
        let indexes = hop.sessions.iter().map(|name| self.index_key.index(*name, sp.id));
        let indexes = indexes.collect::<Result<Vec<_>, Error>>()?;
        let now = self.now();
        let it = LogoutRequestDescription {
            id,
            issuer: &self.settings.entity_id,
            destination: &endpoint.location,
            now,
            not_on_or_after: now.plus(REQUEST_LIFE),
            name_id: &NameId {
                format: NameIdFormat::from_uri(&hop.name.format),
                value: hop.name.value.clone(),
            },
            session_indexes: &indexes.iter().map(String::as_str).collect::<Vec<_>>(),
        };
        let (carried, binding, to) = (Carried::Request, endpoint.binding, endpoint.location.as_str());
        let envelope = Envelope { sp, carried, binding, to, relay_state: None };
        self.sent(&envelope, || logout_request(&it), |signer| signed_logout_request(&it, signer))
    }

    /// Tell the service provider that began a logout how it ended; once, whatever browsers do.
    pub(super) async fn tell(&self, mut held: Held, owed: &Owed, visit: &Visit) -> Result<Reply, Error> {
        let status = match held.kept.logout.ending() {
            Ending::Everywhere => Status::SUCCESS,
            Ending::Here => Status::PARTIAL_LOGOUT,
        };
        if !self.take_step(&mut held, &Step::Told).await? {
            return Ok(Reply::GoToLogout(held.id));
        }
        self.finished(&held).await?;
        match self.registry.readable(owed.service_provider).await? {
            Some(sp) if sp.out_of_service(self.now()).is_none() && !sp.metadata.logout.is_empty() => {
                self.answer_logout(&sp, owed, &status, &held, visit).await
            }
            // It can't be told: the person is.
            _ => Ok(Reply::GoToLogout(held.id)),
        }
    }

    /// The answer to a logout request, by the binding that its sender prefers.
    pub(super) async fn answer_logout(
        &self,
        sp: &Registered,
        owed: &Owed,
        status: &Status,
        held: &Held,
        visit: &Visit,
    ) -> Result<Reply, Error> {
        let Some(endpoint) = sp.metadata.logout.first() else { return Ok(Reply::GoToLogout(held.id)) };
        let to = endpoint.response_location.as_deref().unwrap_or(&endpoint.location);
        let codes = [Some(status.top.uri()), status.second.map(SecondStatus::uri)];
        let event = Event::RequestAnswered {
            service_provider: sp.id,
            request_id: owed.request_id.clone(),
            status: codes.into_iter().flatten().collect::<Vec<_>>().join(" "),
            identity: held.kept.logout.identity,
        };
        self.log_of(visit).append(visit.stranger(), event).await?;
        let it = LogoutResponseDescription {
            id: &new_id(&*self.entropy),
            in_response_to: &owed.request_id,
            issuer: &self.settings.entity_id,
            destination: to,
            now: self.now(),
            status,
        };
        let (carried, relay_state) = (Carried::Response, owed.relay_state.as_deref());
        let envelope = Envelope { sp, carried, binding: endpoint.binding, to, relay_state };
        self.sent(&envelope, || logout_response(&it), |signer| signed_logout_response(&it, signer))
    }

    fn sent(
        &self,
        envelope: &Envelope<'_>,
        bare: impl FnOnce() -> Result<String, BuildError>,
        signed: impl FnOnce(&dyn Signer) -> Result<String, BuildError>,
    ) -> Result<Reply, Error> {
        let Envelope { sp, carried, binding, to, relay_state } = *envelope;
        let signer = self.signer(sp.id);
        if binding == Binding::Redirect {
            let url = redirect::signed_url(to, carried, &bare()?, relay_state, &*signer);
            return Ok(Reply::SendTo(url.map_err(BuildError::from)?));
        }
        Ok(Reply::PostLogout(LogoutMessage {
            action: to.to_owned(),
            carried,
            message: STANDARD.encode(signed(&*signer)?),
            relay_state: relay_state.map(str::to_owned),
            service_provider: sp.name().to_owned(),
        }))
    }
}
