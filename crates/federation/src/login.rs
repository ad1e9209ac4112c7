//! The login's pages, driven: what to show, what to make of an answer.
//!
//! Every answer is followed by a redirect to the login's page, which shows where the login is now. That is
//! why back, reload and double submit do no harm: nothing depends on which answer came last.

use std::sync::Arc;

use portner_authenticators::{Accepted, Attempt, KeyFault, Password, PasswordProblem, Refusal};
use portner_domain::authenticator::{Kind, Proof};
use portner_domain::flow::{Event, Login, Stage};
use portner_domain::identity::{Standing, UserName};
use portner_domain::{FlowId, IdentityId, Moment, NODES_APART_MAX, ServiceProviderId};
use portner_saml::status::Status;

use crate::answer::{Ask, Origin, Reply, Stuck};
use crate::flows::{Asking, Flow, Held, Problem};
use crate::registry::Registered;
use crate::sessions::SWAPS_MAX;
use crate::standing::Extent;
use crate::terms::Terms;
use crate::{Error, Federation, Visit};

/// Whose password was right.
struct Recognised {
    accepted: Accepted,
    standing: Standing,
}

impl Held {
    /// Is it this browser's?
    pub(crate) fn belongs_to(&self, visit: &Visit) -> bool {
        self.flow.browser.is_some() && self.flow.browser == visit.browser.as_ref().map(crate::Secret::hash)
    }
}

impl Federation {
    /// The page of a login.
    pub async fn show(&self, id: FlowId, visit: &mut Visit) -> Result<Reply, Error> {
        let now = self.log.now();
        let mut held = match self.held(id, visit, now).await? {
            Ok(held) => held,
            Err(reply) => return Ok(reply),
        };
        let origin = self.origin(&held).await?;
        if held.flow.login.has_expired(now) && !held.is_answered() {
            return Ok(Reply::Expired(origin));
        }
        self.catch_up(&mut held, visit).await?;
        let passive = held.flow.request.as_ref().is_some_and(|request| request.asking == Asking::Forbidden);
        let Flow { login, user_name, problem, .. } = held.flow.clone();
        let (flow, level) = (id, login.demand.level);
        let person = self.person(&login.stage).await?;
        let choices = login.stage.choices().to_vec();
        let key = if passive { None } else { self.key_question(id, &login.stage).await? };
        let ask = Ask { flow, origin: origin.clone(), level, user_name, person, choices, key, problem };
        Ok(match login.stage {
            Stage::Done { .. } => self.finish(&mut held, visit).await?,
            Stage::Answered => Reply::Finished(origin),
            _ if passive => self.close(&mut held, Status::NO_PASSIVE, visit).await?,
            Stage::MustAccept { .. } => self.ask_terms(&mut held, origin, visit).await?,
            Stage::MustChoose { identity, .. } => self.ask_which(&mut held, origin, identity, visit).await?,
            _ if login.stage.takes_password() => Reply::AskPassword(ask),
            Stage::Asked | Stage::NeedsMore { .. } => Reply::AskCode(ask),
            Stage::OutOfReach { identity, best, .. } => {
                let others = match portner_directory::by_id(self.log.database(), identity).await? {
                    Some(known) => self.others_of(&known).await?,
                    None => Vec::new(),
                };
                Reply::OutOfReach(Box::new(Stuck { flow, origin, level, best, others }))
            }
        })
    }

    /// User name and password were sent.
    pub async fn password(
        &self,
        id: FlowId,
        typed_name: &str,
        typed_password: &str,
        visit: &mut Visit,
    ) -> Result<Reply, Error> {
        let now = self.log.now();
        let mut held = match self.held(id, visit, now).await? {
            Ok(held) => held,
            Err(reply) => return Ok(reply),
        };
        if held.flow.login.has_expired(now) || !held.flow.login.stage.takes_password() {
            return Ok(Reply::GoTo(id));
        }
        held.flow.user_name =
            typed_name.trim().chars().take(portner_domain::identity::USER_NAME_CHARS_MAX).collect();
        match self.check_password(id, typed_name, typed_password, visit).await? {
            Ok(Recognised { accepted, standing }) => {
                held.flow.password_due = accepted.notice;
                self.proved(&mut held, accepted.proof, &standing, visit).await?;
            }
            Err(problem) => self.failed(&mut held, problem, now).await?,
        }
        Ok(Reply::GoTo(id))
    }

