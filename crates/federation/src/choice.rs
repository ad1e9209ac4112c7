//! Somebody with several identities: which of them a login is for, and the way from one to another.
//!
//! What somebody logs in with is bound to one identity, and proves nothing for another of the same person: each has its
//! own locks, its own reports of loss, and an organisation that answers for it. What a proof does say is who is there,
//! and only then is the person shown which identities they have.

use portner_directory::{Sibling, usable_of};
use portner_domain::authenticator::Proof;
use portner_domain::flow::{Afresh, Event, OutOfStep, Stage};
use portner_domain::identity::{Identity, Standing};
use portner_domain::{FlowId, IdentityId};

use crate::answer::{Origin, Reply};
use crate::flows::{Flow, Held, Problem};
use crate::standing::Extent;
use crate::{Error, Federation, Me, Visit};

/// A question to somebody with several identities.
#[derive(Clone, Debug)]
pub struct ChoiceAsked {
    /// In which login.
    pub flow: FlowId,
    /// For whom.
    pub origin: Origin,
    /// The one that they have proved.
    pub proved: IdentityId,
    /// Those that may log in, oldest first.
    pub offered: Vec<Sibling>,
    /// What was wrong with the last answer.
    pub problem: Option<Problem>,
}

impl Federation {
    /// The other identities of somebody on a page of their own that may log in now.
    pub async fn other_identities(&self, me: &Me) -> Result<Vec<Sibling>, Error> {
        self.others_of(&me.standing.identity).await
    }

    pub(crate) async fn others_of(&self, identity: &Identity) -> Result<Vec<Sibling>, Error> {
        let mut all = usable_of(self.log.database(), identity.person, self.log.now()).await?;
        all.retain(|it| it.identity.id != identity.id);
        Ok(all)
    }

    /// Go over to another identity of one's own: a login that begins with nothing. The session here goes on until that
    /// one begins. Nothing if the identity is not theirs, or may not be used.
    pub async fn go_over(&self, me: &Me, to: IdentityId, visit: &mut Visit) -> Result<Option<Reply>, Error> {
        let others = self.other_identities(me).await?;
        let Some(to) = others.into_iter().find(|it| it.identity.id == to) else { return Ok(None) };
        self.begin_own_login(Afresh::No, Aim::Identity(&to.identity), visit).await.map(Some)
    }

    /// Is it open which identity is meant? A passkey may have been taken without its name being seen; whoever typed a user
    /// name, or said before whom they mean, has chosen.
    pub(crate) async fn has_a_choice(&self, held: &Held, standing: &Standing) -> Result<bool, Error> {
        let identity = &standing.identity;
        Ok(held.flow.wanted != Some(identity.id) && !self.others_of(identity).await?.is_empty())
    }

    /// A key was right, and its holder has other identities: they are asked which is meant.
    pub(crate) async fn recognised(
        &self,
        held: &mut Held,
        proof: Proof,
        standing: &Standing,
    ) -> Result<(), Error> {
        let now = self.log.now();
        let rules = self.terms(&held.flow).await?.rules;
        // If the login took another step meanwhile, that one stands.
        let Ok(login) = held.flow.login.step(Event::Recognised { proof, standing }, &rules, now) else {
            return Ok(());
        };
        let flow = Flow { login, problem: None, ..held.flow.clone() };
        self.advance(held, flow, now).await.map(drop)
    }

    /// The page that asks. Whoever has nothing left to choose begins again.
    pub(crate) async fn ask_which(
        &self,
        held: &mut Held,
        origin: Origin,
        proved: IdentityId,
        visit: &Visit,
    ) -> Result<Reply, Error> {
        let offered = match portner_directory::by_id(self.log.database(), proved).await? {
            Some(known) => usable_of(self.log.database(), known.person, self.log.now()).await?,
            None => Vec::new(),
        };
        if offered.is_empty() {
            return self.ask_again(held, visit).await;
        }
        let (flow, problem) = (held.id, held.flow.problem);
        Ok(Reply::AskIdentity(Box::new(ChoiceAsked { flow, origin, proved, offered, problem })))
    }

    /// They say which. Both identities are read anew: one may have ended since the page was shown (T-MFA-01).
    pub async fn choose(
        &self,
        id: FlowId,
        chosen: Option<IdentityId>,
        visit: &mut Visit,
    ) -> Result<Reply, Error> {
        let now = self.log.now();
        let mut held = match self.held(id, visit, now).await? {
            Ok(held) => held,
            Err(reply) => return Ok(reply),
        };
        let Some(known) = held.flow.login.stage.chooser() else { return Ok(Reply::GoTo(id)) };
        let known = self.standings.of(known, Extent::Login).await?;
        let chosen = match chosen {
            Some(chosen) => self.standings.of(chosen, Extent::Login).await?,
            None => None,
        };
        let (Some(known), Some(chosen)) = (known, chosen) else {
            self.failed(&mut held, Problem::NotToBeChosen, now).await?;
            return Ok(Reply::GoTo(id));
        };
        let terms = self.terms(&held.flow).await?;
        let event = Event::Chosen { known: &known, chosen: &chosen };
        match held.flow.login.step(event, &terms.rules, now) {
            Ok(login) => {
                let mut flow = Flow { login, problem: None, ..held.flow.clone() };
                if flow.login.stage == Stage::Asked {
                    flow.wanted = Some(chosen.identity.id);
                    flow.user_name = chosen.identity.user_name.to_string();
                }
                if self.advance(&mut held, flow, now).await? {
                    self.arrived(&mut held, visit).await?;
                }
            }
            Err(OutOfStep::NotTheirs) => {
                tracing::info!(reference = %visit.reference, "an identity was chosen that can't be");
                self.failed(&mut held, Problem::NotToBeChosen, now).await?;
            }
            Err(OutOfStep::Expired | OutOfStep::Answered | OutOfStep::NotAsked) => {}
        }
        Ok(Reply::GoTo(id))
    }
}

/// What a login of our own is for.
#[derive(Clone, Copy, Debug)]
pub enum Aim<'a> {
    /// The start page.
    Start,
    /// A page of the person's own.
    Page(crate::OwnPage),
    /// This identity, whoever is logged in now.
    Identity(&'a Identity),
}
