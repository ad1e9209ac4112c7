//! Who holds which role: read, proposed and taken away. To give one takes two people (see `proposals`).

use portner_directory::{Held, Refusal, grants_of, held_by_all, propose, withdraw};
use portner_domain::ProposalId;
use portner_domain::identity::Identity;
use portner_domain::role::{Action, Grant, Proposal, Role, conflict};
use portner_domain::unit::Unit;

use super::{NotDone, Warrant, settled};
use crate::{Error, Federation, Visit};

impl Federation {
    /// Everybody who holds a role now, by role and unit.
    pub async fn roles(&self, warrant: &Warrant) -> Result<Vec<(Identity, Grant)>, Error> {
        warrant.for_any(Action::SeeRoles)?;
        let database = self.log.database();
        let mut found = Vec::new();
        for Held { identity, grant } in held_by_all(database, self.log.now()).await? {
            let who = portner_directory::by_id(database, identity).await?;
            found.push((who.ok_or_else(|| Error::Corrupt(format!("a role of {identity}")))?, grant));
        }
        Ok(found)
    }

    /// What the person of this warrant holds now.
    pub async fn roles_of(&self, warrant: &Warrant) -> Result<Vec<Grant>, Error> {
        let identity = warrant.for_act(Action::ProposeRoles)?.identity.id;
        let (grants, now) = (grants_of(self.log.database(), identity).await?, self.log.now());
        Ok(grants.into_iter().filter(|grant| grant.until.is_none_or(|until| now < until)).collect())
    }

    /// Propose that somebody holds a role. What could not be given if a second person agreed now is refused at once;
    /// the second look, when it is given, is the one that counts.
    pub async fn propose_role(
        &self,
        warrant: &Warrant,
        grant: &Grant,
        why: &str,
        visit: &Visit,
    ) -> Result<Result<ProposalId, NotDone>, Error> {
        let identity = warrant.for_act(Action::ProposeRoles)?.identity.id;
        let now = self.log.now();
        let Grant { role, unit, until } = grant.clone();
        if unit.is_some() && !role.has_units() {
            return Ok(Err(Refusal::NoUnits.into()));
        }
        if until.is_some_and(|until| until <= now) {
            return Ok(Err(NotDone::OverAlready));
        }
        let held: Vec<Role> = self.roles_of(warrant).await?.iter().map(|grant| grant.role).collect();
        if let Some(other) = conflict(&held, role) {
            return Ok(Err(Refusal::Conflict(other).into()));
        }
        let mut tx = self.act(warrant.officer(), visit).await?;
        let proposal = Proposal::GrantRole { identity, role, unit, until };
        let id = propose(&mut tx, &*self.entropy, &proposal, why).await?;
        tx.commit().await?;
        Ok(Ok(id))
    }

    /// Take a role away. One person is enough: less power needs no second.
    pub async fn withdraw_role(
        &self,
        warrant: &Warrant,
        (role, unit): (Role, Option<&Unit>),
        visit: &Visit,
    ) -> Result<Result<(), NotDone>, Error> {
        let identity = warrant.for_act(Action::ProposeRoles)?.identity.id;
        let mut tx = self.act(warrant.officer(), visit).await?;
        let done = withdraw(&mut tx, identity, role, unit).await?;
        settled(tx, done).await
    }
}
