//! Joining and leaving groups, granting and withdrawing rights.

use portner_audit_log::{Database, Event, Tx};
use portner_domain::IdentityId;
use portner_domain::right::{Group, Holdings, Right};

use crate::{Error, Refusal, changed, store};

/// Groups that one identity may belong to: they are read at a login and may be told in one attribute.
pub const GROUPS_MAX: usize = 1_000;
/// Rights that one identity may hold, for the same reason.
pub const RIGHTS_MAX: usize = 1_000;

/// What an identity belongs to and may do.
pub async fn holdings_of(db: &Database, identity: IdentityId) -> Result<Holdings, Error> {
    store::holdings_of(db, identity).await
}

/// Make an identity a member of a group. A group is its members: it needs not be made first.
pub async fn join(tx: &mut Tx, identity: IdentityId, group: &Group) -> Result<Result<(), Refusal>, Error> {
    let now = tx.now();
    let conn = tx.write(Event::GroupJoined { identity, group: group.clone() });
    let joined = store::insert_member(conn, identity, group, now).await?;
    let (groups, _) = store::count_holdings(conn, identity).await?;
    fits(groups, GROUPS_MAX, joined)
}

/// End a membership.
pub async fn leave(tx: &mut Tx, identity: IdentityId, group: &Group) -> Result<Result<(), Refusal>, Error> {
    let event = Event::GroupLeft { identity, group: group.clone() };
    changed(store::delete_member(tx.write(event), identity, group).await?)
}

/// Give a right.
pub async fn grant_right(
    tx: &mut Tx,
    identity: IdentityId,
    right: &Right,
) -> Result<Result<(), Refusal>, Error> {
    let now = tx.now();
    let conn = tx.write(Event::RightGranted { identity, right: right.clone() });
    let granted = store::insert_right(conn, identity, right, now).await?;
    let (_, rights) = store::count_holdings(conn, identity).await?;
    fits(rights, RIGHTS_MAX, granted)
}

/// Take a right away: this one, with these constraints.
pub async fn withdraw_right(
    tx: &mut Tx,
    identity: IdentityId,
    right: &Right,
) -> Result<Result<(), Refusal>, Error> {
    let event = Event::RightWithdrawn { identity, right: right.clone() };
    changed(store::delete_right(tx.write(event), identity, right).await?)
}

/// Counted after the change, which the caller takes back by not committing it.
fn fits(count: i64, max: usize, done: bool) -> Result<Result<(), Refusal>, Error> {
    if usize::try_from(count).is_ok_and(|count| count <= max) {
        changed(done)
    } else {
        Ok(Err(Refusal::TooMany))
    }
}
