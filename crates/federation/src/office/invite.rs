//! Inviting somebody who has nothing to log in with yet. An invitation by itself says nothing of who used it: whatever is
//! bound with it has no level until they are proofed.

use portner_authenticators::invitation::{INVITATION_LIFE_MAX, Invitation, invite, open_invitation};
use portner_domain::authenticator::Ceremony;
use portner_domain::role::Action;

use super::code::HandOver;
use super::{NotDone, Obstacle, Warrant};
use crate::{Error, Federation, Visit};

impl Federation {
    /// Make a code for somebody to choose their first login with. An earlier one works no more.
    pub async fn invite_person(
        &self,
        warrant: &Warrant,
        visit: &Visit,
    ) -> Result<Result<HandOver, NotDone>, Error> {
        let card = warrant.for_act(Action::Administer)?;
        let identity = &card.identity;
        if !identity.is_usable(self.log.now()) {
            return Ok(Err(NotDone::NotUsable));
        }
        // An invitation takes the place of whatever somebody has, and nobody has made sure who asks.
        if !self.authenticators.of(identity.id).await?.is_empty() {
            return Ok(Err(NotDone::Administration(Obstacle::HasLogin)));
        }
        let mut tx = self.act(warrant.officer(), visit).await?;
        let made = invite(&mut tx, &*self.entropy, identity.id, None, INVITATION_LIFE_MAX).await?;
        let Ok((invitation, code)) = made else { return Ok(Err(NotDone::ProofingTooOld)) };
        tx.commit().await?;
        Ok(Ok(self.hand_over_of(card, invitation, &code, Ceremony::Unvouched).await?))
    }

    /// The invitation that they have not used, if it still works.
    pub async fn unused_invitation(&self, warrant: &Warrant) -> Result<Option<Invitation>, Error> {
        let Some(card) = warrant.card() else { return Ok(None) };
        Ok(open_invitation(self.log.database(), card.identity.id, self.log.now()).await?)
    }
}
