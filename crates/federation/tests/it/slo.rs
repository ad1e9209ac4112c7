//! The service providers' side of single logout: what they send us, and what they read of ours.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use portner_domain::{LogoutId, Millis, Moment};
use portner_federation::{Carried, LoggedOut, LogoutForm, LogoutHop, Reply};
use portner_saml::logout::{receive_post, receive_redirect};
use portner_saml::status::Status;
use portner_saml::{
    Expected, IdentityProvider, LogoutRequest, LogoutRequestDescription, LogoutResponse,
    LogoutResponseDescription, NameId, Peer, ReceivedLogout, Signer, VerifiedAssertion, logout_request,
    logout_response, new_id, redirect, signed_logout_request, signed_logout_response,
};

use crate::browser::Browser;
use crate::stage::{ENTITY_ID, Node, SLO, Sp, User, World, own_metadata};

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

    /// Read and verify a request of ours, however the browser brings it.
    pub fn is_asked(&self, world: &World, reply: Reply) -> LogoutRequest {
        match self.received(&reply, true) {
            ReceivedLogout::Request(it) => {
                self.verified(world, false, |peer, at| it.verify(peer, at).unwrap())
            }
            ReceivedLogout::Response(_) => panic!("a request was due"),
        }
    }

    /// Read and verify our answer.
    pub fn hears_of_logout(&self, world: &World, reply: Reply) -> LogoutResponse {
        match self.received(&reply, false) {
            ReceivedLogout::Response(it) => {
                self.verified(world, true, |peer, at| it.verify(peer, at).unwrap())
            }
            ReceivedLogout::Request(_) => panic!("a response was due"),
        }
    }

    fn received(&self, reply: &Reply, request: bool) -> ReceivedLogout {
        match reply {
            Reply::SendTo(url) => receive_redirect(url.split_once('?').unwrap().1).unwrap(),
            Reply::PostLogout(sent) => {
                assert_eq!(sent.carried == Carried::Request, request);
                let mut form = LogoutForm { relay_state: sent.relay_state.clone(), ..LogoutForm::default() };
                let field = if request { &mut form.saml_request } else { &mut form.saml_response };
                *field = Some(sent.message.clone());
                receive_post(&form).unwrap()
            }
            other => panic!("a logout message should be sent, not {other:?}"),
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

impl Browser {
    /// Log in at a service provider, with a password if one is asked for; what the service provider is told.
    pub async fn is_known_to(&mut self, world: &World, node: &Node, sp: &Sp, user: &User) -> Told {
        let request = sp.request(world, |_| {});
        let form = self.logs_in(world, node, &request, user).await;
        sp.reads(world, &form.saml_response, &request.id).unwrap().into()
    }

    /// Press Log out on our own page.
    pub async fn logs_out(&mut self, world: &World, node: &Node) -> Reply {
        self.does(world, node, async |it, visit| it.log_out(visit).await).await.unwrap()
    }

    /// Bring a logout message, by Redirect.
    pub async fn brings(&mut self, world: &World, node: &Node, sent: &Message) -> Reply {
        let query = &sent.query;
        self.does(world, node, async |it, visit| it.receive_logout_redirect(query, visit).await)
            .await
            .unwrap()
    }

    /// Bring a logout message by POST: without cookies, which come along only where one is sent from there.
    pub async fn posts(&mut self, world: &World, node: &Node, sent: &Message) -> Reply {
        let mut stranger = Self::default();
        let form = &sent.form;
        let act = async |it: &portner_federation::Federation, visit: &mut portner_federation::Visit| {
            it.receive_logout_post(form, visit).await
        };
        let reply = stranger.does_once(world, node, act).await.unwrap();
        match reply {
            Reply::GoToLogout(id) => self.comes_back(world, node, id).await,
            other => other,
        }
    }

    /// Open the page of a logout, from the Back button or the start page.
    pub async fn comes_back(&mut self, world: &World, node: &Node, id: LogoutId) -> Reply {
        self.does(world, node, async |it, visit| it.show_logout(id, visit).await).await.unwrap()
    }

    /// Press Continue.
    pub async fn goes_on(&mut self, world: &World, node: &Node, hop: &LogoutHop) -> Reply {
        self.does(world, node, async |it, visit| it.ask_to_log_out(hop.logout, hop.hop, visit).await)
            .await
            .unwrap()
    }

    /// Press Skip.
    pub async fn skips(&mut self, world: &World, node: &Node, hop: &LogoutHop) -> Reply {
        self.does(world, node, async |it, visit| it.skip_in_logout(hop.logout, hop.hop, visit).await)
            .await
            .unwrap()
    }

    /// Press Try again.
    pub async fn retries(&mut self, world: &World, node: &Node, logout: LogoutId, hop: usize) -> Reply {
        self.does(world, node, async |it, visit| it.retry_in_logout(logout, hop, visit).await).await.unwrap()
    }

    /// Go to the service provider of a hop, have it answer, and bring the answer.
    pub async fn passes_hop(
        &mut self,
        world: &World,
        (node, sp): (&Node, &Sp),
        hop: &LogoutHop,
        status: &Status,
    ) -> Reply {
        let reply = self.goes_on(world, node, hop).await;
        let asked = sp.is_asked(world, reply);
        self.brings(world, node, &sp.answers(world, &asked.id, status)).await
    }
}

pub fn hop(reply: Reply) -> LogoutHop {
    match reply {
        Reply::LogoutHop(hop) => hop,
        other => panic!("a service provider should be next, not {other:?}"),
    }
}

pub fn ended(reply: Reply) -> LoggedOut {
    match reply {
        Reply::LoggedOut(ended) => ended,
        other => panic!("the logout should be over, not {other:?}"),
    }
}

/// Why a request was refused.
pub fn not_acted_upon(reply: Reply) -> &'static str {
    match reply {
        Reply::LogoutRefused(refused) => refused.why,
        other => panic!("the request should be refused, not {other:?}"),
    }
}

/// Why an answer was refused.
pub fn not_believed(reply: Reply) -> &'static str {
    match reply {
        Reply::LogoutAnswerRefused(refused) => refused.why,
        other => panic!("the answer should be refused, not {other:?}"),
    }
}

/// The words for what became of each.
pub fn fates(ended: &LoggedOut) -> Vec<(&str, &'static str)> {
    ended.services.iter().map(|one| (one.service_provider.as_str(), one.fate.word())).collect()
}
