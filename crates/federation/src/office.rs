//! Officers at work: who may do what to whom, decided at one place for every page and for every act behind it.
//!
//! An act takes a [`Warrant`], and only [`Federation::warrant`] makes one, and the page where officers begin for what it
//! lists. It is read anew for every request: a role that was taken away, a session that was ended and a level that has
//! grown old are gone at once.

mod code;
mod cpr;
mod desk;
mod desktop;
mod files;
mod health;
mod help;
mod invite;
mod letters;
mod life;
mod log;
mod networks;
mod organisation;
mod people;
mod proof;
mod proposals;
mod providing;
mod register;
mod rights;
mod roles;
mod second;
mod service_providers;
mod terms;
mod trial;

pub use code::{CODE_LIFE, HandOver};
pub use cpr::LOOK_UPS;
pub use desk::NotDone;
pub use desktop::Desktop;
pub use files::{LOG_FILE_EVENTS_MAX, LogFile};
pub use health::{Alarm, Health};
pub use help::{CallerAnswers, NOTE_CHARS_MAX};
pub use letters::{LetterChanges, WordedLetter};
pub use life::{Lifted, Obstacle, end_identity};
pub use log::{LogSought, Read};
pub use organisation::{InNumbers, Places};
pub use people::{Seen, Waits};
pub use proof::{Alone, MeetingNotes, NotProofed, Recorded};
pub use proposals::{Asking, Decision};
pub use providing::{
    Doubt, Drafted, Kept, METADATA_TYPED_BYTES_MAX, MetadataSeen, NewProvider, NotBrought, PolicySeen,
};
pub use register::{Details, Newcomer, NotRegistered};
pub use second::AtSecond;
pub use service_providers::{Provider, Providing};
pub use trial::Trial;

use portner_audit_log::{Actor, Tx};
use portner_directory::{Card, Refusal as DirectoryRefusal};
use portner_domain::IdentityId;
use portner_domain::authenticator::Proof;
use portner_domain::identity::Standing;
use portner_domain::role::{Action, Denied, Mandate, OFFICE_LEVEL, Target, office_level};
use portner_domain::unit::Unit;

use crate::{Error, Federation, Me, Visit};

/// Somebody who holds roles, in a session.
#[derive(Clone, Debug)]
pub struct Officer {
    /// Who.
    pub me: Me,
    /// What they may do.
    pub mandate: Mandate,
}

/// An officer who may do one thing now, to one person if it is done to somebody.
#[derive(Clone, Debug)]
pub struct Warrant {
    officer: Officer,
    action: Action,
    card: Option<Box<Card>>,
}

/// Why somebody may not.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum NotInOffice {
    /// Nobody is logged in.
    LoggedOut,
    /// They hold no role at all.
    NoOfficer,
    /// They would have to prove more in this session, and could.
    StepUp,
    /// They may not do that.
    Denied(Denied),
    /// There is nobody of that identifier.
    NoSuchPerson,
}

impl Warrant {
    /// Who acts.
    pub const fn officer(&self) -> &Officer {
        &self.officer
    }

    /// What they may do.
    pub const fn action(&self) -> Action {
        self.action
    }

    /// All that is known of whom it is done to.
    pub fn card(&self) -> Option<&Card> {
        self.card.as_deref()
    }

    /// The same for an act that is done to nobody in particular.
    pub(crate) fn for_any(&self, action: Action) -> Result<(), Error> {
        let wrong = || Error::Corrupt(format!("a warrant for {:?} used for {action:?}", self.action));
        (self.action == action).then_some(()).ok_or_else(wrong)
    }

    /// The same for what may be read by whoever may change it, too.
    pub(crate) fn for_either(&self, one: Action, other: Action) -> Result<(), Error> {
        if self.action == other { Ok(()) } else { self.for_any(one) }
    }

