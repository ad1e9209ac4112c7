//! Any changes on both sides, runs that break off anywhere, answers that are lost: in the end both sides are the same, no
//! call was refused on the way, and nobody was made twice.

use std::collections::BTreeSet;

use portner_domain::Level;
use proptest::prelude::{Strategy, any, prop_oneof};
use proptest::{collection, prop_assert, prop_assert_eq, proptest};

use super::world::{World, cpr, right, rules, user};
use crate::plan::{Desired, Model, Observed, Rules, State, Wanted};
use crate::wire::Doubt;

const USERS: usize = 4;

/// Something that happens.
#[derive(Clone, Debug)]
enum Happens {
    /// Here: somebody is to be in another state.
    Wanted(usize, u8),
    /// … or is changed in one respect.
    Changed(usize, u8, u8),
    /// … or their rights are.
    Rights(usize, BTreeSet<u128>),
    /// There: somebody logs in for the first time.
    LogsIn(usize),
    /// There: an administrator does something.
    Portal(usize, u8, u8),
    /// A run, which breaks off after so many steps of each plan; the answer to the last is lost.
    Run(Option<usize>),
}

fn here() -> impl Strategy<Value = Happens> {
    prop_oneof![
        (0..USERS, 0..6_u8).prop_map(|(who, what)| Happens::Wanted(who, what)),
        (0..USERS, 0..7_u8, any::<u8>()).prop_map(|(who, what, to)| Happens::Changed(who, what, to)),
        (0..USERS, collection::btree_set(0..6_u128, 0..4)).prop_map(|(who, them)| Happens::Rights(who, them)),
        (0..USERS).prop_map(Happens::LogsIn),
        (0..4_usize).prop_map(|first| Happens::Run(Some(first))),
        any::<bool>().prop_map(|_| Happens::Run(None)),
    ]
}

fn anywhere() -> impl Strategy<Value = Happens> {
    let portal = (0..USERS, 0..8_u8, any::<u8>()).prop_map(|(who, what, to)| Happens::Portal(who, what, to));
    prop_oneof![3 => here(), 1 => portal]
}

/// Both sides.
struct Both {
    ours: Vec<Desired>,
    world: World,
    rules: Rules,
}

impl Both {
    fn new() -> Self {
        let mut ours: Vec<_> = (0..USERS).map(|n| user(u32::try_from(n).unwrap())).collect();
        // The last two are identities of one person, who has one e-mail address.
        ours[3].person = ours[2].person.clone();
        ours[1].model = Model::LightWithLocalIdp;
        ours[0].model = Model::Light;
        Self { ours, world: World::default(), rules: rules() }
    }

    fn happens(&mut self, what: &Happens) {
        match what {
            Happens::Wanted(who, to) => {
                self.ours[*who].wanted = match to {
                    0 => Wanted::Gone,
                    1 | 2 => Wanted::Suspended,
                    _ => Wanted::Active,
                };
            }
            Happens::Changed(who, what, to) => change(&mut self.ours[*who], *who, *what, *to),
            Happens::Rights(who, them) => {
                self.ours[*who].rights = Some(them.iter().map(|n| right(*n)).collect())
            }
            Happens::LogsIn(who) => {
                if let Some(row) = self.theirs(*who).filter(|row| row.state == State::Pending) {
                    row.state = State::Active;
                }
            }
            Happens::Portal(who, what, to) => {
                let private = self.world.private();
                if let Some(row) = self.theirs(*who).filter(|row| row.state != State::Gone) {
                    portal(row, *what, *to, private);
                }
            }
            Happens::Run(first) => drop(self.run(*first)),
        }
    }

    fn theirs(&mut self, who: usize) -> Option<&mut Observed> {
        self.world.rows.get_mut(&self.ours[who].bond.employee()?)
    }

    /// Plans for everybody, then does it; returns how many steps there were.
    fn run(&mut self, first: Option<usize>) -> usize {
        let mut steps = 0;
        self.rules.reading.0 += 1;
        for n in 0..self.ours.len() {
            let mut user = self.ours[n].clone();
            self.world.meet(&mut user, &self.rules);
            let plan = self.world.plan(&user, &self.ours, &self.rules);
            assert!(
                user.wanted != Wanted::Active
                    || plan.steps.iter().all(|it| it.step != crate::plan::Step::Suspend)
            );
            steps += plan.steps.len();
            self.world.carry_out(&plan, &mut user, first, &self.rules);
            self.ours[n] = user;
        }
        steps
    }

    /// How many over there have the NameID of one of ours.
    fn named(&self, user: &Desired) -> usize {
        let name = user.local_name();
        let named =
            |row: &&Observed| row.authenticators.as_ref().and_then(|held| held.local.as_deref()) == name;
        self.world.rows.values().filter(|row| row.state != State::Gone).filter(named).count()
    }
}

/// What may change here.
fn change(user: &mut Desired, who: usize, what: u8, to: u8) {
    match what {
        0 => user.person.surname = format!("Hansen {}", to % 4),
        1 => user.person.email = Some(format!("u{who}-{}@example.dk", to % 3)),
        2 => user.person.cpr = Some(cpr(100 + u32::from(to % 3) + u32::try_from(who).unwrap() * 10)),
        3 => user.subject_name_id = Some(format!("u{who}-{}@12345678", to % 3)),
        4 => user.may.sign = to.is_multiple_of(2),
        5 => user.may.use_private_mitid = to.is_multiple_of(2),
        6 if who > 1 => {
            user.model = Model::Full { level: Level::Substantial, qualified: to.is_multiple_of(2) }
        }
        _ => {}
    }
}

