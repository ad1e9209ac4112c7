//! The service providers' side of single logout: what they send us, and what they read of ours.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use portner_domain::{Millis, Moment};
use portner_saml::status::Status;
use portner_saml::{
    Carried, Expected, IdentityProvider, LogoutForm, LogoutRequest, LogoutRequestDescription, LogoutResponse,
    LogoutResponseDescription, NameId, Peer, ReceivedLogout, Signer, VerifiedAssertion, logout_request,
    logout_response, new_id, redirect, signed_logout_request, signed_logout_response,
};

use crate::stage::{ENTITY_ID, SLO, Sp, World, own_metadata};

/// What a service provider was told, which is what it logs out with.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Told {
    pub name_id: NameId,
    pub index: String,
}

/// A logout request as it is about to be made.
pub struct Wish<'w> {
    pub issuer: &'w str,
    pub destination: &'w str,
    pub now: Moment,
    pub not_on_or_after: Moment,
    pub name_id: NameId,
    pub indexes: Vec<String>,
    pub relay_state: Option<&'w str>,
    pub signer: &'w dyn Signer,
}

/// A message on its way to us.
pub struct Message {
    pub id: String,
    /// By Redirect.
    pub query: String,
    /// By POST.
    pub form: LogoutForm,
}

impl From<VerifiedAssertion> for Told {
    fn from(read: VerifiedAssertion) -> Self {
        Self { name_id: read.name_id, index: read.session_index.unwrap() }
    }
}

impl Sp {
    /// A request to log out whoever was told, with whatever is to differ from the ordinary one.
    pub fn wants_out<'w>(&'w self, world: &World, told: &Told, wish: impl FnOnce(&mut Wish<'w>)) -> Message {
        let mut it = Wish {
            issuer: &self.entity_id,
            destination: SLO,
            now: world.now(),
            not_on_or_after: world.now().plus(Millis::minutes(5)),
            name_id: told.name_id.clone(),
            indexes: vec![told.index.clone()],
            relay_state: Some("rs/1?a=b&c"),
            signer: &self.key,
        };
        wish(&mut it);
        let id = new_id(&*world.stage.entropy);
        let indexes: Vec<&str> = it.indexes.iter().map(String::as_str).collect();
        let described = LogoutRequestDescription {
            id: &id,
            issuer: it.issuer,
            destination: it.destination,
            now: it.now,
            not_on_or_after: it.not_on_or_after,
            name_id: &it.name_id,
            session_indexes: &indexes,
        };
        let (bare, signed) = (logout_request(&described), signed_logout_request(&described, it.signer));
        message(Carried::Request, &id, (&bare.unwrap(), &signed.unwrap()), it.relay_state, it.signer)
    }

    /// The answer to a request of ours.
    pub fn answers(&self, world: &World, request: &str, status: &Status) -> Message {
        self.answers_as(world, request, status, &self.key)
    }

    /// The same, signed by somebody.
    pub fn answers_as(&self, world: &World, request: &str, status: &Status, signer: &dyn Signer) -> Message {
        let id = new_id(&*world.stage.entropy);
        let described = LogoutResponseDescription {
            id: &id,
            in_response_to: request,
            issuer: &self.entity_id,
            destination: SLO,
            now: world.now(),
            status,
        };
        let (bare, signed) = (logout_response(&described), signed_logout_response(&described, signer));
        message(Carried::Response, &id, (&bare.unwrap(), &signed.unwrap()), None, signer)
    }

    /// Read and verify a request of ours.
    pub fn reads_request(&self, world: &World, received: ReceivedLogout) -> LogoutRequest {
        match received {
            ReceivedLogout::Request(it) => {
                self.verified(world, false, |peer, at| it.verify(peer, at).unwrap())
            }
            ReceivedLogout::Response(_) => panic!("a request was due"),
        }
    }

    /// Read and verify our answer.
    pub fn reads_response(&self, world: &World, received: ReceivedLogout) -> LogoutResponse {
        match received {
            ReceivedLogout::Response(it) => {
                self.verified(world, true, |peer, at| it.verify(peer, at).unwrap())
            }
            ReceivedLogout::Request(_) => panic!("a response was due"),
        }
    }

    fn verified<T>(
        &self,
        world: &World,
        response: bool,
        read: impl FnOnce(&Peer<'_>, &Expected<'_>) -> T,
    ) -> T {
        let us = IdentityProvider::parse(own_metadata().as_bytes()).unwrap();
        let peer = Peer { entity_id: ENTITY_ID, signing_keys: &us.signing_keys, recipient: &self.entity_id };
        let endpoint = self.logout.first().unwrap();
        let elsewhere = endpoint.response_location.as_ref().filter(|_| response);
        let expected = Expected {
            destination: elsewhere.unwrap_or(&endpoint.location),
            now: world.now(),
            skew: Millis(0),
            lifetime: Millis::minutes(1),
        };
        read(&peer, &expected)
    }
}

fn message(
    carried: Carried,
    id: &str,
    (bare, signed): (&str, &str),
    relay_state: Option<&str>,
    signer: &dyn Signer,
) -> Message {
    let url = redirect::signed_url(SLO, carried, bare, relay_state, signer).unwrap();
    let mut form = LogoutForm { relay_state: relay_state.map(str::to_owned), ..LogoutForm::default() };
    let field = match carried {
        Carried::Request => &mut form.saml_request,
        Carried::Response => &mut form.saml_response,
    };
    *field = Some(STANDARD.encode(signed));
    Message { id: id.to_owned(), query: url.split_once('?').unwrap().1.to_owned(), form }
}
