//! What a browser is given, in words; `web` makes pages of them.

use portner_audit_log::Event;
use portner_authenticators::PasswordNotice;
use portner_directory::Sibling;
use portner_domain::assurance::Assessment;
use portner_domain::authenticator::Kind;
use portner_domain::throttle::network;
use portner_domain::{FlowId, IdentityId, Level, LogoutId, Millis, Moment, Reference, ServiceProviderId};
use portner_saml::response::{Failure, failure, new_id};
use portner_saml::status::Status;

use crate::agreement::TermsAsked;
use crate::choice::ChoiceAsked;
use crate::failures::FailedMessage;
use crate::flows::{Problem, Request};
use crate::logout::{LoggedOut, LogoutHop, LogoutMessage};
use crate::registry::Registered;
use crate::{Error, Federation, OwnPage, Visit};

/// What a browser is given.
#[derive(Debug)]
pub enum Reply {
    /// Go to the page of a login.
    GoTo(FlowId),
    /// Go to our own start page.
    GoHome,
    /// Go to a page of the person's own.
    GoToOwn(OwnPage),
    /// Ask for user name and password.
    AskPassword(Ask),
    /// Ask for one more factor: a one-time code, or a key.
    AskCode(Ask),
    /// Ask which of their identities is meant.
    AskIdentity(Box<ChoiceAsked>),
    /// Say that the level can't be reached, and why.
    OutOfReach(Box<Stuck>),
    /// Ask whether they agree to the terms of use.
    AskTerms(Box<TermsAsked>),
    /// Say what comes of not agreeing to them.
    TermsDeclined(FlowId, Origin),
    /// Say that the password that was just typed has to be changed before long.
    PasswordDue(FlowId, Origin, PasswordNotice),
    /// This login is over; offer to start again at the service provider, if there is one.
    Finished(Origin),
    /// This login took too long; offer the same.
    Expired(Origin),
    /// There is no such login, or none that we remember.
    NoSuchLogin,
    /// This address begins too many logins.
    TooManyLogins,
    /// The login belongs to another browser, or this one keeps no cookies.
    OtherBrowser,
    /// Post this to a service provider.
    Post(PostForm),
    /// Go to the page of a logout.
    GoToLogout(LogoutId),
    /// Say where the browser is about to go, to log out there too.
    LogoutHop(LogoutHop),
    /// Say how a logout ended.
    LoggedOut(LoggedOut),
    /// Go to this address of a service provider; from its metadata, with a message of ours.
    SendTo(String),
    /// Post this logout message to a service provider.
    PostLogout(LogoutMessage),
    /// A logout message that is not acted upon.
    LogoutRefused(Refused),
    /// An answer in a logout that can't be used. The logout can go on.
    LogoutAnswerRefused(Refused),
    /// A request that can't be answered to anybody but the person.
    Refused(Refused),
}

/// Where a login came from.
#[derive(Clone, Debug, Default)]
pub struct Origin {
    /// The service provider's name.
    pub service_provider: Option<String>,
    /// Where to start again there.
    pub home: Option<String>,
}

/// A question to the person.
#[derive(Clone, Debug)]
pub struct Ask {
    /// In which login.
    pub flow: FlowId,
    /// For whom.
    pub origin: Origin,
    /// The level that is asked for.
    pub level: Option<Level>,
    /// The user name as last typed.
    pub user_name: String,
    /// The name of whoever is known already.
    pub person: String,
    /// What they may prove next; empty while nobody is known.
    pub choices: Vec<Kind>,
    /// What to ask the browser for, as JSON, if a key would do.
    pub key: Option<String>,
    /// What was wrong with the last answer.
    pub problem: Option<Problem>,
}

/// A level that can't be reached.
#[derive(Clone, Debug)]
pub struct Stuck {
    /// In which login.
    pub flow: FlowId,
    /// For whom.
    pub origin: Origin,
    /// The level that is asked for.
    pub level: Option<Level>,
    /// The best there is, and why no more.
    pub best: Assessment,
    /// Their other identities, which may reach it.
    pub others: Vec<Sibling>,
}

/// A form that the browser posts to a service provider.
#[derive(Clone, Debug)]
pub struct PostForm {
    /// Where to; from verified metadata.
    pub acs: String,
    /// The response, in base64.
    pub saml_response: String,
    /// To be sent along as it came.
    pub relay_state: Option<String>,
    /// Who receives it.
    pub service_provider: String,
    /// Does it carry an assertion?
    pub outcome: Outcome,
}

/// What a response says.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Outcome {
    /// Logged in.
    Success,
    /// Not logged in.
    Failure,
}

