//! The one place where an assertion is made. It leaves when its event is durable, and not before.

use portner_audit_log::{Actor, AssertionIssued, Event};
use portner_domain::assurance::{Assessment, assess};
use portner_domain::flow::{Demand, reaches};
use portner_domain::session::SentName;
use portner_saml::encryption::{EncryptionDefault, EncryptionTarget};
use portner_saml::response::{Attribute, NameId, ResponseSigning, Success, new_id, success};
use portner_saml::status::Status;

use crate::answer::{Outcome, Reply, post_form};
use crate::flows::Request;
use crate::policy::{Encryption, Signing};
use crate::registry::{Registered, SpState};
use crate::release::{class_ref, released};
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
        let content = match self.content(sp, request, demand, &live).await? {
            Ok(content) => content,
            Err(status) => return self.answer(visit, sp, request, status, Some(identity)).await,
        };
        let xml = self.built(sp, request, &live, &content)?;
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
            key_id: self.signer.key_id().to_owned(),
            requesters: request.requesters.clone(),
        }));
        self.log_of(visit).append(Actor::Identity(identity), event).await?;
        let now = self.log.now();
        let format = content.name_id.format.uri().to_owned();
        let name = SentName { value: content.name_id.value, format };
        self.remember(&secret, live, (sp.id, &name), now).await?;
        metrics::counter!("portner_assertions_issued_total").increment(1);
        Ok(Reply::Post(post_form(sp, request, &xml, Outcome::Success)))
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
        if sp.state == SpState::Disabled || !still_registered || !standing.admits(session.started) {
            return Ok(Err(Status::REQUEST_DENIED));
        }
        let rules = &self.settings.rules;
        let demand = Demand { level: demand.level.max(sp.policy.required_level), ..demand };
        if !reaches(demand, standing, &session.proofs, rules, now) {
            return Ok(Err(Status::NO_AUTHN_CONTEXT));
        }
        let assessment = assess(standing, &session.proofs, rules.notified, &rules.limits, now);
        let name_id = self.name_id(sp, standing).await?;
        if request.subject.as_ref().is_some_and(|subject| *subject != name_id.value) {
            return Ok(Err(Status::UNKNOWN_PRINCIPAL));
        }
        let Ok(attributes) = released(sp, &standing.identity, &assessment) else {
            return Ok(
                Err(Status::REQUEST_DENIED.saying("a mandatory attribute has no value for this user")),
            );
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
    ) -> Result<String, Error> {
        let now = self.log.now();
        let preference = match sp.policy.encryption {
            Encryption::Oiosaml3 => EncryptionDefault::Oiosaml3,
            Encryption::Compatible => EncryptionDefault::Widest,
        };
        let target = EncryptionTarget::choose(&sp.metadata, preference, now)?;
        let signing = match sp.policy.signing {
            Signing::Assertion => ResponseSigning::AssertionOnly,
            Signing::AssertionAndResponse => ResponseSigning::AssertionAndResponse,
        };
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
            class_ref: class_ref(sp.policy.class_ref, content.assessment.loa),
            name_id: &content.name_id,
            attributes: &content.attributes,
            authenticating_authority: None,
        };
        Ok(success(&it, &*self.signer, &target, signing, &*self.entropy)?)
    }
}