    /// To whom, for an act that this warrant is for. Anything else is a mistake of ours and is not done.
    pub(crate) fn for_act(&self, action: Action) -> Result<&Card, Error> {
        let wrong = || Error::Corrupt(format!("a warrant for {:?} used for {action:?}", self.action));
        self.card.as_deref().filter(|_| self.action == action).ok_or_else(wrong)
    }
}

impl Federation {
    /// Whoever is logged in here, if they hold any role now. Who could be recognised better has to be, first; who can't is
    /// let in, to read why they may do nothing.
    pub async fn officer(&self, visit: &Visit) -> Result<Result<Officer, NotInOffice>, Error> {
        let Some(me) = self.me(visit).await? else { return Ok(Err(NotInOffice::LoggedOut)) };
        let now = self.log.now();
        let identity = &me.standing.identity;
        let grants = portner_directory::grants_of(self.log.database(), identity.id).await?;
        let level = office_level(&me.standing, &me.session.proofs, &self.settings.rules.limits, now);
        let mandate = Mandate { identity: identity.id, person: identity.person, grants, level };
        if mandate.roles(now).next().is_none() {
            return Ok(Err(NotInOffice::NoOfficer));
        }
        if level < Some(OFFICE_LEVEL) && self.could_reach_office(&me.standing) {
            return Ok(Err(NotInOffice::StepUp));
        }
        Ok(Ok(Officer { me, mandate }))
    }

    /// May whoever is logged in here do this now, and to this person?
    pub async fn warrant(
        &self,
        visit: &Visit,
        action: Action,
        to: Option<IdentityId>,
    ) -> Result<Result<Warrant, NotInOffice>, Error> {
        let officer = match self.officer(visit).await? {
            Ok(officer) => officer,
            Err(not) => return Ok(Err(not)),
        };
        let now = self.log.now();
        // Whether they may at all comes first: whoever may not learns nothing about whom.
        if let Err(denied) = officer.mandate.may(action, now) {
            return Ok(Err(NotInOffice::Denied(denied)));
        }
        let Some(to) = to else { return Ok(Ok(Warrant { officer, action, card: None })) };
        let database = self.log.database();
        let Some(card) = portner_directory::card(database, to).await? else {
            return Ok(Err(NotInOffice::NoSuchPerson));
        };
        let person = card.identity.person;
        let is_officer = portner_directory::is_officer(database, person, now).await?;
        let target = Target { identity: to, person, unit: card.about.unit.clone(), is_officer };
        if let Err(denied) = officer.mandate.may_to(action, &target, now) {
            return Ok(Err(NotInOffice::Denied(denied)));
        }
        Ok(Ok(Warrant { officer, action, card: Some(Box::new(card)) }))
    }

    /// Would they be recognised well enough with everything they have?
    fn could_reach_office(&self, standing: &Standing) -> bool {
        let now = self.log.now();
        let all: Vec<Proof> = standing
            .authenticators
            .iter()
            .map(|has| Proof { authenticator: has.id, kind: has.kind, at: now })
            .collect();
        office_level(standing, &all, &self.settings.rules.limits, now) >= Some(OFFICE_LEVEL)
    }

    /// The parts of the organisation in which an officer may do something; an absent one is all of it.
    pub fn units_for(&self, officer: &Officer, action: Action) -> Vec<Option<Unit>> {
        officer.mandate.units_for(action, self.log.now())
    }

    pub(crate) async fn act(&self, officer: &Officer, visit: &Visit) -> Result<Tx, Error> {
        Ok(self.log_of(visit).begin(Actor::Identity(officer.mandate.identity)).await?)
    }
}

/// Make it happen, or not, as the directory says.
pub(crate) async fn settled<T>(
    tx: Tx,
    done: Result<T, DirectoryRefusal>,
) -> Result<Result<T, NotDone>, Error> {
    match done {
        Ok(done) => {
            tx.commit().await?;
            Ok(Ok(done))
        }
        Err(refusal) => Ok(Err(NotDone::Directory(refusal))),
    }
}
