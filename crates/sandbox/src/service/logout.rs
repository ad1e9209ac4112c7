//! Logging out from the service provider's side: everywhere, begun here; or here, because Portner asks for it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use portner_domain::Millis;
use portner_saml::{
    Binding, BuildError, Carried, Expected, LogoutEndpoint, LogoutRequest, LogoutRequestDescription,
    LogoutResponse, LogoutResponseDescription, Peer, ReceivedLogout, Refusal, Signer, Status, logout_request,
    logout_response, new_id, redirect, signed_logout_request, signed_logout_response,
};

use super::login::{SKEW, Service};
use super::own::ENTITY_ID;

/// How long our request and Portner's messages are good for.
const MESSAGE_LIFE: Millis = Millis::minutes(5);

/// A message on its way through the browser.
pub enum Departure {
    /// In the address to go to.
    Redirect(String),
    /// In a form that sends itself.
    Form(Form),
}

/// What a form carries (SAML bindings 3.5).
pub struct Form {
    /// Where it goes.
    pub action: String,
    /// What the message's field is called.
    pub field: &'static str,
    /// The message, in base64.
    pub message: String,
    /// What came with the request that this answers.
    pub relay_state: Option<String>,
}

/// What follows from a message that may be believed.
pub enum Arrived {
    /// Somebody was to be logged out here, and is: this is the answer.
    Answer(Departure),
    /// Somebody had begun to log out everywhere here: this is how it went.
    Outcome(LogoutResponse),
}

/// Why nothing follows from a message.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// This browser is not waiting for such an answer, or has had it.
    #[error("this browser is not waiting for that answer")]
    NotAwaited,
    /// It is not acceptable.
    #[error(transparent)]
    Message(#[from] Refusal),
    /// There is no answering it.
    #[error("Portner's metadata does not say where an answer goes")]
    NoWayBack,
    /// The answer was not built.
    #[error(transparent)]
    Unanswered(#[from] BuildError),
}

impl Service {
    /// Log a browser out here, and send it off to be logged out everywhere. `None` if Portner's metadata does not
    /// say where, or nobody was logged in.
    pub fn log_out(&self, cookie: Option<&str>) -> Result<Option<Departure>, BuildError> {
        let Some((visitor, login)) = cookie.and_then(|it| Some((it, self.visitors.log_out(it)?))) else {
            return Ok(None);
        };
        // The first is what the identity provider prefers.
        let Some(endpoint) = self.idp.logout.first() else { return Ok(None) };
        let (id, now) = (new_id(&*self.entropy), self.now());
        let request = Message::Request(LogoutRequestDescription {
            id: &id,
            issuer: ENTITY_ID,
            destination: &endpoint.location,
            now,
            not_on_or_after: now.plus(MESSAGE_LIFE),
            name_id: &login.assertion.name_id,
            session_indexes: &login.assertion.session_index.as_deref().into_iter().collect::<Vec<_>>(),
        });
        self.visitors.sent_away(visitor, &id, now);
        request.depart(endpoint, None, self.own.signer()).map(Some)
    }

    /// Believe what Portner has signed, and do as it says.
    pub fn receive_logout(&self, cookie: Option<&str>, received: ReceivedLogout) -> Result<Arrived, Refused> {
        let peer = Peer {
            entity_id: &self.idp.entity_id,
            signing_keys: &self.idp.signing_keys,
            recipient: ENTITY_ID,
        };
        let now = self.now();
        let expected = Expected { destination: self.own.slo(), now, skew: SKEW, lifetime: MESSAGE_LIFE };
        match received {
            ReceivedLogout::Request(request) => {
                let request = request.verify(&peer, &expected)?;
                // Whichever browser brings it: it is the session it names that ends.
                self.visitors.end(&request.name_id, &request.session_indexes);
                self.answer(&request).map(Arrived::Answer)
            }
            ReceivedLogout::Response(response) => {
                let response = response.verify(&peer, &expected)?;
                let request = response.in_response_to.as_str();
                let awaited = |visitor: &str| {
                    self.visitors.waits_for(visitor, request, now)
                        && self.visitors.answered(visitor, request, None)
                };
                if cookie.is_some_and(awaited) {
                    Ok(Arrived::Outcome(response))
                } else {
                    Err(Refused::NotAwaited)
                }
            }
        }
    }

    /// A session that is not here is gone, which is what was asked for; so the answer is yes.
    fn answer(&self, request: &LogoutRequest) -> Result<Departure, Refused> {
        let same = |endpoint: &&LogoutEndpoint| endpoint.binding == request.binding;
        let endpoints = &self.idp.logout;
        let endpoint = endpoints.iter().find(same).or(endpoints.first()).ok_or(Refused::NoWayBack)?;
        let response = Message::Response(LogoutResponseDescription {
            id: &new_id(&*self.entropy),
            in_response_to: &request.id,
            issuer: ENTITY_ID,
            destination: endpoint.for_responses(),
            now: self.now(),
            status: &Status::SUCCESS,
        });
        Ok(response.depart(endpoint, request.relay_state.as_deref(), self.own.signer())?)
    }
}

enum Message<'a> {
    Request(LogoutRequestDescription<'a>),
    Response(LogoutResponseDescription<'a>),
}

impl Message<'_> {
    /// Signed as the binding wants it: in the address, or inside the message.
    fn depart(
        &self,
        endpoint: &LogoutEndpoint,
        relay_state: Option<&str>,
        signer: &dyn Signer,
    ) -> Result<Departure, BuildError> {
        let (carried, field, to) = match self {
            Self::Request(it) => (Carried::Request, "SAMLRequest", it.destination),
            Self::Response(it) => (Carried::Response, "SAMLResponse", it.destination),
        };
        match endpoint.binding {
            Binding::Redirect => {
                let xml = match self {
                    Self::Request(it) => logout_request(it)?,
                    Self::Response(it) => logout_response(it)?,
                };
                Ok(Departure::Redirect(redirect::signed_url(to, carried, &xml, relay_state, signer)?))
            }
            Binding::Post => {
                let xml = match self {
                    Self::Request(it) => signed_logout_request(it, signer)?,
                    Self::Response(it) => signed_logout_response(it, signer)?,
                };
                let (action, relay_state) = (to.to_owned(), relay_state.map(str::to_owned));
                Ok(Departure::Form(Form { action, field, message: STANDARD.encode(xml), relay_state }))
            }
        }
    }
}