    /// A one-time code was sent.
    pub async fn code(&self, id: FlowId, typed: &str, visit: &mut Visit) -> Result<Reply, Error> {
        let now = self.log.now();
        let mut held = match self.held(id, visit, now).await? {
            Ok(held) => held,
            Err(reply) => return Ok(reply),
        };
        let Stage::NeedsMore { identity, choices, .. } = &held.flow.login.stage else {
            return Ok(Reply::GoTo(id));
        };
        let (identity, choices) = (*identity, choices.clone());
        if !choices.iter().any(|kind| kind.is_code()) || held.flow.login.has_expired(now) {
            return Ok(Reply::GoTo(id));
        }
        let standing = self.standings.of(identity, Extent::Login).await?;
        let standing = standing.ok_or_else(|| Error::Corrupt(format!("identity {identity} is gone")))?;
        if typed.trim().is_empty() {
            self.failed(&mut held, Problem::NoCode, now).await?;
            return Ok(Reply::GoTo(id));
        }
        let attempt = Attempt { flow: id, address: visit.address };
        match self.authenticators.verify_code_among(&attempt, &standing.identity, &choices, typed).await? {
            Ok(proof) => self.proved(&mut held, proof, &standing, visit).await?,
            Err(Refusal::Wrong) => {
                self.wrong(&mut held, (identity, Kind::Totp), Problem::WrongCode, now).await?
            }
            Err(refusal) => self.failed(&mut held, problem_of(refusal, Problem::WrongCode), now).await?,
        }
        Ok(Reply::GoTo(id))
    }

    /// The person wants to go back to the service provider without logging in.
    pub async fn give_up(&self, id: FlowId, visit: &mut Visit) -> Result<Reply, Error> {
        let now = self.log.now();
        let mut held = match self.held(id, visit, now).await? {
            Ok(held) => held,
            Err(reply) => return Ok(reply),
        };
        match held.flow.login.stage {
            Stage::Answered | Stage::Done { .. } => Ok(Reply::GoTo(id)),
            Stage::OutOfReach { .. } => self.close(&mut held, Status::NO_AUTHN_CONTEXT, visit).await,
            // Somebody is logged in; it is we who say nothing about them.
            Stage::MustAccept { .. } => {
                let said = "the user has not agreed to the terms of use";
                self.close(&mut held, Status::REQUEST_DENIED.saying(said), visit).await
            }
            Stage::Asked | Stage::MustChoose { .. } | Stage::NeedsMore { .. } => {
                self.close(&mut held, Status::AUTHN_FAILED, visit).await
            }
        }
    }

    /// The person has read what was to be said of their password.
    pub async fn has_read_of_password(&self, id: FlowId, visit: &mut Visit) -> Result<Reply, Error> {
        let now = self.log.now();
        let mut held = match self.held(id, visit, now).await? {
            Ok(held) => held,
            Err(reply) => return Ok(reply),
        };
        let flow = Flow { password_due: None, ..held.flow.clone() };
        // Whatever has become of it meanwhile is on the page that follows.
        self.advance(&mut held, flow, now).await?;
        Ok(Reply::GoTo(id))
    }

    /// A login that this browser may go on with. One that has no browser yet, because its request came by
    /// POST without cookies, becomes that of the first browser that asks, with the session it carries.
    pub(crate) async fn held(
        &self,
        id: FlowId,
        visit: &mut Visit,
        now: Moment,
    ) -> Result<Result<Held, Reply>, Error> {
        let Some(mut held) = self.flow(id, now).await? else { return Ok(Err(Reply::NoSuchLogin)) };
        if held.flow.browser.is_none() && !held.is_answered() {
            let mut flow = held.flow.clone();
            flow.browser = Some(visit.browser(&*self.entropy).hash());
            let terms = self.terms(&flow).await?;
            flow.login.stage = self.begun(flow.login.demand, &terms, visit, now).await?.0.stage;
            if !self.advance(&mut held, flow, now).await? {
                return Ok(Err(Reply::GoTo(id)));
            }
        }
        Ok(if held.belongs_to(visit) { Ok(held) } else { Err(Reply::OtherBrowser) })
    }

