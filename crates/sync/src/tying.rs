//! Whether one of ours and one there are the same: what a person decides it by, and what follows once they did.

use std::collections::HashMap;

use portner_audit_log::Event;
use portner_directory::{Registered, Which};
use portner_domain::IdentityId;

use crate::liaison::Liaison;
use crate::mirror::Kept;
use crate::plan::{Bond, IdentityPlan, Observed, Rules, State, Wanted};
use crate::settle::{Forget, met};
use crate::wire::EmployeeUuid;
use crate::{Error, store};

/// Nobody tells more than these from one another.
const CANDIDATES_MAX: usize = 50;

/// What is known of one of ours there, and planned for it.
#[derive(Clone, Debug)]
pub struct Looked {
    /// What is planned.
    pub plan: IdentityPlan,
    /// What was last seen of the one that it is tied to, if that is known.
    pub own: Option<Candidate>,
    /// Those that the plan's findings name: they may be it, or have its name. As many as somebody can tell apart.
    pub others: Vec<Candidate>,
}

/// One there that may be one of ours, or is in its way.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// What was last seen of it.
    pub seen: Observed,
    /// Has it the number of the person here?
    pub numbers: Numbers,
    /// Whose it is here, if anybody's.
    pub whose: Option<IdentityId>,
    /// Is that a person whose name is protected?
    pub is_protected: bool,
    /// Why it can't be tied, if it can't.
    pub not: Option<NotTied>,
}

/// How two CPR numbers go together.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Numbers {
    /// They are the same.
    Same,
    /// They are not.
    Differ,
    /// One of them, or both, are not on record.
    NotKnown,
}

/// Why two are not made one.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum NotTied {
    /// There is no such user.
    #[error("there is no such user")]
    NobodyHere,
    /// There is no such identity in what was last read.
    #[error("nobody has that UUID in MitID Erhverv, as far as it was read")]
    NobodyThere,
    /// The user is tied to one.
    #[error("the user is tied to an identity in MitID Erhverv already; untie them first")]
    TiedHere,
    /// It is tied to a user.
    #[error("that identity is tied to another user already")]
    TiedThere,
    /// They have different CPR numbers.
    #[error("that identity has another CPR number, or one of the two has none on record")]
    AnotherPerson,
    /// One was asked for, and whether it was made shows when the other side is read.
    #[error(
        "an identity was asked for, and whether it was made is not clear before MitID Erhverv is read again"
    )]
    Unclear,
    /// It is to be suspended or deleted there, which would then not be done.
    #[error("that identity is to lose its login in MitID Erhverv first; then it can be untied")]
    IsToLose,
    /// Something was said or decided of the user at the same moment.
    #[error("something was said of the user meanwhile; look again")]
    ChangedMeanwhile,
}

impl Liaison {
    /// What is known of one, and planned for it.
    pub async fn looked(&self, of: IdentityId) -> Result<Option<Looked>, Error> {
        let Some(it) = self.registered(of).await? else { return Ok(None) };
        let (rules, kept) = (self.rules().await?, self.mirror.bond(of).await?);
        let Some(plan) = self.plans(std::slice::from_ref(&it), &rules).await?.pop() else { return Ok(None) };
        let mut uuids = plan.named();
        uuids.truncate(CANDIDATES_MAX);
        uuids.extend(plan.employee);
        let mut seen = self.mirror.seen(&uuids).await?;
        let found: Vec<_> = uuids.iter().filter_map(|uuid| seen.remove(uuid)).collect();
        let whose: Vec<_> = found.iter().filter_map(|(_, whose)| *whose).collect();
        let whose = self.mirror.personal.registered(Which::These(&whose)).await?;
        let is_protected = |of: Option<IdentityId>| {
            whose.iter().any(|it| it.is_protected && Some(it.standing.identity.id) == of)
        };
        let all = found.into_iter().map(|(seen, whose)| Candidate {
            is_protected: is_protected(whose),
            ..candidate(&it, &kept.bond, (seen, whose), &rules)
        });
        let (own, others): (Vec<_>, Vec<_>) = all.partition(|it| Some(it.seen.employee) == plan.employee);
        Ok(Some(Looked { plan, own: own.into_iter().next(), others }))
    }

    /// One there that may be one of ours: the plan for it names that one, or it is the same person's. Of all others nothing
    /// is told.
    pub async fn candidate(
        &self,
        of: IdentityId,
        employee: EmployeeUuid,
    ) -> Result<Option<Candidate>, Error> {
        let Some(looked) = self.looked(of).await? else { return Ok(None) };
        if let Some(named) = looked.others.into_iter().find(|it| it.seen.employee == employee) {
            return Ok(Some(named));
        }
        let Some(it) = self.registered(of).await? else { return Ok(None) };
        let Some(found) = self.mirror.seen(&[employee]).await?.remove(&employee) else { return Ok(None) };
        let bond = self.mirror.bond(of).await?.bond;
        let found = candidate(&it, &bond, found, &self.rules().await?);
        Ok((found.numbers == Numbers::Same).then_some(found))
    }

