//! A login from the service provider's side: the question, and whether to believe the answer.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use portner_domain::{Clock, Entropy, Level, Millis, Moment};
use portner_saml::{
    Carried, ExpectedResponse, IdentityProvider, RequestDescription, ResponseRefusal, authn_request, new_id,
    redirect, response,
};
use serde::Deserialize;

use super::Surroundings;
use super::own::{ENTITY_ID, Own};
use super::visitors::{Login, Visitors};

/// How far the clocks may be apart: three to five minutes (OIO-GE-01).
pub(super) const SKEW: Millis = Millis::minutes(3);
const LEVEL_PREFIX: &str = "https://data.gov.dk/concept/core/nsis/loa/";

/// The service provider at work.
pub struct Service {
    pub(super) own: Own,
    pub(super) surroundings: Surroundings,
    pub(super) idp: IdentityProvider,
    pub(super) visitors: Visitors,
    pub(super) entropy: Arc<dyn Entropy>,
    clock: Arc<dyn Clock>,
}

/// How somebody is to be logged in.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
pub struct Wishes {
    /// At this level or above.
    level: Option<Level>,
    /// Anew, even if they are logged in already.
    #[serde(default)]
    force: bool,
    /// Only if they need not be asked anything.
    #[serde(default)]
    passive: bool,
}

/// Why an answer is not believed, or what it says instead of who somebody is.
#[derive(Debug, Eq, PartialEq, thiserror::Error)]
pub enum Refused {
    /// This browser is not waiting for such an answer, or has had it.
    #[error("this browser is not waiting for that answer")]
    NotAwaited,
    /// It says no, or is not acceptable.
    #[error(transparent)]
    Response(#[from] ResponseRefusal),
}

impl Service {
    /// Ready for visitors.
    pub fn new(
        own: Own,
        idp: IdentityProvider,
        surroundings: Surroundings,
        (clock, entropy): (Arc<dyn Clock>, Arc<dyn Entropy>),
    ) -> Self {
        Self { own, surroundings, idp, visitors: Visitors::default(), entropy, clock }
    }

    /// The time now.
    pub fn now(&self) -> Moment {
        self.clock.now()
    }

    /// The cookie value of a browser, and the address that takes it to Portner with a signed request.
    pub fn ask(
        &self,
        cookie: Option<&str>,
        wishes: Wishes,
    ) -> Result<(String, String), response::BuildError> {
        let now = self.now();
        let id = new_id(&*self.entropy);
        let level = wishes.level.map(|level| format!("{LEVEL_PREFIX}{level}"));
        let request = authn_request(&RequestDescription {
            id: &id,
            issuer: ENTITY_ID,
            destination: &self.idp.sso_redirect,
            acs: Some(self.own.acs()),
            now,
            force_authn: wishes.force,
            is_passive: wishes.passive,
            class_refs: &level.iter().map(String::as_str).collect::<Vec<_>>(),
            requester_ids: &[],
        })?;
        let url = redirect::signed_url(
            &self.idp.sso_redirect,
            Carried::Request,
            &request,
            None,
            self.own.signer(),
        )?;
        let visitor = self.visitors.recognise(cookie, new_id(&*self.entropy), now);
        self.visitors.sent_away(&visitor, &id, now);
        Ok((visitor, url))
    }

    /// Log somebody in by the answer that their browser has brought.
    pub fn receive(&self, cookie: Option<&str>, field: &str) -> Result<(), Refused> {
        let now = self.now();
        let received = response::receive(field)?;
        let (Some(visitor), Some(request)) = (cookie, received.claimed_request()) else {
            return Err(Refused::NotAwaited);
        };
        if !self.visitors.waits_for(visitor, request, now) {
            return Err(Refused::NotAwaited);
        }
        let expected = ExpectedResponse {
            acs: self.own.acs(),
            audience: ENTITY_ID,
            in_response_to: request,
            now,
            skew: SKEW,
        };
        match received.verify(&self.idp, self.own.decryption(), &expected) {
            Ok(assertion) => {
                let login = Login { assertion, response: decoded(field) };
                let first = self.visitors.answered(visitor, request, Some(login));
                first.then_some(()).ok_or(Refused::NotAwaited)
            }
            Err(refusal) => {
                // A no of Portner's is an answer; what anybody could have written is none.
                if matches!(&refusal, ResponseRefusal::Failed(failure) if failure.signed) {
                    self.visitors.answered(visitor, request, None);
                }
                Err(refusal.into())
            }
        }
    }

    /// Who a browser is.
    pub fn login(&self, cookie: Option<&str>) -> Option<Arc<Login>> {
        self.visitors.login(cookie?)
    }
}

/// For display, once it has been verified.
fn decoded(field: &str) -> String {
    let field: String = field.split_ascii_whitespace().collect();
    String::from_utf8_lossy(&STANDARD.decode(field).unwrap_or_default()).into_owned()
}
