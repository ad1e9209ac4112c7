//! A code in two halves, which reach somebody on two ways: whoever has one of them has nothing (NSIS 3.2.2).

use portner_audit_log::Event;
use portner_authenticators::PaperCode;
use portner_authenticators::invitation::{Invitation, invite};
use portner_directory::Card;
use portner_domain::assurance::{Assessment, within_reach};
use portner_domain::authenticator::{Authenticator, Ceremony, Kind, registered_level};
use portner_domain::help::SecondHalf;
use portner_domain::identity::Standing;
use portner_domain::proofing::{Evidence, newest};
use portner_domain::role::Action;
use portner_domain::{AuthenticatorId, Level, Millis};
use zeroize::Zeroizing;

use super::{NotDone, Warrant};
use crate::standing::Extent;
use crate::{Error, Federation, Visit};

/// How long a code works that somebody is told on the telephone.
pub const CODE_LIFE: Millis = Millis::hours(24);

/// A code that was made, to be handed out.
pub struct HandOver {
    /// Which invitation it is of, and until when it works.
    pub invitation: Invitation,
    /// The two halves.
    pub halves: [Zeroizing<String>; 2],
    /// The work address on record.
    pub email: Option<String>,
    /// What they can reach without the code, with what they still have.
    pub now: Option<Level>,
    /// What they can reach with what they choose with it, and why no more.
    pub after: Assessment,
}

impl Federation {
    /// Somebody who was proofed in person lately gets a code that rests on it: what they bind with it is worth what the
    /// proofing is.
    pub async fn hand_out_code(
        &self,
        warrant: &Warrant,
        visit: &Visit,
    ) -> Result<Result<HandOver, NotDone>, Error> {
        let card = warrant.for_act(Action::Proof)?;
        let (identity, now) = (&card.identity, self.log.now());
        if !identity.is_usable(now) {
            return Ok(Err(NotDone::NotUsable));
        }
        if identity.life.reopened.is_some() {
            return Ok(Err(NotDone::NameOpen));
        }
        let standing = self.standing_of(card).await?;
        let rests_on = newest(&standing.proofings, now).map(|(id, _)| id);
        let in_person =
            |evidence: &Evidence| matches!(evidence, Evidence::InPerson | Evidence::InPersonByTwo);
        let proofing =
            standing.proofings.iter().find(|it| Some(it.id) == rests_on && in_person(&it.evidence));
        let Some(proofing) = proofing else { return Ok(Err(NotDone::ProofingTooOld)) };
        if warrant.officer().mandate.level < proofing.level(now) {
            return Ok(Err(NotDone::OfficerLevel));
        }
        let mut tx = self.act(warrant.officer(), visit).await?;
        let made = invite(&mut tx, &*self.entropy, identity.id, Some(proofing), Millis(u64::MAX)).await?;
        let Ok((invitation, code)) = made else { return Ok(Err(NotDone::ProofingTooOld)) };
        tx.commit().await?;
        let ceremony = invitation.ceremony(&standing.proofings, now);
        Ok(Ok(self.hand_over_of(card, invitation, &code, ceremony).await?))
    }

    /// How the second half reaches them is settled: written down before anybody is shown a half. One that is for another
    /// officer waits for them, sealed.
    pub async fn settle_code(
        &self,
        warrant: &Warrant,
        made: &HandOver,
        (second_half, why): (SecondHalf, &str),
        visit: &Visit,
    ) -> Result<(), Error> {
        let Invitation { id, identity, .. } = made.invitation;
        let [_, second] = &made.halves;
        let mut tx = self.act(warrant.officer(), visit).await?;
        let why = why.to_owned();
        tx.write(Event::CodeHandedOut { identity, invitation: id, second_half, why });
        tx.commit().await?;
        if second_half == SecondHalf::Officer {
            let officer = warrant.officer().mandate.person;
            let half = Zeroizing::new(format!("{officer} {}", **second));
            self.authenticators.leave_half(&made.invitation, &half).await?;
        }
        Ok(())
    }

    /// The second half that waits, shown once, to another officer than the one who has the first.
    pub async fn second_half(
        &self,
        warrant: &Warrant,
        why: &str,
        visit: &Visit,
    ) -> Result<Result<Zeroizing<String>, NotDone>, Error> {
        let identity = warrant.for_act(Action::Proof)?.identity.id;
        let Some((invitation, waiting)) = self.authenticators.half_waiting(identity).await? else {
            return Ok(Err(NotDone::NothingWaits));
        };
        let corrupt = || Error::Corrupt("half of a code".to_owned());
        let (officer, half) = waiting.split_once(' ').ok_or_else(corrupt)?;
        if officer == warrant.officer().mandate.person.to_string() {
            return Ok(Err(NotDone::SameOfficer));
        }
        if !self.authenticators.take_half(identity).await? {
            return Ok(Err(NotDone::NothingWaits));
        }
        let mut tx = self.act(warrant.officer(), visit).await?;
        tx.write(Event::SecondHalfShown { identity, invitation, why: why.to_owned() });
        tx.commit().await?;
        Ok(Ok(Zeroizing::new(half.to_owned())))
    }

    pub(super) async fn hand_over_of(
        &self,
        card: &Card,
        invitation: Invitation,
        code: &PaperCode,
        ceremony: Ceremony,
    ) -> Result<HandOver, Error> {
        let standing = self.standing_of(card).await?;
        // What is proved from now on counts; what was proved up to this moment is over.
        let (rules, from_now_on) = (&self.settings.rules, self.log.now().plus(Millis(1)));
        let reach = |standing: &Standing| within_reach(standing, rules.notified, &rules.limits, from_now_on);
        let reachable = reach(&standing).loa;
        let after = reach(&after_using(standing, invitation, ceremony));
        let (halves, email) = (code.halves(), card.identity.email.clone());
        Ok(HandOver { invitation, halves, email, now: reachable, after })
    }

    pub(super) async fn standing_of(&self, card: &Card) -> Result<Standing, Error> {
        let id = card.identity.id;
        let standing = self.standings.of(id, Extent::Login).await?;
        standing.ok_or_else(|| Error::Corrupt(format!("no standing of {id}")))
    }
}

/// Somebody who has nothing but the password and the app that they chose with their code.
fn after_using(mut standing: Standing, invitation: Invitation, ceremony: Ceremony) -> Standing {
    let chosen = [Kind::Password, Kind::Totp].into_iter().zip(0_u8..).map(|(kind, n)| {
        // None of them is on record yet: any two different identifiers do.
        let mut bytes = invitation.id.0.into_bytes();
        bytes.rotate_right(usize::from(n));
        let id = AuthenticatorId(uuid::Uuid::from_bytes(bytes));
        Authenticator { id, kind, registered: registered_level(kind, ceremony) }
    });
    standing.authenticators = chosen.collect();
    standing
}