    /// What would be planned if it were tied to this one, or to none.
    pub async fn supposed(
        &self,
        of: IdentityId,
        employee: Option<EmployeeUuid>,
    ) -> Result<Option<IdentityPlan>, Error> {
        let Some(it) = self.registered(of).await? else { return Ok(None) };
        let rules = self.rules().await?;
        let bond = match employee {
            None => Bond::None,
            Some(employee) => match self.mirror.seen(&[employee]).await?.remove(&employee) {
                Some((seen, _)) => self.tied(&it, &seen, &rules),
                None => return Ok(None),
            },
        };
        let bonds = HashMap::from([(of, Kept { bond, look_first: false })]);
        Ok(self.plans_with(&[it], bonds, &rules).await?.pop())
    }

    /// A person has found out that they are one, and said why. What follows is planned; nothing is said.
    pub async fn tie(
        &self,
        identity: IdentityId,
        employee: EmployeeUuid,
        why: Option<&str>,
    ) -> Result<Result<(), NotTied>, Error> {
        let Some(it) = self.registered(identity).await? else { return Ok(Err(NotTied::NobodyHere)) };
        // It would be deleted there at once.
        if self.desired(&it, Bond::None).wanted == Wanted::Gone {
            return Ok(Err(NotTied::NobodyHere));
        }
        let (rules, bond) = (self.rules().await?, self.mirror.bond(identity).await?.bond);
        let Some(found) = self.mirror.seen(&[employee]).await?.remove(&employee) else {
            return Ok(Err(NotTied::NobodyThere));
        };
        let candidate = candidate(&it, &bond, found, &rules);
        if let Some(not) = candidate.not {
            return Ok(Err(not));
        }
        let row = self.mirror.bond_row(identity, &self.tied(&it, &candidate.seen, &rules), false)?;
        let mut tx = self.begin().await?;
        let why = why.map(str::to_owned);
        let conn = tx.write(Event::SyncTied { identity, employee: employee.to_string(), why });
        if !store::tie_bond(conn, &row, bond.unsure_since()).await? {
            return Ok(Err(NotTied::ChangedMeanwhile));
        }
        tx.commit().await?;
        Ok(Ok(()))
    }

    /// A person has found out that they are not one, and said why. Nothing is said.
    pub async fn untie(
        &self,
        identity: IdentityId,
        why: Option<&str>,
    ) -> Result<Result<bool, NotTied>, Error> {
        let bond = self.mirror.bond(identity).await?.bond;
        if bond == Bond::None {
            return Ok(Ok(false));
        }
        // Whoever was perhaps made would be made again.
        if is_unclear(&bond, &self.rules().await?) {
            return Ok(Err(NotTied::Unclear));
        }
        if self.plan_these(&[identity]).await?.iter().any(IdentityPlan::loses) {
            return Ok(Err(NotTied::IsToLose));
        }
        let is_untied = self.forget(identity, bond.employee(), Forget::Another { why }).await?;
        Ok(if is_untied { Ok(true) } else { Err(NotTied::ChangedMeanwhile) })
    }

    async fn registered(&self, of: IdentityId) -> Result<Option<Registered>, Error> {
        Ok(self.mirror.personal.registered(Which::These(&[of])).await?.pop())
    }

    /// Tied to one that a person chose, of whom nothing is taken to have been said by us.
    fn tied(&self, it: &Registered, seen: &Observed, rules: &Rules) -> Bond {
        met(Bond::None.tied(seen), &self.desired(it, Bond::None), seen, rules)
    }
}

/// Was one asked for, and is it not known yet what became of that?
fn is_unclear(bond: &Bond, rules: &Rules) -> bool {
    matches!(bond, Bond::Unsure { asked, since } if !rules.shows(asked, *since))
}

fn candidate(
    it: &Registered,
    bond: &Bond,
    (seen, whose): (Observed, Option<IdentityId>),
    rules: &Rules,
) -> Candidate {
    let numbers = match (&it.cpr, &seen.cpr) {
        (Some(here), Some(there)) if here == there => Numbers::Same,
        (Some(_), Some(_)) => Numbers::Differ,
        _ => Numbers::NotKnown,
    };
    let not = if bond.employee().is_some() {
        Some(NotTied::TiedHere)
    } else if is_unclear(bond, rules) {
        Some(NotTied::Unclear)
    } else if seen.state == State::Gone {
        Some(NotTied::NobodyThere)
    } else if whose.is_some() {
        Some(NotTied::TiedThere)
    } else {
        // Of whom either number is not known, nobody knows that they are one.
        (numbers != Numbers::Same).then_some(NotTied::AnotherPerson)
    };
    Candidate { seen, numbers, whose, is_protected: false, not }
}