fn portal(row: &mut Observed, what: u8, to: u8, private: crate::plan::PrivateMitId) {
    let rights = row.rights.as_mut().unwrap();
    match what {
        0 => row.state = State::Suspended,
        1 => row.state = State::Active,
        2 => row.state = State::Gone,
        3 => row.surname = Some(format!("Nielsen {}", to % 4)),
        4 => row.email = Some(format!("portal{}@example.dk", to % 4)),
        5 => row.may_sign = Some(to.is_multiple_of(2)),
        6 => {
            row.authenticators.as_mut().unwrap().private_mitid = (to.is_multiple_of(2)).then_some(private);
        }
        _ => {
            let right = right(u128::from(to % 6));
            if !rights.remove(&right) {
                rights.insert(right);
            }
        }
    }
}

/// Is the one over there as ours is to be?
fn same(user: &Desired, row: Option<&Observed>, rules: &Rules) -> Result<(), String> {
    let row = row.filter(|row| row.state != State::Gone);
    let differs = |what: &str| Err(format!("{what}: {user:?} {row:?}"));
    let Some(row) = row else {
        return if user.wanted == Wanted::Active { differs("nobody") } else { Ok(()) };
    };
    match user.wanted {
        Wanted::Gone => return differs("there"),
        Wanted::Suspended if row.state == State::Suspended => return Ok(()),
        Wanted::Active if row.state.is_alive() => {}
        _ => return differs("state"),
    }
    let (person, held) = (&user.person, row.authenticators.clone().unwrap_or_default());
    let assignable = |right: &&crate::plan::Right| rules.catalogue.contains(&right.role);
    let wanted: BTreeSet<_> = user.rights.iter().flatten().filter(assignable).cloned().collect();
    let compared = [
        (row.name() == Some((person.given_name.trim(), person.surname.trim())), "name"),
        (row.email.as_deref().map(str::trim) == person.email.as_deref().map(str::trim), "e-mail"),
        (row.cpr == person.cpr, "number"),
        (held.local.as_deref() == user.local_name(), "local name"),
        (held.private_mitid.is_some() == user.wants_private_mitid(&rules.quirks), "private MitID"),
        (row.may_sign == Some(user.may.sign), "signing"),
        (row.rights.as_ref() == Some(&wanted), "rights"),
    ];
    compared.into_iter().find(|(is_same, _)| !is_same).map_or(Ok(()), |(_, what)| differs(what))
}

proptest! {
    #[test]
    fn what_changes_here_arrives_there_however_runs_break_off(
        all in collection::vec(here(), 0..40),
    ) {
        let mut both = Both::new();
        for what in &all {
            both.happens(what);
        }
        // One run may tie what was made before, and the next say what changed since.
        both.run(None);
        both.run(None);
        for user in &both.ours {
            let row = user.bond.employee().and_then(|it| both.world.rows.get(&it));
            prop_assert_eq!(same(user, row, &both.rules), Ok(()));
            prop_assert!(user.local_name().is_none() || both.named(user) <= 1);
        }
        let there = both.world.rows.values().filter(|row| row.state != State::Gone).count();
        let tied = both.ours.iter().filter(|user| user.bond.employee().is_some()).count();
        prop_assert_eq!(there, tied, "nobody was made twice, or left behind");
        prop_assert_eq!(both.run(None), 0, "nothing is left to do");
    }

    #[test]
    fn whatever_is_done_over_there_a_run_comes_to_rest_and_nobody_is_made_twice(
        all in collection::vec(anywhere(), 0..40),
        doubts in collection::btree_set(
            prop_oneof![
                any::<bool>().prop_map(|_| Doubt::RightsPending),
                any::<bool>().prop_map(|_| Doubt::ChangePending),
                any::<bool>().prop_map(|_| Doubt::RightsSuspended),
                any::<bool>().prop_map(|_| Doubt::ChangeSuspended),
                any::<bool>().prop_map(|_| Doubt::SuspendPending),
                any::<bool>().prop_map(|_| Doubt::DeletePending),
                any::<bool>().prop_map(|_| Doubt::SigningSuspended),
                any::<bool>().prop_map(|_| Doubt::RevokeUnlessActive),
            ],
            0..4,
        ),
    ) {
        let mut both = Both::new();
        both.rules.quirks.doubts = doubts;
        for what in &all {
            both.happens(what);
        }
        both.run(None);
        both.run(None);
        prop_assert_eq!(both.run(None), 0);
        for user in &both.ours {
            prop_assert!(user.local_name().is_none() || both.named(user) <= 1);
            let row = user.bond.employee().and_then(|it| both.world.rows.get(&it));
            let may_stay = row.is_none_or(|row| !row.state.is_alive()) || !both.rules.quirks.doubts.is_empty();
            prop_assert!(user.wanted == Wanted::Active || may_stay, "who may not be used is not in use");
        }
    }
}