    async fn check_password(
        &self,
        flow: FlowId,
        typed_name: &str,
        typed_password: &str,
        visit: &Visit,
    ) -> Result<Result<Recognised, Problem>, Error> {
        let (name, password) = match understood(typed_name, typed_password) {
            Ok(understood) => understood,
            Err(problem) => return Ok(Err(problem)),
        };
        let db = self.log.database();
        // Only the identity is looked up before the check; the rest would take longer for known names.
        let identity = portner_directory::by_user_name(db, &name).await?;
        let attempt = Attempt { flow, address: visit.address };
        let answer =
            self.authenticators.verify_password(&attempt, &name, identity.as_ref(), &password).await?;
        let (accepted, identity) = match (answer, identity) {
            (Ok(accepted), Some(identity)) => (accepted, identity),
            (Err(refusal), _) => return Ok(Err(problem_of(refusal, Problem::WrongPassword))),
            (Ok(_), None) => return Err(Error::Corrupt("a password of nobody was right".into())),
        };
        Ok(self
            .standings
            .of(identity.id, Extent::Login)
            .await?
            .map(|standing| Recognised { accepted, standing })
            .ok_or(Problem::WrongPassword))
    }

    /// An answer was right: the login takes its next step. If it took one meanwhile, that one stands. When all
    /// is proved the session begins, in the answer to whoever proved it and nobody else.
    pub(crate) async fn proved(
        &self,
        held: &mut Held,
        proof: Proof,
        standing: &Standing,
        visit: &mut Visit,
    ) -> Result<(), Error> {
        // Later than the proof, which took its time; a proof from the future would count for nothing.
        let now = self.log.now();
        // A code is spent by now. If the second press of a button has changed the login meanwhile, and it still
        // asks for this, the proof counts.
        let (terms, due) = (self.terms(&held.flow).await?, held.flow.password_due);
        for _ in 0..SWAPS_MAX {
            let proved = Event::Proved { proof: proof.clone(), standing };
            let Ok(login) = held.flow.login.step(proved, &terms.rules, now) else { break };
            let flow = Flow { login, problem: None, password_due: due, ..held.flow.clone() };
            if self.advance(held, flow, now).await? {
                return self.arrived(held, visit).await;
            }
            let Some(changed) = self.flow(held.id, now).await? else { break };
            *held = changed;
        }
        // The page that follows says what the login is at; nothing has changed.
        Ok(())
    }

    /// A login has taken a step. If all is proved, the session begins.
    pub(crate) async fn arrived(&self, held: &mut Held, visit: &mut Visit) -> Result<(), Error> {
        match held.flow.login.stage.clone() {
            Stage::Done { proofs, .. } | Stage::MustAccept { proofs, .. }
                if self.outlived(held, &proofs, visit).await? =>
            {
                self.ask_again(held, visit).await.map(drop)
            }
            Stage::Done { identity, proofs } | Stage::MustAccept { identity, proofs } => {
                self.begin_session(visit, identity, proofs, self.log.now()).await
            }
            _ => Ok(()),
        }
    }

    /// Does this login rest on what was proved before it began, in a session that was ended meanwhile? A step-up
    /// that waits in another tab brings no session back.
    async fn outlived(&self, held: &Held, proofs: &[Proof], visit: &Visit) -> Result<bool, Error> {
        let begun = held.flow.login.started.minus(NODES_APART_MAX);
        if proofs.iter().all(|proof| proof.at >= begun) {
            return Ok(false);
        }
        let live = self.session_of(visit, Extent::Login, self.log.now()).await?;
        let lives = |proof: &Proof| live.as_ref().is_some_and(|live| live.session.proofs.contains(proof));
        Ok(!proofs.iter().filter(|proof| proof.at < begun).all(lives))
    }

