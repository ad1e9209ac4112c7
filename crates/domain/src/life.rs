//! The life of an identity: who may stop it, who may let it go on, and when it is over.
//!
//! Whoever stops an identity has a lock of their own, and nobody lifts another's: an employee who blocked herself is
//! not let in by the payroll's next file, nor one whom the payroll stopped by the support desk (NSIS 3.2.3).

use serde::{Deserialize, Serialize};

use crate::Moment;

/// Where an identity is in its life.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// In use.
    Active,
    /// Stopped for now, by at least one lock; what was begun is over.
    Locked,
    /// The employment is over. What it logged in with is gone.
    Ended,
    /// What was known of it is gone, too; the log still says what happened.
    Erased,
}

impl State {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Active, Self::Locked, Self::Ended, Self::Erased];

    /// The word for it in rows.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Locked => "locked",
            Self::Ended => "ended",
            Self::Erased => "erased",
        }
    }

    /// Is that a step in the life of an identity? Who comes back after the end starts anew with what to log in with.
    pub const fn may_become(self, next: Self) -> bool {
        matches!(
            (self, next),
            (Self::Active, Self::Locked | Self::Ended)
                | (Self::Locked, Self::Active | Self::Ended)
                | (Self::Ended, Self::Active | Self::Erased)
        )
    }
}

impl std::str::FromStr for State {
    type Err = ();

    fn from_str(word: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|state| state.word() == word).ok_or(())
    }
}

/// Whether anything may be said about an identity's level.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Admission {
    /// Somebody with the authority decided that it may have a level.
    Permitted,
    /// Nobody did, or it was taken back.
    #[default]
    Withheld,
    /// It is a robot's: it has no level, and never will.
    Never,
}

impl Admission {
    const ALL: [Self; 3] = [Self::Permitted, Self::Withheld, Self::Never];

    /// The word for it in rows.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Permitted => "permitted",
            Self::Withheld => "withheld",
            Self::Never => "never",
        }
    }

    /// A robot stays one.
    pub const fn may_become(self, next: Self) -> bool {
        matches!((self, next), (Self::Permitted, Self::Withheld) | (Self::Withheld, Self::Permitted))
    }
}

impl std::str::FromStr for Admission {
    type Err = ();

    fn from_str(word: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|admission| admission.word() == word).ok_or(())
    }
}

/// From when and until when an identity may be used. Open where nothing is said.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct Validity {
    /// Not before.
    pub from: Option<Moment>,
    /// No more from then on.
    pub until: Option<Moment>,
}

impl Validity {
    /// May it be used at `now`?
    pub fn holds(self, now: Moment) -> bool {
        self.from.is_none_or(|from| from <= now) && self.until.is_none_or(|until| now < until)
    }
}

/// What besides its state bears on whether an identity may be used, and for what.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct Life {
    /// From when and until when it may be used.
    pub validity: Validity,
    /// Whether it may have a level.
    pub admission: Admission,
    /// Since when what is on record of the person differs from what was proofed. Until somebody made sure, nothing
    /// they bind has a level (NSIS 3.2.4).
    pub reopened: Option<Moment>,
}

impl Life {
    /// One without an end that may have a level.
    pub const PERMITTED: Self = Self {
        validity: Validity { from: None, until: None },
        admission: Admission::Permitted,
        reopened: None,
    };
}

/// A party that may stop an identity.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Locker {
    /// The person.
    Owner,
    /// The support desk.
    Support,
    /// The administration.
    Administrator,
    /// The register of staff that the identity comes from.
    Source,
    /// The population register: death, disappearance, guardianship.
    Register,
}

impl Locker {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::Owner, Self::Support, Self::Administrator, Self::Source, Self::Register];

    /// The word for it in rows.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Support => "support",
            Self::Administrator => "administrator",
            Self::Source => "source",
            Self::Register => "register",
        }
    }
}

impl std::str::FromStr for Locker {
    type Err = ();

    fn from_str(word: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|locker| locker.word() == word).ok_or(())
    }
}

/// A lock on an identity.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Lock {
    /// Whose.
    pub locker: Locker,
    /// Why, in their words.
    pub why: String,
    /// Since when.
    pub at: Moment,
}

/// Who wants to lift a lock, and on what grounds.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Lifter {
    /// The support desk.
    Support,
    /// The administration; with the approval of a second person or not.
    Administrator {
        /// Has a second person approved it?
        approved: bool,
    },
    /// The register of staff.
    Source,
    /// The population register.
    Register,
    /// Whoever runs the machine: for when a register is gone that stopped somebody.
    Operator,
}

