//! The one place where an assertion is made. It leaves when its event is durable, and not before.

use portner_audit_log::{Actor, AssertionIssued, Event};
use portner_domain::IdentityId;
use portner_domain::assurance::{Assessment, assess};
use portner_domain::flow::{Demand, reaches};
use portner_domain::session::SentName;
use portner_saml::Signer;
use portner_saml::encryption::EncryptionTarget;
use portner_saml::response::{Attribute, NameId, Success, new_id, success};
use portner_saml::status::Status;

use crate::answer::{Origin, Outcome, Refused, Reply, post_form};
use crate::context::{class_ref, is_exact};
use crate::flows::{Asking, Request};
use crate::network::UNKNOWN_NETWORK;
use crate::registry::Registered;
use crate::release::{Facts, released};
use crate::sessions::Live;
use crate::{Error, Federation, Visit};

/// What goes into an assertion besides what the request and the settings say.
struct Content {
    assessment: Assessment,
    name_id: NameId,
    attributes: Vec<Attribute>,
    response_id: String,
    assertion_id: String,
    session_index: String,
}

impl Federation {
    /// Issue an assertion about the session's identity, or the status that says why not. Everything that
    /// could have changed since the login is looked at again.
    pub(crate) async fn issue(
        &self,
        visit: &Visit,
        sp: &Registered,
        request: &Request,
        demand: Demand,
        live: Live,
    ) -> Result<Reply, Error> {
        let identity = live.session.identity;
        let Some(secret) = visit.session.clone() else {
            return Err(Error::Corrupt("a session without a secret".into()));
        };
        if let Err(excluded) = sp.policy.groups.admits(live.standing.holdings.as_ref()) {
            return self.deny(visit, sp, request, identity, excluded.code()).await;
        }
        if self.is_kept_out(sp, visit).await? {
            return self.deny(visit, sp, request, identity, UNKNOWN_NETWORK).await;
        }
        let content = match self.content(sp, request, demand, &live).await? {
            Ok(content) => content,
            Err(status) => return self.answer(visit, sp, request, status, Some(identity)).await,
        };
        let signer = self.signer(sp.id);
        let xml = self.built(sp, request, &live, &content, &*signer)?;
        let event = Event::AssertionIssued(Box::new(AssertionIssued {
            assertion_id: content.assertion_id,
            response_id: content.response_id,
            request_id: request.id.clone(),
            service_provider: sp.id,
            identity,
            session: live.session.name.to_string(),
            session_index: content.session_index,
            assessment: content.assessment,
            attributes: content.attributes.into_iter().map(|attribute| attribute.name).collect(),
            key_id: signer.key_id().to_owned(),
            requesters: request.requesters.clone(),
        }));
        self.log_of(visit).append(Actor::Identity(identity), event).await?;
        let now = self.log.now();
        let format = content.name_id.format.uri().to_owned();
        let name = SentName { value: content.name_id.value, format };
        if !self.remember(&secret, live, (sp.id, &name), now).await? {
            return self.answer(visit, sp, request, Status::AUTHN_FAILED, Some(identity)).await;
        }
        metrics::counter!("portner_assertions_issued_total").increment(1);
        Ok(Reply::Post(post_form(sp, request, &xml, Outcome::Success)))
    }

    /// Somebody is logged in and may not log in there.
    async fn deny(
        &self,
        visit: &Visit,
        sp: &Registered,
        request: &Request,
        identity: IdentityId,
        why: &'static str,
    ) -> Result<Reply, Error> {
        let request_id = request.id.clone();
        let event =
            Event::AccessDenied { identity, service_provider: sp.id, request_id, why: why.to_owned() };
        self.log_of(visit).append(Actor::Identity(identity), event).await?;
        if why == UNKNOWN_NETWORK && request.asking == Asking::Allowed {
            let (reference, origin) = (visit.reference, Origin::of(sp));
            return Ok(Reply::Refused(Refused { reference, why, origin }));
        }
        self.answer(visit, sp, request, Status::REQUEST_DENIED, Some(identity)).await
    }

    async fn content(
        &self,
        sp: &Registered,
        request: &Request,
        demand: Demand,
        live: &Live,
    ) -> Result<Result<Content, Status>, Error> {
        let now = self.log.now();
        let Live { session, standing, .. } = live;
        let still_registered = sp.metadata.assertion_consumers.iter().any(|acs| acs.location == request.acs);
        if sp.out_of_service(now).is_some() || !still_registered || !standing.admits(session.started, now) {
            return Ok(Err(Status::REQUEST_DENIED));
        }
        let rules = &sp.policy.rules(&self.settings.rules);
        let demand = Demand { level: demand.level.max(sp.policy.required_level), ..demand };
        if !reaches(demand, standing, &session.proofs, rules, now) {
            return Ok(Err(Status::NO_AUTHN_CONTEXT));
        }
        let assessment = assess(standing, &session.proofs, rules.notified, &rules.limits, now);
        if !is_exact(&request.required, &sp.policy, assessment.loa) {
            return Ok(Err(Status::NO_AUTHN_CONTEXT));
        }
        let Ok(name_id) = self.name_id(sp, standing).await? else {
            return Ok(Err(Status::REQUEST_DENIED.saying("the user has no name to be told here")));
        };
        if request.subject.as_ref().is_some_and(|subject| *subject != name_id.value) {
            return Ok(Err(Status::UNKNOWN_PRINCIPAL));
        }
        let (identity, holdings) = (&standing.identity, standing.holdings.as_ref());
        let facts = Facts { identity, holdings, assessment: &assessment, name_id: Some(&name_id) };
        let attributes = match released(sp, &facts) {
            Ok(attributes) => attributes,
            Err(missing) => {
                tracing::info!(attribute = missing.name, why = ?missing.why, "a mandatory attribute is missing");
                let said = "a mandatory attribute has no value for this user";
                return Ok(Err(Status::REQUEST_DENIED.saying(said)));
            }
        };
        let [response_id, assertion_id] = std::array::from_fn(|_| new_id(&*self.entropy));
        let session_index = self.index_key.index(session.name, sp.id)?;
        Ok(Ok(Content { assessment, name_id, attributes, response_id, assertion_id, session_index }))
    }

    fn built(
        &self,
        sp: &Registered,
        request: &Request,
        live: &Live,
        content: &Content,
        signer: &dyn Signer,
    ) -> Result<String, Error> {
        let now = self.log.now();
        let target = EncryptionTarget::choose(&sp.metadata, sp.policy.encryption.preference(), now)?;
        let signing = sp.policy.signing.of_response();
        let class_ref = class_ref(&sp.policy, &request.required, &content.assessment);
        let last_proof = live.session.proofs.iter().map(|proof| proof.at).max();
        let it = Success {
            response_id: &content.response_id,
            assertion_id: &content.assertion_id,
            in_response_to: &request.id,
            issuer: &self.settings.entity_id,
            acs: &request.acs,
            audience: &sp.metadata.entity_id,
            now,
            valid_for: self.settings.assertion_life,
            authn_instant: last_proof.unwrap_or(live.session.started),
            session_index: &content.session_index,
            session_not_on_or_after: None,
            class_ref: &class_ref,
            name_id: &content.name_id,
            attributes: &content.attributes,
            authenticating_authority: None,
        };
        Ok(success(&it, signer, &target, signing, &*self.entropy)?)
    }
}
