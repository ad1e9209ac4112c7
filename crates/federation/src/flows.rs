//! Logins in progress, in the session store.
//!
//! A login that a request began has an identifier made from the request, so that storing it is also the
//! guard against the request being replayed: the same request can't begin two.

use portner_authenticators::{PasswordNotice, Weakness};
use portner_domain::flow::{LOGIN_LIFE, Login, Stage};
use portner_domain::throttle::Wait;
use portner_domain::{FlowId, IdentityId, Millis, Moment, ServiceProviderId};
use portner_saml::RequestedLevel;
use serde::{Deserialize, Serialize};

use crate::kept::{begun_by_request, read, write};
use crate::{Error, Federation, OwnPage};

/// How long a login is remembered: longer than it may take, so that whoever comes back to it the same day
/// is told what happened. Also far longer than a request is fresh, so that none can be replayed.
const MEMORY: Millis = Millis::hours(24);

/// A login in progress, and what it is for.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Flow {
    /// Where it is.
    pub login: Login,
    /// The request it answers; none for our own pages.
    pub request: Option<Request>,
    /// The browser it is tied to, by the hash of its secret; none until the browser first comes with one.
    pub browser: Option<String>,
    /// The user name as last typed.
    pub user_name: String,
    /// What was wrong with the last answer.
    pub problem: Option<Problem>,
    /// What is to be said of the password that was typed in it, before it goes on.
    #[serde(default)]
    pub password_due: Option<PasswordNotice>,
    /// The identity that its person said it is for: a session of another one does not answer it.
    #[serde(default)]
    pub wanted: Option<IdentityId>,
    /// Where the browser goes afterwards, if no request is answered and it is not the start page.
    #[serde(default)]
    pub back_to: Option<OwnPage>,
}

/// What is kept of a verified request.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Request {
    /// Its ID.
    pub id: String,
    /// Who asks.
    pub service_provider: ServiceProviderId,
    /// Where the answer goes, as it stands in the metadata.
    pub acs: String,
    /// To be sent back as it came.
    pub relay_state: Option<String>,
    /// May the person be asked anything?
    pub asking: Asking,
    /// On behalf of whom it asks.
    pub requesters: Vec<String>,
    /// About whom it asks, if it says so.
    pub subject: Option<String>,
    /// How sure it wants to be, in its own words.
    #[serde(default)]
    pub required: RequestedLevel,
}

/// SAML's IsPassive, in words.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Asking {
    /// The person may be shown pages.
    Allowed,
    /// The person must not notice anything.
    Forbidden,
}

/// What was wrong with an answer.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Problem {
    /// Neither user name nor password.
    NoUserNameOrPassword,
    /// No user name.
    NoUserName,
    /// No password.
    NoPassword,
    /// No code.
    NoCode,
    /// User name or password.
    WrongPassword,
    /// Code.
    WrongCode,
    /// The code was used before.
    CodeAlreadyUsed,
    /// The answer of a key was not in order.
    WrongKey,
    /// The key was asked too long ago, or has answered.
    KeyTooLate,
    /// The key's model is not accepted any more.
    KeyWithdrawn,
    /// Too many attempts.
    TooMany(Wait),
    /// The password was right, and has fallen short of this rule for too long.
    MustChange(Weakness),
    /// The identity is not theirs, or may not be used any more.
    NotToBeChosen,
    /// Other terms are in force than those that were agreed to.
    TermsChanged,
    /// Too many others.
    Busy,
    /// The directory that knows network passwords does not answer.
    DirectoryUnavailable,
    /// The network password has expired, or has to be changed first.
    NetworkPasswordExpired,
    /// The account of the network can't be used.
    NetworkAccountUnusable,
}

/// A login as it was read, with what proves that it has not changed meanwhile.
#[derive(Debug)]
pub struct Held {
    pub id: FlowId,
    pub flow: Flow,
    text: String,
}

impl Held {
    /// Was it answered?
    pub const fn is_answered(&self) -> bool {
        matches!(self.flow.login.stage, Stage::Answered)
    }
}

/// The login that this request begins.
pub fn id_of(service_provider: ServiceProviderId, request_id: &str) -> FlowId {
    FlowId(begun_by_request("flow", service_provider, request_id))
}

impl Federation {
    /// Remember a new login. False if there is one of that name: the request was seen before.
    pub(crate) async fn open_flow(&self, id: FlowId, flow: &Flow, now: Moment) -> Result<bool, Error> {
        let expires = match flow.login.stage {
            // Nobody was shown its page: it only guards against a replay, until the request is too old for one.
            Stage::Answered => {
                now.plus(self.settings.request_life).plus(self.settings.skew).plus(self.settings.skew)
            }
            _ => forgotten(flow),
        };
        Ok(self.volatile.put_if_absent(&key(id), &write(flow)?, expires, now).await?)
    }

    /// A login in progress.
    pub(crate) async fn flow(&self, id: FlowId, now: Moment) -> Result<Option<Held>, Error> {
        let Some(text) = self.volatile.get(&key(id), now).await? else { return Ok(None) };
        Ok(Some(Held { id, flow: read("a login", &text)?, text }))
    }

    /// Replace a login by what has become of it. False if something else became of it meanwhile: then that
    /// counts, and the browser is to be shown it.
    pub(crate) async fn advance(&self, held: &mut Held, flow: Flow, now: Moment) -> Result<bool, Error> {
        let text = write(&flow)?;
        let won = self.volatile.swap(&key(held.id), &held.text, &text, forgotten(&flow), now).await?;
        if won {
            held.flow = flow;
            held.text = text;
        }
        Ok(won)
    }
}

/// A login at our own pages guards against no replay, so it is forgotten when it can't be finished any more.
fn forgotten(flow: &Flow) -> Moment {
    flow.login.started.plus(if flow.request.is_some() { MEMORY } else { LOGIN_LIFE })
}

fn key(id: FlowId) -> String {
    format!("flow/{id}")
}
