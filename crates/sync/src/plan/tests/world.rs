//! The other side in memory, with its own idea of what is allowed, and what of ours is tied to it.

use std::collections::{BTreeMap, BTreeSet};

use portner_domain::cpr::Cpr;
use portner_domain::{IdentityId, Level, Moment};
use uuid::Uuid;

use crate::plan::{
    Agreed, Around, Authenticates, Bond, Desired, IdentityPlan, May, Model, Observed, Other, Person,
    PrivateMitId, Right, Rules, State, Step, Version, Wanted, bodies, needs_others, plan,
};
use crate::wire::{AuthenticatorUuid, EmployeeUuid, RoleUuid};

pub fn role(n: u128) -> RoleUuid {
    RoleUuid(Uuid::from_u128(0x0e00 + n))
}

pub fn employee(n: u128) -> EmployeeUuid {
    EmployeeUuid(Uuid::from_u128(n))
}

pub fn right(n: u128) -> Right {
    let scope = &"cvr:12345678".parse::<portner_domain::right::Scope>().unwrap();
    Right { role: role(n), scope: scope.into() }
}

/// Roles 0 to 3 may be assigned.
pub fn rules() -> Rules {
    Rules {
        catalogue: (0..4).map(role).collect(),
        reading: Version(1),
        listed_at: Some(Moment(0)),
        ..Rules::default()
    }
}

pub fn cpr(n: u32) -> Cpr {
    format!("010170{:04}", 1_000 + n % 9_000).parse().unwrap()
}

/// A user here who is tied to nobody there.
pub fn user(n: u32) -> Desired {
    Desired {
        identity: IdentityId(Uuid::from_u128(u128::from(n))),
        bond: Bond::None,
        wanted: Wanted::Active,
        model: Model::Full { level: Level::Substantial, qualified: false },
        person: Person {
            given_name: " Anders Bo ".to_owned(),
            surname: format!("Jensen {n}"),
            email: Some(format!("u{n}@example.dk ")),
            cpr: Some(cpr(n)),
        },
        subject_name_id: Some(format!("u{n:05}@12345678")),
        may: May::default(),
        invoice_method: None,
        rights: Some(BTreeSet::new()),
    }
}

/// What has been said of a user if it was all of it.
pub fn agreed(user: &Desired) -> Agreed {
    let rules = rules();
    let mut agreed = Agreed::default();
    agreed.said(&Step::Create, user, &rules.quirks);
    agreed.may.sign = user.may.sign;
    agreed.rights = user.rights.clone().unwrap_or_default();
    agreed
}

/// The same user, tied to one there who is as was said.
pub fn tied(mut user: Desired) -> (Desired, Observed) {
    let mut world = World::default();
    let there = world.create(&user);
    user.bond = Bond::With { employee: there, agreed: Box::new(agreed(&user)) };
    let row = world.rows.get_mut(&there).unwrap();
    row.may_sign = Some(user.may.sign);
    row.rights.clone_from(&user.rights);
    row.state = State::Active;
    let observed = row.clone();
    (user, observed)
}

/// The other side.
#[derive(Clone, Debug, Default)]
pub struct World {
    pub rows: BTreeMap<EmployeeUuid, Observed>,
    pub made: u128,
}