/// Why a lock stays.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Stays {
    /// Only whoever set it may lift it.
    #[error("whoever stopped it has to let it go on: {}", .0.word())]
    AnothersLock(Locker),
    /// The person stopped it, and nobody has made sure since that it is them who ask.
    #[error("the person stopped it; proof their identity anew first")]
    ProofingNeeded,
    /// The administration stopped it, and one person alone may not undo that.
    #[error("a second person has to approve it")]
    ApprovalNeeded,
}

/// May this lock be lifted? `proofed` is when the person's identity was last proofed.
pub fn may_lift(lock: &Lock, by: Lifter, proofed: Option<Moment>) -> Result<(), Stays> {
    let allowed = match lock.locker {
        Locker::Owner => {
            let may = matches!(by, Lifter::Support | Lifter::Administrator { .. } | Lifter::Operator);
            if may && proofed.is_none_or(|at| at <= lock.at) {
                return Err(Stays::ProofingNeeded);
            }
            may
        }
        Locker::Support => matches!(by, Lifter::Support | Lifter::Administrator { .. } | Lifter::Operator),
        Locker::Administrator => {
            if by == (Lifter::Administrator { approved: false }) {
                return Err(Stays::ApprovalNeeded);
            }
            matches!(by, Lifter::Administrator { .. } | Lifter::Operator)
        }
        Locker::Source => matches!(by, Lifter::Source | Lifter::Operator),
        Locker::Register => matches!(by, Lifter::Register | Lifter::Operator),
    };
    if allowed { Ok(()) } else { Err(Stays::AnothersLock(lock.locker)) }
}

#[cfg(test)]
mod tests {
    use super::{Admission, Lifter, Lock, Locker, State, Stays, Validity, may_lift};
    use crate::Moment;

    #[test]
    fn a_life_goes_only_the_ways_it_can() {
        let steps: Vec<(State, State)> = State::ALL
            .into_iter()
            .flat_map(|from| State::ALL.map(|to| (from, to)))
            .filter(|(from, to)| from.may_become(*to))
            .collect();
        use State::{Active, Ended, Erased, Locked};
        assert_eq!(
            steps,
            [
                (Active, Locked),
                (Active, Ended),
                (Locked, Active),
                (Locked, Ended),
                (Ended, Active),
                (Ended, Erased)
            ]
        );
    }

    #[test]
    fn a_robot_is_never_permitted_and_nobody_becomes_one() {
        for admission in Admission::ALL {
            assert!(!Admission::Never.may_become(admission) && !admission.may_become(Admission::Never));
        }
        assert!(Admission::Withheld.may_become(Admission::Permitted));
    }

    #[test]
    fn an_identity_is_valid_until_its_end_and_not_at_it() {
        let validity = Validity { from: Some(Moment(10)), until: Some(Moment(20)) };
        assert_eq!([9, 10, 19, 20].map(|at| validity.holds(Moment(at))), [false, true, true, false]);
        assert!(Validity::default().holds(Moment(i64::MIN)));
    }

    #[test]
    fn whoever_locked_decides_who_may_unlock() {
        let lock = |locker| Lock { locker, why: String::new(), at: Moment(100) };
        let lifters = [
            Lifter::Support,
            Lifter::Administrator { approved: false },
            Lifter::Administrator { approved: true },
            Lifter::Source,
            Lifter::Register,
            Lifter::Operator,
        ];
        let allowed = |locker, proofed| lifters.map(|by| may_lift(&lock(locker), by, proofed).is_ok());
        let (before, after) = (Some(Moment(100)), Some(Moment(101)));
        assert_eq!(allowed(Locker::Owner, None), [false; 6]);
        assert_eq!(allowed(Locker::Owner, before), [false; 6]);
        assert_eq!(allowed(Locker::Owner, after), [true, true, true, false, false, true]);
        assert_eq!(allowed(Locker::Support, None), [true, true, true, false, false, true]);
        assert_eq!(allowed(Locker::Administrator, after), [false, false, true, false, false, true]);
        assert_eq!(allowed(Locker::Source, after), [false, false, false, true, false, true]);
        assert_eq!(allowed(Locker::Register, after), [false, false, false, false, true, true]);
        let alone = may_lift(&lock(Locker::Administrator), Lifter::Administrator { approved: false }, after);
        assert_eq!(alone, Err(Stays::ApprovalNeeded));
    }
}