/// A request that was refused on our own page.
#[derive(Clone, Debug)]
pub struct Refused {
    /// What the person is told to quote.
    pub reference: Reference,
    /// A stable code.
    pub why: &'static str,
    /// Where the person can start again, if the issuer is registered.
    pub origin: Origin,
}

impl Origin {
    /// The origin of a login at a service provider.
    pub(crate) fn of(sp: &Registered) -> Self {
        Self { service_provider: Some(sp.name().to_owned()), home: sp.home_url() }
    }
}

/// Refused requests of one address that are written to the audit log, in [`REFUSALS_WINDOW`]. Anybody can
/// send nonsense; nobody is to fill the log with it. The operational log has them all.
const REFUSALS_LOGGED_MAX: u64 = 100;
const REFUSALS_WINDOW: Millis = Millis::minutes(15);

impl Federation {
    /// Refuse a request on our own page. Nothing is posted anywhere.
    pub(crate) async fn refuse(
        &self,
        visit: &Visit,
        why: &'static str,
        claimed_issuer: Option<String>,
        origin: Origin,
    ) -> Result<Reply, Error> {
        let now = self.log.now();
        let reference = visit.reference;
        tracing::info!(%reference, why, claimed_issuer, address = %visit.address, "request refused");
        metrics::counter!("portner_requests_refused_total", "why" => why).increment(1);
        let key = format!("refusals/{}", network(visit.address));
        let count = self.volatile.increment(&key, now.plus(REFUSALS_WINDOW), now).await?;
        if count <= REFUSALS_LOGGED_MAX {
            if let Some(sp) = self.registered_claimant(visit, claimed_issuer.as_deref()).await? {
                self.record_failure(visit, sp, FailedMessage { why, sent: visit.sent.as_ref() }).await?;
            }
            let event = Event::RequestRefused { reference, why: why.to_owned(), claimed_issuer };
            self.log_of(visit).append(visit.stranger(), event).await?;
        }
        Ok(Reply::Refused(Refused { reference, why, origin }))
    }

    /// The registered service provider that a refused message says it is from, if it says so.
    async fn registered_claimant(
        &self,
        visit: &Visit,
        claimed_issuer: Option<&str>,
    ) -> Result<Option<ServiceProviderId>, Error> {
        let read = || visit.sent.as_ref().and_then(|sent| sent.glimpse().claimed_issuer);
        let Some(claimed) = claimed_issuer.map(str::to_owned).or_else(read) else { return Ok(None) };
        Ok(self.registry.by_entity_id(&claimed).await?.map(|sp| sp.id))
    }

    /// Answer a verified request with a status and no assertion. A service provider that was disabled
    /// meanwhile gets not even that.
    pub(crate) async fn answer(
        &self,
        visit: &Visit,
        sp: &Registered,
        request: &Request,
        status: Status,
        identity: Option<IdentityId>,
    ) -> Result<Reply, Error> {
        let now = self.log.now();
        if let Some(why) = sp.out_of_service(now) {
            let issuer = Some(sp.metadata.entity_id.clone());
            return self.refuse(visit, why, issuer, Origin::default()).await;
        }
        let why = status.second.map_or(status.top.uri(), portner_saml::status::SecondStatus::uri);
        let why = why.rsplit(':').next().unwrap_or_default();
        self.record_failure(visit, sp.id, FailedMessage { why, sent: visit.sent.as_ref() }).await?;
        let codes = [Some(status.top.uri()), status.second.map(portner_saml::status::SecondStatus::uri)];
        let event = Event::RequestAnswered {
            service_provider: sp.id,
            request_id: request.id.clone(),
            status: codes.into_iter().flatten().collect::<Vec<_>>().join(" "),
            identity,
        };
        self.log_of(visit).append(visit.stranger(), event).await?;
        let xml = self.failure(request, &status, now)?;
        metrics::counter!("portner_requests_answered_total", "status" => status.second.map_or("none", |code| code.uri()))
            .increment(1);
        Ok(Reply::Post(post_form(sp, request, &xml, Outcome::Failure)))
    }

    fn failure(&self, request: &Request, status: &Status, now: Moment) -> Result<String, Error> {
        let response_id = new_id(&*self.entropy);
        let it = Failure {
            response_id: &response_id,
            in_response_to: &request.id,
            issuer: &self.settings.entity_id,
            acs: &request.acs,
            now,
            status,
        };
        Ok(failure(&it, &*self.signer(request.service_provider))?)
    }
}

/// The form for a response.
pub fn post_form(sp: &Registered, request: &Request, xml: &str, outcome: Outcome) -> PostForm {
    PostForm {
        acs: request.acs.clone(),
        saml_response: base64_simd::STANDARD.encode_to_string(xml),
        relay_state: request.relay_state.clone(),
        service_provider: sp.name().to_owned(),
        outcome,
    }
}
