//! A plan in the making: steps are added in the order in which they are to be done, and only where they are allowed.

use super::desired::{Agreed, Desired, Right, Sought, Wanted, same_text};
use super::legal::{after, is_legal};
use super::observed::{Observed, Other, PrivateMitId, State, Version};
use super::step::{Finding, Planned, Step, Why};
use super::{RoleUuid, Rules};
use crate::wire::EmployeeUuid;

/// What is planned so far, and the state that it leads to.
pub(super) struct Making<'a> {
    desired: &'a Desired,
    others: &'a [Other],
    rules: &'a Rules,
    state: Option<State>,
    steps: Vec<Planned>,
    /// Not allowed yet; perhaps in the state that follows.
    later: Vec<Planned>,
    findings: Vec<Finding>,
}

/// Who over there may be the identity that we want.
enum Match<'a> {
    Nobody,
    This(&'a Observed),
    NameTaken(EmployeeUuid),
    OneOf(Vec<EmployeeUuid>),
}

/// Who changed something.
enum Changed {
    Nobody,
    Here,
    There,
}

impl<'a> Making<'a> {
    pub(super) fn new(desired: &'a Desired, others: &'a [Other], rules: &'a Rules) -> Self {
        let (steps, later, findings) = (Vec::new(), Vec::new(), Vec::new());
        Self { desired, others, rules, state: None, steps, later, findings }
    }

    pub(super) fn find(&mut self, finding: Finding) {
        self.findings.push(finding);
    }

    pub(super) fn done(mut self) -> (Vec<Planned>, Vec<Finding>) {
        for Planned { step, .. } in std::mem::take(&mut self.later) {
            let state = self.state.clone().unwrap_or(State::Gone);
            self.findings.push(Finding::NotInThisState { step, state });
        }
        (self.steps, self.findings)
    }

    /// Ours is tied to this one.
    pub(super) fn keep(&mut self, agreed: &Agreed, own: &Observed) {
        self.state = Some(own.state.clone());
        let is_suspended_by_us = agreed.state == Some(Wanted::Suspended);
        match (self.desired.wanted, &own.state) {
            (_, State::Unknown(word)) => self.find(Finding::UnknownState { state: word.clone() }),
            (Wanted::Active, State::Gone) if !is_suspended_by_us => self.find(Finding::DeletedThere),
            (Wanted::Active, State::Gone) => {
                self.add(Step::Forget, Why::NotThere);
                self.begin();
            }
            (Wanted::Gone | Wanted::Suspended, State::Gone) => self.add(Step::Forget, Why::NotThere),
            (Wanted::Gone, _) => self.add(Step::Delete, Why::HasEnded),
            // Nobody can log in with these.
            (Wanted::Suspended, State::Suspended | State::Draft) => {}
            (Wanted::Suspended, State::Pending | State::Active) => {
                if is_suspended_by_us {
                    self.find(Finding::ReactivatedThere);
                }
                self.add(Step::Suspend, Why::MayNotBeUsed);
            }
            (Wanted::Active, State::Suspended) if !is_suspended_by_us => {
                self.find(Finding::SuspendedThere);
                self.take_rights(agreed, own);
            }
            (Wanted::Active, _) => self.bring_about(agreed, own),
        }
    }

    /// Ours is tied to none: take the one that is there already, or make one.
    pub(super) fn begin(&mut self) {
        if let Some(found) = self.seek(self.desired.sought_now(), false) {
            self.take(&Agreed::default(), found);
        } else if self.desired.wanted == Wanted::Active && self.findings.is_empty() {
            self.create(Why::IsNew);
        }
    }

    /// One was asked for, and nobody heard the answer: take what was made, whatever changed here since; or begin anew.
    pub(super) fn resume(&mut self, asked: &Agreed, since: Version) {
        if !self.rules.shows(asked, since) {
            return self.find(Finding::Unclear);
        }
        if let Some(found) = self.seek(asked.sought(), true) {
            self.take(asked, found);
        } else if self.desired.wanted == Wanted::Active && self.findings.is_empty() {
            self.begin();
        }
    }

