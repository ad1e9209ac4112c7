//! A logout as somebody at a browser goes through it, button by button.

use portner_domain::LogoutId;
use portner_federation::{Carried, LoggedOut, LogoutForm, LogoutHop, Reply};
use portner_saml::logout::{receive_post, receive_redirect};
use portner_saml::status::Status;
use portner_saml::{LogoutRequest, LogoutResponse, ReceivedLogout};

use crate::browser::Browser;
use crate::slo::{Message, Told};
use crate::stage::{Node, Sp, User, World};

impl Sp {
    /// Read and verify a request of ours, however the browser brings it.
    pub fn is_asked(&self, world: &World, reply: Reply) -> LogoutRequest {
        self.reads_request(world, brought(&reply))
    }

    /// Read and verify our answer.
    pub fn hears_of_logout(&self, world: &World, reply: Reply) -> LogoutResponse {
        self.reads_response(world, brought(&reply))
    }
}

fn brought(reply: &Reply) -> ReceivedLogout {
    match reply {
        Reply::SendTo(url) => receive_redirect(url.split_once('?').unwrap().1).unwrap(),
        Reply::PostLogout(sent) => {
            let mut form = LogoutForm { relay_state: sent.relay_state.clone(), ..LogoutForm::default() };
            let field = match sent.carried {
                Carried::Request => &mut form.saml_request,
                Carried::Response => &mut form.saml_response,
            };
            *field = Some(sent.message.clone());
            receive_post(&form).unwrap()
        }
        other => panic!("a logout message should be sent, not {other:?}"),
    }
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
