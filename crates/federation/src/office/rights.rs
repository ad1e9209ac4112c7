//! Groups and rights in the hands of whoever administers them. Roles in Portner come with neither, and no group is in
//! another: what an officer may change reaches as far as the person it is changed for.

use portner_audit_log::{Event, Tx};
use portner_directory::{
    Error as DirectoryError, GroupPage, Page, Refusal, Sought, find, find_groups, grant_right, group_called,
    holdings_of, join, leave, withdraw_right,
};
use portner_domain::IdentityId;
use portner_domain::right::{Group, Holdings, Right};
use portner_domain::role::Action;

use super::life::living;
use super::{NotDone, Warrant, settled};
use crate::{Error, Federation, Visit};

impl Federation {
    /// What somebody belongs to and may do.
    pub async fn holdings(&self, warrant: &Warrant) -> Result<Holdings, Error> {
        let identity = warrant.for_act(Action::ChangeRights)?.identity.id;
        Ok(holdings_of(self.log.database(), identity).await?)
    }

    /// Groups by name.
    pub async fn find_groups(
        &self,
        warrant: &Warrant,
        typed: &str,
        after: Option<&Group>,
        rows: u32,
    ) -> Result<GroupPage, Error> {
        warrant.for_any(Action::ChangeRights)?;
        Ok(find_groups(self.log.database(), typed, after, rows).await?)
    }

    /// Who belongs to a group, or who could, of those whom the officer may put in or out.
    pub async fn find_members(
        &self,
        warrant: &Warrant,
        (group, typed): (Option<&Group>, &str),
        after: Option<IdentityId>,
        rows: u32,
    ) -> Result<Page, Error> {
        warrant.for_any(Action::ChangeRights)?;
        let units = self.units_for(warrant.officer(), Action::ChangeRights);
        let sought = Sought { group: group.cloned(), ..Sought::typed(typed, units) };
        Ok(find(self.log.database(), &sought, after, rows).await?)
    }

    /// Make somebody a member. A name that differs from a group's by capital letters only is that group's.
    pub async fn join_group(
        &self,
        warrant: &Warrant,
        (group, why): (&Group, &str),
        visit: &Visit,
    ) -> Result<Result<(), NotDone>, Error> {
        let known = group_called(self.log.database(), group).await?;
        let group = known.as_ref().unwrap_or(group);
        if self.holdings(warrant).await?.groups.iter().any(|mine| mine.is(group)) {
            return Ok(Err(NotDone::Directory(Refusal::NothingToChange)));
        }
        self.change_holdings(warrant, why, visit, async |tx, identity| join(tx, identity, group).await).await
    }

    /// End a membership.
    pub async fn leave_group(
        &self,
        warrant: &Warrant,
        (group, why): (&Group, &str),
        visit: &Visit,
    ) -> Result<Result<(), NotDone>, Error> {
        self.change_holdings(warrant, why, visit, async |tx, identity| leave(tx, identity, group).await).await
    }

    /// Give somebody a right.
    pub async fn give_right(
        &self,
        warrant: &Warrant,
        (right, why): (&Right, &str),
        visit: &Visit,
    ) -> Result<Result<(), NotDone>, Error> {
        self.change_holdings(warrant, why, visit, async |tx, identity| grant_right(tx, identity, right).await)
            .await
    }

    /// Take a right away.
    pub async fn take_right(
        &self,
        warrant: &Warrant,
        (right, why): (&Right, &str),
        visit: &Visit,
    ) -> Result<Result<(), NotDone>, Error> {
        self.change_holdings(warrant, why, visit, async |tx, identity| {
            withdraw_right(tx, identity, right).await
        })
        .await
    }

    /// What an officer does to what somebody holds: for whoever has not ended, and with the reason beside it.
    async fn change_holdings(
        &self,
        warrant: &Warrant,
        why: &str,
        visit: &Visit,
        change: impl AsyncFnOnce(&mut Tx, IdentityId) -> Result<Result<(), Refusal>, DirectoryError>,
    ) -> Result<Result<(), NotDone>, Error> {
        warrant.for_act(Action::ChangeRights)?;
        let identity = match living(warrant)? {
            Ok(identity) => identity,
            Err(not) => return Ok(Err(not)),
        };
        let mut tx = self.act(warrant.officer(), visit).await?;
        tx.write(Event::ReasonGiven { identity: Some(identity), why: why.to_owned() });
        let done = change(&mut tx, identity).await?;
        settled(tx, done).await
    }
}
