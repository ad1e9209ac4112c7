//! A logout in progress: one value, advanced by one function.
//!
//! Our own session has ended before there is a [`Logout`]. What is left is to take the browser to each service
//! provider that was told, one after the other, and to remember what became of it. Whoever fails, or keeps the
//! browser, does not keep the others from being told: [`Logout::step`] goes on from anywhere.

use serde::{Deserialize, Serialize};

use crate::session::{Participant, SentName, SessionName};
use crate::{IdentityId, Millis, Moment, ServiceProviderId};

/// How long a logout may take, and how long a late answer is still noted. Longer than a request is fresh: the
/// request that began it can't begin another.
pub const LOGOUT_LIFE: Millis = Millis::minutes(20);

/// A logout in progress.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Logout {
    /// Whose; nobody's if there was no session any more.
    pub identity: Option<IdentityId>,
    /// Who began it.
    pub begun_by: Initiator,
    /// When.
    pub started: Moment,
    /// The service provider that waits to hear how it ended.
    pub owed: Option<Owed>,
    /// Who else was told, in the order in which they are asked.
    pub hops: Vec<Hop>,
}

/// Who began a logout.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Initiator {
    /// The person, on our own page.
    Owner,
    /// An administrator, who ended the sessions; the person only goes on with it.
    Administrator,
    /// A service provider, by a request.
    ServiceProvider(ServiceProviderId),
}

/// The answer that a service provider waits for.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Owed {
    /// Who waits.
    pub service_provider: ServiceProviderId,
    /// The request that it answers.
    pub request_id: String,
    /// To be sent back as it came.
    pub relay_state: Option<String>,
}

/// One service provider to be asked.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Hop {
    /// Which.
    pub service_provider: ServiceProviderId,
    /// What it calls the person.
    pub name: SentName,
    /// The sessions in which it was told so.
    pub sessions: Vec<SessionName>,
    /// The last request to it.
    pub request: Option<String>,
    /// What became of it.
    pub fate: Fate,
    /// How often the person asked for one more attempt.
    pub retries: u32,
}

/// What became of asking one service provider.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(tag = "fate", rename_all = "kebab-case")]
pub enum Fate {
    /// It can't be asked: it takes no logout requests, or is switched off here.
    NotAsked,
    /// Its turn has not come.
    Waiting,
    /// The browser was sent there.
    Asked,
    /// It says that the person is logged out.
    LoggedOut,
    /// It says that the person is not.
    Failed {
        /// In its own words: the status codes.
        status: String,
    },
    /// The browser came back without an answer.
    NoAnswer,
    /// The browser could not go there.
    NotReached,
}

impl Fate {
    /// A stable word for it.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::NotAsked => "not-asked",
            Self::Waiting => "waiting",
            Self::Asked => "asked",
            Self::LoggedOut => "logged-out",
            Self::Failed { .. } => "failed",
            Self::NoAnswer => "no-answer",
            Self::NotReached => "not-reached",
        }
    }
}

/// Something that happens in a logout.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Event {
    /// The browser is sent to a service provider, with a request.
    Asked {
        /// Which hop.
        hop: usize,
        /// The request's ID.
        request: String,
    },
    /// A service provider answered a request.
    Answered {
        /// The request's ID.
        request: String,
        /// That the person is logged out, or what it says instead.
        said: Result<(), String>,
    },
    /// The browser can't go to a service provider, or the person will not.
    Skipped {
        /// Which hop.
        hop: usize,
    },
    /// The browser is back, and nobody sent it.
    CameBack,
    /// The person wants a service provider to be asked once more.
    AskedAgain {
        /// Which hop.
        hop: usize,
    },
    /// The service provider that began it is told how it ended.
    Told,
}

/// An event that does not belong where the logout is: old, from a second tab, or made up. Nothing changes.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("the logout is not where this would be its next step")]
pub struct OutOfStep;

/// How a logout ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Ending {
    /// Everybody who was told says that the person is logged out.
    Everywhere,
    /// The person is logged out here, but perhaps not everywhere.
    Here,
}

impl Hop {
    /// A participant of a session that has ended.
    pub fn of(participant: Participant, session: SessionName, fate: Fate) -> Self {
        let Participant { service_provider, name, .. } = participant;
        Self { service_provider, name, sessions: vec![session], request: None, fate, retries: 0 }
    }

