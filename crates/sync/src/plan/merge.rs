//! Plans for a whole organisation, one after the other, from two sorted rows of values: nothing is kept but a look ahead.

use std::collections::BTreeSet;
use std::iter::Peekable;

use super::desired::{Bond, Desired};
use super::observed::{Observed, Other};
use super::step::Step;
use super::{Around, Finding, IdentityPlan, Rules, needs_others, plan};
use crate::wire::EmployeeUuid;

/// Why no more plans can be made. Those made before are of no use either.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Broken<E> {
    /// What was to be read can't be.
    #[error(transparent)]
    Source(#[from] E),
    /// Something comes twice, or too late. What is desired begins with what is tied to nothing, by NameID in lower case
    /// (those without come first), and goes on by UUID; what is observed comes by UUID; all of it byte by byte.
    #[error("identities are not in their order, or come twice")]
    OutOfOrder,
}

/// Makes the plans. An iterator; the last word is an error if what it reads from ended early.
pub struct Planning<'a, D, O, N>
where
    O: Iterator,
{
    desired: D,
    observed: Peekable<O>,
    others: N,
    rules: &'a Rules,
    place: Place,
    last_observed: Option<EmployeeUuid>,
    /// Found over there and tied in this run: by nobody else.
    adopted: BTreeSet<EmployeeUuid>,
    foreign: u64,
    is_over: bool,
}

/// How far it has come in what is desired.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
enum Place {
    Nameless,
    Named(String),
    Tied(EmployeeUuid),
}

impl<'a, D, O, N, E> Planning<'a, D, O, N>
where
    D: Iterator<Item = Result<Desired, E>>,
    O: Iterator<Item = Result<Observed, E>>,
    N: FnMut(&Desired) -> Result<Vec<Other>, E>,
{
    /// From what is desired and what is observed, each in its order (see [`Broken::OutOfOrder`]), and a way to find all
    /// over there who have the CPR number or the NameID of one of ours.
    pub fn new(desired: D, observed: O, others: N, rules: &'a Rules) -> Self {
        let (place, last_observed, adopted) = (Place::Nameless, None, BTreeSet::new());
        let observed = observed.peekable();
        Self { desired, observed, others, rules, place, last_observed, adopted, foreign: 0, is_over: false }
    }

    /// How many were seen over there that are tied to none of ours. They are nobody's business here.
    pub const fn foreign(&self) -> u64 {
        self.foreign
    }

    fn advance(&mut self) -> Result<Option<IdentityPlan>, Broken<E>> {
        let Some(desired) = self.desired.next().transpose()? else {
            while self.observed_before(None)?.is_some() {}
            return Ok(None);
        };
        self.arrive(&desired)?;
        let own = match desired.bond.employee() {
            Some(employee) => self.observed_at(employee)?,
            None => None,
        };
        let others = if needs_others(&desired, own.as_ref()) { (self.others)(&desired)? } else { Vec::new() };
        let mut plan = plan(&desired, Around { own: own.as_ref(), others: &others }, self.rules);
        self.note_adopted(&mut plan);
        Ok(Some(plan))
    }

    fn arrive(&mut self, desired: &Desired) -> Result<(), Broken<E>> {
        let place = match (&desired.bond, desired.local_name()) {
            (Bond::With { employee, .. }, _) => Place::Tied(*employee),
            (_, Some(name)) => Place::Named(name.to_lowercase()),
            (_, None) => Place::Nameless,
        };
        let is_next = place > self.place || (place == Place::Nameless && self.place == Place::Nameless);
        self.place = place;
        is_next.then_some(()).ok_or(Broken::OutOfOrder)
    }

    fn observed_at(&mut self, employee: EmployeeUuid) -> Result<Option<Observed>, Broken<E>> {
        while self.observed_before(Some(employee))?.is_some() {}
        match self.observed.next_if(|it| it.as_ref().is_ok_and(|it| it.employee == employee)).transpose()? {
            Some(found) => self.pass(found).map(Some),
            None => Ok(None),
        }
    }

    /// The next one before this; it belongs to none of ours.
    fn observed_before(&mut self, end: Option<EmployeeUuid>) -> Result<Option<Observed>, Broken<E>> {
        let comes_before =
            |it: &Result<Observed, E>| it.as_ref().map_or(true, |it| end.is_none_or(|end| it.employee < end));
        let Some(found) = self.observed.next_if(comes_before).transpose()? else { return Ok(None) };
        self.foreign += 1;
        self.pass(found).map(Some)
    }

    fn pass(&mut self, found: Observed) -> Result<Observed, Broken<E>> {
        let is_next = self.last_observed.is_none_or(|last| last < found.employee);
        self.last_observed = Some(found.employee);
        if is_next { Ok(found) } else { Err(Broken::OutOfOrder) }
    }

    /// One of theirs is tied to one of ours: the second that finds the same waits for a person.
    fn note_adopted(&mut self, plan: &mut IdentityPlan) {
        let adopted = plan.steps.iter().find_map(|planned| match planned.step {
            Step::Adopt { employee } => Some(employee),
            _ => None,
        });
        if let Some(employee) = adopted
            && !self.adopted.insert(employee)
        {
            plan.steps.clear();
            plan.findings = vec![Finding::Candidates { employees: vec![employee] }];
        }
    }
}

impl<D, O, N, E> Iterator for Planning<'_, D, O, N>
where
    D: Iterator<Item = Result<Desired, E>>,
    O: Iterator<Item = Result<Observed, E>>,
    N: FnMut(&Desired) -> Result<Vec<Other>, E>,
{
    type Item = Result<IdentityPlan, Broken<E>>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.is_over {
            return None;
        }
        let next = self.advance().transpose();
        self.is_over = !matches!(next, Some(Ok(_)));
        next
    }
}
