//! Somebody on a page of their own: who they are, what they may change now, and the way to being allowed more.

use portner_domain::assurance::{Assessment, assess, within_reach};
use portner_domain::authenticator::{Authenticator, Ceremony, Kind};
use portner_domain::binding::{Holder, Refusal, may_bind, may_remove};
use portner_domain::flow::{Afresh, Rules};
use portner_domain::identity::Standing;
use portner_domain::session::Session;
use portner_domain::{AuthenticatorId, FlowId, IdentityId, Millis, Moment};
use serde::{Deserialize, Serialize};

use crate::answer::Reply;
use crate::choice::Aim;
use crate::standing::Extent;
use crate::{Error, Federation, Visit};

/// How long something that a page is to say waits for that page.
const WORD_LIFE: Millis = Millis::minutes(5);

/// A page of the person's own that a login may lead to. A login's end is one of these and never an address that
/// somebody sent (T-REDIR-01).
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(tag = "page", content = "of", rename_all = "kebab-case")]
pub enum OwnPage {
    /// Who they are, and at which level.
    Profile,
    /// What they log in with.
    Authenticators,
    /// A new app for one-time codes.
    AddTotp,
    /// A device that shows one-time codes.
    AddCodeDevice,
    /// A new password.
    ChangePassword,
    /// A new password, and then on with a login that waits for it.
    ChangePasswordFor(FlowId),
    /// The network password as the password here.
    AdoptNetworkPassword,
    /// A new FIDO key.
    AddKey,
    /// Codes on paper.
    RecoveryCodes,
    /// Another name for one.
    Rename(AuthenticatorId),
    /// Away with one.
    Remove(AuthenticatorId),
    /// One is lost.
    ReportLost(AuthenticatorId),
    /// Their other identities.
    Identities,
    /// Where they are logged in.
    Sessions,
    /// What happened.
    Log,
    /// What they agreed to.
    Terms,
    /// Stop everything.
    Block,
    /// Where officers begin.
    Office,
    /// Somebody's page there.
    Person(IdentityId),
}

/// Somebody on a page of their own.
#[derive(Clone, Debug)]
pub struct Me {
    /// Their session.
    pub session: Session,
    /// What is on record about them.
    pub standing: Standing,
    /// What they reported lost and have not replaced.
    pub lost: Vec<Kind>,
    /// What their session is worth, and why.
    pub assessment: Assessment,
    /// The best that they could reach, and why no more.
    pub best: Assessment,
    rules: Rules,
    now: Moment,
}

impl Me {
    /// May they add or replace something they log in with, and at which level?
    pub fn may_bind(&self) -> Result<Ceremony, Refusal> {
        may_bind(&self.holder(), &self.rules, self.now)
    }

    /// May they remove this?
    pub fn may_remove(&self, which: AuthenticatorId) -> Result<(), Refusal> {
        may_remove(&self.holder(), which, &self.rules, self.now)
    }

    /// The authenticator of this identifier, if they may log in with it.
    pub fn authenticator(&self, which: AuthenticatorId) -> Option<&Authenticator> {
        self.standing.authenticators.iter().find(|has| has.id == which)
    }

    fn holder(&self) -> Holder<'_> {
        Holder { standing: &self.standing, lost: &self.lost, proofs: &self.session.proofs }
    }
}

impl Federation {
    /// Whoever is logged in here; nobody if no session of this browser is alive.
    pub async fn me(&self, visit: &Visit) -> Result<Option<Me>, Error> {
        let now = self.log.now();
        let Some(live) = self.session_of(visit, Extent::Login, now).await? else { return Ok(None) };
        let rules = self.settings.rules;
        let lost = self.authenticators.reported_lost(live.session.identity).await?;
        let (session, standing) = (live.session, live.standing);
        let assessment = assess(&standing, &session.proofs, rules.notified, &rules.limits, now);
        let best = within_reach(&standing, rules.notified, &rules.limits, now);
        Ok(Some(Me { session, standing, lost, assessment, best, rules, now }))
    }

    /// Log in, and go on to this page.
    pub async fn log_in_for(&self, page: OwnPage, visit: &mut Visit) -> Result<Reply, Error> {
        self.begin_own_login(Afresh::No, Aim::Page(page), visit).await
    }

    /// Prove, now, whatever a change needs, and go on to this page.
    pub async fn step_up_for(&self, page: OwnPage, visit: &mut Visit) -> Result<Reply, Error> {
        self.begin_own_login(Afresh::ToChange, Aim::Page(page), visit).await
    }

    /// Leave a word for the next page of this session: what has become of the form that it just sent.
    pub async fn leave_word(&self, me: &Me, word: &str) -> Result<(), Error> {
        let now = self.log.now();
        Ok(self.volatile.put(&word_key(&me.session), word, now.plus(WORD_LIFE), now).await?)
    }

    /// The word that was left, once.
    pub async fn take_word(&self, me: &Me) -> Result<Option<String>, Error> {
        Ok(self.volatile.take(&word_key(&me.session), self.log.now()).await?)
    }
}

fn word_key(session: &Session) -> String {
    format!("word/{}", session.name)
}