    fn may_be_retried(&self) -> bool {
        matches!(self.fate, Fate::Failed { .. } | Fate::NoAnswer | Fate::NotReached)
    }

    fn may_answer(&self, request: &str) -> bool {
        let expected = matches!(self.fate, Fate::Asked | Fate::NoAnswer | Fate::NotReached);
        expected && self.request.as_deref() == Some(request)
    }
}

impl Logout {
    /// What becomes of it.
    pub fn step(&self, event: Event) -> Result<Self, OutOfStep> {
        let mut next = self.clone();
        match event {
            Event::Asked { hop, request } => {
                let hop = next.hop_that(hop, |hop| hop.fate == Fate::Waiting)?;
                (hop.fate, hop.request) = (Fate::Asked, Some(request));
            }
            Event::Answered { request, said } => {
                let hop = next.hops.iter_mut().find(|hop| hop.may_answer(&request)).ok_or(OutOfStep)?;
                hop.fate = said.map_or_else(|status| Fate::Failed { status }, |()| Fate::LoggedOut);
            }
            Event::Skipped { hop } => {
                let open = |hop: &Hop| matches!(hop.fate, Fate::Waiting | Fate::Asked);
                next.hop_that(hop, open)?.fate = Fate::NotReached;
            }
            Event::CameBack => {
                next.hop_that(self.asked().ok_or(OutOfStep)?, |_| true)?.fate = Fate::NoAnswer;
            }
            Event::AskedAgain { hop } => {
                let hop = next.hop_that(hop, Hop::may_be_retried)?;
                (hop.fate, hop.retries) = (Fate::Waiting, hop.retries.saturating_add(1));
            }
            Event::Told => drop(next.owed.take().ok_or(OutOfStep)?),
        }
        Ok(next)
    }

    /// Whose turn it is, by position.
    pub fn next(&self) -> Option<usize> {
        self.hops.iter().position(|hop| hop.fate == Fate::Waiting)
    }

    /// Who was asked and has not answered, by position.
    pub fn asked(&self) -> Option<usize> {
        self.hops.iter().position(|hop| hop.fate == Fate::Asked)
    }

    /// Is nothing left to be done with it?
    pub fn is_over(&self) -> bool {
        self.owed.is_none() && self.next().is_none() && self.asked().is_none()
    }

    /// May the person have this one asked once more?
    pub fn may_retry(&self, hop: usize) -> bool {
        self.hops.get(hop).is_some_and(Hop::may_be_retried)
    }

    /// How it ended, or would if it ended now. Where nobody could be asked, nobody knows.
    pub fn ending(&self) -> Ending {
        let everywhere = self.hops.iter().all(|hop| hop.fate == Fate::LoggedOut);
        if everywhere { Ending::Everywhere } else { Ending::Here }
    }

