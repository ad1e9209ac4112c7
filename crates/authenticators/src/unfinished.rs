//! Those who were given something to log in with at a level, and never came to what it takes to reach one; and taking
//! everything from somebody who has left.

use std::collections::BTreeSet;

use portner_audit_log::{Event, Tx};
use portner_domain::authenticator::Factor;
use portner_domain::{IdentityId, Moment};

use crate::{Authenticators, Error, Owned, store};

impl Authenticators {
    /// Those who got the last of what they have before `before`, have something with a level but not enough to be
    /// recognised at one, have used none of it, and are not invited now. At most `most`, after `after`.
    pub async fn unfinished(
        &self,
        before: Moment,
        after: Option<IdentityId>,
        most: u32,
    ) -> Result<(Vec<IdentityId>, Option<IdentityId>), Error> {
        let (db, now) = (self.log.database(), self.log.now());
        let unused = store::unfinished::unused(db, before, after, most, now).await?;
        let next =
            unused.last().copied().filter(|_| u32::try_from(unused.len()).is_ok_and(|rows| rows == most));
        let mut unfinished = Vec::new();
        for identity in unused {
            if !reaches_a_level(&store::owned(db, identity).await?) {
                unfinished.push(identity);
            }
        }
        Ok((unfinished, next))
    }

    /// Take what has a level from somebody who did not come to an end with it; what has none, such as the password of
    /// the network, stays. False if they used it at the same moment: then nothing may be committed.
    pub async fn reset_activation(&self, tx: &mut Tx, identity: IdentityId) -> Result<bool, Error> {
        let now = tx.now();
        store::invitation::end_all(tx.write(Event::ActivationReset { identity }), identity, now).await?;
        for owned in store::owned(self.log.database(), identity).await? {
            let which = owned.authenticator;
            if which.registered.is_none() {
                continue;
            }
            let (authenticator, authenticator_kind) = (which.id, which.kind);
            let event = Event::AuthenticatorRemoved { authenticator, identity, authenticator_kind };
            if !store::unfinished::remove_unused(tx.write(event), authenticator, now).await? {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

/// Something known and something had, both with a level.
fn reaches_a_level(owned: &[Owned]) -> bool {
    let vouched = owned.iter().filter(|it| it.authenticator.registered.is_some());
    let factors = vouched.flat_map(|it| it.authenticator.kind.factors());
    let has = factors.map(|factor| *factor == Factor::Possession).collect::<BTreeSet<bool>>();
    has.len() == 2
}