    pub(crate) async fn failed(&self, held: &mut Held, problem: Problem, now: Moment) -> Result<(), Error> {
        let flow = Flow { problem: Some(problem), ..held.flow.clone() };
        self.advance(held, flow, now).await.map(drop)
    }

    /// An answer was wrong. If it has closed its factor the login goes back to its beginning: what was proved before
    /// is of no use to whoever guesses. (One that was not looked at leaves the login as it is: a button that is
    /// pressed ten times is no guess.)
    pub(crate) async fn wrong(
        &self,
        held: &mut Held,
        (identity, kind): (IdentityId, Kind),
        problem: Problem,
        now: Moment,
    ) -> Result<(), Error> {
        let Some(wait) = self.authenticators.closed(identity, kind).await? else {
            return self.failed(held, problem, now).await;
        };
        let login = Login { stage: Stage::Asked, ..held.flow.login.clone() };
        let flow = Flow { login, problem: Some(Problem::TooMany(wait)), ..held.flow.clone() };
        self.advance(held, flow, now).await.map(drop)
    }

    /// Everything is proved. Of those who come here at once, one gets the assertion.
    async fn finish(&self, held: &mut Held, visit: &mut Visit) -> Result<Reply, Error> {
        // One reading of the policy for all that follows: what it needs to know is read with the session.
        let sp = match &held.flow.request {
            Some(request) => Some(self.service_provider(request.service_provider).await?),
            None => None,
        };
        let terms = sp.as_ref().map_or_else(|| self.own_terms(), |sp| Terms::of(sp, &self.settings.rules));
        let live = match self.resting_on(held, &terms, visit).await? {
            Ok(live) => live,
            Err(reply) => return Ok(reply),
        };
        if let (Some(sp), Some(notice)) = (&sp, held.flow.password_due) {
            return Ok(Reply::PasswordDue(held.id, Origin::of(sp), notice));
        }
        let demand = held.flow.login.demand;
        if !self.mark_answered(held, self.log.now()).await? {
            return Ok(Reply::GoTo(held.id));
        }
        let (Some(request), Some(sp)) = (held.flow.request.clone(), sp) else {
            return Ok(held.flow.back_to.map_or(Reply::GoHome, Reply::GoToOwn));
        };
        self.issue(visit, &sp, &request, demand, live).await
    }

    /// Somebody may have logged in in another tab since this one asked: then it need not ask any more.
    async fn catch_up(&self, held: &mut Held, visit: &Visit) -> Result<(), Error> {
        if visit.session.is_none() || matches!(held.flow.login.stage, Stage::Done { .. } | Stage::Answered) {
            return Ok(());
        }
        let now = self.log.now();
        match self.begun_anew(held, visit, now).await? {
            stage if stage == held.flow.login.stage => Ok(()),
            proved @ (Stage::Done { .. } | Stage::MustAccept { .. }) => {
                self.set_back(held, proved, now).await
            }
            _ => Ok(()),
        }
    }

    /// The session that a login rested on is over, or never was this browser's: begin again.
    pub(crate) async fn ask_again(&self, held: &mut Held, visit: &Visit) -> Result<Reply, Error> {
        let now = self.log.now();
        let begun = self.begun_anew(held, visit, now).await?;
        self.set_back(held, begun, now).await?;
        Ok(Reply::GoTo(held.id))
    }

    /// Where this login would stand if it began now. If its person said for which identity it is, the session of another
    /// has nothing to say.
    async fn begun_anew(&self, held: &Held, visit: &Visit, now: Moment) -> Result<Stage, Error> {
        let terms = self.terms(&held.flow).await?;
        let (begun, live) = self.begun(held.flow.login.demand, &terms, visit, now).await?;
        let whose = live.map(|live| live.session.identity);
        let is_meant = held.flow.wanted.is_none() || whose == held.flow.wanted;
        Ok(if is_meant { begun.stage } else { Stage::Asked })
    }

