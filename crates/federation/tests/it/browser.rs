//! Somebody at a browser, as the federation sees them: secrets in, replies out, redirects followed.

use portner_domain::{FlowId, Reference};
use portner_federation::{Ask, Error, Federation, PostForm, Reply, Secret, TermsAsked, TermsRead, Visit};

use crate::stage::{Node, PASSWORD, Request, Sp, User, World};

const REDIRECTS_MAX: usize = 4;

#[derive(Clone, Default)]
pub struct Browser {
    session: Option<Secret>,
    pub browser: Option<Secret>,
}

impl Browser {
    /// Somebody comes in with what the browser carries.
    pub fn visit(&self, world: &World) -> Visit {
        let reference = Reference::new(world.now(), &*world.stage.entropy);
        let (session, browser) = (self.session.clone(), self.browser.clone());
        Visit::new("192.0.2.1".parse().unwrap(), reference, session, browser)
    }

    /// What knows of the logins in progress, and of no session.
    pub fn without_session(&self) -> Self {
        Self { session: None, browser: self.browser.clone() }
    }

    /// Do something, keep the secrets, and go where one is sent.
    pub async fn does<F>(&mut self, world: &World, node: &Node, act: F) -> Result<Reply, Error>
    where
        F: AsyncFnOnce(&Federation, &mut Visit) -> Result<Reply, Error>,
    {
        let mut reply = self.does_once(world, node, act).await?;
        for _ in 0..REDIRECTS_MAX {
            reply = match reply {
                Reply::GoTo(flow) => {
                    self.does_once(world, node, async |it, visit| it.show(flow, visit).await).await?
                }
                Reply::GoToLogout(id) => {
                    self.does_once(world, node, async |it, visit| it.show_logout(id, visit).await).await?
                }
                other => return Ok(other),
            };
        }
        panic!("sent round in circles")
    }

    /// The same without going where one is sent.
    pub async fn does_once<F>(&mut self, world: &World, node: &Node, act: F) -> Result<Reply, Error>
    where
        F: AsyncFnOnce(&Federation, &mut Visit) -> Result<Reply, Error>,
    {
        let mut visit = self.visit(world);
        let reply = act(&node.federation, &mut visit).await;
        self.session = visit.session;
        self.browser = visit.browser;
        reply
    }

    pub async fn opens(&mut self, world: &World, node: &Node, request: &Request) -> Reply {
        let query = request.raw_query();
        self.does(world, node, async |it, visit| it.receive_redirect(query, visit).await).await.unwrap()
    }

    pub async fn types_password(&mut self, world: &World, node: &Node, asked: &Reply, user: &User) -> Reply {
        let (flow, name) = (asks_password(asked).flow, user.identity.user_name.as_str());
        self.does(world, node, async |it, visit| it.password(flow, name, PASSWORD, visit).await)
            .await
            .unwrap()
    }

    pub async fn types_code(&mut self, world: &World, node: &Node, asked: &Reply, code: &str) -> Reply {
        let flow = asks_code(asked).flow;
        self.does(world, node, async |it, visit| it.code(flow, code, visit).await).await.unwrap()
    }

    /// Agree to the text that stands on the page.
    pub async fn agrees(&mut self, world: &World, node: &Node, asked: &Reply) -> Reply {
        let asked = asks_terms(asked);
        let (flow, terms) = (asked.flow, &asked.published.terms);
        let sha256 = portner_directory::terms_sha256(&terms.english);
        let read = TermsRead { version: &terms.version, sha256: &sha256 };
        self.does(world, node, async |it, visit| it.agree(flow, read, visit).await).await.unwrap()
    }

    pub async fn gives_up(&mut self, world: &World, node: &Node, flow: FlowId) -> Reply {
        self.does(world, node, async |it, visit| it.give_up(flow, visit).await).await.unwrap()
    }

    /// From a request to the answer, with whatever is asked for.
    pub async fn logs_in(&mut self, world: &World, node: &Node, request: &Request, user: &User) -> PostForm {
        let mut reply = self.opens(world, node, request).await;
        if let Reply::AskPassword(_) = reply {
            reply = self.types_password(world, node, &reply, user).await;
        }
        if let Reply::AskCode(_) = reply {
            reply = self.types_code(world, node, &reply, &world.code(user)).await;
        }
        posted(reply)
    }

    /// Log in with a password, where no more is asked for.
    pub async fn passes_after_login(&mut self, world: &World, node: &Node, sp: &Sp, user: &User) {
        let request = sp.request(world, |_| {});
        let form = self.logs_in(world, node, &request, user).await;
        sp.reads(world, &form.saml_response, &request.id).unwrap();
    }

    /// Ask for something with a live session, and be answered without a question.
    pub async fn passes(&mut self, world: &World, node: &Node, sp: &Sp) -> PostForm {
        let request = sp.request(world, |_| {});
        let form = posted(self.opens(world, node, &request).await);
        sp.reads(world, &form.saml_response, &request.id).unwrap();
        form
    }

    /// Was it given a session, whatever has become of that?
    pub const fn has_session(&self) -> bool {
        self.session.is_some()
    }

    pub async fn is_logged_in(&self, world: &World, node: &Node) -> bool {
        node.federation.start_view(&self.visit(world)).await.unwrap().is_some()
    }
}

pub fn asks_password(reply: &Reply) -> &Ask {
    match reply {
        Reply::AskPassword(ask) => ask,
        other => panic!("a password should be asked for, not {other:?}"),
    }
}

pub fn asks_code(reply: &Reply) -> &Ask {
    match reply {
        Reply::AskCode(ask) => ask,
        other => panic!("a code should be asked for, not {other:?}"),
    }
}

pub fn asks_terms(reply: &Reply) -> &TermsAsked {
    match reply {
        Reply::AskTerms(asked) => asked,
        other => panic!("the terms should be asked for, not {other:?}"),
    }
}

pub fn posted(reply: Reply) -> PostForm {
    match reply {
        Reply::Post(form) => form,
        other => panic!("an answer should be posted, not {other:?}"),
    }
}

pub fn refused(reply: Reply) -> &'static str {
    match reply {
        Reply::Refused(refused) => refused.why,
        other => panic!("it should be refused, not {other:?}"),
    }
}
