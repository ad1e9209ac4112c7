//! A request arrives: verified, it becomes a login, or is answered at once.

use portner_domain::flow::{Afresh, Demand, Login, Stage};
use portner_domain::{FlowId, Level};
use portner_saml::request::{AuthnRequest, Expected, Received};
use portner_saml::status::Status;

use crate::answer::{Origin, Reply};
use crate::context::{asks_for_several_factors, objection};
use crate::failures::Sent;
use crate::flows::{Asking, Flow, Request, id_of};
use crate::network::UNKNOWN_NETWORK;
use crate::policy::RequestBinding;
use crate::registry::Registered;
use crate::terms::Terms;
use crate::{Error, Federation, Visit};

impl Federation {
    /// A request by HTTP-Redirect: the raw query, exactly as it came, since the signature is over its bytes.
    pub async fn receive_redirect(&self, raw_query: &str, visit: &mut Visit) -> Result<Reply, Error> {
        visit.brings(Sent::Redirect(raw_query.to_owned()));
        match portner_saml::redirect::receive(raw_query) {
            Ok(received) => self.admit(received, RequestBinding::Redirect, visit).await,
            Err(refusal) => self.refuse(visit, refusal.code(), None, Origin::default()).await,
        }
    }

    /// A request by HTTP-POST. The browser comes from another site, so it brings no cookies: the login is
    /// tied to it, and to its session, when it follows to the login's page.
    pub async fn receive_post(
        &self,
        saml_request: &str,
        relay_state: Option<&str>,
        visit: &mut Visit,
    ) -> Result<Reply, Error> {
        visit.brings(Sent::Post(saml_request.to_owned()));
        match portner_saml::post::receive(saml_request, relay_state) {
            Ok(received) => self.admit(received, RequestBinding::Post, visit).await,
            Err(refusal) => self.refuse(visit, refusal.code(), None, Origin::default()).await,
        }
    }

    async fn admit(
        &self,
        received: Received,
        binding: RequestBinding,
        visit: &mut Visit,
    ) -> Result<Reply, Error> {
        let claimed = received.claimed_issuer().to_owned();
        let Some(sp) = self.registry.by_entity_id(&claimed).await? else {
            return self.refuse(visit, "unknown-service-provider", Some(claimed), Origin::default()).await;
        };
        if let Some(why) = sp.out_of_service(self.log.now()) {
            return self.refuse(visit, why, Some(claimed), Origin::default()).await;
        }
        if !sp.policy.requests.contains(&binding) {
            return self.refuse(visit, "binding-not-allowed", Some(claimed), Origin::of(&sp)).await;
        }
        let expected = Expected {
            destination: &self.settings.sso_url,
            now: self.log.now(),
            skew: self.settings.skew,
            lifetime: self.settings.request_life,
        };
        let request = match received.verify(&sp.metadata, &expected) {
            Ok(request) => request,
            Err(refusal) => {
                return self.refuse(visit, refusal.code(), Some(claimed), Origin::of(&sp)).await;
            }
        };
        // Before anybody types a password. Whoever asks passively has no page of ours, and is answered when it comes to it.
        if !request.is_passive && self.is_kept_out(&sp, visit).await? {
            return self.refuse(visit, UNKNOWN_NETWORK, Some(claimed), Origin::of(&sp)).await;
        }
        self.begin(request, &sp, binding, visit).await
    }

    async fn begin(
        &self,
        asked: AuthnRequest,
        sp: &Registered,
        binding: RequestBinding,
        visit: &mut Visit,
    ) -> Result<Reply, Error> {
        let now = self.log.now();
        let demand = demand(&asked, sp);
        let objection = objection(&asked, &sp.policy).or_else(|| self.out_of_question(&asked, demand));
        let terms = Terms::of(sp, &self.settings.rules);
        let request = kept(asked, sp);
        let id = id_of(sp.id, &request.id);
        let (browser, (login, live)) = match binding {
            RequestBinding::Redirect => {
                let browser = visit.browser(&*self.entropy).hash();
                (Some(browser), self.begun(demand, &terms, visit, now).await?)
            }
            // No cookies came along: who this is shows when the browser follows to the login's page.
            RequestBinding::Post => (None, (Login::begin(demand, None, &terms.rules, now), None)),
        };
        let mut flow = Flow {
            login,
            request: Some(request.clone()),
            browser,
            user_name: String::new(),
            problem: None,
            password_due: None,
            wanted: None,
            back_to: None,
        };
        let answer_now = objection.or_else(|| passive_answer(&flow, &request, binding));
        let proved = matches!(flow.login.stage, Stage::Done { .. });
        if answer_now.is_some() || proved {
            flow.login.stage = Stage::Answered;
        }
        if !self.open_flow(id, &flow, now).await? {
            return self.seen_before(id, sp, visit).await;
        }
        match (answer_now, live) {
            (Some(status), live) => {
                let who = live.map(|live| live.session.identity);
                self.answer(visit, sp, &request, status, who).await
            }
            (None, Some(live)) if proved => self.issue(visit, sp, &request, demand, live).await,
            _ => Ok(Reply::GoTo(id)),
        }
    }

    /// No login here can be what is asked for: say so before anybody is asked for a password.
    fn out_of_question(&self, asked: &AuthnRequest, demand: Demand) -> Option<Status> {
        if !asked.idp_list.is_empty() && !asked.idp_list.contains(&self.settings.entity_id) {
            return Some(Status::NO_SUPPORTED_IDP);
        }
        let notified = self.settings.rules.notified;
        (demand.level > notified.scheme.min(notified.broker)).then_some(Status::NO_AUTHN_CONTEXT)
    }

    /// The same request again. In the same browser it is somebody going back or reloading, and the login of
    /// that request knows what to show; anywhere else it is a replay.
    async fn seen_before(&self, id: FlowId, sp: &Registered, visit: &Visit) -> Result<Reply, Error> {
        let known = self.flow(id, self.log.now()).await?;
        let same = known.is_some_and(|held| held.belongs_to(visit));
        if same {
            return Ok(Reply::GoTo(id));
        }
        let issuer = Some(sp.metadata.entity_id.clone());
        self.refuse(visit, "replayed", issuer, Origin::of(sp)).await
    }
}

/// What the login has to reach: what the request asks for, and at least what the policy does. A request for
/// several factors in one of the older vocabularies asks for no less than Substantial does.
fn demand(asked: &AuthnRequest, sp: &Registered) -> Demand {
    let several_factors = asks_for_several_factors(&asked.required, &sp.policy).then_some(Level::Substantial);
    Demand {
        level: asked.required.level.max(several_factors).max(sp.policy.required_level),
        afresh: if asked.force_authn { Afresh::Yes } else { Afresh::No },
    }
}

/// A passive request that would need a question is answered at once, where the session is known already.
fn passive_answer(flow: &Flow, request: &Request, binding: RequestBinding) -> Option<Status> {
    let undecided = binding == RequestBinding::Post || matches!(flow.login.stage, Stage::Done { .. });
    (request.asking == Asking::Forbidden && !undecided).then_some(Status::NO_PASSIVE)
}

fn kept(asked: AuthnRequest, sp: &Registered) -> Request {
    Request {
        id: asked.id,
        service_provider: sp.id,
        acs: asked.acs,
        relay_state: asked.relay_state,
        asking: if asked.is_passive { Asking::Forbidden } else { Asking::Allowed },
        requesters: asked.requester_ids,
        subject: asked.subject,
        required: asked.required,
    }
}
