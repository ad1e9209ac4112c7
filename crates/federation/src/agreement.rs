//! The terms of use between somebody and a login: shown, agreed to, or not (NSIS 3.1.1).
//!
//! That a login stops for them is decided in `domain::flow`. A session is there already when it does: what it tells
//! nobody about, such as our own pages, is open.

use portner_audit_log::Actor;
use portner_directory::{Acceptance, Published, accept_terms, agreement};
use portner_domain::assurance::assess;
use portner_domain::flow::{Event, Login, Stage};
use portner_domain::identity::Standing;
use portner_domain::session::Session;
use portner_domain::{FlowId, Moment};

use crate::answer::{Origin, Reply};
use crate::flows::{Flow, Held, Problem};
use crate::sessions::Live;
use crate::terms::Terms;
use crate::{Error, Federation, Me, Visit};

/// Terms that a login has stopped for.
#[derive(Clone, Debug)]
pub struct TermsAsked {
    /// Which login.
    pub flow: FlowId,
    /// For whom.
    pub origin: Origin,
    /// The version in force.
    pub published: Published,
    /// Did they agree to an earlier version?
    pub knew_earlier: bool,
    /// What was wrong with the last answer.
    pub problem: Option<Problem>,
}

/// A text of the terms as somebody has read it.
#[derive(Clone, Copy, Debug)]
pub struct TermsRead<'a> {
    /// Its version.
    pub version: &'a str,
    /// Its SHA-256, in hexadecimal.
    pub sha256: &'a str,
}

impl Federation {
    /// They agree, in a login that has stopped for it.
    pub async fn agree(&self, id: FlowId, read: TermsRead<'_>, visit: &mut Visit) -> Result<Reply, Error> {
        let mut held = match self.stopped(id, visit).await? {
            Ok(held) => held,
            Err(reply) => return Ok(reply),
        };
        let terms = self.terms(&held.flow).await?;
        let live = match self.resting_on(&mut held, &terms, visit).await? {
            Ok(live) => live,
            Err(reply) => return Ok(reply),
        };
        // The page that follows reads the record again and goes on. If it still stops, there are other terms by now.
        if !self.record_agreement((&live.session, &live.standing), read, visit).await? {
            self.failed(&mut held, Problem::TermsChanged, self.log.now()).await?;
        }
        Ok(Reply::GoTo(id))
    }

    /// They agree, on their own page. False if other terms are in force by now, or they did before.
    pub async fn agree_on_own_page(
        &self,
        me: &Me,
        read: TermsRead<'_>,
        visit: &Visit,
    ) -> Result<bool, Error> {
        self.record_agreement((&me.session, &me.standing), read, visit).await
    }

    /// They do not agree. Nothing has happened yet: what comes of it is on the page, and so is the way back.
    pub async fn decline(&self, id: FlowId, visit: &mut Visit) -> Result<Reply, Error> {
        Ok(match self.stopped(id, visit).await? {
            Ok(held) => Reply::TermsDeclined(id, self.origin(&held).await?),
            Err(reply) => reply,
        })
    }

    /// The terms that this login has stopped for.
    pub(crate) async fn ask_terms(
        &self,
        held: &mut Held,
        origin: Origin,
        visit: &mut Visit,
    ) -> Result<Reply, Error> {
        let terms = self.terms(&held.flow).await?;
        let live = match self.resting_on(held, &terms, visit).await? {
            Ok(live) => live,
            Err(reply) => return Ok(reply),
        };
        let found = agreement(self.log.database(), live.session.identity).await?;
        let published =
            found.current.ok_or_else(|| Error::Corrupt("terms are due and there are none".to_owned()))?;
        let (flow, knew_earlier, problem) = (held.id, !found.accepted.is_empty(), held.flow.problem);
        Ok(Reply::AskTerms(Box::new(TermsAsked { flow, origin, published, knew_earlier, problem })))
    }

    /// The session that a login rests on in which everything is proved. What was proved has to be in the session
    /// that this browser carries: knowing a login's address, or having begun it, is not having proved anything. What
    /// is on record was read with it; if the login has to stop by now, or need not any more, it goes where it belongs.
    pub(crate) async fn resting_on(
        &self,
        held: &mut Held,
        terms: &Terms,
        visit: &mut Visit,
    ) -> Result<Result<Live, Reply>, Error> {
        let now = self.log.now();
        let (Stage::Done { identity, proofs } | Stage::MustAccept { identity, proofs }) =
            held.flow.login.stage.clone()
        else {
            return Ok(Err(Reply::GoTo(held.id)));
        };
        let live = self.session_of(visit, terms.extent, now).await?;
        let proved_here = |live: &Live| {
            live.session.identity == identity
                && proofs.iter().all(|proof| live.session.proofs.contains(proof))
        };
        let Some(live) = live.filter(proved_here) else {
            return self.ask_again(held, visit).await.map(Err);
        };
        let reviewed = Event::Reviewed { standing: &live.standing };
        let Ok(Login { stage, .. }) = held.flow.login.step(reviewed, &terms.rules, now) else {
            return Ok(Err(Reply::GoTo(held.id)));
        };
        let stops = |stage: &Stage| matches!(stage, Stage::MustAccept { .. });
        // Who was kept on a page of ours may have changed their password meanwhile. Of who was not, it is told at the
        // issue what is in the way.
        let was_kept = held.flow.password_due.is_some() || stops(&held.flow.login.stage);
        if stage == held.flow.login.stage || !stops(&stage) && !was_kept {
            return Ok(Ok(live));
        }
        self.set_back(held, stage, now).await?;
        Ok(Err(Reply::GoTo(held.id)))
    }

    /// A login of this browser that has stopped for terms.
    async fn stopped(&self, id: FlowId, visit: &mut Visit) -> Result<Result<Held, Reply>, Error> {
        let now = self.log.now();
        let is_stopped = |flow: &Flow, now: Moment| {
            matches!(flow.login.stage, Stage::MustAccept { .. }) && !flow.login.has_expired(now)
        };
        Ok(match self.held(id, visit, now).await? {
            Ok(held) if is_stopped(&held.flow, now) => Ok(held),
            Ok(_) => Err(Reply::GoTo(id)),
            Err(reply) => Err(reply),
        })
    }

    async fn record_agreement(
        &self,
        (session, standing): (&Session, &Standing),
        read: TermsRead<'_>,
        visit: &Visit,
    ) -> Result<bool, Error> {
        let (rules, now) = (&self.settings.rules, self.log.now());
        let how = Acceptance {
            version: read.version,
            sha256: read.sha256,
            session: session.name,
            aal: assess(standing, &session.proofs, rules.notified, &rules.limits, now).aal,
            address: visit.address,
        };
        let mut tx = self.log_of(visit).begin(Actor::Identity(session.identity)).await?;
        let is_new = accept_terms(self.log.database(), &mut tx, session.identity, &how).await?;
        if is_new {
            tx.commit().await?;
        }
        Ok(is_new)
    }
}