    /// Put a login where it would stand if it began now. The time that it may take goes on from where it began.
    pub(crate) async fn set_back(&self, held: &mut Held, stage: Stage, now: Moment) -> Result<(), Error> {
        let login = Login { stage, ..held.flow.login.clone() };
        let flow = Flow { login, problem: None, ..held.flow.clone() };
        self.advance(held, flow, now).await.map(drop)
    }

    /// End a login with a status for its service provider.
    async fn close(&self, held: &mut Held, status: Status, visit: &Visit) -> Result<Reply, Error> {
        let now = self.log.now();
        let who = identity_in(&held.flow.login.stage);
        if !self.mark_answered(held, now).await? {
            return Ok(Reply::GoTo(held.id));
        }
        let Some(request) = held.flow.request.clone() else { return Ok(Reply::GoHome) };
        let sp = self.service_provider(request.service_provider).await?;
        self.answer(visit, &sp, &request, status, who).await
    }

    async fn mark_answered(&self, held: &mut Held, now: Moment) -> Result<bool, Error> {
        match held.flow.login.step(Event::Answered, &self.settings.rules, now) {
            Ok(login) => {
                let flow = Flow { login, problem: None, ..held.flow.clone() };
                self.advance(held, flow, now).await
            }
            Err(_) => Ok(false),
        }
    }

    /// The name of whoever is known already, for the page that asks them for more.
    async fn person(&self, stage: &Stage) -> Result<String, Error> {
        let Stage::NeedsMore { identity, .. } = stage else { return Ok(String::new()) };
        let identity = portner_directory::by_id(self.log.database(), *identity).await?;
        Ok(identity.map(|identity| identity.full_name()).unwrap_or_default())
    }

    pub(crate) async fn origin(&self, held: &Held) -> Result<Origin, Error> {
        let Some(request) = &held.flow.request else { return Ok(Origin::default()) };
        let sp = self.registry.by_id(request.service_provider).await?;
        Ok(sp.as_deref().map(Origin::of).unwrap_or_default())
    }

    async fn service_provider(&self, id: ServiceProviderId) -> Result<Arc<Registered>, Error> {
        let found = self.registry.by_id(id).await?;
        found.ok_or_else(|| Error::Corrupt(format!("service provider {id} is gone")))
    }
}

fn understood(typed_name: &str, typed_password: &str) -> Result<(UserName, Password), Problem> {
    let password = match (typed_name.trim().is_empty(), Password::typed(typed_password)) {
        (true, Err(PasswordProblem::Empty)) => return Err(Problem::NoUserNameOrPassword),
        (true, _) => return Err(Problem::NoUserName),
        (false, Err(PasswordProblem::Empty)) => return Err(Problem::NoPassword),
        (false, Err(_)) => return Err(Problem::WrongPassword),
        (false, Ok(password)) => password,
    };
    let name = typed_name.parse().map_err(|_| Problem::WrongPassword)?;
    Ok((name, password))
}

fn identity_in(stage: &Stage) -> Option<IdentityId> {
    match stage {
        Stage::NeedsMore { identity, .. }
        | Stage::OutOfReach { identity, .. }
        | Stage::MustChoose { identity, .. }
        | Stage::MustAccept { identity, .. }
        | Stage::Done { identity, .. } => Some(*identity),
        Stage::Asked | Stage::Answered => None,
    }
}

pub const fn problem_of(refusal: Refusal, wrong: Problem) -> Problem {
    match refusal {
        Refusal::Key(KeyFault::Over) => Problem::KeyTooLate,
        Refusal::Key(KeyFault::Model) => Problem::KeyWithdrawn,
        Refusal::Key(_) => Problem::WrongKey,
        Refusal::Wrong => wrong,
        Refusal::AlreadyUsed => Problem::CodeAlreadyUsed,
        Refusal::TooMany(wait) => Problem::TooMany(wait),
        Refusal::Busy => Problem::Busy,
        Refusal::MustChange(weakness) => Problem::MustChange(weakness),
        Refusal::Unavailable => Problem::DirectoryUnavailable,
        Refusal::NetworkPasswordExpired => Problem::NetworkPasswordExpired,
        Refusal::NetworkAccountUnusable => Problem::NetworkAccountUnusable,
    }
}