    fn hop_that(&mut self, hop: usize, is: impl Fn(&Hop) -> bool) -> Result<&mut Hop, OutOfStep> {
        self.hops.get_mut(hop).filter(|hop| is(hop)).ok_or(OutOfStep)
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::{Ending, Event, Fate, Hop, Initiator, Logout, OutOfStep, Owed};
    use crate::session::{Participant, SentName, SessionName};
    use crate::{Moment, ServiceProviderId};

    fn sp(n: u128) -> ServiceProviderId {
        ServiceProviderId(Uuid::from_u128(n))
    }

    fn hop(n: u128, fate: Fate) -> Hop {
        let name = SentName { value: format!("name at {n}"), format: "persistent".to_owned() };
        let participant = Participant { service_provider: sp(n), name, at: Moment(0) };
        Hop::of(participant, SessionName::from_bytes([1; 16]), fate)
    }

    fn of(hops: Vec<Hop>) -> Logout {
        let (identity, owed) = (None, None);
        Logout { identity, begun_by: Initiator::Owner, started: Moment(0), owed, hops }
    }

    fn asked(hop: usize) -> Event {
        Event::Asked { hop, request: format!("_{hop}") }
    }

    fn answered(hop: usize, said: Result<(), &str>) -> Event {
        Event::Answered { request: format!("_{hop}"), said: said.map_err(str::to_owned) }
    }

    fn walk(logout: &Logout, events: &[Event]) -> Logout {
        events.iter().fold(logout.clone(), |logout, event| logout.step(event.clone()).unwrap())
    }

    #[test]
    fn each_is_asked_in_turn_and_when_all_say_so_it_is_everywhere() {
        let logout = of(vec![hop(1, Fate::Waiting), hop(2, Fate::Waiting)]);
        assert_eq!(logout.next(), Some(0));
        let logout = walk(&logout, &[asked(0), answered(0, Ok(()))]);
        assert_eq!((logout.next(), logout.ending()), (Some(1), Ending::Here));
        let logout = walk(&logout, &[asked(1), answered(1, Ok(()))]);
        assert!(logout.is_over());
        assert_eq!(logout.ending(), Ending::Everywhere);
        assert_eq!(of(vec![]).ending(), Ending::Everywhere, "nobody was told");
    }

    #[test]
    fn whoever_fails_does_not_stop_the_others() {
        let check = |events: &[Event], fate: Fate| {
            let logout = walk(&of(vec![hop(1, Fate::Waiting), hop(2, Fate::Waiting)]), events);
            assert_eq!((&logout.hops[0].fate, logout.next()), (&fate, Some(1)), "{events:?}");
            let logout = walk(&logout, &[asked(1), answered(1, Ok(()))]);
            assert_eq!((logout.is_over(), logout.ending()), (true, Ending::Here), "{events:?}");
        };
        check(&[Event::Skipped { hop: 0 }], Fate::NotReached);
        check(&[asked(0), Event::Skipped { hop: 0 }], Fate::NotReached);
        check(&[asked(0), Event::CameBack], Fate::NoAnswer);
        check(&[asked(0), answered(0, Err("Responder"))], Fate::Failed { status: "Responder".to_owned() });
        let silent = of(vec![hop(1, Fate::NotAsked)]);
        assert_eq!((silent.next(), silent.is_over(), silent.ending()), (None, true, Ending::Here));
    }

    #[test]
    fn what_is_out_of_step_changes_nothing() {
        let check = |before: &[Event], event: Event| {
            let logout = walk(&of(vec![hop(1, Fate::Waiting), hop(2, Fate::NotAsked)]), before);
            assert_eq!(logout.step(event.clone()), Err(OutOfStep), "{before:?}, then {event:?}");
        };
        let done = [asked(0), answered(0, Ok(()))];
        check(&[], answered(0, Ok(())));
        check(&[asked(0)], answered(1, Ok(())));
        check(&[asked(0)], asked(0));
        check(&done, asked(0));
        check(&done, answered(0, Err("Responder")));
        check(&done, Event::Skipped { hop: 0 });
        check(&done, Event::CameBack);
        check(&done, Event::AskedAgain { hop: 0 });
        check(&[asked(0)], Event::AskedAgain { hop: 0 });
        for hop in [1, 2, usize::MAX] {
            check(&[], asked(hop));
            check(&[], Event::Skipped { hop });
            check(&[], Event::AskedAgain { hop });
        }
        check(&[], Event::CameBack);
        check(&[], Event::Told);
    }

    #[test]
    fn a_late_answer_counts_and_a_retry_waits_for_its_own() {
        let logout = of(vec![hop(1, Fate::Waiting)]);
        let late = walk(&logout, &[asked(0), Event::CameBack, answered(0, Ok(()))]);
        assert_eq!(late.ending(), Ending::Everywhere);
        let again = walk(&logout, &[asked(0), Event::CameBack, Event::AskedAgain { hop: 0 }]);
        assert_eq!((again.next(), again.hops[0].retries), (Some(0), 1));
        let second = Event::Asked { hop: 0, request: "_second".to_owned() };
        let again = walk(&again, &[second]);
        assert_eq!(again.step(answered(0, Ok(()))), Err(OutOfStep), "the first request was given up");
    }

    #[test]
    fn the_one_who_began_it_is_told_once() {
        let owed = Owed { service_provider: sp(9), request_id: "_r".to_owned(), relay_state: None };
        let logout = Logout { owed: Some(owed), ..of(vec![]) };
        assert!(!logout.is_over());
        let told = walk(&logout, &[Event::Told]);
        assert!(told.is_over());
        assert_eq!(told.step(Event::Told), Err(OutOfStep));
    }
}