    /// The one that is sought, or else why none may be taken or made.
    fn seek(&mut self, sought: Sought<'_>, is_expected: bool) -> Option<&'a Observed> {
        match self.matching(sought, is_expected, None) {
            Match::This(found) => return Some(found),
            Match::NameTaken(by) => self.find(Finding::NameTaken { by }),
            Match::OneOf(employees) => self.find(Finding::Candidates { employees }),
            Match::Nobody => {}
        }
        None
    }

    fn take(&mut self, agreed: &Agreed, found: &Observed) {
        self.state = Some(found.state.clone());
        self.add(Step::Adopt { employee: found.employee }, Why::SamePerson);
        self.keep(agreed, found);
    }

    fn create(&mut self, why: Why) {
        if !self.is_told() {
            return;
        }
        if !self.added(Step::Create, why) {
            return;
        }
        if self.desired.may.sign {
            self.add(Step::AllowSigning { allowed: true }, Why::IsNew);
        }
        for right in self.desired.rights.iter().flatten() {
            self.give(right, Why::IsNew);
        }
    }

    /// Has all been said of the person as it is now?
    fn is_described(&self, agreed: &Agreed) -> bool {
        let mut said = agreed.clone();
        said.said(&Step::DescribeDraft, self.desired, &self.rules.quirks);
        said == *agreed
    }

    fn is_told(&mut self) -> bool {
        let lacks = self.desired.told().err().unwrap_or_default();
        let found = lacks.iter().map(|what| Finding::Lacks { what: *what });
        self.findings.extend(found.filter(|it| !self.findings.contains(it)).collect::<Vec<_>>());
        lacks.is_empty()
    }

    /// It is there and is to be in use.
    fn bring_about(&mut self, agreed: &Agreed, own: &Observed) {
        if self.has_another_cpr(agreed, own) {
            return self.replace(own);
        }
        if own.is_pseudonymous.unwrap_or(agreed.may.be_pseudonymous) != self.desired.may.be_pseudonymous {
            self.find(Finding::PseudonymIsFixed);
        }
        if own.state == State::Draft {
            if !self.is_told() {
                return;
            }
            if !self.is_described(agreed) {
                self.add(Step::DescribeDraft, Why::WasImported);
            }
            self.add(Step::OrderActivation, Why::WasImported);
        }
        self.take_rights(agreed, own);
        self.revoke_private_mitid(agreed, own);
        self.signing(agreed, own, false);
        if own.state != State::Draft {
            self.describe(agreed, own);
        }
        self.local_name(agreed, own);
        if own.state == State::Suspended {
            self.add(Step::Reactivate, Why::MayBeUsedAgain);
        }
        self.allow_private_mitid(agreed, own);
        self.signing(agreed, own, true);
        self.give_rights(agreed, own);
    }

    /// Did we say another number before, and does it still have that?
    fn has_another_cpr(&mut self, agreed: &Agreed, own: &Observed) -> bool {
        let wanted = self.desired.person.cpr.as_ref();
        match whose(wanted, agreed.cpr.as_ref(), own.cpr.as_ref()) {
            Changed::Here if agreed.cpr.is_some() => true,
            // An imported one is described before it is taken into use.
            Changed::Here | Changed::There if own.state != State::Draft => {
                self.find(Finding::CprChangedThere);
                false
            }
            _ => false,
        }
    }

    /// An identity keeps its CPR number: it is deleted, and that confirmed, before another is made under its name.
    fn replace(&mut self, own: &Observed) {
        if !self.is_told() {
            return;
        }
        match self.matching(self.desired.sought_now(), false, Some(own.employee)) {
            Match::Nobody => {
                if self.added(Step::Delete, Why::AnotherCpr) {
                    self.create(Why::AnotherCpr);
                }
            }
            Match::This(found) => self.find(Finding::Candidates { employees: vec![found.employee] }),
            Match::OneOf(employees) => self.find(Finding::Candidates { employees }),
            Match::NameTaken(by) => self.find(Finding::NameTaken { by }),
        }
    }

    fn describe(&mut self, agreed: &Agreed, own: &Observed) {
        let person = &self.desired.person;
        let name = (person.given_name.trim(), person.surname.trim());
        let agreed_name = agreed.name.as_ref().map(|(given, surname)| (given.as_str(), surname.as_str()));
        let renamed = whose(Some(&name), agreed_name.as_ref(), own.name().as_ref());
        let email = lower(person.email.as_deref());
        let (said, seen) = (lower(agreed.email.as_deref()), lower(own.email.as_deref()));
        let another_email = whose(email.as_ref(), said.as_ref(), seen.as_ref());
        if matches!(renamed, Changed::There) {
            self.find(Finding::RenamedThere);
        }
        if matches!(another_email, Changed::There) {
            self.find(Finding::EmailChangedThere);
        }
        // What we vouch for no more is taken back, whatever else that undoes over there. Of a profile that others wrote we
        // vouch for nothing.
        let level = self.desired.model.registered_ial(&self.rules.quirks);
        if agreed.vouched.is_some_and(|said| said.up_to != level) && self.is_told() {
            return self.add(Step::ChangeProfile, Why::ChangedHere);
        }
        match (renamed, another_email) {
            // All is said in one call; what was changed over there would be undone with it.
            (Changed::Here, Changed::Nobody | Changed::Here) if self.is_told() => {
                self.add(Step::ChangeProfile, Why::ChangedHere);
            }
            (Changed::Nobody | Changed::There, Changed::Here) => {
                self.add(Step::ChangeEmail, Why::ChangedHere);
            }
            _ => {}
        }
    }

    fn local_name(&mut self, agreed: &Agreed, own: &Observed) {
        let (Some(wanted), Some(held)) = (lower(self.desired.local_name()), &own.authenticators) else {
            return;
        };
        let said = lower(agreed.subject_name_id.as_deref());
        // None at all is another name than any.
        let seen = lower(Some(held.local.as_deref().unwrap_or_default()));
        match whose(Some(&wanted), said.as_ref(), seen.as_ref()) {
            Changed::Nobody => {}
            Changed::There => self.find(Finding::LocalNameChangedThere),
            Changed::Here => match self.holder_of_name(Some(own.employee)) {
                Some(by) => self.find(Finding::NameTaken { by }),
                None => self.add(Step::SetLocalName, Why::ChangedHere),
            },
        }
    }

    fn revoke_private_mitid(&mut self, agreed: &Agreed, own: &Observed) {
        let Some(held) = &own.authenticators else { return };
        let (wanted, said) =
            (self.desired.wants_private_mitid(&self.rules.quirks), agreed.may.use_private_mitid);
        match held.private_mitid {
            Some(PrivateMitId { authenticator: Some(authenticator) }) if !wanted && said => {
                self.add(Step::RevokePrivateMitId { authenticator }, Why::ChangedHere);
            }
            Some(_) if !wanted => self.find(Finding::PrivateMitIdChangedThere),
            None if wanted && said => self.find(Finding::PrivateMitIdChangedThere),
            _ => {}
        }
    }

    fn allow_private_mitid(&mut self, agreed: &Agreed, own: &Observed) {
        let Some(held) = &own.authenticators else { return };
        let wanted = self.desired.wants_private_mitid(&self.rules.quirks);
        if wanted && held.private_mitid.is_none() && !agreed.may.use_private_mitid {
            self.add(Step::AllowPrivateMitId, Why::ChangedHere);
        }
    }

    /// Says that it may sign, or that it may no more; called for each, where it belongs in the order.
    fn signing(&mut self, agreed: &Agreed, own: &Observed, allowed: bool) {
        let wanted = self.desired.may.sign;
        if wanted != allowed || own.may_sign.is_none_or(|seen| seen == wanted) {
            return;
        }
        if agreed.may.sign == wanted {
            self.find(Finding::SigningChangedThere);
        } else {
            self.add(Step::AllowSigning { allowed }, Why::ChangedHere);
        }
    }

    fn take_rights(&mut self, agreed: &Agreed, own: &Observed) {
        let (Some(wanted), Some(held)) = (&self.desired.rights, &own.rights) else { return };
        if self.rules.catalogue.is_empty() {
            return;
        }
        for right in held.difference(wanted) {
            if !agreed.rights.contains(right) {
                self.find(Finding::RightGivenThere { right: right.clone() });
            } else if self.is_assignable(right.role) {
                self.add(Step::TakeRight { right: right.clone() }, Why::ChangedHere);
            } else {
                self.find(Finding::RoleNotInCatalogue { right: right.clone() });
            }
        }
    }

    fn give_rights(&mut self, agreed: &Agreed, own: &Observed) {
        let (Some(wanted), Some(held)) = (&self.desired.rights, &own.rights) else { return };
        for right in wanted.difference(held) {
            if agreed.rights.contains(right) {
                self.find(Finding::RightTakenThere { right: right.clone() });
            } else {
                self.give(right, Why::ChangedHere);
            }
        }
    }

    fn give(&mut self, right: &Right, why: Why) {
        if self.rules.catalogue.is_empty() {
            return;
        }
        if !self.is_assignable(right.role) {
            self.find(Finding::RoleNotInCatalogue { right: right.clone() });
        } else if !self.rules.places.has(&right.scope) {
            self.find(Finding::NotOurPlace { right: right.clone() });
        } else {
            self.add(Step::GiveRight { right: right.clone() }, why);
        }
    }

    fn is_assignable(&self, role: RoleUuid) -> bool {
        self.rules.catalogue.contains(&role)
    }

    /// Who over there is it that is sought? Where there is no name, which no two can have, the only candidate is it if we
    /// asked for one.
    fn matching(&self, sought: Sought<'_>, is_expected: bool, but: Option<EmployeeUuid>) -> Match<'a> {
        let Sought { cpr, local_name, email } = sought;
        let there = |it: &&Other| it.found.state != State::Gone && Some(it.found.employee) != but;
        let is_free = |it: &&Other| !it.is_claimed && cpr.is_some() && it.found.cpr.as_ref() == cpr;
        if let Some(name) = local_name {
            let holders = self.others.iter().filter(there).filter(|it| holds(&it.found, name));
            match holders.collect::<Vec<_>>().as_slice() {
                [only] if is_free(only) => return Match::This(&only.found),
                [some, ..] => return Match::NameTaken(some.found.employee),
                [] => {}
            }
        }
        let same = |it: &&Other| is_free(it) && same_text(it.found.email.as_deref(), email);
        let has_name = |it: &Observed| it.authenticators.as_ref().map(|held| held.local.is_some());
        // Somebody's identity with a name of its own here is another of theirs, of which they may have several.
        let may_be = |it: &&Other| local_name.is_none() || has_name(&it.found) != Some(true);
        let candidates: Vec<_> = self.others.iter().filter(there).filter(same).filter(may_be).collect();
        let is_sure = |it: &Observed| match local_name {
            Some(_) => it.state.is_alive() && has_name(it) == Some(false),
            None => is_expected,
        };
        match candidates.as_slice() {
            [] => Match::Nobody,
            [only] if is_sure(&only.found) => Match::This(&only.found),
            many => Match::OneOf(many.iter().map(|it| it.found.employee).collect()),
        }
    }

    fn holder_of_name(&self, but: Option<EmployeeUuid>) -> Option<EmployeeUuid> {
        let name = self.desired.local_name()?;
        let others = self.others.iter().map(|it| &it.found);
        let mut there = others.filter(|it| it.state != State::Gone && Some(it.employee) != but);
        there.find(|it| holds(it, name)).map(|it| it.employee)
    }

    /// The step, if it is allowed now; else after the step that makes it so.
    fn add(&mut self, step: Step, why: Why) {
        self.added(step, why);
    }

    /// The same, and whether it is allowed now.
    fn added(&mut self, step: Step, why: Why) -> bool {
        if !is_legal(&step, self.state.as_ref(), &self.rules.quirks) {
            self.later.push(Planned { step, why });
            return false;
        }
        let before = self.state.clone();
        self.state = after(&step, self.state.take());
        self.steps.push(Planned { step, why });
        if self.state != before {
            for Planned { step, why } in std::mem::take(&mut self.later) {
                self.add(step, why);
            }
        }
        true
    }
}

fn holds(found: &Observed, name: &str) -> bool {
    found.authenticators.as_ref().is_some_and(|held| same_text(held.local.as_deref(), Some(name)))
}

fn lower(text: Option<&str>) -> Option<String> {
    text.map(|text| text.trim().to_lowercase())
}

/// Who made a difference between what is wanted and what is seen. What was never said is ours to say.
fn whose<T: PartialEq>(wanted: Option<&T>, agreed: Option<&T>, seen: Option<&T>) -> Changed {
    let Some(wanted) = wanted else { return Changed::Nobody };
    match (agreed, seen) {
        (_, Some(seen)) if seen == wanted => Changed::Nobody,
        (None, None) => Changed::Nobody,
        (Some(agreed), None) if agreed == wanted => Changed::Nobody,
        (Some(agreed), Some(_)) if agreed == wanted => Changed::There,
        _ => Changed::Here,
    }
}
