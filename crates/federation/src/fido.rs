//! FIDO keys at the door and among somebody's own things.

use portner_audit_log::Actor;
use portner_authenticators::webauthn::{Asked, Wish};
use portner_authenticators::{Attempt, AuthenticatorName, KeyResponse};
use portner_domain::authenticator::{Kind, Proof};
use portner_domain::flow::Stage;
use portner_domain::identity::Standing;
use portner_domain::{FlowId, IdentityId, Level};

use crate::answer::Reply;
use crate::flows::Problem;
use crate::login::problem_of;
use crate::standing::Extent;
use crate::{Declined, Error, Federation, Me, Visit};

/// Why a key was not added.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum KeyDeclined {
    /// No change is made now.
    Change(Declined),
    /// This key is not bound.
    Key(portner_authenticators::webauthn::Declined),
}

impl Federation {
    /// What to ask the browser for, if a key would bring this login nearer. Somebody whom nobody knows yet is asked
    /// for any passkey, and told nothing about anybody (T-WA-03).
    pub(crate) async fn key_question(&self, flow: FlowId, stage: &Stage) -> Result<Option<String>, Error> {
        let keys: Vec<Kind> = stage.choices().iter().copied().filter(|kind| kind.is_fido()).collect();
        let asked = match stage {
            Stage::Asked => Asked::Anybody,
            Stage::NeedsMore { identity, .. } if !keys.is_empty() => Asked::Owner(*identity, &keys),
            _ => return Ok(None),
        };
        Ok(self.fido.ask(flow, asked).await?)
    }

    /// A key has answered.
    pub async fn key(&self, id: FlowId, response: &str, visit: &mut Visit) -> Result<Reply, Error> {
        let now = self.log.now();
        let mut held = match self.held(id, visit, now).await? {
            Ok(held) => held,
            Err(reply) => return Ok(reply),
        };
        let stage = &held.flow.login.stage;
        let known = match stage {
            Stage::NeedsMore { identity, .. } if stage.choices().iter().any(|kind| kind.is_fido()) => {
                Some(*identity)
            }
            Stage::Asked => None,
            _ => return Ok(Reply::GoTo(id)),
        };
        if held.flow.login.has_expired(now) {
            return Ok(Reply::GoTo(id));
        }
        match self.check_key(id, known, response, visit).await? {
            Ok((proof, standing)) if known.is_none() && self.has_a_choice(&held, &standing).await? => {
                self.recognised(&mut held, proof, &standing).await?;
            }
            Ok((proof, standing)) => self.proved(&mut held, proof, &standing, visit).await?,
            Err(problem) => match known {
                Some(identity) => self.wrong(&mut held, (identity, Kind::SecurityKey), problem, now).await?,
                None => self.failed(&mut held, problem, now).await?,
            },
        }
        Ok(Reply::GoTo(id))
    }

    /// The key says who somebody is, unless that is known: then it has to be theirs (T-MFA-01).
    async fn check_key(
        &self,
        flow: FlowId,
        known: Option<IdentityId>,
        response: &str,
        visit: &Visit,
    ) -> Result<Result<(Proof, Standing), Problem>, Error> {
        let Ok(response) = KeyResponse::parse(response) else { return Ok(Err(Problem::WrongKey)) };
        let owner = match known {
            Some(identity) => Some(identity),
            None => self.fido.owner(&response).await?,
        };
        let identity = match owner {
            Some(owner) => portner_directory::by_id(self.log.database(), owner).await?,
            None => None,
        };
        let attempt = Attempt { flow, address: visit.address };
        let proof = match self.fido.verify(&attempt, identity.as_ref(), &response).await? {
            Ok(proof) => proof,
            Err(refusal) => return Ok(Err(problem_of(refusal, Problem::WrongKey))),
        };
        let identity = identity.ok_or_else(|| Error::Corrupt("a key of nobody was right".into()))?;
        let standing = self.standings.of(identity.id, Extent::Login).await?;
        Ok(standing.map(|standing| (proof, standing)).ok_or(Problem::WrongKey))
    }

    /// What to ask somebody's browser for who wants a new key, as JSON.
    pub async fn new_key_question(&self, me: &Me, wish: Wish) -> Result<Result<String, KeyDeclined>, Error> {
        if let Err(refusal) = me.may_bind() {
            return Ok(Err(KeyDeclined::Change(Declined::Rule(refusal))));
        }
        let asked = self.fido.ask_new(&me.session.name.to_string(), &me.standing.identity, wish).await?;
        Ok(asked.map_err(KeyDeclined::Key))
    }

    /// Bind the key that was made in this session. The level it has now.
    pub async fn add_key(
        &self,
        wish: Wish,
        name: &AuthenticatorName,
        response: &str,
        visit: &Visit,
    ) -> Result<Result<Option<Level>, KeyDeclined>, Error> {
        let mut declined = None;
        let done = self
            .alone(visit, async |me| {
                let ceremony = match me.may_bind() {
                    Ok(ceremony) => ceremony,
                    Err(refusal) => return Ok(Err(Declined::Rule(refusal))),
                };
                let (session, identity) = (me.session.name.to_string(), me.standing.identity.id);
                let by = Actor::Identity(identity);
                let new = match self.fido.verify_new(&session, identity, wish, response, by).await? {
                    Ok(new) => new,
                    Err(why) => {
                        declined = Some(why);
                        return Ok(Ok(None));
                    }
                };
                let mut tx = self.log_of(visit).begin(Actor::Identity(identity)).await?;
                Ok(match self.fido.bind(&mut tx, new, name, ceremony).await? {
                    Ok(bound) => {
                        tx.commit().await?;
                        Ok(bound.registered)
                    }
                    Err(why) => {
                        declined = Some(why);
                        Ok(None)
                    }
                })
            })
            .await?;
        Ok(match (done, declined) {
            (_, Some(why)) => Err(KeyDeclined::Key(why)),
            (done, None) => done.map_err(KeyDeclined::Change),
        })
    }
}