impl World {
    /// What it makes of the body that is sent.
    pub fn create(&mut self, user: &Desired) -> EmployeeUuid {
        let body = bodies::create(user, &rules().quirks).unwrap();
        let (who, with) = (body.identity_profile, body.identity_authenticators);
        let asks = |kind| with.authenticator_types.contains(&kind);
        let local = with.subject_name_id.clone().filter(|_| asks(crate::wire::Asked::LocalIdentityProvider));
        self.assert_free(local.as_deref(), None);
        self.made += 1;
        let private = asks(crate::wire::Asked::PrivateNemIdMitId).then(|| self.private());
        // Any order but that in which they were made.
        let employee = employee(self.made.wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835));
        let row = Observed {
            employee,
            version: Version(1),
            state: State::Pending,
            given_name: Some(who.given_name),
            surname: Some(who.surname),
            email: Some(who.email_address),
            rid: None,
            cpr: Some(who.cpr_number),
            authenticators: Some(Authenticates { local, private_mitid: private }),
            may_sign: Some(false),
            is_pseudonymous: Some(who.pseudonym),
            rights: Some(BTreeSet::new()),
        };
        self.rows.insert(employee, row);
        employee
    }

    pub fn private(&self) -> PrivateMitId {
        PrivateMitId { authenticator: Some(AuthenticatorUuid(Uuid::from_u128(0xab + self.made))) }
    }

    /// Nobody there has the name of another, suspended or not.
    fn assert_free(&self, name: Option<&str>, but: Option<EmployeeUuid>) {
        let Some(name) = name else { return };
        let holders = self.rows.values().filter(|it| it.state != State::Gone && Some(it.employee) != but);
        let mut names = holders.filter_map(|it| it.authenticators.as_ref()?.local.as_deref());
        assert!(!names.any(|held| held.eq_ignore_ascii_case(name)), "409: {name} is taken");
    }

    /// Does a step as the other side would: what is not allowed there fails the test. Returns whom it made.
    pub fn does(&mut self, step: &Step, user: &Desired, on: Option<EmployeeUuid>) -> Option<EmployeeUuid> {
        if *step == Step::Create {
            return Some(self.create(user));
        }
        let on = on.unwrap();
        if *step == Step::SetLocalName {
            self.assert_free(user.local_name(), Some(on));
        }
        let private = self.private();
        let row = self.rows.get_mut(&on).unwrap();
        // 9.2, cell by cell.
        let states: &[State] = match step {
            Step::Suspend => &[State::Pending, State::Active],
            Step::Reactivate => &[State::Suspended],
            Step::DescribeDraft | Step::OrderActivation => &[State::Draft],
            Step::Delete => &[State::Draft, State::Pending, State::Active, State::Suspended],
            Step::Forget => &[State::Gone],
            _ => &[State::Pending, State::Active, State::Suspended],
        };
        assert!(states.contains(&row.state), "409: {step:?} while {:?}", row.state);
        let held = row.authenticators.as_mut().unwrap();
        let rights = row.rights.as_mut().unwrap();
        match step {
            Step::Suspend => row.state = State::Suspended,
            Step::Reactivate => row.state = State::Active,
            Step::Delete => row.state = State::Gone,
            Step::OrderActivation => row.state = State::Pending,
            Step::ChangeProfile | Step::DescribeDraft => {
                let said = bodies::profile(user, &rules().quirks).unwrap().changed;
                (row.given_name, row.surname) = (Some(said.given_name), Some(said.surname));
                (row.email, row.cpr) = (Some(said.email_address), Some(said.cpr_number));
            }
            Step::ChangeEmail => row.email.clone_from(&user.person.email),
            Step::SetLocalName => held.local = user.local_name().map(str::to_owned),
            Step::AllowPrivateMitId => {
                assert!(held.private_mitid.replace(private).is_none(), "it is there");
            }
            Step::RevokePrivateMitId { authenticator } => {
                let revoked = held.private_mitid.take().and_then(|it| it.authenticator);
                assert_eq!(revoked, Some(*authenticator));
            }
            Step::AllowSigning { allowed } => assert_ne!(row.may_sign.replace(*allowed), Some(*allowed)),
            Step::GiveRight { right } => assert!(rights.insert(right.clone()), "it has that"),
            Step::TakeRight { right } => assert!(rights.remove(right), "it has not"),
            Step::Look | Step::Create | Step::Forget | Step::Adopt { .. } => {}
        }
        None
    }

    /// All who have the number or the name, and whether they are tied to another of ours.
    pub fn others(&self, user: &Desired, ours: &[Desired]) -> Vec<Other> {
        let same = |it: &&Observed| {
            let name = it.authenticators.as_ref().and_then(|held| held.local.as_deref());
            let has_name = |of: Option<&str>| name.zip(of).is_some_and(|(a, b)| a.eq_ignore_ascii_case(b));
            user.sought().any(|sought| has_name(sought.local_name) || it.cpr.as_ref() == sought.cpr)
        };
        let claimed = |it: &Observed| {
            ours.iter().any(|of| of.identity != user.identity && of.bond.employee() == Some(it.employee))
        };
        self.rows
            .values()
            .filter(same)
            .map(|it| Other { is_claimed: claimed(it), found: it.clone() })
            .collect()
    }

    pub fn plan(&self, user: &Desired, ours: &[Desired], rules: &Rules) -> IdentityPlan {
        let own = user.bond.employee().and_then(|employee| self.rows.get(&employee));
        let others = if needs_others(user, own) { self.others(user, ours) } else { Vec::new() };
        plan(user, Around { own, others: &others }, rules)
    }

    /// Does the first steps of a plan, and keeps here what a program would keep. `None`: all of them.
    pub fn carry_out(
        &mut self,
        plan: &IdentityPlan,
        user: &mut Desired,
        first: Option<usize>,
        rules: &Rules,
    ) {
        let count = first.unwrap_or(usize::MAX);
        for (done, planned) in plan.steps.iter().enumerate().take(count) {
            // Whoever makes one writes down before that they are about to.
            if planned.step == Step::Create {
                user.bond = Bond::about_to_create(user, rules.reading, &rules.quirks, Moment(0));
            }
            let made = self.does(&planned.step, user, self.target(&planned.step, user));
            let answer_is_lost = planned.step == Step::Create && first == Some(done + 1);
            if !answer_is_lost {
                self.keep(&planned.step, user, made, rules);
            }
        }
    }

    fn target(&self, step: &Step, user: &Desired) -> Option<EmployeeUuid> {
        if let Step::Adopt { employee } = step { Some(*employee) } else { user.bond.employee() }
    }

    fn keep(&self, step: &Step, user: &mut Desired, made: Option<EmployeeUuid>, rules: &Rules) {
        let quirks = &rules.quirks;
        match (step, &made) {
            (Step::Create, Some(employee)) | (Step::Adopt { employee }, _) => {
                user.bond = user.bond.tied(&self.rows[employee]);
            }
            (Step::Delete | Step::Forget, _) => user.bond = Bond::None,
            _ => self.told(user, |agreed, user| agreed.said(step, user, quirks)),
        }
    }

    /// Holds one of ours against what is there, as reading it all does.
    pub fn meet(&self, user: &mut Desired, rules: &Rules) {
        if let Some(row) = user.bond.employee().and_then(|employee| self.rows.get(&employee)) {
            self.told(user, |agreed, user| agreed.met(user, row, &rules.quirks));
        }
    }

    fn told(&self, user: &mut Desired, what: impl FnOnce(&mut Agreed, &Desired)) {
        let before = user.clone();
        if let Bond::With { agreed, .. } = &mut user.bond {
            what(agreed, &before);
        }
    }
}
